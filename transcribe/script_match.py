"""Which syllable of a script is which of those heard: a monotone matching of long texts. Pure.

Anchors first: syllables that are equal, in an alignment of fewest errors over the whole, and stand
in company (equal neighbours at the same distance). Between two anchors syllables are paired by
sound, for most differences are the engine's mishearings and not the speaker's words.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from transcribe.phonetics import syllable_distance
from transcribe.scoring import align

# An equal pair counts when two more stand within six syllables of it, shifted against it by at
# most three. Measured on recordings of the human clips: of two unrelated texts 0 to 5 % of the
# syllables pass, of a text against what the bundled model hears of it 63 to 78 % at a word error
# rate of 0.24 to 0.38, 29 to 45 % at 0.6 to 0.78.
_REACH = 6
_SHIFT = 3
_COMPANY = 2

# What a step between anchors costs: a pair its distance (`transcribe.phonetics`, 0 to 1; two
# syllables at random are 0.7 apart), a run of unpaired syllables an opening and each its share.
# So sounds less than about half apart are paired, and what is left out is left out in one piece.
_OPEN = 0.3
_EXTEND = 0.28

# A gap of this many pairs to weigh takes a quarter of a second; all gaps together at most ten times
# as many. Gaps beyond that have nothing in common over hundreds of syllables: all stays unpaired.
_GAP_CELLS = 150_000
_ALL_CELLS = 1_500_000


# Sounds less apart than this are taken for the same syllable misheard: one regional confusion
# with a wrong vowel or tone beside it.
CLOSE = 0.4


@dataclass(frozen=True, slots=True)
class Matching:
    """`partners[i]`: the heard syllable that the script's syllable i is, or None; ascending.

    `anchors`: the pairs that were equal and in company.
    """

    partners: tuple[int | None, ...]
    anchors: tuple[tuple[int, int], ...]


def is_close(own: str, other: str) -> bool:
    """Whether one syllable may be the other misheard."""
    return own == other or syllable_distance(own, other) < CLOSE


def match_syllables(script: Sequence[str], heard: Sequence[str]) -> Matching:
    """Pair the syllables of two texts, each syllable once, in the order of both.

    Time grows with the product of the lengths over 64 and with what lies between anchors:
    measured, 22,000 syllables against as many with a third of them misheard take half a second.
    """
    partners: list[int | None] = [None] * len(script)
    anchors = find_anchors(script, heard)
    for own, other in anchors:
        partners[own] = other
    left = _ALL_CELLS
    for own_start, own_end, start, end in find_gaps(anchors, len(script), len(heard)):
        cells = (own_end - own_start) * (end - start)
        if 0 < cells <= min(_GAP_CELLS, left):
            left -= cells
            pairs = _pair_by_sound(script[own_start:own_end], heard[start:end])
            for own, other in pairs:
                partners[own_start + own] = start + other
    return Matching(tuple(partners), tuple(anchors))


def find_anchors(script: Sequence[str], heard: Sequence[str]) -> list[tuple[int, int]]:
    """Pairs of equal syllables in company, in order."""
    equal = [
        (step.reference, step.hypothesis)
        for step in align(" ".join(script), " ".join(heard))
        if step.kind == "equal" and step.reference is not None and step.hypothesis is not None
    ]
    return [pair for index, pair in enumerate(equal) if _company(equal, index) >= _COMPANY]


def _company(equal: Sequence[tuple[int, int]], index: int) -> int:
    """How many other equal pairs stand near this one at about the same shift."""
    own, other = equal[index]
    count = 0
    for step in (-1, 1):
        place = index + step
        while 0 <= place < len(equal) and abs(equal[place][1] - other) <= _REACH:
            near_own, near_other = equal[place]
            count += abs((near_own - near_other) - (own - other)) <= _SHIFT
            place += step
    return count


def find_gaps(
    anchors: Sequence[tuple[int, int]], own_length: int, length: int
) -> Iterator[tuple[int, int, int, int]]:
    """What lies before, between and after anchors: spans of the script and of what was heard."""
    own_start = start = 0
    for own, other in [*anchors, (own_length, length)]:
        yield own_start, own, start, other
        own_start, start = own + 1, other + 1


def _pair_by_sound(script: Sequence[str], heard: Sequence[str]) -> list[tuple[int, int]]:
    """Pairs of the cheapest alignment with affine gaps (Gotoh 1982), small spans only."""
    width = len(heard) + 1
    far = float("inf")
    paired = [0.0] + [far] * len(heard)
    skipped = [far] * width  # the last step left a syllable of the script out
    added = [far] + [_OPEN + _EXTEND * place for place in range(1, width)]
    origins: list[list[bytearray]] = [
        [bytearray(width), bytearray(width), bytearray(b"\2" * width)]
    ]
    for row, syllable in enumerate(script, 1):
        new_paired = [far] * width
        new_skipped = [0.0] * width
        new_added = [far] * width
        from_paired, from_skipped, from_added = (bytearray(width) for _ in range(3))
        new_skipped[0] = _OPEN + _EXTEND * row
        from_skipped[0] = 1
        for column in range(1, width):
            before = (paired[column - 1], skipped[column - 1], added[column - 1])
            best = before.index(min(before))
            from_paired[column] = best
            new_paired[column] = before[best] + syllable_distance(syllable, heard[column - 1])
            above = (paired[column] + _OPEN, skipped[column], added[column] + _OPEN)
            best = above.index(min(above))
            from_skipped[column] = best
            new_skipped[column] = above[best] + _EXTEND
            beside = (
                new_paired[column - 1] + _OPEN,
                new_skipped[column - 1] + _OPEN,
                new_added[column - 1],
            )
            best = beside.index(min(beside))
            from_added[column] = best
            new_added[column] = beside[best] + _EXTEND
        origins.append([from_paired, from_skipped, from_added])
        paired, skipped, added = new_paired, new_skipped, new_added
    return _trace(origins, (paired[-1], skipped[-1], added[-1]), len(script), len(heard))


def _trace(
    origins: Sequence[Sequence[bytearray]], ends: tuple[float, ...], row: int, column: int
) -> list[tuple[int, int]]:
    """The pairs on the cheapest way, from its end back; states: 0 paired, 1 skipped, 2 added."""
    pairs = []
    state = ends.index(min(ends))
    while row > 0 or column > 0:
        before = origins[row][state][column]
        if state == 0:
            row, column = row - 1, column - 1
            pairs.append((row, column))
        elif state == 1:
            row -= 1
        else:
            column -= 1
        state = before
    return pairs[::-1]
