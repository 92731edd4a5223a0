"""Captures become announcements: real files, the real decoder, both databases."""

import dataclasses
import random
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select, update

from bridge.capture_care import sweep_capture
from bridge.captures import change_capture, discard_capture, lock_capture
from bridge.chunk_store import ChunkStore
from bridge.db import Database, utc_now
from bridge.errors import (
    Conflict,
    ContentDiffers,
    DecoderFailed,
    InvalidInput,
    LeaseLost,
    MediaRejected,
    NoSpace,
    TaskFailed,
)
from bridge.media import MediaStore
from bridge.models import Announcement, AuditEntry, Membership, Recording, Task
from bridge.scripts import waiting_script
from bridge.settings import Settings
from bridge.tasks import TaskContext, TaskRun, add_task, claim_task
from bridge.worker import end_run
from tests.bridge.capturing import Sender, sha256
from tests.bridge.lifecycle import new_life
from tests.children import killed_when_started
from tests.disks import make_read_only, small_disk
from tests.samples import tone, write_sound, write_wav
from transcribe.capture_finish import finish_capture, finish_silent_capture

on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def sender(database: Database, settings: Settings) -> Sender:
    life = new_life(database, MediaStore(settings.media_dir))
    # Silent at once: a test waits for nothing.
    settings = dataclasses.replace(settings, capture_silence_s=0.0)
    return Sender(life, settings, life.person("operator"))


