"""The speech library by itself: one file, whole, with our options and every core given to it.

    python -m tests.bench.bare MODEL_FOLDER FILE

Prints one JSON object. The model is loaded before the clock starts.
"""

import json
import os
import sys
import time

from faster_whisper import WhisperModel

from transcribe.engine import OPTIONS


def main() -> None:
    """Hear the file and say what it took."""
    folder, path = sys.argv[1:]
    cores = len(os.sched_getaffinity(0))
    model = WhisperModel(folder, device="cpu", compute_type="int8", cpu_threads=cores)
    begun_at, busy = time.monotonic(), time.process_time()
    heard, _ = model.transcribe(path, **OPTIONS)
    text = " ".join(segment.text.strip() for segment in heard)
    seconds = {"wall_s": time.monotonic() - begun_at, "cpu_s": time.process_time() - busy}
    sys.stdout.write(json.dumps({**seconds, "text": text}) + "\n")


main()
