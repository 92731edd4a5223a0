"""`loa unit` and `loa user`: who is there, and who may do what."""

import secrets
import sys
from pathlib import Path

import click
from sqlalchemy import select

from bridge.accounts import (
    create_unit,
    create_user,
    find_user,
    grant_role,
    set_parent,
    set_password,
)
from bridge.errors import NotFound
from bridge.models import ROLES, User
from bridge.passwords import check_password
from bridge.people import forget_second_factor, link_address, order_first
from bridge.unit_settings import UnitWords, allow_own_approval, change_unit, set_emblem
from bridge.units import find_unit, list_units
from publish.emblem import clean_emblem
from publish.portal import write_unit
from publish.site import open_site
from web.commands.options import choose_unit, with_services
from web.labels import role_word
from web.security import hash_password
from web.services import Services


@click.group(short_help="Đơn vị: xã, phường, đặc khu, tỉnh.")
def unit() -> None:
    """Đơn vị: xã, phường, đặc khu, tỉnh."""


@unit.command("add", short_help="Thêm một đơn vị.")
@click.argument("slug")
@click.option("--name", required=True, help="Tên, ví dụ 'Xã Mẫu'.")
@click.option("--authority", default="", help="Cơ quan; mặc định 'Ủy ban nhân dân …'.")
@click.option("--kind", type=click.Choice(["commune", "province"]), default="commune")
@click.option("--parent", metavar="SLUG", help="Đơn vị cấp trên, đã có ở đây.")
@click.option("--one-person", is_flag=True, help="Người sửa cuối được tự duyệt.")
@with_services
def add_unit(
    services: Services,
    slug: str,
    name: str,
    authority: str,
    kind: str,
    parent: str | None,
    one_person: bool,
) -> None:
    """Thêm đơn vị; SLUG là phần địa chỉ của trang tin, ví dụ xa-mau."""
    with services.db.writing() as session:
        create_unit(
            session,
            slug=slug,
            name=name,
            authority=authority,
            kind=kind,
            parent_id=find_unit(session, parent).id if parent else None,
            editor_may_approve=one_person,
        )
        # The portal says from the first day whose it is and that nothing is out yet.
        portal = open_site(services.settings)
        write_unit(session, portal, find_unit(session, slug))
        portal.write_root(list_units(session))
    click.echo(f"Đã thêm {name}. Trang tin: {services.settings.effective_public_url}/{slug}/")


@unit.command("set", short_help="Đổi tên, màu, liên hệ, biểu trưng trên trang tin.")
@click.argument("slug")
@click.option("--name", help="Tên, ví dụ 'Xã Mẫu'.")
@click.option("--authority", help="Cơ quan.")
@click.option("--responsible", help="Người chịu trách nhiệm về nội dung, kèm chức vụ.")
@click.option("--contact", help="Liên hệ: địa chỉ, điện thoại, mỗi thứ một dòng.")
@click.option("--accent", help="Màu, ví dụ '#1f6b4a'; để trống ('') là màu mặc định.")
@click.option("--emblem", type=click.Path(path_type=Path), help="Biểu trưng: một tệp PNG.")
@click.option("--no-emblem", is_flag=True, help="Bỏ biểu trưng.")
@click.option(
    "--one-person/--two-people",
    "own_approval",
    default=None,
    help="Người sửa sau cùng được tự duyệt, hay phải có người thứ hai.",
)
@click.option(
    "--address",
    "portal_url",
    help="Tên miền riêng, ví dụ https://loa.xa-mau.example; để trống ('') là địa chỉ chung.",
)
@with_services
def set_unit(
    services: Services,
    slug: str,
    emblem: Path | None,
    no_emblem: bool,
    own_approval: bool | None,
    **words: str | None,
) -> None:
    """Đổi những gì trang tin của đơn vị SLUG nói về mình. Không nêu thì giữ nguyên."""
    png = clean_emblem(_read_emblem(emblem)) if emblem else None
    with services.db.writing() as session:
        changed = change_unit(session, slug=slug, words=UnitWords(**words))
        if png or no_emblem:
            changed += ["emblem"] * set_emblem(session, slug=slug, png=png)
        ruled = own_approval is not None and allow_own_approval(
            session, slug=slug, allowed=own_approval
        )
        if changed:
            write_unit(session, open_site(services.settings), find_unit(session, slug))
    if changed:
        click.echo(
            "Đã đổi. Trang đầu đã viết lại; các trang khác được viết lại khi Loa chạy ('loa up')."
        )
    elif ruled:
        click.echo("Đã đổi.")
    else:
        click.echo("Không có gì khác trước.")


@unit.command(short_help="Đặt đơn vị dưới một đơn vị cấp trên.")
@click.argument("slug")
@click.argument("parent", required=False)
@click.option("--none", "top", is_flag=True, help="Không còn ở dưới đơn vị nào.")
@with_services
def under(services: Services, slug: str, parent: str | None, top: bool) -> None:
    """Đặt đơn vị SLUG dưới PARENT: ai giám sát PARENT thì xem được SLUG."""
    if top == (parent is not None):
        raise click.UsageError("Cần PARENT hoặc --none, một trong hai.")
    with services.db.writing() as session:
        changed = set_parent(session, slug=slug, parent_slug=parent)
    click.echo("Đã đặt." if changed else "Không có gì khác trước.")


