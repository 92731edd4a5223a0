import html
import re
from typing import Any

import pytest
from sqlalchemy import select

from bridge.editing import save_segment_text
from bridge.flags import NewFlag, save_flags
from bridge.glossary import add_term, list_terms
from bridge.models import Edit
from tests.conftest import DATABASES
from tests.web.conftest import TEXTS, Browser, Office

both_databases = pytest.mark.parametrize("office", DATABASES, indirect=True)

SPOKEN = (
    "Tiêm chủng lúc mười bảy giờ ba mươi.",
    "Mời bà con thôn Suân Lãng đến lúc bảy giờ.",
    "Hẹn lúc ba rưỡi.",
)
WRITTEN = ("Tiêm chủng lúc 17 giờ 30 phút.", "Mời bà con thôn Suân Lãng đến lúc 7 giờ.", SPOKEN[2])


def page_of(announcement: str) -> str:
    return f"/lam-viec/ban-tin/{announcement}"


def buttons(page: str, name: str) -> list[tuple[str, str]]:
    """Address and value of each button with this name."""
    return [
        (html.unescape(found[2]), html.unescape(found[1]))
        for found in re.finditer(
            rf'<button class="offer" name="{name}" value="([^"]*)" formaction="([^"]*)"', page
        )
    ]


def texts(office: Office, announcement: str) -> tuple[str, ...]:
    return tuple(segment.text for segment in office.view(announcement).segments)


def form_of(office: Office, announcement: str, **typed: str) -> dict[str, Any]:
    """The fields of the text's form as the page sends them without a script; `typed0` is what
    stands in the first field."""
    view = office.view(announcement)
    fields: dict[str, Any] = {"seen": str(view.version)}
    for place, segment in enumerate(view.segments):
        fields[f"text-{segment.id}"] = typed.get(f"typed{place}", segment.text)
        fields[f"version-{segment.id}"] = str(segment.version)
    return fields


def edit(office: Office, announcement: str, place: int, text: str) -> None:
    """Another editor saves a segment."""
    segment = office.view(announcement).segments[place]
    with office.services.db.writing() as session:
        save_segment_text(
            session,
            segment_id=segment.id,
            expected_version=segment.version,
            text=text,
            actor_id=office.person("editor").id,
        )


def take_first(office: Office, browser: Browser, announcement: str, **typed: str):  # type: ignore[no-untyped-def]
    """Press the first "Dùng" of the page, without a script."""
    address, value = buttons(browser.text(page_of(announcement)), "take")[0]
    fields = form_of(office, announcement, **typed)
    return browser.post(address, {**fields, "take": value})


@both_databases
def test_a_number_is_written_as_suggested_and_nothing_else_is_touched(office: Office) -> None:
    announcement = office.in_review(texts=SPOKEN)
    browser = office.browser("editor")
    heard = office.view(announcement).segments[0].words
    answer = take_first(office, browser, announcement)
    assert answer.status_code == 303
    assert texts(office, announcement) == (WRITTEN[0], *SPOKEN[1:])
    after = office.view(announcement).segments[0].words
    assert after[0] == heard[0]  # the words around it keep times and probability
    assert after[-1].end_ms == heard[-1].end_ms
    with office.services.db.reading() as session:
        edits = session.scalars(select(Edit)).all()
    assert [(one.before, one.after) for one in edits] == [(SPOKEN[0], WRITTEN[0])]


@both_databases
def test_a_name_of_the_glossary_is_written_and_counted(office: Office) -> None:
    with office.services.db.writing() as session:
        add_term(session, unit_id=office.unit.id, text="Xuân Lãng", kind="place")
    announcement = office.in_review(texts=SPOKEN)
    browser = office.browser("editor")
    page = browser.text(page_of(announcement))
    assert "Dùng “Xuân Lãng” thay cho “Suân Lãng”" in page
    address, value = next(one for one in buttons(page, "take") if "Xu%C3%A2n" in one[1])
    answer = browser.post(address, {"take": value})
    assert answer.status_code == 303
    assert texts(office, announcement)[1] == "Mời bà con thôn Xuân Lãng đến lúc bảy giờ."

    def accepted() -> list[int]:
        with office.services.db.reading() as session:
            return [term.accepted for term in list_terms(session, office.unit.id)]

    assert accepted() == [1]
    # Taken back, it was not accepted.
    page = browser.text(answer.location)
    assert "Đã dùng gợi ý." in page
    address, value = buttons(page, "undo")[0]
    assert browser.post(address, {"undo": value}).status_code == 303
    assert texts(office, announcement) == SPOKEN
    assert accepted() == [0]
    assert browser.post(address, {"undo": value}).status_code == 409
    assert accepted() == [0]


