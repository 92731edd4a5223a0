"""`loa source` and `loa schedule`: what may be recorded by itself, and when."""

import click

from bridge.accounts import find_user
from bridge.db import utc_now
from bridge.schedules import ALL_DAYS, DAY_MINUTES, WeeklyTime, next_window, parse_weekly
from bridge.sources import (
    PRE_ROLL_S,
    SPLIT_SILENCE_S,
    add_schedule,
    add_source,
    list_schedules,
    list_sources,
    remove_schedule,
    remove_source,
)
from web.commands.options import choose_unit, print_json, with_services
from web.labels import describe_code
from web.services import Services

unit_option = click.option("--unit", "slug", help="Đơn vị; bỏ trống nếu chỉ có một.")
actor_option = click.option("--by", "email", help="Thư điện tử của người quản trị.")
json_option = click.option("--json", "as_json", is_flag=True, help="Mỗi mục một dòng JSON.")

_LINE_STATES = {"idle": "không thu", "listening": "đang nghe", "lost": "mất tiếng"}
_DAY_NAMES = ("T2", "T3", "T4", "T5", "T6", "T7", "CN")


@click.group(short_help="Nguồn tiếng: đường tiếng vào, luồng trên mạng.")
def source() -> None:
    """Nguồn tiếng của đơn vị. Chỉ luồng có trong danh sách này mới được nối tới."""


@source.command("add", short_help="Thêm một nguồn tiếng.")
@click.argument("name", metavar="TÊN")
@click.argument("address", metavar="ĐỊA_CHỈ")
@unit_option
@click.option("--lan", is_flag=True, help="Tên máy của luồng được dẫn vào mạng nội bộ.")
@click.option(
    "--redirect-host", "hosts", multiple=True, help="Máy mà luồng được chuyển sang, lặp lại được."
)
@click.option(
    "--split-silence",
    type=click.IntRange(min(SPLIT_SILENCE_S), max(SPLIT_SILENCE_S)),
    default=20,
    show_default=True,
    help="Số giây lặng để tách bản tin.",
)
@click.option(
    "--pre-roll",
    type=click.IntRange(min(PRE_ROLL_S), max(PRE_ROLL_S)),
    default=5,
    show_default=True,
    help="Số giây lấy trước tiếng đầu tiên.",
)
@actor_option
@with_services
def add_one(
    services: Services,
    name: str,
    address: str,
    slug: str | None,
    lan: bool,
    hosts: tuple[str, ...],
    split_silence: int,
    pre_roll: int,
    email: str | None,
) -> None:
    """Thêm nguồn TÊN. ĐỊA_CHỈ là alsa:plughw:1, pulse:TÊN hoặc http://…, https://… của luồng."""
    with services.db.writing() as session:
        added = add_source(
            session,
            unit_id=choose_unit(session, slug).id,
            name=name,
            address=address,
            private_network=lan,
            redirect_hosts=hosts,
            split_silence_s=split_silence,
            pre_roll_s=pre_roll,
            actor_id=find_user(session, email).id if email else None,
        )
    click.echo(f"Đã thêm {added.name}. Thử thu: loa record '{added.name}' --minutes 1")


@source.command("list", short_help="Liệt kê nguồn tiếng.")
@unit_option
@json_option
@with_services
def list_all(services: Services, slug: str | None, as_json: bool) -> None:
    """Liệt kê nguồn tiếng và tình trạng lần thu gần nhất."""
    with services.db.reading() as session:
        sources = list_sources(session, choose_unit(session, slug).id)
    for item in sources:
        address = item.address.value
        if item.address.kind != "stream":
            address = f"{item.address.kind}:{address}"
        if as_json:
            print_json(
                {
                    "name": item.name,
                    "address": address,
                    "state": item.line_state,
                    "problem": item.problem.code if item.problem else None,
                    "problem_data": item.problem.data if item.problem else {},
                    "seen_at": item.seen_at,
                    "heard_at": item.heard_at,
                }
            )
        else:
            click.echo(f"{item.name}\t{address}\t{_LINE_STATES[item.state_at(utc_now())]}")
            if item.problem:
                click.echo(f"  {describe_code(item.problem.code, item.problem.data)}")
    if not sources and not as_json:
        click.echo("Chưa có nguồn tiếng nào. Thêm bằng 'loa source add'.", err=True)


