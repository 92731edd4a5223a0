"""Lists, pages and the desk, read only."""

from datetime import timedelta

import pytest
from sqlalchemy import update

from bridge.accounts import create_unit
from bridge.db import new_id, utc_now
from bridge.errors import NotFound
from bridge.models import Announcement, Task
from bridge.publications import published_item, published_items
from bridge.queries import announcement_view, list_work
from bridge.review import withdraw_announcement
from bridge.tasks import end_attempt, report_progress
from bridge.units import find_unit, list_units
from tests.bridge.lifecycle import AUDIO, BROADCAST_AT, FACTS, FIRST, Life, new_life


def change(life: Life, announcement_id: str, **values: object) -> None:
    with life.db.writing() as session:
        session.execute(
            update(Announcement).where(Announcement.id == announcement_id).values(**values)
        )


def work_ids(life: Life, *states: str, limit: int = 200) -> list[str]:
    with life.db.reading() as session:
        return [item.id for item in list_work(session, {life.unit.id}, states or None, limit)]


def test_units_are_listed_by_name_and_found_by_slug(own_life: Life) -> None:
    with own_life.db.writing() as session:
        create_unit(session, slug="xa-a", name="Xã A", authority="UBND")
    with own_life.db.reading() as session:
        assert [unit.name for unit in list_units(session)] == ["Xã A", "Xã Mẫu"]
        unit = find_unit(session, "xa-a")
    assert (unit.slug, unit.authority, unit.kind) == ("xa-a", "UBND", "commune")
    assert (unit.time_zone, unit.accent, unit.contact) == ("Asia/Ho_Chi_Minh", None, "")
    assert unit.editor_may_approve is False


def test_an_unknown_unit_is_not_found(life: Life) -> None:
    with life.db.reading() as session, pytest.raises(NotFound) as caught:
        find_unit(session, "khong-co")
    assert (caught.value.code, caught.value.data) == ("unit_unknown", {"slug": "khong-co"})


def test_the_work_list_has_urgent_things_first_and_then_the_newest(life: Life) -> None:
    oldest, middle, newest = (life.receive(bytes([n])).announcement_id for n in range(3))
    assert work_ids(life) == [newest, middle, oldest]
    change(life, oldest, priority="urgent")
    change(life, middle, priority="priority")
    assert work_ids(life) == [oldest, newest, middle]
    assert work_ids(life, limit=2) == [oldest, newest]


def test_the_work_list_can_be_narrowed_to_states_and_units(life: Life) -> None:
    waiting, heard = life.receive(b"one").announcement_id, life.reviewable(b"two")
    elsewhere = new_life(life.db, life.media).receive(b"one").announcement_id
    assert work_ids(life, "in_review") == [heard]
    assert work_ids(life, "queued", "in_review") == [heard, waiting]
    assert work_ids(life, "published") == []
    with life.db.reading() as session:
        everything = {item.id for item in list_work(session, None, limit=10_000)}
        assert {waiting, heard, elsewhere} <= everything
        assert list_work(session, []) == []
        assert list_work(session, None, []) == []


def test_a_line_of_the_work_list_shows_how_far_the_newest_task_is(life: Life) -> None:
    receipt = life.receive(title="Tiêm phòng")
    run = life.claim(receipt.task_id)
    report_progress(life.db, run, 2_000, 6_000)
    with life.db.writing() as session:
        session.get_one(Task, run.id).remaining_s = 42
    with life.db.reading() as session:
        (item,) = list_work(session, {life.unit.id})
    assert (item.unit_name, item.unit_slug) == ("Xã Mẫu", life.unit.slug)
    assert (item.title, item.priority, item.state) == ("Tiêm phòng", "normal", "queued")
    assert (item.duration_ms, item.broadcast_at) == (FACTS.duration_ms, BROADCAST_AT)
    assert (item.task_state, item.progress_done, item.progress_total) == ("running", 2_000, 6_000)
    assert item.remaining_s == 42
    assert item.task_error is None


def test_a_line_of_the_work_list_shows_what_went_wrong(life: Life) -> None:
    announcement_id = life.reviewable()
    run = life.claim(life.approve(announcement_id, life.person("approver")))
    with life.db.writing() as session:
        end_attempt(session, run, code="unexpected", detail="", final=True)
    work = life.view(announcement_id).work
    assert (work.state, work.task_state, work.task_error) == ("approved", "failed", "unexpected")


