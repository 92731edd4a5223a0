"""What an editor should look at: words the model was least sure of, and what must be right. Pure.

A low probability finds wrong words poorly (measured: half of the marks are right, half of the
wrong words are marked), so few are marked, the rest is never called correct. Numbers, hours, dates,
money, telephone numbers, percentages, names, and wordings of what must not be published are always
marked for checking.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from bridge.transcript import Segment, Word
from bridge.vietnamese import is_vietnamese_syllable, token_key
from transcribe import figures
from transcribe.figures import find_figures
from transcribe.names import cue_before, find_names, is_capitalised, key_sequence, key_set
from transcribe.sensitive import PERSONAL, SECRET, find_sensitive

LOW_PROBABILITY, NOT_VIETNAMESE, NAME = "low_probability", "not_vietnamese", "name"
MUST_CHECK_KINDS = frozenset(
    (
        SECRET,
        PERSONAL,
        NAME,
        figures.NUMBER,
        figures.HOUR,
        figures.DATE,
        figures.MONEY,
        figures.PHONE,
        figures.PERCENT,
    )
)

# More marks than this and editors stop reading them (facts of the field; issue 3).
LARGEST_SHARE = 0.08
_REMEMBERED_TOKENS = 8192  # announcements use the same few thousand words again and again

# Spellings that are right though no Vietnamese syllable: loans, units, services, and the parts of
# place and family names of the Central Highlands and other peoples.
_KNOWN_FOREIGN = key_set("""
    alo alô covid corona email mail zalo facebook fanpage youtube google internet online offline
    wifi web website link app video clip file fax sms pin camera karaoke radio micro clorine clo
    cloramin vaccine vắc-xin xin-vắc paracetamol methadone dioxin protein vitamin insulin
    smartphone tivi ti-vi vneid vssid etax viettel vinaphone mobifone vietcombank agribank bidv
    vietinbank vnpt evn ocop vietgap globalgap shipper marketing logo slogan container taxi bus
    gas gaz oxy ozone axit bazơ kg km km2 cm mm m2 m3 ml mg hp kw kwh kv ha tp ths ts pgs gs bs ks
    ts stt vnd vnđ usd nđ cp tt qđ ubnd hđnd đắk đăk đak lắk lăk krông krong plei pleiku êa ea kpă
    kpa niê êban ayun bnông m'nông h'mông h'rê k'ho gia-rai ê-đê ba-na raglai ksor klông srê
""")
_EMAIL_OR_ADDRESS = re.compile(r"\S+@\S+\.\S+|(?:https?://)?[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+\S*")
_ABBREVIATION = re.compile(r"[A-ZĐ]{1,8}([-.&/][A-ZĐ]{1,8})*\.?")
# Terms of a glossary as key sequences and as written, by the first of their keys.
_Terms = Mapping[str, Sequence[tuple[tuple[str, ...], str]]]
_EDGES = ".,;:!?…\"'()[]{}“”‘’«»–—-/"


@dataclass(frozen=True, slots=True)
class Doubt:
    """Words `first_word`..`end_word` (end not included) of one segment, and why to look at them.

    `reason` by kind: low_probability "lowest_share"; not_vietnamese "spelling"; a figure "digits",
    "spoken" or "calendar"; name "cue" (`about` holds it: "thôn"), "capitals" or "glossary"
    (`about` holds the term); secret and personal "wording". `must_check`: somebody
    has to confirm it before approval.
    """

    segment_index: int
    first_word: int
    end_word: int
    kind: str
    reason: str
    must_check: bool
    about: str = ""


def find_doubts(
    segments: Sequence[Segment], *, glossary_terms: Sequence[str] = (), share: float = 0.08
) -> tuple[Doubt, ...]:
    """All marks of a transcript, in its order.

    `share` (0..1) of the words with a probability, over the whole transcript and never more than
    LARGEST_SHARE, are marked low_probability: the lowest, the earlier of equals; none of a word
    that a person wrote, for it has no probability. Must-check marks do not overlap one another.
    Only segments of kind speech are looked at. Raises ValueError for a negative share.
    """
    if share < 0:
        raise ValueError("share must not be negative")
    finder = DoubtFinder(glossary_terms)
    found = list(lowest_words(segments, min(share, LARGEST_SHARE)))
    for index, segment in enumerate(segments):
        if segment.kind == "speech":
            in_text = finder.in_text([word.text for word in segment.words])
            found += [replace(doubt, segment_index=index) for doubt in in_text]
    return tuple(sorted(found, key=lambda doubt: (doubt.segment_index, doubt.first_word)))


class DoubtFinder:
    """The doubts that one segment's words alone raise, with a unit's terms made ready once.

    They depend on nothing else, so a page may keep them as long as the words stay.
    """

    def __init__(self, glossary_terms: Sequence[str] = ()) -> None:
        self._terms = _by_first_key(glossary_terms)

    def in_text(self, tokens: Sequence[str]) -> tuple[Doubt, ...]:
        """Unusual spellings and must-checks among the tokens; `segment_index` is 0."""
        return (*_unusual_spellings(0, tokens), *_must_checks(0, tokens, self._terms))


def lowest_words(segments: Sequence[Segment], share: float = LARGEST_SHARE) -> Iterator[Doubt]:
    """The words of lowest probability, `share` (0..1) of all; neighbours make one mark."""
    rated = [
        (word.probability, segment_index, word_index)
        for segment_index, segment in enumerate(segments)
        if segment.kind == "speech"
        for word_index, word in enumerate(segment.words)
        if word.probability is not None and _is_word(word)
    ]
    chosen: dict[int, list[int]] = {}
    for _probability, segment_index, word_index in sorted(rated)[: int(len(rated) * share)]:
        chosen.setdefault(segment_index, []).append(word_index)
    for segment_index in sorted(chosen):
        for first, end in _stretches(sorted(chosen[segment_index])):
            yield Doubt(
                segment_index, first, end, LOW_PROBABILITY, "lowest_share", must_check=False
            )


def _stretches(indices: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Ascending indices as runs without holes: first, and end (not included)."""
    start = 0
    for position in range(1, len(indices) + 1):
        if position == len(indices) or indices[position] != indices[position - 1] + 1:
            yield indices[start], indices[position - 1] + 1
            start = position


