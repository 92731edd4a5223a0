"""`loa record`: from a sound card or a stream to announcements, now or by the schedule."""

import hashlib
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from types import FrameType
from zoneinfo import ZoneInfo

import click
from sqlalchemy.orm import Session

from bridge.db import utc_now
from bridge.errors import InvalidInput, NotFound
from bridge.logs import configure_logs
from bridge.models import Unit
from bridge.sources import SourceInfo, find_source, parse_address
from transcribe.line_follow import ScheduleFollower
from transcribe.line_programme import Programme
from transcribe.line_recording import LineRecording
from transcribe.line_writer import Keeper
from web.commands.options import choose_unit, with_services
from web.labels import describe_code
from web.services import Services


@click.command(short_help="Thu từ đường tiếng hoặc luồng trên mạng.")
@click.argument("named", metavar="[NGUỒN]", required=False)
@click.option("--unit", "slug", help="Đơn vị nhận bản tin, ví dụ xa-mau.")
@click.option("--title", default="", help="Tiêu đề các bản tin; bỏ trống thì lấy tên nguồn.")
@click.option("--minutes", type=click.FloatRange(0.01, 24 * 60), help="Thu bấy nhiêu phút.")
@click.option("--until", "clock", metavar="GIỜ:PHÚT", help="Thu đến giờ này.")
@click.option("--scheduled", is_flag=True, help="Thu mọi nguồn theo lịch, như “loa up” vẫn làm.")
@with_services
def record(
    services: Services,
    named: str | None,
    slug: str | None,
    title: str,
    minutes: float | None,
    clock: str | None,
    scheduled: bool,
) -> None:
    """Thu NGUỒN: tên trong “loa source list”, alsa:THIẾT_BỊ hoặc pulse:TÊN.

    Im lặng đủ lâu thì tách thành bản tin mới. Không nói giờ dừng thì thu đến khi nhấn Ctrl-C.
    """
    configure_logs("WARNING", services.settings.log_format)
    if scheduled:
        ScheduleFollower(services.settings).run()
        return
    if not named:
        raise click.UsageError("Thiếu NGUỒN. Xem các nguồn bằng “loa source list”.")
    with services.db.reading() as session:
        unit_id = choose_unit(session, slug).id
        zone = ZoneInfo(session.get_one(Unit, unit_id).time_zone)
        source = _source(session, unit_id, named)
    now = utc_now()
    recording = LineRecording(
        Keeper(services.settings, services.db, services.media, services.queue),
        source,
        programmes=[Programme(title or source.name, until=_end(now, zone, minutes, clock))],
        zone=zone,
        report=_tell,
    )
    with _stopping() as stop:
        click.echo(f"Đang nối tới {source.name}. Nhấn Ctrl-C để dừng.", err=True)
        recording.run(stop, give_up=True)
    click.echo("Đã dừng.", err=True)


def _source(session: Session, unit_id: str, named: str) -> SourceInfo:
    """A listed source; or a device of this machine as it is. A stream has to be listed."""
    try:
        return find_source(session, unit_id, named)
    except NotFound:
        address = parse_address(named) if ":" in named else None
        if address is None:
            raise
    if address.kind == "stream":
        raise NotFound("source_not_listed", address=address.value)
    name = f"{address.kind}:{address.value}"
    return SourceInfo(
        # Fit for a file's name and the same each time: two recorders of a device see each other.
        id=hashlib.sha256(name.encode()).hexdigest()[:12],
        unit_id=unit_id,
        name=name,
        address=address,
        private_network=False,
        redirect_hosts=(),
        split_silence_s=20,
        pre_roll_s=5,
        line_state="idle",
        problem=None,
        seen_at=None,
        heard_at=None,
    )


def _end(
    now: datetime, zone: ZoneInfo, minutes: float | None, clock: str | None
) -> datetime | None:
    """When to stop; None for never. Raises InvalidInput `record_until_wrong`."""
    ends = [now + timedelta(minutes=minutes)] if minutes else []
    if clock:
        try:
            at = datetime.strptime(clock.strip(), "%H:%M").time()  # noqa: DTZ007  the zone follows
        except ValueError:
            raise InvalidInput("record_until_wrong") from None
        end = datetime.combine(now.astimezone(zone).date(), at, zone)
        ends.append(end if end > now else end + timedelta(days=1))
    return min(ends, default=None)


def _tell(name: str, data: dict[str, object]) -> None:
    """One line for each thing that happens, the address of a new announcement on stdout."""
    if name in ("lost", "refused"):
        given = data["data"] if isinstance(data["data"], dict) else {}
        click.echo(describe_code(str(data["code"]), given), err=True)
    elif name == "finished":
        click.echo(f"Bản tin {data['announcement']}")
    elif name == "dropped":
        click.echo(f"Máy ghi không kịp nên mất chừng {data['seconds']} giây tiếng.", err=True)
    elif name in _LINES:
        click.echo(_LINES[name], err=True)


_LINES = {
    "listening": "Đang nghe.",
    "begins": "Có tiếng, bắt đầu một bản tin.",
    "goes_on": "Thu tiếp bản tin đang dở.",
    "left": "Chưa làm xong bản tin; máy chủ sẽ tự làm nốt.",
    "unkept": "Chưa ghi được phần tiếng cuối cùng.",
}


@contextmanager
def _stopping() -> Iterator[threading.Event]:
    """An event that Ctrl-C and SIGTERM set; what was recorded is then brought to its end."""
    stop = threading.Event()

    def on_signal(number: int, frame: FrameType | None) -> None:
        stop.set()

    before = {
        number: signal.signal(number, on_signal) for number in (signal.SIGINT, signal.SIGTERM)
    }
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
