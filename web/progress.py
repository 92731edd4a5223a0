"""How far an announcement has come, as the small JSON that pages poll for."""

from typing import Any

from flask import url_for

from bridge.queries import AnnouncementView, WorkItem
from bridge.workflow import State
from publish.dates import format_length
from web.access import may_retry
from web.labels import describe_failure, state_label

# States in which something happens by itself, so a page should ask again.
MOVING = frozenset({State.RECEIVED, State.QUEUED, State.TRANSCRIBING, State.APPROVED})


def percent_done(work: WorkItem) -> int | None:
    """Whole percent of the sound heard, while the machine listens; None at any other time."""
    if work.state != State.TRANSCRIBING or work.progress_total <= 0:
        return None
    return min(100, work.progress_done * 100 // work.progress_total)


def failure_of(work: WorkItem) -> str | None:
    """Why nothing goes on, as a sentence; None when all is well."""
    if work.state == State.FAILED:
        return describe_failure(work.failure_code)
    if may_retry(work):
        return describe_failure(work.task_error)
    return None


def is_moving(work: WorkItem) -> bool:
    """Whether the state will change without a person."""
    return work.state in MOVING and not may_retry(work)


def work_state(work: WorkItem) -> dict[str, Any]:
    """The state of one line of the list."""
    label = state_label(work.state)
    return {
        "id": work.id,
        "state": work.state,
        "word": label.word,
        "shape": label.shape,
        "css_class": label.css_class,
        "next_step": label.next_step,
        "percent": percent_done(work),
        "failure": failure_of(work),
        "moving": is_moving(work),
    }


def announcement_state(view: AnnouncementView, *, heard: int | None = None) -> dict[str, Any]:
    """The state of one announcement; with `heard`, the segments from that number on.

    `version` and `digest` name the text as it stands, so that a page can tell whether what it
    shows is what would be approved.
    """
    state = work_state(view.work)
    state.update(version=view.version, digest=view.digest, page_path=view.page_path)
    if heard is not None:
        state["segments"] = [
            {"clock": format_length(item.start_ms - view.start_ms), "text": item.text}
            for item in view.segments[heard:]
        ]
    state["url"] = url_for("editor.announcement", announcement_id=view.work.id)
    return state
