"""The pages' own scripts in a real browser: nothing typed is lost, whatever happens around it."""

import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import BrowserContext, Page, Route, expect
from playwright.sync_api import Error as PlaywrightError

from bridge import transcription
from bridge.accounts import set_password
from bridge.editing import save_segment_text
from bridge.flags import NewFlag, save_flags
from bridge.models import Unit, User
from bridge.queueing import TaskQueue
from bridge.rearranging import split_segment
from bridge.tasks import report_progress
from bridge.transcript import Segment
from tests.functional.running import wait_for
from tests.web.conftest import PASSWORD, TEXTS, Office, heard_segment, lend_session, wav_bytes
from tests.web.desk import (
    edit_elsewhere,
    is_saved,
    lines,
    page_of,
    put_sound,
    stop_clock,
    texts,
    wait_until_kept,
    write,
)

pytestmark = pytest.mark.browser

PRESENCE_MS = 10_000  # between two words of a page about who is there


def log_in(page: Page, target: str, user: User, password: str = PASSWORD) -> None:
    page.goto(target)
    page.get_by_label("Địa chỉ thư").fill(user.email)
    page.get_by_label("Mật khẩu").fill(password)
    page.get_by_role("button", name="Đăng nhập").click()
    page.wait_for_url(target)


def test_typing_saves_itself_and_says_when(
    office: Office, sign_in: Callable[..., tuple[Page, User]], complaints: list[str]
) -> None:
    announcement = office.in_review()
    page, _user = sign_in("editor", path=page_of(announcement))
    # It stands there for less than a second.
    page.evaluate(
        """() => {
            window.told = [];
            const place = document.querySelector("[data-saved]");
            new MutationObserver(() => told.push(place.textContent)).observe(place, {
                childList: true,
            });
        }"""
    )
    field = write(page, 1, "Tiêm chủng lúc 8 giờ.")
    page.wait_for_function("() => told.includes('Chưa lưu')")
    expect(page.locator("[data-saved]")).to_have_text(re.compile(r"^Đã lưu lúc \d\d:\d\d$"))
    assert texts(office, announcement)[1] == "Tiêm chủng lúc 8 giờ."
    # A second change goes out under the version that came back from the first.
    field.fill("Tiêm chủng  lúc 9 giờ.")
    lines(page).nth(0).focus()
    expect(page.locator("[data-saved]")).to_have_text(re.compile(r"^Đã lưu"))
    expect(lines(page).nth(1)).to_have_text("Tiêm chủng lúc 9 giờ.")
    assert texts(office, announcement)[1] == "Tiêm chủng lúc 9 giờ."
    assert complaints == []


def test_a_text_reached_before_the_script_is_there_opens_when_it_comes(
    office: Office, sign_in: Callable[..., tuple[Page, User]], complaints: list[str]
) -> None:
    announcement = office.in_review()
    page, _user = sign_in("editor", path=page_of(announcement))
    held: list[Route] = []
    page.route(re.compile(r"/desk\b.*js"), lambda route: held.append(route))
    page.reload(wait_until="commit")
    expect(lines(page).nth(2)).to_be_visible()  # the page is read, its script is on the way
    lines(page).nth(1).focus()
    for route in held:
        route.continue_()
    page.unroute_all()  # and with it what comes only now
    field = page.locator(".lines textarea")
    expect(field).to_be_focused()
    assert field.input_value() == TEXTS[1]
    assert complaints == []


def test_a_remark_gives_way_to_what_is_typed_and_the_passage_becomes_speech(
    office: Office, sign_in: Callable[..., tuple[Page, User]], complaints: list[str]
) -> None:
    announcement, run = office.transcribing(heard=0)
    unknown = Segment(0, 9_000, "[chưa nhận dạng]", (), "unrecognised")
    with office.services.db.writing() as session:
        transcription.save_segments(session, run, office.engine_run_id, [unknown])
        transcription.finish_transcription(session, run, office.engine_run_id)
    page, _user = sign_in("editor", path=page_of(announcement))
    expect(page.locator("li.kind-unrecognised")).to_have_count(1)
    lines(page).click()
    page.keyboard.type("Kính thưa bà con.")
    expect(page.locator("li.kind-speech")).to_have_count(1)
    is_saved(page)
    assert texts(office, announcement) == ["Kính thưa bà con."]
    page.keyboard.press("End")
    page.keyboard.type(" Hết.")  # words are not replaced
    is_saved(page)
    assert texts(office, announcement) == ["Kính thưa bà con. Hết."]
    assert complaints == []


