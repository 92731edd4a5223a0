"""Reads a page as a strict browser would: balanced tags, ids, links, text."""

import json
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

# Elements that have no end tag; `path` and `use` are drawn as such too.
_VOID = frozenset(("br", "input", "link", "meta", "source", "track", "path", "use", "img"))


@dataclass
class Page:
    """What a page holds. `elements` are (tag, attributes) in order."""

    elements: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    linked_data: list[dict[str, Any]] = field(default_factory=list)
    text: str = ""

    def all(self, tag: str, **attributes: str) -> list[dict[str, str]]:
        return [
            found
            for name, found in self.elements
            if name == tag and attributes.items() <= found.items()
        ]

    def described(self, kind: str) -> dict[str, Any]:
        """The one node of the page's linked data that is of this type."""
        (found,) = (one for one in self.linked_data[0]["@graph"] if one["@type"] == kind)
        return found

    def ids(self) -> list[str]:
        return [found["id"] for _, found in self.elements if "id" in found]


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.page = Page()
        self.open: list[str] = []
        self.data = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = [name for name, _ in attrs]
        assert len(names) == len(set(names)), f"an attribute twice on {tag}"
        attributes = {name: value or "" for name, value in attrs}
        for name in names:
            assert name != "style", f"inline style on {tag}"
            assert not name.startswith("on"), f"inline script on {tag}"
        self.page.elements.append((tag, attributes))
        if tag == "style":
            raise AssertionError("inline stylesheet")
        if tag == "script" and "src" not in attributes:
            assert attributes["type"] == "application/ld+json"
        if tag not in _VOID:
            self.open.append(tag)
        self.data = ""

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in _VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        assert self.open, f"</{tag}> closes nothing"
        assert self.open.pop() == tag, f"</{tag}> closes something else"
        if tag == "script" and self.data:
            self.page.linked_data.append(json.loads(self.data))

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] == "script":
            self.data += data
        else:
            self.page.text += data


def read_page(content: bytes) -> Page:
    """Parse a page; fails where it is not well formed or holds inline script or style."""
    text = content.decode()
    assert text.startswith("<!doctype html>\n")
    reader = _Reader()
    reader.feed(text)
    reader.close()
    assert reader.open == []
    page = reader.page
    page.text = " ".join(page.text.split())
    ids = page.ids()
    assert len(ids) == len(set(ids)), "an id twice"
    for _, attributes in page.elements:
        for name in ("href", "for", "aria-labelledby", "aria-describedby"):
            value = attributes.get(name, "")
            if name != "href" and value:
                assert value in ids
            if name == "href" and value.startswith("#"):
                assert value[1:] in ids, f"{value} leads nowhere"
    return page
