"""What differs between two texts, word by word. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher

SAME, REMOVED, ADDED = "same", "removed", "added"


@dataclass(frozen=True, slots=True)
class Stretch:
    """Words that both texts have, or only the first (`REMOVED`), or only the second (`ADDED`)."""

    kind: str
    text: str


def differences(before: str, after: str) -> tuple[Stretch, ...]:
    """Both texts as stretches in reading order; what was removed stands before what came for it.

    The stretches that are not `ADDED` make the first text, those that are not `REMOVED` the second,
    each word for word. Texts of a whole announcement are compared segment by segment: the time
    grows with the product of their lengths.
    """
    old, new = before.split(), after.split()
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    return tuple(
        stretch
        for _tag, i1, i2, j1, j2 in matcher.get_opcodes()
        for stretch in _stretches(old[i1:i2], new[j1:j2])
    )


def _stretches(old: list[str], new: list[str]) -> Iterator[Stretch]:
    if old == new:
        yield Stretch(SAME, " ".join(old))
        return
    if old:
        yield Stretch(REMOVED, " ".join(old))
    if new:
        yield Stretch(ADDED, " ".join(new))
