"""The installation's keys: files in the data folder that only their owner may read.

Made with new chance where they are missing, changed by `loa keys rotate`.
"""

import os
import secrets
import time
from pathlib import Path

from bridge.errors import BridgeError
from bridge.media import flush_folder
from bridge.settings import Settings

SECRET_KEY, FORMER_KEY, SECOND_FACTOR_KEY = "secret_key", "secret_key_former", "second_factor_key"
# Twice as long as any session lasts (`bridge.logins.LIFETIME`).
FORMER_KEY_S = 24 * 3600.0


def read_secret_key(settings: Settings) -> str:
    """The key that signs sessions, made on first use; only the owner may read the file.

    Raises BridgeError `key_empty` (`path`), OSError.
    """
    return _own_secret(settings.data_dir / SECRET_KEY)


def read_former_key(settings: Settings, now: float | None = None) -> str | None:
    """The session key before the last change, while sessions that it signed may still be open."""
    path = settings.data_dir / FORMER_KEY
    try:
        age_s = (time.time() if now is None else now) - path.stat().st_mtime
        return path.read_text(encoding="ascii").strip() if age_s < FORMER_KEY_S else None
    except FileNotFoundError:
        return None


def change_secret_key(settings: Settings) -> None:
    """Sign sessions with a new key from the next start on. The former one is known for a day.

    Killed in between, or done twice: what was signed with the last key that ran stays good.
    Raises OSError.
    """
    path = settings.data_dir / SECRET_KEY
    _write_secret(settings.data_dir / FORMER_KEY, read_secret_key(settings))
    _write_secret(path, secrets.token_urlsafe(48))


def read_second_factor_keys(settings: Settings) -> list[str]:
    """The keys under which second factors lie in the database, the newest last.

    Not the session key: that may be forgotten at any time, these would lock everybody out.
    Raises BridgeError `key_empty` (`path`), OSError.
    """
    return _own_secret(settings.data_dir / SECOND_FACTOR_KEY).split()


def change_second_factor_key(settings: Settings) -> None:
    """Keep second factors under a new key from the next start on; what was kept under the others
    is read with them, and moved when its person signs in. Raises OSError.
    """
    keys = [*read_second_factor_keys(settings), secrets.token_urlsafe(48)]
    _write_secret(settings.data_dir / SECOND_FACTOR_KEY, "\n".join(keys))


def _write_secret(path: Path, text: str) -> None:
    """Put a secret in place of the one that stands there, whole, for its owner alone."""
    draft = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(text)
            file.flush()
            if path.exists():  # root writes for a service
                known = path.stat()
                if known.st_uid != os.geteuid():
                    os.fchown(file.fileno(), known.st_uid, known.st_gid)
            os.fsync(file.fileno())
        draft.replace(path)
        flush_folder(path.parent)
    finally:
        draft.unlink(missing_ok=True)


def _own_secret(path: Path) -> str:
    """What stands in a file that only its owner may read; made with new chance where missing.

    An empty one is not made anew: what is kept under the key that stood there would be lost.
    """
    try:
        return _read_secret(path)
    except FileNotFoundError:
        pass
    path.parent.mkdir(parents=True, exist_ok=True)
    # Written whole under another name, then linked: two processes starting together must
    # not see half a key, and the first to link wins.
    draft = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(secrets.token_urlsafe(48))
        file.flush()
        os.fsync(file.fileno())  # a name must never outlive a power cut without its key
    try:
        os.link(draft, path)
        flush_folder(path.parent)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
    return _read_secret(path)


def _read_secret(path: Path) -> str:
    """What stands in the file. Raises FileNotFoundError, BridgeError `key_empty` (`path`)."""
    text = path.read_text(encoding="ascii").strip()
    if not text:
        raise BridgeError("key_empty", path=str(path))
    return text
