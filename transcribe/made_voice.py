"""A voice made from nothing, for trying a speech model where no recording is at hand. Pure."""

import numpy as np
from numpy.typing import NDArray

SAMPLE_RATE = 16_000  # Hz


def make_voice(seconds: float) -> NDArray[np.float64]:
    """A droning voice that says nothing: 16 kHz, mono, float64 within ±0.5, always the same.

    Harmonics of a gliding pitch under three gliding formants, in syllables of 0.45 s: enough for
    the voice detector to let a part of it through, which it does not do for tones or noise.
    """
    moments = np.arange(int(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    pitch = 120 + 15 * np.sin(2 * np.pi * 0.7 * moments)
    phase = 2 * np.pi * np.cumsum(pitch) / SAMPLE_RATE
    formants = (
        (1.0, 500 + 250 * np.sin(2 * np.pi * 1.9 * moments), 80),
        (0.5, 1500 + 500 * np.sin(2 * np.pi * 1.3 * moments + 1), 110),
        (0.25, 2500 + 0 * moments, 160),
    )
    voice = np.zeros_like(moments)
    for harmonic in range(1, 30):
        weight = sum(
            strength / (1 + ((harmonic * pitch - centre) / width) ** 2)
            for strength, centre, width in formants
        )
        voice += weight / np.sqrt(harmonic) * np.sin(harmonic * phase)
    voice *= np.sqrt(np.clip(np.sin(2 * np.pi * 2.2 * moments), 0, 1))
    return np.asarray(voice / np.abs(voice).max() / 2, np.float64)
