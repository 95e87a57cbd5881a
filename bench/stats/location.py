"""The interval of a median from few, noisy, perhaps autocorrelated values."""

import math
from collections.abc import Sequence
from statistics import fmean, median, stdev

from bench.stats.proportions import Estimate
from bench.stats.quantiles import student


def median_estimate(values: Sequence[float], level: float = 0.95) -> Estimate | None:
    """None with fewer than two values."""
    if len(values) < 2:
        return None
    centre = fmean(values)
    half = student(level, len(values) - 1) * stdev(values) / math.sqrt(len(values))
    middle = median(values)
    return Estimate(middle, min(middle, centre - half), max(middle, centre + half))
