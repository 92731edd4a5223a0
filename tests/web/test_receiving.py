import dataclasses
import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import func, select

from bridge.errors import Forbidden, MediaRejected, NoSpace, TooLarge
from bridge.models import Announcement, Recording, Task
from tests.conftest import DATABASES
from tests.web.conftest import Office, wav_bytes
from web.receiving import display_name, receive_recording
from web.services import Services

both_databases = pytest.mark.parametrize("office", DATABASES, indirect=True)


def stored_files(office: Office) -> list[Path]:
    return [path for path in office.settings.media_dir.rglob("*") if path.is_file()]


def counts(office: Office) -> list[int]:
    with office.services.db.reading() as session:
        return [
            session.scalar(select(func.count()).select_from(table)) or 0
            for table in (Recording, Announcement, Task)
        ]


@both_databases
def test_a_recording_becomes_an_announcement_that_waits_even_without_a_queue(
    office: Office,
) -> None:
    operator = office.person("operator")
    receipt = receive_recording(
        office.services,
        stream=io.BytesIO(wav_bytes(1.0)),
        file_name="C:\\ghi âm\\sáng nay.wav",
        unit_id=office.unit.id,
        actor_id=operator.id,
        title="Thông báo",
    )
    assert receipt.state == "queued"
    assert receipt.task_id is not None
    view = office.view(receipt.announcement_id)
    assert view.file_name == "sáng nay.wav"
    assert view.work.duration_ms == 1000
    assert len(view.peaks) == 10
    assert office.services.media.original(view.sha256).read_bytes() == wav_bytes(1.0)
    assert counts(office) == [1, 1, 1]


@both_databases
def test_the_same_bytes_again_change_nothing_and_name_the_first(office: Office) -> None:
    def send(name: str) -> object:
        return receive_recording(
            office.services,
            stream=io.BytesIO(wav_bytes(1.0)),
            file_name=name,
            unit_id=office.unit.id,
            actor_id=None,
        )

    first = send("a.wav")
    files = stored_files(office)
    second = send("b.wav")
    assert second.duplicate_of == first.announcement_id  # type: ignore[attr-defined]
    assert stored_files(office) == files
    assert counts(office) == [1, 1, 1]


def test_the_same_bytes_in_another_unit_are_another_announcement(office: Office) -> None:
    other = office.unit_named("xa-khac", "Xã Khác")
    ids = {
        receive_recording(
            office.services,
            stream=io.BytesIO(wav_bytes(1.0)),
            file_name="a.wav",
            unit_id=unit.id,
            actor_id=None,
        ).announcement_id
        for unit in (office.unit, other)
    }
    assert len(ids) == 2


class Interrupted(io.RawIOBase):
    """A connection that breaks in the middle."""

    def __init__(self) -> None:
        self.parts: Iterator[bytes] = iter([wav_bytes(1.0)])

    def read(self, _size: int = -1) -> bytes:
        for part in self.parts:
            return part
        raise ConnectionResetError


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "media_empty"),
        (b"xin ch\xc3\xa0o " * 500, "media_unreadable"),
        (wav_bytes(0.1), "media_too_short"),
        (wav_bytes(5.0)[:40_000], "media_truncated"),
        (b"\0" * 300_000, "media_too_large"),
    ],
)
def test_what_is_refused_leaves_nothing_behind(office: Office, content: bytes, code: str) -> None:
    with pytest.raises(MediaRejected) as caught:
        receive_recording(
            office.services,
            stream=io.BytesIO(content),
            file_name="x.mp3",
            unit_id=office.unit.id,
            actor_id=None,
        )
    assert caught.value.code == code
    assert isinstance(caught.value, TooLarge) == (code == "media_too_large")
    assert stored_files(office) == []
    assert counts(office) == [0, 0, 0]


def test_a_broken_connection_leaves_nothing_behind(office: Office) -> None:
    with pytest.raises(ConnectionResetError):
        receive_recording(
            office.services,
            stream=Interrupted(),  # type: ignore[arg-type]
            file_name="x.wav",
            unit_id=office.unit.id,
            actor_id=None,
        )
    assert stored_files(office) == []
    assert counts(office) == [0, 0, 0]


def test_a_full_disk_is_told_and_nothing_stays(office: Office) -> None:
    services = office.services
    full = dataclasses.replace(services.settings, min_free_bytes=10**18)
    with pytest.raises(NoSpace):
        receive_recording(
            Services(full, services.db, services.media, services.queue),
            stream=io.BytesIO(wav_bytes(1.0)),
            file_name="x.wav",
            unit_id=office.unit.id,
            actor_id=None,
        )
    assert stored_files(office) == []


def test_who_may_not_send_is_refused_before_a_byte_is_read(office: Office) -> None:
    stream = io.BytesIO(wav_bytes(1.0))
    stranger = office.person("operator", unit=office.unit_named("xa-khac", "Xã Khác"))
    approver = office.person("approver")
    for person in (stranger, approver):
        with pytest.raises(Forbidden):
            receive_recording(
                office.services,
                stream=stream,
                file_name="x.wav",
                unit_id=office.unit.id,
                actor_id=person.id,
            )
    assert stream.tell() == 0


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("loa sáng.mp3", "loa sáng.mp3"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\An\\loa.wav", "loa.wav"),
        ("dòng\nmới\x00.wav", "dòngmới.wav"),
        ("ba\u0309n tin.wav", "bản tin.wav"),
        ("ghi\u202egnp.wav", "ghignp.wav"),
        ("", "ban-ghi"),
        ("...///", "ban-ghi"),
        ("  \t ", "ban-ghi"),
    ],
)
def test_client_names_become_names_to_show(given: str, shown: str) -> None:
    assert display_name(given) == shown


def test_a_long_name_keeps_its_ending() -> None:
    assert display_name("a" * 400 + ".flac") == "a" * 250 + ".flac"
    assert len(display_name("b" * 400)) == 255
