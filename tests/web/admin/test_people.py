"""The page of a unit's people, and the addresses that work once."""

import re
from urllib.parse import urlsplit

import pytest
from sqlalchemy import select

from bridge.models import User
from bridge.people import order_first
from tests.web.conftest import Browser, Office

PEOPLE, LOGIN, LIST = "/lam-viec/nguoi/xa-mau", "/lam-viec/dang-nhap", "/lam-viec/"
PASSWORD = "trâu bò qua cầu khỉ"
_LINK = re.compile(r"<code>(http://localhost/[^<]+)</code>")
BINH = {"email": "Binh@xa-mau.local", "name": "Trần Bình", "role": ["operator", "editor"]}


def link_of(page: str) -> str:
    [found] = _LINK.findall(page)
    parts = urlsplit(found)
    return f"{parts.path}?{parts.query}"


def alert(page: str) -> str:
    return " ".join(
        re.sub(r"<.*?>", "", " ".join(re.findall(r'role="alert">(.*?)</p>', page, re.S))).split()
    )


def passwords(new: str = PASSWORD, again: str | None = None) -> dict[str, str]:
    return {"new": new, "again": new if again is None else again}


def test_somebody_is_invited_sets_a_password_and_works(office: Office) -> None:
    admin = office.browser("admin")
    link = link_of(admin.post(PEOPLE, BINH).get_data(as_text=True))
    assert "chưa nhận lời mời" in admin.text(PEOPLE)
    assert link not in admin.text(PEOPLE)  # shown once
    newcomer = Browser(office.app)
    page = newcomer.text(link)
    assert "Trần Bình" in page
    assert "Xã Mẫu" in page
    for fields, words in (
        (passwords(again="khác hẳn rồi"), "không giống nhau"),
        (passwords("ngắn"), "ít nhất 12 chữ"),
        (passwords("Trần Bình Xã Mẫu"), "dễ đoán"),
    ):
        answer = newcomer.post(link, fields)
        assert (answer.status_code, words in alert(answer.get_data(as_text=True))) == (400, True)
    assert newcomer.post(link, passwords()).location == LOGIN
    assert newcomer.sign_in("binh@xa-mau.local", PASSWORD).location == LIST
    for again in (newcomer.get(link), newcomer.post(link, passwords())):
        assert again.status_code == 404
        assert "không còn dùng được" in again.get_data(as_text=True)
    page = admin.text(PEOPLE)
    assert "đăng nhập gần nhất" in page
    assert "Cán bộ đài, Biên tập viên" in page


def test_roles_are_changed_and_a_forgotten_password_is_set_anew(office: Office) -> None:
    admin, user = office.browser("admin"), office.person("editor")
    working = office.browser_of(user)
    place = f"{PEOPLE}/{user.id}"
    link = link_of(admin.post(f"{place}/vao-lai", {}).get_data(as_text=True))
    assert working.get(LIST).status_code == 200
    assert user.email in Browser(office.app).text(link)
    assert Browser(office.app).post(link, passwords()).location == LOGIN
    assert working.get(LIST).status_code == 302
    assert admin.post(f"{place}/vai-tro", {"role": ["operator"]}).location == PEOPLE
    assert "Cán bộ đài" in admin.text(PEOPLE)
    assert admin.post(f"{place}/vai-tro", {}).location == PEOPLE
    assert user.email not in admin.text(PEOPLE)


def test_what_is_refused_is_said_and_what_was_typed_stays(office: Office) -> None:
    person = office.person("admin")
    admin = office.browser_of(person)
    answer = admin.post(PEOPLE, {"email": "binh", "name": "Trần Bình", "role": ["editor"]})
    page = answer.get_data(as_text=True)
    assert answer.status_code == 400
    assert 'value="Trần Bình"' in page
    assert alert(page)
    assert "Chưa chọn vai trò" in alert(
        admin.post(PEOPLE, {**BINH, "role": []}).get_data(as_text=True)
    )
    answer = admin.post(f"{PEOPLE}/{person.id}/vai-tro", {"role": ["editor"]})
    assert answer.status_code == 409
    assert "ít nhất một người quản trị" in alert(answer.get_data(as_text=True))


