"""Index entries of a text, and the conditions under which a query finds it. Pure.

An entry is a folded word ("xa"), two or three that follow each other ("xa_mau"), a word with its
marks ("=xã"), or a word of the title ("~lich"). Phrases are found by entries alone, with no places
kept: both databases then answer the same question in the same way, and quickly. A phrase of four
and more words is found by its threes.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from bridge.search_query import Clause, Phrase, Query
from bridge.search_readings import read_text
from bridge.search_words import folded_label

# PostgreSQL takes a million bytes of entries for a text; a broadcast of five hours comes near.
MOST_BYTES = 900_000
_BYTES_BESIDE = 2  # that PostgreSQL may add to an entry to place the next


@dataclass(frozen=True, slots=True)
class Every:
    """All of these hold. There is at least one."""

    parts: tuple["Condition", ...]


@dataclass(frozen=True, slots=True)
class Either:
    """One of these holds, or several. There is at least one."""

    parts: tuple["Condition", ...]


@dataclass(frozen=True, slots=True)
class Without:
    """`wanted` holds and `unwanted` does not."""

    wanted: "Condition"
    unwanted: "Condition"


# An entry that must be there, or what is made of such.
Condition = str | Every | Either | Without


def index_entries(title: str, texts: Iterable[str], labels: Iterable[str]) -> list[str]:
    """Every entry of an announcement once, in a fixed order.

    `texts` are read each by itself, so that no phrase runs from one into the next; `labels` are
    entries as they stand. Of an immense text the entries that matter least are left out.
    """
    marked: dict[str, None] = {}
    folded: dict[str, None] = {}
    pairs: dict[str, None] = {}
    threes: dict[str, None] = {}
    for number, text in enumerate((title, *texts)):
        for stream in read_text(text):
            words = [word.folded for word in stream]
            folded |= dict.fromkeys(words)
            if number == 0:
                folded |= dict.fromkeys(f"~{word}" for word in words)
            marked |= dict.fromkeys(f"={word.exact}" for word in stream)
            pairs |= dict.fromkeys(map("_".join, pairwise(words)))
            threes |= dict.fromkeys(_threes(words))
    return _within_limit((*labels, *folded, *marked, *pairs, *threes))


def unit_label(unit_id: str) -> str:
    """The entry by which a unit's announcements are found."""
    return f"u={unit_id}"


def category_label(category: str) -> str:
    """The entry by which a category is found; empty for none."""
    return _label("c", category)


def area_label(area: str) -> str:
    """The entry by which an area is found; empty for none."""
    return _label("a", area)


def ranked_conditions(query: Query, labels: Sequence[str]) -> list[Condition]:
    """Conditions that exclude one another: whoever meets an earlier one is more to the point.

    Together they say that every clause is found, in any marks, and every label is there. What has
    the query's own marks comes first; then what has its words in the title, or all in a row.
    """
    found = found_condition(query, labels)
    if not query.clauses:
        return [found] if found.parts else []
    near = _near(query)
    if not query.is_marked:
        return _split(found, near)
    exact = Every((*filter(None, labels), *(_exact(clause) for clause in query.clauses)))
    return _split(exact, near) + [Without(one, exact) for one in _split(found, near)]


def found_condition(query: Query, labels: Sequence[str]) -> Every:
    """What everything that is found meets; without parts where nothing is asked."""
    return Every((*filter(None, labels), *(_folded(clause) for clause in query.clauses)))


def _split(condition: Condition, near: Condition) -> list[Condition]:
    return [Every((condition, near)), Without(condition, near)]


def _near(query: Query) -> Condition:
    """All words stand in the title, or the clauses follow each other."""
    in_title = Every(tuple(_in_title(clause) for clause in query.clauses))
    joints = [_joint(one, other) for one, other in pairwise(query.clauses)]
    return Either((in_title, Every(tuple(joints)))) if joints else in_title


def _joint(one: Clause, other: Clause) -> Condition:
    """The last word of one stands before the first of the other, in one of their ways each."""
    pairs = dict.fromkeys(
        f"{before[-1].folded}_{after[0].folded}"
        for before in one.alternatives
        for after in other.alternatives
    )
    return _either(list(pairs))


def _folded(clause: Clause) -> Condition:
    return _either([_phrase(phrase) for phrase in clause.alternatives])


def _exact(clause: Clause) -> Condition:
    ways: list[Condition] = []
    for phrase in clause.alternatives:
        marked = tuple(dict.fromkeys(f"={word.exact}" for word in phrase))
        ways.append(marked[0] if len(phrase) == 1 else Every((_phrase(phrase), *marked)))
    return _either(ways)


def _in_title(clause: Clause) -> Condition:
    ways = [Every(tuple(f"~{word.folded}" for word in way)) for way in clause.alternatives]
    return _either(ways)


def _phrase(phrase: Phrase) -> Condition:
    words = [word.folded for word in phrase]
    if len(words) <= 2:
        return "_".join(words)
    return Every(tuple(dict.fromkeys(_threes(words))))


def _threes(words: Sequence[str]) -> Iterator[str]:
    for place in range(len(words) - 2):
        yield "_".join(words[place : place + 3])


def _either(parts: Sequence[Condition]) -> Condition:
    return parts[0] if len(parts) == 1 else Either(tuple(parts))


def _label(kind: str, name: str) -> str:
    label = folded_label(name)
    return f"{kind}={label}" if label else ""


def _within_limit(entries: Iterable[str]) -> list[str]:
    kept, size = [], 0
    for entry in dict.fromkeys(entry for entry in entries if entry):
        size += len(entry.encode()) + _BYTES_BESIDE
        if size > MOST_BYTES:
            break
        kept.append(entry)
    return kept


def holds(condition: Condition, entries: frozenset[str]) -> bool:
    """Whether a text with these entries meets a condition."""
    if isinstance(condition, str):
        return condition in entries
    if isinstance(condition, Every):
        return all(holds(part, entries) for part in condition.parts)
    if isinstance(condition, Either):
        return any(holds(part, entries) for part in condition.parts)
    return holds(condition.wanted, entries) and not holds(condition.unwanted, entries)


def written_for_fts5(condition: Condition) -> str:
    """A condition in SQLite's full-text query language."""
    if isinstance(condition, str):
        return f'"{condition}"'
    if isinstance(condition, Every):
        return "(" + " AND ".join(map(written_for_fts5, condition.parts)) + ")"
    if isinstance(condition, Either):
        return "(" + " OR ".join(map(written_for_fts5, condition.parts)) + ")"
    wanted, unwanted = written_for_fts5(condition.wanted), written_for_fts5(condition.unwanted)
    return f"({wanted} NOT {unwanted})"


def written_for_tsquery(condition: Condition) -> str:
    """A condition in PostgreSQL's full-text query language."""
    if isinstance(condition, str):
        return f"'{condition}'"
    if isinstance(condition, Every):
        return "(" + " & ".join(map(written_for_tsquery, condition.parts)) + ")"
    if isinstance(condition, Either):
        return "(" + " | ".join(map(written_for_tsquery, condition.parts)) + ")"
    wanted, unwanted = map(written_for_tsquery, (condition.wanted, condition.unwanted))
    return f"({wanted} & !{unwanted})"
