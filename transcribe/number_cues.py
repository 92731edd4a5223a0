"""The words around a number that say what it is: units, cues, names, idioms.

Pure data and the plainest questions asked of it. A lone digit word is a number only where
something here says so: "năm" is also a year, "ba" a father, "không" is not, and anh Ba a person.
"""

from dataclasses import dataclass
from typing import Literal

from transcribe.number_reading import Reading, Shape
from transcribe.number_words import SCALE_WORDS, Gap, Words, is_number_word, key_set, keys_of

NumberKind = Literal[
    "hour",
    "duration",
    "date",
    "month",
    "year",
    "money",
    "phone",
    "percent",
    "ordinal",
    "quantity",
    "range",
]
Phrase = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Item:
    """A number found: tokens `first` to before `end`, and how it is written.

    `bare` marks a number that counts only as the first side of a range ("từ bảy đến chín giờ").
    """

    first: int
    end: int
    kind: NumberKind
    written: str
    spoken: bool = True
    bare: bool = False
    number: int = 0  # the value of an amount
    unitless: bool = False
    reason: str | None = None


def _phrases(table: str) -> tuple[Phrase, ...]:
    """Phrases parted by commas, the longest first."""
    phrases = [keys_of(phrase) for phrase in table.replace("\n", " ").split(",")]
    return tuple(sorted(phrases, key=len, reverse=True))


def _by_first_word(phrases: tuple[Phrase, ...]) -> dict[str, tuple[Phrase, ...]]:
    firsts = {phrase[0] for phrase in phrases}
    return {first: tuple(p for p in phrases if p[0] == first) for first in firsts}


# Left as they are, with every number in them.
_IDIOMS = _by_first_word(
    _phrases(
        """một số, một lòng một dạ, một nắng hai sương, hai sương một nắng, một sớm một chiều,
        một trời một vực, một vốn bốn lời, một mất một còn, một mất mười ngờ, một công đôi việc,
        một chín một mười, một mười một chín, hai năm rõ mười, ba chìm bảy nổi, bảy nổi ba chìm,
        ba chân bốn cẳng, ba đầu sáu tay, ba hồn bảy vía, ba vạn chín nghìn, ba bảy hai mốt,
        ba bề bốn bên, ba cọc ba đồng, ba mẹ, ba má, bốn phương tám hướng, bốn phương, bốn bể,
        bốn biển, năm châu bốn bể, năm châu, năm thì mười họa, năm lần bảy lượt, năm cha ba mẹ,
        năm cùng tháng tận, năm bè bảy mối, năm người mười ý, năm bữa nửa tháng, năm ngày ba bữa,
        chín bỏ làm mười, chín tháng mười ngày, chín người mười ý, mười phân vẹn mười,
        mồm năm miệng mười, rõ mười mươi, mười mươi, bữa năm bữa mười, trăm năm,
        trăm nghe không bằng một thấy, trăm công nghìn việc, trăm công ngàn việc, trăm phần trăm,
        những năm tháng, theo năm tháng, bao năm tháng, suốt năm tháng, năm tháng qua đi,
        cùng năm tháng, năm tháng dài, ngày tháng năm, ba mươi sáu kế, ba mươi đời"""
    )
)

_UNITS: tuple[tuple[NumberKind, tuple[Phrase, ...]], ...] = (
    ("percent", _phrases("phần trăm")),
    ("money", _phrases("đồng, đô la mỹ, đô la, usd, euro, ơ rô")),
    (
        "quantity",
        _phrases(
            """mét vuông, mét khối, mét, xăng ti mét, xen ti mét, mi li mét, ki lô mét vuông,
            ki lô mét khối, ki lô mét, kilômét, kilomet, cây số, km, m, cm, mm, ki lô gam,
            kilôgam, ki lô oát giờ, ki lô oát, kw, kwh, kí lô, ký lô, ki lô, kg, cân, ký, kí,
            gam, tấn, tạ, yến, lít, mi li lít, ml, héc ta, hecta, ha, sào, độ c, độ,
            tháng tuổi, tuổi"""
        ),
    ),
    ("duration", _phrases("phút, giây, tiếng, ngày, tuần, tháng, năm")),
)
UNITS: dict[str, list[tuple[Phrase, NumberKind]]] = {"%": [(("%",), "percent")]}
for _kind, _table in _UNITS:
    for _phrase in _table:
        UNITS.setdefault(_phrase[0], []).append((_phrase, _kind))

# A unit word with one of these after it is half of another word: đồng chí, cân bằng, ký kết …
NOT_UNIT_BEFORE = {
    keys_of(unit)[0]: key_set(following)
    for unit, following in {
        "đồng": """chí bào hồ ruộng loạt thời tình ý bộ đều đội hương nghiệp hành diễn nhất thuận
            bằng lòng phục dạng minh nghĩa tâm cỏ áng sức vị môn niên tháp văn""",
        "cân": "bằng nhắc đối xứng não lượng",
        "ký": "kết túc hiệu ức giả tên duyệt họa",
        "kí": "kết túc hiệu ức giả tên duyệt họa",
        "tạ": "ơn lỗi từ thế",
        "yến": "tiệc sào mạch",
        "độ": "tuổi lượng",
        "tuần": "tra hoàn phủ dương",
        "ngày": "càng quốc hội mùng mồng rằm tết thành mai kia nọ xưa sinh",
        "ha": "hả ha",
        "sào": "huyệt",
        "phút": "chốc",
        "tiếng": "việt anh nói kêu động trung pháp nga dân hát còi loa trống kẻng gọi vang",
        "tháng": "giêng chạp",
        "giờ": "trái nào giấc",
    }.items()
}
DAY, MONTH, HOUR, MINUTE, SOUND_HOUR, MONEY = keys_of("ngày tháng giờ phút tiếng đồng")
AGE, CLOCK, SHORT_OF = keys_of("tuổi hồ kém")