def test_with_the_network_away_text_stays_and_is_saved_when_it_is_back(
    office: Office, sign_in: Callable[..., tuple[Page, User]], context: BrowserContext
) -> None:
    announcement = office.in_review()
    page, _user = sign_in("editor", path=page_of(announcement))
    context.set_offline(True)
    write(page, 0, "Gõ lúc mất mạng.")
    expect(page.locator("[data-saved]")).to_contain_text("Chưa lưu được")
    warned = page.evaluate(
        "() => !window.dispatchEvent(new Event('beforeunload', { cancelable: true }))"
    )
    assert warned
    context.set_offline(False)
    expect(page.locator("[data-saved]")).to_contain_text("Đã lưu lúc")
    assert texts(office, announcement)[0] == "Gõ lúc mất mạng."


def test_a_killed_tab_costs_no_letter(
    office: Office,
    sign_in: Callable[..., tuple[Page, User]],
    context: BrowserContext,
    address: str,
    complaints: list[str],
) -> None:
    announcement = office.in_review()
    first, _user = sign_in("editor", path=page_of(announcement))
    context.set_offline(True)
    for place, text in ((0, "Gõ trước khi mất điện."), (1, "Của tôi."), (2, "Trả lời bị mất.")):
        write(first, place, text)
    expect(first.locator("[data-saved]")).to_contain_text("Chưa lưu được")
    wait_until_kept(first, "Gõ trước khi mất điện.", "Của tôi.", "Trả lời bị mất.")
    segments, other = office.view(announcement).segments, office.person("editor").id
    with office.services.db.writing() as session:
        for place, text in ((1, "Của họ."), (2, "Trả lời bị mất.")):
            save_segment_text(
                session,
                segment_id=segments[place].id,
                expected_version=1,
                text=text,
                actor_id=other,
            )
    first.close()  # nobody is asked; what goes out after it is too old for these two
    context.set_offline(False)
    page = context.new_page()
    page.goto(address + page_of(announcement))
    expect(page.locator("[data-taken]")).to_contain_text("Đã lấy lại chữ bạn gõ lần trước")
    expect(page.locator(".theirs q")).to_have_text("Của họ.")
    page.get_by_role("button", name="Giữ chữ của tôi").click()
    expect(page.locator("[data-saved]")).to_contain_text("Đã lưu lúc")
    assert texts(office, announcement) == [
        "Gõ trước khi mất điện.",
        "Của tôi.",
        "Trả lời bị mất.",
    ]
    page.reload()
    expect(lines(page).nth(1)).to_have_text("Của tôi.")
    expect(page.locator("[data-taken]")).to_have_text("")
    assert complaints == []


def test_what_was_typed_into_a_segment_that_is_gone_is_shown(
    office: Office,
    sign_in: Callable[..., tuple[Page, User]],
    context: BrowserContext,
    address: str,
) -> None:
    announcement = office.in_review()
    first, _user = sign_in("editor", path=page_of(announcement))
    context.set_offline(True)
    write(first, 0, "Câu gõ dở.")
    expect(first.locator("[data-saved]")).to_contain_text("Chưa lưu được")
    wait_until_kept(first, "Câu gõ dở.")
    segment, other = office.view(announcement).segments[0].id, office.person("editor").id
    with office.services.db.writing() as session:
        split_segment(session, segment_id=segment, expected_version=1, at_word=2, actor_id=other)
    first.close()
    context.set_offline(False)
    page = context.new_page()
    page.goto(address + page_of(announcement))
    expect(page.locator(".theirs q")).to_have_text("Câu gõ dở.")
    page.get_by_role("button", name="Bỏ chữ này").click()
    expect(page.locator(".theirs")).to_have_count(0)
    page.reload()
    expect(lines(page)).to_have_count(4)
    expect(page.locator(".theirs")).to_have_count(0)


def test_where_somebody_was_quicker_both_texts_are_shown_and_the_person_chooses(
    office: Office, sign_in: Callable[..., tuple[Page, User]]
) -> None:
    announcement = office.in_review()
    page, _user = sign_in("editor", path=page_of(announcement))
    edit_elsewhere(office, announcement, "Bản của họ.")
    write(page, 0, "Bản của tôi.")
    expect(page.locator(".theirs q")).to_have_text("Bản của họ.")
    expect(page.locator(".lines textarea")).to_have_value("Bản của tôi.")
    assert texts(office, announcement)[0] == "Bản của họ."
    # The other segments go on being saved meanwhile.
    write(page, 2, "Xin hết.")
    page.wait_for_function("() => document.querySelectorAll('.lines .unsaved').length === 1")
    page.get_by_role("button", name="Giữ chữ của tôi").click()
    expect(page.locator("[data-saved]")).to_contain_text("Đã lưu lúc")
    assert texts(office, announcement) == ["Bản của tôi.", TEXTS[1], "Xin hết."]


