"""Pure statistics: intervals for proportions, medians and rates, drift, effects, and how many items settle.

Two-sided intervals, at ``LEVEL`` where nothing else is said. The one-sided bound at level 0.95 is the end of
the two-sided interval at level 0.90 (``two_sided``). No input or output, no clock; randomness comes in as a
generator.
Other rooms import from here, not from the modules inside.
"""

from bench.stats.clusters import clustered_mean, clustered_percentile
from bench.stats.dominance import Span, dominates, dominators
from bench.stats.drift import Drift, drift
from bench.stats.effects import Effect, detectable_change, paired_enough, rate_ratio
from bench.stats.idle import idle_power_w
from bench.stats.location import median_estimate
from bench.stats.order import median_interval, percentile
from bench.stats.outliers import Outlier, outliers
from bench.stats.pairs import Pair, PairedDifference, difference_of
from bench.stats.proportions import (
    Estimate,
    detectable_difference,
    independent_difference,
    items_to_settle,
    items_to_settle_paired,
    paired_difference,
    wilson,
)
from bench.stats.quantiles import LEVEL, student, two_sided, z_of
from bench.stats.rates import (
    FEWEST_QUIET,
    RateSummary,
    StoppingRule,
    is_lost,
    rate_interval,
    rate_summary,
    relative_half_width,
)
from bench.stats.resampling import resampling_weights
from bench.stats.samples import AtK, Attempt, Tried, majority_at_k, pass_at_k
from bench.stats.shares import Attempts, Share, grouped, independent_share, share_of, weighted_share
from bench.stats.sustained import BurstAndSustained, burst_and_sustained

__all__ = [
    "FEWEST_QUIET",
    "LEVEL",
    "AtK",
    "Attempt",
    "Attempts",
    "BurstAndSustained",
    "Drift",
    "Effect",
    "Estimate",
    "Outlier",
    "Pair",
    "PairedDifference",
    "RateSummary",
    "Share",
    "Span",
    "StoppingRule",
    "Tried",
    "burst_and_sustained",
    "clustered_mean",
    "clustered_percentile",
    "detectable_change",
    "detectable_difference",
    "difference_of",
    "dominates",
    "dominators",
    "drift",
    "grouped",
    "idle_power_w",
    "independent_difference",
    "independent_share",
    "is_lost",
    "items_to_settle",
    "items_to_settle_paired",
    "majority_at_k",
    "median_estimate",
    "median_interval",
    "outliers",
    "paired_difference",
    "paired_enough",
    "pass_at_k",
    "percentile",
    "rate_interval",
    "rate_ratio",
    "rate_summary",
    "relative_half_width",
    "resampling_weights",
    "share_of",
    "student",
    "two_sided",
    "weighted_share",
    "wilson",
    "z_of",
]
