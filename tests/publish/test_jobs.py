"""The publishing tasks over real databases, a real store and real sound."""

import shutil
import threading
from dataclasses import replace
from datetime import timedelta

import feedparser
import pytest

from bridge.cut_list import CutList
from bridge.db import utc_now
from bridge.editing import save_segment_text
from bridge.errors import LeaseLost, TaskFailed
from bridge.flags import cover_segment, hide_segment
from bridge.media import WORKING_COPY, MediaStore
from bridge.models import Announcement, Membership, Task
from bridge.publications import published_item
from bridge.publishing import prepare_publication, record_publication
from bridge.review import reopen_announcement, withdraw_announcement
from bridge.tasks import TaskContext, add_task, finish_task, queued_ids
from publish.audio import make_published_audio
from publish.dates import format_date
from publish.inspection import inspect_site
from publish.jobs import publish_announcement, unpublish_announcement, write_pages
from publish.leftovers import is_being_published
from publish.previews import make_preview
from publish.remaking import remake_sound
from publish.site import GONE_MARKER, open_site
from tests.bridge.lifecycle import Life
from tests.publish.pages import read_page
from tests.publish.schemas import cap_faults
from tests.publish.sounds import RATE, decode, speech_like, write_working_copy


class Portal:
    """A unit with its people, its store and its site."""

    def __init__(self, settings, database, unit, person, recording):
        self.recording = recording
        media = MediaStore(settings.media_dir)
        self.life = Life(database, media, unit)
        self.context = TaskContext(settings, database, media)
        self.approver = person("approver", "editor")
        self.editor = person("editor")
        self.root = settings.site_dir

    def reviewable(self, content=b"sound", **details):
        """An announcement in review whose working copy is there."""
        announcement_id = self.life.reviewable(content, **details)
        path = self.context.media.derived(self.life.view(announcement_id).sha256, WORKING_COPY)
        shutil.copy(self.recording, path)
        return announcement_id

    def approve(self, announcement_id, **more):
        return self.life.approve(announcement_id, self.approver.id, **more)

    def publish(self, announcement_id, **more):
        run = self.life.claim(self.approve(announcement_id, **more))
        publish_announcement(self.context, run)
        return run

    def withdraw(self, announcement_id, reason="Ghi nhầm ngày họp."):
        with self.life.db.writing() as session:
            return withdraw_announcement(
                session,
                announcement_id=announcement_id,
                reason=reason,
                actor_id=self.approver.id,
            )

    def reopen(self, announcement_id):
        with self.life.db.writing() as session:
            reopen_announcement(session, announcement_id=announcement_id, actor_id=self.approver.id)

    def edit(self, announcement_id, text):
        segment = self.life.view(announcement_id).segments[0]
        with self.life.db.writing() as session:
            save_segment_text(
                session,
                segment_id=segment.id,
                expected_version=segment.version,
                text=text,
                actor_id=self.editor.id,
            )

    def item(self, announcement_id):
        with self.life.db.reading() as session:
            return published_item(session, announcement_id)

    def folder(self, announcement_id):
        return self.root / "xa-mau" / announcement_id

    def names(self, announcement_id):
        names = {path.name for path in self.folder(announcement_id).iterdir()}
        return {name for name in names if not name.endswith(".gz")}

    def page(self, announcement_id=""):
        return read_page((self.folder(announcement_id) / "index.html").read_bytes())

    def feed(self):
        return feedparser.parse((self.root / "xa-mau" / "feed.xml").read_bytes())


@pytest.fixture(scope="module")
def recording(tmp_path_factory):
    """Six seconds of a voice, as the transcription task leaves them."""
    return write_working_copy(tmp_path_factory.mktemp("sound") / WORKING_COPY, speech_like(6))


@pytest.fixture
def portal(settings, database, unit, person, recording):
    return Portal(settings, database, unit, person, recording)


