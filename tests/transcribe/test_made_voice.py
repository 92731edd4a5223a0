from pathlib import Path

import numpy as np
import pytest

from transcribe.engine_client import EngineClient, EngineDone, HeardSegment
from transcribe.made_voice import SAMPLE_RATE, make_voice


def test_the_voice_is_the_same_every_time_and_not_overdriven() -> None:
    voice = make_voice(2.0)
    assert voice.shape == (2 * SAMPLE_RATE,)
    assert np.abs(voice).max() == 0.5
    assert np.array_equal(voice, make_voice(2.0))


@pytest.mark.model
def test_the_voice_passes_the_voice_detector_so_that_the_model_hears_it(
    engine: EngineClient, tmp_path: Path
) -> None:
    path = tmp_path / "voice.pcm"
    path.write_bytes((make_voice(3.0) * 32767).astype("<i2").tobytes())
    number = engine.submit(path, 0)
    heard = []
    while not (heard and isinstance(heard[-1], EngineDone)):
        answer = engine.next_event(1.0)
        if answer is not None:
            assert answer[0] == number
            heard.append(answer[1])
    assert any(isinstance(event, HeardSegment) for event in heard)
