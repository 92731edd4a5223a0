"""How loud a recording is as it came: its own rate and channels, nothing mixed down.

Part of the decoder's process. Loudness is FFmpeg's `ebur128` filter, which keeps a histogram and
so needs the same memory for any length. The true peak is measured here: the filter's own
(`peak=true`) oversamples everything and costs more than decoding an MP3 does, while most sound is
too quiet to reach the highest peak so far and need not be oversampled at all.
"""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler
from av.filter import Graph
from numpy.typing import NDArray

# BS.1770's absolute gate; the filter says so when nothing at all was above it.
_GATE_LUFS = -70.0
# The weighting's coefficients follow from the rate; outside this there is no such recording.
_LOWEST_RATE, _HIGHEST_RATE = 4_000, 384_000

# BS.1770-5 annex 2: at least four times the rate. Windowed sinc, 24 taps to each of the three
# points between two samples: within 0.05 dB up to 0.4 of the rate (computed).
_OVERSAMPLING = 4
_TAPS = 24
_KAISER_BETA = 5.0
_ROW = 32  # samples judged at once
_BATCH = 5  # blocks of the filter's measured at once


@dataclass(frozen=True, slots=True)
class Levels:
    """Integrated loudness (EBU R 128) and true peak; None where there is nothing to measure."""

    loudness_lufs: float | None
    true_peak_dbtp: float | None


class LevelMeter:
    """Measures frames as they come. It never fails: what cannot be measured is None.

    A stream that changes its shape midway is measured in its first one.
    """

    def __init__(self) -> None:
        self._measuring: _Measuring | None = None
        self._failed = False

    def add(self, frame: AudioFrame) -> None:
        """Take a frame of any format; it is not changed but for its time stamp, which goes."""
        if self._failed:
            return
        try:
            if self._measuring is None:
                self._measuring = _Measuring(frame)
            self._measuring.add(frame)
        except Exception:  # whatever it is, the sound matters more than its level
            self._failed = True

    def finish(self) -> Levels:
        """What was measured over everything added. To be called once."""
        if self._failed or self._measuring is None:
            return Levels(None, None)
        try:
            return self._measuring.finish()
        except Exception:
            return Levels(None, None)


class TruePeakMeter:
    """The highest absolute value of the wave that the samples stand for, 1.0 being full scale.

    A point between two samples is at most `_REACH` times the highest of the samples around it.
    Rows of samples that cannot come above the peak so far are therefore passed over, exactly.
    """

    def __init__(self) -> None:
        self.peak = 0.0
        self._rest: NDArray[np.float32] | None = None

    def add(self, *parts: NDArray[np.floating[Any]]) -> None:
        """Each of shape (any number, channels), in order. NaN stays: the peak becomes NaN."""
        rest = self._rest
        if rest is None:
            rest = np.zeros((_TAPS - 1, parts[0].shape[1]), np.float32)
        window = np.concatenate([rest, *parts], dtype=np.float32, casting="same_kind")
        rows = (len(window) - (_TAPS - 1)) // _ROW
        self._rest = window[rows * _ROW :]
        if rows == 0:
            return
        magnitudes = np.abs(window)
        highest = np.empty(rows + 1, np.float32)
        magnitudes[: rows * _ROW].reshape(rows, -1).max(axis=1, out=highest[:rows])
        highest[rows] = magnitudes[rows * _ROW :].max()
        self.peak = _higher(self.peak, float(highest.max()))
        near = highest * np.float32(_REACH) > self.peak
        # A row's last points need samples of the next row.
        row = np.flatnonzero(near[:-1] | near[1:])
        if row.size:
            samples = window[row[:, np.newaxis] * _ROW + _COLUMNS].swapaxes(1, 2)
            between = np.ascontiguousarray(samples) @ _BETWEEN
            self.peak = _higher(self.peak, float(np.abs(between).max()))

    def finish(self) -> float:
        """The peak, the wave having run out into silence."""
        if self._rest is not None:
            self.add(np.zeros((_ROW + _TAPS, self._rest.shape[1]), np.float32))
        return self.peak


