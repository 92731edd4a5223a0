"""The staff's pages as other senses meet them: a reading program, large letters, no mouse."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from bridge.flags import NewFlag, save_flags
from bridge.glossary import add_term
from bridge.models import User
from tests.axe import findings, told
from tests.web.conftest import Office
from tests.web.desk import edit_elsewhere, lines, page_of, put_sound, write

pytestmark = pytest.mark.browser

TEXTS = (
    "Kính thưa toàn thể bà con nhân dân trong xã.",
    "Trạm y tế xã tiêm chủng lúc mười bảy giờ ba mươi ngày 25 tháng 11.",
    "Mời bà con thôn Mẫu đến nhà văn hóa.",
    "Mọi thắc mắc xin gọi ông Trần Văn Thử, số 0912 345 678.",
    "Cảm ơn cảm ơn cảm ơn.",
    "Xin trân trọng cảm ơn.",
)
WIDE, NARROW = {"width": 1366, "height": 768}, {"width": 360, "height": 740}
# At 200 % a window of 1366 by 768 holds half of that each way.
ZOOMED = {"width": 683, "height": 384}
EVERY = tuple((size, scheme) for size in (WIDE, NARROW) for scheme in ("light", "dark"))
TWO = ((WIDE, "light"), (NARROW, "dark"))  # for what differs from its page in little
ROLES = ("operator", "editor", "approver", "admin")

# What of the page a person cannot get at: it makes the page wider than the window, or is cut off
# by a box that does not scroll.
_LOST = """() => {
    const lost = [];
    const wide = document.scrollingElement.scrollWidth - innerWidth;
    for (const element of document.querySelectorAll("body *")) {
        if (element.closest("svg, .unseen, .skip, noscript")) continue;
        if (!element.checkVisibility()) continue;
        const name = `${element.tagName} ${element.className}: ${element.textContent.slice(0, 40)}`;
        if (wide > 0 && element.getBoundingClientRect().right > innerWidth + 1) {
            lost.push(`too wide: ${name}`);
        }
        const text = [...element.childNodes].some((one) => one.nodeType === 3 && one.data.trim());
        const hides = ["hidden", "clip"].includes(getComputedStyle(element).overflowX);
        if (text && hides && element.scrollWidth > element.clientWidth + 1) {
            lost.push(`cut off: ${name}`);
        }
    }
    if (wide > 0) lost.push(`the page is ${wide} px too wide`);
    return lost;
}"""

# Every control that can be seen and used, by a name of its own.
_CONTROLS = """() => {
    let next = 0;
    const found = {};
    const fields = "input:not([type=hidden]), select, textarea";
    const every = `a[href], button, ${fields}, summary, [tabindex]`;
    for (const one of document.querySelectorAll(every)) {
        if (one.disabled || one.tabIndex < 0 || one.closest("dialog:not([open])")) continue;
        if (!one.checkVisibility({ visibilityProperty: true })) continue;
        one.dataset.walk ||= String(++next);
        found[one.dataset.walk] = one.outerHTML.slice(0, 160);
    }
    return found;
}"""

# The one that has the keyboard, and whether that can be seen.
_FOCUSED = """() => {
    const one = document.activeElement;
    if (!one || one === document.body) return null;
    const isMarked = (element) => {
        const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(element);
        return (outlineStyle !== "none" && parseFloat(outlineWidth) > 0) || boxShadow !== "none";
    };
    const around = [one, one.parentElement, one.closest("li")].filter(Boolean);
    return {
        walk: one.dataset.walk || "",
        seen: around.some(isMarked),
        html: one.outerHTML.slice(0, 160),
    };
}"""


@pytest.fixture
def announcement(office: Office, tmp_path: Path) -> str:
    """One under review with everything on its page: marks, suggestions, questions, sound."""
    with office.services.db.writing() as session:
        add_term(session, unit_id=office.unit.id, text="Trần Văn Thử", kind="person")
        add_term(session, unit_id=office.unit.id, text="thôn Mẫu", kind="place")
    made = office.in_review(texts=TEXTS)
    put_sound(office, made, tmp_path)
    loop = NewFlag(office.view(made).segments[4].id, "loop", 0, 5, {"text": "cảm ơn", "times": 3})
    with office.services.db.writing() as session:
        save_flags(session, made, [loop])
    return made


def check(page: Page, what: str, looks: tuple[tuple[dict[str, int], str], ...] = TWO) -> None:
    """Nothing of axe's rules is broken and nothing lost, however the page looks."""
    for size, scheme in looks:
        page.set_viewport_size(size)  # type: ignore[arg-type]
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]
        found = findings(page)
        assert found == [], f"{what}, {size['width']} px, {scheme}: {told(found)}"
        assert page.evaluate(_LOST) == [], f"{what}, {size['width']} px, {scheme}"
    page.set_viewport_size(WIDE)  # type: ignore[arg-type]


