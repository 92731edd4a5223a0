"""Finding whole syllables in a text, and putting others in their place. Pure.

A text is its tokens, split at spaces. A place is found by what its tokens say without the
punctuation around them, and what is written there keeps that punctuation.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from bridge.transcript import normalise_text
from bridge.vietnamese import fold_diacritics, fold_tone_position, to_nfc

# How two syllables are compared: letter by letter; whatever the case and the vowel that bears the
# tone (hoà, hòa); without any mark at all.
EXACT, TONE, FOLDED = "exact", "tone", "folded"
MODES = (EXACT, TONE, FOLDED)

LONGEST_QUERY = 200  # characters: a sentence is found too
_EDGES = ".,;:!?…\"'()[]{}“”‘’«»–—"
_REMEMBERED = 16_384


@dataclass(frozen=True, slots=True)
class Place:
    """Tokens `first`..`end` of a text, end not included."""

    first: int
    end: int


def find_places(text: str, query: str, mode: str) -> tuple[Place, ...]:
    """Where `query` stands in `text` in whole syllables, in order, none over another.

    An empty query stands nowhere. Raises ValueError for a mode that is none of `MODES`.
    """
    key = _key_of(mode)
    wanted = [key(_core(token)) for token in normalise_text(query).split() if _core(token)]
    tokens = text.split()
    if not wanted or len(wanted) > len(tokens):
        return ()
    keys = [key(_core(token)) for token in tokens]
    found = []
    place = 0
    while place <= len(keys) - len(wanted):
        end = place + len(wanted)
        if keys[place:end] == wanted and _is_unbroken(tokens[place:end]):
            found.append(Place(place, end))
            place = end
        else:
            place += 1
    return tuple(found)


def replace_places(text: str, places: Sequence[Place], replacement: str) -> str:
    """The text with `replacement` in these places; an empty one takes the syllables out.

    A capital that begins a place begins what comes there too.
    """
    tokens: list[str] = text.split()
    written = normalise_text(replacement)
    for place in sorted(places, key=lambda place: place.first, reverse=True):
        first, last = tokens[place.first], tokens[place.end - 1]
        before = first[: len(first) - len(first.lstrip(_EDGES))]
        after = last[len(last.rstrip(_EDGES)) :]
        if written:
            new = before + _as_begun(written, _core(first)) + after
            tokens[place.first : place.end] = new.split()
        else:
            _take_out(tokens, place, before, after)
    return " ".join(tokens)


def _take_out(tokens: list[str], place: Place, before: str, after: str) -> None:
    """Take tokens out; the punctuation around them goes to their neighbours."""
    del tokens[place.first : place.end]
    if before and after:  # what stood between brackets is gone, and so are they
        return
    if after and place.first > 0 and tokens[place.first - 1][-1] not in _EDGES:
        tokens[place.first - 1] += after
    if before and place.first < len(tokens):
        tokens[place.first] = before + tokens[place.first]


def _is_unbroken(tokens: Sequence[str]) -> bool:
    """Whether no punctuation stands between the tokens: "xã, Mẫu" is not "xã Mẫu"."""
    inner_end = all(token[-1] not in _EDGES for token in tokens[:-1])
    return inner_end and all(token[0] not in _EDGES for token in tokens[1:])


def _as_begun(text: str, replaced: str) -> str:
    """With a capital where what is replaced begins with one and goes on in small letters."""
    is_capitalised = replaced[:1].isupper() and not replaced[1:2].isupper()
    return text[:1].upper() + text[1:] if is_capitalised else text


def _core(token: str) -> str:
    return token.strip(_EDGES)


def _key_of(mode: str) -> Callable[[str], str]:
    keys: dict[str, Callable[[str], str]] = {
        EXACT: to_nfc,
        TONE: _tone_key,
        FOLDED: _folded_key,
    }
    if mode not in keys:
        raise ValueError(f"no such way to compare: {mode!r}")
    return keys[mode]


@lru_cache(_REMEMBERED)
def _tone_key(token: str) -> str:
    return fold_tone_position(to_nfc(token).lower())


@lru_cache(_REMEMBERED)
def _folded_key(token: str) -> str:
    return fold_diacritics(token)
