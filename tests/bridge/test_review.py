"""Approving exactly what was read; taking back; bringing back."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import select, update

from bridge.db import new_id, utc_now
from bridge.editing import save_details, save_segment_text
from bridge.errors import Conflict, Forbidden, IllegalTransition, InvalidInput, NotFound
from bridge.models import Announcement, Approval, Segment, Task, Unit
from bridge.review import (
    approve_announcement,
    content_digest,
    current_segments,
    reopen_announcement,
    withdraw_announcement,
)
from bridge.tasks import end_attempt
from bridge.transcript import Segment as HeardSegment
from bridge.transcription import fail_transcription
from tests.bridge.conftest import Together
from tests.bridge.lifecycle import DURATION_MS, FIRST, Life, nothing_to_check


def approve(life: Life, announcement_id: str, digest: str, actor_id: str) -> str:
    with life.db.writing() as session:
        return approve_announcement(
            session,
            announcement_id=announcement_id,
            digest=digest,
            actor_id=actor_id,
            must_check=nothing_to_check,
        )


def withdraw(
    life: Life, announcement_id: str, *, reason: str = "Sai giờ", actor_id: str | None = None
) -> str | None:
    actor_id = actor_id or life.person("approver")
    with life.db.writing() as session:
        return withdraw_announcement(
            session, announcement_id=announcement_id, reason=reason, actor_id=actor_id
        )


def reopen(life: Life, announcement_id: str, actor_id: str | None = None) -> None:
    actor_id = actor_id or life.person("editor")
    with life.db.writing() as session:
        reopen_announcement(session, announcement_id=announcement_id, actor_id=actor_id)


def edit(life: Life, announcement_id: str, text: str, actor_id: str | None = None) -> None:
    segment = life.view(announcement_id).segments[0]
    with life.db.writing() as session:
        save_segment_text(
            session,
            segment_id=segment.id,
            expected_version=segment.version,
            text=text,
            actor_id=actor_id or life.person("editor"),
        )


def never_heard(life: Life) -> str:
    """A new announcement whose transcription failed before anything was heard."""
    receipt = life.receive()
    run = life.claim(receipt.task_id)
    with life.db.writing() as session:
        end_attempt(session, run, code="model_missing", detail="", final=True)
        fail_transcription(session, receipt.announcement_id, "model_missing")
    return receipt.announcement_id


def test_an_approval_names_the_text_and_queues_its_publishing(life: Life) -> None:
    announcement_id = life.reviewable()
    digest = life.view(announcement_id).digest
    task_id = approve(life, announcement_id, digest, life.person("approver"))
    assert life.state(announcement_id) == "approved"
    task = life.task(task_id)
    assert (task.kind, task.state, task.announcement_id) == ("publish", "queued", announcement_id)
    entry = life.view(announcement_id).history[-1]
    assert (entry.action, entry.actor_name) == ("approve", "Người approver")
    assert entry.data == {"digest": digest}


def test_a_text_that_changed_since_it_was_read_is_not_approved(life: Life) -> None:
    announcement_id = life.reviewable()
    read = life.view(announcement_id).digest
    edit(life, announcement_id, "khác")
    approver = life.person("approver")
    with pytest.raises(Conflict) as caught:
        approve(life, announcement_id, read, approver)
    assert caught.value.code == "text_changed"
    assert life.state(announcement_id) == "in_review"
    approve(life, announcement_id, life.view(announcement_id).digest, approver)


def test_a_text_edited_and_edited_back_is_the_text_that_was_read(life: Life) -> None:
    announcement_id = life.reviewable()
    read = life.view(announcement_id).digest
    edit(life, announcement_id, "khác")
    edit(life, announcement_id, FIRST.text)
    approve(life, announcement_id, read, life.person("approver"))


def test_the_texts_last_editor_does_not_approve_it(life: Life) -> None:
    announcement_id = life.reviewable()
    both = life.person("editor", "approver")
    edit(life, announcement_id, "khác", both)
    with pytest.raises(Forbidden) as caught:
        life.approve(announcement_id, both)
    assert caught.value.code == "own_text"
    edit(life, announcement_id, "khác nữa")  # by someone else: now theirs is the last word
    life.approve(announcement_id, both)


def test_a_unit_may_let_one_person_do_both(life: Life) -> None:
    announcement_id = life.reviewable()
    both = life.person("editor", "approver")
    edit(life, announcement_id, "khác", both)
    with life.db.writing() as session:
        session.execute(update(Unit).where(Unit.id == life.unit.id).values(editor_may_approve=True))
    assert life.view(announcement_id).editor_may_approve
    life.approve(announcement_id, both)


@pytest.mark.parametrize("roles", [(), ("operator",), ("editor",)])
def test_only_approvers_approve_and_withdraw(life: Life, roles: tuple[str, ...]) -> None:
    announcement_id = life.reviewable()
    actor_id = life.person(*roles)
    with pytest.raises(Forbidden):
        life.approve(announcement_id, actor_id)
    with pytest.raises(Forbidden):
        withdraw(life, announcement_id, actor_id=actor_id)
    assert life.state(announcement_id) == "in_review"


def test_nothing_without_a_title_is_approved(life: Life) -> None:
    receipt = life.receive()
    life.transcribe(receipt.task_id, HeardSegment(0, DURATION_MS, "[nhạc]", (), "music"))
    with pytest.raises(InvalidInput) as caught:
        life.approve(receipt.announcement_id, life.person("approver"))
    assert caught.value.code == "title_missing"
    assert life.state(receipt.announcement_id) == "in_review"


def test_nothing_is_approved_twice_or_before_it_is_heard(life: Life) -> None:
    announcement_id = life.reviewable()
    approver = life.person("approver")
    life.approve(announcement_id, approver)
    with pytest.raises(IllegalTransition):
        life.approve(announcement_id, approver)
    with pytest.raises(IllegalTransition):
        life.approve(life.receive(b"other").announcement_id, approver)


@pytest.mark.parametrize(
    "values",
    [
        {"title": "khác"},
        {"category": "khác"},
        {"area": "khác"},
        {"priority": "urgent"},
        {"broadcast_at": utc_now() + timedelta(microseconds=1)},
        {"start_ms": 1},
        {"end_ms": DURATION_MS - 1},
    ],
    ids=lambda values: next(iter(values)),
)
def test_the_digest_covers_every_detail(life: Life, values: dict[str, object]) -> None:
    announcement_id = life.reviewable()
    before = life.view(announcement_id).digest
    assert life.view(announcement_id).digest == before
    with life.db.writing() as session:
        session.execute(
            update(Announcement).where(Announcement.id == announcement_id).values(**values)
        )
    assert life.view(announcement_id).digest != before


@pytest.mark.parametrize(
    "values",
    [
        {"text": "khác"},
        {"kind": "music"},
        {"start_ms": 1},
        {"end_ms": 2_999},
        {"position": 9},
        {"hidden": True},
    ],
    ids=lambda values: next(iter(values)),
)
def test_the_digest_covers_every_segment(life: Life, values: dict[str, object]) -> None:
    announcement_id = life.reviewable()
    before = life.view(announcement_id)
    with life.db.writing() as session:
        first = before.segments[0].id
        session.execute(update(Segment).where(Segment.id == first).values(**values))
    assert life.view(announcement_id).digest != before.digest


def test_what_was_approved_before_segments_could_be_hidden_stays_approved() -> None:
    """A digest that the first version of Loa computed, of an announcement with nothing hidden."""
    announcement = Announcement(
        id="announcement",
        recording_id="recording",
        start_ms=0,
        end_ms=6_000,
        title="Tiêm phòng",
        category="Y tế",
        area="toàn xã",
        priority="normal",
        broadcast_at=datetime(2026, 11, 21, 10, 30, tzinfo=UTC),
    )
    segments = [
        Segment(id=name, kind="speech", start_ms=0, end_ms=3_000, text=text, hidden=False)
        for name, text in (("one", "Kính thưa bà con."), ("two", "Tiêm phòng."))
    ]
    digest = content_digest(announcement, segments)
    assert digest == "6407de81620770f82c1de381639bb5007b04a44897cbed7e08cae54dedfc79a9"


def test_the_digest_is_the_same_in_the_transaction_that_saved_local_time(life: Life) -> None:
    """Approving and saving may share a transaction; the time zone must not matter."""
    announcement_id = life.reviewable()
    editor = life.person("editor")
    with life.db.writing() as session:
        announcement = session.get_one(Announcement, announcement_id)
        save_details(
            session,
            announcement_id=announcement_id,
            expected_version=1,
            actor_id=editor,
            title="Tiêm phòng",
            category="",
            area="",
            priority="normal",
            broadcast_at=datetime(2026, 11, 21, 17, 30, tzinfo=timezone(timedelta(hours=7))),
        )
        digest = content_digest(announcement, current_segments(session, announcement_id))
    assert digest == life.view(announcement_id).digest


def test_withdrawing_a_published_item_takes_its_page_away_for_a_reason(life: Life) -> None:
    announcement_id = life.published(life.person("approver"))
    task_id = withdraw(life, announcement_id, reason="  Sai\n giờ ")
    task = life.task(task_id)
    assert (task.kind, task.state) == ("unpublish", "queued")
    view = life.view(announcement_id)
    assert (view.work.state, view.page_path) == ("withdrawn", None)
    assert (view.history[-1].action, view.history[-1].data) == ("withdraw", {"reason": "Sai giờ"})


def test_withdrawing_before_publishing_has_no_page_to_remove(life: Life) -> None:
    announcement_id = life.reviewable()
    task_id = life.approve(announcement_id, life.person("approver"))
    assert withdraw(life, announcement_id) is None
    assert life.state(announcement_id) == "withdrawn"
    assert life.task(task_id).state == "cancelled"


def test_withdrawing_needs_a_reason(life: Life) -> None:
    announcement_id = life.published(life.person("approver"))
    with pytest.raises(InvalidInput) as caught:
        withdraw(life, announcement_id, reason=" \n")
    assert caught.value.code == "reason_missing"
    with pytest.raises(InvalidInput) as caught:
        withdraw(life, announcement_id, reason="lý do " * 100)
    assert (caught.value.code, caught.value.data) == ("reason_too_long", {"limit": 500})
    assert life.state(announcement_id) == "published"


def test_what_is_being_heard_cannot_be_withdrawn(life: Life) -> None:
    receipt = life.receive()
    with pytest.raises(IllegalTransition):
        withdraw(life, receipt.announcement_id)
    life.begin(life.claim(receipt.task_id))
    with pytest.raises(IllegalTransition):
        withdraw(life, receipt.announcement_id)


def test_a_withdrawn_item_comes_back_to_review_and_not_to_the_portal(life: Life) -> None:
    announcement_id = life.published(life.person("approver"))
    withdraw(life, announcement_id)
    reopen(life, announcement_id)
    view = life.view(announcement_id)
    assert (view.work.state, view.page_path) == ("in_review", None)
    assert view.history[-1].action == "reopen"
    life.publish(life.approve(announcement_id, life.person("approver")))
    assert life.view(announcement_id).page_path is not None


def test_one_that_was_never_heard_comes_back_as_failed_and_can_be_tried_again(life: Life) -> None:
    announcement_id = never_heard(life)
    assert withdraw(life, announcement_id) is None
    reopen(life, announcement_id)
    view = life.view(announcement_id)
    assert (view.work.state, view.work.failure_code) == ("failed", "model_missing")


def test_only_what_was_withdrawn_is_reopened_and_not_by_everyone(life: Life) -> None:
    announcement_id = life.reviewable()
    with pytest.raises(IllegalTransition):
        reopen(life, announcement_id)
    withdraw(life, announcement_id)
    with pytest.raises(Forbidden):
        reopen(life, announcement_id, life.person("operator"))
    assert life.state(announcement_id) == "withdrawn"


def approve_nothing(life: Life) -> None:
    approve(life, new_id(), "0" * 64, life.person("approver"))


def withdraw_nothing(life: Life) -> None:
    withdraw(life, new_id())


def reopen_nothing(life: Life) -> None:
    reopen(life, new_id())


@pytest.mark.parametrize("act", [approve_nothing, withdraw_nothing, reopen_nothing])
def test_what_is_not_there_is_not_found(life: Life, act: Callable[[Life], None]) -> None:
    with pytest.raises(NotFound) as caught:
        act(life)
    assert caught.value.code == "announcement_unknown"


def test_of_two_approvals_at_once_one_stands(own_life: Life, together: Together) -> None:
    announcement_id = own_life.reviewable(title="Tin")
    digest = own_life.view(announcement_id).digest
    url = own_life.db.write_engine.url.render_as_string(hide_password=False)
    approver = own_life.person("approver")
    codes = together("approve", url, announcement_id, digest, approver)
    assert sorted(codes) == ["", *["illegal_transition"] * 3]
    with own_life.db.reading() as session:
        approvals = session.scalars(
            select(Approval).where(Approval.announcement_id == announcement_id)
        ).all()
        tasks = session.scalars(
            select(Task).where(Task.announcement_id == announcement_id, Task.kind == "publish")
        ).all()
    assert (len(approvals), len(tasks)) == (1, 1)
