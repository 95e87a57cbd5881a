"""Simulate the repetition of a speed point under the rules that a run follows, and say what they are worth.

    python scripts/simulate_intervals.py [--runs 3000] [--write]

Each run draws the rates of a point's repetitions from a noise whose truth is known, warms up, repeats and
stops by the very functions that `breakeven speed` uses, and forms the interval that its reports show. Then
two settings are compared in interleaved rounds, by the rule of `breakeven compare --interleave`. Repetitions
take no time here: nothing ends for its budget. ``--write`` puts the tables into docs/statistics.md.
"""

import math
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from statistics import fmean, median
from typing import Final

import numpy as np
from numpy.typing import NDArray

from bench.measure import interleave
from bench.measure.speed import MAX_REPETITIONS, MAX_WARM_UPS, TARGET_HALF_WIDTH, is_warm
from bench.stats import StoppingRule, drift, rate_interval, rate_ratio, two_sided, wilson
from simulation import show

SLOW_DOWN = 0.05  # the true effect that a comparison must find
MAX_ROUNDS = 40
SPIKES: Final = (0.10, 0.10, 0.40)  # share of repetitions, and by how much of the rate they are slower
STEP_AT = 12
ORACLE_DRAWS = 4000
SEED = 20


@dataclass(frozen=True, slots=True)
class Noise:
    """Of the logarithm of a rate: normal with ``spread``, neighbours correlated by ``rho``.

    For series that drift: ``slope`` is what the logarithm changes from one repetition to the next, and
    ``step`` what it changes once, after ``STEP_AT`` of them.
    """

    spread: float
    rho: float = 0.0
    has_spikes: bool = False
    slope: float = 0.0
    step: float = 0.0

    @property
    def name(self) -> str:
        words = [f"{self.spread:.1%}"]
        words += [f"ρ {self.rho}"] if self.rho else []
        words += ["spikes"] if self.has_spikes else []
        words += [f"{self.slope:+.1%} per repetition"] if self.slope else []
        words += [f"{self.step:+.1%} after {STEP_AT}"] if self.step else []
        return ", ".join(words)

    def draw(self, generator: np.random.Generator, n_runs: int, n: int) -> NDArray[np.float64]:
        """Logarithms of rates around 0, one row per run; shape (n_runs, n)."""
        logs = generator.standard_normal((n_runs, n))
        for i in range(1, n if self.rho else 0):
            logs[:, i] = self.rho * logs[:, i - 1] + math.sqrt(1 - self.rho**2) * logs[:, i]
        logs *= self.spread
        if self.has_spikes:
            share, least, most = SPIKES
            slower = np.log1p(-generator.uniform(least, most, logs.shape))
            logs += np.where(generator.random(logs.shape) < share, slower, 0.0)
        drifted: NDArray[np.float64] = (
            logs + self.slope * np.arange(n) + self.step * (np.arange(n) >= STEP_AT)
        )
        return drifted


STEADY: Final = (
    *(Noise(spread) for spread in (0.003, 0.005, 0.01, 0.015, 0.02, 0.03, 0.05)),
    *(Noise(spread, has_spikes=True) for spread in (0.005, 0.01, 0.03)),
    *(Noise(spread, rho=0.3) for spread in (0.01, 0.03, 0.05)),
    *(Noise(spread, rho=0.6) for spread in (0.01, 0.03, 0.05)),
)
DRIFTING: Final = (
    Noise(0.01, slope=-0.01),
    Noise(0.01, slope=0.01),
    Noise(0.03, slope=-0.01),
    Noise(0.03, rho=0.3, slope=-0.01),
    Noise(0.02, step=-0.07),
    Noise(0.01, slope=-0.003),
)
COMPARED: Final = (Noise(0.005), Noise(0.01), Noise(0.02), Noise(0.02, rho=0.6), Noise(0.01, has_spikes=True))


@dataclass(frozen=True, slots=True)
class Outcome:
    """Shares of runs; ``width`` is the mean ratio to the oracle's."""

    coverage: float
    width: float
    is_near: float
    n_median: float
    n_mean: float
    drift: float


@lru_cache(maxsize=256)
def truth(noise: Noise) -> float:
    """The median of the logarithm."""
    if not noise.has_spikes:
        return 0.0
    return float(np.median(noise.draw(np.random.default_rng(SEED + 1), 400, 1000)))


@lru_cache(maxsize=1024)
def oracle_width(noise: Noise, n: int) -> float:
    """Of the 95 % interval that one forms around the median of ``n`` values who knows all of the noise."""
    medians = np.median(noise.draw(np.random.default_rng(SEED + 2), ORACLE_DRAWS, n), axis=1)
    low, high = np.quantile(medians, (0.025, 0.975))
    return float(high - low)


