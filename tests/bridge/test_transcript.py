"""Words keep their times through editing."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.transcript import (
    Line,
    Segment,
    Word,
    align,
    kind_of_text,
    merge,
    normalise_text,
    split,
)
from bridge.vietnamese import token_key

START_MS, END_MS = 1_000, 9_000


def words(*entries: tuple[str, int, int]) -> list[Word]:
    return [Word(text, start, end, 0.9) for text, start, end in entries]


HEARD = words(
    ("Kính", 1_000, 1_400),
    ("thưa", 1_400, 1_900),
    ("toàn", 2_000, 2_300),
    ("thể", 2_300, 2_700),
    ("bà", 4_000, 4_200),
    ("con.", 4_200, 4_800),
)
HEARD_TEXT = " ".join(word.text for word in HEARD)


def times(aligned: tuple[Word, ...]) -> list[tuple[str, int, int]]:
    return [(word.text, word.start_ms, word.end_ms) for word in aligned]


def test_the_same_text_keeps_every_time_and_probability() -> None:
    assert align(HEARD_TEXT, HEARD, START_MS, END_MS) == tuple(HEARD)


@pytest.mark.parametrize(
    "text",
    [
        "KÍNH THƯA TOÀN THỂ BÀ CON",
        "“Kính thưa”, tòan… (thể) bà con!",
        unicodedata.normalize("NFD", HEARD_TEXT),
        "  Kính thưa\ntoàn\tthể   bà con.  ",
    ],
    ids=["case", "punctuation and tone place", "decomposed", "spaces"],
)
def test_changes_that_are_not_heard_keep_times_and_probabilities(text: str) -> None:
    aligned = align(text, HEARD, START_MS, END_MS)
    assert [word.text for word in aligned] == normalise_text(text).split()
    assert [(word.start_ms, word.end_ms) for word in aligned] == [
        (word.start_ms, word.end_ms) for word in HEARD
    ]
    assert {word.probability for word in aligned} == {0.9}


def test_as_many_new_words_take_the_times_of_the_old_ones() -> None:
    aligned = align("Kính chào quý thể bà con.", HEARD, START_MS, END_MS)
    assert times(aligned)[1:3] == [("chào", 1_400, 1_900), ("quý", 2_000, 2_300)]
    assert [word.probability for word in aligned] == [0.9, None, None, 0.9, 0.9, 0.9]


def test_an_inserted_word_fills_the_gap_between_its_neighbours() -> None:
    aligned = align("Kính thưa toàn thể quý bà con.", HEARD, START_MS, END_MS)
    assert times(aligned)[4] == ("quý", 2_700, 4_000)
    assert aligned[4].probability is None
    assert tuple(aligned[:4] + aligned[5:]) == tuple(HEARD)


def test_words_inserted_at_the_ends_reach_to_the_segments_edges() -> None:
    heard = words(("bà", 2_000, 2_500), ("con", 2_500, 3_000))
    assert times(align("Thưa bà con ơi", heard, START_MS, END_MS)) == [
        ("Thưa", 1_000, 2_000),
        ("bà", 2_000, 2_500),
        ("con", 2_500, 3_000),
        ("ơi", 3_000, 9_000),
    ]


def test_several_inserted_words_share_the_gap_by_their_letters() -> None:
    heard = words(("bà", 2_000, 2_500), ("con", 2_900, 3_000))
    assert times(align("bà a bcd con", heard, START_MS, END_MS))[1:3] == [
        ("a", 2_500, 2_600),
        ("bcd", 2_600, 2_900),
    ]


def test_a_deleted_word_leaves_the_others_alone() -> None:
    aligned = align("Kính thưa bà con.", HEARD, START_MS, END_MS)
    assert aligned == (HEARD[0], HEARD[1], HEARD[4], HEARD[5])


def test_fewer_and_more_words_share_the_span_of_what_they_replace() -> None:
    fewer = align("Kính thưa nhândân bà con.", HEARD, START_MS, END_MS)
    assert times(fewer)[2] == ("nhândân", 2_000, 2_700)
    more = align("Kính thưa ab cd efgh bà con.", HEARD, START_MS, END_MS)
    assert times(more)[2:5] == [
        ("ab", 2_000, 2_175),
        ("cd", 2_175, 2_350),
        ("efgh", 2_350, 2_700),
    ]
    assert [word.probability for word in more[2:5]] == [None, None, None]


def test_text_where_nothing_was_heard_is_spread_over_the_segment() -> None:
    assert times(align("một hai", [], START_MS, END_MS)) == [
        ("một", 1_000, 5_000),
        ("hai", 5_000, 9_000),
    ]


@pytest.mark.parametrize("text", ["", "  \n "])
def test_no_text_has_no_words(text: str) -> None:
    assert align(text, HEARD, START_MS, END_MS) == ()


def test_a_repeated_word_keeps_the_times_of_its_own_occurrence() -> None:
    heard = words(("một", 1_000, 1_100), ("hai", 1_100, 1_200), ("một", 1_200, 1_300))
    assert times(align("hai một", heard, START_MS, END_MS)) == [
        ("hai", 1_100, 1_200),
        ("một", 1_200, 1_300),
    ]


def test_a_changed_word_beside_its_own_repetition_leaves_the_other_alone() -> None:
    heard = words(("một", 1_000, 1_100), ("một", 1_200, 1_300))
    assert times(align("hai một", heard, START_MS, END_MS)) == [
        ("hai", 1_000, 1_100),
        ("một", 1_200, 1_300),
    ]


def test_editing_back_restores_the_engines_times_and_probabilities() -> None:
    align("hoàn toàn khác", HEARD, START_MS, END_MS)
    assert align(HEARD_TEXT, HEARD, START_MS, END_MS) == tuple(HEARD)


token = st.sampled_from(["kính", "thưa", "bà", "con", "Con,", "hòa", "hoà", "7", "17h30", ".", "–"])


@st.composite
def heard_words(draw: st.DrawFn) -> list[Word]:
    """Words in order inside the segment, with or without pauses between them."""
    texts = draw(st.lists(token, max_size=12))
    edges = draw(
        st.lists(
            st.integers(START_MS, END_MS), min_size=2 * len(texts), max_size=2 * len(texts)
        ).map(sorted)
    )
    return [
        Word(text, edges[2 * number], edges[2 * number + 1], 0.5)
        for number, text in enumerate(texts)
    ]


@given(heard_words(), st.lists(token, max_size=14))
def test_any_text_gets_monotone_times_inside_the_segment(
    engine_words: list[Word], tokens: list[str]
) -> None:
    aligned = align(" ".join(tokens), engine_words, START_MS, END_MS)
    assert [word.text for word in aligned] == tokens
    edges = [edge for word in aligned for edge in (word.start_ms, word.end_ms)]
    assert edges == sorted(edges)
    assert all(START_MS <= edge <= END_MS for edge in edges)


@given(heard_words(), st.lists(token, max_size=14))
def test_a_probability_is_only_ever_the_engines_own(
    engine_words: list[Word], tokens: list[str]
) -> None:
    own = {(token_key(word.text), word.start_ms, word.end_ms) for word in engine_words}
    for word in align(" ".join(tokens), engine_words, START_MS, END_MS):
        if word.probability is not None:
            assert (token_key(word.text), word.start_ms, word.end_ms) in own


@given(heard_words(), st.data())
def test_words_before_and_after_one_changed_word_keep_their_times(
    engine_words: list[Word], data: st.DataObject
) -> None:
    if not engine_words:
        return
    changed = data.draw(st.integers(0, len(engine_words) - 1))
    texts = [word.text for word in engine_words]
    texts[changed] = "khác-hẳn"
    aligned = align(" ".join(texts), engine_words, START_MS, END_MS)
    assert aligned[:changed] == tuple(engine_words[:changed])
    assert aligned[changed + 1 :] == tuple(engine_words[changed + 1 :])
    assert aligned[changed].start_ms == engine_words[changed].start_ms
    assert aligned[changed].end_ms == engine_words[changed].end_ms


@given(
    st.text(max_size=5),
    st.integers(0, 10**7),
    st.integers(0, 10**4),
    st.none() | st.floats(0, 1),
)
def test_a_word_survives_being_stored(
    text: str, start_ms: int, length_ms: int, probability: float | None
) -> None:
    word = Word(text, start_ms, start_ms + length_ms, probability)
    assert Word.from_json(word.to_json()) == word
    assert word.moved(250).moved(-250) == word


def test_a_stored_word_without_a_probability_is_read() -> None:
    assert Word.from_json({"text": "bà", "start_ms": 1, "end_ms": 2}) == Word("bà", 1, 2, None)


def test_text_is_stored_composed_with_single_spaces() -> None:
    decomposed = unicodedata.normalize("NFD", " Tiếng\u00a0 Việt\r\n\tta ")
    assert normalise_text(decomposed) == "Tiếng Việt ta"


@pytest.mark.parametrize("character", ["\0", "\x07", "\x7f", "\x9f", "\ud800"])
def test_characters_that_a_database_cannot_hold_are_dropped(character: str) -> None:
    assert normalise_text(f"bà{character} con{character}") == "bà con"


@given(st.text(st.characters(codec=None, exclude_categories=())))
def test_any_stored_text_can_be_written_as_utf8_and_is_stable(text: str) -> None:
    stored = normalise_text(text)
    assert normalise_text(stored.encode().decode()) == stored
    assert "\0" not in stored


@pytest.mark.parametrize("hidden", ["\u202e", "\u2066", "\u200b", "\ufeff"])
def test_letters_that_turn_or_hide_others_are_dropped(hidden: str) -> None:
    assert normalise_text(f"họp{hidden} thôn") == "họp thôn"


@pytest.mark.parametrize(
    ("text", "kind", "engine_text", "expected"),
    [
        ("Kính thưa bà con.", "unrecognised", "[chưa nhận dạng]", "speech"),
        ("Kính thưa bà con.", "music", "[nhạc]", "speech"),
        ("Kính thưa bà con.", "silence", "", "speech"),
        ("[chưa nhận dạng] rồi hết", "unrecognised", "[chưa nhận dạng]", "speech"),
        ("[nhạc]", "speech", "Hãy đăng ký kênh", "music"),
        ("[nhạc]", "unrecognised", "[chưa nhận dạng]", "music"),
        ("[chưa nhận dạng]", "speech", "[chưa nhận dạng]", "unrecognised"),
        ("[Không có tiếng nói]", "speech", "[Không có tiếng nói]", "silence"),
        ("", "unrecognised", "[chưa nhận dạng]", "unrecognised"),
        ("", "speech", "Kính thưa bà con.", "speech"),
        ("", "speech", "", "silence"),
    ],
)
def test_words_make_speech_and_remarks_what_they_say(
    text: str, kind: str, engine_text: str, expected: str
) -> None:
    assert kind_of_text(text, kind, engine_text) == expected


def line(text: str | None = None, engine: list[Word] | None = None) -> Line:
    """A line with this text over HEARD, or over other words of the engine."""
    heard = tuple(HEARD if engine is None else engine)
    engine_text = " ".join(word.text for word in heard)
    text = engine_text if text is None else text
    now = Segment(START_MS, END_MS, text, align(text, heard, START_MS, END_MS))
    return Line(now, engine_text, heard)


def remark(text: str, start_ms: int, end_ms: int, kind: str) -> Line:
    return Line(Segment(start_ms, end_ms, text, (), kind), text, ())


def test_a_line_is_cut_in_the_middle_between_two_words() -> None:
    left, right = split(line(), 4)
    assert (left.now.start_ms, left.now.end_ms) == (START_MS, 3_350)
    assert (right.now.start_ms, right.now.end_ms) == (3_350, END_MS)
    assert (left.now.text, right.now.text) == ("Kính thưa toàn thể", "bà con.")
    assert left.now.words + right.now.words == tuple(HEARD)
    assert left.engine_words + right.engine_words == tuple(HEARD)
    assert (left.engine_text, right.engine_text) == ("Kính thưa toàn thể", "bà con.")


def test_an_engine_s_word_that_reaches_over_the_cut_ends_there() -> None:
    heard = words(("chào", 1_000, 1_400), ("các", 1_400, 8_000))
    left, right = split(line("chào một hai ba bốn năm", heard), 2)
    assert left.engine_words == (heard[0],)
    (reaching,) = right.engine_words
    assert reaching.start_ms == right.now.start_ms == left.now.end_ms
    assert reaching.end_ms == 8_000


@pytest.mark.parametrize("at_word", [-1, 0, 6, 7])
def test_each_side_of_a_cut_has_words(at_word: int) -> None:
    with pytest.raises(ValueError, match="needs a word"):
        split(line(), at_word)


def test_each_side_of_a_cut_has_sound() -> None:
    crammed = line(engine=words(("a", START_MS, START_MS), ("b", START_MS, START_MS)))
    with pytest.raises(ValueError, match="needs sound"):
        split(crammed, 1)


def test_a_remark_gives_way_to_words_when_lines_are_joined() -> None:
    music = remark("[nhạc]", 0, START_MS, "music")
    pause = remark("", END_MS, END_MS + 500, "silence")
    whole = merge(merge(music, line()), pause)
    assert whole.now == Segment(0, END_MS + 500, HEARD_TEXT, tuple(HEARD))
    assert (whole.engine_text, whole.engine_words) == (HEARD_TEXT, tuple(HEARD))


def test_of_two_remarks_the_first_that_says_anything_stands() -> None:
    pause, music = remark("", 0, 500, "silence"), remark("[nhạc]", 500, 900, "music")
    whole = merge(pause, music)
    assert whole.now == Segment(0, 900, "[nhạc]", (), "music")
    assert whole.engine_text == "[nhạc]"


def test_the_same_words_on_both_sides_stay_twice() -> None:
    first = Segment(0, 500, "Một hai.", (), "speech")
    second = Segment(500, 900, "Một hai.", (), "speech")
    assert merge(Line(first, "", ()), Line(second, "", ())).now.text == "Một hai. Một hai."


@given(heard_words(), st.lists(token, max_size=14), st.data())
def test_cutting_and_joining_again_gives_the_same_line(
    engine_words: list[Word], tokens: list[str], data: st.DataObject
) -> None:
    whole = line(" ".join(tokens), engine_words)
    count = len(whole.now.words)
    if count < 2:
        return
    at_word = data.draw(st.integers(1, count - 1))
    try:
        left, right = split(whole, at_word)
    except ValueError:
        return
    for part in (left, right):
        inside = [*part.now.words, *part.engine_words]
        assert all(part.now.start_ms <= word.start_ms <= word.end_ms for word in inside)
        assert all(word.end_ms <= part.now.end_ms for word in inside)
        # A later edit finds the engine's words in its own part: nothing moves by itself.
        starts = [word.start_ms for word in part.engine_words]
        assert starts == sorted(starts)
    again = merge(left, right)
    assert again.now == whole.now
    assert [word.text for word in again.engine_words] == [word.text for word in whole.engine_words]
    assert again.engine_text == whole.engine_text


@given(st.integers(1, len(HEARD) - 1))
def test_a_text_that_nobody_changed_keeps_its_times_after_a_cut(at_word: int) -> None:
    for part in split(line(), at_word):
        now = part.now
        assert align(now.text, part.engine_words, now.start_ms, now.end_ms) == now.words
