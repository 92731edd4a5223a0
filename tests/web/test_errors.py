import logging
import re

import pytest
from flask import Flask
from sqlalchemy import text

from bridge import errors
from bridge.errors import BridgeError
from tests.web.conftest import Browser, Office
from web.errors import status_of

STATUS = {
    errors.NotFound: 404,
    errors.Gone: 410,
    errors.Unauthenticated: 401,
    errors.InvalidInput: 400,
    errors.MediaRejected: 422,
    errors.DecoderFailed: 422,
    errors.ContentDiffers: 422,
    errors.TooLarge: 413,
    errors.NoSpace: 507,
    errors.Forbidden: 403,
    errors.Conflict: 409,
    errors.VersionConflict: 412,
    errors.IllegalTransition: 409,
    errors.TooMany: 429,
    errors.LeaseLost: 500,
    errors.LineLost: 500,
    errors.TaskFailed: 500,
    errors.ModelUnavailable: 500,
    errors.EngineFailed: 500,
    errors.SettingsError: 500,
    errors.BridgeError: 500,
}


def test_every_kind_of_error_has_its_status() -> None:
    kinds = {
        kind
        for kind in vars(errors).values()
        if isinstance(kind, type) and issubclass(kind, BridgeError)
    }
    assert kinds == set(STATUS)
    assert {kind: status_of(kind()) for kind in kinds} == STATUS


@pytest.fixture
def breaking(office: Office) -> Flask:
    """The application with two addresses more, at which it breaks."""
    # Rules are added before the first request, as Flask wants it.
    office.app.add_url_rule("/lam-viec/hong", "public.broken", _broken)
    office.app.add_url_rule("/lam-viec/thieu-cho", "public.full", _full)
    return office.app


def _broken() -> str:
    raise RuntimeError("a detail that no visitor may see")


def _full() -> str:
    raise errors.NoSpace()


def test_an_unexpected_error_shows_the_id_that_is_in_the_log_and_no_trace(
    breaking: Flask, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR):
        answer = Browser(breaking).get("/lam-viec/hong")
    page = answer.get_data(as_text=True)
    assert answer.status_code == 500
    found = re.search(r"mã lỗi ([0-9a-f]{8})\.", page)
    assert found is not None
    assert f"unexpected error {found.group(1)}" in caplog.text
    assert "a detail that no visitor may see" in caplog.text
    assert "a detail" not in page
    assert "Traceback" not in page


def test_a_script_gets_code_sentence_and_id(breaking: Flask) -> None:
    wanted = {"Accept": "application/json"}
    error = Browser(breaking).get("/lam-viec/hong", headers=wanted).get_json()["error"]
    assert error["code"] == "unexpected"
    assert error["id"] in error["message"]
    answer = Browser(breaking).get("/lam-viec/thieu-cho", headers=wanted)
    assert answer.status_code == 507
    assert "sắp đầy" in answer.get_json()["error"]["message"]


def test_wrong_address_and_wrong_method_are_told_in_the_right_dress(office: Office) -> None:
    browser = office.browser("editor")
    staff = browser.get("/lam-viec/khong-co")
    assert staff.status_code == 404
    assert 'class="staff-bar"' in staff.get_data(as_text=True)
    portal = browser.get("/khong-co/")
    assert portal.status_code == 404
    assert 'class="staff-bar"' not in portal.get_data(as_text=True)
    assert "Không có trang này." in portal.get_data(as_text=True)
    wrong = browser.ask("POST", "/lam-viec/")
    assert wrong.status_code == 405
    assert "GET" in wrong.headers["Allow"]


def test_answers_of_the_api_are_json_whatever_is_asked_for(office: Office) -> None:
    answer = office.browser("editor").get(
        "/api/v1/work/announcements/khong-co", headers={"Accept": "text/html"}
    )
    assert answer.status_code == 404
    assert answer.get_json()["error"]["code"] == "announcement_unknown"


def test_with_the_database_gone_a_person_still_gets_a_page_in_plain_words(office: Office) -> None:
    browser = office.browser("editor")
    with office.services.db.write_engine.begin() as connection:
        connection.execute(text("ALTER TABLE membership RENAME TO membership_away"))
        connection.execute(text('ALTER TABLE "user" RENAME TO user_away'))
    answer = browser.get("/lam-viec/")
    assert answer.status_code == 500
    assert re.search(r"mã lỗi [0-9a-f]{8}", answer.get_data(as_text=True))
