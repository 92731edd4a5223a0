from tests.web.conftest import TEXTS, Office


def test_a_script_with_a_session_reads_where_an_announcement_stands(office: Office) -> None:
    announcement = office.in_review()
    answer = office.browser("operator").get(f"/api/v1/work/announcements/{announcement}")
    assert answer.status_code == 200
    told = answer.get_json()
    assert (told["id"], told["state"], told["page_url"]) == (announcement, "in_review", None)
    assert [item["text"] for item in told["segments"]] == list(TEXTS)
    assert told["digest"] == office.view(announcement).digest
    assert answer.headers["Cache-Control"] == "no-store"


def test_without_a_session_or_in_a_foreign_unit_there_is_nothing(office: Office) -> None:
    path = f"/api/v1/work/announcements/{office.in_review()}"
    assert office.browser().get(path).status_code == 401
    other = office.unit_named("xa-khac", "Xã Khác")
    answer = office.browser("admin", unit=other).get(path)
    assert answer.status_code == 404
    assert answer.get_json()["error"]["code"] == "announcement_unknown"
