"""Dates, hours and lengths as they stand on the pages."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from publish import dates

ZONE = "Asia/Ho_Chi_Minh"
# 22:30 UTC on the 20th is 05:30 on the 21st in Việt Nam.
MORNING = datetime(2026, 11, 20, 22, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("function", "expected"),
    [
        (dates.format_date, "21/11/2026"),
        (dates.format_day, "Thứ Bảy, 21/11/2026"),
        (dates.format_clock, "05:30"),
        (dates.format_hour, "5 giờ 30 phút"),
        (dates.format_moment, "05:30, 21/11/2026"),
    ],
)
def test_moments_are_told_on_the_unit_s_clock(function, expected):
    assert function(MORNING, ZONE) == expected


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (16, "Thứ Hai, 16/11/2026"),
        (17, "Thứ Ba, 17/11/2026"),
        (18, "Thứ Tư, 18/11/2026"),
        (19, "Thứ Năm, 19/11/2026"),
        (20, "Thứ Sáu, 20/11/2026"),
        (21, "Thứ Bảy, 21/11/2026"),
        (22, "Chủ nhật, 22/11/2026"),
    ],
)
def test_every_day_of_the_week_has_its_name(day, expected):
    assert dates.format_day(datetime(2026, 11, day, 3, tzinfo=UTC), ZONE) == expected


@pytest.mark.parametrize(
    ("hour", "minute", "expected"),
    [
        (17, 30, "17 giờ 30 phút"),
        (17, 0, "17 giờ"),
        (13, 5, "13 giờ 05 phút"),
        (0, 0, "0 giờ"),
    ],
)
def test_hours_in_words(hour, minute, expected):
    assert dates.format_hour(datetime(2026, 1, 2, hour, minute, tzinfo=UTC), UTC) == expected


def test_a_date_keeps_its_leading_zeros():
    assert dates.format_date(datetime(2026, 3, 4, tzinfo=UTC), UTC) == "04/03/2026"


def test_a_time_zone_may_be_given_as_an_object():
    assert dates.format_clock(MORNING, timezone(timedelta(hours=9))) == "07:30"


def test_a_moment_without_a_time_zone_is_refused():
    with pytest.raises(ValueError, match="time zone"):
        dates.format_date(datetime(2026, 11, 21), ZONE)  # noqa: DTZ001 - that is the point


@pytest.mark.parametrize(
    ("length_ms", "figures", "words", "iso"),
    [
        (0, "0:00", "0 giây", "PT0S"),
        (400, "0:00", "1 giây", "PT0S"),
        (31_900, "0:31", "31 giây", "PT31S"),
        (60_000, "1:00", "1 phút", "PT1M"),
        (72_000, "1:12", "1 phút 12 giây", "PT1M12S"),
        (134_999, "2:14", "2 phút 14 giây", "PT2M14S"),
        (3_599_999, "59:59", "59 phút 59 giây", "PT59M59S"),
        (3_723_000, "1:02:03", "1 giờ 2 phút", "PT1H2M3S"),
        (7_200_000, "2:00:00", "2 giờ", "PT2H"),
        (-5, "0:00", "0 giây", "PT0S"),
    ],
)
def test_lengths(length_ms, figures, words, iso):
    assert dates.format_length(length_ms) == figures
    assert dates.format_length_words(length_ms) == words
    assert dates.format_duration_iso(length_ms) == iso
