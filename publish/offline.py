"""What lets a unit's portal be installed and read without network: manifest, list, worker.

The worker's script is the same for all units and lies in the unit's folder, for a worker has power
over the folder that it comes from and no other. It needs nothing of the server but the files.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from pathlib import Path

from bridge.units import UnitInfo
from publish.assets import FOLDER, hashed_name, static_file
from publish.colours import LIGHT_PAPER, accent_or_default
from publish.emblem import ICON_SIDES, draw_icon
from publish.names import name_in_sentence

WORKER_NAME = "sw.js"
LIST_NAME = "offline.json"
MANIFEST_NAME = "manifest.webmanifest"
LOST = "khong-co-mang"  # the page for whoever asks for one that is not kept
KEPT_ITEMS = 20


def worker_script() -> bytes:
    """The service worker."""
    return static_file(WORKER_NAME)


def offline_list(folder: Path, places: Iterable[str], assets: Iterable[str]) -> bytes:
    """What the worker keeps: pages by their content's digest, files that never change without.

    `folder`: the unit's; `places` and `assets` are addresses seen from it, the former of folders
    with a page. A page that is not there is left out.
    """
    pages: dict[str, str] = dict.fromkeys(sorted(assets), "")
    for place in places:
        path = folder / place / "index.html"
        if path.is_file():
            pages[place] = hashlib.sha256(path.read_bytes()).hexdigest()[:12]
    return _listed(pages)


def is_whole_list(content: bytes, addresses: Iterable[str]) -> bool:
    """Whether a list names these addresses and is as it was written."""
    try:
        pages = json.loads(content)["pages"]
        return set(pages) == set(addresses) and content == _listed(pages)
    except (ValueError, KeyError, TypeError):
        return False


def _listed(pages: Mapping[str, str]) -> bytes:
    told = json.dumps(pages, indent=0)
    seal = hashlib.sha256(told.encode()).hexdigest()[:12]
    return f'{{"seal": "{seal}", "pages": {told}}}\n'.encode()


def icons(unit: UnitInfo, emblem: bytes | None) -> dict[int, tuple[str, bytes]]:
    """The icons of an installed portal by their side: name in the assets' folder, and PNG."""
    drawn = {side: draw_icon(side, unit.accent, emblem) for side in ICON_SIDES}
    return {side: (hashed_name(f"icon-{side}.png", png), png) for side, png in drawn.items()}


def manifest(unit: UnitInfo, names: Mapping[int, str]) -> bytes:
    """The web app manifest of a unit's portal; `names`: of its icons by their side."""
    place = name_in_sentence(unit.name)
    content = {
        "id": "./",
        "name": f"Bản tin loa {place}",
        "short_name": f"Loa {place}",
        "lang": "vi",
        "start_url": "./",
        "scope": "./",
        "display": "standalone",
        "background_color": LIGHT_PAPER,
        "theme_color": accent_or_default(unit.accent),
        "icons": [
            {
                "src": f"../{FOLDER}/{name}",
                "sizes": f"{side}x{side}",
                "type": "image/png",
                "purpose": purpose,
            }
            for side, name in sorted(names.items())
            for purpose in ("any", "maskable")
        ],
    }
    return json.dumps(content, ensure_ascii=False, indent=1).encode()
