"""What must be heard before approval: the list on the desk, the word of a person, the refusal."""

import pytest

from tests.web.conftest import Browser, Office

TEXTS = ("Kính thưa bà con.", "Trạm y tế tiêm chủng lúc 7 giờ 30 phút.", "Mời ông Trần Văn An.")


def page_of(announcement: str) -> str:
    return f"/lam-viec/ban-tin/{announcement}"


def confirm(
    browser: Browser, announcement: str, segment: str, version: int = 1, act: str = "da-nghe"
) -> int:
    answer = browser.ask(
        "POST",
        f"{page_of(announcement)}/doan/{segment}/{act}",
        headers={"If-Match": f'"{version}"'},
    )
    return answer.status_code


def test_the_desk_lists_what_must_be_heard(office: Office) -> None:
    announcement = office.in_review(texts=TEXTS)
    browser = office.browser("approver")
    page = browser.text(page_of(announcement))
    assert "Phải kiểm tra: còn 2" in page
    assert page.count("data-for=") == 2
    assert "7 giờ 30 phút" in page
    assert "Trần Văn An" in page
    assert "Chưa duyệt được, còn 2 đoạn phải nghe lại" in page


def test_one_by_one_until_it_can_be_approved(office: Office) -> None:
    announcement = office.in_review(texts=TEXTS)
    editor, approver = office.browser("editor"), office.browser("approver")
    digest = office.view(announcement).digest
    refused = approver.post(f"{page_of(announcement)}/duyet", {"digest": digest})
    assert refused.status_code == 409
    assert "Còn 2 đoạn có giờ, ngày, số hoặc tên" in refused.text
    _greeting, hour, name = office.view(announcement).segments
    assert confirm(editor, announcement, hour.id) == 200
    assert "Phải kiểm tra: còn 1" in approver.text(page_of(announcement))
    assert confirm(editor, announcement, name.id) == 200
    page = approver.text(page_of(announcement))
    assert "Đã kiểm tra đủ" in page
    assert page.count("Nguyễn An đã nghe, đúng") == 2
    done = approver.post(f"{page_of(announcement)}/duyet", {"digest": digest})
    assert done.status_code == 303
    assert office.view(announcement).work.state == "approved"


def test_without_a_script_each_has_its_button(office: Office) -> None:
    announcement = office.in_review(texts=TEXTS)
    browser = office.browser("editor")
    hour = office.view(announcement).segments[1]
    place = f"{page_of(announcement)}/doan/{hour.id}"
    answer = browser.post(f"{place}/da-nghe", {"version": "1"})
    assert answer.status_code == 303
    assert answer.location.endswith(f"#doan-{hour.id}")
    assert "Phải kiểm tra: còn 1" in browser.text(page_of(announcement))
    assert browser.post(f"{place}/chua-nghe", {}).status_code == 303
    assert "Phải kiểm tra: còn 2" in browser.text(page_of(announcement))


def test_a_text_that_is_another_by_now(office: Office) -> None:
    announcement = office.in_review(texts=TEXTS)
    browser = office.browser("editor")
    hour = office.view(announcement).segments[1]
    assert confirm(browser, announcement, hour.id, version=7) == 412
    plain = browser.post(f"{page_of(announcement)}/doan/{hour.id}/da-nghe", {"version": "7"})
    assert plain.status_code == 412
    assert "Phải kiểm tra: còn 2" in browser.text(page_of(announcement))


def test_without_a_version_nothing_is_confirmed(office: Office) -> None:
    announcement = office.in_review(texts=TEXTS)
    browser = office.browser("editor")
    hour = office.view(announcement).segments[1]
    answer = browser.post(f"{page_of(announcement)}/doan/{hour.id}/da-nghe", {})
    assert answer.status_code == 428


