"""The part of the fault suite that every run of the tests can afford."""

import re
import signal
from pathlib import Path

import pytest
from sqlalchemy import func, select

from bridge.failpoints import POINTS
from bridge.models import Announcement, Recording
from tests.faults import test_crash_points as crashes
from tests.faults.doomed import run_doomed
from tests.faults.house import new_sound, sha256
from tests.faults.ledger import Entry, table, totals
from tests.functional.running import RunningLoa
from tests.samples import shared_cache

ROOT = Path(__file__).parents[2]


@pytest.fixture
def loa(tmp_path: Path, database_url: str) -> RunningLoa:
    """A prepared data folder; nothing runs on it."""
    running = RunningLoa(tmp_path / "data", database_url, shared_cache())
    running.prepare()
    return running


@pytest.mark.parametrize("point", ["capture.placed", "intake.kept", "intake.recorded"])
def test_a_sender_that_dies_and_comes_again_is_there_once(
    loa: RunningLoa, tmp_path: Path, point: str
) -> None:
    sound = new_sound(tmp_path)
    command = ["capture", str(sound)] if point.startswith("capture") else ["ingest", str(sound)]
    killed = run_doomed(loa.environment, f"{point}:kill", command, seconds=180)
    assert killed == -signal.SIGKILL
    assert count(loa, sound) == (point == "intake.recorded")
    assert run_doomed(loa.environment, "", command, seconds=180) == 0
    assert count(loa, sound) == 1
    digest = sha256(sound)
    assert sha256(loa.data / "media" / "store" / digest[:2] / digest) == digest
    loa.close()


def count(loa: RunningLoa, sound: Path) -> int:
    """How many announcements a file has become."""
    with loa.database.reading() as session:
        found = select(func.count()).select_from(Announcement).join(Recording)
        return session.scalar(found.where(Recording.sha256 == sha256(sound))) or 0


def test_every_point_is_reached_in_the_code_and_killed_at() -> None:
    """A point that nobody reaches, or that no test kills at, is no point."""
    code = [
        path.read_text("utf-8")
        for package in ("bridge", "transcribe", "publish", "web")
        for path in sorted((ROOT / package).rglob("*.py"))
    ]
    reached = [name for text in code for name in re.findall(r'\breach\("([^"]+)"\)', text)]
    assert sorted(reached) == sorted(POINTS)
    killed_at = (crashes.INGEST, crashes.CAPTURE, crashes.TRANSCRIBE, crashes.PUBLISH)
    assert {*crashes.WITHDRAW}.union(*killed_at) == set(POINTS)


def test_the_table_counts_both_databases_together_and_shows_what_went_wrong() -> None:
    entries = [
        Entry("cut", "goes on", "sqlite", ["went on"], passed=True),
        Entry("cut", "goes on", "postgresql", ["stood still"], lost=2),
        Entry("jump", "nothing", "sqlite", ["nothing"], doubled=1, passed=True),
    ]
    rows = table(entries).splitlines()
    assert rows[0].split() == ["fault", "expected", "seen", "run", "lost"]
    assert " ".join(rows[2].split()) == "cut goes on 1 of 2 as expected. stood still 2 2"
    assert rows[3].split()[-2:] == ["1", "0"]
    assert totals(entries) == {"failed": 1, "lost": 2, "doubled": 1}
