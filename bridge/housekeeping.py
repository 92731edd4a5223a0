"""What lies on the disk without being anybody's: finding it, and taking it away.

Nothing that was acknowledged is ever among it. A file counts as left over only when no row names
it and nobody has touched it for a day, and an original goes in three steps (out of the way, look
again, away), so the same bytes arriving in that very moment are kept.

Leftovers of the portal's folder are found by `publish.leftovers`.
"""

import contextlib
import logging
import os
import re
import shutil
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from bridge.audit import write_entry
from bridge.audit_heads import write_head
from bridge.capture_care import orphan_chunk_files, stale_captures, sweep_capture
from bridge.db import Database, utc_now
from bridge.errors import Conflict
from bridge.letters import forget_old_letters
from bridge.login_attempts import forget_old_attempts
from bridge.logins import forget_old_logins
from bridge.media import MediaStore, flush_folder
from bridge.models import Recording, WorkerBeat
from bridge.previews import remove_old_previews
from bridge.retention import DueSound, due_sounds, remove_sound
from bridge.settings import Settings

logger = logging.getLogger(__name__)

# Between a file's arrival on the disk and its row lie seconds; the longest task takes hours.
SETTLED_AFTER = timedelta(hours=24)
# A sweep moves a file aside for milliseconds; one that lies there longer was left by a killed one.
_ASIDE_AFTER = timedelta(hours=1)
# Names of dead workers: the status page looks back minutes.
BEAT_KEPT = timedelta(days=30)
# So many originals without a row, and more than have one, look like the wrong database.
_MANY_ORPHANS = 3

_SHA256 = re.compile(r"[0-9a-f]{64}")
_ASIDE = re.compile(r"\.([0-9a-f]{64})\.leaving")
_PIECE = "piece-*.pcm"  # what a transcription hands to its engine, in the run folder

KINDS = ("received", "original", "copy", "draft", "chunk", "piece", "page")


@dataclass(frozen=True, slots=True)
class Leftover:
    """A file or folder that is nobody's. `kind` is one of KINDS; `path` is absolute."""

    kind: str
    path: Path
    size_bytes: int
    files: int
    newest_at: datetime  # the last time that anything in it was touched
    identity: tuple[int, int]  # its own inode and time of change (ns): neither follows the name


@dataclass(frozen=True, slots=True)
class Swept:
    """What a sweep took away."""

    files: int = 0
    size_bytes: int = 0

    def plus(self, other: "Swept") -> "Swept":
        return Swept(self.files + other.files, self.size_bytes + other.size_bytes)


def find_leftovers(
    db: Database, media: MediaStore, settings: Settings, now: datetime
) -> list[Leftover]:
    """Everything in the media and run folders that no row names and nobody touched for a day."""
    # The folders first: what is recorded after they were read is then found among the rows.
    found = [
        *_received(media),
        *_originals(media),
        *_copies(media),
        *measure("piece", settings.run_dir.glob(_PIECE)),
    ]
    with db.reading() as session:
        found += measure("chunk", orphan_chunk_files(session, media))
        owned = _owned_sounds(session)
    return [
        item
        for item in found
        if item.newest_at < now - SETTLED_AFTER and not _is_owned(item, owned)
    ]


def require_likely(db: Database, media: MediaStore, leftovers: Collection[Leftover]) -> None:
    """Raise Conflict `sweep_doubtful` when most of the originals would go.

    Then the database is probably not the one that belongs to the folder, or an older one.
    """
    orphans = sum(item.kind == "original" for item in leftovers)
    with db.reading() as session:
        known = len(_owned_sounds(session))
    if orphans >= _MANY_ORPHANS and orphans > known:
        raise Conflict("sweep_doubtful", count=orphans, known=known, path=str(media.root / "store"))


def remove_leftovers(
    db: Database,
    media: MediaStore,
    leftovers: Sequence[Leftover],
    *,
    actor_id: str | None = None,
    on_removed: Callable[[Leftover], None] = lambda item: None,
) -> Swept:
    """Take away what `find_leftovers` found, and write down how much that was.

    Each is looked at once more; what somebody owns by now, or has touched since, stays.
    """
    swept: dict[str, Swept] = {}
    for item in leftovers:
        is_original = item.kind == "original"
        if _remove_original(db, media, item) if is_original else _remove_plain(item):
            before = swept.get(item.kind, Swept())
            swept[item.kind] = before.plus(Swept(item.files, item.size_bytes))
            on_removed(item)
    note_sweep(db, swept, actor_id)
    total = Swept()
    for amount in swept.values():
        total = total.plus(amount)
    return total


