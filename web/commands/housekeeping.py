"""`loa sweep`, `loa retention`, `loa sound`: what may go, how long it stays, making it again."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

import click
from sqlalchemy import select
from sqlalchemy.orm import Session
from tqdm import tqdm

from bridge.accounts import find_user
from bridge.capture_care import StaleCapture, stale_captures
from bridge.db import utc_now
from bridge.errors import BridgeError
from bridge.housekeeping import (
    Leftover,
    apply_retention,
    find_leftovers,
    remove_leftovers,
    require_likely,
    settle_asides,
    sweep_captures,
)
from bridge.inspection import inspect_sound
from bridge.media import WORKING_COPY
from bridge.models import RETENTION_KINDS, Announcement, Recording
from bridge.publications import published_items
from bridge.retention import DueSound, due_sounds, list_rules, set_rule
from bridge.units import list_units
from publish.inspection import faulty_sound
from publish.leftovers import find_site_leftovers, remove_site_leftovers
from publish.names import file_size
from publish.remaking import remake_sound
from publish.site import Site, open_site
from transcribe.remaking import remake_copies
from web.commands.options import choose_unit, with_services
from web.findings import LEFTOVER_KINDS
from web.labels import describe_error
from web.services import Services

_RULE_WORDS = {"withdrawn": "bản tin đã gỡ", "failed": "bản tin bị lỗi"}


@click.command(short_help="Dọn tệp không thuộc bản tin nào.")
@click.option("--yes", is_flag=True, help="Xóa thật. Không có thì chỉ xem sẽ xóa gì.")
@click.option("--many", is_flag=True, help="Xóa cả khi phần lớn tệp tiếng gốc không có chủ.")
@with_services
def sweep(services: Services, yes: bool, many: bool) -> None:
    """Liệt kê những tệp không thuộc bản tin nào và không ai động tới hơn một ngày, những lần gửi
    dở quá hạn, và tiếng hết hạn lưu giữ của đơn vị ('loa retention'). Với --yes thì xóa và ghi vào
    nhật ký. Bản tin và chữ không bao giờ bị xóa.
    """
    sweep_installation(services, utc_now(), yes=yes, many=many)


@dataclass(frozen=True, slots=True)
class _Plan:
    """What a sweep would take away."""

    files: list[Leftover]
    pages: list[Leftover]
    captures: list[StaleCapture]
    sounds: list[DueSound]

    def lines(self) -> Iterator[str]:
        for item in (*self.files, *self.pages):
            yield f"{LEFTOVER_KINDS[item.kind]}: {item.path} ({file_size(item.size_bytes)})"
        for one in self.captures:
            yield f"Gửi dở: {one.id} {one.file_name} ({file_size(one.received_bytes)})"
        for due in self.sounds:
            yield _due_line(due)

    @property
    def size_bytes(self) -> int:
        return (
            sum(item.size_bytes for item in (*self.files, *self.pages))
            + sum(one.received_bytes for one in self.captures)
            + sum(due.size_bytes for due in self.sounds)
        )


def sweep_installation(services: Services, now: datetime, *, yes: bool, many: bool) -> None:
    """Say what may go, as of `now`; with `yes` take it away. Raises Conflict `sweep_doubtful`."""
    settings, db, media = services.settings, services.db, services.media
    site = open_site(settings)
    if yes:
        settle_asides(db, media, now)
    files = find_leftovers(db, media, settings, now)
    with db.reading() as session:
        plan = _Plan(
            files,
            find_site_leftovers(session, site, now),
            stale_captures(session, settings, now),
            due_sounds(session, now),
        )
    lines = list(plan.lines())
    for line in lines:
        click.echo(line)
    if not lines:
        click.echo("Không có gì phải dọn.")
    elif not yes:
        size = file_size(plan.size_bytes)
        click.echo(f"Chưa xóa gì: {len(lines)} mục, {size}. Chạy lại với --yes để xóa.")
    else:
        if not many:
            require_likely(db, media, plan.files)
        _take_away(services, site, plan, now)


def _take_away(services: Services, site: Site, plan: _Plan, now: datetime) -> None:
    db, media = services.db, services.media
    count = len(plan.files) + len(plan.pages)
    with tqdm(total=count, unit="mục", desc="Đang dọn", leave=False, disable=None) as bar:
        swept = remove_leftovers(db, media, plan.files, on_removed=lambda _: bar.update())
        pages = remove_site_leftovers(db, site, plan.pages, on_removed=lambda _: bar.update())
    swept = swept.plus(pages)
    click.echo(f"Đã xóa {swept.files} tệp thừa, {file_size(swept.size_bytes)}.")
    if captures := sweep_captures(db, media, services.settings, now):
        click.echo(f"Đã bỏ {captures} lần gửi dở.")
    if sounds := apply_retention(db, media, now):
        size = file_size(sum(due.size_bytes for due in sounds))
        click.echo(f"Đã xóa tiếng của {len(sounds)} bản ghi hết hạn lưu giữ, {size}.")


@click.group(short_help="Thời hạn lưu giữ tiếng của đơn vị.")
def retention() -> None:
    """Thời hạn lưu giữ tiếng của đơn vị. Không đặt thì giữ mãi mãi."""


@retention.command("set", short_help="Đặt hoặc bỏ một thời hạn.")
@click.argument("kind", type=click.Choice(RETENTION_KINDS))
@click.argument("days", metavar="DAYS", type=int, required=False)
@click.option("--unit", "slug", help="Đơn vị; bỏ trống nếu chỉ có một.")
@click.option("--off", is_flag=True, help="Bỏ thời hạn: giữ mãi mãi.")
@click.option("--by", "email", help="Thư điện tử của người quản trị đơn vị.")
@with_services
def set_retention(
    services: Services, kind: str, days: int | None, slug: str | None, off: bool, email: str | None
) -> None:
    """Xóa tiếng của bản tin đã gỡ (withdrawn) hoặc bị lỗi (failed) sau DAYS ngày ở trạng thái đó.

    Chỉ tệp tiếng bị xóa; chữ, lịch sử và nhật ký vẫn còn. Máy tự xóa khi đến hạn.
    """
    if off == (days is not None):
        raise click.UsageError("Cần DAYS hoặc --off, một trong hai.")
    with services.db.writing() as session:
        unit = choose_unit(session, slug)
        actor_id = find_user(session, email).id if email else None
        set_rule(session, unit_id=unit.id, kind=kind, days=days, actor_id=actor_id)
    click.echo(f"{unit.name}, {_RULE_WORDS[kind]}: {_kept(days)}.")


@retention.command("show", short_help="Xem các thời hạn và những gì sắp xóa.")
@click.option("--unit", "slug", help="Chỉ của đơn vị này.")
@with_services
def show_retention(services: Services, slug: str | None) -> None:
    """Xem thời hạn của từng đơn vị, và tiếng nào đã hết hạn."""
    with services.db.reading() as session:
        units = [choose_unit(session, slug)] if slug else list_units(session)
        rules = {(rule.unit_slug, rule.kind): rule.days for rule in list_rules(session)}
        due = due_sounds(session, utc_now())
    for unit in units:
        for kind in RETENTION_KINDS:
            click.echo(f"{unit.slug}\t{_RULE_WORDS[kind]}\t{_kept(rules.get((unit.slug, kind)))}")
    slugs = {unit.slug for unit in units}
    for item in due:
        if item.unit_slug in slugs:
            click.echo(_due_line(item))


@click.group(short_help="Bản sao tiếng để nghe và đăng.")
def sound() -> None:
    """Bản sao tiếng để nghe và đăng, làm từ tệp gốc."""


@sound.command("rebuild", short_help="Làm lại bản sao tiếng còn thiếu.")
@with_services
def rebuild(services: Services) -> int:
    """Làm lại bản sao để nghe và tiếng trên trang tin còn thiếu. Bản còn thì để nguyên."""
    with services.db.reading() as session:
        lost = [
            finding.subject
            for finding in inspect_sound(session, services.media)
            if finding.code == "copy_missing"
        ]
        sounds = _sounds(session, lost)
    failures = _each(sounds, "bản", lambda one: _remake_copies(services, one))
    click.echo(f"Đã làm lại bản sao của {len(sounds) - failures} bản ghi.")
    site = open_site(services.settings)
    with services.db.reading() as session:
        silent = [
            item.id
            for unit in list_units(session)
            for item in published_items(session, unit.id)
            if faulty_sound(site, item)
        ]
    failures += remake_published(services, silent)
    return 1 if failures else 0


def remake_published(services: Services, announcement_ids: Sequence[str]) -> int:
    """Encode lost sound of the portal again, with progress on stderr; how many failed."""
    if not announcement_ids:
        return 0
    failures = _each(announcement_ids, "bản tin", lambda one: _remake_published(services, one))
    click.echo(f"Đã làm lại tiếng của {len(announcement_ids) - failures} bản tin trên trang tin.")
    return failures


def _remake_copies(services: Services, sha256: str) -> None:
    remake_copies(services.media, services.settings, sha256)


def _remake_published(services: Services, announcement_id: str) -> None:
    with services.db.reading() as session:
        (sha256,) = _sounds(session, [announcement_id])
    if not (services.media.copies_folder(sha256) / WORKING_COPY).is_file():
        _remake_copies(services, sha256)
    site = open_site(services.settings)
    remake_sound(services.db, services.media, site, announcement_id)


def _sounds(session: Session, announcement_ids: Iterable[str]) -> list[str]:
    """SHA-256 of the recordings of these announcements, each once."""
    return list(
        session.scalars(
            select(Recording.sha256)
            .join(Announcement, Announcement.recording_id == Recording.id)
            .where(Announcement.id.in_(list(announcement_ids)))
            .distinct()
        )
    )


def _each(subjects: Sequence[str], noun: str, work: Callable[[str], None]) -> int:
    """Do one after another; what fails is a line on stderr and stops nothing. How many failed."""
    failures = 0
    for subject in tqdm(subjects, unit=f" {noun}", desc="Đang làm", leave=False, disable=None):
        try:
            work(subject)
        except (BridgeError, OSError) as error:
            failures += 1
            words = describe_error(error) if isinstance(error, BridgeError) else str(error)
            click.echo(f"{subject}: {words}", err=True)
    return failures


def _due_line(item: DueSound) -> str:
    return (
        f"Hết hạn lưu giữ ({_RULE_WORDS[item.kind]} quá {item.days} ngày): "
        f"{', '.join(item.announcement_ids)} {item.file_name} ({file_size(item.size_bytes)})"
    )


def _kept(days: int | None) -> str:
    return "giữ mãi mãi" if days is None else f"xóa tiếng sau {days} ngày"
