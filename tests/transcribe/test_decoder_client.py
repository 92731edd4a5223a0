"""A decoder that is started here, read there, and closed at any moment."""

import struct
import threading
import time
from collections.abc import Generator
from contextlib import closing
from pathlib import Path

import numpy as np
import psutil
import pytest

from bridge.errors import DecoderFailed, MediaRejected
from bridge.settings import Settings
from tests.children import killed_when_started
from tests.samples import tone, write_sound, write_wav
from transcribe.decoder_client import (
    DecodingClosed,
    OriginalLevels,
    decode_sound,
    probe_sound,
    start_decoding,
)


def drain(blocks: Generator[bytes, None, OriginalLevels]) -> tuple[bytes, OriginalLevels]:
    """All of the sound, and what the generator returns."""
    sound = bytearray()
    with closing(blocks):
        while True:
            try:
                sound += next(blocks)
            except StopIteration as end:
                return bytes(sound), end.value


def children() -> set[int]:
    return {child.pid for child in psutil.Process().children()}


def open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def write_stereo(path: Path, wave: np.ndarray, sample_rate: int = 48_000) -> Path:
    """`wave` (int16) in both channels of a WAV file."""
    write_wav(path, np.repeat(wave, 2), sample_rate)
    data = bytearray(path.read_bytes())
    data[22:24] = struct.pack("<H", 2)  # channels
    data[28:34] = struct.pack("<IH", sample_rate * 4, 4)  # bytes a second, bytes a frame
    path.write_bytes(data)
    return path


def sine(seconds: float, hertz: float, peak_db: float, turn: float = 0.0) -> np.ndarray:
    """int16, 48 kHz."""
    moments = np.arange(int(seconds * 48_000)) / 48_000
    wave = 10 ** (peak_db / 20) * np.sin(2 * np.pi * hertz * moments + turn)
    return np.asarray(np.rint(wave * 32767), np.int16)


def test_levels_of_the_original_come_after_its_sound(tmp_path: Path, limits: Settings) -> None:
    path = write_stereo(tmp_path / "a.wav", sine(5.0, 997.0, -23.0))
    sound, levels = drain(decode_sound(path, limits))
    assert len(sound) == 5 * 24_000 * 2
    assert levels.loudness_lufs == pytest.approx(-23.0, abs=0.1)
    assert levels.true_peak_dbtp == pytest.approx(-23.0, abs=0.1)


def test_true_peak_is_that_of_the_original_rate(tmp_path: Path, limits: Settings) -> None:
    # A quarter of the original's rate: in the 24 kHz that we make of it nothing is left of it.
    path = write_stereo(tmp_path / "a.wav", sine(2.0, 12_000.0, -0.2, turn=np.pi / 4))
    _, levels = drain(decode_sound(path, limits))
    assert levels.true_peak_dbtp == pytest.approx(-0.2, abs=0.5)


def test_silence_has_sound_and_no_levels(tmp_path: Path, limits: Settings) -> None:
    sound, levels = drain(decode_sound(write_wav(tmp_path / "a.wav", tone(2.0, volume=0)), limits))
    assert len(sound) == 2 * 24_000 * 2
    assert levels == OriginalLevels(None, None)


def test_sound_that_cannot_be_measured_still_comes(tmp_path: Path, limits: Settings) -> None:
    path = write_wav(tmp_path / "a.wav", tone(4.0, 1_000), 1_000)
    sound, levels = drain(decode_sound(path, limits))
    assert len(sound) == pytest.approx(4 * 24_000 * 2, abs=100)
    assert levels == OriginalLevels(None, None)


def test_decoder_works_before_anybody_reads(tmp_path: Path, limits: Settings) -> None:
    before = children()
    with start_decoding(write_wav(tmp_path / "a.wav", tone(2.0)), limits) as decoding:
        assert len(children() - before) == 1
        sound, levels = drain(decoding.blocks())
    assert len(sound) == 2 * 24_000 * 2
    assert levels.loudness_lufs is not None
    assert children() == before