@source.command("remove", short_help="Bỏ một nguồn tiếng.")
@click.argument("name", metavar="TÊN")
@unit_option
@actor_option
@with_services
def remove_one(services: Services, name: str, slug: str | None, email: str | None) -> None:
    """Bỏ nguồn TÊN và các lịch của nó; bản tin đã thu vẫn còn."""
    with services.db.writing() as session:
        removed = remove_source(
            session,
            unit_id=choose_unit(session, slug).id,
            named=name,
            actor_id=find_user(session, email).id if email else None,
        )
    click.echo(f"Đã bỏ {removed.name}.")


@click.group(short_help="Lịch tự thu hằng tuần.")
def schedule() -> None:
    """Lịch tự thu hằng tuần, theo giờ của đơn vị. “loa up” thu đúng giờ."""


@schedule.command("add", short_help="Thêm một lịch.")
@click.argument("name", metavar="NGUỒN")
@click.argument("when", metavar="LỊCH")
@click.option("--title", default="", help="Tiêu đề các bản tin; bỏ trống thì lấy tên nguồn.")
@unit_option
@actor_option
@with_services
def add_time(
    services: Services, name: str, when: str, title: str, slug: str | None, email: str | None
) -> None:
    """Thu NGUỒN theo LỊCH, ví dụ '05:00-05:30 hằng ngày' hay 'T2-T6 17:00-17:30'."""
    weekly = parse_weekly(when)
    with services.db.writing() as session:
        added = add_schedule(
            session,
            unit_id=choose_unit(session, slug).id,
            named=name,
            weekly=weekly,
            title=title,
            actor_id=find_user(session, email).id if email else None,
        )
    window = next_window(added.weekly, utc_now(), added.zone)
    click.echo(f"{added.id}\t{added.source.name}\t{weekly_text(added.weekly)}")
    click.echo(f"Lần tới: {window.start:%d/%m/%Y %H:%M}.", err=True)


@schedule.command("list", short_help="Liệt kê lịch.")
@unit_option
@json_option
@with_services
def list_times(services: Services, slug: str | None, as_json: bool) -> None:
    """Liệt kê lịch và lần thu tới."""
    with services.db.reading() as session:
        schedules = list_schedules(session, choose_unit(session, slug).id)
    for item in schedules:
        start = next_window(item.weekly, utc_now(), item.zone).start
        if as_json:
            print_json(
                {
                    "id": item.id,
                    "source": item.source.name,
                    "when": weekly_text(item.weekly),
                    "title": item.title,
                    "next": start.isoformat(),
                }
            )
        else:
            times = f"{weekly_text(item.weekly)}\t{start:%d/%m/%Y %H:%M}"
            click.echo(f"{item.id}\t{item.source.name}\t{times}")
    if not schedules and not as_json:
        click.echo("Chưa có lịch nào. Thêm bằng 'loa schedule add'.", err=True)


@schedule.command("remove", short_help="Bỏ một lịch.")
@click.argument("schedule_id", metavar="MÃ")
@actor_option
@with_services
def remove_time(services: Services, schedule_id: str, email: str | None) -> None:
    """Bỏ lịch có MÃ này; lần đang thu kết thúc ở chỗ lặng gần nhất."""
    with services.db.writing() as session:
        removed = remove_schedule(
            session,
            schedule_id=schedule_id,
            actor_id=find_user(session, email).id if email else None,
        )
    click.echo(f"Đã bỏ lịch {weekly_text(removed.weekly)} của {removed.source.name}.")


def weekly_text(weekly: WeeklyTime) -> str:
    """A weekly time as it can be typed again: "T2, T4 05:00–05:30"."""
    clocks = [divmod(minute, 60) for minute in (weekly.start_minute, _end_of_day(weekly))]
    times = "–".join(f"{hour:02d}:{minute:02d}" for hour, minute in clocks)
    if weekly.days == ALL_DAYS:
        return f"{times} hằng ngày"
    return f"{', '.join(_DAY_NAMES[day] for day in sorted(weekly.days))} {times}"


def _end_of_day(weekly: WeeklyTime) -> int:
    """The end on the clock: midnight itself is 24:00."""
    if weekly.end_minute <= DAY_MINUTES:
        return weekly.end_minute
    return weekly.end_minute - DAY_MINUTES
