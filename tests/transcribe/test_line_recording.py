"""From a line to announcements: split, cut off, begun again, one recorder at a time."""

import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import event, select
from sqlalchemy.orm import Session

from bridge.captures import NewCapture, open_capture, store_chunk
from bridge.db import Database, utc_now
from bridge.errors import Conflict, LineLost
from bridge.media import MediaStore
from bridge.models import Announcement, AuditEntry, Capture, Source, Unit
from bridge.queueing import TaskQueue
from bridge.schedules import parse_weekly
from bridge.settings import Settings
from bridge.sources import (
    LineProblem,
    SourceInfo,
    add_schedule,
    add_source,
    find_source,
    list_schedules,
    remove_schedule,
)
from tests.children import killed_when_started
from tests.transcribe.fake_arecord import install
from tests.transcribe.line_servers import (
    OK,
    encoded,
    holds,
    noise,
    sends,
    serving,
    silence,
    source_at,
)
from transcribe.line_chunks import encode_chunk
from transcribe.line_follow import ScheduleFollower, due_now
from transcribe.line_programme import Programme
from transcribe.line_recording import LineRecording, locked_source, problem_of
from transcribe.line_splitter import Begin, End, Sound
from transcribe.line_writer import WAITING_BYTES, Keeper, LineWriter, find_unfinished
from web.labels_lines import LINE_ERRORS

VIETNAM = ZoneInfo("Asia/Ho_Chi_Minh")
one_database = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
Told = list[tuple[str, dict[str, object]]]


@pytest.fixture
def keeper(settings: Settings, database: Database) -> Keeper:
    queue = TaskQueue(settings.effective_redis_url)  # nobody is there: the reaper's business
    return Keeper(settings, database, MediaStore(settings.media_dir), queue)


def wait_for(condition: Callable[[], object], seconds: float = 120) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "not in time"
        time.sleep(0.05)


def record(
    keeper: Keeper, source: SourceInfo, until: Callable[[Told], bool], **options: bool
) -> Told:
    """Record until `until` is true of what was told; what was told, with the end."""
    told: Told = []
    stop = threading.Event()
    recording = LineRecording(
        keeper,
        source,
        programmes=[Programme("Bản tin sáng")],
        zone=VIETNAM,
        report=lambda name, data: told.append((name, data)),
    )
    thread = threading.Thread(target=recording.run, args=(stop,), kwargs=options)
    thread.start()
    try:
        wait_for(lambda: until(told) or not thread.is_alive())
    finally:
        stop.set()
        thread.join(120)
    assert not thread.is_alive()
    return told


def names(told: Told) -> list[str]:
    return [name for name, _ in told]


def announcements(database: Database) -> Sequence[Announcement]:
    with database.reading() as session:
        rows = session.scalars(select(Announcement).order_by(Announcement.broadcast_at)).all()
        for row in rows:
            _ = row.recording.file_name
        return rows


def captures(database: Database) -> Sequence[Capture]:
    with database.reading() as session:
        return session.scalars(select(Capture).order_by(Capture.created_at)).all()


def test_a_stream_becomes_announcements_that_wait_for_their_text(
    keeper: Keeper, database: Database, unit: Unit
) -> None:
    sound = [silence(3), noise(4), silence(1), noise(2), silence(4), noise(3), silence(3)]
    began = utc_now()
    with serving(holds(encoded(b"".join(sound)))) as server:
        source = source_at(server.url, unit_id=unit.id)
        told = record(keeper, source, lambda told: names(told).count("finished") == 2)
    first, second = announcements(database)
    assert [item.state for item in (first, second)] == ["queued", "queued"]
    # A second before and two after each; what is between the two words of the first stays.
    assert first.duration_ms == pytest.approx(1_200 + 7_000 + 2_000, abs=400)
    assert second.duration_ms == pytest.approx(1_200 + 3_000 + 2_000, abs=400)
    assert first.title == "Bản tin sáng"
    assert first.created_by is None
    assert first.recording.codec == "flac"
    assert first.recording.file_name.startswith("Đài thử 2")
    assert began - timedelta(seconds=10) < first.broadcast_at < utc_now()
    assert {item.state for item in captures(database)} == {"finished"}
    assert [data["announcement"] for name, data in told if name == "finished"] == [
        first.id,
        second.id,
    ]


