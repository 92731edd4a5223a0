"""What is nobody's goes, and nothing else; what arrives in the moment of the sweep stays."""

import hashlib
import io
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from bridge.capture_care import stale_captures
from bridge.captures import NewCapture, open_capture, store_chunk
from bridge.db import utc_now
from bridge.errors import Conflict
from bridge.housekeeping import (
    Leftover,
    do_routine,
    find_leftovers,
    measure,
    remove_leftovers,
    require_likely,
    settle_asides,
)
from bridge.intake import accept_recording, cancel_transcription
from bridge.models import AuditEntry, Capture, WorkerBeat
from bridge.retention import set_rule
from bridge.settings import Settings
from bridge.tasks import TaskContext, add_task
from bridge.worker import Attendant
from tests.bridge.capturing import sender_of
from tests.bridge.lifecycle import FACTS, Life
from tests.bridge.test_worker import holds_somebody_up, wait_for_renewal, wait_until

TOMORROW = timedelta(hours=25)

# What lies in a folder has nothing to do with the kind of database.
on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def sha(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def found(life: Life, settings: Settings, after: timedelta = TOMORROW) -> list[Leftover]:
    return find_leftovers(life.db, life.media, settings, utc_now() + after)


def orphan(life: Life, content: bytes) -> Path:
    """What a crash between the rename and the commit leaves."""
    return life.media.keep(life.incoming(content))


def scatter(life: Life, settings: Settings) -> dict[str, Path]:
    """One leftover of each kind, by kind, beside a recording that somebody needs."""
    life.receive(b"needed")
    known = life.media.derived(sha(b"needed"), "working.flac")
    known.write_bytes(b"copy")
    draft = known.with_name(".working.flac.0123abcd")
    draft.write_bytes(b"half a copy")
    lone = life.media.derived(sha(b"lone"), "listen.mp3")
    lone.write_bytes(b"copy of nothing")
    chunks = life.media.root / "captures" / "zzzzzzzzzzzz"
    chunks.mkdir(parents=True)
    (chunks / "00000000").write_bytes(b"chunk")
    settings.run_dir.mkdir(parents=True, exist_ok=True)
    piece = settings.run_dir / "piece-abc.pcm"
    piece.write_bytes(b"pcm")
    received = life.incoming(b"never kept").path
    return {
        "original": orphan(life, b"orphan"),
        "copy": lone.parent,
        "draft": draft,
        "chunk": chunks,
        "piece": piece,
        "received": received,
    }


def test_a_good_installation_has_nothing_left_over(own_life: Life, settings: Settings) -> None:
    approver = own_life.person("approver")
    own_life.published(approver)
    receipt = own_life.receive(b"another")
    own_life.media.derived(sha(b"another"), "working.flac").write_bytes(b"copy")
    (settings.run_dir).mkdir(parents=True, exist_ok=True)
    (settings.run_dir / "valkey.log").touch()
    capture_id, _ = open_capture(
        own_life.db,
        own_life.media,
        settings,
        unit_id=own_life.unit.id,
        actor_id=None,
        wanted=NewCapture(key="key-of-the-test", kind="recorder", file_name="thu.webm"),
    )
    store_chunk(
        own_life.db,
        own_life.media,
        settings,
        capture_id=capture_id,
        actor_id=None,
        number=0,
        content=b"chunk",
        sha256=sha(b"chunk"),
    )
    assert receipt.task_id is not None
    assert found(own_life, settings) == []


def test_each_kind_of_leftover_is_found_a_day_later_and_removed(
    own_life: Life, settings: Settings
) -> None:
    there = scatter(own_life, settings)
    assert found(own_life, settings, timedelta(hours=23)) == []
    leftovers = found(own_life, settings)
    assert {item.kind: item.path for item in leftovers} == there
    assert len(leftovers) == len(there)
    told: list[Leftover] = []
    swept = remove_leftovers(own_life.db, own_life.media, leftovers, on_removed=told.append)
    assert told == leftovers
    assert (swept.files, swept.size_bytes) == (6, sum(item.size_bytes for item in leftovers))
    assert not any(path.exists() for path in there.values())
    assert own_life.media.original(sha(b"needed")).read_bytes() == b"needed"
    assert own_life.media.derived(sha(b"needed"), "working.flac").exists()
    assert found(own_life, settings) == []
    with own_life.db.reading() as session:
        entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "sweep")).one()
        assert entry.data["removed"]["original"] == {"files": 1, "bytes": 6}