def test_taking_the_other_text_drops_ones_own(
    office: Office, sign_in: Callable[..., tuple[Page, User]]
) -> None:
    announcement = office.in_review()
    page, _user = sign_in("editor", path=page_of(announcement))
    edit_elsewhere(office, announcement, "Bản của họ.")
    write(page, 0, "Bản của tôi.")
    page.get_by_role("button", name="Lấy chữ của họ").click()
    expect(page.locator(".lines textarea")).to_have_value("Bản của họ.")
    expect(page.locator(".theirs")).to_have_count(0)
    assert texts(office, announcement)[0] == "Bản của họ."


def test_a_session_that_ends_in_the_middle_of_work_costs_no_text(
    office: Office,
    sign_in: Callable[..., tuple[Page, User]],
    context: BrowserContext,
    address: str,
) -> None:
    announcement = office.in_review()
    page, user = sign_in("editor", path=page_of(announcement))
    with office.services.db.writing() as session:
        password_hash = session.get_one(User, user.id).password
        assert password_hash is not None
        set_password(session, user_id=user.id, password_hash=password_hash)  # ends every session
    cookies = context.cookies()
    write(page, 0, "Gõ khi hết phiên.")
    expect(page.locator("[data-notice]")).to_contain_text("Phiên làm việc đã hết")
    # A cookie that came to this page after the login of another would end that login.
    assert context.cookies() == cookies
    log_in(context.new_page(), f"{address}/lam-viec/", user)
    expect(page.locator("[data-saved]")).to_contain_text("Đã lưu lúc")
    expect(page.locator("[data-notice]")).to_be_hidden()
    assert texts(office, announcement)[0] == "Gõ khi hết phiên."


def test_ones_own_save_whose_answer_was_lost_is_no_conflict(
    office: Office, sign_in: Callable[..., tuple[Page, User]], complaints: list[str]
) -> None:
    announcement = office.in_review()
    page, _user = sign_in("editor", path=page_of(announcement))
    saves = "**/doan/*"

    def lose(route: Route) -> None:
        with suppress(PlaywrightError):  # a page that tries again may be closed meanwhile
            route.fetch()  # the server has it, the page never hears of it
            route.abort()

    page.route(saves, lose)
    field = write(page, 0, "Câu thứ nhất.")
    expect(page.locator("[data-saved]")).to_contain_text("Chưa lưu được")
    assert texts(office, announcement)[0] == "Câu thứ nhất."
    field.fill("Câu thứ hai.")
    page.unroute(saves)
    page.evaluate("() => dispatchEvent(new Event('online'))")
    expect(page.locator("[data-saved]")).to_contain_text("Đã lưu lúc")
    assert page.locator(".theirs").count() == 0
    assert texts(office, announcement)[0] == "Câu thứ hai."
    assert office.view(announcement).segments[0].version == 3

    # The same over a page that was closed before it heard.
    page.route(saves, lose)
    field.fill("Câu thứ ba.")
    expect(page.locator("[data-saved]")).to_contain_text("Chưa lưu được")
    field.fill("Câu thứ tư.")
    wait_until_kept(page, "Câu thứ tư.")
    again = page.context.new_page()
    address = page.url
    page.close()
    again.goto(address)
    expect(again.locator("[data-saved]")).to_contain_text("Đã lưu lúc")
    assert again.locator(".theirs").count() == 0
    assert texts(office, announcement)[0] == "Câu thứ tư."
    assert complaints == []


def test_approving_first_saves_what_is_typed_and_then_approves_just_that(
    office: Office, sign_in: Callable[..., tuple[Page, User]]
) -> None:
    with office.services.db.writing() as session:
        session.get_one(Unit, office.unit.id).editor_may_approve = True
    announcement = office.in_review()
    office.confirm(announcement)
    page, _user = sign_in("approver", path=page_of(announcement))
    write(page, 0, "Câu vừa gõ xong.")
    page.get_by_role("button", name="Duyệt và đăng").click()
    expect(page.locator(".desk-facts")).to_contain_text("Đã duyệt")
    assert texts(office, announcement)[0] == "Câu vừa gõ xong."
    assert office.view(announcement).work.state == "approved"


