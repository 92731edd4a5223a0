"""The sound as it would be published, on the page of those who approve it."""

from dataclasses import dataclass

from flask import url_for
from sqlalchemy.orm import Session

from bridge.media import MediaStore
from bridge.previews import planned_sound, preview_work
from web.labels import describe_failure


@dataclass(frozen=True, slots=True)
class PreviewPart:
    """What the page shows of it. `url` plays it, empty while it is not made; `problem` is why the
    last making gave up."""

    url: str
    duration_ms: int
    is_making: bool
    percent: int
    problem: str

    @property
    def may_order(self) -> bool:
        """Whether there is something to press."""
        return not self.url and not self.is_making


def preview_part(session: Session, media: MediaStore, announcement_id: str) -> PreviewPart | None:
    """The part for the announcement as it stands; None where nothing would be heard."""
    planned = planned_sound(session, announcement_id)
    if not planned.cut_list.spans:
        return None
    is_made = (media.copies_folder(planned.sha256) / planned.file_name).is_file()
    work = preview_work(session, announcement_id)
    url = url_for(
        "editor.preview_sound", announcement_id=announcement_id, file_name=planned.file_name
    )
    return PreviewPart(
        url=url if is_made else "",
        duration_ms=planned.cut_list.duration_ms,
        is_making=work.is_open and not is_made,
        percent=work.percent,
        problem=describe_failure(work.error_code) if work.error_code and not is_made else "",
    )
