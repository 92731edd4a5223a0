"""How sure a measured rate is, from the differences between the files it was measured on. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

ROUNDS = 10_000  # as in the paper
CONFIDENCE = 0.95
# Fewer files than this and the interval itself is a guess; the report says so (ours).
FEW_FILES = 20
_BLOCK_ROUNDS = 500


@dataclass(frozen=True, slots=True)
class Estimate:
    """A ratio of sums with its interval.

    `value` is None where there was nothing to be counted, `low` and `high` also where a single
    file leaves nothing to compare.
    """

    numerator: float = 0.0
    denominator: float = 0.0
    low: float | None = None
    high: float | None = None

    @property
    def value(self) -> float | None:
        return self.numerator / self.denominator if self.denominator else None


def estimate_ratio(parts: Sequence[tuple[float, float]], seed: int = 0) -> Estimate:
    """The sum of the numerators over the sum of the denominators, one pair a file.

    Interval: files are drawn with replacement ROUNDS times, the ratio of sums is taken each time,
    and the 2.5th and 97.5th percentiles are given (Bisani and Ney 2004, "Bootstrap estimates for
    confidence intervals in ASR performance evaluation", ICASSP). Files without anything to count
    take no part. The same seed gives the same interval.
    """
    counted = np.array([part for part in parts if any(part)], dtype=np.float64).reshape(-1, 2)
    numerator, denominator = map(float, counted.sum(axis=0))
    files = len(counted)
    if files < 2 or not denominator:
        return Estimate(numerator, denominator)
    draw = np.random.default_rng(seed)
    ratios = []
    for first in range(0, ROUNDS, _BLOCK_ROUNDS):
        rounds = min(_BLOCK_ROUNDS, ROUNDS - first)
        sums = draw.multinomial(files, np.full(files, 1 / files), size=rounds) @ counted
        drawn = sums[sums[:, 1] > 0]
        ratios.append(drawn[:, 0] / drawn[:, 1])
    margin = (1 - CONFIDENCE) / 2
    low, high = np.quantile(np.concatenate(ratios), [margin, 1 - margin])
    return Estimate(numerator, denominator, float(low), float(high))
