"""An engine that misbehaves in one way, named by its first argument. It loads no model."""

import json
import os
import sys
import time


def say(**event: object) -> None:
    print(json.dumps(event), flush=True)


def die() -> None:
    print("terminate called", file=sys.stderr, flush=True)
    os._exit(7)


def close_its_mouth() -> None:
    os.close(1)
    time.sleep(60)


def flood() -> None:
    while True:
        sys.stdout.write("x" * 1_000_000)


WAYS = {
    "hangs": lambda number: time.sleep(60),
    "dies": lambda number: die(),
    "garbles": lambda number: print("{not json", flush=True),
    "answers another": lambda number: say(event="done", id=number + 1, seconds=1.0),
    "closes its mouth": lambda number: close_its_mouth(),
    "floods": lambda number: flood(),
    "fails": lambda number: say(event="error", id=number, code="engine_out_of_memory", detail=""),
    "well": lambda number: say(event="done", id=number, seconds=0.5),
}


def main(way: str) -> None:
    if way == "never ready":
        time.sleep(60)
    if way == "garbled start":
        print("Loading, please wait", flush=True)
    if way.startswith("refuses: "):
        say(event="error", id=None, code=way.removeprefix("refuses: "), detail="said so")
        sys.exit(1)
    say(event="ready", device="cpu", compute_type="int8", parallel=2, load_seconds=0.1, options={})
    for line in sys.stdin:
        number = json.loads(line)["id"]
        say(event="progress", id=number, done_ms=1000)
        WAYS[way](number)


main(sys.argv[1])
