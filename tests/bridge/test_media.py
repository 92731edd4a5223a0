"""The store of audio: nothing half-written, nothing lost, no path from a client."""

import hashlib
import io
import os
import stat
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.errors import MediaRejected, NoSpace, TooLarge
from bridge.media import Incoming, MediaStore

LIMITS = {"max_bytes": 1_000_000, "min_free_bytes": 0}


@pytest.fixture
def store(tmp_path: Path) -> MediaStore:
    return MediaStore(tmp_path / "media")


def files(store: MediaStore) -> list[Path]:
    return sorted(path for path in store.root.rglob("*") if path.is_file())


class BrokenStream(io.RawIOBase):
    """Gives one block, then fails as a lost connection does."""

    def __init__(self, error: BaseException) -> None:
        self.error = error
        self.reads = 0

    def read(self, size: int = -1) -> bytes:
        self.reads += 1
        if self.reads > 1:
            raise self.error
        return b"x" * size


def test_a_stream_is_written_whole_and_hashed_on_the_way(store: MediaStore) -> None:
    content = bytes(range(256)) * 3_000  # several blocks, the last one not full
    incoming = store.receive(io.BytesIO(content), **LIMITS)
    assert incoming.path.read_bytes() == content
    assert incoming.sha256 == hashlib.sha256(content).hexdigest()
    assert incoming.size_bytes == len(content)
    assert incoming.path.parent == store.root / "incoming"


def test_the_same_bytes_arriving_twice_at_once_do_not_meet(store: MediaStore) -> None:
    first = store.receive(io.BytesIO(b"sound"), **LIMITS)
    second = store.receive(io.BytesIO(b"sound"), **LIMITS)
    assert first.path != second.path
    assert store.keep(first) == store.keep(second)
    assert len(files(store)) == 1


def test_a_file_of_exactly_the_limit_is_accepted(store: MediaStore) -> None:
    content = b"x" * 300_000
    incoming = store.receive(io.BytesIO(content), max_bytes=300_000, min_free_bytes=0)
    assert incoming.size_bytes == 300_000


def test_a_file_over_the_limit_is_refused_before_it_is_all_read(store: MediaStore) -> None:
    stream = io.BytesIO(b"x" * 10_000_000)
    with pytest.raises(TooLarge) as caught:
        store.receive(stream, max_bytes=300_000, min_free_bytes=0)
    assert caught.value.code == "media_too_large"
    assert caught.value.data == {"limit_bytes": 300_000}
    assert stream.tell() < 1_000_000
    assert files(store) == []


def test_an_empty_file_is_refused(store: MediaStore) -> None:
    with pytest.raises(MediaRejected) as caught:
        store.receive(io.BytesIO(b""), **LIMITS)
    assert caught.value.code == "media_empty"
    assert files(store) == []


def test_nothing_is_accepted_when_the_disk_is_nearly_full(store: MediaStore) -> None:
    with pytest.raises(NoSpace) as caught:
        store.receive(io.BytesIO(b"sound"), max_bytes=1_000, min_free_bytes=10**18)
    assert caught.value.code == "no_space"
    assert files(store) == []


@pytest.mark.parametrize("error", [ConnectionResetError("gone"), KeyboardInterrupt()])
def test_a_stream_that_breaks_half_way_leaves_nothing(
    store: MediaStore, error: BaseException
) -> None:
    with pytest.raises(type(error)):
        store.receive(BrokenStream(error), **LIMITS)  # type: ignore[arg-type]
    assert files(store) == []


def test_a_kept_file_lies_under_its_hash_and_is_read_only(store: MediaStore) -> None:
    incoming = store.receive(io.BytesIO(b"sound"), **LIMITS)
    kept = store.keep(incoming)
    assert kept == store.root / "store" / incoming.sha256[:2] / incoming.sha256
    assert kept == store.original(incoming.sha256)
    assert kept.read_bytes() == b"sound"
    assert stat.S_IMODE(kept.stat().st_mode) == 0o440
    assert files(store) == [kept]


def test_keeping_twice_and_discarding_after_it_are_harmless(store: MediaStore) -> None:
    incoming = store.receive(io.BytesIO(b"sound"), **LIMITS)
    kept = store.keep(incoming)
    assert store.keep(incoming) == kept
    store.discard(incoming)
    assert kept.read_bytes() == b"sound"


def test_a_file_that_vanished_is_not_reported_as_kept(store: MediaStore) -> None:
    incoming = store.receive(io.BytesIO(b"sound"), **LIMITS)
    incoming.path.unlink()
    with pytest.raises(FileNotFoundError):
        store.keep(incoming)


def test_a_discarded_file_is_gone(store: MediaStore) -> None:
    incoming = store.receive(io.BytesIO(b"sound"), **LIMITS)
    store.discard(incoming)
    store.discard(incoming)
    assert files(store) == []


def test_a_derived_file_has_a_folder_of_its_original(store: MediaStore) -> None:
    path = store.derived("ab" * 32, "listen.mp3")
    assert path == store.root / "derived" / "ab" / ("ab" * 32) / "listen.mp3"
    assert path.parent.is_dir()
    assert not path.exists()


@pytest.mark.parametrize("sha256", ["", "ab", "../" * 21 + "a", "AB" * 32, "g" * 64, "a" * 65])
def test_only_a_hash_names_an_original(store: MediaStore, sha256: str) -> None:
    with pytest.raises(ValueError, match="not a SHA-256"):
        store.original(sha256)
    with pytest.raises(ValueError, match="not a SHA-256"):
        store.derived(sha256, "listen.mp3")
    with pytest.raises(ValueError, match="not a SHA-256"):
        store.keep(Incoming(store.root / "x", sha256, 1))


@pytest.mark.parametrize("name", ["", ".", "..", "../x", "a/b", ".hidden", "Tên.mp3", "a" * 62])
def test_only_a_plain_name_names_a_derived_file(store: MediaStore, name: str) -> None:
    with pytest.raises(ValueError, match="not a derived file's name"):
        store.derived("ab" * 32, name)


@given(st.text())
def test_no_text_leads_out_of_the_store(
    tmp_path_factory: pytest.TempPathFactory, name: str
) -> None:
    store = MediaStore(tmp_path_factory.getbasetemp() / "media")
    try:
        path = store.derived("ab" * 32, name)
    except ValueError:
        return
    assert path.resolve().is_relative_to(store.root.resolve())


def test_what_a_killed_receiver_left_goes_after_an_hour(tmp_path: Path) -> None:
    store = MediaStore(tmp_path)
    fresh = store.receive(io.BytesIO(b"fresh"), max_bytes=100, min_free_bytes=0)
    stale = store.receive(io.BytesIO(b"stale"), max_bytes=100, min_free_bytes=0)
    two_hours_ago = time.time() - 7200
    os.utime(stale.path, (two_hours_ago, two_hours_ago))
    store.sweep_incoming()
    assert fresh.path.exists()
    assert not stale.path.exists()


def test_only_the_owner_enters_the_store(tmp_path: Path) -> None:
    store = MediaStore(tmp_path / "media")
    store.receive(io.BytesIO(b"sound"), max_bytes=100, min_free_bytes=0)
    assert store.root.stat().st_mode & 0o077 == 0
