"""Going out at a chosen hour: what waits, what begins it, what takes it back."""

from datetime import UTC, datetime, timedelta

import pytest
from redis import Redis
from sqlalchemy import select, update

from bridge.db import utc_now
from bridge.editing import save_segment_text
from bridge.errors import Conflict, Forbidden, IllegalTransition, InvalidInput
from bridge.inspection import inspect_work
from bridge.intake import retry_announcement
from bridge.models import Announcement, Approval, Task
from bridge.publish_later import LONGEST_AHEAD, publish_now, unschedule_publishing
from bridge.queueing import TaskQueue, open_queue
from bridge.recovery import reap
from bridge.review import withdraw_announcement
from bridge.status import work_status
from bridge.tasks import claim_next, claim_task, queued_ids
from tests.bridge.lifecycle import WORKER, Life

DAY = timedelta(days=1)


def scheduled(life: Life, publish_at: datetime | None = None) -> tuple[str, str]:
    """An announcement approved for tomorrow and its publishing task."""
    announcement_id = life.reviewable()
    task_id = life.approve(
        announcement_id, life.person("approver"), publish_at=publish_at or utc_now() + DAY
    )
    return announcement_id, task_id


def let_time_come(life: Life, task_id: str) -> None:
    """As if the hour had come: the task's is put into the past."""
    with life.db.writing() as session:
        past = utc_now() - timedelta(seconds=1)
        session.execute(update(Task).where(Task.id == task_id).values(not_before=past))


def standing(life: Life, announcement_id: str) -> Approval | None:
    with life.db.reading() as session:
        return session.scalar(
            select(Approval).where(
                Approval.announcement_id == announcement_id, Approval.voided_at.is_(None)
            )
        )


def hold_until(life: Life, announcement_id: str, valid_until: datetime) -> None:
    with life.db.writing() as session:
        session.get_one(Announcement, announcement_id).valid_until = valid_until


def now(life: Life, announcement_id: str, by: str = "") -> str:
    actor_id = by or life.person("approver")
    with life.db.writing() as session:
        return publish_now(session, announcement_id=announcement_id, actor_id=actor_id)


def unschedule(life: Life, announcement_id: str, by: str = "") -> None:
    actor_id = by or life.person("approver")
    with life.db.writing() as session:
        unschedule_publishing(session, announcement_id=announcement_id, actor_id=actor_id)


def test_the_hour_stands_on_the_approval_the_task_and_the_list(life: Life) -> None:
    publish_at = datetime.now(UTC).replace(microsecond=0) + DAY
    announcement_id, task_id = scheduled(life, publish_at)
    approval = standing(life, announcement_id)
    assert approval is not None
    assert (approval.publish_at, life.task(task_id).not_before) == (publish_at, publish_at)
    work = life.view(announcement_id).work
    assert (work.state, work.publish_at, work.time_zone) == (
        "approved",
        publish_at,
        "Asia/Ho_Chi_Minh",
    )
    assert life.view(announcement_id).history[-1].data["publish_at"] == publish_at.isoformat()


def test_an_hour_that_has_passed_or_lies_years_ahead_is_refused(life: Life) -> None:
    announcement_id, approver = life.reviewable(), life.person("approver")
    for publish_at, code in (
        (utc_now() - timedelta(seconds=1), "publish_at_past"),
        (utc_now() + LONGEST_AHEAD + timedelta(minutes=1), "publish_at_far"),
    ):
        with pytest.raises(InvalidInput, match=code):
            life.approve(announcement_id, approver, publish_at=publish_at)
    assert life.state(announcement_id) == "in_review"
    life.approve(announcement_id, approver, publish_at=utc_now() + LONGEST_AHEAD - DAY)


