"""What somebody is warned of in an announcement's title and other details before residents read
them: what must perhaps not be published, what was covered in the text, a title nobody has read.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from bridge.models import Announcement
from bridge.transcription import TITLE_SEGMENTS, propose_title
from bridge.vietnamese import token_key
from transcribe.doubts import Doubt, DoubtFinder
from transcribe.must_check import WARNED

FIELDS = ("title", "summary", "speaker", "author", "source")
# Beside the kinds of `transcribe.must_check.WARNED`.
COVERED, UNREAD = "covered", "unread"
_RUN = 3  # syllables in a row: two that stand in both texts are mostly an ordinary word
_EDGES = ".,;:!?…\"'()[]{}“”‘’«»–—-/"

_Run = tuple[str, ...]


class Spoken(Protocol):
    """A segment, as the database or a page has it."""

    @property
    def kind(self) -> str: ...
    @property
    def text(self) -> str: ...
    @property
    def engine_text(self) -> str: ...
    @property
    def hidden(self) -> bool: ...
    @property
    def cover(self) -> str | None: ...


@dataclass(frozen=True, slots=True)
class DetailWarning:
    """`field` of FIELDS, the kind, and the words it is about; for UNREAD the whole title."""

    field: str
    kind: str
    words: str


def find_detail_warnings(
    details: Mapping[str, str], segments: Sequence[Spoken]
) -> Iterator[DetailWarning]:
    """Every such place, field by field.

    COVERED: three syllables in a row of the title or summary that residents get from no segment,
    but that stand in one that is cut, covered or hidden. UNREAD: the title is still what was made
    of the first words when they had been heard, and those words are others now.
    """
    finder = DoubtFinder()
    out = [one for one in segments if one.hidden or one.cover]
    left_out = _runs(one.text for one in out)
    left_out -= _runs(one.text for one in segments if not (one.hidden or one.cover))
    for field in FIELDS:
        tokens = details.get(field, "").split()
        for kind, first, end in _stretches(finder.in_text(tokens)):
            yield DetailWarning(field, kind, " ".join(tokens[first:end]).strip(_EDGES))
        if field in ("title", "summary") and (words := _first_run(tokens, left_out)):
            yield DetailWarning(field, COVERED, words)
    title = details.get("title", "")
    if title and _is_unread(title, segments):
        yield DetailWarning("title", UNREAD, title)


def warned_details(announcement: Announcement, segments: Sequence[Spoken]) -> list[list[str]]:
    """For `bridge.review.approve_announcement`: field and kind of every warning."""
    details = {field: getattr(announcement, field) for field in FIELDS}
    found = {(one.field, one.kind) for one in find_detail_warnings(details, segments)}
    return [[field, kind] for field, kind in sorted(found)]


def _stretches(doubts: Iterable[Doubt]) -> Iterator[tuple[str, int, int]]:
    """What must be decided, by kind, first and end token; neighbours of a kind are one."""
    found: list[tuple[str, int, int]] = []
    for doubt in sorted(doubts, key=lambda one: one.first_word):
        if doubt.kind not in WARNED:
            continue
        first = doubt.first_word
        if found and found[-1][0] == doubt.kind and found[-1][2] == first:
            first = found.pop()[1]
        found.append((doubt.kind, first, doubt.end_word))
    yield from found


def _is_unread(title: str, segments: Sequence[Spoken]) -> bool:
    spoken = [one for one in segments if one.kind == "speech"]
    first = spoken[:TITLE_SEGMENTS]
    open_to_all = [one for one in spoken if not (one.hidden or one.cover)][:TITLE_SEGMENTS]
    former = {_proposed(one.engine_text for one in first), _proposed(one.text for one in first)}
    return title in former - {_proposed(one.text for one in open_to_all)}


def _proposed(texts: Iterable[str]) -> str:
    return propose_title(" ".join(texts))


def _keys(tokens: Iterable[str]) -> list[str]:
    return [token_key(token.strip(_EDGES)) for token in tokens]


def _runs(texts: Iterable[str]) -> set[_Run]:
    keys = _keys(token for text in texts for token in text.split())
    return {tuple(keys[at : at + _RUN]) for at in range(len(keys) - _RUN + 1)}


def _first_run(tokens: Sequence[str], runs: set[_Run]) -> str:
    """The first words of `tokens` that are among `runs`, with what follows them there."""
    keys = _keys(tokens)
    found: list[int] = []
    for at in range(len(keys) - _RUN + 1):
        if tuple(keys[at : at + _RUN]) in runs and (not found or at <= found[-1]):
            found = sorted({*found, *range(at, at + _RUN)})
    return " ".join(tokens[at] for at in found).strip(_EDGES)
