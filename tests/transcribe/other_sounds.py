"""Sounds that nobody speaks: music, tones and noises, made on the spot. float32, 16 kHz, mono."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from transcribe.degrade import pink_noise

RATE = 16_000
Samples = NDArray[np.float32]


def at_level(sound: NDArray[np.floating], decibels: float = -20.0) -> Samples:
    """The sound at this root mean square, in dB of full scale."""
    level = np.sqrt(np.mean(np.square(sound, dtype=np.float64)))
    return (sound / level * 10 ** (decibels / 20)).astype(np.float32)


def silence(seconds: float) -> Samples:
    return np.zeros(int(seconds * RATE), np.float32)


def chimes(seconds: float, seed: int = 0) -> Samples:
    """Struck bars: three partials that are no harmonics (1, 2.76, 5.4) and die away."""
    draw = np.random.default_rng(seed)
    sound, at = np.zeros(int((seconds + 4) * RATE)), 0.0
    moments = np.arange(3 * RATE) / RATE
    while at < seconds:
        pitch = _pitch(int(draw.choice([72, 74, 76, 79, 81, 84])))
        for ratio, level, decay_s in ((1, 1.0, 1.2), (2.76, 0.6, 0.7), (5.4, 0.3, 0.4)):
            part = level * np.sin(2 * np.pi * pitch * ratio * moments) * np.exp(-moments / decay_s)
            sound[int(at * RATE) :][: part.size] += part
        at += float(draw.choice([0.3, 0.4, 0.6]))
    return at_level(sound[: int(seconds * RATE)])


def three_tones(seconds: float, seed: int = 0) -> Samples:
    """The bell before an announcement: three falling notes, again and again."""
    del seed
    tones = [_note(_pitch(note), 0.7, (1, 0.3, 0.1), decay_s=0.5) for note in (76, 72, 67)]
    return _repeat(np.concatenate([*tones, np.zeros(RATE // 2)]), seconds)


def chords(seconds: float, seed: int = 0) -> Samples:
    """Triads with harmonics and a little vibrato."""
    draw = np.random.default_rng(seed)
    parts: list[NDArray[np.floating]] = []
    while sum(map(len, parts)) < seconds * RATE:
        root, length = int(draw.choice([60, 57, 53, 55])), float(draw.choice([0.5, 1.0, 2.0]))
        triad = [_note(_pitch(root + step), length, vibrato=0.005) for step in (0, 4, 7)]
        parts.append(np.sum(triad, axis=0))
    return _repeat(np.concatenate(parts), seconds)


def anthem(seconds: float, seed: int = 0) -> Samples:
    """A brass band: a melody of short and long notes with vibrato, a bass, a drum."""
    draw = np.random.default_rng(seed)
    parts: list[NDArray[np.floating]] = []
    note = 67
    while sum(map(len, parts)) < seconds * RATE:
        note = int(np.clip(note + draw.choice([-4, -2, -1, 2, 4, 5, 0]), 58, 80))
        length = float(draw.choice([0.2, 0.3, 0.4, 0.6, 0.8]))
        brass = (1, 0.9, 0.8, 0.6, 0.5, 0.4, 0.3, 0.2)
        melody = _note(_pitch(note), length, brass, vibrato=0.008)
        parts.append(melody + 0.5 * _note(_pitch(note - 17), length, (1, 0.5, 0.3)))
    band = at_level(_repeat(np.concatenate(parts), seconds))
    beat = draw.standard_normal(1600) * np.exp(-np.arange(1600) / 400)
    drum = _repeat(np.concatenate([beat, np.zeros(4800)]), seconds)
    return at_level(band + at_level(drum, -26))


def ringing(seconds: float, seed: int = 0) -> Samples:
    """A dial tone: 350 and 440 Hz."""
    del seed
    moments = np.arange(int(seconds * RATE)) / RATE
    return at_level(np.sin(2 * np.pi * 350 * moments) + np.sin(2 * np.pi * 440 * moments))


def busy(seconds: float, seed: int = 0) -> Samples:
    """A busy tone: 425 Hz, half a second on, half off."""
    del seed
    moments = np.arange(int(seconds * RATE)) / RATE
    return at_level(np.sin(2 * np.pi * 425 * moments) * (moments % 1 < 0.5))


def white(seconds: float, seed: int = 0) -> Samples:
    return at_level(np.random.default_rng(seed).standard_normal(int(seconds * RATE)))


def pink(seconds: float, seed: int = 0) -> Samples:
    return at_level(pink_noise(int(seconds * RATE), RATE, np.random.default_rng(seed)))


def traffic(seconds: float, seed: int = 0) -> Samples:
    """Pink noise that swells, and an engine whose speed changes."""
    moments = np.arange(int(seconds * RATE)) / RATE
    turns = 2 * np.pi * np.cumsum(38 + 6 * np.sin(2 * np.pi * 0.13 * moments + seed)) / RATE
    engine = np.sum([np.sin(turns * k) / k for k in range(1, 12)], axis=0)
    swell = 1 + 0.7 * np.sin(2 * np.pi * 0.2 * moments + seed)
    return at_level(pink(seconds, seed) * swell + at_level(engine, -28))


def clapping(seconds: float, seed: int = 0) -> Samples:
    """Thirty hands a second."""
    draw = np.random.default_rng(seed)
    sound = np.zeros(int(seconds * RATE) + 800)
    for at in draw.integers(0, sound.size - 800, int(seconds * 30)):
        sound[at : at + 800] += draw.standard_normal(800) * np.exp(-np.arange(800) / 150)
    return at_level(sound[: int(seconds * RATE)])


def crackle(seconds: float, seed: int = 0) -> Samples:
    """A bad contact: sixty clicks a second over hiss."""
    draw = np.random.default_rng(seed)
    sound = 0.02 * draw.standard_normal(int(seconds * RATE))
    clicks = draw.integers(0, sound.size, int(seconds * 60))
    sound[clicks] += 3 * draw.standard_normal(clicks.size)
    return at_level(sound)


def mains_hum(seconds: float, seed: int = 0) -> Samples:
    """50 Hz and its harmonics with some hiss."""
    moments = np.arange(int(seconds * RATE)) / RATE
    hum = np.sum([np.sin(2 * np.pi * 50 * k * moments + k) / k for k in (1, 2, 3, 4, 6)], axis=0)
    return at_level(hum + 0.05 * np.random.default_rng(seed).standard_normal(moments.size))


def siren(seconds: float, seed: int = 0) -> Samples:
    """A tone that glides between 400 and 1000 Hz."""
    moments = np.arange(int(seconds * RATE)) / RATE
    pitch = 700 + 300 * np.sin(2 * np.pi * 0.25 * moments + seed)
    return at_level(np.sin(2 * np.pi * np.cumsum(pitch) / RATE))


Maker = Callable[[float, int], Samples]
MUSIC: tuple[Maker, ...] = (chimes, three_tones, chords, anthem, ringing, busy)
NOISE: tuple[Maker, ...] = (white, pink, traffic, clapping, crackle, mains_hum, siren)


def _pitch(note: int) -> float:
    return float(440 * 2 ** ((note - 69) / 12))  # MIDI's numbers


def _note(
    pitch: float,
    seconds: float,
    harmonics: tuple[float, ...] = (1, 0.6, 0.4, 0.25, 0.15, 0.1),
    *,
    vibrato: float = 0.0,
    decay_s: float = 0.0,
) -> NDArray[np.floating]:
    moments = np.arange(int(seconds * RATE)) / RATE
    phase = 2 * np.pi * pitch * moments + vibrato * pitch / 5.5 * np.sin(2 * np.pi * 5.5 * moments)
    tone = np.sum([level * np.sin((k + 1) * phase) for k, level in enumerate(harmonics)], axis=0)
    envelope = np.minimum(1, moments / 0.02) * np.minimum(1, (seconds - moments) / 0.03)
    return np.asarray(tone * envelope * (np.exp(-moments / decay_s) if decay_s else 1.0))


def _repeat(sound: NDArray[np.floating], seconds: float) -> Samples:
    count = int(seconds * RATE)
    return at_level(np.tile(sound, -(-count // sound.size))[:count])
