"""What residents are told about a correction."""

import pytest

from bridge.corrections import NOTE_LENGTH
from bridge.editing import save_segment_text
from bridge.errors import InvalidInput
from bridge.models import Approval, Publication
from bridge.publications import PublishedItem, published_item
from tests.bridge.lifecycle import Life


def published(life: Life) -> tuple[str, str]:
    """An announcement on the portal and somebody who may approve what is done to it."""
    return life.published(life.person("approver")), life.person("approver")


def change(life: Life, announcement_id: str, text: str) -> None:
    segment = life.view(announcement_id).segments[0]
    with life.db.writing() as session:
        save_segment_text(
            session,
            segment_id=segment.id,
            expected_version=segment.version,
            text=text,
            actor_id=life.person("editor"),
        )


def item(life: Life, announcement_id: str) -> PublishedItem:
    with life.db.reading() as session:
        found = published_item(session, announcement_id)
    assert found is not None
    return found


def test_a_correction_needs_a_note_or_the_word_that_only_spelling_changed(life: Life) -> None:
    announcement_id, approver = published(life)
    change(life, announcement_id, "khác")
    with pytest.raises(InvalidInput, match="note_missing"):
        life.approve(announcement_id, approver, public_note=" ")
    with pytest.raises(InvalidInput, match="note_too_long"):
        life.approve(announcement_id, approver, public_note="a" * (NOTE_LENGTH + 1))
    assert life.state(announcement_id) == "in_review"
    life.approve(announcement_id, approver, spelling_only=True)
    assert life.view(announcement_id).history[-1].data["spelling_only"] is True


def test_a_first_publication_corrects_nothing(life: Life) -> None:
    announcement_id = life.reviewable()
    with pytest.raises(InvalidInput, match="note_needless"):
        life.approve(announcement_id, life.person("approver"), public_note="Sai giờ.")
    life.publish(life.approve(announcement_id, life.person("approver"), spelling_only=True))
    assert item(life, announcement_id).corrections == ()
    with life.db.reading() as session:
        approval = session.query(Approval).filter_by(announcement_id=announcement_id).one()
        publication = session.query(Publication).filter_by(announcement_id=announcement_id).one()
    assert approval.spelling_only is False
    assert "corrections" not in publication.content


def test_every_note_stays_in_order_with_the_moment_of_its_revision(life: Life) -> None:
    announcement_id, approver = published(life)
    moments = []
    for text, note in (("một", " Giờ tiêm là 7 giờ. "), ("hai", ""), ("ba", "Ở trạm y tế.")):
        change(life, announcement_id, text)
        more = {"public_note": note} if note else {"spelling_only": True}
        life.publish(life.approve(announcement_id, approver, **more))
        moments.append(item(life, announcement_id).published_at)
    found = item(life, announcement_id)
    assert [(one.revision, one.at, one.note) for one in found.corrections] == [
        (2, moments[0], "Giờ tiêm là 7 giờ."),
        (4, moments[2], "Ở trạm y tế."),
    ]
    assert found.public_note == "Ở trạm y tế."
    with life.db.reading() as session:
        third = (
            session.query(Publication).filter_by(announcement_id=announcement_id, revision=3).one()
        )
    assert [one["revision"] for one in third.content["corrections"]] == [2]
    assert third.public_note == ""
    assert life.view(announcement_id).history[-2].data["note"] == "Ở trạm y tế."
