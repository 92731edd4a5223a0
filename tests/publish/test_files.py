"""Files that appear whole or not at all."""

import pytest

from publish.files import write_whole


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
