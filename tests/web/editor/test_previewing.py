"""The sound as it would be published, heard by those who approve it."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from bridge.flags import cover_segment
from bridge.media import WORKING_COPY
from bridge.models import Task, User
from bridge.tasks import TaskContext, claim_task
from publish.previews import make_preview
from tests.publish.sounds import RATE, decode, speech_like, write_working_copy
from tests.web.conftest import Office
from tests.web.desk import page_of


def put_working_copy(office: Office, announcement: str) -> None:
    media = office.services.media
    path = media.derived(office.view(announcement).sha256, WORKING_COPY)
    write_working_copy(path, speech_like(9))


def work(office: Office) -> None:
    """A worker makes what was ordered."""
    services = office.services
    with services.db.reading() as session:
        ordered = select(Task.id).where(Task.state == "queued", Task.kind == "preview")
        task_id = session.scalars(ordered).one()
    run = claim_task(services.db, task_id, worker="test", lease_s=60)
    assert run is not None
    make_preview(TaskContext(services.settings, services.db, services.media), run)


def cut(office: Office, announcement: str, place: int) -> None:
    segment = office.view(announcement).segments[place].id
    actor_id = office.person("editor").id
    with office.services.db.writing() as session:
        cover_segment(session, segment_id=segment, cover="cut", actor_id=actor_id)


def test_it_is_made_played_and_no_longer_played_when_something_else_is_cut(office: Office) -> None:
    announcement = office.in_review()
    put_working_copy(office, announcement)
    cut(office, announcement, 1)
    approver = office.browser("approver")
    place = f"{page_of(announcement)}/nghe-truoc"
    assert "Nghe đúng bản sẽ đăng" in approver.text(page_of(announcement))
    answer = approver.post(place, {})  # a plain form comes back to the page
    assert (answer.status_code, answer.location) == (303, f"{page_of(announcement)}#duyet")
    assert "Máy sắp làm bản nghe trước" in approver.text(page_of(announcement))
    assert approver.ask("GET", place).get_json()["making"]
    work(office)
    told = approver.ask("GET", place).get_json()
    assert (told["making"], told["may_order"]) == (False, False)
    found = re.search(r'<audio[^>]* src="([^"]+)"', told["part"])
    assert found is not None
    assert "dài 0:06" in told["part"]
    sound = approver.get(found.group(1), headers={"Range": "bytes=0-99"})
    assert (sound.status_code, sound.mimetype) == (206, "audio/mpeg")
    path = next(office.services.media.root.glob("derived/*/*/preview-*.mp3"))
    assert len(decode(path).sound) / RATE == pytest.approx(6.2, abs=0.05)
    assert office.browser("operator").post(place, {}).status_code == 403
    stranger = office.browser("approver", unit=office.unit_named("xa-khac", "Xã Khác"))
    assert stranger.get(found.group(1)).status_code == 404
    cut(office, announcement, 2)
    assert approver.get(found.group(1)).status_code == 404
    assert approver.ask("GET", place).get_json()["may_order"]


@pytest.mark.browser
def test_on_the_page_it_comes_without_a_reload(
    office: Office, sign_in: Callable[..., tuple[Page, User]], complaints: list[str]
) -> None:
    announcement = office.in_review()
    put_working_copy(office, announcement)
    page, _user = sign_in("approver", path=page_of(announcement))
    page.get_by_role("button", name="Nghe đúng bản sẽ đăng").click()
    box = page.locator("[data-preview]")
    expect(box).to_contain_text("Máy sắp làm bản nghe trước")
    expect(box.get_by_role("button")).to_be_hidden()
    expect(box.locator("[data-preview-part]")).to_be_focused()
    work(office)
    page.wait_for_function(
        "() => { const audio = document.querySelector('[data-preview] audio');"
        " if (audio?.paused) audio.play(); return audio?.currentTime > 0.2; }"
    )
    # One sound at a time.
    page.get_by_role("button", name="Nghe", exact=True).first.click()
    page.wait_for_function("() => document.querySelector('[data-preview] audio').paused")
    assert complaints == []
