"""Spoken numbers to suggestions: a table of wordings, and what holds for every number and text."""

import re
import sys
import unicodedata
from types import FrameType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.vietnamese import to_nfc
from tests.transcribe import number_sentences
from transcribe.numbers import NumberSuggestion, find_numbers

MARK = re.compile(r"\[([^=\]]+)=([^:\]]+):([a-z]+)(?:!([a-z_]+))?\]")
Expected = list[tuple[str, str, str, str | None]]


def read_table(*groups: str) -> list[tuple[str, Expected]]:
    """The wording of each line, and (spoken, written, kind, reason) of its marks."""
    lines = [line for group in groups for line in group.strip().split("\n")]
    return [
        (MARK.sub(r"\1", line), [(m[1], m[2], m[3], m[4]) for m in MARK.finditer(line)])
        for line in lines
    ]


CASES = read_table(*number_sentences.MARKED_TABLES)
UNTOUCHED = [text for text, _ in read_table(number_sentences.UNTOUCHED)]
ALL_TEXTS = [text for text, _ in CASES] + UNTOUCHED

IDIOMS = [
    "một số",
    "một lòng một dạ",
    "một nắng hai sương",
    "hai năm rõ mười",
    "ba chìm bảy nổi",
    "bốn phương",
    "năm châu bốn bể",
    "năm thì mười họa",
    "năm thì mười hoạ",
    "năm lần bảy lượt",
    "mồm năm miệng mười",
    "chín bỏ làm mười",
    "chín tháng mười ngày",
    "mười phân vẹn mười",
    "trăm năm",
    "ba mẹ",
    "những năm tháng",
    "ngày tháng năm sinh",
]

# Words that meet in announcements in every order, the ones with two meanings among them.
LOOSE_WORDS = """
    không một hai ba bốn năm sáu bảy tám chín mười mươi mốt tư lăm trăm nghìn triệu tỷ linh rưỡi
    phẩy phần giờ phút ngày tháng năm mùng thứ lần đồng từ đến lúc người mét anh thôn gọi số chục
    kém tiếng hăm giêng học nay 7 25 2026 0912 25/11 1,5 % , . - chí mỗi
""".split()  # noqa: SIM905

texts = st.one_of(
    st.lists(st.sampled_from(LOOSE_WORDS), max_size=14).map(" ".join),
    st.lists(st.sampled_from(ALL_TEXTS), max_size=4).map(" ".join),
    st.text(max_size=40),
)


def rewrite(text: str, suggestions: tuple[NumberSuggestion, ...]) -> str:
    for suggestion in reversed(suggestions):
        text = text[: suggestion.start] + suggestion.written + text[suggestion.end :]
    return text


@pytest.mark.parametrize(("text", "expected"), CASES, ids=[text for text, _ in CASES])
def test_wording_gets_its_suggestions(text: str, expected: Expected) -> None:
    found = [(s.spoken, s.written, s.kind, s.reason) for s in find_numbers(text)]
    assert found == expected


@pytest.mark.parametrize("text", UNTOUCHED)
def test_wording_stays_as_it_is(text: str) -> None:
    assert find_numbers(text) == ()


@pytest.mark.parametrize("text", UNTOUCHED)
def test_traps_hold_between_other_words(text: str) -> None:
    """Nothing on the other side of a sentence end or a comma makes a number of them."""
    for sentence in (f"Kính thưa bà con. {text}.", f"xin mời, {text}! mời bà con"):
        assert find_numbers(sentence) == ()


@pytest.mark.parametrize(("text", "expected"), CASES, ids=[text for text, _ in CASES])
def test_case_and_unicode_form_do_not_matter(text: str, expected: Expected) -> None:
    count = len(expected)
    assert len(find_numbers(unicodedata.normalize("NFD", text))) == count
    assert [s.kind for s in find_numbers(text.upper())] == [kind for _, _, kind, _ in expected]


@pytest.mark.parametrize(("text", "expected"), CASES, ids=[text for text, _ in CASES])
def test_accepted_suggestions_leave_nothing_to_suggest(text: str, expected: Expected) -> None:
    found = find_numbers(text)
    assert len(found) == len(expected)
    assert find_numbers(rewrite(text, found)) == ()


def test_both_places_of_the_tone_are_the_same_word() -> None:
    older, newer = (
        find_numbers(f"niên {word} hai nghìn không trăm hai mươi sáu") for word in ("khóa", "khoá")
    )
    assert [s.written for s in older] == [s.written for s in newer] == ["2026"]


@pytest.mark.parametrize("idiom", IDIOMS)
@pytest.mark.parametrize("before", ["", "bà con ", "lúc bảy giờ ", "hai mươi lăm hộ "])
@pytest.mark.parametrize("after", ["", " ngày mai", " hai mươi lăm hộ", " mười giờ"])
def test_no_suggestion_reaches_into_an_idiom(idiom: str, before: str, after: str) -> None:
    text = before + idiom + after
    begin, end = len(before), len(before) + len(idiom)
    for suggestion in find_numbers(text):
        assert suggestion.end <= begin or suggestion.start >= end


def test_no_number_is_joined_across_a_sentence_end() -> None:
    for mark in ".!?…\n":
        found = find_numbers(f"hai mươi{mark} lăm phút ngày mười{mark} tháng tư")
        assert [s.spoken for s in found] == ["hai mươi", "ngày mười", "tháng tư"]


def test_offsets_hold_in_the_composed_form() -> None:
    text = unicodedata.normalize("NFD", "Bà con thôn Đoài họp lúc bảy giờ ba mươi.")
    (found,) = find_numbers(text)
    assert to_nfc(text)[found.start : found.end] == found.spoken == "bảy giờ ba mươi"


