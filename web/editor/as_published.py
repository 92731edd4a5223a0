"""What the desk has to know to sound like the publication before anything is encoded."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from bridge.models import Announcement, Recording
from publish.levels import FADE_MS, TONE_HZ, tone_level

_SILENT_LUFS = -70.0  # as BS.1770 gates it: what nobody has measured


@dataclass(frozen=True, slots=True)
class JoinedSound:
    """How stretches are joined: the fade at both ends of each, and the tone over what is covered,
    whose amplitude is that of the recording as it came."""

    fade_ms: int
    tone_hz: int
    tone_level: float


def joined_sound(session: Session, announcement_id: str) -> JoinedSound:
    """The joints of an announcement's sound, from the loudness that its recording was found to
    have."""
    lufs = session.scalar(
        select(Recording.loudness_lufs)
        .join(Announcement, Announcement.recording_id == Recording.id)
        .where(Announcement.id == announcement_id)
    )
    level = tone_level(_SILENT_LUFS if lufs is None else lufs)
    return JoinedSound(FADE_MS, TONE_HZ, round(level, 5))
