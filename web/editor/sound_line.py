"""The desk's sound line: stretches that residents will not hear, or not read as speech."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from publish.dates import format_length
from web.labels import mark, say

WIDTH = 480  # of the drawing, see publish.sound_line
_NARROWEST = 1.5  # of these: thinner would not be seen

# In the order in which the legend names them; the page draws a pattern for each.
KINDS: dict[str, str] = {
    "cut": mark("đã cắt"),
    "beep": mark("tiếng bíp"),
    "hidden": mark("chỉ ẩn chữ"),
    "music": mark("nhạc"),
    "unrecognised": mark("máy không nghe ra"),
}


class Placed(Protocol):
    """What has to be known of a segment: `queries.SegmentView` has it."""

    @property
    def kind(self) -> str: ...
    @property
    def start_ms(self) -> int: ...
    @property
    def end_ms(self) -> int: ...
    @property
    def hidden(self) -> bool: ...
    @property
    def cover(self) -> str | None: ...


@dataclass(frozen=True, slots=True)
class Stretch:
    """A place on the line, in the drawing's units."""

    kind: str
    x: float
    width: float


@dataclass(frozen=True, slots=True)
class LegendEntry:
    """What a pattern means, and how much of the sound it is."""

    kind: str
    word: str
    length: str


@dataclass(frozen=True, slots=True)
class SoundLine:
    """Everything that is drawn over the wave, and what explains it."""

    stretches: tuple[Stretch, ...]
    legend: tuple[LegendEntry, ...]


def sound_line(segments: Sequence[Placed], start_ms: int, end_ms: int) -> SoundLine:
    """The stretches of an announcement that lies from `start_ms` to `end_ms` in its recording.

    Neighbours of one kind are one stretch, and so are those less than a unit of the drawing apart:
    a recording of two hours with hundreds of them stays one small drawing.
    """
    scale = WIDTH / max(1, end_ms - start_ms)
    lengths: Counter[str] = Counter()
    for segment in segments:
        if kind := _kind(segment):
            lengths[kind] += segment.end_ms - segment.start_ms
    stretches = tuple(
        Stretch(kind, round(x, 1), round(max(_NARROWEST, end - x), 1))
        for kind, x, end in _joined(segments, start_ms, scale)
    )
    legend = tuple(
        LegendEntry(kind, say(word), format_length(lengths[kind]))
        for kind, word in KINDS.items()
        if kind in lengths
    )
    return SoundLine(stretches, legend)


def _joined(
    segments: Sequence[Placed], start_ms: int, scale: float
) -> Iterator[tuple[str, float, float]]:
    held: tuple[str, float, float] | None = None
    for segment in segments:
        kind = _kind(segment)
        if not kind:
            continue
        x, end = (segment.start_ms - start_ms) * scale, (segment.end_ms - start_ms) * scale
        if held is not None and held[0] == kind and x - held[2] < 1:
            held = (kind, held[1], end)
            continue
        if held is not None:
            yield held
        held = (kind, x, end)
    if held is not None:
        yield held


def _kind(segment: Placed) -> str:
    if segment.hidden:
        return segment.cover or "hidden"
    return segment.kind if segment.kind in KINDS else ""
