"""Simulate items of skewed cost, and say how often the interval of spend per correct answer holds the truth.

    python scripts/simulate_spend.py [--runs 1000] [--write]

Costs of items are lognormal, and a wrong answer costs half as much again as a right one of the same luck, as
one that rambles on does. The interval is the one that verdicts show, with fewer draws.
``--write`` puts the table into docs/statistics.md.
"""

import sys
from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from typing import Final

import numpy as np

from bench.economics.verdict.costs import Costed, per_correct
from bench.economics.verdict.uncertainty import ItemDraws, Randomness
from simulation import show

ITEMS: Final = (20, 50, 100, 200, 500)
SHARES: Final = (0.02, 0.05, 0.2, 0.5, 0.8, 0.95, 0.98)
SIGMA: Final = 0.6  # of the logarithm of an item's cost
WRONG_COSTS: Final = 1.5
N_DRAWS: Final = 2000
SEED: Final = 22


def coverage(n_items: int, share: float, n_runs: int) -> tuple[float, float]:
    """Share of the runs with a figure whose interval holds the truth, and share of all without a figure."""
    generator = np.random.default_rng(SEED)
    truth = np.exp(SIGMA**2 / 2) * (share + (1 - share) * WRONG_COSTS) / share
    held = told = 0
    for run in range(n_runs):
        right = generator.random(n_items) < share
        costs = generator.lognormal(0.0, SIGMA, n_items) * np.where(right, 1.0, WRONG_COSTS)
        items = ItemDraws(Randomness(run, N_DRAWS), "items", (tuple(right.tolist()),))
        (drawn,) = items.means(costs.tolist())
        mean = Costed(Decimal(str(float(costs.mean()))), drawn)
        found = per_correct(mean, Decimal(int(right.sum())) / n_items, items.accuracy(0))
        if found is None:
            continue
        _, low, high = found
        told += 1
        held += float(low) <= truth and (high is None or truth <= float(high))
    return held / max(told, 1), 1 - told / n_runs


def tables(n_runs: int, tell: Callable[[str], None]) -> Iterator[str]:
    yield f"{n_runs} runs a setting; in brackets those where nothing was right, so that there is no figure."
    yield ""
    yield "| items | " + " | ".join(f"{share:.0%} right" for share in SHARES) + " |"
    yield "| --: |" + " --: |" * len(SHARES)
    for n_items in ITEMS:
        tell(f"{n_items} items")
        cells = []
        for share in SHARES:
            held, untold = coverage(n_items, share, n_runs)
            cells.append(f"{held:.1%}" + (f" ({untold:.0%})" if untold >= 0.005 else ""))
        yield f"| {n_items} | " + " | ".join(cells) + " |"


def main(arguments: Sequence[str] | None = None) -> int:
    return show(
        tables,
        arguments,
        about=__doc__,
        n_runs=1000,
        begin="<!-- simulated spend -->\n",
        end="<!-- end of spend -->",
    )


if __name__ == "__main__":
    sys.exit(main())
