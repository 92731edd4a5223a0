"""Rules by which a unit lets go of sound, and all that they must not touch."""

import hashlib
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from bridge.db import utc_now
from bridge.errors import Conflict, Forbidden, InvalidInput
from bridge.housekeeping import apply_retention, remove_released
from bridge.intake import cancel_transcription, retry_announcement
from bridge.media import LISTENING_COPY, WORKING_COPY
from bridge.models import Announcement, AuditEntry, Recording
from bridge.retention import due_sounds, list_rules, remove_sound, set_rule, sound_is_removed
from bridge.review import reopen_announcement, withdraw_announcement
from bridge.tasks import cancel_tasks
from tests.bridge.lifecycle import Life, new_life

LATER = timedelta(days=40)

on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def rule(life: Life, kind: str, days: int | None, actor_id: str | None = None) -> None:
    with life.db.writing() as session:
        set_rule(session, unit_id=life.unit.id, kind=kind, days=days, actor_id=actor_id)


def withdrawn(life: Life, content: bytes = b"sound", *, editor_id: str) -> str:
    announcement_id = life.reviewable(content)
    with life.db.writing() as session:
        withdraw_announcement(
            session, announcement_id=announcement_id, reason="Nhầm.", actor_id=editor_id
        )
    for name in (WORKING_COPY, LISTENING_COPY):
        life.media.derived(sha(content), name).write_bytes(b"copy")
    return announcement_id


def failed(life: Life, content: bytes) -> str:
    receipt = life.receive(content)
    with life.db.writing() as session:
        cancel_transcription(session, announcement_id=receipt.announcement_id, actor_id=None)
    return receipt.announcement_id