def test_no_hour_is_taken_at_which_it_no_longer_holds(own_life: Life) -> None:
    announcement_id, approver = own_life.reviewable(), own_life.person("approver")
    end = utc_now() + 2 * DAY
    for valid_until, publish_at in ((end, end), (end, end + DAY), (utc_now() - DAY, end)):
        hold_until(own_life, announcement_id, valid_until)
        with pytest.raises(InvalidInput, match="publish_at_ended"):
            own_life.approve(announcement_id, approver, publish_at=publish_at)
    assert own_life.state(announcement_id) == "in_review"
    own_life.approve(announcement_id, approver)  # at once is the approver's to judge


def test_nobody_begins_it_before_its_hour(own_life: Life) -> None:
    _announcement_id, task_id = scheduled(own_life)
    db = own_life.db
    assert claim_task(db, task_id, worker=WORKER, lease_s=60) is None
    assert claim_next(db, task_id, worker=WORKER, lease_s=60) is None
    assert own_life.task(task_id).attempt == 0
    let_time_come(own_life, task_id)
    run = claim_next(db, task_id, worker=WORKER, lease_s=60)
    assert run is not None
    assert run.id == task_id


def test_the_reaper_hands_it_over_when_its_hour_has_come_and_not_before(
    own_life: Life, valkey: Redis, valkey_url: str
) -> None:
    _announcement_id, task_id = scheduled(own_life)
    queue = TaskQueue(valkey_url)
    assert not queue.hand_over(own_life.db, task_id)  # as the page does after approving
    reap(own_life.db, queue, 60)
    assert open_queue(valkey_url).get_job_ids() == []
    assert own_life.task(task_id).handed_over_at is None
    let_time_come(own_life, task_id)
    reap(own_life.db, TaskQueue(valkey_url), 60)  # another worker, after a restart
    assert open_queue(valkey_url).get_job_ids() == [task_id]


def test_a_clock_that_is_set_back_makes_it_wait_again(
    own_life: Life, valkey: Redis, valkey_url: str
) -> None:
    _announcement_id, task_id = scheduled(own_life)
    let_time_come(own_life, task_id)
    queue = TaskQueue(valkey_url)
    reap(own_life.db, queue, 60)
    with own_life.db.writing() as session:  # seen from the clock, the hour is ahead again
        later = utc_now() + DAY
        session.execute(update(Task).where(Task.id == task_id).values(not_before=later))
    # Its id is in the queue, and a worker comes upon it.
    assert claim_next(own_life.db, task_id, worker=WORKER, lease_s=60) is None
    valkey.flushall()
    reap(own_life.db, queue, 60)
    assert open_queue(valkey_url).get_job_ids() == []
    with own_life.db.reading() as session:  # and when the hour comes a second time
        assert queued_ids(session, utc_now() + 2 * DAY) == [task_id]


def test_any_change_voids_the_approval_and_its_hour(life: Life) -> None:
    announcement_id, task_id = scheduled(life)
    segment = life.view(announcement_id).segments[0]
    with life.db.writing() as session:
        save_segment_text(
            session,
            segment_id=segment.id,
            expected_version=segment.version,
            text="khác",
            actor_id=life.person("editor"),
        )
    assert (life.state(announcement_id), life.task(task_id).state) == ("in_review", "cancelled")
    assert standing(life, announcement_id) is None
    assert life.view(announcement_id).work.publish_at is None
    let_time_come(life, task_id)
    assert claim_task(life.db, task_id, worker=WORKER, lease_s=60) is None


def test_a_text_changed_behind_it_does_not_go_out_at_its_hour(life: Life) -> None:
    """Approved again without an hour, the earlier hour counts no more."""
    announcement_id, first = scheduled(life)
    unschedule(life, announcement_id)
    second = life.approve(announcement_id, life.person("approver"))
    assert second != first
    assert (life.task(second).not_before, life.task(first).state) == (None, "cancelled")


def test_it_is_withdrawn_like_anything_approved(life: Life) -> None:
    announcement_id, task_id = scheduled(life)
    with life.db.writing() as session:
        task = withdraw_announcement(
            session,
            announcement_id=announcement_id,
            reason="Hoãn",
            actor_id=life.person("approver"),
        )
    assert task is None
    assert (life.state(announcement_id), life.task(task_id).state) == ("withdrawn", "cancelled")


