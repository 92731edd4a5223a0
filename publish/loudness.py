"""Loudness of sound: measured as ITU-R BS.1770 says, by libavfilter. Levels, never files.

Sound goes through here as mono float32 in -1..1, in small pieces, so that two hours need no more
memory than a second.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

import av
import numpy as np
from av.filter import Graph
from numpy.typing import NDArray

from publish.levels import SILENCE_LUFS, TARGET_LUFS

Samples = NDArray[np.float32]
Chain = Sequence[tuple[str, str]]  # libavfilter's name and arguments, in order

# A limit of reason: speech at -40 LUFS still reaches the target, a hiss does not become a roar.
MAX_GAIN_DB = 24.0
# The loudest true peak wanted in the published files (EBU R 128 s1 allows -1 dBTP).
CEILING_DBTP = -1.5
# Lossy coding at these rates moves peaks up again (0.5 dB measured on speech): kept free for it.
_CODING_HEADROOM_DB = 1.0
_LIMIT_DB = CEILING_DBTP - _CODING_HEADROOM_DB
_QUIETEST_DB = -120.0


@dataclass(frozen=True, slots=True)
class Loudness:
    """Integrated loudness in LUFS (gated; -70 is silence) and true peak in dBTP."""

    integrated_lufs: float
    true_peak_dbtp: float


def measure_loudness(pieces: Iterable[Samples], sample_rate: int, chain: Chain = ()) -> Loudness:
    """Measure a whole sound, as it is after `chain`. Under 400 ms there is nothing to gate: -70."""
    measured: dict[str, str] = {}
    for frame in filter_sound(pieces, sample_rate, [*chain, ("ebur128", "metadata=1:peak=true")]):
        measured.update(frame.metadata)
    peak = float(measured.get("lavfi.r128.true_peak", 0.0))
    return Loudness(
        integrated_lufs=float(measured.get("lavfi.r128.I", -70.0)),
        true_peak_dbtp=max(_QUIETEST_DB, 20 * float(np.log10(peak))) if peak > 0 else _QUIETEST_DB,
    )


def choose_gain_db(loudness: Loudness) -> float:
    """The gain that brings speech to the target; 0 for silence, never above MAX_GAIN_DB."""
    if loudness.integrated_lufs < SILENCE_LUFS:
        return 0.0
    return min(TARGET_LUFS - loudness.integrated_lufs, MAX_GAIN_DB)


def needs_limiting(loudness: Loudness, gain_db: float) -> bool:
    """Whether the limiter would act, and so take loudness away again."""
    return loudness.true_peak_dbtp + gain_db > _LIMIT_DB


def levelling_chain(gain_db: float, sample_rate: int) -> Chain:
    """Gain, then a look-ahead limiter. It works at four times the rate, to see true peaks."""
    limit = 10 ** (_LIMIT_DB / 20)
    return (
        ("volume", f"volume={gain_db:.3f}dB:precision=float"),
        ("aresample", str(sample_rate * 4)),
        ("alimiter", f"limit={limit:.4f}:attack=5:release=80:level=0:latency=1"),
        ("aresample", str(sample_rate)),
    )


def filter_sound(
    pieces: Iterable[Samples], sample_rate: int, chain: Chain
) -> Iterator[av.AudioFrame]:
    """Send mono float32 pieces through libavfilter and give its frames as they come."""
    graph = Graph()
    time_base = Fraction(1, sample_rate)
    source = graph.add_abuffer(
        format="flt", sample_rate=sample_rate, layout="mono", time_base=time_base
    )
    nodes = [graph.add(name, arguments) for name, arguments in chain]
    graph.link_nodes(source, *nodes, graph.add("abuffersink")).configure()
    position = 0
    for piece in pieces:
        frame = av.AudioFrame.from_ndarray(piece[np.newaxis, :], format="flt", layout="mono")
        frame.sample_rate = sample_rate
        frame.time_base = time_base
        frame.pts = position
        position += len(piece)
        graph.push(frame)
        yield from _pull_ready(graph)
    graph.push(None)
    yield from _pull_ready(graph)


def _pull_ready(graph: Graph) -> Iterator[av.AudioFrame]:
    while True:
        try:
            frame = graph.pull()
        except (BlockingIOError, EOFError):
            return
        if isinstance(frame, av.AudioFrame):
            yield frame
