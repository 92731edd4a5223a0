"""Captures on the running product: links that break, a server that is killed, a sender who dies."""

import hashlib
import http.client
import os
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import select

from bridge.media import MediaStore
from bridge.models import Announcement, Capture, Recording
from tests.conftest import Templates
from tests.functional.chunk_client import BreakingLink, ChunkClient
from tests.functional.conftest import CACHE
from tests.functional.running import EDITOR, PASSWORD, RunningLoa, wait_for
from tests.samples import tone, write_sound, write_wav

MIB = 1024 * 1024


@pytest.fixture
def web(tmp_path: Path, templates: Templates) -> Iterator[RunningLoa]:
    """The pages alone, on a data folder of the test's own."""
    running = RunningLoa(tmp_path / "data", templates.new_url("sqlite", tmp_path / "data"), CACHE)
    running.prepare()
    running.start_web()
    yield running
    running.close()


def long_sound(path: Path, mib: int) -> Path:
    """A WAV file of about so many MiB: 48 kHz, mono, 16 bit."""
    seconds = mib * MIB / 96_000
    return write_wav(path, tone(seconds, sample_rate=48_000), sample_rate=48_000)


def stored_hashes(loa: RunningLoa) -> list[str]:
    """Of each recording in the database; its original on the disk has that hash."""
    with loa.database.reading() as session:
        known = list(session.scalars(select(Recording.sha256)))
    for sha256 in known:
        with MediaStore(loa.data / "media").original(sha256).open("rb") as file:
            assert hashlib.file_digest(file, "sha256").hexdigest() == sha256
    return known


def test_a_file_over_a_link_that_breaks_ten_times_arrives_whole_and_once(
    web: RunningLoa, tmp_path: Path
) -> None:
    path = long_sound(tmp_path / "dai.wav", 30)
    with BreakingLink(web.port, cut_every_bytes=2 * MIB, cuts=10).open() as link:
        client = ChunkClient(web.port)
        client.sign_in(EDITOR, PASSWORD)
        client.port = link.port
        receipt = client.send_file(path, "key-of-a-file", 300)
    assert link.cut == 10
    assert client.interruptions >= 10
    assert client.sent_chunks <= 8  # nothing that was acknowledged went over the link again
    assert stored_hashes(web) == [hashlib.sha256(path.read_bytes()).hexdigest()]
    assert web.state(receipt["announcement"]) == "queued"
    assert not list((web.data / "media" / "captures").iterdir())


def test_a_server_killed_in_the_middle_of_uploads_loses_nothing_acknowledged(
    web: RunningLoa, tmp_path: Path
) -> None:
    paths = [long_sound(tmp_path / f"{number}.wav", 9 + number) for number in range(3)]
    clients = [ChunkClient(web.port) for _ in paths]
    receipts: dict[int, object] = {}

    def send(number: int) -> None:
        receipts[number] = clients[number].send_file(paths[number], f"key-number-{number}", 400)

    for client in clients:
        client.sign_in(EDITOR, PASSWORD)
    threads = [threading.Thread(target=send, args=(number,)) for number in range(3)]
    for thread in threads:
        thread.start()
    for kills in (1, 2):
        wait_for(
            lambda least=kills * 2: sum(c.sent_chunks for c in clients) >= least, 200, "chunks"
        )
        web.crash()
        web.start_web()
    for thread in threads:
        thread.join()
    assert len(receipts) == 3
    assert sorted(stored_hashes(web)) == sorted(
        hashlib.sha256(path.read_bytes()).hexdigest() for path in paths
    )
    with web.database.reading() as session:
        assert len(session.scalars(select(Announcement)).all()) == 3
        assert set(session.scalars(select(Capture.state))) == {"finished"}


def test_a_recording_whose_sender_died_is_finished_by_the_server(
    standing: RunningLoa, tmp_path: Path
) -> None:
    options = {"live": "1", "cluster_time_limit": "1000"}
    content = write_sound(tmp_path / "a.webm", "webm", seconds=6.0, options=options).read_bytes()
    client = ChunkClient(standing.port)
    client.sign_in(EDITOR, PASSWORD)
    begun = client.json(
        "POST",
        "/api/v1/captures",
        {"key": "key-of-a-recorder", "kind": "recorder", "file_name": "thu-am.webm"},
    )
    step = len(content) // 6
    for number in range(5):
        assert client.put(begun["id"], number, content[number * step : (number + 1) * step]) == 201

    def finished() -> str | None:
        # A chunk that came late has opened it again: only now that all are there it stays so.
        with standing.database.reading() as session:
            capture = session.get_one(Capture, begun["id"])
            return capture.announcement_id if capture.state == "finished" else None

    announcement = wait_for(finished, 120, "the server finishing the recording")
    wait_for(lambda: standing.state(announcement) == "in_review", 240, "its transcription")
    with standing.database.reading() as session:
        duration_ms = session.get_one(Announcement, announcement).duration_ms
    assert duration_ms > 4_000
    told = client.json("GET", f"/api/v1/captures/{begun['id']}")
    assert (told["state"], told["by_silence"]) == ("finished", True)


def test_a_plain_form_with_too_large_a_file_gets_an_answer_in_vietnamese(
    web: RunningLoa,
) -> None:
    client = ChunkClient(web.port)
    client.sign_in(EDITOR, PASSWORD)
    size = 80 * MIB
    free_before = os.statvfs(web.data).f_bavail
    for expect in (False, True):
        with closing(http.client.HTTPConnection("127.0.0.1", web.port, timeout=30)) as connection:
            connection.putrequest("POST", "/lam-viec/tai-len")
            connection.putheader("Content-Type", "multipart/form-data; boundary=x")
            connection.putheader("Content-Length", str(size))
            connection.putheader("Cookie", client.cookie)
            if expect:
                connection.putheader("Expect", "100-continue")
            connection.endheaders()
            block = bytes(MIB)
            for _ in range(0 if expect else 80):
                connection.send(block)
            answer = connection.getresponse()
            page = answer.read().decode()
        assert answer.status == 413
        assert "Tệp lớn hơn 64 MB" in page
        assert "<html" in page
    assert os.statvfs(web.data).f_bavail > free_before - 40 * MIB // 4096
    assert web.answers()
