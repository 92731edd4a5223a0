"""The form of the details: saved, refused, filled in from a template or from the text."""

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bridge.announcement_templates import TEMPLATES_FILE, packaged_templates
from bridge.details import Particulars
from bridge.models import Announcement
from tests.web.conftest import TEXTS, Browser, Office
from tests.web.desk import page_of
from web.editor.filling import fill, is_nobody_s_title, nobody_s_titles
from web.labels import ERRORS
from web.labels_details import FIELD_WORDS

SAID = {
    "summary": "Trẻ dưới 5 tuổi.",
    "speaker": "Phát thanh viên",
    "author": "Trạm y tế",
    "source": "Đài truyền thanh xã Mẫu",
    "language": "km",
    "valid_from": "21/11/2026 06:00",
    "valid_until": "25/11/2026 17:00",
}
SAVED = Particulars(
    summary="Trẻ dưới 5 tuổi.",
    speaker="Phát thanh viên",
    author="Trạm y tế",
    source="Đài truyền thanh xã Mẫu",
    language="km",
    valid_from=datetime(2026, 11, 20, 23, tzinfo=UTC),
    valid_until=datetime(2026, 11, 25, 10, tzinfo=UTC),
)


def entries(office: Office, announcement: str, **changed: str) -> dict[str, str]:
    return {
        "version": str(office.view(announcement).version),
        "title": "Lịch tiêm chủng tháng 11",
        "category": "Y tế",
        "area": "thôn Một; thôn Hai",
        "priority": "normal",
        "broadcast_at": "21/11/2026 05:30",
        **changed,
    }


def save(browser: Browser, office: Office, announcement: str, **changed: str):  # type: ignore[no-untyped-def]
    fields = entries(office, announcement, **changed)
    return browser.post(f"{page_of(announcement)}/thong-tin", fields)


def fill_in(browser: Browser, announcement: str, fields: dict[str, str]) -> dict[str, str]:
    """What a script is told."""
    url = f"{page_of(announcement)}/thong-tin/dien"
    answer = browser.ask("POST", url, data=fields).get_json()
    assert set(answer) == {"values", "told", "filled_by"}
    return answer


def name_nothing(office: Office, announcement: str, title: str = "") -> None:
    with office.services.db.writing() as session:
        session.get_one(Announcement, announcement).title = title


def test_all_that_is_said_is_saved_and_shown_again(office: Office) -> None:
    announcement = office.in_review()
    browser = office.browser("editor")
    assert save(browser, office, announcement, **SAID).status_code == 303
    view = office.view(announcement)
    assert (view.particulars, view.area) == (SAVED, "thôn Một, thôn Hai")
    page = browser.text(page_of(announcement))
    for name, text in SAID.items():
        assert text in page, name
    assert '<option value="km" lang="vi" selected>Khmer</option>' in page
    said = ", ".join(("tóm tắt", "nguồn phát", "người đọc", "người soạn", "ngôn ngữ", "hiệu lực"))
    assert f"({said})" in page
    reader = office.browser("operator").text(page_of(announcement))
    for text in ("Trẻ dưới 5 tuổi.", "Trạm y tế", "Khmer", "17:00, 25/11/2026"):
        assert text in reader


def test_a_form_without_particulars_leaves_them(office: Office) -> None:
    announcement = office.in_review()
    browser = office.browser("editor")
    save(browser, office, announcement, **SAID)
    assert save(browser, office, announcement, title="Khác").status_code == 303
    assert office.view(announcement).particulars == SAVED
    nothing = dict.fromkeys(SAID, "") | {"language": "vi"}
    save(browser, office, announcement, **nothing)
    assert office.view(announcement).particulars == Particulars()


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("summary", "x" * 501, "Tóm tắt dài quá 500 chữ cái"),
        ("speaker", "x" * 201, "Tên người đọc dài quá 200 chữ cái"),
        ("author", "x" * 201, "Tên người soạn dài quá 200 chữ cái"),
        ("source", "x" * 201, "Nguồn phát dài quá 200 chữ cái"),
        ("language", "xx", "Chọn một ngôn ngữ trong danh sách"),
        ("area", "thôn " + "x" * 200, "Phạm vi dài quá 200 chữ cái"),
        ("title", "Cắt điện ngày ___", "Tiêu đề còn chỗ trống ___"),
        ("valid_from", "mai", "Giờ bắt đầu hiệu lực chưa đúng"),
        ("valid_until", "25/11/2226 17:00", "Giờ hết hiệu lực chưa đúng"),
        ("valid_until", "21/11/2026 05:30", "Giờ hết hiệu lực phải sau giờ phát"),
    ],
)
def test_refused_particulars_come_back_with_the_reason_and_what_was_typed(
    office: Office, name: str, value: str, words: str
) -> None:
    announcement = office.in_review()
    typed = {**SAID, name: value, "author": "Người soạn thử"}
    if name == "author":
        typed[name] = value
    answer = save(office.browser("editor"), office, announcement, **typed)
    page = answer.get_data(as_text=True)
    assert answer.status_code == 400
    assert words in page
    assert value in page or name == "language"  # a code that is not in the list
    assert '<details class="more" open>' in page
    assert office.view(announcement).particulars == Particulars()


