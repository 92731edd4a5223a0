"""Parts of one recording become one announcement again."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from bridge.confirmations import confirm_segment, confirmations
from bridge.db import Database
from bridge.editing import save_segment_text
from bridge.errors import Conflict, Forbidden, InvalidInput, VersionConflict
from bridge.inspection import inspect_work
from bridge.intake import retry_announcement
from bridge.joining import Joined, join_announcements
from bridge.models import Announcement, Edit, Publication, Script
from bridge.parting import Beginning, part_announcement
from bridge.publications import published_item
from bridge.publishing import record_unpublication
from bridge.retention import due_sounds, set_rule
from bridge.review import reopen_announcement, withdraw_announcement
from bridge.scripts import apply_script_texts, attach_script
from bridge.series import pages_that_name, parts_of_recording, previous_part
from tests.bridge.lifecycle import DURATION_MS, Life, heard, new_life
from tests.bridge.test_parting import in_review, part


def join(
    life: Life, later: str, earlier: str, *, actor_id: str | None = None, **more: Any
) -> Joined:
    options = {
        "announcement_id": later,
        "expected_version": life.view(later).version,
        "into_id": earlier,
        "into_version": life.view(earlier).version,
        "actor_id": actor_id or life.person("editor"),
        **more,
    }
    with life.db.writing() as session:
        return join_announcements(session, **options)


def test_joining_takes_parting_back(life: Life) -> None:
    whole, editor = in_review(life), life.person("editor")
    before = life.view(whole)
    _, second = part(life, whole, 2)
    segment = life.view(second).segments[0]
    with life.db.writing() as session:
        saved = save_segment_text(
            session, segment_id=segment.id, expected_version=1, text="Khác.", actor_id=editor
        )
        confirm_segment(
            session, segment_id=segment.id, expected_version=saved.version, actor_id=editor
        )
    done = join(life, second, whole)
    assert (done.announcement_id, done.ended_id, done.task_id) == (whole, second, None)
    after = life.view(whole)
    assert (after.start_ms, after.end_ms) == (before.start_ms, before.end_ms)
    assert [one.id for one in after.segments] == [one.id for one in before.segments]
    assert after.segments[2].text == "Khác."
    ended = life.view(second)
    assert (ended.work.state, ended.work.joined_into, ended.segments) == ("withdrawn", whole, ())
    with life.db.reading() as session:
        assert set(confirmations(session, whole)) == {segment.id}
        assert session.scalars(select(Edit.announcement_id)).all().count(second) == 0
    assert [entry.action for entry in after.history][-1] == "join_announcement"
    assert [entry.action for entry in ended.history][-1] == "joined_into"


def test_an_address_leads_to_where_its_sound_is_however_often_it_was_joined(life: Life) -> None:
    first, second, third = part(life, in_review(life), 1, 2)
    join(life, third, second)
    join(life, second, first)
    assert [life.view(one).work.joined_into for one in (second, third)] == [first, first]
    assert len(life.view(first).segments) == 4


def test_what_was_joined_is_not_opened_again_but_may_be_parted_again(life: Life) -> None:
    whole, approver = in_review(life), life.person("approver")
    _, second = part(life, whole, 2)
    join(life, second, whole)
    with life.db.writing() as session, pytest.raises(Conflict, match="announcement_joined"):
        reopen_announcement(session, announcement_id=second, actor_id=approver)
    _, third = part(life, whole, 2)
    assert third != second
    assert len(life.view(third).segments) == 2


def test_only_parts_that_touch_are_joined(life: Life) -> None:
    first, second, third = part(life, in_review(life), 1, 2)
    other = in_review(life, title="Bản tin khác")
    for later, earlier in ((third, first), (first, second), (other, first), (first, first)):
        with pytest.raises(InvalidInput, match="parts_apart"):
            join(life, later, earlier)
    with life.db.reading() as session:
        parts = parts_of_recording(session, second)
        assert [one.id for one in parts] == [first, second, third]
        before = [previous_part(parts, one) for one in (first, second, third)]
        assert [one.id if one else None for one in before] == [None, first, second]


def test_the_same_request_again_is_refused(life: Life) -> None:
    first, second = part(life, in_review(life), 2)
    versions = {
        "expected_version": life.view(second).version,
        "into_version": life.view(first).version,
    }
    join(life, second, first, **versions)
    with pytest.raises(VersionConflict):
        join(life, second, first, **versions)
    with pytest.raises(InvalidInput, match="parts_apart"):
        join(life, second, first)


def test_joining_needs_somebody_who_may_edit(life: Life) -> None:
    first, second = part(life, in_review(life), 2)
    with pytest.raises(Forbidden):
        join(life, second, first, actor_id=life.person("operator"))


def test_a_published_part_leaves_a_page_that_leads_to_the_whole(life: Life) -> None:
    first, second = part(life, in_review(life), 2)
    approver = life.person("approver")
    for one in (first, second):
        life.publish(life.approve(one, approver))
    with pytest.raises(Forbidden, match="role_missing"):
        join(life, second, first, actor_id=life.person("editor"))
    done = join(life, second, first, actor_id=approver)
    assert life.task(done.task_id).kind == "unpublish"
    with life.db.reading() as session:
        gone, whole = published_item(session, second), published_item(session, first)
        assert gone is not None
        assert whole is not None
        assert gone.withdrawn_at is not None
        assert whole.withdrawn_at is None
        assert gone.links.is_part
        assert gone.links.whole is not None
        assert gone.links.whole.id == first
        assert pages_that_name(session, life.unit.id, first) == {second}
    with life.db.writing() as session:
        withdraw_announcement(session, announcement_id=first, reason="Nhầm", actor_id=approver)
    with life.db.reading() as session:
        gone = published_item(session, second)
        assert gone is not None
        assert gone.links.is_part
        assert gone.links.whole is None


def test_the_pages_of_an_ended_part_are_taken_down_again_after_a_failure(life: Life) -> None:
    first, second = part(life, in_review(life), 2)
    approver = life.person("approver")
    life.publish(life.approve(second, approver))
    task_id = join(life, second, first, actor_id=approver).task_id
    with life.db.writing() as session:
        again = retry_announcement(session, announcement_id=second, actor_id=approver)
    assert again == task_id
    assert life.view(second).work.joined_into == first


def test_scripts_that_are_in_use_become_one(life: Life) -> None:
    whole, editor = in_review(life), life.person("editor")
    first, second = part(life, whole, 2)
    for one, text in ((first, "Văn bản đầu"), (second, "Văn bản sau")):
        segment = life.view(one).segments[0]
        with life.db.writing() as session:
            attach_script(session, announcement_id=one, text=text, file_name="", actor_id=editor)
            apply_script_texts(
                session,
                announcement_id=one,
                texts={segment.id: text},
                departures=(),
                actor_id=editor,
            )
    join(life, second, first)
    with life.db.reading() as session:
        script = session.scalar(select(Script).where(Script.announcement_id == first))
        assert script is not None
        assert script.text == "Văn bản đầu\nVăn bản sau"
        assert len(script.filled) == 2
        assert session.scalar(select(Script).where(Script.announcement_id == second)) is None


def test_a_script_in_use_does_not_push_another_out(life: Life) -> None:
    first, second = part(life, in_review(life), 2)
    editor = life.person("editor")
    segment = life.view(second).segments[0]
    with life.db.writing() as session:
        attach_script(session, announcement_id=first, text="Một", file_name="", actor_id=editor)
        attach_script(session, announcement_id=second, text="Hai", file_name="", actor_id=editor)
        apply_script_texts(
            session,
            announcement_id=second,
            texts={segment.id: "Hai"},
            departures=(),
            actor_id=editor,
        )
    with pytest.raises(Conflict, match="parts_scripts"):
        join(life, second, first)


def test_the_sound_stays_while_one_part_needs_it_and_an_ended_one_does_not(life: Life) -> None:
    first, second, third = part(life, in_review(life), 1, 2)
    approver = life.person("approver")
    join(life, third, second)
    with life.db.writing() as session:
        set_rule(session, unit_id=life.unit.id, kind="withdrawn", days=1, actor_id=None)
        withdraw_announcement(session, announcement_id=first, reason="Nhầm", actor_id=approver)
        ended = session.get_one(Announcement, third).updated_at
    later = ended.replace(year=ended.year + 1)
    with life.db.reading() as session:
        assert due_sounds(session, later) == []
    with life.db.writing() as session:
        withdraw_announcement(session, announcement_id=second, reason="Nhầm", actor_id=approver)
    with life.db.reading() as session:
        assert len(due_sounds(session, later)) == 1


def test_nothing_is_found_amiss_after_joining(own_life: Life) -> None:
    first, second = part(own_life, in_review(own_life), 2)
    approver = own_life.person("approver")
    for one in (first, second):
        own_life.publish(own_life.approve(one, approver))
    task_id = join(own_life, second, first, actor_id=approver).task_id
    own_life.publish(own_life.approve(first, own_life.person("approver")))
    run = own_life.claim(task_id)
    with own_life.db.writing() as session:
        record_unpublication(session, run)
        now = session.get_one(Announcement, first).updated_at
        assert list(inspect_work(session, now, deep=True)) == []
        standing = select(Publication.announcement_id).where(Publication.withdrawn_at.is_(None))
        assert set(session.scalars(standing.where(Publication.is_current))) == {first}


LONG = tuple(
    heard(f"Đoạn số {number} của buổi phát.", number * 700 + 50 * (number % 3), number * 700 + 690)
    for number in range(8)
)
# Each step parts one of the announcements before some of its segments, or joins one to the former.
STEPS = st.lists(
    st.tuples(st.booleans(), st.integers(0, 7), st.sets(st.integers(1, 7), min_size=1, max_size=3)),
    max_size=7,
)


@settings(
    max_examples=8,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(steps=STEPS)
def test_whatever_is_parted_and_joined_the_parts_tile_the_recording(
    shared_database: Database, life: Life, steps: list[tuple[bool, int, set[int]]]
) -> None:
    life = new_life(shared_database, life.media)
    whole, editor = in_review(life, LONG), life.person("editor")
    before = life.view(whole).segments
    ids = [whole]
    for is_join, which, places in steps:
        own = ids[which % len(ids)]
        view = life.view(own)
        if is_join and own != ids[0]:
            into = ids[ids.index(own) - 1]
            join(life, own, into, actor_id=editor)
            ids.remove(own)
        elif not is_join and (inside := [one for one in places if one < len(view.segments)]):
            with life.db.writing() as session:
                made = part_announcement(
                    session,
                    announcement_id=own,
                    expected_version=view.version,
                    beginnings=[Beginning(view.segments[place].id) for place in inside],
                    actor_id=editor,
                )
            ids[ids.index(own) : ids.index(own) + 1] = made
    views = [life.view(one) for one in ids]
    edges = [edge for view in views for edge in (view.start_ms, view.end_ms)]
    assert edges[0] == 0
    assert edges[-1] == DURATION_MS
    assert edges[1:-1:2] == edges[2:-1:2]
    after = [segment for view in views for segment in view.segments]
    assert after == list(before)
    for view in views:
        assert view.work.state == "in_review"
        assert view.start_ms <= view.segments[0].start_ms
        assert view.segments[-1].end_ms <= view.end_ms
    with life.db.reading() as session:
        assert [one.id for one in parts_of_recording(session, whole)] == ids