@one_database
def test_a_connection_that_is_cut_goes_on_in_the_same_announcement(
    keeper: Keeper, database: Database, unit: Unit
) -> None:
    content = encoded(noise(4))
    with serving(sends(content), holds(content + encoded(silence(13)))) as server:
        source = source_at(server.url, unit_id=unit.id, split_silence_s=12)
        told = record(keeper, source, lambda told: "finished" in names(told))
    # Two threads tell: what is written may be told after the loss.
    line = [(name, data) for name, data in told if name in ("listening", "lost")]
    assert names(line)[:3] == ["listening", "lost", "listening"]
    assert line[1][1]["code"] == "line_ended"
    assert [name for name in names(told) if name in ("begins", "finished")] == [
        "begins",
        "finished",
    ]
    (only,) = announcements(database)
    assert only.duration_ms == pytest.approx(8_000 + 2_000, abs=500)


@one_database
def test_a_line_that_stays_away_ends_the_announcement(
    keeper: Keeper, database: Database, unit: Unit
) -> None:
    with serving(sends(encoded(noise(3))), sends(b"", b"HTTP/1.0 503 Full\r\n\r\n")) as server:
        source = source_at(server.url, unit_id=unit.id, split_silence_s=2)
        record(
            keeper,
            source,
            # Where its pause takes long, the announcement is over before the line is tried again.
            lambda told: (
                "finished" in names(told)
                and "line_refused" in [data.get("code") for _, data in told]
            ),
        )
    (only,) = announcements(database)
    assert only.duration_ms == pytest.approx(3_000, abs=300)


@one_database
def test_stopping_by_hand_ends_what_is_being_said(
    keeper: Keeper, database: Database, unit: Unit
) -> None:
    with serving(holds(encoded(noise(4)))) as server:
        source = source_at(server.url, unit_id=unit.id)
        record(keeper, source, lambda told: any(item.sound_ms for item in captures(database)))
    (only,) = announcements(database)
    assert 1_000 <= only.duration_ms <= 4_200


@one_database
def test_a_stop_in_the_middle_can_leave_it_for_the_next_recorder(
    keeper: Keeper, database: Database, unit: Unit
) -> None:
    with serving(holds(encoded(noise(3))), holds(encoded(noise(2) + silence(3)))) as server:
        source = source_at(server.url, unit_id=unit.id)
        told = record(
            keeper,
            source,
            lambda told: any(item.sound_ms >= 2_000 for item in captures(database)),
            end=False,
        )
        assert "finished" not in names(told)
        (left,) = captures(database)
        assert left.state == "open"
        told = record(keeper, source, lambda told: "finished" in names(told))
        assert names(told)[0] == "goes_on"
    (only,) = announcements(database)
    assert only.duration_ms == pytest.approx(left.sound_ms + 2_000 + 2_000, abs=400)
    assert len(captures(database)) == 1


def test_what_was_left_long_ago_is_not_gone_on_with(
    keeper: Keeper, database: Database, unit: Unit
) -> None:
    source = source_at("alsa:plughw:1", unit_id=unit.id)
    content = encode_chunk(noise(1))
    capture_id, _ = open_capture(
        database,
        keeper.media,
        keeper.settings,
        unit_id=unit.id,
        actor_id=None,
        wanted=NewCapture(key=f"line:{source.id}:abc", kind="line", file_name="x.ogg"),
    )
    store_chunk(
        database,
        keeper.media,
        keeper.settings,
        capture_id=capture_id,
        actor_id=None,
        number=0,
        sha256=sha256(content).hexdigest(),
        content=content,
        sound_ms=1000,
    )
    with database.reading() as session:
        found = find_unfinished(session, source, 30)
        assert found is not None
        assert (found.id, found.next_number, found.sound_ms) == (capture_id, 1, 1000)
        later = utc_now() + timedelta(seconds=31)
        assert find_unfinished(session, source, 30, now=later) is None
        other = replace(source, id="other")
        assert find_unfinished(session, other, 30) is None


@one_database
def test_a_line_that_can_never_work_is_told_at_once(keeper: Keeper, unit: Unit) -> None:
    source = source_at("http://localhost:9/", unit_id=unit.id)
    recording = LineRecording(
        keeper,
        source,
        programmes=[Programme("")],
        zone=VIETNAM,
        report=lambda name, data: None,
    )
    with pytest.raises(LineLost) as lost:
        recording.run(threading.Event(), give_up=True)
    assert lost.value.code == "line_private"


