"""`make bench-portal`: the portal in figures; the last line is one JSON object.

item_rps, item_p99_ms: the item page from Loa's own server, 16 connections on one machine.
item_rps_over_nginx: the same divided by nginx's, from the same folder; null without nginx.
search_p95_ms, publish_one_s, publish_just_cut_s: among 100,000 announcements with a million
segments, on the slower of the two databases; publishing is the whole task with 50 seconds of sound,
which a worker has prepared before (publish_one_s) or which has to be encoded (publish_just_cut_s).
page_gz_kb: the heaviest page with all that it loads besides sound; script_gz_kb: the item page's
scripts, all of them.
memory_growth: the most memory that publishing held among 100,000, divided by that among 1,000.
Kilobytes are of 1000 bytes.
"""

import argparse
import json

from tests.bench.large_archive import filled, measured_alone
from tests.bench.portal_publish import measure_publishing
from tests.bench.portal_search import measure_search
from tests.bench.portal_serving import measure_serving

_FIGURES = ("search_p95_ms", "publish_one_s", "publish_just_cut_s", "memory_growth")
_SMALL = 1000  # announcements of the archive beside which the large one's memory is put


def measure_archive(kind: str, announcements: int) -> dict[str, float]:
    """Searching and publishing one more on one kind of database, each in a process of its own."""
    with filled(kind, _SMALL) as place:
        small = measured_alone(measure_publishing, *place)
    with filled(kind, announcements) as place:
        found = measured_alone(measure_search, *place)
        found |= measured_alone(measure_publishing, *place)
    found["memory_growth"] = round(found["peak_memory_mb"] / small["peak_memory_mb"], 2)
    print(f"{kind}, {announcements} announcements: {found}", flush=True)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--announcements", type=int, default=100_000)
    parser.add_argument("--databases", default="sqlite,postgresql")
    given = parser.parse_args()
    serving = measure_serving(seconds=given.seconds)
    by_loa, by_nginx = serving["loa"], serving["nginx"]
    print(f"item page, {serving['page_bytes']} bytes, {serving['page_gz_bytes']} compressed")
    print(f"  Loa    {by_loa}")
    print(f"  nginx  {by_nginx or 'not installed'}", flush=True)
    archives = [measure_archive(kind, given.announcements) for kind in given.databases.split(",")]
    figures = {
        "item_rps": by_loa["rps"],
        "item_p99_ms": by_loa["p99_ms"],
        "item_rps_over_nginx": round(by_loa["rps"] / by_nginx["rps"], 3) if by_nginx else None,
        **{name: max(one[name] for one in archives) for name in _FIGURES},
        "page_gz_kb": max(
            serving["with_all_bytes"] / 1000, *(one["page_gz_kb"] for one in archives)
        ),
        "script_gz_kb": serving["script_bytes"] / 1000,
    }
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
