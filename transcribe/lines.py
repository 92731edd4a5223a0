"""From what the model says to lines that a person can correct: words with times, lines of 3–15 s.

Pure: no model, no sound, no I/O.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from bridge.transcript import Segment, Word
from bridge.vietnamese import to_nfc

# The length a person can hear once and remember while correcting, and a caption can show.
SHORTEST_LINE_MS = 3_000
LONGEST_LINE_MS = 15_000
# Longer than the break at a comma in read speech, so this is where a speaker took breath.
_BREATH_MS = 500
_SENTENCE_ENDS = (".", "!", "?", "…")
# Syllables a second. Vietnamese is read aloud at 5.2 (Pellegrino, Coupé and Marsico 2011, Language
# 87:3), fast speech reaches 6 to 7; six human clips had 3.7 to 5.1 (measured). Nobody says ten.
FASTEST_RATE = 10.0
# Fewer syllables than this say little about a rate: word times are good to some 100 ms.
_FEWEST_FOR_RATE = 4
# Heard on each side of a stretch that is heard again, so that its first and last word are whole.
MARGIN_MS = 200

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


def is_too_fast(tokens: Sequence[str], duration_ms: int) -> bool:
    """Whether no mouth says these tokens in that time; a written number counts as one syllable."""
    spoken = sum(any(character.isalnum() for character in token) for token in tokens)
    return spoken >= _FEWEST_FOR_RATE and spoken * 1000 > FASTEST_RATE * duration_ms


def words_within(segment: Segment, start_ms: int, end_ms: int) -> Segment:
    """The segment with only the words whose middle lies between two times; its own times stay."""
    words = tuple(
        word for word in segment.words if start_ms <= (word.start_ms + word.end_ms) // 2 <= end_ms
    )
    return replace(segment, text=" ".join(word.text for word in words), words=words)


def hear_impossible_again(
    heard: Segment, listen: Callable[[int, int], Iterable[Segment]]
) -> list[Segment]:
    """A segment; where no mouth is that fast, what its sound gives when it is heard alone.

    Now and then the model puts a whole sentence, a loop or a phrase of its training into the half
    second between two sentences. Alone that sound is heard as what it is: nothing, or the word
    that it holds. What is too fast again stays as it was, for the editor's flag. `listen` hears
    the sound between two times of the recording, as far as there is any.
    """
    if not _is_impossible(heard):
        return [heard]
    alone = listen(heard.start_ms - MARGIN_MS, heard.end_ms + MARGIN_MS)
    own = [words_within(line, heard.start_ms, heard.end_ms) for line in alone]
    fitting = [fit_segment(line, heard.start_ms, heard.end_ms) for line in own]
    again = [line for line in fitting if line is not None]
    return [heard] if any(_is_impossible(line) for line in again) else again


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


def _is_impossible(heard: Segment) -> bool:
    words = heard.words
    return bool(words) and is_too_fast(
        [word.text for word in words], words[-1].end_ms - words[0].start_ms
    )


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
