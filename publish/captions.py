"""A transcript in the formats that players and people take: WebVTT, SRT, JSON, plain text. Pure.

`segments` are bridge.transcript.Segment or anything with its fields (see publish.reading).
"""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from bridge.transcript import Word
from publish.reading import TimedText, readable_text, split_paragraphs, timed_words

# The podcast namespace's transcript specification asks for lines of at most 65 characters;
# two lines are what a player shows without covering its picture.
LINE_CHARACTERS = 65
_LINES = 2
_CUE_MS = 7000  # a longer cue is split, so that what is shown stays near what is heard
_WHOLE_SENTENCE = 40  # characters
_PAUSE_MS = 700  # a silence at which a new cue begins
_MIN_CUE_MS = 300


@dataclass(frozen=True, slots=True)
class Cue:
    """What is shown from `start_ms` to `end_ms`: one or two lines."""

    start_ms: int
    end_ms: int
    lines: tuple[str, ...]


def to_vtt(segments: Iterable[TimedText], language: str = "vi") -> str:
    """WebVTT (W3C): cues of one or two lines of at most 65 characters, timed by words."""
    parts = [f"WEBVTT\nKind: captions\nLanguage: {language}\n"]
    for cue in make_cues(segments):
        text = "\n".join(_escape(line) for line in cue.lines)
        start, end = _stamp(cue.start_ms, "."), _stamp(cue.end_ms, ".")
        parts.append(f"{start} --> {end}\n{text}\n")
    return "\n".join(parts)


def to_srt(segments: Iterable[TimedText]) -> str:
    """SubRip: the same cues, numbered. SRT has no escapes; the arrow is kept out of the text."""
    parts = []
    for number, cue in enumerate(make_cues(segments), start=1):
        text = "\n".join(line.replace("-->", "→") for line in cue.lines)
        start, end = _stamp(cue.start_ms, ","), _stamp(cue.end_ms, ",")
        parts.append(f"{number}\n{start} --> {end}\n{text}\n")
    return "\n".join(parts)


def to_text(segments: Iterable[TimedText]) -> str:
    """Plain text, one paragraph a line with an empty line between."""
    paragraphs = [paragraph.text for paragraph in split_paragraphs(segments)]
    return "\n\n".join(paragraphs) + "\n" if paragraphs else ""


def to_json(segments: Iterable[TimedText], language: str = "vi") -> str:
    """JSON with every segment and word; times in milliseconds, probability null where unknown."""
    listed = [
        {
            "start_ms": segment.start_ms,
            "end_ms": segment.end_ms,
            "kind": segment.kind,
            "text": segment.text,
            "words": [word.to_json() for word in segment.words],
        }
        for segment in segments
    ]
    content = {"language": language, "segments": listed}
    return json.dumps(content, ensure_ascii=False, indent=2) + "\n"


def make_cues(segments: Iterable[TimedText]) -> list[Cue]:
    """Cut segments into cues. A cue never spans two segments and cues never overlap."""
    cues: list[Cue] = []
    for segment in segments:
        words = timed_words(segment)
        if segment.kind != "speech" and words:
            # A remark is shown whole for as long as what it speaks of lasts.
            words = [Word(readable_text(segment), segment.start_ms, segment.end_ms, None)]
        cues += [_cue(group) for group in _cue_words(_cut_long(words))]
    return _in_order(cues)


def _cut_long(words: Iterable[Word]) -> Iterator[Word]:
    """Words as they are; one that is longer than a line in pieces that share its time."""
    for word in words:
        pieces = _wrap(word.text, LINE_CHARACTERS)
        length_ms = word.end_ms - word.start_ms
        for index, piece in enumerate(pieces):
            begin = word.start_ms + length_ms * index // len(pieces)
            end = word.start_ms + length_ms * (index + 1) // len(pieces)
            yield Word(piece, begin, end, word.probability)


def _cue_words(words: Iterable[Word]) -> Iterator[list[Word]]:
    group: list[Word] = []
    for word in words:
        if group and _is_full(group, word):
            yield group
            group = []
        group.append(word)
    if group:
        yield group


def _is_full(group: Sequence[Word], word: Word) -> bool:
    text = " ".join(one.text for one in group)
    if len(_wrap(f"{text} {word.text}", LINE_CHARACTERS)) > _LINES:
        return True
    if word.start_ms - group[-1].end_ms >= _PAUSE_MS or word.end_ms - group[0].start_ms > _CUE_MS:
        return True
    # A sentence of some length ends its cue; a short one shares it with the next.
    return len(text) >= _WHOLE_SENTENCE and text.endswith((".", "?", "!", "…"))


def _cue(words: Sequence[Word]) -> Cue:
    lines = _balanced(" ".join(word.text for word in words))
    return Cue(words[0].start_ms, words[-1].end_ms, tuple(lines))


def _in_order(cues: Sequence[Cue]) -> list[Cue]:
    """Give every cue some length, and end each before the next begins."""
    ordered: list[Cue] = []
    for index, cue in enumerate(cues):
        start_ms = max(cue.start_ms, ordered[-1].end_ms) if ordered else cue.start_ms
        end_ms = max(cue.end_ms, start_ms + _MIN_CUE_MS)
        if index + 1 < len(cues):
            end_ms = min(end_ms, max(cues[index + 1].start_ms, start_ms + 1))
        ordered.append(Cue(start_ms, end_ms, cue.lines))
    return ordered


def _balanced(text: str) -> list[str]:
    """The text on as few lines as it needs, two lines being about equally long."""
    lines = _wrap(text, LINE_CHARACTERS)
    if len(lines) != _LINES:
        return lines
    for width in range(len(text) // 2, LINE_CHARACTERS + 1):
        balanced = _wrap(text, width)
        if len(balanced) == _LINES:
            return balanced
    return lines


def _wrap(text: str, width: int) -> list[str]:
    """Greedy lines of at most `width` characters; a longer token is cut."""
    lines: list[str] = []
    for token in text.split():
        piece = token
        if lines and len(lines[-1]) + 1 + len(piece) <= width:
            lines[-1] += f" {piece}"
            continue
        while len(piece) > width:
            lines.append(piece[:width])
            piece = piece[width:]
        lines.append(piece)
    return lines


def _escape(text: str) -> str:
    """Escape what WebVTT reads as markup or as the arrow of a time line."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _stamp(moment_ms: int, separator: str) -> str:
    seconds, milliseconds = divmod(max(0, moment_ms), 1000)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02}:{minutes:02}:{seconds:02}{separator}{milliseconds:03}"


# What `loa transcribe --format` offers.
EXPORTERS: dict[str, Callable[[Sequence[TimedText]], str]] = {
    "txt": to_text,
    "json": to_json,
    "srt": to_srt,
    "vtt": to_vtt,
}
