"""What lies in the portal's folder without a publication, and sound that is made again."""

import hashlib
from datetime import timedelta

import pytest

from bridge.db import utc_now
from bridge.errors import NotFound, TaskFailed
from bridge.media import WORKING_COPY
from bridge.models import Publication
from bridge.tasks import cancel_tasks
from publish.inspection import faulty_sound
from publish.jobs import unpublish_announcement
from publish.leftovers import find_site_leftovers, remove_site_leftovers
from publish.remaking import remake_sound
from publish.site import open_site
from tests.publish.sounds import speech_like, write_working_copy
from tests.publish.test_jobs import Portal

TOMORROW = timedelta(hours=25)
LONELY = "zzzzzzzzzzzz"

# What lies in a folder has nothing to do with the kind of database.
on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture(scope="module")
def recording(tmp_path_factory):
    return write_working_copy(tmp_path_factory.mktemp("sound") / WORKING_COPY, speech_like(2))


@pytest.fixture
def portal(settings, database, unit, person, recording):
    return Portal(settings, database, unit, person, recording)


def site(portal):
    return open_site(portal.context.settings)


def found(portal, after=TOMORROW):
    with portal.life.db.reading() as session:
        return find_site_leftovers(session, site(portal), utc_now() + after)


def sweep(portal, leftovers):
    return remove_site_leftovers(portal.life.db, site(portal), leftovers)


def published(portal, content=b"sound"):
    announcement_id = portal.reviewable(content)
    portal.publish(announcement_id)
    return announcement_id


@on_sqlite
def test_what_stands_and_what_was_withdrawn_is_nobodys_leftover(portal):
    published(portal)
    gone = published(portal, b"gone")
    portal.withdraw(gone)
    assert found(portal) == []


def test_folders_of_nobodys_and_files_that_no_page_needs_go_a_day_later(portal):
    announcement_id = published(portal)
    before = portal.names(announcement_id)
    lonely = portal.folder(LONELY)
    lonely.mkdir()
    (lonely / "index.html").write_text("nobody approved this")
    (lonely / "audio-0.mp3").write_bytes(b"sound")
    extra = portal.folder(announcement_id) / "audio-000000000000.mp3"
    extra.write_bytes(b"of a former revision")
    draft = portal.root / "xa-mau" / ".index.html.0a1b2c3d.tmp"
    draft.write_bytes(b"half")
    assert found(portal, timedelta(hours=23)) == []
    leftovers = found(portal)
    assert {item.path for item in leftovers} == {lonely, extra, draft}
    assert sweep(portal, leftovers).files == 4
    assert not lonely.exists()
    assert not draft.exists()
    assert portal.names(announcement_id) == before
    assert found(portal) == []


@on_sqlite
def test_what_others_put_into_the_site_is_left_alone(portal):
    published(portal)
    for path in ("robots.txt", "tai-lieu/huong-dan/index.html", f"assets/{LONELY}/x"):
        (portal.root / path).parent.mkdir(parents=True, exist_ok=True)
        (portal.root / path).write_bytes(b"theirs")
    deep = portal.folder(LONELY) / "folder"
    deep.mkdir(parents=True)
    (deep / "file").write_bytes(b"no announcement has folders inside")
    assert found(portal) == []


def test_what_is_published_between_looking_and_sweeping_stays(portal):
    announcement_id = portal.reviewable()
    folder = portal.folder(announcement_id)
    folder.mkdir(parents=True)
    (folder / "audio-000000000000.mp3").write_bytes(b"of a publishing that died")
    leftovers = found(portal)
    assert [item.path for item in leftovers] == [folder]
    portal.approve(announcement_id)
    assert found(portal) == []  # it is about to be published
    assert sweep(portal, leftovers).files == 0
    with portal.life.db.writing() as session:
        cancel_tasks(session, announcement_id, "publish")
    assert sweep(portal, leftovers).files == 1  # nobody wanted it after all


@on_sqlite
def test_lost_sound_is_made_again_byte_for_byte(portal):
    announcement_id = published(portal)
    item = portal.item(announcement_id)
    path = portal.folder(announcement_id) / item.audio["mp3"]["name"]
    digest, page = hashlib.sha256(path.read_bytes()).digest(), portal.page(announcement_id)
    path.unlink()
    assert faulty_sound(site(portal), item) == [path.name]
    assert remake_sound(portal.life.db, portal.context.media, site(portal), announcement_id)
    assert hashlib.sha256(path.read_bytes()).digest() == digest
    assert faulty_sound(site(portal), portal.item(announcement_id), deep=True) == []
    assert portal.page(announcement_id).text == page.text
    assert [one.action for one in portal.life.view(announcement_id).history][-1] == "publish"


def test_another_encoders_bytes_become_those_of_the_publication(portal):
    announcement_id = published(portal)
    with portal.life.db.writing() as session:
        publication = session.query(Publication).one()
        old = {"name": publication.audio["mp3"]["name"], "bytes": 7, "sha256": "0" * 64}
        publication.audio = {**publication.audio, "mp3": old}
    assert faulty_sound(site(portal), portal.item(announcement_id)) == [old["name"]]
    assert remake_sound(portal.life.db, portal.context.media, site(portal), announcement_id)
    assert faulty_sound(site(portal), portal.item(announcement_id), deep=True) == []
    assert portal.life.view(announcement_id).history[-1].action == "remake_sound"


@on_sqlite
def test_sound_of_what_was_withdrawn_meanwhile_is_not_left_behind(portal):
    announcement_id = published(portal)
    run = portal.life.claim(portal.withdraw(announcement_id))
    unpublish_announcement(portal.context, run)
    assert not remake_sound(portal.life.db, portal.context.media, site(portal), announcement_id)
    assert portal.names(announcement_id) == {"index.html", "nhung.html", "gone"}


@on_sqlite
def test_without_a_working_copy_or_a_publication_it_says_so(portal):
    announcement_id = published(portal)
    working = portal.context.media.copies_folder(portal.life.view(announcement_id).sha256)
    (working / WORKING_COPY).unlink()
    with pytest.raises(TaskFailed, match="media_missing"):
        remake_sound(portal.life.db, portal.context.media, site(portal), announcement_id)
    unheard = portal.reviewable(b"unheard")
    with pytest.raises(NotFound, match="publication_unknown"):
        remake_sound(portal.life.db, portal.context.media, site(portal), unheard)
