"""From the joules that a meter tells to those that the wall gives for them.

A meter of a part of the machine leaves a rest (memory, voltage regulators, board, disk, fans); the power
supply loses a share of both.
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any, overload

from bench.economics.assumptions.constants import Constant, Kind
from bench.economics.assumptions.scenario import Scenario
from bench.economics.device.operating_point import EnergyRates
from bench.economics.verdict.uncertainty import Draws
from bench.stats import Estimate

SEES_ALL = frozenset({"wall", "battery", "board"})  # of a machine; all else sees a part of it


@dataclass(frozen=True, slots=True)
class Wall:
    """The rest, as a share of the metered joules, and the supply's efficiency, as they apply to one meter."""

    unmetered: Constant
    psu_efficiency: Constant

    def joules(self, metered_j: Decimal) -> Decimal:
        return wall_joules(metered_j, self.unmetered.value, self.psu_efficiency.value)

    def band(self, metered_j: Estimate) -> Estimate:
        """Between the ends at which all three make the least and the most of it."""
        rest, supply = self.unmetered.band, self.psu_efficiency.band
        return Estimate(
            wall_joules(metered_j.value, rest.value, supply.value),
            wall_joules(metered_j.low, rest.low, supply.high),
            wall_joules(metered_j.high, rest.high, supply.low),
        )


@overload
def wall_joules(metered_j: Decimal, unmetered: Decimal, psu_efficiency: Decimal) -> Decimal: ...
@overload
def wall_joules(metered_j: float, unmetered: float, psu_efficiency: float) -> float: ...
@overload
def wall_joules(metered_j: Draws, unmetered: Draws | float, psu_efficiency: Draws | float) -> Draws: ...
def wall_joules(metered_j: Any, unmetered: Any, psu_efficiency: Any) -> Any:
    """(Metered joules + the unmetered rest) ÷ the supply's efficiency."""
    return metered_j * (1 + unmetered) / psu_efficiency


def wall_of(rates: EnergyRates, scenario: Scenario) -> Wall:
    """The scenario's; no rest of a meter that sees the whole machine, and no loss of one at the wall.

    Modelled watts were told from the wall. A battery sees all of the machine, and not its charger's loss.
    """
    unmetered, efficiency = scenario.unmetered, scenario.psu_efficiency
    is_modelled = rates.provenance == "modelled"
    is_at_wall = rates.covers == "wall" or is_modelled
    kind: Kind = "default" if is_modelled else "measured"
    if is_at_wall:
        source = "the model's watts are told at the wall" if is_modelled else "watts at the wall"
        efficiency = _known("1", efficiency.unit, kind, source)
    if is_at_wall or SEES_ALL & {*rates.covers.split("+")}:
        source = "the model's watts are of all parts" if is_modelled else "watts of the whole machine"
        unmetered = _known("0", unmetered.unit, kind, source)
    return Wall(unmetered, efficiency)


def _known(value: str, unit: str, kind: Kind, source: str) -> Constant:
    number = Decimal(value)
    return Constant(number, number, number, unit, kind, source)
