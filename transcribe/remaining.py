"""How long the rest will take, from how fast it went so far. Pure."""

from collections import deque

# Text comes a window of thirty seconds at a time: over less than this the speed says nothing.
_SHORTEST_LOOK_S = 10.0
_LEAST_HEARD_MS = 20_000
# Speed changes with what else the machine does: older measurements than this do not count.
_LONGEST_LOOK_S = 120.0


class RemainingTime:
    """Estimates from the speed of the last two minutes; none until there is something to go by."""

    def __init__(self, total_ms: int) -> None:
        """`total_ms`: sound to hear in this run."""
        self._total_ms = total_ms
        self._seen: deque[tuple[float, int]] = deque()

    def note(self, now_s: float, heard_ms: int) -> int | None:
        """Seconds still to go when `heard_ms` have been heard at `now_s` (any clock), or None.

        Never below zero; zero only when all has been heard.
        """
        if heard_ms >= self._total_ms:
            return 0
        if self._seen and heard_ms < self._seen[-1][1]:
            self._seen.clear()  # a part is heard again: the speed before it no longer holds
        if not self._seen or heard_ms > self._seen[-1][1]:
            self._seen.append((now_s, heard_ms))
        while len(self._seen) > 2 and now_s - self._seen[1][0] >= _LONGEST_LOOK_S:
            self._seen.popleft()
        begun_s, before_ms = self._seen[0]
        if now_s - begun_s < _SHORTEST_LOOK_S or heard_ms - before_ms < _LEAST_HEARD_MS:
            return None
        speed = (heard_ms - before_ms) / (now_s - begun_s)
        return max(1, round((self._total_ms - heard_ms) / speed))
