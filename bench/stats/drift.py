"""Does a series of rates drift?"""

import math
from collections.abc import Sequence
from itertools import pairwise
from statistics import median
from typing import NamedTuple

from bench.stats.location import autocorrelation
from bench.stats.quantiles import LEVEL, NORMAL
from bench.stats.rates import rate_interval

DRIFT_NOTICED = 0.02  # of the rate, over the whole series: as much as a point's interval may be wide
FEWEST_FOR_DRIFT = 6  # two halves of three
# Noise whose neighbours hang together more than that for as long as a series lasts is what is called drift.
_STRONGEST = 0.6


class Drift(NamedTuple):
    """``change`` of the rate over the series, as a share; negative: it slowed down.

    ``trend_p`` is the chance of such an order of the values without a trend; ``is_drifting``: there is a
    trend or a step, and it is large enough to matter.
    """

    change: float
    trend_p: float
    n: int
    is_drifting: bool


def drift(
    rates: Sequence[float],
    at_s: Sequence[float] | None = None,
    *,
    noticed: float = DRIFT_NOTICED,
) -> Drift | None:
    """Did the rate change over the series? None for few values.

    A trend: Mann and Kendall's test, with Theil and Sen's slope for its size; its variance is widened by the
    autocorrelation of the ranks that the slope leaves (Hamed and Rao 1998, here of the first lag). A step,
    which such a test hardly sees: the intervals of the medians of the two halves lie apart. Either counts
    from a change by ``noticed`` on.

    ``at_s`` are the begins of the values in seconds, in order; None: evenly spaced. Raises ValueError for
    rates that are not positive or times that do not rise.
    """
    times = list(at_s) if at_s is not None else [float(i) for i in range(len(rates))]
    if len(times) != len(rates) or any(b <= a for a, b in pairwise(times)):
        raise ValueError("drift needs one time per rate, in rising order")
    if rates and min(rates) <= 0:
        raise ValueError("drift needs rates above 0")
    n = len(rates)
    if n < FEWEST_FOR_DRIFT:
        return None
    logs = [math.log(rate) for rate in rates]
    pairs = [(i, j) for j in range(n) for i in range(j)]
    concordance = sum((logs[j] > logs[i]) - (logs[j] < logs[i]) for i, j in pairs)
    slope = median((logs[j] - logs[i]) / (times[j] - times[i]) for i, j in pairs)
    rest = [log - slope * time for log, time in zip(logs, times, strict=True)]
    variance = n * (n - 1) * (2 * n + 5) / 18 * _widening(rest)
    z = max(0, abs(concordance) - 1) / math.sqrt(variance)
    p = 2 * (1 - NORMAL.cdf(z))
    trend, step = math.expm1(slope * (times[-1] - times[0])), _step(rates)
    has_trend, has_step = p <= 1 - LEVEL and abs(trend) >= noticed, abs(step) >= noticed
    return Drift(step if has_step and not has_trend else trend, p, n, has_trend or has_step)


def _step(rates: Sequence[float]) -> float:
    """From the median of the first half to that of the second, as a share; 0 where the intervals meet."""
    half = len(rates) // 2
    first, second = rate_interval(rates[:half]), rate_interval(rates[-half:])
    if first is None or second is None or (first.low <= second.high and second.low <= first.high):
        return 0.0
    return second.value / first.value - 1


def _widening(values: Sequence[float]) -> float:
    """By how much autocorrelation widens the variance of the test: an autoregressive series' factor."""
    correlation = min(_STRONGEST, max(0.0, autocorrelation(values)))
    return (1 + correlation) / (1 - correlation)
