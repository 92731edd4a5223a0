"""The admin's page of tokens and of addresses that are told news."""

import re

from bridge.webhooks import list_deliveries, list_webhooks
from tests.web.conftest import Office

PAGE = "/lam-viec/ket-noi/xa-mau"


def test_a_token_is_shown_once_and_ends_when_it_is_revoked(office: Office) -> None:
    browser = office.browser("admin")
    assert "Chưa có mã nào" in browser.text(PAGE)
    made = browser.post(f"{PAGE}/ma", {"name": "Đài xã", "scope": ["intake"], "days": "30"})
    (secret,) = re.findall(r"<code>(loa_[^<]+)</code>", made.get_data(as_text=True))
    assert secret not in browser.text(PAGE)
    headers = {"Authorization": f"Bearer {secret}"}
    asking = office.app.test_client()
    assert asking.post("/api/v1/recordings", headers=headers).status_code == 400
    (path,) = re.findall(rf'action="({PAGE}/ma/[^"]+/thu-hoi)"', browser.text(PAGE))
    assert browser.post(path, {}).status_code == 303
    assert asking.post("/api/v1/recordings", headers=headers).status_code == 401
    assert "đã thu hồi" in browser.text(PAGE)


def test_what_cannot_be_comes_back_with_its_reason_and_what_was_typed(office: Office) -> None:
    browser = office.browser("admin")
    refused = browser.post(f"{PAGE}/ma", {"name": "Đài xã", "days": "9999", "scope": ["intake"]})
    assert refused.status_code == 400
    page = refused.get_data(as_text=True)
    assert "1 đến 730 ngày" in page
    assert 'value="Đài xã"' in page
    inside = {"url": "https://10.0.0.1/x", "event": ["published"]}
    refused = browser.post(f"{PAGE}/noi-nhan", inside)
    assert "mạng nội bộ" in refused.get_data(as_text=True)


def test_deliveries_are_shown_and_sent_again(office: Office) -> None:
    browser = office.browser("admin")
    wanted = {"url": "https://portal.example/loa", "event": ["review"]}
    assert "<code>" in browser.post(f"{PAGE}/noi-nhan", wanted).get_data(as_text=True)
    office.in_review()
    page = browser.text(PAGE)
    assert "Lịch tiêm chủng" in page
    assert "Chờ gửi" in page
    with office.services.db.reading() as session:
        (delivery,) = list_deliveries(session, office.unit.id)
        (webhook,) = list_webhooks(session, office.unit.id)
    assert browser.post(f"{PAGE}/lan-bao/{delivery.id}/gui-lai", {}).status_code == 303
    assert browser.post(f"{PAGE}/noi-nhan/{webhook.id}/bo", {}).status_code == 303
    assert "Chưa báo tin cho nơi nào" in browser.text(PAGE)


def test_only_admins_of_the_unit_come_here(office: Office) -> None:
    other = office.unit_named("xa-khac", "Xã Khác")
    assert office.browser("approver").get(PAGE).status_code == 403
    assert office.browser("admin", unit=other).get(PAGE).status_code == 404
    refused = office.browser("approver").post(f"{PAGE}/ma", {"name": "x", "scope": ["intake"]})
    assert refused.status_code == 403
