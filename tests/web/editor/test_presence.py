"""The page tells that it is open; what it gets back."""

from tests.web.conftest import Office


def test_without_redis_the_page_learns_the_version_and_that_nobody_is_seen(office: Office) -> None:
    announcement = office.in_review()
    path = f"/lam-viec/ban-tin/{announcement}/co-mat"
    browser = office.browser("editor")
    answer = browser.ask("POST", path, json={"segment": "abc"})
    assert answer.get_json() == {"others": [], "version": office.view(announcement).version}
    assert browser.ask("POST", path, json={"left": True}).get_json()["others"] == []
    for wrong in ([], {"segment": 7}, {"segment": "x" * 21}):
        assert browser.ask("POST", path, json=wrong).status_code == 400
    stranger = office.browser("editor", unit=office.unit_named("xa-khac", "Xã Khác"))
    assert stranger.ask("POST", path, json={}).status_code == 404
