"""The admin's page of what the portal says of the unit."""

import io
import re

import pytest
from PIL import Image

from bridge.place_names import PlaceNamePair, list_place_names
from bridge.unit_settings import rewriting, unit_emblem
from bridge.units import UnitInfo, find_unit
from tests.web.conftest import Office

PAGE = "/lam-viec/trang-tin/xa-mau"


def unit_of(office: Office) -> UnitInfo:
    with office.services.db.reading() as session:
        return find_unit(session, "xa-mau")


def words(office: Office, **changed: str) -> dict[str, str]:
    unit = unit_of(office)
    given = {name: getattr(unit, name) for name in ("name", "authority", "responsible", "contact")}
    return {**given, "accent": unit.accent or "", **changed}


def picture() -> bytes:
    buffer = io.BytesIO()
    Image.new("RGBA", (600, 600), "#1f6b4a").save(buffer, "PNG")
    return buffer.getvalue()


def test_what_the_admin_writes_is_kept_and_the_pages_are_written_again(office: Office) -> None:
    browser = office.browser("admin")
    changed = words(office, responsible="Bà Trần Thị Mẫu, Phó Chủ tịch", accent="#1f6b4a")
    assert browser.post(PAGE, changed).status_code == 303
    unit = unit_of(office)
    assert (unit.responsible, unit.accent) == ("Bà Trần Thị Mẫu, Phó Chủ tịch", "#1f6b4a")
    page = browser.text(PAGE)
    assert 'value="Bà Trần Thị Mẫu, Phó Chủ tịch"' in page
    assert re.search(r'value="#1f6b4a" checked', page)
    assert "Sắp viết lại trang tin" in page
    with office.services.db.reading() as session:
        work = rewriting(session, unit.id)
    assert work is not None
    # Once more before it has begun: it is the same work.
    assert browser.post(PAGE, words(office, contact="Điện thoại 0000")).status_code == 303
    with office.services.db.reading() as session:
        assert rewriting(session, unit.id) == work


@pytest.mark.parametrize(
    ("accent", "other", "kept"),
    [("other", "#123456", "#123456"), ("other", "", None), ("", "#123456", None)],
)
def test_a_colour_of_ones_own_counts_only_where_it_is_chosen(
    office: Office, accent: str, other: str, kept: str | None
) -> None:
    browser = office.browser("admin")
    asked = words(office, accent=accent, other_accent=other)
    assert browser.post(PAGE, asked).status_code == 303
    assert unit_of(office).accent == kept


def test_what_cannot_be_comes_back_with_its_reason_and_what_was_typed(office: Office) -> None:
    browser = office.browser("admin")
    asked = words(office, contact="Nhà văn hóa", accent="other", other_accent="đỏ")
    refused = browser.post(PAGE, asked)
    assert refused.status_code == 400
    page = refused.get_data(as_text=True)
    assert "Màu “đỏ” chưa đúng" in page
    assert "Nhà văn hóa</textarea>" in page
    assert 'value="đỏ"' in page
    assert unit_of(office).contact != "Nhà văn hóa"
    with office.services.db.reading() as session:
        assert rewriting(session, office.unit.id) is None


def test_an_emblem_is_taken_shown_and_taken_away(office: Office) -> None:
    browser = office.browser("admin")
    place = f"{PAGE}/bieu-trung"
    assert browser.get(f"{place}.png").status_code == 404
    sent = browser.post(place, {"emblem": (io.BytesIO(picture()), "huy-hieu.png")})
    assert sent.status_code == 303
    shown = browser.get(f"{place}.png")
    assert shown.mimetype == "image/png"
    with Image.open(io.BytesIO(shown.data)) as made:
        assert made.size == (512, 512)
    for sent_instead, reason in (
        ({"emblem": (io.BytesIO(b"<svg/>"), "huy-hieu.svg")}, "phải là một ảnh PNG"),
        ({}, "Chưa chọn ảnh"),
    ):
        refused = browser.post(place, sent_instead)
        assert refused.status_code == 400
        assert reason in refused.get_data(as_text=True)
    assert browser.post(place, {"act": "remove"}).status_code == 303
    with office.services.db.reading() as session:
        assert unit_emblem(session, office.unit.id) is None


def test_names_of_places_are_added_removed_and_put_back(office: Office) -> None:
    browser = office.browser("admin")
    pair = {"old": "Thôn Cũ", "new": "Thôn Mẫu"}

    def known() -> list[PlaceNamePair]:
        with office.services.db.reading() as session:
            return list_place_names(session, office.unit.id)

    assert browser.post(f"{PAGE}/ten-noi", pair).status_code == 303
    assert known() == [PlaceNamePair("Thôn Cũ", "Thôn Mẫu")]
    gone = browser.post(f"{PAGE}/ten-noi/bo", pair)
    assert known() == []
    page = browser.text(gone.headers["Location"])
    assert "Đặt lại" in page
    assert browser.post(f"{PAGE}/ten-noi", pair).status_code == 303
    assert known() == [PlaceNamePair("Thôn Cũ", "Thôn Mẫu")]
    # An address that names a pair which stands offers nothing back.
    assert "Đặt lại" not in browser.text(gone.headers["Location"])
    refused = browser.post(f"{PAGE}/ten-noi", {"old": "Thôn Cũ", "new": "thon cu"})
    assert refused.status_code == 400
    assert "Hai tên này là một" in refused.get_data(as_text=True)


def test_only_admins_of_the_unit_come_here(office: Office) -> None:
    other = office.unit_named("xa-khac", "Xã Khác")
    foreign, approver = office.browser("admin", unit=other), office.browser("approver")
    for path in (PAGE, f"{PAGE}/bieu-trung.png"):
        assert approver.get(path).status_code == 403
        assert foreign.get(path).status_code == 404
    for path in (PAGE, *(f"{PAGE}/{place}" for place in ("bieu-trung", "ten-noi", "viet-lai"))):
        sent = {"old": "Thôn Cũ", "new": "Thôn Mẫu", "act": "remove", "name": "x"}
        assert approver.post(path, sent).status_code == 403, path
        assert foreign.post(path, sent).status_code == 404, path
