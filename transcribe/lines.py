"""From what the model says to lines that a person can correct: words with times, lines of 3–15 s.

Pure: no model, no sound, no I/O.
"""

from collections.abc import Iterable, Sequence

from bridge.transcript import Segment, Word
from bridge.vietnamese import to_nfc

# The length a person can hear once and remember while correcting, and a caption can show.
SHORTEST_LINE_MS = 3_000
LONGEST_LINE_MS = 15_000
# Longer than the break at a comma in read speech, so this is where a speaker took breath.
_BREATH_MS = 500
_SENTENCE_ENDS = (".", "!", "?", "…")

RawWord = tuple[str, float, float, float]  # text, start and end in seconds, probability


def clean_words(
    raw_words: Iterable[RawWord], offset_ms: int, start_ms: int, end_ms: int
) -> tuple[Word, ...]:
    """The model's words as ours: NFC, no spaces, times of the recording, in order, inside the span.

    A word that does not begin with a space belongs to the one before ("2" + "/9"): so that the
    words joined by spaces are the text. The pair has the lower probability of the two.
    """
    words: list[Word] = []
    previous_ms = start_ms
    for raw_text, start_s, end_s, probability in raw_words:
        text = to_nfc(raw_text).strip()
        if not text:
            continue
        begin = _within(offset_ms + round(start_s * 1000), previous_ms, end_ms)
        end = _within(offset_ms + round(end_s * 1000), begin, end_ms)
        if words and not raw_text[0].isspace():
            last = words.pop()
            text, begin = last.text + text, last.start_ms
            probability = min(probability, last.probability or 0.0)
        # A space inside a word would make two tokens of it when the text is read again.
        words.append(Word("".join(text.split()), begin, end, round(probability, 4)))
        previous_ms = end
    return tuple(words)


def split_lines(segment: Segment) -> list[Segment]:
    """Cut a segment at sentence ends and breaths so that its lines last 3 to 15 seconds.

    A segment that offers no such place is cut at its longest gaps until no line is over 15 s. The
    first line keeps the segment's start, the last its end; a short segment stays as it is.
    """
    lines = [
        part for group in _at_natural_places(segment.words) for part in _at_longest_gaps(group)
    ]
    if len(lines) < 2:
        return [segment]
    starts = [segment.start_ms] + [line[0].start_ms for line in lines[1:]]
    ends = [line[-1].end_ms for line in lines[:-1]] + [segment.end_ms]
    return [
        Segment(start, end, " ".join(word.text for word in line), tuple(line), segment.kind)
        for start, end, line in zip(starts, ends, lines, strict=True)
    ]


def fit_segment(segment: Segment, start_ms: int, end_ms: int) -> Segment | None:
    """The segment moved inside a span, so that lines never overlap; None when nothing is left."""
    start = _within(segment.start_ms, start_ms, end_ms)
    end = _within(segment.end_ms, start, end_ms)
    if end <= start or not segment.text:
        return None
    words = tuple(
        Word(
            word.text,
            _within(word.start_ms, start, end),
            _within(word.end_ms, start, end),
            word.probability,
        )
        for word in segment.words
    )
    return Segment(start, end, segment.text, words, segment.kind)


def _at_natural_places(words: Sequence[Word]) -> list[list[Word]]:
    """Groups that end with a sentence or before a breath, none under the shortest length."""
    groups: list[list[Word]] = []
    line: list[Word] = []
    for index, word in enumerate(words):
        line.append(word)
        following = words[index + 1 :]
        if not following:
            break
        natural = (
            word.text.endswith(_SENTENCE_ENDS) or following[0].start_ms - word.end_ms >= _BREATH_MS
        )
        if natural and min(_length(line), _length(following)) >= SHORTEST_LINE_MS:
            groups.append(line)
            line = []
    return [*groups, line] if line else groups


def _at_longest_gaps(words: list[Word]) -> list[list[Word]]:
    """Halve a line at its longest gap, the one nearest its middle among equals, until it fits."""
    if _length(words) <= LONGEST_LINE_MS or len(words) < 2:
        return [words]
    middle_ms = (words[0].start_ms + words[-1].end_ms) // 2
    allowed = [
        index
        for index in range(1, len(words))
        if min(_length(words[:index]), _length(words[index:])) >= SHORTEST_LINE_MS
    ] or list(range(1, len(words)))

    def worth(index: int) -> tuple[int, int]:
        gap = words[index].start_ms - words[index - 1].end_ms
        return gap, -abs(words[index].start_ms - middle_ms)

    cut = max(allowed, key=worth)
    return _at_longest_gaps(words[:cut]) + _at_longest_gaps(words[cut:])


def _length(words: Sequence[Word]) -> int:
    return words[-1].end_ms - words[0].start_ms


def _within(value: int, least: int, most: int) -> int:
    return max(least, min(value, most))
