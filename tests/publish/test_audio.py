"""The published sound, decoded again and measured."""

import hashlib
import subprocess
import sys

import numpy as np
import pytest

from bridge.cut_list import BEEP, CUT, Cover, CutList
from bridge.errors import TaskFailed
from publish.audio import (
    audio_names,
    id3_title,
    make_published_audio,
    prepare_audio,
    read_span,
)
from publish.loudness import measure_loudness
from tests.publish.sounds import (
    RATE,
    decode,
    in_pieces,
    speech_like,
    tone,
    write_working_copy,
)

DIGEST = "0123456789abcdef" * 4


def publish(folder, sound, *, start_ms=0, end_ms=None, covers=(), on_progress=None):
    source = write_working_copy(folder / "working.flac", sound)
    end_ms = end_ms or len(sound) * 1000 // RATE
    return make_published_audio(
        source,
        folder,
        cut_list=CutList(start_ms, end_ms, covers),
        digest=DIGEST,
        title="Lịch tiêm chủng",
        on_progress=on_progress,
    )


@pytest.mark.parametrize(
    "sound",
    [
        speech_like(12, 0.1),
        speech_like(12, 0.02 * 2),
        np.clip(speech_like(12, 2.5), -1, 1),
        tone(6, 0.02),
        tone(6, 0.9, 300),
    ],
    ids=["speech", "quiet speech", "clipped speech", "quiet tone", "loud tone"],
)
def test_every_sound_comes_out_equally_loud_without_clipping(tmp_path, sound):
    audio = publish(tmp_path, sound)
    for kind in ("mp3", "webm"):
        decoded = decode(tmp_path / audio[kind]["name"])
        loudness = measure_loudness(in_pieces(decoded.sound), RATE)
        assert loudness.integrated_lufs == pytest.approx(-16, abs=1)
        assert decoded.peak_dbfs <= -1
        assert len(decoded.sound) / RATE == pytest.approx(len(sound) / RATE, abs=0.05)


def test_the_formats_are_those_promised_and_carry_nothing_but_the_title(tmp_path):
    audio = publish(tmp_path, speech_like(20))
    mp3, webm = (decode(tmp_path / audio[kind]["name"]) for kind in ("mp3", "webm"))
    assert (mp3.container, mp3.codec, mp3.channels) == ("mp3", "mp3float", 1)
    assert mp3.bit_rate == pytest.approx(48_000, rel=0.02)
    assert mp3.metadata == {"title": "Lịch tiêm chủng"}
    assert (webm.codec, webm.channels) == ("opus", 1)
    assert "webm" in webm.container
    assert webm.bit_rate < 30_000
    # Matroska must name a writing library; it names the family and no version.
    assert webm.metadata == {"encoder": "Lavf"}


def test_the_answer_describes_the_files(tmp_path):
    audio = publish(tmp_path, speech_like(2))
    assert {kind: sound["name"] for kind, sound in audio.items()} == audio_names(DIGEST)
    assert audio_names(DIGEST)["mp3"] == "audio-0123456789ab.mp3"
    for sound in audio.values():
        content = (tmp_path / sound["name"]).read_bytes()
        assert sound["bytes"] == len(content)
        assert sound["sha256"] == hashlib.sha256(content).hexdigest()


def test_the_same_sound_gives_the_same_bytes_and_leaves_no_drafts(tmp_path):
    first = publish(tmp_path, speech_like(3))
    assert publish(tmp_path, speech_like(3)) == first
    names = {path.name for path in tmp_path.iterdir()}
    assert names == {"working.flac", *audio_names(DIGEST).values()}


def test_silence_stays_silent(tmp_path):
    audio = publish(tmp_path, np.zeros(3 * RATE, np.float32))
    for sound in audio.values():
        assert decode(tmp_path / sound["name"]).peak_dbfs < -80


def test_a_hiss_is_not_made_into_a_roar(tmp_path):
    hiss = (0.001 * np.random.default_rng(0).standard_normal(3 * RATE)).astype(np.float32)
    audio = publish(tmp_path, hiss)
    for sound in audio.values():
        assert decode(tmp_path / sound["name"]).peak_dbfs < -45