class _Measuring:
    """The filter and the peak meter for sound of one shape."""

    def __init__(self, first: AudioFrame) -> None:
        rate = first.sample_rate
        if not _LOWEST_RATE <= rate <= _HIGHEST_RATE:
            raise ValueError(rate)
        self._shape = _shape(first)
        self._block = rate // 10
        self._waiting = 0
        self._loudest = TruePeakMeter()
        self._batch: list[AudioFrame] = []
        self._last: AudioFrame | None = None
        self._converter: tuple[tuple[str, str, int], AudioResampler] | None = None
        self._graph = Graph()
        source = self._graph.add_abuffer(
            format=first.format.name,
            sample_rate=rate,
            layout=first.layout.name,
            time_base=first.time_base,
        )
        # With `metadata` the filter gives blocks of 100 ms, each with the values up to there.
        loudness = self._graph.add("ebur128", "metadata=1:framelog=quiet")
        sink = self._graph.add("abuffersink")
        self._graph.link_nodes(source, loudness, sink).configure()

    def add(self, frame: AudioFrame) -> None:
        frame.pts = None
        for part in self._in_first_shape(frame):
            self._graph.push(part)
            self._waiting += part.samples
        if self._waiting >= self._block:
            self._waiting = 0
            self._pull()

    def finish(self) -> Levels:
        for part in self._end_conversion():
            self._graph.push(part)
        self._graph.push(None)
        self._pull()
        self._measure_batch()
        loudness = _GATE_LUFS
        if self._last is not None:
            loudness = float(self._last.metadata["lavfi.r128.I"])
        peak = self._loudest.finish()
        if not math.isfinite(loudness) or not math.isfinite(peak):
            return Levels(None, None)
        return Levels(
            loudness_lufs=round(loudness, 2) if loudness > _GATE_LUFS else None,
            true_peak_dbtp=round(20 * math.log10(peak), 2) if peak > 0 else None,
        )

    def _pull(self) -> None:
        while True:
            try:
                frame = self._graph.pull()
            except (BlockingIOError, EOFError):
                return
            assert isinstance(frame, AudioFrame)  # noqa: S101  the graph knows nothing else
            if frame.samples == self._block:  # the rest at the end carries no values
                self._last = frame
            self._batch.append(frame)
            if len(self._batch) == _BATCH:
                self._measure_batch()

    def _measure_batch(self) -> None:
        if self._batch:
            self._loudest.add(*(_to_samples(frame) for frame in self._batch))
            self._batch.clear()

    def _in_first_shape(self, frame: AudioFrame) -> list[AudioFrame]:
        shape = _shape(frame)
        parts: list[AudioFrame] = []
        if self._converter is not None and self._converter[0] != shape:
            parts = self._end_conversion()
        if shape == self._shape:
            return [*parts, frame]
        if self._converter is None:
            format_name, layout, rate = self._shape
            self._converter = shape, AudioResampler(format=format_name, layout=layout, rate=rate)
        converted = self._converter[1].resample(frame)
        for part in converted:
            part.pts = None
        return [*parts, *converted]

    def _end_conversion(self) -> list[AudioFrame]:
        if self._converter is None:
            return []
        parts = self._converter[1].resample(None)
        self._converter = None
        for part in parts:
            part.pts = None
        return parts


def _shape(frame: AudioFrame) -> tuple[str, str, int]:
    return frame.format.name, frame.layout.name, frame.sample_rate


def _to_samples(frame: AudioFrame) -> NDArray[np.float64]:
    """What the filter gives (interleaved doubles) as (samples, channels), not copied."""
    channels = frame.layout.nb_channels
    plane = memoryview(frame.planes[0])
    return np.frombuffer(plane, np.float64, frame.samples * channels).reshape(-1, channels)


def _higher(one: float, other: float) -> float:
    """The higher of two peaks; NaN where either is."""
    return float(np.maximum(one, other))


def _interpolation() -> NDArray[np.float64]:
    """Shape (_TAPS, _OVERSAMPLING - 1): the filter for each point between two samples."""
    points = np.arange(1, _OVERSAMPLING) / _OVERSAMPLING
    distance = np.arange(_TAPS)[:, np.newaxis] - (_TAPS // 2 - 1) - points
    inside = np.maximum(0.0, 1 - (distance / (_TAPS / 2)) ** 2)
    filters = np.sinc(distance) * np.i0(_KAISER_BETA * np.sqrt(inside))
    return np.asarray(filters / filters.sum(axis=0))


def _between(filters: NDArray[np.float64]) -> NDArray[np.float32]:
    """A matrix that takes a row of `_ROW + _TAPS - 1` samples to all points between them."""
    taps, points = filters.shape
    matrix = np.zeros((_ROW + taps - 1, _ROW, points), np.float32)
    for column in range(_ROW):
        matrix[column : column + taps, column] = filters
    return matrix.reshape(_ROW + taps - 1, _ROW * points)


_FILTERS: NDArray[Any] = _interpolation()
_REACH = float(np.abs(_FILTERS).sum(axis=0).max())
_BETWEEN = _between(_FILTERS)
_COLUMNS = np.arange(_ROW + _TAPS - 1)
