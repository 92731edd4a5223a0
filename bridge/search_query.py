"""What somebody searches for: words, phrases in quotes, each in the ways it may be written. Pure.

Any text is a query; what cannot be understood is looked for word by word.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from bridge.search_readings import read_words
from bridge.search_words import Word, split_words
from bridge.vietnamese import to_nfc

LONGEST_QUERY = 200  # characters; what comes after them is not looked for
MOST_CLAUSES = 16
_MOST_ALTERNATIVES = 12  # of one clause
_QUOTES = str.maketrans("“”„«»", '"""""')

Phrase = tuple[Word, ...]
# Folded words of a place's name, and the names by which texts may call it instead.
PlaceNames = Mapping[tuple[str, ...], Sequence[Phrase]]


@dataclass(frozen=True, slots=True)
class Clause:
    """What must be found, in one of these ways: the words of a phrase follow each other."""

    alternatives: tuple[Phrase, ...]


@dataclass(frozen=True, slots=True)
class Query:
    """All clauses must be found. `is_marked`: texts with just these marks come first."""

    clauses: tuple[Clause, ...] = ()
    is_marked: bool = False


@dataclass(frozen=True, slots=True)
class _Part:
    """Some words of a query with all the ways to say them, the written one first."""

    ways: tuple[Phrase, ...]
    is_name: bool = False


def parse_query(text: str, names: PlaceNames | None = None) -> Query:
    """Read what somebody typed. Never raises; of nothing to look for there are no clauses.

    `names` is what `place_names` made of the unit's old and new names.
    """
    clean = to_nfc(text.translate(_QUOTES))[:LONGEST_QUERY]
    words = split_words(clean)
    is_marked = any(word.is_marked for word in words)
    clauses: dict[tuple[tuple[str, ...], ...], Clause] = {}
    for begin, end, is_quoted in _spans(clean):
        inside = [word for word in words if begin <= word.start and word.end <= end]
        parts = list(_parts(clean, inside, names or {}, lenient=not is_marked))
        for ways in [_whole(parts)] if is_quoted else [part.ways for part in parts]:
            clause = Clause(_distinct(ways))
            if clause.alternatives and len(clauses) < MOST_CLAUSES:
                clauses.setdefault(_said(clause), clause)
    return Query(tuple(clauses.values()), is_marked)


def place_names(pairs: Iterable[tuple[str, str]]) -> dict[tuple[str, ...], list[Phrase]]:
    """For `parse_query`: of each pair of names, as people write them, one stands for the other."""
    found: dict[tuple[str, ...], list[Phrase]] = {}
    for old, new in pairs:
        one, other = tuple(split_words(to_nfc(old))), tuple(split_words(to_nfc(new)))
        for name, alias in ((one, other), (other, one)):
            key = tuple(word.folded for word in name)
            if name and alias and key != tuple(word.folded for word in alias):
                found.setdefault(key, []).append(alias)
    return found


def _spans(text: str) -> Iterator[tuple[int, int, bool]]:
    """Stretches of a query with whether they are quoted; a quote that is not closed is none."""
    place = 0
    while (opened := text.find('"', place)) >= 0:
        closed = text.find('"', opened + 1)
        if closed < 0:
            break
        yield place, opened, False
        yield opened + 1, closed, True
        place = closed + 1
    yield place, len(text), False


def _parts(
    text: str, words: Sequence[Word], names: PlaceNames, *, lenient: bool
) -> Iterator[_Part]:
    """The words in order: names of places, and between them what is read together."""
    begin = place = 0
    while place < len(words):
        found = _name_at(words, place, names)
        if found is None:
            place += 1
            continue
        name, others = found
        yield from _read(text, words[begin:place], lenient=lenient)
        yield _Part((name, *others), is_name=True)
        begin = place = place + len(name)
    yield from _read(text, words[begin:], lenient=lenient)


def _read(text: str, words: Sequence[Word], *, lenient: bool) -> Iterator[_Part]:
    for reading in read_words(text, words, lenient=lenient):
        yield _Part((reading.written, reading.read))


def _name_at(
    words: Sequence[Word], place: int, names: PlaceNames
) -> tuple[Phrase, Sequence[Phrase]] | None:
    longest = max(map(len, names), default=0)
    for end in range(min(place + longest, len(words)), place, -1):
        others = names.get(tuple(word.folded for word in words[place:end]))
        if others:
            return tuple(words[place:end]), others
    return None


def _whole(parts: Sequence[_Part]) -> Iterator[Phrase]:
    """A phrase as it is written, as it is read, and with each other name of one place in it.

    Never part written and part read: what is looked for is a text's own words or its reading.
    """
    for reading in (0, -1):
        yield _joined(part.ways[0] if part.is_name else part.ways[reading] for part in parts)
    for place, part in enumerate(parts):
        for other in part.ways[1:] if part.is_name else ():
            yield _joined(
                other if number == place else one.ways[0] for number, one in enumerate(parts)
            )


def _joined(phrases: Iterable[Phrase]) -> Phrase:
    return tuple(word for phrase in phrases for word in phrase)


def _distinct(ways: Iterable[Phrase]) -> tuple[Phrase, ...]:
    kept: dict[tuple[str, ...], Phrase] = {}
    for way in ways:
        if way:
            kept.setdefault(tuple(word.exact for word in way), way)
    return tuple(kept.values())[:_MOST_ALTERNATIVES]


def _said(clause: Clause) -> tuple[tuple[str, ...], ...]:
    return tuple(tuple(word.exact for word in way) for way in clause.alternatives)
