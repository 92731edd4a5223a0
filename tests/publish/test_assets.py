"""The portal's own files: their names, their weight, what they may hold."""

import gzip
import hashlib
import re

from publish.assets import hashed_name, icon_symbols, shared_assets


def test_names_carry_the_content():
    for name, (address, content) in shared_assets().items():
        digest = hashlib.sha256(content).hexdigest()[:10]
        stem, suffix = name.split(".")
        assert address == f"assets/{stem}-{digest}.{suffix}"
    assert hashed_name("loa.css", b"a") != hashed_name("loa.css", b"b")


def test_the_script_is_small_and_of_one_piece():
    _, script = shared_assets()["player.js"]
    assert len(gzip.compress(script, 9)) <= 5_000
    assert len(script.decode().splitlines()) < 200
    assert b"innerHTML" not in script
    assert b"import " not in script


def test_the_stylesheet_fetches_nothing():
    _, sheet = shared_assets()["loa.css"]
    assert b"url(" not in sheet
    assert b"@import" not in sheet
    assert len(gzip.compress(sheet, 9)) < 5_000


def test_every_theme_colour_has_a_dark_twin():
    _, sheet = shared_assets()["loa.css"]
    text = sheet.decode()
    light, dark = (
        set(re.findall(r"(--[a-z-]+): *#", block))
        for block in re.findall(r":root \{(.*?)\}", text, re.S)[:2]
    )
    assert light == dark != set()


def test_icons_have_names_of_their_own():
    names = re.findall(r'<symbol id="([a-z]+)"', icon_symbols())
    assert len(names) == len(set(names))
    assert {"loa", "play", "pause", "down", "share", "text", "print", "feed"} <= set(names)
