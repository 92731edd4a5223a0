"""The keys of the desk in a real browser: each has a button and a line in the help."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from bridge.flags import NewFlag, save_flags
from bridge.glossary import add_term
from bridge.models import User
from tests.web.conftest import Office
from tests.web.desk import lines, page_of, put_sound, saves_held, texts

pytestmark = pytest.mark.browser

KEYS_MODULE = Path(__file__).parents[3] / "web" / "static" / "keys.js"
# Key of the module, its name in the help, and the button that does the same.
KEYS = {
    "Tab": ("Tab", "[data-play]"),
    "Escape": ("Esc", "[data-play]"),
    "Shift+Tab": ("Shift + Tab", '[data-act="replay"]'),
    "Enter": ("Enter", '[data-act="accept"]'),
    "Ctrl+Enter": ("Ctrl + Enter", '[data-act="split"]'),
    "Alt+Enter": ("Alt + Enter", '[data-act="merge"]'),
    "Alt+ArrowUp": ("Alt + ↑ ↓", '[data-act="previous"]'),
    "Alt+ArrowDown": ("Alt + ↑ ↓", '[data-act="next"]'),
    "F1": ("F1", '[data-act="help"]'),
    "F2": ("F2, F4", '[data-skip="-3"]'),
    "F4": ("F2, F4", '[data-skip="3"]'),
    "Alt+-": ("Alt + − =", '[data-act="slower"]'),
    "Alt+=": ("Alt + − =", '[data-act="faster"]'),
    "F8": ("F8", '[data-act="doubt"]'),
    "F9": ("F9", "[data-offers] [data-take]"),
    "Shift+F9": ("Shift + F9", "[data-offers] [data-refuse]"),
    "Ctrl+h": ("Ctrl + H", '[data-act="find"]'),
}
SPOKEN = (
    "Mời bà con thôn Suân Lãng đến lúc bảy giờ.",
    "Xin cảm ơn.",
    "Hẹn gặp lúc mười một giờ.",
)


def test_every_key_has_a_button_and_a_line_in_the_help(
    office: Office,
    sign_in: Callable[..., tuple[Page, User]],
    complaints: list[str],
    tmp_path: Path,
) -> None:
    known = re.findall(r'^\s+"?([\w+=-]+)"?: "\w+",$', KEYS_MODULE.read_text(), re.MULTILINE)
    known += re.findall(r'"?([\w+]+)"?: "(?:toggle|replay)"', KEYS_MODULE.read_text())
    assert set(known) == set(KEYS)
    announcement = office.in_review(texts=SPOKEN)
    put_sound(office, announcement, tmp_path)
    page, _user = sign_in("editor", path=page_of(announcement))
    lines(page).nth(0).focus()
    for key, (_name, button) in KEYS.items():
        assert page.locator(button).first.is_visible(), key
    page.keyboard.press("F1")
    told = page.locator("[data-help] kbd").all_inner_texts()
    assert {name for name, _button in KEYS.values()} - set(told) == set()
    # While the help is open the keys are its own: Esc closes it and plays nothing.
    page.keyboard.press("Escape")
    expect(page.locator("[data-help]")).to_be_hidden()
    expect(page.locator("[data-play]")).to_have_attribute("aria-label", "Nghe")
    assert complaints == []


@pytest.mark.parametrize("label", ["Mức", "Mẫu có sẵn", "Chuyên mục", "Tóm tắt"])
def test_arrows_in_a_field_of_the_details_are_its_own(
    office: Office, sign_in: Callable[..., tuple[Page, User]], label: str
) -> None:
    page, _user = sign_in("editor", path=page_of(office.in_review()))
    page.locator("[data-details] .more summary").click()
    field = page.get_by_label(label, exact=True)
    field.focus()
    page.keyboard.press("Alt+ArrowDown")
    page.keyboard.press("Alt+ArrowUp")
    expect(field).to_be_focused()
    expect(page.locator(".lines textarea")).to_have_count(0)


def test_tab_goes_on_as_on_other_pages_once_it_is_freed_and_stays_so(
    office: Office, sign_in: Callable[..., tuple[Page, User]], tmp_path: Path
) -> None:
    announcement = office.in_review(texts=SPOKEN)
    put_sound(office, announcement, tmp_path)
    page, _user = sign_in("editor", path=page_of(announcement))
    field = page.locator(".lines textarea")
    lines(page).nth(0).focus()
    page.keyboard.press("Tab")
    expect(field).to_be_focused()  # it played
    page.keyboard.press("F1")
    page.get_by_label("Để phím Tab chuyển ô như trang khác").check()
    page.keyboard.press("Escape")
    page.reload()
    lines(page).nth(0).focus()
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Đoạn trước")).to_be_focused()


def test_speed_changes_by_buttons_and_keys_and_keeps_the_pitch(
    office: Office, sign_in: Callable[..., tuple[Page, User]], tmp_path: Path
) -> None:
    announcement = office.in_review()
    put_sound(office, announcement, tmp_path)
    page, _user = sign_in("editor", path=page_of(announcement))
    rate = "() => [audio.playbackRate, audio.preservesPitch]"
    page.evaluate("() => { window.audio = document.querySelector('audio') }")
    page.get_by_role("button", name="Nhanh lên").click()
    assert page.evaluate(rate) == [1.25, True]
    for _ in range(9):
        page.keyboard.press("Alt+-")
    assert page.evaluate(rate) == [0.5, True]
    for _ in range(9):
        page.keyboard.press("Alt+=")
    assert page.evaluate(rate) == [2, True]


def test_suggestions_are_taken_and_put_away_by_one_key(
    office: Office, sign_in: Callable[..., tuple[Page, User]], complaints: list[str]
) -> None:
    with office.services.db.writing() as session:
        add_term(session, unit_id=office.unit.id, text="Xuân Lãng", kind="place")
    announcement = office.in_review(texts=SPOKEN)
    page, _user = sign_in("editor", path=page_of(announcement))
    field = page.locator(".lines textarea")
    page.keyboard.press("F9")  # nothing was open: it only goes there, and shows what is meant
    expect(field).to_have_value(SPOKEN[0])
    assert texts(office, announcement) == list(SPOKEN)
    page.keyboard.press("F9")
    expect(field).to_have_value("Mời bà con thôn Xuân Lãng đến lúc bảy giờ.")
    expect(field).to_be_focused()
    with saves_held(page):  # with a save the suggestions move to where that text has them
        page.keyboard.type("ngay")  # typing goes on behind what was written
        expect(field).to_have_value("Mời bà con thôn Xuân Lãngngay đến lúc bảy giờ.")
        for _ in range(4):
            page.keyboard.press("Backspace")
        page.keyboard.press("Shift+F9")
    expect(page.locator("[data-refused]")).to_contain_text("Đã bỏ qua gợi ý 1 lần.")
    expect(field).to_have_value("Mời bà con thôn Xuân Lãng đến lúc bảy giờ.")
    page.keyboard.press("F9")  # this line has none left
    expect(field).to_have_value(SPOKEN[2])
    page.keyboard.press("F9")
    expect(field).to_have_value("Hẹn gặp lúc 11 giờ.")
    assert texts(office, announcement)[::2] == [
        "Mời bà con thôn Xuân Lãng đến lúc bảy giờ.",
        "Hẹn gặp lúc 11 giờ.",
    ]
    page.keyboard.press("F9")
    expect(page.locator("[data-notice]")).to_have_text("Không còn gợi ý nào.")
    page.reload()
    expect(page.locator("[data-offers] li")).to_have_count(0)
    page.get_by_role("button", name="Gợi ý lại từ đầu").click()
    expect(page.locator("[data-offers] li")).to_have_count(1)
    assert complaints == []


def test_a_question_is_reached_by_the_same_key_and_answered_by_the_next(
    office: Office, sign_in: Callable[..., tuple[Page, User]]
) -> None:
    announcement = office.in_review()
    segment = office.view(announcement).segments[2].id
    with office.services.db.writing() as session:
        loop = {"text": "cảm ơn", "times": 9}
        save_flags(session, announcement, [NewFlag(segment, "loop", 0, 2, loop)])
    page, _user = sign_in("editor", path=page_of(announcement))
    page.keyboard.press("F9")
    keep = page.locator(f"#doan-{segment}").get_by_role("button", name="Giữ lại")
    expect(keep).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator(f"#doan-{segment}")).to_contain_text("Đã giữ lại")


def test_all_places_of_a_name_are_taken_and_come_back(
    office: Office, sign_in: Callable[..., tuple[Page, User]], complaints: list[str]
) -> None:
    with office.services.db.writing() as session:
        add_term(session, unit_id=office.unit.id, text="Xuân Lãng", kind="place")
    spoken = (SPOKEN[0], "Thôn Suân Lãng họp.", "Thôn Suân Lãng nghỉ.")
    announcement = office.in_review(texts=spoken)
    page, _user = sign_in("editor", path=page_of(announcement))
    bar = page.locator('[data-name="Xuân Lãng"]')
    expect(bar).to_contain_text("Gợi ý tên Xuân Lãng ở 3 chỗ.")
    page.locator(".lines [data-segment]").nth(2).get_by_role("button", name="Bỏ qua").click()
    expect(bar).to_contain_text("ở 2 chỗ.")
    bar.get_by_role("button", name="Dùng tất cả").click()
    expect(bar).to_be_hidden()
    assert texts(office, announcement)[1:] == ["Thôn Xuân Lãng họp.", spoken[2]]
    undo = page.locator("[data-undo] button")
    expect(undo).to_have_text("Hoàn tác: viết tên ở 2 đoạn")
    undo.click()
    expect(undo).to_have_text("Hoàn tác: bỏ qua gợi ý")
    undo.click()
    expect(undo).to_have_count(0)
    expect(bar).to_contain_text("ở 3 chỗ.")
    assert texts(office, announcement) == list(spoken)
    assert complaints == []


def test_a_button_that_came_too_late_says_why_and_gives_way_to_the_step_before(
    office: Office, sign_in: Callable[..., tuple[Page, User]]
) -> None:
    announcement = office.in_review(texts=SPOKEN)
    page, _user = sign_in("editor", path=page_of(announcement))
    undo = page.locator("[data-undo] button")
    for place in (2, 0):
        lines(page).nth(place).focus()
        page.keyboard.press("Control+Home")
        page.keyboard.press("Control+ArrowRight")
        page.keyboard.press("Control+Enter")
        expect(undo).to_have_text("Hoàn tác: tách đoạn")
        expect(lines(page)).to_have_count(4 if place else 5)
    page.keyboard.type("xin ")
    undo.click()
    expect(page.locator("[data-notice]")).to_contain_text("đã được sửa tiếp sau đó")
    undo.click()  # the other cut
    expect(lines(page)).to_have_count(4)
    expect(undo).to_have_count(0)
    assert texts(office, announcement)[-1] == SPOKEN[2]


def test_a_long_text_fits_a_telephone_and_its_lines_follow_each_other(
    office: Office, sign_in: Callable[..., tuple[Page, User]], complaints: list[str]
) -> None:
    """Lines lie in lists of twenty: the keys go from one into the next, and two lines of two lists
    are joined like any others."""
    told = "Mời bà con đến nhà văn hóa lúc 7 giờ, họp về việc mở rộng đường liên gia, đoạn"
    announcement = office.in_review(texts=[f"{told} {number}." for number in range(70)])
    page, _user = sign_in("editor", path=page_of(announcement))
    assert page.locator(".lines > ol").count() == 4
    lines(page).nth(50).focus()  # a browser remembers how wide these were
    expect(page.locator("[data-must-rows] li").nth(50)).to_be_in_viewport()
    page.set_viewport_size({"width": 360, "height": 740})
    field = page.locator(".lines textarea")
    lines(page).nth(19).focus()
    page.keyboard.press("Alt+ArrowDown")
    expect(field).to_have_value(f"{told} 20.")
    page.keyboard.press("Alt+ArrowUp")
    page.keyboard.press("Alt+Enter")
    expect(field).to_have_value(f"{told} 19. {told} 20.")
    page.keyboard.press("Alt+ArrowDown")
    expect(field).to_have_value(f"{told} 21.")
    expect(field).to_be_in_viewport()
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    assert len(texts(office, announcement)) == 69
