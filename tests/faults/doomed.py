"""Processes that die at a failpoint. Forked from a server that has imported everything, so that
each costs no time to start."""

import multiprocessing
import os
from hashlib import sha256
from pathlib import Path

from bridge import failpoints
from bridge.captures import NewCapture, open_capture, own_capture, store_chunk, stored_chunks
from bridge.settings import load_settings
from bridge.units import find_unit
from transcribe.capture_finish import finish_capture
from web.cli import run
from web.services import open_services

_context = multiprocessing.get_context("forkserver")
_context.set_forkserver_preload(
    [__name__, "transcribe.jobs", "publish.jobs", "transcribe.decoder_client"]
)
CHUNKS = 3


def run_doomed(
    environment: dict[str, str], failpoint: str, arguments: list[str], seconds: float = 60
) -> int:
    """Run `loa ARGUMENTS` in a process that may die at a failpoint; its exit status.

    Negative: the signal that ended it. `capture PATH` instead of a command sends a file in chunks
    by the use cases. Without a failpoint (empty) it is an ordinary run.
    """
    process = _context.Process(target=_live, args=(environment, failpoint, arguments))
    process.start()
    process.join(seconds)
    if process.exitcode is None:
        process.kill()
        process.join()
        raise AssertionError(f"{arguments} did not end within {seconds} s")
    return process.exitcode


def _live(environment: dict[str, str], failpoint: str, arguments: list[str]) -> None:
    os.environ.clear()
    os.environ.update(environment)
    log = os.open(Path(environment["LOA_DATA"]).parent / "doomed.log", os.O_WRONLY | os.O_CREAT)
    os.lseek(log, 0, os.SEEK_END)
    os.dup2(log, 1)
    os.dup2(log, 2)
    failpoints.arm(failpoint)
    if arguments[0] == "capture":
        send_capture(Path(arguments[1]))
        return
    raise SystemExit(run(arguments))


def send_capture(path: Path) -> None:
    """As a sender does: what is missing in chunks, then the end."""
    services = open_services(load_settings())
    settings, db, media = services.settings, services.db, services.media
    content = path.read_bytes()
    size = -(-len(content) // CHUNKS)
    with db.reading() as session:
        unit_id = find_unit(session, "xa-mau").id
    wanted = NewCapture(key=path.stem, kind="recorder", file_name=path.name, title="Thử")
    capture_id, _ = open_capture(db, media, settings, unit_id=unit_id, actor_id=None, wanted=wanted)
    with db.reading() as session:
        is_finished = own_capture(session, capture_id, None).state == "finished"
        there = {chunk.number for chunk in stored_chunks(session, capture_id)}
    for number in () if is_finished else set(range(CHUNKS)) - there:
        chunk = content[number * size : (number + 1) * size]
        store_chunk(
            db,
            media,
            settings,
            capture_id=capture_id,
            actor_id=None,
            number=number,
            sha256=sha256(chunk).hexdigest(),
            content=chunk,
        )
    receipt = finish_capture(settings, db, media, capture_id, chunks=CHUNKS)
    if receipt.task_id is not None:
        services.queue.hand_over(db, receipt.task_id)
