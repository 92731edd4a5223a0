"""SIGKILL between any two steps that belong together, at every failpoint in turn."""

import re
import signal
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import func, select

from bridge.capture_care import orphan_chunk_files
from bridge.failpoints import POINTS
from bridge.media import MediaStore
from bridge.models import Announcement, Recording
from bridge.queueing import TaskQueue
from bridge.recovery import take_back_from
from bridge.settings import load_settings
from bridge.worker import worker_group
from publish.files import PACKED, is_copy_of
from tests.faults.doomed import run_doomed
from tests.faults.house import Workshop, sha256
from tests.faults.ledger import Entry
from tests.functional.running import APPROVER

INGEST = tuple(
    point for point in POINTS if point.startswith(("media.", "intake.")) or point == "queue.given"
)
CAPTURE = (*(point for point in POINTS if point.startswith("capture.")), *INGEST[:-1])
TRANSCRIBE = ("worker.dequeued", "worker.claimed", "copies.renamed", "transcribe.heard")
TRANSCRIBE = (*TRANSCRIBE, "transcribe.ended")
PUBLISH = (
    "publish.sound",
    "publish.encoded",
    "publish.unpacked",
    "publish.page",
    "publish.written",
)
PUBLISH = (*PUBLISH, "publish.recorded")
WITHDRAW = ("publish.removed",)
# Not in the folder: Flask answers it.
FROM_THE_APPLICATION = ("phan-anh",)
ANNOUNCEMENT = re.compile(r"(^|/)[0-9a-z]{12}/$")
# As under `loa up`, whose next start takes back what such a worker held.
WORK = ["worker", "--number", "1", "--burst"]


def die(shop: Workshop, point: str, arguments: list[str]) -> None:
    # A lease that outlives the test: nobody but `start_again` takes back what the dead one held.
    environment = {**shop.environment, "LOA_LEASE_S": "600"}
    status = run_doomed(environment, f"{point}:kill", arguments)
    assert status == -signal.SIGKILL, f"{point} was not reached: {status}"


def live(shop: Workshop, arguments: list[str]) -> None:
    assert run_doomed(shop.environment, "", arguments) == 0, shop.log_of("doomed")


def start_again(shop: Workshop) -> None:
    """What `loa up` does first, and a worker that does all that waits."""
    settings = load_settings(shop.environment)
    take_back_from(shop.database, TaskQueue(settings.effective_redis_url), worker_group())
    live(shop, WORK)


def announcements(shop: Workshop, path: Path) -> list[str]:
    """What a file has become."""
    with shop.database.reading() as session:
        found = select(Announcement.id).join(Recording)
        return list(session.scalars(found.where(Recording.sha256 == sha256(path))))


def send_and_judge(
    shop: Workshop,
    ledger: Entry,
    points: tuple[str, ...],
    sounds: Callable[[int], list[Path]],
    command: Callable[[Path], list[str]],
) -> None:
    """Each file's sender dies at its point and sends again; then all is worked off."""
    paths = sounds(len(points))
    for point, path in zip(points, paths, strict=True):
        die(shop, point, command(path))
        before = announcements(shop, path)
        assert len(before) == (point in ("intake.recorded", "queue.given")), point
        live(shop, command(path))
        (shop.acknowledged[sha256(path)],) = announcements(shop, path)
    start_again(shop)
    shop.judge(ledger)
    states = {shop.state(one) for one in shop.acknowledged.values()}
    assert states == {"in_review"}
    ledger.saw(f"{len(points)} points, each file once")


@pytest.mark.fault(
    "SIGKILL of a sender's process between every two steps of taking a file in",
    expected="never a row without its file; sent again it is there once",
)
def test_taking_a_file_in(
    shop: Workshop, ledger: Entry, sounds: Callable[[int], list[Path]]
) -> None:
    send_and_judge(
        shop, ledger, INGEST, sounds, lambda path: ["ingest", str(path), "--title", "Thử"]
    )


