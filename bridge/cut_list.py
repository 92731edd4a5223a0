"""Which stretches of a recording residents hear, and where a moment of it comes then. Pure.

A cover takes a stretch out of what is published: `CUT` leaves it out, so that what follows comes
earlier; `BEEP` puts a tone over it, so that all stays in its place. Times in milliseconds of the
recording.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

CUT, BEEP = "cut", "beep"
COVERS = (CUT, BEEP)


@dataclass(frozen=True, slots=True)
class Cover:
    """A stretch that residents do not hear."""

    start_ms: int
    end_ms: int
    kind: str


@dataclass(frozen=True, slots=True)
class SoundSpan:
    """A stretch of the recording as it is published: its own sound, or a tone as long."""

    start_ms: int
    end_ms: int
    beep: bool = False

    @property
    def duration_ms(self) -> int:
        return self.end_ms - self.start_ms


class CutList:
    """What is published of `start_ms`..`end_ms` of a recording."""

    def __init__(self, start_ms: int, end_ms: int, covers: Iterable[Cover] = ()) -> None:
        """Covers in any order; those that touch are one, what lies outside the span is ignored.

        Where two overlap the earlier one holds to its end.
        """
        self.spans = tuple(_joined(_spans(start_ms, end_ms, covers)))
        self.duration_ms = sum(span.duration_ms for span in self.spans)

    @classmethod
    def of_spans(cls, spans: Iterable[SoundSpan]) -> "CutList":
        """The same from its spans, as they were written down."""
        made = cls(0, 0)
        made.spans = tuple(spans)
        made.duration_ms = sum(span.duration_ms for span in made.spans)
        return made

    def place(self, moment_ms: int) -> int:
        """Where a moment of the recording comes in the published sound, from its beginning.

        What was cut lies at its seam; what lies before or behind the span, at its ends. It never
        turns the order of two moments round.
        """
        place = 0
        for span in self.spans:
            if moment_ms <= span.start_ms:
                break
            place += min(moment_ms, span.end_ms) - span.start_ms
        return place


def _spans(start_ms: int, end_ms: int, covers: Iterable[Cover]) -> Iterator[SoundSpan]:
    place = start_ms
    for cover in sorted(covers, key=lambda cover: (cover.start_ms, cover.end_ms)):
        begin, end = max(place, cover.start_ms), min(end_ms, cover.end_ms)
        if end <= begin:
            continue
        if begin > place:
            yield SoundSpan(place, begin)
        if cover.kind == BEEP:
            yield SoundSpan(begin, end, beep=True)
        place = end
    if place < end_ms:
        yield SoundSpan(place, end_ms)


def _joined(spans: Iterable[SoundSpan]) -> Iterator[SoundSpan]:
    """Spans that follow each other without a seam as one: two tones side by side are one tone."""
    held: SoundSpan | None = None
    for span in spans:
        if held is not None and held.end_ms == span.start_ms and held.beep == span.beep:
            held = SoundSpan(held.start_ms, span.end_ms, span.beep)
            continue
        if held is not None:
            yield held
        held = span
    if held is not None:
        yield held