def test_a_template_fills_what_is_empty_and_says_so(office: Office) -> None:
    announcement = office.in_review()
    browser = office.browser("editor")
    typed = entries(office, announcement, title="", category=" ", valid_until="", template="")
    answer = fill_in(browser, announcement, {**typed, "template": "cat-dien"})
    assert answer["values"] == {
        "title": "Tạm ngừng cấp điện ngày ___",
        "category": "Điện, nước",
        "priority": "priority",
        "valid_until": "24/11/2026 05:30",
    }
    assert answer["told"] == (
        "Đã điền theo mẫu “Cắt điện”: tiêu đề, chuyên mục, mức, hiệu lực. "
        "Thay ___ trong tiêu đề bằng chữ của bạn. Chưa lưu."
    )
    assert office.view(announcement).version == int(typed["version"])


def test_a_template_never_takes_the_place_of_what_a_person_wrote(office: Office) -> None:
    announcement = office.in_review()
    browser = office.browser("editor")
    typed = entries(office, announcement, priority="urgent", template="cat-dien")
    answer = fill_in(browser, announcement, typed)
    assert answer["values"] == {"valid_until": "24/11/2026 05:30"}
    assert "Giữ nguyên chữ đã có: tiêu đề, chuyên mục, mức." in answer["told"]
    same = {**typed, **answer["values"], "category": "Điện, nước", "title": "Riêng"}
    answer = fill_in(browser, announcement, {**same, "filled_by": "cat-dien"})
    assert answer["values"] == {}
    assert answer["told"].startswith("Mẫu “Cắt điện” không điền gì thêm.")


def test_another_template_takes_the_place_of_the_one_before_and_nothing_takes_it_back(
    office: Office,
) -> None:
    announcement = office.in_review()
    browser = office.browser("editor")
    form = entries(office, announcement, title="", category="", valid_until="")
    form |= fill_in(browser, announcement, {**form, "template": "cat-dien"})["values"]
    form |= {"category": "Việc của tôi", "filled_by": "cat-dien"}
    answer = fill_in(browser, announcement, {**form, "template": "tiem-chung"})
    assert answer["values"] == {
        "title": "Lịch tiêm chủng ngày ___",
        "priority": "normal",
        "valid_until": "28/11/2026 05:30",
    }
    assert "Giữ nguyên chữ đã có: chuyên mục." in answer["told"]
    form |= answer["values"] | {"filled_by": "tiem-chung", "template": ""}
    back = fill_in(browser, announcement, form)
    assert back["values"] == {"title": "", "valid_until": ""}
    assert back["told"].startswith("Không dùng mẫu.")


def test_an_end_is_not_counted_from_an_hour_that_cannot_be_read(office: Office) -> None:
    announcement = office.in_review()
    form = entries(office, announcement, broadcast_at="sáng mai", template="cat-dien")
    answer = fill_in(office.browser("editor"), announcement, form)
    assert "valid_until" not in answer["values"]


def test_without_script_the_page_comes_back_filled_in_and_nothing_typed_is_lost(
    office: Office,
) -> None:
    announcement = office.in_review()
    browser = office.browser("editor")
    typed = entries(office, announcement, title="", area="thôn Đông", speaker="Người đọc thử")
    answer = browser.post(
        f"{page_of(announcement)}/thong-tin/dien", {**typed, "template": "thien-tai"}
    )
    page = answer.get_data(as_text=True)
    assert answer.status_code == 200
    assert "Ứng phó với ___</textarea>" in page
    for kept in ('value="thôn Đông"', 'value="Người đọc thử"', 'value="22/11/2026 05:30"'):
        assert kept in page
    assert '<option value="thien-tai" lang="vi" selected>' in page
    assert 'name="filled_by" value="thien-tai"' in page
    assert '<option value="urgent" selected>' in page
    assert "Đã điền theo mẫu" in page
    assert office.view(announcement).work.title == "Lịch tiêm chủng"


def test_an_unknown_template_is_refused(office: Office) -> None:
    announcement = office.in_review()
    fields = entries(office, announcement, template="khong-co")
    url = f"{page_of(announcement)}/thong-tin/dien"
    answer = office.browser("editor").post(url, fields)
    assert answer.status_code == 400
    assert "Không có mẫu này" in answer.get_data(as_text=True)


