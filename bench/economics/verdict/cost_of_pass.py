"""What a correct answer costs when one tries until a checker accepts one: cost of pass."""

from dataclasses import dataclass

from bench.economics.assumptions.flags import FLAGS
from bench.economics.assumptions.scenario import Scenario
from bench.economics.verdict.costs import Costed, OpenBand, per_correct
from bench.economics.verdict.sides import DeviceSide
from bench.records.types import TaskResult, Usd


@dataclass(frozen=True, slots=True)
class CostOfPass:
    """``usd`` is E[C] / R, C the cost of an attempt and its check; None: unbounded, or not known by ``note``.

    ``attempt_usd`` is E[C]; None where it is not known.
    """

    attempt_usd: Usd | None
    usd: OpenBand | None
    note: str


def cost_of_pass(task: TaskResult, device: DeviceSide, scenario: Scenario) -> CostOfPass | None:
    """Of sampled attempts, several at an item; None for others, of which nothing tells that a retry may pass.

    A greedy answer that is wrong stays wrong. The cost of the checker must have been stated, also where it is
    0: no default can know who tells right from wrong. R is of all attempts at all items together.
    """
    if task.sampling is None or task.sampling.n_samples < 2:
        return None
    check = scenario.check_cost
    if check.kind == "default":
        flag = FLAGS["check_cost"].name
        return CostOfPass(
            None, None, f"not told: it takes the cost of checking an answer, --{flag}, also as 0"
        )
    if device.costs is None or device.draws is None:
        return CostOfPass(None, None, f"not known: {device.no_cost_because}")
    total = device.costs.total
    attempt = Costed(
        total.usd + check.value, total.draws + device.draws.randomness.band("check_cost", check.band)
    )
    return CostOfPass(
        attempt.usd,
        per_correct(attempt, device.accuracy, device.draws.accuracy(0)),
        _never_solved(device),
    )


def _never_solved(device: DeviceSide) -> str:
    solved = {item.item_id for item in device.items if item.outcome == "right"}
    n = device.quality.n_items
    if not solved:
        return f"unbounded: none of {n} items was ever solved"
    if len(solved) == n:
        return f"over all attempts together; each of {n} items was solved"
    return (
        f"over all attempts together; {n - len(solved)} of {n} items were never solved: "
        "for these it is unbounded, as far as was seen"
    )
