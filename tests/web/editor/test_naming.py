"""Names that were put right, for the glossary."""

from bridge.glossary import list_terms
from tests.web.conftest import Office

TEXTS = ("Mời bà con thôn Xuân Lãng đến.", "Xin cảm ơn.")


def path_of(announcement: str) -> str:
    return f"/lam-viec/ban-tin/{announcement}"


def test_a_corrected_name_is_offered_and_an_editor_adds_it(office: Office) -> None:
    announcement = office.in_review(texts=TEXTS)
    browser = office.browser("editor")
    segment = office.view(announcement).segments[0].id
    asked = f"{path_of(announcement)}/doan/{segment}/ten-rieng?tu=suân&thanh=Xuân"
    offer = browser.ask("GET", asked).get_json()
    assert offer == {"name": "Xuân Lãng", "kind": "place"}
    added = browser.ask("POST", f"{path_of(announcement)}/tu-dien", json=offer)
    assert added.get_json()["said"] == "Đã thêm “Xuân Lãng” vào từ điển của đơn vị."
    with office.services.db.reading() as session:
        [term] = list_terms(session, office.unit.id)
    assert (term.text, term.kind) == ("Xuân Lãng", "place")
    # It is known now: not offered again, and said so where somebody adds it all the same.
    assert browser.ask("GET", asked).get_json() == {"name": None}
    again = browser.ask("POST", f"{path_of(announcement)}/tu-dien", json=offer)
    assert (again.status_code, again.get_json()["error"]["code"]) == (409, "term_exists")


def test_only_editors_add_names_and_foreign_announcements_do_not_exist(office: Office) -> None:
    announcement = office.in_review(texts=TEXTS)
    segment = office.view(announcement).segments[0].id
    other = office.unit_named("xa-khac", "Xã Khác")
    stranger, operator = office.browser("editor", unit=other), office.browser("operator")
    asked = f"{path_of(announcement)}/doan/{segment}/ten-rieng?tu=suân&thanh=Xuân"
    name = {"name": "Xuân Lãng", "kind": "place"}
    assert stranger.ask("GET", asked).status_code == 404
    assert stranger.ask("POST", f"{path_of(announcement)}/tu-dien", json=name).status_code == 404
    assert operator.ask("POST", f"{path_of(announcement)}/tu-dien", json=name).status_code == 403
    for wrong in ({}, {"name": 1, "kind": "place"}, {"name": "A", "kind": None}, []):
        answer = office.browser("editor").ask(
            "POST", f"{path_of(announcement)}/tu-dien", json=wrong
        )
        assert answer.status_code == 400
    with office.services.db.reading() as session:
        assert list_terms(session, office.unit.id) == ()
