"""An office for the tests: the real application over a real database, with people who sign in."""

import functools
import io
import logging
import secrets
import threading
import wave
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import waitress
from flask import Flask
from flask.testing import FlaskClient
from itsdangerous import URLSafeTimedSerializer
from jinja2 import BytecodeCache, FileSystemBytecodeCache
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import BrowserContext, Page, expect
from waitress import wasyncore
from waitress.channel import HTTPChannel
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from bridge import tasks, transcription
from bridge.accounts import create_unit, create_user, grant_role
from bridge.confirmations import confirm_all
from bridge.db import new_id
from bridge.intake import Receipt, accept_recording
from bridge.logins import begin_login
from bridge.media import LISTENING_COPY, SoundFacts
from bridge.models import Unit, User
from bridge.queries import AnnouncementView, announcement_view
from bridge.settings import Settings, load_settings
from bridge.transcript import Segment, Word
from transcribe.must_check import must_check_of
from web.app import create_app
from web.security import hash_password
from web.services import Services
from web.signing_in import LOGIN_KEY

PASSWORD = "mật khẩu của cán bộ"
# For what must come at last: a page that tries again waits up to half a minute in between.
PATIENCE_MS = 60_000
expect.set_options(timeout=PATIENCE_MS)
SECRET_KEY = "one key for every office of the tests"
TEXTS = ("Kính thưa bà con.", "Trạm y tế xã tiêm chủng lúc 7 giờ 30 phút.", "Xin cảm ơn.")


