"""Order statistics: percentiles, and the distribution-free interval of a median of independent values."""

import math
from collections.abc import Sequence

from bench.stats.quantiles import LEVEL, z_of


def percentile(values: Sequence[float], percent: float) -> float:
    """Percentile by linear interpolation between order statistics (Hyndman and Fan 1996, type 7)."""
    if not values:
        raise ValueError("a percentile needs at least one value")
    if not 0 <= percent <= 100:
        raise ValueError(f"percentile {percent} is not between 0 and 100")
    ordered = sorted(values)
    position = (len(ordered) - 1) * percent / 100
    below = math.floor(position)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (position - below)


def median_interval(values: Sequence[float]) -> tuple[float, float, float]:
    """Median with its distribution-free interval between order statistics (exact binomial).

    The narrowest symmetric pair whose coverage reaches ``LEVEL``. Too few values (under 6) cannot
    reach it: then the bounds are the smallest and the largest value. Raises ValueError without values.
    """
    ordered = sorted(values)
    rank = _median_rank(len(ordered))
    return percentile(ordered, 50), ordered[rank - 1], ordered[-rank]


def _median_rank(n: int) -> int:
    """The largest rank k for which order statistics k and n+1-k cover the median at ``LEVEL``; at least 1."""
    if n < 1:
        raise ValueError("a median needs at least one value")
    rank = 1
    tail = 0.5**n if n < 1000 else 0.0  # P(fewer than `rank` values below the median)
    if n >= 1000:
        # The exact tail underflows; the normal approximation of the rank errs by less than one.
        return max(1, math.floor((n - z_of(LEVEL) * math.sqrt(n)) / 2))
    while rank < n // 2:
        tail += math.comb(n, rank) * 0.5**n
        if 1 - 2 * tail < LEVEL:
            break
        rank += 1
    return rank
