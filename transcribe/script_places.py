"""Where each token of a script was said: its segment, or nowhere. Pure.

A token that was found again goes where it was heard. Others go where there is sound that the words
heard do not account for; where there is too little of it they were not read.
"""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from bridge.transcript import Segment
from transcribe.lines import FASTEST_RATE
from transcribe.script_reading import Reading

# Fewer syllables than this are a matter of word times, which are good to some 100 ms.
LEAST_SKIPPED = 4
# What an unheard syllable takes at least: a tenth of a second, half of the recording's pace.
_FASTEST_MS = 1000 / FASTEST_RATE
_PACE_SHARE = 0.5
# A word of the engine that is longer than this many syllables holds sound of its neighbours.
_LONG_WORD = 1.5
_NEIGHBOURS = 2

# Kinds of segments with sound that may be words. Over music nobody is heard by the engine or by
# the residents, and a jingle at the beginning would take in the letterhead.
_SOUNDING = ("speech", "unrecognised")
# What nobody recognised holds a run of words only where they take at least this share of it: a
# title of five words is not what makes a jingle of ten seconds.
_FILLED_SHARE = 1 / 3

_BULLETS = frozenset("-–—+*•▪●○·")


@dataclass(frozen=True, slots=True)
class Slot:
    """Sound of a segment between two words that were heard, in ms."""

    segment: int
    sound_ms: float


@dataclass(frozen=True, slots=True)
class Run:
    """Tokens `first`..`end` (end not included) that were not found again, between the heard
    syllables `before` and `after` (None at an end of the recording)."""

    first: int
    end: int
    syllables: int
    before: int | None
    after: int | None


def place_tokens(
    reading: Reading, segments: Sequence[Segment], pauses: Sequence[Sequence[int]] = ()
) -> list[int | None]:
    """For each of `reading.tokens` the index of its segment, ascending; None where it was not read.

    `pauses`: quiet stretches of the recording in ms, in order.
    """
    clock = _SoundClock(reading, segments, pauses)
    found = _found_tokens(reading)
    places: list[int | None] = [None if pair is None else clock.segment(pair[0]) for pair in found]
    for run in _runs(reading, found):
        if run.syllables == 0 or not _is_read(run, clock):
            continue
        slots = clock.slots(run)
        for token, segment in zip(
            range(run.first, run.end), _spread(run, slots, reading, clock), strict=True
        ):
            places[token] = segment
    _join_marks(reading.tokens, places)
    return places


class _SoundClock:
    """What of the recording's time is sound, and what the words heard leave of it."""

    def __init__(
        self, reading: Reading, segments: Sequence[Segment], pauses: Sequence[Sequence[int]]
    ) -> None:
        self._heard = reading.heard
        self._segments = segments
        self._pauses = sorted((start, end) for start, end in pauses)
        self._pause_ends = [end for _, end in self._pauses]
        self.pace_ms = reading.pace_ms

    def segment(self, syllable: int) -> int:
        return self._heard[syllable].segment

    def slots(self, run: Run) -> list[Slot]:
        """Sound between the words around a run, segment by segment."""
        first = 0 if run.before is None else self.segment(run.before)
        last = len(self._segments) - 1 if run.after is None else self.segment(run.after)
        start_ms = 0 if run.before is None else self._heard[run.before].end_ms
        end_ms = None if run.after is None else self._heard[run.after].start_ms
        found = []
        for index in range(first, last + 1):
            segment = self._segments[index]
            begin = max(start_ms, segment.start_ms)
            stop = segment.end_ms if end_ms is None else min(end_ms, segment.end_ms)
            if segment.kind not in _SOUNDING or stop <= begin:
                continue
            sound_ms = self._sound(begin, stop)
            words_ms = run.syllables * self.pace_ms
            if segment.kind == "speech" or words_ms >= sound_ms * _FILLED_SHARE:
                found.append(Slot(index, sound_ms))
        return found

    def spare_ms(self, run: Run) -> float:
        """Sound around a run that the words heard there do not need.

        Two words on either side are looked at with it: their times are not exact, and the word
        that a syllable was found in may be the one beside it.
        """
        before = None if run.before is None else run.before - _NEIGHBOURS
        after = None if run.after is None else run.after + _NEIGHBOURS
        wide = replace(
            run,
            before=None if before is None or before < 0 else before,
            after=None if after is None or after >= len(self._heard) else after,
        )
        first = 0 if wide.before is None else wide.before + 1
        end = len(self._heard) if wide.after is None else wide.after
        taken = sum(self._need(index) for index in range(first, end))
        return sum(slot.sound_ms for slot in self.slots(wide)) - taken

    def _need(self, index: int) -> float:
        word = self._heard[index]
        return min(float(word.end_ms - word.start_ms), _LONG_WORD * self.pace_ms)

    def _sound(self, start_ms: int, end_ms: int) -> float:
        """A span without its pauses."""
        sound = float(end_ms - start_ms)
        for start, end in self._pauses[bisect_left(self._pause_ends, start_ms) :]:
            if start >= end_ms:
                break
            sound -= max(0, min(end, end_ms) - max(start, start_ms))
        return sound