@pytest.mark.parametrize("act", ["da-nghe", "chua-nghe"])
def test_a_foreign_segment_is_not_there(office: Office, act: str) -> None:
    announcement = office.in_review(texts=TEXTS)
    other = office.in_review(texts=TEXTS)
    foreign = office.view(other).segments[1].id
    browser = office.browser("editor")
    assert confirm(browser, announcement, foreign, act=act) == 404
    assert confirm(office.browser("operator"), other, foreign, act=act) == 403


def test_what_residents_will_not_read_needs_nobodys_word(office: Office) -> None:
    announcement = office.in_review(texts=TEXTS)
    browser = office.browser("approver")
    for segment in office.view(announcement).segments[1:]:
        browser.post(f"{page_of(announcement)}/doan/{segment.id}/chon", {"decision": "hide"})
    assert "Phải kiểm tra" not in browser.text(page_of(announcement)).replace(
        "Phải kiểm tra: còn {count}", ""
    )


def test_secrets_and_personal_data_are_on_the_list(office: Office) -> None:
    texts = ("Theo công văn mật của xã.", "Bà Lê Thị B sinh năm 1960.")
    announcement = office.in_review(texts=texts)
    page = office.browser("editor").text(page_of(announcement))
    assert "có thể là bí mật nhà nước" in page
    assert "thông tin cá nhân" in page
    assert "Phải kiểm tra: còn 2" in page


def test_who_lets_personal_data_stand_covers_or_cuts_it_is_in_the_history(office: Office) -> None:
    texts = ("Kính thưa bà con.", "Ông A sinh ngày 5 tháng 3.", "Chuyển vào số tài khoản 12345.")
    announcement = office.in_review(texts=texts)
    _greeting, born, account = office.view(announcement).segments
    editor = office.browser("editor")
    page = editor.text(page_of(announcement))
    assert page.count("Đã nghe, được phép đăng") == page.count(">Che tiếng<") == 2
    assert confirm(editor, announcement, born.id) == 200
    cut = {"decision": "cut"}
    assert editor.post(f"{page_of(announcement)}/doan/{account.id}/chon", cut).status_code == 303
    page = editor.text(page_of(announcement))
    assert "cho đăng thông tin cá nhân ở đoạn 0:03, sau khi được nhắc" in page
    assert "cắt đoạn 0:06, không đăng tiếng lẫn chữ" in page
    assert page.count("Đã nghe, được phép đăng") == 1  # what is cut asks nothing any more
    assert confirm(editor, announcement, born.id, act="chua-nghe") == 200
    told = editor.text(page_of(announcement))
    assert "rút lại việc cho đăng thông tin cá nhân ở đoạn 0:03" in told


def test_without_a_script_what_was_typed_is_saved_and_confirmed_with_it(office: Office) -> None:
    announcement = office.in_review(texts=TEXTS)
    browser = office.browser("editor")
    greeting, hour, _name = office.view(announcement).segments
    typed = {
        "version": "1",
        f"text-{greeting.id}": "Kính thưa toàn thể bà con.",
        f"version-{greeting.id}": "1",
        f"text-{hour.id}": "Trạm y tế tiêm chủng lúc 8 giờ 30 phút.",
        f"version-{hour.id}": "1",
    }
    place = f"{page_of(announcement)}/doan/{hour.id}"
    assert browser.post(f"{place}/da-nghe", typed).status_code == 303
    now = office.view(announcement).segments
    assert [segment.text for segment in now[:2]] == [
        typed[f"text-{greeting.id}"],
        typed[f"text-{hour.id}"],
    ]
    assert "Phải kiểm tra: còn 1" in browser.text(page_of(announcement))
    # The same form again, from a page that is out of date by now: nothing is confirmed unread.
    browser.post(f"{place}/chua-nghe", {})
    typed[f"text-{hour.id}"] = "Trạm y tế tiêm chủng lúc 9 giờ."
    late = browser.post(f"{place}/da-nghe", typed)
    assert late.status_code == 412
    assert "lúc 9 giờ" in late.text
    assert "lúc 8 giờ 30 phút" in late.text
    assert "Phải kiểm tra: còn 2" in browser.text(page_of(announcement))
