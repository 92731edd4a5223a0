import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.vietnamese import token_key
from tests.transcribe.announcements import ORDINARY
from transcribe.names import BODY, OTHER, PERSON, PLACE, cue_before, find_names, kind_by_cue


def named(text: str) -> list[tuple[str, str]]:
    tokens = text.split()
    return [(name.cue, " ".join(tokens[name.first : name.end])) for name in find_names(tokens)]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("mời ông nguyễn văn an đến họp", [("ông", "nguyễn văn an")]),
        ("mời ông An đến họp", [("ông", "An")]),
        ("bà Trần Thị Lan trú tại thôn Trung, xã Mẫu", [
            ("bà", "Trần Thị Lan"), ("thôn", "Trung,"), ("xã", "Mẫu"),
        ]),
        ("đồng chí Lê Văn Hùng, chủ tịch xã", [("đồng chí", "Lê Văn Hùng,")]),
        ("anh hùng và chị Hoa", [("chị", "Hoa")]),
        ("ở thôn đông mẫu có họp", [("thôn", "đông mẫu")]),
        ("ấp trung tổ chức họp", [("ấp", "trung")]),
        ("thôn năm, tổ 3 và khu phố mười hai họp", [
            ("thôn", "năm,"), ("tổ", "3"), ("khu phố", "mười hai"),
        ]),
        ("tổ dân phố 5 phường Mẫu", [("tổ dân phố", "5"), ("phường", "Mẫu")]),
        ("hôm nay Phạm Minh Đức vắng", [("", "Phạm Minh Đức")]),
        ("Phạm Minh Đức vắng mặt", [("", "Phạm Minh Đức")]),
        ("đi qua Huế rồi về", [("", "Huế")]),
        ("trường Tiểu học Mẫu", [("", "Mẫu")]),
        ("anh Y Blơm Niê ở buôn Đắk", [("anh", "Y Blơm Niê"), ("buôn", "Đắk")]),
    ],
)  # fmt: skip
def test_names_are_found(text: str, names: list[tuple[str, str]]) -> None:
    assert named(text) == names


@pytest.mark.parametrize(
    "text",
    [
        *ORDINARY,
        "Ủy ban nhân dân xã thông báo. Kính mời bà con.",
        "Thực hiện chỉ đạo của Đảng, Nhà nước và Hội đồng nhân dân",
        "ông bà, anh chị em và các cháu",
        "các anh chăm lo, những bà tham gia, toàn xã ra quân",
        "UBND và HĐND họp",
        "cháy rừng. Bà con báo ngay",
        "xã hội hóa nông thôn mới",
    ],
)
def test_ordinary_words_are_no_names(text: str) -> None:
    assert named(text) == []


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("ông", PERSON),
        ("trưởng thôn", PERSON),
        ("thôn", PLACE),
        ("đường", PLACE),
        ("công ty", BODY),
        ("hợp tác xã", BODY),
        ("sáng nay", OTHER),
        ("", OTHER),
    ],
)
def test_a_cue_tells_the_kind(text: str, kind: str) -> None:
    keys = [token_key(token) for token in f"{text} Xuân".split()]
    assert kind_by_cue(keys, len(keys) - 1) == kind


def test_a_cue_inside_an_ordinary_word_is_none() -> None:
    for text in ("bà con", "nhu cầu mới", "xã hội", "hội đồng", "ủy ban mặt"):
        keys = [token_key(token) for token in text.split()]
        assert cue_before(keys, len(keys) - 1) == 0


@given(
    st.lists(
        st.sampled_from(
            ["ông", "Bà", "thôn", "Lan,", "nguyễn", "Văn", "năm", "3", "là", ".", "tổ"]
        ),
        max_size=30,
    )
)
def test_names_lie_in_order_inside_the_line(tokens: list[str]) -> None:
    reached = 0
    for name in find_names(tokens):
        assert reached <= name.first < name.end <= len(tokens)
        reached = name.end