def test_a_text_that_somebody_else_changed_must_be_read_before_it_is_approved(
    office: Office, sign_in: Callable[..., tuple[Page, User]]
) -> None:
    announcement = office.in_review()
    office.confirm(announcement)
    page, _user = sign_in("approver", path=page_of(announcement))
    edit_elsewhere(office, announcement, "Câu người duyệt chưa đọc.")
    page.get_by_role("button", name="Duyệt và đăng").click()
    expect(page.locator("[data-notice]")).to_contain_text("đọc bản mới")
    assert office.view(announcement).work.state == "in_review"
    page.reload()
    page.get_by_role("button", name="Duyệt và đăng").click()
    expect(page.locator(".desk-facts")).to_contain_text("Đã duyệt")


def test_a_decision_saves_what_is_typed_and_only_then_can_be_approved(
    office: Office, sign_in: Callable[..., tuple[Page, User]], complaints: list[str]
) -> None:
    with office.services.db.writing() as session:
        session.get_one(Unit, office.unit.id).editor_may_approve = True
    announcement = office.in_review()
    segments = office.view(announcement).segments
    with office.services.db.writing() as session:
        loop = {"text": "cảm ơn", "times": 9}
        flags = [NewFlag(segment.id, "loop", 0, 2, loop) for segment in segments[1:]]
        save_flags(session, announcement, flags)
    page, _user = sign_in("approver", path=page_of(announcement))
    approve = page.get_by_role("button", name="Duyệt và đăng")
    expect(approve).to_be_hidden()
    expect(lines(page).nth(2)).to_be_hidden()
    write(page, 0, "Gõ trước khi ẩn.")
    page.locator(f"#doan-{segments[2].id}").get_by_role("button", name="Ẩn khỏi bản tin").click()
    expect(page.locator(f"#doan-{segments[2].id}")).to_contain_text("Đã ẩn khỏi bản tin")
    assert office.view(announcement).segments[2].hidden
    assert texts(office, announcement)[0] == "Gõ trước khi ẩn."

    # The other passage is answered by writing it anew; nothing is loaded again.
    page.get_by_text("Đoạn này có thể do máy tự nghĩ ra").click()
    write(page, 1, "Trạm y tế xã có lịch tiêm chủng.")
    expect(approve).to_be_visible()
    expect(page.locator("[data-undecided]")).to_have_count(0)
    approve.click()
    expect(page.locator(".desk-facts")).to_contain_text("Đã duyệt")
    assert complaints == []


def test_details_saved_after_edits_of_ones_own_are_no_conflict(
    office: Office, sign_in: Callable[..., tuple[Page, User]]
) -> None:
    announcement = office.in_review()
    page, _user = sign_in("editor", path=page_of(announcement))
    write(page, 0, "Câu mới.")
    page.get_by_label("Tiêu đề").fill("Tiêu đề mới")
    page.get_by_role("button", name="Lưu thông tin").click()
    expect(page.locator("h1")).to_have_text("Tiêu đề mới")
    assert texts(office, announcement)[0] == "Câu mới."


def test_the_page_follows_the_machine_and_opens_for_editing_when_it_is_done(
    office: Office, sign_in: Callable[..., tuple[Page, User]]
) -> None:
    announcement, run = office.transcribing(heard=1)
    page, _user = sign_in("editor", path=page_of(announcement))
    expect(page.locator("[data-read] li")).to_have_count(1)
    with office.services.db.writing() as session:
        transcription.save_segments(session, run, office.engine_run_id, [heard_segment(1)])
    report_progress(office.services.db, run, 7_200, 9_000)
    expect(page.locator("[data-read] li")).to_have_count(2)
    expect(page.locator("[data-detail]")).to_have_text("Đã nghe 0:07 / 0:09")
    with office.services.db.writing() as session:
        transcription.finish_transcription(session, run, office.engine_run_id)
    expect(lines(page)).to_have_count(2)


def test_the_list_follows_progress_without_reloading(
    office: Office, sign_in: Callable[..., tuple[Page, User]], complaints: list[str]
) -> None:
    announcement, run = office.transcribing()
    page, _user = sign_in("editor")
    row = page.locator(f'tr[data-id="{announcement}"]')
    expect(row).to_contain_text("Đã nghe 0:03 / 0:09")
    with office.services.db.writing() as session:
        transcription.finish_transcription(session, run, office.engine_run_id)
    expect(row.locator(".state")).to_have_text("Chờ duyệt")
    expect(row.locator("progress")).to_have_count(0)
    expect(row.get_by_role("button", name="Dừng chép")).to_have_count(0)
    assert complaints == []


