"""`loa up`, `loa web`, `loa worker`: the running parts."""

import click

from bridge.db import Database
from bridge.logs import configure_logs
from bridge.people import INVITATION_HOLDS, link_address, order_first
from bridge.restore import require_restored
from bridge.schema import upgrade_database
from bridge.search_index import complete_search
from bridge.settings import Settings, write_running_url
from bridge.supervisor import Supervisor
from bridge.worker import run_worker, worker_name
from publish.edition import plan_new_edition
from web.commands.options import settings_with, with_settings


@click.command(short_help="Chạy tất cả: hàng việc, máy chép, trang web.")
@click.option("--port", type=click.IntRange(1, 65535), help="Cổng của trang web (8000).")
@click.option("--host", help="Địa chỉ lắng nghe (127.0.0.1).")
@click.option("--workers", type=click.IntRange(1, 64), help="Số máy chép (1).")
@with_settings
def up(settings: Settings, port: int | None, host: str | None, workers: int | None) -> None:
    """Chạy Valkey, máy chép và trang web trong một cửa sổ. Ctrl-C để dừng."""
    settings = settings_with(settings, port=port, host=host, workers=workers)
    configure_logs(settings.log_level, settings.log_format)
    prepare_database(settings)
    settings = write_running_url(settings)
    renew_portals(settings)
    Supervisor(settings).run(on_ready=lambda: _announce(settings))
    click.echo("Đã dừng.")


@click.command(short_help="Chỉ chạy trang web.")
@click.option("--port", type=click.IntRange(1, 65535), help="Cổng của trang web (8000).")
@click.option("--host", help="Địa chỉ lắng nghe (127.0.0.1).")
@with_settings
def web(settings: Settings, port: int | None, host: str | None) -> None:
    """Chạy trang web; hàng việc và máy chép chạy ở nơi khác."""
    from web.app import serve  # the workers, which begin in a hurry, do without

    require_restored(settings)
    configure_logs(settings.log_level, settings.log_format)
    serve(write_running_url(settings_with(settings, port=port, host=host)))


@click.command(short_help="Chỉ chạy một máy chép.")
@click.option("--burst", is_flag=True, help="Dừng khi hết việc.")
@click.option("--number", type=int, default=0, hidden=True)
@with_settings
def worker(settings: Settings, burst: bool, number: int) -> None:
    """Chạy một máy chép. Chạy thêm ở bao nhiêu máy cũng được."""
    require_restored(settings)
    configure_logs(settings.log_level, settings.log_format)
    run_worker(settings, worker_name(number), burst=burst)


def prepare_database(settings: Settings) -> None:
    """Create or upgrade the database before anything uses it. Raises Conflict while restoring."""
    require_restored(settings)
    db = Database(settings.effective_database_url)
    try:
        upgrade_database(db)
        complete_search(db)
    finally:
        db.dispose()


def renew_portals(settings: Settings) -> None:
    """Have the portals written again that another edition of Loa wrote."""
    db = Database(settings.effective_database_url)
    try:
        plan_new_edition(settings, db)
    finally:
        db.dispose()


def _announce(settings: Settings) -> None:
    click.echo(f"Trang tin:      {settings.effective_public_url}/")
    click.echo(f"Phòng làm việc: {settings.effective_public_url}/lam-viec/")
    click.echo(f"Dữ liệu:        {settings.data_dir}")
    db = Database(settings.effective_database_url)
    with db.writing() as session:
        token = order_first(session)
    db.dispose()
    if token is not None:
        click.echo(
            "Chưa có ai làm việc ở đây. Mở địa chỉ này để lập đơn vị và tài khoản quản trị đầu "
            f"tiên,\ndùng được một lần trong {INVITATION_HOLDS.days} ngày:\n"
            f"  {link_address(settings.effective_public_url, token)}"
        )
    click.echo("Nhấn Ctrl-C để dừng.")
