"""Files that appear whole or not at all."""

import gzip
import os
import signal
import subprocess
import sys

import pytest

from publish.files import remove_whole, write_whole

LONG = "Bản tin loa xã Mẫu. " * 60


def test_a_file_is_written_and_replaced(tmp_path):
    path = tmp_path / "index.html"
    assert write_whole(path, b"one")
    assert write_whole(path, b"two")
    assert path.read_bytes() == b"two"
    assert [one.name for one in tmp_path.iterdir()] == ["index.html"]


def test_the_same_content_leaves_the_file_alone(tmp_path):
    path = tmp_path / "index.html"
    write_whole(path, b"one")
    before = path.stat()
    assert not write_whole(path, b"one")
    assert path.stat().st_mtime_ns == before.st_mtime_ns
    assert path.stat().st_ino == before.st_ino


def test_what_cannot_be_written_leaves_no_draft(tmp_path):
    (tmp_path / "index.html").mkdir()  # a rename onto a folder is refused
    with pytest.raises(OSError, match=r"index\.html"):
        write_whole(tmp_path / "index.html", b"one")
    assert [one.name for one in tmp_path.iterdir()] == ["index.html"]


def test_a_longer_text_has_a_compressed_copy_beside_it(tmp_path):
    path = tmp_path / "index.html"
    copy = tmp_path / "index.html.gz"
    for text in (LONG, LONG + "Thêm."):
        write_whole(path, text.encode())
        assert gzip.decompress(copy.read_bytes()) == text.encode()
    first = copy.read_bytes()
    copy.write_bytes(first[:-1])  # a damaged copy is mended although the page stands
    assert write_whole(path, (LONG + "Thêm.").encode())
    assert copy.read_bytes() == first
    assert not write_whole(path, (LONG + "Thêm.").encode())
    write_whole(path, b"short")
    assert not copy.exists()
    write_whole(tmp_path / "audio.mp3", b"0" * 5000)
    assert not (tmp_path / "audio.mp3.gz").exists()
    write_whole(path, LONG.encode())
    remove_whole(path)
    assert [one.name for one in tmp_path.iterdir()] == ["audio.mp3"]


def test_a_death_in_between_never_leaves_a_copy_of_the_former_page(tmp_path):
    path = tmp_path / "index.html"
    write_whole(path, LONG.encode())
    script = (
        "import pathlib, sys; from publish.files import write_whole; "
        "write_whole(pathlib.Path(sys.argv[1]), b'new ' * 500)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(path)],
        env={**os.environ, "LOA_FAILPOINT": "publish.unpacked:kill"},
        check=False,
    )
    assert done.returncode == -signal.SIGKILL
    assert path.read_bytes() == b"new " * 500
    assert [one.name for one in tmp_path.iterdir()] == ["index.html"]
    assert write_whole(path, b"new " * 500)  # the next run does the rest
    assert gzip.decompress((tmp_path / "index.html.gz").read_bytes()) == b"new " * 500
