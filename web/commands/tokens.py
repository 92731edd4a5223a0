"""`loa token`: with what the programs of others may send recordings."""

import click

from bridge.api_tokens import MOST_DAYS, USUAL_DAYS, add_token, list_tokens, revoke_token
from bridge.db import utc_now
from bridge.models import TOKEN_SCOPES
from publish.dates import format_date
from web.commands.options import choose_unit, with_services
from web.services import Services

_ZONE = "Asia/Ho_Chi_Minh"


@click.group(short_help="Mã truy cập cho máy khác gửi bản ghi.")
def token() -> None:
    """Mã truy cập cho máy khác gửi bản ghi."""


@token.command("add", short_help="Cấp một mã truy cập.")
@click.argument("name")
@click.option("--unit", "slug", help="Đơn vị; bỏ trống nếu chỉ có một.")
@click.option(
    "--scope",
    "scopes",
    type=click.Choice(TOKEN_SCOPES),
    multiple=True,
    help="Quyền, lặp lại được; mặc định cả hai.",
)
@click.option(
    "--days",
    type=click.IntRange(1, MOST_DAYS),
    default=USUAL_DAYS,
    show_default=True,
    help="Số ngày có hiệu lực.",
)
@with_services
def add(
    services: Services, name: str, slug: str | None, scopes: tuple[str, ...], days: int
) -> None:
    """Cấp mã cho máy tên NAME. Mã chỉ hiện một lần, ở đây."""
    with services.db.writing() as session:
        unit = choose_unit(session, slug)
        made, secret = add_token(
            session, unit_id=unit.id, name=name, scopes=scopes or TOKEN_SCOPES, days=days
        )
    click.echo(f"Đã cấp mã {made.id} cho {unit.name}, đến {format_date(made.expires_at, _ZONE)}.")
    click.echo(f"Mã truy cập: {secret}")


@token.command("list", short_help="Liệt kê mã truy cập.")
@with_services
def list_all(services: Services) -> None:
    """Liệt kê mã truy cập của mọi đơn vị; không hiện lại mã."""
    with services.db.reading() as session:
        tokens = list_tokens(session)
    for one in tokens:
        ends = format_date(one.expires_at, _ZONE)
        state = f"đến {ends}" if one.holds(utc_now()) else "không còn hiệu lực"
        used = f"dùng ngày {one.last_used_on:%d/%m/%Y}" if one.last_used_on else "chưa dùng"
        scopes = ",".join(one.scopes)
        click.echo(f"{one.id}\t{one.unit_slug}\t{one.name}\t{scopes}\t{state}\t{used}")
    if not tokens:
        click.echo("Chưa có mã truy cập nào. Cấp bằng 'loa token add'.", err=True)


@token.command("revoke", short_help="Thu hồi một mã truy cập.")
@click.argument("token_id")
@with_services
def revoke(services: Services, token_id: str) -> None:
    """Thu hồi mã TOKEN_ID (xem 'loa token list'); từ lúc này nó không mở được gì nữa."""
    with services.db.writing() as session:
        revoke_token(session, token_id=token_id)
    click.echo(f"Đã thu hồi mã {token_id}.")
