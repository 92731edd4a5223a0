from transcribe.remaining import RemainingTime


def test_nothing_is_said_before_there_is_something_to_go_by() -> None:
    estimate = RemainingTime(600_000)
    assert estimate.note(0.0, 0) is None
    assert estimate.note(5.0, 30_000) is None  # too short a look
    assert RemainingTime(600_000).note(50.0, 30_000) is None  # a single look


def test_steady_speed_gives_the_time_that_is_left() -> None:
    estimate = RemainingTime(600_000)
    for second in range(0, 31, 5):
        remaining_s = estimate.note(float(second), second * 6_000)  # six times real time
    assert remaining_s == 70  # 420 s of sound


def test_the_last_two_minutes_count() -> None:
    estimate = RemainingTime(10_000_000)
    for second in range(0, 300, 10):
        estimate.note(float(second), second * 10_000)
    for second in range(300, 900, 10):
        remaining_s = estimate.note(float(second), 3_000_000 + (second - 300) * 1_000)
    # 6,410,000 ms are left, and since two minutes it goes at real time.
    assert remaining_s is not None
    assert 6_300 <= remaining_s <= 6_500


def test_waiting_makes_the_rest_longer_and_the_end_is_zero() -> None:
    estimate = RemainingTime(100_000)
    estimate.note(0.0, 0)
    before = estimate.note(20.0, 50_000)
    later = estimate.note(40.0, 50_000)
    assert before is not None
    assert later is not None
    assert later > before
    assert estimate.note(50.0, 99_999) == 1  # never zero while something is left
    assert estimate.note(51.0, 100_000) == 0


def test_speed_is_measured_anew_when_a_part_is_heard_again() -> None:
    estimate = RemainingTime(600_000)
    estimate.note(0.0, 0)
    assert estimate.note(20.0, 200_000) is not None
    assert estimate.note(21.0, 100_000) is None