@on_sqlite
def test_what_others_put_into_the_folders_is_left_alone(own_life: Life, settings: Settings) -> None:
    own_life.receive()
    for path in ("store/aa/ghi-chu.txt", "store/README", "other/file", "derived/aa/README"):
        (own_life.media.root / path).parent.mkdir(parents=True, exist_ok=True)
        (own_life.media.root / path).write_bytes(b"mine")
    assert found(own_life, settings) == []


@on_sqlite
def test_a_link_is_removed_and_what_it_points_at_is_not(
    own_life: Life, settings: Settings, tmp_path: Path
) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "file").write_bytes(b"precious")
    folder = own_life.media.copies_folder(sha(b"nothing"))
    folder.parent.mkdir(parents=True)
    folder.symlink_to(outside)
    leftovers = found(own_life, settings)
    assert [item.kind for item in leftovers] == ["copy"]
    remove_leftovers(own_life.db, own_life.media, leftovers)
    assert not folder.is_symlink()
    assert (outside / "file").read_bytes() == b"precious"


def test_the_same_bytes_arriving_during_the_sweep_are_kept(
    own_life: Life, settings: Settings
) -> None:
    """Upload and sweep in every order: after an acknowledgement the original is there."""
    orphan(own_life, b"again")
    leftovers = found(own_life, settings)
    # Kept by a receiver after the sweep looked, not yet recorded.
    incoming = own_life.incoming(b"again")
    own_life.media.keep(incoming)
    assert remove_leftovers(own_life.db, own_life.media, leftovers).files == 0
    receipt = accept_recording(
        own_life.db,
        own_life.media,
        unit_id=own_life.unit.id,
        actor_id=None,
        incoming=incoming,
        facts=FACTS,
        file_name="lại.wav",
    )
    assert receipt.duplicate_of is None
    assert own_life.media.original(sha(b"again")).read_bytes() == b"again"
    # Recorded by now: what was found earlier, and even what is found with the old times, stays.
    stale = replace(leftovers[0], newest_at=_newest(own_life, b"again"))
    assert remove_leftovers(own_life.db, own_life.media, [stale]).files == 0
    assert own_life.media.original(sha(b"again")).read_bytes() == b"again"
    assert list(own_life.media.root.glob("store/*/.*")) == []


@on_sqlite
def test_another_file_than_the_one_that_was_looked_at_is_kept(
    own_life: Life, settings: Settings
) -> None:
    """The same bytes arrive between the look at an original's times and its leaving."""
    orphan(own_life, b"again")
    (old,) = found(own_life, settings)
    path = orphan(own_life, b"again")
    mixed = replace(old, newest_at=_newest(own_life, b"again"))
    assert remove_leftovers(own_life.db, own_life.media, [mixed]).files == 0
    assert path.read_bytes() == b"again"
    (new,) = found(own_life, settings)
    assert remove_leftovers(own_life.db, own_life.media, [new]).files == 1
    assert not path.exists()


def _newest(life: Life, content: bytes) -> datetime:
    return next(measure("original", [life.media.original(sha(content))])).newest_at


@on_sqlite
def test_a_sweep_that_was_killed_is_finished_the_right_way(
    own_life: Life, settings: Settings
) -> None:
    own_life.receive(b"needed")
    for content in (b"needed", b"orphan"):
        path = own_life.media.original(sha(content))
        if content == b"orphan":
            orphan(own_life, content)
        path.rename(path.with_name(f".{path.name}.leaving"))
    settle_asides(own_life.db, own_life.media)  # a living sweep may be at it: not yet
    assert not own_life.media.original(sha(b"needed")).exists()
    settle_asides(own_life.db, own_life.media, utc_now() + timedelta(hours=2))
    assert own_life.media.original(sha(b"needed")).read_bytes() == b"needed"
    assert not own_life.media.original(sha(b"orphan")).exists()
    assert list(own_life.media.root.glob("store/*/.*")) == []


@on_sqlite
def test_an_older_database_beside_a_newer_store_is_not_believed(
    own_life: Life, settings: Settings
) -> None:
    own_life.receive(b"known")
    for number in range(3):
        orphan(own_life, b"lost row %d" % number)
    leftovers = found(own_life, settings)
    with pytest.raises(Conflict, match="sweep_doubtful"):
        require_likely(own_life.db, own_life.media, leftovers)
    for number in range(3):
        own_life.receive(b"known %d" % number)
    require_likely(own_life.db, own_life.media, leftovers)


