"""Which of the programmes of a line is on."""

from datetime import UTC, datetime, timedelta

from transcribe.line_programme import Programme, programme_at

EVENING = datetime(2026, 11, 23, 17, tzinfo=UTC)


def at(minutes: float) -> datetime:
    return EVENING + timedelta(minutes=minutes)


FIRST = Programme("Tỉnh", at(0), at(30))
SECOND = Programme("Xã", at(31), at(60))


def test_the_last_one_that_has_begun_is_on_and_before_all_the_first() -> None:
    found = [programme_at((FIRST, SECOND), at(minutes)) for minutes in (-1, 0, 30.5, 31, 70)]
    assert found == [FIRST, FIRST, FIRST, SECOND, SECOND]
    endless = Programme("Tay")
    assert programme_at((endless,), at(0)) is endless


def test_whoever_speaks_longer_is_heard_until_the_next_one_begins() -> None:
    """The schedules know nothing of a time that is over."""
    assert programme_at((SECOND,), at(30.8), FIRST) is FIRST
    assert programme_at((SECOND,), at(31), FIRST) is SECOND
    assert programme_at((SECOND,), at(30.8)) is SECOND
    moved = Programme("Tỉnh", at(10), at(30))  # an admin has put it off
    assert programme_at((moved,), at(5), FIRST) is moved


def test_what_overlaps_does_not_come_after() -> None:
    assert SECOND.comes_after(FIRST)
    assert Programme("Xã", at(30), at(60)).comes_after(FIRST)
    assert not Programme("Xã", at(29), at(60)).comes_after(FIRST)
    assert not FIRST.comes_after(FIRST)
    assert not SECOND.comes_after(Programme("Tay"))