@one_database
def test_what_is_wrong_with_a_line_is_kept_with_what_its_sentence_names(
    keeper: Keeper, database: Database, unit: Unit
) -> None:
    with serving(sends(b"", b"HTTP/1.0 503 Full\r\n\r\n")) as server:
        with database.writing() as session:
            source = add_source(session, unit_id=unit.id, name="Đài xã", address=server.url)
        record(keeper, source, lambda told: "lost" in names(told))
    with database.reading() as session:
        problem = find_source(session, unit.id, "Đài xã").problem
    assert problem == LineProblem("line_refused", {"status": 503})


def test_a_problem_has_all_that_its_sentence_names_and_nothing_else() -> None:
    values = {"status": 503, "host": "khac.example", "program": "arecord", "detail": "x" * 999}
    for code, sentence in LINE_ERRORS.items():
        if code.startswith("line_"):
            shown = problem_of(LineLost(code, **values, address="http://x.example/?khoa=1")).data
            assert set(re.findall(r"%\((\w+)\)", sentence)) == set(shown), code
            assert max((len(str(value)) for value in shown.values()), default=0) <= 200


@one_database
def test_a_source_has_one_recorder(keeper: Keeper, unit: Unit) -> None:
    source = source_at("alsa:plughw:1", unit_id=unit.id)
    recording = LineRecording(
        keeper,
        source,
        programmes=[Programme("")],
        zone=VIETNAM,
        report=lambda name, data: None,
    )
    with locked_source(keeper.settings, source), pytest.raises(Conflict) as refused:
        recording.run(threading.Event())
    assert refused.value.code == "source_busy"
    with locked_source(keeper.settings, source):  # free again
        pass


def written(keeper: Keeper, unit: Unit, told: Told) -> LineWriter:
    source = source_at("alsa:plughw:1", unit_id=unit.id)
    writer = LineWriter(
        keeper,
        source,
        title="Bản tin",
        zone=VIETNAM,
        report=lambda name, data: told.append((name, data)),
    )
    writer.start()
    return writer


@one_database
def test_sound_waits_while_the_disk_refuses_it_and_none_is_lost(
    keeper: Keeper, database: Database, unit: Unit
) -> None:
    told: Told = []
    in_the_way = keeper.media.root
    in_the_way.parent.mkdir(parents=True, exist_ok=True)
    in_the_way.touch()  # a file where the folder should be
    writer = written(keeper, unit, told)
    writer.take(Begin(0), utc_now())
    writer.take(Sound(noise(3)), utc_now())
    wait_for(lambda: writer.problem is not None)
    in_the_way.unlink()
    writer.take(Sound(noise(2)), utc_now())
    writer.take(End(), utc_now())
    assert writer.close(120)
    assert writer.lost_ms == 0
    assert "finished" in names(told)
    (only,) = announcements(database)
    assert only.duration_ms == 5_000


@one_database
def test_sound_that_found_no_room_is_told_with_the_announcement_it_is_missing_from(
    keeper: Keeper, database: Database, unit: Unit
) -> None:
    told: Told = []
    writer = written(keeper, unit, told)
    too_much = Sound(bytes(WAITING_BYTES + 2))
    for item in (Begin(0), Sound(noise(2)), too_much, Sound(noise(1)), End()):
        writer.take(item, utc_now())
    for item in (Begin(0), Sound(noise(2)), End()):
        writer.take(item, utc_now())
    wait_for(lambda: names(told).count("finished") == 2)
    assert writer.close(120)
    assert writer.lost_ms == 900_000
    assert [data for name, data in told if name == "dropped"] == [{"seconds": 900}]
    first, second = announcements(database)
    assert (first.duration_ms, second.duration_ms) == (3_000, 2_000)
    with database.reading() as session:
        query = select(AuditEntry).where(AuditEntry.action == "capture_dropped")
        (entry,) = session.scalars(query)
        assert (entry.subject_id, entry.data) == (first.id, {"seconds": 900})


def test_sound_goes_into_another_capture_when_somebody_closed_the_first(
    keeper: Keeper, database: Database, unit: Unit
) -> None:
    told: Told = []
    writer = written(keeper, unit, told)
    writer.take(Begin(0), utc_now())
    writer.take(Sound(noise(2)), utc_now())
    wait_for(lambda: sum(item.sound_ms for item in captures(database)) == 2_000)
    with database.writing() as session:
        for capture in session.scalars(select(Capture)):
            capture.state = "discarded"
    writer.take(Sound(noise(3)), utc_now())
    writer.take(End(), utc_now())
    assert writer.close(120)
    (only,) = announcements(database)
    assert only.duration_ms == 3_000


