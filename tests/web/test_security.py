import io
import re
from datetime import UTC, datetime, timedelta
from urllib.parse import urljoin, urlsplit

import flask_security
import pytest
import time_machine

from bridge.accounts import set_password
from bridge.models import User
from tests.web.conftest import PASSWORD, Browser, Office
from web.security import OPEN_ENDPOINTS, hash_password

LIST = "/lam-viec/"
LOGIN = "/lam-viec/dang-nhap"
FAILED = "Địa chỉ thư hoặc mật khẩu không đúng."


def test_signing_in_opens_the_staff_pages_and_signing_out_closes_them(office: Office) -> None:
    browser = Browser(office.app)
    assert browser.sign_in(office.person("editor").email).location == LIST
    assert "Nguyễn An" in browser.text(LIST)
    answer = browser.post("/lam-viec/dang-xuat", {})
    assert answer.location == LOGIN
    assert browser.get(LIST).location == f"{LOGIN}?next=/lam-viec/"


def test_the_address_is_taken_in_any_case_and_with_spaces_around(office: Office) -> None:
    user = office.person("editor")
    browser = Browser(office.app)
    assert browser.sign_in(f"  {user.email.upper()} ").location == LIST


def test_unknown_person_wrong_password_and_inactive_person_get_one_answer(office: Office) -> None:
    known = office.person("editor")
    inactive = office.person("editor", active=False)
    answers = set()
    for email, password in (
        ("khong-co@xa-mau.local", PASSWORD),
        (known.email, "sai mật khẩu"),
        (inactive.email, PASSWORD),
        ("không phải địa chỉ", PASSWORD),
    ):
        browser = Browser(office.app)
        answer = browser.sign_in(email, password)
        page = answer.get_data(as_text=True)
        assert FAILED in page
        assert email not in re.sub(r'value="[^"]*"', "", page)
        answers.add((answer.status_code, re.findall(r'role="alert">(.*?)</p>', page, re.S)[0]))
        assert browser.get(LIST).status_code == 302
    assert len(answers) == 1


def test_a_person_made_inactive_is_out_at_once(office: Office) -> None:
    user = office.person("editor")
    browser = office.browser_of(user)
    with office.services.db.writing() as session:
        session.get_one(User, user.id).active = False
    assert browser.get(LIST).status_code == 302


def test_a_new_password_ends_every_session(office: Office) -> None:
    user = office.person("editor")
    browser = office.browser_of(user)
    new_hash = hash_password("mật khẩu mới")
    with office.services.db.writing() as session:
        set_password(session, user_id=user.id, password_hash=new_hash)
    assert browser.get(LIST).status_code == 302
    assert browser.sign_in(user.email).status_code == 200
    assert browser.sign_in(user.email, "mật khẩu mới").status_code == 302


def test_hashing_outside_a_request_is_what_flask_security_does(office: Office) -> None:
    parameters = re.compile(r"^\$argon2id\$v=\d+\$m=\d+,t=\d+,p=\d+\$")
    ours = parameters.match(hash_password(PASSWORD))
    with office.app.app_context():
        theirs = parameters.match(flask_security.hash_password(PASSWORD))
    assert ours is not None
    assert theirs is not None
    assert ours.group() == theirs.group()  # otherwise every first login would hash again


def test_composed_and_decomposed_letters_are_the_same_password(office: Office) -> None:
    user = office.person("editor")
    decomposed = "mâ\u0323t khâ\u0309u cu\u0309a ca\u0301n bô\u0323"
    assert decomposed != PASSWORD
    assert Browser(office.app).sign_in(user.email, decomposed).status_code == 302


