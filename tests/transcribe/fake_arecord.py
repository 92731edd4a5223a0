"""Stands for `arecord`: the sound card is outside of what the tests can have.

Installed under that name on the PATH by `install`. Writes 48 kHz PCM in real time, a tone that
tells by its place in the sound when it was recorded; what LOA_TEST_CARD says happens.
"""

import os
import stat
import sys
import time
from pathlib import Path

import numpy as np

RATE = 48_000


def install(folder: Path) -> Path:
    """Put a program named `arecord` into a folder, for the PATH."""
    folder.mkdir()
    program = folder / "arecord"
    program.write_text(f'#!/bin/sh\nexec {sys.executable} {Path(__file__)} "$@"\n')
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    return folder


def main() -> int:
    """Behave as the environment says: `speech`, `missing`, `odd` or `hangs`."""
    card = os.environ.get("LOA_TEST_CARD", "speech")
    asked = sys.argv[1:]
    wanted = ["-q", "-D", "plughw:1", "-t", "raw", "-f", "S16_LE", "-c", "1", "-r", str(RATE)]
    if asked != wanted:
        sys.stderr.write(f"arecord: main:1: unknown arguments {asked}\n")
        return 1
    if card == "missing":
        sys.stderr.write("ALSA lib pcm_hw.c: something\n")
        sys.stderr.write("arecord: main:831: audio open error: No such file or directory\n")
        return 1
    if card == "hangs":
        time.sleep(60)
    samples = np.random.default_rng(5).normal(0, 3000, RATE // 10).astype("<i2").tobytes()
    if card == "odd":
        samples = samples[:-1]
    began = time.monotonic()
    for number in range(100_000):
        ahead = began + number / 10 - time.monotonic()
        if ahead > 0:
            time.sleep(ahead)
        try:
            os.write(1, samples)
        except BrokenPipeError:
            return 0
    return 0


if __name__ == "__main__":
    sys.exit(main())
