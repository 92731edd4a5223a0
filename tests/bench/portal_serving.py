"""How quickly the portal's item page is answered: by Loa's own server, and by nginx from the same
folder where nginx is installed.

    python -m tests.bench.portal_serving [--seconds 10] [--connections 16]

The client is a process of its own on the same machine, so on two cores it takes one of them. The
page is one of ten minutes of speech, compressed as every browser asks for it.
"""

import argparse
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bridge.db import Database
from bridge.publications import PublishedItem, PublishedSegment
from bridge.schema import upgrade_database
from bridge.settings import load_settings
from bridge.transcript import align
from bridge.units import UnitInfo
from publish.files import PACKED
from publish.site import Site, open_site
from tests.bench.page_weight import page_bytes, script_bytes
from tests.functional.running import free_port, wait_for
from tests.nginx import write_configuration

_DIGEST = "0123456789ab" * 5 + "0123"
_SENTENCE = "Trạm y tế xã mời bà con đưa trẻ đến tiêm chủng lúc 7 giờ 30 phút sáng mai."
_SENTENCES = 120  # five seconds each: ten minutes
_AT = datetime(2026, 11, 20, 22, 30, tzinfo=UTC)


def made_item() -> PublishedItem:
    """A made-up announcement of ten minutes."""
    unit = UnitInfo(
        *("unit00000001", "xa-mau", "Xã Mẫu", "Ủy ban nhân dân xã Mẫu", "commune"),
        *(None, "Điện thoại: 0200 000 000", "Asia/Ho_Chi_Minh", False),
    )
    text = f"{{}}. {_SENTENCE}"
    segments = tuple(
        PublishedSegment(
            *(f"segment{n:05}", "speech", n * 5000, n * 5000 + 4900, text.format(n)),
            align(text.format(n), (), n * 5000, n * 5000 + 4900),
        )
        for n in range(_SENTENCES)
    )
    audio = {
        kind: {"name": f"audio-{_DIGEST[:12]}.{kind}", "bytes": 3_600_000, "sha256": "0" * 64}
        for kind in ("mp3", "webm")
    }
    return PublishedItem(
        *("b3d8t6w1cevr", unit, 1, _DIGEST, "Lịch tiêm chủng", "Y tế", "toàn xã", "normal"),
        *(_AT, _AT, _AT, _SENTENCES * 5000, segments, bytes(range(200)) * 30, audio),
        *("", None, ""),
    )


@contextmanager
def served(data: Path, database_url: str = "") -> Iterator[int]:
    """`loa web` over a data folder, and the database in it unless another is named; its port."""
    settings = load_settings({}, data_dir=data, database_url=database_url)
    db = Database(settings.effective_database_url)
    upgrade_database(db)
    db.dispose()
    port = free_port()
    clean = {name: value for name, value in os.environ.items() if not name.startswith("LOA_")}
    with _running(
        [sys.executable, "-m", "web.cli", "web", "--port", str(port)],
        port,
        {**clean, "LOA_DATA": str(data), "LOA_DATABASE_URL": settings.effective_database_url},
    ):
        yield port


@contextmanager
def served_by_nginx(site: Path) -> Iterator[int | None]:
    """nginx as the example says over the same folder; its port, None where it is not installed."""
    program = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    if program is None:
        yield None
        return
    with tempfile.TemporaryDirectory(prefix="loa-nginx-") as folder:
        front = free_port()
        arguments = write_configuration(Path(folder), front, free_port(), site)
        with _running([program, *arguments], front):
            yield front


def ask_much(port: int, path: str, connections: int, seconds: float) -> dict[str, float]:
    """Requests a second and quantiles in milliseconds, after two seconds of warming up."""
    told: dict[str, float] = {}
    for length_s in (2.0, seconds):
        command = [sys.executable, "-m", "tests.bench.load_client"]
        command += [str(port), path, str(connections), str(length_s)]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
        told = json.loads(done.stdout)
    return told


def measure_serving(connections: int = 16, seconds: float = 10.0) -> dict[str, Any]:
    """The item page by Loa and by nginx; sizes in bytes as sent."""
    with tempfile.TemporaryDirectory(prefix="loa-portal-") as scratch:
        data = Path(scratch)
        data.chmod(0o711)
        site: Site = open_site(load_settings({}, data_dir=data))
        item = made_item()
        site.write_item(item)
        page = site.root / item.unit.slug / item.id / "index.html"
        path = f"/{item.unit.slug}/{item.id}/"
        with served(data) as port:
            by_loa = ask_much(port, path, connections, seconds)
        with served_by_nginx(site.root) as front:
            by_nginx = ask_much(front, path, connections, seconds) if front else None
        return {
            "loa": by_loa,
            "nginx": by_nginx,
            "page_bytes": page.stat().st_size,
            "page_gz_bytes": page.with_name(page.name + PACKED).stat().st_size,
            "with_all_bytes": page_bytes(site.root, page),
            "script_bytes": script_bytes(site.root, page),
        }


@contextmanager
def _running(
    command: list[str], port: int, environment: dict[str, str] | None = None
) -> Iterator[None]:
    with subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL) as process:
        try:
            wait_for(lambda: _answers(port), 60, command[0])
            yield
        finally:
            process.terminate()


def _answers(port: int) -> bool:
    with socket.socket() as tried:
        return tried.connect_ex(("127.0.0.1", port)) == 0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--connections", type=int, default=16)
    given = parser.parse_args()
    found = measure_serving(given.connections, given.seconds)
    for name in ("loa", "nginx"):
        print(f"{name:6} {found[name]}")
    print(json.dumps(found))


if __name__ == "__main__":
    main()
