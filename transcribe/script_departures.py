"""Where a speaker most likely left the script: words added, skipped, said otherwise. Pure.

The thresholds were set on 30 recordings joined from the human clips, clean and degraded (band,
noise, echo), heard by the bundled model, with sentences taken out of the script, put into it and
exchanged, and a figure changed. On 24 others (clean, band, noise; WER 0.24 to 0.4), 92 of 96 such
departures were found with one false alarm, and none in the scripts as they were read. With echo
(WER 0.6 and more) what was added and changed figures are mostly missed. Where a threshold was in
doubt, a miss was preferred to a false alarm: every departure stops the approval until a person has
looked at it.
"""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise

from bridge.transcript import Segment
from bridge.vietnamese import token_key
from transcribe.figures import find_figures
from transcribe.number_words import AND, HALF, HUNDRED, SCALE_WORDS, is_number_word
from transcribe.phonetics import syllable_distance
from transcribe.script_match import is_close
from transcribe.script_reading import Heard, Reading

ADDED, SKIPPED, CHANGED = "script_added", "script_skipped", "script_changed"

# Added: four syllables more than the script has there, heard with this mean probability (true ones
# had 0.6 to 0.9, what the model made of noise 0.25 to 0.55), and not one word over and over.
_LEAST_ADDED = 4
_SURE_ADDED = 0.55
_VARIETY = 0.6
# Changed: as long as what the script has there, but nothing of it, and heard well.
_LEAST_CHANGED = 4
_SURE_CHANGED = 0.7
_FAR = 0.5
# A figure is one or two words, which the model either has or has not: any doubt is the model's.
_SURE_FIGURE = 0.5
_FIGURE_REACH = 4  # syllables more than the script has for it
# Up to this share of what was added, words of the script may have been taken for it by mistake.
_STRAY_SHARE = 1 / 3


@dataclass(frozen=True, slots=True)
class Departure:
    """Words `first_word`..`end_word` (end not included) that the engine heard in a segment, and
    what they depart from. They are none where the script has words that were not said.

    `spoken`: what was heard, `script`: what the script says there; one of them may be empty.
    """

    kind: str
    segment_index: int
    first_word: int
    end_word: int
    spoken: str
    script: str


@dataclass(frozen=True, slots=True)
class Stretch:
    """What lies between two syllables that agree: tokens of the script, those of them that were
    placed, and what was heard, `start`..`end` (ends not included)."""

    tokens: range
    placed: tuple[int, ...]  # syllables of the script
    start: int
    end: int