# "Mỗi tháng một lần": no month and no day of one.
EACH = key_set("mỗi một hàng hằng từng mấy vài bao nhiều ngày hai ba")
WHOLE = key_set("trong cả suốt")
TIMES_WORDS = key_set("lần buổi kỳ đợt bữa suất lượt phiên người hộ con cái chiếc")
# After these, "năm" is the year: mỗi năm, đầu năm, cuối năm …
YEAR_AFTER = key_set(
    """mỗi hằng hàng cả đầu cuối giữa quanh từng các những nhiều bao qua tháng hết trọn thường
    mấy nửa gặp là"""
)
# "Tháng năm" before these is month and year of something: tháng năm sinh, tháng, năm nay.
NOT_MAY_BEFORE = key_set("nay ngoái nào sinh học mới kia rồi")
YEAR_NAMES = key_set("nay ngoái trước sau tới qua học mới kia")
ABOUT = key_set("vài dăm mấy đôi mươi hàng phần kỷ")
OPEN_END = key_set("mấy lẻ linh ngoài rưỡi rưởi")
PART = keys_of("phần")[0]
PEOPLE = key_set(
    """anh chị ông bà bác chú cô em dì cậu mợ thím cụ dượng cố o mệ thầy văn thị út nội ngoại"""
)
PLACES = key_set(
    """thôn xóm ấp tổ khu đội khóm bản làng buôn phum sóc phố đường ngõ ngách hẻm kiệt phường
    quận xã lô cụm lớp khối cấp loại hạng nhóm đợt số tầng khoa trạm cổng cống kênh tuyến thứ"""
)
# Here two-digit numbers are names as well: thôn mười hai, phường hai mươi lăm.
NUMBERED_PLACES = key_set("thôn xóm ấp tổ khu đội khóm phố đường ngõ ngách hẻm kiệt phường quận")
STREETS = key_set("đường phố")
# What "mười" counts; a number below ten stays a word before these, as Vietnamese editors have it.
COUNTED = key_set(
    """người hộ cháu em bạn suất chiếc cái con cây bao xe lần lượt đại đồng gia học hội đoàn cán
    trường ca điểm nhà tờ cuốn quyển túi thùng chai viên liều mũi thôn đội tập cá doanh công
    phòng lớp giường vụ cặp bộ tổ nhóm chốt ghế bàn"""
)
TIME_CUES = key_set(
    "lúc khoảng từ đến tới vào hồi tầm trước sau sáng trưa chiều tối đêm khuya hôm mai nay"
)
NIGHT, DAY_PARTS = key_set("đêm sáng khuya"), key_set("sáng trưa chiều tối")
SPAN_CUES = key_set("trong suốt mất dài thêm cách chờ nghỉ liền gần hơn khoảng sau")
RANGE_CUES = key_set("từ khoảng tầm độ chừng trong mất hơn gần cách sau thêm phạt giá dài")
CONNECTORS = tuple(keys_of(words) for words in ("cho đến", "cho tới", "đến", "tới"))
PHONE_CUES = key_set("gọi đài thoại nóng hotline liên zalo alo phone di")
NUMBER_CUE = keys_of("số")[0]
EMERGENCY_NUMBERS = frozenset({"111", "112", "113", "114", "115"})
YEAR_CUES = tuple(
    keys_of(cue) for cue in ("năm học", "giai đoạn", "nhiệm kỳ", "nhiệm kì", "niên khóa")
)


def set_idioms_apart(words: Words) -> dict[int, int]:
    """Keep idioms from joining any number around them; their first token and the one after each.

    Right after a number word there is none: "hai mươi ba mẹ" are 23 mothers.
    """
    spans: dict[int, int] = {}
    place = 0
    while place < len(words):
        end = place + 1
        before = words.before(place)
        if not (is_number_word(before) or before in SCALE_WORDS):
            for phrase in _IDIOMS.get(words.key(place), ()):
                if words.matches(place, phrase):
                    end = place + len(phrase)
                    words.set_apart(place, end)
                    spans[place] = end
                    break
        place = end
    return spans


def is_name(words: Words, index: int, reading: Reading) -> bool:
    """Whether the number is, or may be, part of a name or an address.

    Lone digit words after a person or a place (thôn năm, anh Ba) and, in text that is not all
    capitals, lone digit words with a capital letter inside a sentence.
    """
    before = words.before(index)
    if reading.shape in (Shape.DIGIT, Shape.TEN, Shape.SHORT):
        return before in PEOPLE or before in PLACES or _is_capitalised(words, index)
    return before in STREETS and reading.whole < 100


def is_numbered_place(words: Words, index: int, reading: Reading) -> bool:
    """Whether a number without a unit names a place: thôn mười hai."""
    return words.before(index) in NUMBERED_PLACES and reading.whole < 100


def has_phone_cue(words: Words, index: int, reach: int = 8) -> bool:
    """Whether the sentence speaks of calling, at most `reach` words before the token."""
    for place in range(index, max(index - reach, 0), -1):
        if words.gap(place) is Gap.SENTENCE:
            return False
        if words.key(place - 1) in PHONE_CUES:
            return True
    return False


def _is_capitalised(words: Words, index: int) -> bool:
    text = words.tokens[index].text
    inside = words.gap(index) is Gap.SPACE
    neighbour = words.tokens[index - 1].text if inside else ""
    return inside and text[0].isupper() and not (neighbour.isupper() and text.isupper())
