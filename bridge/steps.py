"""What a person did last to an announcement and may still take back, whatever page they are on.

The audit log knows: segments cut and joined, hidden, covered and shown, suggestions refused, and
edits that belong together because one click made them (`bridge.undo.new_step`). What is typed is no
step: the field has an
undo of its own, and `bridge.versions` keeps every text.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from bridge.models import AuditEntry
from bridge.rearranging import may_undo_rearrangement
from bridge.refusals import refusal_stands
from bridge.undo import ChangeSpan, count_undoable
from bridge.undo_decisions import DECIDED, count_decisions_standing

_REARRANGED = {"split_segment": "split", "merge_segment": "merge"}
_REFUSED = ("refuse_suggestion", "refuse_suggestions")
_ACTIONS = ("edit_segment", *_REARRANGED, *_REFUSED, *DECIDED)
# Rows of the log: an hour of steady work. What lies further back is not what somebody just did.
_LOOKED_BACK = 500
# Steps that were overtaken are passed over, but not without end: each costs two small queries.
_MOST_OVERTAKEN = 20


@dataclass(frozen=True, slots=True)
class Step:
    """Something that one click did.

    `kind`: "split", "merge", "refuse", or what `bridge.undo.new_step` was given. One of
    `change_id` (for `undo_rearrangement`), `refusal_id` (for `take_back_refusals`), `decided` (for
    `undo_decisions`) and `span` (for `undo_change`) says how it is taken back. `count`: segments
    that would be changed.
    """

    kind: str
    count: int = 1
    change_id: str = ""
    refusal_id: str = ""
    decided: ChangeSpan | None = None
    span: ChangeSpan | None = None
    term_id: str = ""


def latest_step(session: Session, announcement_id: str, actor_id: str) -> Step | None:
    """The latest step of a person that can still be taken back; None where there is none."""
    rows = session.execute(
        select(AuditEntry.sequence, AuditEntry.action, AuditEntry.data)
        .where(
            AuditEntry.subject_type == "announcement",
            AuditEntry.subject_id == announcement_id,
            AuditEntry.actor_id == actor_id,
            AuditEntry.action.in_(_ACTIONS),
        )
        .order_by(AuditEntry.sequence.desc())
        .limit(_LOOKED_BACK)
    ).all()
    for number, step in enumerate(_steps([(row[0], row[1], row[2]) for row in rows])):
        if number == _MOST_OVERTAKEN:
            return None
        if (standing := _standing(session, announcement_id, actor_id, step)) is not None:
            return standing
    return None


def _steps(rows: Sequence[tuple[int, str, dict[str, Any]]]) -> Iterator[Step]:
    """The steps in rows of the log, which come latest first."""
    for (action, step_id), group in groupby(rows, key=_belongs_to):
        entries = list(group)
        sequence, _action, data = entries[0]
        if action in _REARRANGED:
            yield Step(_REARRANGED[action], change_id=data["change"])
        elif action in _REFUSED:
            yield Step("refuse", refusal_id=data["refusal"])
        elif step_id is not None:
            span = ChangeSpan(entries[-1][0], sequence)
            told = data["step"]
            if action in DECIDED:
                yield Step(told["kind"], len(entries), decided=span)
                continue
            yield Step(told["kind"], len(entries), span=span, term_id=told.get("term", ""))


def _belongs_to(row: tuple[int, str, dict[str, Any]]) -> tuple[str, Any]:
    """Rows of one click have this in common; rows that are a step each have their number."""
    sequence, action, data = row
    if action == "edit_segment" or action in DECIDED:
        return action, data.get("step", {}).get("id")
    return action, sequence


def _standing(session: Session, announcement_id: str, actor_id: str, step: Step) -> Step | None:
    """The step with what is left of it to take back."""
    if step.change_id:
        return step if may_undo_rearrangement(session, announcement_id, step.change_id) else None
    if step.refusal_id:
        return step if refusal_stands(session, announcement_id, step.refusal_id) else None
    if step.decided:
        left = count_decisions_standing(session, announcement_id, step.decided, actor_id)
        return replace(step, count=left) if left else None
    if step.span is None:
        return None
    left = count_undoable(session, announcement_id, step.span, actor_id)
    return replace(step, count=left) if left else None
