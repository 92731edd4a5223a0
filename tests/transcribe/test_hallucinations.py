from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.transcript import Segment, Word
from bridge.vietnamese import fold_diacritics
from tests.transcribe.announcements import ORDINARY
from transcribe.hallucinations import (
    KNOWN_PHRASE,
    LOOP,
    TOO_FAST,
    TOO_SLOW,
    Flag,
    check_segment,
    check_segments,
)

MADE_UP = """
Hãy subscribe cho kênh Ghiền Mì Gõ Để không bỏ lỡ những video hấp dẫn
Hãy subscribe cho kênh La La School Để không bỏ lỡ những video hấp dẫn
Các bạn hãy đăng kí cho kênh lalaschool Để không bỏ lỡ những video hấp dẫn.
Hãy đăng ký kênh để ủng hộ kênh của mình nhé.
Cảm ơn các bạn đã theo dõi.
Cảm ơn các bạn đã theo dõi và hẹn gặp lại.
Cảm ơn các bạn đã xem video này.
Cảm ơn bạn đã xem video.
Hẹn gặp lại các bạn trong những video tiếp theo.
Hẹn gặp lại các bạn ở video sau nhé!
Cảm ơn các bạn đã theo dõi, hẹn gặp lại các bạn trong các video tiếp theo
Đừng quên like, share và đăng ký kênh.
Các bạn có thể nhớ like và share video này để ủng hộ kênh của mình
Nhớ đăng ký kênh và nhấn chuông để nhận thông báo
Phụ đề được thực hiện bởi Nhóm Dịch
Phụ đề bởi cộng đồng Amara.org
Chào mừng các bạn đã quay trở lại với kênh của mình.
Chúc các bạn xem phim vui vẻ
Thanks for watching!
ご視聴ありがとうございました
""".strip().splitlines()

GENUINE = """
Xin trân trọng cảm ơn.
Cảm ơn bà con đã lắng nghe.
Cảm ơn bà con đã chú ý theo dõi.
Cảm ơn quý vị và các bạn đã theo dõi chương trình phát thanh của xã.
Cảm ơn các bạn đã theo dõi chương trình phát thanh thanh niên.
Xin chào và hẹn gặp lại quý vị và các bạn trong chương trình lần sau.
Mời bà con đăng ký kênh Zalo của xã để nhận thông báo.
Bà con đăng ký để không bỏ lỡ đợt tiêm vắc xin này.
Các bạn đoàn viên đăng ký tham gia trước ngày 20.
Khi có cháy, bấm chuông báo động và gọi 114.
Hẹn gặp lại các bạn tại hội trường lúc 7 giờ.
Xã có video hướng dẫn nộp hồ sơ trên trang thông tin điện tử.
Kênh mương phải được khơi thông trước mùa mưa.
""".strip().splitlines()


def spoken(text: str, rate: float = 4.0) -> Segment:
    """A segment of speech at `rate` tokens a second."""
    return Segment(0, round(len(text.split()) * 1000 / rate), text)


def kinds(flags: Sequence[Flag]) -> set[str]:
    return {flag.kind for flag in flags}


@pytest.mark.parametrize("text", MADE_UP)
def test_sentence_of_a_training_video_is_flagged(text: str) -> None:
    assert KNOWN_PHRASE in kinds(check_segment(spoken(text)))


@pytest.mark.parametrize("text", [text for text in MADE_UP if len(text.split()) > 6])
def test_it_is_flagged_without_diacritics_capitals_and_punctuation(text: str) -> None:
    bare = fold_diacritics(text).replace(".", " ").replace(",", " ")
    if "amara" not in bare:
        assert KNOWN_PHRASE in kinds(check_segment(spoken(bare)))


@pytest.mark.parametrize("text", [*GENUINE, *ORDINARY])
def test_what_a_commune_says_is_not_flagged(text: str) -> None:
    assert check_segment(spoken(text)) == ()


def test_flag_says_where_and_which_phrase() -> None:
    text = "Xin cảm ơn bà con. Hãy subscribe cho kênh Ghiền Mì Gõ. Thông báo hết."
    flags = check_segment(spoken(text))
    words = text.split()
    assert [" ".join(words[flag.first_word : flag.end_word]) for flag in flags] == [
        "subscribe",
        "Ghiền Mì Gõ.",
    ]
    assert flags[1].reason == {"phrase": "ghiền/ghiên/nghiền mì gõ"}


def test_thanks_inside_a_longer_sentence_are_somebodys_own() -> None:
    assert not check_segment(spoken("thay mặt ban tổ chức cảm ơn các bạn đã theo dõi hội thi"))
    assert check_segment(spoken("Hết bản tin. Cảm ơn các bạn đã theo dõi."))


@pytest.mark.parametrize("unit", ["ạ", "cảm ơn", "đi ra đi", "bà con nhân dân", "a b c d e f"])
@pytest.mark.parametrize("times", [4, 5, 12])
def test_words_said_four_times_in_a_row_are_a_loop(unit: str, times: int) -> None:
    text = "Kính thưa " + " ".join([unit] * times) + " hết tin"
    (flag,) = check_segment(spoken(text))
    assert (flag.kind, flag.reason) == (LOOP, {"text": unit, "times": times})
    assert (flag.first_word, flag.end_word) == (2, 2 + times * len(unit.split()))


