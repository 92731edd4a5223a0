"""Reading single fields of forms: text, moments, numbers. Wrong ones raise InvalidInput."""

from datetime import datetime
from zoneinfo import ZoneInfo

from bridge.db import utc_now
from bridge.errors import InvalidInput

# What the field shows, what people write instead, and what scripts send.
_MOMENT_FORMS = (
    "%d/%m/%Y %H:%M",
    "%d/%m/%Y %Hh%M",
    "%d-%m-%Y %H:%M",
    "%H:%M %d/%m/%Y",
    "%Y-%m-%dT%H:%M",
    "%Y-%m-%dT%H:%M:%S",
)


_EARLIEST_YEAR = 1950  # old tapes may be put on the portal too


def read_moment(
    text: str, time_zone: str, *, code: str = "broadcast_at_invalid", years_ahead: int = 1
) -> datetime | None:
    """A moment on the unit's clock; None when nothing was filled in.

    Raises InvalidInput `code`, also for a moment of a year later than in `years_ahead` years.
    """
    text = " ".join(text.replace(",", " ").split())
    if not text:
        return None
    for form in _MOMENT_FORMS:
        try:
            moment = datetime.strptime(text, form).replace(tzinfo=ZoneInfo(time_zone))
        except ValueError:
            continue
        # A slip of the finger in the year would pin an item to the top of the portal for ever.
        if not _EARLIEST_YEAR <= moment.year <= utc_now().year + years_ahead:
            break
        return moment
    raise InvalidInput(code, value=text)


def read_version(text: str) -> int:
    """A version number, bare or as an ETag (`"3"`). Raises InvalidInput."""
    digits = text.strip().removeprefix("W/").strip('"')
    if not digits.isascii() or not digits.isdigit() or len(digits) > 9:
        raise InvalidInput(value=text[:40])
    return int(digits)
