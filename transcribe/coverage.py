"""Segments that tile a piece of sound: what has no text is named, nothing is dropped.

Between the engine's lines lie silence, music, and sound that nobody has put into words. Each
becomes a segment of its own where it is long enough to matter, else it goes to its neighbours.
Pure: samples and lines in, segments out.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bridge.transcript import MUSIC_TEXT, UNRECOGNISED_TEXT, Segment, Word
from transcribe.lines import LONGEST_LINE_MS
from transcribe.music import STEP_MS, find_music
from transcribe.sound import (
    MIN_PAUSE_MS,
    MODEL_RATE,
    WINDOW_MS,
    Pause,
    Piece,
    find_pauses,
    window_levels,
)

# Under this a 20 ms window is silence whatever surrounds it: 27 dB below the level of broadcast
# speech (-23 LUFS, EBU R 128).
SILENCE_DBFS = -50.0
_DIP_MS = 500  # a comma's pause; `lines` takes a longer one for a breath
# A word lasts 200 to 300 ms: sound this long is more than a word that the engine timed badly, a
# cough or a door.
SHORTEST_SOUND_MS = 1_000
_FEWEST_LOUD_MS = 500  # in such a stretch: knocks with dips between them add up to little
SHORTEST_SILENCE_MS = 2_000
_LEAD_MS = 300  # of quiet stay before what follows, so that replaying does not cut its first sound
_SUNG_SHARE = 0.5
_MOST_STRAYS = 2  # words that the engine may have put too early; more are a phrase of their own
_STRAY_LOUD_SHARE = 0.2  # the tail of the word before, or an echo: a syllable fills more
_STRAY_MS = 200  # what such a word is given: a syllable


class Tiling:
    """Lines of one piece in, segments that tile the piece out: no hole, no overlap.

    Of a part of it only, where `start_ms` and `end_ms` (of the recording) say so; what is loud is
    measured over the whole piece all the same.

    Sound of at least SHORTEST_SOUND_MS without a line becomes a segment of kind `music` or
    `unrecognised`, quiet of at least SHORTEST_SILENCE_MS one of kind `silence` without text. What
    is shorter goes to the segments beside it: a line grows by at most two seconds on a side, its
    words keep their times. A line whose words leave a gap that long becomes two. The same piece
    and lines give the same segments.

    `sung`: the lines given so far, as (start_ms, end_ms) of the recording as they were given, more
    than half of whose words lie in music: the text may be sung, or made up.
    """

    def __init__(
        self, piece: Piece, start_ms: int | None = None, end_ms: int | None = None
    ) -> None:
        self._piece = piece
        self._end_ms = (piece.end_ms if end_ms is None else end_ms) - piece.start_ms
        self._levels, self._loud = _measure(piece)
        # Up to here lines have been taken, in times of the piece.
        self._at_ms = 0 if start_ms is None else start_ms - piece.start_ms
        self._held: Segment | None = None
        self.sung: list[tuple[int, int]] = []

    def add(self, line: Segment) -> list[Segment]:
        """Take the next line, in times of the recording; returns the segments now final.

        The line itself comes with the next call. Raises ValueError when it is empty, outside the
        piece, or its part, or not after the line before.
        """
        begin, end = line.start_ms - self._piece.start_ms, line.end_ms - self._piece.start_ms
        if not self._at_ms <= begin < end <= self._end_ms:
            raise ValueError(f"no place for a line at {line.start_ms}..{line.end_ms} ms")
        final: list[Segment] = []
        for part in self._cut_line(line):
            if self._is_sung(part):
                self.sung.append((part.start_ms, part.end_ms))
            closed, from_ms = self._close_gap(
                part.start_ms - self._piece.start_ms, line_follows=True
            )
            final += closed
            self._held = replace(part, start_ms=self._piece.start_ms + from_ms)
            self._at_ms = part.end_ms - self._piece.start_ms
        return final

    def finish(self) -> list[Segment]:
        """The segments up to the end of the piece or part."""
        final, _ = self._close_gap(self._end_ms, line_follows=False)
        self._held, self._at_ms = None, self._end_ms
        return final

    @property
    def pauses(self) -> list[Pause]:
        """The quiet stretches of the piece from 300 ms on, in milliseconds of the recording.

        They are what `find_pauses` finds, relative to the piece's own levels, and whatever lies
        under SILENCE_DBFS; a piece that is steady and louder than that has none.
        """
        offset_ms, length_ms = self._piece.start_ms, self._piece.end_ms - self._piece.start_ms
        return [
            Pause(offset_ms + begin, offset_ms + min(end, length_ms))
            for begin, end in _runs(~self._loud)
            if end - begin >= MIN_PAUSE_MS
        ]

    def _cut_line(self, line: Segment) -> list[Segment]:
        """A line cut where its words leave as much room as a silence, so that it hides nothing.

        One or two words by themselves in the quiet were spoken with their neighbours: the engine
        put them too early, before a jingle or a pause. They are given the time beside these.
        """
        if not line.words or " ".join(word.text for word in line.words) != line.text:
            return [line]
        groups: list[list[Word]] = []
        for word in line.words:
            if groups and word.start_ms - groups[-1][-1].end_ms < SHORTEST_SILENCE_MS:
                groups[-1].append(word)
            elif groups and len(groups[-1]) <= _MOST_STRAYS and self._is_quiet(groups[-1]):
                groups[-1] = [*_put_before(groups[-1], word), word]
            else:
                groups.append([word])
        parts = [_line_of(line, group) for group in groups]
        if groups[0][0] is line.words[0]:
            parts[0] = replace(parts[0], start_ms=line.start_ms)
        return [*parts[:-1], replace(parts[-1], end_ms=line.end_ms)]

    def _is_quiet(self, words: Sequence[Word]) -> bool:
        first = _window(words[0].start_ms - self._piece.start_ms)
        until = _window(words[-1].end_ms - self._piece.start_ms) + 1
        return bool(self._loud[first:until].mean() < _STRAY_LOUD_SHARE)

    def _close_gap(self, end_ms: int, *, line_follows: bool) -> tuple[list[Segment], int]:
        """The held line and what comes after it up to `end_ms`; where a following line begins.

        Times of the piece go in and come out as the second value, segments have the recording's.
        """
        sounds = self._find_sounds(self._at_ms, end_ms)
        rests = zip(
            [self._at_ms, *(end for _, end in sounds)],
            [*(start for start, _ in sounds), end_ms],
            strict=True,
        )
        shares = [
            self._share_rest(
                *rest,
                before=index > 0 or self._held is not None,
                after=index < len(sounds) or line_follows,
            )
            for index, rest in enumerate(rests)
        ]
        final: list[Segment] = []
        if self._held is not None:
            final.append(replace(self._held, end_ms=self._piece.start_ms + shares[0][0]))
        for index, (until_ms, from_ms) in enumerate(shares):
            if from_ms > until_ms:
                final.append(self._segment(until_ms, from_ms, "", "silence"))
            if index < len(sounds):
                final += self._name_sound(*sounds[index], from_ms, shares[index + 1][0])
        return final, shares[-1][1]

    def _find_sounds(self, start_ms: int, end_ms: int) -> list[tuple[int, int]]:
        """Stretches of a gap that are too long and too loud to go to a neighbour.

        Two with no room for a silence between them are one: the notes of a bell die away.
        """
        sounds: list[tuple[int, int]] = []
        for begin, end in self._loud_runs(start_ms, end_ms):
            loud_ms = int(self._loud[_window(begin) : _window(end)].sum()) * WINDOW_MS
            if end - begin < SHORTEST_SOUND_MS or loud_ms < _FEWEST_LOUD_MS:
                continue
            if sounds and begin - sounds[-1][1] < SHORTEST_SILENCE_MS:
                begin = sounds.pop()[0]
            sounds.append((begin, end))
        return sounds

    def _loud_runs(self, start_ms: int, end_ms: int) -> list[tuple[int, int]]:
        """Loud stretches between two times, joined over dips."""
        joined: list[tuple[int, int]] = []
        first = _window(start_ms)
        for begin, end in _runs(self._loud[first : -(-end_ms // WINDOW_MS)]):
            begin = max(start_ms, begin + first * WINDOW_MS)
            end = min(end_ms, end + first * WINDOW_MS)
            if joined and begin - joined[-1][1] < _DIP_MS:
                begin = joined.pop()[0]
            joined.append((begin, end))
        return joined

    def _share_rest(
        self, start_ms: int, end_ms: int, *, before: bool, after: bool
    ) -> tuple[int, int]:
        """Until when a rest belongs to what is before it, and from when to what comes after.

        Between the two is silence. What is loud at an end of the rest is a neighbour's.
        """
        quiet_from, quiet_to = start_ms, end_ms
        for begin, end in self._loud_runs(start_ms, end_ms):
            if before and begin == start_ms and end - begin < SHORTEST_SOUND_MS:
                quiet_from = end
            if after and end == end_ms and end - begin < SHORTEST_SOUND_MS:
                quiet_to = begin
        if not before and not after:
            return start_ms, end_ms
        if (
            end_ms - start_ms >= SHORTEST_SILENCE_MS
            and quiet_to - quiet_from >= SHORTEST_SILENCE_MS // 2
        ):
            return quiet_from, quiet_to
        if not before:
            return start_ms, start_ms
        if not after:
            return end_ms, end_ms
        if quiet_from >= quiet_to:  # loud throughout
            quiet_from, quiet_to = start_ms, end_ms
        cut_ms = max((quiet_from + quiet_to) // 2, quiet_to - _LEAD_MS)
        return cut_ms, cut_ms

    def _name_sound(
        self, sound_from_ms: int, sound_to_ms: int, from_ms: int, until_ms: int
    ) -> list[Segment]:
        """Segments for a sound, in turn music and not, that fill `from_ms`..`until_ms`."""
        music = find_music(self._samples(sound_from_ms, sound_to_ms))
        turns = [0, *(np.flatnonzero(np.diff(music)) + 1).tolist()]
        starts = [from_ms, *(sound_from_ms + turn * STEP_MS for turn in turns[1:])]
        named: list[Segment] = []
        for turn, begin, end in zip(turns, starts, [*starts[1:], until_ms], strict=True):
            if music[turn]:
                named.append(self._segment(begin, end, MUSIC_TEXT, "music"))
            else:
                named += self._cut_unrecognised(begin, end)
        return named

    def _cut_unrecognised(self, start_ms: int, end_ms: int) -> list[Segment]:
        """Segments as short as lines, for typing, each cut at the quietest moment of its end."""
        cut: list[Segment] = []
        while end_ms - start_ms > LONGEST_LINE_MS:
            half_ms = start_ms + LONGEST_LINE_MS // 2
            until = _window(start_ms + LONGEST_LINE_MS)
            first = _window(half_ms) + 1
            stop_ms = (first + int(np.argmin(self._levels[first:until]))) * WINDOW_MS
            cut.append(self._segment(start_ms, stop_ms, UNRECOGNISED_TEXT, "unrecognised"))
            start_ms = stop_ms
        return [*cut, self._segment(start_ms, end_ms, UNRECOGNISED_TEXT, "unrecognised")]

    def _is_sung(self, line: Segment) -> bool:
        """Whether most of a line's words, or of a line without words, lie in music.

        Words and not time: the engine stretches a first word back over a whole jingle.
        """
        begin_ms = line.start_ms - self._piece.start_ms
        music = find_music(self._samples(begin_ms, line.end_ms - self._piece.start_ms))
        middles_ms = [(word.start_ms + word.end_ms) // 2 for word in line.words]
        steps = [(middle_ms - line.start_ms) // STEP_MS for middle_ms in middles_ms]
        judged = music[np.clip(steps, 0, music.size - 1)] if steps else music
        return bool(judged.mean() > _SUNG_SHARE)

    def _samples(self, start_ms: int, end_ms: int) -> NDArray[np.float32]:
        return self._piece.samples[start_ms * MODEL_RATE // 1000 : end_ms * MODEL_RATE // 1000]

    def _segment(self, start_ms: int, end_ms: int, text: str, kind: str) -> Segment:
        offset_ms = self._piece.start_ms
        return Segment(offset_ms + start_ms, offset_ms + end_ms, text, (), kind)


def _measure(piece: Piece) -> tuple[NDArray[Any], NDArray[np.bool_]]:
    """Level of each 20 ms of a piece in dBFS, and whether it is loud."""
    count = -(-(piece.end_ms - piece.start_ms) // WINDOW_MS)
    levels = np.full(count, -np.inf)
    measured = window_levels(piece.samples, MODEL_RATE)[:count]
    levels[: measured.size] = measured
    loud = levels >= SILENCE_DBFS
    for pause in find_pauses(piece.samples, MODEL_RATE, min_pause_ms=0):
        loud[_window(pause.start_ms) : _window(pause.end_ms)] = False
    return levels, loud


def _line_of(line: Segment, words: Sequence[Word]) -> Segment:
    """The part of a line that these words are; never empty."""
    start_ms = min(words[0].start_ms, line.end_ms - 1)
    end_ms = max(words[-1].end_ms, start_ms + 1)
    return replace(
        line,
        start_ms=start_ms,
        end_ms=end_ms,
        text=" ".join(word.text for word in words),
        words=tuple(words),
    )


def _put_before(strays: Sequence[Word], word: Word) -> list[Word]:
    """The same words just before another one."""
    starts = [word.start_ms - _STRAY_MS * count for count in range(len(strays), 0, -1)]
    return [
        replace(stray, start_ms=start, end_ms=start + _STRAY_MS)
        for stray, start in zip(strays, starts, strict=True)
    ]


def _runs(windows: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Where windows are true, in milliseconds from the first."""
    edges = np.flatnonzero(np.diff(np.concatenate(([False], windows, [False]))))
    pairs = (edges * WINDOW_MS).reshape(-1, 2).tolist()
    return [(begin, end) for begin, end in pairs]


def _window(moment_ms: int) -> int:
    return moment_ms // WINDOW_MS