@both_databases
def test_all_numbers_are_taken_but_those_to_look_at_twice(office: Office) -> None:
    announcement = office.in_review(texts=SPOKEN)
    browser = office.browser("editor")
    page = browser.text(page_of(announcement))
    assert "2 số đang viết bằng chữ." in page
    assert "(nếu đúng là giờ)" in page
    path = f"{page_of(announcement)}/goi-y-so"
    assert f'formaction="{path}"' in page
    answer = browser.post(path, form_of(office, announcement))
    assert answer.status_code == 303
    assert texts(office, announcement) == WRITTEN
    page = browser.text(answer.location)
    assert "Đã dùng gợi ý ở 2 đoạn." in page
    # One of the two is changed again; only the other goes back.
    edit(office, announcement, 1, "Câu của người khác.")
    address, value = buttons(page, "undo")[0]
    assert browser.post(address, {"undo": value}).status_code == 303
    assert texts(office, announcement) == (SPOKEN[0], "Câu của người khác.", SPOKEN[2])


@both_databases
def test_a_stale_suggestion_is_refused_and_never_put_elsewhere(office: Office) -> None:
    announcement = office.in_review(texts=SPOKEN)
    browser = office.browser("editor")
    address, value = buttons(browser.text(page_of(announcement)), "take")[0]
    edit(office, announcement, 0, "Lúc mười bảy giờ ba mươi tiêm chủng.")
    answer = browser.post(address, {"take": value})
    assert answer.status_code == 409
    assert "gợi ý không còn đúng" in answer.get_data(as_text=True)
    asked = browser.ask("POST", address, data={"take": value})
    assert (asked.status_code, asked.get_json()["error"]["code"]) == (409, "suggestion_stale")
    # Nor under the new version: the words stand in another place now.
    asked = browser.ask("POST", address, data={"take": value.replace("version=1", "version=2")})
    assert asked.status_code == 409
    assert texts(office, announcement)[0] == "Lúc mười bảy giờ ba mươi tiêm chủng."


def test_numbers_of_a_page_that_somebody_changed_are_refused(office: Office) -> None:
    announcement = office.in_review(texts=SPOKEN)
    seen = office.view(announcement).version
    edit(office, announcement, 2, "Hẹn lúc chín giờ.")
    path = f"{page_of(announcement)}/goi-y-so"
    answer = office.browser("editor").post(path, {"seen": str(seen)})
    assert answer.status_code == 409
    assert texts(office, announcement) == (*SPOKEN[:2], "Hẹn lúc chín giờ.")


def test_what_somebody_else_typed_just_so_is_not_counted_as_ones_own(office: Office) -> None:
    announcement = office.in_review(texts=SPOKEN)
    fields = form_of(office, announcement, typed0="Mời bà con.")
    edit(office, announcement, 0, "Mời bà con.")
    answer = office.browser("editor").post(f"{page_of(announcement)}/goi-y-so", fields)
    assert answer.status_code == 409
    assert texts(office, announcement) == ("Mời bà con.", *SPOKEN[1:])


@pytest.mark.parametrize(
    "value",
    ["", "x", "segment=a&version=1", "segment=a&version=x&start=0&end=1&heard=a&written=b"],
)
def test_a_button_that_says_nothing_is_refused(office: Office, value: str) -> None:
    announcement = office.in_review(texts=SPOKEN)
    browser = office.browser("editor")
    assert browser.post(f"{page_of(announcement)}/goi-y", {"take": value}).status_code == 400
    assert browser.post(f"{page_of(announcement)}/hoan-tac", {"undo": value}).status_code == 400


def test_only_what_was_suggested_can_be_taken(office: Office) -> None:
    announcement = office.in_review(texts=SPOKEN)
    browser = office.browser("editor")
    address, value = buttons(browser.text(page_of(announcement)), "take")[0]
    for forged in (
        value.replace("17+gi", "18+gi"),
        re.sub(r"end=\d+", "end=9", value),
        value.replace("version=1", "version=7"),
    ):
        assert forged != value
        assert browser.post(address, {"take": forged}).status_code == 409
    assert texts(office, announcement) == SPOKEN


def test_without_a_script_what_was_typed_is_saved_along(office: Office) -> None:
    announcement = office.in_review(texts=SPOKEN)
    browser = office.browser("editor")
    answer = take_first(office, browser, announcement, typed2="Hẹn lúc chín rưỡi nhé.")
    assert answer.status_code == 303
    assert texts(office, announcement) == (WRITTEN[0], SPOKEN[1], "Hẹn lúc chín rưỡi nhé.")
    fields = form_of(office, announcement, typed2="Hẹn gặp lại.")
    browser.post(f"{page_of(announcement)}/goi-y-so", fields)
    assert texts(office, announcement) == (*WRITTEN[:2], "Hẹn gặp lại.")


def test_what_was_typed_comes_back_where_a_suggestion_or_somebody_else_stood_in_the_way(
    office: Office,
) -> None:
    announcement = office.in_review(texts=SPOKEN)
    browser = office.browser("editor")
    answer = take_first(office, browser, announcement, typed0="Tôi vừa gõ chỗ này.")
    assert answer.status_code == 409
    assert ">Tôi vừa gõ chỗ này.</textarea>" in answer.get_data(as_text=True)
    assert texts(office, announcement) == SPOKEN
    fields = form_of(office, announcement, typed2="Hẹn chín giờ.")
    address, value = buttons(browser.text(page_of(announcement)), "take")[0]
    edit(office, announcement, 2, "Câu của người khác.")
    answer = browser.post(address, {**fields, "take": value})
    page = answer.get_data(as_text=True)
    assert answer.status_code == 412
    assert ">Hẹn chín giờ.</textarea>" in page
    assert "Câu của người khác." in page
    assert texts(office, announcement) == (*SPOKEN[:2], "Câu của người khác.")


