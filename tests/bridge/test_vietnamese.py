"""Vietnamese letters and syllables."""

import unicodedata
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.vietnamese import (
    fold_diacritics,
    fold_tone_position,
    is_vietnamese_syllable,
    split_tone,
    to_nfc,
    token_key,
)

# Every accented letter of Vietnamese, in NFC, by the letter it folds to.
ACCENTED = {
    "a": "àáãảạăằắẵẳặâầấẫẩậ",
    "d": "đ",
    "e": "èéẽẻẹêềếễểệ",
    "i": "ìíĩỉị",
    "o": "òóõỏọôồốỗổộơờớỡởợ",
    "u": "ùúũủụưừứữửự",
    "y": "ỳýỹỷỵ",
}
LETTERS = [
    (accented, plain) for plain, lower in ACCENTED.items() for accented in (*lower, *lower.upper())
]

# The tone on the first vowel (the older placement) and on the second (the newer one).
TWO_PLACEMENTS = """
    òa oà  óa oá  õa oã  ỏa oả  ọa oạ
    òe oè  óe oé  õe oẽ  ỏe oẻ  ọe oẹ
    ùy uỳ  úy uý  ũy uỹ  ủy uỷ  ụy uỵ
""".split()  # noqa: SIM905 - a table is easier to check than a list

GOOD = """
    a á ạ ả à ã  y ý  ai an ánh áp ắt ân ấp  em én ép  êm ếch  im ích ít
    ong óc ông ốc ơn ớt  um úp ung  ưng ứt  ước ươm ươn ương ướt  uống uôm  yêu yến yết yểng
    nghiêng nghỉ nghề ngã ngọt nguyễn khuya khuỷu khuyến quốc quyết quý quả quạnh quặng quẩn quơ
    gì gìn giếng giêng giữ giặt gia ghế ghi ghép  xoong boong moóc  huỳnh huỵch huơ thuở
    đường đất đoàn đặc  chấu chật chích chuẩn  trường trách trễ  phường phút  thôn thứ thuế
    nhân nhật nhoẻn  xã xoăn xuất  kính kỹ  sáng sớm  bảy bốn  rượu rưỡi  hươu hưu  loẹt loét
    tuýp tuyên tuần  viêm vắc  lịch loa  mẫu một  năm nước  cấp các  dịch dưới  toàn tiêm
    hoặc hoẵng ngoằn ngoèo khoeo  bướu cứu  suy suýt  uỷ ủy hoà hòa khoẻ khỏe
""".split()  # noqa: SIM905
BAD = """
    bt ffa xyz hmm  w wifi jazz zalo facebook
    bàò  áò  mạ̀
    and school hello street loudspeaker village health broadcast winter
    càc bàt hòp tìch sãt mảc  ấpp  nghiêngg  aa ee uoo  ươươ
    ngg ghh  tra1 7 7h 2026  covid-19  bà-con  xã.  a.m
    bl bla cra dra str  sch  quc  iê  uô ươ  oă  âu̯  kn
    áng-sáng đđ ăă ơu êo ưê  anhg  ngn
""".split()  # noqa: SIM905


@pytest.mark.parametrize("text", ["Tiếng Việt", "đường Nguyễn Huệ", "ẫ ỵ Ữ"])
def test_both_unicode_forms_become_the_composed_one(text: str) -> None:
    assert to_nfc(unicodedata.normalize("NFD", text)) == text
    assert to_nfc(text) == text


@pytest.mark.parametrize(
    ("older", "newer"), list(zip(TWO_PLACEMENTS[::2], TWO_PLACEMENTS[1::2], strict=True))
)
@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_both_tone_placements_have_one_key(
    older: str, newer: str, form: Literal["NFC", "NFD"]
) -> None:
    older, newer = (unicodedata.normalize(form, "h" + rime) for rime in (older, newer))
    assert older != newer
    assert fold_tone_position(older) == fold_tone_position(newer)


def test_different_tones_and_different_vowels_keep_different_keys() -> None:
    words = ["ma", "mà", "má", "mã", "mả", "mạ", "mă", "mắ", "mâ", "mấ", "hoa", "hoà", "hua", "hùa"]
    assert len({fold_tone_position(word) for word in words}) == len(words)


