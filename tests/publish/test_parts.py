"""Parts of one recording, and broadcasts that go on in another one, on the portal."""

import shutil

import numpy as np
import pytest

from bridge.continuing import set_continuation
from bridge.joining import join_announcements
from bridge.media import WORKING_COPY, MediaStore
from bridge.parting import Beginning, part_announcement
from bridge.publications import published_item
from bridge.tasks import TaskContext
from publish.inspection import inspect_site
from publish.jobs import publish_announcement, unpublish_announcement
from publish.rebuilding import rebuild_site
from publish.site import GONE_MARKER, open_site
from tests.bridge.lifecycle import Life
from tests.publish.sounds import RATE, decode, tone, write_working_copy

LOW_HZ, HIGH_HZ = 440, 880


class House:
    """A unit whose recordings hold a low tone for three seconds, then a high one."""

    def __init__(self, settings, database, unit, person, sound):
        self.life = Life(database, MediaStore(settings.media_dir), unit)
        self.context = TaskContext(settings, database, self.life.media)
        self.editor, self.sound = person("editor").id, sound
        self.approver = person("approver").id
        self.site = open_site(settings)

    def reviewable(self, content, title):
        own = self.life.reviewable(content, title=title)
        path = self.context.media.derived(self.life.view(own).sha256, WORKING_COPY)
        shutil.copy(self.sound, path)
        return own

    def part(self, own, title):
        view = self.life.view(own)
        with self.life.db.writing() as session:
            return part_announcement(
                session,
                announcement_id=own,
                expected_version=view.version,
                beginnings=[Beginning(view.segments[1].id, title)],
                actor_id=self.editor,
            )

    def join(self, later, earlier):
        with self.life.db.writing() as session:
            return join_announcements(
                session,
                announcement_id=later,
                expected_version=self.life.view(later).version,
                into_id=earlier,
                into_version=self.life.view(earlier).version,
                actor_id=self.approver,
            )

    def link(self, later, earlier):
        with self.life.db.writing() as session:
            set_continuation(
                session,
                announcement_id=later,
                expected_version=self.life.view(later).version,
                continues_id=earlier,
                actor_id=self.editor,
            )

    def publish(self, own, approver=None):
        task_id = self.life.approve(own, approver or self.approver)
        publish_announcement(self.context, self.life.claim(task_id))

    def unpublish(self, task_id):
        unpublish_announcement(self.context, self.life.claim(task_id))

    def folder(self, own):
        return self.site.root / "xa-mau" / own

    def page(self, own):
        return (self.folder(own) / "index.html").read_text()

    def heard(self, own):
        with self.life.db.reading() as session:
            item = published_item(session, own)
        return decode(self.folder(own) / item.audio["mp3"]["name"]).sound

    def findings(self):
        with self.life.db.reading() as session:
            return list(inspect_site(session, self.site, deep=True))


@pytest.fixture(scope="module")
def low_then_high(tmp_path_factory):
    path = tmp_path_factory.mktemp("sound") / WORKING_COPY
    sound = np.concatenate([tone(3, frequency=LOW_HZ), tone(3, frequency=HIGH_HZ)])
    return write_working_copy(path, sound)


@pytest.fixture
def house(settings, database, unit, person, low_then_high):
    return House(settings, database, unit, person, low_then_high)


def pitch_hz(sound):
    """The loudest frequency, away from the fades at both ends."""
    middle = sound[RATE // 4 : -RATE // 4]
    return np.fft.rfftfreq(len(middle), 1 / RATE)[np.abs(np.fft.rfft(middle)).argmax()]


def test_each_part_is_published_with_its_own_sound_and_text(house):
    first, second = house.part(house.reviewable(b"both", "Phần đầu"), "Phần sau")
    house.publish(first)
    house.publish(second)
    for own, wanted_hz, words, others in (
        (first, LOW_HZ, "Kính thưa", "tiêm phòng"),
        (second, HIGH_HZ, "tiêm phòng", "Kính thưa"),
    ):
        sound = house.heard(own)
        assert abs(len(sound) / RATE - 3) < 0.1
        assert abs(pitch_hz(sound) - wanted_hz) < 5
        assert words in house.page(own)
        assert others not in house.page(own)
    assert 'data-at="0"' in house.page(second)  # its times count from its own beginning
    assert house.findings() == []


def test_an_ended_part_leads_to_the_whole_as_soon_as_that_stands(house, person):
    first, second = house.part(house.reviewable(b"both", "Cả buổi"), "Phần sau")
    house.publish(second)
    house.unpublish(house.join(second, first).task_id)
    assert (house.folder(second) / GONE_MARKER).is_file()
    assert "Bản tin ấy hiện chưa có trên trang tin" in house.page(second)
    assert "Cả buổi" not in house.page(second)  # nobody has approved that title yet
    house.publish(first, person("approver").id)
    assert f'href="../{first}/"' in house.page(second)
    assert abs(len(house.heard(first)) / RATE - 6) < 0.1
    assert house.findings() == []


def test_pages_of_a_broadcast_in_two_recordings_lead_to_each_other(house):
    first = house.reviewable(b"one", "Phần một")
    second = house.reviewable(b"two", "Phần hai")
    house.link(second, first)
    house.publish(first)
    assert "Phần tiếp theo" not in house.page(first)
    house.publish(second)
    assert f'rel="next" href="../{second}/"' in house.page(first)
    assert f'rel="prev" href="../{first}/"' in house.page(second)
    assert house.findings() == []
    written = {own: house.page(own) for own in (first, second)}
    rebuild_site(house.life.db, house.site)
    assert {own: house.page(own) for own in (first, second)} == written
