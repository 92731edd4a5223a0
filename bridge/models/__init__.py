"""The tables. Invariants that must never break stand here as constraints too."""

from bridge.models.announcements import (
    PRIORITIES,
    SEGMENT_KINDS,
    Announcement,
    Edit,
    EngineRun,
    Recording,
    Segment,
)
from bridge.models.decisions import Approval, Publication
from bridge.models.glossary import TERM_KINDS, GlossaryRefusal, GlossaryTerm
from bridge.models.log import AuditEntry
from bridge.models.people import ROLES, Membership, Unit, User
from bridge.models.questions import FLAG_DECISIONS, FLAG_KINDS, Flag, Script
from bridge.models.work import TASK_STATES, Task, WorkerBeat

__all__ = [
    "FLAG_DECISIONS",
    "FLAG_KINDS",
    "PRIORITIES",
    "ROLES",
    "SEGMENT_KINDS",
    "TASK_STATES",
    "TERM_KINDS",
    "Announcement",
    "Approval",
    "AuditEntry",
    "Edit",
    "EngineRun",
    "Flag",
    "GlossaryRefusal",
    "GlossaryTerm",
    "Membership",
    "Publication",
    "Recording",
    "Script",
    "Segment",
    "Task",
    "Unit",
    "User",
    "WorkerBeat",
]
