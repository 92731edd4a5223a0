"""`loa doctor`, `loa db`, `loa site`: looking after an installation."""

import click

from bridge.audit import find_break
from bridge.db import Database
from bridge.queries import list_units, published_items
from bridge.schema import database_revision, upgrade_database
from bridge.settings import Settings
from publish.site import build_site
from web.checks import run_checks
from web.commands.options import with_services, with_settings
from web.context import Services


@click.command(short_help="Kiểm tra mọi bộ phận.")
@with_settings
def doctor(settings: Settings) -> int:
    """Kiểm tra mọi bộ phận, mỗi bộ phận một dòng; kết thúc bằng 1 nếu có chỗ hỏng."""
    failed = 0
    for check in run_checks(settings):
        failed += not check.passed
        click.echo(f"{'tốt ' if check.passed else 'HỎNG'}  {check.name}: {check.detail}")
    return 1 if failed else 0


@click.group(short_help="Cơ sở dữ liệu.")
def db() -> None:
    """Cơ sở dữ liệu."""


@db.command(short_help="Đưa cơ sở dữ liệu lên phiên bản này.")
@with_settings
def upgrade(settings: Settings) -> None:
    """Tạo mới hoặc nâng cấp cơ sở dữ liệu. Chạy lại không hại gì."""
    database = Database(settings.effective_database_url)
    before = None if _is_missing(settings) else database_revision(database)
    upgrade_database(database)
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
        click.echo("Nhật ký nguyên vẹn.")
        return 0
    click.echo(f"Nhật ký không còn nguyên vẹn, bắt đầu từ dòng {broken_at}.", err=True)
    return 1


@click.group(short_help="Trang tin tĩnh.")
def site() -> None:
    """Trang tin tĩnh."""


@site.command(short_help="Dựng lại toàn bộ trang tin.")
@with_services
def build(services: Services) -> int:
    """Dựng lại toàn bộ trang tin từ cơ sở dữ liệu."""
    # A write transaction, so that nothing is published meanwhile and then overwritten.
    with services.db.writing() as session:
        portals = [
            (unit, published_items(session, unit.id, withdrawn=True))
            for unit in list_units(session)
        ]
        silent = build_site(services.settings, portals)
    click.echo(f"Đã dựng {len(portals)} trang tin, {sum(len(i) for _, i in portals)} bản tin.")
    for announcement_id in silent:
        click.echo(
            f"Bản tin {announcement_id} thiếu tệp tiếng. Sửa rồi duyệt lại bản tin để có tiếng.",
            err=True,
        )
    return 1 if silent else 0
