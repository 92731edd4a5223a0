"""Whose turn it is: urgent ones first, and nobody held up for ever."""

import pytest
from redis import Redis

from bridge.errors import Forbidden, IllegalTransition, InvalidInput
from bridge.intake import set_priority
from bridge.queueing import TaskQueue, open_queue
from bridge.recovery import reap
from bridge.tasks import claim_next, end_attempt, note_handover, queued_ids
from tests.bridge.lifecycle import WORKER, Life


def received(life: Life, *contents: bytes) -> list[tuple[str, str]]:
    """(announcement, transcription task) of files that came one after another."""
    receipts = [life.receive(content) for content in contents]
    return [(one.announcement_id, one.task_id or "") for one in receipts]


def prioritise(life: Life, announcement_id: str, priority: str = "urgent", by: str = "") -> None:
    actor_id = by or life.person("operator")
    with life.db.writing() as session:
        set_priority(session, announcement_id=announcement_id, priority=priority, actor_id=actor_id)


def order(life: Life) -> list[str]:
    with life.db.reading() as session:
        return list(queued_ids(session))


def begin_next(life: Life, told_id: str = "") -> str | None:
    """What a worker begins that is told of this task, or only that there is work."""
    run = claim_next(life.db, told_id, worker=WORKER, lease_s=60)
    return run.id if run else None


def in_queue(life: Life) -> None:
    """All that wait were handed over."""
    note_handover(life.db, order(life))


def test_an_urgent_one_is_begun_before_all_that_came_earlier(own_life: Life) -> None:
    (_a, first), (_b, second), (urgent, third) = received(own_life, b"1", b"2", b"3")
    assert order(own_life) == [first, second, third]
    prioritise(own_life, urgent)
    assert order(own_life) == [third, first, second]
    in_queue(own_life)
    assert [begin_next(own_life) for _ in range(4)] == [third, first, second, None]


def test_what_was_sent_as_urgent_is_begun_before_all_that_came_earlier(own_life: Life) -> None:
    received(own_life, b"1", b"2")
    sender = own_life.person("operator")
    urgent = own_life.receive(b"3", actor_id=sender, priority="urgent")
    assert order(own_life)[0] == urgent.task_id
    told = own_life.view(urgent.announcement_id).history
    assert [(one.action, one.data.get("priority")) for one in told] == [
        ("receive", None),
        ("set_priority", "urgent"),
    ]
    # Sent again as something else it is the one that is there, as it stands.
    assert own_life.receive(b"3", priority="normal").duplicate_of == urgent.announcement_id
    assert order(own_life)[0] == urgent.task_id
    with pytest.raises(InvalidInput, match="priority_unknown"):
        own_life.receive(b"4", priority="gap")
    assert len(order(own_life)) == 3


def test_what_is_urgent_no_more_goes_back_to_its_place(own_life: Life) -> None:
    (_a, first), (urgent, second) = received(own_life, b"1", b"2")
    prioritise(own_life, urgent)
    prioritise(own_life, urgent, "normal")
    assert order(own_life) == [first, second]
    told = [entry.data.get("priority") for entry in own_life.view(urgent).history]
    assert told[-2:] == ["urgent", "normal"]


def test_urgent_ones_keep_their_own_order(own_life: Life) -> None:
    tasks = received(own_life, b"1", b"2", b"3")
    for announcement_id in (tasks[2][0], tasks[1][0]):
        prioritise(own_life, announcement_id)
    assert order(own_life) == [tasks[1][1], tasks[2][1], tasks[0][1]]


def test_publishing_of_an_urgent_one_comes_first_too(own_life: Life) -> None:
    received(own_life, b"1", b"2")
    receipt = own_life.receive(b"3")
    prioritise(own_life, receipt.announcement_id)
    own_life.transcribe(receipt.task_id)
    publishing = own_life.approve(receipt.announcement_id, own_life.person("approver"))
    in_queue(own_life)
    assert begin_next(own_life) == publishing


