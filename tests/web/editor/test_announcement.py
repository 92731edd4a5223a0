import re

from bridge.audit import note_announcement
from bridge.models import Announcement
from bridge.publishing import prepare_publication, record_publication
from bridge.review import approve_announcement
from bridge.tasks import claim_task
from tests.bridge.lifecycle import nothing_to_check
from tests.web.conftest import TEXTS, Office


def page_of(announcement: str) -> str:
    return f"/lam-viec/ban-tin/{announcement}"


def publish(office: Office, announcement: str) -> None:
    """Approve and publish as a worker would, without making the pages."""
    db = office.services.db
    with db.writing() as session:
        task_id = approve_announcement(
            session,
            announcement_id=announcement,
            digest=office.view(announcement).digest,
            actor_id=office.person("approver").id,
            must_check=nothing_to_check,
        )
    run = claim_task(db, task_id, worker="test", lease_s=60)
    assert run is not None
    with db.writing() as session:
        record_publication(session, run, prepare_publication(session, run), {})


def test_an_editor_gets_one_field_per_segment_and_the_sound(office: Office) -> None:
    announcement = office.in_review()
    page = office.browser("editor").text(page_of(announcement))
    assert re.findall(r'<textarea name="text-\w+"[^>]*>([^<]*)<', page) == list(TEXTS)
    assert f'<audio controls preload="none" src="{page_of(announcement)}/am-thanh"' in page
    assert page.count('<path d="M') >= 2  # the sound line, and the part that is heard
    assert "data-clock" in page


def test_a_recording_with_holes_says_so_where_it_is_corrected(office: Office) -> None:
    announcement = office.in_review()
    assert "bản ghi thiếu vài giây" not in office.browser("editor").text(page_of(announcement))
    with office.services.db.writing() as session:
        row = session.get_one(Announcement, announcement)
        note_announcement(session, row, None, "capture_holes", pieces=3)
    page = office.browser("editor").text(page_of(announcement))
    assert "Khi thu có 3 mảnh không gửi tới được máy chủ nên bản ghi thiếu vài giây." in page


def test_a_recording_of_which_sound_was_dropped_says_so_where_it_is_corrected(
    office: Office,
) -> None:
    announcement = office.in_review()
    with office.services.db.writing() as session:
        row = session.get_one(Announcement, announcement)
        note_announcement(session, row, None, "capture_dropped", seconds=40)
    page = office.browser("editor").text(page_of(announcement))
    assert "bản ghi thiếu chừng 40 giây." in page
    assert "thiếu chừng 40 giây vì máy chủ không ghi kịp xuống ổ đĩa" in page


def test_text_that_people_wrote_is_shown_as_text(office: Office) -> None:
    announcement = office.in_review(title='<script>alert(1)</script>"><b>')
    segment = office.view(announcement).segments[0]
    browser = office.browser("editor")
    answer = browser.ask(
        "PATCH",
        f"{page_of(announcement)}/doan/{segment.id}",
        json={"text": "</textarea><script>alert(2)</script>"},
        headers={"If-Match": '"1"'},
    )
    assert answer.status_code == 200
    for path in (page_of(announcement), "/lam-viec/"):
        page = browser.text(path)
        assert "<script>alert" not in page
        assert "&lt;script&gt;alert(1)" in page


def test_an_operator_reads_without_fields_and_without_the_original(office: Office) -> None:
    announcement = office.in_review()
    page = office.browser("operator").text(page_of(announcement))
    assert TEXTS[1] in re.sub("<[^>]*>", "", page)
    assert "<textarea" not in page
    assert "/ban-goc" not in page


def test_while_the_machine_listens_the_page_shows_text_and_progress(office: Office) -> None:
    announcement, _run = office.transcribing(heard=2)
    browser = office.browser("editor")
    page = browser.text(page_of(announcement))
    assert TEXTS[0] in page
    assert "Đã nghe 0:03 / 0:09" in page
    assert 'value="40"' in page
    assert "<audio" not in page  # there is no listening copy yet
    told = browser.ask("GET", f"{page_of(announcement)}/trang-thai?tu=1").get_json()
    assert told["segments"] == [{"clock": "0:03", "text": TEXTS[1]}]
    assert (told["percent"], told["moving"], told["word"]) == (40, True, "Đang chép lời")


def test_the_state_names_the_text_as_it_stands(office: Office) -> None:
    announcement = office.in_review()
    told = office.browser("editor").ask("GET", f"{page_of(announcement)}/trang-thai").get_json()
    view = office.view(announcement)
    assert (told["digest"], told["version"]) == (view.digest, view.version)
    assert told["moving"] is False
    assert "segments" not in told


def test_a_published_text_is_opened_for_editing_only_when_asked(office: Office) -> None:
    announcement = office.in_review()
    publish(office, announcement)
    browser = office.browser("editor")
    page = browser.text(page_of(announcement))
    assert f'href="/xa-mau/{announcement}/"' in page
    assert "<textarea name=" not in page
    assert "Sửa bản đã đăng" in page
    page = browser.text(f"{page_of(announcement)}?sua=1")
    assert "<textarea name=" in page
    assert "Trang đã đăng giữ nguyên" in page
    told = browser.ask("GET", f"{page_of(announcement)}/trang-thai").get_json()
    assert (told["state"], told["page_path"]) == ("published", f"/xa-mau/{announcement}/")


def test_history_reads_as_sentences_with_the_newest_first(office: Office) -> None:
    announcement = office.in_review()
    browser = office.browser("editor")
    for segment in office.view(announcement).segments[:2]:
        browser.ask(
            "PATCH",
            f"{page_of(announcement)}/doan/{segment.id}",
            json={"text": "Chữ mới."},
            headers={"If-Match": '"1"'},
        )
    page = browser.text(page_of(announcement))
    lines = re.findall(r"</time><span>([^<]*)</span>", page)
    assert lines == ["Nguyễn An sửa chữ ở 2 đoạn", "Máy chép lời xong", "Máy gửi bản ghi"]


def test_a_foreign_announcement_looks_like_none_at_all(office: Office) -> None:
    announcement = office.in_review()
    other = office.unit_named("xa-khac", "Xã Khác")
    browser = office.browser("editor", "approver", "admin", unit=other)
    for end in ("", "/trang-thai", "/am-thanh", "/ban-goc"):
        foreign = browser.get(f"{page_of(announcement)}{end}")
        missing = browser.get(f"{page_of('0123456789ab')}{end}")
        assert foreign.status_code == missing.status_code == 404
        assert "Không tìm thấy bản tin này" in foreign.get_data(as_text=True)
