"""Does a series of rates drift?"""

import math
from collections.abc import Sequence
from itertools import pairwise
from statistics import median
from typing import NamedTuple

from bench.stats.location import autocorrelation
from bench.stats.quantiles import NORMAL

DRIFT_NOTICED = 0.02  # of the rate, over the whole series: as much as a point's interval may be wide
FEWEST_FOR_DRIFT = 6  # below that no order of the values is improbable enough
_STRONGEST = 0.9


class Drift(NamedTuple):
    """``change``: of the rate from the first to the last value, as a share; negative: it slowed down.

    ``p_value`` is the chance of such an order of the values without drift; ``is_drifting``: that chance is
    small, and the change is large enough to matter.
    """

    change: float
    p_value: float
    n: int
    is_drifting: bool


def drift(
    rates: Sequence[float],
    at_s: Sequence[float] | None = None,
    *,
    noticed: float = DRIFT_NOTICED,
    level: float = 0.95,
) -> Drift | None:
    """Mann and Kendall's test of a trend, with Theil and Sen's slope for its size; None for few values.

    ``at_s`` are the begins of the values in seconds, in order; None: evenly spaced. The test's variance is
    widened by the autocorrelation of the ranks after the slope is taken out (Hamed and Rao 1998, here with
    that of the first lag). A trend that is certain but changes the rate by less than ``noticed`` over the
    series is no drift. Raises ValueError for rates that are not positive or times that do not rise.
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
    p_value = 2 * (1 - NORMAL.cdf(z))
    change = math.expm1(slope * (times[-1] - times[0]))
    return Drift(change, p_value, n, p_value <= 1 - level and abs(change) >= noticed)


def _widening(values: Sequence[float]) -> float:
    """By how much autocorrelation widens the variance of the test: an autoregressive series' factor."""
    correlation = min(_STRONGEST, max(0.0, autocorrelation(values)))
    return (1 + correlation) / (1 - correlation)
