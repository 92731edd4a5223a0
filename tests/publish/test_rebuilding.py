"""The whole portal written again while people publish, record and work."""

import json
import shutil
import threading
import time

import pytest

from bridge.media import WORKING_COPY
from bridge.publishing import lock_portal, prepare_publication, record_publication
from bridge.tasks import beat, hold
from publish import rebuilding
from publish.audio import make_published_audio
from publish.inspection import inspect_site
from publish.jobs import publish_announcement, write_pages
from publish.rebuilding import rebuild_site
from publish.site import open_site
from tests.publish.sounds import speech_like, write_working_copy
from tests.publish.test_jobs import Portal

LONELY = "zzzzzzzzzzzz"


@pytest.fixture(scope="module")
def recording(tmp_path_factory):
    return write_working_copy(tmp_path_factory.mktemp("sound") / WORKING_COPY, speech_like(2))


@pytest.fixture
def portal(settings, database, unit, person, recording):
    return Portal(settings, database, unit, person, recording)


def site(portal):
    return open_site(portal.context.settings)


def rebuild(portal, **options):
    return rebuild_site(portal.life.db, site(portal), **options)


def encoded(portal, announcement_id):
    """The run that publishes it, up to its last transaction: run, draft and sound."""
    run = portal.life.claim(portal.approve(announcement_id))
    with portal.life.db.writing() as session:
        draft = prepare_publication(session, run)
    audio = make_published_audio(
        portal.context.media.derived(draft.sha256, WORKING_COPY),
        site(portal).item_folder("xa-mau", announcement_id),
        cut_list=draft.cut_list,
        digest=draft.digest,
        title=draft.content["title"],
    )
    return run, draft, audio


def faults(portal):
    with portal.life.db.reading() as session:
        return [(one.code, one.subject) for one in inspect_site(session, site(portal), deep=True)]


def test_a_page_that_is_being_published_during_the_rebuilding_stands_afterwards(portal):
    """Written, and committed only when the rebuilding has looked at the folder."""
    standing, coming = portal.reviewable(b"one"), portal.reviewable(b"two")
    portal.publish(standing)
    run, draft, audio = encoded(portal, coming)
    rebuilding = threading.Thread(target=rebuild, args=(portal,))
    with portal.life.db.writing() as session:
        hold(session, run)
        lock_portal(session, draft.unit_id)
        record_publication(session, run, draft, audio)
        write_pages(session, site(portal), coming)
        rebuilding.start()
        time.sleep(0.5)
    rebuilding.join(60)
    assert not rebuilding.is_alive()
    assert len(portal.names(coming)) == 6
    assert faults(portal) == []


def test_others_write_while_the_portal_is_written_again(portal):
    for content in (b"one", b"two"):
        portal.publish(portal.reviewable(content))
    said = []

    def tell(done, total):
        beat(portal.life.db, "worker")  # on SQLite refused while anybody else writes
        said.append((done, total))

    rebuilt = rebuild(portal, on_item=tell)
    assert said == [(1, 2), (2, 2)]
    assert (rebuilt.units, rebuilt.items, rebuilt.silent) == (1, 2, ())


def test_others_write_between_the_months_of_a_long_archive(portal, monkeypatch):
    portal.publish(portal.reviewable(b"one"))
    written = []

    def watched(write):
        def write_and_note(session, site, unit, part):
            write(session, site, unit, part)
            written.append((part, session.get_transaction()))  # kept, so that none has its id again

        return write_and_note

    for name in ("write_list_part", "write_search_month"):
        monkeypatch.setattr(rebuilding, name, watched(getattr(rebuilding, name)))
    rebuild(portal)
    assert len(written) > 1
    assert len({id(transaction) for _part, transaction in written}) == len(written)
    assert [part for part, _transaction in written][-1] == "2026-11"
    assert faults(portal) == []


def test_search_files_of_former_months_go(portal):
    portal.publish(portal.reviewable(b"one"))
    folder = portal.root / "xa-mau" / "tim"
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    contents = json.loads((folder / "muc-luc.json").read_text())
    contents["months"].append(
        {**contents["months"][0], "month": "2020-01", "files": ["2020-01-1.json"]}
    )
    (folder / "muc-luc.json").write_text(json.dumps(contents))
    (folder / "2020-01-1.json").write_text("[]")
    rebuild(portal)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
    # Nor does it need what lies there.
    shutil.rmtree(folder)
    rebuild(portal)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_sound_of_a_coming_revision_is_left_for_its_publishing(portal):
    announcement = portal.reviewable()
    portal.publish(announcement)
    portal.edit(announcement, "Lời đã sửa.")
    run, _draft, audio = encoded(portal, announcement)
    rebuild(portal)
    assert {sound["name"] for sound in audio.values()} <= portal.names(announcement)
    publish_announcement(portal.context, run)
    assert faults(portal) == []


def test_everything_is_as_the_database_has_it_afterwards(portal):
    standing, gone, unheard = (portal.reviewable(text) for text in (b"one", b"two", b"three"))
    portal.publish(standing)
    portal.publish(gone)
    portal.withdraw(gone)
    for stray in (LONELY, unheard):
        portal.folder(stray).mkdir()
        (portal.folder(stray) / "index.html").write_text("nobody approved this")
    (portal.folder(standing) / "index.html").unlink()
    (portal.root / "xa-mau" / "index.html").write_text("old")
    (portal.root / "index.html").unlink()
    assert rebuild(portal).items == 2
    assert portal.names(gone) == {"index.html", "nhung.html", "gone"}
    assert not portal.folder(LONELY).exists()
    assert not portal.folder(unheard).exists()
    assert faults(portal) == []
