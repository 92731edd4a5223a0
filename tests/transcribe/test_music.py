"""Music told from speech and from noise."""

from collections.abc import Iterator

import numpy as np
import pytest

from tests.transcribe.other_sounds import (
    MUSIC,
    NOISE,
    RATE,
    Maker,
    Samples,
    anthem,
    at_level,
    mains_hum,
    pink,
    silence,
    white,
)
from transcribe.copies import WorkingCopy, write_copies
from transcribe.degrade import LOUDSPEAKER, Degradation, degrade
from transcribe.music import STEP_MS, find_music, is_music, music_score
from transcribe.samples import Sample

TELEPHONE = Degradation(band=True, noise_db=15.0)
ECHO = Degradation(echo=True)
OVER_HUM = "hum"
SPEEDS = (0.85, 1.0, 1.17)  # with the pitch: other voices


@pytest.fixture(scope="module")
def voices(clips: list[Sample], tmp_path_factory: pytest.TempPathFactory) -> list[Samples]:
    """Each clip at three speeds, in a row with itself: at least 10 s."""
    folder = tmp_path_factory.mktemp("voices")
    found = []
    for number, clip in enumerate(clips):
        path = folder / f"{number}.flac"
        length_ms = write_copies([clip.wav_path.read_bytes()[44:]], path)
        sound = WorkingCopy(path).read_span(0, length_ms)
        for speed in SPEEDS:
            moments = np.arange(int(sound.size / speed)) * speed
            voice = np.interp(moments, np.arange(sound.size), sound)
            found.append(at_level(np.tile(voice, -(-10 * RATE // voice.size))))
    return found


def windows(sound: Samples, seconds: float) -> Iterator[Samples]:
    size = int(seconds * RATE)
    for begin in range(0, sound.size - size + 1, size // 2):
        yield sound[begin : begin + size]


def share_called_music(sounds: list[Samples], seconds: float) -> float:
    return float(np.mean([is_music(part) for sound in sounds for part in windows(sound, seconds)]))


@pytest.mark.parametrize("change", [None, TELEPHONE, ECHO, LOUDSPEAKER, OVER_HUM])
def test_speech_is_not_music(voices: list[Samples], change: Degradation | str | None) -> None:
    sounds = voices
    if isinstance(change, Degradation):
        sounds = [degrade(voice, change, sample_rate=RATE) for voice in voices]
    elif change is OVER_HUM:
        sounds = [
            voice + at_level(mains_hum(voice.size / RATE + 1), -30)[: voice.size]
            for voice in voices
        ]
    assert share_called_music(sounds, 1) <= 0.02
    assert share_called_music(sounds, 3) == 0
    assert share_called_music(sounds, 10) == 0


@pytest.mark.parametrize("change", [Degradation(), LOUDSPEAKER], ids=["clean", "loudspeaker"])
@pytest.mark.parametrize("make", MUSIC, ids=lambda make: make.__name__)
def test_music_is_music(make: Maker, change: Degradation) -> None:
    sounds = [degrade(make(20, seed), change, sample_rate=RATE) for seed in range(3)]
    assert share_called_music(sounds, 1) >= 0.9
    assert share_called_music(sounds, 3) >= 0.98
    assert share_called_music(sounds, 10) == 1


@pytest.mark.parametrize("change", [Degradation(), LOUDSPEAKER], ids=["clean", "loudspeaker"])
@pytest.mark.parametrize("make", NOISE, ids=lambda make: make.__name__)
def test_noise_is_not_music(make: Maker, change: Degradation) -> None:
    sounds = [degrade(make(20, seed), change, sample_rate=RATE) for seed in range(3)]
    assert share_called_music(sounds, 3) == 0
    assert share_called_music(sounds, 10) == 0


@pytest.mark.parametrize("decibels", [-45.0, -30.0, -3.0])
def test_loudness_makes_no_difference(decibels: float) -> None:
    assert music_score(at_level(anthem(5), decibels)) == pytest.approx(
        music_score(anthem(5)), abs=0.1
    )
    assert not is_music(at_level(pink(5), decibels))


@pytest.mark.parametrize("count", [0, 1, 500, 1023, 1024, 3000])
def test_a_moment_of_sound_is_not_called_music(count: int) -> None:
    assert music_score(white(1)[:count]) == 0
    assert find_music(white(1)[:count]).tolist() == [False]


def test_digital_silence_is_not_music() -> None:
    assert music_score(silence(5)) == 0
    assert not find_music(silence(5)).any()


def test_a_jingle_is_found_where_it_is() -> None:
    sound = np.concatenate([pink(8), anthem(6), pink(10)])
    music = find_music(sound)
    assert music.size * STEP_MS == 24_000
    inside = np.flatnonzero(music) * STEP_MS
    assert np.all(np.diff(inside) == STEP_MS)  # in one piece
    assert abs(inside[0] - 8_000) <= 1_000
    assert abs(inside[-1] + STEP_MS - 14_000) <= 1_000


def test_turns_are_never_shorter_than_three_seconds() -> None:
    draw = np.random.default_rng(5)
    parts = [make(float(draw.uniform(0.5, 5)), 1) for make in (*MUSIC, *NOISE, *MUSIC)]
    music = find_music(np.concatenate(parts))
    edges = np.flatnonzero(np.diff(music)) + 1
    lengths = np.diff([0, *edges, music.size])
    assert lengths.size > 2
    assert lengths.min() * STEP_MS >= 3_000
