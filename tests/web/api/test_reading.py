"""The open reading interface, asked as a program asks."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import update

from bridge.models import Announcement, Publication
from bridge.review import withdraw_announcement
from tests.bridge.lifecycle import Life
from tests.web.conftest import Browser, Office
from web.api.contract import PREFIX
from web.api.documentation import OPERATIONS

both_databases = pytest.mark.parametrize("office", ["sqlite", "postgresql"], indirect=True)
FIRST_DAY = datetime(2026, 11, 1, 3, tzinfo=UTC)


class Commune:
    """Publishes announcements of the office as the workers would."""

    def __init__(self, office: Office) -> None:
        self.office = office
        self.life = Life(office.services.db, office.services.media, office.unit)
        self.approver = self.life.person("approver")

    def publish(self, number: int, **details: object) -> str:
        """The announcement number so and so, broadcast on that day of November."""
        announcement_id = self.life.reviewable(b"sound %d" % number, title=f"Bản tin {number}")
        moment = FIRST_DAY + timedelta(days=number - 1)
        with self.office.services.db.writing() as session:
            values = {"broadcast_at": moment, **details}
            session.execute(
                update(Announcement).where(Announcement.id == announcement_id).values(**values)
            )
        self.life.publish(self.life.approve(announcement_id, self.approver))
        with self.office.services.db.writing() as session:
            # As if each had been published on its own day; two of one moment among them.
            session.execute(
                update(Publication)
                .where(Publication.announcement_id == announcement_id)
                .values(published_at=FIRST_DAY + timedelta(days=number // 2))
            )
        return announcement_id

    def withdraw(self, announcement_id: str) -> None:
        with self.office.services.db.writing() as session:
            withdraw_announcement(
                session,
                announcement_id=announcement_id,
                reason="Đọc nhầm giờ",
                actor_id=self.approver,
            )


@pytest.fixture
def commune(office: Office) -> Commune:
    return Commune(office)


@pytest.fixture
def program(office: Office) -> Browser:
    return Browser(office.app)


@both_databases
def test_every_page_together_is_every_standing_announcement_once(
    commune: Commune, program: Browser
) -> None:
    ids = [commune.publish(number) for number in range(1, 6)]
    commune.withdraw(ids.pop(2))
    path, read = "/api/v1/announcements?limit=2&unit=xa-mau", []
    while path:
        page = program.get(path).get_json()
        assert len(page["announcements"]) <= 2
        read += [one["id"] for one in page["announcements"]]
        path = page["next_url"] and page["next_url"].removeprefix(
            commune.office.settings.effective_public_url
        )
    assert sorted(read) == sorted(ids)
    published = [program.get(f"/api/v1/announcements/{one}").get_json() for one in read]
    moments = [one["announcement"]["published_at"] for one in published]
    assert moments == sorted(moments, reverse=True)


@both_databases
def test_filters_find_by_what_was_published_not_by_what_was_edited_since(
    commune: Commune, program: Browser
) -> None:
    first = commune.publish(1, category="Y tế", area="Thôn Mẫu, Tổ 2")
    second = commune.publish(2, category="Giao thông")
    with commune.office.services.db.writing() as session:
        row = session.get_one(Announcement, second)
        row.category, row.broadcast_at = "Y tế", FIRST_DAY

    def found(**asked: str) -> list[str]:
        answer = program.get("/api/v1/announcements", query_string=asked)
        return [one["id"] for one in answer.get_json()["announcements"]]

    assert found(category="Y tế") == [first]
    assert found(area="Tổ 2") == [first]
    assert found(area="Tổ") == []
    # Three in the morning in UTC is ten o'clock of the same day in the commune.
    assert found(**{"from": "2026-11-02"}) == [second]
    assert found(to="2026-11-01") == [first]
    assert found(unit="xa-mau", **{"from": "2026-11-03"}) == []


def test_one_announcement_has_its_words_and_where_the_files_lie(
    commune: Commune, program: Browser
) -> None:
    announcement_id = commune.publish(1, summary="Tóm tắt", valid_until=FIRST_DAY + timedelta(9))
    answer = program.get(f"/api/v1/announcements/{announcement_id}")
    told = answer.get_json()
    assert [one["text"] for one in told["segments"]] == [
        "Kính thưa bà con nhân dân.",
        "Bảy giờ sáng mai tiêm phòng.",
    ]
    assert (told["segments"][1]["start_ms"], told["segments"][1]["kind"]) == (3000, "speech")
    about = told["announcement"]
    assert about["valid_until"] == "2026-11-10T03:00:00+00:00"
    page_url = f"{commune.office.settings.effective_public_url}/xa-mau/{announcement_id}/"
    assert about["page_url"] == page_url
    assert about["captions_url"].startswith(page_url + "captions-")
    assert about["sounds"][0]["type"] == "audio/mpeg"
    listed = program.get("/api/v1/announcements").get_json()["announcements"]
    assert listed == [about]


@both_databases
def test_a_search_gives_each_hit_with_its_words_and_its_moment(
    commune: Commune, program: Browser
) -> None:
    ids = [commune.publish(number, category="Y tế") for number in range(1, 4)]
    commune.withdraw(ids[1])
    told = program.get("/api/v1/search", query_string={"q": "tiem phong", "limit": "1"}).get_json()
    assert told["total"] == 2
    (hit,) = told["hits"]
    assert (
        hit["announcement"]
        == program.get(f"/api/v1/announcements/{ids[2]}").get_json()["announcement"]
    )
    marked = [hit["snippet"][begin:end] for begin, end in hit["snippet_marks"]]
    assert marked == ["tiêm", "phòng"]
    # 17 of 28 letters into the segment of three seconds; the page opens a second before.
    assert hit["start_ms"] == 3000 + 3000 * 17 // 28
    assert hit["moment_url"] == hit["announcement"]["page_url"] + "#t=3"
    following = told["next_url"].removeprefix(commune.office.settings.effective_public_url)
    last = program.get(following).get_json()
    assert [one["announcement"]["id"] for one in last["hits"]] == [ids[0]]
    assert last["next_url"] is None
    beyond = program.get(following.replace("page=2", "page=3")).get_json()
    assert (beyond["total"], beyond["hits"], beyond["next_url"]) == (2, [], None)


def test_a_search_is_narrowed_and_marks_what_it_found_in_a_title(
    commune: Commune, program: Browser
) -> None:
    first = commune.publish(1, title="Lịch họp thôn", area="Thôn Mẫu")
    commune.publish(2, title="Lịch họp thôn", area="Tổ 2")

    def found(**asked: str) -> list[str]:
        answer = program.get("/api/v1/search", query_string={"q": "họp thôn", **asked})
        return [one["announcement"]["id"] for one in answer.get_json()["hits"]]

    assert found(area="Thôn Mẫu") == [first]
    assert found(to="2026-11-01", unit="xa-mau") == [first]
    assert found(category="Y tế") == []
    told = program.get("/api/v1/search?q=họp&area=Thôn Mẫu").get_json()["hits"][0]
    assert told["title_marks"] == [[5, 8]]
    assert told["start_ms"] is None
    assert told["snippet"].startswith("Kính thưa")


def test_who_read_it_already_gets_304_until_something_changes(
    commune: Commune, program: Browser
) -> None:
    commune.publish(1)
    first = program.get("/api/v1/announcements")
    known = {"If-None-Match": first.headers["ETag"]}
    again = program.get("/api/v1/announcements", headers=known)
    assert (again.status_code, again.data) == (304, b"")
    commune.publish(2)
    assert program.get("/api/v1/announcements", headers=known).status_code == 200


def test_answers_are_for_every_site_and_carry_nothing_of_a_session(
    commune: Commune, office: Office
) -> None:
    commune.publish(1)
    for path in ("/api/v1/units", "/api/v1/announcements", "/api/v1/openapi.json", "/api/v1/"):
        answer = office.browser("editor").get(path)
        assert answer.status_code == 200
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        assert "Cookie" not in answer.headers.get("Vary", ""), path
        assert "Set-Cookie" not in answer.headers
        assert "no-store" not in answer.headers.get("Cache-Control", "")
    asked = Browser(office.app).client.options("/api/v1/announcements")
    assert asked.headers["Access-Control-Allow-Headers"] == "If-None-Match"


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/api/v1/announcements?limit=0", 400, "parameter_invalid"),
        ("/api/v1/announcements?from=hôm nay", 400, "parameter_invalid"),
        ("/api/v1/announcements?to=2026-02-30", 400, "parameter_invalid"),
        ("/api/v1/announcements?category=%00", 400, "parameter_invalid"),
        ("/api/v1/announcements?cursor=AAAA", 400, "cursor_invalid"),
        ("/api/v1/announcements?unit=xa-khac", 404, "unit_unknown"),
        ("/api/v1/search", 400, "parameter_invalid"),
        ("/api/v1/search?q=", 400, "parameter_invalid"),
        ("/api/v1/search?q=họp&page=0", 400, "parameter_invalid"),
        ("/api/v1/search?q=họp&unit=xa-khac", 404, "unit_unknown"),
        ("/api/v1/announcements/0123456789ab", 404, "announcement_unknown"),
        ("/api/v1/announcements/01234%006789a", 404, "announcement_unknown"),
        ("/api/v1/khong-co", 404, "page_unknown"),
    ],
)
def test_what_cannot_be_answered_is_a_problem_with_a_sentence(
    program: Browser, path: str, status: int, code: str
) -> None:
    answer = program.get(path)
    assert answer.mimetype == "application/problem+json"
    told = answer.get_json()
    assert (answer.status_code, told["status"], told["code"]) == (status, status, code)
    assert told["detail"].endswith(".")


def test_a_withdrawn_announcement_is_gone_with_its_reason(
    commune: Commune, program: Browser
) -> None:
    announcement_id = commune.publish(1)
    commune.withdraw(announcement_id)
    answer = program.get(f"/api/v1/announcements/{announcement_id}")
    assert answer.status_code == 410
    assert "Đọc nhầm giờ" in answer.get_json()["detail"]


def test_every_operation_of_the_document_has_its_route_and_every_route_its_operation(
    office: Office,
) -> None:
    promised = {(one.method, PREFIX + one.rule) for one in OPERATIONS}
    routed = {
        (method, rule.rule)
        for rule in office.app.url_map.iter_rules()
        if rule.endpoint.split(".")[0] in ("open_api", "intake")
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    own = {("GET", f"{PREFIX}/"), ("GET", f"{PREFIX}/openapi.json")}
    assert routed - own == promised


def test_the_guide_names_every_operation_and_loads_nothing_foreign(program: Browser) -> None:
    page = program.text("/api/v1/")
    document = program.get("/api/v1/openapi.json").get_json()
    for path in document["paths"]:
        assert f"{document['servers'][0]['url']}{path}" in page
    assert "<script" not in page
    assert 'href="http' not in page
