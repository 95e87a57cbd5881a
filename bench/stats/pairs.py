"""Differences of two sides on the same items, where each may have tried an item several times."""

import math
from collections.abc import Hashable, Sequence
from typing import NamedTuple

from bench.stats.proportions import Estimate, paired_difference
from bench.stats.quantiles import LEVEL, student
from bench.stats.shares import Attempts

# Added to the variance, in squared differences of one group: Student's interval alone has no width where no
# group differs. With this much it then reaches to 2.8 / groups, about as far as the rule of three.
SMALLEST_SPREAD = 2.0


class Pair(NamedTuple):
    """One item on both sides; ``group``: what it shares with other items, its own name where nothing."""

    group: Hashable
    first: Attempts
    second: Attempts

    @property
    def difference(self) -> float:
        return self.first.n_right / self.first.n - self.second.n_right / self.second.n


class PairedDifference(NamedTuple):
    """Share of the first side - share of the second, over ``n`` items that both tried.

    ``discordant`` stands for the share of items on which exactly one side is right wherever a formula asks
    for it (``items_to_settle_paired``): it is that share where each item was tried once on both sides and
    shares nothing, else what such a share would have to be for the same variance.
    """

    difference: Estimate
    discordant: float
    n: int
    is_clustered: bool


def difference_of(pairs: Sequence[Pair], level: float = LEVEL) -> PairedDifference:
    """Tango's score interval where items are independent and tried once, else Student's over the groups.

    Groups count by their number of items; the variance is that of a ratio, linearized (Cochran 1977). With
    a single group nothing tells its spread: from -1 to 1. Raises ValueError without pairs.
    """
    n = len(pairs)
    if n == 0:
        raise ValueError("a paired difference needs at least one item")
    is_clustered = len({pair.group for pair in pairs}) < n or any(
        side.n != 1 for pair in pairs for side in (pair.first, pair.second)
    )
    if not is_clustered:
        only_first = sum(pair.difference > 0 for pair in pairs)
        only_second = sum(pair.difference < 0 for pair in pairs)
        difference = paired_difference(only_first, only_second, n, level)
        return PairedDifference(difference, (only_first + only_second) / n, n, is_clustered=False)
    groups: dict[Hashable, list[float]] = {}
    for pair in pairs:
        groups.setdefault(pair.group, []).append(pair.difference)
    value = math.fsum(pair.difference for pair in pairs) / n
    if len(groups) == 1:
        return PairedDifference(Estimate(value, -1.0, 1.0), 1.0, n, is_clustered=True)
    squares = math.fsum(math.fsum(one - value for one in group) ** 2 for group in groups.values())
    n_groups = n**2 / sum(len(group) ** 2 for group in groups.values())
    variance = len(groups) / (len(groups) - 1) * squares / n**2 + SMALLEST_SPREAD / n_groups**2
    half = student(level, len(groups) - 1) * math.sqrt(variance)
    bounded = Estimate(value, max(-1.0, value - half), min(1.0, value + half))
    return PairedDifference(bounded, min(1.0, n * variance + value**2), n, is_clustered=True)
