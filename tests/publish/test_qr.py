"""The QR code on the printed page."""

import re

import segno

from publish.qr import qr_path

ADDRESS = "https://loa.example/xa-mau/b3d8t6w1cevr/"


def test_the_drawing_has_every_dark_module_and_a_quiet_zone():
    side, path = qr_path(ADDRESS)
    matrix = segno.make_qr(ADDRESS, error="m", boost_error=False).matrix
    drawn = {
        (int(x) + step, int(y))
        for x, y, length in re.findall(r"M(\d+) (\d+)\.5h(\d+)", path)
        for step in range(int(length))
    }
    dark = {
        (x + 4, y + 4) for y, row in enumerate(matrix) for x, is_dark in enumerate(row) if is_dark
    }
    assert drawn == dark
    assert side == len(matrix) + 8


def test_other_addresses_are_other_drawings_and_the_same_the_same():
    assert qr_path(ADDRESS) == qr_path(ADDRESS)
    assert qr_path(ADDRESS) != qr_path(ADDRESS.replace("b3d8", "c3d8"))
