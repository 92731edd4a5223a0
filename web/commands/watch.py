"""`loa watch`: a folder from which finished sound files are taken."""

import fcntl
import hashlib
import os
import signal
import time
from pathlib import Path
from types import FrameType

import click

from bridge.errors import Conflict, NotFound
from bridge.logs import configure_logs, log_ids
from bridge.settings import Settings
from web.commands.options import choose_unit, with_services
from web.labels import describe_error
from web.services import Services
from web.watching import REFUSED_FOLDER, TAKEN_FOLDER, FolderWatch, Outcome

_LOOK_EVERY_S = 1.0


@click.command(short_help="Theo dõi một thư mục, nhận tệp tiếng mới.")
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path, file_okay=False))
@click.option("--unit", "slug", help="Đơn vị nhận bản tin, ví dụ xa-mau.")
@click.option(
    "--quiet",
    "quiet_s",
    type=click.FloatRange(0),
    help="Số giây tệp phải đứng yên mới được nhận (10).",
)
@click.option("--supervised", is_flag=True, hidden=True)
@with_services
def watch(
    services: Services, folder: Path, slug: str | None, quiet_s: float | None, supervised: bool
) -> None:
    """Nhận mọi tệp tiếng đã ghi xong trong DIR. Ctrl-C để dừng.

    Tệp nhận rồi chuyển vào da-nhan/. Tệp không nhận được chuyển vào khong-nhan/, kèm một tệp
    “.ly-do.txt” cho biết vì sao. Không nhận tệp ẩn, tệp .part, .tmp; không vào thư mục con; không
    đi theo liên kết.
    """
    settings = services.settings
    configure_logs(settings.log_level if supervised else "WARNING", settings.log_format)
    folder = folder.expanduser()
    with services.db.reading() as session:
        unit = choose_unit(session, slug)
    if not folder.is_dir():
        raise NotFound("folder_unknown", path=str(folder))
    lock = _lock(settings, folder)
    try:
        # Asking the kernel who writes to a file would end us if somebody opened it just then.
        signal.signal(signal.SIGIO, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, _end)
        watched = FolderWatch(
            services,
            unit_id=unit.id,
            folder=folder,
            quiet_s=settings.watch_quiet_s if quiet_s is None else quiet_s,
        )
        if not supervised:
            click.echo(f"Đang theo dõi {watched.folder} cho {unit.name}. Nhấn Ctrl-C để dừng.")
        with log_ids(worker=f"watch {unit.slug}"):
            while True:
                for outcome in watched.look():
                    if not supervised:
                        click.echo(_told(outcome))
                time.sleep(_LOOK_EVERY_S)
    finally:
        os.close(lock)


def _told(outcome: Outcome) -> str:
    if outcome.error is not None:
        return f"{outcome.name}: {REFUSED_FOLDER}/. {describe_error(outcome.error)}"
    if outcome.is_duplicate:
        return f"{outcome.name}: {TAKEN_FOLDER}/. Đã có từ trước, bản tin {outcome.announcement_id}"
    return f"{outcome.name}: {TAKEN_FOLDER}/. Bản tin {outcome.announcement_id}"


def _lock(settings: Settings, folder: Path) -> int:
    """Hold the folder for one watch on this machine; the kernel gives it back at our end.

    Returns the descriptor to close. Raises Conflict `watch_folder_taken`.
    """
    settings.run_dir.mkdir(parents=True, exist_ok=True)
    name = hashlib.sha256(os.fsencode(folder.resolve())).hexdigest()[:16]
    descriptor = os.open(settings.run_dir / f"watch-{name}.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        raise Conflict("watch_folder_taken", path=str(folder)) from None
    return descriptor


def _end(_number: int, _frame: FrameType | None) -> None:
    raise SystemExit(0)  # whatever was under way is taken back and begun anew at the next start