def wav_bytes(seconds: float = 1.0, seed: int = 1) -> bytes:
    """A small but real WAV file: mono, 8 kHz, 16 bit, not silent."""
    count = int(seconds * 8000)
    samples = bytearray()
    for number in range(count):
        level = ((number * (seed % 89 + 7)) % 97 - 48) * (200 - seed // 89)
        samples += level.to_bytes(2, "little", signed=True)
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(bytes(samples))
    return buffer.getvalue()


class Browser:
    """A person at a browser: keeps cookies, sends the form token that the pages carry."""

    def __init__(self, app: Flask) -> None:
        self.client: FlaskClient = app.test_client()

    def token(self) -> str:
        """A form token of the present session, signed as the pages sign theirs.

        Rendering a page to read one from it took a third of these tests' time; that the pages carry
        theirs is seen by the tests in a real browser.
        """
        with self.client.session_transaction() as session:
            secret = session.setdefault("csrf_token", secrets.token_hex(20))
        signer = URLSafeTimedSerializer(str(self.client.application.secret_key), "wtf-csrf-token")
        return str(signer.dumps(secret))

    def sign_in(self, email: str, password: str = PASSWORD, **more: str) -> TestResponse:
        return self.post("/lam-viec/dang-nhap", {"email": email, "password": password, **more})

    def get(self, path: str, **options: Any) -> TestResponse:
        return self.client.get(path, buffered=True, **options)  # files are closed at once

    def text(self, path: str) -> str:
        answer = self.get(path)
        assert answer.status_code == 200, answer.get_data(as_text=True)
        return answer.get_data(as_text=True)

    def post(self, path: str, fields: dict[str, Any], **options: Any) -> TestResponse:
        return self.client.post(path, data={**fields, "csrf_token": self.token()}, **options)

    def ask(self, method: str, path: str, **options: Any) -> TestResponse:
        """Ask as the pages' scripts do."""
        headers = {"Accept": "application/json", "X-CSRFToken": self.token()}
        headers.update(options.pop("headers", {}))
        return self.client.open(path, method=method, headers=headers, buffered=True, **options)


def lend_session(context: BrowserContext, browser: Browser, address: str) -> None:
    """Let a real browser's pages at `address` go on with the session of this one."""
    cookie = browser.client.get_cookie("loa_session")
    assert cookie is not None
    context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": address}])


@dataclass
class Office:
    """A commune's office on one database."""

    app: Flask
    services: Services
    unit: Unit
    made: int = 0
    engine_run_id: str = ""

    @property
    def settings(self) -> Settings:
        return self.services.settings

    def person(self, *roles: str, unit: Unit | None = None, active: bool = True) -> User:
        """Somebody with these roles, in the example commune unless another unit is named."""
        with self.services.db.writing() as session:
            user = create_user(
                session,
                email=f"{new_id()}@xa-mau.local",
                name="Nguyễn An",
                password_hash=_hash(),
            )
            user.active = active
            for role in roles:
                grant_role(session, user_id=user.id, unit_id=(unit or self.unit).id, role=role)
            return user

    def unit_named(self, slug: str, name: str) -> Unit:
        with self.services.db.writing() as session:
            return create_unit(session, slug=slug, name=name)

    def browser(self, *roles: str, unit: Unit | None = None) -> Browser:
        """A browser in which a new person with these roles has signed in; nobody without roles."""
        return self.browser_of(self.person(*roles, unit=unit)) if roles else Browser(self.app)

    def browser_of(self, user: User) -> Browser:
        """A browser in which this person has signed in before the test begins.

        The session is written as signing in writes it: checking a password is slow on purpose,
        and tests/web/test_security.py does it for all.
        """
        browser = Browser(self.app)
        with self.services.db.writing() as session:
            login_id = begin_login(
                session, user_id=user.id, address="127.0.0.1", browser="a test"
            ).id
        with browser.client.session_transaction() as cookie:
            cookie["_user_id"] = user.fs_uniquifier
            cookie["_fresh"] = True
            cookie[LOGIN_KEY] = login_id
        return browser

    def confirm(self, announcement_id: str) -> int:
        """Somebody has heard everything that must be right; how many segments that was."""
        editor = self.person("editor")
        with self.services.db.writing() as session:
            return confirm_all(
                session,
                announcement_id=announcement_id,
                must_check=must_check_of(session, self.unit.id),
                actor_id=editor.id,
            )

    def received(self, *, unit: Unit | None = None, title: str = "Lịch tiêm chủng") -> Receipt:
        """An announcement that waits to be transcribed."""
        self.made += 1
        content = wav_bytes(0.2, seed=self.made)
        incoming = self.services.media.receive(
            io.BytesIO(content), max_bytes=10**6, min_free_bytes=0
        )
        facts = SoundFacts("wav", "pcm_s16le", 8000, 1, 9000, bytes([40, 200] * 45))
        return accept_recording(
            self.services.db,
            self.services.media,
            unit_id=(unit or self.unit).id,
            actor_id=None,
            incoming=incoming,
            facts=facts,
            file_name="phát thanh sáng.wav",
            title=title,
        )

    def transcribing(
        self, *, heard: int = 2, texts: Sequence[str] = TEXTS, **options: Any
    ) -> tuple[str, tasks.TaskRun]:
        """An announcement in the middle of being transcribed, at 40 %."""
        receipt = self.received(**options)
        assert receipt.task_id is not None
        db = self.services.db
        run = tasks.claim_task(db, receipt.task_id, worker="test", lease_s=600)
        assert run is not None
        with db.writing() as session:
            assignment = transcription.begin_transcription(session, run)
        with db.writing() as session:
            self.engine_run_id, _ = transcription.open_engine_run(
                session,
                run,
                assignment,
                model_name="base",
                model_sha256="0" * 64,
                device="cpu",
                compute_type="int8",
                options={},
            )
            segments = [heard_segment(number, texts) for number in range(heard)]
            transcription.save_segments(session, run, self.engine_run_id, segments)
        tasks.report_progress(db, run, 3_600, 9_000)
        return receipt.announcement_id, run

    def in_review(self, *, texts: Sequence[str] = TEXTS, **options: Any) -> str:
        """An announcement with its text and its listening copy, ready for the editors."""
        announcement_id, run = self.transcribing(heard=len(texts), texts=texts, **options)
        with self.services.db.writing() as session:
            transcription.finish_transcription(session, run, self.engine_run_id)
        self.listening_copy(announcement_id).write_bytes(bytes(range(256)) * 40)
        return announcement_id

    def failed(self, code: str = "model_missing") -> str:
        """An announcement whose transcription gave up."""
        announcement_id, run = self.transcribing()
        with self.services.db.writing() as session:
            tasks.end_attempt(session, run, code=code, detail="", final=True)
            transcription.fail_transcription(session, announcement_id, code)
        return announcement_id

    def view(self, announcement_id: str) -> AnnouncementView:
        with self.services.db.reading() as session:
            return announcement_view(session, announcement_id)

    def listening_copy(self, announcement_id: str) -> Path:
        return self.services.media.derived(self.view(announcement_id).sha256, LISTENING_COPY)


@functools.cache
def _hash() -> str:
    # Slow on purpose, so once for all tests.
    return hash_password(PASSWORD)


def heard_segment(number: int, texts: Sequence[str] = TEXTS) -> Segment:
    """What the engine says of the three seconds from 3 × `number` on."""
    begin, text = number * 3000, texts[number]
    words = tuple(
        Word(word, begin + place * 100, begin + place * 100 + 90, 0.9)
        for place, word in enumerate(text.split())
    )
    return Segment(begin, begin + 2800, text, words)


@pytest.fixture(scope="session")
def compiled_templates(tmp_path_factory: pytest.TempPathFactory) -> BytecodeCache:
    """Compiling the templates anew for each application would take most of the tests' time."""
    return FileSystemBytecodeCache(str(tmp_path_factory.mktemp("templates")))


@pytest.fixture(scope="session", autouse=True)
def compiled_rules() -> Iterator[None]:
    """Nearly all the time that an application takes to make goes into its addresses.

    werkzeug writes and compiles two functions for each, the same ones for every application: what
    they do depends on the parts of the address alone, the rule itself being their first argument.
    """
    made: dict[Any, Any] = {}
    compile_builder = Rule._compile_builder

    def compiled_once(rule: Rule, append_unknown: bool = True) -> Any:
        if rule.defaults:
            return compile_builder(rule, append_unknown)
        key = (rule.rule, tuple(rule._trace), append_unknown)
        if key not in made:
            made[key] = compile_builder(rule, append_unknown)
        return made[key]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Rule, "_compile_builder", compiled_once)
        yield


