"""What to hear again, in words."""

import re

from bridge.queries import SegmentView
from bridge.transcript import Word
from tests.web.conftest import Office
from tests.web.editor.test_announcement import page_of, publish
from tests.web.editor.test_flags import choice, flag, line_of
from web.editor.marks import page_marks


def segment(text: str, probability: float | None = 0.9, name: str = "one") -> SegmentView:
    words = tuple(
        Word(token, place * 100, place * 100 + 90, probability)
        for place, token in enumerate(text.split())
    )
    return SegmentView(name, 1, "speech", 0, 9000, text, text, words, False, None, ())


def test_marks_name_the_words_of_each_kind_once(office: Office) -> None:
    with office.app.test_request_context():
        marks = page_marks(
            [segment("Họp lúc 7 giờ 30 phút, ngày 25 tháng 11, từ 7 giờ 30 phút.", None)], ()
        )
    found = [(kind.word, kind.passages, kind.must_check) for kind in marks.segments["one"].kinds]
    assert found == [
        ("giờ", ("7 giờ 30 phút",), True),
        ("ngày", ("ngày 25 tháng 11",), True),
    ]
    assert marks.counts == (("giờ", 2), ("ngày", 1))
    assert marks.total == 3


def test_the_pieces_of_a_text_are_the_whole_text(office: Office) -> None:
    text = "Mời bà con thôn Đông Mẫu đến lúc 19 giờ, mang theo 50.000 đồng."
    with office.app.test_request_context():
        pieces = page_marks([segment(text, None)], ["thôn Đông Mẫu"]).segments["one"].pieces
    assert " ".join(piece.text for piece in pieces) == text
    assert [(piece.text, piece.title) for piece in pieces if piece.title] == [
        ("thôn Đông Mẫu", "tên: có trong từ điển tên riêng"),
        ("19 giờ,", "giờ: viết bằng chữ số"),
        ("50.000 đồng.", "tiền: viết bằng chữ số"),
    ]


def test_the_least_sure_words_of_the_whole_page_are_named(office: Office) -> None:
    sure, unsure = segment("bà con " * 10, 0.9, "one"), segment("bà con " * 10, 0.2, "two")
    with office.app.test_request_context():
        marks = page_marks([sure, unsure], ())
    assert set(marks.segments) == {"two"}
    (kind,) = marks.segments["two"].kinds
    assert (kind.word, kind.must_check) == ("máy nghe chưa chắc", False)
    assert marks.total == 0


def test_the_page_names_what_to_hear_again_and_counts_it(office: Office) -> None:
    announcement = office.in_review()
    page = office.browser("editor").text(page_of(announcement))
    line = line_of(page, office.view(announcement).segments[1].id)
    assert re.search(r'<span>giờ:</span> <span lang="vi">7 giờ 30 phút</span>', line)
    assert "Phải kiểm tra: còn 1" in page
    publish(office, announcement)
    read = office.browser("editor").text(page_of(announcement))
    assert "1 chỗ cần nghe lại" in read
    assert "1 giờ." in read


def test_a_text_that_is_only_read_has_its_words_underlined(office: Office) -> None:
    announcement = office.in_review()
    publish(office, announcement)
    page = office.browser("editor").text(page_of(announcement))
    line = line_of(page, office.view(announcement).segments[1].id)
    assert 'title="giờ: viết bằng chữ số" data-mark>7 giờ 30 phút.</span>' in line
    assert "Trạm y tế xã tiêm chủng lúc 7 giờ 30 phút." in re.sub("<[^>]*>", "", line)


def test_what_is_folded_or_still_being_heard_is_not_marked(office: Office) -> None:
    announcement = office.in_review()
    hidden = flag(office, announcement, 1)
    browser = office.browser("editor")
    assert "data-for=" not in browser.text(page_of(announcement))
    browser.post(choice(announcement, hidden), {"decision": "keep"})
    assert "data-for=" in browser.text(page_of(announcement))
    moving, _run = office.transcribing()
    assert 'class="doubt"' not in browser.text(page_of(moving))
