"""Titles that are proposed from the words of an announcement."""

import random

import pytest

from bridge.vietnamese import to_nfc
from transcribe.titles import TITLE_LETTERS, suggest_title


@pytest.mark.parametrize(
    ("texts", "title"),
    [
        # What is announced, whoever announces it and to whomever.
        (
            [
                "Kính thưa bà con nhân dân.",
                "Ủy ban nhân dân xã Mẫu thông báo về việc tiêm chủng tháng 11.",
            ],
            "Thông báo về việc tiêm chủng tháng 11",
        ),
        (
            ["Hợp tác xã thông báo lịch gieo mạ vụ xuân.", "Trà chính gieo từ ngày 15."],
            "Lịch gieo mạ vụ xuân",
        ),
        (
            [
                "Ủy ban nhân dân xã Mẫu trân trọng thông báo đến toàn thể bà con nhân dân trong xã "
                "được biết: chiều mai phun thuốc muỗi tại thôn Đông."
            ],
            "Chiều mai phun thuốc muỗi tại thôn Đông",
        ),
        (
            ["Mời bà con nghe thông báo của Ủy ban nhân dân xã Mẫu về việc cắt điện."],
            "Thông báo của Ủy ban nhân dân xã Mẫu về việc cắt điện",
        ),
        (["Về việc làm thẻ căn cước cho học sinh."], "Về việc làm thẻ căn cước cho học sinh"),
        # An opening that only says that something follows.
        (
            ["Ủy ban nhân dân xã xin thông báo như sau.", "Sáng thứ bảy tổng vệ sinh đường làng."],
            "Sáng thứ bảy tổng vệ sinh đường làng",
        ),
        # Without an announcement the first sentence that says something.
        (
            ["A lô, a lô.", "Mời đại diện các hộ thôn Đông đến dự họp thôn."],
            "Mời đại diện các hộ thôn Đông đến dự họp thôn",
        ),
        (["Kính thưa quý vị, sáng mai xã tổ chức họp dân."], "Sáng mai xã tổ chức họp dân"),
        (
            ["Đây là đài truyền thanh xã Mẫu.", "Mời bà con nghe bản tin.", "Nước sông đang lên."],
            "Nước sông đang lên",
        ),
        (
            ["Theo thông báo của điện lực, sáng mai thôn Đông mất điện."],
            "Theo thông báo của điện lực, sáng mai thôn Đông mất điện",
        ),
        (
            ["Ai thấy cháu bé xin thông báo cho công an xã."],
            "Ai thấy cháu bé xin thông báo cho công an xã",
        ),
        # Models that write neither capitals nor punctuation; scripts all in capitals.
        (
            ["ủy ban nhân dân xã mẫu thông báo", "lịch tiêm chủng cho trẻ em"],
            "Lịch tiêm chủng cho trẻ em",
        ),
        (["THÔNG BÁO VỀ VIỆC CẮT NƯỚC"], "Thông báo về việc cắt nước"),
        # A dot that ends no sentence.
        (["Công an TP. Mẫu thông báo lịch làm căn cước."], "Lịch làm căn cước"),
        # Nothing to go by.
        ([], ""),
        (["[nhạc]", "Xin hết."], ""),
        (["Kính thưa bà con.", "Xin trân trọng cảm ơn."], ""),
    ],
)
def test_the_title_is_what_the_announcement_is_about(texts: list[str], title: str) -> None:
    assert suggest_title(texts) == title


@pytest.mark.parametrize(
    ("text", "title"),
    [
        (
            "Sáng mai từ 7 giờ đến 11 giờ ngừng cấp điện thôn Đông, thôn Tây, thôn Nam, thôn Bắc "
            "để sửa đường dây.",
            "Sáng mai từ 7 giờ đến 11 giờ ngừng cấp điện thôn Đông, thôn Tây, thôn Nam",
        ),
        (
            "Sáng thứ bảy ngày 21 tháng 11 tổ chức ra quân dọn vệ sinh môi trường trên địa bàn và "
            "các khu dân cư của xã",
            "Sáng thứ bảy ngày 21 tháng 11 tổ chức ra quân dọn vệ sinh môi trường trên địa bàn",
        ),
    ],
    ids=["at_a_comma", "before_words_that_wait_for_another"],
)
def test_a_long_title_is_cut_where_it_can_be(text: str, title: str) -> None:
    assert len(title) <= TITLE_LETTERS
    assert suggest_title([text]) == title


def test_no_word_is_invented_and_none_is_moved() -> None:
    text = (
        "kính thưa bà con nhân dân, Ủy ban xã Mẫu thông báo về việc đến cho của lịch tiêm chủng. "
        "ngày 25 tháng 11: xin mời theo như sau [nhạc] 7 giờ 30 được biết ĐIỆN, hết."
    )
    words = text.split()
    shuffled = random.Random(5)  # noqa: S311 - any order, the same each time
    for _ in range(400):
        texts = [" ".join(shuffled.choices(words, k=12)) for _ in range(3)]
        title = suggest_title(texts)
        said = [word.strip(",.:").lower() for word in to_nfc(" ".join(texts)).split()]
        assert len(title) <= TITLE_LETTERS
        left = iter(said)
        assert all(word.strip(",.:").lower() in left for word in title.split()), (texts, title)
