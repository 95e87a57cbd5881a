"""Simulate loads whose truth is known, and say how often the simulation's own intervals hold it.

    python scripts/simulate_load.py [--runs 200] [--write]

One server with constant or exponential times (M/D/1 by Pollaczek and Khinchine, M/M/1), and four answers at
once that do not slow each other (M/M/4 by Erlang's formula), each run with a seed of its own. ``--write``
puts the table into docs/load.md.
"""

import math
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Final

from bench.economics.load.load import Load, simulate
from bench.economics.load.load_rates import Lengths, LoadRates
from bench.stats import Estimate
from simulation import show

SHARES: Final = (0.3, 0.5, 0.8, 0.9, 0.95, 0.98)
STEPS = 1000  # of a mean request, which takes 1 s alone
QUANTILES = 4000
EXPONENTIAL: Final = tuple(
    (0, 1 + max(1, round(-STEPS * math.log(1 - (i + 0.5) / QUANTILES)))) for i in range(QUANTILES)
)


@dataclass(frozen=True, slots=True)
class System:
    """``mean_s`` and ``p95_s`` of the share of the load: seconds from arrival to the last token."""

    name: str
    n_servers: int
    lengths: tuple[Lengths, ...]
    mean_s: Callable[[float], float]
    p95_s: Callable[[float], float] | None

    def load(self, share: float, seed: int) -> Load:
        """Simulated at that share of what it can do."""
        rates = LoadRates(0.0, 0.0, (1 / STEPS,) * self.n_servers, None)
        return simulate(rates, self.lengths, self.n_servers * share, seed=seed)


def erlang_mean_s(share: float, n: int = 4) -> float:
    """M/M/n with service of 1 s: that and the wait, which comes with the chance of Erlang's C."""
    offered = n * share
    last = offered**n / math.factorial(n) / (1 - share)
    waits = last / (sum(offered**k / math.factorial(k) for k in range(n)) + last)
    return 1 + waits / (n - offered)


SYSTEMS: Final = (
    System("M/D/1", 1, ((0, 1 + STEPS),), lambda share: 1 + share / (2 * (1 - share)), None),
    System("M/M/1", 1, EXPONENTIAL, lambda share: 1 / (1 - share), lambda share: math.log(20) / (1 - share)),
    System("M/M/4", 4, EXPONENTIAL, erlang_mean_s, None),
)


def tables(n_runs: int, tell: Callable[[str], None]) -> Iterator[str]:
    """The lines of the document."""
    yield f"{n_runs} runs of 20,000 requests each."
    yield ""
    yield "| system | load ÷ capacity | mean: held | half-width | p95: held | half-width |"
    yield "| --- | --: | --: | --: | --: | --: |"
    for system in SYSTEMS:
        for share in SHARES:
            tell(f"{system.name}, {share}")
            yield _row(system, share, n_runs)


def _row(system: System, share: float, n_runs: int) -> str:
    loads = [system.load(share, seed) for seed in range(n_runs)]
    told = [load.latency for load in loads if load.latency is not None]
    mean = _worth([times.mean for times in told], system.mean_s(share))
    p95 = "– | –" if system.p95_s is None else _worth([times.p95 for times in told], system.p95_s(share))
    return f"| {system.name} | {share:.2f} | {mean} | {p95} |"


def _worth(intervals: Sequence[Estimate], truth: float) -> str:
    held = fmean(one.low <= truth <= one.high for one in intervals)
    width = fmean((one.high - one.low) / 2 / truth for one in intervals)
    return f"{held:.1%} | ± {width:.1%}"


def main(arguments: Sequence[str] | None = None) -> int:
    return show(
        tables,
        arguments,
        about=__doc__,
        n_runs=200,
        begin="<!-- simulated loads -->\n",
        end="<!-- end of loads -->",
        document="load.md",
    )


if __name__ == "__main__":
    sys.exit(main())
