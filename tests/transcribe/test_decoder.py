"""The decoder as its callers meet it: real child processes on real files, good and hostile."""

import struct
import subprocess
import sys
import time
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import av
import numpy as np
import pytest

from bridge.errors import DecoderFailed, MediaRejected, TooLarge
from bridge.settings import Settings
from tests.children import children_running
from tests.samples import KINDS, tone, write_sound, write_video, write_wav
from tests.transcribe.watchers import Listener
from transcribe.child import bare_environment
from transcribe.decoder_client import decode_sound, probe_sound


def refusal(path: Path, settings: Settings) -> MediaRejected:
    with pytest.raises(MediaRejected) as caught:
        probe_sound(path, settings)
    return caught.value


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_every_promised_kind_is_read_with_its_length(
    kind: str, tmp_path: Path, limits: Settings
) -> None:
    facts = probe_sound(write_sound(tmp_path / "upload", kind), limits)
    # Encoders pad the last frame; AAC without a container also keeps its priming samples.
    assert facts.duration_ms == pytest.approx(3000, abs=100)
    assert facts.channels == 1
    assert facts.sample_rate == KINDS[kind][2]
    assert len(facts.peaks) == -(-facts.duration_ms // 100)


def test_peaks_show_the_loudest_sample_of_each_tenth_of_a_second(
    tmp_path: Path, limits: Settings
) -> None:
    loud, quiet = tone(0.5, volume=1.0), tone(0.5, volume=0.1)
    samples = np.concatenate([loud, quiet, np.zeros(2400, np.int16)])
    facts = probe_sound(write_wav(tmp_path / "a.wav", samples), limits)
    assert list(facts.peaks[:5]) == pytest.approx([255] * 5, abs=1)
    assert list(facts.peaks[5:10]) == pytest.approx([25] * 5, abs=1)
    assert list(facts.peaks[10:]) == [0]


def test_full_scale_negative_samples_stay_within_a_byte(tmp_path: Path, limits: Settings) -> None:
    samples = np.full(24_000, -32768, np.int16)
    assert set(probe_sound(write_wav(tmp_path / "a.wav", samples), limits).peaks) == {255}


def test_stereo_of_another_rate_becomes_the_same_sound_in_mono(
    tmp_path: Path, limits: Settings
) -> None:
    both = np.repeat(tone(1.0, 44_100), 2)
    path = write_wav(tmp_path / "a.wav", both, 44_100)
    data = bytearray(path.read_bytes())
    data[22:24] = struct.pack("<H", 2)  # channels
    data[28:34] = struct.pack("<IH", 44_100 * 4, 4)  # bytes a second, bytes a frame
    path.write_bytes(data)
    facts = probe_sound(path, limits)
    assert (facts.channels, facts.sample_rate, facts.duration_ms) == (2, 44_100, 1000)
    with closing(decode_sound(path, limits)) as blocks:
        heard = np.frombuffer(b"".join(blocks), "<i2")
    assert heard.size == 24_000
    assert np.abs(heard.astype(int)).max() == pytest.approx(0.3 * 32767, rel=0.02)


def test_decoded_wav_is_the_samples_themselves(tmp_path: Path, limits: Settings) -> None:
    samples = tone(1.5)
    with closing(decode_sound(write_wav(tmp_path / "a.wav", samples), limits)) as blocks:
        assert np.array_equal(np.frombuffer(b"".join(blocks), "<i2"), samples)


def test_empty_file_is_refused(tmp_path: Path, limits: Settings) -> None:
    (tmp_path / "a.mp3").touch()
    assert refusal(tmp_path / "a.mp3", limits).code == "media_empty"


JUNK = {
    "text": b"Xin chao ba con\n",
    "long text": b"Xin chao ba con trong thon\n" * 10_000,
    "hls playlist": b"#EXTM3U\n#EXT-X-VERSION:3\n#EXTINF:10,\nhttp://127.0.0.1:9/a.ts\n",
    "sdp": b"v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\n"
    b"m=audio 5004 RTP/AVP 0\n",
    "random": np.random.default_rng(7).bytes(200_000),
    "more random": np.random.default_rng(8).bytes(200_000),
    "zeros": bytes(100_000),
    "riff without anything": b"RIFF\x24\x00\x00\x00WAVE",
    "html": b"<!doctype html><title>x</title>" * 50,
}


@pytest.mark.parametrize("name", sorted(JUNK))
def test_what_is_no_recording_is_refused(name: str, tmp_path: Path, limits: Settings) -> None:
    (tmp_path / "a.mp3").write_bytes(JUNK[name])
    assert refusal(tmp_path / "a.mp3", limits).code == "media_unreadable"


def test_playlist_reaches_no_address(tmp_path: Path, limits: Settings) -> None:
    with Listener() as listener:
        playlist = (
            "#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\n"
            f"http://127.0.0.1:{listener.port}/a.ts\n#EXT-X-ENDLIST\n"
        ).encode()
        (tmp_path / "a.m3u8").write_bytes(playlist)
        # Opened without care the same file does reach out: this is what must not happen.
        with (tmp_path / "a.m3u8").open("rb") as file, pytest.raises(av.FFmpegError):
            av.open(file)
        assert listener.visits > 0
        before = listener.visits
        assert refusal(tmp_path / "a.m3u8", limits).code == "media_unreadable"
        assert listener.visits == before


def test_concat_list_opens_no_sibling(tmp_path: Path, limits: Settings) -> None:
    write_sound(tmp_path / "secret.wav", "wav")
    (tmp_path / "a.mp3").write_text("ffconcat version 1.0\nfile secret.wav\n")
    assert refusal(tmp_path / "a.mp3", limits).code == "media_unreadable"


def test_video_without_sound_is_named_as_such(tmp_path: Path, limits: Settings) -> None:
    assert refusal(write_video(tmp_path / "a.mp4"), limits).code == "media_no_sound"


@pytest.mark.parametrize("ending", ["mp4", "mkv"])
def test_video_gives_its_sound_even_where_that_ends_first(
    ending: str, tmp_path: Path, limits: Settings
) -> None:
    path = write_video(tmp_path / f"a.{ending}", video_seconds=4.0, sound_seconds=2.0)
    assert probe_sound(path, limits).duration_ms == pytest.approx(2000, abs=100)


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        ("wav", {}),
        ("aiff", {}),
        ("flac", {}),
        ("mp3", {}),
        ("webm", {}),
        ("m4a", {"movflags": "faststart"}),
    ],
)
def test_file_cut_in_half_is_called_truncated(
    kind: str, options: dict[str, str], tmp_path: Path, limits: Settings
) -> None:
    path = write_sound(tmp_path / "upload", kind, seconds=6.0, options=options)
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    error = refusal(path, limits)
    assert error.code == "media_truncated"
    assert error.data["declared_ms"] == pytest.approx(6000, abs=150)
    assert error.data["decoded_ms"] == pytest.approx(3000, abs=700)


