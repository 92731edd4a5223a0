"""Several announcements from one recording: one is parted in several. See also `bridge.joining`.

Every part is a span of the same recording. The spans of one that is parted, end to end, are the
span that it had, and each segment goes on in one part with all that people did to it. Times keep
counting from the beginning of the recording, so nothing in a segment changes.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.orm import Session

from bridge.accounts import require_role
from bridge.audit import note_announcement
from bridge.db import new_id
from bridge.editing import note_change
from bridge.errors import InvalidInput, NotFound, VersionConflict
from bridge.intake import TITLE_LENGTH, lock_announcement
from bridge.models import (
    Announcement,
    Confirmation,
    Edit,
    Flag,
    Rearrangement,
    Script,
    Segment,
    SuggestionRefusal,
)
from bridge.transcript import normalise_text
from bridge.transcription import propose_title
from bridge.undo import lock_segments

# A part begins in the pause before its first segment, but no more than this before it: residents
# press Play to hear words. Half a second is the breath between two sentences.
LEAD_MS = 500
_TITLE_SEGMENTS = 4  # a title is proposed from the beginning of a text

# What a later part takes over; title, summary and validity are of one announcement alone.
_SHARED = ("category", "area", "priority", "source", "speaker", "author", "language")


@dataclass(frozen=True, slots=True)
class Beginning:
    """A segment with which another announcement begins. Without a title its text proposes one."""

    segment_id: str
    title: str = ""


def borders(
    segments: Sequence[Segment], beginnings: Sequence[str], start_ms: int, end_ms: int
) -> list[int]:
    """Where the parts that begin with these segments begin, in ms of the recording, ascending.

    Raises NotFound `segment_unknown`, InvalidInput `parts_none` without a beginning, `part_empty`
    where a part would have no segment or no sound.
    """
    if not beginnings:
        raise InvalidInput("parts_none")
    places = {segment.id: place for place, segment in enumerate(segments)}
    found = []
    for segment_id in set(beginnings):
        place = places.get(segment_id)
        if place is None:
            raise NotFound("segment_unknown", id=segment_id)
        if place == 0:
            raise InvalidInput("part_empty")
        found.append(border_ms(segments[place - 1].end_ms, segments[place].start_ms))
    found.sort()
    edges = [start_ms, *found, end_ms]
    if any(begin >= end for begin, end in pairwise(edges)):
        raise InvalidInput("part_empty")
    return found


def border_ms(before_end_ms: int, first_start_ms: int) -> int:
    """Where a part begins whose first segment begins at `first_start_ms`, after another's end."""
    middle = (before_end_ms + first_start_ms) // 2
    return min(first_start_ms, max(middle, first_start_ms - LEAD_MS))


def part_announcement(
    session: Session,
    *,
    announcement_id: str,
    expected_version: int,
    beginnings: Sequence[Beginning],
    actor_id: str,
    title: str | None = None,
) -> tuple[str, ...]:
    """Make several announcements of one; their ids in the order of the sound.

    The first part stays the announcement, with its address, its history and, unless `title` names
    another, its title. Each later one is new and in review, with the details of a whole broadcast
    and the hour at which its sound was to be heard. An approved or published one goes back to
    review, its page as it is until the next approval. The same request again finds another version
    and is refused. Raises VersionConflict (`current_version`), InvalidInput `title_too_long`, as
    `borders`, NotFound, IllegalTransition, Forbidden.
    """
    segments = lock_segments(session, announcement_id)
    announcement = lock_announcement(session, announcement_id)
    require_role(session, actor_id, announcement.unit_id, "editor", "approver")
    _require_version(announcement, expected_version)
    titles = {one.segment_id: _title(one.title) for one in beginnings}
    first_title = announcement.title if title is None else _title(title)
    edges = borders(segments, list(titles), announcement.start_ms, announcement.end_ms)
    note_change(session, announcement, actor_id)
    announcement.title = first_title
    made = _make_parts(session, announcement, segments, edges, titles, actor_id)
    _share_script(session, announcement, made)
    _share_refusals(session, announcement, made)
    ids = [part.id for part in made]
    note_announcement(session, announcement, actor_id, "part_announcement", parts=ids, at_ms=edges)
    for part in made:
        note_announcement(
            session, part, actor_id, "made_by_parting", of=announcement.id, title=part.title
        )
    return announcement.id, *ids


def proposed_part_title(texts: Sequence[str]) -> str:
    """What a part is called where nobody says: see `bridge.transcription.propose_title`."""
    return propose_title(" ".join(texts[:_TITLE_SEGMENTS]))


def _require_version(announcement: Announcement, expected: int) -> None:
    if announcement.version != expected:
        raise VersionConflict(current_version=announcement.version, current_text=announcement.title)


