"""A transcript as a reader meets it: timed words, sentences, paragraphs. Pure.

Segments are what the engine happened to cut; people read sentences. Times are milliseconds and
count from wherever the segments' own times count.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from bridge.transcript import Word

_SENTENCE_ENDS = (".", "?", "!", "…", ".”", "?”", '."')
# Shortened words whose dot ends no sentence.
_ABBREVIATIONS = frozenset(
    "tp. tx. q. p. h. ts. ths. pgs. gs. bs. ks. cn. đ. nxb. v.v. st. tt. sđt. đt.".split()  # noqa: SIM905
)
_LONG_SENTENCE = 240  # characters: models without punctuation never end one
_SENTENCE_PAUSE_MS = 1200  # between words of two segments, where no punctuation tells
_PARAGRAPH_CHARACTERS = 220
_PARAGRAPH_PAUSE_MS = 2500


class TimedText(Protocol):
    """What a segment must have, whether it comes from the engine or from a publication."""

    @property
    def start_ms(self) -> int: ...
    @property
    def end_ms(self) -> int: ...
    @property
    def text(self) -> str: ...
    @property
    def words(self) -> Sequence[Word]: ...
    @property
    def kind(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence with the time of its first and last word."""

    start_ms: int
    end_ms: int
    text: str


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A few sentences read in one go, or one remark on sound that is not speech."""

    sentences: tuple[Sentence, ...]
    is_speech: bool = True

    @property
    def start_ms(self) -> int:
        return self.sentences[0].start_ms

    @property
    def text(self) -> str:
        return " ".join(sentence.text for sentence in self.sentences)


def readable_text(segment: TimedText) -> str:
    """The segment's text on one line. Nothing is put where an approver has read nothing."""
    return " ".join(segment.text.split())


def timed_words(segment: TimedText) -> list[Word]:
    """Every token of the text with its time.

    Where the segment's words are not its text's tokens (they should be, after `align`), the
    segment's span is shared out by length. Times never run backwards and stay in the segment.
    """
    tokens = readable_text(segment).split()
    start_ms, end_ms = segment.start_ms, max(segment.start_ms + 1, segment.end_ms)
    if [word.text.strip() for word in segment.words] == tokens:
        words = []
        earliest = start_ms
        for token, word in zip(tokens, segment.words, strict=True):
            begin = min(max(word.start_ms, earliest), end_ms)
            end = min(max(word.end_ms, begin), end_ms)
            words.append(Word(token, begin, end, word.probability))
            earliest = begin
        return words
    total = sum(len(token) for token in tokens)
    shared, passed = [], 0
    for token in tokens:
        begin = start_ms + (end_ms - start_ms) * passed // total
        passed += len(token)
        shared.append(Word(token, begin, start_ms + (end_ms - start_ms) * passed // total, None))
    return shared


def split_paragraphs(segments: Iterable[TimedText]) -> list[Paragraph]:
    """Group segments into paragraphs of one to a few sentences, in order."""
    paragraphs: list[Paragraph] = []
    waiting: list[Sentence] = []

    def close() -> None:
        if waiting:
            paragraphs.append(Paragraph(tuple(waiting)))
            waiting.clear()

    for sentence, is_speech in _sentences(segments):
        if not is_speech:
            close()
            if not _repeats(paragraphs, sentence):
                paragraphs.append(Paragraph((sentence,), is_speech=False))
            continue
        if waiting and _begins_paragraph(waiting, sentence):
            close()
        waiting.append(sentence)
    close()
    return paragraphs


def _repeats(paragraphs: Sequence[Paragraph], remark: Sentence) -> bool:
    """Whether the same remark stands there already: long music comes in several segments."""
    return bool(paragraphs and not paragraphs[-1].is_speech and paragraphs[-1].text == remark.text)


def _begins_paragraph(before: Sequence[Sentence], sentence: Sentence) -> bool:
    length = sum(len(one.text) for one in before)
    if sentence.start_ms - before[-1].end_ms >= _PARAGRAPH_PAUSE_MS:
        return True
    return length + len(sentence.text) / 2 > _PARAGRAPH_CHARACTERS


def _sentences(segments: Iterable[TimedText]) -> Iterator[tuple[Sentence, bool]]:
    """Sentences with whether they are speech. A sentence may run over several segments."""
    words: list[Word] = []
    for segment in segments:
        text = readable_text(segment)
        if not text:
            continue
        if segment.kind != "speech":
            yield from _take(words)
            yield Sentence(segment.start_ms, max(segment.start_ms, segment.end_ms), text), False
            continue
        spoken = timed_words(segment)
        if words and _pauses_before(words, spoken[0]):
            yield from _take(words)
        for word in spoken:
            words.append(word)
            if _ends_sentence(word.text):
                yield from _take(words)
    yield from _take(words)


def _take(words: list[Word]) -> Iterator[tuple[Sentence, bool]]:
    if words:
        text = " ".join(word.text for word in words)
        yield Sentence(words[0].start_ms, words[-1].end_ms, text), True
        words.clear()


def _pauses_before(words: Sequence[Word], following: Word) -> bool:
    length = sum(len(word.text) + 1 for word in words)
    return following.start_ms - words[-1].end_ms >= _SENTENCE_PAUSE_MS or length >= _LONG_SENTENCE


def _ends_sentence(token: str) -> bool:
    if not token.endswith(_SENTENCE_ENDS):
        return False
    return token.lower().lstrip("(“\"'") not in _ABBREVIATIONS
