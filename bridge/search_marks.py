"""Showing what was found: the marked words of a title, the stretch of a text worth reading. Pure.

What is found in the folded or the read form is marked in the text as it was published.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from bridge.search_query import Phrase, Query
from bridge.search_readings import read_text
from bridge.search_words import Word
from bridge.vietnamese import to_nfc

SNIPPET_LENGTH = 220  # characters: three lines on a telephone
_LEAD_LENGTH = 48  # of them before the first word that was found
# So much is read at once; a text of two hours is not read to its end for a word in its beginning.
_CHUNK_LENGTH = 3_000


@dataclass(frozen=True, slots=True)
class Piece:
    """Some of a text; `is_hit`: it is what was looked for."""

    text: str
    is_hit: bool = False


@dataclass(frozen=True, slots=True)
class Snippet:
    """A stretch of a text in pieces. `start_ms`: where the first hit is heard, None without one."""

    pieces: tuple[Piece, ...]
    start_ms: int | None = None


@dataclass(frozen=True, slots=True)
class _Place:
    clause: int
    start: int
    end: int
    is_exact: bool


@dataclass(frozen=True, slots=True)
class _Best:
    """The stretch of a chunk that says most of what was looked for."""

    places: tuple[_Place, ...]
    clauses: int
    exact: int


_NOTHING = _Best((), 0, 0)


def mark_text(query: Query, text: str) -> tuple[Piece, ...]:
    """The whole text (as NFC) in pieces."""
    clean = to_nfc(text)
    return _pieces(clean, 0, len(clean), _places(query, clean))


def find_snippet(query: Query, passages: Sequence[Sequence[int | str]]) -> Snippet:
    """The first stretch that says the most of what is looked for; else the text's beginning.

    `passages`: [start_ms, end_ms, NFC text] in order. A phrase may run from one into the next.
    """
    best, best_text, best_chunk = _NOTHING, "", list(passages[:1])
    for chunk in _chunks(passages) if query.clauses else ():
        text = " ".join(str(said) for _, _, said in chunk)
        found = _best_stretch(_places(query, text))
        if (found.clauses, found.exact) > (best.clauses, best.exact):
            best, best_text, best_chunk = found, text, list(chunk)
        all_found = best.clauses == len(query.clauses)
        if all_found and (best.exact == best.clauses or not query.is_marked):
            break
    if not best.places:
        text = " ".join(str(said) for _, _, said in list(passages)[:20])
        return Snippet(_cut(text, 0, ()))
    first = best.places[0].start
    return Snippet(_cut(best_text, first, best.places), _moment(best_chunk, first))


def _chunks(
    passages: Sequence[Sequence[int | str]],
) -> Iterator[Sequence[Sequence[int | str]]]:
    """Passages in chunks; the last of each begins the next, so that no phrase is lost between."""
    begin, length = 0, 0
    for place, (_, _, said) in enumerate(passages):
        length += len(str(said)) + 1
        if length > _CHUNK_LENGTH and place > begin:
            yield passages[begin : place + 1]
            begin, length = place, len(str(said)) + 1
    if begin < len(passages):
        yield passages[begin:]


def _places(query: Query, text: str) -> list[_Place]:
    """Where the clauses stand in a text, by place; exact ones hide folded ones that they cover."""
    found: dict[tuple[int, int, int], _Place] = {}
    for stream in read_text(text):
        by_word: dict[str, list[int]] = {}
        for place, word in enumerate(stream):
            by_word.setdefault(word.folded, []).append(place)
        for number, clause in enumerate(query.clauses):
            for phrase in clause.alternatives:
                for one in _phrase_places(stream, by_word, number, phrase):
                    key = (one.clause, one.start, one.end)
                    if one.is_exact or key not in found:
                        found[key] = one
    return sorted(found.values(), key=lambda one: (one.start, one.end, one.clause))


def _phrase_places(
    stream: Sequence[Word], by_word: dict[str, list[int]], clause: int, phrase: Phrase
) -> Iterator[_Place]:
    folded = [word.folded for word in phrase]
    exact = [word.exact for word in phrase]
    for begin in by_word.get(folded[0], ()):
        words = stream[begin : begin + len(phrase)]
        if [word.folded for word in words] == folded:
            is_exact = [word.exact for word in words] == exact
            yield _Place(clause, words[0].start, words[-1].end, is_exact)


def _best_stretch(places: Sequence[_Place]) -> _Best:
    best = _NOTHING
    for number, first in enumerate(places):
        near = []
        for place in places[number:]:
            if place.end > first.start + SNIPPET_LENGTH - _LEAD_LENGTH:
                break
            near.append(place)
        clauses = len({place.clause for place in near})
        exact = len({place.clause for place in near if place.is_exact})
        if (clauses, exact) > (best.clauses, best.exact):
            best = _Best(tuple(near or [first]), clauses, exact)
    return best


def _cut(text: str, first: int, places: Sequence[_Place]) -> tuple[Piece, ...]:
    """About `SNIPPET_LENGTH` characters around `first`, cut between words."""
    begin = max(0, first - _LEAD_LENGTH)
    if begin > 0:
        begin = text.find(" ", begin, first) + 1 or first
    end = min(len(text), begin + SNIPPET_LENGTH)
    if places:
        end = max(end, places[-1].end)
    if end < len(text) and text[end] != " ":
        end = max(text.rfind(" ", begin, end), places[-1].end if places else begin)
    pieces = _pieces(text, begin, end, places)
    before = (Piece("… "),) if begin > 0 else ()
    after = (Piece(" …"),) if end < len(text) else ()
    return (*before, *pieces, *after)


def _pieces(text: str, begin: int, end: int, places: Iterable[_Place]) -> tuple[Piece, ...]:
    pieces = []
    for start, stop in _merged(places):
        if start < begin or stop > end:
            continue
        if start > begin:
            pieces.append(Piece(text[begin:start]))
        pieces.append(Piece(text[start:stop], is_hit=True))
        begin = stop
    if begin < end:
        pieces.append(Piece(text[begin:end]))
    return tuple(pieces)


def _merged(places: Iterable[_Place]) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for place in places:
        if merged and place.start < merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], place.end))
        else:
            merged.append((place.start, place.end))
    return merged


def _moment(chunk: Sequence[Sequence[int | str]], offset: int) -> int:
    """When the character at `offset` of the joined chunk is heard, by its share of its passage."""
    for start_ms, end_ms, said in chunk:
        length = len(str(said))
        if offset <= length:
            return int(start_ms) + (int(end_ms) - int(start_ms)) * offset // max(1, length)
        offset -= length + 1
    return int(chunk[-1][0]) if chunk else 0