def test_m4a_without_its_index_is_unreadable(tmp_path: Path, limits: Settings) -> None:
    path = write_sound(tmp_path / "upload", "m4a")
    path.write_bytes(path.read_bytes()[:8000])
    assert refusal(path, limits).code == "media_unreadable"


@pytest.mark.parametrize("size", [0, 0xFFFF_FFFF, 0x7FFF_FFFF])
def test_streamed_wav_that_never_knew_its_length_is_taken_whole(
    size: int, tmp_path: Path, limits: Settings
) -> None:
    path = write_wav(tmp_path / "a.wav", tone(2.0))
    data = bytearray(path.read_bytes())
    data[40:44] = struct.pack("<I", size)
    path.write_bytes(data)
    assert probe_sound(path, limits).duration_ms == 2000


def test_mp3_without_a_stated_length_is_not_called_truncated(
    tmp_path: Path, limits: Settings
) -> None:
    path = write_sound(tmp_path / "a.mp3", "mp3", options={"write_xing": "0"})
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    assert probe_sound(path, limits).duration_ms == pytest.approx(1500, abs=100)


def test_mp3_behind_a_large_tag_is_no_junk(tmp_path: Path, limits: Settings) -> None:
    sound = write_sound(tmp_path / "a.mp3", "mp3", options={"id3v2_version": "0"}).read_bytes()
    body = b"PRIV" + struct.pack(">IH", 100_000, 0) + bytes(100_000)
    size = len(body)
    header = b"ID3\x03\x00\x00" + bytes(size >> shift & 0x7F for shift in (21, 14, 7, 0))
    (tmp_path / "a.mp3").write_bytes(header + body + sound)
    assert probe_sound(tmp_path / "a.mp3", limits).duration_ms == pytest.approx(3000, abs=100)


