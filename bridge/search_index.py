"""Keeping the full-text index: what stands on the portal is in it, and nothing else.

The index follows in the transaction that changes what stands, so a search never finds a text
that was withdrawn, nor misses one that is out.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import delete, select, text
from sqlalchemy.orm import Session

from bridge.db import Database
from bridge.details import Particulars, split_areas
from bridge.models import Publication, SearchDocument
from bridge.search_terms import area_label, category_label, index_entries, unit_label
from bridge.vietnamese import to_nfc

_BATCH = 50  # announcements in one transaction of a rebuild: others write in between
_ID_BITS = 30  # of six characters of an id, five bits each
_ID_LETTERS = "0123456789abcdefghjkmnpqrstvwxyz"


def index_publication(session: Session, publication: Publication) -> None:
    """Let a publication be found that stands from now on, in the place of the former revision.

    Done twice, the second time changes nothing.
    """
    remove_from_search(session, publication.announcement_id)
    content = publication.content
    broadcast_at = datetime.fromisoformat(content["broadcast_at"])
    document = SearchDocument(
        position=_free_position(session, broadcast_at, publication.announcement_id),
        announcement_id=publication.announcement_id,
        unit_id=publication.unit_id,
        revision=publication.revision,
        title=to_nfc(content["title"]),
        summary=to_nfc(Particulars.of_content(content).summary),
        category=to_nfc(content["category"]),
        area=to_nfc(content["area"]),
        priority=content["priority"],
        broadcast_at=broadcast_at,
        duration_ms=content["duration_ms"],
        passages=passages_of(content),
    )
    session.add(document)
    session.flush()
    _insert_entries(session, document.position, document_entries(document))


def document_entries(document: SearchDocument) -> list[str]:
    """The index entries of a document, with those by which it is filtered."""
    body = " ".join(said for _, _, said in document.passages)
    labels = [
        unit_label(document.unit_id),
        category_label(document.category),
        *(area_label(area) for area in split_areas(document.area)),
    ]
    texts = (document.summary, body, document.category, document.area)
    return index_entries(document.title, texts, labels)


def remove_from_search(session: Session, announcement_id: str) -> None:
    """Let an announcement be found no more. Harmless where it was not."""
    position = session.scalar(
        delete(SearchDocument)
        .where(SearchDocument.announcement_id == announcement_id)
        .returning(SearchDocument.position)
    )
    if position is not None:
        _delete_entries(session, position)


def passages_of(content: Mapping[str, Any]) -> list[list[Any]]:
    """The speech of a publication's content: [start_ms, end_ms, NFC text on one line], in order."""
    found = []
    for segment in content["segments"]:
        said = " ".join(to_nfc(segment["text"]).split())
        if said and segment["kind"] == "speech":
            found.append([segment["start_ms"], segment["end_ms"], said])
    return found


def position_at(moment: datetime) -> int:
    """The first position of what was broadcast at `moment` (aware) or later."""
    return int(moment.astimezone(UTC).timestamp()) << _ID_BITS


def complete_search(
    db: Database, on_item: Callable[[int, int], None] = lambda done, total: None
) -> int:
    """Index what stands on the portal and is not in the index, as after an upgrade; how many.

    `on_item` gets how many of how many are done; no transaction is open then.
    """
    with db.reading() as session:
        missing = session.scalars(
            _standing()
            .outerjoin(
                SearchDocument, SearchDocument.announcement_id == Publication.announcement_id
            )
            .where(SearchDocument.position.is_(None))
        ).all()
    _index_all(db, missing, on_item)
    return len(missing)


def rebuild_search(
    db: Database, on_item: Callable[[int, int], None] = lambda done, total: None
) -> int:
    """Make every entry of the index anew and drop what stands no more; how many were indexed.

    A few at a time, so that searching and publishing go on. Killed anywhere, or done twice: every
    announcement is found at any moment, and the next call does the rest.
    """
    with db.reading() as session:
        standing = session.scalars(_standing()).all()
        known = session.scalars(select(SearchDocument.announcement_id)).all()
    gone = sorted(set(known) - set(standing))
    _index_all(db, [*standing, *gone], on_item)
    return len(standing)


def _standing() -> Any:
    return (
        select(Publication.announcement_id)
        .where(Publication.is_current, Publication.withdrawn_at.is_(None))
        .order_by(Publication.announcement_id)
    )


def _index_all(
    db: Database, announcement_ids: Sequence[str], on_item: Callable[[int, int], None]
) -> None:
    for begin in range(0, len(announcement_ids), _BATCH):
        batch = announcement_ids[begin : begin + _BATCH]
        with db.writing() as session:
            for announcement_id in batch:
                _index_as_it_stands(session, announcement_id)
        on_item(begin + len(batch), len(announcement_ids))


def _index_as_it_stands(session: Session, announcement_id: str) -> None:
    # Locked, so that it is not withdrawn between being read and being indexed.
    publication = session.scalar(
        select(Publication)
        .where(
            Publication.announcement_id == announcement_id,
            Publication.is_current,
            Publication.withdrawn_at.is_(None),
        )
        .with_for_update()
    )
    if publication is None:
        remove_from_search(session, announcement_id)
    else:
        index_publication(session, publication)
        session.expunge(publication)


def _free_position(session: Session, broadcast_at: datetime, announcement_id: str) -> int:
    """Hour of broadcast to the second, then the beginning of the id: the order of results."""
    number = 0
    for letter in announcement_id[: _ID_BITS // 5]:
        number = number * 32 + max(0, _ID_LETTERS.find(letter))
    position = position_at(broadcast_at) + number
    while session.get(SearchDocument, position) is not None:
        position += 1
    return position


def _insert_entries(session: Session, position: int, entries: Sequence[str]) -> None:
    if session.get_bind().dialect.name == "sqlite":
        session.execute(
            text("INSERT INTO search_index (rowid, entries) VALUES (:position, :entries)"),
            {"position": position, "entries": " ".join(entries)},
        )
    else:
        session.execute(
            text(
                "INSERT INTO search_index (position, entries)"
                " VALUES (:position, array_to_tsvector(CAST(:entries AS text[])))"
            ),
            {"position": position, "entries": list(entries)},
        )


def _delete_entries(session: Session, position: int) -> None:
    key = "rowid" if session.get_bind().dialect.name == "sqlite" else "position"
    session.execute(
        text(f"DELETE FROM search_index WHERE {key} = :position"),  # noqa: S608  one of two words  # nosec B608
        {"position": position},
    )
