"""What is counted between a transcript and what was said."""

import pytest

from bridge.transcript import Segment, Word
from transcribe.comparison import (
    MarkCounts,
    NonSpeechScore,
    SpeechScore,
    Tally,
    compare_non_speech,
    compare_speech,
    is_speech,
)


def heard(text: str, *unsure: int, start_ms: int = 0, kind: str = "speech") -> Segment:
    """A segment of 300 ms a word; the words at the indices `unsure` have a low probability."""
    words = tuple(
        Word(
            token,
            start_ms + index * 300,
            start_ms + index * 300 + 280,
            0.1 if index in unsure else 0.9,
        )
        for index, token in enumerate(text.split())
    )
    return Segment(start_ms, start_ms + 300 * len(words), text, words, kind)


def score(said: str, transcript: str, names: tuple[str, ...] = ()) -> SpeechScore:
    return compare_speech(said, [heard(transcript)], names)


def figures(said: str, transcript: str) -> Tally:
    return sum(score(said, transcript).figures.values(), start=Tally())


def test_words_characters_and_tones_are_counted_over_all_segments() -> None:
    result = compare_speech(
        "Mời bà con đi họp ở nhà văn hóa.",
        [heard("Mời bà con đi hợp."), heard("Ở nhà văn hoá.", start_ms=5000)],
    )
    assert (result.words.errors, result.words.reference_length) == (1, 9)
    assert (result.characters.errors, result.toneless.errors) == (1, 1)


def test_what_is_not_speech_is_no_text() -> None:
    silence = Segment(0, 900, "[Không có tiếng nói]", (), kind="silence")
    result = compare_speech("mời họp", [silence])
    assert (result.words.deletions, result.words.insertions) == (2, 0)


@pytest.mark.parametrize(
    ("said", "transcript"),
    [
        ("họp lúc 17 giờ 30", "họp lúc mười bảy giờ ba mươi"),
        ("họp lúc mười bảy giờ ba mươi phút", "Họp lúc 17h30."),
        ("ngày 25/11/2026 họp", "ngày hai lăm tháng mười một năm hai không hai sáu họp"),
        ("đóng 25.000 đồng", "đóng hai mươi lăm nghìn đồng"),
        ("gọi số 0912 345 678 nhé", "gọi số không chín một hai ba bốn năm sáu bảy tám nhé"),
    ],
)
def test_a_figure_is_right_however_it_is_written(said: str, transcript: str) -> None:
    assert figures(said, transcript) == Tally(1, 1)


@pytest.mark.parametrize(
    ("said", "transcript"),
    [
        ("họp lúc 17 giờ 30", "họp lúc 17 giờ 40"),
        ("họp lúc 17 giờ 30", "họp lúc"),
        ("đóng 20.000 đồng mỗi hộ", "đóng hai mươi lăm nghìn đồng mỗi hộ"),
        ("họp ngày 20 tháng 11 nhé", "họp ngày 20 tháng 11 năm nhé"),
        ("có 20 hộ", "có hai mươi tám hộ"),
        ("gọi số 0912 345 678 nhé", "gọi số 0912 345 679 nhé"),
    ],
)
def test_a_figure_is_wrong_with_any_part_of_it(said: str, transcript: str) -> None:
    assert figures(said, transcript) == Tally(0, 1)


def test_figures_are_told_apart_by_kind() -> None:
    result = score(
        "họp 7 giờ 30 phút ngày 25/11, nộp 50.000 đồng", "họp 7 giờ 30 ngày 25/12 nộp 50.000đ"
    )
    assert result.figures == {"hour": Tally(1, 1), "date": Tally(0, 1), "money": Tally(1, 1)}


def test_names_are_those_listed_and_those_found() -> None:
    said = "Mời bà con Thôn Mẫu và ông Nguyễn Văn Ví Dụ đến họp."
    result = score(said, "mời bà con thôn mẫu và ông nguyễn văn vì dụ đến họp", ("thôn mẫu",))
    assert result.listed_names == Tally(1, 1)
    assert result.other_names == Tally(0, 1)
    assert result.invented_names == 0


def test_a_listed_name_is_counted_once_as_itself() -> None:
    result = score("ông Nguyễn Văn Ví Dụ đến", "ông Nguyễn Văn Ví Dụ đến", ("Nguyễn Văn Ví Dụ",))
    assert (result.listed_names, result.other_names) == (Tally(1, 1), Tally())


def test_a_listed_name_heard_where_another_word_was_said_is_invented() -> None:
    result = score("mời bà con đến họp", "mời bà con xóm mẫu đến họp", ("xóm mẫu", "ấp mẫu"))
    assert result.invented_names == 1
    assert result.listed_names == Tally()


def test_marks_are_held_against_the_words_that_are_wrong() -> None:
    said = "mời bà con đến nhà văn hóa thôn để nghe phổ biến về việc tiêm phòng cho đàn gia súc"
    transcript = "mời bà con đến nhà văn hóa thôn để nghe phổ biến về việc tim phòng cho đàn da súc"
    (wrong, other) = (14, 18)
    assert [transcript.split()[index] for index in (wrong, other)] == ["tim", "da"]
    # 20 words: one of them may be marked as the least sure.
    right = compare_speech(said, [heard(transcript, wrong)])
    assert right.unsure_marks == MarkCounts(marked=1, wrong=2, both=1)
    mistaken = compare_speech(said, [heard(transcript, 0)])
    assert mistaken.unsure_marks == MarkCounts(marked=1, wrong=2, both=0)


def test_marks_of_later_segments_fall_on_their_own_words() -> None:
    first = heard("mời bà con đến nhà văn hóa thôn để nghe phổ biến")
    second = heard("về việc tim phòng cho đàn gia súc", 2, start_ms=9000)
    result = compare_speech(
        "mời bà con đến nhà văn hóa thôn để nghe phổ biến về việc tiêm phòng cho đàn gia súc",
        [first, Segment(5000, 9000, "[Không có tiếng nói]", (), kind="silence"), second],
    )
    assert result.unsure_marks == MarkCounts(marked=1, wrong=1, both=1)


def test_figures_to_be_checked_anyway_are_apart_from_doubts() -> None:
    result = score("họp lúc 7 giờ 30", "họp lúc 7 giờ 40")
    assert result.unsure_marks == MarkCounts(0, 1, 0)
    assert result.all_marks == MarkCounts(3, 1, 1)


def test_everything_heard_where_nobody_speaks_is_invented() -> None:
    segments = [
        heard("Hãy subscribe cho kênh Ghiền Mì Gõ Để không bỏ lỡ những video hấp dẫn"),
        heard("mời bà con", start_ms=10_000),
        Segment(20_000, 30_000, "[Không có tiếng nói]", (), kind="silence"),
    ]
    words = len(segments[0].words)
    assert compare_non_speech(segments) == NonSpeechScore(
        invented_words=words + 3, invented_ms=300 * (words + 3), flagged_ms=300 * words
    )
    assert compare_non_speech(segments[2:]) == NonSpeechScore(0, 0, 0)


@pytest.mark.parametrize(("text", "expected"), [("", False), (" … \n", False), ("a lô", True)])
def test_an_empty_text_means_that_nobody_speaks(text: str, expected: bool) -> None:
    assert is_speech(text) is expected