def sha(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def apply(life: Life, after: timedelta = LATER) -> list[str]:
    """Announcements whose sound went, when the rules are applied at that time from now."""
    gone = apply_retention(life.db, life.media, utc_now() + after)
    return [announcement_id for sound in gone for announcement_id in sound.announcement_ids]


def removed(life: Life, announcement_id: str) -> bool:
    with life.db.reading() as session:
        return sound_is_removed(session, announcement_id)


@pytest.fixture
def editor_id(own_life: Life) -> str:
    return own_life.person("editor", "approver")


@on_sqlite
def test_without_a_rule_nothing_ever_goes(own_life: Life, editor_id: str) -> None:
    withdrawn(own_life, editor_id=editor_id)
    failed(own_life, b"broken")
    assert apply(own_life, timedelta(days=10_000)) == []
    assert own_life.media.original(sha(b"sound")).exists()


def test_sound_goes_after_its_days_and_text_and_log_stay(own_life: Life, editor_id: str) -> None:
    gone = withdrawn(own_life, b"first", editor_id=editor_id)
    rule(own_life, "withdrawn", 30)
    assert apply(own_life, timedelta(days=29)) == []
    assert apply(own_life) == [gone]
    assert not own_life.media.original(sha(b"first")).exists()
    assert not own_life.media.copies_folder(sha(b"first")).exists()
    assert removed(own_life, gone)
    view = own_life.view(gone)
    assert view.segments[0].text.startswith("Kính thưa")
    assert view.history[-1].action == "remove_sound"
    assert view.history[-1].data == {"days": 30, "kind": "withdrawn"}
    assert apply(own_life) == []


@on_sqlite
def test_a_rule_reaches_its_own_state_and_its_own_unit_alone(
    own_life: Life, editor_id: str
) -> None:
    other = new_life(own_life.db, own_life.media)
    rule(own_life, "failed", 1)
    kept = withdrawn(own_life, b"kept", editor_id=editor_id)
    elsewhere = failed(other, b"elsewhere")
    own_life.reviewable(b"in review")
    queued = own_life.receive(b"queued").announcement_id
    gone = failed(own_life, b"gone")
    assert apply(own_life) == [gone]
    assert not any(removed(own_life, one) for one in (kept, elsewhere, queued))


def test_sound_that_another_unit_has_too_stays_on_the_disk(own_life: Life) -> None:
    other = new_life(own_life.db, own_life.media)
    rule(own_life, "failed", 1)
    gone, kept = failed(own_life, b"same"), failed(other, b"same")
    assert apply(own_life) == [gone]
    assert removed(own_life, gone)
    assert not removed(own_life, kept)
    assert own_life.media.original(sha(b"same")).exists()
    rule(other, "failed", 1)
    assert apply(own_life) == [kept]
    assert not own_life.media.original(sha(b"same")).exists()


@on_sqlite
def test_an_open_task_holds_the_sound_back(own_life: Life, editor_id: str) -> None:
    approver = own_life.person("approver")
    published = own_life.published(approver)
    with own_life.db.writing() as session:
        withdraw_announcement(
            session, announcement_id=published, reason="Nhầm.", actor_id=editor_id
        )
    rule(own_life, "withdrawn", 1)
    assert apply(own_life) == []  # its page is still to be taken down
    with own_life.db.writing() as session:
        cancel_tasks(session, published, "unpublish")
    assert apply(own_life) == [published]


def test_a_person_who_was_quicker_wins(own_life: Life, editor_id: str) -> None:
    announcement_id = withdrawn(own_life, editor_id=editor_id)
    rule(own_life, "withdrawn", 1)
    now = utc_now() + LATER
    with own_life.db.reading() as session:
        (due,) = due_sounds(session, now)
    with own_life.db.writing() as session:
        reopen_announcement(session, announcement_id=announcement_id, actor_id=editor_id)
    with own_life.db.writing() as session:
        assert remove_sound(session, recording_id=due.recording_id, now=now) is None
    assert not removed(own_life, announcement_id)


@on_sqlite
def test_what_has_no_sound_any_more_is_not_tried_again_or_reopened(
    own_life: Life, editor_id: str
) -> None:
    rule(own_life, "withdrawn", 1)
    rule(own_life, "failed", 1)
    dropped, broken = withdrawn(own_life, editor_id=editor_id), failed(own_life, b"broken")
    assert sorted(apply(own_life)) == sorted([dropped, broken])
    with pytest.raises(Conflict, match="sound_removed"), own_life.db.writing() as session:
        reopen_announcement(session, announcement_id=dropped, actor_id=editor_id)
    with pytest.raises(Conflict, match="sound_removed"), own_life.db.writing() as session:
        retry_announcement(session, announcement_id=broken, actor_id=editor_id)
    assert own_life.state(broken) == "failed"


def test_the_same_file_sent_again_is_heard_again(own_life: Life) -> None:
    rule(own_life, "failed", 1)
    first = failed(own_life, b"again")
    apply(own_life)
    receipt = own_life.receive(b"again", title="Lần hai")
    assert receipt.duplicate_of is None
    assert receipt.announcement_id != first
    assert own_life.media.original(sha(b"again")).read_bytes() == b"again"
    assert not removed(own_life, receipt.announcement_id)
    own_life.transcribe(receipt.task_id)
    remove_released(own_life.db, own_life.media, utc_now() + LATER)
    assert own_life.media.original(sha(b"again")).exists()
    assert own_life.receive(b"again").duplicate_of is not None
    with own_life.db.reading() as session:
        assert session.scalar(select(func.count(Recording.id))) == 1
        # The first one's sound is there again as well, but it is over: only both together may go.
        assert session.get_one(Announcement, first).state == "failed"
    assert apply(own_life) == []


@on_sqlite
def test_killed_between_the_row_and_the_files_the_next_round_goes_on(own_life: Life) -> None:
    rule(own_life, "failed", 1)
    failed(own_life, b"half")
    now = utc_now() + LATER
    with own_life.db.writing() as session:
        recording_id = due_sounds(session, now)[0].recording_id
        assert remove_sound(session, recording_id=recording_id, now=now) is not None
    assert own_life.media.original(sha(b"half")).exists()
    assert apply(own_life) == []
    assert not own_life.media.original(sha(b"half")).exists()


def test_setting_a_rule_is_for_admins_and_is_written_down(own_life: Life) -> None:
    admin, operator = own_life.person("admin"), own_life.person("operator", "approver")
    with pytest.raises(Forbidden):
        rule(own_life, "failed", 5, operator)
    for days in (5, 5, 7, None, None):
        rule(own_life, "failed", days, admin)
    with own_life.db.reading() as session:
        entries = session.scalars(
            select(AuditEntry)
            .where(AuditEntry.action == "set_retention")
            .order_by(AuditEntry.sequence)
        ).all()
        assert [entry.data["days"] for entry in entries] == [5, 7, None]  # only what changed
        assert {entry.actor_id for entry in entries} == {admin}
        assert list_rules(session) == []


@on_sqlite
@pytest.mark.parametrize(("kind", "days"), [("published", 5), ("failed", 0), ("failed", 36_501)])
def test_senseless_rules_are_refused(own_life: Life, kind: str, days: int) -> None:
    with pytest.raises(InvalidInput):
        rule(own_life, kind, days)


@on_sqlite
def test_rules_of_all_units_are_listed(own_life: Life) -> None:
    rule(own_life, "withdrawn", 90)
    with own_life.db.reading() as session:
        (listed,) = list_rules(session)
    assert (listed.unit_slug, listed.kind, listed.days) == (own_life.unit.slug, "withdrawn", 90)
