"""Letters to the staff, given to a real mail server; what becomes of one that is not taken."""

import re
import socket
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from sqlalchemy import select

from bridge.accounts import create_user, grant_role
from bridge.db import Database, new_id, utc_now
from bridge.errors import NotFound, SettingsError, TaskFailed
from bridge.letters import (
    MOST_ATTEMPTS,
    MOST_RESETS,
    WAITS,
    forget_old_letters,
    invitation_letters,
    order_forgotten,
    order_letter,
)
from bridge.media import MediaStore
from bridge.models import Letter, Task, User
from bridge.people import open_link, use_link
from bridge.settings import Settings, load_settings
from bridge.tasks import TaskContext
from publish.letters import LetterNotSent, post_letter, send_letter, write_test_letter
from tests.bridge.lifecycle import Life, new_life
from tests.publish.mail_server import (
    PASSWORD,
    USER,
    MailServer,
    mail_server,
    write_certificate,
)

ADDRESS = re.compile(r"https://loa\.example/lam-viec/tai-khoan/lien-ket\?ma=\S+")


@pytest.fixture
def server() -> Iterator[MailServer]:
    with mail_server() as told:
        yield told


@pytest.fixture
def own_life(database: Database, settings: Settings) -> Life:
    return new_life(database, MediaStore(settings.media_dir))


@pytest.fixture
def context(own_life: Life, settings: Settings, server: MailServer) -> TaskContext:
    settings = replace(
        settings,
        public_url="https://loa.example",
        smtp_host="127.0.0.1",
        smtp_port=server.port,
        smtp_security="none",
        smtp_from="loa@xa-mau.example",
    )
    return TaskContext(settings, own_life.db, own_life.media)


@pytest.fixture
def newcomer(own_life: Life) -> User:
    return somebody(own_life, None)


def somebody(life: Life, password_hash: str | None) -> User:
    with life.db.writing() as session:
        user = create_user(
            session,
            email=f"{new_id()}@xa-mau.example",
            name="Trần Thị Bình",
            password_hash=password_hash,
        )
        grant_role(session, user_id=user.id, unit_id=life.unit.id, role="editor")
        return user


def invite(life: Life, user: User) -> str:
    with life.db.writing() as session:
        return order_letter(session, kind="invitation", user_id=user.id, unit_id=life.unit.id)


def token_of(letter: str) -> str:
    [address] = ADDRESS.findall(letter)
    return parse_qs(urlsplit(address).query)["ma"][0]


def test_an_invitation_arrives_with_a_link_that_sets_a_password(
    own_life: Life, context: TaskContext, server: MailServer, newcomer: User
) -> None:
    task_id = invite(own_life, newcomer)
    assert invite(own_life, newcomer) == task_id  # pressed twice
    send_letter(context, own_life.claim(task_id))
    [letter] = server.letters
    assert letter["To"] == f"Trần Thị Bình <{newcomer.email}>"
    assert letter["From"] == "Loa <loa@xa-mau.example>"
    assert letter["Subject"] == "Lời mời làm bản tin loa của Xã Mẫu"
    assert letter["Auto-Submitted"] == "auto-generated"
    text = letter.get_content()
    assert "Chào Trần Thị Bình," in text
    assert "trong 7 ngày" in text
    with own_life.db.writing() as session:
        assert use_link(session, token_of(text), password_hash="hash") == newcomer.id
    with own_life.db.reading() as session:
        assert invitation_letters(session, own_life.unit.id)[newcomer.id].task_state == "done"


def test_a_letter_that_goes_out_again_has_the_only_link_that_holds(
    own_life: Life, context: TaskContext, server: MailServer, newcomer: User
) -> None:
    for _ in range(2):
        send_letter(context, own_life.claim(invite(own_life, newcomer)))
    first, second = (token_of(letter.get_content()) for letter in server.letters)
    with own_life.db.reading() as session:
        assert open_link(session, second).email == newcomer.email
        with pytest.raises(NotFound):
            open_link(session, first)


