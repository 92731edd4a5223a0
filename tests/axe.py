"""axe-core, which looks at a page as a reading program does: fetched once, never committed.

It comes out of the wheel of PyPI's `axe-playwright-python` (MIT; axe-core itself is MPL-2.0), by
pip, so that whatever index this machine uses serves it; the wheel's hash is pinned. The package
around it is not installed: Playwright runs the file on a page directly.
"""

import functools
import json
import os
import subprocess
import sys
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Page

from tests.samples import shared_cache

_REQUIREMENT = "axe-playwright-python==0.1.8"  # axe-core 4.12.1
_WHEEL_SHA256 = "fdd263c998388f1a8e67cad02677e612d946248bd44d163be5e8650ea31f95f8"
_FILE_IN_WHEEL = "axe_playwright_python/axe.min.js"
_FETCH_S = 180.0
# WCAG 2.2 A and AA and what axe's makers call good practice: every rule that is on by itself.
_RUN = """async () => {
    const found = await axe.run(document, { resultTypes: ["violations"] });
    return found.violations.flatMap((rule) => rule.nodes.map((node) => ({
        rule: rule.id, help: rule.help, target: node.target.join(" "), html: node.html,
        why: [...node.any, ...node.all, ...node.none].map((check) => check.message).join("; "),
    })));
}"""


@dataclass(frozen=True)
class Finding:
    """One element of a page and the rule that it breaks."""

    rule: str
    help: str
    target: str
    html: str
    why: str


@functools.cache
def axe_script() -> str:
    """The program as one script; from the cache, else from the package index."""
    path = shared_cache() / f"axe-{_WHEEL_SHA256[:12]}.js"
    if not path.is_file():
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix="loa-axe-") as scratch:
            wheel = _download(Path(scratch))
            with zipfile.ZipFile(wheel) as archive:
                draft = path.with_suffix(f".{os.getpid()}")
                draft.write_bytes(archive.read(_FILE_IN_WHEEL))
        draft.rename(path)  # a second process sees all of it or nothing
    return path.read_text(encoding="utf-8")


def findings(page: Page) -> list[Finding]:
    """What axe finds on the page as it stands, dialogs that are open included."""
    # A script of the page itself, as the policy would refuse it: the driver may evaluate.
    if not page.evaluate("() => 'axe' in window"):
        page.evaluate(axe_script())
    found: list[dict[str, Any]] = page.evaluate(_RUN)
    return [Finding(**one) for one in found]


def told(found: list[Finding]) -> str:
    """For a person who has to mend it."""
    return json.dumps([one.__dict__ for one in found], ensure_ascii=False, indent=1)


def _download(scratch: Path) -> Path:
    requirements = scratch / "requirements.txt"
    requirements.write_text(f"{_REQUIREMENT} --hash=sha256:{_WHEEL_SHA256}\n", encoding="ascii")
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--no-input"]
    command += ["--disable-pip-version-check", "--only-binary=:all:", "--require-hashes"]
    command += ["--dest", str(scratch), "--requirement", str(requirements)]
    subprocess.run(command, check=True, timeout=_FETCH_S, stdin=subprocess.DEVNULL)
    return next(scratch.glob("*.whl"))
