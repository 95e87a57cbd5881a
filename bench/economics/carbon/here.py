"""What an attempt emits on the device."""

from dataclasses import dataclass

from bench.catalog.types import Electricity
from bench.economics.assumptions.scenario import Scenario
from bench.economics.estimates import NOTHING, amount_per_correct, quotient, times, total
from bench.economics.verdict.sides import DeviceSide
from bench.records.types import CarbonHere
from bench.stats import Estimate
from bench.units import J_PER_KWH

G_PER_KG = 1000
WATTS_PER_KW = 1000


@dataclass(frozen=True)
class HereAccount:
    """What the device emits, and from what: kWh of an attempt above idle and of its part of idle hours."""

    attempt_kwh: Estimate
    idle_kwh: Estimate  # 0 of a device already owned
    grid_g_per_kwh: float | None
    told: CarbonHere

    @property
    def kwh(self) -> Estimate:
        return total(self.attempt_kwh, self.idle_kwh)


def carbon_here(device: DeviceSide, scenario: Scenario, grid: Electricity | None) -> HereAccount | None:
    """The device's side, whatever it is compared with; None where its joules are not known."""
    if device.costs is None:
        return None
    g_per_kwh = None if grid is None else grid.carbon_g_per_kwh
    attempt = times(device.costs.wall.band(device.costs.joules), 1 / J_PER_KWH)
    is_charged = scenario.ownership.kind != "sunk"
    idle = _idle_kwh(scenario) if is_charged else NOTHING
    electricity = None if g_per_kwh is None else times(total(attempt, idle), g_per_kwh)
    making = _making_g(scenario) if is_charged else None
    emitted = electricity
    if is_charged:
        emitted = None if electricity is None or making is None else total(electricity, making)
    right = device.quality.interval
    told = CarbonHere(
        kwh=total(attempt, idle),
        electricity_g=electricity,
        is_making_charged=is_charged,
        making_g=making,
        attempt_g=emitted,
        per_correct_g=right
        and amount_per_correct(emitted, Estimate(float(device.accuracy), right.low, right.high)),
    )
    return HereAccount(attempt, idle, g_per_kwh, told)


def _idle_kwh(scenario: Scenario) -> Estimate:
    """An attempt's part of what the device takes idle over the hours in which it is on."""
    share, hours = float(scenario.ownership.share), float(scenario.hours_per_month.value)
    idle_w, volume = scenario.idle_watts.band, scenario.tasks_per_month.band
    return times(quotient(idle_w, volume), share * hours / WATTS_PER_KW)


def _making_g(scenario: Scenario) -> Estimate | None:
    """An attempt's part of making the device: spread evenly over its life, by the share that is charged."""
    if scenario.embodied is None:
        return None
    months = scenario.purchase().lifetime_months
    per_volume = quotient(scenario.embodied.band, scenario.tasks_per_month.band)
    return times(per_volume, G_PER_KG * float(scenario.ownership.share) / months)
