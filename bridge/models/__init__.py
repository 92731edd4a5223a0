"""The tables. Invariants that must never break stand here as constraints too."""

from bridge.models.announcements import (
    PRIORITIES,
    REARRANGEMENT_KINDS,
    SEGMENT_KINDS,
    Announcement,
    Edit,
    EngineRun,
    Rearrangement,
    Recording,
    Segment,
)
from bridge.models.archive import Listing, ListingShelf, Shelf
from bridge.models.captures import CAPTURE_KINDS, CAPTURE_STATES, Capture, CaptureChunk
from bridge.models.counts import CountBatch, ItemCount
from bridge.models.decisions import RETURN_OUTCOMES, Approval, Publication, ReviewReturn
from bridge.models.effort import WorkResult, WorkTime
from bridge.models.feedback import FEEDBACK_STATES, Feedback, SenderDay, SenderMark
from bridge.models.glossary import TERM_KINDS, GlossaryRefusal, GlossaryTerm
from bridge.models.letters import LETTER_KINDS, Letter
from bridge.models.log import AuditEntry
from bridge.models.logins import ACCOUNT_LINK_KINDS, AccountLink, Login, LoginAttempt
from bridge.models.machines import (
    TOKEN_SCOPES,
    WEBHOOK_EVENTS,
    ApiToken,
    IntakeRequest,
    Webhook,
    WebhookDelivery,
)
from bridge.models.passkeys import Passkey, SpentChallenge
from bridge.models.people import ROLES, Membership, Unit, UnitEmblem, User
from bridge.models.questions import (
    FLAG_DECISIONS,
    FLAG_KINDS,
    HALLUCINATION_KINDS,
    Confirmation,
    Flag,
    Script,
)
from bridge.models.refusals import SUGGESTION_KINDS, SuggestionRefusal
from bridge.models.retention import RETENTION_KINDS, RetentionRule
from bridge.models.search import PlaceName, SearchDocument
from bridge.models.sources import LINE_STATES, SOURCE_KINDS, Schedule, Source
from bridge.models.work import TASK_STATES, Task, WorkerBeat

__all__ = [
    "ACCOUNT_LINK_KINDS",
    "CAPTURE_KINDS",
    "CAPTURE_STATES",
    "FEEDBACK_STATES",
    "FLAG_DECISIONS",
    "FLAG_KINDS",
    "HALLUCINATION_KINDS",
    "LETTER_KINDS",
    "LINE_STATES",
    "PRIORITIES",
    "REARRANGEMENT_KINDS",
    "RETENTION_KINDS",
    "RETURN_OUTCOMES",
    "ROLES",
    "SEGMENT_KINDS",
    "SOURCE_KINDS",
    "SUGGESTION_KINDS",
    "TASK_STATES",
    "TERM_KINDS",
    "TOKEN_SCOPES",
    "WEBHOOK_EVENTS",
    "AccountLink",
    "Announcement",
    "ApiToken",
    "Approval",
    "AuditEntry",
    "Capture",
    "CaptureChunk",
    "Confirmation",
    "CountBatch",
    "Edit",
    "EngineRun",
    "Feedback",
    "Flag",
    "GlossaryRefusal",
    "GlossaryTerm",
    "IntakeRequest",
    "ItemCount",
    "Letter",
    "Listing",
    "ListingShelf",
    "Login",
    "LoginAttempt",
    "Membership",
    "Passkey",
    "PlaceName",
    "Publication",
    "Rearrangement",
    "Recording",
    "RetentionRule",
    "ReviewReturn",
    "Schedule",
    "Script",
    "SearchDocument",
    "Segment",
    "SenderDay",
    "SenderMark",
    "Shelf",
    "Source",
    "SpentChallenge",
    "SuggestionRefusal",
    "Task",
    "Unit",
    "UnitEmblem",
    "User",
    "Webhook",
    "WebhookDelivery",
    "WorkResult",
    "WorkTime",
    "WorkerBeat",
]
