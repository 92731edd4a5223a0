"""XML that is well formed whatever people have written. Pure."""

import re
from xml.etree.ElementTree import Element, SubElement, indent, tostring

# XML 1.0 has no way at all to write these; a text that holds one would make no document.
_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def add(parent: Element, tag: str, content: str | None = None, **attributes: str) -> Element:
    """A new last child. `tag` with its namespace in braces, as ElementTree has it."""
    clean = {name: _FORBIDDEN.sub("", value) for name, value in attributes.items()}
    element = SubElement(parent, tag, clean)
    if content is not None:
        element.text = _FORBIDDEN.sub("", content)
    return element


def write_document(root: Element) -> bytes:
    """The whole document in UTF-8, indented, the same bytes for the same content."""
    indent(root, space=" ")
    written = tostring(root, "unicode").encode()
    return b'<?xml version="1.0" encoding="utf-8"?>\n' + written + b"\n"