@given(texts)
def test_suggestions_are_slices_in_order_without_overlap(text: str) -> None:
    composed = to_nfc(text)
    end = 0
    for suggestion in find_numbers(text):
        assert end <= suggestion.start < suggestion.end
        assert composed[suggestion.start : suggestion.end] == suggestion.spoken
        assert not re.search(r"[.!?…\n\r](?!\d)", suggestion.spoken)
        assert suggestion.written != suggestion.spoken
        end = suggestion.end


@given(texts)
def test_written_form_asks_for_no_other(text: str) -> None:
    for suggestion in find_numbers(text):
        assert find_numbers(suggestion.written) == ()


@given(texts)
def test_same_text_gives_the_same_suggestions(text: str) -> None:
    assert find_numbers(text) == find_numbers(text)


# An independent speller: groups of three digits from the left, as taught in school.
_NAMES = "không một hai ba bốn năm sáu bảy tám chín".split()  # noqa: SIM905


def spell_group(value: int, *, inner: bool, south: bool) -> str:
    hundreds, rest = divmod(value, 100)
    tens, unit = divmod(rest, 10)
    words = [_NAMES[hundreds], "trăm"] if hundreds or inner else []
    if tens == 0:
        if unit or not words:
            words += (["lẻ" if south else "linh"] if words else []) + [_NAMES[unit]]
        return " ".join(words)
    words += ["mười"] if tens == 1 else [_NAMES[tens], "mươi"]
    changed = {5: "lăm"} if tens == 1 else {1: "mốt", 4: "bốn" if south else "tư", 5: "lăm"}
    return " ".join(words + ([changed.get(unit, _NAMES[unit])] if unit else []))


def spell(value: int, *, south: bool = False) -> str:
    """0 to a thousand million."""
    if value == 10**9:
        return "một tỷ"
    millions, thousands, ones = value // 10**6, value // 1000 % 1000, value % 1000
    words = []
    if millions:
        words.append(spell_group(millions, inner=False, south=south) + " triệu")
    if thousands or (millions and ones):
        group = spell_group(thousands, inner=bool(millions), south=south) if thousands else "không"
        words.append(f"{group} {'ngàn' if south else 'nghìn'}")
    if ones or not words:
        words.append(spell_group(ones, inner=bool(words), south=south))
    return " ".join(words)


def test_speller_of_this_test_spells_as_taught() -> None:
    assert spell(0) == "không"
    assert spell(2026) == "hai nghìn không trăm hai mươi sáu"
    assert spell(2005, south=True) == "hai ngàn không trăm lẻ năm"
    assert spell(1_000_005) == "một triệu không nghìn không trăm linh năm"
    assert spell(24) == "hai mươi tư"
    assert spell(15) == "mười lăm"
    assert spell(321_044) == "ba trăm hai mươi mốt nghìn không trăm bốn mươi tư"


@given(st.one_of(st.integers(0, 10**9), st.integers(0, 3000)), st.booleans())
def test_every_number_is_read_back(value: int, south: bool) -> None:
    text = f"đạt {spell(value, south=south)} phần trăm kế hoạch"
    (found,) = find_numbers(text)
    written = "1 tỷ%" if value == 10**9 else f"{value:,}%".replace(",", ".")
    assert (found.kind, found.written) == ("percent", written)


@given(st.integers(11, 10**9 - 1), st.booleans())
def test_number_from_eleven_on_needs_no_unit(value: int, south: bool) -> None:
    (found,) = find_numbers(f"có {spell(value, south=south)} bà con")
    assert found.written == f"{value:,}".replace(",", ".")
    assert found.spoken == spell(value, south=south)


@given(st.dates(), st.booleans())
def test_every_date_of_our_time_is_read_back(date: object, south: bool) -> None:
    year, month, day = (int(part) for part in str(date).split("-"))
    year = 1900 + year % 200
    text = f"ngày {spell(day)} tháng {spell(month)} năm {spell(year, south=south)}"
    (found,) = find_numbers(text)
    assert (found.written, found.spoken) == (f"ngày {day}/{month}/{year}", text)


@given(st.integers(0, 23), st.integers(1, 59))
def test_every_time_of_day_is_read_back(hour: int, minute: int) -> None:
    (found,) = find_numbers(f"lúc {spell(hour)} giờ {spell(minute)} phút")
    assert (found.kind, found.written) == ("hour", f"{hour} giờ {minute} phút")


@given(st.from_regex(r"0[35789][0-9]{8}", fullmatch=True))
def test_every_mobile_number_is_read_back(digits: str) -> None:
    (found,) = find_numbers("gọi số " + " ".join(_NAMES[int(digit)] for digit in digits))
    assert found.written == f"{digits[:4]} {digits[4:7]} {digits[7:]}"
    assert found.reason is None


@pytest.mark.parametrize("unit", ["không chín ", "năm ", "hai, ", "từ hai đến ", "một triệu "])
def test_work_grows_with_the_length_only(unit: str) -> None:
    def steps(repeats: int) -> int:
        """Lines of code and calls that it takes; time would tell of the machine's other work."""
        count = 0

        def note(frame: FrameType, event: str, argument: object) -> Any:
            nonlocal count
            count += 1
            return note

        before = sys.gettrace()
        sys.settrace(note)
        try:
            find_numbers(unit * repeats)
        finally:
            sys.settrace(before)
        return count

    # Four times the text: quadratic work would take 16 times as many.
    assert steps(1_000) < 5 * steps(250)