def note_sweep(db: Database, swept: dict[str, Swept], actor_id: str | None) -> None:
    """Write into the log what a sweep took away, by kind; nothing when that was nothing."""
    if not swept:
        return
    amounts = {kind: {"files": one.files, "bytes": one.size_bytes} for kind, one in swept.items()}
    with db.writing() as session:
        write_entry(
            session,
            actor_id=actor_id,
            action="sweep",
            subject_type="data_folder",
            subject_id="data",
            removed=amounts,
        )


def apply_retention(
    db: Database, media: MediaStore, now: datetime, *, limit: int | None = None
) -> list[DueSound]:
    """Take away the sound that the units' rules give free, at most `limit` recordings of it.

    The row says so first; then the files go. Killed between the two, the next call goes on.
    """
    with db.reading() as session:
        due = due_sounds(session, now)[:limit]
    removed = []
    for sound in due:
        with db.writing() as session:
            gone = remove_sound(session, recording_id=sound.recording_id, now=now)
        if gone is not None:
            removed.append(gone)
    remove_released(db, media, now)
    return removed


def remove_released(db: Database, media: MediaStore, now: datetime) -> None:
    """Delete the files of sound that a retention rule gave free and that no other unit has."""
    with db.reading() as session:
        released = set(
            session.scalars(select(Recording.sha256).where(Recording.sound_removed_at.is_not(None)))
        )
        released -= _owned_sounds(session)
    for sha256 in sorted(released):
        for item in measure("original", [media.original(sha256)]):
            if item.newest_at < now - SETTLED_AFTER:
                _remove_original(db, media, item)
        if not media.original(sha256).exists():
            shutil.rmtree(media.copies_folder(sha256), ignore_errors=True)


def do_routine(
    db: Database,
    media: MediaStore,
    settings: Settings,
    now: datetime | None = None,
    *,
    must_end: Callable[[], bool] = lambda: False,
) -> None:
    """What needs no person: rules that a unit set, captures past `capture_keep_days`, the rest of
    a sweep that was killed, old previews, names of workers that are long gone, old logins and
    letters, and the end of the audit log written down outside the database.

    Every worker does it a few times a day. Doing it at the same time or twice is harmless. It may
    take long; it leaves the rest to the next round soon after `must_end` says so.
    """
    now = now or utc_now()
    sweep_captures(db, media, settings, now, must_end)
    if must_end():
        return
    for sound in apply_retention(db, media, now, limit=100):
        logger.info("the sound of recording %s was removed by a rule", sound.recording_id)
    if must_end():
        return
    settle_asides(db, media, now)
    remove_old_previews(media, now)
    with db.writing() as session:
        session.execute(delete(WorkerBeat).where(WorkerBeat.seen_at < now - BEAT_KEPT))
        forget_old_letters(session, now)
        forget_old_logins(session, now)
        forget_old_attempts(session, now)
    with db.reading() as session:
        write_head(session, settings.data_dir, now)


def sweep_captures(
    db: Database,
    media: MediaStore,
    settings: Settings,
    now: datetime,
    must_end: Callable[[], bool] = lambda: False,
) -> int:
    """Take away the captures that `bridge.capture_care.stale_captures` names; how many went."""
    with db.reading() as session:
        stale = stale_captures(session, settings, now)
    return sum(
        not must_end() and sweep_capture(db, media, settings, item.id, now) for item in stale
    )


def settle_asides(db: Database, media: MediaStore, now: datetime | None = None) -> None:
    """Finish what a sweep that was killed had begun: back into the store, or away."""
    for item in measure("original", media.root.glob("store/*/.*.leaving")):
        found = _ASIDE.fullmatch(item.path.name)
        if found and item.newest_at < (now or utc_now()) - _ASIDE_AFTER:
            _settle_aside(db, media, found[1], item.path)


def _received(media: MediaStore) -> Iterator[Leftover]:
    yield from measure("received", _inside(media.root / "incoming"))