@pytest.fixture
def office(
    request: pytest.FixtureRequest, tmp_path: Path, compiled_templates: BytecodeCache
) -> Iterator[Office]:
    """The example commune's office; on SQLite unless the test asks for both databases."""
    kind = getattr(request, "param", "sqlite")
    folder = tmp_path / "data"
    templates = request.getfixturevalue("templates")
    url = templates.new_url(kind, folder)
    with new_office(folder, url, compiled_templates) as made:
        yield made
    templates.drop(url)


@contextmanager
def new_office(folder: Path, url: str, compiled_templates: BytecodeCache) -> Iterator[Office]:
    """An office of its own on a database that has been made."""
    settings = load_settings(
        {},
        data_dir=folder,
        database_url=url,
        min_free_bytes=0,
        max_upload_bytes=200_000,
        redis_url=f"unix://{folder.parent / 'nobody.sock'}",
    )
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "secret_key").write_text(SECRET_KEY)
    app = create_app(settings)
    app.jinja_env.bytecode_cache = compiled_templates
    services: Services = app.extensions["loa"]
    with services.db.writing() as session:
        unit = create_unit(session, slug="xa-mau", name="Xã Mẫu")
    yield Office(app, services, unit)
    services.db.dispose()


@contextmanager
def served(app: Flask) -> Iterator[str]:
    """An application behind the real server on a port of its own: the address.

    One thread turns the server's loop and takes the server down after it: closed from another
    thread, the loop would meet descriptors that are gone, or already belong to somebody else.
    """
    sockets: dict[int, Any] = {}
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)  # as where Loa itself serves
    server = waitress.create_server(app, map=sockets, host="127.0.0.1", port=0, threads=4)
    over = threading.Event()

    def serve() -> None:
        while not over.is_set():
            wasyncore.loop(timeout=0.05, map=sockets, count=1)
        # Answers under way still wake the loop's trigger; on a busy machine they take their time.
        server.task_dispatcher.shutdown(timeout=30)
        for channel in [one for one in sockets.values() if isinstance(one, HTTPChannel)]:
            channel.handle_close()  # with the files that it was sending
        wasyncore.close_all(sockets)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.effective_port}"
    over.set()
    thread.join(timeout=40)
    assert not thread.is_alive(), "the server does not end"


@pytest.fixture
def address(office: Office) -> Iterator[str]:
    """The office behind its real server, on a port of its own."""
    with served(office.app) as address:
        yield address


@pytest.fixture
def context(chromium: Chromium) -> Iterator[BrowserContext]:
    context = chromium.new_context(viewport={"width": 1366, "height": 768}, locale="vi-VN")
    context.set_default_timeout(PATIENCE_MS)
    yield context
    context.close()


@pytest.fixture
def complaints() -> list[str]:
    """What the browser complained of: scripts that broke, things the policy forbade."""
    return []


@pytest.fixture
def sign_in(
    office: Office, address: str, context: BrowserContext, complaints: list[str]
) -> Callable[..., tuple[Page, User]]:
    """Opens a page as a new person with the given roles."""

    def enter(*roles: str, path: str = "/lam-viec/") -> tuple[Page, User]:
        user = office.person(*roles)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on(
            "console",
            lambda message: (
                complaints.append(message.text)
                if "Content Security Policy" in message.text
                else None
            ),
        )
        lend_session(context, office.browser_of(user), address)
        page.goto(address + path)
        return page, user

    return enter