def play_slowly(page: Page) -> None:
    """The sound shall not be over, or elsewhere, when a busy machine comes to look at it."""
    page.evaluate("() => { document.querySelector('audio').playbackRate = 0.125 }")


def test_a_time_in_the_margin_plays_from_there(
    office: Office,
    sign_in: Callable[..., tuple[Page, User]],
    tmp_path: Path,
    complaints: list[str],
) -> None:
    announcement = office.in_review()
    put_sound(office, announcement, tmp_path)
    page, _user = sign_in("editor", path=page_of(announcement))
    expect(page.locator("audio")).to_be_hidden()
    play_slowly(page)
    page.get_by_role("link", name="Nghe từ 0:06").click()
    page.wait_for_function("() => document.querySelector('audio').currentTime > 6.05")
    page.get_by_role("button", name="Dừng").click()
    assert page.evaluate("() => document.querySelector('audio').paused")
    expect(page.locator("[data-clock]")).to_contain_text("0:06")
    expect(page.locator(".spoken-line [data-text]")).to_have_text(TEXTS[2])
    page.get_by_role("slider", name="Chỗ đang nghe").fill("1000")
    assert page.evaluate("() => document.querySelector('audio').currentTime") == 1
    assert complaints == []


SPOKEN_WORD = """() => {
    const [range] = CSS.highlights.get("spoken");
    return range ? range.toString() : "";
}"""


def test_the_word_that_is_heard_is_marked_and_a_word_that_is_pressed_is_heard(
    office: Office,
    sign_in: Callable[..., tuple[Page, User]],
    tmp_path: Path,
    complaints: list[str],
) -> None:
    announcement = office.in_review()
    put_sound(office, announcement, tmp_path)
    words = office.view(announcement).segments[1].words
    page, _user = sign_in("editor", path=page_of(announcement))
    play_slowly(page)
    page.get_by_role("button", name="Nghe", exact=True).click()
    page.wait_for_function("() => document.querySelector('audio').currentTime > 0.1")
    page.keyboard.press("Escape")
    for number in (2, 5):
        moment = (words[number].start_ms + words[number].end_ms) / 2000
        page.evaluate(f"document.querySelector('audio').currentTime = {moment}")
        page.wait_for_function(f"() => ({SPOKEN_WORD})() === {words[number].text!r}")
    expect(page.locator(".spoken-line")).to_have_count(1)
    # Held down, Ctrl hears from the word; without it the word is opened, and the sound is there.
    place = page.evaluate(
        """() => {
            const text = document.querySelectorAll("[data-text]")[1].firstChild;
            const range = document.createRange();
            const at = text.textContent.indexOf("tiêm");
            range.setStart(text, at + 1);
            range.setEnd(text, at + 2);
            const box = range.getBoundingClientRect();
            return [box.x + 1, box.y + box.height / 2];
        }"""
    )
    pressed = next(word for word in words if word.text == "tiêm")
    page.keyboard.down("Control")
    page.mouse.click(*place)
    page.keyboard.up("Control")
    page.wait_for_function("() => !document.querySelector('audio').paused")
    assert page.locator(".lines textarea").count() == 0
    page.keyboard.press("Escape")
    page.mouse.click(*place)
    field = page.locator(".lines textarea")
    expect(field).to_have_value(TEXTS[1])
    now = page.evaluate("document.querySelector('audio').currentTime * 1000")
    assert abs(now - pressed.start_ms) < 20
    assert field.evaluate("field => field.selectionStart") in range(12, 16)
    assert complaints == []


def test_the_sound_waits_while_somebody_types(
    office: Office,
    sign_in: Callable[..., tuple[Page, User]],
    context: BrowserContext,
    tmp_path: Path,
    complaints: list[str],
) -> None:
    announcement = office.in_review()
    put_sound(office, announcement, tmp_path)
    stop_clock(context)  # how fast somebody types is what the test says
    page, _user = sign_in("editor", path=page_of(announcement))
    play_slowly(page)
    lines(page).nth(0).focus()
    page.evaluate("document.querySelector('audio').currentTime = 4")
    page.keyboard.press("Tab")
    page.wait_for_function("() => document.querySelector('audio').currentTime > 2.6")
    expect(page.locator(".lines textarea")).to_be_focused()
    for _ in range(14):
        page.keyboard.type("a")
        page.clock.run_for(100)
    assert page.evaluate("document.querySelector('audio').paused")
    stopped = page.evaluate("document.querySelector('audio').currentTime")
    page.clock.run_for(1_500)
    page.wait_for_function("() => !document.querySelector('audio').paused")
    assert page.evaluate("document.querySelector('audio').currentTime") < stopped
    page.keyboard.press("Tab")  # pressed by the person: it does not go on by itself
    page.keyboard.type("b")
    page.clock.run_for(1_800)
    assert page.evaluate("document.querySelector('audio').paused")
    assert complaints == []


