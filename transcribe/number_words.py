"""The words of a text as a reader of spoken numbers sees them, and the number words.

Pure. Words are compared by `bridge.vietnamese.token_key`, so case and the place of the tone do
not matter.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from bridge.vietnamese import token_key

_TOKEN = re.compile(r"[^\W\d_\u0300-\u036f][^\W\d_]*[\u0300-\u036f]*|\d+(?:[.,:/]\d+)*|%")
_SENTENCE_END = re.compile(r"[.!?…\n\r]")


class Gap(StrEnum):
    """What stands between a token and the one before it."""

    SPACE = "space"
    COMMA = "comma"
    DASH = "dash"
    BREAK = "break"
    SENTENCE = "sentence"


@dataclass(frozen=True, slots=True)
class Token:
    """A word, a written number or a percent sign; offsets in characters of the NFC text."""

    text: str
    start: int
    end: int
    key: str
    gap: Gap


class Words:
    """The tokens of one NFC text."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens = _tokenize(text)

    def __len__(self) -> int:
        return len(self.tokens)

    def key(self, index: int) -> str:
        """The key of a token, or an empty string outside the text."""
        return self.tokens[index].key if 0 <= index < len(self.tokens) else ""

    def after(self, index: int) -> str:
        """The key of a token that only space parts from the one before, else an empty string."""
        return self.key(index) if self.joined(index) else ""

    def before(self, index: int) -> str:
        """The key of the token before, if only space parts the two."""
        return self.key(index - 1) if self.joined(index) else ""

    def joined(self, index: int) -> bool:
        return 0 < index < len(self.tokens) and self.tokens[index].gap is Gap.SPACE

    def gap(self, index: int) -> Gap:
        """What parts a token from the one before; the end of the text ends a sentence."""
        return self.tokens[index].gap if index < len(self.tokens) else Gap.SENTENCE

    def source(self, first: int, end: int) -> str:
        return self.text[self.tokens[first].start : self.tokens[end - 1].end]

    def set_apart(self, first: int, end: int) -> None:
        """Part these tokens from their neighbours, as if by punctuation."""
        for index in (first, end):
            if index < len(self.tokens) and self.tokens[index].gap is not Gap.SENTENCE:
                self.tokens[index] = replace(self.tokens[index], gap=Gap.BREAK)

    def matches(self, index: int, keys: Sequence[str]) -> bool:
        """Whether these keys follow each other from `index`, parted by space or hyphen."""
        return self.key(index) == keys[0] and all(
            self.key(index + place) == key and self.gap(index + place) in (Gap.SPACE, Gap.DASH)
            for place, key in enumerate(keys[1:], 1)
        )


def keys_of(phrase: str) -> tuple[str, ...]:
    """The comparison keys of the words of a phrase."""
    return tuple(token_key(word) for word in phrase.split())


def key_set(words: str) -> frozenset[str]:
    return frozenset(keys_of(words))


_DIGIT_WORDS = "không một hai ba bốn năm sáu bảy tám chín"
DIGITS = {key: value for value, key in enumerate(keys_of(_DIGIT_WORDS))} | {token_key("bẩy"): 7}
CHANGED = dict(zip(keys_of("mốt tư lăm nhăm"), (1, 4, 5, 5), strict=True))
ONE, FIVE = keys_of("một năm")
UNIT_AFTER_TEN = {key: value for key, value in DIGITS.items() if value not in (0, 5)} | {
    key: value for key, value in CHANGED.items() if value != 1
}
UNIT_AFTER_TENS = {key: value for key, value in UNIT_AFTER_TEN.items() if key != ONE} | CHANGED
TEN, TENS, TWENTY, DOZEN = keys_of("mười mươi hăm chục")
HUNDRED = token_key("trăm")
BILLIONS = key_set("tỷ tỉ")
AND, HALF = key_set("linh lẻ"), key_set("rưỡi rưởi")
DECIMAL_COMMA = token_key("phẩy")
FOUR = token_key("tư")
SCALES = dict(zip(keys_of("nghìn ngàn vạn triệu"), (1_000, 1_000, 10_000, 1_000_000), strict=True))
SCALE_WORDS = frozenset(SCALES) | BILLIONS
BINDS_TO_DIGIT = frozenset({TENS, DOZEN, HUNDRED}) | key_set("lăm nhăm mốt")
CURRENCY = token_key("đồng")

# After these "tư" is the first half of a word: tư vấn, tư nhân, tư pháp …
_TU_COMPOUNDS = key_set(
    "vấn nhân pháp tưởng cách liệu thục thế duy gia sản lệnh hữu thương trang bản lợi thù chất"
)


def starts_number(words: Words, index: int) -> bool:
    """Whether a number can begin at this token."""
    key = words.key(index)
    return key in DIGITS or key in (TEN, TWENTY) or key[:1].isdigit()


def is_number_word(key: str) -> bool:
    """Whether this is the key of a word or token that may end a number below a hundred."""
    return key in DIGITS or key in CHANGED or key in (TEN, TENS, DOZEN) or key[:1].isdigit()


def is_tu_of_compound(words: Words, index: int) -> bool:
    """Whether the token is the "tư" of tư vấn, tư nhân and the like."""
    return words.key(index) == FOUR and words.after(index + 1) in _TU_COMPOUNDS


def _tokenize(text: str) -> list[Token]:
    tokens: list[Token] = []
    keys: dict[str, str] = {}
    position = 0
    for match in _TOKEN.finditer(text):
        word = match.group()
        if word not in keys:
            keys[word] = token_key(word)
        between = text[position : match.start()]
        gap = _gap(between) if tokens else Gap.SENTENCE
        tokens.append(Token(word, match.start(), match.end(), keys[word], gap))
        position = match.end()
    return tokens


def _gap(between: str) -> Gap:
    if _SENTENCE_END.search(between):
        return Gap.SENTENCE
    mark = between.strip()
    if not mark:
        return Gap.SPACE
    if mark == ",":
        return Gap.COMMA
    return Gap.DASH if mark in ("-", "–", "—") else Gap.BREAK