def test_an_approved_announcement_comes_out_whole(portal):
    announcement = portal.reviewable(title="Lịch tiêm phòng")
    run = portal.publish(announcement)
    assert portal.life.state(announcement) == "published"
    assert portal.life.task(run.id).state == "done"
    item = portal.item(announcement)
    assert item.revision == 1
    digest = item.digest[:12]
    assert portal.names(announcement) == {
        "index.html",
        "nhung.html",
        f"audio-{digest}.mp3",
        f"audio-{digest}.webm",
        f"captions-{digest}.vtt",
        f"text-{digest}.txt",
    }
    assert "Bảy giờ sáng mai tiêm phòng." in portal.page(announcement).text
    assert portal.page().all("a", href=f"{announcement}/")
    mp3 = item.audio["mp3"]
    (entry,) = portal.feed().entries
    assert entry.enclosures[0].length == str(mp3["bytes"])
    decoded = decode(portal.folder(announcement) / mp3["name"])
    assert len(decoded.sound) / 24_000 == pytest.approx(6, abs=0.1)
    assert decoded.metadata == {"title": "Lịch tiêm phòng"}
    assert (portal.root / "index.html").is_file()


def test_what_was_corrected_is_said_on_the_page_with_its_day(portal):
    announcement = portal.reviewable()
    portal.publish(announcement)
    portal.edit(announcement, "Kính thưa bà con.")
    portal.publish(announcement, public_note="Trước đây ghi thiếu lời chào.")
    page = portal.page(announcement).text
    day = format_date(portal.item(announcement).published_at, "Asia/Ho_Chi_Minh")
    assert f"Đính chính ngày {day}: Trước đây ghi thiếu lời chào." in page
    assert "Bản tin này đã được sửa" not in page
    portal.edit(announcement, "Kính thưa bà con nhân dân xã.")
    portal.publish(announcement, spelling_only=True)
    page = portal.page(announcement).text
    assert f"Đính chính ngày {day}: Trước đây ghi thiếu lời chào." in page
    assert "Bản tin này đã được sửa" in page
    with portal.life.db.reading() as session:  # what stands is what a rebuild would write
        assert list(inspect_site(session, open_site(portal.context.settings), deep=True)) == []


def test_a_standing_page_is_looked_after_while_its_next_revision_waits_for_its_hour(portal):
    announcement = portal.reviewable()
    portal.publish(announcement)
    portal.edit(announcement, "Kính thưa bà con.")
    portal.approve(announcement, publish_at=utc_now() + timedelta(days=90))
    page = portal.folder(announcement) / "index.html"
    page.unlink()
    with portal.life.db.reading() as session:
        assert not is_being_published(session, announcement)
        found = list(inspect_site(session, open_site(portal.context.settings)))
    assert [one.subject for one in found] == [announcement]


def test_a_hidden_segment_is_in_no_file_of_the_portal(portal):
    announcement = portal.reviewable(title="Lịch tiêm phòng")
    first, second = portal.life.view(announcement).segments
    with portal.life.db.writing() as session:
        hide_segment(session, segment_id=first.id, actor_id=portal.editor.id)
    portal.publish(announcement)
    for path in portal.root.rglob("*"):
        if path.suffix in (".html", ".vtt", ".txt", ".xml", ".json"):
            assert first.text not in path.read_text(encoding="utf-8"), path
    assert second.text in portal.page(announcement).text
    assert portal.life.view(announcement).segments[0].text == first.text


def test_a_correction_replaces_the_former_revision(portal):
    announcement = portal.reviewable(title="Lịch tiêm phòng")
    portal.publish(announcement)
    before = portal.names(announcement)
    portal.edit(announcement, "Kính thưa toàn thể bà con.")
    assert "Kính thưa bà con nhân dân." in portal.page(announcement).text
    portal.publish(announcement)
    page = portal.page(announcement)
    assert "Kính thưa toàn thể bà con." in page.text
    assert "Bản tin này đã được sửa lúc" in page.text
    assert portal.names(announcement) & before == {"index.html", "nhung.html"}
    assert len(portal.names(announcement)) == 6
    assert len(portal.feed().entries) == 1


