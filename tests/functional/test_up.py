"""`loa up`: everything from one terminal, nothing left behind, nothing lost when it is killed."""

import contextlib
import os
import signal
from pathlib import Path

import pytest
from sqlalchemy import select

from bridge.models import Task
from tests.functional.running import RunningLoa, living, on_sqlite, process_tree, wait_for
from transcribe.samples import Sample, join_samples


def queue_and_wait_for_work(loa: RunningLoa, sound: Path) -> str:
    """Send a file and wait until a worker has begun with it."""
    announcement = loa.json("ingest", sound)["announcement"]
    wait_for(lambda: loa.state(announcement) != "queued", 120, "the transcription's beginning")
    return str(announcement)


def test_killed_in_the_middle_of_a_transcription_it_finishes_after_a_restart(
    loa: RunningLoa, short_clip: Path, tmp_path: Path
) -> None:
    # However late it is killed, the short clip is not done before.
    loa.settings["LOA_FAILPOINT"] = f"transcribe.heard:hold@{tmp_path / 'held'}"
    loa.start()
    announcement = queue_and_wait_for_work(loa, short_clip)
    loa.crash()
    assert loa.state(announcement) == "transcribing"

    del loa.settings["LOA_FAILPOINT"]
    loa.start()

    wait_for(lambda: loa.state(announcement) == "in_review", 240, "the transcription's end")
    shown = loa.json("announcement", "show", announcement)
    assert "luyện viên" in shown["text"]
    starts = [segment["start_ms"] for segment in shown["segments"]]
    assert starts == sorted(set(starts)), "no segment stands twice"


@on_sqlite
def test_ctrl_c_stops_everything_and_gives_the_work_back(
    loa: RunningLoa, samples: list[Sample], tmp_path: Path
) -> None:
    # Four minutes: so much is not done before the signal comes.
    join_samples(samples, tmp_path / "lau.wav", repeat=8)
    loa.start()
    assert loa.process is not None
    announcement = queue_and_wait_for_work(loa, tmp_path / "lau.wav")
    family = process_tree(loa.process.pid)
    assert loa.stop(signal.SIGINT) == 0, loa.log()
    assert not family & living().keys()
    assert "Đã dừng." in loa.log()
    # What stands in the queue when it starts is begun: the killed one above shows it.
    with loa.database.reading() as session:
        (task,) = session.scalars(select(Task).where(Task.announcement_id == announcement))
    assert (task.state, task.token) == ("queued", None)


def test_a_second_one_on_the_same_folder_is_refused(standing: RunningLoa) -> None:
    second = standing.apart("up", "--port", str(standing.port + 1))
    assert second.returncode == 1
    assert second.stderr.count("\n") == 1
    assert second.stderr.startswith("Lỗi: ")


def test_a_part_that_dies_is_started_again(standing: RunningLoa, short_clip: Path) -> None:
    assert standing.process is not None
    for pid in process_tree(standing.process.pid) - {standing.process.pid}:
        with contextlib.suppress(ProcessLookupError):  # it has ended with its parent
            os.kill(pid, signal.SIGKILL)
    wait_for(standing.answers, 120, "the pages again")
    announcement = standing.json("ingest", short_clip)["announcement"]
    wait_for(lambda: standing.state(announcement) == "in_review", 240, "the transcription's end")


def test_the_site_can_be_built_again_with_the_address_it_runs_at(
    standing: RunningLoa, monkeypatch: pytest.MonkeyPatch
) -> None:
    # What a second terminal would believe.
    monkeypatch.setitem(standing.settings, "LOA_PORT", "8000")
    assert "Đã dựng 1 trang tin, " in standing.succeed("site", "build")
    feed = (standing.data / "site" / "xa-mau" / "feed.xml").read_text(encoding="utf-8")
    assert f"{standing.url}/xa-mau/" in feed


def test_doctor_is_content_while_everything_runs_and_not_otherwise(loa: RunningLoa) -> None:
    stopped = loa.cli("doctor")
    assert stopped.returncode == 1
    assert "HỎNG  Hàng việc" in stopped.stdout
    assert "HỎNG  Máy chép" in stopped.stdout
    loa.start()
    running = wait_for(
        lambda: (done := loa.cli("doctor")).returncode == 0 and done, 120, "a content doctor"
    )
    assert running.stdout.count("tốt ") == 12
    assert "nhắc  Trang tin: Trang tin xa-mau thiếu trang đầu" in running.stdout
    loa.succeed("site", "build")
    deep = loa.succeed("doctor", "--deep")
    assert deep.count("tốt ") == len(deep.splitlines()) == 13
    assert loa.stop(signal.SIGTERM) == 0