def counted(rates: Sequence[float]) -> Sequence[float]:
    """The repetitions of a prompt test after its warm-up."""
    for i in range(1, MAX_WARM_UPS):
        if is_warm(rates[i - 1], rates[i]):
            return rates[i:]
    return rates[MAX_WARM_UPS:]


def point(rates: Sequence[float], rule: StoppingRule) -> Sequence[float]:
    """The rates that a point ends with."""
    rest = counted(rates)
    n = next(n for n in range(1, len(rest) + 1) if rule.verdict(rest[:n], n) is not None)
    return rest[:n]


def simulate(noise: Noise, n_runs: int, seed: int = SEED) -> Outcome:
    """Runs of one point under ``noise``."""
    rule = StoppingRule(TARGET_HALF_WIDTH, MAX_REPETITIONS)
    logs = noise.draw(np.random.default_rng(seed), n_runs, MAX_WARM_UPS + MAX_REPETITIONS)
    centre = math.exp(truth(noise))
    covered, widths, near, sizes, drifting = [], [], [], [], []
    for row in np.exp(logs).tolist():
        rates = point(row, rule)
        found = rate_interval(rates)
        if found is None:
            raise AssertionError("the rule stopped without an interval")
        trend = drift(rates)
        covered.append(found.low <= centre <= found.high)
        widths.append(math.log(found.high / found.low) / oracle_width(noise, len(rates)))
        near.append(abs(found.value / centre - 1) <= TARGET_HALF_WIDTH)
        sizes.append(len(rates))
        drifting.append(trend is not None and trend.is_drifting)
    return Outcome(
        coverage=fmean(covered),
        width=fmean(widths),
        is_near=fmean(near),
        n_median=median(sizes),
        n_mean=fmean(sizes),
        drift=fmean(drifting),
    )


def told_apart(noise: Noise, change: float, n_runs: int, seed: int = SEED) -> tuple[int, float]:
    """Runs of A B B A rounds that tell B, at 1 + ``change`` of A's rate, from A; and their mean rounds."""
    logs = noise.draw(np.random.default_rng(seed), n_runs, 2 * MAX_ROUNDS)
    n_told, sizes = 0, []
    for row in np.exp(logs).tolist():
        pairs: list[tuple[float, float]] = []
        while len(pairs) < MAX_ROUNDS:
            first, second = row[2 * len(pairs) : 2 * len(pairs) + 2]
            a, b = (first, second) if interleave.order_of(len(pairs)) == ("a", "b") else (second, first)
            pairs.append((a, (1 + change) * b))
            if interleave.is_settled(pairs, interleave.TARGET_HALF_WIDTH, None):
                break
        effect = rate_ratio([a for a, _ in pairs], [b for _, b in pairs], is_paired=True)
        n_told += effect.is_told_apart
        sizes.append(len(pairs))
    return n_told, fmean(sizes)


def tables(n_runs: int, tell: Callable[[str], None]) -> Iterator[str]:
    """The lines of the document, with what each line took told as it comes."""
    yield f"{n_runs} runs a line; target ± {TARGET_HALF_WIDTH:.0%}, at most {MAX_REPETITIONS} repetitions."
    yield ""
    yield "| noise | coverage | width / oracle's | within ± target | repetitions: median, mean | drift |"
    yield "| --- | --: | --: | --: | --: | --: |"
    for noise in STEADY:
        tell(noise.name)
        o = simulate(noise, n_runs)
        yield (
            f"| {noise.name} | {o.coverage:.1%} | {o.width:.2f} | {o.is_near:.1%} "
            f"| {o.n_median:.0f}, {o.n_mean:.1f} | {o.drift:.1%} |"
        )
    yield ""
    yield "| drifting series | repetitions: median, mean | drift flagged |"
    yield "| --- | --: | --: |"
    for noise in DRIFTING:
        tell(noise.name)
        o = simulate(noise, n_runs // 4)
        yield f"| {noise.name} | {o.n_median:.0f}, {o.n_mean:.1f} | {o.drift:.1%} |"
    yield ""
    yield (
        f"| comparison | A/A called different | upper 95 % bound | {SLOW_DOWN:.0%} slow-down found "
        "| rounds: mean |"
    )
    yield "| --- | --: | --: | --: | --: |"
    for noise in COMPARED:
        tell(noise.name)
        n_false, n_rounds = told_apart(noise, 0.0, n_runs)
        n_true, _ = told_apart(noise, -SLOW_DOWN, n_runs // 4)
        bound = wilson(n_false, n_runs, two_sided(0.95))[1]
        yield (
            f"| {noise.name} | {n_false / n_runs:.1%} | {bound:.1%} | {n_true / (n_runs // 4):.1%} "
            f"| {n_rounds:.1f} |"
        )


def main(arguments: Sequence[str] | None = None) -> int:
    return show(
        tables, arguments, about=__doc__, n_runs=3000, begin="<!-- simulated -->\n", end="<!-- end -->"
    )


if __name__ == "__main__":
    sys.exit(main())
