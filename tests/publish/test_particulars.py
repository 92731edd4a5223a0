"""Summary, people, language and validity on the portal; when an urgent item leaves its head."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import feedparser
import pytest

from bridge.db import utc_now
from bridge.details import Particulars
from bridge.editing import save_details
from bridge.media import MediaStore
from bridge.models import Publication, Task
from bridge.tasks import TaskContext
from publish.feeds import build_feed
from publish.jobs import refresh_home
from publish.pages import Pages, captions_of
from tests.bridge.lifecycle import Life
from tests.publish.conftest import BROADCAST_AT
from tests.publish.pages import read_page

BASE = "https://loa.example"
UNTIL = datetime(2026, 11, 25, 10, tzinfo=UTC)


@pytest.fixture
def pages():
    return Pages(BASE)


def test_a_page_shows_what_was_said_about_the_announcement(pages, make_item):
    more = Particulars(
        summary="Trẻ dưới 5 tuổi đến trạm y tế.",
        speaker="Phát thanh viên",
        author="Trạm y tế xã Mẫu",
        source="Đài truyền thanh xã Mẫu",
        valid_until=UNTIL,
    )
    page = read_page(pages.item(make_item(particulars=more), None))
    for expected in (
        "Lịch tiêm chủng Trẻ dưới 5 tuổi đến trạm y tế.",
        "Có hiệu lực đến 17 giờ, Thứ Tư, 25/11/2026",
        "Người đọc: Phát thanh viên",
        "Người soạn: Trạm y tế xã Mẫu",
        "Nguồn phát: Đài truyền thanh xã Mẫu",
    ):
        assert expected in page.text
    assert "Ngôn ngữ" not in page.text
    described = {tag["property"]: tag["content"] for tag in page.all("meta") if "property" in tag}
    assert described["og:description"] == more.summary
    data = page.described("NewsArticle")
    assert (data["description"], data["expires"]) == (more.summary, "2026-11-25T10:00:00+00:00")


@pytest.mark.parametrize(
    ("validity", "words"),
    [
        ({"valid_from": BROADCAST_AT}, "Có hiệu lực từ 5 giờ 30 phút, Thứ Bảy, 21/11/2026"),
        (
            {"valid_from": BROADCAST_AT, "valid_until": UNTIL},
            "Có hiệu lực từ 5 giờ 30 phút, Thứ Bảy, 21/11/2026 đến 17 giờ, Thứ Tư, 25/11/2026",
        ),
    ],
)
def test_validity_is_said_in_words(pages, make_item, validity, words):
    page = read_page(pages.item(make_item(particulars=Particulars(**validity)), None))
    assert words in page.text


def test_what_nobody_said_leaves_no_trace(pages, make_item, unit_info):
    plain = pages.item(make_item(), None)
    for trace in ('class="summary"', "validity", "credits", "Ngôn ngữ", "expires"):
        assert trace not in plain.decode()
    assert b"summary" not in build_feed(unit_info, [make_item()], BASE)
    assert "description" not in read_page(plain).described("NewsArticle")


def test_another_language_is_told_to_browsers_and_readers(pages, make_item, unit_info):
    item = make_item("Kính thưa bà con.", particulars=Particulars(language="km"))
    page = read_page(pages.item(item, None))
    assert page.all("html", lang="vi")
    assert "data-at" not in page.all("span", lang="km")[0]
    assert len(page.all("span", lang="km")) == 1
    (track,) = page.all("track")
    assert (track["srclang"], track["label"]) == ("km", "Khmer")
    assert "Ngôn ngữ: Khmer" in page.text
    for kind in ("NewsArticle", "AudioObject"):
        assert page.described(kind)["inLanguage"] == "km"
    assert "Language: km" in captions_of(item)
    assert 'language="km"' in build_feed(unit_info, [item], BASE).decode()


def test_a_remark_is_vietnamese_whatever_is_spoken(pages, make_item):
    item = make_item("[nhạc]", particulars=Particulars(language="km"))
    remark = replace(item.segments[0], kind="music")
    page = read_page(pages.item(replace(item, segments=(remark,)), None))
    assert page.all("span", **{"class": "remark"})
    assert not page.all("span", lang="km")


def test_the_feed_has_the_summary(make_item, unit_info):
    item = make_item(particulars=Particulars(summary="Trẻ dưới 5 tuổi."))
    (entry,) = feedparser.parse(build_feed(unit_info, [item], BASE)).entries
    assert "Kính thưa bà con." in entry.description or entry.summary
    assert b"<itunes:summary>" in build_feed(unit_info, [item], BASE)


def test_what_people_write_of_an_announcement_stays_text(pages, make_item, unit_info):
    evil = "<script>alert('1')</script> \"&'"
    more = Particulars(summary=evil, speaker=evil, author=evil, source=evil, valid_until=UNTIL)
    item = make_item(particulars=more, priority="urgent")
    for content in (pages.item(item, None), pages.home(unit_info, [item], None)):
        assert b"<script>alert" not in content


def test_an_urgent_item_heads_the_page_until_its_validity_ends(pages, make_item, unit_info):
    urgent = make_item(
        id="urgent000001", priority="urgent", particulars=Particulars(valid_until=UNTIL)
    )
    newer = make_item(broadcast_at=urgent.broadcast_at + timedelta(days=3))
    for now, heads in (
        (None, True),
        (UNTIL - timedelta(seconds=1), True),
        (UNTIL, False),
        (UNTIL + timedelta(days=1), False),
    ):
        page = read_page(pages.home(unit_info, [newer, urgent], None, now))
        assert bool(page.all("section", **{"class": "urgent"})) is heads, now
        assert ("Có hiệu lực đến 17 giờ, Thứ Tư, 25/11/2026" in page.text) is heads, now
        assert page.text.count("KHẨN CẤP") == 1


@pytest.fixture
def portal(settings, database, unit):
    """A unit's life, and what its tasks run in."""
    media = MediaStore(settings.media_dir)
    return Life(database, media, unit), TaskContext(settings, database, media)