def test_files_are_sent_one_after_another_and_each_tells_its_end(
    office: Office, sign_in: Callable[..., tuple[Page, User]], complaints: list[str]
) -> None:
    page, _user = sign_in("operator", path="/lam-viec/tai-len")
    page.locator("input[name=file]").set_input_files(
        [
            {"name": "sáng.wav", "mimeType": "audio/wav", "buffer": wav_bytes(1.0)},
            {"name": "sáng lần hai.wav", "mimeType": "audio/wav", "buffer": wav_bytes(1.0)},
            {"name": "chữ.mp3", "mimeType": "audio/mpeg", "buffer": b"khong phai tieng " * 200},
            {"name": "to quá.wav", "mimeType": "audio/wav", "buffer": b"\0" * 200_001},
        ]
    )
    page.get_by_role("button", name="Gửi", exact=True).click()
    states = page.locator(".file-state")
    expect(states.nth(2)).to_contain_text("Không đọc được tệp này")
    expect(states.nth(0)).to_contain_text("Đã nhận.")
    expect(states.nth(1)).to_contain_text("đã được gửi trước đây")
    expect(states.nth(3)).to_contain_text("lớn hơn mức cho phép")
    first, second = (states.nth(place).get_by_role("link") for place in (0, 1))
    assert first.get_attribute("href") == second.get_attribute("href")
    first.click()
    expect(page.locator(".desk-facts")).to_contain_text("Chờ chép lời")
    assert complaints == []


SPOKEN = ("Tiêm lúc mười bảy giờ ba mươi, nghỉ lúc chín giờ.", "Họp lúc bảy giờ.", "Xin cảm ơn.")


def test_a_suggestion_is_taken_and_taken_back_without_losing_what_is_typed(
    office: Office, sign_in: Callable[..., tuple[Page, User]], complaints: list[str]
) -> None:
    announcement = office.in_review(texts=SPOKEN)
    page, _user = sign_in("editor", path=page_of(announcement))
    expect(page.locator("[data-numbers]")).to_contain_text("3 số đang viết bằng chữ.")
    write(page, 2, "Xin cảm ơn bà con.")  # not saved yet when the button is pressed
    page.get_by_role("button", name="Dùng “17 giờ 30 phút”").click()
    expect(lines(page).nth(0)).to_have_text("Tiêm lúc 17 giờ 30 phút, nghỉ lúc chín giờ.")
    expect(page.locator("[data-numbers]")).to_contain_text("2 số")
    # The keyboard goes on from the next suggestion of the line; its place in the text is new.
    expect(page.get_by_role("button", name="Dùng “9 giờ”")).to_be_focused()
    page.keyboard.press("Enter")
    expect(lines(page).nth(0)).to_have_text("Tiêm lúc 17 giờ 30 phút, nghỉ lúc 9 giờ.")
    expect(page.locator("[data-numbers]")).to_be_hidden()
    page.get_by_role("button", name="Hoàn tác").click()
    expect(lines(page).nth(0)).to_have_text("Tiêm lúc 17 giờ 30 phút, nghỉ lúc chín giờ.")
    expect(page.locator("[data-taken]")).to_have_text("Đã hoàn tác.")
    # Typing goes on under the version that came back.
    write(page, 0, "Tiêm lúc 17 giờ 30 phút.")
    expect(page.locator("[data-saved]")).to_contain_text("Đã lưu lúc")
    assert texts(office, announcement) == [
        "Tiêm lúc 17 giờ 30 phút.",
        SPOKEN[1],
        "Xin cảm ơn bà con.",
    ]
    assert complaints == []


