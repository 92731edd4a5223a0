"""A unit's pages are written again after what it says of itself, or of places, has changed."""

from pathlib import Path

import pytest

from bridge.errors import LeaseLost
from bridge.media import WORKING_COPY
from bridge.models import Task
from bridge.place_names import add_place_name
from bridge.tasks import queued_ids
from bridge.unit_settings import REWRITE, UnitWords, change_unit, rewriting
from publish import rebuilding, unit_pages
from publish.inspection import inspect_site
from publish.site import open_site
from publish.unit_pages import refresh_search, refresh_unit
from tests.publish.sounds import speech_like, write_working_copy
from tests.publish.test_jobs import Portal

ABOUT = Path("gioi-thieu/index.html")


@pytest.fixture(scope="module")
def recording(tmp_path_factory):
    return write_working_copy(tmp_path_factory.mktemp("sound") / WORKING_COPY, speech_like(2))


@pytest.fixture
def portal(settings, database, unit, person, recording):
    portal = Portal(settings, database, unit, person, recording)
    for content in (b"one", b"two"):
        portal.publish(portal.reviewable(content))
    return portal


def change(portal, **words):
    with portal.life.db.writing() as session:
        assert change_unit(session, slug="xa-mau", words=UnitWords(**words))
        return rewriting(session, portal.life.unit.id)


def pages(portal):
    root = portal.context.settings.site_dir / "xa-mau"
    return {path.relative_to(root): path.read_text("utf-8") for path in root.rglob("*.html")}


def faults(portal):
    site = open_site(portal.context.settings)
    with portal.life.db.reading() as session:
        return [(one.code, one.subject) for one in inspect_site(session, site, deep=True)]


def test_every_page_says_what_the_unit_says_now(portal):
    assert faults(portal) == []
    work = change(portal, responsible="Bà Trần Thị Mẫu", accent="#1f6b4a")
    # What is going to be written again is not named as a fault.
    assert (work.state, faults(portal)) == ("queued", [])
    assert "Bà Trần Thị Mẫu" not in pages(portal)[ABOUT]
    refresh_unit(portal.context, portal.life.claim(work.task_id))
    assert faults(portal) == []
    assert all("unit-" in page for page in pages(portal).values())
    with portal.life.db.reading() as session:
        work = rewriting(session, portal.life.unit.id)
    assert (work.state, work.done, work.total) == ("done", 2, 2)


def test_what_changes_while_the_pages_are_written_is_on_them_in_the_end(portal, monkeypatch):
    work = change(portal, responsible="Bà Trần Thị Mẫu")
    rebuild, later = unit_pages.rebuild_unit, ["Ông Lê Văn Mẫu"]

    def rebuild_and_change(*args, **options):
        written = rebuild(*args, **options)
        if later:
            same = change(portal, responsible=later.pop())
            assert (same.task_id, same.state) == (work.task_id, "running")
        return written

    monkeypatch.setattr(unit_pages, "rebuild_unit", rebuild_and_change)
    refresh_unit(portal.context, portal.life.claim(work.task_id))
    assert faults(portal) == []
    assert "Ông Lê Văn Mẫu" in pages(portal)[ABOUT]
    with portal.life.db.reading() as session:
        assert session.query(Task).where(Task.kind == REWRITE).count() == 1


def test_who_has_lost_the_task_writes_nothing_more(portal):
    work = change(portal, responsible="Bà Trần Thị Mẫu")
    run = portal.life.claim(work.task_id)
    with portal.life.db.writing() as session:
        session.get_one(Task, work.task_id).token = "another run's"
    before = pages(portal)
    with pytest.raises(LeaseLost):
        refresh_unit(portal.context, run)
    assert pages(portal) == before


def test_searching_knows_a_new_pair_of_names(portal):
    with portal.life.db.writing() as session:
        unit_id = portal.life.unit.id
        add_place_name(session, unit_id=unit_id, old="Thôn Cũ", new="Thôn Mẫu", actor_id=None)
        task_id = session.query(Task.id).where(Task.kind == "refresh_search").scalar()
    refresh_search(portal.context, portal.life.claim(task_id))
    folder = portal.context.settings.site_dir / "xa-mau"
    named = [path for path in folder.rglob("*.json") if "Thôn Cũ" in path.read_text("utf-8")]
    assert named
    assert faults(portal) == []


def test_it_steps_aside_for_others_and_goes_on_where_it_was(portal, monkeypatch):
    third = portal.reviewable(b"three")
    portal.publish(third)
    monkeypatch.setattr(unit_pages, "_TURN_S", -1.0)
    monkeypatch.setattr(unit_pages, "_REPORT_S", -1.0)
    work = change(portal, responsible="Bà Trần Thị Mẫu")
    waiting = portal.life.receive(b"four")  # somebody's recording
    written = []
    rebuild_item = rebuilding._rebuild_item

    def note(db, site, unit, announcement_id, deep):
        written.append(announcement_id)
        return rebuild_item(db, site, unit, announcement_id, deep)

    monkeypatch.setattr(rebuilding, "_rebuild_item", note)
    for turn in (1, 2):
        refresh_unit(portal.context, portal.life.claim(work.task_id))
        task = portal.life.task(work.task_id)
        assert (task.state, task.attempt, len(written)) == ("queued", 0, turn)
        # Behind whoever waits: they are begun first.
        with portal.life.db.reading() as session:
            assert list(queued_ids(session)) == [waiting.task_id, work.task_id]
    portal.life.claim(waiting.task_id)
    refresh_unit(portal.context, portal.life.claim(work.task_id))
    assert len(written) == len(set(written)) == 3
    assert portal.life.task(work.task_id).state == "done"
    assert faults(portal) == []


def test_what_changes_while_it_stands_aside_is_written_from_the_beginning(portal, monkeypatch):
    monkeypatch.setattr(unit_pages, "_TURN_S", -1.0)
    monkeypatch.setattr(unit_pages, "_REPORT_S", -1.0)
    work = change(portal, responsible="Bà Trần Thị Mẫu")
    waiting = portal.life.receive(b"four")
    refresh_unit(portal.context, portal.life.claim(work.task_id))
    assert change(portal, responsible="Ông Lê Văn Mẫu").task_id == work.task_id
    portal.life.claim(waiting.task_id)
    refresh_unit(portal.context, portal.life.claim(work.task_id))
    assert faults(portal) == []
    assert "Ông Lê Văn Mẫu" in pages(portal)[ABOUT]


OWN = "https://loa.xa-mau.example"


def test_a_portal_under_its_own_name_says_so_in_every_absolute_address(portal):
    work = change(portal, portal_url=f"{OWN}/")
    refresh_unit(portal.context, portal.life.claim(work.task_id))
    assert faults(portal) == []
    root = portal.context.settings.site_dir
    common = portal.context.settings.effective_public_url
    texts = {
        path: path.read_text("utf-8")
        for path in (root / "xa-mau").rglob("*")
        if path.suffix in (".html", ".xml", ".json", ".atom", ".cap", ".webmanifest")
    }
    assert not [path for path, said in texts.items() if f"{common}/" in said]
    named = {path.name for path, said in texts.items() if f"{OWN}/xa-mau/" in said}
    assert {"index.html", "feed.xml", "sitemap.xml"} <= named
    assert f"Sitemap: {OWN}/xa-mau/sitemap.xml" in (root / "robots.txt").read_text()
    assert f"{common}/</loc>" in (root / "sitemap.xml").read_text()
    work = change(portal, portal_url="")
    refresh_unit(portal.context, portal.life.claim(work.task_id))
    assert not [page for page in pages(portal).values() if OWN in page]
