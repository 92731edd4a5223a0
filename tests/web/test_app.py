import dataclasses
import re
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest
from sqlalchemy import text

from tests.ports import held_port
from tests.web.conftest import Browser, Office
from web.app import MAX_FORM_BYTES, create_app
from web.status.readiness import KEPT_S


def test_staff_pages_allow_no_inline_code_no_frames_and_no_caching(office: Office) -> None:
    answer = office.browser("editor").get("/lam-viec/")
    policy = answer.headers["Content-Security-Policy"]
    assert "unsafe-inline" not in policy
    assert "frame-ancestors 'none'" in policy
    assert "default-src 'none'" in policy
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Referrer-Policy"] == "same-origin"
    assert answer.headers["Cache-Control"] == "no-store"


def test_pages_carry_no_inline_script_style_or_handler(office: Office) -> None:
    browser = office.browser("editor", "approver", "operator")
    announcement = office.in_review()
    for path in ("/lam-viec/", "/lam-viec/tai-len", f"/lam-viec/ban-tin/{announcement}"):
        page = browser.text(path)
        assert "<style" not in page
        assert " style=" not in page
        assert " onclick=" not in page
        assert page.count("<script") == page.count('<script type="module" src="/lam-viec/static/')


def test_behind_https_every_cookie_is_secure(office: Office) -> None:
    app = create_app(dataclasses.replace(office.settings, secure_cookies=True))
    client = app.test_client()
    answer = client.get("/lam-viec/dang-nhap", base_url="https://localhost")
    assert "Secure" in answer.headers["Set-Cookie"]


def test_a_form_that_is_too_large_is_refused_in_plain_words(office: Office) -> None:
    browser = office.browser("editor")
    announcement = office.in_review()
    answer = browser.post(
        f"/lam-viec/ban-tin/{announcement}/go", {"reason": "x" * (MAX_FORM_BYTES + 1)}
    )
    assert answer.status_code == 413
    assert "quá dài" in answer.get_data(as_text=True)


def test_own_and_shared_files_are_served_and_asked_for_afresh(office: Office) -> None:
    browser = office.browser()
    for name, kind in (
        ("staff.css", "text/css"),
        ("desk.js", "text/javascript"),
        ("portal/loa.css", "text/css"),
    ):
        answer = browser.get(f"/lam-viec/static/{name}")
        assert answer.status_code == 200
        assert answer.mimetype == kind
        assert answer.headers["Cache-Control"] == "no-cache"
        again = browser.get(
            f"/lam-viec/static/{name}", headers={"If-None-Match": answer.headers["ETag"]}
        )
        assert again.status_code == 304
    assert browser.get("/lam-viec/static/../app.py").status_code == 404
    assert browser.get("/lam-viec/static/portal/..%2Fsite.py").status_code == 404


def test_the_two_stylesheets_share_only_the_shapes_that_are_meant_to_be_shared() -> None:
    root = Path(__file__).parents[2]
    sheets = (root / "publish" / "static" / "loa.css", root / "web" / "static" / "staff.css")
    portal, staff = (set(re.findall(r"\.([a-z][\w-]+)", sheet.read_text())) for sheet in sheets)
    shared = {"acts", "button", "emblem", "icon", "note", "skip", "soft", "sound-line", "css"}
    assert (portal & staff) - shared == set()


def test_every_module_that_a_page_or_module_names_exists() -> None:
    folder = Path(__file__).parents[2] / "web" / "static"
    for module in folder.glob("*.js"):
        for line in module.read_text().splitlines():
            if line.startswith("import "):
                name = line.rsplit('"', 2)[1].removeprefix("./")
                assert (folder / name).is_file(), (module.name, name)


def test_health_says_whether_the_database_can_be_read(office: Office) -> None:
    browser = office.browser()
    assert browser.get("/health/live").get_json() == {"status": "ok"}
    assert browser.get("/health/ready").status_code == 200
    with office.services.db.write_engine.begin() as connection:
        connection.execute(text("ALTER TABLE task RENAME TO task_away"))
    time.sleep(KEPT_S)  # an answer may be so old
    assert browser.get("/health/ready").status_code == 503
    assert browser.get("/health/live").status_code == 200


def test_the_language_switch_is_kept_and_leads_back(office: Office) -> None:
    browser = Browser(office.app)
    assert '<html lang="vi">' in browser.text("/lam-viec/dang-nhap")
    answer = browser.post("/lam-viec/ngon-ngu", {"language": "en", "next": "/lam-viec/dang-nhap"})
    assert answer.location == "/lam-viec/dang-nhap"
    assert "HttpOnly" in next(v for v in answer.headers.getlist("Set-Cookie") if "language" in v)
    page = browser.text("/lam-viec/dang-nhap")
    assert '<html lang="en">' in page
    assert "Sign in" in page
    answer = browser.post("/lam-viec/ngon-ngu", {"language": "xx", "next": "//evil.example"})
    assert answer.location == "/lam-viec/"
    assert '<html lang="en">' in browser.text("/lam-viec/dang-nhap")


def test_the_language_of_the_browser_is_not_asked(office: Office) -> None:
    answer = office.browser().get("/lam-viec/dang-nhap", headers={"Accept-Language": "en-US,en"})
    assert '<html lang="vi">' in answer.get_data(as_text=True)


def test_the_server_answers_prints_nothing_and_ends_on_sigterm(
    office: Office, tmp_path: Path
) -> None:
    log = tmp_path / "output"
    with held_port() as port, log.open("wb") as output:
        script = (
            "from bridge.settings import load_settings; from web.app import serve; "
            f"serve(load_settings({{}}, data_dir={str(office.settings.data_dir)!r}, port={port}))"
        )
        process = subprocess.Popen([sys.executable, "-c", script], stdout=output, stderr=output)
        try:
            _wait_until_live(port)
        finally:
            process.terminate()
            status = process.wait(timeout=60)
    assert status == 0
    assert log.read_text() == ""


def _wait_until_live(port: int) -> None:
    deadline = time.monotonic() + 60
    while True:
        try:
            with urllib.request.urlopen(
                f"http://127.0.0.1:{port}/health/live", timeout=2
            ) as answer:
                assert answer.status == 200
                assert "Server" not in answer.headers
                return
        except OSError:
            if time.monotonic() > deadline:
                pytest.fail("the server did not come up")
            time.sleep(0.05)
