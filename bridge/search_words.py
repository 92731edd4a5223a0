"""The words of a text as search knows them: their exact and their folded form. Pure.

The exact form is lower case with the tone lifted out of the vowel that bears it (hoà, hòa); the
folded form has no marks at all. `publish/static/search.js` reads texts in the same way; a table of
the tests holds both to it.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from bridge.vietnamese import fold_diacritics, fold_tone_position, to_nfc

# Letters and figures part: "7h30" is three words, as "7 h 30" is.
_WORD = re.compile(r"[^\W\d_]+|\d+")
# No syllable is longer, and an index entry must stay short.
LONGEST_WORD = 40
_REMEMBERED = 16_384


@dataclass(frozen=True, slots=True)
class Word:
    """A word with its place: offsets into the NFC text that it was read from."""

    exact: str
    folded: str
    start: int
    end: int

    @property
    def is_marked(self) -> bool:
        """Whether it is written with a Vietnamese mark, đ counting as one."""
        return self.exact != self.folded

    @property
    def is_number(self) -> bool:
        return self.folded.isdecimal()


def split_words(text: str) -> list[Word]:
    """The words of an NFC text in order. Any text has some answer, an empty one where none is."""
    words = []
    for match in _WORD.finditer(text):
        exact, folded = _forms(match.group())
        words.append(Word(exact, folded, match.start(), match.end()))
    return words


def same_word(text: str, like: Word) -> Word:
    """`text` read as one word that stands where `like` stands."""
    exact, folded = _forms(to_nfc(text))
    return Word(exact, folded, like.start, like.end)


def folded_words(text: str) -> tuple[str, ...]:
    """The folded forms of a text's words."""
    return tuple(word.folded for word in split_words(to_nfc(text)))


def folded_label(text: str) -> str:
    """A name as one index entry: "Y tế" and "y te" are the same category."""
    return "_".join(folded_words(text))


def covering(words: Sequence[Word], text: str) -> Word:
    """`text` read as one word that stands where all of `words` stand."""
    exact, folded = _forms(to_nfc(text))
    return Word(exact, folded, words[0].start, words[-1].end)


@lru_cache(_REMEMBERED)
def _forms(text: str) -> tuple[str, str]:
    if text.isdecimal():
        figures = "".join(str(int(figure)) for figure in text)[:LONGEST_WORD]
        # "07:05" and "7 giờ 5 phút" name one hour; a longer number keeps its noughts: 0912.
        short = figures[1] if len(figures) == 2 and figures[0] == "0" else figures
        return short, short
    cut = text[:LONGEST_WORD]
    return fold_tone_position(cut.lower()), fold_diacritics(cut)
