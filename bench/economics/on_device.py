"""A task on the device: all that is the same whichever API it is compared with, worked out once."""

from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

from bench.catalog.types import Electricity
from bench.economics.assumptions.scenario import Scenario
from bench.economics.carbon.here import HereAccount, carbon_here
from bench.economics.device.capacity import Service
from bench.economics.verdict.cost_of_pass import CostOfPass, cost_of_pass
from bench.economics.verdict.sensitivity import device_effects
from bench.economics.verdict.sides import DeviceSide
from bench.economics.verdict.verdict import fast_enough, fits
from bench.economics.ways.mixtures import LocalFirst, local_first
from bench.records.types import Gate, Record, TaskLoad, TaskResult


@dataclass(frozen=True)
class OnDevice:
    """``device`` is of the attempts that are compared; ``service`` and ``load`` are of the task's."""

    record: Record
    task: TaskResult
    device: DeviceSide
    scenario: Scenario
    service: Service | None = None
    load: TaskLoad | None = None
    grid: Electricity | None = None

    @cached_property
    def capacity(self) -> Decimal | None:
        """Attempts a month that the device can do; None: not known."""
        return None if self.service is None else self.service.capacity_per_month(self.scenario.working_hours)

    @cached_property
    def held(self) -> Scenario:
        """With no more tasks than the device can do."""
        return self.scenario.within(self.capacity)

    @cached_property
    def fits(self) -> Gate:
        return fits(self.record, self.task, self.device.items)

    @cached_property
    def fast_enough(self) -> Gate:
        point, items = self.device.point, self.device.items
        return fast_enough(self.task, point, items, self.scenario, self.service, self.load)

    @cached_property
    def cost_of_pass(self) -> CostOfPass | None:
        return cost_of_pass(self.task, self.device, self.scenario)

    @cached_property
    def carbon(self) -> HereAccount | None:
        return carbon_here(self.device, self.held, self.grid)

    @cached_property
    def effects(self) -> dict[str, float]:
        """Of the constants on what an attempt costs here."""
        return {} if self.device.costs is None else device_effects(self.held, self.device.costs)

    @cached_property
    def local_first(self) -> tuple[LocalFirst, ...]:
        return tuple(local_first(self.device, self.held))
