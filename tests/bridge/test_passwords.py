"""Which passwords are taken."""

import pytest

from bridge.errors import InvalidInput
from bridge.passwords import LONGEST, check_password

ABOUT = ("an.nguyen@xa-mau.local", "Nguyễn Văn An", "Xã Mẫu")


@pytest.mark.parametrize(
    "password",
    [
        "trâu bò qua cầu khỉ",
        "trau bo qua cau khi",
        "Xe-đạp 7 tím, ao bèo",
        "kJ8#mQ2$vL5p",
        "mưa " * 3 + "nắng gió bão lụt",
        "🐃🐃 đồng chiêm trũng 🐃🐃",
        "q7xvb93mzk2f",
    ],
)
def test_long_ones_that_nobody_guesses_are_taken_as_they_are(password: str) -> None:
    assert check_password(password, ABOUT) == password


@pytest.mark.parametrize(
    ("password", "code"),
    [
        ("", "password_short"),
        ("mười một chữ"[:11], "password_short"),
        ("x" * (LONGEST + 1), "password_long"),
        ("matkhau123456", "password_common"),
        ("Mật khẩu 123", "password_common"),
        ("123456789012", "password_common"),
        ("qwertyuiopas", "password_common"),
        ("aaaaaaaaaaaa", "password_common"),
        ("NguyenVanAn1", "password_common"),
        ("Nguyễn Văn An", "password_common"),
        ("an.nguyen@xa-mau.local", "password_common"),
        ("truyenthanh1", "password_common"),
        ("anhyeuem1234", "password_common"),
        ("ubnd Xã Mẫu", "password_short"),
        ("UBND - Xã Mẫu", "password_common"),
        ("password1234", "password_common"),
    ],
)
def test_the_others_are_refused_by_name(password: str, code: str) -> None:
    with pytest.raises(InvalidInput, match=code):
        check_password(password, ABOUT)


def test_saying_something_short_often_is_no_long_password() -> None:
    with pytest.raises(InvalidInput, match="password_common"):
        check_password("đò dọc " * 28, ())
