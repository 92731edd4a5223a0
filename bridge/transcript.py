"""Words and segments of a transcript, and how edited text keeps the times of its words. Pure."""

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from difflib import SequenceMatcher
from typing import Any, Self

from bridge.vietnamese import to_nfc, token_key

MUSIC_TEXT = "[nhạc]"
UNRECOGNISED_TEXT = "[chưa nhận dạng]"
SILENCE_TEXT = "[Không có tiếng nói]"  # of a whole recording
# Texts that say what sounds where nobody's words stand, and the kind of segment that they make.
REMARKS = {
    MUSIC_TEXT: "music",
    UNRECOGNISED_TEXT: "unrecognised",
    SILENCE_TEXT: "silence",
}


@dataclass(frozen=True, slots=True)
class Word:
    """One spoken token. Times in milliseconds; `probability` 0..1, None where a person wrote it."""

    text: str
    start_ms: int
    end_ms: int
    probability: float | None = None

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Self:
        return cls(data["text"], data["start_ms"], data["end_ms"], data.get("probability"))

    def moved(self, offset_ms: int) -> "Word":
        """The same word, `offset_ms` later."""
        return Word(self.text, self.start_ms + offset_ms, self.end_ms + offset_ms, self.probability)


@dataclass(frozen=True, slots=True)
class Segment:
    """A few seconds of transcript. `kind`: speech, silence, music or unrecognised."""

    start_ms: int
    end_ms: int
    text: str
    words: tuple[Word, ...] = ()
    kind: str = "speech"


@dataclass(frozen=True, slots=True)
class Line:
    """A segment with what the engine heard in it, whose words and text nobody changes."""

    now: Segment
    engine_text: str
    engine_words: tuple[Word, ...]


def normalise_text(text: str) -> str:
    """Stored form of a segment's text: NFC, single spaces, no spaces at the ends.

    Control characters, invisible ones and lone surrogates go: PostgreSQL refuses NUL, UTF-8 has
    no surrogates.
    """
    return " ".join(to_nfc("".join(filter(_is_storable, text))).split())


def kind_of_text(text: str, kind: str, engine_text: str) -> str:
    """What a segment of this kind is once a person has given it this text.

    Words make it speech, whatever it was taken for, and a remark of REMARKS what the remark says.
    Without text it stays what it is; only what was heard as silence becomes silence again.
    """
    if text:
        return REMARKS.get(text, "speech")
    return kind if engine_text else "silence"


def align(text: str, engine_words: Sequence[Word], start_ms: int, end_ms: int) -> tuple[Word, ...]:
    """Give every token of `text` a time, from the words that the engine heard.

    Tokens equal to an engine word (by `token_key`) keep its time and probability. Where n tokens
    stand for n words, each takes its word's time. Any other run of tokens shares the time of what
    it replaces, or of the gap it was put into, in proportion to its letters. Changed words have
    no probability. The result is monotone and lies inside `start_ms`..`end_ms`, provided that the
    engine words do.
    """
    tokens = normalise_text(text).split()
    heard_keys = [token_key(word.text) for word in engine_words]
    aligned: list[Word] = []
    for operation, first, last, left, right in _differences(
        heard_keys, [token_key(token) for token in tokens]
    ):
        part = tokens[left:right]
        heard = engine_words[first:last]
        if operation == "equal":
            aligned += [
                Word(token, word.start_ms, word.end_ms, word.probability)
                for token, word in zip(part, heard, strict=True)
            ]
        elif len(part) == len(heard):
            aligned += [
                Word(token, word.start_ms, word.end_ms)
                for token, word in zip(part, heard, strict=True)
            ]
        elif part:
            from_ms = heard[0].start_ms if heard else aligned[-1].end_ms if aligned else start_ms
            if heard:
                to_ms = heard[-1].end_ms
            else:
                to_ms = engine_words[last].start_ms if last < len(engine_words) else end_ms
            aligned += _spread(part, from_ms, max(from_ms, to_ms))
    return tuple(aligned)