@pytest.mark.parametrize(
    "target",
    ["https://evil.example/", "//evil.example", "/\\evil.example", "http:evil.example", "\t//evil"],
)
def test_the_way_back_never_leads_to_another_site(office: Office, target: str) -> None:
    answer = Browser(office.app).sign_in(office.person("editor").email, next=target)
    assert answer.status_code == 302
    # As a browser reads it: a backslash is a slash, control characters are nothing.
    location = re.sub(r"[\x00-\x20]", "", answer.location).replace("\\", "/")
    assert urlsplit(urljoin("http://localhost/", location)).netloc == "localhost"


def test_the_way_back_leads_to_the_page_that_was_asked_for(office: Office) -> None:
    wanted = "/lam-viec/tai-len"
    browser = Browser(office.app)
    assert browser.get(wanted).location == f"{LOGIN}?next={wanted}"
    assert browser.sign_in(office.person("editor").email, next=wanted).location == wanted


def test_a_script_without_a_session_gets_401_in_json(office: Office) -> None:
    answer = office.browser().get(LIST, headers={"Accept": "application/json"})
    assert answer.status_code == 401
    assert answer.get_json()["error"]["code"] == "login_needed"


OPEN = {
    *("public", "oembed", "search", "language", "assets", "security", "health"),
    *("open_api", "feedback", "counting"),
}


def test_every_endpoint_is_closed_unless_it_is_on_the_open_list(office: Office) -> None:
    browser = office.browser()
    checked = 0
    for rule in office.app.url_map.iter_rules():
        if rule.endpoint.split(".")[0] in OPEN or rule.endpoint in OPEN_ENDPOINTS:
            continue
        path = re.sub(r"<[^>]+>", "000000000000", rule.rule)
        for method in rule.methods & {"GET", "POST", "PATCH"}:  # type: ignore[operator]
            answer = browser.client.open(path, method=method)
            assert answer.status_code in (302, 401), (method, rule.rule)
            checked += 1
    assert checked >= 12


def test_a_write_without_the_form_token_is_refused_in_plain_words(office: Office) -> None:
    browser = office.browser("editor")
    answer = browser.client.post("/lam-viec/tai-len", data={})
    assert answer.status_code == 400
    assert "Tải lại trang" in answer.get_data(as_text=True)
    answer = browser.client.post("/lam-viec/dang-xuat", data={})
    assert answer.status_code == 400
    assert browser.get(LIST).status_code == 200


def test_a_login_page_left_open_too_long_only_asks_again(office: Office) -> None:
    browser = Browser(office.app)
    answer = browser.client.post(LOGIN, data={"email": "x", "password": "y"}, follow_redirects=True)
    assert answer.status_code == 200
    assert "Trang này mở đã lâu" in answer.get_data(as_text=True)


def test_a_stranger_is_refused_before_the_body_is_read(office: Office) -> None:
    class Untouched(io.BytesIO):
        def read(self, *_args: object) -> bytes:
            raise AssertionError("the body was read")

        readline = readinto = readinto1 = read1 = read  # type: ignore[assignment]

    answer = office.browser().client.post(
        "/lam-viec/tai-len",
        input_stream=Untouched(),
        content_length=1000,
        content_type="multipart/form-data; boundary=x",
    )
    assert answer.status_code == 302


def test_there_is_no_way_in_by_token_in_an_address_or_a_header(office: Office) -> None:
    user = office.person("editor")
    with office.app.test_request_context():
        from web.security import StaffDatastore

        found = StaffDatastore(office.services.db).find_user(email=user.email)
        assert found is not None
        token = found.get_auth_token()
    browser = office.browser()
    assert browser.get(f"{LIST}?auth_token={token}").status_code == 302
    assert browser.get(LIST, headers={"Authentication-Token": token}).status_code == 302


def test_nobody_can_register_recover_or_stay_remembered(office: Office) -> None:
    browser = office.browser()
    for path in ("/register", "/reset", "/change", "/verify", "/login", "/fs-static/x.css"):
        assert browser.get(path).status_code == 404
    answer = Browser(office.app).sign_in(office.person("editor").email, remember="y")
    assert "remember_token" not in str(answer.headers)


