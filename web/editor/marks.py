"""What an editor should hear again, as words under a line and underlines in it."""

from collections import Counter
from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby
from operator import attrgetter

from bridge.queries import SegmentView
from bridge.transcript import Segment
from transcribe.doubts import Doubt, DoubtFinder, lowest_words
from transcribe.sensitive import PERSONAL, SECRET
from web.labels import mark, say

# A two-hour recording has some 1,500 segments, and one editor's page is asked for again and again.
_REMEMBERED_SEGMENTS, _REMEMBERED_GLOSSARIES = 2048, 8
_EDGES = ".,;:!?…\"'()[]{}“”‘’«»–—-/"

# In the order in which a line names them, and the count of a page counts them.
KINDS: dict[str, str] = {
    "secret": mark("có thể là bí mật nhà nước"),
    "personal": mark("thông tin cá nhân"),
    "hour": mark("giờ"),
    "date": mark("ngày"),
    "money": mark("tiền"),
    "phone": mark("số điện thoại"),
    "percent": mark("phần trăm"),
    "number": mark("số"),
    "name": mark("tên"),
    "not_vietnamese": mark("chữ lạ"),
    "low_probability": mark("máy nghe chưa chắc"),
}
_ORDER = {kind: place for place, kind in enumerate(KINDS)}
REASONS: dict[str, str] = {
    "lowest_share": mark("máy nghe chưa chắc"),
    "spelling": mark("không viết như chữ tiếng Việt"),
    "digits": mark("viết bằng chữ số"),
    "spoken": mark("viết bằng chữ"),
    "calendar": mark("ngày lễ, ngày âm lịch"),
    "cue": mark("đứng sau “%(about)s”"),
    "capitals": mark("viết hoa"),
    "glossary": mark("có trong từ điển tên riêng"),
    "wording": mark("chỉ đăng khi chắc chắn được phép"),
}


@dataclass(frozen=True, slots=True)
class KindOfMark:
    """The words of one segment that are of one kind: "giờ", ("7 giờ 30 phút", "11 giờ")."""

    word: str
    passages: tuple[str, ...]
    must_check: bool
    kind: str


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a segment's text; `title` says why to look at it, None where nothing is."""

    text: str
    title: str | None = None
    must_check: bool = False


@dataclass(frozen=True, slots=True)
class SegmentMarks:
    """The marks of one segment, for the line below its text and for the text itself."""

    kinds: tuple[KindOfMark, ...]
    pieces: tuple[Piece, ...]

    @property
    def warned(self) -> bool:
        """Whether somebody has to decide if residents may read it, not only if it is right."""
        return any(one.kind in (SECRET, PERSONAL) for one in self.kinds)

    @property
    def must_check(self) -> tuple[str, ...]:
        """The words that must be right."""
        return tuple(passage for kind in self.kinds if kind.must_check for passage in kind.passages)


@dataclass(frozen=True, slots=True)
class PageMarks:
    """The marks of a page by segment id, and how many must be heard again, by kind."""

    segments: Mapping[str, SegmentMarks]
    counts: tuple[tuple[str, int], ...]

    @property
    def total(self) -> int:
        return sum(count for _word, count in self.counts)


NO_MARKS = PageMarks({}, ())


@dataclass(frozen=True, slots=True)
class MustCheck:
    """A segment that somebody has to confirm, with what must be right in it."""

    segment_id: str
    start_ms: int  # of the recording
    passages: tuple[str, ...]
    confirmed: bool


def must_check_list(
    segments: Sequence[SegmentView], marks: PageMarks, confirmed: Container[str]
) -> list[MustCheck]:
    """Every segment with something to confirm, in order, confirmed or not."""
    found = []
    for segment in segments:
        of_segment = marks.segments.get(segment.id)
        passages = of_segment.must_check if of_segment else ()
        if passages:
            done = segment.id in confirmed
            found.append(MustCheck(segment.id, segment.start_ms, passages, done))
    return found


def page_marks(segments: Sequence[SegmentView], glossary_terms: Sequence[str]) -> PageMarks:
    """The marks of the segments that are given: those whose text residents will read."""
    in_text = _remembering(tuple(glossary_terms))
    doubts: list[list[Doubt]] = [
        list(in_text(tuple(word.text for word in segment.words)))
        if segment.kind == "speech"
        else []
        for segment in segments
    ]
    heard = [
        Segment(segment.start_ms, segment.end_ms, segment.text, segment.words, segment.kind)
        for segment in segments
    ]
    for doubt in lowest_words(heard):
        doubts[doubt.segment_index].append(doubt)
    titles = _Titles()
    found = {
        segment.id: _segment_marks([word.text for word in segment.words], of_segment, titles)
        for segment, of_segment in zip(segments, doubts, strict=True)
        if of_segment
    }
    counted = Counter(doubt.kind for each in doubts for doubt in each if doubt.must_check)
    counts = tuple((say(word), counted[kind]) for kind, word in KINDS.items() if counted[kind])
    return PageMarks(found, counts)


@lru_cache(_REMEMBERED_GLOSSARIES)
def _remembering(terms: tuple[str, ...]) -> Callable[[tuple[str, ...]], tuple[Doubt, ...]]:
    return lru_cache(_REMEMBERED_SEGMENTS)(DoubtFinder(terms).in_text)


class _Titles(dict[tuple[str, str, str], str]):
    """Why to look at a place, in words; by kind, reason and what it is about."""

    def __missing__(self, why: tuple[str, str, str]) -> str:
        kind, reason, about = why
        said, word = say(REASONS[reason]), say(KINDS[kind])
        if "%(" in said:
            said %= {"about": about}
        self[why] = title = word if word == said else f"{word}: {said}"
        return title


def _segment_marks(tokens: Sequence[str], doubts: Sequence[Doubt], titles: _Titles) -> SegmentMarks:
    by_kind: dict[str, list[Doubt]] = {}
    for doubt in sorted(doubts, key=attrgetter("first_word")):
        by_kind.setdefault(doubt.kind, []).append(doubt)
    kinds = []
    for kind in sorted(by_kind, key=_ORDER.__getitem__):
        of_kind = by_kind[kind]
        passages = dict.fromkeys(
            " ".join(tokens[doubt.first_word : doubt.end_word]).strip(_EDGES) for doubt in of_kind
        )
        kinds.append(KindOfMark(say(KINDS[kind]), tuple(passages), of_kind[0].must_check, kind))
    return SegmentMarks(tuple(kinds), tuple(_pieces(tokens, doubts, titles)))


def _pieces(tokens: Sequence[str], doubts: Sequence[Doubt], titles: _Titles) -> Iterator[Piece]:
    """The text cut where what is marked changes, to be joined by spaces."""
    marked: list[tuple[str | None, bool]] = [(None, False)] * len(tokens)
    # What must be checked comes last, so that it names the words that it shares with a doubt.
    for doubt in sorted(doubts, key=lambda doubt: doubt.must_check):
        why = (titles[doubt.kind, doubt.reason, doubt.about], doubt.must_check)
        length = doubt.end_word - doubt.first_word
        marked[doubt.first_word : doubt.end_word] = [why] * length
    place = 0
    for (title, must_check), group in groupby(marked):
        end = place + len(list(group))
        yield Piece(" ".join(tokens[place:end]), title, must_check)
        place = end
