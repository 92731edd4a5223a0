"""From an approval to a published revision, and off the portal again."""

import re

import pytest
from sqlalchemy import select, update

from bridge.cut_list import SoundSpan
from bridge.editing import save_segment_text
from bridge.errors import LeaseLost, TaskFailed
from bridge.models import Announcement, Publication, Task
from bridge.publications import published_item
from bridge.publishing import (
    Draft,
    prepare_publication,
    record_publication,
    record_unpublication,
)
from bridge.review import reopen_announcement, withdraw_announcement
from bridge.tasks import TaskRun
from tests.bridge.lifecycle import AUDIO, BROADCAST_AT, DURATION_MS, FIRST, SECOND, Life


def prepare(life: Life, run: TaskRun) -> Draft:
    with life.db.writing() as session:
        return prepare_publication(session, run)


def record(life: Life, run: TaskRun, draft: Draft) -> None:
    with life.db.writing() as session:
        record_publication(session, run, draft, AUDIO)


def edit(life: Life, announcement_id: str, text: str) -> None:
    segment = life.view(announcement_id).segments[0]
    editor = life.person("editor")
    with life.db.writing() as session:
        save_segment_text(
            session,
            segment_id=segment.id,
            expected_version=segment.version,
            text=text,
            actor_id=editor,
        )


def withdraw(life: Life, announcement_id: str, reason: str = "Sai giờ") -> str | None:
    approver = life.person("approver")
    with life.db.writing() as session:
        return withdraw_announcement(
            session, announcement_id=announcement_id, reason=reason, actor_id=approver
        )


def revisions(life: Life, announcement_id: str) -> list[tuple[int, bool]]:
    with life.db.reading() as session:
        query = select(Publication).where(Publication.announcement_id == announcement_id)
        rows = session.scalars(query.order_by(Publication.revision))
        return [(row.revision, row.is_current) for row in rows]


def approved_run(life: Life) -> tuple[str, TaskRun]:
    """An approved announcement and the run that is to publish it."""
    announcement_id = life.reviewable()
    return announcement_id, life.claim(life.approve(announcement_id, life.person("approver")))


def test_a_draft_is_exactly_what_was_approved(life: Life) -> None:
    announcement_id, run = approved_run(life)
    draft = prepare(life, run)
    view = life.view(announcement_id)
    assert (draft.announcement_id, draft.unit_id) == (announcement_id, life.unit.id)
    assert (draft.sha256, draft.digest, draft.revision) == (view.sha256, view.digest, 1)
    assert draft.cut_list.spans == (SoundSpan(0, DURATION_MS),)
    content = draft.content
    assert content["title"] == view.work.title
    assert content["broadcast_at"] == BROADCAST_AT.isoformat()
    assert (content["priority"], content["duration_ms"]) == ("normal", DURATION_MS)
    assert bytes.fromhex(content["peaks"]) == view.peaks
    assert [segment["text"] for segment in content["segments"]] == [FIRST.text, SECOND.text]
    assert content["segments"][0]["words"] == [word.to_json() for word in FIRST.words]
    assert life.state(announcement_id) == "approved"


def test_times_of_an_item_count_from_its_own_beginning(life: Life) -> None:
    announcement_id = life.reviewable()
    with life.db.writing() as session:
        span = {"start_ms": 1_050, "end_ms": 5_001}
        session.execute(
            update(Announcement).where(Announcement.id == announcement_id).values(**span)
        )
    draft = prepare(life, life.claim(life.approve(announcement_id, life.person("approver"))))
    second = draft.content["segments"][1]
    # What lies beyond the span is not heard, and no time of the text lies there.
    assert (second["start_ms"], second["end_ms"]) == (3_000 - 1_050, 5_001 - 1_050)
    assert second["words"][0]["start_ms"] == 3_000 - 1_050
    assert draft.content["duration_ms"] == 3_951
    # Every tenth of a second that the span touches.
    assert list(bytes.fromhex(draft.content["peaks"])) == list(range(10, 51))


def test_publishing_makes_the_current_revision(life: Life) -> None:
    announcement_id, run = approved_run(life)
    draft = prepare(life, run)
    record(life, run, draft)
    view = life.view(announcement_id)
    assert view.work.state == "published"
    assert view.work.task_state == "done"
    assert view.page_path == f"/{life.unit.slug}/{announcement_id}/"
    assert view.history[-1].action == "publish"
    told = view.history[-1].data
    assert re.fullmatch(r"[0-9a-f]{64}", told.pop("seal"))  # what find_tampering computes again
    assert told == {"revision": 1, "digest": draft.digest}
    assert revisions(life, announcement_id) == [(1, True)]
    with life.db.reading() as session:
        item = published_item(session, announcement_id)
    assert item is not None
    assert (item.digest, item.audio) == (draft.digest, AUDIO)


