"""Parting an announcement in several from the desk, and joining parts again."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from bridge.models import User
from bridge.series import parts_of_recording
from tests.axe import findings
from tests.web.conftest import TEXTS, Browser, Office
from tests.web.desk import lines, page_of


def parts(office: Office, announcement: str) -> list[str]:
    with office.services.db.reading() as session:
        return [one.id for one in parts_of_recording(session, announcement)]


def fields(office: Office, announcement: str, *places: int, **more: str) -> dict[str, object]:
    view = office.view(announcement)
    chosen = [view.segments[place].id for place in places]
    return {"version": str(view.version), "moc": chosen, **more}


def part(office: Office, browser: Browser, announcement: str, *places: int, **more: str) -> int:
    path = f"{page_of(announcement)}/tach"
    return browser.post(path, fields(office, announcement, *places, **more)).status_code


def join(office: Office, browser: Browser, later: str, earlier: str) -> int:
    values = {
        "version": str(office.view(later).version),
        "into": earlier,
        "into_version": str(office.view(earlier).version),
    }
    return browser.post(f"{page_of(later)}/gop", values).status_code


def test_without_a_script_what_would_come_is_shown_and_then_made(office: Office) -> None:
    whole = office.in_review(texts=TEXTS)
    browser = office.browser("editor")
    path = f"{page_of(whole)}/tach"
    page = browser.text(path)
    assert page.count('type="checkbox"') == 2  # nothing begins before the first segment
    segment = office.view(whole).segments[1]
    answer = browser.post(path, {**fields(office, whole, 1), "xem": "1"})
    shown = answer.get_data(as_text=True)
    assert f'name="title-{segment.id}"' in shown
    assert "Tách thành 2 bản tin" in shown
    assert parts(office, whole) == [whole]
    titles = {"title": "Lời chào", f"title-{segment.id}": "Tiêm chủng"}
    assert part(office, browser, whole, 1, **titles) == 303
    ids = parts(office, whole)
    assert [office.view(one).work.title for one in ids] == ["Lời chào", "Tiêm chủng"]
    assert [one.text for one in office.view(ids[1]).segments] == list(TEXTS[1:])


def test_a_refusal_comes_back_with_what_was_typed(office: Office) -> None:
    whole = office.in_review(texts=TEXTS)
    browser = office.browser("editor")
    path = f"{page_of(whole)}/tach"
    assert part(office, browser, whole) == 400
    values = {**fields(office, whole, 2), "title": "Tên mới", "version": "9"}
    answer = browser.post(path, values)
    assert answer.status_code == 412
    assert "Tên mới" in answer.get_data(as_text=True)
    assert parts(office, whole) == [whole]


def test_who_may_not_edit_is_not_offered_it_and_is_refused(office: Office) -> None:
    whole = office.in_review(texts=TEXTS)
    operator = office.browser("operator")
    assert "không tách được" in operator.text(f"{page_of(whole)}/tach")
    assert part(office, operator, whole, 1) == 403
    foreign = office.browser("editor", unit=office.unit_named("xa-khac", "Xã Khác"))
    assert foreign.get(f"{page_of(whole)}/tach").status_code == 404
    assert part(office, foreign, whole, 1) == 404


def test_the_desk_of_a_part_shows_its_own_span_and_its_neighbours(office: Office) -> None:
    whole = office.in_review(texts=TEXTS)
    browser = office.browser("editor")
    part(office, browser, whole, 1)
    second = parts(office, whole)[1]
    view, page = office.view(second), browser.text(page_of(second))
    assert f'data-start-ms="{view.start_ms}" data-end-ms="{view.end_ms}"' in page
    assert f"am-thanh#t={view.start_ms / 1000},{view.end_ms / 1000}" in page
    assert f'max="{view.work.duration_ms}"' in page
    assert TEXTS[0] not in page
    assert page_of(whole) in page
    assert "tách ra từ bản tin cùng bản ghi" in page
    assert "tách thành 2 bản tin" in browser.text(page_of(whole))


def test_what_was_joined_leads_to_the_other(office: Office) -> None:
    whole = office.in_review(texts=TEXTS)
    browser = office.browser("editor")
    part(office, browser, whole, 1)
    second = parts(office, whole)[1]
    assert "Gộp với phần trước" in browser.text(page_of(second))
    assert "Gộp với phần trước" not in browser.text(page_of(whole))
    assert join(office, browser, second, whole) == 303
    page = browser.text(page_of(second))
    assert "Bản tin này đã gộp vào bản tin:" in page
    assert "Đã gộp" in page
    assert "Mở lại để sửa" not in page
    assert "Đã gộp" in browser.text("/lam-viec/?nhom=da-go")
    assert join(office, browser, second, whole) == 400


def test_a_continued_broadcast_is_chosen_and_shown_on_both_desks(office: Office) -> None:
    first = office.in_review(title="Phần một")
    second = office.in_review(title="Phần hai")
    browser = office.browser("editor")
    page = browser.text(page_of(second))
    assert f'<option value="{first}"' in page
    path = f"{page_of(second)}/tiep-theo"
    values = {"version": str(office.view(second).version), "continues": first}
    assert browser.post(path, values).status_code == 303
    assert "Tiếp theo của:" in browser.text(page_of(second))
    assert "Phần tiếp theo:" in browser.text(page_of(first))
    assert "phần tiếp theo của bản tin “Phần một”" in browser.text(page_of(second))
    values = {"version": str(office.view(second).version), "continues": ""}
    browser.post(path, values)
    assert "Tiếp theo của:" not in browser.text(page_of(second))


def test_what_is_typed_on_a_page_from_before_the_parting_is_saved(office: Office) -> None:
    whole = office.in_review(texts=TEXTS)
    browser = office.browser("editor")
    segment = office.view(whole).segments[2]
    part(office, browser, whole, 1)
    answer = browser.ask(
        "PATCH",
        f"{page_of(whole)}/doan/{segment.id}",
        json={"text": "Xin cảm ơn bà con."},
        headers={"If-Match": '"1"'},
    )
    assert answer.status_code == 200
    second = parts(office, whole)[1]
    assert office.view(second).segments[1].text == "Xin cảm ơn bà con."
    other = office.in_review(texts=TEXTS, title="Bản tin khác")
    answer = browser.ask(
        "PATCH",
        f"{page_of(other)}/doan/{segment.id}",
        json={"text": "Lạc chỗ."},
        headers={"If-Match": '"2"'},
    )
    assert answer.status_code == 404


@pytest.mark.browser
def test_an_editor_parts_an_announcement_by_keyboard_and_joins_it_again(
    office: Office, sign_in: Callable[..., tuple[Page, User]], complaints: list[str]
) -> None:
    whole = office.in_review(texts=TEXTS)
    page, _user = sign_in("editor", path=page_of(whole))
    lines(page).nth(1).focus()
    page.get_by_role("button", name="Bản tin mới từ đoạn này").click()
    boxes = page.get_by_label("Bắt đầu bản tin mới ở đây")
    expect(boxes.first).to_be_checked()
    planned = page.locator("[data-planned]")
    expect(planned).to_have_count(2)
    expect(page.get_by_role("button", name="Tách thành 2 bản tin")).to_be_enabled()
    page.wait_for_load_state()  # until its script is there
    for width in (1366, 360):
        page.set_viewport_size({"width": width, "height": 768})
        assert findings(page) == [], width
    page.set_viewport_size({"width": 1366, "height": 768})
    title = planned.nth(1).get_by_role("textbox")
    expect(title).to_have_attribute("placeholder", TEXTS[1].rstrip("."))
    title.fill("Lịch tiêm chủng")
    title.press("Enter")  # not yet
    boxes.nth(1).focus()
    page.keyboard.press("Space")
    expect(planned).to_have_count(3)
    expect(planned.nth(2)).to_contain_text("0:05–0:09")
    boxes.nth(0).focus()
    page.keyboard.press("Space")
    expect(planned).to_have_count(2)
    page.keyboard.press("Space")
    expect(planned.nth(1).get_by_role("textbox")).to_have_value("Lịch tiêm chủng")
    boxes.nth(1).uncheck()
    page.get_by_role("button", name="Tách thành 2 bản tin").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".part-list li")).to_have_count(2)
    ids = parts(office, whole)
    assert office.view(ids[1]).work.title == "Lịch tiêm chủng"
    page.get_by_role("link", name="Lịch tiêm chủng").click()
    expect(lines(page)).to_have_count(2)
    expect(page.locator(".lines .moment").first).to_have_text("0:00")
    page.get_by_text("Gộp với phần trước").click()
    page.get_by_role("button", name="Gộp hai phần").click()
    expect(lines(page)).to_have_count(3)
    assert parts(office, whole) == [whole]
    assert complaints == []
