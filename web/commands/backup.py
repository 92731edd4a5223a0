"""`loa backup`, `loa restore`: the whole installation into a folder, and back from there."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import click
from tqdm import tqdm

from bridge.backup import BackupReport, make_backup
from bridge.backup_folder import BackupFolder, Problem, Progress
from bridge.db import Database
from bridge.errors import BridgeError
from bridge.restore import RestoreReport, restore_backup
from bridge.settings import Settings, load_settings
from publish.rebuilding import rebuild_site
from publish.site import open_site
from web.commands.options import data_option, require_current_schema, with_settings
from web.labels import describe_error, say_number
from web.services import open_services

MIB = 1024 * 1024

_PHASES = {
    "database": "Cơ sở dữ liệu",
    "files": "Các tệp",
    "check": "Đọc lại bản cũ",
}
_REASONS = {
    "missing": "không còn",
    "differs": "nội dung không đúng",
    "unreadable": "không đọc được",
}


@click.command(short_help="Sao lưu mọi thứ, cả khi đang chạy.")
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path, file_okay=False))
@click.option(
    "--verify", is_flag=True, help="Đọc lại cả phần đã sao lưu từ trước, hỏng thì chép lại."
)
@click.option("--keep", type=click.IntRange(min=1), help="Chỉ giữ chừng này bản mới nhất.")
@with_settings
def backup(settings: Settings, folder: Path, verify: bool, keep: int | None) -> int:
    """Sao lưu vào thư mục DIR: cơ sở dữ liệu, tiếng, trang tin, cài đặt, khóa bí mật.

    Loa cứ chạy, không phải dừng. Lần sau chạy với cùng DIR thì chỉ chép phần mới; mỗi lần là một
    bản khôi phục riêng. Không có --keep thì không xóa bản nào. DIR nên ở ổ đĩa khác. Mô hình tiếng
    nói không nằm trong bản sao lưu vì cài lại được.

    Kết thúc bằng 1 nếu có tệp mà cơ sở dữ liệu ghi là có nhưng không còn nguyên vẹn.
    """
    if not settings.database_url and not settings.sqlite_path.exists():
        raise BridgeError("database_missing", path=str(settings.data_dir))
    db = Database(settings.effective_database_url)
    try:
        with _bar() as tell:
            report = make_backup(settings, db, folder, verify=verify, keep=keep, on_progress=tell)
    finally:
        db.dispose()
    _tell_backup(report)
    return 1 if report.problems else 0


@click.command(short_help="Khôi phục từ bản sao lưu.")
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path, file_okay=False))
@click.option("--from", "name", help="Khôi phục bản này (xem --list). Mặc định: bản mới nhất.")
@click.option("--list", "only_list", is_flag=True, help="Chỉ liệt kê các bản trong DIR.")
@click.option("--skip-damaged", is_flag=True, help="Bỏ qua các tệp hỏng trong bản sao lưu.")
@data_option
def restore(
    folder: Path, name: str | None, only_list: bool, skip_damaged: bool, data: Path | None
) -> int:
    """Khôi phục từ thư mục sao lưu DIR vào thư mục dữ liệu trống, rồi dựng lại trang tin.

    Tệp nào cũng được kiểm tra khi chép. Bị ngắt giữa chừng thì chạy lại đúng lệnh đó để làm nốt.
    PostgreSQL: tạo sẵn một cơ sở dữ liệu trống; địa chỉ lấy từ cài đặt trong bản sao lưu, hoặc từ
    LOA_DATABASE_URL.
    """
    if only_list:
        return _list_backups(BackupFolder(folder.absolute()))
    with _bar() as tell:
        report = restore_backup(
            load_settings(data_dir=data).data_dir,
            folder,
            name=name,
            skip_damaged=skip_damaged,
            on_progress=tell,
        )
    for problem in report.damaged:
        click.echo(f"Bản sao lưu hỏng: {_describe(problem)}.", err=True)
    if not report.finished:
        click.echo(
            "Chưa khôi phục xong. Chép các tệp đó từ một bản sao khác của thư mục sao lưu vào rồi "
            "chạy lại, hoặc chạy lại với --skip-damaged để bỏ qua chúng.",
            err=True,
        )
        return 1
    silent = _rebuild_site(report.settings)
    _tell_restoration(report)
    for announcement_id in silent:
        click.echo(f"Bản tin {announcement_id} thiếu tệp tiếng trên trang tin.", err=True)
    return 1 if report.damaged or report.problems or silent else 0


def _rebuild_site(settings: Settings) -> list[str]:
    """Pages as the restored database has them, under the address of this machine's settings.

    Returns the ids of announcements whose published sound is missing.
    """
    site = open_site(settings)
    services = open_services(settings)
    try:
        require_current_schema(services)
        rebuilt = rebuild_site(services.db, site)
    finally:
        services.db.dispose()
    return list(rebuilt.silent)


def _tell_backup(report: BackupReport) -> None:
    manifest = report.manifest
    click.echo(
        f"Đã sao lưu vào {report.folder}: {len(manifest.files)} tệp, {_size(manifest.size_bytes)}, "
        f"lần này chép {report.copied_files} tệp, {_size(report.copied_bytes)}."
    )
    if report.mended_files:
        click.echo(f"Đã chép lại {report.mended_files} tệp bị hỏng trong thư mục sao lưu.")
    if report.removed:
        click.echo(f"Đã xóa {len(report.removed)} bản cũ: {', '.join(report.removed)}.")
    click.echo(
        "Trong bản sao lưu có khóa bí mật, mật khẩu đã băm và bản nháp: cất ở nơi chỉ người quản "
        "trị mở được."
    )
    if report.open_to_others:
        click.echo(
            "Ổ đĩa này không giữ được quyền riêng, ai dùng máy cũng đọc được bản sao lưu.", err=True
        )
    _tell_problems(report.problems)


def _tell_problems(problems: tuple[Problem, ...]) -> None:
    for problem in problems:
        note = "; bản sao lưu trước vẫn còn nên đã giữ lại" if problem.saved else ""
        click.echo(f"Thư mục dữ liệu có chỗ hỏng: {_describe(problem)}{note}.", err=True)


def _tell_restoration(report: RestoreReport) -> None:
    manifest = report.manifest
    click.echo(
        f"Đã khôi phục bản {manifest.name} ({_moment(manifest.made_at)}) vào "
        f"{report.settings.data_dir}: {len(manifest.files)} tệp, {_size(manifest.size_bytes)}."
    )
    if report.upgraded_to:
        click.echo(f"Đã nâng cấp cơ sở dữ liệu lên {report.upgraded_to}.")
    click.echo("Chạy “loa doctor” để kiểm tra, rồi “loa up”.")
    for problem in report.problems:
        note = " (đã lấy lại từ bản sao lưu trước)" if problem.saved else ""
        click.echo(f"Lúc sao lưu đã có chỗ hỏng: {_describe(problem)}{note}.", err=True)


def _list_backups(folder: BackupFolder) -> int:
    if not folder.names():
        folder.read()  # says what is wrong
    failed = 0
    for name in folder.names():
        try:
            manifest = folder.read(name)
        except BridgeError as error:
            failed += 1
            click.echo(f"{name}  {describe_error(error)}", err=True)
            continue
        note = f", {len(manifest.problems)} chỗ hỏng" if manifest.problems else ""
        click.echo(
            f"{name}  {_moment(manifest.made_at)}  {manifest.database.kind}, "
            f"{len(manifest.files)} tệp, {_size(manifest.size_bytes)}{note}"
        )
    return 1 if failed else 0


@contextmanager
def _bar() -> Iterator[Progress]:
    """One bar on stderr for whatever is being done."""
    with tqdm(total=None, unit="B", unit_scale=True, leave=False, disable=None) as bar:
        phase = ""

        def tell(now: str, done: int, total: int) -> None:
            nonlocal phase
            if now != phase or bar.total != (total or None):
                phase = now
                bar.reset(total or None)
                bar.set_description(_PHASES[now])
            bar.update(done - bar.n)

        yield tell


def _describe(problem: Problem) -> str:
    return f"{problem.path} {_REASONS[problem.reason]}"


def _moment(made_at: str) -> str:
    return f"{datetime.fromisoformat(made_at).astimezone():%H:%M, %d/%m/%Y}"


def _size(size_bytes: int) -> str:
    return f"{say_number(size_bytes / MIB)} MB"
