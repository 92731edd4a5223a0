"""`loa search`: the full-text index of what stands on the portal."""

import click
from tqdm import tqdm

from bridge.search_index import rebuild_search
from web.commands.options import with_services
from web.services import Services


@click.group(short_help="Tìm kiếm trên trang tin.")
def search() -> None:
    """Tìm kiếm trên trang tin."""


@search.command(short_help="Lập lại toàn bộ mục lục tìm kiếm.")
@with_services
def rebuild(services: Services) -> None:
    """Lập lại toàn bộ mục lục tìm kiếm từ cơ sở dữ liệu.

    Trong lúc lập, bà con vẫn tìm được và bản tin mới vẫn đăng được. Chạy lại không hại gì.
    """
    with tqdm(total=None, unit=" bản tin", desc="Đang lập", leave=False, disable=None) as bar:

        def show(done: int, total: int) -> None:
            bar.total, bar.n = total, done
            bar.refresh()

        count = rebuild_search(services.db, show)
    click.echo(f"Đã lập mục lục tìm kiếm của {count} bản tin.")