def test_suggestions_follow_the_text_and_all_numbers_are_taken_at_once(
    office: Office, sign_in: Callable[..., tuple[Page, User]], complaints: list[str]
) -> None:
    announcement = office.in_review(texts=SPOKEN)
    page, _user = sign_in("editor", path=page_of(announcement))
    # Typed before the number, in the same breath as the press: what stands elsewhere is refused.
    page.evaluate(
        """() => {
            const item = document.querySelectorAll(".lines [data-segment]")[1];
            item.querySelector("[data-text]").focus();
            const field = item.querySelector("textarea");
            field.value = "Mai họp lúc bảy giờ.";
            field.dispatchEvent(new Event("input", { bubbles: true }));
            item.querySelector("[data-take]").click();
        }"""
    )
    expect(page.locator("[data-notice]")).to_contain_text("gợi ý không còn đúng")
    page.get_by_role("button", name="Dùng “7 giờ”").click()
    expect(lines(page).nth(1)).to_have_text("Mai họp lúc 7 giờ.")
    write(page, 2, "Hẹn lúc mười giờ.")
    expect(page.get_by_role("button", name="Dùng “10 giờ”")).to_be_visible()
    page.get_by_role("button", name="Dùng tất cả số").click()
    expect(page.locator("[data-taken]")).to_contain_text("Đã dùng gợi ý ở 2 đoạn.")
    expect(lines(page).nth(2)).to_have_text("Hẹn lúc 10 giờ.")
    assert texts(office, announcement) == [
        "Tiêm lúc 17 giờ 30 phút, nghỉ lúc 9 giờ.",
        "Mai họp lúc 7 giờ.",
        "Hẹn lúc 10 giờ.",
    ]
    edit_elsewhere(office, announcement, "Bản của họ.")
    page.get_by_role("button", name="Hoàn tác").click()
    expect(lines(page).nth(2)).to_have_text("Hẹn lúc mười giờ.")
    assert texts(office, announcement)[0] == "Bản của họ."
    assert complaints == []


def test_a_segment_is_cut_at_the_caret_joined_again_and_all_is_taken_back(
    office: Office, sign_in: Callable[..., tuple[Page, User]], complaints: list[str]
) -> None:
    announcement = office.in_review()
    page, _user = sign_in("editor", path=page_of(announcement))
    write(page, 0, "Kính thưa quý bà con.")  # not saved yet when it is cut
    for _ in range(len("bà con.") + 1):
        page.keyboard.press("ArrowLeft")
    page.keyboard.press("Control+Enter")
    expect(lines(page)).to_have_count(4)
    expect(lines(page).nth(0)).to_have_text("Kính thưa quý")
    # The keyboard goes on at the beginning of the new line.
    field = page.locator(".lines textarea")
    expect(field).to_be_focused()
    expect(field).to_have_value("bà con.")
    page.keyboard.type("toàn thể ")
    page.keyboard.press("Alt+Enter")
    expect(lines(page)).to_have_count(3)
    expect(field).to_have_value(f"toàn thể bà con. {TEXTS[1]}")
    assert texts(office, announcement) == [
        "Kính thưa quý",
        f"toàn thể bà con. {TEXTS[1]}",
        TEXTS[2],
    ]
    undo = page.locator("[data-undo] button")
    expect(undo).to_have_text("Hoàn tác: ghép đoạn")
    undo.click()
    expect(lines(page)).to_have_count(4)
    # What was typed after the cut stands in the way of taking the cut back too.
    expect(undo).to_have_count(0)
    write(page, 1, "bà con.")
    is_saved(page)
    page.reload()
    expect(undo).to_have_text("Hoàn tác: tách đoạn")
    undo.click()
    expect(lines(page)).to_have_count(3)
    expect(undo).to_have_count(0)
    assert texts(office, announcement) == ["Kính thưa quý bà con.", *TEXTS[1:]]
    write(page, 0, "Kính thưa bà con.")  # typing goes on under the version that came back
    is_saved(page)
    assert texts(office, announcement)[0] == "Kính thưa bà con."
    assert complaints == []


def test_a_cut_in_a_text_that_somebody_else_changed_is_refused_and_nothing_is_lost(
    office: Office, sign_in: Callable[..., tuple[Page, User]]
) -> None:
    announcement = office.in_review()
    page, _user = sign_in("editor", path=page_of(announcement))
    edit_elsewhere(office, announcement, "Bản của họ đây.")
    lines(page).nth(0).focus()
    page.keyboard.press("Home")
    page.keyboard.press("Control+ArrowRight")
    page.keyboard.press("Control+Enter")
    expect(page.locator("[data-notice]")).to_contain_text("Người khác vừa sửa")
    assert texts(office, announcement) == ["Bản của họ đây.", *TEXTS[1:]]


