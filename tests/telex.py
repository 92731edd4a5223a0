"""How a person types Vietnamese: the presses of Telex, and what Unikey sends for each of them.

Unikey lets the first letters through. A press that changes what stands there already (the second
"e" of "ê", the "s" of "viết") it takes for itself, sends Backspaces, then the new letters.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from bridge.vietnamese import is_vietnamese_syllable, split_tone

_TONE_KEYS = {"\u0300": "f", "\u0301": "s", "\u0303": "x", "\u0309": "r", "\u0323": "j", "": ""}
_MARK_KEYS = {"â": "a", "ê": "e", "ô": "o", "ă": "w", "ơ": "w", "ư": "w", "đ": "d"}
_BASES = {"â": "a", "ê": "e", "ô": "o", "ă": "a", "ơ": "o", "ư": "u", "đ": "d"}
_VOWELS = frozenset("aeiouy")
VOWELS = tuple("aăâeêioôơuưy")  # each is written with six tones, one of them without a mark
TONES = ("", *(tone for tone in _TONE_KEYS if tone))


@dataclass(frozen=True, slots=True)
class Stroke:
    """What reaches the page for one press of a letter's key: Backspaces, then letters.

    `presses`: 2 where Shift is held for a capital, or where Telex wants a letter twice.
    """

    inserted: str
    backspaces: int = 0
    presses: int = 1

    @property
    def is_plain(self) -> bool:
        """Whether Unikey let the key through."""
        return self.backspaces == 0 and len(self.inserted) == 1 and self.inserted.isascii()


def strokes_of(text: str) -> list[Stroke]:
    """What reaches the page while `text` (NFC) is typed where no letter stands directly before."""
    strokes: list[Stroke] = []
    for part in re.findall(r"[^\W\d_]+|.", text, re.DOTALL):
        strokes += _of_word(part) if part[0].isalpha() else [Stroke(part)]
    return strokes


def count_presses(text: str) -> int:
    """How many keys are pressed to type `text`."""
    return sum(stroke.presses for stroke in strokes_of(text))


def typed_by(strokes: Iterable[Stroke], before: str = "") -> str:
    """What stands in a field after these strokes at its end."""
    for stroke in strokes:
        before = before[: len(before) - stroke.backspaces] + stroke.inserted
    return before


def _of_word(word: str) -> list[Stroke]:
    """The letters one after another with their marks, and the tone when all of them stand there."""
    bare = "".join(split_tone(letter)[0] for letter in word)
    foreign = len(word) > 1 and not is_vietnamese_syllable(word)
    strokes: list[Stroke] = []
    done = ""
    for letter in bare:
        base = _like(_BASES.get(letter.lower(), letter.lower()), letter)
        if letter.lower() == "ơ" and done[-1:].lower() == "ư":
            strokes.pop()  # the one "w" of "uow" makes both: the "u" has waited for it
            strokes.append(Stroke(base, 0, 1 + base.isupper()))
            strokes.append(Stroke(done[-1] + letter, 2))
            done += letter
            continue
        strokes.append(Stroke(base, 0, 1 + base.isupper() + _is_taken(base, done, foreign)))
        if letter.lower() in _MARK_KEYS:
            strokes.append(Stroke(letter, 1))
        done += letter
    same = next((place for place in range(len(word)) if word[place] != bare[place]), None)
    if same is not None:
        strokes.append(Stroke(word[same:], len(word) - same))
    return strokes


def _like(letter: str, other: str) -> str:
    return letter.upper() if other.isupper() else letter


def _is_taken(base: str, done: str, foreign: bool) -> bool:
    """Whether Telex would take a letter for a mark, so that it has to be pressed once more."""
    key, before = base.lower(), done.lower()
    if key in "aeo" and before.endswith(key):
        return True  # "xoong"
    if not foreign:
        return False
    if key == "w":
        return True
    plain = unicodedata.normalize("NFD", before)
    return (key in "sfrxj" and bool(_VOWELS & set(plain))) or (key in "aeod" and key in plain)
