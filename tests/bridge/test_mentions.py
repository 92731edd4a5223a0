"""Finding where a person is named, and taking that away from residents."""

import pytest
from sqlalchemy import select

from bridge.accounts import create_unit
from bridge.editing import save_segment_text
from bridge.errors import InvalidInput
from bridge.feedback import answer_feedback, publish_feedback, send_feedback
from bridge.glossary import add_term
from bridge.glossary_removal import find_removed
from bridge.mentions import Mention, find_mentions, take_away
from bridge.models import Announcement, AuditEntry, Feedback, GlossaryTerm, Publication, Task
from bridge.publications import published_item
from bridge.review import withdraw_announcement
from bridge.tampering import find_tampering
from tests.bridge.lifecycle import Life

NAME = "Trần Văn Mẫu"
REASON = "Gỡ theo yêu cầu."


def say(life: Life, announcement_id: str, number: int, text: str) -> None:
    segment = life.view(announcement_id).segments[number]
    with life.db.writing() as session:
        save_segment_text(
            session,
            segment_id=segment.id,
            expected_version=segment.version,
            text=text,
            actor_id=life.person("editor"),
        )


def find(life: Life, name: str = NAME, **more: bool) -> list[Mention]:
    with life.db.reading() as session:
        return find_mentions(session, name, **more)


def published(life: Life, text: str, content: bytes = b"sound") -> str:
    announcement_id = life.reviewable(content, title="Tin")
    say(life, announcement_id, 0, text)
    life.publish(life.approve(announcement_id, life.person("approver")))
    return announcement_id


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Mời ông Trần Văn Mẫu lên nhận thẻ.", True),
        ("Mời ông TRẦN VĂN MẪU, thôn Đông.", True),
        ("Ông trần văn mẫu.", True),
        ("Ông Tran Van Mau.", False),
        ("Ông Trần Văn, Mẫu số 5.", False),
        ("Ông Trần Văn.", False),
    ],
)
def test_a_name_is_found_however_it_is_written(own_life: Life, text: str, found: bool) -> None:
    announcement_id = own_life.reviewable(title="Tin")
    say(own_life, announcement_id, 0, text)
    assert bool(find(own_life)) is found
    if "Tran" in text:
        assert len(find(own_life, loose=True)) == 1


def test_a_name_that_runs_over_two_segments_is_found_in_both(own_life: Life) -> None:
    announcement_id = own_life.reviewable(title="Tin")
    say(own_life, announcement_id, 0, "Xin mời ông Trần")
    say(own_life, announcement_id, 1, "Văn Mẫu đến họp")
    [mention] = find(own_life)
    assert mention.segment_ids == tuple(
        one.id for one in own_life.view(announcement_id).segments[:2]
    )
    assert mention.words == "Xin mời ông Trần Văn Mẫu đến họp"[: len(mention.words)]