def test_nobody_is_invited_who_has_a_password_by_now(
    own_life: Life, context: TaskContext, server: MailServer
) -> None:
    user = somebody(own_life, "hash")
    task_id = invite(own_life, user)
    send_letter(context, own_life.claim(task_id))
    assert server.letters == []
    assert own_life.task(task_id).state == "done"


def test_a_forgotten_password(own_life: Life, context: TaskContext, server: MailServer) -> None:
    user = somebody(own_life, "hash")
    with own_life.db.writing() as session:
        task_id = order_forgotten(session, user.email.upper())
        assert order_forgotten(session, "la@xa-mau.example") is None
    assert task_id is not None
    send_letter(context, own_life.claim(task_id))
    [letter] = server.letters
    assert "trong 24 giờ" in letter.get_content()
    assert "https://loa.example" in letter.get_content()
    with own_life.db.reading() as session:
        assert open_link(session, token_of(letter.get_content())).kind == "reset"


def test_nobody_fills_anothers_letter_box(own_life: Life) -> None:
    user, now = somebody(own_life, "hash"), utc_now()
    ordered = []
    for _ in range(MOST_RESETS + 2):
        with own_life.db.writing() as session:
            task_id = order_forgotten(session, user.email)
            if task_id is not None:
                session.get_one(Task, task_id).state = "done"
                ordered.append(task_id)
    assert len(set(ordered)) == MOST_RESETS
    with own_life.db.writing() as session:
        assert order_forgotten(session, user.email, now + timedelta(hours=2)) is not None


def test_nobody_gets_in_by_letter_who_has_left(own_life: Life) -> None:
    user = somebody(own_life, "hash")
    with own_life.db.writing() as session:
        session.get_one(User, user.id).active = False
        assert order_forgotten(session, user.email) is None


def test_a_login_at_a_new_place_is_told(
    own_life: Life, context: TaskContext, server: MailServer
) -> None:
    user = somebody(own_life, "hash")
    at = utc_now().replace(hour=22, minute=5)  # 05:05 the next day on the unit's clock
    with own_life.db.writing() as session:
        task_id = order_letter(
            session, kind="new_login", user_id=user.id, address="192.0.2.7", happened_at=at
        )
    send_letter(context, own_life.claim(task_id))
    text = server.letters[0].get_content()
    assert "Lúc 05:05 ngày" in text
    assert "192.0.2.7" in text
    assert "lien-ket" not in text


@pytest.mark.parametrize(
    ("answer", "for_good", "code"),
    [
        ("550 không có ai như vậy", True, "letter_address_refused"),
        ("451 greylisted", False, "letter_address_refused"),
    ],
)
def test_what_the_server_does_not_take_is_tried_later_or_given_up(
    own_life: Life,
    context: TaskContext,
    server: MailServer,
    newcomer: User,
    answer: str,
    for_good: bool,
    code: str,
) -> None:
    server.refused = answer
    task_id = invite(own_life, newcomer)
    before = utc_now()
    send_letter(context, own_life.claim(task_id))
    task = own_life.task(task_id)
    assert (task.state, task.error_code) == ("failed" if for_good else "queued", code)
    if not for_good:
        assert task.not_before is not None
        assert task.not_before - before >= WAITS[0]
    assert server.letters == []


def test_a_server_that_is_away_is_waited_for_and_given_up_after_a_day(
    own_life: Life, context: TaskContext, newcomer: User
) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        away = replace(context.settings, smtp_port=closed.getsockname()[1])
        task_id = invite(own_life, newcomer)
        for attempt in range(1, MOST_ATTEMPTS + 1):
            with own_life.db.writing() as session:
                session.get_one(Task, task_id).not_before = None
            send_letter(replace(context, settings=away), own_life.claim(task_id))
            task = own_life.task(task_id)
            assert (task.attempt, task.error_code) == (attempt, "letter_server_away")
    assert task.state == "failed"


