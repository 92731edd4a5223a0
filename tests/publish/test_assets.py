"""The portal's own files: their names, their weight, what they may hold."""

import gzip
import hashlib
import itertools
import random
import re

from publish.assets import hashed_name, icon_symbols, lighten, shared_assets, static_file
from publish.site import Site
from tests.bench.page_weight import page_bytes


def test_names_carry_the_content():
    for name, (address, content) in shared_assets().items():
        digest = hashlib.sha256(content).hexdigest()[:10]
        stem, suffix = name.split(".")
        assert address == f"assets/{stem}-{digest}.{suffix}"
    assert hashed_name("loa.css", b"a") != hashed_name("loa.css", b"b")


def test_the_scripts_of_an_announcement_s_page_are_small_and_each_of_one_piece():
    scripts = [shared_assets()[f"{name}.js"][1] for name in ("player", "item", "offline")]
    assert sum(len(gzip.compress(script, 9)) for script in scripts) <= 6_000
    for script in (*scripts, static_file("sw.js")):
        assert b"innerHTML" not in script
        assert b"import " not in script


def test_the_page_of_an_hour_of_speech_weighs_little_with_all_it_loads(tmp_path, make_item):
    # Drawn words have less sense in them than speech, and so are heavier.
    drawn = random.Random(1)  # noqa: S311  no secret
    parts = itertools.product("bcdđghklmnrstvx", "aàáạâấăêếeiioôốơuưy", ["", "n", "ng", "t"])
    words = ["".join(one) for one in parts]
    shares = [1 / place for place in range(2, len(words) + 2)]
    drawn.shuffle(words)
    texts = [" ".join(drawn.choices(words, shares, k=20)).capitalize() + "." for _ in range(500)]
    item = make_item(*texts)
    Site(tmp_path, "https://loa.example").write_item(item)
    assert page_bytes(tmp_path, tmp_path / "xa-mau" / item.id / "index.html") <= 50_000


def test_a_script_loses_its_comments_and_nothing_else():
    script = """// What it is.
const SVG = "http://www.w3.org/2000/svg"; // a name

/**
 * @param {number} one
 */
function twice(one) {
  return /** @type {number} */ (one) * 2;
}
"""
    assert lighten(script) == (
        'const SVG = "http://www.w3.org/2000/svg";\nfunction twice(one) {\nreturn (one) * 2;\n}\n'
    )


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
