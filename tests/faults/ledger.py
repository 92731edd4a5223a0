"""What a run of the fault suite saw: one line of JSON for each fault, and the table made of them.

Each test is marked with `fault(name, expected=…)` and takes the fixture `ledger`. Where
LOA_FAULTS_LEDGER names a file, the outcome goes there, for `python -m tests.faults`.
"""

import json
import os
import textwrap
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import pytest

VARIABLE = "LOA_FAULTS_LEDGER"
_WIDTHS = {"fault": 34, "expected": 38, "seen": 42}


@dataclass
class Entry:
    """One fault, once. `lost` and `doubled` count announcements that were acknowledged."""

    fault: str
    expected: str
    database: str
    seen: list[str] = field(default_factory=list)
    lost: int = 0
    doubled: int = 0
    passed: bool = False
    run: int = 1

    def saw(self, text: str) -> None:
        """Add to what was seen."""
        self.seen.append(text)


def new_entry(item: pytest.Item) -> Entry:
    """The entry of a marked test."""
    marker = item.get_closest_marker("fault")
    assert marker is not None, "mark the test with @pytest.mark.fault(name, expected=…)"
    database = "postgresql" if "postgresql" in item.nodeid else "sqlite"
    return Entry(marker.args[0], marker.kwargs["expected"], database, run=run_number(item))


def run_number(item: pytest.Item) -> int:
    """In which of the runs a test stands, from 1."""
    call = getattr(item, "callspec", None)
    return call.params.get("run_number", 1) if call else 1


def write_entry(entry: Entry) -> None:
    """Append to the ledger, where there is one."""
    if path := os.environ.get(VARIABLE):
        with Path(path).open("a", encoding="utf-8") as file:
            file.write(json.dumps(asdict(entry), ensure_ascii=False) + "\n")


def read_entries(path: Path) -> list[Entry]:
    """What one or several runs have written."""
    if not path.exists():
        return []
    return [Entry(**json.loads(line)) for line in path.read_text("utf-8").splitlines()]


def table(entries: Iterable[Entry]) -> str:
    """Fault, expected, seen, times run, lost: a row for each fault, both databases together."""
    rows: dict[str, list[Entry]] = {}
    for entry in entries:
        rows.setdefault(entry.fault, []).append(entry)
    lines = [_line("fault", "expected", "seen", "run", "lost"), "-" * 134]
    for fault, runs in rows.items():
        failed = sum(not run.passed for run in runs)
        last = next((run for run in reversed(runs) if not run.passed), runs[-1])
        seen = f"{len(runs) - failed} of {len(runs)} as expected. {'; '.join(last.seen)}"
        cells = {"fault": fault, "expected": runs[-1].expected, "seen": seen}
        wrapped = {name: textwrap.wrap(text, _WIDTHS[name]) for name, text in cells.items()}
        lost = str(sum(run.lost for run in runs))
        for number in range(max(map(len, wrapped.values()))):
            parts = [wrapped[name][number : number + 1] or [""] for name in _WIDTHS]
            first = (str(len(runs)), lost) if number == 0 else ("", "")
            lines.append(_line(*(part[0] for part in parts), *first))
    return "\n".join(lines)


def totals(entries: Iterable[Entry]) -> dict[str, Any]:
    """Of all entries: how many failed, and what was lost and doubled."""
    entries = list(entries)
    return {
        "failed": sum(not entry.passed for entry in entries),
        "lost": sum(entry.lost for entry in entries),
        "doubled": sum(entry.doubled for entry in entries),
    }


def _line(fault: str, expected: str, seen: str, times: str, lost: str) -> str:
    words = (
        f"{fault:{_WIDTHS['fault']}}",
        f"{expected:{_WIDTHS['expected']}}",
        f"{seen:{_WIDTHS['seen']}}",
        f"{times:>4}",
        f"{lost:>5}",
    )
    return "  ".join(words).rstrip()
