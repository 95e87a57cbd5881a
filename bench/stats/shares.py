"""Shares of attempts that hang together: several attempts at one item, items about one source text.

What one group shares makes its attempts tell less than as many independent ones. How much less is estimated
from the spread between groups (the design effect), and Wilson's interval is formed with that fewer attempts
(Korn and Graubard, Survey Methodology 24, 1998) and with Student's quantile for few groups. A plain estimate
finds no spread where all answers are right, or all wrong; so two made-up groups of weight 1/2 stand beside
the others, one all right and one all wrong. Where their part is all that is known of the spread, each group
counts as one attempt. The coverage that this has is in ``docs/statistics.md``.
"""

import math
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from bench.stats.proportions import Estimate, wilson_of
from bench.stats.quantiles import LEVEL, student, z_of

MADE_UP_GROUPS = 1.0  # their weights together


class Attempts(NamedTuple):
    """``n_right`` of ``n`` attempts that hang together."""

    n_right: int
    n: int


@dataclass(frozen=True, slots=True)
class Share:
    """A share of ``n`` attempts, which tell as much as ``n_effective`` independent ones.

    ``degrees`` of freedom of the spread between groups; None where every attempt is independent.
    """

    value: float
    n: int
    n_effective: float
    degrees: int | None = None

    def estimate(self, level: float = LEVEL) -> Estimate:
        """Wilson's interval; (0, 1) where one group is all there is, for nothing tells its spread."""
        if self.n == 0 or self.degrees == 0:
            return Estimate(self.value, 0.0, 1.0)
        z = z_of(level) if self.degrees is None else student(level, self.degrees)
        return Estimate(self.value, *wilson_of(self.value, self.n_effective, z))

    def at(self, value: float) -> "Share":
        """Another share of as many attempts that hang together as much."""
        return replace(self, value=value)


def independent_share(n_right: int, n: int) -> Share:
    """Of attempts that have nothing in common."""
    return Share(n_right / n if n else 0.0, n, n)


def share_of(groups: Sequence[Attempts]) -> Share:
    """The share right of all attempts; exactly Wilson's where every group is a single attempt."""
    if any(not 0 <= group.n_right <= group.n for group in groups):
        raise ValueError("a group with more right answers than attempts")
    tried = [group for group in groups if group.n]
    n = sum(group.n for group in tried)
    if len(tried) == n:
        return independent_share(sum(group.n_right for group in tried), n)
    return weighted_share([group.n_right for group in tried], [group.n for group in tried], n)


def weighted_share(sums: Sequence[float], weights: Sequence[float], n: int) -> Share:
    """Σ ``sums`` / Σ ``weights`` over groups, each sum from 0 to its weight; of ``n`` attempts in all.

    The variance of such a ratio is linearized (Cochran 1977, section 6.3); groups of uneven weight count as
    (Σw)²/Σw² equal ones (Kish 1965).
    """
    total = math.fsum(weights)
    n_groups = total**2 / math.fsum(weight**2 for weight in weights)
    mean_weight = total / n_groups
    value = math.fsum(sums) / total
    made_up = MADE_UP_GROUPS * mean_weight
    centre = (math.fsum(sums) + made_up / 2) / (total + made_up)
    squares = math.fsum((one - centre * weight) ** 2 for one, weight in zip(sums, weights, strict=True))
    squares += made_up * mean_weight * ((1 - centre) ** 2 + centre**2) / 2
    all_groups = len(sums) + MADE_UP_GROUPS
    variance = all_groups / (all_groups - 1) * squares / (total + made_up) ** 2
    as_many = centre * (1 - centre) / variance * n_groups / (n_groups + MADE_UP_GROUPS)
    return Share(min(1.0, value), n, min(float(n), as_many), len(sums) - 1)


def grouped(attempts: Iterable[tuple[Hashable, bool]]) -> list[Attempts]:
    """Attempts by what they share, from (what it shares with others, is it right?) of each."""
    found: dict[Hashable, Attempts] = {}
    for key, is_right in attempts:
        n_right, n = found.get(key, (0, 0))
        found[key] = Attempts(n_right + is_right, n + 1)
    return list(found.values())
