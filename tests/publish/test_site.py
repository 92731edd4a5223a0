"""The portal's folder: what lies where, and in which order it changes."""

import os
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bridge.settings import load_settings
from publish.site import GONE_MARKER, Site, open_site
from tests.publish.pages import read_page
from tests.publish.portals import write_unit

GONE_AT = datetime(2026, 11, 22, tzinfo=UTC)


@pytest.fixture
def site(tmp_path):
    return Site(tmp_path / "site", "https://loa.example")


def snapshot(root: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(root)): path.read_bytes()
        for path in sorted(root.rglob("*"))
        if path.is_file()
    }


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir() if path.suffix != ".gz"}


def needed(item) -> set[str]:
    digest = item.digest[:12]
    files = {f"captions-{digest}.vtt", f"text-{digest}.txt"}
    return {"index.html", "nhung.html", *files, *(sound["name"] for sound in item.audio.values())}


def test_an_item_has_its_page_and_files_in_one_folder(site, make_item, put_audio):
    item = make_item()
    put_audio(site.root, item)
    site.write_item(item)
    folder = site.root / "xa-mau" / item.id
    assert names(folder) == needed(item)
    assert (folder / f"captions-{item.digest[:12]}.vtt").read_text().startswith("WEBVTT\n")
    assert (folder / f"text-{item.digest[:12]}.txt").read_text() == (
        "Lịch tiêm chủng\n\nKính thưa bà con. Trạm y tế xã tiêm chủng ngày 25 tháng 11.\n"
    )
    assert site.missing_audio(item) == []


def test_every_link_of_every_page_leads_to_a_file(site, unit_info, make_item, put_audio):
    unit = replace(unit_info, accent="#1f6b4a")
    items = [make_item(unit=unit), make_item(id="k7m2p9qa4xnz", unit=unit, priority="urgent")]
    gone = make_item(id="gone00000001", unit=unit, withdrawn_at=GONE_AT, withdrawn_reason="Nhầm.")
    for item in items:
        put_audio(site.root, item)
    write_unit(site, unit, [*items, gone])
    site.write_emblem(unit, None)
    site.write_root([unit])
    pages = list(site.root.rglob("*.html"))
    assert len(pages) == 12  # three announcements, each with a page for frames
    for path in pages:
        for tag, attributes in read_page(path.read_bytes()).elements:
            link = attributes.get("href") or attributes.get("src")
            if tag == "use" or not link or link.startswith(("#", "https:")):
                continue
            if "phan-anh" in link:  # the application's own page
                continue
            base = site.root if link.startswith("/") else path.parent
            target = base / link.lstrip("/").partition("#")[0]
            target = target / "index.html" if link.partition("#")[0].endswith("/") else target
            assert target.resolve().is_file(), f"{path}: {link}"


def test_two_builds_are_byte_identical(tmp_path, unit_info, make_item, put_audio):
    items = [make_item(), make_item(id="k7m2p9qa4xnz", priority="urgent")]
    built = []
    for name in ("one", "two"):
        site = Site(tmp_path / name, "https://loa.example")
        for item in items:
            put_audio(site.root, item)
        write_unit(site, unit_info, items)
        site.write_root([unit_info])
        built.append(snapshot(site.root))
    assert built[0] == built[1]
    write_unit(site, unit_info, items)
    assert snapshot(site.root) == built[1]


def test_an_unchanged_page_is_not_written_again(site, unit_info, make_item, put_audio):
    put_audio(site.root, make_item())
    write_unit(site, unit_info, [make_item()])
    before = {path: path.stat().st_mtime_ns for path in site.root.rglob("*")}
    write_unit(site, unit_info, [make_item()])
    assert {path: path.stat().st_mtime_ns for path in site.root.rglob("*")} == before


def test_the_former_revision_goes_only_after_the_page_was_swapped(site, make_item, put_audio):
    old, new = make_item(), make_item("Lời mới.", revision=2)
    for item in (old, new):
        put_audio(site.root, item)
        site.write_item(item)
    folder = site.root / "xa-mau" / new.id
    assert names(folder) == needed(old) | needed(new)
    assert "Lời mới." in read_page((folder / "index.html").read_bytes()).text
    site.tidy_item(new)
    assert names(folder) == needed(new)


