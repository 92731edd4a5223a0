"""How the transcription task compares with the speech library by itself, in one run.

    python -m tests.bench.transcribe [--lengths 1,10,60] [--rivals-up-to 60] [--joinings 10]

Sound: the human clips joined in a drawn order with pauses of 0.5 to 1.2 s, the same in every run;
always the same order would hear the same few windows over and over. Where a window of the model
happens to end changes its text, by one point of WER for ten minutes either way: so ten minutes are
drawn ten times, and WER in the last line counts the errors of all files that the library heard
too. Rivals: (a) the library on the whole file with
the same options, its model loaded and every core given to it; (b) the command
`whisper-ctranslate2` with the same model folder, which loads the model within its time. Ours is
the whole task: decoding, both copies, database, with the engine warm. Machines are noisy: only
ratios within one run mean anything. The last line is one JSON object.
"""

import argparse
import contextlib
import json
import os
import random
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch

import psutil
from sqlalchemy import select

from bridge.accounts import create_unit
from bridge.db import Database
from bridge.errors import LeaseLost
from bridge.intake import cancel_transcription
from bridge.media import MediaStore
from bridge.models import Segment
from bridge.schema import upgrade_database
from bridge.settings import load_settings
from bridge.tasks import TaskContext
from tests.children import children_running
from tests.samples import shared_cache
from tests.transcribe.desk import Desk
from transcribe.engine import OPTIONS
from transcribe.engine_client import EngineClient
from transcribe.jobs import close_engine, transcribe_announcement
from transcribe.samples import Sample, fetch_samples, join_samples
from transcribe.scoring import ErrorCounts, count_word_errors, sum_counts
from transcribe.sound import join_wavs
from transcribe.speech_model import find_model

PAUSES_MS = (500, 700, 900, 1_200)
FIRST_TEXT_MINUTES = 120
SHORT_ONES = 5
FIGURES = (
    *("overhead_10min", "rss_60_over_10", "rss_60_mb", "wer_ours", "wer_bare", "rtf_ours"),
    *("rtf_bare", "rtf_whisper_ctranslate2", "first_text_s_120min", "second_start_s"),
)


@dataclass(frozen=True)
class Result:
    """What hearing one file took."""

    wall_s: float
    cpu_s: float
    peak_mb: float
    errors: ErrorCounts

    def line(self, name: str, minutes: float, beside: "Result | None") -> str:
        ratio = f"{self.wall_s / beside.wall_s:8.2f}" if beside else "        "
        return (
            f"{minutes:5.0f}  {name:22} {self.wall_s:8.1f} {ratio} {self.cpu_s:8.1f}"
            f" {self.peak_mb:8.0f} {self.errors.rate:8.4f} {self.errors.insertions:6d}"
            f" {self.wall_s / (minutes * 60):7.3f}"
        )


class Sound:
    """A file of about so many minutes, and what is said in it."""

    def __init__(self, clips: list[Sample], minutes: float, folder: Path, joining: int = 0) -> None:
        self.path = folder / f"{minutes:g}-minutes-{joining}.wav"
        join_samples(clips, self.path)
        rounds = max(1, round(minutes * 60 * 48_000 / self.path.stat().st_size))
        seed = f"{minutes:g}/{joining}" if joining else minutes
        draw = random.Random(seed)  # noqa: S311  no secret is drawn
        parts: list[Path] = []
        order: list[Sample] = []
        for number in range(rounds):
            drawn = draw.sample(clips, len(clips))
            parts.append(folder / f"part-{number}.wav")
            join_samples(drawn, parts[-1], draw.choice(PAUSES_MS))
            order += drawn
        join_wavs(parts, self.path, pause_ms=0, repeat=1)
        for part in parts:
            part.unlink()
        self.minutes = (self.path.stat().st_size - 44) / 48_000 / 60
        self.text = " ".join(clip.text for clip in order)


def hear_bare(model: Path, sound: Sound) -> Result:
    """Rival (a)."""
    command = [sys.executable, "-m", "tests.bench.bare", str(model), str(sound.path)]
    output, _, _, peak_mb = _run(command)
    answer = json.loads(output)
    errors = count_word_errors(sound.text, answer["text"])
    return Result(answer["wall_s"], answer["cpu_s"], peak_mb, errors)


