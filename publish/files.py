"""Files that appear whole or not at all."""

import os
import secrets
from pathlib import Path

from bridge.media import flush_folder


def write_whole(path: Path, content: bytes) -> bool:
    """Put `content` at `path` by a durable draft beside it and a rename. False: it stood already.

    A reader, or a machine that loses power, finds the old file or the new one, never a part.
    The parent folder must exist.
    """
    if path.is_file() and path.read_bytes() == content:
        return False
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}.tmp")
    try:
        with draft.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
    flush_folder(path.parent)
    return True
