"""What may be written otherwise in one segment: spoken numbers, names of the glossary. Pure.

Nothing here changes a text by itself: an editor takes a suggestion, or does not.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate

from bridge.transcript import Word
from transcribe.glossary import GlossaryTerm, TermIndex, suggest_terms
from transcribe.numbers import find_numbers

NUMBER, TERM = "number", "term"

# The segments of some fifteen two-hour transcripts, a few kilobytes each at most.
_REMEMBERED = 16_384
_EDGES = ".,;:!?…\"'()“”"


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Characters `start`..`end` (end not included) of a text, `heard`, may be `written` instead.

    `kind` is "number" or "term". `reason` says why to look twice before taking it: for numbers as
    `numbers.NumberSuggestion` has it, else None. `term`: the glossary's own text of the name.
    """

    kind: str
    start: int
    end: int
    heard: str
    written: str
    reason: str | None = None
    term: str = ""


def suggest_for(
    text: str, words: tuple[Word, ...], index: TermIndex | None = None
) -> tuple[Suggestion, ...]:
    """Suggestions for a segment's text (stored form) and its words, in order.

    None covers another: where a name and a number overlap, the name stands. Names are looked for
    only where `words` are the words of the text. Remembered by text, words and index, so that a
    page of two hours is worked out once and not at each view.
    """
    return _remembered(text, words, index)


@lru_cache(maxsize=_REMEMBERED)
def _remembered(
    text: str, words: tuple[Word, ...], index: TermIndex | None
) -> tuple[Suggestion, ...]:
    names = [] if index is None else _names(text, words, index)
    numbers = [
        Suggestion(NUMBER, found.start, found.end, found.spoken, found.written, found.reason)
        for found in find_numbers(text)
        if not any(name.start < found.end and found.start < name.end for name in names)
    ]
    return tuple(sorted(names + numbers, key=lambda found: found.start))


@lru_cache(maxsize=32)
def index_of(terms: tuple[GlossaryTerm, ...]) -> TermIndex:
    """The index of a glossary; the same one for the same terms, which `suggest_for` relies on."""
    return TermIndex(terms)


def take(text: str, suggestions: Iterable[Suggestion]) -> str:
    """The text with these suggestions taken. They must be of this text and not overlap.

    Raises ValueError where something else stands in the place of one.
    """
    for found in sorted(suggestions, key=lambda found: found.start, reverse=True):
        if text[found.start : found.end] != found.heard:
            raise ValueError("the suggestion is of another text")
        text = text[: found.start] + found.written + text[found.end :]
    return text


def _names(text: str, words: Sequence[Word], index: TermIndex) -> list[Suggestion]:
    tokens = text.split(" ")
    if tokens != [word.text for word in words]:
        return []
    starts = [0, *accumulate(len(token) + 1 for token in tokens)]
    found = []
    for offer in suggest_terms(words, index):
        start = starts[offer.first_word]
        end = starts[offer.end_word] - 1
        # The quotation mark before and the full stop after a name are the sentence's.
        heard = text[start:end]
        start += len(heard) - len(heard.lstrip(_EDGES))
        end -= len(heard) - len(heard.rstrip(_EDGES))
        heard = text[start:end]
        written = offer.term.text
        if heard[:1].isupper():  # at the beginning of a sentence an office is capitalised too
            written = written[:1].upper() + written[1:]
        found.append(Suggestion(TERM, start, end, heard, written, term=offer.term.text))
    return found
