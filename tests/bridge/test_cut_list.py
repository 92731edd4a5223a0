"""What residents hear of a recording, and where a moment of it comes then."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.cut_list import BEEP, COVERS, CUT, Cover, CutList, SoundSpan


@pytest.mark.parametrize(
    ("covers", "spans"),
    [
        ([], [(1000, 9000, False)]),
        ([(2000, 3000, CUT)], [(1000, 2000, False), (3000, 9000, False)]),
        ([(2000, 3000, BEEP)], [(1000, 2000, False), (2000, 3000, True), (3000, 9000, False)]),
        # Side by side: one cut, one tone.
        ([(3000, 4000, CUT), (2000, 3000, CUT)], [(1000, 2000, False), (4000, 9000, False)]),
        ([(1000, 2000, BEEP), (2000, 9000, BEEP)], [(1000, 9000, True)]),
        # At the ends, beyond them, and all of it.
        ([(0, 2000, CUT), (8000, 9500, CUT)], [(2000, 8000, False)]),
        ([(0, 500, CUT), (9500, 9900, BEEP)], [(1000, 9000, False)]),
        ([(0, 10_000, CUT)], []),
        # Overlapping: the earlier one holds to its end.
        (
            [(2000, 4000, BEEP), (3000, 5000, CUT)],
            [(1000, 2000, False), (2000, 4000, True), (5000, 9000, False)],
        ),
    ],
)
def test_the_stretches(
    covers: list[tuple[int, int, str]], spans: list[tuple[int, int, bool]]
) -> None:
    made = CutList(1000, 9000, [Cover(*cover) for cover in covers])
    assert made.spans == tuple(SoundSpan(*span) for span in spans)
    assert made.duration_ms == sum(end - start for start, end, _beep in spans)
    assert CutList.of_spans(made.spans).duration_ms == made.duration_ms


def test_a_moment_comes_earlier_by_what_was_cut_before_it() -> None:
    made = CutList(1000, 9000, [Cover(2000, 3000, CUT), Cover(5000, 6000, BEEP)])
    moments = [0, 1000, 1500, 2000, 2500, 3000, 3500, 5500, 9000, 9999]
    assert [made.place(one) for one in moments] == [
        0,
        0,
        500,
        1000,
        1000,
        1000,
        1500,
        3500,
        7000,
        7000,
    ]


SPANS = st.tuples(st.integers(0, 50), st.integers(0, 50), st.sampled_from(COVERS))


@given(st.lists(SPANS, max_size=6), st.lists(st.integers(-5, 55), min_size=2, max_size=8))
def test_order_is_kept_and_nothing_lies_outside(
    covers: list[tuple[int, int, str]], moments: list[int]
) -> None:
    made = CutList(5, 45, [Cover(min(a, b), max(a, b), kind) for a, b, kind in covers])
    places = [made.place(moment) for moment in sorted(moments)]
    assert places == sorted(places)
    assert all(0 <= place <= made.duration_ms <= 40 for place in places)
    for one, other in zip(made.spans, made.spans[1:], strict=False):
        assert one.end_ms <= other.start_ms
    assert all(span.start_ms < span.end_ms for span in made.spans)
