"""What stands before an approver: what was asked for, what is left out, what differs."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from bridge.corrections import NOTE_LENGTH, is_correction
from bridge.db import utc_now
from bridge.queries import AnnouncementView, SegmentView
from bridge.returns import COMMENT_LENGTH, ReturnView, returns_of
from transcribe.detail_warnings import COVERED, UNREAD, DetailWarning, find_detail_warnings
from transcribe.figures import PHONE
from transcribe.sensitive import PERSONAL, SECRET
from web.labels import describe_code, mark, say
from web.labels_details import FIELD_WORDS

_LEFT_OUT = {
    "cut": mark("cắt cả tiếng và chữ"),
    "beep": mark("che tiếng bằng tiếng bíp"),
    None: mark("bỏ chữ, tiếng vẫn còn"),
}

_WARNINGS = {
    SECRET: mark("%(field)s có chỗ có thể là bí mật nhà nước: “%(words)s”."),
    PERSONAL: mark("%(field)s có thông tin cá nhân: “%(words)s”."),
    PHONE: mark("%(field)s có số điện thoại: “%(words)s”."),
    COVERED: mark("%(field)s nhắc lại lời đã che hoặc bỏ: “%(words)s”."),
    UNREAD: mark("%(field)s vẫn là câu máy chép lúc đầu, mà lời bản tin nay đã khác."),
}


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A segment that residents do not get as it was heard, and how."""

    segment: SegmentView
    how: str


@dataclass(frozen=True, slots=True)
class ApprovalPanel:
    """What the page says about approving an announcement."""

    returns: tuple[ReturnView, ...]  # open ones, the oldest first
    is_correction: bool  # it was published before: residents are told what was wrong
    left_out: tuple[LeftOut, ...]
    changed: int  # segments whose text is not the machine's
    valid_until: datetime | None
    has_ended: bool  # by then residents can make no use of it any more
    warned: tuple[str, ...]  # of title and details: what to look at again before residents read it
    comment_length: int = COMMENT_LENGTH
    note_length: int = NOTE_LENGTH

    @property
    def too_late(self) -> str:
        """What is said of an hour at which the announcement no longer holds."""
        return describe_code("publish_at_ended")

    @property
    def is_plain(self) -> bool:
        """Whether approving asks for nothing but the press of a button."""
        return not (self.returns or self.is_correction or self.has_ended or self.warned)


def read_panel(session: Session, view: AnnouncementView) -> ApprovalPanel:
    """The panel of an announcement that is in review or beyond."""
    told = returns_of(session, view.work.id)
    valid_until = view.particulars.valid_until
    return ApprovalPanel(
        returns=tuple(one for one in told if one.outcome is None),
        is_correction=is_correction(session, view.work.id),
        left_out=tuple(
            LeftOut(one, say(_LEFT_OUT[one.cover]))
            for one in view.segments
            if one.cover or (one.hidden and one.text)
        ),
        changed=sum(
            not one.hidden and one.text.split() != one.engine_text.split() for one in view.segments
        ),
        valid_until=valid_until,
        has_ended=valid_until is not None and valid_until <= utc_now(),
        warned=tuple(map(_sentence, find_detail_warnings(_details(view), view.segments))),
    )


def _details(view: AnnouncementView) -> dict[str, str]:
    said = view.particulars
    return {
        "title": view.work.title,
        "summary": said.summary,
        "speaker": said.speaker,
        "author": said.author,
        "source": said.source,
    }


def _sentence(warning: DetailWarning) -> str:
    field = say(FIELD_WORDS[warning.field]).capitalize()
    return say(_WARNINGS[warning.kind]) % {"field": field, "words": warning.words}