@pytest.mark.fault(
    "SIGKILL between every two steps of storing and joining chunks",
    expected="what was acknowledged is there; the rest is sent again; once",
)
def test_taking_chunks_in(
    shop: Workshop, ledger: Entry, sounds: Callable[[int], list[Path]]
) -> None:
    send_and_judge(shop, ledger, CAPTURE, sounds, lambda path: ["capture", str(path)])
    media = MediaStore(shop.data / "media")
    with shop.database.reading() as session:
        orphans = orphan_chunk_files(session, media)
    left = {path.parent for path in (media.root / "captures").rglob("*") if path.is_file()}
    assert left <= set(orphans), "what dead processes leave behind can be swept"


@pytest.mark.fault(
    "SIGKILL of a worker between every two steps of a transcription",
    expected="the next run ends it; nothing stands twice",
)
def test_transcribing(shop: Workshop, ledger: Entry, sounds: Callable[[int], list[Path]]) -> None:
    ids = {}
    for point, path in zip(TRANSCRIBE[::-1], sounds(len(TRANSCRIBE)), strict=True):
        ids[point] = shop.ingest(path)
        die(shop, point, WORK)
    start_again(shop)
    for point, announcement in ids.items():
        assert shop.state(announcement) == "in_review", point
        assert shop.task(announcement).attempt == (1 if point == "worker.dequeued" else 2), point
    shop.judge(ledger)
    ledger.saw(f"{len(TRANSCRIBE)} points, ended by the next run")


@pytest.mark.fault(
    "SIGKILL of a worker between every two steps of publishing and withdrawing",
    expected="the portal is whole at every moment; the next run ends it, once",
)
def test_publishing(shop: Workshop, ledger: Entry, sounds: Callable[[int], list[Path]]) -> None:
    ids = [shop.ingest(path) for path in sounds(len(PUBLISH))]
    live(shop, WORK)
    for point, announcement in zip(PUBLISH, ids, strict=True):
        shop.approve(announcement)
        die(shop, point, WORK)
        require_whole_site(shop, under_way=True)
    start_again(shop)
    assert {shop.state(announcement) for announcement in ids} == {"published"}
    followed = require_whole_site(shop)
    # Home and the month lead to each of them, and each to its sound.
    assert followed >= 4 * len(ids)
    for point, announcement in zip(WITHDRAW, ids, strict=False):
        reason = ("--by", APPROVER, "--reason", "Thử")
        shop.succeed("announcement", "withdraw", announcement, *reason)
        die(shop, point, WORK)
        start_again(shop)
        folder = shop.data / "site" / "xa-mau" / announcement
        names = {path.name.removesuffix(PACKED) for path in folder.iterdir()}
        assert names == {"index.html", "nhung.html", "gone"}, "neither sound nor text"
        require_whole_site(shop)
    shop.judge(ledger)
    with shop.database.reading() as session:
        running = session.scalar(select(func.count()).where(Announcement.state == "approved"))
    assert running == 0
    points = len(PUBLISH) + len(WITHDRAW)
    ledger.saw(f"{points} points, no page without its sound; {followed} links followed")


def require_whole_site(shop: Workshop, *, under_way: bool = False) -> int:
    """Whatever a page names lies there, and a compressed copy is its file's own; how many names.

    `under_way`: a publishing has died, so lists and feeds may be still to come; announcements are
    whole, with their sound.
    """
    root = shop.data / "site"
    followed = 0
    for page in root.rglob("*.html"):
        for address in re.findall(r' (?:href|src)="([^"#?:]+)["#?]', page.read_text("utf-8")):
            if address.rpartition("/")[2] in FROM_THE_APPLICATION:
                continue
            if under_way and "/" in address and not ANNOUNCEMENT.search(address):
                continue
            place = root / address[1:] if address.startswith("/") else page.parent / address
            place = place / "index.html" if address.endswith("/") else place
            assert place.is_file(), f"{page} names {address}"
            followed += 1
    for packed in root.rglob(f"*{PACKED}"):
        assert is_copy_of(packed, packed.with_suffix("").read_bytes()), packed
    return followed