def test_a_blink_of_sound_can_be_published(tmp_path):
    audio = publish(tmp_path, tone(0.3))
    assert len(decode(tmp_path / audio["mp3"]["name"]).sound) == pytest.approx(0.3 * RATE, abs=600)


def test_a_span_is_cut_exactly(tmp_path):
    ramp = np.linspace(0, 0.9, 40 * RATE, dtype=np.float32)
    source = write_working_copy(tmp_path / "working.flac", ramp)
    for start_ms, end_ms in ((0, 1000), (30_001, 31_234), (39_000, 40_000)):
        cut = np.concatenate(list(read_span(source, start_ms, end_ms)))
        wanted = ramp[start_ms * RATE // 1000 : end_ms * RATE // 1000]
        assert len(cut) == len(wanted)
        assert np.abs(cut - wanted).max() < 0.0001


def test_only_the_span_is_heard_and_its_ends_do_not_click(tmp_path):
    sound = np.concatenate([tone(4, 0.2, 300), tone(4, 0.2, 2000)])
    audio = publish(tmp_path, sound, start_ms=4000, end_ms=8000)
    heard = decode(tmp_path / audio["mp3"]["name"]).sound
    spectrum = np.abs(np.fft.rfft(heard))
    frequencies = np.fft.rfftfreq(len(heard), 1 / RATE)
    assert frequencies[spectrum.argmax()] == pytest.approx(2000, abs=5)
    assert spectrum[(frequencies > 250) & (frequencies < 350)].max() < spectrum.max() / 300
    assert np.abs(heard[:12]).max() < 0.1 * np.abs(heard).max()


def loudest_hz(sound):
    spectrum = np.abs(np.fft.rfft(sound))
    return np.fft.rfftfreq(len(sound), 1 / RATE)[spectrum.argmax()]


def test_what_is_cut_is_gone_and_the_seam_does_not_click(tmp_path):
    sound = np.concatenate([tone(3, 0.2, 300), tone(2, 0.2, 2000), tone(3, 0.2, 300)])
    audio = publish(tmp_path, sound, covers=[Cover(3000, 5000, CUT)])
    for kind in ("mp3", "webm"):
        heard = decode(tmp_path / audio[kind]["name"]).sound
        assert len(heard) / RATE == pytest.approx(6, abs=0.05)
        spectrum = np.abs(np.fft.rfft(heard))
        frequencies = np.fft.rfftfreq(len(heard), 1 / RATE)
        private = spectrum[(frequencies > 1800) & (frequencies < 2200)].max()
        assert private < spectrum.max() / 300
        # A click at the seam would be heard at every frequency.
        assert spectrum[frequencies > 5000].max() < spectrum.max() / 300


def test_what_is_covered_is_a_tone_in_its_place(tmp_path):
    sound = np.concatenate([tone(3, 0.2, 300), tone(2, 0.2, 2000), tone(3, 0.2, 300)])
    audio = publish(tmp_path, sound, covers=[Cover(3000, 5000, BEEP)])
    heard = decode(tmp_path / audio["mp3"]["name"]).sound
    assert len(heard) / RATE == pytest.approx(8, abs=0.05)
    spoken, covered = heard[RATE : 2 * RATE], heard[int(3.5 * RATE) : int(4.5 * RATE)]
    assert loudest_hz(spoken) == pytest.approx(300, abs=5)
    assert loudest_hz(covered) == pytest.approx(1000, abs=5)
    spectrum = np.abs(np.fft.rfft(heard[3 * RATE : 5 * RATE]))
    frequencies = np.fft.rfftfreq(2 * RATE, 1 / RATE)
    assert spectrum[(frequencies > 1800) & (frequencies < 2200)].max() < spectrum.max() / 300
    difference_db = 20 * np.log10(np.std(covered) / np.std(spoken))
    assert difference_db == pytest.approx(-6, abs=3)


def test_what_is_prepared_before_approval_is_what_is_published(tmp_path):
    covers = (Cover(1000, 2000, CUT), Cover(3000, 3500, BEEP))
    audio = publish(tmp_path, speech_like(5, 0.4), covers=covers)
    working, stem, cut_list = tmp_path / "working.flac", tmp_path / "p", CutList(0, 5000, covers)
    prepare_audio(working, stem, cut_list=cut_list)
    front = id3_title("Lịch tiêm chủng")
    published = {kind: (tmp_path / sound["name"]).read_bytes() for kind, sound in audio.items()}
    assert published["mp3"] == front + (tmp_path / "p.mp3").read_bytes()
    assert published["webm"] == (tmp_path / "p.webm").read_bytes()
    suffixes = sorted(path.suffix for path in tmp_path.iterdir())
    assert suffixes == [".flac", ".mp3", ".mp3", ".webm", ".webm"]
    # What stands is not encoded again, and gives the same files.
    working.unlink()
    prepare_audio(working, stem, cut_list=cut_list)
    again = tmp_path / "again"
    again.mkdir()
    given = {"cut_list": cut_list, "digest": DIGEST, "title": "Lịch tiêm chủng", "prepared": stem}
    assert make_published_audio(working, again, **given) == audio
    assert {path.name for path in again.iterdir()} == set(audio_names(DIGEST).values())
    # Half of it is nothing.
    (tmp_path / "p.webm").unlink()
    with pytest.raises(TaskFailed, match="media_missing"):
        make_published_audio(working, again, **given)


@pytest.mark.parametrize("title", ["", "Lịch tiêm chủng", "Đ" * 300, "a\x00b"])
def test_a_title_in_front_is_read_and_changes_no_sample(tmp_path, title):
    prepare_audio(
        write_working_copy(tmp_path / "working.flac", tone(1)),
        tmp_path / "p",
        cut_list=CutList(0, 1000),
    )
    plain = tmp_path / "p.mp3"
    titled = tmp_path / "t.mp3"
    titled.write_bytes(id3_title(title) + plain.read_bytes())
    heard = decode(titled)
    assert heard.metadata.get("title", "") == title.split("\x00")[0]
    assert np.array_equal(heard.sound, decode(plain).sound)


def test_progress_is_told_in_milliseconds(tmp_path):
    told = []
    publish(tmp_path, tone(35), on_progress=lambda done, total: told.append((done, total)))
    assert [total for _, total in told] == [35_000] * 3
    assert [done // 1000 for done, _ in told] == [10, 20, 30]


def test_a_run_that_loses_its_hold_leaves_nothing_behind(tmp_path):
    def lose(done, total):
        raise TaskFailed("gone")

    with pytest.raises(TaskFailed):
        publish(tmp_path, tone(12), on_progress=lose)
    assert [path.name for path in tmp_path.iterdir()] == ["working.flac"]


def test_a_missing_working_copy_is_said(tmp_path):
    with pytest.raises(TaskFailed) as caught:
        make_published_audio(
            tmp_path / "working.flac", tmp_path, cut_list=CutList(0, 1), digest=DIGEST, title=""
        )
    assert caught.value.code == "media_missing"


def test_a_span_beyond_the_sound_is_said(tmp_path):
    with pytest.raises(TaskFailed) as caught:
        publish(tmp_path, tone(1), start_ms=5000, end_ms=6000)
    assert caught.value.code == "media_unreadable"
    assert [path.name for path in tmp_path.iterdir()] == ["working.flac"]


def test_memory_does_not_grow_with_the_sound(tmp_path):
    """Resident memory of a fresh process that encodes, in kilobytes."""
    script = (
        "import sys, resource; from pathlib import Path;"
        "from publish.audio import make_published_audio as make;"
        "from bridge.cut_list import CutList;"
        "folder = Path(sys.argv[1]);"
        "make(folder / 'working.flac', folder, cut_list=CutList(0, int(sys.argv[2])),"
        " digest='0' * 64, title='');"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"
    )
    write_working_copy(tmp_path / "working.flac", tone(90))

    def resident(end_ms: int) -> int:
        command = [sys.executable, "-c", script, str(tmp_path), str(end_ms)]
        return int(subprocess.run(command, check=True, capture_output=True, text=True).stdout)

    # 90 s are 8.6 MB as float32 and would show at once.
    assert resident(90_000) - resident(1_000) < 5_000