def test_a_running_one_is_left_alone(own_life: Life) -> None:
    (_a, first), (urgent, second) = received(own_life, b"1", b"2")
    run = own_life.claim(first)
    prioritise(own_life, urgent)
    in_queue(own_life)
    assert begin_next(own_life) == second
    task = own_life.task(first)
    assert (task.state, task.token) == ("running", run.token)


def test_one_that_fails_again_and_again_holds_nobody_up(own_life: Life) -> None:
    (_a, first), (_b, second) = received(own_life, b"1", b"2")
    with own_life.db.writing() as session:
        end_attempt(session, own_life.claim(first), code="unexpected", detail="")
    assert order(own_life) == [second, first]


def test_what_has_failed_waits_until_it_is_handed_over_again(own_life: Life) -> None:
    ((urgent, first),) = received(own_life, b"1")
    prioritise(own_life, urgent)
    in_queue(own_life)
    with own_life.db.writing() as session:
        end_attempt(session, own_life.claim(first), code="unexpected", detail="")
    assert begin_next(own_life) is None
    assert begin_next(own_life, first) is None  # its id was in the queue twice
    in_queue(own_life)
    assert begin_next(own_life) == first


def test_a_new_one_is_begun_although_its_handing_over_is_not_noted_yet(own_life: Life) -> None:
    (_a, first), (_b, second) = received(own_life, b"1", b"2")
    assert begin_next(own_life, second) == second
    assert begin_next(own_life) is None
    assert own_life.task(first).state == "queued"


def test_any_id_in_the_queue_brings_the_one_whose_turn_it_is(
    own_life: Life, valkey: Redis, valkey_url: str
) -> None:
    """What lies in Valkey needs no order of its own, so nothing has to be moved there."""
    (_a, first), (urgent, second) = received(own_life, b"1", b"2")
    queue = TaskQueue(valkey_url)
    queue.hand_over_all(own_life.db, [first, second])
    prioritise(own_life, urgent)
    reap(own_life.db, queue)
    assert sorted(open_queue(valkey_url).get_job_ids()) == sorted([first, second])
    assert [begin_next(own_life), begin_next(own_life)] == [second, first]


def test_an_emptied_queue_is_filled_in_the_order_of_turns(
    own_life: Life, valkey: Redis, valkey_url: str
) -> None:
    (_a, first), (urgent, second) = received(own_life, b"1", b"2")
    prioritise(own_life, urgent)
    reap(own_life.db, TaskQueue(valkey_url))
    assert open_queue(valkey_url).get_job_ids() == [second, first]


def test_the_list_counts_those_that_come_before(own_life: Life) -> None:
    (normal, first), (_b, _second), (urgent, _third) = received(own_life, b"1", b"2", b"3")
    prioritise(own_life, urgent)
    assert own_life.view(urgent).work.ahead == 0
    assert own_life.view(normal).work.ahead == 1
    own_life.claim(first)
    assert own_life.view(urgent).work.ahead == 1  # what runs is not interrupted


def test_the_same_priority_again_changes_nothing(life: Life) -> None:
    receipt = life.receive()
    prioritise(life, receipt.announcement_id)
    before = life.view(receipt.announcement_id)
    prioritise(life, receipt.announcement_id)
    after = life.view(receipt.announcement_id)
    assert (after.version, len(after.history)) == (before.version, len(before.history))


def test_from_review_on_the_priority_is_a_detail_that_is_approved(life: Life) -> None:
    announcement_id = life.reviewable()
    with pytest.raises(IllegalTransition):
        prioritise(life, announcement_id)
    assert life.view(announcement_id).work.priority == "normal"


def test_an_unknown_priority_and_a_stranger_are_refused(life: Life) -> None:
    receipt = life.receive()
    with pytest.raises(InvalidInput, match="priority_unknown"):
        prioritise(life, receipt.announcement_id, "high")
    with pytest.raises(Forbidden):
        prioritise(life, receipt.announcement_id, by=life.person())
