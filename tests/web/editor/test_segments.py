import pytest

from bridge.queries import SegmentView
from bridge.transcript import Segment
from bridge.transcription import finish_transcription, save_segments
from tests.conftest import DATABASES
from tests.web.conftest import TEXTS, Browser, Office

both_databases = pytest.mark.parametrize("office", DATABASES, indirect=True)


def address(announcement_id: str, segment: SegmentView) -> str:
    return f"/lam-viec/ban-tin/{announcement_id}/doan/{segment.id}"


def save(browser: Browser, path: str, text: object, version: object = '"1"'):  # type: ignore[no-untyped-def]
    headers = {} if version is None else {"If-Match": str(version)}
    return browser.ask("PATCH", path, json={"text": text}, headers=headers)


@both_databases
def test_a_save_under_the_version_that_was_read_stands(office: Office) -> None:
    announcement = office.in_review()
    segment = office.view(announcement).segments[1]
    answer = save(office.browser("editor"), address(announcement, segment), "Tiêm  lúc 8 giờ. ")
    assert answer.status_code == 200
    assert answer.headers["ETag"] == '"2"'
    told = answer.get_json()
    assert told["text"] == "Tiêm lúc 8 giờ."
    assert told["version"] == 2
    view = office.view(announcement)
    assert view.segments[1].text == "Tiêm lúc 8 giờ."
    assert told["announcement_version"] == view.version
    assert len(told["saved_at"]) == 5


@both_databases
def test_a_save_under_an_old_version_changes_nothing_and_gets_the_text_that_stands(
    office: Office,
) -> None:
    announcement = office.in_review()
    path = address(announcement, office.view(announcement).segments[0])
    assert save(office.browser("editor"), path, "Bản của người thứ nhất.").status_code == 200
    answer = save(office.browser("editor"), path, "Bản của người thứ hai.")
    assert answer.status_code == 412
    assert answer.get_json()["error"]["data"] == {
        "current_version": 2,
        "current_text": "Bản của người thứ nhất.",
    }
    assert office.view(announcement).segments[0].text == "Bản của người thứ nhất."


def test_a_save_without_a_version_is_asked_for_one(office: Office) -> None:
    announcement = office.in_review()
    segment = office.view(announcement).segments[0]
    answer = save(office.browser("editor"), address(announcement, segment), "Chữ mới.", None)
    assert answer.status_code == 428
    assert answer.get_json()["error"]["code"] == "version_missing"
    assert office.view(announcement).segments[0].text == TEXTS[0]


def test_a_repeated_save_is_harmless(office: Office) -> None:
    announcement = office.in_review()
    path = address(announcement, office.view(announcement).segments[0])
    browser = office.browser("editor")
    for _ in range(2):
        answer = save(browser, path, "Chữ mới.")
        assert (answer.status_code, answer.get_json()["version"]) == (200, 2)
    assert answer.get_json()["changed"] is False


@pytest.mark.parametrize("body", [{}, {"text": 5}, ["text"], {"text": None}])
def test_a_body_that_says_nothing_is_refused(office: Office, body: object) -> None:
    announcement = office.in_review()
    path = address(announcement, office.view(announcement).segments[0])
    browser = office.browser("editor")
    answer = browser.ask("PATCH", path, json=body, headers={"If-Match": '"1"'})
    assert answer.status_code == 400
    answer = browser.ask("PATCH", path, data=b"{", headers={"If-Match": '"1"'})
    assert answer.status_code == 400


def test_only_editors_save_and_foreign_segments_do_not_exist(office: Office) -> None:
    announcement, second = office.in_review(), office.in_review()
    segment = office.view(announcement).segments[0]
    path = address(announcement, segment)
    assert save(office.browser("operator"), path, "x").status_code == 403
    other = office.unit_named("xa-khac", "Xã Khác")
    assert save(office.browser("editor", unit=other), path, "x").status_code == 404
    # A segment is reached by its own announcement's address only.
    wrong_place = address(second, segment)
    assert save(office.browser("editor"), wrong_place, "x").status_code == 404
    assert office.view(announcement).segments[0].text == TEXTS[0]


def test_a_withdrawn_text_is_not_edited(office: Office) -> None:
    from bridge.review import withdraw_announcement

    announcement = office.in_review()
    with office.services.db.writing() as session:
        withdraw_announcement(
            session,
            announcement_id=announcement,
            reason="thử",
            actor_id=office.person("approver").id,
        )
    path = address(announcement, office.view(announcement).segments[0])
    answer = save(office.browser("editor"), path, "Chữ mới.")
    assert answer.status_code == 409
    assert "“Đã gỡ”" in answer.get_json()["error"]["message"]


