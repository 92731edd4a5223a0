"""The lines and streams that record by themselves, as the status page shows them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from bridge.sources import SourceInfo, list_sources
from bridge.units import UnitInfo
from web.labels import StateLabel, describe_code, mark

STATES: dict[str, StateLabel] = {
    "idle": StateLabel(mark("Không thu"), "shape-waiting", "state-waiting", ""),
    "listening": StateLabel(mark("Đang nghe"), "shape-working", "state-working", ""),
    "lost": StateLabel(mark("Mất tiếng"), "shape-failed", "state-failed", ""),
}


@dataclass(frozen=True, slots=True)
class SourceLine:
    """A source as a line of the page; `problem` is a sentence, None where all is well."""

    source: SourceInfo
    unit_name: str
    label: StateLabel
    problem: str | None


def source_lines(session: Session, units: Sequence[UnitInfo], now: datetime) -> list[SourceLine]:
    """The sources of these units, by unit and name."""
    return [
        SourceLine(
            source,
            unit.name,
            STATES[source.state_at(now)],
            describe_code(source.problem.code, source.problem.data) if source.problem else None,
        )
        for unit in units
        for source in list_sources(session, unit.id)
    ]
