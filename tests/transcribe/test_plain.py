import itertools
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from bridge.errors import MediaRejected
from bridge.settings import Settings
from bridge.transcript import SILENCE_TEXT
from bridge.vietnamese import token_key
from tests.samples import write_wav
from transcribe.plain import transcribe_file
from transcribe.samples import Sample, join_samples


@pytest.mark.model
def test_file_becomes_lines_that_follow_the_speech(
    clips: list[Sample], model_settings: Settings, tmp_path: Path
) -> None:
    join_samples(clips[:2], tmp_path / "a.wav")
    seen: list[tuple[int, int]] = []
    segments = transcribe_file(
        tmp_path / "a.wav", model_settings, lambda done, total: seen.append((done, total))
    )
    assert len(segments) >= 2
    assert all(segment.kind == "speech" for segment in segments)
    for before, after in itertools.pairwise(segments):
        assert before.end_ms <= after.start_ms
    expected = {token_key(word) for clip in clips[:2] for word in clip.text.split()}
    heard = {token_key(word.text) for segment in segments for word in segment.words}
    assert len(expected & heard) / len(expected) > 0.5  # measured: 0.7
    assert seen == sorted(seen)
    assert seen[0] == (0, seen[0][1])
    assert seen[-1] == (seen[0][1], seen[0][1])


@pytest.mark.model
def test_file_without_speech_says_so(model_settings: Settings, tmp_path: Path) -> None:
    path = write_wav(tmp_path / "a.wav", np.zeros(24_000 * 2, np.int16))
    (segment,) = transcribe_file(path, model_settings, lambda done, total: None)
    assert (segment.kind, segment.text) == ("silence", SILENCE_TEXT)
    assert (segment.start_ms, segment.end_ms, segment.words) == (0, 2000, ())


def test_file_that_is_no_recording_is_refused(limits: Settings, tmp_path: Path) -> None:
    (tmp_path / "a.mp3").write_bytes(b"not a sound" * 100)
    settings = replace(limits, model=str(tmp_path / "no model is needed to refuse"))
    with pytest.raises(MediaRejected):
        transcribe_file(tmp_path / "a.mp3", settings, lambda done, total: None)