def publish_urgent(life):
    """An urgent announcement on the portal that holds for one more hour; its id, and its end."""
    announcement_id, editor = life.reviewable(), life.person("editor")
    until = utc_now() + timedelta(hours=1)
    with life.db.writing() as session:
        save_details(
            session,
            announcement_id=announcement_id,
            expected_version=1,
            actor_id=editor,
            title="Nước sông lên",
            category="",
            area="",
            priority="urgent",
            broadcast_at=until - timedelta(hours=2),
            particulars=Particulars(valid_until=until),
        )
    life.publish(life.approve(announcement_id, life.person("approver")))
    return announcement_id, until


def refreshes(life):
    with life.db.reading() as session:
        tasks = session.query(Task).where(Task.kind == "refresh_home").order_by(Task.created_at)
        return [(task.id, task.state, task.not_before) for task in tasks]


def let_its_time_come(life, task_id):
    with life.db.writing() as session:
        session.get_one(Task, task_id).not_before = utc_now()


def heads_the_page(context, life):
    page = read_page((context.settings.site_dir / life.unit.slug / "index.html").read_bytes())
    return bool(page.all("section", **{"class": "urgent"}))


def test_the_home_page_is_written_again_when_the_validity_has_ended(portal):
    life, context = portal
    announcement_id, until = publish_urgent(life)
    ((task_id, state, at),) = refreshes(life)
    assert (state, at) == ("queued", until)
    let_its_time_come(life, task_id)
    refresh_home(context, life.claim(task_id))
    # Too early: it stays, and the task waits anew.
    assert heads_the_page(context, life)
    (first, second) = refreshes(life)
    assert (first[1], second[1:]) == ("done", ("queued", until))
    with life.db.writing() as session:
        row = session.query(Publication).where(Publication.announcement_id == announcement_id).one()
        row.content = {**row.content, "valid_until": utc_now().isoformat()}
    let_its_time_come(life, second[0])
    refresh_home(context, life.claim(second[0]))
    assert not heads_the_page(context, life)
    assert [state for _, state, _ in refreshes(life)] == ["done", "done"]