@pytest.mark.parametrize("unit", ["ạ", "cảm ơn", "bà con chú ý", "a b c d e f"])
def test_words_said_three_times_are_none(unit: str) -> None:
    assert check_segment(spoken(" ".join([unit] * 3))) == ()


@pytest.mark.parametrize(
    "text",
    [
        "Alo alo alo alo, một hai ba bốn",
        "A lô, a lô, a lô, a lô!",
        "số điện thoại không chín một hai chín chín chín chín chín chín",
        "ba bà bá bả bã bạ",
    ],
)
def test_what_is_repeated_on_purpose_is_no_loop(text: str) -> None:
    assert check_segment(spoken(text)) == ()


def test_even_a_lo_may_loop() -> None:
    assert kinds(check_segment(spoken("alo " * 12))) == {LOOP}


@pytest.mark.parametrize("times", [2, 3])
def test_an_announcement_read_again_is_no_loop(times: int) -> None:
    lines = [spoken(text) for text in ORDINARY[2:8]] * times
    assert check_segments(lines) == ((),) * len(lines)
    short = "Mời bà con đi họp lúc bảy giờ tối nay."
    assert check_segment(spoken(" ".join([short] * times))) == ()
    assert check_segments([spoken(short)] * times) == ((),) * times


def test_equal_lines_in_a_row_are_a_loop_in_each_of_them() -> None:
    long = "Đề nghị các hộ gia đình kiểm tra lại chuồng trại của mình."
    lines = [spoken("Kính thưa bà con.")] + [spoken(long)] * 5 + [spoken("Xin cảm ơn.")]
    flags = check_segments(lines)
    assert flags[0] == flags[-1] == ()
    for found in flags[1:-1]:
        (flag,) = found
        assert (flag.kind, flag.reason["times"], flag.end_word) == (LOOP, 5, len(long.split()))


def test_a_loop_that_only_lines_together_show_is_found_once_in_each() -> None:
    flags = check_segments([spoken("thôn ta vui vẻ vui vẻ"), spoken("vui vẻ vui vẻ hết tin")])
    assert [[(flag.first_word, flag.end_word) for flag in found] for found in flags] == [
        [(2, 6)],
        [(0, 4)],
    ]
    assert all(found[0].reason == {"text": "vui vẻ", "times": 4} for found in flags)


def test_lines_parted_by_silence_still_loop_and_silence_is_left_alone() -> None:
    silence = Segment(0, 60_000, "[Không có tiếng nói]", (), "silence")
    lines = [spoken("Cảm ơn."), silence, spoken("Cảm ơn."), spoken("Cảm ơn."), spoken("Cảm ơn.")]
    assert [kinds(found) for found in check_segments(lines)] == [{LOOP}, set(), {LOOP}] + [
        {LOOP}
    ] * 2


@pytest.mark.parametrize(
    ("words", "duration_ms", "expected"),
    [
        (12, 1000, {TOO_FAST}),
        (4, 0, {TOO_FAST}),
        (41, 4000, {TOO_FAST}),
        (40, 4000, set()),
        (28, 4000, set()),
        (3, 100, set()),
        (16, 8000, set()),
        (4, 8000, set()),
        (3, 8000, {TOO_SLOW}),
        (1, 29_000, {TOO_SLOW}),
        (1, 7900, set()),
        (0, 29_000, set()),
    ],
)
def test_impossible_speed_is_flagged(words: int, duration_ms: int, expected: set[str]) -> None:
    syllables = [chr(ord("a") + index % 19) + "a" for index in range(words)]
    segment = Segment(5000, 5000 + duration_ms, " ".join(syllables))
    flags = check_segment(segment)
    assert kinds(flags) == expected
    for flag in flags:
        assert flag.reason == {"syllables": words, "duration_ms": duration_ms}
        assert (flag.first_word, flag.end_word) == (0, words)


def test_speed_is_that_of_the_words_whatever_pause_the_line_holds() -> None:
    syllables = [f"{chr(ord('a') + index)}a" for index in range(12)]
    words = tuple(
        Word(text, 2_000 + 80 * index, 2_080 + 80 * index) for index, text in enumerate(syllables)
    )
    (flag,) = check_segment(Segment(0, 4_800, " ".join(syllables), words))
    assert (flag.kind, flag.reason["duration_ms"]) == (TOO_FAST, 960)
    assert check_segment(Segment(0, 9_000, "a lô", words[:2])) == ()


def test_a_written_telephone_number_read_slowly_is_not_too_slow() -> None:
    assert check_segment(Segment(0, 9000, "Gọi 0912345678.")) == ()


@pytest.mark.parametrize("kind", ["silence", "music", "unrecognised"])
def test_only_speech_is_checked(kind: str) -> None:
    assert check_segment(Segment(0, 60_000, "[chưa nhận dạng]", (), kind)) == ()


@given(st.lists(st.sampled_from(["bà", "con", "chú", "ý", ".", "Cảm", "ơn."]), max_size=40))
def test_flags_lie_inside_the_text_and_loops_are_real(tokens: list[str]) -> None:
    segment = spoken(" ".join(tokens))
    for flag in check_segment(segment):
        assert 0 <= flag.first_word < flag.end_word <= len(tokens)
        if flag.kind == LOOP:
            length = flag.end_word - flag.first_word
            assert length == len(str(flag.reason["text"]).split()) * int(flag.reason["times"])
