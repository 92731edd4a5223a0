"""What `loa doctor` looks at. Each check says what it found and, where it is bad, what to do.

Parts first (database, queue, workers …); then, where the database can be read, whether rows, files
and portal agree (`web.consistency`).
"""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from bridge.announcement_templates import own_templates
from bridge.db import Database, utc_now
from bridge.errors import BridgeError
from bridge.inspection_findings import Depth, Progress
from bridge.queueing import TaskQueue
from bridge.schema import database_revision, newest_revision
from bridge.settings import Settings
from bridge.status import live_workers, newest_moment
from transcribe.speech_model import find_model
from web.consistency import confirmed, consistency_parts
from web.findings import describe_finding
from web.labels import describe_error

# Before this day no version with this check existed: an earlier clock has lost its battery.
_EARLIEST = datetime(2026, 11, 1, tzinfo=UTC)
_CLOCK_TOLERANCE = timedelta(minutes=5)
_MOST_LINES = 50  # of one part: a lost disk would fill the screen with one and the same
MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Check:
    """One line of the report."""

    name: str
    passed: bool
    detail: str
    notice: bool = False  # passed, and yet somebody should know


def run_checks(
    settings: Settings,
    *,
    depth: Depth = Depth.USUAL,
    progress_of: Callable[[str], Progress] | None = None,
) -> Iterator[Check]:
    """Every check in turn; one that breaks counts as failed and never stops the others.

    `progress_of` gives, for the name of a part that may take long, what is told how far it is.
    """
    checks: tuple[tuple[str, Callable[[Settings, Database], tuple[bool, str]]], ...] = (
        ("Cơ sở dữ liệu", _database),
        ("Phiên bản dữ liệu", _migrations),
        ("Hàng việc", _queue),
        ("Máy chép", _workers),
        ("Mô hình tiếng nói", _model),
        ("Mẫu bản tin", _templates),
        ("Đĩa", _disk),
        ("Đồng hồ", _clock),
    )
    missing = not settings.database_url and not settings.sqlite_path.exists()
    db, is_current = None, False
    for name, check in checks:
        if missing and check in _NEED_DATA:
            # Only asking would create a folder and an empty file that are perhaps mistyped.
            yield Check(name, False, f"chưa có dữ liệu trong {settings.data_dir}. Chạy “loa up”.")
            continue
        try:
            db = db or Database(settings.effective_database_url)
            passed, detail = check(settings, db)
        except BridgeError as error:
            passed, detail = False, describe_error(error)
        except Exception as error:
            # A report must name what is broken, whatever way it broke.
            reason = str(error).strip().partition("\n")[0]
            passed, detail = False, f"không kiểm tra được ({reason or type(error).__name__})"
        is_current = is_current or (passed and check is _migrations)
        yield Check(name, passed, detail)
    if db is not None and is_current:
        yield from _consistency(settings, db, depth, progress_of)
    if db is not None:
        db.dispose()


def _consistency(
    settings: Settings,
    db: Database,
    depth: Depth,
    progress_of: Callable[[str], Progress] | None,
) -> Iterator[Check]:
    for part, inspect in consistency_parts(settings, db, depth=depth, progress_of=progress_of):
        try:
            findings = confirmed(inspect)
        except Exception as error:
            reason = str(error).strip().partition("\n")[0]
            yield Check(part, False, f"không kiểm tra được ({reason or type(error).__name__})")
            continue
        for finding in findings[:_MOST_LINES]:
            yield Check(part, not finding.serious, describe_finding(finding), notice=True)
        if more := findings[_MOST_LINES:]:
            passed = not any(finding.serious for finding in more)
            yield Check(part, passed, f"còn {len(more)} chỗ nữa như vậy.", notice=True)
        if not findings:
            yield Check(part, True, "khớp")


def _database(_settings: Settings, db: Database) -> tuple[bool, str]:
    with db.reading() as session:
        if db.is_sqlite:
            result = session.connection().exec_driver_sql("PRAGMA quick_check").scalar()
            return result == "ok", f"SQLite, {result}"
        version = session.connection().exec_driver_sql("SHOW server_version").scalar()
        return True, f"PostgreSQL {version}"


def _migrations(_settings: Settings, db: Database) -> tuple[bool, str]:
    found = database_revision(db)
    if found == newest_revision():
        return True, str(found)
    return False, f"đang là {found}, cần {newest_revision()}. Chạy 'loa db upgrade'."


def _queue(settings: Settings, _db: Database) -> tuple[bool, str]:
    if TaskQueue(settings.effective_redis_url).is_reachable():
        return True, "trả lời"
    return False, "không trả lời. Chạy 'loa up', hoặc xem LOA_REDIS_URL."


def _workers(settings: Settings, db: Database) -> tuple[bool, str]:
    since = utc_now() - timedelta(seconds=3 * settings.reap_s)
    with db.reading() as session:
        names = live_workers(session, since)
    if names:
        return True, f"{len(names)} đang chạy"
    return False, "không có máy chép nào đang chạy. Chạy 'loa up' hoặc 'loa worker'."


def _model(settings: Settings, _db: Database) -> tuple[bool, str]:
    model = find_model(settings)
    note = " (bản kèm sẵn, để chép nháp; xem “loa model list”)" if model.bundled else ""
    return True, f"{model.name}{note}"


def _templates(settings: Settings, _db: Database) -> tuple[bool, str]:
    own = len(own_templates(settings.data_dir))
    return True, f"{own} mẫu riêng" if own else "dùng mẫu kèm sẵn"


def _disk(settings: Settings, _db: Database) -> tuple[bool, str]:
    folder = settings.data_dir
    while not folder.exists():
        folder = folder.parent
    free = shutil.disk_usage(folder).free
    enough = free > settings.min_free_bytes
    advice = "" if enough else f"; cần hơn {settings.min_free_bytes // MIB} MiB, xin dọn bớt"
    return enough, f"còn {free // MIB} MiB{advice}"


def _clock(_settings: Settings, db: Database) -> tuple[bool, str]:
    now = utc_now()
    if now < _EARLIEST:
        return False, f"đang là {now:%d/%m/%Y}, sai. Đặt lại giờ máy."
    with db.reading() as session:
        newest = newest_moment(session)
    if newest is not None and newest > now + _CLOCK_TOLERANCE:
        return False, "chậm hơn dữ liệu đã ghi. Đặt lại giờ máy."
    return True, f"{now.astimezone():%H:%M, %d/%m/%Y}"


_NEED_DATA = (_database, _migrations, _workers, _model, _clock)