@unit.command("list", short_help="Liệt kê đơn vị.")
@with_services
def list_unit(services: Services) -> None:
    """Liệt kê đơn vị."""
    with services.db.reading() as session:
        units = list_units(session)
    for item in units:
        click.echo(f"{item.slug}\t{item.name}\t{item.authority}")
    if not units:
        click.echo("Chưa có đơn vị nào. Thêm bằng 'loa unit add'.", err=True)


@click.group(short_help="Người làm việc và vai trò.")
def user() -> None:
    """Người làm việc và vai trò."""


@user.command("add", short_help="Thêm một người.")
@click.argument("email")
@click.option("--name", required=True, help="Họ và tên.")
@click.option("--unit", "slug", help="Đơn vị; bỏ trống nếu chỉ có một.")
@click.option(
    "--role", "roles", type=click.Choice(ROLES), multiple=True, help="Vai trò, lặp lại được."
)
@click.option("--password-stdin", is_flag=True, help="Đọc mật khẩu từ stdin.")
@with_services
def add_user(
    services: Services,
    email: str,
    name: str,
    slug: str | None,
    roles: tuple[str, ...],
    password_stdin: bool,
) -> None:
    """Thêm một người. Không đọc mật khẩu từ stdin thì đặt một mật khẩu ngẫu nhiên và in ra."""
    password = _read_password(email, name) if password_stdin else new_password()
    with services.db.writing() as session:
        unit_id = choose_unit(session, slug).id if roles else None
        person = create_user(
            session,
            email=email,
            name=name,
            password_hash=hash_password(password),
        )
        for role in roles:
            grant_role(session, user_id=person.id, unit_id=unit_id or "", role=role)
    click.echo(f"Đã thêm {person.email}.")
    if not password_stdin:
        click.echo(f"Mật khẩu: {password}")


@user.command(short_help="Thêm vai trò cho một người.")
@click.argument("email")
@click.argument("role", type=click.Choice(ROLES))
@click.option("--unit", "slug", help="Đơn vị; bỏ trống nếu chỉ có một.")
@with_services
def grant(services: Services, email: str, role: str, slug: str | None) -> None:
    """Thêm vai trò cho một người trong một đơn vị."""
    with services.db.writing() as session:
        unit_info = choose_unit(session, slug)
        grant_role(session, user_id=find_user(session, email).id, unit_id=unit_info.id, role=role)
    click.echo(f"{email}: {role_word(role)}, {unit_info.name}.")


@user.command(short_help="Đặt lại mật khẩu.")
@click.argument("email")
@click.option("--password-stdin", is_flag=True, help="Đọc mật khẩu từ stdin.")
@with_services
def password(services: Services, email: str, password_stdin: bool) -> None:
    """Đặt lại mật khẩu; mọi phiên đăng nhập của người đó kết thúc."""
    with services.db.reading() as session:
        person = find_user(session, email)
    chosen = _read_password(person.email, person.name) if password_stdin else new_password()
    with services.db.writing() as session:
        set_password(
            session,
            user_id=person.id,
            password_hash=hash_password(chosen),
        )
    click.echo("Đã đặt lại mật khẩu.")
    if not password_stdin:
        click.echo(f"Mật khẩu: {chosen}")


@user.command(short_help="In địa chỉ lập tài khoản quản trị đầu tiên.")
@with_services
def first(services: Services) -> int:
    """In địa chỉ lập đơn vị và tài khoản quản trị đầu tiên; địa chỉ in trước đó hết dùng được."""
    with services.db.writing() as session:
        token = order_first(session)
    if token is None:
        click.echo("Đã có người làm việc. Thêm người bằng “loa user add”.", err=True)
        return 1
    click.echo(link_address(services.settings.effective_public_url, token))
    return 0


@user.command("drop-second-factor", short_help="Bỏ lớp xác minh thứ hai của người mất điện thoại.")
@click.argument("email")
@with_services
def drop_second_factor_of(services: Services, email: str) -> None:
    """Bỏ lớp xác minh thứ hai; mọi phiên đăng nhập của người đó kết thúc."""
    with services.db.writing() as session:
        forget_second_factor(session, find_user(session, email))
    click.echo("Đã bỏ lớp xác minh thứ hai.")


@user.command("list", short_help="Liệt kê người.")
@with_services
def list_user(services: Services) -> None:
    """Liệt kê người và vai trò."""
    with services.db.reading() as session:
        for person in session.scalars(select(User).order_by(User.email)):
            held = ", ".join(
                f"{role_word(item.role)} ({item.unit.slug})" for item in person.memberships
            )
            click.echo(f"{person.email}\t{person.name}\t{held or 'chưa có vai trò'}")


def _read_emblem(path: Path) -> bytes:
    if not path.is_file():
        raise NotFound("file_unknown", path=str(path))
    return path.read_bytes()


def new_password() -> str:
    """A random password: 96 bits, in letters that a person can type."""
    return secrets.token_urlsafe(12)


def _read_password(*about: str) -> str:
    return check_password(sys.stdin.readline().rstrip("\r\n"), about)
