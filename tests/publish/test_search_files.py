"""Search on a plain web host: what lies beside the page, and how little of it changes."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bridge.accounts import create_user
from bridge.db import Database
from bridge.models import Unit
from bridge.place_names import add_place_name
from bridge.search_index import remove_from_search
from bridge.units import UnitInfo, find_unit
from publish.search_files import read_choices, write_search
from publish.site import Site
from tests.bridge.search_texts import BULLETINS, Bulletin, publish_bulletin
from tests.publish.pages import read_page

# The last of them are of the next month, by the unit's clock.
LATER = tuple(
    replace(one, key=f"x{one.key}", day=30, title=f"{one.title} sau") for one in BULLETINS[:2]
)


@pytest.fixture
def unit_info(database: Database, unit: Unit) -> UnitInfo:
    with database.reading() as session:
        return find_unit(session, unit.slug)


@pytest.fixture
def folder(database: Database, unit_info: UnitInfo, tmp_path: Path) -> Path:
    """The search folder of a unit with bulletins of two months."""
    with database.writing() as session:
        user = create_user(session, email="a@localhost", name="Người A", password_hash="unusable")
        for bulletin in (*BULLETINS, *LATER):
            publish_bulletin(session, unit_info.id, user.id, bulletin)
        write_search(session, Site(tmp_path / "site", "https://loa.example"), unit_info)
    return tmp_path / "site" / unit_info.slug / "tim"


def contents(folder: Path) -> dict[str, Any]:
    read: dict[str, Any] = json.loads((folder / "muc-luc.json").read_text())
    return read


def stamps(folder: Path) -> dict[str, tuple[int, bytes]]:
    return {path.name: (path.stat().st_mtime_ns, path.read_bytes()) for path in folder.iterdir()}


def test_every_text_stands_once_in_the_file_of_its_month(folder: Path) -> None:
    months = contents(folder)["months"]
    assert [(one["month"], one["count"]) for one in months] == [
        ("2026-12", len(LATER)),
        ("2026-11", len(BULLETINS)),
    ]
    listed = [
        item["title"]
        for month in reversed(months)
        for name in month["files"]
        for item in json.loads((folder / name).read_text())
    ]
    assert sorted(listed) == sorted(one.title for one in (*BULLETINS, *LATER))
    assert read_choices(folder.parents[1], "xa-mau")[0][:2] == ["An ninh", "Chính sách"]


def test_the_page_works_by_script_and_says_so_without(folder: Path) -> None:
    page = read_page((folder / "index.html").read_bytes())
    assert page.all("form", action="./", role="search")[0]["data-search"] == "muc-luc.json"
    assert page.all("script", type="module")
    assert "Máy này không chạy được phần tìm kiếm" in page.text


def test_one_more_announcement_touches_its_month_alone(
    folder: Path, database: Database, unit_info: UnitInfo
) -> None:
    site = Site(folder.parents[1], "https://loa.example")
    before = stamps(folder)
    gone = LATER[0].id
    with database.writing() as session:
        remove_from_search(session, gone)
        write_search(session, site, unit_info, gone)
    after = stamps(folder)
    assert {name for name in after if after[name] != before[name]} == {
        "2026-12-1.json",
        "muc-luc.json",
        "muc-luc.json.gz",
    }
    assert gone not in (folder / "2026-12-1.json").read_text()


def test_a_month_without_a_text_has_no_file(
    folder: Path, database: Database, unit_info: UnitInfo
) -> None:
    site = Site(folder.parents[1], "https://loa.example")
    for gone in LATER:
        with database.writing() as session:
            remove_from_search(session, gone.id)
            write_search(session, site, unit_info, gone.id)
    assert [one["month"] for one in contents(folder)["months"]] == ["2026-11"]
    assert not (folder / "2026-12-1.json").exists()


def test_step_by_step_and_all_at_once_give_the_same_bytes(
    folder: Path, database: Database, unit_info: UnitInfo, tmp_path: Path
) -> None:
    one = Site(tmp_path / "one", "https://loa.example")
    with database.reading() as session:
        for bulletin in (*LATER, *BULLETINS):
            write_search(session, one, unit_info, bulletin.id)
    stepwise = {path.name: path.read_bytes() for path in (tmp_path / "one/xa-mau/tim").iterdir()}
    assert stepwise == {path.name: path.read_bytes() for path in folder.iterdir()}


def test_a_table_of_contents_that_is_damaged_is_made_anew(
    folder: Path, database: Database, unit_info: UnitInfo
) -> None:
    whole = contents(folder)
    (folder / "muc-luc.json").write_text("{")
    (folder / "2020-01-1.json").write_text("[]")
    with database.reading() as session:
        write_search(session, Site(folder.parents[1], "https://loa.example"), unit_info, "")
    assert contents(folder) == whole
    assert not (folder / "2020-01-1.json").exists()


def test_names_of_places_reach_the_script_at_once(
    folder: Path, database: Database, unit_info: UnitInfo
) -> None:
    with database.writing() as session:
        add_place_name(session, unit_id=unit_info.id, old="Xã Cũ", new="Xã Mẫu", actor_id=None)
        write_search(session, Site(folder.parents[1], "https://loa.example"), unit_info, "")
    assert contents(folder)["names"] == [["Xã Cũ", "Xã Mẫu"]]


def test_a_full_month_goes_on_in_another_file(
    database: Database, unit_info: UnitInfo, tmp_path: Path
) -> None:
    long = tuple("lời phát thanh của xã " * 20 for _ in range(130))
    bulletins = [Bulletin(f"l{number}", "Bản tin dài", long, day=number) for number in range(1, 5)]
    with database.writing() as session:
        user = create_user(session, email="a@localhost", name="Người A", password_hash="unusable")
        for bulletin in bulletins:
            publish_bulletin(session, unit_info.id, user.id, bulletin)
        write_search(session, Site(tmp_path, "https://loa.example"), unit_info)
    (month,) = contents(tmp_path / "xa-mau" / "tim")["months"]
    assert month["files"] == [f"2026-11-{number}.json" for number in range(1, 5)]
