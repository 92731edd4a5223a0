"""Word documents for tests: ordinary ones, and ones that mean harm."""

import io
import zipfile
from collections.abc import Callable, Sequence

import docx

BODY = "word/document.xml"


def document(*paragraphs: str, table: Sequence[Sequence[str]] = ()) -> bytes:
    """A .docx with these paragraphs, and a table before the last of them."""
    made = docx.Document()
    for text in paragraphs[:-1]:
        made.add_paragraph(text)
    if table:
        grid = made.add_table(len(table), len(table[0]))
        for row, texts in enumerate(table):
            for column, text in enumerate(texts):
                grid.cell(row, column).text = text
    for text in paragraphs[-1:]:
        made.add_paragraph(text)
    return saved(made)


def saved(made: "docx.document.Document") -> bytes:
    buffer = io.BytesIO()
    made.save(buffer)
    return buffer.getvalue()


def rewritten(content: bytes, change: Callable[[str, bytes], bytes], **more: bytes) -> bytes:
    """The same archive with every entry passed through `change`, and entries added."""
    buffer = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(content)) as old,
        zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for name in old.namelist():
            new.writestr(name, change(name, old.read(name)))
        for name, data in more.items():
            new.writestr(name, data)
    return buffer.getvalue()


def with_body(xml: str, head: str = "") -> bytes:
    """A .docx whose body is this XML; `head` stands before the root element."""
    namespace = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    whole = (
        f'<?xml version="1.0" encoding="UTF-8"?>{head}<w:document xmlns:w="{namespace}" '
        'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006">'
        f"<w:body>{xml}</w:body></w:document>"
    ).encode()
    return rewritten(document("x"), lambda name, data: whole if name == BODY else data)


def paragraph(text: str) -> str:
    return f"<w:p><w:r><w:t>{text}</w:t></w:r></w:p>"