def test_a_script_gets_the_changed_segment_its_rows_and_the_way_back(office: Office) -> None:
    announcement = office.in_review(texts=(*SPOKEN[:2], "Từ bảy giờ, gọi số một một năm."))
    browser = office.browser("editor")
    address, value = buttons(browser.text(page_of(announcement)), "take")[0]
    answer = browser.ask("POST", address, data={"take": value}).get_json()
    segment = office.view(announcement).segments[0]
    assert answer["announcement_version"] == office.view(announcement).version
    [change] = answer["changes"]
    assert (change["id"], change["version"], change["text"]) == (segment.id, 2, WRITTEN[0])
    assert change["offers"].strip() == ""
    address, value = buttons(answer["undo"], "undo")[0]
    answer = browser.ask("POST", address, data={"undo": value}).get_json()
    assert [one["text"] for one in answer["changes"]] == [SPOKEN[0]]
    assert "mười bảy giờ ba mươi" in answer["changes"][0]["offers"]
    assert "Đã hoàn tác." in answer["notice"]
    rows = browser.ask("GET", f"{page_of(announcement)}/doan/{segment.id}/goi-y").get_json()
    assert "17 giờ 30 phút" in rows["offers"]


def test_passages_that_wait_for_a_decision_or_are_hidden_suggest_nothing(office: Office) -> None:
    announcement = office.in_review(texts=SPOKEN)
    browser = office.browser("editor")
    address, value = buttons(browser.text(page_of(announcement)), "take")[0]
    segment = office.view(announcement).segments[0].id
    with office.services.db.writing() as session:
        save_flags(session, announcement, [NewFlag(segment, "loop", 0, 2, {"text": "a"})])
    page = browser.text(page_of(announcement))
    assert "17 giờ 30 phút" not in page
    assert browser.post(address, {"take": value}).status_code == 409
    browser.post(f"{page_of(announcement)}/goi-y-so", form_of(office, announcement))
    assert texts(office, announcement) == (SPOKEN[0], WRITTEN[1], SPOKEN[2])


def test_only_editors_take_suggestions_and_foreign_announcements_do_not_exist(
    office: Office,
) -> None:
    announcement = office.in_review(texts=SPOKEN)
    segment = office.view(announcement).segments[0].id
    address, value = buttons(office.browser("editor").text(page_of(announcement)), "take")[0]
    other = office.unit_named("xa-khac", "Xã Khác")
    operator, stranger = office.browser("operator"), office.browser("admin", unit=other)
    assert 'name="take"' not in operator.text(page_of(announcement))
    fields = {"take": value, "undo": "1-2", "seen": str(office.view(announcement).version)}
    for path in (address, f"{page_of(announcement)}/goi-y-so"):
        assert operator.ask("POST", path, data=fields).status_code == 403
        assert stranger.ask("POST", path, data=fields).status_code == 404
    undo = f"{page_of(announcement)}/hoan-tac"
    assert operator.ask("POST", undo, data=fields).status_code == 403
    assert stranger.ask("POST", undo, data=fields).status_code == 404
    rows = f"{page_of(announcement)}/doan/{segment}/goi-y"
    assert stranger.ask("GET", rows).status_code == 404
    # A suggestion of one announcement does not answer under the address of another.
    elsewhere = office.in_review()
    answer = office.browser("editor").post(f"{page_of(elsewhere)}/goi-y", {"take": value})
    assert answer.status_code == 404
    assert texts(office, announcement) == SPOKEN


def test_nobody_undoes_what_another_person_took(office: Office) -> None:
    announcement = office.in_review(texts=SPOKEN)
    answer = take_first(office, office.browser("editor"), announcement)
    other = office.browser("editor")
    value = answer.location.partition("hoan-tac=")[2].partition("#")[0]
    assert "Đã dùng gợi ý." not in other.text(answer.location)
    assert other.post(f"{page_of(announcement)}/hoan-tac", {"undo": value}).status_code == 409
    assert texts(office, announcement)[0] == WRITTEN[0]


def test_a_text_without_suggestions_has_no_button_for_any(office: Office) -> None:
    page = office.browser("editor").text(page_of(office.in_review()))
    assert 'name="take"' not in page
    assert re.search(r"data-numbers hidden", page)
    assert TEXTS[0] in page


def test_an_address_with_a_broken_undo_opens_all_the_same(office: Office) -> None:
    announcement = office.in_review(texts=SPOKEN)
    for value in ("x", "1", "1-", "9-9-zz", "1-99999999999999999999"):
        page = office.browser("editor").text(f"{page_of(announcement)}?hoan-tac={value}")
        assert 'name="undo"' not in page
