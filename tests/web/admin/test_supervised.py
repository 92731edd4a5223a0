"""What somebody sees who supervises a province: its communes, to read."""

from datetime import timedelta

import pytest
from sqlalchemy import update

from bridge.accounts import set_parent
from bridge.db import utc_now
from bridge.models import Announcement, Unit
from tests.web.conftest import Browser, Office

PAGE, LIST = "/lam-viec/don-vi", "/lam-viec/"


@pytest.fixture
def province(office: Office) -> Unit:
    made = office.unit_named("tinh-mau", "Tỉnh Mẫu")
    with office.services.db.writing() as session:
        set_parent(session, slug="xa-mau", parent_slug="tinh-mau")
    return made


@pytest.fixture
def overseer(office: Office, province: Unit) -> Browser:
    return office.browser("supervisor", unit=province)


def test_every_unit_is_a_line_and_what_waits_long_stands_out(
    office: Office, overseer: Browser
) -> None:
    page = overseer.text(PAGE)
    assert page.index("Tỉnh Mẫu") < page.index("Xã Mẫu")
    assert 'class="late"' not in page
    announcement_id = office.in_review()
    with office.services.db.writing() as session:
        session.execute(
            update(Announcement)
            .where(Announcement.id == announcement_id)
            .values(created_at=utc_now() - timedelta(days=8))
        )
    assert 'class="late"' in overseer.text(PAGE)
    assert f'href="{PAGE}"' in overseer.text(LIST)


def test_an_announcement_is_read_and_nothing_of_it_is_offered(
    office: Office, overseer: Browser
) -> None:
    read, failed = office.in_review(), office.received().announcement_id
    lists = overseer.text(LIST)
    assert f"/lam-viec/ban-tin/{read}" in lists
    assert "data-cancel" not in lists
    assert "data-cancel" in office.browser("operator").text(LIST)
    for one in (read, failed):
        address = f"/lam-viec/ban-tin/{one}"
        offered = f'method="post" action="{address}/'
        assert offered not in overseer.text(address)
        assert offered in office.browser("admin").text(address)
    answer = overseer.post(f"{LIST}thu-lai", {"ban-tin": [failed]}, follow_redirects=True)
    assert "Đã cho thử lại" not in answer.get_data(as_text=True)


def test_the_log_is_read_without_being_admin(office: Office, overseer: Browser) -> None:
    office.in_review()
    assert "Xã Mẫu" in overseer.text("/lam-viec/nhat-ky")
    assert "chép lời xong" in overseer.text("/lam-viec/nhat-ky/xa-mau")
    assert overseer.get("/lam-viec/nguoi/xa-mau").status_code == 403


def test_who_supervises_nothing_has_no_such_page(office: Office) -> None:
    admin = office.browser("admin")
    assert admin.get(PAGE).status_code == 403
    assert f'href="{PAGE}"' not in admin.text(LIST)