def _found_tokens(reading: Reading) -> list[tuple[int, int] | None]:
    """For each token the first and last heard syllable that it is, or None."""
    found: list[tuple[int, int] | None] = [None] * len(reading.tokens)
    for syllable, partner in zip(reading.said, reading.partners, strict=True):
        if partner is not None:
            for token in range(syllable.first, syllable.end):
                known = found[token]
                found[token] = (partner if known is None else known[0], partner)
    return found


def _runs(reading: Reading, found: Sequence[tuple[int, int] | None]) -> Iterator[Run]:
    """Maximal runs of tokens that were not found again."""
    counts = [0] * len(found)
    for syllable in reading.said:
        counts[syllable.first] += 1
    before: int | None = None
    first: int | None = None
    for token in range(len(found) + 1):
        pair = found[token] if token < len(found) else None
        if token < len(found) and pair is None and not reading.silent[token]:
            first = token if first is None else first
            continue
        if first is not None:
            after = next((pair[0] for pair in found[token:] if pair is not None), None)
            yield Run(first, token, sum(counts[first:token]), before, after)
            first = None
        if pair is not None:
            before = pair[1]


def _is_read(run: Run, clock: _SoundClock) -> bool:
    if run.syllables < LEAST_SKIPPED:
        return True
    need_ms = max(_FASTEST_MS, clock.pace_ms * _PACE_SHARE)
    return clock.spare_ms(run) >= run.syllables * need_ms


def _spread(run: Run, slots: Sequence[Slot], reading: Reading, clock: _SoundClock) -> Iterator[int]:
    """A segment for each token of a run that was read but not heard, ascending."""
    count = run.end - run.first
    useful = _useful_slots(run, slots, clock)
    if not useful:
        yield from [_nearest_segment(run, reading, clock)] * count
        return
    total = sum(slot.sound_ms for slot in useful)
    passed, place = useful[0].sound_ms, 0
    for number in range(count):
        while place < len(useful) - 1 and (number + 0.5) * total / count > passed:
            place += 1
            passed += useful[place].sound_ms
        yield useful[place].segment


def _useful_slots(run: Run, slots: Sequence[Slot], clock: _SoundClock) -> list[Slot]:
    """The longest slots that together hold the run; what was not recognised only for LEAST_SKIPPED
    syllables and more."""
    edges = {clock.segment(index) for index in (run.before, run.after) if index is not None}
    own = [slot for slot in slots if slot.sound_ms > 0]
    if run.syllables < LEAST_SKIPPED:
        own = [slot for slot in own if slot.segment in edges]
    chosen: list[Slot] = []
    room_ms = 0.0
    for slot in sorted(own, key=lambda slot: -slot.sound_ms):
        if room_ms >= run.syllables * clock.pace_ms:
            break
        chosen.append(slot)
        room_ms += slot.sound_ms
    return sorted(chosen, key=lambda slot: slot.segment)


def _nearest_segment(run: Run, reading: Reading, clock: _SoundClock) -> int:
    """The segment before a run, or after it where a sentence ends before the run."""
    if run.before is None or run.after is None:
        index = run.after if run.before is None else run.before
        return 0 if index is None else clock.segment(index)
    ended = run.first > 0 and reading.tokens[run.first - 1].endswith((".", "!", "?", ":", ";"))
    return clock.segment(run.after if ended else run.before)


def _join_marks(tokens: Sequence[str], places: list[int | None]) -> None:
    """Tokens of punctuation alone go with their neighbour: a bullet with what follows it."""
    silent = [not any(character.isalnum() for character in token) for token in tokens]
    for token in range(len(tokens) - 2, -1, -1):
        if silent[token] and places[token] is None and tokens[token] in _BULLETS:
            places[token] = places[token + 1]
    for token in range(1, len(tokens)):
        if silent[token] and places[token] is None and tokens[token] not in _BULLETS:
            places[token] = places[token - 1]
