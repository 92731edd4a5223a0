"""Intervals for rates measured over files."""

import pytest

from transcribe.bootstrap import Estimate, estimate_ratio


def test_the_value_is_the_ratio_of_sums_and_lies_in_its_interval() -> None:
    found = estimate_ratio([(1, 10), (0, 10), (5, 10), (2, 70)])
    assert found.value == 0.08
    assert found.low is not None
    assert found.high is not None
    assert 0.0 <= found.low < 0.08 < found.high <= 0.5


def test_the_same_seed_gives_the_same_interval_and_another_one_hardly_moves_it() -> None:
    parts = [(number % 7, 15.0 + number % 11) for number in range(60)]
    first, again, other = (estimate_ratio(parts, seed) for seed in (1, 1, 2))
    assert first == again
    assert other != first
    assert other.low == pytest.approx(first.low, abs=0.01)
    assert other.high == pytest.approx(first.high, abs=0.01)


def test_the_interval_is_that_of_the_theory_where_there_is_one() -> None:
    # A share of 400 files that are each right or wrong: ±1.96 √(p(1-p)/n).
    found = estimate_ratio([(float(number % 4 == 0), 1.0) for number in range(400)])
    assert found.value == 0.25
    assert found.low == pytest.approx(0.25 - 0.0424, abs=0.004)
    assert found.high == pytest.approx(0.25 + 0.0424, abs=0.004)


def test_more_files_make_it_narrower() -> None:
    few = estimate_ratio([(1, 10), (4, 10)] * 3)
    many = estimate_ratio([(1, 10), (4, 10)] * 50)
    assert None not in (few.low, few.high, many.low, many.high)
    assert many.high - many.low < (few.high - few.low) / 3  # type: ignore[operator]


def test_one_file_has_a_value_and_no_interval() -> None:
    assert estimate_ratio([(3, 12), (0, 0)]) == Estimate(3, 12)
    assert estimate_ratio([(3, 12)]).value == 0.25


@pytest.mark.parametrize("parts", [[], [(0, 0), (0, 0)]])
def test_nothing_to_count_is_no_rate(parts: list[tuple[float, float]]) -> None:
    assert estimate_ratio(parts).value is None


def test_rounds_that_drew_nothing_to_count_are_left_out() -> None:
    # (2, 0): something made up where nothing was due; alone it has no rate.
    found = estimate_ratio([(2, 0), (1, 4)])
    assert found.value == 0.75
    assert found.low == 0.25
