"""Names of files and places."""

import pytest

from publish.names import captions_name, download_stem, file_size, name_in_sentence, text_name


def test_files_of_a_revision_carry_its_digest():
    digest = "0123456789abcdef" * 4
    assert captions_name(digest) == "captions-0123456789ab.vtt"
    assert text_name(digest) == "text-0123456789ab.txt"


@pytest.mark.parametrize(
    ("title", "stem"),
    [
        ("Lịch tiêm chủng mở rộng tháng 11", "lich-tiem-chung-mo-rong-thang-11"),
        ("Đường 5/8: họp <b>thôn</b>", "duong-5-8-hop-b-thon-b"),
        ("../../etc/passwd", "etc-passwd"),
        ("…", "ban-tin"),
    ],
)
def test_a_title_becomes_a_harmless_file_name(title, stem):
    assert download_stem(title) == stem


def test_a_long_title_is_cut():
    assert len(download_stem("bản tin " * 40)) <= 60


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Xã Mẫu", "xã Mẫu"),
        ("Phường Mẫu", "phường Mẫu"),
        ("Đặc khu Mẫu", "đặc khu Mẫu"),
        ("Xãng", "Xãng"),
        ("Mẫu", "Mẫu"),
    ],
)
def test_a_unit_s_kind_is_small_inside_a_sentence(name, expected):
    assert name_in_sentence(name) == expected


@pytest.mark.parametrize(
    ("size", "expected"),
    [(0, "1 kB"), (804_211, "804 kB"), (999_400, "999 kB"), (2_340_000, "2,3 MB")],
)
def test_sizes_are_read_with_a_comma(size, expected):
    assert file_size(size) == expected
