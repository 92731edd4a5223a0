"""An engine that says one line a piece, two pieces at once, and fails where it is told to.

Arguments: a log of the pieces it finished, then failures as WAY:PIECE. A failure strikes once: a
file beside the log remembers it for the engines started later. A piece that is `outrun` waits until
another one is finished, one that `waits` until the test makes the file `go` beside the log.
"""

import json
import os
import sys
import threading
import time
from pathlib import Path

LOG, FAILURES = Path(sys.argv[1]), sys.argv[2:]
SPEAKING = threading.Lock()


def say(**event: object) -> None:
    with SPEAKING:
        print(json.dumps(event), flush=True)


def strikes(way: str, piece: int) -> bool:
    if f"{way}:{piece}" not in FAILURES:
        return False
    done = LOG.with_name(f"{way}-{piece}")
    if done.exists():
        return False
    done.touch()
    return True


def wait_for(path: Path) -> None:
    while not path.exists():
        time.sleep(0.01)


def answer(request: dict) -> None:
    number, start_ms = request["id"], request["offset_ms"]
    length_ms = Path(request["pcm"]).stat().st_size // 32
    piece = start_ms // length_ms
    words = [
        {"text": text, "start_ms": start_ms + 100 * i, "end_ms": start_ms + 100 * i + 90}
        for i, text in enumerate(("đoạn", str(piece)))
    ]
    if strikes("outrun", piece):
        wait_for(LOG)
    if strikes("waits", piece):
        wait_for(LOG.with_name("go"))
    if strikes("dies", piece) or f"always dies:{piece}" in FAILURES:
        os._exit(7)
    if LOG.with_name(f"overhears-{piece}").exists() and strikes("dies again", piece):
        os._exit(7)
    if strikes("hangs", piece):
        with SPEAKING:
            time.sleep(60)
    if strikes("garbles", piece):
        with SPEAKING:
            print("{not json", flush=True)
            time.sleep(60)
    if strikes("fails", piece):
        say(event="error", id=number, code="engine_out_of_memory", detail="")
        return
    lines = 2 if f"dies late:{piece}" in FAILURES else 1
    for part in range(0 if strikes("overhears", piece) else lines):
        # The first line becomes final only when a second one follows.
        begin, end = start_ms + part * 4_000, start_ms + part * 4_000 + 1_900
        moved = [dict(word, start_ms=begin, end_ms=end) for word in words[: 1 if part else 2]]
        text = " ".join(word["text"] for word in moved)
        say(event="segment", id=number, start_ms=begin, end_ms=end, text=text, words=moved)
    say(event="progress", id=number, done_ms=start_ms + length_ms // 2)
    if strikes("dies late", piece):
        time.sleep(0.3)
        os._exit(7)
    with LOG.open("a") as log:
        log.write(f"{piece}\n")
    say(event="done", id=number, seconds=0.1)


def main() -> None:
    if "never starts" in FAILURES:
        os._exit(3)
    for failure in FAILURES:
        if failure.startswith("refuses: "):
            say(event="error", id=None, code=failure.removeprefix("refuses: "), detail="")
            sys.exit(1)
    say(
        event="ready",
        device="cpu",
        compute_type="int8",
        parallel=2,
        load_seconds=0.1,
        options={},
    )
    for line in sys.stdin:
        threading.Thread(target=answer, args=(json.loads(line),), daemon=True).start()


main()
