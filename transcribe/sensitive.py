"""Where a text may say what must not be published: state secrets, and details of one person. Pure.

Only wordings are found, so nothing found is no proof of anything. The laws behind them: protection
of state secrets (degrees of secrecy: Mật, Tối mật, Tuyệt mật) and of personal data.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bridge.vietnamese import token_key
from transcribe.names import SURNAMES, ends_phrase, is_capitalised, key_set, phrase_set

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
# Where somebody lives, when somebody was named before: "người dân thường trú tại" is nobody.
_LIVES = phrase_set(
    "thường trú tại, tạm trú tại, cư trú tại, ngụ tại, trú tại, trú quán, hộ khẩu tại, nhà ở số, "
    "số nhà"
)
_NAMED_BEFORE = 14  # tokens back: a name, a year of birth, an office
# A name right after these is that of somebody who is ill or was harmed.
_PATIENT = phrase_set(
    "bệnh nhân, ca bệnh, ca nhiễm, ca dương tính, ca nghi nhiễm, người bệnh, người nhiễm, sản phụ, "
    "thai phụ, nạn nhân"
)
# A child's name is, where the same line says what befell it.
_CHILD = key_set("cháu bé em trẻ")
_HARM = phrase_set(
    "bệnh, nhiễm, sốt, cấp cứu, nhập viện, điều trị, xâm hại, bạo hành, bạo lực, đuối nước, mất "
    "tích, bỏ rơi, khuyết tật, tử vong, tai nạn, HIV, tâm thần, tự kỷ, tự tử, mồ côi"
)
_TITLES = key_set("là tên ông bà anh chị em cháu bé cô chú bác cụ")
_MOST_TITLES = 2
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


_LONGEST_OTHER = max(len(phrase) for phrase in _LIVES | _PATIENT | _HARM)
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
            or _home(tokens, keys, place)
            or _patient(tokens, keys, place)
            or _child(tokens, keys, place)
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


def _home(tokens: Sequence[str], keys: Sequence[str], place: int) -> Sensitive | None:
    """Where a person lives who was named shortly before."""
    length = _length_of(_LIVES, keys, place)
    if not length:
        return None
    before = range(max(0, place - _NAMED_BEFORE), place)
    if any(_name_length(tokens, keys, index) for index in before):
        return Sensitive(place, place + length, PERSONAL)
    return None


def _patient(tokens: Sequence[str], keys: Sequence[str], place: int) -> Sensitive | None:
    """ "Bệnh nhân Nguyễn Văn A", "nạn nhân là cháu Lê B": the words and the name."""
    length = _length_of(_PATIENT, keys, place)
    return _with_name(tokens, keys, place, place + length) if length else None


def _child(tokens: Sequence[str], keys: Sequence[str], place: int) -> Sensitive | None:
    """ "Cháu Nguyễn Thị A" in a line that says what befell her."""
    if keys[place] not in _CHILD:
        return None
    found = _with_name(tokens, keys, place, place + 1)
    harmed = found and any(_length_of(_HARM, keys, index) for index in range(len(keys)))
    return found if harmed else None


def _with_name(
    tokens: Sequence[str], keys: Sequence[str], place: int, begin: int
) -> Sensitive | None:
    """From `place` to the end of the name that begins at `begin` or after a title or two."""
    for name in range(begin, begin + _MOST_TITLES + 1):
        if length := _name_length(tokens, keys, name):
            return Sensitive(place, name + length, PERSONAL)
        if name >= len(keys) or keys[name] not in _TITLES:
            return None
    return None


def _name_length(tokens: Sequence[str], keys: Sequence[str], place: int) -> int:
    """How many tokens of a person's name begin here: a family name and more, with capitals."""
    if place >= len(tokens) or keys[place] not in SURNAMES or not is_capitalised(tokens[place]):
        return 0
    end = place
    while end < len(tokens) and is_capitalised(tokens[end]):
        end += 1
        if ends_phrase(tokens[end - 1]):
            break
    return end - place if end - place > 1 else 0


def _length_of(phrases: frozenset[tuple[str, ...]], keys: Sequence[str], place: int) -> int:
    """How many tokens the longest of these phrases that begins here has; 0 for none."""
    for length in range(_LONGEST_OTHER, 0, -1):
        if tuple(keys[place : place + length]) in phrases and place + length <= len(keys):
            return length
    return 0


def _single(token: str, place: int) -> Sensitive | None:
    if token == _STAMP:
        return Sensitive(place, place + 1, SECRET)
    digits = re.sub(r"[.\-]", "", token)
    is_identity = digits.isdecimal() and len(digits) == _IDENTITY_DIGITS
    if is_identity or _EMAIL.fullmatch(token):
        return Sensitive(place, place + 1, PERSONAL)
    return None
