"""What a capture may be: how large, how long, how many pieces, and of which numbers."""

import shutil
from collections.abc import Iterable, Sequence

from bridge.chunk_store import StoredChunk
from bridge.errors import Conflict, InvalidInput, MediaRejected, NoSpace, TooLarge
from bridge.media import MediaStore
from bridge.models import Capture
from bridge.settings import MIB, Settings

FILE_CHUNK_BYTES = 4 * MIB  # of every chunk of a file but the last
MAX_CHUNK_BYTES = 8 * MIB  # of a recording's chunk
MAX_CHUNKS = 50_000  # three hours in chunks of a quarter of a second, with room
MAX_BOOKMARKS = 500


def require_room(media: MediaStore, settings: Settings, size: int | None) -> None:
    """Refuse a capture that cannot end well: too large, or no room for it on the disk.

    `size` in bytes, None for a recording. Raises MediaRejected `media_empty`, TooLarge, NoSpace.
    """
    if size is not None and size <= 0:
        raise MediaRejected("media_empty")
    if size is not None and size > settings.max_upload_bytes:
        raise TooLarge(limit_bytes=settings.max_upload_bytes)
    # A file lies there twice for a moment: in chunks, and joined.
    require_free(media, settings.min_free_bytes + 2 * (size or MAX_CHUNK_BYTES))


def require_free(media: MediaStore, needed_bytes: int) -> None:
    """Raise NoSpace unless the disk of the store has so much room."""
    folder = media.root
    while not folder.exists():
        folder = folder.parent
    if shutil.disk_usage(folder).free < needed_bytes:
        raise NoSpace()


def require_fit(capture: Capture, settings: Settings, chunk: StoredChunk, sound_ms: int) -> None:
    """Refuse a chunk that the capture does not take, or that brings it over a limit.

    Raises as `bridge.captures.store_chunk`.
    """
    if not takes_chunks(capture):
        raise Conflict("capture_closed", capture_state=capture.state)
    if chunk.size_bytes == 0:
        raise MediaRejected("media_empty")
    count = chunk_count(capture)
    if count is not None and capture.size_bytes is not None:
        if not 0 <= chunk.number < count:
            raise InvalidInput("chunk_number_wrong", number=chunk.number)
        rest = capture.size_bytes - chunk.number * capture.chunk_bytes
        expected = min(rest, capture.chunk_bytes)
        if chunk.size_bytes != expected:
            raise InvalidInput("chunk_size_wrong", expected_bytes=expected)
        return
    if chunk.size_bytes > capture.chunk_bytes:
        raise TooLarge("chunk_too_large", limit_bytes=capture.chunk_bytes)
    if not 0 <= chunk.number < MAX_CHUNKS:
        raise TooLarge("too_many_chunks", limit=MAX_CHUNKS)
    if capture.received_bytes + chunk.size_bytes > settings.max_upload_bytes:
        raise TooLarge(limit_bytes=settings.max_upload_bytes)
    if capture.sound_ms + sound_ms > settings.max_duration_ms:
        raise TooLarge("media_too_long", limit_ms=settings.max_duration_ms)


def takes_chunks(capture: Capture) -> bool:
    """Whether chunks may still come. What the server finished by itself is not over for good."""
    if capture.state == "open":
        return True
    if capture.kind != "recorder":
        return False
    return capture.state == "failed" or (capture.state == "finished" and capture.by_silence)


def as_ranges(numbers: Iterable[int]) -> list[list[int]]:
    """Ascending numbers as [[first, last], ...]."""
    ranges: list[list[int]] = []
    for number in numbers:
        if ranges and number == ranges[-1][1] + 1:
            ranges[-1][1] = number
        else:
            ranges.append([number, number])
    return ranges


def missing_ranges(ranges: Sequence[Sequence[int]], count: int) -> list[list[int]]:
    """What of the numbers 0 to count - 1 is not in these ranges."""
    missing, expected = [], 0
    for first, last in [*ranges, (count, count)]:
        if expected < min(first, count):
            missing.append([expected, min(first, count) - 1])
        expected = max(expected, last + 1)
    return missing


def chunk_count(capture: Capture) -> int | None:
    """How many chunks a file of the announced size has; None for a recording."""
    if capture.size_bytes is None:
        return None
    return -(-capture.size_bytes // capture.chunk_bytes)


def checked_bookmarks(bookmarks: Iterable[int]) -> list[int]:
    """Bookmarks in milliseconds, ascending, each once. Raises InvalidInput `capture_invalid`."""
    given = sorted(set(bookmarks))
    if len(given) > MAX_BOOKMARKS or any(not 0 <= mark < 2**31 for mark in given):
        raise InvalidInput("capture_invalid", name="bookmarks")
    return given
