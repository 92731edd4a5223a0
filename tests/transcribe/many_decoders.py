"""Runs the decoder on many files quickly: one interpreter, which forks for each file.

    python -m tests.transcribe.many_decoders MIN_MS MAX_MS < LINES

Each line of standard input is `probe PATH` or `decode PATH`; each line of the answer is the JSON
of an `End`. A fork is the decoder as it always is, with its own limits, only already imported.
"""

import json
import os
import signal
import subprocess
import sys
import threading
import traceback
from dataclasses import asdict, dataclass
from pathlib import Path

from bridge.settings import Settings
from transcribe import decoder
from transcribe.child import bare_environment

WALL_S = 60  # for one file; on a busy machine most need a tenth of a second
PROCESSES = 2


@dataclass(frozen=True, slots=True)
class End:
    """How a decoder ended. `status`: exit status, or the negative number of a signal."""

    status: int
    output: str  # of a probe
    length: int  # bytes of output
    message: str  # the last line on standard error
    peak_mb: int


def run_decoders(cases: list[tuple[str, Path]], settings: Settings) -> list[End]:
    """The ends of (`probe` or `decode`, file), in that order."""
    ends: list[End] = [End(-1, "", 0, "", 0)] * len(cases)

    def work(first: int) -> None:
        lines = "".join(f"{action} {path}\n" for action, path in cases[first::PROCESSES])
        command = [sys.executable, "-m", "tests.transcribe.many_decoders"]
        finished = subprocess.run(
            [*command, str(settings.min_duration_ms), str(settings.max_duration_ms)],
            input=lines,
            stdout=subprocess.PIPE,
            text=True,
            check=True,
            env=bare_environment(),
        )
        for place, line in enumerate(finished.stdout.splitlines()):
            ends[first + place * PROCESSES] = End(**json.loads(line))

    threads = [threading.Thread(target=work, args=(first,)) for first in range(PROCESSES)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return ends


def _decode_one(action: str, path: str, min_ms: str, max_ms: str) -> End:
    output, output_end = os.pipe()
    errors, errors_end = os.pipe()
    parent = os.getpid()
    child = os.fork()
    if child == 0:
        status = 1
        try:
            signal.alarm(WALL_S)
            for number, file in enumerate((os.open(path, os.O_RDONLY), output_end, errors_end)):
                os.dup2(file, number)
            os.closerange(3, 64)
            sys.stdin = open(0, encoding="utf-8")  # noqa: SIM115  the old one is at its end
            limits = ["--min-ms", min_ms, "--max-ms", max_ms]
            status = decoder.main([action, "--parent", str(parent), *limits])
            sys.stdout.flush()
        except BaseException:
            traceback.print_exc()
        finally:
            sys.stderr.flush()
            os._exit(status)
    os.close(output_end)
    os.close(errors_end)
    with os.fdopen(output, "rb") as file:
        said = file.read()
    with os.fdopen(errors, "rb") as file:
        message = file.read().decode(errors="replace").strip()
    _, status, usage = os.wait4(child, 0)
    return End(
        status=os.waitstatus_to_exitcode(status),
        output=said.decode() if action == "probe" else "",
        length=len(said),
        message=message.splitlines()[-1] if message else "",
        peak_mb=usage.ru_maxrss // 1024,
    )


def main() -> None:
    min_ms, max_ms = sys.argv[1:]
    for line in sys.stdin.read().splitlines():
        action, _, path = line.partition(" ")
        answer = json.dumps(asdict(_decode_one(action, path, min_ms, max_ms)))
        sys.stdout.write(answer + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
