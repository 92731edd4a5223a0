"""`make bench-portal`: the portal in figures; the last line is one JSON object.

item_rps, item_p99_ms: the item page from Loa's own server, 16 connections on one machine.
item_rps_over_nginx: the same divided by nginx's, from the same folder; null without nginx.
search_p95_ms, publish_one_s: among 100,000 announcements; null until they are measured here.
page_gz_kb: the largest page without sound; script_gz_kb: the item page's own script.
Kilobytes are of 1000 bytes.
"""

import argparse
import gzip
import json
from collections.abc import Callable

from publish.assets import shared_assets
from tests.bench.portal_serving import measure_serving

# The scripts that the item page loads.
ITEM_SCRIPTS = ("player.js",)

# Each puts its figure here: a function without arguments that prints its own details and returns
# the figure. None: nobody measures it yet, and the line says null.
SEARCH_P95_MS: Callable[[], float] | None = None
PUBLISH_ONE_S: Callable[[], float] | None = None


def script_gz_kb() -> float:
    """The item page's own script, compressed as it is served."""
    size = sum(len(gzip.compress(shared_assets()[name][1], 9, mtime=0)) for name in ITEM_SCRIPTS)
    return round(size / 1000, 2)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=10.0)
    given = parser.parse_args()
    serving = measure_serving(seconds=given.seconds)
    by_loa, by_nginx = serving["loa"], serving["nginx"]
    print(f"item page, {serving['page_bytes']} bytes, {serving['page_gz_bytes']} compressed")
    print(f"  Loa    {by_loa}")
    print(f"  nginx  {by_nginx or 'not installed'}")
    figures = {
        "item_rps": by_loa["rps"],
        "item_p99_ms": by_loa["p99_ms"],
        "item_rps_over_nginx": round(by_loa["rps"] / by_nginx["rps"], 3) if by_nginx else None,
        "search_p95_ms": SEARCH_P95_MS() if SEARCH_P95_MS else None,
        "publish_one_s": PUBLISH_ONE_S() if PUBLISH_ONE_S else None,
        "page_gz_kb": round(serving["page_gz_bytes"] / 1000, 2),
        "script_gz_kb": script_gz_kb(),
    }
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
