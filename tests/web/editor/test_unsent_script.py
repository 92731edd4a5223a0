"""What is filled in beside the text and not sent, in a real browser: no other act costs it."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Dialog, Page, expect

from bridge.editing import save_details
from bridge.flags import NewFlag, save_flags
from bridge.models import User
from bridge.review import approve_announcement
from bridge.workflow import State
from tests.bridge.lifecycle import nothing_to_check
from tests.web.conftest import Office
from tests.web.desk import lines, page_of, saves_held

pytestmark = pytest.mark.browser

SignIn = Callable[..., tuple[Page, User]]
TITLE = "Lịch tiêm chủng tháng 12"


def asked_about(office: Office, place: int = 2) -> str:
    """An announcement with a passage that must be kept or hidden."""
    announcement = office.in_review()
    segment = office.view(announcement).segments[place].id
    with office.services.db.writing() as session:
        loop = {"text": "cảm ơn", "times": 9}
        save_flags(session, announcement, [NewFlag(segment, "loop", 0, 2, loop)])
    return announcement


def dialogs_of(page: Page) -> list[str]:
    """The kinds of the questions that the browser asks, each answered by leaving."""
    kinds: list[str] = []

    def answer(dialog: Dialog) -> None:
        kinds.append(dialog.type)
        dialog.accept()

    page.on("dialog", answer)
    return kinds


def retitle(office: Office, announcement: str, title: str) -> None:
    """Somebody else saves the details."""
    with office.services.db.writing() as session:
        save_details(
            session,
            announcement_id=announcement,
            expected_version=office.view(announcement).version,
            actor_id=office.person("editor").id,
            title=title,
            category="",
            area="",
            priority="normal",
            broadcast_at=datetime(2026, 11, 22, 10, 0, tzinfo=UTC),
        )


def test_details_that_are_filled_in_outlive_a_decision_and_its_undoing(
    office: Office, sign_in: SignIn, complaints: list[str]
) -> None:
    announcement = asked_about(office)
    page, _user = sign_in("editor", path=page_of(announcement))
    dialogs, title = dialogs_of(page), page.get_by_label("Tiêu đề")
    title.fill(TITLE)
    page.get_by_label("Mức").select_option("priority")
    page.get_by_role("button", name="Giữ lại", exact=True).click()
    expect(page.locator("[data-undo] button")).to_have_text("Hoàn tác: giữ lại đoạn")
    expect(title).to_have_value(TITLE)
    expect(page.get_by_label("Mức")).to_have_value("priority")
    expect(page.locator("[data-details]")).to_contain_text("Đã lấy lại những ô bạn điền dở")
    page.locator("[data-undo] button").click()
    expect(page.get_by_role("button", name="Giữ lại", exact=True)).to_be_visible()
    expect(title).to_have_value(TITLE)
    assert office.view(announcement).work.title != TITLE
    page.get_by_role("button", name="Lưu thông tin").click()
    expect(page.locator("h1")).to_have_text(TITLE)
    expect(page.locator("[data-details]")).not_to_contain_text("Đã lấy lại")
    assert office.view(announcement).work.priority == "priority"
    assert (dialogs, complaints) == ([], [])


def test_a_field_that_somebody_else_changed_meanwhile_is_not_written_over(
    office: Office, sign_in: SignIn
) -> None:
    announcement = asked_about(office)
    page, _user = sign_in("editor", path=page_of(announcement))
    page.get_by_label("Tiêu đề").fill(TITLE)
    retitle(office, announcement, "Lịch của họ")
    page.get_by_role("button", name="Giữ lại", exact=True).click()
    expect(page.locator("[data-details] .theirs q")).to_have_text("Lịch của họ")
    expect(page.get_by_label("Tiêu đề")).to_have_value(TITLE)
    page.get_by_role("button", name="Lấy chữ của họ").click()
    expect(page.get_by_label("Tiêu đề")).to_have_value("Lịch của họ")
    expect(page.locator(".theirs")).to_have_count(0)


def test_nothing_is_approved_while_the_details_are_not_saved(
    office: Office, sign_in: SignIn
) -> None:
    announcement = office.in_review()
    office.confirm(announcement)
    page, _user = sign_in("approver", path=page_of(announcement))
    page.get_by_label("Phạm vi").fill("Thôn Đông")
    page.get_by_role("button", name="Duyệt và đăng").click()
    expect(page.locator("[data-notice]")).to_contain_text("Thông tin bản tin chưa lưu")
    assert office.view(announcement).work.state == State.IN_REVIEW
    page.get_by_label("Phạm vi").fill("")  # as it was
    page.get_by_role("button", name="Duyệt và đăng").click()
    expect(page.locator(".desk-facts")).to_contain_text("Đã duyệt")


def test_details_that_were_refused_are_not_taken_for_saved_ones(
    office: Office, sign_in: SignIn
) -> None:
    announcement = office.in_review()
    office.confirm(announcement)
    page, _user = sign_in("approver", path=page_of(announcement))
    page.get_by_label("Phạm vi").fill("Thôn Đông")
    page.get_by_label("Giờ phát trên loa").fill("hôm qua")
    page.get_by_role("button", name="Lưu thông tin").click()
    expect(page.locator(".problem").first).to_be_visible()
    # Neither with script nor before it runs.
    expect(page.get_by_role("button", name="Duyệt và đăng")).to_have_count(0)
    expect(page.locator("#duyet")).to_contain_text("Thông tin bản tin chưa lưu")
    assert office.view(announcement).area == ""
    page.get_by_label("Giờ phát trên loa").fill("20/11/2026 05:00")
    page.get_by_role("button", name="Lưu thông tin").click()
    expect(page.get_by_text("cần một người khác duyệt")).to_be_visible()
    assert office.view(announcement).area == "Thôn Đông"


def test_a_comment_outlives_a_decision_and_is_gone_once_it_is_sent(
    office: Office, sign_in: SignIn
) -> None:
    announcement = asked_about(office)
    page, _user = sign_in("approver", path=page_of(announcement))
    comment = page.get_by_label("Cần sửa gì")
    page.locator(".send-back summary").click()
    comment.fill("Sai giờ.")
    page.get_by_role("button", name="Ẩn khỏi bản tin", exact=True).first.click()
    expect(page.locator("[data-undo] button")).to_have_text("Hoàn tác: ẩn đoạn")
    expect(comment).to_be_visible()
    expect(comment).to_have_value("Sai giờ.")
    page.locator(".send-back button").click()
    expect(page.locator(".returned")).to_contain_text("Sai giờ.")
    expect(comment).to_have_value("")


def test_closing_the_page_asks_before_it_costs_what_was_filled_in(
    office: Office, sign_in: SignIn
) -> None:
    page, _user = sign_in("editor", path=page_of(office.in_review()))
    page.get_by_label("Tiêu đề").fill(TITLE)
    with page.expect_event("dialog") as asked:
        page.close(run_before_unload=True)
    assert asked.value.type == "beforeunload"
    asked.value.dismiss()
    dialogs = dialogs_of(page)
    page.reload()
    assert dialogs == ["beforeunload"]
    expect(page.get_by_label("Tiêu đề")).to_have_value(TITLE)


def test_a_page_whose_announcement_moves_on_is_not_taken_from_under_a_form(
    office: Office, sign_in: SignIn
) -> None:
    announcement = office.in_review()
    with office.services.db.writing() as session:
        approve_announcement(
            session,
            announcement_id=announcement,
            digest=office.view(announcement).digest,
            actor_id=office.person("approver").id,
            must_check=nothing_to_check,
        )
    page, _user = sign_in("editor", path=f"{page_of(announcement)}?sua=1")
    page.evaluate("window.same = true")
    page.get_by_label("Tiêu đề").fill(TITLE)
    with page.expect_response("**/trang-thai*"):
        retitle(office, announcement, "Lịch của họ")  # back to review
    page.wait_for_timeout(4000)
    assert page.evaluate("window.same") is True
    expect(page.get_by_label("Tiêu đề")).to_have_value(TITLE)


def type_into_the_passage(page: Page) -> None:
    page.locator("[data-fold] summary").click()
    lines(page).nth(2).focus()
    page.keyboard.press("Control+End")
    page.keyboard.type(" Hết.")


@pytest.mark.parametrize("decision", ["Giữ lại", "Ẩn khỏi bản tin"])
def test_a_decision_right_after_typing_into_the_same_passage_counts(
    office: Office, sign_in: SignIn, complaints: list[str], decision: str
) -> None:
    announcement = asked_about(office)
    page, _user = sign_in("editor", path=page_of(announcement))
    with saves_held(page):  # once the text is saved the question has its answer
        type_into_the_passage(page)
        page.get_by_role("button", name=decision, exact=True).click()
    expect(page.locator("[data-undo] button")).to_contain_text("Hoàn tác")
    segment = office.view(announcement).segments[2]
    assert segment.text == "Xin cảm ơn. Hết."
    assert segment.flags[0].decision == ("keep" if decision == "Giữ lại" else "hide")
    assert complaints == []


def test_a_button_does_not_go_away_under_the_hand_that_presses_it(
    office: Office, sign_in: SignIn, complaints: list[str]
) -> None:
    announcement = asked_about(office)
    page, _user = sign_in("editor", path=page_of(announcement))
    with saves_held(page):
        type_into_the_passage(page)
        page.get_by_role("button", name="Ẩn khỏi bản tin", exact=True).hover()
        page.mouse.down()
    expect(page.locator("[data-saved]")).to_contain_text("Đã lưu lúc")
    page.wait_for_timeout(500)  # for the line to be shown anew
    page.mouse.up()
    expect(page.locator("[data-undo] button")).to_have_text("Hoàn tác: ẩn đoạn")
    assert office.view(announcement).segments[2].hidden
    assert complaints == []


def test_an_answered_question_goes_once_its_buttons_are_left(
    office: Office, sign_in: SignIn
) -> None:
    announcement = asked_about(office)
    page, _user = sign_in("editor", path=page_of(announcement))
    button = page.get_by_role("button", name="Giữ lại", exact=True)
    with saves_held(page):
        type_into_the_passage(page)
        button.focus()
    expect(page.locator("[data-saved]")).to_contain_text("Đã lưu lúc")
    expect(button).to_be_visible()
    lines(page).nth(0).focus()
    expect(button).to_have_count(0)
    expect(page.locator(".lines [data-segment]").nth(2)).to_contain_text("Đã sửa chữ.")
