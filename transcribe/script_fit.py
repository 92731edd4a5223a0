"""The approved script laid over what was heard: its words for each segment, and departures. Pure.

The engine gives the times, the script the words. Most places where the two differ are mishearings,
and there the script is right. A departure is a place where the speaker most likely said something
else, more or less than the script; a person has to look at it.

Where the script has words for a segment they are its text. Where it has none for a whole segment,
what was heard stays. Words of the script that were not spoken are left out and reported.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from bridge.transcript import Segment
from transcribe.script_departures import Departure, DepartureSearch
from transcribe.script_places import place_tokens
from transcribe.script_reading import Reading, read_along

# Of a script for another recording 0 to 5 % of the syllables are found again (measured on thirty
# recordings of the human clips), of the right one 29 % at a word error rate of 0.78, and from 60 %
# on at 0.4. Announcements of one office share their opening and closing sentences.
LEAST_AGREEMENT = 0.25


@dataclass(frozen=True, slots=True)
class ScriptFit:
    """`texts[i]`: what segment i says by the script, None where it has no words for it.

    `agreement`: share (0..1) of the syllables that were found again; under LEAST_AGREEMENT the
    script belongs to another recording, and nothing is filled in.
    """

    texts: tuple[str | None, ...]
    departures: tuple[Departure, ...]
    agreement: float

    @property
    def matches(self) -> bool:
        """Whether this is the script of this recording."""
        return self.agreement >= LEAST_AGREEMENT


def fit_script(
    script: str, segments: Sequence[Segment], pauses: Sequence[Sequence[int]] = ()
) -> ScriptFit:
    """Lay a script over the segments of an announcement.

    `script`: one paragraph a line. `segments`: as the engine heard them, in order, their words
    with times. `pauses`: quiet stretches in ms of the recording, where nobody speaks. Each token
    of the script is in one text, or in the `script` of a departure; one of a script that was read
    twice may be in two texts. Measured: 22,000 words take 1.6 s of processor time.
    """
    lines = [line for line in script.split("\n") if line.strip()]
    reading = read_along(lines, segments)
    if reading.agreement < LEAST_AGREEMENT:
        return ScriptFit((None,) * len(segments), (), reading.agreement)
    places = place_tokens(reading, segments, pauses)
    departures = DepartureSearch(reading, places, segments).find()
    return ScriptFit(_texts(reading, places, len(segments)), departures, reading.agreement)


def _texts(reading: Reading, places: Sequence[int | None], count: int) -> tuple[str | None, ...]:
    tokens: list[list[str]] = [[] for _ in range(count)]
    for token, place in zip(reading.tokens, places, strict=True):
        if place is not None:
            tokens[place].append(token)
    return tuple(" ".join(words) if words else None for words in tokens)