def test_run_twice_the_second_does_nothing(portal):
    announcement = portal.reviewable(title="Lịch")
    run = portal.publish(announcement)
    before = (portal.folder(announcement) / "index.html").stat().st_mtime_ns
    with pytest.raises(LeaseLost):
        publish_announcement(portal.context, run)
    assert (portal.folder(announcement) / "index.html").stat().st_mtime_ns == before
    assert portal.item(announcement).revision == 1


def test_a_run_killed_after_the_sound_is_done_again(portal):
    announcement = portal.reviewable(title="Lịch")
    run = portal.life.claim(portal.approve(announcement))
    folder = portal.folder(announcement)
    folder.mkdir(parents=True)
    (folder / ".audio-0123456789ab.mp3.0000.tmp").write_bytes(b"half a draft")
    view = portal.life.view(announcement)
    source = portal.context.media.derived(view.sha256, WORKING_COPY)
    early = make_published_audio(
        source, folder, cut_list=CutList(0, 6000), digest=view.digest, title="Lịch"
    )
    publish_announcement(portal.context, run)
    assert portal.item(announcement).audio == early
    assert len(portal.names(announcement)) == 6


def prepare(portal, announcement):
    """A worker with nothing else to do makes the sound; the folder in which it lies."""
    with portal.context.db.writing() as session:
        task_id = add_task(session, kind="prepare", announcement_id=announcement)
    make_preview(portal.context, portal.life.claim(task_id))
    assert portal.life.task(task_id).state == "done"
    return portal.context.media.copies_folder(portal.life.view(announcement).sha256)


def test_what_was_prepared_is_published_without_encoding(portal):
    announcement = portal.reviewable(title="Lịch")
    copies = prepare(portal, announcement)
    source, encoded = copies / WORKING_COPY, copies / "encoded"
    encoded.mkdir()
    audio = make_published_audio(
        source,
        encoded,
        cut_list=CutList(0, 6000),
        digest=portal.life.view(announcement).digest,
        title="Lịch",
    )
    source.unlink()
    portal.publish(announcement)
    assert portal.item(announcement).audio == audio
    assert not list(portal.folder(announcement).glob("*.tmp"))
    # Nothing is prepared of what is out.
    for path in copies.glob("preview-*"):
        path.unlink()
    assert not list(prepare(portal, announcement).glob("preview-*"))


def test_preparing_makes_way_for_what_somebody_waits_for(portal):
    announcement = portal.reviewable(title="Lịch")
    sha256 = portal.life.view(announcement).sha256
    with portal.context.db.writing() as session:
        task_id = add_task(session, kind="prepare", announcement_id=announcement)
    run = portal.life.claim(task_id)
    waiting = portal.life.receive(b"just sent").task_id
    with pytest.MonkeyPatch.context() as patch:
        # Told after ten seconds of sound; the announcement has six.
        patch.setattr("publish.audio._TOLD_EVERY_S", 1)
        make_preview(portal.context, run)
    assert (portal.life.task(task_id).state, portal.life.task(task_id).attempt) == ("queued", 0)
    folder = portal.context.media.copies_folder(sha256)
    assert {path.name for path in folder.iterdir()} == {WORKING_COPY}
    with portal.context.db.reading() as session:
        assert queued_ids(session) == [waiting, task_id]


def test_what_was_prepared_before_something_was_cut_is_not_published(portal):
    announcement = portal.reviewable(title="Lịch")
    copies = prepare(portal, announcement)
    whole = {path.name for path in copies.glob("preview-*")}
    assert len(whole) == 2
    first = portal.life.view(announcement).segments[0]
    with portal.context.db.writing() as session:
        actor_id = portal.life.person("editor")
        cover_segment(session, segment_id=first.id, cover="cut", actor_id=actor_id)
    portal.publish(announcement)
    item = portal.item(announcement)
    assert item.duration_ms == 6000 - (first.end_ms - first.start_ms)
    path = portal.folder(announcement) / item.audio["webm"]["name"]
    assert len(decode(path).sound) / RATE == pytest.approx(item.duration_ms / 1000, abs=0.05)


