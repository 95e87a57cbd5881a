"""Proportions: their intervals and differences, and how many items settle a question."""

import math
from typing import NamedTuple

from bench.stats.quantiles import LEVEL, NORMAL, check_level, where_it_turns, z_of


class Estimate(NamedTuple):
    """A value with the bounds of its interval, all in one unit."""

    value: float
    low: float
    high: float


def wilson(successes: int, n: int, level: float = LEVEL) -> tuple[float, float]:
    """Score interval of a proportion (Wilson 1927); defined at 0 and n. Without trials it is (0, 1)."""
    if not 0 <= successes <= n:
        raise ValueError(f"{successes} successes in {n} trials")
    if n == 0:
        check_level(level)
        return 0.0, 1.0
    return wilson_of(successes / n, n, z_of(level))


def wilson_of(share: float, n: float, z: float) -> tuple[float, float]:
    """The same of a share of ``n`` trials, which need not be whole, at the quantile ``z``."""
    shrink = 1 + z * z / n
    centre = (share + z * z / (2 * n)) / shrink
    half = z / shrink * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    low = 0.0 if share == 0 else max(0.0, centre - half)
    high = 1.0 if share == 1 else min(1.0, centre + half)
    return low, high


def independent_difference(first: Estimate, second: Estimate) -> Estimate:
    """Interval of first - second from the two independent intervals, both at the level that is wanted.

    Distances to the bounds are added in squares (MOVER; Zou and Donner 2008), so the interval keeps the
    asymmetry of its parts. Of two Wilson intervals it is Newcombe's hybrid score interval (1998, method 10).
    """
    value = first.value - second.value
    below = math.hypot(first.value - first.low, second.high - second.value)
    above = math.hypot(first.high - first.value, second.value - second.low)
    return Estimate(value, value - below, value + above)


def paired_difference(only_first: int, only_second: int, n: int, level: float = LEVEL) -> Estimate:
    """Difference of two proportions on the same ``n`` items: score interval (Tango 1998).

    ``only_first`` items are right on the first side alone, ``only_second`` on the second alone. Defined
    without discordant items too, where the plain (Wald) interval would have no width.
    """
    if n <= 0 or min(only_first, only_second) < 0 or only_first + only_second > n:
        raise ValueError(f"{only_first} and {only_second} discordant items of {n}")
    z = z_of(level)
    value = (only_first - only_second) / n

    def score(shift: float) -> float:
        linear = (2 * n - only_first + only_second) * shift - only_first - only_second
        constant = -only_second * shift * (1 - shift)
        root = math.sqrt(max(0.0, linear * linear - 8 * n * constant))
        second_alone = (root - linear) / (4 * n)
        variance = n * max(0.0, 2 * second_alone + shift * (1 - shift))
        distance = only_first - only_second - n * shift
        if variance == 0.0:
            return 0.0 if distance == 0 else math.copysign(math.inf, distance)
        return distance / math.sqrt(variance)

    low = where_it_turns(lambda shift: score(shift) > z, -1.0, value)
    high = where_it_turns(lambda shift: score(shift) >= -z, value, 1.0)
    return Estimate(value, low, high)


def items_to_settle(rate: float, bar: float, *, level: float = LEVEL, power: float = 0.8) -> int | None:
    """Items after which a true accuracy ``rate`` is told from ``bar``, one-sided, with this power.

    Sample size of the score test of one proportion (Fleiss, Levin and Paik 2003, section 2.4), which is the
    test behind ``wilson``. None when the two are equal: no number settles that.
    """
    if not (0 <= rate <= 1 and 0 <= bar <= 1):
        raise ValueError(f"rate {rate} and bar {bar} must lie between 0 and 1")
    return _sample_size(bar * (1 - bar), rate * (1 - rate), rate - bar, level, power)


def items_to_settle_paired(
    discordant: float, difference: float, margin: float, *, level: float = LEVEL, power: float = 0.8
) -> int | None:
    """Items on which both sides answered after which ``difference`` is told from minus ``margin``, one-sided.

    ``discordant`` is the share of items on which exactly one side is right. Sample size for McNemar's
    setting with the variance at the margin and at the truth (Connor 1987, with the null at minus the margin):
    20 % discordant, no difference, a margin of 5 points and power 0.8 take 491 items.
    """
    if not 0 < discordant <= 1 or abs(difference) > discordant or abs(margin) >= 1:
        raise ValueError(f"discordant share {discordant}, difference {difference}, margin {margin}")
    at_margin = max(discordant, abs(margin)) - margin**2
    return _sample_size(at_margin, discordant - difference**2, difference + margin, level, power)


def detectable_difference(discordant: float, n: int, *, power: float = 0.8) -> float | None:
    """The smallest true difference of two proportions that ``n`` paired items tell from none.

    Two-sided, with this power: ``items_to_settle_paired`` turned round. ``discordant`` is the share of items
    on which exactly one side is right, and a difference beyond it needs at least as many such items. None
    when not even a difference of 1 would be told.
    """
    if not 0 <= discordant <= 1 or n < 0:
        raise ValueError(f"discordant share {discordant} of {n} items")
    one_sided = (1 + LEVEL) / 2

    def is_missed(difference: float) -> bool:
        needed = items_to_settle_paired(
            max(discordant, difference), difference, 0.0, level=one_sided, power=power
        )
        return needed is None or needed > n

    return None if is_missed(1.0) else where_it_turns(is_missed, 0.0, 1.0)


def _sample_size(
    null_variance: float, true_variance: float, distance: float, level: float, power: float
) -> int | None:
    if math.isclose(distance, 0.0, abs_tol=1e-12):
        return None
    check_level(level)
    check_level(power)
    z_level, z_power = NORMAL.inv_cdf(level), NORMAL.inv_cdf(power)
    needed = z_level * math.sqrt(null_variance) + z_power * math.sqrt(true_variance)
    return max(1, math.ceil((needed / distance) ** 2))
