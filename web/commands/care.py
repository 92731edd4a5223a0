"""`loa doctor`, `loa db`, `loa site`: looking after an installation."""

from functools import partial

import click
from tqdm import tqdm

from bridge.audit import find_break
from bridge.audit_heads import find_lost_head
from bridge.db import Database
from bridge.inspection_findings import Depth, Progress
from bridge.restore import require_restored
from bridge.schema import database_revision, upgrade_database
from bridge.search_index import complete_search
from bridge.settings import Settings
from publish.rebuilding import rebuild_site
from publish.site import open_site
from web.checks import Check, run_checks
from web.commands.housekeeping import remake_published
from web.commands.options import with_services, with_settings
from web.security_checks import run_security_checks
from web.services import Services

# Of bytes in one part, of announcements in another.
_BAR = "{desc}: {percentage:3.0f}%|{bar}| {elapsed}"


@click.command(short_help="Kiểm tra mọi bộ phận.")
@click.option("--quick", is_flag=True, help="Chỉ xem có đủ, không đọc và so nội dung.")
@click.option("--deep", is_flag=True, help="Đọc lại cả mọi tệp tiếng gốc; lâu bằng đọc hết ổ đĩa.")
@click.option("--security", is_flag=True, help="Chỉ xem những gì liên quan đến an toàn.")
@with_settings
def doctor(settings: Settings, quick: bool, deep: bool, security: bool) -> int:
    """Kiểm tra mọi bộ phận, và xem dữ liệu, tệp tiếng, trang tin có khớp nhau không.

    Mỗi chỗ một dòng: “tốt”, “nhắc” (không hại, nên biết) hay “HỎNG” kèm cách sửa. Kết thúc bằng 1
    nếu có chỗ hỏng. Không sửa và không xóa gì.
    """
    if quick and deep:
        raise click.UsageError("Chọn --quick hoặc --deep, không cả hai.")
    depth = Depth.QUICK if quick else Depth.DEEP if deep else Depth.USUAL
    failed = 0
    with tqdm(total=None, bar_format=_BAR, leave=False, disable=True if quick else None) as bar:
        wanted = (
            run_security_checks(settings)
            if security
            else run_checks(settings, depth=depth, progress_of=partial(_progress, bar))
        )
        for check in wanted:
            failed += not check.passed
            bar.clear()
            click.echo(f"{_mark(check)}  {check.name}: {check.detail}")
    return 1 if failed else 0


def _progress(bar: tqdm, part: str) -> Progress:
    """Shows on `bar` how far a part is."""

    def show(done: int, total: int) -> None:
        bar.total, bar.n = total, done
        bar.set_description(part, refresh=False)
        bar.refresh()

    return show


def _mark(check: Check) -> str:
    if not check.passed:
        return "HỎNG"
    return "nhắc" if check.notice else "tốt "


@click.group(short_help="Cơ sở dữ liệu.")
def db() -> None:
    """Cơ sở dữ liệu."""


@db.command(short_help="Đưa cơ sở dữ liệu lên phiên bản này.")
@with_settings
def upgrade(settings: Settings) -> None:
    """Tạo mới hoặc nâng cấp cơ sở dữ liệu. Chạy lại không hại gì."""
    require_restored(settings)
    database = Database(settings.effective_database_url)
    before = None if _is_missing(settings) else database_revision(database)
    upgrade_database(database)
    complete_search(database)
    after = database_revision(database)
    database.dispose()
    click.echo("Đã đúng phiên bản." if before == after else f"Đã nâng cấp lên {after}.")


def _is_missing(settings: Settings) -> bool:
    return not settings.database_url and not settings.sqlite_path.exists()


@click.group(short_help="Nhật ký: ai làm gì, lúc nào.")
def audit() -> None:
    """Nhật ký: ai làm gì, lúc nào."""


@audit.command(short_help="Kiểm tra nhật ký có bị sửa không.")
@with_services
def verify(services: Services) -> int:
    """Kiểm tra từng dòng nhật ký; kết thúc bằng 1 nếu có dòng bị sửa, thêm hay mất."""
    with services.db.reading() as session:
        broken_at = find_break(session)
        if broken_at is None:
            broken_at = find_lost_head(session, services.settings.data_dir)
    if broken_at is None:
        click.echo("Nhật ký nguyên vẹn.")
        return 0
    click.echo(f"Nhật ký không còn nguyên vẹn, bắt đầu từ dòng {broken_at}.", err=True)
    return 1


@click.group(short_help="Trang tin tĩnh.")
def site() -> None:
    """Trang tin tĩnh."""


@site.command(short_help="Dựng lại toàn bộ trang tin.")
@click.option("--deep", is_flag=True, help="So từng tệp tiếng với lúc đăng, không chỉ cỡ tệp.")
@with_services
def build(services: Services, deep: bool) -> int:
    """Dựng lại toàn bộ trang tin từ cơ sở dữ liệu.

    Tệp tiếng còn thì giữ, thiếu hay hỏng thì làm lại từ bản ghi. Trang chưa ai duyệt bị bỏ đi.
    """
    site_folder = open_site(services.settings)
    with tqdm(total=None, unit=" bản tin", desc="Đang dựng", leave=False, disable=None) as bar:

        def show(done: int, total: int) -> None:
            bar.total, bar.n = total, done
            bar.refresh()

        rebuilt = rebuild_site(services.db, site_folder, show, deep=deep)
    click.echo(f"Đã dựng {rebuilt.units} trang tin, {rebuilt.items} bản tin.")
    return 1 if remake_published(services, rebuilt.silent) else 0
