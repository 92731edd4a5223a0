"""Where a line says a number, an hour, a date, a sum, a percentage or a telephone number. Pure.

Finds, and converts nothing: digits and spoken numbers are marked for the editor to check against
the sound. A spoken number of one word ("một", "năm", "không") is also many other things, so it
counts only beside a unit or a cue.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from bridge.vietnamese import token_key
from transcribe.names import ends_phrase, key_set, phrase_set

NUMBER, HOUR, DATE, MONEY, PHONE, PERCENT = "number", "hour", "date", "money", "phone", "percent"

# How the figure is said: in digits, in words, or by a word of the calendar ("rằm", "chủ nhật").
IN_DIGITS, IN_WORDS, BY_CALENDAR = "digits", "spoken", "calendar"

_ONES = key_set("không một hai ba bốn năm sáu bảy bẩy tám chín")
_SPOKEN = _ONES | key_set(
    "mốt tư lăm nhăm mười mươi chục trăm nghìn ngàn vạn triệu tỷ tỉ linh lẻ rưỡi rưởi"
)
# Two number words in a row are a number only if one of them is hardly anything else: "năm không"
# ("trong năm không có"), "năm một" ("mỗi năm một lần") are none.
_SURE = key_set(
    "hai ba bốn sáu bảy bẩy tám mười mươi chục trăm nghìn ngàn vạn triệu lăm nhăm mốt rưỡi rưởi"
)
_THOUSANDS = key_set("nghìn ngàn")
_HALF = key_set("rưỡi rưởi")
_NOT_NUMBERS = phrase_set(
    "đầu tư, vật tư, vô tư, riêng tư, công tư, lâm tư, gia tư, tư vấn, tư pháp, tư nhân, tư "
    "tưởng, tư thế, tư liệu, tư cách, tư thục, tư duy, tư lệnh, tỉ mỉ, tỷ lệ, tỉ lệ, tỷ giá, tỷ "
    "số, lẻ tẻ, bán lẻ, linh hoạt, linh động, linh thiêng, linh đình, anh linh, tâm linh, chín "
    "chắn, chín rộ, lúa chín, chín muồi, trái chín, quả chín, ba mẹ, ba má, ba lô, ba rọi, hàng "
    "năm, hằng năm, quanh năm, cả năm, không khí, không gian, không phận, hàng không, không "
    "quân, hàng trăm, vạn sự, vạn phúc, vạn thọ, chục bình"
)

_UNITS = key_set(
    "phút giây tháng ngày tuần đêm tuổi người hộ nhà khẩu con cái chiếc bộ suất kg kí ký ki cân "
    "tạ tấn yến gam lít mét cây km ki-lô-mét ha héc-ta sào công mẫu thửa độ lần trường ca liều "
    "mũi lô bao cháu em chị cụ đoàn lớp khối cấp quý bữa trận cơn cặp đôi vụ tầng phòng trang "
    "điều khoản điểm đội ca thùng gói phần suất giải đợt bước ngôi căn tờ bản cuốn thẻ"
)
_CUES = key_set("số thứ khoá khóa lớp khối quyển điều khoản cấp độ tầng gói")
# Where the number word and the unit say something else, or nothing worth checking.
_NUMBER_AND_UNIT_TRAPS = phrase_set(
    "một người, một phần, một bộ, một con, một ngày, một lần, một trường, một cái, một nhà, một "
    "đôi, một bước, một đêm, một điều, một ca, một độ, một lớp, một bản, một điểm, một trận, một "
    "căn, không ngày, không người, không nhà, không phút, không đêm, không con, không bao, không "
    "điều, không phần, không cấp, không ký, không công, không cái, không em, không cháu, năm "
    "công, năm cái, năm nhà, năm bản, năm phòng, năm bộ, năm cấp, năm đoàn, tư nhà, tư bản, tư "
    "cấp, không lần, không khoản, không tháng, không độ, một công, một cấp, một đội, một đoàn"
)
_CURRENCY = key_set("đồng đ vnđ vnd")
_NOT_CURRENCY = phrase_set(
    "đồng chí, đồng bào, đồng loạt, đồng thời, đồng ý, đồng đội, đồng nghiệp, đồng ruộng, đồng "
    "lòng, đồng bộ, đồng tình, đồng hành, đồng hương, đồng môn, đồng tác, đồng sáng"
)
_COMRADES = phrase_set("đồng chí, đồng bào")
_DAY_PARTS = key_set("sáng trưa chiều tối đêm khuya rạng")
_WEEKDAYS = key_set("hai ba tư năm sáu bảy bẩy 2 3 4 5 6 7")
# "tháng mười năm nay": the year is said by the word after it. "ngày hai lần": no date at all.
_WHICH_YEAR = key_set("nay ngoái trước sau tới đó ấy")
_PER_DAY = key_set("lần bữa đêm cữ viên liều mũi giờ")
_MONTH_NAMES = key_set("giêng chạp")
_PHONE_CUES = phrase_set(
    "điện thoại, dây nóng, số máy, di động, liên lạc, máy số, zalo số, hotline số, gọi số, số nóng"
)
_PHONE_CUE_REACH = 5  # "số điện thoại của trạm y tế là …"
_SHORTEST_PHONE = 3  # 113, 114, 115
_SHORTEST_SPOKEN_PHONE = 8  # 1800 and 1900 numbers; with a cue three suffice
_LONGEST_PHONE = 12

_HOUR_TOKEN = re.compile(r"\d{1,2}(h|g|giờ)\d{0,2}|\d{1,2}:\d{2}")
_DATE_TOKEN = re.compile(r"\d{1,2}[/.-]\d{1,2}[/.-]\d{4}|\d{1,2}/\d{1,2}|\d{1,2}/\d{4}")
_MONEY_TOKEN = re.compile(r"[\d.,]+(đ|đồng|k|tr|vnđ|vnd)")
_DIGITS = re.compile(r"\+?[\d.]+")

_key = token_key


@dataclass(frozen=True, slots=True)
class FigureSpan:
    """Tokens `first`..`end` (end not included) say a figure of this kind, said in this way."""

    first: int
    end: int
    kind: str
    said: str


@dataclass(frozen=True, slots=True)
class _Line:
    """The tokens of one line, their keys, and which of them are numbers."""

    tokens: Sequence[str]
    keys: Sequence[str]
    numbers: Sequence[bool]

    def key(self, index: int) -> str:
        return self.keys[index] if 0 <= index < len(self.keys) else ""

    def pair(self, index: int) -> tuple[str, str]:
        return self.key(index), self.key(index + 1)

    def is_number(self, index: int) -> bool:
        return 0 <= index < len(self.numbers) and self.numbers[index]

    def run_end(self, first: int) -> int:
        """Where the numbers from `first` on end; a pause in the sentence ends them too."""
        end = first
        while self.is_number(end):
            end += 1
            if ends_phrase(self.tokens[end - 1]):
                break
        return end

    def closed(self, end: int) -> bool:
        """Whether a sentence's pause stands right before `end`, so that nothing after it belongs
        to what came before."""
        return end >= len(self.tokens) or (end > 0 and ends_phrase(self.tokens[end - 1]))

    def has_digits(self, first: int, end: int) -> bool:
        return any(character.isdigit() for key in self.keys[first:end] for character in key)


def find_figures(tokens: Sequence[str]) -> Iterator[FigureSpan]:
    """Every figure of a line, in order, never overlapping."""
    keys = [token_key(token) for token in tokens]
    line = _Line(tokens, keys, list(_numbers(keys)))
    index = 0
    while index < len(tokens):
        for kind, read in _READERS:
            end = read(line, index)
            if end > index:
                yield FigureSpan(index, end, kind, _how_said(line, index, end))
                index = end
                break
        else:
            index += 1


def _numbers(keys: Sequence[str]) -> Iterator[bool]:
    """Which keys hold a digit or are a number word, and not in a phrase that only sounds so."""
    around = ["", *keys, ""]
    for before, key, after in zip(around, keys, around[2:], strict=False):
        if not key.isalpha() and any(character.isdigit() for character in key):
            yield True
        else:
            yield (
                key in _SPOKEN
                and (key, after) not in _NOT_NUMBERS
                and (before, key) not in _NOT_NUMBERS
            )


def _how_said(line: _Line, first: int, end: int) -> str:
    if line.has_digits(first, end):
        return IN_DIGITS
    return IN_WORDS if any(line.is_number(index) for index in range(first, end)) else BY_CALENDAR


# Each reader returns where its figure ends, or `first` when there is none.


def _read_phone(line: _Line, first: int) -> int:
    end = first
    while _is_phone_part(line, end):
        end += 1
        if ends_phrase(line.tokens[end - 1]):
            break
    if end == first:
        return first
    parts = line.keys[first:end]
    digits = "".join(_only_digits(part) if _has_digit(part) else "x" for part in parts)
    if len(digits) > _LONGEST_PHONE:
        return first
    # "1.900.000" is grouped like a sum, "0912.345.678" is not.
    grouped = re.fullmatch(r"[1-9]\d{0,2}(\.\d{3})+", parts[0])
    whole = digits.startswith(("0", "84", "1900", "1800")) or set(digits) == {"x"}
    if whole and not grouped and len(digits) >= _SHORTEST_SPOKEN_PHONE:
        return end
    cued = any(
        line.pair(index) in _PHONE_CUES for index in range(max(0, first - _PHONE_CUE_REACH), first)
    )
    measured = not line.closed(end) and line.key(end) in _UNITS | _CURRENCY | {_key("giờ")}
    return end if cued and len(digits) >= _SHORTEST_PHONE and not measured else first


def _is_phone_part(line: _Line, index: int) -> bool:
    key = line.key(index)
    return key in _ONES or bool(_DIGITS.fullmatch(key))


def _read_hour(line: _Line, first: int) -> int:
    end = first
    if _HOUR_TOKEN.fullmatch(line.key(first)):
        end = first + 1
    else:
        run = line.run_end(first)
        if run == first:
            return first
        if line.key(run) == _key("giờ") and not line.closed(run):
            end = _minutes_end(line, run + 1)
        elif _is_half_hour(line, first, run):
            end = run
        else:
            return first
    if not line.closed(end) and line.key(end) in _DAY_PARTS:
        end += 1
    return end


def _minutes_end(line: _Line, end: int) -> int:
    """After "giờ": the minutes, "kém" and its minutes, or nothing."""
    if line.closed(end):
        return end
    after = end + 1 if line.key(end) == _key("kém") else end
    run = line.run_end(after)
    if run == after:
        return end
    if line.key(run) == _key("phút") and not line.closed(run):
        return run + 1
    # "bảy giờ ba mươi"; but of "lúc bảy giờ hai người" only the hour.
    return end if line.key(run) in _UNITS and not line.closed(run) else run


def _is_half_hour(line: _Line, first: int, run: int) -> bool:
    """ "ba rưỡi", "mười một rưỡi": half past, unless a unit or a sum follows."""
    words = line.keys[first:run]
    if len(words) not in (2, 3) or words[-1] not in _HALF:
        return False
    if any(word not in _ONES | key_set("mười một") for word in words[:-1]):
        return False
    return line.closed(run) or line.key(run) not in _UNITS | _CURRENCY


def _read_date(line: _Line, first: int) -> int:
    """A day, month, year or weekday, and what follows of the same date."""
    end = _date_part_end(line, first)
    while end > first and not line.closed(end):
        further = _date_part_end(line, end)
        if further == end:
            break
        end = further
    return end


def _date_part_end(line: _Line, first: int) -> int:
    key = line.key(first)
    if _DATE_TOKEN.fullmatch(key) or key == _key("rằm"):
        return first + 1
    if line.closed(first + 1):
        return first
    following = line.key(first + 1)
    if key == _key("chủ") and following == _key("nhật"):
        return first + 2
    if key == _key("thứ"):
        return first + 2 if following in _WEEKDAYS and line.key(first - 1) != _key("lần") else first
    if key == _key("tháng") and following in _MONTH_NAMES:
        return first + 2
    return _numbered_part_end(line, first, key)


def _numbered_part_end(line: _Line, first: int, key: str) -> int:
    """ "ngày 25", "mùng một", "tháng mười một", "năm hai nghìn …", "quý bốn"."""
    if key in key_set("ngày mùng mồng"):
        start = first + 1
        if line.key(start) in key_set("mùng mồng") and not line.closed(start + 1):
            start += 1
        return _short_run(line, start) or first
    if key in key_set("tháng quý"):
        return _short_run(line, first + 1) or first
    if key == _key("năm"):
        end = line.run_end(first + 1)
        year = line.keys[first + 1 : end]
        spoken_year = len(year) > 1 and year[1] in _THOUSANDS and year[0] in key_set("một hai")
        if spoken_year or (len(year) == 1 and re.fullmatch(r"(19|20)\d\d", year[0])):
            return end
    return first


def _short_run(line: _Line, first: int) -> int:
    """The end of a day's or month's number: a date is at most two or three words ("ba mươi mốt").

    "không" is no day: "ngày không mưa". The year's own word is left out of "tháng mười năm …".
    """
    end = line.run_end(first)
    if end == first or line.key(first) == _key("không"):
        return 0
    for index in range(first + 1, end):
        if line.key(index) == _key("năm") and line.key(index + 2) in _THOUSANDS:
            return index
        if re.fullmatch(r"(19|20)\d\d", line.key(index)):
            return index - 1 if line.key(index - 1) == _key("năm") and index - 1 > first else index
    if end - first > 1 and line.key(end - 1) == _key("năm") and line.key(end) in _WHICH_YEAR:
        end -= 1
    if not line.closed(end) and line.key(end) in _PER_DAY:
        return 0
    return min(end, first + 3)


def _read_percent(line: _Line, first: int) -> int:
    if "%" in line.key(first):
        return first + 1
    run = line.run_end(first)
    if run == first or line.closed(run):
        return first
    if line.key(run) == "%":
        return run + 1
    is_share = line.key(run) == _key("phần") and line.key(run + 1) in key_set("trăm nghìn ngàn")
    return run + 2 if is_share else first


def _read_money(line: _Line, first: int) -> int:
    if _MONEY_TOKEN.fullmatch(line.key(first)):
        return first + 1
    run = line.run_end(first)
    if run == first:
        return first
    if not line.closed(run) and line.key(run) in _CURRENCY and line.pair(run) not in _NOT_CURRENCY:
        return run + 1
    return first


def _read_number(line: _Line, first: int) -> int:
    run = line.run_end(first)
    words = line.keys[first:run]
    if not words:
        return first
    if line.has_digits(first, run) or len(words) > 2:
        return run
    if len(words) == 2:
        return run if any(word in _SURE for word in words) else first
    counted = (
        not line.closed(run)
        and (line.key(run) in _UNITS or line.pair(run) in _COMRADES)
        and line.pair(first) not in _NUMBER_AND_UNIT_TRAPS
    )
    cued = first > 0 and not ends_phrase(line.tokens[first - 1]) and line.key(first - 1) in _CUES
    return run if counted or (cued and words[0] != _key("không")) else first


def _has_digit(text: str) -> bool:
    return any(character.isdigit() for character in text)


def _only_digits(text: str) -> str:
    return "".join(filter(str.isdigit, text))


_READERS: tuple[tuple[str, Callable[[_Line, int], int]], ...] = (
    (DATE, _read_date),
    (HOUR, _read_hour),
    (PHONE, _read_phone),
    (PERCENT, _read_percent),
    (MONEY, _read_money),
    (NUMBER, _read_number),
)
