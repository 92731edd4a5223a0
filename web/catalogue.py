"""The English catalogue: finds every text of the pages, keeps the .po in step, compiles the .mo.

`python -m web.catalogue` after changing texts; new ones then wait in the .po for a translation.
The command line speaks Vietnamese alone; a small catalogue gives click's own words, and is
compiled here too.
"""

import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).parent
PO_PATH = ROOT / "translations" / "en" / "LC_MESSAGES" / "messages.po"
MO_PATH = PO_PATH.with_suffix(".mo")
CLICK_PO_PATH = ROOT / "commands" / "translations" / "vi" / "LC_MESSAGES" / "click.po"

_METHODS = [
    ("commands/**", "ignore"),
    ("cli.py", "ignore"),
    ("**.py", "python"),
    ("templates/**.html", "jinja2.ext:babel_extract"),
]
_OPTIONS = {"templates/**.html": {"trimmed": "true", "silent": "false"}}
_KEYWORDS = {"_": None, "gettext": None, "mark": None}


def extract_texts() -> Catalog:
    """Every text in the code and the templates, with the places where it stands."""
    catalogue = Catalog(locale="en", charset="utf-8", fuzzy=False)
    found = extract_from_dir(
        str(ROOT), method_map=_METHODS, options_map=_OPTIONS, keywords=_KEYWORDS
    )
    for name, _line, text, comments, context in sorted(found, key=lambda item: item[:2]):
        catalogue.add(text, locations=[(f"web/{name}", 0)], auto_comments=comments, context=context)
    return catalogue


def read_catalogue(path: Path = PO_PATH) -> Catalog:
    """A committed .po; its language is the folder's name."""
    with path.open("rb") as file:
        return read_po(file, locale=path.parts[-3])


def texts_of(catalogue: Catalog) -> Iterator[Message]:
    """Its messages without the header."""
    return (message for message in catalogue if message.id)


def compile_catalogue(catalogue: Catalog) -> bytes:
    """The .mo for a catalogue. The same catalogue gives the same bytes."""
    # The header would carry the moment of compiling.
    catalogue.creation_date = catalogue.revision_date = datetime(2026, 1, 1, tzinfo=UTC)
    buffer = BytesIO()
    write_mo(buffer, catalogue)
    return buffer.getvalue()


def update_catalogue() -> list[str]:
    """Bring the .po in step with the texts, compile it, and return what is not translated yet."""
    catalogue = read_catalogue()
    # No guessing: a near match would put a wrong sentence on a page.
    catalogue.update(extract_texts(), no_fuzzy_matching=True)
    catalogue.obsolete.clear()
    with PO_PATH.open("wb") as file:
        write_po(
            file, catalogue, width=100, sort_output=True, omit_header=True, include_lineno=False
        )
    for path in (PO_PATH, CLICK_PO_PATH):
        path.with_suffix(".mo").write_bytes(compile_catalogue(read_catalogue(path)))
    return [str(message.id) for message in texts_of(catalogue) if not message.string]


if __name__ == "__main__":
    untranslated = update_catalogue()
    sys.stderr.writelines(f"{text}\n" for text in untranslated)
    sys.exit(1 if untranslated else 0)