def test_the_session_cookie_is_kept_from_scripts_and_other_sites(office: Office) -> None:
    answer = Browser(office.app).sign_in(office.person("editor").email)
    cookie = next(value for name, value in answer.headers if name == "Set-Cookie")
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Secure" not in cookie  # the test's settings are plain HTTP


def test_whoever_guesses_waits_and_the_right_password_waits_too(office: Office) -> None:
    user = office.person("editor")
    browser = Browser(office.app)
    for _ in range(5):
        answer = browser.sign_in(user.email, "sai mật khẩu")
        assert answer.status_code == 200
        assert FAILED in answer.get_data(as_text=True)
    with time_machine.travel(datetime.now(UTC), tick=False) as clock:
        answer = browser.sign_in(user.email)
        assert answer.status_code == 429
        assert int(answer.headers["Retry-After"]) <= 30
        assert "Chờ 1 phút rồi đăng nhập lại" in answer.get_data(as_text=True)
        clock.shift(31)
        assert browser.sign_in(user.email).location == LIST
    assert browser.post("/lam-viec/dang-xuat", {}).location == LOGIN
    assert browser.sign_in(user.email, "sai mật khẩu").status_code == 200  # counted anew


def test_guessing_an_account_that_is_nobodys_is_answered_alike(office: Office) -> None:
    browser = Browser(office.app)
    for _ in range(5):
        browser.sign_in("khong-co@xa-mau.local", "sai mật khẩu")
    assert browser.sign_in("khong-co@xa-mau.local", "sai mật khẩu").status_code == 429


def test_a_cookie_of_before_there_were_logins_opens_nothing(office: Office) -> None:
    user = office.person("editor")
    browser = Browser(office.app)
    with browser.client.session_transaction() as cookie:
        cookie["_user_id"] = user.fs_uniquifier
        cookie["_fresh"] = True
    assert browser.get(LIST).status_code == 302


def test_after_a_working_day_one_signs_in_again(office: Office) -> None:
    browser = office.browser("editor")
    with time_machine.travel(datetime.now(UTC), tick=False) as clock:
        for hours in (3, 3, 3, 2):  # at it all day
            clock.shift(timedelta(hours=hours))
            assert browser.get(LIST).status_code == 200
        clock.shift(timedelta(hours=1))
        assert browser.get(LIST).status_code == 302


def test_after_an_afternoon_away_one_signs_in_again(office: Office) -> None:
    browser = office.browser("editor")
    with time_machine.travel(datetime.now(UTC) + timedelta(hours=4, seconds=1), tick=False):
        assert browser.get(LIST).status_code == 302


def test_a_cookie_from_before_signing_in_opens_nothing_after_it(office: Office) -> None:
    """Whoever planted a cookie in somebody's browser does not become that person with it."""
    user = office.person("editor")
    victim, attacker = Browser(office.app), Browser(office.app)
    victim.get(LOGIN)
    planted = victim.client.get_cookie("loa_session")
    assert planted is not None
    attacker.client.set_cookie(planted.key, planted.value)
    victim.sign_in(user.email)
    now = victim.client.get_cookie("loa_session")
    assert now is not None
    assert now.value != planted.value
    assert victim.get(LIST).status_code == 200
    assert attacker.get(LIST).status_code == 302


def test_no_address_of_the_staff_is_told_to_other_sites(office: Office) -> None:
    """Addresses that work once among them: browsers send no Referer to another origin."""
    stranger = office.browser()
    for path in ("/lam-viec/tai-khoan/lien-ket?ma=bi-mat", LOGIN, "/lam-viec/ban-tin/x"):
        answer = stranger.get(path)
        assert answer.headers["Referrer-Policy"] == "same-origin", path
        assert "no-store" in answer.headers["Cache-Control"], path
    policy = stranger.get(LOGIN).headers["Content-Security-Policy"]
    assert "unsafe-inline" not in policy
    assert "default-src 'none'" in policy  # and nothing of another site is asked for