def test_started_here_and_read_in_another_thread(tmp_path: Path, limits: Settings) -> None:
    read: list[int] = []
    path = write_wav(tmp_path / "a.wav", tone(30.0))
    with start_decoding(path, limits) as decoding:
        reader = threading.Thread(target=lambda: read.append(len(drain(decoding.blocks())[0])))
        reader.start()
        reader.join(120)
    assert read == [30 * 24_000 * 2]


def test_closing_ends_a_reader_that_waits(tmp_path: Path, limits: Settings) -> None:
    before, files = children(), open_files()
    ends: list[BaseException] = []
    decoding = start_decoding(write_wav(tmp_path / "a.wav", tone(300.0)), limits)
    (child,) = children() - before
    psutil.Process(child).suspend()  # from here on it says nothing

    def read() -> None:
        try:
            drain(decoding.blocks())
        except BaseException as error:
            ends.append(error)

    reader = threading.Thread(target=read)
    reader.start()
    time.sleep(0.3)
    assert reader.is_alive()
    begun = time.monotonic()
    decoding.close()
    reader.join(30)
    assert time.monotonic() - begun < 30  # half of what it waits for a block
    assert not reader.is_alive()
    assert [type(end) for end in ends] == [DecodingClosed]
    assert (children(), open_files()) == (before, files)


def test_closing_between_two_blocks_ends_the_reading(tmp_path: Path, limits: Settings) -> None:
    files = open_files()
    decoding = start_decoding(write_wav(tmp_path / "a.wav", tone(300.0)), limits)
    blocks = decoding.blocks()
    next(blocks)
    decoding.close()
    with pytest.raises(DecodingClosed):
        drain(blocks)
    assert open_files() == files


def test_closing_twice_or_before_reading_does_no_harm(tmp_path: Path, limits: Settings) -> None:
    before, files = children(), open_files()
    decoding = start_decoding(write_wav(tmp_path / "a.wav", tone(2.0)), limits)
    decoding.close()
    decoding.close()
    with pytest.raises(DecodingClosed):
        next(decoding.blocks())
    assert (children(), open_files()) == (before, files)


def test_closing_after_the_end_does_no_harm(tmp_path: Path, limits: Settings) -> None:
    decoding = start_decoding(write_wav(tmp_path / "a.wav", tone(2.0)), limits)
    drain(decoding.blocks())
    decoding.close()


def test_refusal_is_raised_where_it_is_read(tmp_path: Path, limits: Settings) -> None:
    files = open_files()
    (tmp_path / "a.mp3").write_bytes(b"Xin chao ba con\n" * 100)
    decoding = start_decoding(tmp_path / "a.mp3", limits)
    with pytest.raises(MediaRejected) as caught:
        drain(decoding.blocks())
    assert caught.value.code == "media_unreadable"
    assert caught.value.for_good
    assert open_files() == files


def test_a_decoder_that_was_killed_is_no_word_about_the_file(
    tmp_path: Path, limits: Settings
) -> None:
    path = write_wav(tmp_path / "a.wav", tone(30.0))
    with killed_when_started("transcribe.decoder"), pytest.raises(DecoderFailed) as caught:
        probe_sound(path, limits)
    assert (caught.value.code, caught.value.for_good) == ("media_interrupted", False)
    assert probe_sound(path, limits).duration_ms == 30_000


def test_file_that_is_not_there_is_said_at_once(tmp_path: Path, limits: Settings) -> None:
    with pytest.raises(FileNotFoundError):
        start_decoding(tmp_path / "a.mp3", limits)


@pytest.mark.parametrize("kind", ["mp3", "m4a", "ogg", "amr", "wma"])
def test_every_kind_of_coded_sound_has_levels(kind: str, tmp_path: Path, limits: Settings) -> None:
    path = write_sound(tmp_path / "upload", kind, volume=0.3)
    _, levels = drain(decode_sound(path, limits))
    assert levels.loudness_lufs is not None
    assert levels.true_peak_dbtp is not None
    # A sine of 440 Hz in one channel: weighted by -0.8 dB, 3 dB under its peak of -10.5 dB. AMR
    # takes some of it away, and coders overshoot where the tone sets in.
    assert levels.loudness_lufs == pytest.approx(-14.3, abs=2.0)
    assert -12.0 < levels.true_peak_dbtp < -3.0
