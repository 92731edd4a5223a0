"""One way of writing for what people write in several: hours, dates, numbers, abbreviations. Pure.

"07:00", "7h", "7 giờ" and "bảy giờ" are all read as "7 giờ"; "Ủy ban nhân dân" as "ubnd". An index
holds both a text's own words and this reading of them, and a query asks for either.
"""

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources

from bridge.search_words import Word, covering, folded_words, split_words
from bridge.vietnamese import fold_diacritics, fold_tone_position, to_nfc

_FIGURES = {
    "không": 0, "một": 1, "mốt": 1, "hai": 2, "ba": 3, "bốn": 4, "tư": 4, "năm": 5, "lăm": 5,
    "nhăm": 5, "sáu": 6, "bảy": 7, "bẩy": 7, "tám": 8, "chín": 9,
}  # fmt: skip
# These stand for a unit after tens alone: "hai lăm" is 25.
_ONLY_AFTER_TENS = frozenset(("mốt", "lăm", "nhăm"))
# A single number word is a number only beside one of these: "năm" is a year more often than 5.
_HEADS = frozenset(
    """
    ấp bản đợt đội khóa khóm khu lần lớp mồng mũi mùng ngõ quý số tháng thôn thứ tổ tuyến xóm
    """.split()  # noqa: SIM905 - a table is easier to check than a list
)
_COUNTED = frozenset(
    """
    buổi căn cháu đồng em giờ hộ kg km lần liều mét mũi ngàn nghìn ngày người phần phút suất
    tấn tháng triệu tuần tuổi tỷ
    """.split()  # noqa: SIM905
)
_LAST_HOUR, _LAST_MINUTE, _LAST_DAY, _LAST_MONTH = 24, 59, 31, 12
_PHONE_FIGURES = range(9, 12)


@dataclass(frozen=True, slots=True)
class Reading:
    """Words that belong together, as they are written and as they are read."""

    written: tuple[Word, ...]
    read: tuple[Word, ...]


@dataclass(frozen=True, slots=True)
class _Text:
    """What is being read. `lenient`: it has no marks, so "bay" may be bảy."""

    text: str
    words: Sequence[Word]
    lenient: bool

    def between(self, place: int) -> str:
        """What stands between the word at `place` and the one before it."""
        return self.text[self.words[place - 1].end : self.words[place].start]

    def says(self, place: int, syllable: str) -> bool:
        """Whether the word at `place` is this syllable, in the form `_key` of it."""
        if place >= len(self.words):
            return False
        exact, folded = _key(syllable)
        word = self.words[place]
        return word.folded == folded if self.lenient else word.exact == exact

    def is_among(self, place: int, syllables: frozenset[str]) -> bool:
        if not 0 <= place < len(self.words):
            return False
        exact, folded = _keys(syllables)
        word = self.words[place]
        return word.folded in folded if self.lenient else word.exact in exact

    def figures(self, place: int) -> str:
        """The figures at `place` as they are written; empty where no number in figures stands."""
        if place >= len(self.words) or not self.words[place].is_number:
            return ""
        return self.text[self.words[place].start : self.words[place].end]


def read_words(text: str, words: Sequence[Word], *, lenient: bool = False) -> list[Reading]:
    """Every word of an NFC text in order, alone or with those that are read together with it.

    `lenient` is for a query that was typed without marks: then "bay gio" is an hour too.
    """
    source = _Text(text, words, lenient)
    readings: list[Reading] = []
    begins = _beginnings()
    place = 0
    while place < len(words):
        word = words[place]
        if word.folded not in begins and not word.is_number:  # nearly all words
            readings.append(Reading((word,), (word,)))
            place += 1
            continue
        end, read = _read_at(source, place)
        readings.append(Reading(tuple(words[place:end]), read))
        place = end
    return readings