def test_the_routine_applies_rules_and_forgets_dead_workers_and_stale_captures(
    own_life: Life, settings: Settings
) -> None:
    receipt = own_life.receive(b"broken")
    with own_life.db.writing() as session:
        cancel_transcription(session, announcement_id=receipt.announcement_id, actor_id=None)
        set_rule(session, unit_id=own_life.unit.id, kind="failed", days=1, actor_id=None)
        session.add(WorkerBeat(name="old:alone:0:1", seen_at=utc_now() - timedelta(days=40)))
        session.add(WorkerBeat(name="new:alone:0:1", seen_at=utc_now()))
    open_capture(
        own_life.db,
        own_life.media,
        settings,
        unit_id=own_life.unit.id,
        actor_id=None,
        wanted=NewCapture(key="key-of-the-test", kind="upload", file_name="a.wav", size_bytes=9),
    )
    unowned = orphan(own_life, b"orphan")
    do_routine(own_life.db, own_life.media, settings)
    assert own_life.media.original(sha(b"broken")).exists()
    do_routine(own_life.db, own_life.media, settings, utc_now() + timedelta(days=8))
    assert not own_life.media.original(sha(b"broken")).exists()
    assert unowned.exists()  # that needs a person
    with own_life.db.reading() as session:
        assert session.scalars(select(WorkerBeat.name)).all() == ["new:alone:0:1"]
        assert stale_captures(session, settings, utc_now() + timedelta(days=30)) == []


@on_sqlite
def test_what_was_acknowledged_between_two_sweeps_is_there_afterwards(
    own_life: Life, settings: Settings
) -> None:
    contents = [b"recording %d" % number for number in range(20)]
    for content in contents[::2]:
        orphan(own_life, content)
    leftovers = found(own_life, settings)
    for number, content in enumerate(contents):
        own_life.media.receive(io.BytesIO(b"x"), max_bytes=9, min_free_bytes=0)
        own_life.receive(content)
        remove_leftovers(own_life.db, own_life.media, leftovers[number % len(leftovers) :])
    assert all(
        own_life.media.original(sha(content)).read_bytes() == content for content in contents
    )
    links = {own_life.media.original(sha(content)).stat().st_nlink for content in contents}
    assert links == {1}


@on_sqlite
def test_a_worker_keeps_house_beside_its_work(own_life: Life, settings: Settings) -> None:
    with own_life.db.writing() as session:
        session.add(WorkerBeat(name="old:alone:0:1", seen_at=utc_now() - timedelta(days=40)))
    quick = replace(settings, housekeeping_s=0.0, reap_s=0.05)
    context = TaskContext(quick, own_life.db, own_life.media)
    with Attendant(context, "new:alone:0:1"):
        wait_until(lambda: _beats(own_life) == ["new:alone:0:1"])


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)  # it locks rows
def test_a_task_keeps_its_lease_while_the_housekeeping_takes_long(
    own_life: Life, settings: Settings
) -> None:
    quick = replace(settings, housekeeping_s=0, renew_s=0.1, reap_s=0.1)
    capture_id = sender_of(own_life, settings.data_dir).begin()
    with own_life.db.writing() as session:
        session.get_one(Capture, capture_id).touched_at = utc_now() - timedelta(days=8)
        task_id = add_task(session, kind="unknown")
    run = own_life.claim(task_id)
    with Attendant(TaskContext(quick, own_life.db, own_life.media), run.worker) as attendant:
        with attendant.minding(run), Session(own_life.db.write_engine) as locking:
            locking.get_one(Capture, capture_id, with_for_update=True)
            wait_until(lambda: holds_somebody_up(own_life, locking))
            for _ in range(2):
                wait_for_renewal(own_life, task_id)
            assert own_life.task(task_id).state == "running"
        wait_until(lambda: _capture_state(own_life, capture_id) == "discarded")


def _capture_state(life: Life, capture_id: str) -> str:
    with life.db.reading() as session:
        return session.get_one(Capture, capture_id).state


def _beats(life: Life) -> list[str]:
    with life.db.reading() as session:
        return list(session.scalars(select(WorkerBeat.name)))