def test_axe_finds_what_is_wrong(sign_in: Callable[..., tuple[Page, User]]) -> None:
    page, _user = sign_in("editor")
    page.evaluate(
        """() => {
            const made = document.createElement("p");
            made.append(document.createElement("input"), "pale");
            made.style.color = "#eee";
            document.querySelector("main").append(made);
        }"""
    )
    assert {"label", "color-contrast"} <= {one.rule for one in findings(page)}


def test_axe_finds_nothing_on_the_desk_and_its_dialogs(
    office: Office, sign_in: Callable[..., tuple[Page, User]], announcement: str
) -> None:
    page, _user = sign_in(*ROLES, path=page_of(announcement))
    check(page, "as it opens", EVERY)
    edit_elsewhere(office, announcement, "Bản của họ.")
    write(page, 0, "Bản của tôi.")
    expect(page.locator(".theirs")).to_have_count(1)
    check(page, "two texts of one segment")
    page.get_by_role("button", name="Lấy chữ của họ").click()
    page.keyboard.press("Control+h")
    page.get_by_label("Tìm", exact=True).fill("xã")
    expect(page.locator("[data-find-hits] li").first).to_be_visible()
    check(page, "finding")
    page.keyboard.press("Escape")
    for button in ("Phím tắt", "Các bản trước", "Không đăng đoạn này"):
        lines(page).nth(1).focus()
        page.get_by_role("button", name=button).click()
        expect(page.get_by_role("dialog")).to_be_visible()
        check(page, button)
        page.keyboard.press("Escape")


def test_axe_finds_nothing_on_the_other_pages(
    office: Office, sign_in: Callable[..., tuple[Page, User]], announcement: str, address: str
) -> None:
    office.received()
    office.transcribing(title="Lịch họp thôn")
    office.failed()
    page, _user = sign_in(*ROLES)
    desk = page_of(announcement)
    edit_elsewhere(office, announcement, "Kính thưa bà con trong xã.")
    for path in (
        "/lam-viec/",
        f"{desk}/so-voi-may",
        "/lam-viec/tu-dien/xa-mau",
        "/lam-viec/trang-tin/xa-mau",
        page_of(office.failed()),
    ):
        page.goto(address + path)
        check(page, path, EVERY)


@pytest.mark.parametrize("path", ["", "/so-voi-may", "list", "names"])
def test_letters_of_twice_the_size_lose_nothing(
    office: Office,
    sign_in: Callable[..., tuple[Page, User]],
    announcement: str,
    path: str,
) -> None:
    places = {"list": "/lam-viec/", "names": "/lam-viec/tu-dien/xa-mau"}
    page, _user = sign_in(*ROLES, path=places.get(path, page_of(announcement) + path))
    page.set_viewport_size(ZOOMED)  # type: ignore[arg-type]
    assert page.evaluate(_LOST) == [], "at 200 %"
    page.set_viewport_size(WIDE)  # type: ignore[arg-type]
    page.evaluate("() => (document.documentElement.style.fontSize = '200%')")
    assert page.evaluate(_LOST) == [], "letters alone"


