"""What templates may say: moments, lengths, sound lines, labels."""

from datetime import datetime

from flask import Flask, url_for

from bridge.logins import LoginView, news_of_logins
from bridge.queries import SegmentView
from publish.answers import in_lines
from publish.dates import format_clock, format_date, format_length, format_moment
from publish.names import name_in_sentence
from publish.site import accent_address
from publish.sound_line import sound_line_path
from web.access import EDITORS, SENDERS, may_cancel, may_retry, units_of
from web.assets import icon_symbols
from web.browser_names import browser_name
from web.context import current_services
from web.labels import PRIORITIES, state_label
from web.progress import detail_of, failure_of, is_moving, label_of, percent_done
from web.security import current_person
from web.signing_in import own_login_id


def install_display(app: Flask) -> None:
    """Make the filters and globals below known to every template."""
    app.jinja_env.filters.update(
        accent_address=accent_address,
        in_sentence=name_in_sentence,
        clock=format_clock,
        date=format_date,
        moment=format_moment,
        sound_length=format_length,
        word_times=_word_times,
        sound_line=sound_line_path,
        in_lines=in_lines,
        field_moment=field_moment,
        iso=datetime.isoformat,
        label=label_of,
        part_label=lambda one: state_label(one.state, one.failure_code),
        detail=detail_of,
        cancellable=may_cancel,
        retriable=may_retry,
        browser_name=browser_name,
        percent=percent_done,
        failure=failure_of,
        moving=is_moving,
    )
    app.jinja_env.globals.update(
        icon_symbols=icon_symbols,
        may_send_files=may_send_files,
        may_keep_names=may_keep_names,
        strange_logins=strange_logins,
        asset=lambda name: url_for("assets.own", name=name),
        portal_asset=lambda name: url_for("assets.portal", name=name),
        priorities=PRIORITIES,
    )


def may_send_files() -> bool:
    """Whether the menu offers the person who is signed in the upload page."""
    return _has_role(SENDERS)


def may_keep_names() -> bool:
    """Whether the menu offers the glossary."""
    return _has_role(EDITORS)


def strange_logins() -> list[LoginView]:
    """Logins of the person's account from new places, of which they have said nothing yet."""
    person = current_person()
    if person is None:
        return []
    with current_services().db.reading() as session:
        return news_of_logins(session, str(person.id), own_login_id())


def _has_role(roles: frozenset[str]) -> bool:
    person = current_person()
    if person is None:
        return False
    with current_services().db.reading() as session:
        return bool(units_of(session, str(person.id), roles))


def field_moment(moment: datetime, time_zone: str) -> str:
    """A moment as it stands in a field, on the unit's clock: "21/11/2026 05:30".

    The browser's own date field would show the month first on a machine with an English system.
    """
    return f"{format_date(moment, time_zone)} {format_clock(moment, time_zone)}"


def _word_times(segment: SegmentView) -> str:
    """When each word begins, in ms from the beginning of its segment, parted by spaces."""
    return " ".join(str(word.start_ms - segment.start_ms) for word in segment.words)