def _originals(media: MediaStore) -> Iterator[Leftover]:
    for folder in _inside(media.root / "store"):
        for path in _inside(folder):
            # A name that is no hash was put there by somebody else: it is theirs.
            if _SHA256.fullmatch(path.name) and path.name[:2] == folder.name:
                yield from measure("original", [path])


def _copies(media: MediaStore) -> Iterator[Leftover]:
    for folder in _inside(media.root / "derived"):
        for copies in _inside(folder):
            if _SHA256.fullmatch(copies.name):
                yield from measure("copy", [copies])
                drafts = [path for path in _inside(copies) if path.name.startswith(".")]
                yield from measure("draft", drafts)


def _inside(folder: Path) -> list[Path]:
    try:
        return sorted(folder.iterdir())
    except (FileNotFoundError, NotADirectoryError):
        return []


def measure(kind: str, paths: Iterable[Path]) -> Iterator[Leftover]:
    """Each path with its size and age; a folder counts with all that is in it, links as links."""
    for path in paths:
        with contextlib.suppress(FileNotFoundError):
            own = path.lstat()
            inner = [] if not path.is_dir() or path.is_symlink() else [*path.rglob("*")]
            stats = [own, *(one.lstat() for one in inner)]
            files = [one for one in stats if not _is_folder(one)]
            # The name's last change counts too: a file keeps its time when it is moved here.
            newest = max(max(one.st_mtime, one.st_ctime) for one in stats)
            yield Leftover(
                kind=kind,
                path=path,
                size_bytes=sum(one.st_size for one in files),
                files=len(files),
                newest_at=datetime.fromtimestamp(newest, UTC),
                identity=_identity(own),
            )


def _identity(stats: os.stat_result) -> tuple[int, int]:
    return stats.st_ino, stats.st_mtime_ns


def _is_folder(stats: os.stat_result) -> bool:
    return (stats.st_mode & 0o170000) == 0o040000


def _owned_sounds(session: Session) -> set[str]:
    """SHA-256 of every original that a recording needs."""
    return set(
        session.scalars(select(Recording.sha256).where(Recording.sound_removed_at.is_(None)))
    )


def _is_owned(item: Leftover, sounds: set[str]) -> bool:
    if item.kind == "draft":
        return item.path.parent.name not in sounds  # then it goes with its folder
    return item.kind in ("original", "copy") and item.path.name in sounds


def _remove_plain(item: Leftover) -> bool:
    """Delete a file or folder that is as it was when it was found."""
    now = next(measure(item.kind, [item.path]), None)
    if now is None or now.newest_at != item.newest_at:
        return False
    if item.path.is_dir() and not item.path.is_symlink():
        shutil.rmtree(item.path)
    else:
        item.path.unlink(missing_ok=True)
    return True


def _remove_original(db: Database, media: MediaStore, item: Leftover) -> bool:
    """Delete an original that is nobody's. False where it stays."""
    sha256 = item.path.name
    seen = next(measure("original", [item.path]), None)
    if seen is None or (seen.newest_at, seen.identity) != (item.newest_at, item.identity):
        return False
    aside = item.path.with_name(f".{sha256}.leaving")
    try:
        item.path.rename(aside)
    except FileNotFoundError:
        return False
    return _settle_aside(db, media, sha256, aside, item.identity)


def _settle_aside(
    db: Database,
    media: MediaStore,
    sha256: str,
    aside: Path,
    known: tuple[int, int] | None = None,
) -> bool:
    """Delete an original that was moved out of the way, or put it back. True: it is gone.

    Between the look at it and the move the same bytes may have arrived again (another file under
    the name, not the `known` one), and between the look into the database and now they may have
    been recorded.
    """
    path = media.original(sha256)
    with contextlib.suppress(FileNotFoundError):
        is_the_known = known in (None, _identity(aside.lstat()))
        with db.reading() as session:
            owners = session.scalar(
                select(func.count(Recording.id)).where(
                    Recording.sha256 == sha256, Recording.sound_removed_at.is_(None)
                )
            )
        if owners or not is_the_known:
            with contextlib.suppress(FileExistsError):  # it has arrived again: the same bytes
                os.link(aside, path)
            flush_folder(path.parent)
            aside.unlink()
            return False
        aside.unlink()
        flush_folder(path.parent)
        return True
    return False
