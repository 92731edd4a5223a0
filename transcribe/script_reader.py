"""The only process that opens the documents that people send: a short-lived child, tight limits.

    python -m transcribe.script_reader --parent PID --max-characters N < FILE

The file is standard input, opened by the parent: no name and no folder reaches this process. Its
text goes to standard output in UTF-8, one paragraph a line. A refusal is exit status 3 with one
JSON line on standard error: `{"code": "script_...", ...}`. Any other end counts as an unreadable
file.

Of a .docx the body is read, paragraphs and table cells in the order of the document. Pictures,
macros, comments, footnotes, deleted and hidden text are not looked at, and nothing outside the
file is: entities are not resolved and links not followed.
"""

import argparse
import io
import json
import resource
import sys
import zipfile
from collections.abc import Iterator
from typing import BinaryIO

import docx
from docx.oxml.ns import qn
from lxml import etree

from transcribe.child import die_with_parent, limit_resource

REFUSED = 3  # exit status

# Of 2 MB that were sent. A long decision of a commune is 300 kB unpacked; pictures stay packed.
MAX_UNPACKED_BYTES = 32 * 1024 * 1024
MAX_ENTRIES = 1000

# Measured: 47 MB resident and 0.2 s of processor time for a document of 10,000 tables.
_ADDRESS_SPACE = 512 * 1024 * 1024
_CPU_S = 10
_OPEN_FILES = 8

_PARAGRAPH, _TEXT, _RUN = qn("w:p"), qn("w:t"), qn("w:r")
_RUN_PROPERTIES, _VANISH = qn("w:rPr"), qn("w:vanish")
_SPACES = {qn("w:tab"): " ", qn("w:ptab"): " ", qn("w:br"): "\n", qn("w:cr"): "\n"}
_HYPHENS = {qn("w:noBreakHyphen"): "-"}
# The second copy of a text box, for old programs, and text that was moved elsewhere.
_SKIPPED = {
    "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback",
    qn("w:moveFrom"),
    qn("w:del"),
}


class Refusal(Exception):
    """The file is not taken. `code` and `data` travel to the parent."""

    def __init__(self, code: str, **data: int) -> None:
        super().__init__(code)
        self.code = code
        self.data = data


def main(arguments: list[str] | None = None) -> int:
    """Read one file; returns the exit status."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--parent", type=int, required=True)
    parser.add_argument("--max-characters", type=int, required=True)
    options = parser.parse_args(arguments)
    die_with_parent(options.parent)
    limit_self()
    try:
        text = read_docx(sys.stdin.buffer, options.max_characters)
        sys.stdout.buffer.write(text.encode("utf-8"))
    except Refusal as refusal:
        sys.stderr.write(json.dumps({"code": refusal.code, **refusal.data}) + "\n")
        return REFUSED
    return 0


def limit_self() -> None:
    """Take away what reading a text needs none of: memory, time, files to write or to open."""
    limit_resource(resource.RLIMIT_AS, _ADDRESS_SPACE)
    limit_resource(resource.RLIMIT_CPU, _CPU_S)
    limit_resource(resource.RLIMIT_FSIZE, 0)
    limit_resource(resource.RLIMIT_NOFILE, _OPEN_FILES)
    limit_resource(resource.RLIMIT_CORE, 0)


def read_docx(file: BinaryIO, max_characters: int) -> str:
    """The body of a Word document, one paragraph a line.

    Raises Refusal `script_kind` (another Office document), `script_too_large`, and whatever
    python-docx raises for a file that is no document at all.
    """
    content = io.BytesIO(file.read())
    _check_archive(content)
    try:
        document = docx.Document(content)
    except ValueError as error:  # the main part is a workbook's, a template's with macros, …
        raise Refusal("script_kind") from error
    # Whatever else the library stumbles over ends this process, which says the same.
    return "\n".join(_paragraphs(document.element.body, max_characters))


def _check_archive(content: BinaryIO) -> None:
    """Refuse by what the archive declares; reading never gives more than was declared."""
    with zipfile.ZipFile(content) as archive:
        entries = archive.infolist()
        unpacked = sum(entry.file_size for entry in entries)
        if len(entries) > MAX_ENTRIES or unpacked > MAX_UNPACKED_BYTES:
            raise Refusal("script_too_large", limit_bytes=MAX_UNPACKED_BYTES)
    content.seek(0)


def _paragraphs(body: etree._Element, max_characters: int) -> list[str]:
    """The text of every paragraph in the order of the document, those in tables and boxes too."""
    lines: list[list[str]] = []
    places: dict[etree._Element, int] = {}
    length = 0
    for paragraph, text in _pieces(body):
        if paragraph not in places:
            places[paragraph] = len(lines)
            lines.append([])
        lines[places[paragraph]].append(text)
        length += len(text)
        if length > max_characters:
            raise Refusal("script_too_large", limit_characters=max_characters)
    return ["".join(line) for line in lines]


def _pieces(body: etree._Element) -> Iterator[tuple[etree._Element, str]]:
    """Each piece of text with the innermost paragraph that holds it. Without recursion: depth is
    the sender's to choose."""
    open_paragraphs: list[etree._Element] = []
    skipping: etree._Element | None = None
    for event, element in etree.iterwalk(body, events=("start", "end")):
        if skipping is not None:
            if event == "end" and element is skipping:
                skipping = None
        elif element.tag == _PARAGRAPH:
            if event == "start":
                open_paragraphs.append(element)
                yield element, ""
            else:
                open_paragraphs.pop()
        elif event == "start" and _is_skipped(element):
            skipping = element
        elif event == "start" and open_paragraphs:
            yield open_paragraphs[-1], _text_of(element)


def _is_skipped(element: etree._Element) -> bool:
    if element.tag == _RUN:
        properties = element.find(_RUN_PROPERTIES)
        hidden = None if properties is None else properties.find(_VANISH)
        return hidden is not None and hidden.get(qn("w:val")) not in ("0", "false", "off")
    return element.tag in _SKIPPED


def _text_of(element: etree._Element) -> str:
    if element.tag == _TEXT:
        return element.text or ""
    return _SPACES.get(element.tag) or _HYPHENS.get(element.tag) or ""


if __name__ == "__main__":
    sys.exit(main())