def test_publishing_now_does_not_wait_for_the_hour(life: Life) -> None:
    announcement_id, task_id = scheduled(life)
    assert now(life, announcement_id) == task_id
    assert life.view(announcement_id).history[-1].action == "publish_now"
    approval = standing(life, announcement_id)
    assert approval is not None
    assert approval.publish_at is None
    assert now(life, announcement_id) == task_id  # pressed twice
    assert [e.action for e in life.view(announcement_id).history].count("publish_now") == 1
    life.publish(task_id)
    assert life.state(announcement_id) == "published"
    with pytest.raises(IllegalTransition):
        now(life, announcement_id)


def test_unscheduling_brings_it_back_to_review_as_it_was(life: Life) -> None:
    announcement_id, task_id = scheduled(life)
    digest = life.view(announcement_id).digest
    unschedule(life, announcement_id)
    view = life.view(announcement_id)
    assert (view.work.state, view.digest, view.history[-1].action) == (
        "in_review",
        digest,
        "unschedule",
    )
    assert life.task(task_id).state == "cancelled"
    with pytest.raises(IllegalTransition):
        unschedule(life, announcement_id)


def test_what_has_begun_is_not_unscheduled(life: Life) -> None:
    announcement_id, task_id = scheduled(life)
    let_time_come(life, task_id)
    with pytest.raises(Conflict, match="not_scheduled"):
        unschedule(life, announcement_id)
    life.claim(task_id)
    with pytest.raises(Conflict, match="not_scheduled"):
        unschedule(life, announcement_id)
    assert now(life, announcement_id) == task_id  # it is at it
    assert life.state(announcement_id) == "approved"


def test_where_there_is_nothing_to_publish_neither_is_possible(life: Life) -> None:
    announcement_id = life.reviewable()
    task_id = life.approve(announcement_id, life.person("approver"))
    with pytest.raises(Conflict, match="not_scheduled"):
        unschedule(life, announcement_id)
    with life.db.writing() as session:
        session.execute(update(Task).where(Task.id == task_id).values(state="failed"))
    with pytest.raises(Conflict, match="not_scheduled"):
        now(life, announcement_id)


@pytest.mark.parametrize("role", ["operator", "editor"])
def test_only_an_approver_decides_about_the_hour(life: Life, role: str) -> None:
    announcement_id, task_id = scheduled(life)
    for decide in (now, unschedule):
        with pytest.raises(Forbidden):
            decide(life, announcement_id, by=life.person(role))
    assert life.task(task_id).not_before is not None


def test_a_lost_task_comes_back_with_its_hour(life: Life) -> None:
    announcement_id, task_id = scheduled(life)
    planned = life.task(task_id).not_before
    with life.db.writing() as session:
        session.execute(update(Task).where(Task.id == task_id).values(state="cancelled"))
    with life.db.writing() as session:
        second = retry_announcement(
            session, announcement_id=announcement_id, actor_id=life.person("editor")
        )
    assert (second != task_id, life.task(second).not_before) == (True, planned)


def test_waiting_for_its_hour_is_neither_stuck_nor_waiting(own_life: Life) -> None:
    publish_at = utc_now() + 30 * DAY
    _announcement_id, task_id = scheduled(own_life, publish_at)
    with own_life.db.reading() as session:
        status = work_status(session)
        assert list(inspect_work(session, utc_now() + 20 * DAY)) == []
        late = work_status(session, publish_at + timedelta(minutes=5))
        found = [one.code for one in inspect_work(session, publish_at + 2 * DAY)]
    assert (status.waiting, status.scheduled, status.oldest_waiting_at) == (0, 1, None)
    assert (late.waiting, late.scheduled, late.oldest_waiting_at) == (1, 0, publish_at)
    assert found == ["task_waiting"]  # nobody began it although its hour had come
    assert own_life.task(task_id).state == "queued"