def hear_by_command(model: Path, sound: Sound, folder: Path) -> Result:
    """Rival (b). Its options are ours where it has them."""
    program = Path(sys.executable).with_name("whisper-ctranslate2")
    options: dict[str, Any] = {
        "model_directory": model,
        "output_dir": folder,
        "output_format": "txt",
        "language": "vi",
        "device": "cpu",
        "compute_type": "int8",
        "threads": len(os.sched_getaffinity(0)),
        "beam_size": OPTIONS["beam_size"],
        "word_timestamps": True,
        "condition_on_previous_text": False,
        "vad_filter": True,
        "verbose": False,
    }
    command = [str(program), str(sound.path)]
    for name, value in options.items():
        command += [f"--{name}", str(value)]
    _, wall_s, cpu_s, peak_mb = _run(command)
    text = (folder / f"{sound.path.stem}.txt").read_text(encoding="utf-8")
    return Result(wall_s, cpu_s, peak_mb, count_word_errors(sound.text, text))


class Ours:
    """A fresh database and store in a folder, and the task run on them."""

    def __init__(self, folder: Path) -> None:
        settings = load_settings({}, data_dir=folder / "data", cache_dir=shared_cache())
        self.model = find_model(settings).path
        database = Database(settings.effective_database_url)
        upgrade_database(database)
        with database.writing() as session:
            unit_id = create_unit(session, slug="xa-mau", name="Xã Mẫu").id
        self.desk = Desk(TaskContext(settings, database, MediaStore(settings.media_dir)), unit_id)

    def hear(self, sound: Sound, warm_up: Sound) -> Result:
        """The whole task, by an engine of its own that has heard one short file before."""
        close_engine()
        warm_up_id = self.desk.accept(warm_up.path)
        if self.desk.state(warm_up_id) == "queued":
            transcribe_announcement(self.desk.context, self.desk.claim(warm_up_id))
        else:
            self.desk.transcribe_again(warm_up_id)
        announcement_id = self.desk.accept(sound.path)
        run = self.desk.claim(announcement_id)
        before = _cpu_s()
        begun_at = time.monotonic()
        transcribe_announcement(self.desk.context, run)
        wall_s = time.monotonic() - begun_at
        cpu_s = _cpu_s() - before
        peak_mb = _peak_of_engine_mb()
        segments = self.desk.segments(announcement_id)
        text = " ".join(segment.text for segment in segments if segment.kind == "speech")
        return Result(wall_s, cpu_s, peak_mb, count_word_errors(sound.text, text))

    def second_start_s(self, sound: Sound) -> float:
        """A short announcement after another: from its turn to the engine's first work."""
        announcement_id = self.desk.accept(sound.path)
        asked_at: list[float] = []
        submit = EngineClient.submit

        def noting(engine: EngineClient, *request: Any) -> int:
            asked_at.append(time.monotonic())
            return submit(engine, *request)

        with patch.object(EngineClient, "submit", noting):
            begun_at = time.monotonic()
            transcribe_announcement(self.desk.context, self.desk.claim(announcement_id))
        return asked_at[0] - begun_at

    def first_text_s(self, sound: Sound) -> float:
        """From the beginning of the task, its engine cold, to the first committed text."""
        close_engine()
        announcement_id = self.desk.accept(sound.path)
        run = self.desk.claim(announcement_id)
        seen_at: list[float] = []

        def watch() -> None:
            while True:
                with self.desk.context.db.reading() as session:
                    speech = select(Segment.id).where(
                        Segment.announcement_id == announcement_id, Segment.kind == "speech"
                    )
                    if session.scalar(speech.limit(1)) is not None:
                        break
                time.sleep(0.05)
            seen_at.append(time.monotonic())
            with self.desk.context.db.writing() as session:
                cancel_transcription(session, announcement_id=announcement_id, actor_id=None)

        watcher = threading.Thread(target=watch, daemon=True)
        begun_at = time.monotonic()
        watcher.start()
        _until_cancelled(lambda: transcribe_announcement(self.desk.context, run))
        watcher.join()
        return seen_at[0] - begun_at


@dataclass(frozen=True)
class Row:
    """One length: ours, and the rivals unless they were left out."""

    minutes: float
    ours: Result
    bare: Result | None
    command: Result | None