def _is_word(word: Word) -> bool:
    text = word.text
    return text.isalnum() or any(character.isalnum() for character in text)


def _unusual_spellings(segment_index: int, tokens: Sequence[str]) -> Iterator[Doubt]:
    for index, token in enumerate(tokens):
        if not _is_usual(token):
            yield Doubt(
                segment_index, index, index + 1, NOT_VIETNAMESE, "spelling", must_check=False
            )


@lru_cache(_REMEMBERED_TOKENS)
def _is_usual(token: str) -> bool:
    """Whether a token is a syllable, several joined by hyphens, or a known other spelling."""
    bare = token.strip(_EDGES)
    if not any(character.isalpha() for character in bare) or any(map(str.isdigit, bare)):
        return True  # punctuation, or a figure, which has marks of its own
    if token_key(bare) in _KNOWN_FOREIGN or _ABBREVIATION.fullmatch(bare):
        return True
    if _EMAIL_OR_ADDRESS.fullmatch(bare):
        return True
    return all(
        is_vietnamese_syllable(part) or token_key(part) in _KNOWN_FOREIGN
        for part in re.split(r"[-–/]", bare)
    )


def _must_checks(segment_index: int, tokens: Sequence[str], terms: _Terms) -> Iterator[Doubt]:
    """What may not be published, then glossary hits, figures, names, bare numbers: a token has one
    mark.

    A number inside a name ("thôn 5", "tổ hai") belongs to the name.
    """
    taken: set[int] = set()

    def mark(first: int, end: int, kind: str, reason: str, about: str = "") -> Iterator[Doubt]:
        free = [index for index in range(first, end) if index not in taken]
        taken.update(free)
        for begin, stop in _stretches(free):
            yield Doubt(segment_index, begin, stop, kind, reason, must_check=True, about=about)

    for one in find_sensitive(tokens):
        yield from mark(one.first, one.end, one.kind, "wording")
    for first, end, term in _glossary_hits(tokens, terms):
        yield from mark(first, end, NAME, "glossary", term)
    spans = list(find_figures(tokens))
    for figure in spans:
        if figure.kind != figures.NUMBER:
            yield from mark(figure.first, figure.end, figure.kind, figure.said)
    for name in find_names(tokens):
        reason = "cue" if name.cue else "capitals"
        yield from mark(name.first, name.end, NAME, reason, name.cue)
    for figure in spans:
        if figure.kind == figures.NUMBER:
            yield from mark(figure.first, figure.end, figure.kind, figure.said)


def _by_first_key(terms: Sequence[str]) -> _Terms:
    """Terms as key sequences, under the first of their keys."""
    found: dict[str, list[tuple[tuple[str, ...], str]]] = {}
    for term in terms:
        if keys := key_sequence(term):
            found.setdefault(keys[0], []).append((keys, term))
    return found


def _glossary_hits(tokens: Sequence[str], terms: _Terms) -> list[tuple[int, int, str]]:
    """Where terms stand, the longest first, so that a name wins over a part of it.

    A term of one syllable is mostly an ordinary word too ("Mẫu", "mẫu"): it counts with a capital
    or after a cue.
    """
    keys = [token_key(token) for token in tokens]
    hits = [
        (first, first + len(term_keys), text)
        for first, key in enumerate(keys)
        for term_keys, text in terms.get(key, ())
        if tuple(keys[first : first + len(term_keys)]) == term_keys
        and (len(term_keys) > 1 or is_capitalised(tokens[first]) or cue_before(keys, first))
    ]
    return sorted(hits, key=lambda hit: hit[0] - hit[1])