@given(st.sampled_from(GOOD))
def test_the_key_holds_the_whole_syllable(syllable: str) -> None:
    bare, tone = split_tone(syllable)
    assert fold_tone_position(syllable) == bare + tone
    assert fold_diacritics(bare) == fold_diacritics(syllable)
    assert unicodedata.normalize("NFD", syllable).count(tone) >= 1


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Hoà", "hòa,"),
        ("“Kính", "kính"),
        ("thưa…", "THƯA"),
        ("(Ủy", "uỷ"),
        ("phòng.", unicodedata.normalize("NFD", "Phòng")),
    ],
)
def test_tokens_equal_but_for_case_punctuation_and_tone_place_have_one_key(
    one: str, other: str
) -> None:
    assert token_key(one) == token_key(other)


@pytest.mark.parametrize(
    ("one", "other"), [("bảy", "bẩy"), ("17h30", "1730"), ("3.5", "35"), ("ba", "bà")]
)
def test_tokens_that_read_differently_have_different_keys(one: str, other: str) -> None:
    assert token_key(one) != token_key(other)


def test_the_table_holds_all_accented_letters() -> None:
    assert len({letter for letter, _ in LETTERS}) == 134


@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_every_accented_letter_folds_to_its_plain_one(form: Literal["NFC", "NFD"]) -> None:
    folded = [fold_diacritics(unicodedata.normalize(form, letter)) for letter, _ in LETTERS]
    assert folded == [plain for _, plain in LETTERS]


def test_folding_takes_case_and_marks_and_nothing_else() -> None:
    assert fold_diacritics("ĐƯỜNG Trần Hưng Đạo, số 12/3!") == "duong tran hung dao, so 12/3!"


@given(st.text())
def test_folding_keeps_the_length(text: str) -> None:
    assert len(fold_diacritics(text)) == len(to_nfc(text))


@given(st.text())
def test_folding_twice_changes_nothing_more(text: str) -> None:
    folded = fold_diacritics(text)
    assert fold_diacritics(folded) == to_nfc(folded)


@given(st.lists(st.sampled_from(GOOD), min_size=1, max_size=8), st.data())
def test_an_offset_in_folded_text_holds_in_the_original(
    words: list[str], data: st.DataObject
) -> None:
    text = " ".join(words)
    word = data.draw(st.sampled_from(words))
    found = fold_diacritics(text).find(fold_diacritics(word))
    assert fold_diacritics(text[found : found + len(word)]) == fold_diacritics(word)


def test_the_syllable_tables_are_large_enough() -> None:
    assert len(set(GOOD)) >= 80
    assert len(set(BAD)) >= 40


@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_vietnamese_syllables_are_known(form: Literal["NFC", "NFD"]) -> None:
    typed = [unicodedata.normalize(form, syllable) for syllable in GOOD]
    assert [item for item in typed if not is_vietnamese_syllable(item)] == []
    assert [item for item in typed if not is_vietnamese_syllable(item.upper())] == []


def test_what_is_no_vietnamese_syllable_is_known() -> None:
    assert [item for item in BAD if is_vietnamese_syllable(item)] == []


@pytest.mark.parametrize("text", ["", " ", "bà con", "bà "])
def test_nothing_and_several_syllables_are_no_syllable(text: str) -> None:
    assert not is_vietnamese_syllable(text)


@pytest.mark.parametrize("rime", ["ap", "ac", "at", "ach", "iêp", "uôc", "ươt", "êch"])
def test_a_stopped_syllable_takes_only_sac_and_nang(rime: str) -> None:
    vowel = max(rime.find(letter) for letter in "aêôơ")
    toned = {
        name: to_nfc("t" + rime[: vowel + 1] + mark + rime[vowel + 1 :])
        for name, mark in {
            "ngang": "",
            "huyền": "\u0300",
            "sắc": "\u0301",
            "ngã": "\u0303",
            "hỏi": "\u0309",
            "nặng": "\u0323",
        }.items()
    }
    assert {name for name, word in toned.items() if is_vietnamese_syllable(word)} == {"sắc", "nặng"}
