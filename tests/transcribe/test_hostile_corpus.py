"""Files meant to do harm: each is refused with a code of ours or decoded within the limits.

No address and no other file is touched on the way, and the next good file is read as ever.
"""

import json
import math
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

import numpy as np
import psutil
import pytest

from bridge.errors import MediaRejected, TooLarge
from bridge.media import SoundFacts
from bridge.settings import Settings
from tests.children import children_running
from tests.samples import KINDS, tone, write_sound, write_wav
from tests.transcribe import hostile
from tests.transcribe.many_decoders import End, run_decoders
from tests.transcribe.watchers import Canary, Listener
from transcribe.child import bare_environment
from transcribe.decoder_client import decode_sound, probe_sound
from transcribe.plain import transcribe_file

CODES = {
    "media_empty",
    "media_unreadable",
    "media_no_sound",
    "media_truncated",
    "media_too_short",
    "media_too_long",
}
MUTATIONS = 200
DECODED = "decoded"
# The libraries alone take 60 MB; what a file adds is a few frames of it.
PEAK_MB = 400


@pytest.fixture
def tight(limits: Settings) -> Settings:
    """Nothing here is longer than a minute."""
    return replace(limits, max_duration_ms=60_000)


@pytest.fixture(scope="module")
def sounds(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """A second of a tone in every kind."""
    folder = tmp_path_factory.mktemp("sounds")
    return {kind: write_sound(folder / kind, kind, seconds=1.0).read_bytes() for kind in KINDS}


@pytest.fixture(autouse=True)
def _good_file_is_still_read(tmp_path: Path, limits: Settings) -> Iterator[None]:
    yield
    samples = tone(1.5)
    path = write_wav(tmp_path / "good.wav", samples)
    assert np.array_equal(np.frombuffer(b"".join(decode_sound(path, limits)), "<i2"), samples)


def outcome(path: Path, settings: Settings) -> str:
    """What the callers meet: a code, or DECODED with all that is promised of it."""
    try:
        facts = probe_sound(path, settings)
    except MediaRejected as error:
        refusal = error
    else:
        return decoded_as_promised(path, facts, settings)
    assert refusal.code in CODES
    with pytest.raises(MediaRejected) as caught:
        list(decode_sound(path, settings))
    assert caught.value.code == refusal.code
    return refusal.code


def decoded_as_promised(path: Path, facts: SoundFacts, settings: Settings) -> str:
    assert settings.min_duration_ms <= facts.duration_ms <= settings.max_duration_ms
    assert len(facts.peaks) == math.ceil(facts.duration_ms / 100)
    length = sum(len(block) for block in decode_sound(path, settings))
    assert length // 48 == facts.duration_ms
    return DECODED


def outcomes(paths: list[Path], settings: Settings) -> list[str]:
    """`outcome` of each, some at once: nearly all of the time goes to starting processes."""
    with ThreadPoolExecutor(3) as pool:
        return list(pool.map(lambda path: outcome(path, settings), paths))


def no_number(text: str) -> float:
    raise AssertionError(f"{text} is no JSON")


def checked(probed: End, decoded: End, settings: Settings) -> str:
    """The same as `outcome`, of two decoders that ended."""
    assert max(probed.peak_mb, decoded.peak_mb) < PEAK_MB
    assert probed.status == decoded.status
    if probed.status != 0:
        assert probed.status == 3, probed.message
        code = json.loads(probed.message)["code"]
        assert code in CODES
        assert json.loads(decoded.message)["code"] == code
        return str(code)
    facts = json.loads(probed.output, parse_constant=no_number)
    assert settings.min_duration_ms <= facts["duration_ms"] <= settings.max_duration_ms
    assert len(facts["peaks"]) == 2 * math.ceil(facts["duration_ms"] / 100)
    assert 1 <= facts["channels"] <= 8
    assert facts["sample_rate"] > 0
    assert decoded.length % 2 == 0
    assert decoded.length // 48 == facts["duration_ms"]
    levels = json.loads(decoded.message, parse_constant=no_number)
    for level in (levels["loudness_lufs"], levels["true_peak_dbtp"]):
        assert level is None or -200 < level < 1000
    return DECODED


def write_all(folder: Path, files: dict[str, bytes], ending: str) -> list[Path]:
    paths = []
    for number, data in enumerate(files.values()):
        paths.append(folder / f"{number}{ending}")
        paths[-1].write_bytes(data)
    return paths


def judged(
    folder: Path, files: dict[str, bytes], settings: Settings, ending: str = ".mp3"
) -> dict[str, str]:
    """Name → what became of it."""
    paths = write_all(folder, files, ending)
    ends = run_decoders([(act, path) for path in paths for act in ("probe", "decode")], settings)
    pairs = zip(files, ends[::2], ends[1::2], strict=True)
    return {name: checked(probed, decoded, settings) for name, probed, decoded in pairs}


def test_lists_of_other_files_are_refused_without_a_look_at_those(
    tmp_path: Path, tight: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)  # names without a folder lead to the sibling too
    with Listener() as listener, Canary(tmp_path / "secret.wav") as sibling:
        lists = hostile.playlists(tmp_path, listener.port, "secret.wav")
        film = hostile.quicktime_reference(f"file://{sibling.path}")
        for ending in (".m3u8", ".mp3", ".wav"):
            assert set(judged(tmp_path, lists, tight, ending).values()) == {"media_unreadable"}
            # It has a length of its own and, not being followed, no sound.
            assert judged(tmp_path, {"film": film}, tight, ending) == {"film": "media_truncated"}
        assert (listener.visits, sibling.visits) == (0, 0)


def test_lists_are_refused_where_callers_meet_them(
    tmp_path: Path, tight: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with Listener() as listener, Canary(tmp_path / "secret.wav") as sibling:
        lists = hostile.playlists(tmp_path, listener.port, "secret.wav")
        chosen = {name: lists[name] for name in ("hls", "ffconcat of a sibling", "sdp", "m3u")}
        found = outcomes(write_all(tmp_path, chosen, ".mp3"), tight)
        assert (listener.visits, sibling.visits) == (0, 0)
    assert found == ["media_unreadable"] * 4


@pytest.mark.parametrize(
    ("name", "ending", "goes_to"),
    [("ffconcat of a sibling", "mp3", "sibling"), ("hls of an address", "m3u8", "address")],
)
def test_a_careless_reader_would_have_gone_there(
    name: str, ending: str, goes_to: str, tmp_path: Path
) -> None:
    """What the tests above would see if there were anything to see."""
    with Listener() as listener, Canary(tmp_path / "secret.wav") as sibling:
        lists = hostile.playlists(tmp_path, listener.port, "secret.wav")
        (tmp_path / f"a.{ending}").write_bytes(lists[name])
        with suppress(subprocess.TimeoutExpired):
            subprocess.run(
                [sys.executable, "-c", f"import av; av.open(open('a.{ending}', 'rb'))"],
                cwd=tmp_path,
                env=bare_environment(),
                stderr=subprocess.DEVNULL,
                timeout=120,
            )
        visits = {"address": listener.visits, "sibling": sibling.visits}
    assert visits.pop(goes_to) > 0
    assert set(visits.values()) == {0}


def test_lying_headers_are_refused_or_not_believed(
    sounds: dict[str, bytes], tmp_path: Path, tight: Settings
) -> None:
    found = judged(tmp_path, hostile.lies(sounds), tight)
    assert {name for name, code in found.items() if code == DECODED} == {
        "wav of 4 GB",
        "wav of an unknown size",
        "wav of 1 bit",
        "wav of 64 bits",
        "wav of no bytes a second",
        "wav at 10 MHz",
        "wav of doubles that are no numbers",
        "wav of floats that are no numbers",
        "wav of nothing but NaN",
        "wav with mp3 inside",
        "tags in tags",
        "flac of no rate",
    }
    assert found["wav at 1 Hz"] == "media_too_long"
    assert found["wav of 2 GB"] == found["flac of 2**36 samples"] == "media_truncated"


def test_what_is_no_sound_is_refused(
    sounds: dict[str, bytes], tmp_path: Path, tight: Settings
) -> None:
    found = judged(tmp_path, hostile.junk(sounds), tight)
    assert set(found.values()) == {"media_unreadable"}


def test_lies_and_junk_where_callers_meet_them(
    sounds: dict[str, bytes], tmp_path: Path, tight: Settings
) -> None:
    files = hostile.lies(sounds) | hostile.junk(sounds)
    expected = {
        "wav of 4 GB": DECODED,
        "wav of 1000 channels": "media_unreadable",
        "wav that says an unknown codec": "media_unreadable",
        "wav of doubles that are no numbers": DECODED,
        "mp4 with atoms of 4 GB": "media_unreadable",
        "tag of 256 MB": "media_unreadable",
        "program for Linux": "media_unreadable",
        "zip": "media_unreadable",
    }
    paths = write_all(tmp_path, {name: files[name] for name in expected}, ".mp3")
    assert dict(zip(expected, outcomes(paths, tight), strict=True)) == expected


def test_mutations_are_refused_or_decoded(
    sounds: dict[str, bytes], tmp_path: Path, tight: Settings
) -> None:
    kinds = sorted(sounds)
    files = {}
    for seed in range(MUTATIONS):
        kind = kinds[seed % len(kinds)]
        files[f"{seed} {kind}"] = hostile.mutate(sounds[kind], np.random.default_rng(seed))
    counts = Counter(judged(tmp_path, files, tight).values())
    assert counts.total() == MUTATIONS
    # Damage of every degree: some files are as good as whole, some are ruined.
    assert counts[DECODED] > MUTATIONS / 10
    assert counts["media_unreadable"] > MUTATIONS / 10
    sample = [tmp_path / f"{number}.mp3" for number in range(0, MUTATIONS, 21)]
    assert set(outcomes(sample, tight)) <= CODES | {DECODED}


@contextmanager
def watched_memory() -> Iterator[list[int]]:
    """Collects, while it is open, the decoder's resident bytes every few hundredths of a second."""
    seen: list[int] = []
    over = threading.Event()

    def watch() -> None:
        while not over.wait(0.03):
            with suppress(psutil.Error):
                for decoder in children_running("transcribe.decoder"):
                    seen.append(decoder.memory_info().rss)

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield seen
    finally:
        over.set()
        watcher.join()


@pytest.fixture(scope="module")
def six_hours(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("bomb") / "bomb.flac"
    path.write_bytes(hostile.silent_flac(6.0))
    assert path.stat().st_size < 4_000_000
    return path


def test_six_hours_in_two_megabytes_are_given_up_at_the_limit(
    six_hours: Path, limits: Settings
) -> None:
    assert limits.max_duration_ms == 3 * 3600 * 1000
    begun = time.monotonic()
    with watched_memory() as seen, pytest.raises(TooLarge) as caught:
        probe_sound(six_hours, limits)
    assert caught.value.code == "media_too_long"
    assert time.monotonic() - begun < 300
    assert max(seen) < 150e6


def test_memory_stays_flat_while_silence_is_streamed_and_measured(
    six_hours: Path, limits: Settings
) -> None:
    length, seen = 0, list[int]()
    with suppress(TooLarge):
        for block in decode_sound(six_hours, replace(limits, max_duration_ms=30 * 60_000)):
            length += len(block)
            if length > (len(seen) + 1) * 2_000_000:
                # It waits for a reader: so it lives until nearly all is read.
                (decoder,) = children_running("transcribe.decoder")
                seen.append(decoder.memory_info().rss)
    assert length == pytest.approx(30 * 60 * 48_000, abs=100_000)
    early, late = seen[len(seen) // 4], max(seen[len(seen) // 4 :])
    assert late < early + 10e6
    assert late < 150e6


def test_a_week_in_a_megabyte_ends_at_a_lower_limit(tmp_path: Path, tight: Settings) -> None:
    path = tmp_path / "bomb.mp3"
    path.write_bytes(hostile.silent_flac(7 * 24, rate=8000, block=65_535))
    assert path.stat().st_size < 2_000_000
    assert outcome(path, tight) == "media_too_long"


def test_transcribing_a_hostile_file_ends_before_the_model_is_asked(
    sounds: dict[str, bytes], tmp_path: Path, tight: Settings
) -> None:
    progress: list[tuple[int, int]] = []
    (tmp_path / "a.mp3").write_bytes(sounds["m4a"][:3000])
    with pytest.raises(MediaRejected) as caught:
        transcribe_file(tmp_path / "a.mp3", tight, lambda *done: progress.append(done))
    assert caught.value.code == "media_unreadable"
    assert progress == []
