"""How far an announcement has come, as the small JSON that pages poll for."""

from datetime import timedelta
from typing import Any

from flask import url_for
from flask_babel import gettext

from bridge.db import utc_now
from bridge.queries import AnnouncementView, WorkItem
from bridge.workflow import State
from publish.dates import format_length, format_moment
from web.access import may_retry
from web.labels import StateLabel, describe_failure, mark, say, state_label

# States in which something happens by itself, so a page should ask again.
MOVING = frozenset({State.RECEIVED, State.QUEUED, State.TRANSCRIBING, State.APPROVED})


_MINUTE_S = 60
# A page that is left open asks for so long before what is to go out later goes out.
_SOON = timedelta(minutes=10)
_JOINED = mark("Đã gộp")
_JOINED_NEXT = mark("Nay là một phần của bản tin khác.")
_SCHEDULED = mark("Đã duyệt, hẹn giờ đăng")


def percent_done(work: WorkItem) -> int | None:
    """Whole percent of the sound heard, while the machine listens; None at any other time."""
    if work.state != State.TRANSCRIBING or work.progress_total <= 0:
        return None
    return min(100, work.progress_done * 100 // work.progress_total)


def is_scheduled(work: WorkItem) -> bool:
    """Whether it is approved and waits for the hour at which it goes out."""
    return work.publish_at is not None and work.publish_at > utc_now()


def label_of(work: WorkItem) -> StateLabel:
    """The state as a word and a shape."""
    label = state_label(work.state, work.failure_code)
    if work.joined_into is not None:
        return StateLabel(say(_JOINED), label.shape, label.css_class, say(_JOINED_NEXT))
    if is_scheduled(work) and work.publish_at is not None:
        moment = format_moment(work.publish_at, work.time_zone)
        next_step = str(gettext("Sẽ đăng lúc %(moment)s.", moment=moment))
        return StateLabel(say(_SCHEDULED), "shape-waiting", label.css_class, next_step)
    return label


def remaining_of(work: WorkItem) -> str | None:
    """How long the machine still needs, as a phrase; None while it cannot tell."""
    if (work.state, work.task_state) != (State.TRANSCRIBING, "running"):
        return None  # what a lost run said counts no more
    if work.remaining_s is None:
        return None
    if work.remaining_s < _MINUTE_S:
        return str(gettext("còn chưa đến 1 phút"))
    minutes = round(work.remaining_s / _MINUTE_S)
    if minutes < 60:
        return str(gettext("còn khoảng %(minutes)s phút", minutes=minutes))
    # Nobody plans by the minute over hours, and the machine does not know it so well.
    hours, minutes = divmod(round(minutes / 10) * 10, 60)
    if not minutes:
        return str(gettext("còn khoảng %(hours)s giờ", hours=hours))
    return str(gettext("còn khoảng %(hours)s giờ %(minutes)s phút", hours=hours, minutes=minutes))


def detail_of(work: WorkItem) -> str:
    """What the machine is doing and for how long, or what a person should do next."""
    if work.state == State.TRANSCRIBING and work.progress_total > 0:
        heard = gettext(
            "Đã nghe %(done)s / %(total)s",
            done=format_length(min(work.progress_done, work.progress_total)),
            total=format_length(work.progress_total),
        )
        remaining = remaining_of(work)
        return f"{heard}, {remaining}" if remaining else str(heard)
    if work.state == State.QUEUED and work.ahead:
        return str(gettext("Đang chờ: trước đó còn %(count)s bản tin.", count=work.ahead))
    return label_of(work).next_step


def failure_of(work: WorkItem) -> str | None:
    """Why nothing goes on, as a sentence; None when all is well."""
    if work.state == State.FAILED:
        return describe_failure(work.failure_code)
    if may_retry(work):
        return describe_failure(work.task_error)
    return None


def is_moving(work: WorkItem) -> bool:
    """Whether the state will change without a person, and soon enough to ask again and again."""
    if work.publish_at is not None and work.publish_at - utc_now() > _SOON:
        return False
    return work.state in MOVING and not may_retry(work)


def work_state(work: WorkItem) -> dict[str, Any]:
    """The state of one line of the list; `detail` is the sentence that stands beside it."""
    label = label_of(work)
    return {
        "id": work.id,
        "state": work.state,
        "word": label.word,
        "shape": label.shape,
        "css_class": label.css_class,
        "next_step": label.next_step,
        "detail": failure_of(work) or detail_of(work),
        "percent": percent_done(work),
        "remaining": remaining_of(work),
        "heard_ms": work.progress_done if work.state == State.TRANSCRIBING else None,
        "failure": failure_of(work),
        "moving": is_moving(work),
    }


def announcement_state(view: AnnouncementView, *, heard: int | None = None) -> dict[str, Any]:
    """The state of one announcement; with `heard`, the segments from that number on.

    `version` and `digest` name the text as it stands, so that a page can tell whether what it
    shows is what would be approved.
    """
    state = work_state(view.work)
    state.update(
        version=view.version,
        digest=view.digest,
        page_path=view.page_path,
        undecided=view.undecided,
    )
    if heard is not None:
        state["segments"] = [
            {"clock": format_length(item.start_ms - view.start_ms), "text": item.text}
            for item in view.segments[heard:]
        ]
    state["url"] = url_for("editor.announcement", announcement_id=view.work.id)
    return state
