"""Recordings that programs send: with a token, once, as carefully as a person's."""

import io
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from bridge.api_tokens import add_token, list_tokens, revoke_token
from bridge.db import utc_now
from bridge.models import Announcement, AuditEntry
from tests.web.conftest import Office, wav_bytes
from web.cli import run

both_databases = pytest.mark.parametrize("office", ["sqlite", "postgresql"], indirect=True)
SOUND = wav_bytes(1.0)


class Program:
    """A program of others with a token of the example commune."""

    def __init__(self, office: Office, *scopes: str, **options: Any) -> None:
        self.office = office
        with office.services.db.writing() as session:
            unit_id = options.pop("unit_id", office.unit.id)
            self.info, self.token = add_token(
                session,
                unit_id=unit_id,
                name="Đài xã",
                scopes=scopes or ("intake", "state"),
                **options,
            )

    def ask(self, method: str, path: str, **options: Any) -> TestResponse:
        headers = {"Authorization": f"Bearer {self.token}", **options.pop("headers", {})}
        client = self.office.app.test_client()
        return client.open(path, method=method, headers=headers, **options)

    def send(self, content: bytes = SOUND, **headers: str) -> TestResponse:
        return self.ask(
            "POST",
            "/api/v1/recordings",
            data=content,
            content_type="audio/wav",
            headers={name.replace("_", "-"): value for name, value in headers.items()},
        )


def made(office: Office) -> int:
    with office.services.db.reading() as session:
        return session.scalar(select(func.count(Announcement.id))) or 0


@both_databases
def test_a_recording_is_taken_once_under_its_key_and_can_be_followed(office: Office) -> None:
    program = Program(office)
    told = {
        "Idempotency_Key": "ban-1",
        "X_Loa_Title": "L%E1%BB%8Bch%20ti%C3%AAm",
        "X_Loa_Broadcast_At": "2026-11-21T05:30:00+07:00",
        "X_Loa_Priority": "urgent",
    }
    first = program.send(**told)
    assert first.status_code == 201
    body = first.get_json()
    assert (body["state"], body["title"], body["priority"]) == ("queued", "Lịch tiêm", "urgent")
    assert body["broadcast_at"] == "2026-11-20T22:30:00+00:00"
    again = program.send(**told)
    assert (again.status_code, again.get_json()) == (200, {**body, "duplicate": True})
    without_key = program.send()
    assert (without_key.status_code, without_key.get_json()["id"]) == (200, body["id"])
    assert made(office) == 1
    followed = program.ask("GET", first.headers["Location"])
    assert followed.get_json() == body
    with office.services.db.reading() as session:
        noted = session.scalars(
            select(AuditEntry).where(AuditEntry.action == "receive_from_program")
        ).one()
    assert noted.data == {"name": "Đài xã"}


def test_a_key_is_for_one_recording(office: Office) -> None:
    program = Program(office)
    assert program.send(Idempotency_Key="k").status_code == 201
    other = program.send(wav_bytes(1.0, seed=2), Idempotency_Key="k")
    assert (other.status_code, other.get_json()["code"]) == (422, "idempotency_reused")
    assert made(office) == 1


def test_a_form_says_the_same_as_headers(office: Office) -> None:
    fields = {"file": (io.BytesIO(SOUND), "sáng.wav"), "title": "Lịch tiêm", "unit": "xa-mau"}
    answer = Program(office).ask("POST", "/api/v1/recordings", data=fields)
    assert (answer.status_code, answer.get_json()["title"]) == (201, "Lịch tiêm")


@pytest.mark.parametrize(
    ("content", "status", "code"),
    [
        (b"", 422, "media_empty"),
        (b"no sound at all" * 100, 422, "media_unreadable"),
        (bytes(300_000), 413, "media_too_large"),
    ],
)
def test_what_the_upload_page_refuses_is_refused_here(
    office: Office, content: bytes, status: int, code: str
) -> None:
    answer = Program(office).send(content)
    assert (answer.status_code, answer.get_json()["code"]) == (status, code)
    assert answer.mimetype == "application/problem+json"
    assert made(office) == 0
    assert list((office.settings.media_dir / "incoming").iterdir()) == []


def test_who_has_no_token_that_holds_is_refused_before_the_body_is_read(office: Office) -> None:
    class Untouched(io.BytesIO):
        def read(self, *_args: object) -> bytes:
            raise AssertionError("the body was read")

        readline = readinto = readinto1 = read1 = read  # type: ignore[assignment]

    revoked, past = Program(office), Program(office, days=1, now=utc_now() - timedelta(days=2))
    with office.services.db.writing() as session:
        revoke_token(session, token_id=revoked.info.id)
        revoke_token(session, token_id=revoked.info.id)
    tokens = {
        "": "token_missing",
        "Bearer loa_x": "token_unknown",
        "Bearer " + "ă" * 9: "token_unknown",
        f"Bearer {revoked.token}": "token_revoked",
        f"Bearer {past.token}": "token_expired",
    }
    for header, code in tokens.items():
        answer = office.app.test_client().post(
            "/api/v1/recordings",
            headers={"Authorization": header},
            input_stream=Untouched(),
            content_length=1000,
            content_type="multipart/form-data; boundary=x",
        )
        assert (answer.status_code, answer.get_json()["code"]) == (401, code), header
        assert answer.headers["WWW-Authenticate"] == "Bearer"


def test_a_token_opens_its_own_unit_and_its_own_scopes_alone(office: Office) -> None:
    sender, watcher = Program(office, "intake"), Program(office, "state")
    there = office.unit_named("xa-khac", "Xã Khác")
    stranger = Program(office, unit_id=there.id)
    sent = sender.send().get_json()
    assert sender.ask("GET", sent["url"]).status_code == 403
    assert watcher.send().status_code == 403
    assert watcher.ask("GET", sent["url"]).status_code == 200
    assert stranger.ask("GET", sent["url"]).status_code == 404
    other = stranger.send(X_Loa_Unit="xa-mau")
    assert (other.status_code, other.get_json()["code"]) == (403, "token_other_unit")


def test_of_a_token_the_database_knows_its_hash_and_the_day_of_its_use(office: Office) -> None:
    program, day = Program(office), utc_now().date()
    program.send()
    with office.services.db.reading() as session:
        (info,) = list_tokens(session, office.unit.id)
    assert info.last_used_on is not None
    assert day <= info.last_used_on <= utc_now().date()  # midnight may pass
    office.services.db.dispose()
    stored = b"".join(path.read_bytes() for path in office.settings.data_dir.glob("loa.db*"))
    assert b"receive_from_program" in stored
    assert program.token.encode() not in stored


def test_the_command_line_makes_lists_and_revokes_tokens(
    office: Office, capsys: pytest.CaptureFixture[str]
) -> None:
    data = ["--data", str(office.settings.data_dir)]
    assert run(["token", "add", "Đài xã", "--scope", "intake", "--days", "30", *data]) == 0
    secret = capsys.readouterr().out.rsplit(": ", 1)[1].strip()
    run(["token", "list", *data])
    listed = capsys.readouterr().out
    assert "Đài xã\tintake\tđến" in listed
    assert secret not in listed
    assert run(["token", "revoke", listed.split("\t")[0], *data]) == 0
    run(["token", "list", *data])
    assert "không còn hiệu lực" in capsys.readouterr().out