_AT_FIELD = """() => {
    const box = document.querySelector(".lines textarea").getBoundingClientRect();
    return document.elementFromPoint(box.x + 20, box.y + 12)?.tagName;
}"""


@pytest.mark.parametrize("size", [WIDE, NARROW, ZOOMED], ids=["wide", "narrow", "zoomed"])
def test_the_open_line_is_never_hidden_by_the_bar_on_top(
    office: Office,
    sign_in: Callable[..., tuple[Page, User]],
    size: dict[str, int],
    tmp_path: Path,
) -> None:
    announcement = office.in_review(texts=TEXTS * 3)
    put_sound(office, announcement, tmp_path)
    page, _user = sign_in("editor", path=page_of(announcement))
    page.set_viewport_size(size)  # type: ignore[arg-type]
    # Drawn twice, the page has measured its bars in the new window.
    page.evaluate("new Promise((go) => requestAnimationFrame(() => requestAnimationFrame(go)))")
    lines(page).first.focus()
    for key in ("Alt+ArrowDown", "Alt+ArrowUp"):
        for _ in range(3 * len(TEXTS) - 1):
            page.keyboard.press(key)
            assert page.evaluate(_AT_FIELD) == "TEXTAREA"


def walk(page: Page, key: str = "Tab") -> dict[str, bool]:
    """Press a key until the walk is over: what had the keyboard, and whether it could be seen.

    It begins wherever the keyboard is, and leads out of the page's end into its beginning.
    """
    reached: dict[str, bool] = {}
    for _ in range(300):
        page.keyboard.press(key)
        focused = page.evaluate(_FOCUSED)
        if focused is None:
            continue  # out of the page, in the browser's own bar
        if focused["walk"] in reached:
            return reached
        reached[focused["walk"] or focused["html"]] = focused["seen"]
    raise AssertionError(f"{key} does not come to an end")


def test_every_action_of_the_desk_is_reached_by_the_keyboard_alone(
    office: Office,
    sign_in: Callable[..., tuple[Page, User]],
    announcement: str,
    complaints: list[str],
) -> None:
    page, _user = sign_in(*ROLES, path=page_of(announcement))
    controls = page.evaluate(_CONTROLS)
    # In the field Tab plays; the way out of it is in the help, which F1 opens from anywhere.
    page.keyboard.press("F1")
    expect(page.get_by_role("dialog")).to_be_visible()
    for _ in range(4):
        if page.evaluate("() => document.activeElement.id") == "tab-free":
            break
        page.keyboard.press("Tab")
    page.keyboard.press("Space")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()
    reached = walk(page)
    # A text opens as a field the moment it is reached: the field then stands for it, and its
    # "right, on to the next" for the line's own "heard and right".
    texts = [html for html in controls.values() if "data-text" in html]
    assert len([name for name in reached if name.startswith("<textarea")]) == len(texts)
    missing = {
        html
        for name, html in controls.items()
        if name not in reached and "data-text" not in html and "data-confirm" not in html
    }
    assert missing == set()
    assert any('data-act="accept"' in name for name in reached)
    assert [name for name, seen in reached.items() if not seen] == []
    assert set(walk(page, "Shift+Tab")) >= set(controls) & set(reached)  # and the way back
    assert complaints == []


@pytest.mark.parametrize("path", ["/lam-viec/", "/lam-viec/tu-dien/xa-mau", "compare"])
def test_every_action_of_the_other_pages_is_reached_by_the_keyboard_alone(
    office: Office, sign_in: Callable[..., tuple[Page, User]], announcement: str, path: str
) -> None:
    compare = f"{page_of(announcement)}/so-voi-may"
    page, _user = sign_in(*ROLES, path=compare if path == "compare" else path)
    controls = page.evaluate(_CONTROLS)
    assert len(controls) > 3
    reached = walk(page)
    assert {html for name, html in controls.items() if name not in reached} == set()
    assert [name for name, seen in reached.items() if not seen] == []