def test_pages_written_by_a_run_that_died_before_its_commit_are_written_again(portal):
    announcement = portal.reviewable(title="Lịch")
    run = portal.life.claim(portal.approve(announcement))
    with pytest.raises(InterruptedError):
        die_before_commit(portal, run)
    assert portal.life.state(announcement) == "approved"
    assert portal.folder(announcement).joinpath("index.html").is_file()
    publish_announcement(portal.context, run)
    assert portal.life.state(announcement) == "published"
    assert portal.item(announcement).revision == 1


def test_a_first_page_is_taken_back_when_the_rest_cannot_be_written(portal):
    announcement = portal.reviewable(title="Lịch")
    run = portal.life.claim(portal.approve(announcement))
    obstacle = portal.root / "xa-mau" / "feed.xml"
    obstacle.mkdir(parents=True)
    with pytest.raises(OSError, match=r"feed\.xml"):
        publish_announcement(portal.context, run)
    assert portal.life.state(announcement) == "approved"
    assert not portal.folder(announcement).exists()
    obstacle.rmdir()
    publish_announcement(portal.context, run)
    assert len(portal.names(announcement)) == 6


def test_the_published_revision_stands_when_a_correction_cannot_be_written(portal):
    announcement = portal.reviewable(title="Lịch")
    portal.publish(announcement)
    standing = portal.names(announcement)
    portal.edit(announcement, "Lời đã sửa.")
    run = portal.life.claim(portal.approve(announcement))
    obstacle = portal.root / "xa-mau" / "feed.xml"
    obstacle.unlink()
    obstacle.mkdir()
    with pytest.raises(OSError, match=r"feed\.xml"):
        publish_announcement(portal.context, run)
    assert portal.names(announcement) == standing
    assert "Kính thưa bà con nhân dân." in portal.page(announcement).text
    assert portal.item(announcement).revision == 1


def test_a_missing_working_copy_fails_for_good_and_publishes_nothing(portal):
    announcement = portal.reviewable(title="Lịch")
    view = portal.life.view(announcement)
    portal.context.media.derived(view.sha256, WORKING_COPY).unlink()
    run = portal.life.claim(portal.approve(announcement))
    with pytest.raises(TaskFailed) as caught:
        publish_announcement(portal.context, run)
    assert caught.value.code == "media_missing"
    assert portal.item(announcement) is None
    assert not portal.folder(announcement).exists()


def test_an_approval_that_falls_during_encoding_publishes_nothing(portal):
    announcement = portal.reviewable(title="Lịch")
    run = portal.life.claim(portal.approve(announcement))
    with portal.life.db.writing() as session:
        draft = prepare_publication(session, run)
    portal.edit(announcement, "Lời đã sửa.")
    portal.approve(announcement)  # a new approval, of another text
    with portal.life.db.writing() as session, pytest.raises((TaskFailed, LeaseLost)):
        record_publication(session, run, draft, {})
    assert portal.item(announcement) is None


def test_a_page_whose_run_died_before_its_commit_goes_when_the_text_is_edited(portal):
    announcement = portal.reviewable(title="Lịch")
    run = portal.life.claim(portal.approve(announcement))
    with pytest.raises(InterruptedError):
        die_before_commit(portal, run)
    assert portal.folder(announcement).joinpath("index.html").is_file()
    portal.edit(announcement, "Lời đã sửa.")
    with portal.life.db.reading() as session:
        (task_id,) = queued_ids(session)
    unpublish_announcement(portal.context, portal.life.claim(task_id))
    assert not portal.folder(announcement).exists()
    assert announcement not in (portal.root / "xa-mau" / "index.html").read_text(encoding="utf-8")


