import itertools

from hypothesis import given
from hypothesis import strategies as st

from bridge.transcript import Segment, Word
from transcribe.lines import (
    LONGEST_LINE_MS,
    SHORTEST_LINE_MS,
    clean_words,
    fit_segment,
    hear_impossible_again,
    is_too_fast,
    split_lines,
)


def spoken(*words: tuple[str, int, int]) -> Segment:
    """A segment of words given as (text, gap before in ms, length in ms)."""
    made, clock = [], 0
    for text, gap, length in words:
        made.append(Word(text, clock + gap, clock + gap + length, 0.9))
        clock += gap + length
    return Segment(0, clock, " ".join(word.text for word in made), tuple(made))


def moved(segment: Segment, by_ms: int) -> Segment:
    """The segment at another time."""
    words = tuple(
        Word(word.text, word.start_ms + by_ms, word.end_ms + by_ms, word.probability)
        for word in segment.words
    )
    return Segment(segment.start_ms + by_ms, segment.end_ms + by_ms, segment.text, words)


class Ear:
    """Hears the same lines whatever it is asked for, and remembers what it was."""

    def __init__(self, *lines: Segment) -> None:
        self.lines = lines
        self.asked: list[tuple[int, int]] = []

    def __call__(self, start_ms: int, end_ms: int) -> list[Segment]:
        self.asked.append((start_ms, end_ms))
        return list(self.lines)


LOOP_IN_A_PAUSE = moved(spoken(*[("nhé", 0, 40)] * 15), 867_000)


def test_a_line_at_the_pace_of_a_mouth_is_heard_once() -> None:
    ear = Ear()
    line = spoken(*[("xin", 0, 130)] * 12)
    assert hear_impossible_again(line, ear) == [line]
    assert ear.asked == []


def test_a_sentence_in_half_a_second_is_left_out_when_its_sound_alone_says_nothing() -> None:
    ear = Ear()
    assert hear_impossible_again(LOOP_IN_A_PAUSE, ear) == []
    assert ear.asked == [(866_800, 867_800)]


def test_it_becomes_the_words_that_its_sound_alone_holds() -> None:
    # The ear has the margins too: the ends of the words around it are not said twice.
    ear = Ear(
        moved(spoken(("rồi", 0, 150), ("nhé", 200, 200), ("bạn", 100, 250)), 866_850),
    )
    (line,) = hear_impossible_again(LOOP_IN_A_PAUSE, ear)
    assert (line.text, line.start_ms, line.end_ms) == ("nhé", 867_000, 867_600)
    assert line.words == (Word("nhé", 867_200, 867_400, 0.9),)


def test_what_is_too_fast_again_stays_for_the_editor_to_decide() -> None:
    ear = Ear(moved(spoken(*[("thêm", 0, 30)] * 9), 867_100))
    assert hear_impossible_again(LOOP_IN_A_PAUSE, ear) == [LOOP_IN_A_PAUSE]


def test_signs_say_nothing_about_a_pace() -> None:
    assert is_too_fast(["bốn"] * 4, 399)
    assert not is_too_fast(["bốn"] * 4, 400)
    assert not is_too_fast(["bốn", "–", "…", "bốn", "bốn"], 100)
    assert is_too_fast(["bốn"] * 4, 0)


def test_words_lose_their_spaces_and_move_to_the_recordings_time() -> None:
    words = clean_words([(" xin", 0.1, 0.3, 0.91234), (" chào", 0.3, 0.55, 0.8)], 5000, 5000, 9000)
    assert words == (Word("xin", 5100, 5300, 0.9123), Word("chào", 5300, 5550, 0.8))


def test_a_word_without_a_space_belongs_to_the_one_before() -> None:
    raw = [(" ngày", 0.0, 0.2, 0.9), (" 2", 0.2, 0.4, 0.9), ("/9", 0.4, 0.7, 0.5)]
    assert clean_words(raw, 0, 0, 1000)[1:] == (Word("2/9", 200, 700, 0.5),)


def test_words_are_composed_letters() -> None:
    (word,) = clean_words([(" hoa\u0300", 0.0, 0.2, 1.0)], 0, 0, 1000)
    assert word.text == "hoà"


