"""How long publishing one more announcement takes in a large archive, on both databases.

    python -m tests.bench.portal_publish [--announcements 100000] [--databases sqlite,postgresql]

Each time the whole task of the worker, as it runs in production: 50 seconds of sound in two
encodings, the approval looked at again, the item's page, its neighbours, the lists of its month,
category and area, feeds, sitemap, search, home. The archive's lists and search files lie in the
portal's folder; the pages of its other announcements do not, for none of them is read.

The last line is one JSON object, of the slower database. `publish_one_s` is the median for what was
transcribed some time ago: its sound was prepared by the worker's own task, which is not in the
figure. `publish_just_cut_s` is the median for what was cut a moment ago, or never prepared: its
sound is encoded as well.
"""

import argparse
import io
import json
import statistics
import time
from pathlib import Path
from typing import Any
from unittest.mock import patch

from bridge.db import Database, utc_now
from bridge.intake import accept_recording
from bridge.media import WORKING_COPY, MediaStore, SoundFacts
from bridge.models import Unit
from bridge.settings import load_settings
from bridge.tasks import TaskContext, add_task
from bridge.turns import PREPARE
from bridge.units import list_units
from publish.audio import make_published_audio
from publish.jobs import publish_announcement
from publish.portal import write_every_list, write_home
from publish.previews import make_preview
from publish.search_files import write_search
from publish.site import open_site
from tests.bench.large_archive import (
    SEGMENT_MS,
    SEGMENTS,
    Archive,
    filled,
    measured_alone,
    peak_memory_mb,
)
from tests.bench.page_weight import page_bytes
from tests.bridge.lifecycle import Life, heard
from tests.publish.sounds import speech_like, write_working_copy

SAMPLES = 7
_SAID = "Kính thưa bà con, lúc 7 giờ 30 phút sáng mai mời bà con đến nhà văn hóa họp thôn."


def measure_publishing(url: str, folder: Path, archive: Archive) -> dict[str, float]:
    """Seconds, the most memory that laying out the lists and publishing took in MB, and the
    heaviest page of the portal with all it loads in kB."""
    settings = load_settings({}, data_dir=folder / "data", database_url=url)
    db = Database(url)
    media = MediaStore(settings.media_dir)
    _lay_out(db, open_site(settings), archive)
    with db.reading() as session:
        unit = session.get_one(Unit, archive.unit_id)
    life, context = Life(db, media, unit), TaskContext(settings, db, media)
    sound = write_working_copy(folder / "sound.flac", speech_like(SEGMENTS * SEGMENT_MS / 1000))
    took: dict[bool, list[tuple[float, float]]] = {True: [], False: []}
    for number in range(-2, 2 * SAMPLES):
        is_prepared = number % 2 == 0
        _id, whole_s, sound_s = publish_one(
            life, context, archive.approver_id, sound.read_bytes(), number, is_prepared=is_prepared
        )
        if number >= 0:  # the first two only warm up
            took[is_prepared].append((whole_s, sound_s))
    most_mb = peak_memory_mb()
    db.dispose()
    site = settings.site_dir
    heaviest = max(page_bytes(site, page) for page in site.rglob("*.html"))
    return {
        "publish_one_s": round(statistics.median(whole for whole, _ in took[True]), 3),
        "publish_one_s_max": round(max(whole for whole, _ in took[True]), 3),
        "of_which_sound_s": round(statistics.median(sound for _, sound in took[True]), 3),
        "publish_just_cut_s": round(statistics.median(whole for whole, _ in took[False]), 3),
        "peak_memory_mb": most_mb,
        "page_gz_kb": round(heaviest / 1000, 2),
    }


def _lay_out(db: Database, site: Any, archive: Archive) -> None:
    """What publishing before has left in the portal's folder."""
    with db.writing() as session:
        unit = next(one for one in list_units(session) if one.id == archive.unit_id)
        write_every_list(session, site, unit)
        write_search(session, site, unit)
        write_home(session, site, unit)


def publish_one(
    life: Life,
    context: TaskContext,
    approver_id: str,
    sound: bytes,
    number: int = 0,
    *,
    is_prepared: bool = True,
) -> tuple[str, float, float]:
    """Publish `sound`; the announcement, seconds of the task and those that its sound took.

    Each `number` makes another recording. `is_prepared`: a worker has had time for it before.
    """
    announcement_id = _reviewable(life, sound, number)
    path = context.media.derived(life.view(announcement_id).sha256, WORKING_COPY)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(sound)
    if is_prepared:
        with context.db.writing() as session:
            task_id = add_task(session, kind=PREPARE, announcement_id=announcement_id)
        make_preview(context, life.claim(task_id))
    run = life.claim(life.approve(announcement_id, approver_id))
    encoding: list[float] = []
    with patch("publish.jobs.make_published_audio", _timed(encoding)):
        began = time.perf_counter()
        publish_announcement(context, run)
        took_s = time.perf_counter() - began
    assert life.state(announcement_id) == "published"
    return announcement_id, took_s, sum(encoding)


def _timed(spent: list[float]) -> Any:
    def make(*given: Any, **named: Any) -> Any:
        began = time.perf_counter()
        made = make_published_audio(*given, **named)
        spent.append(time.perf_counter() - began)
        return made

    return make


def _reviewable(life: Life, sound: bytes, number: int) -> str:
    """An announcement of fifty seconds, ready to be approved."""
    content = sound + str(number).encode()
    incoming = life.media.receive(io.BytesIO(content), max_bytes=len(content), min_free_bytes=0)
    duration_ms = SEGMENTS * SEGMENT_MS
    receipt = accept_recording(
        life.db,
        life.media,
        unit_id=life.unit.id,
        actor_id=None,
        incoming=incoming,
        facts=SoundFacts("wav", "pcm_s16le", 24_000, 1, duration_ms, bytes(duration_ms // 100)),
        file_name="một bản tin nữa.wav",
        title=f"Mời họp thôn {number}",
        broadcast_at=utc_now(),
        priority="normal",
    )
    spans = [(at * SEGMENT_MS, (at + 1) * SEGMENT_MS) for at in range(SEGMENTS)]
    life.transcribe(receipt.task_id, *(heard(_SAID, begin, end) for begin, end in spans))
    return receipt.announcement_id


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--announcements", type=int, default=100_000)
    parser.add_argument("--databases", default="sqlite,postgresql")
    given = parser.parse_args()
    found = {}
    for kind in given.databases.split(","):
        with filled(kind, given.announcements) as place:
            found[kind] = measured_alone(measure_publishing, *place)
    names = ("publish_one_s", "publish_just_cut_s")
    slowest = {name: max(one[name] for one in found.values()) for name in names}
    print(json.dumps({**slowest, **found}))


if __name__ == "__main__":
    main()
