"""Quantiles of the normal and of Student's distribution, by the level of a two-sided interval."""

import math
from collections.abc import Callable
from functools import lru_cache
from statistics import NormalDist
from typing import Final

NORMAL: Final = NormalDist()
LEVEL: Final = 0.95  # of an interval, where nothing else is said
BISECTIONS = 60  # halves an interval of length 2 to below the spacing of doubles
MANY_DEGREES = 1000  # from here Student's quantile is the normal's to within 0.2 %


def two_sided(one_sided_level: float) -> float:
    """The two-sided level whose ends are the one-sided bounds at ``one_sided_level``: 0.95 gives 0.90."""
    check_level(one_sided_level)
    if one_sided_level <= 0.5:
        raise ValueError(f"a one-sided level of {one_sided_level} bounds nothing; use one above 0.5")
    return 2 * one_sided_level - 1


def check_level(level: float) -> None:
    if not 0 < level < 1:
        raise ValueError(f"level {level} is not between 0 and 1")


def z_of(level: float) -> float:
    check_level(level)
    return NORMAL.inv_cdf((1 + level) / 2)


@lru_cache(maxsize=512)
def student(level: float, degrees: int) -> float:
    """Student's quantile t with P(|T| <= t) = level, for ``degrees`` of freedom."""
    check_level(level)
    if degrees < 1:
        raise ValueError(f"{degrees} degrees of freedom")
    if degrees >= MANY_DEGREES:
        return z_of(level)
    angle = where_it_turns(lambda angle: _student_share(angle, degrees) < level, 0.0, math.pi / 2)
    return math.sqrt(degrees) * math.tan(angle)


def _student_share(angle: float, degrees: int) -> float:
    """P(|T| <= t) for tan(angle) = t/sqrt(degrees): Abramowitz and Stegun, 26.7.3 and 26.7.4."""
    cosine, sine = math.cos(angle), math.sin(angle)
    is_odd = degrees % 2
    term = cosine if is_odd else 1.0
    total = term if degrees > 1 else 0.0
    for k in range(2 + is_odd, degrees, 2):
        term *= cosine * cosine * (k - 1) / k
        total += term
    return 2 / math.pi * (angle + sine * total) if is_odd else sine * total


def where_it_turns(holds: Callable[[float], bool], low: float, high: float) -> float:
    """Where ``holds``, true towards ``low``, turns false."""
    for _ in range(BISECTIONS):
        middle = (low + high) / 2
        if holds(middle):
            low = middle
        else:
            high = middle
    return (low + high) / 2
