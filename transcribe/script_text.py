"""The script that a speaker reads from, as plain text: pasted, from a .txt or from a .docx.

A document is never opened here: a child process reads it (`transcribe.script_reader`) and is gone
when the call returns, whatever it did. What comes out is checked and brought to one form.
"""

import json
import logging
import re
import subprocess
import unicodedata
from pathlib import PurePath
from typing import Any, BinaryIO

from bridge.errors import InvalidInput
from bridge.vietnamese import to_nfc
from transcribe.child import bare_environment, end_process, last_line, python_command

logger = logging.getLogger(__name__)

MAX_FILE_BYTES = 2 * 1024 * 1024
MAX_CHARACTERS = 200_000  # four hours of speech

_REFUSED = 3
_WALL_S = 30.0  # the child's own processor limit ends it sooner unless the machine is crowded

_MARKS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
_ARCHIVE = b"PK\x03\x04"
# What is named like a text and is something else: older Word, PDF, rich text, archives.
_OTHER_KINDS = (b"\xd0\xcf\x11\xe0", b"%PDF", b"{\\rtf", _ARCHIVE)

# Letters of Latin-1 that no Vietnamese word has. Text typed for the fonts of TCVN3 (.VnTime) and
# VNI is full of them once it is read as Unicode: "Céng hßa x· héi", "Coäng hoøa xaõ hoäi".
_LEGACY_LETTERS = frozenset("¡¢£¤¥¦§¨©ª¬®µ¶¸¹¼½¾ÄÅÆÇËÎÏÐÑÖ×ØÛÜÞßäåæçëîïñö÷øûüþÿ")
# Of the words with any letter beyond ASCII; in Unicode text such a letter is a rare sign.
_LEGACY_SHARE = 0.2
_LEGACY_LEAST = 3

_LINE_END = re.compile(r"\r\n|[\r\n\v\f\x85\u2028\u2029]")
_BLANK_LINES = re.compile(r"\n{3,}")


def read_script(file: BinaryIO, file_name: str) -> str:
    """The text of a script file, one paragraph a line, in the form of `clean_script`.

    `file_name` is only looked at for its ending. Raises InvalidInput: `script_kind` for anything
    but .txt and .docx, `script_too_large` (`limit_bytes` or `limit_characters`),
    `script_unreadable` for a damaged file, `script_encoding` for text that is not Unicode,
    `script_empty`.
    """
    kind = PurePath(file_name).suffix.lower().removeprefix(".")
    content = file.read(MAX_FILE_BYTES + 1)
    if len(content) > MAX_FILE_BYTES:
        raise InvalidInput("script_too_large", limit_bytes=MAX_FILE_BYTES)
    if kind not in ("txt", "docx"):
        raise InvalidInput("script_kind")
    if not content.strip():
        raise InvalidInput("script_empty")
    if kind == "txt" and content.startswith(_OTHER_KINDS):
        raise InvalidInput("script_kind")
    if kind == "docx" and not content.startswith(_ARCHIVE):
        known = content.startswith(_OTHER_KINDS)
        raise InvalidInput("script_kind" if known else "script_unreadable")
    return clean_script(_decode(content) if kind == "txt" else _read_in_child(content))


def clean_script(text: str) -> str:
    """A script's text as it is kept: NFC, single spaces, no control characters.

    Raises InvalidInput `script_empty`, `script_too_large` (`limit_characters`), `script_encoding`.
    """
    if len(text) > 2 * MAX_CHARACTERS:  # composing makes it at most so much shorter
        raise InvalidInput("script_too_large", limit_characters=MAX_CHARACTERS)
    text = _LINE_END.sub("\n", to_nfc(text))
    lines = (" ".join(_storable(line).split()) for line in text.split("\n"))
    text = _BLANK_LINES.sub("\n\n", "\n".join(lines)).strip("\n")
    if not any(character.isalnum() for character in text):
        raise InvalidInput("script_empty")
    if len(text) > MAX_CHARACTERS:
        raise InvalidInput("script_too_large", limit_characters=MAX_CHARACTERS)
    if is_legacy_encoded(text):
        raise InvalidInput("script_encoding")
    return text


def is_legacy_encoded(text: str) -> bool:
    """Whether a text was typed for a font of TCVN3 or VNI and only looks like Unicode."""
    legacy = marked = 0
    for word in text.split():
        if not word.isascii():
            marked += 1
            # Between two letters: "20 × 30" and "µg" are no Vietnamese words.
            legacy += any(character in _LEGACY_LETTERS for character in word) and any(
                character.isascii() and character.isalpha() for character in word
            )
    return legacy >= _LEGACY_LEAST and legacy >= marked * _LEGACY_SHARE


def _storable(line: str) -> str:
    # As bridge.transcript.normalise_text: what turns the direction of reading around, too.
    return "".join(
        character
        for character in line
        if character.isspace() or unicodedata.category(character) not in ("Cc", "Cf", "Cs", "Co")
    )


def _decode(content: bytes) -> str:
    """Unicode text: UTF-8 with or without a byte order mark, UTF-16 with one."""
    encoding = next((name for mark, name in _MARKS if content.startswith(mark)), "utf-8")
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError as error:
        raise InvalidInput("script_encoding") from error
    if "\0" in text:  # UTF-16 without its mark, or no text at all
        raise InvalidInput("script_encoding")
    return text


def _read_in_child(content: bytes) -> str:
    command = python_command(
        "transcribe.script_reader", "--max-characters", str(2 * MAX_CHARACTERS)
    )
    process = subprocess.Popen(  # noqa: S603  our own interpreter and module
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=bare_environment(),
        start_new_session=True,
    )
    try:
        output, errors = process.communicate(content, timeout=_WALL_S)
    except subprocess.TimeoutExpired as error:
        logger.warning("script reader %d took too long; ended", process.pid)
        raise InvalidInput("script_unreadable") from error
    finally:
        end_process(process)
    if process.returncode == 0:
        return output.decode("utf-8")
    message = last_line(errors)
    if process.returncode != _REFUSED:
        logger.warning("script reader ended with status %d: %s", process.returncode, message)
        raise InvalidInput("script_unreadable")
    refusal: dict[str, Any] = json.loads(message)
    raise InvalidInput(refusal.pop("code"), **refusal)
