"""Sound as a loudspeaker in the street gives it back, simulated the same way every time.

For measuring only: nothing that is transcribed in earnest passes through here. Samples are
float32, mono, at any rate, full scale at ±1. The steps come in the order of the real way:
amplifier (gain, clipping), horn (band), the place (echo), the microphone's surroundings (noise).
"""

import wave
import zlib
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bridge.settings import Settings
from transcribe.decoder import SAMPLE_RATE
from transcribe.decoder_client import decode_sound

Samples = NDArray[np.float32]

LONGEST_MS = 60 * 60 * 1000  # held whole: about 1 GB at the peak for an hour

# The telephone band (ITU-T G.712): what a cheap horn leaves of a voice.
LOWEST_HZ, HIGHEST_HZ = 300.0, 3400.0
_BAND_TAPS = 1023  # Hamming window: the edges are 3.3 x rate / taps wide, 77 Hz at 24 kHz

# The place, ours: a wall whose way round is 16 m longer and a second loudspeaker 100 m behind the
# first (343 m/s), then a tail that falls by 60 dB in 0.5 s (reverberation time, ISO 3382-1). Open
# air: with a tail of -8 dB the base model understood next to nothing, and the simulation must leave
# room for better and for worse (measured: WER 0.69 for all of LOUDSPEAKER, 0.89 with that tail).
_REFLECTIONS = ((0.047, -12.0), (0.29, -18.0))  # seconds, dB of the direct sound
_REVERBERATION_S = 0.5
_TAIL_FROM_S = 0.02
_TAIL_DB = -15.0  # energy of the whole tail against the direct sound

_NOISE_TAPS = 4095
_NOISE_LOWEST_HZ = 20.0
_BLOCK = 1 << 16


@dataclass(frozen=True, slots=True)
class Degradation:
    """What is done to the sound. Decibels; None leaves that step out.

    `noise_db`: how far the noise lies below the sound (signal-to-noise ratio). `gain_db`: what is
    over full scale after it is clipped.
    """

    echo: bool = False
    band: bool = False
    noise_db: float | None = None
    gain_db: float | None = None

    @property
    def changes_sound(self) -> bool:
        """Whether there is anything to do."""
        return self != Degradation()

    def completed_by(self, other: "Degradation") -> "Degradation":
        """This, and what `other` asks for where this leaves the matter open."""
        return replace(
            self,
            echo=self.echo or other.echo,
            band=self.band or other.band,
            noise_db=other.noise_db if self.noise_db is None else self.noise_db,
            gain_db=other.gain_db if self.gain_db is None else self.gain_db,
        )


# The usual combination: overdriven by 6 dB, a horn, an echo, a street 15 dB below the voice.
LOUDSPEAKER = Degradation(echo=True, band=True, noise_db=15.0, gain_db=6.0)


