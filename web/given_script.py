"""The script that comes with a form: a file, or text pasted into a field."""

from contextlib import closing
from pathlib import Path
from typing import BinaryIO, cast

from werkzeug.wrappers import Request

from bridge.errors import NotFound
from transcribe.script_text import clean_script, read_script
from web.receiving import GivenScript, display_name

FILE_FIELD = "script_file"
TEXT_FIELD = "script_text"


def read_given_script(request: Request) -> GivenScript | None:
    """The script in a form, the file rather than the text; None where neither was given.

    Raises InvalidInput as `transcribe.script_text.read_script`.
    """
    file = request.files.get(FILE_FIELD)
    if file is not None and file.filename:
        with closing(file):  # a large one waits on the disk
            text = read_script(cast(BinaryIO, file.stream), file.filename)
        return GivenScript(text, display_name(file.filename))
    text = request.form.get(TEXT_FIELD, "")
    return GivenScript(clean_script(text), "") if text.strip() else None


def read_script_file(path: Path) -> GivenScript:
    """The script in a file of this machine. Raises NotFound `file_unknown`, and as above."""
    if not path.is_file():
        raise NotFound("file_unknown", path=str(path))
    with path.open("rb") as file:
        return GivenScript(read_script(file, path.name), display_name(path.name))
