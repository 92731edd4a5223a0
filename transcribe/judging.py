"""How the machine's text and its marks stood against the text that people approved."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from sqlalchemy import select
from sqlalchemy.orm import Session

from bridge.effort import Judged, save_result
from bridge.glossary import list_terms
from bridge.models import Announcement, Script
from bridge.models import Segment as SegmentRow
from bridge.review import current_segments
from bridge.transcript import Segment, Word
from bridge.vietnamese import token_key
from transcribe.doubts import find_doubts


@dataclass(frozen=True, slots=True)
class Compared:
    """A segment as the machine heard it, and the text that was approved in its place."""

    heard: Segment
    approved: str


def record_result(session: Session, announcement_id: str) -> None:
    """Judge the machine's text by the one that was just approved; in the approval's transaction.

    Nothing is judged where a script became the text: nobody was asked about the machine's words.
    What residents do not read is left out. As dear as finding the must-checks that the approval
    has just looked for, less than a second for two hours of speech. Approved again, it is judged
    again.
    """
    used = select(Script.id).where(
        Script.announcement_id == announcement_id, Script.applied_at.is_not(None)
    )
    if session.scalar(used) is not None:
        return
    unit_id = session.get_one(Announcement, announcement_id).unit_id
    terms = [term.text for term in list_terms(session, unit_id)]
    shown = [row for row in current_segments(session, announcement_id) if not row.hidden]
    save_result(session, announcement_id, judge([_compared(row) for row in shown], terms))


def judge(segments: Sequence[Compared], glossary_terms: Sequence[str] = ()) -> Judged:
    """Count words, places that were changed, and marks by what became of their words.

    A mark was wrong, or what it asked to check was right, where the approved text has all of its
    words: compared without capitals, the marks around them and where a tone stands. A place is a
    run of words that differ at all, so that a comma counts as work.
    """
    kept = [_kept(one) for one in segments]
    marks = find_doubts([one.heard for one in segments], glossary_terms=glossary_terms)
    whole = [
        (
            mark.must_check,
            kept[mark.segment_index].issuperset(range(mark.first_word, mark.end_word)),
        )
        for mark in marks
    ]
    return Judged(
        words=sum(len(one.heard.words) for one in segments),
        edits=sum(_edits(one) for one in segments),
        doubts=sum(not must_check for must_check, _right in whole),
        doubts_wrong=sum(right and not must_check for must_check, right in whole),
        checks=sum(must_check for must_check, _right in whole),
        checks_right=sum(right and must_check for must_check, right in whole),
    )


def _compared(row: SegmentRow) -> Compared:
    words = tuple(Word.from_json(word) for word in row.engine_words)
    kind = "speech" if words else row.kind
    heard = Segment(row.start_ms, row.end_ms, row.engine_text, words, kind)
    return Compared(heard, row.text)


def _kept(one: Compared) -> set[int]:
    """Which of the machine's words the approved text has, in the same order."""
    heard = [token_key(word.text) for word in one.heard.words]
    approved = [token_key(token) for token in one.approved.split()]
    if heard == approved:
        return set(range(len(heard)))
    matcher = SequenceMatcher(None, heard, approved, autojunk=False)
    return {
        place
        for block in matcher.get_matching_blocks()
        for place in range(block.a, block.a + block.size)
    }


def _edits(one: Compared) -> int:
    heard, approved = _tokens(word.text for word in one.heard.words), one.approved.split()
    if heard == approved:
        return 0
    matcher = SequenceMatcher(None, heard, approved, autojunk=False)
    return sum(tag != "equal" for tag, *_place in matcher.get_opcodes())


def _tokens(texts: Iterable[str]) -> list[str]:
    return [token for text in texts for token in text.split()]