def test_who_has_an_account_gets_the_roles_at_once(office: Office) -> None:
    other = office.unit_named("xa-khac", "Xã Khác")
    user = office.person("editor", unit=other)
    admin = office.browser("admin")
    answer = admin.post(PEOPLE, {"email": user.email, "name": "x", "role": ["operator"]})
    assert answer.location == PEOPLE
    page = admin.text(PEOPLE)
    assert "đã có tài khoản" in page
    answer = admin.post(f"{PEOPLE}/{user.id}/vao-lai", {})
    assert answer.status_code == 403
    assert "đơn vị khác" in alert(answer.get_data(as_text=True))


@pytest.mark.parametrize("role", ["operator", "editor", "approver"])
def test_only_admins_of_the_unit_come_there(office: Office, role: str) -> None:
    user = office.person("editor")
    foreign = office.browser("admin", unit=office.unit_named("xa-khac", "Xã Khác"))
    for browser, status in ((office.browser(role), 403), (foreign, 404)):
        assert browser.get(PEOPLE).status_code == status
        assert browser.post(PEOPLE, BINH).status_code == status
        for what in ("vai-tro", "vao-lai"):
            assert browser.post(f"{PEOPLE}/{user.id}/{what}", {}).status_code == status
    assert office.browser(role).get("/lam-viec/nguoi").status_code == 403


def test_with_several_units_one_is_chosen(office: Office) -> None:
    admin = office.browser("admin")
    assert admin.get("/lam-viec/nguoi").location == PEOPLE


def test_the_first_admin_makes_the_unit_and_the_account(office: Office) -> None:
    with office.services.db.writing() as session:
        token = order_first(session)
    link = f"/lam-viec/tai-khoan/lien-ket?ma={token}"
    browser = Browser(office.app)
    fields = {"unit_name": "Phường Đầu", "name": "Trần Bình", "email": BINH["email"]}
    for wrong, words in (
        ({"unit_name": " "}, "tên"),
        ({"email": "binh"}, "địa chỉ"),
        (passwords("Phường Đầu 1"), "dễ đoán"),
    ):
        answer = browser.post(link, {**fields, **passwords(), **wrong})
        page = answer.get_data(as_text=True)
        assert (answer.status_code, words in alert(page).lower()) == (400, True)
        assert 'value="Trần Bình"' in page
    assert browser.post(link, {**fields, **passwords()}).location == LOGIN
    # An admin sets up a second factor first: tests/functional/test_three_hands.py goes on.
    assert browser.sign_in("binh@xa-mau.local", PASSWORD).location == "/lam-viec/hai-lop/cai-dat"
    with office.services.db.reading() as session:
        made = session.scalars(select(User).where(User.email == "binh@xa-mau.local")).one()
    assert "Phường Đầu" in office.browser_of(made).text("/lam-viec/nguoi/phuong-dau")
    assert (office.settings.site_dir / "phuong-dau" / "index.html").is_file()
    assert browser.post(link, {**fields, **passwords()}).status_code == 404


def test_one_person_alone_only_where_the_unit_says_so_and_the_log_says_each_time(
    office: Office,
) -> None:
    admin_user = office.person("admin", "editor", "approver")
    admin = office.browser_of(admin_user)
    announcement = office.in_review(texts=("Mời bà con đi họp.",))
    page = f"/lam-viec/ban-tin/{announcement}"
    segment = office.view(announcement).segments[0]
    saved = admin.ask(
        "PATCH",
        f"{page}/doan/{segment.id}",
        json={"text": "Mời bà con đi họp thôn."},
        headers={"If-Match": '"1"'},
    )
    assert saved.status_code == 200
    digest = {"digest": office.view(announcement).digest}
    office.confirm(announcement)
    assert admin.post(f"{page}/duyet", digest).status_code == 403
    for allowed in ("1", "1"):
        assert admin.post(f"{PEOPLE}/tu-duyet", {"allowed": allowed}).location == PEOPLE
    assert 'name="allowed" value="1" checked' in admin.text(PEOPLE)
    assert admin.post(f"{page}/duyet", digest).status_code == 303
    log = admin.text("/lam-viec/nhat-ky/xa-mau")
    assert log.count("cho người sửa sau cùng được tự duyệt") == 1
    assert "duyệt bản tin: chữ do chính mình sửa sau cùng" in log
    admin.post(f"{PEOPLE}/tu-duyet", {})
    assert "thôi cho người sửa sau cùng tự duyệt" in admin.text("/lam-viec/nhat-ky/xa-mau")