def fields_of(office: Office, announcement: str, **texts: str) -> dict[str, str]:
    """The plain form as the page would send it, with some texts changed."""
    fields = {}
    for number, segment in enumerate(office.view(announcement).segments):
        fields[f"text-{segment.id}"] = texts.get(f"s{number}", segment.text)
        fields[f"version-{segment.id}"] = str(segment.version)
    return fields


@both_databases
def test_a_plain_form_saves_what_was_changed_and_only_that(office: Office) -> None:
    announcement = office.in_review()
    fields = fields_of(office, announcement, s0="Thưa bà con.", s2="Xin chào.")
    answer = office.browser("editor").post(f"/lam-viec/ban-tin/{announcement}/loi", fields)
    assert answer.status_code == 303
    texts = [(item.text, item.version) for item in office.view(announcement).segments]
    assert texts == [("Thưa bà con.", 2), (TEXTS[1], 1), ("Xin chào.", 2)]


def test_a_plain_form_that_comes_late_shows_both_texts_and_saves_the_rest(office: Office) -> None:
    announcement = office.in_review()
    late = fields_of(office, announcement, s0="Chữ của tôi.", s1="Câu khác.")
    path = address(announcement, office.view(announcement).segments[0])
    assert save(office.browser("editor"), path, "Chữ của họ.").status_code == 200
    browser = office.browser("editor")
    answer = browser.post(f"/lam-viec/ban-tin/{announcement}/loi", late)
    page = answer.get_data(as_text=True)
    assert answer.status_code == 412
    assert ">Chữ của tôi.</textarea>" in page
    assert '<q lang="vi">Chữ của họ.</q>' in page
    assert office.view(announcement).segments[0].text == "Chữ của họ."
    assert office.view(announcement).segments[1].text == "Câu khác."
    # The page that came back carries the new version: sent again, it is the person's choice.
    segment = office.view(announcement).segments[0]
    assert f'name="version-{segment.id}" value="2"' in page


def test_a_refused_form_loses_nothing_that_was_typed(office: Office) -> None:
    announcement = office.in_review()
    fields = fields_of(office, announcement, s0="Câu đã gõ.", s1="x" * 10_001)
    answer = office.browser("editor").post(f"/lam-viec/ban-tin/{announcement}/loi", fields)
    page = answer.get_data(as_text=True)
    assert answer.status_code == 400
    assert "dài quá 10000 chữ cái" in page
    assert ">Câu đã gõ.</textarea>" in page
    assert "x" * 10_001 in page
    assert office.view(announcement).segments[0].text == TEXTS[0]


def other_sounds(office: Office) -> str:
    """An announcement of silence, music and what nobody understood."""
    announcement, run = office.transcribing(heard=0)
    with office.services.db.writing() as session:
        save_segments(
            session,
            run,
            office.engine_run_id,
            [
                Segment(0, 4_200, "", (), "silence"),
                Segment(4_200, 6_000, "[nhạc]", (), "music"),
                Segment(6_000, 9_000, "[chưa nhận dạng]", (), "unrecognised"),
            ],
        )
        finish_transcription(session, run, office.engine_run_id)
    office.listening_copy(announcement).write_bytes(b"sound")
    return announcement


def test_silence_is_told_in_an_empty_field(office: Office) -> None:
    announcement = other_sounds(office)
    page = office.browser("editor").text(f"/lam-viec/ban-tin/{announcement}")
    assert 'placeholder="Im lặng 4 giây"' in page
    assert page.count('placeholder="Im lặng') == 1
    assert ">[nhạc]</textarea>" in page
    assert ">[chưa nhận dạng]</textarea>" in page
    read = office.browser("operator").text(f"/lam-viec/ban-tin/{announcement}")
    assert '<p lang="vi" data-text>Im lặng 4 giây</p>' in read


def test_words_typed_into_silence_make_it_speech(office: Office) -> None:
    announcement = other_sounds(office)
    path = address(announcement, office.view(announcement).segments[0])
    answer = save(office.browser("editor"), path, "Kính thưa bà con.").get_json()
    assert (answer["text"], answer["kind"]) == ("Kính thưa bà con.", "speech")
    page = office.browser("editor").text(f"/lam-viec/ban-tin/{announcement}")
    assert 'placeholder="Im lặng' not in page