def test_without_a_mail_server_no_letter_waits_for_ever(
    own_life: Life, context: TaskContext, newcomer: User
) -> None:
    run = own_life.claim(invite(own_life, newcomer))
    with pytest.raises(TaskFailed) as caught:
        send_letter(replace(context, settings=replace(context.settings, smtp_host="")), run)
    assert caught.value.code == "letters_off"


def test_old_letters_are_forgotten(own_life: Life, newcomer: User) -> None:
    invite(own_life, newcomer)
    with own_life.db.writing() as session:
        forget_old_letters(session, utc_now() + timedelta(days=89))
        assert session.scalar(select(Letter.id)) is not None
        forget_old_letters(session, utc_now() + timedelta(days=91))
        assert session.scalar(select(Letter.id)) is None


@pytest.fixture
def secured(tmp_path: Path) -> Callable[..., Settings]:
    settings = load_settings({}, data_dir=tmp_path)

    def changed(port: int, **more: str) -> Settings:
        wanted = {
            "smtp_host": "127.0.0.1",
            "smtp_security": "starttls",
            "smtp_from": "loa@xa-mau.example",
            "smtp_user": USER,
            "smtp_password": PASSWORD,
            **more,
        }
        return replace(settings, smtp_port=port, **wanted)

    return changed


def test_a_password_goes_only_over_a_line_whose_other_end_is_known(
    secured: Callable[..., Settings], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate = write_certificate(tmp_path / "server.pem")
    with mail_server(certificate) as server:
        letter = write_test_letter(secured(server.port), "a@xa-mau.example")
        with pytest.raises(LetterNotSent) as caught:
            post_letter(secured(server.port), letter)
        assert caught.value.code == "letter_not_secure"
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        with pytest.raises(LetterNotSent) as caught:
            post_letter(secured(server.port, smtp_password="sai"), letter)
        assert caught.value.code == "letter_login_refused"
        post_letter(secured(server.port), letter)
        assert [one["Subject"] for one in server.letters] == ["Thư thử của Loa"]


def test_a_server_without_encryption_gets_no_password(
    secured: Callable[..., Settings], server: MailServer
) -> None:
    settings = secured(server.port)
    with pytest.raises(LetterNotSent) as caught:
        post_letter(settings, write_test_letter(settings, "a@xa-mau.example"))
    assert caught.value.code == "letter_server_unfit"


@pytest.mark.parametrize("address", ["a@b\r\nBcc: x@y.vn", "a b@c.vn", "", "x" * 300])
def test_no_address_adds_a_line_of_its_own(
    secured: Callable[..., Settings], server: MailServer, address: str
) -> None:
    settings = secured(server.port, smtp_security="none", smtp_user="")
    with pytest.raises(LetterNotSent):
        post_letter(settings, write_test_letter(settings, address))
    assert server.letters == []


@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("smtp_from", {"LOA_SMTP_HOST": "thu.example"}),
        ("smtp_from", {"LOA_SMTP_HOST": "thu.example", "LOA_SMTP_FROM": "loa"}),
        ("smtp_security", {"LOA_SMTP_SECURITY": "ssl"}),
        (
            "smtp_security",
            {
                "LOA_SMTP_HOST": "thu.example",
                "LOA_SMTP_FROM": "loa@xa-mau.example",
                "LOA_SMTP_SECURITY": "none",
                "LOA_SMTP_USER": "loa",
            },
        ),
    ],
)
def test_settings_that_make_no_sense(tmp_path: Path, name: str, given: dict[str, str]) -> None:
    with pytest.raises(SettingsError) as caught:
        load_settings(given, data_dir=tmp_path)
    assert caught.value.data["name"] == name


def test_the_password_is_not_shown_with_the_settings(tmp_path: Path) -> None:
    settings = load_settings({"LOA_SMTP_PASSWORD": PASSWORD}, data_dir=tmp_path)
    assert settings.smtp_password == PASSWORD
    assert PASSWORD not in repr(settings)
