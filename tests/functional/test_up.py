"""`loa up`: everything from one terminal, nothing left behind, nothing lost when it is killed."""

import os
import signal
from pathlib import Path

from tests.functional.running import RunningLoa, on_sqlite, process_tree, wait_for


def alive(pids: set[int]) -> set[int]:
    return {pid for pid in pids if process_tree(pid)}


def queue_and_wait_for_text(loa: RunningLoa, sound: Path) -> str:
    """Send a file and wait until its transcription has written its first segments."""
    announcement = loa.json("ingest", sound)["announcement"]
    wait_for(
        lambda: loa.state(announcement) != "queued",
        60,
        "the transcription's beginning",
    )
    return str(announcement)


def test_killed_in_the_middle_of_a_transcription_it_finishes_after_a_restart(
    loa: RunningLoa, announcement_sound: Path
) -> None:
    loa.start()
    assert loa.process is not None
    announcement = queue_and_wait_for_text(loa, announcement_sound)
    family = process_tree(loa.process.pid)
    os.kill(loa.process.pid, signal.SIGKILL)
    loa.process.wait(10)
    loa.process = None
    wait_for(lambda: not alive(family), 10, "the end of every child")
    assert loa.state(announcement) == "transcribing"

    loa.start()

    wait_for(lambda: loa.state(announcement) == "in_review", 90, "the transcription's end")
    shown = loa.json("announcement", "show", announcement)
    assert "luyện viên" in shown["text"]
    starts = [segment["start_ms"] for segment in shown["segments"]]
    assert starts == sorted(set(starts)), "no segment stands twice"


@on_sqlite
def test_ctrl_c_stops_everything_and_gives_the_work_back(
    loa: RunningLoa, announcement_sound: Path
) -> None:
    loa.start()
    assert loa.process is not None
    announcement = queue_and_wait_for_text(loa, announcement_sound)
    family = process_tree(loa.process.pid)
    assert loa.stop(signal.SIGINT) == 0, loa.log()
    assert not alive(family)
    assert "Đã dừng." in loa.log()
    loa.start()
    wait_for(lambda: loa.state(announcement) == "in_review", 90, "the transcription's end")


@on_sqlite
def test_a_second_one_on_the_same_folder_is_refused(loa: RunningLoa) -> None:
    loa.start()
    second = loa.apart("up", "--port", str(loa.port + 1))
    assert second.returncode == 1
    assert second.stderr.count("\n") == 1
    assert second.stderr.startswith("Lỗi: ")


@on_sqlite
def test_a_part_that_dies_is_started_again(loa: RunningLoa, short_clip: Path) -> None:
    loa.start()
    assert loa.process is not None
    for pid in process_tree(loa.process.pid) - {loa.process.pid}:
        os.kill(pid, signal.SIGKILL)
    wait_for(loa.answers, 30, "the pages again")
    announcement = loa.json("ingest", short_clip)["announcement"]
    wait_for(lambda: loa.state(announcement) == "in_review", 90, "the transcription's end")


def test_doctor_is_content_while_everything_runs_and_not_otherwise(loa: RunningLoa) -> None:
    stopped = loa.cli("doctor")
    assert stopped.returncode == 1
    assert "HỎNG  Hàng việc" in stopped.stdout
    assert "HỎNG  Máy chép" in stopped.stdout
    loa.start()
    running = wait_for(
        lambda: (done := loa.cli("doctor")).returncode == 0 and done, 30, "a content doctor"
    )
    assert running.stdout.count("tốt ") == 12
    assert "nhắc  Trang tin: Trang tin xa-mau thiếu trang đầu" in running.stdout
    loa.succeed("site", "build")
    deep = loa.succeed("doctor", "--deep")
    assert deep.count("tốt ") == len(deep.splitlines()) == 13
