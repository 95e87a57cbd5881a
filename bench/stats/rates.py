"""Rates of repetitions: their summary, and when there are enough of them."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import Final, Literal, NamedTuple

from bench.stats.location import FEWEST_FOR_ORDER, median_estimate
from bench.stats.proportions import Estimate

Method = Literal["none", "student", "order-statistics"]

# Each look at the interval is a chance to stop by luck, so looks are rare, and a few values that look quiet
# must be this much narrower than the target. When they are not, it takes many to see how the noise hangs
# together. The simulated coverage of these choices is in docs/statistics.md.
QUIET_LOOKS: Final = {4: 0.27, 5: 0.42, 6: 0.42, 12: 0.65}
FIRST_LOOK = 24
LOOK_GROWTH = 1.6

# Of two values either may be the one that is off, and their interval reaches 12.7 standard errors each way;
# of three the middle one holds, and it is 4.3.
FEWEST_QUIET: Final = 3


def is_lost(n_quiet: int, n: int) -> bool:
    """Does disturbance leave too few of ``n`` values for a result? As few, all of them quiet, are one."""
    return n_quiet < min(n, FEWEST_QUIET)


class RateSummary(NamedTuple):
    """Rates of repetitions, in tokens per second.

    ``total_rate`` is the sum of tokens over the sum of seconds; ``low`` and ``high`` bound the median of the
    rates that the machine would show in many more repetitions like these. A single repetition has no
    interval: both are its rate, and ``method`` says so.
    """

    total_rate: float
    median_rate: float
    low: float
    high: float
    n: int
    method: Method


@dataclass(frozen=True, slots=True)
class StoppingRule:
    """When the repetitions of one point are enough. The target is a share of the median."""

    target_half_width: float
    max_repetitions: int

    def verdict(self, rates: Sequence[float], n_made: int) -> Literal["narrow", "repetitions"] | None:
        """From the ``rates`` that count, in order, of ``n_made`` repetitions; None: go on."""
        if self._is_narrow(rates):
            return "narrow"
        return "repetitions" if n_made >= self.max_repetitions else None

    def _is_narrow(self, rates: Sequence[float]) -> bool:
        share = _LOOKS.get(len(rates))
        if share is None:
            return False
        half_width = relative_half_width(rates)
        return half_width is not None and half_width < share * self.target_half_width


def rate_interval(rates: Sequence[float]) -> Estimate | None:
    """The median of rates above 0, in the order of their time, by ``median_estimate`` of their logarithms.

    None for fewer than two. Raises ValueError for a rate that is not positive.
    """
    if rates and min(rates) <= 0:
        raise ValueError("an interval of rates needs rates above 0")
    logs = median_estimate([math.log(rate) for rate in rates])
    if logs is None:
        return None
    middle = median(rates)
    return Estimate(middle, min(middle, math.exp(logs.low)), max(middle, math.exp(logs.high)))


def relative_half_width(rates: Sequence[float]) -> float | None:
    """Half the interval of the median rate as a share of it; None for fewer than two rates."""
    found = rate_interval(rates)
    return None if found is None else (found.high - found.low) / 2 / found.value


def rate_summary(tokens: Sequence[int], seconds: Sequence[float]) -> RateSummary:
    """Σ tokens / Σ seconds, and the median of the rates with its interval; never a mean of rates.

    Both sequences have one entry per repetition, in the order of their time. Raises ValueError when they are
    empty, differ in length or hold a duration or a number of tokens that is not positive.
    """
    if not seconds or len(tokens) != len(seconds):
        raise ValueError(f"{len(tokens)} token counts and {len(seconds)} durations")
    if min(seconds) <= 0:
        raise ValueError("a rate needs a duration above 0 s")
    rates = [n / s for n, s in zip(tokens, seconds, strict=True)]
    found = rate_interval(rates) or Estimate(rates[0], rates[0], rates[0])
    return RateSummary(sum(tokens) / sum(seconds), *found, len(rates), _method(len(rates)))


def _method(n: int) -> Method:
    if n < 2:
        return "none"
    return "student" if n < FEWEST_FOR_ORDER else "order-statistics"


def _looks() -> dict[int, float]:
    """Numbers of values after which to look, with the share of the target that the half-width may take."""
    looks = dict(QUIET_LOOKS)
    n = FIRST_LOOK
    while n < 100_000:
        looks[n] = 1.0
        n = round(n * LOOK_GROWTH)
    return looks


_LOOKS: Final = _looks()
