"""Dates, hours and lengths in the words of a Vietnamese notice board. Pure.

Moments are aware datetimes; `time_zone` is the unit's, as a name ("Asia/Ho_Chi_Minh") or a tzinfo.
Lengths are milliseconds and are cut, not rounded, to whole seconds, as players do: a sentence that
begins at 31.9 s is linked as 0:31, so that its first word is heard.
"""

from datetime import datetime, tzinfo
from functools import cache
from zoneinfo import ZoneInfo

_WEEKDAYS = ("Thứ Hai", "Thứ Ba", "Thứ Tư", "Thứ Năm", "Thứ Sáu", "Thứ Bảy", "Chủ nhật")


def to_local(moment: datetime, time_zone: str | tzinfo) -> datetime:
    """The same moment on the unit's clock. Raises ValueError for a moment without a zone."""
    if moment.tzinfo is None:
        raise ValueError("a datetime without a time zone cannot be shown")
    zone = _zone(time_zone) if isinstance(time_zone, str) else time_zone
    return moment.astimezone(zone)


def format_date(moment: datetime, time_zone: str | tzinfo) -> str:
    """The date in figures: "21/11/2026"."""
    local = to_local(moment, time_zone)
    return f"{local.day:02}/{local.month:02}/{local.year}"


def format_day(moment: datetime, time_zone: str | tzinfo) -> str:
    """The day of the week and the date: "Thứ Bảy, 21/11/2026"."""
    weekday = _WEEKDAYS[to_local(moment, time_zone).weekday()]
    return f"{weekday}, {format_date(moment, time_zone)}"


def format_clock(moment: datetime, time_zone: str | tzinfo) -> str:
    """The hour in figures: "05:30"."""
    local = to_local(moment, time_zone)
    return f"{local.hour:02}:{local.minute:02}"


def format_hour(moment: datetime, time_zone: str | tzinfo) -> str:
    """The hour in words: "17 giờ 30 phút", "13 giờ 05 phút", "17 giờ" on the full hour."""
    local = to_local(moment, time_zone)
    if local.minute == 0:
        return f"{local.hour} giờ"
    return f"{local.hour} giờ {local.minute:02} phút"


def format_moment(moment: datetime, time_zone: str | tzinfo) -> str:
    """Hour and date together: "10:24, 21/11/2026"."""
    return f"{format_clock(moment, time_zone)}, {format_date(moment, time_zone)}"


def format_length(length_ms: int) -> str:
    """A length, or a place in the sound, in figures: "2:14", "1:02:03" from an hour on."""
    hours, minutes, seconds = _split(length_ms)
    if hours:
        return f"{hours}:{minutes:02}:{seconds:02}"
    return f"{minutes}:{seconds:02}"


def format_length_words(length_ms: int) -> str:
    """A length in words: "1 phút 12 giây", "2 giờ 5 phút"; seconds are left out from an hour on."""
    hours, minutes, seconds = _split(length_ms)
    if hours:
        seconds = 0
    named = ((hours, "giờ"), (minutes, "phút"), (seconds, "giây"))
    parts = [f"{count} {name}" for count, name in named if count]
    if parts:
        return " ".join(parts)
    return "1 giây" if length_ms > 0 else "0 giây"


def format_duration_iso(length_ms: int) -> str:
    """A length as ISO 8601 writes it, for structured data: "PT2M14S"."""
    hours, minutes, seconds = _split(length_ms)
    named = ((hours, "H"), (minutes, "M"), (seconds, "S"))
    return "PT" + ("".join(f"{count}{name}" for count, name in named if count) or "0S")


def _split(length_ms: int) -> tuple[int, int, int]:
    minutes, seconds = divmod(max(0, length_ms) // 1000, 60)
    hours, minutes = divmod(minutes, 60)
    return hours, minutes, seconds


@cache
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)