@one_database
def test_a_second_that_is_kept_and_not_answered_is_there_once(
    keeper: Keeper, database: Database, unit: Unit
) -> None:
    told: Told = []
    writer = written(keeper, unit, told)
    writer.take(Begin(0), utc_now())
    writer.take(Sound(noise(1)), utc_now())
    wait_for(lambda: sum(item.sound_ms for item in captures(database)) == 1_000)
    lost = []

    def lose_the_answer(session: Session) -> None:
        if not lost:
            lost.append(session)
            raise ConnectionError("as a network does after the commit")

    event.listen(Session, "after_commit", lose_the_answer)
    try:
        writer.take(Sound(noise(1)), utc_now())
        wait_for(lambda: lost)  # the problem may be over before anybody looks
    finally:
        event.remove(Session, "after_commit", lose_the_answer)
    writer.take(Sound(noise(1)), utc_now())
    writer.take(End(), utc_now())
    assert writer.close(120)
    assert len(captures(database)) == 1
    (only,) = announcements(database)
    assert only.duration_ms == 3_000


@one_database
def test_an_announcement_whose_decoder_was_killed_is_finished_at_the_next_try(
    keeper: Keeper, database: Database, unit: Unit
) -> None:
    told: Told = []
    writer = written(keeper, unit, told)
    with killed_when_started("transcribe.decoder", most=1) as killed:
        for item in (Begin(0), Sound(noise(3)), End()):
            writer.take(item, utc_now())
        wait_for(lambda: names(told) == ["begins", "finished"])
    assert len(killed) == 1
    assert writer.close(120)
    (only,) = announcements(database)
    assert only.duration_ms == 3_000


@one_database
def test_closing_does_not_wait_for_ever(keeper: Keeper, unit: Unit) -> None:
    keeper.media.root.parent.mkdir(parents=True, exist_ok=True)
    keeper.media.root.touch()
    told: Told = []
    writer = written(keeper, unit, told)
    writer.take(Sound(noise(2)), utc_now())
    began = time.monotonic()
    assert not writer.close(0.3)
    assert time.monotonic() - began < 30  # less than it gives to a last decoder


def test_a_schedule_starts_a_recording_and_its_end_ends_it(
    keeper: Keeper, database: Database, unit: Unit
) -> None:
    follower = ScheduleFollower(keeper.settings)
    with serving(holds(encoded(noise(3) + silence(4)))) as server:
        with database.writing() as session:
            source = add_source(
                session, unit_id=unit.id, name="Đài xã", address=server.url, split_silence_s=2
            )
        follower.look(utc_now())
        assert server.requests == []
        now = utc_now().astimezone(VIETNAM)
        span = f"{now:%H:%M}-{now + timedelta(minutes=2):%H:%M}"
        with database.writing() as session:
            weekly = parse_weekly(f"{span} hằng ngày")
            schedule = add_schedule(session, unit_id=unit.id, named="Đài xã", weekly=weekly)
        follower.look(utc_now())
        wait_for(lambda: announcements(database))
        follower.look(utc_now())
        assert len(server.requests) == 1
        with database.reading() as session:
            assert session.get_one(Source, source.id).line_state == "listening"
        with database.writing() as session:
            remove_schedule(session, schedule_id=schedule.id)

        def is_idle() -> bool:
            follower.look(utc_now())
            with database.reading() as session:
                return session.get_one(Source, source.id).line_state == "idle"

        wait_for(is_idle)
    follower.close()
    (only,) = announcements(database)
    assert only.title == "Đài xã"
    with database.reading() as session:
        row = session.get_one(Source, source.id)
        assert row.heard_at is not None
        assert row.problem is None


