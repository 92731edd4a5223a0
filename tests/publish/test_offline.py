"""What lets a portal be installed and read without network."""

import json
from dataclasses import replace

from publish.assets import FOR_OTHERS, shared_assets
from publish.offline import KEPT_ITEMS, manifest, offline_list
from publish.site import Site
from tests.publish.portals import write_unit


def listed(site):
    return json.loads((site.root / "xa-mau" / "offline.json").read_bytes())["pages"]


def test_the_newest_texts_and_the_shell_are_kept_and_each_is_there(
    tmp_path, unit_info, make_item, put_audio
):
    site = Site(tmp_path, "https://loa.example")
    items = [make_item(id=f"item{number:08}") for number in range(KEPT_ITEMS + 2)]
    for item in items:
        put_audio(site.root, item)
    write_unit(site, unit_info, items)
    pages = listed(site)
    assert "./" in pages
    assert f"{items[KEPT_ITEMS - 1].id}/" in pages
    assert f"{items[KEPT_ITEMS].id}/" not in pages
    shared = shared_assets().items()
    kept = {f"../{address}" for name, (address, _) in shared if name not in FOR_OTHERS}
    assert kept <= set(pages)
    assert not [one for one in pages if "cover" in one or "embed" in one]
    for address in pages:
        path = site.root / "xa-mau" / address
        assert (path / "index.html" if address.endswith("/") else path).resolve().is_file()


def test_what_was_corrected_has_another_mark_and_what_was_withdrawn_none(
    tmp_path, unit_info, make_item, put_audio
):
    site = Site(tmp_path, "https://loa.example")
    one, two = make_item(id="item00000001"), make_item(id="item00000002")
    for item in (one, two):
        put_audio(site.root, item)
    write_unit(site, unit_info, [one, two])
    before = listed(site)
    corrected = replace(one, title="Lịch tiêm chủng mới")
    write_unit(site, unit_info, [corrected, replace(two, withdrawn_at=two.published_at)])
    after = listed(site)
    assert after["item00000001/"] != before["item00000001/"]
    assert "item00000002/" not in after
    assert after["gioi-thieu/"] == before["gioi-thieu/"]


def test_a_page_that_is_not_there_is_not_promised(tmp_path):
    assert json.loads(offline_list(tmp_path, ["item00000001/"], []))["pages"] == {}


def test_the_manifest_reaches_no_further_than_the_unit_s_folder(unit_info):
    told = json.loads(manifest(unit_info, {192: "icon-192-a.png", 512: "icon-512-b.png"}))
    assert (told["scope"], told["start_url"]) == ("./", "./")
    assert told["name"] == "Bản tin loa xã Mẫu"
    assert {icon["sizes"] for icon in told["icons"]} == {"192x192", "512x512"}
    assert {icon["purpose"] for icon in told["icons"]} == {"any", "maskable"}