class DepartureSearch:
    """Finds the departures of one reading; takes words out of `places` that were not said."""

    def __init__(
        self, reading: Reading, places: list[int | None], segments: Sequence[Segment]
    ) -> None:
        self._reading = reading
        self._places = places
        self._segments = segments
        self._explained: set[int] = set()  # tokens that a found departure shows

    def find(self) -> tuple[Departure, ...]:
        """All departures, in the order of the recording."""
        found: list[Departure] = []
        for stretch in list(self._stretches()):
            found += self._look_at(stretch)
        found += self._changed_figures()
        found += self._skipped()
        return tuple(sorted(found, key=lambda one: (one.segment_index, one.first_word)))

    def _stretches(self) -> Iterator[Stretch]:
        reading = self._reading
        pairs = [(-1, -1), *_solid_pairs(reading), (len(reading.said), len(reading.heard))]
        for (own_before, before), (own_after, after) in pairwise(pairs):
            if after - before <= 1:
                continue
            own = range(own_before + 1, own_after)
            first = reading.said[own_before].end if own_before >= 0 else 0
            last = len(reading.tokens) if not own else reading.said[own[-1]].end
            if own_after < len(reading.said):
                last = reading.said[own_after].first
            placed = tuple(
                index for index in own if self._places[reading.said[index].first] is not None
            )
            yield Stretch(range(first, max(first, last)), placed, before + 1, after)

    def _look_at(self, stretch: Stretch) -> Iterator[Departure]:
        heard = self._reading.heard[stretch.start : stretch.end]
        excess = len(heard) - len(stretch.placed)
        varied = len({item.text for item in heard}) >= _VARIETY * len(heard)
        if not varied or len(heard) < min(_LEAST_ADDED, _LEAST_CHANGED):
            return
        tokens = [token for token in stretch.tokens if not self._reading.silent[token]]
        unread = [token for token in tokens if self._places[token] is None]
        if excess >= _LEAST_ADDED and _sureness(heard) >= _SURE_ADDED:
            if unread and len(stretch.placed) <= _STRAY_SHARE * len(heard):
                self._take_out(stretch)
            replaced = tokens if unread or len(stretch.placed) >= _LEAST_CHANGED else []
            self._explained.update(replaced)
            yield from self._departures(CHANGED if replaced else ADDED, heard, replaced)
        elif (
            len(stretch.placed) >= _LEAST_CHANGED
            and _sureness(heard) >= _SURE_CHANGED
            and self._distance(stretch) >= _FAR
        ):
            self._explained.update(tokens)
            yield from self._departures(CHANGED, heard, tokens)

    def _take_out(self, stretch: Stretch) -> None:
        """Words of a sentence that was not said, found by chance in what was said instead."""
        for token in stretch.tokens:
            self._places[token] = None

    def _distance(self, stretch: Stretch) -> float:
        """Mean distance of the script's syllables from what was heard for them; 1 for nothing."""
        reading = self._reading
        total = 0.0
        for index in stretch.placed:
            partner = reading.partners[index]
            total += (
                1.0
                if partner is None
                else syllable_distance(reading.said[index].text, reading.heard[partner].text)
            )
        return total / len(stretch.placed)

    def _departures(
        self, kind: str, heard: Sequence[Heard], tokens: Sequence[int]
    ) -> Iterator[Departure]:
        """One for each segment that the words were heard in; the script's words with the first.

        A word or two at the edge of a segment with words of its own are not worth a question.
        """
        script = self._text(tokens)
        parts = [list(group) for _, group in groupby(heard, key=lambda item: item.segment)]
        longest = max(map(len, parts))
        for part in parts:
            segment, words = part[0].segment, [item.word for item in part]
            whole = words[-1] + 1 - words[0] == len(self._segments[segment].words)
            if len(part) < min(longest, _LEAST_ADDED) and not whole:
                continue
            yield self._departure(kind, segment, words[0], words[-1] + 1, script)
            kind, script = ADDED, ""

    def _departure(self, kind: str, segment: int, first: int, end: int, script: str) -> Departure:
        words = self._segments[segment].words[first:end]
        return Departure(kind, segment, first, end, " ".join(word.text for word in words), script)

    def _changed_figures(self) -> Iterator[Departure]:
        """Figures of the script for which another figure was heard."""
        reading = self._reading
        starts = [syllable.first for syllable in reading.said]
        for figure in find_figures(reading.tokens):
            if self._explained.intersection(range(figure.first, figure.end)):
                continue
            own = range(bisect_left(starts, figure.first), bisect_left(starts, figure.end))
            start, end = self._heard_around(own)
            if not 0 < end - start <= len(own) + _FIGURE_REACH:
                continue
            heard = reading.heard[start:end]
            wrong = _wrong_numbers([reading.said[index].text for index in own], heard)
            if wrong and min(item.probability for item in wrong) >= _SURE_FIGURE:
                yield from self._departures(CHANGED, heard, range(figure.first, figure.end))

    def _heard_around(self, own: range) -> tuple[int, int]:
        """What was heard between the neighbours of some syllables of the script."""
        partners = self._reading.partners
        before = next((p for p in reversed(partners[: own.start]) if p is not None), None)
        after = next((p for p in partners[own.stop :] if p is not None), None)
        if before is None or after is None:
            known = [p for p in partners[own.start : own.stop] if p is not None]
            if not known:
                return 0, 0
            return (
                known[0] if before is None else before + 1,
                known[-1] + 1 if after is None else after,
            )
        return before + 1, after

    def _skipped(self) -> Iterator[Departure]:
        """Words of the script that were not said in any of its readings, run by run."""
        length = len(self._reading.tokens) // self._reading.readings
        unread = [self._is_unread_everywhere(token, length) for token in range(length)]
        for is_unread, group in groupby(range(length), key=lambda token: unread[token]):
            tokens = list(group)
            if is_unread:
                # What ends a paper is missing where it was read last.
                shift = 0 if tokens[0] == 0 else (self._reading.readings - 1) * length
                segment, word = self._place_of(tokens[-1] + 1 + shift)
                yield Departure(SKIPPED, segment, word, word, "", self._text(tokens))

    def _is_unread_everywhere(self, token: int, length: int) -> bool:
        copies = range(token, len(self._reading.tokens), max(1, length))
        return all(self._places[copy] is None and copy not in self._explained for copy in copies)

    def _place_of(self, token: int) -> tuple[int, int]:
        """The segment and word before which a token of the script stands: where it, or the next
        that was found, was heard; the end of the last segment with words where there is none."""
        reading = self._reading
        starts = [syllable.first for syllable in reading.said]
        for index in range(bisect_left(starts, token), len(reading.said)):
            partner = reading.partners[index]
            if partner is not None and self._places[starts[index]] is not None:
                return reading.heard[partner].segment, reading.heard[partner].word
        last = reading.heard[-1]
        return last.segment, last.word + 1

    def _text(self, tokens: Sequence[int]) -> str:
        return " ".join(self._reading.tokens[token] for token in tokens)


def _solid_pairs(reading: Reading) -> list[tuple[int, int]]:
    """Pairs that agree, without those that agree by chance in the middle of something else."""
    pairs = [
        (index, partner)
        for index, partner in enumerate(reading.partners)
        if partner is not None and is_close(reading.said[index].text, reading.heard[partner].text)
    ]
    ends = [-1, *(partner for _, partner in pairs), len(reading.heard)]
    return [
        pair
        for pair, before, after in zip(pairs, ends, ends[2:], strict=False)
        if min(pair[1] - before, after - pair[1]) <= 2
    ]


def _sureness(heard: Sequence[Heard]) -> float:
    return sum(item.probability for item in heard) / len(heard)


_NUMBER_WORDS = SCALE_WORDS | HALF | AND | {HUNDRED}


def _wrong_numbers(own: Sequence[str], heard: Sequence[Heard]) -> list[Heard]:
    """Number words that were heard in the place of other ones; none where some are missing."""
    expected = [key for key in map(token_key, own) if _is_number(key)]
    numbers = [item for item in heard if _is_number(token_key(item.text))]
    keys = [token_key(item.text) for item in numbers]
    if len(keys) == len(expected):
        pairs = zip(numbers, keys, expected, strict=True)
        return [item for item, key, wanted in pairs if key != wanted]
    return [item for item, key in zip(numbers, keys, strict=True) if key not in expected]


def _is_number(key: str) -> bool:
    return is_number_word(key) or key in _NUMBER_WORDS
