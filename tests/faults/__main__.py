"""Run the fault suite, several times if wanted, and print the table.

    python -m tests.faults [--runs N] [--database sqlite|postgresql|both] [--only WORDS] [--slow]

First the fault whose recovery is promised in seconds, with nothing beside it. Then both databases
at once, each with two processes of its own in which the runs follow each other: one for the faults
that mostly wait, one for the others. Together they take all that two cores have.
Output: the table (fault, expected, seen, times run, lost), then one JSON object with `runs` (of the
whole suite), `failed` (faults that did not end as expected), `lost` and `doubled` (announcements
that had been acknowledged). Exit status 0 only if all of the last three are 0. `--slow` adds the
twenty kills of the engine in ten minutes of speech, some minutes more.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.conftest import DATABASES
from tests.faults.ledger import VARIABLE, Entry, read_entries, table, totals

FOLDER = Path(__file__).parent
SLOW = FOLDER / "test_engine_kills.py"
TIMED = FOLDER / "test_seen_deaths.py"
# These mostly wait, for a lease or a limit to run out: they run beside the others.
WAITING = [FOLDER / f"test_{name}.py" for name in ("unseen_deaths", "hangs", "clock")]
RUN_SECONDS = 1800


def main() -> int:
    """Everything above; the exit status."""
    arguments = read_arguments()
    databases = DATABASES if arguments.database == "both" else (arguments.database,)
    entries, broken = run_all(databases, arguments.only, arguments.runs)
    if arguments.slow:
        broken += subprocess.run([sys.executable, "-m", "pytest", "-q", "-s", SLOW]).returncode != 0
    print(table(entries))
    result = totals(entries)
    # A pytest that failed without a failed fault could not even begin.
    result["failed"] = max(result["failed"], broken if not entries else result["failed"])
    print(json.dumps({"runs": arguments.runs, **result}))
    return 1 if broken or any(result.values()) else 0


def read_arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults")
    parser.add_argument("--runs", type=int, default=1)
    parser.add_argument("--database", choices=(*DATABASES, "both"), default="both")
    parser.add_argument("--only", default="", help="as pytest's -k")
    parser.add_argument("--slow", action="store_true")
    return parser.parse_args()


@dataclass(frozen=True)
class Part:
    """One pytest, with its runs one after another."""

    name: str
    process: subprocess.Popen[bytes]
    folder: Path

    def entries(self) -> list[Entry]:
        return read_entries(self.folder / f"{self.name}.jsonl")

    def failed(self) -> bool:
        """Whether it was not content, which is printed; once it has ended."""
        status = self.process.wait()
        if status not in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED):
            print((self.folder / f"{self.name}.log").read_text("utf-8", "replace")[-8000:])
            return True
        return False


def run_all(databases: Sequence[str], only: str, runs: int) -> tuple[list[Entry], int]:
    """So many runs on these databases at once: what was seen, and how many pytests failed."""
    with tempfile.TemporaryDirectory(prefix="loa-faults-") as name:

        def begin(database: str, kind: str, chosen: Sequence[Path | str]) -> Part:
            words = f"({database}) and ({only})" if only else database
            options = ["-k", words, f"--fault-runs={runs}", *map(str, chosen)]
            return start(database + kind, Path(name), options)

        parts = []
        for database in databases:
            parts.append(begin(database, "-timed", [TIMED]))
            tell_progress(parts[-1:], RUN_SECONDS * runs)
        ignored = [f"--ignore={path}" for path in (SLOW, TIMED, *WAITING)]
        beside = []
        for database in databases:
            beside.append(begin(database, "", [FOLDER, *ignored]))
            beside.append(begin(database, "-waiting", WAITING))
        tell_progress(beside, RUN_SECONDS * runs)
        parts += beside
        failures = sum([part.failed() for part in parts])
        return [entry for part in parts for entry in part.entries()], failures


def tell_progress(parts: Sequence[Part], most_s: float) -> None:
    """Say of each run how it went, until all have ended; what takes too long is killed."""
    begun_at, told = time.monotonic(), set[tuple[str, int]]()
    while time.monotonic() - begun_at < most_s:
        over = all(part.process.poll() is not None for part in parts)
        for part in parts:
            runs: dict[int, list[Entry]] = {}
            for entry in part.entries():
                runs.setdefault(entry.run, []).append(entry)
            for number, seen in runs.items():
                is_whole = number < max(runs) or part.process.poll() is not None
                if is_whole and (part.name, number) not in told:
                    told.add((part.name, number))
                    failed = sum(not entry.passed for entry in seen)
                    minutes = (time.monotonic() - begun_at) / 60
                    print(
                        f"{part.name}, run {number}: {len(seen)} faults, {failed} failed, "
                        f"after {minutes:.0f} minutes",
                        flush=True,
                    )
        if over:
            return
        time.sleep(1)
    for part in parts:
        part.process.kill()


def start(name: str, folder: Path, arguments: list[str]) -> Part:
    """Begin one pytest, its output into a file of the folder."""
    with (folder / f"{name}.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *arguments],
            env={**os.environ, VARIABLE: str(folder / f"{name}.jsonl")},
            stdout=log,
            stderr=log,
        )
    return Part(name, process, folder)


if __name__ == "__main__":
    sys.exit(main())
