"""Rates of repetitions: their summary, and how narrow it is."""

from collections.abc import Sequence
from typing import NamedTuple

from bench.stats.order import median_coverage, median_interval


class RateSummary(NamedTuple):
    """Rates of repetitions, in tokens per second.

    ``total_rate`` is the sum of tokens over the sum of seconds; ``low`` and ``high`` bound the median rate.
    ``coverage`` is what the interval really attains: below the asked level when there are too few samples.
    """

    total_rate: float
    median_rate: float
    low: float
    high: float
    n: int
    coverage: float


def relative_half_width(values: Sequence[float], level: float = 0.95) -> float | None:
    """Half the median's interval as a share of the median; None while too few values reach ``level``."""
    if not values or median_coverage(len(values), level) < level:
        return None
    middle, low, high = median_interval(values, level)
    return (high - low) / 2 / abs(middle) if middle else None


def rate_summary(tokens: Sequence[int], seconds: Sequence[float], level: float = 0.95) -> RateSummary:
    """Σ tokens / Σ seconds, and the median of the rates with its interval; never a mean of rates.

    Both sequences have one entry per repetition. Raises ValueError when they are empty, differ in length
    or hold a duration that is not positive.
    """
    if not seconds or len(tokens) != len(seconds):
        raise ValueError(f"{len(tokens)} token counts and {len(seconds)} durations")
    if min(seconds) <= 0:
        raise ValueError("a rate needs a duration above 0 s")
    rates = [n / s for n, s in zip(tokens, seconds, strict=True)]
    middle, low, high = median_interval(rates, level)
    coverage = median_coverage(len(rates), level)
    return RateSummary(sum(tokens) / sum(seconds), middle, low, high, len(rates), coverage)
