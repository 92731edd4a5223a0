"""Lighthouse's grades for the portal: home, an announcement, a search, as Loa's own server sends
them.

    python -m tests.bench.lighthouse [--runs 3] [--reports FOLDER]

Lighthouse comes from npm, pinned by hash in tests/data/lighthouse, into the cache of the tests; it
drives Debian's Chromium as a middling telephone with a slow network. Its grade for speed depends on
what else the machine does, so each page is looked at several times and the median counts; the other
three do not change. The last line is one JSON object: the lowest of each category over the pages.
"""

import argparse
import hashlib
import json
import os
import shutil
import statistics
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from bridge.db import Database
from bridge.media import MediaStore
from bridge.models import Unit
from bridge.settings import load_settings
from bridge.tasks import TaskContext
from publish.rebuilding import rebuild_site
from publish.site import open_site
from tests.bench.large_archive import SEGMENT_MS, SEGMENTS, Archive, filled
from tests.bench.portal_publish import publish_one
from tests.bench.portal_serving import served
from tests.bridge.lifecycle import Life
from tests.machine import needed_program
from tests.publish.sounds import speech_like, write_working_copy
from tests.samples import shared_cache

CATEGORIES = ("performance", "accessibility", "best-practices", "seo")
_PINNED = Path(__file__).parents[1] / "data" / "lighthouse"
_INSTALL_S, _LOOK_S = 600.0, 180.0
# As many as a commune's portal has after some weeks.
_ANNOUNCEMENTS = 60
# No sandbox, because continuous integration runs as root.
_CHROMIUM = "--headless=new --no-sandbox --disable-gpu --mute-audio"


def lighthouse_program() -> Path:
    """Lighthouse's own program; from the cache, else by npm with the pinned hashes."""
    lock = (_PINNED / "package-lock.json").read_bytes()
    folder = shared_cache() / f"lighthouse-{hashlib.sha256(lock).hexdigest()[:12]}"
    program = folder / "node_modules" / "lighthouse" / "cli" / "index.js"
    if not program.is_file():
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder.parent, prefix="lighthouse-") as scratch:
            draft = Path(scratch) / "made"
            shutil.copytree(_PINNED, draft)
            command = [needed_program("npm", "npm"), "ci", "--ignore-scripts", "--no-audit"]
            command += ["--no-fund", "--loglevel=error"]
            subprocess.run(command, cwd=draft, check=True, timeout=_INSTALL_S)
            shutil.rmtree(folder, ignore_errors=True)
            draft.rename(folder)  # a second process sees all of it or nothing
    return program


def look_at(address: str, report: Path) -> dict[str, Any]:
    """Lighthouse's report on one page, which stays in `report` too."""
    command = [needed_program("node", "nodejs"), str(lighthouse_program()), address]
    command += [
        "--output=json",
        f"--output-path={report}",
        "--quiet",
        "--no-enable-error-reporting",
    ]
    command += [f"--only-categories={','.join(CATEGORIES)}", f"--chrome-flags={_CHROMIUM}"]
    environment = {**os.environ, "CHROME_PATH": needed_program("chromium", "chromium")}
    subprocess.run(command, check=True, env=environment, timeout=_LOOK_S)
    found: dict[str, Any] = json.loads(report.read_text(encoding="utf-8"))
    return found


def grades(report: dict[str, Any]) -> dict[str, int]:
    """Of 100, by category."""
    return {name: round(report["categories"][name]["score"] * 100) for name in CATEGORIES}


def complaints(report: dict[str, Any]) -> list[str]:
    """Every check that counts and did not get all its points, the worst first."""
    found = []
    for name in CATEGORIES:
        for one in report["categories"][name]["auditRefs"]:
            audit = report["audits"][one["id"]]
            if one["weight"] and audit["score"] is not None and audit["score"] < 1:
                told = audit.get("displayValue", "")
                found.append((audit["score"], f"{name}: {audit['title']} {told}".strip()))
    return [told for _score, told in sorted(found)]


def grade_pages(runs: int, reports: Path) -> dict[str, dict[str, int]]:
    """The median grades of each page, by its name."""
    with filled("sqlite", _ANNOUNCEMENTS) as (url, folder, archive):
        paths = _prepare(url, folder, archive)
        with served(folder / "data", url) as port:
            return {
                name: _grade(name, f"http://localhost:{port}{path}", runs, reports)
                for name, path in paths.items()
            }


def _prepare(url: str, folder: Path, archive: Archive) -> dict[str, str]:
    """A portal with an announcement that has its sound; the pages' paths."""
    settings = load_settings({}, data_dir=folder / "data", database_url=url)
    db, media = Database(url), MediaStore(settings.media_dir)
    with db.reading() as session:
        unit = session.get_one(Unit, archive.unit_id)
    life, context = Life(db, media, unit), TaskContext(settings, db, media)
    sound = write_working_copy(folder / "sound.flac", speech_like(SEGMENTS * SEGMENT_MS / 1000))
    announcement_id, _took_s, _encoded_s = publish_one(
        life, context, archive.approver_id, sound.read_bytes()
    )
    rebuild_site(db, open_site(settings))
    db.dispose()
    home = f"/{unit.slug}/"
    return {"home": home, "item": f"{home}{announcement_id}/", "search": f"{home}tim?q=họp+thôn"}


def _grade(name: str, address: str, runs: int, reports: Path) -> dict[str, int]:
    looked = [look_at(address, reports / f"{name}-{run}.json") for run in range(1, runs + 1)]
    found = [grades(one) for one in looked]
    print(name, found[0], "speed:", [one["performance"] for one in found])
    for told in complaints(looked[0]):
        print(f"  {told}", flush=True)
    return {one: round(statistics.median(each[one] for each in found)) for one in CATEGORIES}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--reports", type=Path)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="loa-lighthouse-") as scratch:
        reports = given.reports or Path(scratch)
        reports.mkdir(parents=True, exist_ok=True)
        found = grade_pages(given.runs, reports)
    print(json.dumps({one: min(page[one] for page in found.values()) for one in CATEGORIES}))


if __name__ == "__main__":
    main()
