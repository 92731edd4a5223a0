"""Cuts the endless sound of a line into announcements, at long silence.

PCM is mono, 24 kHz, signed 16 bit, little-endian. The sound goes through in windows of 100 ms;
while nothing is said, only the last seconds are kept, as the beginning of what comes next.
"""

import math
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from transcribe.decoder import SAMPLE_RATE

WINDOW_MS = 100
WINDOW_BYTES = SAMPLE_RATE * 2 * WINDOW_MS // 1000

# In dB of full scale. Idle inputs of sound cards measure -90 to -55, spoken programmes -30 to -15;
# between the two lines it depends on how quiet this line can be.
_LOUD_DB = -30.0
_QUIET_DB = -50.0
_ABOVE_FLOOR_DB = 9.0
_SILENCE_DB = -96.0  # of 16 bits
# How long a line's quietest moment counts: a pause for breath is never five minutes away.
_FLOOR_PARTS = 30
_FLOOR_PART_WINDOWS = 100

# Sound begins with three windows of five: a click has one, a word has more.
_BEGIN_WINDOWS = 5
_BEGIN_SOUNDING = 3
# Where it has become too long, at the next pause between sentences, else anywhere a minute later.
_SENTENCE_PAUSE_MS = 700
_HARD_CUT_MS = 60_000
# Where another programme begins, at the next such pause, else anywhere so much later.
_LAST_WORDS_MS = 10_000
# When the time is over, at the next pause between two items.
_LAST_PAUSE_MS = 3_000
# Of a silence so much is passed on at once; the rest when sound comes again, or never.
_TAIL_MS = 2_000


@dataclass(frozen=True, slots=True)
class Begin:
    """An announcement begins; the sound that follows starts `before_ms` ago."""

    before_ms: int


@dataclass(frozen=True, slots=True)
class Sound:
    """Sound of the announcement that has begun."""

    pcm: bytes


@dataclass(frozen=True, slots=True)
class End:
    """The announcement is over, with the first two seconds of the silence after it."""


Event = Begin | Sound | End


class SoundGate:
    """Says of each window whether there is sound or only the noise of the line.

    Above -30 dB of full scale is always sound, below -50 never. Between, sound is what stands 9 dB
    above the quietest window of the last minutes, so that hum and hiss of any line are silence.
    """

    def __init__(self) -> None:
        self._parts: deque[float] = deque(maxlen=_FLOOR_PARTS)
        self._windows = 0

    def is_sound(self, window: bytes) -> bool:
        level = level_db(window)
        if self._windows % _FLOOR_PART_WINDOWS == 0:
            self._parts.append(level)
        self._parts[-1] = min(self._parts[-1], level)
        self._windows += 1
        floor = min(self._parts)
        return level > min(_LOUD_DB, max(_QUIET_DB, floor + _ABOVE_FLOOR_DB))


class Splitter:
    """Takes a line's sound and gives what belongs to announcements.

    `armed` False: listen and keep the pre-roll, and begin nothing yet. `ending` True: the time is
    over, end at the next pause of three seconds. `is_open` True at the
    making: an announcement that an earlier process began goes on, `length_ms` of it are there.
    """

    def __init__(
        self,
        *,
        pre_roll_ms: int,
        split_silence_ms: int,
        longest_ms: int,
        is_open: bool = False,
        length_ms: int = 0,
    ) -> None:
        self.armed = True
        self.ending = False
        self.is_open = is_open
        self.quiet_ms = 0
        self._gate = SoundGate()
        self._split_silence_ms = split_silence_ms
        self._longest_ms = longest_ms
        self._length_ms = length_ms
        # Up to which lengths an announcement may come before it is cut at a pause, or anywhere.
        self._soft_ms = longest_ms
        self._hard_ms = longest_ms + _HARD_CUT_MS
        self._rest = b""
        self._held: list[bytes] = []
        self._sounding: deque[bool] = deque(maxlen=_BEGIN_WINDOWS)
        # The windows that tell a beginning come before it as well.
        self._before: deque[bytes] = deque(maxlen=pre_roll_ms // WINDOW_MS + _BEGIN_WINDOWS)

    def add(self, pcm: bytes) -> Iterator[Event]:
        """Take sound of any length, in order. To be read to its end."""
        pcm = self._rest + pcm
        whole = len(pcm) - len(pcm) % WINDOW_BYTES
        self._rest = pcm[whole:]
        for start in range(0, whole, WINDOW_BYTES):
            yield from self._window(pcm[start : start + WINDOW_BYTES])

    def add_gap(self, gap_ms: int) -> Iterator[Event]:
        """Nothing came for so long: it counts as silence and leaves no trace in the sound."""
        self._rest = b""
        self._sounding.clear()
        self._before.clear()
        if self.is_open:
            self.quiet_ms += gap_ms
            if self._is_over():
                yield self._end()

    def end_soon(self) -> None:
        """End what is open at the next pause between sentences, within seconds; nothing is lost."""
        self._soft_ms = min(self._soft_ms, self._length_ms)
        self._hard_ms = min(self._hard_ms, self._length_ms + _LAST_WORDS_MS)

    def finish(self) -> Iterator[Event]:
        """End what is open, now."""
        if self.is_open:
            if self._rest and not self._held:
                yield Sound(self._rest)
            self._rest = b""
            yield self._end()

    def _window(self, window: bytes) -> Iterator[Event]:
        sounding = self._gate.is_sound(window)
        if not self.is_open:
            self._before.append(window)
            self._sounding.append(sounding)
            if self.armed and sum(self._sounding) >= _BEGIN_SOUNDING:
                yield from self._begin()
            return
        self._length_ms += WINDOW_MS
        if sounding:
            yield Sound(b"".join([*self._held, window]))
            self._held.clear()
            self.quiet_ms = 0
        else:
            self.quiet_ms += WINDOW_MS
            if self.quiet_ms > _TAIL_MS:
                self._held.append(window)
            else:
                yield Sound(window)
        if self._is_over():
            yield self._end()
        elif self._length_ms >= self._hard_ms:
            yield self._end()
            yield from self._begin()

    def _begin(self) -> Iterator[Event]:
        before = b"".join(self._before)
        self._before.clear()
        self._sounding.clear()
        self._length_ms = len(before) * WINDOW_MS // WINDOW_BYTES
        self.is_open, self.quiet_ms = True, 0
        yield Begin(self._length_ms)
        if before:
            yield Sound(before)

    def _is_over(self) -> bool:
        pause_ms = self._split_silence_ms
        if self.ending:
            pause_ms = min(pause_ms, _LAST_PAUSE_MS)
        if self._length_ms >= self._soft_ms:
            pause_ms = _SENTENCE_PAUSE_MS
        return self.quiet_ms >= pause_ms

    def _end(self) -> End:
        self.is_open, self.quiet_ms = False, 0
        self._soft_ms, self._hard_ms = self._longest_ms, self._longest_ms + _HARD_CUT_MS
        self._before.extend(self._held)  # the silence after one is before the next
        self._held.clear()
        return End()


def level_db(window: bytes) -> float:
    """The level of PCM in dB of full scale, without the constant that cheap sound cards add."""
    samples = np.frombuffer(window, "<i2").astype(np.float32) / 32768
    power = float(np.var(samples)) if samples.size else 0.0
    return max(_SILENCE_DB, 10 * math.log10(power)) if power > 0 else _SILENCE_DB
