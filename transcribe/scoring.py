"""How much two Vietnamese texts differ: one form for both, then errors by word and character. Pure.

One form: NFC, one place for the tone (hoà = hòa), lower case, no punctuation, hyphens as spaces,
numbers as one way of saying them. Digits are read aloud first (`transcribe.number_speech`), then
spoken numbers are brought to one wording by way of their written form (`transcribe.numbers`), so
"17 giờ 30" equals "mười bảy giờ ba mươi" and "hai lăm nghìn đồng" equals "25.000đ". The minutes of
an hour lose the word phút.

Not unified: abbreviations and what they stand for (UBND), Roman numerals, i and y (kĩ, kỹ),
unit names beyond those of `number_speech`, loan words in two spellings, "mười giờ" of the morning
and 22 giờ, and numbers whose value speech leaves open ("hai ba người").

A word is one Vietnamese syllable, as usual for this language.
"""

import math
import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import jiwer

from bridge.vietnamese import split_tone, to_nfc
from transcribe.number_speech import SpokenWord, read_aloud, speak_digits
from transcribe.number_words import DIGITS
from transcribe.numbers import NumberSuggestion, find_numbers

_VOWELS = frozenset("aăâeêioôơuưy")
_MARKED_VOWELS = frozenset("ăâêôơư")
# Words with one meaning and two forms, everywhere or after the words named.
_ONE_FORM = {"bẩy": "bảy", "ngàn": "nghìn", "tỉ": "tỷ", "nhăm": "lăm", "mồng": "mùng"}
_FOUR_AFTER = frozenset({"mươi", "thứ", "tháng", "mùng", "ngày"})
_AND_AFTER = frozenset({"trăm", "nghìn"})
_HOUR_WITH_MINUTES = re.compile(r"(\d+ giờ \d+) phút")


@dataclass(frozen=True, slots=True)
class Syllable:
    """One syllable in the form that is compared.

    `first`..`end` (end not included) are the tokens of the text that it stands for: often one,
    several for a part of a number.
    """

    text: str
    first: int
    end: int


@dataclass(frozen=True, slots=True)
class ErrorCounts:
    """Errors of a hypothesis against a reference, in syllables or in characters."""

    substitutions: int = 0
    deletions: int = 0
    insertions: int = 0
    hits: int = 0

    @property
    def reference_length(self) -> int:
        """Syllables or characters of the reference."""
        return self.hits + self.substitutions + self.deletions

    @property
    def errors(self) -> int:
        """Substitutions, deletions and insertions together."""
        return self.substitutions + self.deletions + self.insertions

    @property
    def rate(self) -> float:
        """Errors per unit of the reference: 0.0 is perfect, more than 1.0 is possible.

        Without a reference 0.0 when nothing was heard, else infinite.
        """
        if self.reference_length:
            return self.errors / self.reference_length
        return math.inf if self.insertions else 0.0

    def __add__(self, other: "ErrorCounts") -> "ErrorCounts":
        return ErrorCounts(
            self.substitutions + other.substitutions,
            self.deletions + other.deletions,
            self.insertions + other.insertions,
            self.hits + other.hits,
        )


@dataclass(frozen=True, slots=True)
class Step:
    """One step of an alignment: equal, substitute, delete or insert.

    `reference` and `hypothesis` are indices of syllables, None where there is none.
    """

    kind: str
    reference: int | None
    hypothesis: int | None


def normalise_for_scoring(text: str) -> str:
    """The form of a text in which two are compared: syllables parted by single spaces."""
    return " ".join(syllable.text for syllable in normalise_tokens(text.split()))


def normalise_tokens(tokens: Sequence[str]) -> tuple[Syllable, ...]:
    """`normalise_for_scoring` of tokens without spaces, with the place each syllable comes from.

    The result depends on what is said only: case, punctuation and digits make no difference.
    """
    lowered = [to_nfc(token).lower() for token in tokens]
    starts, position = [], 0
    for token in lowered:
        starts.append(position)
        position += len(token) + 1
    said = [
        _to_syllable(word, starts, tokens) for word in read_aloud(" ".join(lowered)) if word.text
    ]
    return tuple(_unify_words(_unify_numbers(said)))


def count_word_errors(reference: str, hypothesis: str) -> ErrorCounts:
    """Errors in syllables between two texts as they are written (WER)."""
    return count_steps(align(normalise_for_scoring(reference), normalise_for_scoring(hypothesis)))


def count_toneless_errors(reference: str, hypothesis: str) -> ErrorCounts:
    """As `count_word_errors`, with every tone taken off both texts (ă, ê, ơ, đ stay)."""
    sides = [strip_tones(normalise_for_scoring(text)) for text in (reference, hypothesis)]
    return count_steps(align(*sides))


