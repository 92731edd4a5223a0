"""The engine killed at random moments of ten minutes of speech: the text stays the same."""

import itertools
import logging
import random
import re
import threading
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from tests.children import children_running
from tests.transcribe.desk import Desk
from transcribe.jobs import transcribe_announcement
from transcribe.samples import Sample, join_samples
from transcribe.sound import MAX_PIECE_MS

MINUTES = 10
KILLS = 20
# Long enough for a piece to be finished now and then: five failures in a row without one are
# taken for a recording that the model cannot bear.
SHORTEST_S, LONGEST_S = 1.0, 25.0


class Killer(threading.Thread):
    """Kills this process's engine again and again, at random moments of its life."""

    def __init__(self, seed: int) -> None:
        super().__init__()
        self._random = random.Random(seed)  # noqa: S311  no secret is drawn
        self.stop = threading.Event()
        self.kills = 0

    def run(self) -> None:
        while self.kills < KILLS and not self.stop.wait(
            self._random.uniform(SHORTEST_S, LONGEST_S)
        ):
            for engine in children_running("transcribe.engine"):
                engine.kill()
                self.kills += 1


@pytest.mark.model
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_twenty_kills_change_no_word(
    desk: Desk,
    clips: list[Sample],
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    record_property: Callable[[str, object], None],
) -> None:
    one_round_ms = sum(clip.wav_path.stat().st_size // 48 + 700 for clip in clips)
    rounds = -(-MINUTES * 60_000 // one_round_ms)
    join_samples(clips * rounds, tmp_path / "long.wav")
    announcement_id = desk.accept(tmp_path / "long.wav")
    assert desk.length_ms(announcement_id) >= MINUTES * 60_000
    begun_at = time.monotonic()
    transcribe_announcement(desk.context, desk.claim(announcement_id))
    undisturbed_s = time.monotonic() - begun_at
    expected = [(s.kind, s.start_ms, s.end_ms, s.text) for s in desk.segments(announcement_id)]

    killed = Killer(seed=20)
    kills = 0
    begun_at = time.monotonic()
    while kills < KILLS:  # the file may be over before the twentieth: then once more
        killed = Killer(seed=20 + kills)
        killed.start()
        with caplog.at_level(logging.WARNING, logger="transcribe.hearing"):
            desk.transcribe_again(announcement_id)
        killed.stop.set()
        killed.join()
        kills += killed.kills
        heard = [(s.kind, s.start_ms, s.end_ms, s.text) for s in desk.segments(announcement_id)]
        assert heard == expected
        for before, after in itertools.pairwise(heard):
            assert before[2] == after[1]
    disturbed_s = time.monotonic() - begun_at
    lost = [int(found) for found in re.findall(r"(\d+) ms of sound are heard again", caplog.text)]
    record_property("kills", kills)
    record_property("seconds", (round(undisturbed_s), round(disturbed_s)))
    record_property("lost_ms", lost)
    print(f"kills {kills}, undisturbed {undisturbed_s:.0f} s, with kills {disturbed_s:.0f} s")
    print(f"sound heard again after each kill, ms: {lost}")
    # Each core works on a piece of its own; in time they cost as much as one.
    assert max(lost, default=0) <= MAX_PIECE_MS * psutil.cpu_count()
