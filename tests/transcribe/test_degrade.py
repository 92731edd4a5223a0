"""The simulated loudspeaker: each step does what its formula says, the same way every time."""

import dataclasses
import wave
from pathlib import Path

import numpy as np
import pytest

from bridge.errors import MediaRejected, TooLarge
from bridge.settings import Settings
from tests.samples import tone, write_sound, write_wav
from transcribe.degrade import (
    LOUDSPEAKER,
    Degradation,
    Samples,
    convolve,
    degrade,
    echo_response,
    pink_noise,
    write_degraded,
)

RATE = 24_000


def sine(frequency: float, seconds: float = 1.0, volume: float = 0.3) -> Samples:
    moments = np.arange(int(seconds * RATE)) / RATE
    return (volume * np.sin(2 * np.pi * frequency * moments)).astype(np.float32)


def level_db(samples: Samples) -> float:
    return float(10 * np.log10(np.mean(np.square(samples, dtype=np.float64))))


@pytest.mark.parametrize(
    ("frequency", "lowest_db", "highest_db"),
    [(100, -200, -40), (250, -200, -20), (400, -0.5, 0.5), (1000, -0.5, 0.5), (3000, -0.5, 0.5),
     (4000, -200, -40), (8000, -200, -40)],
)  # fmt: skip
def test_the_band_keeps_a_telephones_frequencies(
    frequency: float, lowest_db: float, highest_db: float
) -> None:
    middle = slice(RATE // 4, RATE // 4 * 3)  # not the edges, where the tone is switched on
    sound = sine(frequency)
    kept = level_db(degrade(sound, Degradation(band=True))[middle]) - level_db(sound[middle])
    assert lowest_db <= kept <= highest_db


def test_the_band_moves_nothing_in_time() -> None:
    click = np.zeros(RATE, np.float32)
    click[10_000] = 1.0
    assert int(np.argmax(np.abs(degrade(click, Degradation(band=True))))) == 10_000


@pytest.mark.parametrize("ratio_db", [0.0, 10.0, 30.0])
def test_noise_lies_as_far_below_the_sound_as_asked(ratio_db: float) -> None:
    sound = sine(1000, seconds=3.0, volume=0.1)
    noise = degrade(sound, Degradation(noise_db=ratio_db)) - sound
    assert level_db(sound) - level_db(noise) == pytest.approx(ratio_db, abs=0.05)


def test_the_noise_is_pink() -> None:
    noise = pink_noise(RATE * 20, RATE, np.random.default_rng(1))
    power = np.abs(np.fft.rfft(noise)) ** 2
    frequencies = np.fft.rfftfreq(noise.size, 1 / RATE)
    octaves = [
        10 * np.log10(power[(frequencies >= low) & (frequencies < 2 * low)].sum())
        for low in (62.5, 125, 250, 500, 1000, 2000, 4000)
    ]
    # Power falls by 3 dB an octave, so every octave holds the same.
    assert max(octaves) - min(octaves) < 1.0


def test_the_gain_clips_at_full_scale_and_nothing_else_does() -> None:
    sound = sine(440, volume=0.5)
    louder = degrade(sound, Degradation(gain_db=12.0))
    assert float(np.abs(louder).max()) == 1.0
    assert float((np.abs(louder) == 1.0).mean()) > 0.3
    quieter = degrade(sound, Degradation(gain_db=-6.0))
    assert level_db(sound) - level_db(quieter) == pytest.approx(6.0, abs=0.01)
    full = degrade(sine(440, volume=1.0), Degradation(noise_db=6.0))
    assert float(np.abs(full).max()) == pytest.approx(1.0)
    assert int((np.abs(full) > 0.999).sum()) < 5  # lowered as a whole


def test_an_echo_comes_back_later_and_fades() -> None:
    response = echo_response(RATE)
    assert float(np.square(response).sum()) == pytest.approx(1.0, abs=1e-4)
    assert int(np.argmax(np.abs(response))) == 0
    quarter = response.size // 4
    energies = [float(np.square(response[i * quarter : (i + 1) * quarter]).sum()) for i in (0, 3)]
    assert energies[1] < energies[0] / 100
    click = np.zeros(RATE, np.float32)
    click[100] = 0.5
    heard = degrade(click, Degradation(echo=True))
    assert np.abs(heard[:90]).max() < 1e-6
    assert np.abs(heard[100 + response.size :]).max() < 1e-6


def test_sound_longer_than_a_block_is_filtered_without_a_seam() -> None:
    sound = np.random.default_rng(3).standard_normal(150_000).astype(np.float32)
    taps = np.random.default_rng(4).standard_normal(501).astype(np.float32)
    expected = np.convolve(sound, taps)
    assert np.allclose(convolve(sound, taps), expected[: sound.size], atol=1e-3)
    assert np.allclose(
        convolve(sound, taps, delay=250), expected[250 : 250 + sound.size], atol=1e-3
    )


def test_the_same_seed_gives_the_same_samples_and_files_get_noise_of_their_own() -> None:
    sound = sine(500)
    first, again = (degrade(sound, LOUDSPEAKER, seed=5, name="a.wav") for _ in range(2))
    assert np.array_equal(first, again)
    assert first.dtype == np.float32
    assert first.size == sound.size
    assert not np.array_equal(first, degrade(sound, LOUDSPEAKER, seed=5, name="b.wav"))
    assert not np.array_equal(first, degrade(sound, LOUDSPEAKER, seed=6, name="a.wav"))


@pytest.mark.parametrize("count", [0, 1, 1000])
def test_silence_stays_silence(count: int) -> None:
    assert not degrade(np.zeros(count, np.float32), LOUDSPEAKER).any()
    assert degrade(np.zeros(count, np.float32), LOUDSPEAKER).size == count


def test_what_was_asked_for_wins_over_the_usual_combination() -> None:
    assert Degradation(noise_db=3.0).completed_by(LOUDSPEAKER) == dataclasses.replace(
        LOUDSPEAKER, noise_db=3.0
    )
    assert Degradation(gain_db=0.0).completed_by(LOUDSPEAKER).gain_db == 0.0
    assert LOUDSPEAKER.changes_sound
    assert not Degradation().changes_sound


def test_a_file_is_written_degraded_with_its_length(limits: Settings, tmp_path: Path) -> None:
    source = write_sound(tmp_path / "a.mp3", "mp3", seconds=2.0)
    write_degraded(source, tmp_path / "b.wav", limits, Degradation(gain_db=-20.0))
    with wave.open(str(tmp_path / "b.wav")) as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (24_000, 1, 2)
        seconds = file.getnframes() / 24_000
        samples = np.frombuffer(file.readframes(file.getnframes()), "<i2")
    assert seconds == pytest.approx(2.0, abs=0.1)
    assert 0.02 < np.abs(samples).max() / 32768 < 0.05  # 0.3 less 20 dB


def test_nothing_but_sound_is_taken(limits: Settings, tmp_path: Path) -> None:
    (tmp_path / "a.wav").write_bytes(b"no sound at all" * 50)
    with pytest.raises(MediaRejected):
        write_degraded(tmp_path / "a.wav", tmp_path / "b.wav", limits, LOUDSPEAKER)


def test_too_long_a_file_is_refused_before_memory_runs_out(
    limits: Settings, tmp_path: Path
) -> None:
    write_wav(tmp_path / "a.wav", tone(3.0))
    with pytest.raises(TooLarge) as caught:
        write_degraded(
            tmp_path / "a.wav", tmp_path / "b.wav", limits, LOUDSPEAKER, longest_ms=2_000
        )
    assert (caught.value.code, caught.value.data["limit_ms"]) == ("media_too_long", 2_000)
    assert not (tmp_path / "b.wav").exists()


def test_a_short_file_is_degraded_too(limits: Settings, tmp_path: Path) -> None:
    write_wav(tmp_path / "a.wav", tone(0.6))
    write_degraded(tmp_path / "a.wav", tmp_path / "b.wav", limits, LOUDSPEAKER)
    with wave.open(str(tmp_path / "b.wav")) as file:
        assert file.getnframes() == 14_400