def test_two_tasks_of_one_moment_do_not_make_two_lines(life: Life) -> None:
    announcement_id = life.reviewable()
    life.approve(announcement_id, life.person("approver"))
    with life.db.writing() as session:
        tasks = update(Task).where(Task.announcement_id == announcement_id)
        session.execute(tasks.values(created_at=utc_now()))
    assert work_ids(life) == [announcement_id]
    assert life.view(announcement_id).work.id == announcement_id


def test_an_announcement_without_a_task_is_listed(life: Life) -> None:
    receipt = life.receive()
    with life.db.writing() as session:
        session.delete(session.get_one(Task, receipt.task_id))
    assert work_ids(life) == [receipt.announcement_id]
    assert life.view(receipt.announcement_id).work.task_state is None


def test_the_desk_shows_the_history_with_names(life: Life) -> None:
    operator, approver = life.person("operator"), life.person("approver")
    receipt = life.receive(actor_id=operator)
    life.transcribe(receipt.task_id)
    life.publish(life.approve(receipt.announcement_id, approver))
    history = life.view(receipt.announcement_id).history
    assert [(entry.action, entry.actor_name) for entry in history] == [
        ("receive", "Người operator"),
        ("transcribe", None),
        ("approve", "Người approver"),
        ("publish", None),
    ]
    assert [entry.at for entry in history] == sorted(entry.at for entry in history)


def test_an_unknown_announcement_is_not_found(life: Life) -> None:
    unknown = new_id()
    with life.db.reading() as session, pytest.raises(NotFound) as caught:
        announcement_view(session, unknown)
    assert (caught.value.code, caught.value.data) == ("announcement_unknown", {"id": unknown})


def test_a_published_item_is_all_that_its_page_needs(life: Life) -> None:
    announcement_id = life.published(life.person("approver"), title="Tiêm phòng")
    with life.db.reading() as session:
        item = published_item(session, announcement_id)
        (listed,) = published_items(session, life.unit.id)
    assert item == listed
    assert (item.id, item.unit.slug, item.revision) == (announcement_id, life.unit.slug, 1)
    assert (item.title, item.category, item.area) == ("Tiêm phòng", "", "")
    assert (item.priority, item.duration_ms) == ("normal", FACTS.duration_ms)
    assert (item.broadcast_at, item.audio, item.peaks) == (BROADCAST_AT, AUDIO, FACTS.peaks)
    assert (item.public_note, item.withdrawn_at, item.withdrawn_reason) == ("", None, "")
    assert item.published_at == item.first_published_at
    assert item.segments[0].words == FIRST.words
    assert (item.segments[0].text, item.segments[0].kind) == (FIRST.text, "speech")


def test_the_portal_shows_what_stands_newest_broadcast_first(life: Life) -> None:
    approver = life.person("approver")
    older = life.reviewable(b"one")
    change(life, older, broadcast_at=BROADCAST_AT - timedelta(days=1))
    life.publish(life.approve(older, approver))
    withdrawn, newer = (life.published(approver, content) for content in (b"two", b"three"))
    life.reviewable(b"four")
    life.approve(life.reviewable(b"five"), approver)
    new_life(life.db, life.media).reviewable(b"six")
    with life.db.writing() as session:
        withdraw_announcement(session, announcement_id=withdrawn, reason="Sai", actor_id=approver)
    with life.db.reading() as session:
        assert [item.id for item in published_items(session, life.unit.id)] == [newer, older]
        assert published_item(session, withdrawn) is not None
        assert published_item(session, new_id()) is None


def test_a_line_tells_how_many_transcriptions_come_before_it(own_life: Life) -> None:
    first, second, third = (own_life.receive(bytes([n])) for n in range(3))

    def ahead() -> list[int]:
        receipts = (first, second, third)
        return [own_life.view(receipt.announcement_id).work.ahead for receipt in receipts]

    assert ahead() == [0, 1, 2]
    own_life.begin(own_life.claim(first.task_id))
    assert ahead() == [0, 1, 2]  # what is being heard has to end first, too
    own_life.transcribe(second.task_id)
    assert ahead() == [0, 0, 1]  # what is done waits for nothing