@pytest.fixture(scope="session")
def webm(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """Six seconds as a browser records them: clusters of a second, no length in the header."""
    path = tmp_path_factory.mktemp("recorded") / "tone.webm"
    options = {"live": "1", "cluster_time_limit": "1000"}
    return write_sound(path, "webm", seconds=6.0, options=options).read_bytes()


def parts_of(content: bytes, size: int) -> list[bytes]:
    return [content[place : place + size] for place in range(0, len(content), size)]


def finish(sender: Sender, capture_id: str, **how: object):  # type: ignore[no-untyped-def]
    life = sender.life
    return finish_capture(sender.settings, life.db, life.media, capture_id, **how)  # type: ignore[arg-type]


def send(sender: Sender, parts: Sequence[bytes], but: Sequence[int] = ()) -> str:
    """A recording of which the chunks `but` never came."""
    capture_id = sender.begin(title="Họp thôn")
    for number, part in enumerate(parts):
        if number not in but:
            sender.put(capture_id, number, part)
    return capture_id


def run_of(sender: Sender, capture_id: str) -> tuple[TaskContext, TaskRun]:
    life = sender.life
    with life.db.writing() as session:
        task_id = add_task(session, kind="finish_capture", capture_id=capture_id)
    run = claim_task(life.db, task_id, worker="test", lease_s=60)
    assert run is not None
    return TaskContext(sender.settings, life.db, life.media), run


def end_silently(sender: Sender, capture_id: str) -> str:
    """As the worker does; the state of its task afterwards."""
    context, run = run_of(sender, capture_id)
    finish_silent_capture(context, run)
    return sender.life.task(run.id).state


def counts(sender: Sender) -> list[int]:
    with sender.life.db.reading() as session:
        return [
            session.scalar(select(func.count()).select_from(table)) or 0
            for table in (Recording, Announcement)
        ]


def heard(sender: Sender, announcement_id: str) -> tuple[bytes, int]:
    """The stored original, and its length in milliseconds."""
    view = sender.life.view(announcement_id)
    return sender.life.media.original(view.sha256).read_bytes(), view.work.duration_ms


def history(sender: Sender, announcement_id: str) -> list[str]:
    with sender.life.db.reading() as session:
        query = select(AuditEntry.action).where(AuditEntry.subject_id == announcement_id)
        return list(session.scalars(query.order_by(AuditEntry.sequence)))


def test_a_file_in_chunks_becomes_the_announcement_it_would_be_as_a_whole(
    sender: Sender, tmp_path: Path
) -> None:
    content = write_sound(tmp_path / "a.mp3", "mp3", seconds=2.0).read_bytes()
    parts = parts_of(content, 4_000)
    capture_id = sender.begin_file(len(content), chunk_bytes=4_000)
    with sender.life.db.writing() as session:
        change_capture(
            session,
            capture_id=capture_id,
            actor_id=sender.actor_id,
            title="Tiêm chủng",
            broadcast_at=datetime(2026, 11, 21, 10, 30, tzinfo=UTC),
            script_text="Kính thưa bà con.",
        )
    numbers = list(range(len(parts)))
    random.Random(7).shuffle(numbers)  # noqa: S311
    for number in numbers:
        sender.put(capture_id, number, parts[number])
    receipt = finish(sender, capture_id, chunks=len(parts), sha256=sha256(content).upper())
    assert (receipt.state, receipt.duplicate_of) == ("queued", None)
    assert sender.life.task(receipt.task_id).kind == "transcribe"
    original, duration_ms = heard(sender, receipt.announcement_id)
    assert original == content
    assert 1_900 < duration_ms < 2_200
    view = sender.life.view(receipt.announcement_id)
    assert view.work.title == "Tiêm chủng"
    assert view.work.broadcast_at.isoformat() == "2026-11-21T10:30:00+00:00"
    with sender.life.db.reading() as session:
        assert waiting_script(session, receipt.announcement_id) == "Kính thưa bà con."
        assert session.get_one(Announcement, receipt.announcement_id).created_by == sender.actor_id
    row = sender.row(capture_id)
    assert (row.state, row.announcement_id) == ("finished", receipt.announcement_id)
    assert sender.stored(capture_id) == {}
    assert not ChunkStore(sender.life.media.root).folder(capture_id).exists()
    assert not list((sender.settings.media_dir / "incoming").iterdir())
    # Asked again, the same; nothing more comes in, nothing is thrown away.
    again = finish(sender, capture_id, chunks=len(parts))
    assert (again.announcement_id, again.duplicate_of) == (receipt.announcement_id, None)
    with pytest.raises(Conflict, match="capture_closed"):
        sender.put(capture_id, 0, parts[0])
    with pytest.raises(Conflict, match="capture_closed"):
        discard_capture(
            sender.life.db, sender.life.media, capture_id=capture_id, actor_id=sender.actor_id
        )


def test_four_that_finish_one_capture_at_once_make_one_announcement(
    sender: Sender, webm: bytes
) -> None:
    parts = parts_of(webm, 3_000)
    capture_id = send(sender, parts)
    with ThreadPoolExecutor(4) as pool:
        receipts = list(pool.map(lambda _: finish(sender, capture_id, chunks=len(parts)), range(4)))
    assert len({receipt.announcement_id for receipt in receipts}) == 1
    assert {receipt.duplicate_of for receipt in receipts} == {None}
    assert sum(receipt.task_id is not None for receipt in receipts) == 1
    assert counts(sender) == [1, 1]


def test_known_bytes_in_another_capture_lead_to_the_first_announcement(
    sender: Sender, webm: bytes
) -> None:
    first, second = send(sender, [webm]), send(sender, parts_of(webm, 5_000))
    receipt = finish(sender, first, chunks=1)
    known = finish(sender, second, chunks=len(parts_of(webm, 5_000)))
    assert known.duplicate_of == known.announcement_id == receipt.announcement_id
    again = finish(sender, second, chunks=len(parts_of(webm, 5_000)))
    assert again.duplicate_of == receipt.announcement_id
    assert counts(sender) == [1, 1]


@on_sqlite
def test_a_sender_learns_what_is_missing_and_nothing_changes(sender: Sender, webm: bytes) -> None:
    parts = parts_of(webm, 2_000)
    capture_id = send(sender, parts, but=[1, 2, len(parts) - 1])
    with pytest.raises(Conflict, match="capture_incomplete") as caught:
        finish(sender, capture_id, chunks=len(parts))
    assert caught.value.data["missing"] == [[1, 2], [len(parts) - 1, len(parts) - 1]]
    for chunks in (0, len(parts) - 2):  # fewer than there are
        with pytest.raises(InvalidInput):
            finish(sender, capture_id, chunks=chunks)
    assert sender.row(capture_id).state == "open"
    assert counts(sender) == [0, 0]
    for number in (1, 2, len(parts) - 1):
        sender.put(capture_id, number, parts[number])
    original, _ = heard(sender, finish(sender, capture_id, chunks=len(parts)).announcement_id)
    assert original == webm


@on_sqlite
def test_another_hash_of_the_whole_leaves_the_capture_open(sender: Sender, webm: bytes) -> None:
    capture_id = send(sender, [webm])
    with pytest.raises(ContentDiffers, match="capture_hash_differs"):
        finish(sender, capture_id, chunks=1, sha256=sha256(b"other"))
    assert sender.row(capture_id).state == "open"
    assert not list((sender.settings.media_dir / "incoming").iterdir())
    finish(sender, capture_id, chunks=1, sha256=sha256(webm))


@on_sqlite
def test_what_is_no_sound_fails_with_its_reason_and_stays(sender: Sender, tmp_path: Path) -> None:
    short = write_wav(tmp_path / "short.wav", tone(0.1)).read_bytes()
    for content, code in (
        (b"khong phai tieng " * 99, "media_unreadable"),
        (short, "media_too_short"),
    ):
        capture_id = sender.begin_file(len(content), chunk_bytes=10**6)
        sender.put(capture_id, 0, content)
        for _ in range(2):
            with pytest.raises(MediaRejected) as caught:
                finish(sender, capture_id, chunks=1)
            assert caught.value.code == code
        row = sender.row(capture_id)
        assert (row.state, row.failure_code) == ("failed", code)
        assert row.failure_data == caught.value.data
        assert sender.stored(capture_id) == {0: content}
    assert counts(sender) == [0, 0]
    with pytest.raises(Conflict, match="capture_closed"):  # a file that failed takes nothing more
        sender.put(capture_id, 1, b"x")


@on_sqlite
def test_a_decoder_that_was_killed_costs_an_attempt_and_no_recording(
    sender: Sender, webm: bytes
) -> None:
    sender = dataclasses.replace(sender, actor_id=None)
    capture_id = sender.begin(kind="line")
    sender.put(capture_id, 0, webm)
    with killed_when_started("transcribe.decoder"):
        with pytest.raises(DecoderFailed):
            finish(sender, capture_id, chunks=1, partial=True)
        context, run = run_of(sender, capture_id)
        with pytest.raises(DecoderFailed):  # and no TaskFailed, which ends the task
            finish_silent_capture(context, run)
        end_run(sender.life.db, run, DecoderFailed())
    assert sender.life.task(run.id).state == "queued"
    row = sender.row(capture_id)
    assert (row.state, row.failure_code) == ("open", "media_interrupted")
    again = claim_task(sender.life.db, run.id, worker="test", lease_s=60)
    assert again is not None
    finish_silent_capture(context, again)
    row = sender.row(capture_id)
    assert (row.state, row.failure_code) == ("finished", None)
    assert row.announcement_id is not None
    assert heard(sender, row.announcement_id)[0] == webm


@on_sqlite
def test_without_room_to_join_it_stays_open_and_is_finished_later(
    sender: Sender, webm: bytes
) -> None:
    capture_id = send(sender, [webm])
    full = dataclasses.replace(sender.settings, min_free_bytes=10**18)
    with pytest.raises(NoSpace):
        finish(dataclasses.replace(sender, settings=full), capture_id, chunks=1)
    row = sender.row(capture_id)
    assert (row.state, row.failure_code) == ("open", "no_space")
    finish(sender, capture_id, chunks=1)
    assert sender.row(capture_id).failure_code is None


@on_sqlite
@pytest.mark.parametrize("damage", ["gone", "changed", "unreadable"])
def test_a_chunk_that_the_disk_spoilt_is_asked_for_again(
    sender: Sender, webm: bytes, damage: str
) -> None:
    parts = parts_of(webm, 4_000)
    capture_id = send(sender, parts)
    path = ChunkStore(sender.life.media.root).path(capture_id, 1)
    if damage == "gone":
        path.unlink()
    elif damage == "unreadable":  # its first byte answers as a bad block does
        path.unlink()
        path.symlink_to("/proc/self/mem")
        with pytest.raises(OSError, match=r"\[Errno 5\]"):
            path.read_bytes()
    else:
        path.write_bytes(b"\0" * len(parts[1]))
    with pytest.raises(Conflict, match="capture_incomplete") as caught:
        finish(sender, capture_id, chunks=len(parts))
    assert caught.value.data["missing"] == [[1, 1]]
    assert sender.put(capture_id, 1, parts[1])
    original, _ = heard(sender, finish(sender, capture_id, chunks=len(parts)).announcement_id)
    assert original == webm


def test_a_silent_recording_is_finished_by_the_server_and_late_chunks_complete_it(
    sender: Sender, webm: bytes
) -> None:
    parts = parts_of(webm, 1_500)
    late = range(len(parts) // 2, len(parts))
    capture_id = send(sender, parts, but=late)
    assert end_silently(sender, capture_id) == "done"
    row = sender.row(capture_id)
    assert (row.state, row.by_silence, row.missing) == ("finished", True, [])
    first = row.announcement_id
    assert first is not None
    original, duration_ms = heard(sender, first)
    assert original == b"".join(parts[: late[0]])
    assert 2_000 < duration_ms < 4_000
    assert history(sender, first) == ["receive", "capture_cut"]
    # Its sender comes back after an hour without network.
    with pytest.raises(Conflict, match="capture_incomplete"):
        finish(sender, capture_id, chunks=len(parts))
    for number in late:
        assert sender.put(capture_id, number, parts[number])
    assert sender.row(capture_id).state == "open"
    second = finish(sender, capture_id, chunks=len(parts))
    assert second.announcement_id != first
    assert heard(sender, second.announcement_id)[0] == webm
    assert history(sender, second.announcement_id) == ["receive", "capture_longer"]
    assert sender.row(capture_id).announcement_id == second.announcement_id
    assert sender.stored(capture_id) == {}


@on_sqlite
def test_who_comes_back_with_nothing_more_confirms_what_the_server_made(
    sender: Sender, webm: bytes
) -> None:
    parts = parts_of(webm, 4_000)
    capture_id = send(sender, parts)
    end_silently(sender, capture_id)
    made = sender.row(capture_id).announcement_id
    assert len(sender.stored(capture_id)) == len(parts)
    receipt = finish(sender, capture_id, chunks=len(parts))
    assert receipt.announcement_id == made
    assert sender.stored(capture_id) == {}
    assert not sender.row(capture_id).by_silence
    assert counts(sender) == [1, 1]


@on_sqlite
def test_who_has_more_than_was_kept_is_not_told_that_it_is_all_there(
    sender: Sender, webm: bytes
) -> None:
    parts = parts_of(webm, 1_500)
    kept = len(parts) // 2
    capture_id = send(sender, parts, but=range(kept, len(parts)))
    end_silently(sender, capture_id)
    week_later = utc_now() + timedelta(days=8)
    life = sender.life
    assert sweep_capture(life.db, life.media, sender.settings, capture_id, week_later)
    for partial in (False, True):
        with pytest.raises(Conflict, match="capture_closed") as caught:
            finish(sender, capture_id, chunks=len(parts), partial=partial)
        assert caught.value.data["chunks"] == kept
    receipt = finish(sender, capture_id, chunks=kept)
    assert receipt.announcement_id == sender.row(capture_id).announcement_id
    assert counts(sender) == [1, 1]


@on_sqlite
@pytest.mark.parametrize("kind", ["upload", "line"])
def test_an_end_that_silence_came_before_is_answered_with_what_it_made(
    sender: Sender, webm: bytes, kind: str
) -> None:
    if kind == "upload":
        capture_id = sender.begin_file(len(webm), chunk_bytes=10**6)
    else:
        sender = dataclasses.replace(sender, actor_id=None)
        capture_id = sender.begin(kind="line")
    sender.put(capture_id, 0, webm)
    assert end_silently(sender, capture_id) == "done"
    for _ in range(2):
        receipt = finish(sender, capture_id, chunks=1)
        assert receipt.announcement_id == sender.row(capture_id).announcement_id
    assert counts(sender) == [1, 1]


@on_sqlite
def test_of_a_recording_with_a_hole_all_that_can_be_heard_is_kept_and_the_hole_told(
    sender: Sender, webm: bytes
) -> None:
    parts = parts_of(webm, 1_000)
    capture_id = send(sender, parts, but=[5, 6])
    end_silently(sender, capture_id)
    row = sender.row(capture_id)
    assert row.missing == [[5, 6]]
    assert row.announcement_id is not None
    _, duration_ms = heard(sender, row.announcement_id)
    assert duration_ms > 3_000  # of six seconds, two thousand bytes are about 0.6
    assert history(sender, row.announcement_id) == ["receive", "capture_holes"]


@on_sqlite
def test_a_disk_that_is_away_costs_no_chunk(sender: Sender, webm: bytes) -> None:
    parts = parts_of(webm, 4_000)
    capture_id = send(sender, parts)
    folder = ChunkStore(sender.life.media.root).folder(capture_id)
    folder.rename(folder.with_name("aside"))
    chunks = sender.received(capture_id)
    with small_disk(folder, 100):
        (folder / "00000000").symlink_to("/proc/self/mem")
        make_read_only(folder)
        with pytest.raises(OSError, match="Read-only"):
            finish(sender, capture_id, chunks=len(parts))
    assert sender.received(capture_id) == chunks


@on_sqlite
def test_where_a_hole_makes_the_whole_unreadable_what_came_before_it_is_kept(
    sender: Sender, tmp_path: Path
) -> None:
    speech = write_sound(tmp_path / "a.aac", "aac", seconds=2.0).read_bytes()
    capture_id = send(sender, [speech, b"lost", b"not sound " * len(speech)], but=[1])
    end_silently(sender, capture_id)
    row = sender.row(capture_id)
    assert row.missing == [[1, 1]]
    assert row.announcement_id is not None
    assert heard(sender, row.announcement_id)[0] == speech
    assert not list((sender.settings.media_dir / "incoming").iterdir())


@on_sqlite
def test_a_sender_may_say_that_the_rest_will_never_come(sender: Sender, webm: bytes) -> None:
    parts = parts_of(webm, 1_000)
    capture_id = send(sender, parts, but=[len(parts) - 2, len(parts) - 1])
    receipt = finish(sender, capture_id, chunks=len(parts), partial=True)
    again = finish(sender, capture_id, chunks=len(parts), partial=True)
    assert again.announcement_id == receipt.announcement_id
    row = sender.row(capture_id)
    assert row.missing == [[len(parts) - 2, len(parts) - 1]]
    assert not row.by_silence
    assert history(sender, receipt.announcement_id) == ["receive", "capture_holes"]


@on_sqlite
def test_without_its_beginning_a_recording_waits_for_it_and_loses_nothing(
    sender: Sender, webm: bytes
) -> None:
    parts = parts_of(webm, 2_000)
    capture_id = send(sender, parts, but=[0])
    context, run = run_of(sender, capture_id)
    with pytest.raises(TaskFailed, match="media_unreadable"):
        finish_silent_capture(context, run)
    assert sender.row(capture_id).state == "failed"
    assert len(sender.stored(capture_id)) == len(parts) - 1
    sender.put(capture_id, 0, parts[0])
    assert sender.row(capture_id).state == "open"
    assert heard(sender, finish(sender, capture_id, chunks=len(parts)).announcement_id)[0] == webm


@on_sqlite
def test_a_capture_that_is_alive_or_closed_or_half_a_file_is_left_alone(
    sender: Sender, webm: bytes
) -> None:
    recorded = send(sender, [webm])
    settings = dataclasses.replace(sender.settings, capture_silence_s=60.0)
    awake = dataclasses.replace(sender, settings=settings)
    assert end_silently(awake, recorded) == "done"
    assert sender.row(recorded).state == "open"
    half = sender.begin_file(20, chunk_bytes=10)
    sender.put(half, 1, b"x" * 10)
    assert end_silently(sender, half) == "done"
    assert sender.row(half).state == "open"
    life = sender.life
    discard_capture(life.db, life.media, capture_id=recorded, actor_id=sender.actor_id)
    assert end_silently(sender, recorded) == "done"
    assert counts(sender) == [0, 0]


@on_sqlite
def test_a_complete_file_whose_sender_went_away_is_finished(sender: Sender, webm: bytes) -> None:
    capture_id = sender.begin_file(len(webm), chunk_bytes=10**6)
    sender.put(capture_id, 0, webm)
    assert end_silently(sender, capture_id) == "done"
    row = sender.row(capture_id)
    assert (row.state, row.failure_code) == ("finished", None)
    assert sender.stored(capture_id) == {}  # a file is whole: nothing more can come


@on_sqlite
def test_who_lost_the_role_meanwhile_loses_no_sound(sender: Sender, webm: bytes) -> None:
    capture_id = send(sender, [webm])
    with sender.life.db.writing() as session:
        session.execute(
            update(Membership).where(Membership.user_id == sender.actor_id).values(role="approver")
        )
    assert end_silently(sender, capture_id) == "done"
    announcement_id = sender.row(capture_id).announcement_id
    with sender.life.db.reading() as session:
        assert session.get_one(Announcement, announcement_id).created_by is None


def test_a_late_write_of_a_lost_run_is_refused(sender: Sender, webm: bytes) -> None:
    capture_id = send(sender, [webm])
    context, run = run_of(sender, capture_id)
    with sender.life.db.writing() as session:
        session.execute(update(Task).where(Task.id == run.id).values(token="0" * 32))
    with pytest.raises(LeaseLost):
        finish_silent_capture(context, run)
    assert sender.row(capture_id).state == "open"
    assert counts(sender) == [0, 0]
    with sender.life.db.writing() as session:
        assert lock_capture(session, capture_id).failure_code is None
