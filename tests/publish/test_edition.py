"""Another edition of Loa, or another address, has portals written again; the same has not."""

from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select

from bridge.accounts import create_unit
from bridge.media import WORKING_COPY
from bridge.models import Task
from publish import edition as edition_module
from publish.edition import edition, plan_new_edition
from publish.unit_pages import refresh_unit
from tests.publish.sounds import speech_like, write_working_copy
from tests.publish.test_jobs import Portal


@pytest.fixture
def portal(settings, database, unit, person, tmp_path):
    recording = write_working_copy(tmp_path / WORKING_COPY, speech_like(2))
    portal = Portal(settings, database, unit, person, recording)
    portal.publish(portal.reviewable(b"one"))
    with database.writing() as session:
        create_unit(session, slug="xa-trong", name="Xã Trống")
    return portal


def planned(portal):
    with portal.life.db.reading() as session:
        return session.execute(
            select(Task.unit_id, Task.state).where(Task.kind == "refresh_unit")
        ).all()


def test_a_new_edition_has_the_pages_written_once_where_there_are_any(portal):
    settings, db, unit_id = portal.context.settings, portal.life.db, portal.life.unit.id
    assert plan_new_edition(settings, db) == 1  # nobody knows who wrote them
    assert plan_new_edition(settings, db) == 0
    assert planned(portal) == [(unit_id, "queued")]
    with db.reading() as session:
        task_id = session.scalar(select(Task.id).where(Task.kind == "refresh_unit"))
    refresh_unit(portal.context, portal.life.claim(task_id))
    assert plan_new_edition(settings, db) == 0
    assert planned(portal) == [(unit_id, "done")]
    moved = replace(settings, public_url="https://loa.example.vn")
    assert plan_new_edition(moved, db) == 1
    assert sorted(state for _, state in planned(portal)) == ["done", "queued"]


def test_whoever_is_killed_before_the_note_begins_again(portal, monkeypatch):
    settings, db = portal.context.settings, portal.life.db
    monkeypatch.setattr(edition_module, "write_whole", stop)
    with pytest.raises(KeyboardInterrupt):
        plan_new_edition(settings, db)
    monkeypatch.undo()
    assert plan_new_edition(settings, db) == 1
    assert len(planned(portal)) == 1


def stop(path: Path, content: bytes) -> bool:
    raise KeyboardInterrupt


def test_a_changed_template_is_another_edition(settings, tmp_path, monkeypatch):
    before = edition(settings)
    assert edition(settings) == before
    (tmp_path / "page.html").write_text("<p>")
    monkeypatch.setattr(edition_module.publish, "__path__", [str(tmp_path)])
    first = edition(settings)
    (tmp_path / "page.html").write_text("<p class>")
    assert len({before, first, edition(settings)}) == 3