def test_a_foreign_announcement_is_not_filled_in(office: Office) -> None:
    announcement = office.in_review()
    other = office.unit_named("xa-khac", "Xã Khác")
    browser = office.browser("editor", unit=other)
    url = f"{page_of(announcement)}/thong-tin/dien"
    assert browser.post(url, {"template": "cat-dien"}).status_code == 404


def test_a_title_is_offered_only_where_nobody_gave_one(office: Office) -> None:
    announcement = office.in_review()
    browser = office.browser("editor")
    offered = re.compile(r"data-take-title lang=\"vi\">([^<]*)<")
    assert not offered.search(browser.text(page_of(announcement)))
    by_machine = " ".join(TEXTS[:1]).rstrip(".")
    for title in ("", Path(office.view(announcement).file_name).stem, by_machine):
        name_nothing(office, announcement, title)
        found = offered.search(browser.text(page_of(announcement)))
        assert found is not None
        assert found.group(1) == TEXTS[1].rstrip(".")
    assert office.view(announcement).work.title == title


def test_a_title_is_taken_from_the_text_as_it_stands_and_not_saved(office: Office) -> None:
    announcement = office.in_review()
    name_nothing(office, announcement)
    browser = office.browser("editor")
    form = entries(office, announcement, title="", take="title", filled_by="cat-dien")
    answer = fill_in(browser, announcement, form)
    assert answer["values"] == {"title": TEXTS[1].rstrip(".")}
    assert answer["filled_by"] == "cat-dien"
    assert "chưa lưu" in answer["told"]
    kept = fill_in(browser, announcement, {**form, "title": "Tiêu đề của tôi"})
    assert (kept["values"], kept["told"]) == ({}, "Tiêu đề bạn đã điền được giữ nguyên.")
    assert office.view(announcement).work.title == ""


def test_an_urgent_item_without_an_end_is_asked_for_one(office: Office) -> None:
    announcement = office.in_review()
    browser = office.browser("editor")
    hint = "data-needs-end hidden>Tin khẩn cấp nên có giờ hết hiệu lực"
    assert hint in browser.text(page_of(announcement))
    save(browser, office, announcement, priority="urgent")
    page = browser.text(page_of(announcement))
    assert hint.replace(" hidden", "") in page
    assert '<details class="more" open>' in page
    save(browser, office, announcement, priority="urgent", valid_until="22/11/2026 05:30")
    assert hint in browser.text(page_of(announcement))


def test_a_units_own_templates_are_offered_and_a_broken_file_leaves_those_of_loa(
    office: Office,
) -> None:
    announcement = office.in_review()
    browser = office.browser("editor")
    path = office.settings.data_dir / TEMPLATES_FILE
    path.write_text('[[template]]\ncode = "cho"\nname = "Chợ phiên xã Mẫu"\n', encoding="utf-8")
    assert "Chợ phiên xã Mẫu" in browser.text(page_of(announcement))
    path.write_text("[[template", encoding="utf-8")
    page = browser.text(page_of(announcement))
    assert "Chợ phiên xã Mẫu" not in page
    assert packaged_templates()[0].name in page


def test_every_reason_for_refusing_particulars_has_a_sentence() -> None:
    for name in ("summary", "source", "speaker", "author"):
        assert f"{name}_too_long" in ERRORS
    for name in Particulars.__slots__:
        assert name in FIELD_WORDS


def test_a_title_that_only_names_the_file_or_that_the_machine_made_is_nobodys(
    office: Office,
) -> None:
    texts = (
        "Kính thưa bà con",
        "xin mời nghe bản tin của thôn Đông, thôn Tây và thôn Nam hôm nay.",
    )
    view = office.view(office.in_review(texts=texts))
    made = "Kính thưa bà con xin mời nghe bản tin của thôn Đông, thôn Tây…"
    for title in ("", "  ", view.file_name, "PHÁT thanh_sáng", made):
        assert is_nobody_s_title(title, nobody_s_titles(view)), title
    assert not is_nobody_s_title("Bản tin số 1", nobody_s_titles(view))


def test_what_the_machine_called_an_untitled_recording_gives_way_to_a_template(
    office: Office,
) -> None:
    announcement = office.in_review(title="")
    made = office.view(announcement).work.title
    assert made == "Kính thưa bà con"
    form = entries(office, announcement, title=made, template="cat-dien")
    answer = fill_in(office.browser("editor"), announcement, form)
    assert answer["values"]["title"] == "Tạm ngừng cấp điện ngày ___"


def test_filling_leaves_alone_what_no_template_knows() -> None:
    filling = fill({"area": "thôn Một", "title": ""}, {"title": "Họp"}, {})
    assert (filling.values, filling.kept) == ({"title": "Họp"}, ())
