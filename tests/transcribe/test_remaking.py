"""Copies that were lost are made again from the original."""

import io
import math
import struct
import wave

import pytest

from bridge.errors import TaskFailed
from bridge.media import LISTENING_COPY, WORKING_COPY, MediaStore
from bridge.settings import load_settings
from transcribe.remaking import remake_copies
from transcribe.sound import read_span


def tone(seconds: float) -> bytes:
    samples = [int(8_000 * math.sin(number / 5)) for number in range(int(16_000 * seconds))]
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(16_000)
        file.writeframes(struct.pack(f"<{len(samples)}h", *samples))
    return buffer.getvalue()


def test_both_copies_come_back_with_the_originals_sound(tmp_path):
    settings = load_settings({}, data_dir=tmp_path)
    media = MediaStore(settings.media_dir)
    incoming = media.receive(io.BytesIO(tone(2)), max_bytes=10**6, min_free_bytes=0)
    media.keep(incoming)
    for _ in range(2):  # while they are there they are simply made again
        remake_copies(media, settings, incoming.sha256)
        folder = media.copies_folder(incoming.sha256)
        assert {path.name for path in folder.iterdir()} == {WORKING_COPY, LISTENING_COPY}
        sound = read_span(folder / WORKING_COPY, 0, 2_000)
        assert len(sound) > 0
        assert 0.2 < abs(sound).max() < 0.3
        assert (folder / LISTENING_COPY).stat().st_size > 10_000


def test_without_its_original_or_without_sound_in_it_nothing_is_made(tmp_path):
    settings = load_settings({}, data_dir=tmp_path)
    media = MediaStore(settings.media_dir)
    with pytest.raises(TaskFailed, match="media_missing"):
        remake_copies(media, settings, "0" * 64)
    incoming = media.receive(io.BytesIO(b"no sound" * 99), max_bytes=10**6, min_free_bytes=0)
    media.keep(incoming)
    with pytest.raises(TaskFailed, match="media_"):
        remake_copies(media, settings, incoming.sha256)
    assert list(media.copies_folder(incoming.sha256).iterdir()) == []
