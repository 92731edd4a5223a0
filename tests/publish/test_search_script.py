"""The script that searches on a plain web host gives the answers that the databases give."""

import json
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

from bridge.search_index import passages_of
from bridge.search_marks import find_snippet
from bridge.search_query import parse_query, place_names
from bridge.search_readings import list_abbreviations
from bridge.search_terms import index_entries
from tests.bridge.search_cases import CASES
from tests.bridge.search_texts import BULLETINS, PLACE_NAMES
from tests.machine import needed_program

STATIC = Path(__file__).parents[2] / "publish" / "static"


@cache
def run_script() -> dict[str, Any]:
    """What Node makes of the shared set: `answers` by query, `entries` by bulletin."""
    given = {
        "folder": STATIC.as_uri(),
        "names": PLACE_NAMES,
        "abbreviations": list_abbreviations(),
        "queries": [query for query, _ in CASES],
        "bulletins": [
            {
                "id": bulletin.key,
                "title": bulletin.title,
                "summary": bulletin.summary,
                "category": bulletin.category,
                "area": bulletin.area,
                "passages": passages_of(bulletin.content()),
            }
            for bulletin in BULLETINS
        ],
    }
    command = [
        needed_program("node", "nodejs"),
        "--no-warnings",
        "--experimental-default-type=module",
        str(Path(__file__).with_name("run_searches.mjs")),
    ]
    done = subprocess.run(
        command, input=json.dumps(given), capture_output=True, text=True, check=True, timeout=60
    )
    answers: dict[str, Any] = json.loads(done.stdout)
    return answers


def test_the_script_finds_what_the_databases_find_in_the_same_order() -> None:
    answers = run_script()["answers"]
    found = {
        query: " ".join(key for key, _ in answer)
        for (query, _), answer in zip(CASES, answers, strict=True)
    }
    assert found == dict(CASES)


def test_the_script_reads_every_text_as_the_index_does() -> None:
    for bulletin, entries in zip(BULLETINS, run_script()["entries"], strict=True):
        body = " ".join(said for _, _, said in passages_of(bulletin.content()))
        texts = (bulletin.summary, body, bulletin.category, bulletin.area)
        assert set(entries) == set(index_entries(bulletin.title, texts, ())), bulletin.key


def test_the_script_opens_a_hit_where_the_application_does() -> None:
    names = place_names(PLACE_NAMES)
    contents = {bulletin.key: passages_of(bulletin.content()) for bulletin in BULLETINS}
    for (query, _), answer in zip(CASES, run_script()["answers"], strict=True):
        parsed = parse_query(query, names)
        for key, start_ms in answer:
            assert start_ms == find_snippet(parsed, contents[key]).start_ms, (query, key)
