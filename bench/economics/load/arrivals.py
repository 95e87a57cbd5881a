"""Recorded moments of arrival, which a load is simulated at instead of at chance ones."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from bench.economics.assumptions.scenario import Scenario
from bench.economics.load.load import FEWEST_REQUESTS, are_simulable
from bench.errors import InputError
from bench.records.types import Assumption
from bench.units import SECONDS_PER_HOUR

MOST_ARRIVALS = 100_000  # a load of so many takes half a second
ALIKE_WITHIN = 2  # times: the volume of a month and the rate of a part of it may well differ by so much


@dataclass(frozen=True, slots=True)
class Arrivals:
    """``seconds`` since the first, in order. ``n_moved`` of them stood out of order where they were read."""

    seconds: tuple[float, ...]
    source: str
    n_moved: int = 0

    @property
    def per_s(self) -> float:
        return (len(self.seconds) - 1) / self.seconds[-1]

    def first(self, n: int) -> tuple[float, ...]:
        """At most so many; all where so few come at one moment."""
        few = self.seconds[:n]
        return few if are_simulable(few) else self.seconds

    @property
    def shown(self) -> str:
        return f"{len(self.seconds):,} recorded in {self.seconds[-1] / SECONDS_PER_HOUR:.3g} h"

    def notes(self, scenario: Scenario) -> tuple[str, ...]:
        """What the load rests on. Nobody is taken to come when the record has no one: it holds as it is."""
        month = self._per_month(scenario)
        said = f"arrivals as {self.source} has them: {self.shown}, {month:,.0f} a month at this rate"
        if scenario.tasks_per_month.kind != "default":
            said += f" where {scenario.tasks_per_month.value:,.0f} are stated"
        moved = (f"{self.n_moved:,} arrivals stood out of order and were sorted",) if self.n_moved else ()
        return said, *moved

    def unlike_volume(self, scenario: Scenario) -> str | None:
        """Where fixed costs are shared by a volume that these are not: one of the two is not the task's."""
        came, shared = self._per_month(scenario), float(scenario.tasks_per_month.value)
        if scenario.fixed_per_month() == 0 or shared / ALIKE_WITHIN <= came <= shared * ALIKE_WITHIN:
            return None
        return (
            f"fixed costs are shared by {shared:,.0f} tasks a month (--tasks-per-month), and the load is "
            f"that of {self.source}, {came:,.0f} a month at its rate (--arrivals)"
        )

    def _per_month(self, scenario: Scenario) -> float:
        return self.per_s * float(scenario.working_hours) * SECONDS_PER_HOUR

    def assumption(self) -> Assumption:
        return Assumption(
            name="arrivals",
            value=self.shown,
            unit="",
            kind="declared",
            source=self.source,
            date=None,
            flag="--arrivals",
        )


def arrivals_of(moments_s: Sequence[float], source: str) -> Arrivals:
    """Seconds from any begin, in any order; a log of answers often has them by the end of each.

    Raises InputError where they are too few, too many, or too close together to be a load.
    """
    n = len(moments_s)
    if not FEWEST_REQUESTS <= n <= MOST_ARRIVALS:
        raise InputError(
            f"{n:,} arrivals: a load is simulated of {FEWEST_REQUESTS:,} to {MOST_ARRIVALS:,}",
            where=source,
            remedy="give a shorter or a longer part of the log",
        )
    n_moved = sum(later < earlier for earlier, later in pairwise(moments_s))
    ordered = sorted(moments_s)
    seconds = tuple(moment - ordered[0] for moment in ordered)
    if not are_simulable(seconds):
        raise InputError(
            "nearly all arrivals come at one moment",
            where=source,
            remedy="give the moment of each request, not the day that it came on",
        )
    return Arrivals(seconds, source, n_moved)
