"""Where a text may say what must not be published: state secrets, and details of one person. Pure.

Only wordings are found, so nothing found is no proof of anything. The laws behind them: protection
of state secrets (degrees of secrecy: Mật, Tối mật, Tuyệt mật) and of personal data.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bridge.vietnamese import token_key
from transcribe.names import key_set, phrase_set

SECRET, PERSONAL = "secret", "personal"

_SECRET = phrase_set(
    "tuyệt mật, tối mật, độ mật, dấu mật, văn bản mật, tài liệu mật, công văn mật, báo cáo mật, "
    "kế hoạch mật, bí mật nhà nước, bí mật quân sự, bí mật quốc phòng, lưu hành "
    "nội bộ"
)
# Only what stands beside somebody's own data: "cấp căn cước" and "phòng chống lây nhiễm HIV" are
# announced every week.
_PERSONAL = phrase_set(
    "số căn cước, căn cước số, căn cước công dân số, số chứng minh, chứng minh nhân dân số, số "
    "hộ chiếu, hộ chiếu số, số tài khoản, số thẻ bảo hiểm, thẻ bảo hiểm y tế số, mã thẻ bảo hiểm, "
    "sinh ngày, hồ sơ bệnh án, dương tính với"
)
# "Sinh năm 1960", but not "học sinh năm 2026": what ends in "sinh" is most often no birth.
_BORN = ("sinh", "năm")
_NO_BIRTH = key_set(
    "học thí tuyển vệ phát tân hộ dân nữ sản khai hồi tái sơ môn thực thú sinh giáo tu du"
)
_YEAR = re.compile(r"(19|20)\d\d")
# Of a citizen's number.
_IDENTITY_DIGITS = 12
_EDGES = ".,;:!?…\"'()[]{}“”‘’«»"
_STAMP = "MẬT"  # as it is stamped; "mật" by itself is honey, bile, dense
_EMAIL = re.compile(r"\S+@\S+\.\S+")


_LONGEST = max(len(phrase) for phrase in _SECRET | _PERSONAL)
_BEGINNINGS = {phrase[0] for phrase in _SECRET | _PERSONAL}


@dataclass(frozen=True, slots=True)
class Sensitive:
    """Tokens `first`..`end` (end not included) and the kind: `SECRET` or `PERSONAL`."""

    first: int
    end: int
    kind: str


def find_sensitive(tokens: Sequence[str]) -> Iterator[Sensitive]:
    """Every such place among a segment's tokens, in order; wordings win over single tokens."""
    keys = [token_key(token.strip(_EDGES)) for token in tokens]
    place = 0
    while place < len(tokens):
        found = (
            _wording(keys, place)
            or _year_of_birth(tokens, keys, place)
            or _single(tokens[place].strip(_EDGES), place)
        )
        if found:
            yield found
        place = found.end if found else place + 1


def _wording(keys: Sequence[str], place: int) -> Sensitive | None:
    if keys[place] not in _BEGINNINGS:
        return None
    for length in range(_LONGEST, 1, -1):
        words = tuple(keys[place : place + length])
        if words in _SECRET:
            return Sensitive(place, place + length, SECRET)
        if words in _PERSONAL:
            return Sensitive(place, place + length, PERSONAL)
    return None


def _year_of_birth(tokens: Sequence[str], keys: Sequence[str], place: int) -> Sensitive | None:
    """ "sinh năm" and a year, unless the word before belongs to it."""
    if tuple(keys[place : place + 2]) != _BORN or place + 2 >= len(tokens):
        return None
    if not _YEAR.fullmatch(tokens[place + 2].strip(_EDGES)):
        return None
    joined = place > 0 and tokens[place - 1][-1] not in _EDGES and keys[place - 1] in _NO_BIRTH
    return None if joined else Sensitive(place, place + 3, PERSONAL)


def _single(token: str, place: int) -> Sensitive | None:
    if token == _STAMP:
        return Sensitive(place, place + 1, SECRET)
    digits = re.sub(r"[.\-]", "", token)
    is_identity = digits.isdecimal() and len(digits) == _IDENTITY_DIGITS
    if is_identity or _EMAIL.fullmatch(token):
        return Sensitive(place, place + 1, PERSONAL)
    return None
