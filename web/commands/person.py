"""`loa person`: where somebody is named, and taking that off the portal."""

import click

from bridge.accounts import find_user
from bridge.mentions import Mention, find_mentions, take_away
from web.commands.options import choose_unit, with_services
from web.labels import describe_error
from web.services import Services

_WHERE = {
    "segment": "lời bản tin",
    "details": "thông tin bản tin",
    "published": "trang đang đăng",
    "notes": "lời đính chính hoặc lý do gỡ",
    "script": "văn bản đã duyệt",
    "feedback": "phản ánh",
    "term": "từ điển tên riêng",
}
_REASON = "Gỡ theo yêu cầu về dữ liệu cá nhân."


@click.group(short_help="Tìm và gỡ những chỗ nêu tên một người.")
def person() -> None:
    """Tìm và gỡ những chỗ nêu tên một người, khi người ấy yêu cầu."""


@person.command(short_help="Tìm những chỗ nêu tên một người.")
@click.argument("name")
@click.option("--unit", "slug", help="Chỉ đơn vị này; bỏ trống: mọi đơn vị.")
@click.option("--loose", is_flag=True, help="Không kể dấu: thấy nhiều hơn, có thể cả người khác.")
@with_services
def find(services: Services, name: str, slug: str | None, loose: bool) -> int:
    """Liệt kê mọi chỗ nêu NAME: lời bản tin, thông tin, trang đang đăng, lời đính chính, lý do gỡ,
    văn bản, phản ánh, tên riêng. Kết thúc bằng 1 nếu không thấy chỗ nào.
    """
    mentions = _find(services, name, slug, loose)
    for line in map(_line, mentions):
        click.echo(line)
    if not mentions:
        click.echo("Không thấy chỗ nào nêu tên này.", err=True)
    return 0 if mentions else 1


@person.command(short_help="Gỡ những chỗ nêu tên một người.")
@click.argument("name")
@click.option("--by", "email", required=True, help="Thư điện tử của người quyết định gỡ.")
@click.option("--unit", "slug", help="Chỉ đơn vị này; bỏ trống: mọi đơn vị.")
@click.option("--loose", is_flag=True, help="Không kể dấu: gỡ nhiều hơn, có thể cả người khác.")
@click.option("--reason", default=_REASON, show_default=True, help="Lý do bà con đọc thấy.")
@click.option("--yes", is_flag=True, help="Gỡ thật. Không có thì chỉ xem sẽ gỡ gì.")
@with_services
def withdraw(
    services: Services,
    name: str,
    email: str,
    slug: str | None,
    loose: bool,
    reason: str,
    yes: bool,
) -> int:
    """Gỡ khỏi trang tin mọi bản tin nêu NAME, che chỗ đó ở cả chữ và tiếng, bỏ lời đính chính và
    lý do gỡ có tên ấy, ẩn phản ánh, bỏ tên.

    Chữ trong lịch sử và tệp tiếng gốc vẫn còn cho người làm việc; bản sao lưu cũ cũng vậy, xem
    docs/backup.md.
    """
    mentions = _find(services, name, slug, loose)
    for line in map(_line, mentions):
        click.echo(line)
    if not mentions:
        click.echo("Không thấy chỗ nào nêu tên này.", err=True)
        return 1
    if not yes:
        click.echo(f"Chưa gỡ gì: {len(mentions)} chỗ. Chạy lại với --yes để gỡ.")
        return 0
    with services.db.reading() as session:
        actor_id = find_user(session, email).id
    taken = take_away(services.db, mentions, reason=reason, actor_id=actor_id)
    services.queue.hand_over_all(services.db, taken.task_ids)
    click.echo(
        f"Đã gỡ {taken.withdrawn} bản tin, che {taken.covered} đoạn, bỏ {taken.blanked} lời đính "
        f"chính hoặc lý do gỡ, ẩn {taken.hidden} phản ánh, bỏ {taken.removed} tên trong từ điển."
    )
    for mention, error in taken.refused:
        click.echo(f"{_line(mention)}: {describe_error(error)}", err=True)
    return 1 if taken.refused else 0


def _find(services: Services, name: str, slug: str | None, loose: bool) -> list[Mention]:
    with services.db.reading() as session:
        unit_id = choose_unit(session, slug).id if slug else None
        return find_mentions(session, name, unit_id=unit_id, loose=loose)


def _line(mention: Mention) -> str:
    public = "\tđang đăng" if mention.is_public else ""
    where = _WHERE[mention.kind]
    return f"{mention.unit_slug}\t{where}\t{mention.subject_id}\t… {mention.words} …{public}"
