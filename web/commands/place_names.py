"""`loa place-name`: names that places had before they were merged."""

import click

from bridge.place_names import add_place_name, list_place_names, remove_place_name
from publish.search_files import write_search
from publish.site import open_site
from web.commands.options import choose_unit, with_services
from web.services import Services

_unit_option = click.option("--unit", "slug", help="Đơn vị; bỏ trống nếu chỉ có một.")


@click.group("place-name", short_help="Tên cũ, tên mới của nơi chốn.")
def place_name() -> None:
    """Tên cũ và tên mới của xã, thôn sau sáp nhập: tìm tên này ra cả tên kia."""


@place_name.command(short_help="Thêm một cặp tên.")
@click.argument("old")
@click.argument("new")
@_unit_option
@with_services
def add(services: Services, old: str, new: str, slug: str | None) -> None:
    """Ghi rằng OLD nay là NEW, hoặc nay thuộc NEW. Ví dụ: 'Thôn Cũ' 'Thôn Mẫu'."""
    with services.db.writing() as session:
        unit = choose_unit(session, slug)
        added = add_place_name(session, unit_id=unit.id, old=old, new=new, actor_id=None)
        write_search(session, open_site(services.settings), unit, "")
    click.echo("Đã thêm." if added else "Cặp tên này đã có.")


@place_name.command(short_help="Bỏ một cặp tên.")
@click.argument("old")
@click.argument("new")
@_unit_option
@with_services
def remove(services: Services, old: str, new: str, slug: str | None) -> int:
    """Bỏ cặp tên OLD, NEW."""
    with services.db.writing() as session:
        unit = choose_unit(session, slug)
        removed = remove_place_name(session, unit_id=unit.id, old=old, new=new, actor_id=None)
        write_search(session, open_site(services.settings), unit, "")
    click.echo("Đã bỏ." if removed else "Không có cặp tên này. Xem: loa place-name list.")
    return 0 if removed else 1


@place_name.command("list", short_help="Liệt kê các cặp tên.")
@_unit_option
@with_services
def list_pairs(services: Services, slug: str | None) -> None:
    """Liệt kê: tên cũ, tên mới, mỗi cặp một dòng."""
    with services.db.reading() as session:
        pairs = list_place_names(session, choose_unit(session, slug).id)
    for pair in pairs:
        click.echo(f"{pair.old}\t{pair.new}")
    if not pairs:
        click.echo("Chưa có cặp tên nào.", err=True)