@pytest.mark.parametrize("name", ["", "  ", "Mẫu"])
def test_a_single_syllable_is_nobodys_name(own_life: Life, name: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        find(own_life, name)
    assert caught.value.code == "name_short"


def test_what_is_published_goes_and_stays_covered_when_it_comes_back(own_life: Life) -> None:
    named = published(own_life, "Mời ông Trần Văn Mẫu lên nhận thẻ.")
    other = published(own_life, "Mời bà con đi họp.", b"other")
    mentions = find(own_life)
    assert {(one.kind, one.subject_id, one.is_public) for one in mentions} == {
        ("segment", named, True),
        ("published", named, True),
    }
    actor = own_life.person("approver", "editor")
    taken = take_away(own_life.db, mentions, reason=REASON, actor_id=actor)
    assert (taken.withdrawn, taken.covered, taken.refused) == (1, 1, [])
    assert len(taken.task_ids) == 1
    assert own_life.state(named) == "withdrawn"
    assert own_life.state(other) == "published"
    assert own_life.view(named).segments[0].cover == "beep"
    with own_life.db.reading() as session:
        publication = session.scalars(
            select(Publication).where(Publication.announcement_id == named)
        ).one()
        assert publication.withdrawn_reason == REASON
        logged = session.scalars(select(AuditEntry).where(AuditEntry.action == "take_person_away"))
        assert NAME not in str(logged.one().data)
    [left] = find(own_life)
    assert (left.kind, left.is_public, left.segment_ids) == ("segment", False, ())
    again = take_away(own_life.db, [left], reason=REASON, actor_id=actor)
    assert (again.withdrawn, again.covered) == (0, 0)


def test_an_older_text_that_residents_still_read_goes_too(own_life: Life) -> None:
    announcement_id = published(own_life, "Mời ông Trần Văn Mẫu.")
    say(own_life, announcement_id, 0, "Mời bà con.")
    [mention] = find(own_life)
    assert (mention.kind, mention.is_public) == ("published", True)
    actor = own_life.person("approver", "editor")
    taken = take_away(own_life.db, [mention], reason=REASON, actor_id=actor)
    assert (taken.withdrawn, own_life.state(announcement_id)) == (1, "withdrawn")


def correct(life: Life, announcement_id: str, note: str) -> None:
    """Another revision of what is out, with what residents are told of it."""
    say(life, announcement_id, 1, f"Bản sửa {note[:5]}.")
    approver = life.person("approver")
    life.publish(life.approve(announcement_id, approver, public_note=note))


def test_public_notes_are_blanked_and_do_not_come_back(own_life: Life) -> None:
    announcement_id = published(own_life, "Mời bà con.")
    correct(own_life, announcement_id, "Không phải ông Trần Văn Mẫu.")
    correct(own_life, announcement_id, "Đúng ra là 7 giờ.")
    [mention] = find(own_life)
    assert (mention.kind, mention.is_public, mention.notes) == ("notes", True, (2,))
    actor = own_life.person("approver")
    taken = take_away(own_life.db, [mention], reason=REASON, actor_id=actor)
    assert (taken.blanked, taken.withdrawn, taken.refused) == (1, 0, [])
    assert own_life.state(announcement_id) == "published"
    with own_life.db.reading() as session:
        assert session.get_one(Task, taken.task_ids[0]).kind == "unpublish"
        newest = session.scalars(select(Publication).order_by(Publication.revision.desc())).first()
        assert [one["revision"] for one in newest.content["corrections"]] == [3]
        assert list(find_tampering(session)) == []
    correct(own_life, announcement_id, "Thêm địa điểm.")
    assert find(own_life) == []
    with own_life.db.reading() as session:
        item = published_item(session, announcement_id)
        assert [one.revision for one in item.corrections] == [3, 4]


def test_a_reason_of_withdrawal_is_told_otherwise(own_life: Life) -> None:
    announcement_id = published(own_life, "Mời bà con.")
    actor = own_life.person("approver")
    with own_life.db.writing() as session:
        withdraw_announcement(
            session, announcement_id=announcement_id, reason=f"{NAME} kiện.", actor_id=actor
        )
    [mention] = find(own_life)
    assert (mention.kind, mention.reasons) == ("notes", (1,))
    taken = take_away(own_life.db, [mention], reason=f" {REASON} ", actor_id=actor)
    assert (taken.blanked, len(taken.task_ids)) == (1, 1)
    with own_life.db.reading() as session:
        assert session.scalars(select(Publication.withdrawn_reason)).all() == [REASON]
        assert list(find_tampering(session)) == []
    assert find(own_life) == []


def test_notes_are_an_approvers_to_take_away(own_life: Life) -> None:
    announcement_id = published(own_life, "Mời bà con.")
    correct(own_life, announcement_id, "Không phải ông Trần Văn Mẫu.")
    taken = take_away(
        own_life.db, find(own_life), reason=REASON, actor_id=own_life.person("editor")
    )
    assert [error.code for _one, error in taken.refused] == ["role_missing"]
    assert len(find(own_life)) == 1


def test_what_was_withdrawn_before_comes_back_covered(own_life: Life) -> None:
    announcement_id = published(own_life, "Mời ông Trần Văn Mẫu.")
    actor = own_life.person("approver", "editor")
    with own_life.db.writing() as session:
        withdraw_announcement(
            session, announcement_id=announcement_id, reason="Sai giờ.", actor_id=actor
        )
    taken = take_away(own_life.db, find(own_life), reason=REASON, actor_id=actor)
    assert (taken.covered, taken.withdrawn, taken.refused) == (1, 0, [])
    assert own_life.state(announcement_id) == "withdrawn"
    assert own_life.view(announcement_id).segments[0].cover == "beep"
    with own_life.db.reading() as session:
        assert session.scalars(select(Publication.withdrawn_reason)).all() == ["Sai giờ."]
        assert list(find_tampering(session)) == []


def test_what_is_being_heard_is_refused_and_not_counted(own_life: Life) -> None:
    announcement_id = own_life.reviewable(title="Tin")
    say(own_life, announcement_id, 0, "Mời ông Trần Văn Mẫu.")
    mentions = find(own_life)
    with own_life.db.writing() as session:  # as if it were heard again
        session.get_one(Announcement, announcement_id).state = "transcribing"
    taken = take_away(
        own_life.db, mentions, reason=REASON, actor_id=own_life.person("approver", "editor")
    )
    assert (taken.covered, [error.code for _one, error in taken.refused]) == (
        0,
        ["illegal_transition"],
    )
    with own_life.db.reading() as session:
        assert (
            session.scalar(
                select(AuditEntry.sequence).where(AuditEntry.action == "take_person_away")
            )
            is None
        )


def test_drafts_are_covered_and_stay_in_review(own_life: Life) -> None:
    announcement_id = own_life.reviewable(title="Tin")
    say(own_life, announcement_id, 1, "Ông Trần Văn Mẫu.")
    actor = own_life.person("editor")
    taken = take_away(own_life.db, find(own_life), reason=REASON, actor_id=actor)
    assert (taken.withdrawn, taken.covered, taken.refused) == (0, 1, [])
    assert own_life.state(announcement_id) == "in_review"


def test_messages_terms_and_details(own_life: Life) -> None:
    unit_id, approver = own_life.unit.id, own_life.person("approver", "editor", "admin")
    announcement_id = own_life.reviewable(title="Tin")
    with own_life.db.writing() as session:
        session.get_one(Announcement, announcement_id).speaker = f"Ông {NAME}"
        add_term(session, unit_id=unit_id, text=NAME, kind="person")
        send_feedback(
            session,
            unit_id=unit_id,
            announcement_id=None,
            text="Loa nhỏ quá.",
            contact=f"{NAME}, 0912 345 678",
            code="ma-thu",
            address="192.0.2.1",
        )
        feedback_id = session.scalars(select(Feedback.id)).one()
        answer_feedback(session, feedback_id=feedback_id, answer="Vâng.", actor_id=approver)
        publish_feedback(
            session, feedback_id=feedback_id, question="Sao loa nhỏ?", actor_id=approver
        )
    mentions = find(own_life)
    assert sorted(one.kind for one in mentions) == ["details", "feedback", "term"]
    taken = take_away(own_life.db, mentions, reason=REASON, actor_id=approver)
    assert (taken.hidden, taken.removed, taken.withdrawn) == (1, 1, 0)
    with own_life.db.reading() as session:
        message = session.get_one(Feedback, feedback_id)
        assert (message.state, message.contact, message.published_at) == ("hidden", "", None)
        assert session.scalar(select(GlossaryTerm.id)) is None
        told = session.scalars(select(AuditEntry).where(AuditEntry.action == "forget_term")).one()
        assert NAME not in str(told.data)
        assert find_removed(session, unit_id, told.subject_id) is None
    assert [one.kind for one in find(own_life)] == ["details"]  # named for a person to change


def test_who_may_not_is_refused_and_the_rest_is_done(own_life: Life) -> None:
    named = published(own_life, "Mời ông Trần Văn Mẫu.")
    with own_life.db.writing() as session:
        other = create_unit(session, slug="xa-khac", name="Xã Khác")
        add_term(session, unit_id=other.id, text=NAME, kind="person")
    actor = own_life.person("approver", "editor")
    taken = take_away(own_life.db, find(own_life), reason=REASON, actor_id=actor)
    assert [(one.unit_slug, error.code) for one, error in taken.refused] == [
        ("xa-khac", "role_missing")
    ]
    assert own_life.state(named) == "withdrawn"


def test_residents_are_told_a_reason(own_life: Life) -> None:
    with pytest.raises(InvalidInput):
        take_away(own_life.db, [], reason="  ", actor_id=own_life.person("approver"))