def count_character_errors(reference: str, hypothesis: str) -> ErrorCounts:
    """Errors in characters (CER) between two texts as they are written.

    A letter with its marks is one character; so is the space between two syllables.
    """
    first, second = normalise_for_scoring(reference), normalise_for_scoring(hypothesis)
    if not first or not second:
        return ErrorCounts(deletions=len(first), insertions=len(second))
    found = jiwer.process_characters(first, second)
    return ErrorCounts(found.substitutions, found.deletions, found.insertions, found.hits)


def sum_counts(counts: Iterable[ErrorCounts]) -> ErrorCounts:
    """The counts of many texts as those of one: rates are never averaged."""
    return sum(counts, start=ErrorCounts())


def strip_tones(text: str) -> str:
    """The text without the five tone marks; other marks stay (NFC)."""
    return split_tone(text)[0]


def align(reference: str, hypothesis: str) -> tuple[Step, ...]:
    """The steps of fewest errors from one normalised text to another, in order, one a syllable."""
    first, second = reference.split(), hypothesis.split()
    if not first or not second:
        return tuple(
            [Step("delete", index, None) for index in range(len(first))]
            + [Step("insert", None, index) for index in range(len(second))]
        )
    steps: list[Step] = []
    for chunk in jiwer.process_words(" ".join(first), " ".join(second)).alignments[0]:
        left = range(chunk.ref_start_idx, chunk.ref_end_idx)
        right = range(chunk.hyp_start_idx, chunk.hyp_end_idx)
        if chunk.type == "delete":
            steps += [Step("delete", index, None) for index in left]
        elif chunk.type == "insert":
            steps += [Step("insert", None, index) for index in right]
        else:
            pairs = zip(left, right, strict=True)
            steps += [Step(chunk.type, index, other) for index, other in pairs]
    return tuple(steps)


def count_steps(steps: Iterable[Step]) -> ErrorCounts:
    """The errors of an alignment."""
    kinds = [step.kind for step in steps]
    return ErrorCounts(
        kinds.count("substitute"),
        kinds.count("delete"),
        kinds.count("insert"),
        kinds.count("equal"),
    )


def _to_syllable(word: SpokenWord, starts: Sequence[int], tokens: Sequence[str]) -> Syllable:
    first = bisect_right(starts, word.start) - 1
    end = min(bisect_right(starts, word.end - 1), len(tokens))
    return Syllable(_place_tone(word.text), first, end)


def _unify_numbers(said: Sequence[Syllable]) -> list[Syllable]:
    """Spoken numbers in one wording, where their value is beyond doubt."""
    text = " ".join(syllable.text for syllable in said)
    starts, position = [], 0
    for syllable in said:
        starts.append(position)
        position += len(syllable.text) + 1
    unified: list[Syllable] = []
    reached = 0
    for number in find_numbers(text):
        first = bisect_right(starts, number.start) - 1
        end = bisect_right(starts, number.end - 1)
        unified += said[reached:first]
        unified += _reword(said[first:end], _wording(number))
        reached = end
    return unified + list(said[reached:])


def _wording(number: NumberSuggestion) -> list[str]:
    if number.kind == "phone":
        return speak_digits(number.written).split()
    written = _HOUR_WITH_MINUTES.sub(r"\1", number.written)
    return [_place_tone(word.text) for word in read_aloud(written)]


def _reword(syllables: Sequence[Syllable], words: Sequence[str]) -> list[Syllable]:
    """Other words for these syllables; each word stands for all of them unless nothing moved."""
    if len(syllables) == len(words):
        pairs = zip(syllables, words, strict=True)
        return [replace(syllable, text=word) for syllable, word in pairs]
    first, end = syllables[0].first, syllables[-1].end
    return [Syllable(word, first, end) for word in words]


def _unify_words(syllables: Sequence[Syllable]) -> Iterable[Syllable]:
    """Number words with two forms, also where no value was worked out."""
    before = ""
    for index, syllable in enumerate(syllables):
        text = _ONE_FORM.get(syllable.text, syllable.text)
        if text == "tư" and before in _FOUR_AFTER:
            text = "bốn"
        elif text == "lẻ" and before in _AND_AFTER and index + 1 < len(syllables):
            text = "linh" if syllables[index + 1].text in DIGITS else text
        before = text
        yield replace(syllable, text=text)


def _place_tone(syllable: str) -> str:
    """The syllable with its tone where the older spelling has it: hòa, thủy, quý, già.

    Which of the two places does not matter, only that it is one and the same.
    """
    bare, tone = split_tone(syllable)
    if not tone:
        return bare
    vowels = [index for index, letter in enumerate(bare) if letter in _VOWELS]
    if len(vowels) > 1 and bare.startswith(("qu", "gi")):
        vowels = [index for index in vowels if index > 1]
    if not vowels:
        return to_nfc(bare + tone)
    place = vowels[-1]
    marked = [index for index in vowels if bare[index] in _MARKED_VOWELS]
    if marked:
        place = marked[-1]
    elif len(vowels) > 1 and place == len(bare) - 1:
        place = vowels[-2]
    return unicodedata.normalize("NFC", bare[: place + 1] + tone + bare[place + 1 :])