def test_words_with_impossible_times_are_put_in_order_inside_the_span() -> None:
    raw = [
        (" a", 0.9, 0.5, 1.0),
        (" b", 0.1, 0.2, 1.0),
        ("  ", 0.2, 0.3, 1.0),
        (" c", 0.3, 9.0, 1.0),
    ]
    words = clean_words(raw, 100, 200, 1500)
    times = [time for word in words for time in (word.start_ms, word.end_ms)]
    assert [word.text for word in words] == ["a", "b", "c"]
    assert times == sorted(times)
    assert times[0] >= 200
    assert times[-1] == 1500


def test_a_short_segment_stays_whole() -> None:
    segment = spoken(("Kính", 0, 400), ("mời.", 0, 400), ("Xin", 900, 400), ("mời.", 0, 400))
    assert split_lines(segment) == [segment]


def test_a_long_segment_is_cut_after_a_sentence() -> None:
    first = [("từ", 50, 450)] * 7 + [("hết.", 50, 450)]
    lines = split_lines(spoken(*first, *[("tiếp", 50, 450)] * 8))
    assert [len(line.words) for line in lines] == [8, 8]
    assert lines[0].text.endswith("hết.")
    assert (lines[0].start_ms, lines[1].end_ms) == (0, 8000)
    assert lines[0].end_ms <= lines[1].start_ms


def test_a_long_segment_is_cut_where_the_speaker_breathes() -> None:
    words = [("một", 50, 450)] * 8 + [("hai", 650, 450)] + [("ba", 50, 450)] * 8
    lines = split_lines(spoken(*words))
    assert [line.words[0].text for line in lines] == ["một", "hai"]


def test_a_sentence_end_too_near_the_edge_is_no_place_to_cut() -> None:
    words = [("Vâng.", 0, 500)] + [("từ", 50, 450)] * 12 + [("Hết.", 50, 450)]
    assert len(split_lines(spoken(*words))) == 1


def test_speech_without_any_stop_is_cut_at_its_longest_gap() -> None:
    words = [("a", 10, 490)] * 20 + [("b", 200, 490)] + [("c", 10, 490)] * 19
    lines = split_lines(spoken(*words))
    assert lines[1].words[0].text == "b"
    assert all(line.end_ms - line.start_ms <= LONGEST_LINE_MS for line in lines)


def test_a_segment_without_words_stays_as_it_is() -> None:
    segment = Segment(0, 60_000, "[nhạc]", (), "music")
    assert split_lines(segment) == [segment]


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["từ", "hết.", "hả?", "và,"]),
            st.integers(0, 3000),
            st.integers(0, 2000),
        ),
        min_size=1,
        max_size=80,
    )
)
def test_lines_keep_every_word_once_in_order_and_never_overlap(
    words: list[tuple[str, int, int]],
) -> None:
    segment = spoken(*words)
    lines = split_lines(segment)
    assert [word for line in lines for word in line.words] == list(segment.words)
    assert " ".join(line.text for line in lines) == segment.text
    assert (lines[0].start_ms, lines[-1].end_ms) == (segment.start_ms, segment.end_ms)
    for line in lines:
        assert all(line.start_ms <= w.start_ms <= w.end_ms <= line.end_ms for w in line.words)
        spoken_ms = line.words[-1].end_ms - line.words[0].start_ms
        assert spoken_ms <= LONGEST_LINE_MS or len(line.words) == 1
    for before, after in itertools.pairwise(lines):
        assert before.end_ms <= after.start_ms
    if len(lines) > 1 and segment.words[-1].end_ms - segment.words[0].start_ms <= LONGEST_LINE_MS:
        assert all(
            line.words[-1].end_ms - line.words[0].start_ms >= SHORTEST_LINE_MS for line in lines
        )


def test_a_segment_is_fitted_between_its_neighbours() -> None:
    segment = Segment(500, 3000, "a b", (Word("a", 500, 900), Word("b", 2000, 3000)))
    fitted = fit_segment(segment, 800, 2500)
    assert fitted == Segment(800, 2500, "a b", (Word("a", 800, 900), Word("b", 2000, 2500)))


def test_a_segment_outside_its_place_or_without_text_is_left_out() -> None:
    word = (Word("a", 0, 500),)
    assert fit_segment(Segment(0, 500, "a", word), 600, 900) is None
    assert fit_segment(Segment(0, 500, "", ()), 0, 900) is None
