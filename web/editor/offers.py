"""The suggestions of one page: rows under the segments, how many numbers, what can be undone."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import parse_qs, urlencode

from sqlalchemy.orm import Session

from bridge.errors import InvalidInput
from bridge.glossary import list_terms
from bridge.queries import AnnouncementView
from bridge.refusals import refusals_of
from bridge.undo import ChangeSpan, count_undoable
from transcribe.offers import (
    Taken,
    Wanted,
    index_of_terms,
    offers_for,
    offers_of,
    safe_numbers,
)
from transcribe.suggestions import Suggestion
from web.editor.undoing import UndoButton, span_value, undo_button
from web.labels import mark, say

# Why to look twice, after the written form.
REASONS: dict[str, str] = {
    "bare_half_hour": mark("nếu đúng là giờ"),
    "no_such_date": mark("không có ngày này, nghe lại"),
    "phone_length": mark("thiếu hoặc thừa chữ số, nghe lại"),
}
_LONGEST = 2000  # characters of a field that names a suggestion: a few words and numbers


@dataclass(frozen=True, slots=True)
class Row:
    """One suggestion on the page; `value` is what its buttons send. `safe`: one of those that
    "all numbers" takes. `name`: the glossary's own text of a name, empty for a number."""

    heard: str
    written: str
    reason: str
    value: str
    safe: bool
    name: str


@dataclass(frozen=True, slots=True)
class OfferedName:
    """A name of the glossary that is suggested at several places."""

    name: str
    count: int


@dataclass(frozen=True, slots=True)
class PageOffers:
    """Rows by segment id; how many numbers can be taken at once, and which names; what was
    refused; the change that was just made (empty for none), how many segments it is about, and the
    button that takes the latest step back."""

    rows: Mapping[str, Sequence[Row]]
    numbers: int = 0
    names: Sequence[OfferedName] = ()
    refused: int = 0
    undo: str = ""
    undo_count: int = 0
    step: UndoButton | None = None


NO_OFFERS = PageOffers({})


def page_offers(
    session: Session, view: AnnouncementView, person_id: str, undo: str = ""
) -> PageOffers:
    """Everything that a page of `view` suggests; `undo` as `undo_value` gave it."""
    index = index_of_terms(list_terms(session, view.work.unit_id))
    refusals = refusals_of(session, view.work.id)
    rows, numbers = {}, 0
    for segment in view.segments:
        offers = offers_for(segment, index, refusals)
        if offers:
            rows[segment.id] = _rows(segment.id, segment.version, offers)
            numbers += len(safe_numbers(offers))
    counted = Counter(row.name for found in rows.values() for row in found if row.name)
    names = [OfferedName(name, count) for name, count in counted.most_common() if count > 1]
    count = 0
    if undo:
        try:
            span, _term_id = read_undo(undo)
            count = count_undoable(session, view.work.id, span, person_id)
        except InvalidInput:
            pass  # an address that somebody shortened: nothing to offer
    step = undo_button(session, view.work.id, person_id)
    return PageOffers(rows, numbers, names, refusals.count, undo if count else "", count, step)


def undo_value(taken: Taken) -> str:
    """What names a change in an address and on a button; empty where nothing was changed."""
    return span_value(taken.span, taken.term_id) if taken.span else ""


def read_undo(value: str) -> tuple[ChangeSpan, str]:
    """The change and the name (or "") of an `undo_value`. Raises InvalidInput."""
    first, _, rest = value.partition("-")
    last, _, term_id = rest.partition("-")
    if not all(part.isascii() and part.isdigit() and len(part) < 16 for part in (first, last)):
        raise InvalidInput(value=value[:40])
    return ChangeSpan(int(first), int(last)), term_id[:20]


def read_wanted(value: str) -> Wanted:
    """The suggestion that a button named. Raises InvalidInput."""
    try:
        fields = {name: texts[0] for name, texts in parse_qs(value[:_LONGEST]).items()}
        return Wanted(
            fields["segment"],
            int(fields["version"]),
            int(fields["start"]),
            int(fields["end"]),
            fields["heard"],
            fields["written"],
        )
    except (KeyError, ValueError) as error:
        raise InvalidInput(value=value[:40]) from error


def rows_now(
    session: Session, announcement_id: str, segment_ids: Collection[str]
) -> dict[str, list[Row]]:
    """The rows of some segments as they stand now."""
    found = offers_of(session, announcement_id, segment_ids)
    return {
        segment_id: _rows(segment_id, version, offers)
        for segment_id, (version, offers) in found.items()
    }


def _rows(segment_id: str, version: int, offers: Sequence[Suggestion]) -> list[Row]:
    safe = safe_numbers(offers)
    return [_row(segment_id, version, offer, offer in safe) for offer in offers]


def _row(segment_id: str, version: int, offer: Suggestion, safe: bool) -> Row:
    value = urlencode(
        {
            "segment": segment_id,
            "version": version,
            "start": offer.start,
            "end": offer.end,
            "heard": offer.heard,
            "written": offer.written,
        }
    )
    reason = say(REASONS[offer.reason]) if offer.reason else ""
    return Row(offer.heard, offer.written, reason, value, safe, offer.term)