def test_an_edit_before_any_publishing_began_needs_no_tidying(portal):
    announcement = portal.reviewable(title="Lịch")
    portal.approve(announcement)
    portal.edit(announcement, "Lời đã sửa.")
    with portal.life.db.reading() as session:
        assert queued_ids(session) == []


def test_sound_that_was_tidied_away_before_the_commit_is_not_published(portal):
    announcement = portal.reviewable(title="Lịch")
    run = portal.life.claim(portal.approve(announcement))
    with portal.life.db.writing() as session:
        draft = prepare_publication(session, run)
    site = open_site(portal.context.settings)
    folder = site.item_folder("xa-mau", announcement)
    names = {"mp3": {"name": f"audio-{draft.digest[:12]}.mp3", "bytes": 1, "sha256": "0" * 64}}

    def commit():
        with portal.life.db.writing() as session:
            record_publication(session, run, draft, names)
            write_pages(session, site, announcement)

    with pytest.raises(FileNotFoundError):
        commit()
    assert not (folder / "index.html").exists()
    assert portal.life.state(announcement) == "approved"


def test_a_withdrawn_announcement_leaves_a_notice_everywhere(portal):
    kept = portal.reviewable(b"one", title="Tin còn")
    gone = portal.reviewable(b"two", title="Tin gỡ")
    for announcement in (kept, gone):
        portal.publish(announcement)
    run = portal.life.claim(portal.withdraw(gone))
    unpublish_announcement(portal.context, run)
    assert portal.names(gone) == {"index.html", "nhung.html", GONE_MARKER}
    assert "Lý do: Ghi nhầm ngày họp." in portal.page(gone).text
    assert [entry.title for entry in portal.feed().entries] == ["Tin còn"]
    assert "Tin gỡ" not in portal.page().text
    assert portal.life.task(run.id).state == "done"
    with pytest.raises(LeaseLost):
        unpublish_announcement(portal.context, run)


def test_withdrawing_again_after_a_lost_run_changes_nothing_more(portal):
    announcement = portal.reviewable(title="Lịch")
    portal.publish(announcement)
    run = portal.life.claim(portal.withdraw(announcement))
    open_site(portal.context.settings).write_item(portal.item(announcement))  # and then killed
    unpublish_announcement(portal.context, run)
    assert portal.names(announcement) == {"index.html", "nhung.html", GONE_MARKER}


def test_an_announcement_reopened_and_approved_comes_back(portal):
    announcement = portal.reviewable(title="Lịch")
    portal.publish(announcement)
    late = portal.life.claim(portal.withdraw(announcement))
    portal.reopen(announcement)
    portal.publish(announcement)
    # The removal was slower than the people: it must not take away what stands again.
    unpublish_announcement(portal.context, late)
    assert len(portal.names(announcement)) == 6
    assert len(portal.feed().entries) == 1


def test_a_run_that_lost_its_task_writes_no_page(portal):
    announcement = portal.reviewable(title="Lịch")
    run = portal.life.claim(portal.approve(announcement))
    with pytest.raises(LeaseLost):
        publish_announcement(portal.context, replace(run, token="0" * 32))
    assert not portal.folder(announcement).exists()
    with portal.life.db.writing() as session:
        finish_task(session, run)  # the true run was not disturbed


def die_before_commit(portal, run):
    """What a run does up to its commit, and then a power cut."""
    site = open_site(portal.context.settings)
    with portal.life.db.writing() as session:
        draft = prepare_publication(session, run)
    announcement = draft.announcement_id
    audio = make_published_audio(
        portal.context.media.derived(draft.sha256, WORKING_COPY),
        site.item_folder("xa-mau", announcement),
        cut_list=CutList(0, 6000),
        digest=draft.digest,
        title="Lịch",
    )
    with portal.life.db.writing() as session:
        record_publication(session, run, draft, audio)
        item = published_item(session, announcement)
        site.write_item(item)
        site.write_home(item.unit, [item])
        raise InterruptedError