def _read_at(source: _Text, place: int) -> tuple[int, tuple[Word, ...]]:
    """Where the reading that begins at `place` ends, and what it says."""
    for rule in (_hour, _date, _long_number, _abbreviation, _spoken_number, _joined_figures):
        found = rule(source, place)
        if found is not None:
            end, said = found
            written = source.words[place:end]
            return end, tuple(covering(written, one) for one in said)
    return place + 1, (source.words[place],)


_Found = tuple[int, tuple[str, ...]] | None


def _hour(source: _Text, place: int) -> _Found:
    """07:30, 7h30, 7g, 7 giờ 30 (phút), bảy giờ rưỡi."""
    hour, end = _number(source, place)
    if hour is None or hour > _LAST_HOUR or end >= len(source.words):
        return None
    if source.between(end) == ":" and source.figures(place):
        minute = _two_figures(source, end)
        return None if minute is None else (end + 1, _clock(hour, minute))
    if source.words[end].folded in ("h", "g") and source.between(end) == "":
        minute = _two_figures(source, end + 1)
        if minute is None or source.between(end + 1) != "":
            return end + 1, _clock(hour, 0)
        return end + 2, _clock(hour, minute)
    if source.says(end, "giờ"):
        minute, end = _minutes(source, end + 1)
        return end, _clock(hour, minute)
    return None


def _minutes(source: _Text, place: int) -> tuple[int, int]:
    """The minutes after "giờ", 0 where none are said, and where they end."""
    if source.says(place, "rưỡi"):
        return 30, place + 1
    minute, end = _number(source, place)
    if minute is None or minute > _LAST_MINUTE:
        return 0, place
    if source.says(end, "phút"):
        return minute, end + 1
    # "7 giờ 2 người": a single figure is not the minute.
    is_minute = minute >= 10 or len(source.figures(place)) == 2
    return (minute, end) if is_minute else (0, place)


def _clock(hour: int, minute: int) -> tuple[str, ...]:
    return (str(hour), "giờ", str(minute)) if minute else (str(hour), "giờ")


def _date(source: _Text, place: int) -> _Found:
    """25 tháng 11 (năm 2026), as 25/11/2026."""
    day, end = _number(source, place)
    if day is None or not 1 <= day <= _LAST_DAY or not source.says(end, "tháng"):
        return None
    month, end = _number(source, end + 1)
    if month is None or not 1 <= month <= _LAST_MONTH:
        return None
    year = source.figures(end + 1) if source.says(end, "năm") else ""
    if len(year) == 4:
        return end + 2, (str(day), str(month), year)
    return end, (str(day), str(month))


def _long_number(source: _Text, place: int) -> _Found:
    """1.500.000 as 1500000; 0912 345 678 as 0912345678."""
    first = source.figures(place)
    if not first:
        return None
    groups, end = [first], place + 1
    is_phone = first[0] == "0" and len(first) >= 3
    while group := source.figures(end):
        parts = (".", " ", "-") if is_phone else (".",)
        if source.between(end) not in parts or (len(group) != 3 and not is_phone):
            break
        groups.append(group)
        end += 1
    joined = "".join(groups)
    if len(groups) == 1 or (is_phone and len(joined) not in _PHONE_FIGURES):
        return None
    return end, (joined,)


def _abbreviation(source: _Text, place: int) -> _Found:
    """Words that officials shorten, as the short form."""
    for long, short in _abbreviations().get(source.words[place].folded, ()):
        end = place + len(long)
        if tuple(word.folded for word in source.words[place:end]) == long:
            return end, (short,)
    return None


def _spoken_number(source: _Text, place: int) -> _Found:
    """hai mươi lăm as 25; a single word only where something is counted or numbered."""
    if source.figures(place):
        return None
    number, end = _number(source, place)
    if number is None:
        return None
    is_counted = source.is_among(end, _COUNTED) or source.is_among(place - 1, _HEADS)
    if end - place > 1 and not source.lenient:
        return end, (str(number),)
    return (end, (str(number),)) if is_counted else None