def _title(title: str) -> str:
    title = normalise_text(title)
    if len(title) > TITLE_LENGTH:
        raise InvalidInput("title_too_long", limit=TITLE_LENGTH)
    return title


def _proposed(segments: Sequence[Segment]) -> str:
    return proposed_part_title(
        [one.text for one in segments if one.kind == "speech" and not one.hidden]
    )


def _make_parts(
    session: Session,
    announcement: Announcement,
    segments: Sequence[Segment],
    edges: Sequence[int],
    titles: Mapping[str, str],
    actor_id: str,
) -> list[Announcement]:
    """The later parts, which begin at `edges` with the segments of `titles`; the first is cut."""
    firsts = [place for place, segment in enumerate(segments) if segment.id in titles]
    places = [*firsts, len(segments)]
    ends_ms = [*edges[1:], announcement.end_ms]
    announcement.end_ms = edges[0]
    made = []
    for number, place in enumerate(firsts):
        own = segments[place : places[number + 1]]
        part = _new_part(announcement, edges[number], ends_ms[number], actor_id)
        part.title = titles[own[0].id] or _proposed(own)
        session.add(part)
        session.flush()
        _move_segments(session, announcement, part, own)
        made.append(part)
    return made


def _new_part(
    announcement: Announcement, start_ms: int, end_ms: int, actor_id: str
) -> Announcement:
    offset = timedelta(milliseconds=start_ms - announcement.start_ms)
    return Announcement(
        id=new_id(),
        unit_id=announcement.unit_id,
        recording_id=announcement.recording_id,
        start_ms=start_ms,
        end_ms=end_ms,
        state=announcement.state,
        broadcast_at=announcement.broadcast_at + offset,
        last_editor_id=actor_id,
        created_by=actor_id,
        **{name: getattr(announcement, name) for name in _SHARED},
    )


def _move_segments(
    session: Session, announcement: Announcement, part: Announcement, segments: Sequence[Segment]
) -> None:
    """Segments go to a new announcement, and with them what was ever done to them or between them.

    The cutting and joining of segments is taken back in the part in which it was done; where the
    border went through it, it is overtaken like any other that something came after.
    """
    shift = segments[0].position - 1
    for segment in segments:
        segment.announcement_id = part.id
        segment.position -= shift
    ids = {segment.id for segment in segments}
    changes = session.scalars(
        select(Rearrangement).where(Rearrangement.announcement_id == announcement.id)
    ).all()
    living = set(session.scalars(select(Segment.id).where(_of(announcement, part))))
    for change in changes:
        if part.start_ms <= change.before[0]["start_ms"] < part.end_ms:
            change.announcement_id = part.id
            mentioned = {entry["id"] for entry in (*change.before, *change.after)}
            ids |= mentioned - living
    session.flush()
    for table in (Edit, Flag, Confirmation, SuggestionRefusal):
        session.execute(
            update(table)
            .where(table.announcement_id == announcement.id, table.segment_id.in_(ids))
            .values(announcement_id=part.id)
            .execution_options(synchronize_session=False)
        )


def _share_script(
    session: Session, announcement: Announcement, parts: Sequence[Announcement]
) -> None:
    """Each part keeps the script that its words are from; one that is not in use stays behind."""
    script = _script(session, announcement)
    if script is None or script.applied_at is None:
        return
    for part in parts:
        own = set(session.scalars(select(Segment.id).where(_of(part))))
        filled = {one: state for one, state in script.filled.items() if one in own}
        if not filled:
            continue
        script.filled = {one: state for one, state in script.filled.items() if one not in own}
        session.add(
            Script(
                announcement_id=part.id,
                file_name=script.file_name,
                text=script.text,
                created_by=script.created_by,
                created_at=script.created_at,
                applied_at=script.applied_at,
                filled=filled,
            )
        )
    session.flush()


def _share_refusals(
    session: Session, announcement: Announcement, parts: Sequence[Announcement]
) -> None:
    """What nobody wants to be offered in the whole announcement is not offered in a part."""
    refusals = session.scalars(
        select(SuggestionRefusal).where(
            SuggestionRefusal.announcement_id == announcement.id,
            SuggestionRefusal.segment_id.is_(None),
        )
    ).all()
    for part in parts:
        for one in refusals:
            session.add(
                SuggestionRefusal(
                    announcement_id=part.id,
                    kind=one.kind,
                    heard=one.heard,
                    written=one.written,
                    user_id=one.user_id,
                    created_at=one.created_at,
                )
            )
    session.flush()


def _of(*announcements: Announcement) -> ColumnElement[bool]:
    return Segment.announcement_id.in_([one.id for one in announcements])


def _script(session: Session, announcement: Announcement) -> Script | None:
    return session.scalar(
        select(Script).where(Script.announcement_id == announcement.id).with_for_update()
    )
