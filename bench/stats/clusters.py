"""Intervals from values in groups, such as the tokens of chunks of a text: values of a group hang together.

Whatever the values of one group share would make an interval that takes them as independent too narrow, so
groups are what is drawn anew. At least two groups are needed; they should be equally large.
"""

import math
from collections.abc import Sequence
from statistics import fmean, stdev
from typing import TYPE_CHECKING

from bench.stats.order import percentile
from bench.stats.proportions import Estimate
from bench.stats.quantiles import LEVEL, student, z_of
from bench.stats.resampling import resampling_weights

if TYPE_CHECKING:
    import numpy as np

N_DRAWS = 1000
BLOCK = 50  # draws at once: bounds the memory
TAIL = 8  # times as many of the largest values as lie above the percentile: enough for every draw


def clustered_mean(means: Sequence[float]) -> Estimate:
    """Mean of equally large groups from their ``means``: Student's interval, fit for few groups."""
    n = len(means)
    centre, half = fmean(means), student(LEVEL, n - 1) * stdev(means) / math.sqrt(n)
    return Estimate(centre, centre - half, centre + half)


def clustered_percentile(
    groups: Sequence[Sequence[float]], percent: float, generator: "np.random.Generator"
) -> Estimate:
    """A high percentile of all values: Bayesian bootstrap over groups, stretched for few of them.

    With n groups the spread of such draws is the root of (n - 1) / (n + 1) of the standard error's, and
    Student's quantile stands for the normal's: the bounds' distances are stretched by both.
    """
    import numpy as np

    n = len(groups)
    stretch = student(LEVEL, n - 1) / z_of(LEVEL) * math.sqrt((n + 1) / (n - 1))
    values = np.concatenate([np.asarray(group, dtype=np.float64) for group in groups])
    group_of = np.repeat(np.arange(n), [len(group) for group in groups])
    above = 1 - percent / 100
    tail = np.argsort(-values, kind="stable")[: max(1, math.ceil(TAIL * above * len(values)))]
    largest, of_group = values[tail], group_of[tail]
    sizes = np.array([len(group) for group in groups])
    drawn: list[float] = []
    for _ in range(N_DRAWS // BLOCK):
        weights = resampling_weights(generator.standard_exponential((BLOCK, n))) / sizes
        reached = np.cumsum(weights[:, of_group], axis=1)
        places = np.minimum((reached < above).sum(axis=1), len(largest) - 1)
        drawn += largest[places].tolist()
    value = percentile(values.tolist(), percent)
    edge = 50 * (1 - LEVEL)
    low, high = percentile(drawn, edge), percentile(drawn, 100 - edge)
    return Estimate(value, value - stretch * max(0.0, value - low), value + stretch * max(0.0, high - value))