@pytest.mark.parametrize("blocked", ["captions", "text"])
def test_the_old_page_stands_when_writing_fails_before_the_swap(
    site, make_item, put_audio, blocked
):
    old, new = make_item(), make_item("Lời mới.", revision=2)
    put_audio(site.root, old)
    site.write_item(old)
    folder = site.root / "xa-mau" / old.id
    before = snapshot(folder)
    suffix = {"captions": "vtt", "text": "txt"}[blocked]
    obstacle = folder / f"{blocked}-{new.digest[:12]}.{suffix}"
    obstacle.mkdir()  # the rename onto it fails
    with pytest.raises(OSError, match=obstacle.name):
        site.write_item(new)
    obstacle.rmdir()
    after = snapshot(folder)
    assert {name: after[name] for name in before} == before
    assert not [name for name in after if name.endswith(".tmp")]


def test_a_withdrawn_item_leaves_a_notice_and_nothing_else(site, make_item, put_audio):
    item = make_item()
    put_audio(site.root, item)
    site.write_item(item)
    gone = replace(item, withdrawn_at=GONE_AT, withdrawn_reason="Ghi nhầm ngày.")
    site.write_item(gone)
    folder = site.root / "xa-mau" / item.id
    assert names(folder) == {"index.html", "nhung.html", GONE_MARKER}
    assert "Ghi nhầm ngày." in read_page((folder / "index.html").read_bytes()).text
    site.write_item(gone)  # a second time changes nothing
    assert names(folder) == {"index.html", "nhung.html", GONE_MARKER}


def test_an_item_published_anew_is_no_longer_gone(site, make_item, put_audio):
    site.write_item(make_item(withdrawn_at=GONE_AT, withdrawn_reason="Nhầm."))
    again = make_item(revision=2)
    put_audio(site.root, again)
    site.write_item(again)
    assert names(site.root / "xa-mau" / again.id) == needed(again)


def test_home_and_feed_show_what_stands(site, unit_info, make_item, put_audio):
    item = make_item()
    gone = make_item(id="gone00000001", title="Tin đã gỡ", withdrawn_at=GONE_AT)
    put_audio(site.root, item)
    write_unit(site, unit_info, [item, gone])
    for name in ("index.html", "feed.xml"):
        content = (site.root / "xa-mau" / name).read_text()
        assert item.title in content
        assert "Tin đã gỡ" not in content


def test_missing_sound_is_named_and_the_rest_is_written(site, make_item, put_audio):
    item = make_item()
    put_audio(site.root, item)
    lost = site.root / "xa-mau" / item.id / item.audio["mp3"]["name"]
    lost.unlink()
    site.write_item(item)
    site.tidy_item(item)
    assert site.missing_audio(item) == [lost.name]
    assert names(lost.parent) == needed(item) - {lost.name}


def test_an_item_without_publication_can_be_removed(site, make_item, put_audio):
    item = make_item()
    put_audio(site.root, item)
    site.write_item(item)
    site.remove_item("xa-mau", item.id)
    site.remove_item("xa-mau", item.id)
    assert not (site.root / "xa-mau" / item.id).exists()


def test_a_unit_s_colour_is_a_sheet_of_its_own(site, unit_info):
    site.write_home(replace(unit_info, accent="#1f6b4a"), [])
    page = read_page((site.root / "xa-mau" / "index.html").read_bytes())
    (own,) = [one["href"] for one in page.all("link", rel="stylesheet") if "unit-" in one["href"]]
    assert "--accent:#1f6b4a" in (site.root / "xa-mau" / own).resolve().read_text()
    site.write_home(replace(unit_info, accent="</style>"), [])
    page = read_page((site.root / "xa-mau" / "index.html").read_bytes())
    assert len(page.all("link", rel="stylesheet")) == 1


def test_the_portal_s_folder_and_address_come_from_settings(tmp_path, unit_info):
    settings = load_settings({}, data_dir=tmp_path, public_url="https://xa-mau.example/")
    other = replace(unit_info, slug="phuong-mau", name="Phường Mẫu")
    site = open_site(settings)
    site.write_root([unit_info, other])
    for unit in (unit_info, other):
        site.write_home(unit, [])
    root = settings.site_dir
    written = {"index.html", "404.html", "assets", "xa-mau", "phuong-mau"}
    assert names(root) == written | {"robots.txt", "sitemap.xml"}
    for name in ("robots.txt", "sitemap.xml", "xa-mau/index.html"):
        assert "https://xa-mau.example/xa-mau/" in (root / name).read_text()
    assert os.access(root / "index.html", os.R_OK)
