"""Staff pages over HTTPS, from this machine, or where the settings say so; the portal always."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.web.conftest import Office

FAR, LOGIN = "192.0.2.7", "/lam-viec/dang-nhap"
DIRECT = {"environ_base": {"REMOTE_ADDR": FAR}}


def proxied(scheme: str, address: str = FAR) -> dict[str, Any]:
    return {"headers": {"X-Forwarded-For": address, "X-Forwarded-Proto": scheme}}


@pytest.mark.parametrize(
    ("options", "opens"),
    [
        ({}, True),
        (proxied("http", "127.0.0.1"), True),
        (proxied("http", "::1"), True),
        (proxied("https"), True),
        (DIRECT, False),
        (proxied("http"), False),
        (proxied("http", "not an address"), False),
        # Only a proxy of this machine is believed.
        ({**DIRECT, **proxied("https")}, False),
    ],
)
def test_who_may_sign_in(office: Office, options: dict[str, Any], opens: bool) -> None:
    client = office.app.test_client()
    for path in (LOGIN, "/lam-viec/", "/lam-viec", "/api/v1/captures", "/api/v1/recordings/a"):
        refused = client.get(path, buffered=True, **options).status_code == 403
        assert refused != opens, path
    for path in ("/", "/health/live", "/api/v1/units", "/xa-mau/phan-anh"):
        assert client.get(path, buffered=True, **options).status_code == 200, path
    style = client.get("/lam-viec/static/staff.css", buffered=True, **options)
    assert style.status_code == 200


def test_it_says_what_to_do_and_the_settings_may_say_otherwise(office: Office) -> None:
    client = office.app.test_client()
    page = client.get(LOGIN, **DIRECT).get_data(as_text=True)
    assert "chỉ mở qua HTTPS" in page
    assert 'name="password"' not in page
    services = office.app.extensions["loa"]
    settings = replace(services.settings, plain_http=True)
    office.app.extensions["loa"] = replace(services, settings=settings)
    assert client.get(LOGIN, **DIRECT).status_code == 200


def test_over_https_cookies_and_browsers_stay_with_it(office: Office) -> None:
    client = office.app.test_client()
    answer = client.get(LOGIN, **proxied("https"))
    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith("__Host-loa_session=")
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= set(cookie.split("; "))
    assert "Domain" not in cookie
    assert answer.headers["Strict-Transport-Security"] == "max-age=31536000"
    assert client.get("/", **proxied("https")).headers["Strict-Transport-Security"]
    plain = client.get(LOGIN)
    assert "Strict-Transport-Security" not in plain.headers
    assert plain.headers["Set-Cookie"].startswith("loa_session=")


def test_staff_pages_answer_to_their_own_names_alone(office: Office) -> None:
    services = office.app.extensions["loa"]
    settings = replace(
        services.settings, public_url="https://loa.xa-mau.example", hosts=("may-chu",)
    )
    office.app.extensions["loa"] = replace(services, settings=settings)
    client = office.app.test_client()
    for host in ("loa.xa-mau.example", "may-chu:8000", "localhost:8000", "127.0.0.1", "[::1]:80"):
        assert client.get(LOGIN, headers={"Host": host}).status_code == 200, host
    for host in ("khac.example", "loa.xa-mau.example.khac.example", "xloa.xa-mau.example"):
        answer = client.get(LOGIN, headers={"Host": host})
        assert answer.status_code == 421, host
        assert "https://loa.xa-mau.example/lam-viec/" in answer.get_data(as_text=True)
        assert client.get("/", headers={"Host": host}).status_code == 200


def test_whom_to_tell_of_a_weakness(office: Office) -> None:
    client = office.app.test_client()
    assert client.get("/.well-known/security.txt").status_code == 404
    services = office.app.extensions["loa"]
    settings = replace(services.settings, security_contact="mailto:an-toan@xa-mau.example")
    office.app.extensions["loa"] = replace(services, settings=settings)
    answer = client.get("/.well-known/security.txt")
    assert answer.mimetype == "text/plain"
    lines = dict(line.split(": ", 1) for line in answer.get_data(as_text=True).splitlines())
    assert lines["Contact"] == "mailto:an-toan@xa-mau.example"
    expires = datetime.fromisoformat(lines["Expires"])
    assert timedelta(days=30) < expires - datetime.now(UTC) < timedelta(days=365)