# SQLite lets one writer in at a time.
@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_publishing_does_not_wait_for_those_who_only_refer_to_the_unit(portal):
    """Both write to the audit log afterwards: waiting for each other would end in a deadlock."""
    announcement = portal.reviewable(title="Lịch")
    task_id = portal.approve(announcement)
    publishing = threading.Thread(
        target=lambda: publish_announcement(portal.context, portal.life.claim(task_id))
    )
    with portal.life.db.writing() as session:
        session.add(Membership(user_id=portal.editor.id, unit_id=portal.life.unit.id, role="admin"))
        session.flush()
        publishing.start()
        publishing.join(60)
        assert portal.life.state(announcement) == "published"
    publishing.join(60)


def test_what_is_cut_is_neither_heard_nor_read_and_the_rest_moves_up(portal):
    announcement = portal.reviewable(title="Lịch")
    first, second = portal.life.view(announcement).segments[:2]
    with portal.life.db.writing() as session:
        actor_id = portal.life.person("editor")
        cover_segment(session, segment_id=first.id, cover="cut", actor_id=actor_id)
    publish_announcement(portal.context, portal.life.claim(portal.approve(announcement)))
    item = portal.item(announcement)
    whole = portal.life.view(announcement)
    cut_ms = first.end_ms - first.start_ms
    assert item.duration_ms == whole.end_ms - whole.start_ms - cut_ms
    assert [segment.text for segment in item.segments] == [second.text]
    assert item.segments[0].start_ms == second.start_ms - cut_ms
    assert item.segments[0].words[0].start_ms == second.words[0].start_ms - cut_ms
    assert len(item.peaks) == -(-item.duration_ms // 100)
    page = (portal.folder(announcement) / "index.html").read_text("utf-8")
    assert first.text not in page
    sound = decode(portal.folder(announcement) / item.audio["mp3"]["name"]).sound
    assert len(sound) / RATE == pytest.approx(item.duration_ms / 1000, abs=0.06)
    # Made again from the publication alone, it is the same.
    for path in portal.folder(announcement).glob("audio-*"):
        path.unlink()
    assert remake_sound(
        portal.context.db, portal.context.media, open_site(portal.context.settings), announcement
    )
    assert portal.item(announcement).audio == item.audio


def test_an_urgent_announcement_is_an_alert_until_it_is_withdrawn(portal):
    announcement = portal.reviewable(title="Nước sông lên")
    with portal.life.db.writing() as session:
        session.get_one(Announcement, announcement).priority = "urgent"
    portal.publish(announcement)
    folder = portal.root / "xa-mau"
    alert = folder / "alerts" / f"{announcement}.cap"
    assert b"<msgType>Alert</msgType>" in alert.read_bytes()
    portal.edit(announcement, "Nước đang rút.")
    portal.publish(announcement)
    content = alert.read_text("utf-8")
    assert "<msgType>Update</msgType>" in content
    assert "Nước đang rút." in content
    unpublish_announcement(portal.context, portal.life.claim(portal.withdraw(announcement)))
    content = alert.read_text("utf-8")
    assert "<msgType>Cancel</msgType>" in content
    assert cap_faults(content.encode()) == []
    told = [alert, folder / "alerts.atom", *folder.glob("feed*"), *folder.glob("sitemap-*")]
    for path in (one for one in told if one.suffix != ".gz"):
        assert "Nước" not in path.read_text("utf-8")


def test_the_hub_is_told_in_a_task_of_its_own(portal):
    settings = replace(portal.context.settings, websub_hub="https://hub.example/")
    portal.context = replace(portal.context, settings=settings)
    announcement = portal.reviewable(title="Lịch")
    portal.publish(announcement)
    with portal.life.db.reading() as session:
        assert [task.kind for task in session.query(Task) if task.state == "queued"] == ["ping_hub"]
    assert portal.life.view(announcement).work.task_kind == "publish"
    assert b'rel="hub"' in (portal.root / "xa-mau" / "feed.xml").read_bytes()
