"""Versions of a segment, and the text against the machine's."""

import re

from bridge.editing import save_segment_text
from bridge.flags import hide_segment
from tests.web.conftest import Office
from tests.web.desk import page_of

TEXTS = ("Trạm sá xã thông báo.", "Tiêm chủng lúc 7 giờ.", "Xin cảm ơn.")


def save(office: Office, announcement: str, place: int, text: str) -> str:
    """Somebody saves a text; the segment's id."""
    segment = office.view(announcement).segments[place]
    with office.services.db.writing() as session:
        save_segment_text(
            session,
            segment_id=segment.id,
            expected_version=segment.version,
            text=text,
            actor_id=office.person("editor").id,
        )
    return segment.id


def plain(html: str) -> str:
    return " ".join(re.sub("<[^>]*>", " ", html).split())


def test_the_versions_of_a_segment_and_what_each_changed(office: Office) -> None:
    announcement = office.in_review(texts=TEXTS)
    segment = save(office, announcement, 0, "Trạm xá xã thông báo.")
    save(office, announcement, 0, "Trạm xá xã xin thông báo.")
    browser = office.browser("editor")
    address = f"{page_of(announcement)}/doan/{segment}/lich-su"
    html = browser.ask("GET", address).get_json()["html"]
    assert html.count("<li>") == 3
    assert "<del>sá</del> <ins>xá</ins>" in html
    assert html.index("<ins>xin</ins>") < html.index("<ins>xá</ins>")  # the latest first
    assert html.count("data-restore=") == 2
    assert 'data-restore="Trạm sá xã thông báo."' in html
    against_machine = browser.ask("GET", f"{address}?so=0").get_json()["html"]
    assert against_machine.count("<ins>xá</ins>") == 2
    unknown = browser.ask("GET", f"{address}?so=99").get_json()["html"]
    assert unknown.count("<ins>xá</ins>") == 1


def test_versions_of_foreign_segments_do_not_exist(office: Office) -> None:
    announcement, other = office.in_review(texts=TEXTS), office.in_review(texts=TEXTS)
    foreign = office.view(other).segments[0].id
    browser = office.browser("editor")
    assert browser.ask("GET", f"{page_of(announcement)}/doan/{foreign}/lich-su").status_code == 404
    stranger = office.browser("editor", unit=office.unit_named("xa-khac", "Xã Khác"))
    assert stranger.get(f"{page_of(other)}/so-voi-may").status_code == 404


def test_the_whole_text_against_the_machines(office: Office) -> None:
    announcement = office.in_review(texts=TEXTS)
    browser = office.browser("approver")
    address = f"{page_of(announcement)}/so-voi-may"
    assert "chưa ai sửa đoạn nào" in browser.text(address)
    save(office, announcement, 0, "Trạm xá xã thông báo.")
    with office.services.db.writing() as session:
        last = office.view(announcement).segments[2].id
        hide_segment(session, segment_id=last, actor_id=office.person("editor").id)
    page = browser.text(address)
    assert "2 trong 3 đoạn khác với chữ máy nghe." in plain(page)
    assert "<del>sá</del> <ins>xá</ins>" in page
    assert "Đã ẩn khỏi bản tin. Xin cảm ơn." in plain(page)
    assert "7 giờ" not in page
    assert f'href="{address}"' in browser.text(page_of(announcement))


def test_what_people_type_is_shown_as_text(office: Office) -> None:
    announcement = office.in_review(texts=TEXTS)
    segment = save(office, announcement, 0, '<b onclick="x">Trạm</b>')
    browser = office.browser("editor")
    html = browser.ask("GET", f"{page_of(announcement)}/doan/{segment}/lich-su").get_json()["html"]
    assert "<b onclick" not in html + browser.text(f"{page_of(announcement)}/so-voi-may")
