import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.vietnamese import is_vietnamese_syllable
from tests.transcribe.announcements import ORDINARY
from transcribe.phonetics import HUYEN, NANG, SAC, Syllable, split_syllable, syllable_distance

# Each regional confusion in several syllables: heard, meant.
REGIONAL = """
    nàng/làng nớn/lớn lam/nam  chảng/trảng chung/trung  xông/sông suân/xuân  xương/sương
    da/gia dồng/giồng rồng/dồng rừng/dừng giang/rang  vinh/dinh dĩnh/vĩnh giang/vang
    lảng/lãng ngả/ngã hửu/hữu mẩu/mẫu  tâng/tân vang/van sơng/sơn  mặc/mặt bắt/bắc đất/đấc
""".split()  # noqa: SIM905 - a table is easier to check than a list
SAME_SOUND = "lý/lí kỷ/kỉ ủy/uỷ hòa/hoà Quý/quí nghành/ngành kanh/canh khỏe,/Khoẻ gì/gì"
UNRELATED = "minh/bình nam/an thôn/xã loan/lâm bà/mưa đông/tiên hội/phường hai/nước khánh/thảo"
SYLLABLES = sorted(
    {
        word.strip(".,").lower()
        for line in ORDINARY
        for word in line.split()
        if is_vietnamese_syllable(word.strip(".,"))
    }
)


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("nguyễn", Syllable("ng", "w", "iê", "n", "\u0303")),
        ("Quyết", Syllable("c", "w", "iê", "t", SAC)),
        ("giếng", Syllable("gi", "", "iê", "ng", SAC)),
        ("gì", Syllable("gi", "", "i", "", HUYEN)),
        ("giặt", Syllable("gi", "", "ă", "t", NANG)),
        ("khuya", Syllable("kh", "w", "iê", "", "")),
        ("khuỷu", Syllable("kh", "w", "i", "w", "\u0309")),
        ("của", Syllable("c", "", "uô", "", "\u0309")),
        ("thuở", Syllable("th", "w", "ơ", "", "\u0309")),
        ("xoong", Syllable("x", "", "o", "ng", "")),
        ("người", Syllable("ng", "", "ươ", "j", HUYEN)),
        ("yêu", Syllable("", "", "iê", "w", "")),
        ("ngoẹo", Syllable("ng", "w", "e", "w", NANG)),
        ("ấp", Syllable("", "", "â", "p", SAC)),
        ("rau", Syllable("r", "", "ă", "w", "")),
        ("rao", Syllable("r", "", "a", "w", "")),
    ],
)
def test_a_syllable_is_split_by_sound(text: str, parts: Syllable) -> None:
    assert split_syllable(text) == parts


@pytest.mark.parametrize("text", ["", "Krông", "2026", "UBND", "bà con", "càc"])
def test_what_is_no_syllable_has_no_parts(text: str) -> None:
    assert split_syllable(text) is None


def test_every_syllable_of_ordinary_announcements_has_parts() -> None:
    assert len(SYLLABLES) > 300
    assert [text for text in SYLLABLES if split_syllable(text) is None] == []


@pytest.mark.parametrize("pair", REGIONAL)
def test_a_regional_confusion_is_cheap(pair: str) -> None:
    heard, meant = pair.split("/")
    assert 0 < syllable_distance(heard, meant) <= 0.07


@pytest.mark.parametrize("pair", SAME_SOUND.split())
def test_two_spellings_of_one_sound_cost_nothing(pair: str) -> None:
    assert syllable_distance(*pair.split("/")) == 0


@pytest.mark.parametrize("pair", UNRELATED.split())
def test_an_unrelated_syllable_is_dearer_than_any_two_regional_confusions(pair: str) -> None:
    assert syllable_distance(*pair.split("/")) > 0.14


def test_a_coda_is_cheaper_to_mistake_than_an_onset() -> None:
    assert syllable_distance("lan", "lam") < syllable_distance("lan", "ban")


def test_what_is_no_syllable_is_compared_by_its_letters() -> None:
    assert syllable_distance("Krông", "krông") == 0
    assert syllable_distance("blơm", "blơn") == pytest.approx(1 / 4)
    assert syllable_distance("12", "13") == pytest.approx(1 / 2)
    assert syllable_distance("niê", "") == 1


@given(*[st.sampled_from(SYLLABLES)] * 2)
def test_distance_is_symmetric_and_between_nothing_and_all(first: str, second: str) -> None:
    distance = syllable_distance(first, second)
    assert distance == syllable_distance(second, first)
    assert 0 <= distance <= 1
    assert (distance == 0) == (split_syllable(first) == split_syllable(second))


@given(st.text(max_size=12), st.text(max_size=12))
def test_any_text_has_a_distance(first: str, second: str) -> None:
    assert 0 <= syllable_distance(first, second) <= 1
    assert syllable_distance(first, first) == 0


def test_tones_differ_by_a_little_and_hoi_from_nga_by_least() -> None:
    tones = ["ma", "mà", "má", "mả", "mã", "mạ"]
    distances = {pair: syllable_distance(*pair) for pair in itertools.combinations(tones, 2)}
    assert min(distances, key=lambda pair: distances[pair]) == ("mả", "mã")
    assert max(distances.values()) == pytest.approx(0.125)
