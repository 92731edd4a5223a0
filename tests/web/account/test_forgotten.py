"""A forgotten password, and invitations by letter, as the pages tell of them."""

import re
from dataclasses import replace

import pytest
from sqlalchemy import select

from bridge.models import Letter, Task
from tests.web.conftest import Browser, Office

PAGE, LOGIN = "/lam-viec/tai-khoan/quen-mat-khau", "/lam-viec/dang-nhap"
PEOPLE = "/lam-viec/nguoi/xa-mau"


@pytest.fixture
def by_letter(office: Office) -> Office:
    services = office.app.extensions["loa"]
    settings = replace(
        services.settings, smtp_host="thu.example", smtp_from="loa@xa-mau.example", plain_http=True
    )
    office.app.extensions["loa"] = replace(services, settings=settings)
    return office


def letters(office: Office) -> list[tuple[str, str]]:
    with office.services.db.reading() as session:
        found = select(Letter.kind, Letter.user_id).order_by(Letter.created_at)
        return [(kind, user_id) for kind, user_id in session.execute(found)]


def test_without_a_mail_server_the_page_says_whom_to_ask(office: Office) -> None:
    browser = office.browser()
    assert f'href="{PAGE}"' in browser.text(LOGIN)
    assert "người quản trị của đơn vị" in browser.text(PAGE)
    assert browser.post(PAGE, {"email": office.person("editor").email}).status_code == 200
    assert letters(office) == []


def test_whoever_asks_is_told_the_same_and_only_a_person_gets_a_letter(by_letter: Office) -> None:
    user, browser = by_letter.person("editor"), by_letter.browser()
    told = set()
    for email in (user.email, "la@xa-mau.example", "không phải địa chỉ"):
        answer = browser.post(PAGE, {"email": email}, follow_redirects=True)
        [note] = re.findall(r'role="status">(.*?)</p>', answer.get_data(as_text=True), re.S)
        told.add((answer.status_code, answer.request.path, note))
    assert len(told) == 1
    assert letters(by_letter) == [("reset", user.id)]
    assert browser.post(PAGE, {"email": ""}).status_code == 200


def test_asking_again_and_again_is_slowed_down(by_letter: Office) -> None:
    browser = by_letter.browser()
    statuses = [browser.post(PAGE, {"email": "a@xa-mau.example"}).status_code for _ in range(6)]
    assert statuses == [303] * 5 + [429]


def test_an_invitation_goes_by_letter_and_the_page_says_how_it_stands(by_letter: Office) -> None:
    admin = by_letter.browser("admin")
    fields = {"email": "binh@xa-mau.example", "name": "Trần Bình", "role": ["editor"]}
    page = admin.post(PEOPLE, fields, follow_redirects=True).get_data(as_text=True)
    assert "Thư mời đang được gửi tới binh@xa-mau.example." in page
    assert "lien-ket?ma=" not in page
    assert "thư mời đang chờ gửi" in page
    [(kind, _user_id)] = letters(by_letter)
    assert kind == "invitation"
    for state, code, words in (
        ("queued", "letter_server_away", "chưa gửi được thư mời"),
        ("done", None, "đã gửi thư mời"),
    ):
        with by_letter.services.db.writing() as session:
            task = session.scalars(select(Task).where(Task.kind == "letter")).one()
            task.state, task.error_code = state, code
        assert words in admin.text(PEOPLE)


def test_a_new_place_is_told_by_letter_too(by_letter: Office) -> None:
    user = by_letter.person("editor")
    for address in ("192.0.2.7", "192.0.2.7", "198.51.100.9"):
        browser = Browser(by_letter.app)
        browser.client.environ_base.update(HTTP_X_FORWARDED_FOR=address)
        browser.sign_in(user.email)
    assert letters(by_letter) == [("new_login", user.id)]
