"""A unit's own names: offered where the text sounds like one, given to the model as hotwords. Pure.

Nothing here changes a text or a glossary; an editor takes a suggestion, an admin a candidate.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from bridge.transcript import Word
from bridge.vietnamese import token_key
from transcribe.names import (
    OTHER,
    PERSON,
    PLACE,
    SENTENCE_ENDS,
    SURNAMES,
    TERM_KINDS,
    cue_before,
    ends_phrase,
    is_capitalised,
    is_cue,
    is_ordinary_pair,
    is_small_word,
    key_sequence,
    kind_by_cue,
)
from transcribe.phonetics import syllable_distance

# Mean cost a syllable at which a term is still offered (facts of the field; issue 3).
HIGHEST_COST = 0.25
# No single syllable may cost more, so that "Nam" is never taken for "An" because the family name
# fits. Under the cost of one unrelated onset (0.35), over a foreign vowel or two half-changes.
HIGHEST_SYLLABLE_COST = 0.3
# With less to go by, less is let through. On 73 ordinary sentences with a glossary of twenty
# names and every word doubtful, 0.25 everywhere made four wrong offers; these make none.
HIGHEST_COST_OF_ONE = 0.1  # a term of one syllable: one regional confusion or two
HIGHEST_COST_OF_TWO = 0.12  # a term of two without a cue
# How much better, a syllable, than the next term: two of the cheapest confusions (hỏi/ngã 0.025).
MARGIN = 0.05
# Without a cue the text must be doubtful: of 89 words that the bundled model heard in the sample
# clips, 78 % of those under 0.6 were wrong, and 69 % of the wrong ones were under it (measured).
DOUBTFUL = 0.6

HOTWORD_BUDGET = 70  # tokens, of 224 in a window (facts of the field: 60 to 80)
MOST_HOTWORDS = 15
_HOTWORD_SEPARATOR = ", "

TIMES_TO_LEARN = 3  # issue 3
_LONGEST_NAME = 6

_EDGES = ".,;:!?…\"'()“”"

CUE, DOUBT = "cue", "low_probability"


@dataclass(frozen=True, slots=True)
class GlossaryTerm:
    """A name as it is to be written. `kind` is one of names.TERM_KINDS (person, place, body,
    office, other); `accepted` counts how often editors took it. Raises ValueError for another kind
    or a text without words."""

    text: str
    kind: str = OTHER
    accepted: int = 0

    def __post_init__(self) -> None:
        if self.kind not in TERM_KINDS:
            raise ValueError(f"unknown kind of term: {self.kind}")
        if not key_sequence(self.text):
            raise ValueError("a term needs at least one word")


@dataclass(frozen=True, slots=True)
class TermSuggestion:
    """Words `first_word`..`end_word` (end not included) may be `term`.

    `cost`: mean distance a syllable, 0..HIGHEST_COST. `reason`: "cue" (`cue` holds the words
    before, or the term's own first word) or "low_probability".
    """

    first_word: int
    end_word: int
    heard: str
    term: GlossaryTerm
    cost: float
    reason: str
    cue: str = ""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A name that editors wrote `times` times over something else. `heard`: what stood there,
    commonest first. `kind`: by the words before it, "other" where they say nothing."""

    text: str
    kind: str
    heard: tuple[str, ...]
    times: int


class TermIndex:
    """A glossary made ready for `suggest_terms`: build it once for many segments.

    Which terms begin like a heard syllable is remembered. Measured on two busy cores: a two-hour
    transcript (20,000 words) against 930 terms takes 1.7 s, and 0.4 s the next time.
    """

    def __init__(self, terms: Iterable[GlossaryTerm]) -> None:
        """Of terms that compare equal the first one counts."""
        self.by_length: dict[int, dict[tuple[str, ...], GlossaryTerm]] = defaultdict(dict)
        for term in terms:
            term_keys = key_sequence(term.text)
            self.by_length[len(term_keys)].setdefault(term_keys, term)
        self._by_first: dict[int, dict[str, list[tuple[str, ...]]]] = {}
        for length, same_length in self.by_length.items():
            firsts = self._by_first[length] = defaultdict(list)
            for term_keys in same_length:
                firsts[term_keys[0]].append(term_keys)
        self._near: dict[tuple[int, str], list[tuple[str, ...]]] = {}

    def near(self, length: int, heard: str) -> list[tuple[str, ...]]:
        """The terms of so many syllables whose first one may have been meant by this one."""
        found = self._near.get((length, heard))
        if found is None:
            found = [
                term_keys
                for first, same_first in self._by_first[length].items()
                if syllable_distance(heard, first) <= HIGHEST_SYLLABLE_COST
                for term_keys in same_first
            ]
            self._near[length, heard] = found
        return found


def suggest_terms(
    segment_words: Sequence[Word],
    terms: Iterable[GlossaryTerm] | TermIndex,
    *,
    doubtful: float = DOUBTFUL,
) -> tuple[TermSuggestion, ...]:
    """Terms that the words of one segment may have been meant as, in order, never overlapping.

    Words that already are a term, that a person wrote (no probability), or that a pause of the
    sentence divides, are left alone. A term is offered where as many syllables stand, the mean
    cost is at most HIGHEST_COST, the next best term is MARGIN worse, and either a cue fits the
    term's kind or a word that differs has a probability under `doubtful`. Terms of one syllable
    need the cue.
    """
    keys = [token_key(word.text) for word in segment_words]
    index = terms if isinstance(terms, TermIndex) else TermIndex(terms)
    settled = _settled(keys, segment_words, index.by_length)
    offers = [
        offer
        for length in index.by_length
        for first in range(len(keys) - length + 1)
        if index.near(length, keys[first])
        and settled.isdisjoint(range(first, first + length))
        and not any(ends_phrase(word.text) for word in segment_words[first : first + length - 1])
        if (offer := _best_offer(segment_words, keys, first, length, index, doubtful))
    ]
    return _without_overlaps(offers)


def hotwords(
    terms: Iterable[GlossaryTerm],
    count_tokens: Callable[[str], int],
    budget: int = HOTWORD_BUDGET,
    most: int = MOST_HOTWORDS,
) -> str:
    """The terms for the model's ear, joined by commas; empty where none fits.

    `count_tokens` counts the model's tokens of a text; the whole result costs at most `budget` of
    them and holds at most `most` terms. First those that editors accepted most often, then names of
    persons and places, then as given. A term that does not fit is passed over for a shorter one.
    """
    ranks = {PERSON: 0, PLACE: 0}
    ordered = sorted(terms, key=lambda term: (-term.accepted, ranks.get(term.kind, 1)))
    chosen: list[str] = []
    seen: set[tuple[str, ...]] = set()
    for term in ordered:
        if len(chosen) >= most:
            break
        text, term_keys = " ".join(term.text.split()), key_sequence(term.text)
        if term_keys in seen:
            continue
        if count_tokens(_HOTWORD_SEPARATOR.join([*chosen, text])) <= budget:
            chosen.append(text)
            seen.add(term_keys)
    return _HOTWORD_SEPARATOR.join(chosen)


def learn_candidates(
    corrections: Iterable[tuple[Sequence[str], Sequence[str]]], *, known: Collection[str] = ()
) -> tuple[Candidate, ...]:
    """Names that editors wrote at least TIMES_TO_LEARN times in place of something that differs.

    Each correction is the tokens of a segment (or of the part that was changed) before and after.
    A changed token stands for the whole name around it: capitalised words in a row, at least two,
    or one after a cue. A change of letter case or punctuation alone is no correction. `known`
    texts are left out. Most frequent first, then by text. For an admin to decide on.
    """
    known_keys = {key_sequence(text) for text in known}
    spellings: dict[tuple[str, ...], Counter[str]] = defaultdict(Counter)
    heard: dict[tuple[str, ...], Counter[str]] = defaultdict(Counter)
    kinds: dict[tuple[str, ...], Counter[str]] = defaultdict(Counter)
    for before, after in corrections:
        for text, was, kind in corrected_names(before, after):
            name_keys = key_sequence(text)
            if name_keys not in known_keys:
                spellings[name_keys][text] += 1
                heard[name_keys][was] += 1
                kinds[name_keys][kind] += 1
    candidates = [
        Candidate(
            _commonest(texts)[0],
            next((kind for kind in _commonest(kinds[name_keys]) if kind != OTHER), OTHER),
            tuple(was for was in _commonest(heard[name_keys]) if was),
            texts.total(),
        )
        for name_keys, texts in spellings.items()
        if texts.total() >= TIMES_TO_LEARN
    ]
    return tuple(sorted(candidates, key=lambda candidate: (-candidate.times, candidate.text)))


def _settled(
    keys: Sequence[str],
    words: Sequence[Word],
    by_length: dict[int, dict[tuple[str, ...], GlossaryTerm]],
) -> set[int]:
    """Words that nothing is offered for: those of terms already there, and those of a person."""
    settled = {index for index, word in enumerate(words) if word.probability is None}
    for length, terms in by_length.items():
        for first in range(len(keys) - length + 1):
            if tuple(keys[first : first + length]) in terms:
                settled.update(range(first, first + length))
    return settled


def _best_offer(
    words: Sequence[Word],
    keys: Sequence[str],
    first: int,
    length: int,
    index: TermIndex,
    doubtful: float,
) -> TermSuggestion | None:
    """The term that the words from `first` on sound most like, if anything supports it."""
    heard = keys[first : first + length]
    if not all(heard) or is_ordinary_pair(heard):
        return None
    costs = sorted(
        ((_mean_cost(heard, term_keys), term_keys) for term_keys in index.near(length, heard[0])),
        key=lambda entry: entry[0],
    )
    cost, term_keys = costs[0]
    if cost > HIGHEST_COST or (len(costs) > 1 and costs[1][0] - cost < MARGIN):
        return None
    term = index.by_length[length][term_keys]
    cue_first, cue_end = _cue(keys, first, term_keys, term.kind)
    if cue_end == first and first and ends_phrase(words[first - 1].text):
        cue_first = cue_end  # "cháy rừng, bà con": the comma parts the cue from what follows
    cue = " ".join(word.text for word in words[cue_first:cue_end])
    differing = [
        word.probability or 0.0
        for word, key, meant in zip(words[first:], heard, term_keys, strict=False)
        if key != meant
    ]
    if cost > _highest_cost(length, cued=bool(cue)) or (not cue and min(differing) >= doubtful):
        return None
    text = " ".join(word.text for word in words[first : first + length])
    reason = CUE if cue else DOUBT
    return TermSuggestion(first, first + length, text, term, round(cost, 4), reason, cue)


def _highest_cost(length: int, *, cued: bool) -> float:
    """The limit for a term of `length` syllables; below zero where nothing is to be offered."""
    if length == 1:
        return HIGHEST_COST_OF_ONE if cued else -1.0
    return HIGHEST_COST if cued or length > 2 else HIGHEST_COST_OF_TWO


def _cue(keys: Sequence[str], first: int, term_keys: tuple[str, ...], kind: str) -> tuple[int, int]:
    """Where the words stand that announce a name at `first`: before it, or, heard right, at the
    beginning of the term itself ("Trạm Y tế Đông Mẫu"). An empty span for none."""
    before = cue_before(keys, first, kind)
    if before:
        return first - before, first
    for length in range(len(term_keys) - 1, 0, -1):
        begins_alike = tuple(keys[first : first + length]) == term_keys[:length]
        if begins_alike and is_cue(term_keys[:length]):
            return first, first + length
    return first, first


def _mean_cost(heard: Sequence[str], meant: Sequence[str]) -> float:
    """Mean distance a syllable; above every limit where one syllable alone is too far off."""
    total = 0.0
    for one, other in zip(heard, meant, strict=True):
        cost = syllable_distance(one, other)
        if cost > HIGHEST_SYLLABLE_COST or (one != other and is_small_word(one)):
            return 1.0
        total += cost
    return total / len(heard)


def _without_overlaps(offers: Iterable[TermSuggestion]) -> tuple[TermSuggestion, ...]:
    """Of overlapping offers the longer, then the cheaper one."""
    kept: list[TermSuggestion] = []
    taken: set[int] = set()
    order = sorted(
        offers, key=lambda offer: (offer.first_word - offer.end_word, offer.cost, offer.first_word)
    )
    for offer in order:
        span = range(offer.first_word, offer.end_word)
        if taken.isdisjoint(span):
            taken.update(span)
            kept.append(offer)
    return tuple(sorted(kept, key=lambda offer: offer.first_word))


def corrected_names(before: Sequence[str], after: Sequence[str]) -> Iterator[tuple[str, str, str]]:
    """Each name of `after` that was changed, what stood there before, and its kind by its cue."""
    before_keys = [token_key(token) for token in before]
    after_keys = [token_key(token) for token in after]
    opcodes = SequenceMatcher(None, before_keys, after_keys, autojunk=False).get_opcodes()
    for first, end in _written_names(after, after_keys):
        touching = [code for code in opcodes if code[3] < end and code[4] > first]
        if all(code[0] == "equal" for code in touching):
            continue
        was = [
            before[index]
            for operation, left, right, begin, _ in touching
            for index in range(left, right)
            if operation != "equal" or first <= begin + index - left < end
        ]
        name = " ".join(after[first:end]).strip(_EDGES)
        yield name, " ".join(was).lower().strip(_EDGES), kind_by_cue(after_keys, first)


def _written_names(tokens: Sequence[str], keys: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Runs of capitalised syllables that read like a name: two or more, or one after a cue."""
    first = 0
    while first < len(tokens):
        end = first
        while (
            end < len(tokens)
            and is_capitalised(tokens[end])
            and tokens[end].strip(_EDGES).isalpha()
        ):
            end += 1
            if ends_phrase(tokens[end - 1]):
                break
        begin = _after_own_cue(tokens, keys, first, end)
        if 1 < end - begin <= _LONGEST_NAME or (end - begin == 1 and cue_before(keys, begin)):
            yield begin, end
        first = max(end, first + 1)


def _after_own_cue(tokens: Sequence[str], keys: Sequence[str], first: int, end: int) -> int:
    """Where a run really begins: the "Bà" of "Bà Nguyễn Thị Lan" opens the sentence, no name."""
    opens_sentence = first == 0 or tokens[first - 1].endswith(SENTENCE_ENDS)
    if opens_sentence and keys[first] not in SURNAMES:
        for length in (2, 1):
            if first + length < end and cue_before(keys, first + length) == length:
                return first + length
    return first


def _commonest(counter: Counter[str]) -> list[str]:
    return sorted(counter, key=lambda text: (-counter[text], text))
