"""A whole installation with an announcement in every state, made as the application makes it."""

import hashlib
import shutil
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

from bridge.accounts import create_unit
from bridge.captures import NewCapture, open_capture, store_chunk
from bridge.db import Database, utc_now
from bridge.editing import save_segment_text
from bridge.housekeeping import apply_retention
from bridge.inspection_findings import Depth, Finding
from bridge.intake import cancel_transcription
from bridge.media import LISTENING_COPY, WORKING_COPY, MediaStore
from bridge.models import Unit
from bridge.retention import set_rule
from bridge.review import withdraw_announcement
from bridge.settings import Settings, load_settings
from bridge.tasks import TaskContext
from bridge.units import find_unit, list_units
from publish.jobs import publish_announcement, unpublish_announcement
from publish.site import open_site
from tests.bridge.lifecycle import Life
from tests.publish.sounds import speech_like, write_working_copy
from web.consistency import consistency_parts

CHUNKS = (b"first chunk", b"second chunk")


@dataclass
class Installation:
    """`ids`: announcements by what they are; `sounds`: the SHA-256 of their originals."""

    settings: Settings
    db: Database
    ids: dict[str, str] = field(default_factory=dict)
    sounds: dict[str, str] = field(default_factory=dict)

    @property
    def site(self) -> Path:
        return self.settings.site_dir

    def page(self, name: str, file: str = "index.html") -> Path:
        return self.site / "xa-mau" / self.ids[name] / file

    def sound(self, name: str, suffix: str = ".mp3") -> Path:
        return next(self.page(name, "").glob(f"audio-*{suffix}"))

    def original(self, name: str) -> Path:
        return MediaStore(self.settings.media_dir).original(self.sounds[name])

    def copy_of(self, name: str, file: str) -> Path:
        return MediaStore(self.settings.media_dir).copies_folder(self.sounds[name]) / file

    def chunk(self, number: int) -> Path:
        return self.settings.media_dir / "captures" / self.ids["capture"] / f"{number:08d}"

    def files_copied_to(self, folder: Path) -> "Installation":
        """The same database, with files of one's own to break."""
        shutil.copytree(self.settings.data_dir, folder, ignore=shutil.ignore_patterns("loa.db*"))
        return replace(self, settings=replace(self.settings, data_dir=folder))

    def findings(
        self, *, depth: Depth = Depth.USUAL, after: timedelta = timedelta()
    ) -> list[Finding]:
        parts = consistency_parts(self.settings, self.db, depth=depth, now=utc_now() + after)
        return [finding for _name, inspect in parts for finding in inspect()]


def make_installation(folder: Path, url: str) -> Installation:
    """Everything in it agrees. The two seconds of sound are the same in all announcements."""
    settings = load_settings(
        {},
        data_dir=folder,
        database_url=url,
        public_url="https://loa.example",
        min_free_bytes=0,
    )
    db = Database(settings.effective_database_url)
    with db.writing() as session:
        unit = create_unit(session, slug="xa-mau", name="Xã Mẫu")
        unit.accent = "#1f6b4a"
        portal = open_site(settings)
        portal.write_home(find_unit(session, "xa-mau"), [])
        portal.write_root(list_units(session))
    made = Installation(settings, db)
    _Maker(made, unit, write_working_copy(folder / "voice.flac", speech_like(2))).make_all()
    return made


class _Maker:
    def __init__(self, made: Installation, unit: Unit, voice: Path) -> None:
        self.made = made
        self.life = Life(made.db, MediaStore(made.settings.media_dir), unit)
        self.context = TaskContext(made.settings, made.db, self.life.media)
        self.voice = voice
        self.approver = self.life.person("approver", "editor")
        self.editor = self.life.person("editor")

    def make_all(self) -> None:
        self.made.ids["queued"] = self.life.receive(self.content("queued")).announcement_id
        for name in ("failed", "removed"):
            self.made.ids[name] = self.life.receive(self.content(name)).announcement_id
        self.cancel("removed")
        self.let_go()
        self.cancel("failed")
        self.reviewable("in_review")
        self.reviewable("approved")
        self.life.approve(self.made.ids["approved"], self.approver)
        for name in ("published", "corrected", "withdrawn"):
            self.reviewable(name)
            self.publish(name)
        self.edit("published")
        self.publish("published")
        self.edit("corrected")
        self.withdraw("withdrawn")
        self.capture()
        self.voice.unlink()

    def content(self, name: str) -> bytes:
        content = f"sound of {name}".encode()
        self.made.sounds[name] = hashlib.sha256(content).hexdigest()
        return content

    def reviewable(self, name: str) -> None:
        self.made.ids[name] = self.life.reviewable(self.content(name), title=f"Bản tin {name}")
        sha256 = self.made.sounds[name]
        shutil.copy(self.voice, self.life.media.derived(sha256, WORKING_COPY))
        self.life.media.derived(sha256, LISTENING_COPY).write_bytes(b"mp3")

    def publish(self, name: str) -> None:
        task_id = self.life.approve(self.made.ids[name], self.approver)
        publish_announcement(self.context, self.life.claim(task_id))

    def edit(self, name: str) -> None:
        segment = self.life.view(self.made.ids[name]).segments[0]
        with self.made.db.writing() as session:
            save_segment_text(
                session,
                segment_id=segment.id,
                expected_version=segment.version,
                text=segment.text + " Xin mời bà con.",
                actor_id=self.editor,
            )

    def withdraw(self, name: str) -> None:
        with self.made.db.writing() as session:
            task_id = withdraw_announcement(
                session,
                announcement_id=self.made.ids[name],
                reason="Ghi nhầm ngày.",
                actor_id=self.approver,
            )
        unpublish_announcement(self.context, self.life.claim(task_id))

    def cancel(self, name: str) -> None:
        with self.made.db.writing() as session:
            cancel_transcription(session, announcement_id=self.made.ids[name], actor_id=None)

    def let_go(self) -> None:
        """A rule takes the sound of what has failed so far, and ends."""
        for days in (1, None):
            with self.made.db.writing() as session:
                set_rule(
                    session, unit_id=self.life.unit.id, kind="failed", days=days, actor_id=None
                )
            later = utc_now() + timedelta(days=2)
            apply_retention(self.made.db, self.life.media, later)

    def capture(self) -> None:
        self.made.ids["capture"], _ = open_capture(
            self.made.db,
            self.life.media,
            self.made.settings,
            unit_id=self.life.unit.id,
            actor_id=None,
            wanted=NewCapture(key="key-of-the-test", kind="recorder", file_name="thu.webm"),
        )
        for number, content in enumerate(CHUNKS):
            store_chunk(
                self.made.db,
                self.life.media,
                self.made.settings,
                capture_id=self.made.ids["capture"],
                actor_id=None,
                number=number,
                content=content,
                sha256=hashlib.sha256(content).hexdigest(),
            )