def test_too_short_says_how_long_it_is(tmp_path: Path, limits: Settings) -> None:
    error = refusal(write_wav(tmp_path / "a.wav", tone(0.1)), limits)
    assert error.code == "media_too_short"
    assert error.data == {"duration_ms": 100, "limit_ms": limits.min_duration_ms}


def test_hours_in_a_few_megabytes_are_given_up_at_the_limit(
    tmp_path: Path, limits: Settings
) -> None:
    path = tmp_path / "bomb.flac"
    write_sound(path, "flac", seconds=600.0, volume=0.0)
    assert path.stat().st_size < 200_000
    begun = time.monotonic()
    with pytest.raises(TooLarge) as caught:
        probe_sound(path, replace(limits, max_duration_ms=20_000))
    assert caught.value.code == "media_too_long"
    assert caught.value.data == {"limit_ms": 20_000}
    assert time.monotonic() - begun < 60


def test_codec_outside_the_list_is_refused(tmp_path: Path, limits: Settings) -> None:
    with av.open(str(tmp_path / "a.mkv"), "w") as container:
        stream = container.add_stream("ac3", rate=48_000)
        stream.layout = "mono"
        frame = av.AudioFrame.from_ndarray(tone(2.0, 48_000).reshape(1, -1), "s16", "mono")
        frame.sample_rate = 48_000
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    assert refusal(tmp_path / "a.mkv", limits).code == "media_unreadable"


def test_a_decoder_that_is_killed_in_its_midst_is_told(tmp_path: Path, limits: Settings) -> None:
    path = write_wav(tmp_path / "a.wav", tone(120.0))
    blocks = decode_sound(path, limits)
    next(blocks)
    (child,) = children_running("transcribe.decoder")
    child.kill()
    with pytest.raises(DecoderFailed, match="media_interrupted"):
        list(blocks)


def test_reader_that_stops_leaves_no_process(tmp_path: Path, limits: Settings) -> None:
    path = write_wav(tmp_path / "a.wav", tone(120.0))
    with closing(decode_sound(path, limits)) as blocks:
        next(blocks)
        assert children_running("transcribe.decoder")
    assert not children_running("transcribe.decoder")


def test_decoder_cannot_write_hoard_files_or_take_memory(tmp_path: Path) -> None:
    script = """
import sys
from transcribe.decoder import limit_self
limit_self(1000)
import signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
for attempt in (
    lambda: open(sys.argv[1], "wb", buffering=0).write(b"x"),
    lambda: [open("/dev/null") for _ in range(50)],
    lambda: bytearray(2 * 1024**3),
):
    try:
        attempt()
        print("done")
    except (OSError, MemoryError):
        print("refused")
"""
    finished = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path / "written")],
        env=bare_environment(),
        capture_output=True,
        text=True,
        check=True,
    )
    assert finished.stdout.split() == ["refused"] * 3
