"""Weekly times: how people write them, and when they are."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, strategies

from bridge.errors import InvalidInput
from bridge.schedules import ALL_DAYS, WeeklyTime, next_window, parse_weekly

VIETNAM = ZoneInfo("Asia/Ho_Chi_Minh")
MORNING = (5 * 60, 5 * 60 + 30)


@pytest.mark.parametrize(
    ("text", "days", "minutes"),
    [
        ("05:00–05:30 hằng ngày", ALL_DAYS, MORNING),
        ("05:00-05:30 daily", ALL_DAYS, MORNING),
        ("hàng ngày từ 5 giờ đến 5 giờ 30 phút", ALL_DAYS, MORNING),
        ("5h - 5h30 mỗi ngày", ALL_DAYS, MORNING),
        ("T2–T6 17:00–17:30", range(5), (1020, 1050)),
        ("thứ hai đến thứ sáu, 17h–17h30", range(5), (1020, 1050)),
        ("thứ 2, 4, 6 lúc 5:00-5:30", (0, 2, 4), MORNING),
        ("Thứ Ba, thứ năm và Chủ Nhật 5:00 - 5:30", (1, 3, 6), MORNING),
        ("thứ tư 5:00-5:30", (2,), MORNING),
        ("thứ hai và tư 17:00-17:30", (0, 2), (1020, 1050)),
        ("Thứ hai, Tư, sáu 5:00-5:30", (0, 2, 4), MORNING),
        ("thứ 2, tư và bảy từ 5:00 đến 5:30", (0, 2, 5), MORNING),
        ("thứ hai đến sáu từ 5:00 đến 5:30", range(5), MORNING),
        ("thu hai, sau 5:00-5:30", (0, 4), MORNING),
        ("thu hai va tu 5:00-5:30", (0, 2), MORNING),
        ("tu thu 2 den thu 6 luc 5:00-5:30", range(5), MORNING),
        ("thu 2, 4, 6 tu 5 gio den 5 gio 30", (0, 2, 4), MORNING),
        ("CN 05:00-05:30", (6,), MORNING),
        ("T7-T2 05:00-05:30", (5, 6, 0), MORNING),
        ("ngày thường 05:00-05:30", range(5), MORNING),
        ("cuối tuần 05:00-05:30", (5, 6), MORNING),
        ("Mon, Wed-Fri 05:00-05:30", (0, 2, 3, 4), MORNING),
        ("Thursday and Sunday 05:00-05:30", (3, 6), MORNING),
        ("23:30-00:15 hằng ngày", ALL_DAYS, (1410, 1455)),
        ("23:00–24:00 hằng ngày", ALL_DAYS, (1380, 1440)),
    ],
)
def test_weekly_times_are_read_as_they_are_written(
    text: str, days: frozenset[int], minutes: tuple[int, int]
) -> None:
    assert parse_weekly(text) == WeeklyTime(frozenset(days), *minutes)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "hằng ngày",
        "05:00-05:30",  # on which days?
        "05:00 hằng ngày",
        "25:00-26:00 hằng ngày",
        "05:60-06:00 hằng ngày",
        "05:00-05:00 hằng ngày",
        "24:00-05:00 hằng ngày",
        "05:00-05:30, 17:00-17:30 hằng ngày",
        "05:00-05:30 hằng tháng",
        "thứ 8 05:00-05:30",
        "2, 4, 6 05:00-05:30",
        "T2- 05:00-05:30",
        "-T2 05:00-05:30",
        "05:00-05:30 hằng ngày trừ chủ nhật",
        "0500-0530 hằng ngày",
        "105:00-05:30 hằng ngày",
        "tư 05:00-05:30",  # Wednesday, or half a word?
        "thu hai, tu 5:00-5:30",  # Wednesday, or "from"?
        "thứ hai tứ 5:00-5:30",
        "thứ 05:00-05:30",
        "hằng ngày, tư 05:00-05:30",
        "cuối tuần và thứ tư 05:00-05:30",
    ],
)
def test_what_is_not_clear_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        parse_weekly(text)
    assert refused.value.code == "schedule_unreadable"


def test_a_whole_day_is_refused_with_what_to_do() -> None:
    with pytest.raises(InvalidInput) as refused:
        parse_weekly("00:00–24:00 hằng ngày")
    assert refused.value.code == "schedule_whole_day"
    assert parse_weekly("12:00–24:00 hằng ngày") == WeeklyTime(ALL_DAYS, 720, 1440)


@given(strategies.text(alphabet="0123456789:–- hgiờthứTCN,àyằ", max_size=40))
def test_any_text_is_read_or_refused_and_nothing_else(text: str) -> None:
    try:
        weekly = parse_weekly(text)
    except InvalidInput:
        return
    assert weekly.days <= ALL_DAYS
    # As the table of schedules wants it.
    assert 0 <= weekly.start_minute < weekly.end_minute < weekly.start_minute + 1440


def test_an_occasion_is_that_of_the_clock_in_vietnam() -> None:
    weekly = parse_weekly("05:00-05:30 hằng ngày")
    window = next_window(weekly, datetime(2026, 5, 11, 20, 0, tzinfo=UTC), VIETNAM)  # 3:00 there
    assert window.start == datetime(2026, 5, 12, 5, 0, tzinfo=VIETNAM)
    assert window.end == datetime(2026, 5, 12, 5, 30, tzinfo=VIETNAM)
    assert next_window(weekly, window.start, VIETNAM) == window
    assert next_window(weekly, window.end - timedelta(seconds=1), VIETNAM) == window
    assert next_window(weekly, window.end, VIETNAM).start == window.start + timedelta(days=1)


def test_an_occasion_over_midnight_still_goes_on_after_it() -> None:
    weekly = parse_weekly("thứ 7 23:30-00:15")
    after_midnight = datetime(2026, 5, 17, 0, 5, tzinfo=VIETNAM)  # a Sunday
    window = next_window(weekly, after_midnight, VIETNAM)
    assert window.start == datetime(2026, 5, 16, 23, 30, tzinfo=VIETNAM)
    assert next_window(weekly, window.end, VIETNAM).start == window.start + timedelta(days=7)


@given(
    strategies.sets(strategies.integers(0, 6), min_size=1),
    strategies.integers(0, 1439),
    strategies.integers(1, 1439),
    strategies.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1)),  # noqa: DTZ001
)
def test_the_next_occasion_is_never_over_and_never_more_than_a_week_away(
    days: set[int], start: int, length: int, at: datetime
) -> None:
    moment = at.replace(tzinfo=UTC)
    window = next_window(WeeklyTime(frozenset(days), start, start + length), moment, VIETNAM)
    assert window.end > moment
    assert window.start - moment <= timedelta(days=7)
    assert window.end - window.start == timedelta(minutes=length)
    assert window.start.astimezone(VIETNAM).weekday() in days
