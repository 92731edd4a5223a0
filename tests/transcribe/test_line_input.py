"""Streams and sound cards that work, lie, stall and vanish."""

import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from bridge.errors import LineLost
from bridge.sources import SourceInfo
from tests.transcribe.fake_arecord import install
from tests.transcribe.line_servers import (
    OK,
    Behaviour,
    encoded,
    holds,
    noise,
    sends,
    serving,
    source_at,
)
from transcribe.decoder import SAMPLE_RATE
from transcribe.line_input import AHEAD_MS, open_line
from transcribe.line_splitter import level_db

SPEECH = noise(4)


def hear(source: SourceInfo, enough_s: float, stall_s: float) -> tuple[bytes, LineLost | None]:
    """The sound that came, at most so much, and how the line was lost; None when it lasted."""
    pcm = b""
    deadline = time.monotonic() + 120
    with closing(open_line(source, stall_s)) as line:
        try:
            while len(pcm) < enough_s * SAMPLE_RATE * 2 and time.monotonic() < deadline:
                pcm += line.read(0.2)
        except LineLost as lost:
            return pcm, lost
    return pcm, None


def listen(
    source: SourceInfo, enough_s: float = 60, stall_s: float = 60
) -> tuple[bytes, str | None]:
    pcm, lost = hear(source, enough_s, stall_s)
    return pcm, lost.code if lost else None


def from_server(behaviour: Behaviour, **options: float) -> tuple[bytes, str | None]:
    with serving(behaviour) as server:
        return listen(source_at(server.url), **options)


@pytest.mark.parametrize("form", ["mp3", "adts", "ogg", "wav"])
def test_a_stream_is_heard_until_it_ends(form: str) -> None:
    pcm, end = from_server(sends(encoded(SPEECH, form)))
    assert end == "line_ended"
    assert len(pcm) == pytest.approx(len(SPEECH), rel=0.05)
    assert level_db(pcm) == pytest.approx(-20, abs=3)


def test_a_stream_is_heard_from_its_middle() -> None:
    content = encoded(SPEECH)
    pcm, end = from_server(sends(content[len(content) // 2 + 17 :]))
    assert end == "line_ended"
    assert len(pcm) == pytest.approx(len(SPEECH) / 2, rel=0.2)


def test_damage_in_a_stream_is_a_gap_and_not_its_end() -> None:
    content = bytearray(encoded(SPEECH))
    content[8000:9000] = bytes(1000)
    pcm, end = from_server(sends(bytes(content)))
    assert end == "line_ended"
    assert len(pcm) > len(SPEECH) * 0.8


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x00" * 300_000,
        b"no sound at all " * 20_000,
        b"ffconcat version 1.0\nfile /etc/passwd\n" * 1000,
    ],
    ids=["nothing", "zeros", "text", "ffconcat"],
)
def test_what_is_no_sound_is_no_line(content: bytes) -> None:
    pcm, end = from_server(sends(content))
    assert (pcm, end) in [(b"", "line_unreadable"), (b"", "line_ended")]


def test_a_playlist_called_a_stream_fetches_nothing() -> None:
    with serving(sends(encoded(SPEECH))) as secret:
        playlist = f"#EXTM3U\n#EXT-X-TARGETDURATION:5\n#EXTINF:5,\n{secret.url}\n".encode()
        assert from_server(sends(playlist * 500)) == (b"", "line_unreadable")
        assert secret.requests == []


def test_a_server_that_sends_nothing_more_is_a_lost_line() -> None:
    # The decoder has to start within that time too.
    pcm, end = from_server(holds(encoded(SPEECH)), stall_s=8)
    assert end == "line_stalled"
    assert len(pcm) > len(SPEECH) * 0.9


def test_a_server_that_trickles_is_a_lost_line() -> None:
    def behave(request: str, send: Callable[[bytes], None]) -> None:
        for letter in OK * 100:
            send(bytes([letter]))
            time.sleep(0.05)

    began = time.monotonic()
    assert from_server(behave, stall_s=1) == (b"", "line_stalled")
    assert time.monotonic() - began < 60  # of the minutes that its head takes


def test_a_file_in_place_of_a_stream_comes_no_faster_than_real_time() -> None:
    whole = encoded(noise(60), "wav") + noise(60) * 20  # twenty minutes
    with serving(sends(whole)) as server:
        began = time.monotonic()
        pcm, end = listen(source_at(server.url), enough_s=AHEAD_MS / 1000 + 1)
        assert end is None
        heard_ms = len(pcm) * 1000 // SAMPLE_RATE // 2
        assert heard_ms < AHEAD_MS + (time.monotonic() - began) * 1000 + 2_000
        assert server.sent_bytes < len(whole) // 2


def test_an_endless_stream_of_nothing_is_given_up() -> None:
    def behave(request: str, send: Callable[[bytes], None]) -> None:
        send(b"HTTP/1.0 200 OK\r\nContent-Type: application/ogg\r\n\r\n")
        page = encoded(SPEECH, "ogg")[:64]
        while True:
            send(page + bytes(4000))

    assert from_server(behave) == (b"", "line_unreadable")


def card(monkeypatch: pytest.MonkeyPatch, folder: Path, behaviour: str) -> SourceInfo:
    monkeypatch.setenv("PATH", str(install(folder / "bin")), prepend=":")
    monkeypatch.setenv("LOA_TEST_CARD", behaviour)
    return source_at("alsa:plughw:1")


def test_a_sound_card_is_heard_in_real_time(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    began = time.monotonic()
    pcm, end = listen(card(monkeypatch, tmp_path, "speech"), enough_s=1)
    assert end is None
    assert time.monotonic() - began > 0.8
    assert level_db(pcm[SAMPLE_RATE // 2 :]) == pytest.approx(-23.8, abs=1)  # half of the band


def test_blocks_that_end_within_a_sample_are_put_together(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    _, end = listen(card(monkeypatch, tmp_path, "odd"), enough_s=0.5)
    assert end is None


@pytest.mark.parametrize(
    ("behaviour", "code", "stall_s"),
    [("missing", "line_device", 60), ("hangs", "line_stalled", 0.7)],
)
def test_a_sound_card_that_gives_nothing_is_a_lost_line(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, behaviour: str, code: str, stall_s: float
) -> None:
    assert listen(card(monkeypatch, tmp_path, behaviour), stall_s=stall_s) == (b"", code)


def test_the_programs_own_words_come_with_the_loss(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    _, lost = hear(card(monkeypatch, tmp_path, "missing"), 10, 60)
    assert lost is not None
    assert "audio open error: No such file or directory" in lost.data["detail"]


def test_a_missing_program_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    _, lost = hear(source_at("pulse:"), 10, 5)
    assert lost is not None
    assert (lost.code, lost.data["program"]) == ("line_no_program", "parec")
