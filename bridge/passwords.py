"""Which passwords are taken: long ones that nobody guesses by trying the common ones.

No rule about kinds of letters and no change by the calendar (NIST SP 800-63B-4, 3.1.1.2). What is
common is judged by zxcvbn's lists, with the words that stand near at hand: the person's name and
address, the unit's, and what Vietnamese offices use.
"""

from collections.abc import Iterable

from zxcvbn import zxcvbn

from bridge.errors import InvalidInput
from bridge.vietnamese import fold_diacritics, to_nfc

SHORTEST = 12  # characters; with a second factor 8 would do, but not everybody has one
LONGEST = 200
# zxcvbn: 10**8 guesses, what an attacker cannot try against this server in years. Hashes that
# were stolen are argon2id's business.
_LEAST_SCORE = 3
_LOOKED_AT = 72  # characters: zxcvbn slows down with the square of the length
_COMMON = (
    "matkhau", "mật khẩu", "anhyeuem", "emyeuanh", "yeuem", "vietnam", "viet nam", "truyenthanh",
    "truyền thanh", "loa phường", "ubnd", "ủy ban", "uyban", "công an", "congan", "hanoi",
    "hà nội", "saigon", "sài gòn", "xamau", "thôn xóm", "tổ dân phố", "cán bộ", "canbo",
    "văn phòng", "vanphong", "quantri", "quản trị", "bientap", "biên tập", "chutich", "chủ tịch",
)  # fmt: skip


def check_password(password: str, about: Iterable[str] = ()) -> str:
    """The password in the form that is hashed. `about`: words that are known of the person.

    Raises InvalidInput `password_short` (`minimum`), `password_long` (`limit`), `password_common`.
    """
    if len(password) < SHORTEST:
        raise InvalidInput("password_short", minimum=SHORTEST)
    if len(password) > LONGEST:
        raise InvalidInput("password_long", limit=LONGEST)
    known = [word for words in (*_COMMON, *about) for word in _forms(words)]
    # Also without marks, capitals and spaces, which add less than the lists believe: they know
    # "nguyenvanan", not "Nguyễn Văn An".
    bare = "".join(filter(str.isalnum, fold_diacritics(to_nfc(password).lower())))
    for form in {password[:_LOOKED_AT], bare[:_LOOKED_AT]}:
        if zxcvbn(form, user_inputs=known)["score"] < _LEAST_SCORE:
            raise InvalidInput("password_common")
    return password


def _forms(words: str) -> set[str]:
    """Words as a password may hold them: with and without marks, apart and in one."""
    lower = to_nfc(words).lower()
    plain = fold_diacritics(lower)
    apart = [part for text in (lower, plain) for part in text.replace("@", " ").split()]
    return {form for form in (*apart, "".join(lower.split()), "".join(plain.split())) if form}
