"""A large file over a link that breaks: does it arrive, how long does it take, what is sent twice.

    .venv/bin/python -m tests.bench.upload [--mib 300] [--cuts 10] [--database-url URL]

Runs `loa web` on a data folder of its own. The last line is one JSON object; the exit status is
not 0 when the stored file has another hash than the one that was sent.
"""

import argparse
import hashlib
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bridge.media import MediaStore
from bridge.queries import announcement_view
from tests.functional.chunk_client import BreakingLink, ChunkClient
from tests.functional.running import EDITOR, PASSWORD, RunningLoa, wait_for
from tests.samples import tone, write_wav

MIB = 1024 * 1024


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mib", type=int, default=300)
    parser.add_argument("--cuts", type=int, default=10)
    parser.add_argument("--database-url", default="")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="loa-upload-") as folder:
        found = measure(Path(folder), arguments.mib, arguments.cuts, arguments.database_url)
    print(json.dumps(found))
    return 0 if found["same_hash"] else 1


def measure(folder: Path, mib: int, cuts: int, database_url: str) -> dict[str, object]:
    """Send a WAV file of `mib` MiB over a link that breaks `cuts` times."""
    path = folder / "dai.wav"
    write_wav(path, tone(mib * MIB / 96_000, sample_rate=48_000), sample_rate=48_000)
    with path.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    loa = RunningLoa(folder / "data", database_url, folder / "cache")
    loa.prepare()
    server = loa.process = subprocess.Popen(
        [sys.executable, "-m", "web.cli", "web"], env=loa.environment
    )
    try:
        wait_for(loa.answers, 60, "the pages")
        client = ChunkClient(loa.port)
        client.sign_in(EDITOR, PASSWORD)
        started = time.monotonic()
        distance = mib * MIB // (cuts + 1) if cuts else mib * MIB
        with BreakingLink(loa.port, cut_every_bytes=distance, cuts=cuts).open() as link:
            client.port = link.port
            receipt = client.send_file(path, "key-of-a-large-file", 900)
        seconds = time.monotonic() - started
        with loa.database.reading() as session:
            stored = announcement_view(session, receipt["announcement"]).sha256
        with MediaStore(loa.data / "media").original(stored).open("rb") as file:
            on_disk = hashlib.file_digest(file, "sha256").hexdigest()
    finally:
        server.terminate()
        server.wait(30)
        loa.process = None
        loa.close()
    return {
        "mib": path.stat().st_size // MIB,
        "cuts": link.cut,
        "seconds": round(seconds, 1),
        "chunks": -(-path.stat().st_size // (4 * MIB)),
        "chunks_acknowledged": client.sent_chunks,
        "same_hash": sha256 == stored == on_disk,
    }


if __name__ == "__main__":
    sys.exit(main())
