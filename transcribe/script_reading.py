"""A script and a transcript side by side: what was said of the script, and where. Pure.

Syllables carry the segment, word and times that they were heard in. A script that was read twice
in one recording, as announcements are, is laid beside it as often as it was read.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from statistics import median

from bridge.transcript import Segment
from transcribe.script_layout import split_layout
from transcribe.script_match import Matching, find_gaps, is_close, match_syllables
from transcribe.script_words import Spoken, say_tokens

# Read again where this many syllables more were heard in one place than the script has there, and
# laying it beside once more finds anchors for this share of them.
_REPEATED_SYLLABLES = 20
_REPEATED_SHARE = 0.3
_MOST_READINGS = 4

# The pace of the recording itself, kept between the fastest and slowest that people read at.
_FASTEST_MS, _SLOWEST_MS = 120.0, 350.0
_USUAL_MS = 220.0
_BREATH_MS = 800  # longer from one syllable to the next is no pace


@dataclass(frozen=True, slots=True)
class Heard:
    """A syllable that the engine heard, in word number `word` of a segment.

    `probability`: 0..1, that of the word; a word without one counts as sure.
    """

    text: str
    start_ms: int
    end_ms: int
    segment: int
    word: int
    probability: float


@dataclass(frozen=True, slots=True)
class Reading:
    """`tokens` is the script as often as it was read; `said` its syllables; `partners[i]` the heard
    syllable that `said[i]` is, or None. `agreement`: share (0..1) of the shorter side's syllables
    that were found again. `pace_ms`: how long a syllable takes in this recording. `silent[t]`:
    token t belongs to a line of the letterhead or signature that was not heard."""

    tokens: tuple[str, ...]
    readings: int
    said: tuple[Spoken, ...]
    heard: tuple[Heard, ...]
    partners: tuple[int | None, ...]
    agreement: float
    pace_ms: float
    silent: tuple[bool, ...]


def read_along(lines: Sequence[str], segments: Sequence[Segment]) -> Reading:
    """Lay a script, given as its lines, beside the words that were heard."""
    tokens = [token for line in lines for token in line.split()]
    heard = tuple(_heard_syllables(segments))
    once = say_tokens(tokens)
    own, other = [syllable.text for syllable in once], [syllable.text for syllable in heard]
    found = match_syllables(own, other)
    agreement = len(found.anchors) / max(1, min(len(own), len(other)))
    readings = 1
    while readings < _MOST_READINGS:
        excess = _largest_excess(found, len(other))
        if excess < _REPEATED_SYLLABLES:
            break
        again = match_syllables(own * (readings + 1), other)
        if len(again.anchors) - len(found.anchors) < excess * _REPEATED_SHARE:
            break
        found, readings = again, readings + 1
    said = tuple(
        Spoken(syllable.text, syllable.first + shift, syllable.end + shift)
        for shift in range(0, len(tokens) * readings, max(1, len(tokens)))
        for syllable in once
    )
    partners, silent = _drop_unread_lines(lines, said, readings, heard, found.partners)
    return Reading(
        tokens=tuple(tokens) * readings,
        readings=readings,
        said=said,
        heard=heard,
        partners=partners,
        agreement=agreement,
        pace_ms=_pace(heard),
        silent=silent,
    )


def _drop_unread_lines(
    lines: Sequence[str],
    said: Sequence[Spoken],
    readings: int,
    heard: Sequence[Heard],
    partners: Sequence[int | None],
) -> tuple[tuple[int | None, ...], tuple[bool, ...]]:
    """Take letterhead and signature out of the pairs, but for lines that were really read."""
    body, signature = split_layout(lines)
    line_of = [number for number, line in enumerate(lines) for _ in line.split()] * readings
    length = len(line_of) // readings
    found: dict[tuple[int, int], list[bool]] = {}
    for syllable, partner in zip(said, partners, strict=True):
        line = (syllable.first // max(1, length), line_of[syllable.first])
        close = partner is not None and is_close(syllable.text, heard[partner].text)
        found.setdefault(line, []).append(close)
    silent = tuple(
        not body <= line < signature and not _is_found(found.get((token // length, line), []))
        for token, line in enumerate(line_of)
    )
    kept = tuple(
        None if silent[syllable.first] else partner
        for syllable, partner in zip(said, partners, strict=True)
    )
    return kept, silent


def _is_found(close: Sequence[bool]) -> bool:
    return sum(close) * 2 > len(close)


def _heard_syllables(segments: Sequence[Segment]) -> Iterator[Heard]:
    """The words of all segments in syllables; a number's share the time of its words."""
    places = [
        (segment_index, word_index)
        for segment_index, segment in enumerate(segments)
        for word_index in range(len(segment.words))
    ]
    words = [segments[segment].words[word] for segment, word in places]
    spoken = say_tokens([word.text for word in words])
    for (first, end), syllables in groupby(spoken, key=lambda item: (item.first, item.end)):
        group = list(syllables)
        start_ms = words[first].start_ms
        length_ms = max(0, words[end - 1].end_ms - start_ms)
        for number, syllable in enumerate(group):
            place = first + number * (end - first) // len(group)
            segment, word = places[place]
            probability = words[place].probability
            yield Heard(
                syllable.text,
                start_ms + length_ms * number // len(group),
                start_ms + length_ms * (number + 1) // len(group),
                segment,
                word,
                1.0 if probability is None else probability,
            )


def _largest_excess(found: Matching, heard_length: int) -> int:
    """How many syllables more were heard than the script has, where they are most."""
    gaps = find_gaps(found.anchors, len(found.partners), heard_length)
    return max((end - start) - (own_end - own_start) for own_start, own_end, start, end in gaps)


def _pace(heard: Sequence[Heard]) -> float:
    steps = [
        after.start_ms - before.start_ms
        for before, after in pairwise(heard)
        if 0 < after.start_ms - before.start_ms <= _BREATH_MS
    ]
    usual = median(steps) if steps else _USUAL_MS
    return min(max(usual, _FASTEST_MS), _SLOWEST_MS)