def split(line: Line, at_word: int) -> tuple[Line, Line]:
    """Two lines for one: the second begins with the word `at_word`.

    The words keep their times; the sound is cut in the middle between the two words. The engine's
    words go to the side on which their middle lies; one that reaches over the cut, because its
    place in the text was rewritten, ends or begins there. Raises ValueError where a side would have
    no word or no sound.
    """
    words = line.now.words
    if not 0 < at_word < len(words):
        raise ValueError("each side needs a word")
    cut_ms = (words[at_word - 1].end_ms + words[at_word].start_ms) // 2
    if not line.now.start_ms < cut_ms < line.now.end_ms:
        raise ValueError("each side needs sound")
    left, right = [], []
    for word in line.engine_words:
        if word.start_ms + word.end_ms <= 2 * cut_ms:
            left.append(replace(word, end_ms=min(word.end_ms, cut_ms)))
        else:
            right.append(replace(word, start_ms=max(word.start_ms, cut_ms)))
    return (
        _part(line, words[:at_word], left, line.now.start_ms, cut_ms),
        _part(line, words[at_word:], right, cut_ms, line.now.end_ms),
    )


def merge(first: Line, second: Line) -> Line:
    """One line for two that follow each other; words keep their times.

    Where only one side has speech, its words are the words of both: a remark of REMARKS says
    nothing any more. Of two remarks the first stands.
    """
    sides = (first.now, second.now)
    kept = [side for side in sides if side.kind == "speech"]
    kept = kept or [next((side for side in sides if side.text), first.now)]
    heard = [line.engine_text for line in (first, second) if line.engine_words]
    return Line(
        Segment(
            first.now.start_ms,
            second.now.end_ms,
            " ".join(side.text for side in kept if side.text),
            tuple(word for side in kept for word in side.words),
            kept[0].kind,
        ),
        " ".join(heard) or first.engine_text or second.engine_text,
        first.engine_words + second.engine_words,
    )


def _part(
    line: Line, words: Sequence[Word], heard: Sequence[Word], start_ms: int, end_ms: int
) -> Line:
    text = " ".join(word.text for word in words)
    now = Segment(start_ms, end_ms, text, tuple(words), line.now.kind)
    return Line(now, " ".join(word.text for word in heard), tuple(heard))


def _differences(
    heard: Sequence[str], tokens: Sequence[str]
) -> Iterator[tuple[str, int, int, int, int]]:
    """Opcodes as difflib gives them, from `heard` to `tokens`.

    What both begin and end with is matched first: left alone, difflib pairs "một" in "hai một"
    with the first of "một một", and the word that nobody touched would lose its time.
    """
    shorter = min(len(heard), len(tokens))
    before = 0
    while before < shorter and heard[before] == tokens[before]:
        before += 1
    after = 0
    while after < shorter - before and heard[-1 - after] == tokens[-1 - after]:
        after += 1
    heard_end, tokens_end = len(heard) - after, len(tokens) - after
    matcher = SequenceMatcher(
        None, heard[before:heard_end], tokens[before:tokens_end], autojunk=False
    )
    yield "equal", 0, before, 0, before
    for operation, first, last, left, right in matcher.get_opcodes():
        yield operation, first + before, last + before, left + before, right + before
    yield "equal", heard_end, len(heard), tokens_end, len(tokens)


def _is_storable(character: str) -> bool:
    # Cf: invisible characters, among them those that turn the reading direction around, with
    # which a page would show other words than were approved.
    return character.isspace() or unicodedata.category(character) not in ("Cc", "Cf", "Cs")


def _spread(tokens: Sequence[str], start_ms: int, end_ms: int) -> list[Word]:
    """Share a span among tokens in proportion to their lengths."""
    total = sum(len(token) for token in tokens)
    words = []
    passed = 0
    for token in tokens:
        begin = start_ms + (end_ms - start_ms) * passed // total
        passed += len(token)
        words.append(Word(token, begin, start_ms + (end_ms - start_ms) * passed // total))
    return words
