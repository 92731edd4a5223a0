from datetime import UTC, datetime

import pytest

from bridge.errors import InvalidInput
from web.display import field_moment
from web.fields import read_moment, read_version

ZONE = "Asia/Ho_Chi_Minh"
MORNING = datetime(2026, 11, 20, 22, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        "21/11/2026 05:30",
        " 21/11/2026   5:30 ",
        "21/11/2026, 05:30",
        "05:30, 21/11/2026",
        "21-11-2026 05:30",
        "21/11/2026 5h30",
        "2026-11-21T05:30",
        "2026-11-21T05:30:00",
    ],
)
def test_moments_are_read_on_the_units_clock(text: str) -> None:
    assert read_moment(text, ZONE) == MORNING


def test_what_a_field_shows_reads_back_as_the_same_moment() -> None:
    assert field_moment(MORNING, ZONE) == "21/11/2026 05:30"
    assert read_moment(field_moment(MORNING, ZONE), ZONE) == MORNING


def test_nothing_is_no_moment() -> None:
    assert read_moment("  ", ZONE) is None


@pytest.mark.parametrize(
    "text",
    [
        "hôm qua",
        "31/02/2026 05:30",
        "11/21/2026 05:30",
        "21/11/2026",
        "01/01/0001 00:00",
        "21/11/2062 05:30",
        "31/12/9999 23:59",
    ],
)
def test_what_is_no_moment_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput, match="broadcast_at_invalid"):
        read_moment(text, ZONE)


@pytest.mark.parametrize(("text", "version"), [("3", 3), ('"3"', 3), (' W/"12" ', 12)])
def test_versions_are_read_bare_or_as_etags(text: str, version: int) -> None:
    assert read_version(text) == version


@pytest.mark.parametrize("text", ["", "*", '"x"', "-1", "1.5", '"1", "2"', "²", "9" * 30])
def test_what_is_no_version_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput):
        read_version(text)
