"""Pure statistics: intervals for proportions, medians and rates, and how many items settle a question.

Two-sided intervals by default. The one-sided bound at level 0.95 is the end of the two-sided interval
at level 0.90 (``two_sided``). No input or output, no clock; randomness comes in as a generator.
"""

import math
from collections.abc import Callable, Sequence
from statistics import NormalDist
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_NORMAL = NormalDist()
_BISECTIONS = 60  # halves [-1, 1] to below the spacing of doubles


class Estimate(NamedTuple):
    """A value with the bounds of its interval, all in one unit."""

    value: float
    low: float
    high: float


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


def two_sided(one_sided_level: float) -> float:
    """The two-sided level whose ends are the one-sided bounds at ``one_sided_level``: 0.95 gives 0.90."""
    _check_level(one_sided_level)
    if one_sided_level <= 0.5:
        raise ValueError(f"a one-sided level of {one_sided_level} bounds nothing; use one above 0.5")
    return 2 * one_sided_level - 1


# -- proportions ---------------------------------------------------------------------------------


def wilson(successes: int, n: int, level: float = 0.95) -> tuple[float, float]:
    """Score interval of a proportion (Wilson 1927); defined at 0 and n. Without trials it is (0, 1)."""
    if not 0 <= successes <= n:
        raise ValueError(f"{successes} successes in {n} trials")
    z = _z(level)
    if n == 0:
        return 0.0, 1.0
    share = successes / n
    shrink = 1 + z * z / n
    centre = (share + z * z / (2 * n)) / shrink
    half = z / shrink * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    low = 0.0 if successes == 0 else max(0.0, centre - half)
    high = 1.0 if successes == n else min(1.0, centre + half)
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


def paired_difference(only_first: int, only_second: int, n: int, level: float = 0.95) -> Estimate:
    """Difference of two proportions on the same ``n`` items: score interval (Tango 1998).

    ``only_first`` items are right on the first side alone, ``only_second`` on the second alone. Defined
    without discordant items too, where the plain (Wald) interval would have no width.
    """
    if n <= 0 or min(only_first, only_second) < 0 or only_first + only_second > n:
        raise ValueError(f"{only_first} and {only_second} discordant items of {n}")
    z = _z(level)
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

    low = _bisect(lambda shift: score(shift) > z, -1.0, value)
    high = _bisect(lambda shift: score(shift) >= -z, value, 1.0)
    return Estimate(value, low, high)


# -- medians, rates, percentiles -----------------------------------------------------------------


def median_interval(values: Sequence[float], level: float = 0.95) -> tuple[float, float, float]:
    """Median with its distribution-free interval between order statistics (exact binomial).

    The narrowest symmetric pair whose coverage reaches ``level``. Too few values (under 6 at 0.95) cannot
    reach it: then the bounds are the smallest and the largest value, and ``median_coverage`` says what that
    is worth (one value: 0). Raises ValueError without values.
    """
    ordered = sorted(values)
    rank = _median_rank(len(ordered), level)
    return percentile(ordered, 50), ordered[rank - 1], ordered[-rank]


def median_coverage(n: int, level: float = 0.95) -> float:
    """What ``median_interval`` of ``n`` values really covers: at least ``level``, or less when n is small."""
    return _rank_coverage(n, _median_rank(n, level))


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


# -- how many items ------------------------------------------------------------------------------


def items_to_settle(rate: float, bar: float, *, level: float = 0.95, power: float = 0.8) -> int | None:
    """Items after which a true accuracy ``rate`` is told from ``bar``, one-sided, with this power.

    Sample size of the score test of one proportion (Fleiss, Levin and Paik 2003, section 2.4), which is the
    test behind ``wilson``. None when the two are equal: no number settles that.
    """
    if not (0 <= rate <= 1 and 0 <= bar <= 1):
        raise ValueError(f"rate {rate} and bar {bar} must lie between 0 and 1")
    return _sample_size(bar * (1 - bar), rate * (1 - rate), rate - bar, level, power)


def items_to_settle_paired(
    discordant: float, difference: float, margin: float, *, level: float = 0.95, power: float = 0.8
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


def _sample_size(
    null_variance: float, true_variance: float, distance: float, level: float, power: float
) -> int | None:
    if math.isclose(distance, 0.0, abs_tol=1e-12):
        return None
    _check_level(level)
    _check_level(power)
    z_level, z_power = _NORMAL.inv_cdf(level), _NORMAL.inv_cdf(power)
    needed = z_level * math.sqrt(null_variance) + z_power * math.sqrt(true_variance)
    return max(1, math.ceil((needed / distance) ** 2))


# -- resampling ----------------------------------------------------------------------------------


def resampling_weights(
    prior_weights: Sequence[float], n_draws: int, generator: "np.random.Generator"
) -> "NDArray[np.float64]":
    """Random weights of items, one row per draw, each row summing to 1; shape (n_draws, n_items).

    Bayesian bootstrap (Rubin 1981): a Dirichlet draw with parameter ``prior_weights``, 1 for an item that
    was seen. Two made-up items of weight ½, one right and one wrong, make the weighted share right follow
    Jeffreys' posterior Beta(s+½, n-s+½), so that 0 and n right still have a spread.
    """
    import numpy as np

    shapes = np.asarray(prior_weights, dtype=np.float64)
    gammas = np.empty((n_draws, len(shapes)))
    seen = shapes == 1.0  # a gamma of shape 1 is an exponential, which is several times as fast to draw
    gammas[:, seen] = generator.standard_exponential((n_draws, int(seen.sum())))
    gammas[:, ~seen] = generator.standard_gamma(shapes[~seen], (n_draws, int((~seen).sum())))
    # A row whose draws all underflow can only come from tiny weights; spread it evenly.
    gammas += np.finfo(np.float64).tiny
    weights: NDArray[np.float64] = gammas / gammas.sum(axis=1, keepdims=True)
    return weights


# -- inside --------------------------------------------------------------------------------------


def _check_level(level: float) -> None:
    if not 0 < level < 1:
        raise ValueError(f"level {level} is not between 0 and 1")


def _z(level: float) -> float:
    _check_level(level)
    return _NORMAL.inv_cdf((1 + level) / 2)


def _bisect(holds: Callable[[float], bool], low: float, high: float) -> float:
    """Where ``holds``, true towards ``low``, turns false."""
    for _ in range(_BISECTIONS):
        middle = (low + high) / 2
        if holds(middle):
            low = middle
        else:
            high = middle
    return (low + high) / 2


def _median_rank(n: int, level: float) -> int:
    """The largest rank k for which order statistics k and n+1-k cover the median at ``level``; at least 1."""
    _check_level(level)
    if n < 1:
        raise ValueError("a median needs at least one value")
    rank = 1
    tail = 0.5**n if n < 1000 else 0.0  # P(fewer than `rank` values below the median)
    if n >= 1000:
        # The exact tail underflows; the normal approximation of the rank errs by less than one.
        return max(1, math.floor((n - _z(level) * math.sqrt(n)) / 2))
    while rank < n // 2:
        tail += math.comb(n, rank) * 0.5**n
        if 1 - 2 * tail < level:
            break
        rank += 1
    return rank


def _rank_coverage(n: int, rank: int) -> float:
    if n >= 1000:
        return math.erf((n - 2 * rank + 1) / math.sqrt(2 * n))
    return max(0.0, 1 - 2 * sum(math.comb(n, k) for k in range(rank)) * 0.5**n)
