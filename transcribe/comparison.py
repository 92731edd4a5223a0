"""One transcript against what was really said: errors, figures, names, marks, inventions. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from bridge.transcript import Segment
from bridge.vietnamese import token_key
from transcribe.doubts import LOW_PROBABILITY, NOT_VIETNAMESE, find_doubts
from transcribe.figures import find_figures
from transcribe.hallucinations import check_segments
from transcribe.names import find_names, key_sequence
from transcribe.number_words import HALF, HUNDRED, SCALE_WORDS, is_number_word
from transcribe.scoring import (
    ErrorCounts,
    Syllable,
    align,
    count_character_errors,
    count_steps,
    normalise_for_scoring,
    normalise_tokens,
    strip_tones,
)

_UNSURE = frozenset({LOW_PROBABILITY, NOT_VIETNAMESE})


@dataclass(frozen=True, slots=True)
class Tally:
    """How many of a number of things were right."""

    right: int = 0
    total: int = 0

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(self.right + other.right, self.total + other.total)


@dataclass(frozen=True, slots=True)
class MarkCounts:
    """Words marked, words that are wrong, and words that are both."""

    marked: int = 0
    wrong: int = 0
    both: int = 0


@dataclass(frozen=True, slots=True)
class SpeechScore:
    """What came out for a recording in which somebody speaks.

    `figures` by kind (`transcribe.figures`). `listed_names` are places of the given terms in the
    reference, `other_names` those that `transcribe.names` finds there besides; `invented_names`
    counts given terms in the transcript where something else was said. `unsure_marks` are the
    doubts by probability and spelling, `all_marks` also what must be checked anyway.
    """

    words: ErrorCounts
    characters: ErrorCounts
    toneless: ErrorCounts
    figures: Mapping[str, Tally] = field(default_factory=dict)
    listed_names: Tally = Tally()
    other_names: Tally = Tally()
    invented_names: int = 0
    unsure_marks: MarkCounts = MarkCounts()
    all_marks: MarkCounts = MarkCounts()


@dataclass(frozen=True, slots=True)
class NonSpeechScore:
    """What was made of sound in which nobody speaks: words and milliseconds of invented text,
    and how many of these milliseconds `transcribe.hallucinations` flags."""

    invented_words: int
    invented_ms: int
    flagged_ms: int


def is_speech(reference: str) -> bool:
    """Whether a reference holds a word at all; an empty one stands for sound without speech."""
    return bool(normalise_for_scoring(reference))


def compare_speech(
    reference: str, segments: Sequence[Segment], names: Sequence[str] = ()
) -> SpeechScore:
    """Score the segments of kind speech against the text that was said.

    `names`: the terms whose recall is asked for; they are marked as the glossary's are.
    """
    speech = [segment for segment in segments if segment.kind == "speech"]
    heard = [token for segment in speech for token in _tokens(segment)]
    said = reference.split()
    match = _Match(said, heard)
    listed = list(_find_terms(said, names))
    taken = {token for first, end in listed for token in range(first, end)}
    others = [
        (name.first, name.end)
        for name in find_names(said)
        if taken.isdisjoint(range(name.first, name.end))
    ]
    wrong = match.wrong_heard_tokens()
    unsure, every = _marked_tokens(speech, names)
    return SpeechScore(
        words=count_steps(match.steps),
        characters=count_character_errors(reference, " ".join(heard)),
        toneless=count_steps(align(strip_tones(match.said_text), strip_tones(match.heard_text))),
        figures=_figure_tallies(said, match),
        listed_names=_tally(match.is_said_right(*span) for span in listed),
        other_names=_tally(match.is_said_right(*span) for span in others),
        invented_names=sum(not match.is_heard_right(*span) for span in _find_terms(heard, names)),
        unsure_marks=MarkCounts(len(unsure), len(wrong), len(unsure & wrong)),
        all_marks=MarkCounts(len(every), len(wrong), len(every & wrong)),
    )


def compare_non_speech(segments: Sequence[Segment]) -> NonSpeechScore:
    """Score segments of a recording without speech: everything of kind speech is invented."""
    words = invented_ms = flagged_ms = 0
    for segment, flags in zip(segments, check_segments(segments), strict=True):
        if segment.kind == "speech" and _tokens(segment):
            words += len(_tokens(segment))
            invented_ms += segment.end_ms - segment.start_ms
            flagged_ms += segment.end_ms - segment.start_ms if flags else 0
    return NonSpeechScore(words, invented_ms, flagged_ms)


class _Match:
    """The alignment of a reference's and a transcript's tokens by way of their syllables."""

    def __init__(self, said: Sequence[str], heard: Sequence[str]) -> None:
        self._said = normalise_tokens(said)
        self._heard = normalise_tokens(heard)
        self.said_text = " ".join(syllable.text for syllable in self._said)
        self.heard_text = " ".join(syllable.text for syllable in self._heard)
        self.steps = align(self.said_text, self.heard_text)
        self._said_steps = [i for i, step in enumerate(self.steps) if step.reference is not None]
        self._heard_steps = [i for i, step in enumerate(self.steps) if step.hypothesis is not None]

    def wrong_heard_tokens(self) -> set[int]:
        """Tokens of the transcript that are not what was said. One wrong syllable makes a number
        wrong that is worded in another way than it was heard."""
        wrong: set[int] = set()
        for step in self.steps:
            if step.kind in ("substitute", "insert") and step.hypothesis is not None:
                syllable = self._heard[step.hypothesis]
                wrong.update(range(syllable.first, syllable.end))
        return wrong

    def is_said_right(self, first: int, end: int) -> bool:
        """Whether these tokens of the reference are in the transcript, in one piece."""
        return self._is_right(_within(self._said, first, end), self._said_steps)

    def is_heard_right(self, first: int, end: int) -> bool:
        """Whether these tokens of the transcript were said, in one piece."""
        return self._is_right(_within(self._heard, first, end), self._heard_steps)

    def is_number_grown(self, first: int, end: int) -> bool:
        """Whether a number word that nobody said stands right beside these tokens of the
        reference: of "hai mươi" was made "hai mươi lăm"."""
        syllables = _within(self._said, first, end)
        if not syllables:
            return False
        beside = (self._said_steps[syllables[0]] - 1, self._said_steps[syllables[-1]] + 1)
        for place in beside:
            step = self.steps[place] if 0 <= place < len(self.steps) else None
            if step and step.kind == "insert" and step.hypothesis is not None:
                key = token_key(self._heard[step.hypothesis].text)
                if is_number_word(key) or key in SCALE_WORDS | HALF | {HUNDRED}:
                    return True
        return False

    def _is_right(self, syllables: Sequence[int], places: Sequence[int]) -> bool:
        if not syllables:
            return False
        steps = self.steps[places[syllables[0]] : places[syllables[-1]] + 1]
        return all(step.kind == "equal" for step in steps)


def _within(syllables: Sequence[Syllable], first: int, end: int) -> list[int]:
    """The syllables that stand for any of the tokens `first` to before `end`."""
    return [
        index
        for index, syllable in enumerate(syllables)
        if syllable.first < end and first < syllable.end
    ]


def _figure_tallies(said: Sequence[str], match: _Match) -> dict[str, Tally]:
    tallies: dict[str, Tally] = {}
    for span in find_figures(said):
        right = match.is_said_right(span.first, span.end) and not match.is_number_grown(
            span.first, span.end
        )
        tallies[span.kind] = tallies.get(span.kind, Tally()) + Tally(int(right), 1)
    return tallies


def _tally(results: Iterator[bool]) -> Tally:
    found = list(results)
    return Tally(sum(found), len(found))


def _find_terms(tokens: Sequence[str], terms: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Where terms stand, the longest first, none over another; letter case does not matter."""
    keys = [token_key(token) for token in tokens]
    taken: set[int] = set()
    for term in sorted({key_sequence(term) for term in terms}, key=len, reverse=True):
        for first in range(len(keys) - len(term) + 1):
            span = range(first, first + len(term))
            if term and tuple(keys[first : span.stop]) == term and taken.isdisjoint(span):
                taken.update(span)
                yield first, span.stop


def _marked_tokens(segments: Sequence[Segment], names: Sequence[str]) -> tuple[set[int], set[int]]:
    """Tokens with a mark of doubt, and with any mark, counted through all segments."""
    starts, position = [], 0
    for segment in segments:
        starts.append(position)
        position += len(_tokens(segment))
    unsure: set[int] = set()
    every: set[int] = set()
    for doubt in find_doubts(segments, glossary_terms=names):
        start = starts[doubt.segment_index]
        tokens = range(start + doubt.first_word, start + doubt.end_word)
        every.update(tokens)
        if doubt.kind in _UNSURE:
            unsure.update(tokens)
    return unsure, every


def _tokens(segment: Segment) -> list[str]:
    """The words of a segment, as its marks count them."""
    return [word.text for word in segment.words] or segment.text.split()