def test_a_text_opens_where_it_is_pressed_and_shows_its_marks_again_when_it_is_left(
    office: Office, sign_in: Callable[..., tuple[Page, User]], complaints: list[str]
) -> None:
    announcement = office.in_review()
    page, _user = sign_in("editor", path=page_of(announcement))
    expect(lines(page).nth(1).locator(".must")).to_have_text("7 giờ 30 phút.")
    box = lines(page).nth(0).bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + 1, box["y"] + 10)  # before its first letter
    field = page.locator(".lines textarea")
    expect(field).to_have_value(TEXTS[0])
    assert field.evaluate("field => field.selectionStart") == 0
    page.keyboard.type("Xin ")
    page.keyboard.press("Enter")  # done: on to the next one
    expect(field).to_have_value(TEXTS[1])
    expect(lines(page).nth(0)).to_have_text(f"Xin {TEXTS[0]}")
    page.keyboard.press("End")
    page.keyboard.type(" Đến 9 giờ.")
    page.keyboard.press("Alt+ArrowDown")
    expect(lines(page).nth(1).locator(".must")).to_have_count(2)
    lines(page).nth(0).focus()
    page.keyboard.press("F8")
    expect(field).to_have_value(f"{TEXTS[1]} Đến 9 giờ.")
    chosen = "field => field.value.slice(field.selectionStart, field.selectionEnd)"
    assert field.evaluate(chosen) == "7 giờ 30 phút."
    is_saved(page)
    assert texts(office, announcement)[0] == f"Xin {TEXTS[0]}"
    page.keyboard.press("Control+a")  # nothing of it is a shortcut of ours
    page.get_by_role("button", name="Phím tắt").click()
    expect(page.get_by_role("dialog")).to_contain_text("sang đoạn sau")
    page.get_by_role("button", name="Đóng").click()
    expect(page.get_by_role("dialog")).to_be_hidden()
    assert complaints == []


def test_two_editors_see_each_other_and_where_the_other_types(
    office: Office,
    sign_in: Callable[..., tuple[Page, User]],
    context: BrowserContext,
    chromium: Chromium,
    address: str,
    valkey_url: str,
) -> None:
    context.clock.install()  # ten seconds, after which a page asks again, pass as the test says
    office.app.extensions["loa"] = replace(office.services, queue=TaskQueue(valkey_url))
    announcement = office.in_review()
    page, mine = sign_in("editor", path=page_of(announcement))
    with chromium.new_context(locale="vi-VN") as elsewhere:
        other, theirs = elsewhere.new_page(), office.person("editor")
        lend_session(elsewhere, office.browser_of(theirs), address)
        other.goto(address + page_of(announcement))
        expect(other.locator("[data-others]")).to_have_text(f"Đang cùng mở: {mine.name}")
        place = office.view(announcement).segments[1].id
        with other.expect_response(lambda answer: place in (answer.request.post_data or "")):
            lines(other).nth(1).focus()
        page.clock.fast_forward(PRESENCE_MS)
        expect(page.locator("[data-others]")).to_have_text(f"Đang cùng mở: {theirs.name}")
        line = page.locator(".lines [data-segment]").nth(1)
        expect(line).to_have_attribute("data-with", f"{theirs.name} đang sửa đoạn này")
        other.goto("about:blank")

    def nobody_is_told_of() -> bool:
        page.clock.fast_forward(PRESENCE_MS)
        page.wait_for_timeout(50)
        return not page.locator("[data-others]").text_content()

    # At once by the page's last word; where that was overtaken, when nothing more comes of it.
    wait_for(nobody_is_told_of, 120, "the end of the other one")
    expect(page.locator("[data-with]")).to_have_count(0)


def test_a_script_is_sent_after_its_recording_and_belongs_to_one(
    sign_in: Callable[..., tuple[Page, User]], office: Office, complaints: list[str]
) -> None:
    page, _ = sign_in("operator", path="/lam-viec/tai-len")
    page.locator(".script-given summary").click()
    page.fill("#script_text", "Kính thưa bà con.")
    files = [
        {"name": f"{seed}.wav", "mimeType": "audio/wav", "buffer": wav_bytes(1.0, seed=seed)}
        for seed in (71, 72)
    ]
    page.set_input_files("#file", files)
    page.click("[data-send]")
    expect(page.locator("[data-note]")).to_contain_text("chỉ gắn được khi gửi một tệp")
    page.reload()
    page.locator(".script-given summary").click()
    page.fill("#script_text", "Kính thưa bà con.")
    page.set_input_files("#file", files[:1])
    page.click("[data-send]")
    row = page.locator("[data-files] li", has_text="71.wav")
    expect(row.locator(".file-state")).to_contain_text("Đã gắn văn bản.")
    expect(page.locator("#script_text")).to_have_value("")
    row.get_by_role("link", name="Mở bản tin").click()
    expect(page.locator("#van-ban")).to_contain_text("Văn bản sẽ thành lời bản tin")
    assert complaints == []