def _joined_figures(source: _Text, place: int) -> _Found:
    """25/11, 12-34: figures that one sign joins stay together."""
    said, end = [source.figures(place)], place + 1
    while said[0] and source.figures(end) and source.between(end) in ("/", "-", ".", ",", ":"):
        said.append(source.figures(end))
        end += 1
    return (end, tuple(said)) if len(said) > 1 else None


def _two_figures(source: _Text, place: int) -> int | None:
    figures = source.figures(place)
    return int(figures) if len(figures) == 2 and int(figures) <= _LAST_MINUTE else None


def _number(source: _Text, place: int) -> tuple[int | None, int]:
    """A number from 0 to 99 in words, or one of up to four figures; and where it ends."""
    figures = source.figures(place)
    if figures:
        return (int(figures) if len(figures) <= 4 else None), place + 1
    first = _figure(source, place)
    if source.says(place, "mười"):
        tens, end = 1, place + 1
    elif first is not None and first > 0 and source.says(place + 1, "mươi"):
        tens, end = first, place + 2
    elif first is not None and first > 1 and source.is_among(place + 1, _ONLY_AFTER_TENS):
        tens, end = first, place + 1
    else:
        return first, place + 1
    unit = _figure(source, end, after_tens=True)
    return (tens * 10, end) if unit is None else (tens * 10 + unit, end + 1)


def _figure(source: _Text, place: int, *, after_tens: bool = False) -> int | None:
    """What a number word from 0 to 9 at `place` says; None where none stands."""
    if place >= len(source.words):
        return None
    exact, folded = _figure_words()
    word = source.words[place]
    value = folded.get(word.folded) if source.lenient else exact.get(word.exact)
    if after_tens:
        return value or None
    is_unit_only = not source.lenient and source.is_among(place, _ONLY_AFTER_TENS)
    return None if is_unit_only else value


@cache
def _figure_words() -> tuple[dict[str, int], dict[str, int]]:
    exact = {_key(word)[0]: value for word, value in _FIGURES.items()}
    return exact, {_key(word)[1]: value for word, value in _FIGURES.items()}


@cache
def _beginnings() -> frozenset[str]:
    """Folded words with which anything but a figure can begin that is read together."""
    return frozenset((*_figure_words()[1], _key("mười")[1], *_abbreviations()))


@cache
def _key(syllable: str) -> tuple[str, str]:
    return fold_tone_position(syllable), fold_diacritics(syllable)


@cache
def _keys(syllables: frozenset[str]) -> tuple[frozenset[str], frozenset[str]]:
    keys = [_key(one) for one in syllables]
    return frozenset(exact for exact, _ in keys), frozenset(folded for _, folded in keys)


@cache
def list_abbreviations() -> tuple[tuple[str, str], ...]:
    """The maintained table: short form and what it stands for, by the short form."""
    table = tomllib.loads(
        (resources.files("bridge") / "data" / "abbreviations.toml").read_text(encoding="utf-8")
    )
    return tuple(
        sorted((to_nfc(short), to_nfc(long)) for short, long in table["abbreviations"].items())
    )


@cache
def _abbreviations() -> dict[str, list[tuple[tuple[str, ...], str]]]:
    """By the first word of the long form, the longest first: (folded words, short form)."""
    found: dict[str, list[tuple[tuple[str, ...], str]]] = {}
    for short, long in list_abbreviations():
        words = folded_words(long)
        found.setdefault(words[0], []).append((words, short))
    for forms in found.values():
        forms.sort(key=lambda form: -len(form[0]))
    return found


def read_text(text: str) -> tuple[list[Word], list[Word]]:
    """The words of a text as they are written, and as they are read."""
    clean = to_nfc(text)
    words = split_words(clean)
    read = [word for reading in read_words(clean, words) for word in reading.read]
    return words, read