def main() -> None:
    """Print the table and the line of figures."""
    parser = argparse.ArgumentParser(prog="make bench-transcribe")
    parser.add_argument("--lengths", default="1,10,60")
    parser.add_argument("--rivals-up-to", type=float, default=60, metavar="MINUTES")
    parser.add_argument("--joinings", type=int, default=10, help="of ten minutes, for the WER")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="loa-bench-") as name:
        folder = Path(name)
        clips = fetch_samples(shared_cache())
        ours = Ours(folder)
        warm_up = Sound(clips, 0.5, folder)
        head = " ".join(f"{head:>8}" for head in ("wall s", "ratio", "cpu s", "peak MB", "WER"))
        print(f"{'min':>5}  {'who':22} {head} {'ins':>6} {'RTF':>7}")
        rows: dict[float, Row] = {}
        for minutes in (float(length) for length in options.lengths.split(",")):
            sound = Sound(clips, minutes, folder)
            rivals = options.rivals_up_to >= minutes
            bare = hear_bare(ours.model, sound) if rivals else None
            mine = ours.hear(sound, warm_up)
            command = hear_by_command(ours.model, sound, folder) if rivals else None
            rows[minutes] = row = Row(sound.minutes, mine, bare, command)
            print_row(row)
        rows_for_errors = list(rows.values())
        ten = rows.get(10)
        for joining in range(1, options.joinings if ten is not None and ten.bare else 1):
            sound = Sound(clips, 10, folder, joining)
            bare, mine = hear_bare(ours.model, sound), ours.hear(sound, warm_up)
            rows_for_errors.append(Row(sound.minutes, mine, bare, None))
            print_row(rows_for_errors[-1])
        short_ones = [Sound(clips, 0.5, folder, number) for number in range(1, SHORT_ONES + 1)]
        second_start_s = max(ours.second_start_s(short) for short in short_ones)
        first_text_s = ours.first_text_s(Sound(clips, FIRST_TEXT_MINUTES, folder))
        close_engine()
    print_errors([row for row in rows_for_errors if row.bare is not None])
    found = figures(rows, rows_for_errors, first_text_s)
    found["second_start_s"] = second_start_s
    print(json.dumps({key: _rounded(value) for key, value in found.items()}))


def print_row(row: Row) -> None:
    """The lines of one length."""
    named = {"faster-whisper": row.bare, "whisper-ctranslate2": row.command, "loa": row.ours}
    for who, result in named.items():
        if result is not None:
            print(result.line(who, row.minutes, row.bare), flush=True)


def print_errors(rows: list[Row]) -> None:
    """Of the ten-minute files together, then of all files: the errors of the library and ours."""
    for what, chosen in (("10 min", [row for row in rows if 9 < row.minutes < 11]), ("all", rows)):
        pairs = {
            "faster-whisper": sum_counts(row.bare.errors for row in chosen if row.bare),
            "loa": sum_counts(row.ours.errors for row in chosen),
        }
        for who, errors in pairs.items() if chosen else ():
            print(
                f"{what:>6}  {who:22} {len(chosen)} files, WER {errors.rate:.4f}, substituted"
                f" {errors.substitutions}, left out {errors.deletions}, inserted"
                f" {errors.insertions} of {errors.reference_length}"
            )


def figures(
    rows: dict[float, Row], rows_for_errors: list[Row], first_text_s: float
) -> dict[str, float | None]:
    """What the last line says; None where the run did not measure it."""
    ten, sixty = rows.get(10), rows.get(60)
    heard_by_both = [row for row in rows_for_errors if row.bare is not None]
    found: dict[str, float | None] = dict.fromkeys(FIGURES)
    found["first_text_s_120min"] = first_text_s
    if heard_by_both:
        found["wer_ours"] = sum_counts(row.ours.errors for row in heard_by_both).rate
        found["wer_bare"] = sum_counts(row.bare.errors for row in heard_by_both if row.bare).rate
    if ten is not None:
        seconds = ten.minutes * 60
        found["rtf_ours"] = ten.ours.wall_s / seconds
        if ten.bare is not None and ten.command is not None:
            found["overhead_10min"] = ten.ours.wall_s / ten.bare.wall_s
            found["rtf_bare"] = ten.bare.wall_s / seconds
            found["rtf_whisper_ctranslate2"] = ten.command.wall_s / seconds
        if sixty is not None:
            found["rss_60_over_10"] = sixty.ours.peak_mb / ten.ours.peak_mb
    if sixty is not None:
        found["rss_60_mb"] = sixty.ours.peak_mb
    return found


def _run(command: list[str]) -> tuple[str, float, float, float]:
    """A command's output, wall seconds, processor seconds and peak memory in MB."""
    begun_at = time.monotonic()
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        output = process.stdout.read()
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{command[0]} ended with {process.returncode}")
    wall_s = time.monotonic() - begun_at
    return output, wall_s, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024


def _engine() -> psutil.Process:
    """The engine of this process."""
    return children_running("transcribe.engine")[0]


def _cpu_s() -> float:
    """Processor seconds of this process, of its ended children and of its engine."""
    used = psutil.Process().cpu_times()
    engine = _engine().cpu_times()
    ours = used.user + used.system + used.children_user + used.children_system
    return ours + engine.user + engine.system


def _peak_of_engine_mb() -> float:
    """The peak resident memory of the engine in its whole life."""
    for line in Path(f"/proc/{_engine().pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return float(line.split()[1]) / 1024
    raise SystemExit("this kernel does not tell the peak memory of a process")


def _until_cancelled(work: Callable[[], None]) -> None:
    with contextlib.suppress(LeaseLost):
        work()


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)


if __name__ == "__main__":
    main()