@one_database
def test_of_two_schedules_in_a_row_each_has_its_own_title_and_no_sound_is_lost(
    keeper: Keeper, database: Database, unit: Unit
) -> None:
    told: Told = []
    turned, stop = threading.Event(), threading.Event()

    def speak_on(request: str, send: Callable[[bytes], None]) -> bool:
        send(OK + encoded(noise(6)))
        turned.wait(120)
        send(encoded(noise(3) + silence(1) + noise(3)))
        return True

    began = utc_now()
    with serving(speak_on) as server:
        recording = LineRecording(
            keeper,
            source_at(server.url, unit_id=unit.id),
            programmes=[Programme("Bản tin tỉnh", began, began + timedelta(hours=1))],
            zone=VIETNAM,
            report=lambda name, data: told.append((name, data)),
        )
        thread = threading.Thread(target=recording.run, args=(stop,))
        thread.start()
        wait_for(lambda: sum(item.sound_ms for item in captures(database)) >= 5_000)
        border = utc_now()
        recording.programmes = (
            Programme("Bản tin tỉnh", began, border),
            Programme("Bản tin xã", border, border + timedelta(hours=1)),
        )
        turned.set()
        wait_for(lambda: sum(item.sound_ms for item in captures(database)) >= 12_000)
        stop.set()
        thread.join(120)
    assert names(told) == ["listening", "begins", "finished", "begins", "finished"]
    # By name: the sound came faster than anybody speaks, so the moments say little.
    first, second = sorted(announcements(database), key=lambda item: item.title)
    assert (first.title, second.title) == ("Bản tin tỉnh", "Bản tin xã")
    assert first.duration_ms == pytest.approx(9_700, abs=300)  # to the pause between two sentences
    assert first.duration_ms + second.duration_ms == pytest.approx(13_000, abs=300)


def test_only_times_that_overlap_are_one_recording(database: Database, unit: Unit) -> None:
    with database.writing() as session:
        add_source(session, unit_id=unit.id, name="Đài xã", address="alsa:plughw:1")
        for span, title in (
            ("17:00-17:30", "Tỉnh"),
            ("17:20-17:40", "Chen"),
            ("17:40-18:00", "Xã"),
        ):
            weekly = parse_weekly(f"{span} hằng ngày")
            add_schedule(session, unit_id=unit.id, named="Đài xã", weekly=weekly, title=title)
        schedules = list_schedules(session)

    def due_at(hour: int, minute: int, second: int) -> list[tuple[str, str, str]]:
        moment = datetime(2026, 11, 23, hour, minute, second, tzinfo=VIETNAM)
        (due,) = due_now(schedules, moment).values()
        return [(one.schedule.title, f"{one.since:%H:%M}", f"{one.until:%H:%M}") for one in due]

    assert due_at(17, 10, 0) == [("Tỉnh", "17:00", "17:30")]
    assert due_at(17, 25, 0) == [("Tỉnh", "17:00", "17:40")]
    assert due_at(17, 39, 50) == [("Chen", "17:20", "17:40"), ("Xã", "17:40", "18:00")]
    assert due_at(17, 40, 0) == [("Xã", "17:40", "18:00")]


@one_database
def test_a_killed_recorder_loses_at_most_seconds_and_its_successor_goes_on(
    keeper: Keeper, database: Database, unit: Unit, tmp_path: Path
) -> None:
    command = [sys.executable, "-m", "web.cli", "record", "alsa:plughw:1", "--data"]
    command += [str(keeper.settings.data_dir)]
    clean = {name: value for name, value in os.environ.items() if not name.startswith("LOA_")}
    path = f"{install(tmp_path / 'bin')}:{os.environ['PATH']}"
    environment = {**clean, "PATH": path, "LOA_MIN_FREE_BYTES": "0"}

    def start() -> "subprocess.Popen[str]":
        process = subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True)
        assert process.stderr is not None
        while "Có tiếng" not in (line := process.stderr.readline()) and "tiếp" not in line:
            assert process.poll() is None
        return process

    first = start()
    heard_from = time.monotonic()

    def keeps_up() -> bool:
        """On a machine that stands still for seconds, it is behind for a while."""
        recorded_ms = (time.monotonic() - heard_from) * 1000
        kept_ms = sum(capture.sound_ms for capture in captures(database))
        return recorded_ms >= 2_500 and kept_ms >= recorded_ms - 2_000

    wait_for(keeps_up)
    first.kill()
    first.communicate()
    (capture,) = captures(database)
    assert capture.sound_ms / capture.chunks < 2_000  # it kept them one by one
    second = start()
    wait_for(lambda: captures(database)[0].sound_ms > capture.sound_ms)
    second.send_signal(signal.SIGTERM)
    second.communicate(timeout=120)
    assert second.returncode == 0
    (only,) = announcements(database)
    assert only.duration_ms > capture.sound_ms
    assert len(captures(database)) == 1
