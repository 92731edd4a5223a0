"""Single files of a watched folder: which count, whether they are finished, and their place.

Everything goes through descriptors of open folders and never follows a link, so that nobody who
may write to the folder can point the watch at anything outside it.
"""

import contextlib
import errno
import fcntl
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from bridge.db import utc_now
from bridge.errors import BridgeError
from publish.dates import format_moment
from web.labels import describe_error

# How programs name what they have not finished writing, and what file managers leave behind.
_UNFINISHED = (".part", ".partial", ".tmp", ".temp", ".crdownload", ".download", ".filepart", "~")
_LITTER = frozenset({"thumbs.db", "desktop.ini"})
_LONGEST_NAME_BYTES = 255  # of every file system in use
_REASON_ENDING = ".ly-do.txt"
_TIME_ZONE = "Asia/Ho_Chi_Minh"


class FileMoved(Exception):
    """The file is gone, was replaced, or was written to while it was read."""


class SourceUnreadable(Exception):
    """The file is there and cannot be read; the cause says why."""


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """What changes when a file is written to or replaced by another."""

    device: int
    inode: int
    size: int  # bytes
    mtime_ns: int


def fingerprint_of(facts: os.stat_result) -> Fingerprint:
    """The fingerprint of a file that `os.stat` or `os.fstat` has looked at."""
    return Fingerprint(facts.st_dev, facts.st_ino, facts.st_size, facts.st_mtime_ns)


class SteadyFile:
    """A file opened for reading that must stay as it was until its end has been read.

    Raises FileMoved at its opening or its end when it is no longer the file with the fingerprint,
    SourceUnreadable when the folder's own disk fails or forbids reading.
    """

    def __init__(self, place: int, name: str, expected: Fingerprint) -> None:
        """`place` is the descriptor of the open folder."""
        flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
        try:
            self._descriptor = os.open(name, flags, dir_fd=place)
        except FileNotFoundError:
            raise FileMoved from None
        except OSError as error:
            if error.errno == errno.ELOOP:  # it has become a link
                raise FileMoved from None
            raise SourceUnreadable from error
        self._expected = expected
        try:
            self._require_same()
        except BaseException:
            os.close(self._descriptor)
            raise

    def __enter__(self) -> "SteadyFile":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        os.close(self._descriptor)

    def fileno(self) -> int:
        """The open descriptor."""
        return self._descriptor

    def read(self, size: int) -> bytes:
        """The next bytes, nothing at the end."""
        try:
            block = os.read(self._descriptor, size)
        except OSError as error:
            raise SourceUnreadable from error
        if not block:
            self._require_same()
        return block

    def _require_same(self) -> None:
        facts = os.fstat(self._descriptor)
        if not stat.S_ISREG(facts.st_mode) or fingerprint_of(facts) != self._expected:
            raise FileMoved


def is_open_for_writing(descriptor: int) -> bool:
    """Whether the kernel says that somebody has this file open for writing.

    It tells the file's owner and root alone, and nothing about writers on other machines of a
    network drive: False there, and standing still has to be enough.
    """
    try:
        # A read lease is given only where nobody writes. It is handed back at once.
        fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_RDLCK)
    except OSError as error:
        return error.errno == errno.EAGAIN
    fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_UNLCK)
    return False


def is_plain_name(name: str) -> bool:
    """Whether a file of this name may be a finished recording."""
    lowered = name.lower()
    hidden = lowered.startswith((".", "~$"))
    return not hidden and not lowered.endswith(_UNFINISHED) and lowered not in _LITTER


def readable_name(name: str) -> str:
    """A file's name as text, whatever bytes it has on the disk."""
    return os.fsencode(name).decode("utf-8", "replace")


@contextmanager
def open_folder(folder: Path) -> Iterator[int]:
    """The descriptor of an open folder. Raises OSError where there is none."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def free_name(place: int, name: str) -> str:
    """`name`, or `stem (2).ending` and so on, that is not yet taken in the open folder."""
    stem, ending = Path(name).stem, Path(name).suffix
    candidate, number = name, 1
    while _exists(place, candidate):
        number += 1
        mark = f" ({number}){ending}"
        candidate = _shortened(stem, len(os.fsencode(mark))) + mark
    return candidate


def write_reason(place: int, name: str, error: BridgeError) -> None:
    """Write `<name>.ly-do.txt` in the open folder: why the file was not taken, and what to do."""
    lines = (
        f"Tệp: {readable_name(name)}",
        f"Lúc: {format_moment(utc_now(), _TIME_ZONE)}",
        f"Chưa nhận vì: {describe_error(error)}",
        "Sửa xong thì chép tệp trở lại thư mục phía trên.",
    )
    path = _shortened(name, len(_REASON_ENDING)) + _REASON_ENDING
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW
    descriptor = os.open(path, flags, 0o644, dir_fd=place)
    # The mark at the beginning and the line ends are for old Windows editors.
    with os.fdopen(descriptor, "w", encoding="utf-8-sig", newline="\r\n") as file:
        file.write("\n".join(lines) + "\n")
        file.flush()
        with contextlib.suppress(OSError):  # some network drives cannot
            os.fsync(file.fileno())


def _exists(place: int, name: str) -> bool:
    try:
        os.stat(name, dir_fd=place, follow_symlinks=False)
    except FileNotFoundError:
        return False
    return True


def _shortened(name: str, room_bytes: int) -> str:
    """A name cut so that `room_bytes` more still fit, between letters."""
    raw = os.fsencode(name)
    limit = _LONGEST_NAME_BYTES - room_bytes
    return name if len(raw) <= limit else raw[:limit].decode("utf-8", "ignore")
