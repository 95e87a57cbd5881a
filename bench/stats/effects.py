"""What a change of settings or builds does to a rate: ratio, interval, and the change that could be seen."""

import math
from collections.abc import Sequence
from typing import NamedTuple

from bench.stats.location import median_estimate
from bench.stats.proportions import Estimate, independent_difference
from bench.stats.quantiles import LEVEL, NORMAL, z_of

POWER = 0.9


class Effect(NamedTuple):
    """The ratio of two rates, B / A, with its interval; ``n`` pairs, or values of the smaller side.

    With too few values to know anything of the noise the interval is all ratios: 0 to infinity.
    """

    ratio: float
    low: float
    high: float
    n: int
    is_paired: bool

    @property
    def is_told_apart(self) -> bool:
        """Does the interval exclude 1, no change?"""
        return not self.low <= 1.0 <= self.high


def rate_ratio(a: Sequence[float], b: Sequence[float], *, is_paired: bool) -> Effect:
    """Rates of B over those of A; rates in any one unit, above 0.

    Paired: value i of both sides was measured in round i, one right after the other, so what changes slowly
    cancels; the median of the rounds' ratios. Else the ratio of the two medians, the sides' intervals
    joined by MOVER on the logarithms (Zou and Donner 2008).

    Raises ValueError without values, for a rate that is not positive, and for pairs of unequal number.
    """
    logs = _log_ratio(a, b, is_paired=is_paired)
    return Effect(
        ratio=math.exp(logs.value),
        low=math.exp(logs.low),
        high=math.exp(logs.high),
        n=min(len(a), len(b)),
        is_paired=is_paired,
    )


def detectable_change(a: Sequence[float], b: Sequence[float], *, is_paired: bool) -> float | None:
    """The smallest true slow-down, as a share, that as many values as noisy as these tell at ``POWER``.

    The interval excludes 1 when the estimate lies further from it than the half-width h. Both vary, so a true
    change of h (1 + z_power / z_level √(1 + z_level² / 2(n - 1))) is told with probability ``POWER``: the
    normal approximation of a noncentral t, with h for z_level standard errors. None where there is no
    interval. Raises ValueError like ``rate_ratio``.
    """
    logs = _log_ratio(a, b, is_paired=is_paired)
    half_width = (logs.high - logs.low) / 2
    if math.isinf(half_width):
        return None
    z, degrees = z_of(LEVEL), min(len(a), len(b)) - 1
    vary_together = math.sqrt(1 + z * z / (2 * degrees))
    return -math.expm1(-half_width * (1 + NORMAL.inv_cdf(POWER) / z * vary_together))


def paired_enough(effect: Effect, target_half_width: float) -> bool:
    """May interleaved rounds end: is the interval of the ratio within ± ``target_half_width`` of it?"""
    return (effect.high - effect.low) / 2 <= target_half_width * effect.ratio


def _log_ratio(a: Sequence[float], b: Sequence[float], *, is_paired: bool) -> Estimate:
    if not a or not b or min(*a, *b) <= 0:
        raise ValueError("a ratio of rates needs rates above 0 on both sides")
    logs_a, logs_b = [math.log(rate) for rate in a], [math.log(rate) for rate in b]
    if is_paired:
        return _estimate([y - x for x, y in zip(logs_a, logs_b, strict=True)])
    return independent_difference(_estimate(logs_b), _estimate(logs_a))


def _estimate(logs: Sequence[float]) -> Estimate:
    return median_estimate(logs) or Estimate(logs[0], -math.inf, math.inf)