def test_what_nobody_approved_is_not_published(life: Life) -> None:
    announcement_id = life.reviewable()
    with life.db.writing() as session:
        task = Task(kind="publish", announcement_id=announcement_id)
        session.add(task)
    with pytest.raises(TaskFailed) as caught:
        prepare(life, life.claim(task.id))
    assert caught.value.code == "approval_void"
    assert revisions(life, announcement_id) == []


def test_a_text_changed_behind_the_approval_is_not_published(life: Life) -> None:
    """Below the use cases, as a faulty script would: the digest still tells."""
    announcement_id, run = approved_run(life)
    with life.db.writing() as session:
        session.execute(
            update(Announcement).where(Announcement.id == announcement_id).values(title="khác")
        )
    with pytest.raises(TaskFailed) as caught:
        prepare(life, run)
    assert caught.value.code == "approval_void"


def test_an_edit_during_the_publishing_stops_it(life: Life) -> None:
    announcement_id, run = approved_run(life)
    draft = prepare(life, run)
    edit(life, announcement_id, "khác")
    with pytest.raises(LeaseLost):
        record(life, run, draft)
    assert life.state(announcement_id) == "in_review"
    assert revisions(life, announcement_id) == []


def test_a_draft_of_an_older_approval_is_not_published(life: Life) -> None:
    announcement_id, run = approved_run(life)
    old_draft = prepare(life, run)
    edit(life, announcement_id, "khác")
    second_run = life.claim(life.approve(announcement_id, life.person("approver")))
    with pytest.raises(TaskFailed) as caught:
        record(life, second_run, old_draft)
    assert caught.value.code == "approval_void"
    assert life.state(announcement_id) == "approved"


def test_a_correction_makes_the_next_revision(life: Life) -> None:
    announcement_id = life.published(life.person("approver"))
    edit(life, announcement_id, "Kính thưa bà con.")
    with life.db.reading() as session:
        standing = published_item(session, announcement_id)
    assert standing is not None
    assert standing.segments[0].text == FIRST.text  # until the next approval
    draft = life.publish(life.approve(announcement_id, life.person("approver")))
    assert draft.revision == 2
    assert revisions(life, announcement_id) == [(1, False), (2, True)]
    with life.db.reading() as session:
        corrected = published_item(session, announcement_id)
    assert corrected is not None
    assert corrected.segments[0].text == "Kính thưa bà con."
    assert corrected.first_published_at == standing.published_at < corrected.published_at


def test_a_withdrawn_item_keeps_its_record_and_its_reason(life: Life) -> None:
    announcement_id = life.published(life.person("approver"))
    run = life.claim(withdraw(life, announcement_id))
    with life.db.writing() as session:
        record_unpublication(session, run)
    assert life.task(run.id).state == "done"
    assert life.view(announcement_id).history[-1].action == "unpublish"
    with life.db.reading() as session:
        item = published_item(session, announcement_id)
    assert item is not None
    assert (item.withdrawn_reason, item.withdrawn_at is None) == ("Sai giờ", False)


def test_withdrawn_reopened_and_withdrawn_again_keeps_the_first_reason(life: Life) -> None:
    announcement_id = life.published(life.person("approver"))
    withdraw(life, announcement_id)
    editor = life.person("editor")
    with life.db.writing() as session:
        reopen_announcement(session, announcement_id=announcement_id, actor_id=editor)
    withdraw(life, announcement_id, "Không còn đúng")
    with life.db.reading() as session:
        item = published_item(session, announcement_id)
    assert item is not None
    assert item.withdrawn_reason == "Sai giờ"  # why it left the portal


def test_publishing_after_withdrawing_is_a_new_revision_that_stands(life: Life) -> None:
    announcement_id = life.published(life.person("approver"))
    withdraw(life, announcement_id)
    editor = life.person("editor")
    with life.db.writing() as session:
        reopen_announcement(session, announcement_id=announcement_id, actor_id=editor)
    life.publish(life.approve(announcement_id, life.person("approver")))
    assert revisions(life, announcement_id) == [(1, False), (2, True)]
    with life.db.reading() as session:
        item = published_item(session, announcement_id)
    assert item is not None
    assert item.withdrawn_at is None


def test_a_late_run_records_nothing(life: Life) -> None:
    announcement_id, run = approved_run(life)
    draft = prepare(life, run)
    record(life, run, draft)
    for write in (record, lambda life, run, draft: prepare(life, run)):
        with pytest.raises(LeaseLost):
            write(life, run, draft)
    assert revisions(life, announcement_id) == [(1, True)]
