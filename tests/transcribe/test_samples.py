import os
import subprocess
import sys
import wave
from pathlib import Path

import pytest

from bridge.errors import BridgeError
from tests.samples import shared_cache
from transcribe.samples import Sample, fetch_samples, join_samples


def test_clips_come_with_their_texts_in_a_stable_order(clips: list[Sample]) -> None:
    assert len(clips) == 6
    assert [clip.name for clip in clips] == sorted(clip.name for clip in clips)
    for clip in clips:
        assert len(clip.text.split()) > 5
        with wave.open(str(clip.wav_path)) as file:
            assert (file.getframerate(), file.getnchannels()) == (24_000, 1)


def test_second_call_needs_no_network(clips: list[Sample], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")
    monkeypatch.setenv("PIP_RETRIES", "0")
    assert fetch_samples(shared_cache()) == clips


def test_no_network_and_no_cache_is_said_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")
    monkeypatch.setenv("PIP_RETRIES", "0")
    monkeypatch.setenv("PIP_NO_CACHE_DIR", "1")
    monkeypatch.delenv("PIP_EXTRA_INDEX_URL", raising=False)
    with pytest.raises(BridgeError) as caught:
        fetch_samples(tmp_path)
    assert caught.value.code == "samples_unreachable"
    assert list(tmp_path.iterdir()) == []


def test_joined_clips_last_as_long_as_clips_and_pauses(clips: list[Sample], tmp_path: Path) -> None:
    seconds = 0.0
    for clip in clips[:2]:
        with wave.open(str(clip.wav_path)) as file:
            seconds += file.getnframes() / file.getframerate()
    join_samples(clips[:2], tmp_path / "a.wav", pause_ms=500, repeat=3)
    with wave.open(str(tmp_path / "a.wav")) as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (24_000, 1, 2)
        assert file.getnframes() / 24_000 == pytest.approx(3 * (seconds + 1.0), abs=0.02)


def test_import_of_the_sound_packages_warns_of_nothing() -> None:
    # pydub looks for an ffmpeg program on import and warns where there is none, as here.
    finished = subprocess.run(
        [sys.executable, "-W", "error", "-c", "import transcribe.sound"],
        capture_output=True,
        text=True,
        env={"PATH": "/nonexistent"},
    )
    assert (finished.returncode, finished.stderr) == (0, "")
