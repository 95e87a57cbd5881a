"""The interval of a median from few, noisy, perhaps autocorrelated values."""

import math
from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise
from statistics import fmean, median, stdev

from bench.stats.order import percentile
from bench.stats.proportions import Estimate
from bench.stats.quantiles import LEVEL, student, z_of

FEWEST_FOR_ORDER = 8  # values from which order statistics and an autocorrelation say something
# Standard errors of the autocorrelation that are added to it. A stretch of values that looks independent by
# luck is narrow, too, and ends a series that is measured until it is narrow: docs/statistics.md.
DOUBT = 1.55
_STRONGEST = 0.9


def median_estimate(values: Sequence[float]) -> Estimate | None:
    """The median of what ``values``, in the order of their time, are drawn from; None for fewer than two.

    Under ``FEWEST_FOR_ORDER`` values: Student's interval of the mean, which is the median's where the noise
    is symmetrical, widened to hold the sample's median. It takes the values as independent, since so few
    cannot tell. From there on: the interval between order statistics, whatever the distribution, its
    distances from the median stretched by the root of what autocorrelation adds to the variance of the
    number of values on one side.
    """
    n = len(values)
    if n < 2:
        return None
    middle = median(values)
    if n < FEWEST_FOR_ORDER:
        centre, half = fmean(values), student(LEVEL, n - 1) * stdev(values) / math.sqrt(n)
        return Estimate(middle, min(middle, centre - half), max(middle, centre + half))
    rank = max(1.0, (n + 1 - z_of(LEVEL) * math.sqrt(n)) / 2)
    percent = 100 * (rank - 1) / (n - 1)
    stretch = math.sqrt(_side_variance(round(_doubted(autocorrelation(values), n), 2), n))
    low, high = percentile(values, percent), percentile(values, 100 - percent)
    return Estimate(middle, middle - stretch * (middle - low), middle + stretch * (high - middle))


def autocorrelation(values: Sequence[float]) -> float:
    """Of neighbours, by rank, so that spikes do not hide it; corrected for its bias towards negative ones.

    The bias of the plain estimate is about -(1 + 3 rho) / n (Marriott and Pope 1954). Needs four values; 0
    when all are equal.
    """
    n = len(values)
    ranks = [0.0] * n
    for rank, index in enumerate(sorted(range(n), key=values.__getitem__)):
        ranks[index] = rank - (n - 1) / 2
    if values[0] == min(values) == max(values):
        return 0.0
    plain = math.fsum(a * b for a, b in pairwise(ranks)) / math.fsum(r * r for r in ranks)
    return max(-1.0, min(1.0, (n * plain + 1) / (n - 3)))


def _doubted(correlation: float, n: int) -> float:
    return min(_STRONGEST, max(0.0, correlation + DOUBT / math.sqrt(n)))


@lru_cache(maxsize=4096)
def _side_variance(correlation: float, n: int) -> float:
    """Variance of the number of ``n`` values below the median, over that of independent ones.

    For a normal autoregressive series: neighbours k apart fall on the same side with the excess probability
    asin(rho^k)/pi (Sheppard 1899).
    """
    if correlation == 0.0:
        return 1.0
    lags = range(1, n)
    return 1 + 2 * math.fsum((1 - k / n) * 2 / math.pi * math.asin(correlation**k) for k in lags)