def degrade(
    samples: Samples,
    degradation: Degradation,
    *,
    sample_rate: int = SAMPLE_RATE,
    seed: int = 0,
    name: str = "",
) -> Samples:
    """The sound after `degradation`: same length, same times, float32, within ±1.

    Equal arguments give equal samples. The echo depends on `seed` alone (one place for all
    files), the noise on `seed` and `name`. Where echo or noise pass full scale the whole is
    lowered, so that only the gain clips. Nothing is added to digital silence.
    """
    sound = samples.astype(np.float32, copy=True)
    if degradation.gain_db is not None:
        sound = np.clip(sound * _ratio(degradation.gain_db), -1.0, 1.0).astype(np.float32)
    if degradation.band:
        sound = convolve(sound, band_pass(sample_rate), delay=_BAND_TAPS // 2)
    if degradation.echo:
        sound = convolve(sound, echo_response(sample_rate, seed))
    if degradation.noise_db is not None:
        draw = np.random.default_rng([seed, zlib.crc32(name.encode())])
        noise = pink_noise(sound.size, sample_rate, draw)
        sound += noise * (_root_mean_square(sound) * _ratio(-degradation.noise_db))
    peak = float(np.abs(sound).max(initial=0.0))
    return sound if peak <= 1.0 else (sound / np.float32(peak)).astype(np.float32)


def write_degraded(
    source: Path,
    target: Path,
    settings: Settings,
    degradation: Degradation,
    *,
    seed: int = 0,
    longest_ms: int = LONGEST_MS,
) -> None:
    """Decode a sound file and write it degraded: WAV, mono, 24 kHz, 16 bit.

    Raises as `decode_sound`, and TooLarge `media_too_long` over `longest_ms`: it is held whole.
    """
    limited = replace(settings, max_duration_ms=min(settings.max_duration_ms, longest_ms))
    with closing(decode_sound(source, limited)) as pcm:
        samples = _read_samples(pcm)
    changed = degrade(samples, degradation, seed=seed, name=source.name)
    with wave.open(str(target), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(SAMPLE_RATE)
        for start in range(0, changed.size, _BLOCK):
            block = np.rint(changed[start : start + _BLOCK] * 32767.0)
            file.writeframes(block.astype("<i2").tobytes())


def band_pass(sample_rate: int) -> Samples:
    """Taps of a linear-phase filter from LOWEST_HZ to HIGHEST_HZ: windowed sinc, Hamming.

    h[n] = w[n] (2 f2 sinc(2 f2 n) - 2 f1 sinc(2 f1 n)), f in cycles a sample, n around the middle.
    """
    steps = np.arange(_BAND_TAPS) - _BAND_TAPS // 2
    low, high = LOWEST_HZ / sample_rate, min(HIGHEST_HZ / sample_rate, 0.5)
    ideal = 2 * high * np.sinc(2 * high * steps) - 2 * low * np.sinc(2 * low * steps)
    taps: Samples = (ideal * np.hamming(_BAND_TAPS)).astype(np.float32)
    return taps


def echo_response(sample_rate: int, seed: int = 0) -> Samples:
    """Impulse response of the place, with the energy 1, so that echo changes no level.

    The direct sound, _REFLECTIONS, and noise that falls as 10^(-3 t / _REVERBERATION_S).
    """
    moments = np.arange(round(_REVERBERATION_S * sample_rate)) / sample_rate
    draw = np.random.default_rng(seed)
    tail = draw.standard_normal(moments.size) * 10 ** (-3 * moments / _REVERBERATION_S)
    tail[moments < _TAIL_FROM_S] = 0.0
    tail *= _ratio(_TAIL_DB) / np.sqrt(np.square(tail).sum())
    tail[0] += 1.0
    for delay_s, level_db in _REFLECTIONS:
        tail[round(delay_s * sample_rate)] += _ratio(level_db)
    response: Samples = (tail / np.sqrt(np.square(tail).sum())).astype(np.float32)
    return response


def pink_noise(count: int, sample_rate: int, draw: np.random.Generator) -> Samples:
    """Noise whose power falls by 3 dB an octave from 20 Hz on; root mean square 1.

    White noise through a filter of the magnitude 1/sqrt(f), 4095 taps under a Hann window: within
    1 dB from 50 Hz on (measured).
    """
    frequencies = np.fft.rfftfreq(_NOISE_TAPS, 1 / sample_rate)
    magnitude = 1 / np.sqrt(np.maximum(frequencies, _NOISE_LOWEST_HZ))
    magnitude[frequencies < _NOISE_LOWEST_HZ / 2] = 0.0
    taps = np.fft.fftshift(np.fft.irfft(magnitude, _NOISE_TAPS)) * np.hanning(_NOISE_TAPS)
    white = draw.standard_normal(count + _NOISE_TAPS, dtype=np.float32)
    noise = convolve(white, taps.astype(np.float32))[_NOISE_TAPS:]
    level = _root_mean_square(noise)
    return noise / np.float32(level) if level else noise


def convolve(samples: Samples, taps: Samples, delay: int = 0) -> Samples:
    """The samples through a filter, by overlap and add; `delay` samples earlier, same length."""
    size = 1 << (_BLOCK + taps.size - 1).bit_length()
    spectrum = np.fft.rfft(taps, size)
    result = np.zeros(samples.size + taps.size - 1 + delay, np.float32)
    for start in range(0, samples.size, _BLOCK):
        block = samples[start : start + _BLOCK]
        length = block.size + taps.size - 1
        part = np.fft.irfft(np.fft.rfft(block, size) * spectrum, size)[:length]
        result[start : start + length] += part.astype(np.float32)
    return result[delay : delay + samples.size]


def _read_samples(pcm: Iterable[bytes]) -> Samples:
    held = b"".join(pcm)
    whole = np.frombuffer(held, "<i2", count=len(held) // 2)
    return whole.astype(np.float32) / np.float32(32768.0)


def _root_mean_square(samples: Samples) -> float:
    if samples.size == 0:
        return 0.0
    return float(np.sqrt(np.mean(np.square(samples), dtype=np.float64)))


def _ratio(decibels: float) -> float:
    """An amplitude ratio."""
    return float(10 ** (decibels / 20))
