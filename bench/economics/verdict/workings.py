"""What a comparison was computed from: both sides, and every figure between them and the verdict."""

from dataclasses import dataclass
from decimal import Decimal

import numpy as np
from numpy.typing import NDArray

from bench.economics.assumptions.scenario import Scenario
from bench.economics.device.capacity import Service
from bench.economics.verdict.break_even import BreakEven, Side
from bench.economics.verdict.break_even_points import Terms
from bench.economics.verdict.cost_of_pass import CostOfPass
from bench.economics.verdict.judging import QualityFinding
from bench.economics.verdict.sides import ApiSide, DeviceSide
from bench.economics.verdict.verdict import Conclusion
from bench.records.types import Gate, Record, TaskResult, Usd


@dataclass(frozen=True)
class Money:
    """Everything that follows once both costs and both accuracies are known."""

    local: Side  # carries the variable cost
    api: Side
    gain: Decimal | None
    is_cheaper: NDArray[np.bool_]
    is_cheaper_at_most: NDArray[np.bool_]  # than an API only as good as a bar; else the same


@dataclass(frozen=True)
class Workings:
    """Figures of one comparison, each computed once; ``bought`` is None where no price was declared.

    ``is_hopeless``: not good enough, and no loss per error counts that.
    """

    record: Record
    task: TaskResult
    api_name: str
    device: DeviceSide
    api: ApiSide
    scenario: Scenario
    held: Scenario  # with no more tasks than the device can do
    need: float | None  # a bar of accuracy
    finding: QualityFinding
    loss: Usd | None
    cost_of_pass: CostOfPass | None
    unknown_because: str  # of the money
    money: Money | None
    is_hopeless: bool
    terms: Terms | None
    service: Service | None
    capacity: Decimal | None  # attempts a month, of ``service``
    owned: BreakEven
    bought: BreakEven | None
    affordable: BreakEven | None  # the price that it may have; None as for ``bought``, or of no money
    gates: tuple[Gate, ...]
    conclusion: Conclusion
    probability: float | None

    @property
    def money_counts(self) -> bool:
        """The quality leaves something to count, or a loss per error counts it."""
        return self.money is not None and not self.is_hopeless

    @property
    def decisive(self) -> Gate:
        """The gate that decides."""
        return next(gate for gate in self.gates if gate.name == self.conclusion.decided_by)
