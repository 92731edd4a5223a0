"""Whatever is wrong with a file or a name: a clear sentence, and nothing changes."""

import json
from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
import pytest
from sqlalchemy import func, select

from bridge.db import Base, Database
from bridge.settings import load_settings
from tests.functional.running import RunningLoa, on_sqlite
from tests.samples import tone, write_wav

# No refusal here hangs on the kind of database.
pytestmark = on_sqlite


def write_empty(path: Path) -> None:
    path.write_bytes(b"")


def write_text(path: Path) -> None:
    path.write_text("Kính thưa bà con, đây là một tệp chữ. " * 50, encoding="utf-8")


def write_silent_video(path: Path) -> None:
    with av.open(str(path), "w", format="mp4") as container:
        stream = container.add_stream("mpeg4", rate=10)
        stream.width, stream.height, stream.pix_fmt = 64, 64, "yuv420p"
        for _ in range(20):
            frame = av.VideoFrame.from_ndarray(np.zeros((64, 64, 3), dtype=np.uint8))
            container.mux(stream.encode(frame))
        container.mux(stream.encode())


def write_truncated_wav(path: Path) -> None:
    write_wav(path, tone(10))
    path.write_bytes(path.read_bytes()[:100_000])


def write_blip(path: Path) -> None:
    write_wav(path, tone(0.1))


BAD_FILES: dict[str, tuple[Callable[[Path], None], str, str]] = {
    "empty": (write_empty, "media_empty", "rỗng"),
    "text named mp3": (write_text, "media_unreadable", "tệp tiếng"),
    "video without sound": (write_silent_video, "media_no_sound", "không có tiếng"),
    "truncated wav": (write_truncated_wav, "media_truncated", "cụt"),
    "a tenth of a second": (write_blip, "media_too_short", "ngắn"),
}


def counts(loa: RunningLoa) -> dict[str, int]:
    """How many rows each table has."""
    url = load_settings({}, data_dir=loa.data, database_url=loa.database_url)
    database = Database(url.effective_database_url)
    with database.reading() as session:
        rows = {
            name: session.scalar(select(func.count()).select_from(table)) or 0
            for name, table in Base.metadata.tables.items()
        }
    database.dispose()
    return rows


def files(loa: RunningLoa) -> set[Path]:
    return {path for path in (loa.data / "media").rglob("*") if path.is_file()}


@pytest.mark.parametrize("name", BAD_FILES)
def test_a_bad_file_gets_a_sentence_and_changes_nothing(
    loa: RunningLoa, tmp_path: Path, name: str
) -> None:
    write, code, word = BAD_FILES[name]
    path = tmp_path / "thu.mp3"
    write(path)
    before = counts(loa)
    refused = loa.cli("ingest", path)
    assert refused.returncode == 1
    answer = json.loads(refused.stdout)
    assert (answer["announcement"], answer["state"], answer["error"]) == (None, "refused", code)
    assert word in refused.stderr
    assert refused.stderr.count("\n") == 1
    assert counts(loa) == before
    assert files(loa) == set()


def test_a_file_over_the_limit(loa: RunningLoa, tmp_path: Path) -> None:
    loa.settings["LOA_MAX_UPLOAD_BYTES"] = "100000"
    path = tmp_path / "dai.wav"
    write_wav(path, tone(10))
    before = counts(loa)
    refused = loa.cli("ingest", path)
    assert refused.returncode == 1
    assert json.loads(refused.stdout)["error"] == "media_too_large"
    assert counts(loa) == before
    assert files(loa) == set()


def test_sound_over_the_limit(loa: RunningLoa, tmp_path: Path) -> None:
    loa.settings["LOA_MAX_DURATION_MS"] = "5000"
    path = tmp_path / "dai.wav"
    write_wav(path, tone(10))
    refused = loa.cli("ingest", path)
    assert json.loads(refused.stdout)["error"] == "media_too_long"
    assert files(loa) == set()


def test_an_unknown_unit(loa: RunningLoa, short_clip: Path) -> None:
    before = counts(loa)
    refused = loa.cli("ingest", short_clip, "--unit", "xa-khac")
    assert (refused.returncode, refused.stdout) == (1, "")
    assert "xa-khac" in refused.stderr
    assert counts(loa) == before


def test_a_file_that_is_not_there(loa: RunningLoa, tmp_path: Path) -> None:
    refused = loa.cli("ingest", tmp_path / "khong-co.wav")
    assert refused.returncode == 1
    assert "khong-co.wav" in refused.stderr


@pytest.mark.parametrize(
    "command",
    [
        ("show", "khongcoidnay"),
        ("approve", "khongcoidnay", "--by", "truong-ban@xa-mau.example"),
        ("withdraw", "khongcoidnay", "--by", "truong-ban@xa-mau.example", "--reason", "thử"),
        ("retry", "khongcoidnay"),
    ],
)
def test_a_wrong_id(loa: RunningLoa, command: tuple[str, ...]) -> None:
    before = counts(loa)
    refused = loa.cli("announcement", *command)
    assert (refused.returncode, refused.stdout) == (1, "")
    assert "Không tìm thấy bản tin" in refused.stderr
    assert refused.stderr.count("\n") == 1
    assert counts(loa) == before


def test_a_good_file_among_bad_ones_is_taken(
    loa: RunningLoa, tmp_path: Path, short_clip: Path
) -> None:
    bad = tmp_path / "hong.wav"
    write_text(bad)
    done = loa.cli("ingest", bad, short_clip)
    assert done.returncode == 1
    states = [json.loads(line)["state"] for line in done.stdout.splitlines()]
    assert states == ["refused", "queued"]


def test_the_same_file_twice_is_recognised(loa: RunningLoa, short_clip: Path) -> None:
    first = loa.json("ingest", short_clip)
    before = counts(loa)
    second = loa.json("ingest", short_clip)
    assert second["duplicate_of"] == second["announcement"] == first["announcement"]
    assert counts(loa) == before
