"""What an attempt takes besides money: joules, watts, grams of CO2, and its part of a battery's charge."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bench.catalog.types import Electricity
from bench.economics.assumptions.scenario import Scenario
from bench.economics.device.operating_point import (
    EnergyRates,
    energy_rates,
    joules_of_items,
    meters_of,
    watts_of_items,
)
from bench.economics.device.wall import SEES_ALL, wall_of
from bench.economics.estimates import EXACT, product, times
from bench.economics.verdict.costs import mean_with_draws
from bench.economics.verdict.sides import DeviceSide
from bench.economics.verdict.uncertainty import Draws, ItemDraws, bounds
from bench.records.types import (
    Assumption,
    ChargeLife,
    EnergyReading,
    OpenBand,
    TaskEfficiency,
    TaskEnergy,
)
from bench.stats import Estimate, idle_power_w
from bench.units import J_PER_KWH, SECONDS_PER_HOUR


@dataclass(frozen=True)
class Surroundings:
    """What is known of the machine and its grid besides the joules of the work."""

    idle: Sequence[EnergyReading] = ()
    battery_wh: float | None = None
    grid: Electricity | None = None


@dataclass(frozen=True)
class _Account:
    """Joules of the attempts, all gross or all above idle, with how they and their watts are drawn."""

    rates: EnergyRates
    energy: TaskEnergy
    ipj: OpenBand
    ipw: OpenBand | None


def efficiency_of(
    task: str,
    device: DeviceSide,
    readings: Sequence[EnergyReading],
    scenario: Scenario,
    around: Surroundings,
) -> tuple[TaskEfficiency, ...]:
    """By each meter that tells the joules of an attempt; first the one whose joules the costs rest on."""
    chosen = None if device.point.energy is None else device.point.energy.meter
    found = [
        _by_meter(task, device, readings, meter, scenario, around, is_chosen=meter == chosen)
        for meter in meters_of(readings)
    ]
    return tuple(sorted((one for one in found if one is not None), key=lambda one: not one.is_chosen))


def carbon_assumption(grid: Electricity) -> Assumption:
    """The carbon of a country's electricity as an assumption; said to be unknown where it is."""
    cited = grid.carbon_cited
    if grid.carbon_g_per_kwh is None or cited is None:
        value, source, date = "not known", f"the catalog has no carbon figure for {grid.title}", None
    else:
        note = f", {cited.note}" if cited.note else ""
        value, source, date = f"{grid.carbon_g_per_kwh:g}", f"{grid.title}{note}: {cited.source}", cited.date
    return Assumption(
        name="carbon of electricity",
        value=value,
        unit="" if date is None else "g CO2e/kWh",
        kind="catalog",
        source=source,
        date=date,
        flag="--country",
    )


def _by_meter(
    task: str,
    device: DeviceSide,
    readings: Sequence[EnergyReading],
    meter: str,
    scenario: Scenario,
    around: Surroundings,
    *,
    is_chosen: bool,
) -> TaskEfficiency | None:
    gross = _account(device, energy_rates(readings, meter, "gross"))
    above_idle = _account(device, energy_rates(readings, meter, "above-idle"))
    basis = gross or above_idle
    if basis is None:
        return None
    rates = basis.rates
    return TaskEfficiency(
        task=task,
        meter=meter,
        covers=rates.covers,
        provenance=rates.provenance,
        detail=rates.detail,
        is_chosen=is_chosen,
        is_disturbed=any(reading.meter == meter and reading.is_disturbed for reading in readings),
        n_items=device.quality.n_items,
        accuracy=float(device.accuracy),
        seconds_per_attempt=device.seconds,
        gross=gross and gross.energy,
        above_idle=above_idle and above_idle.energy,
        basis="above-idle" if gross is None else "gross",
        ipj_per_j=basis.ipj,
        ipw_per_w=basis.ipw,
        carbon_g=_carbon_g(basis, scenario, around.grid),
        charge=_charge(basis, scenario, around, is_gross=gross is not None),
    )


def _account(device: DeviceSide, rates: EnergyRates | None) -> _Account | None:
    if rates is None or device.draws is None:
        return None
    if device.costs is not None and rates == device.point.energy:
        mean_j, drawn_j = device.costs.joules, device.costs.drawn_joules
    elif joules := joules_of_items(rates, device.items):
        mean_j, drawn_j = mean_with_draws(joules, "energy", device.draws, device.draws.randomness)
    else:
        return None
    if mean_j.value <= 0:
        return None
    accuracy, right = float(device.accuracy), device.draws.accuracy(0)
    mean_w, ipw = None, None
    if watts := watts_of_items(rates, device.items):
        mean_w, ipw = _per_watt(watts, device.draws, accuracy)
    return _Account(
        rates,
        TaskEnergy(
            attempt_j=mean_j,
            attempt_w=mean_w,
            per_correct_j=_ratio(mean_j.value / accuracy, drawn_j, right) if accuracy else None,
            output_tokens_per_j=rates.j_per_decode_step and _inverse(1.0, rates.j_per_decode_step),
        ),
        _ratio(accuracy / mean_j.value, right, drawn_j),
        ipw,
    )


def _per_watt(watts: Sequence[Estimate], items: ItemDraws, accuracy: float) -> tuple[Estimate, OpenBand]:
    mean_w, drawn_w = mean_with_draws(watts, "energy", items, items.randomness)
    return mean_w, _ratio(accuracy / mean_w.value, items.accuracy(0), drawn_w)


def _carbon_g(basis: _Account, scenario: Scenario, grid: Electricity | None) -> Estimate | None:
    """Of the electricity that the wall gives for an attempt; of generating it, not of making the device."""
    if grid is None or grid.carbon_g_per_kwh is None:
        return None
    g_per_j = grid.carbon_g_per_kwh / J_PER_KWH
    return times(wall_of(basis.rates, scenario).band(Estimate(*basis.energy.attempt_j)), g_per_j)


def _charge(
    basis: _Account, scenario: Scenario, around: Surroundings, *, is_gross: bool
) -> ChargeLife | None:
    """A battery feeds the parts without the wall's supply: of joules at the wall its losses are no load."""
    if around.battery_wh is None:
        return None
    is_at_wall = wall_of(basis.rates, scenario).psu_efficiency is not scenario.psu_efficiency
    load = scenario.psu_efficiency.band if is_at_wall else EXACT
    idle_w = None
    if is_gross:
        idle_w = idle_power_w([reading for reading in around.idle if reading.meter == basis.rates.meter])
    power = basis.energy.attempt_w
    charge_j = around.battery_wh * SECONDS_PER_HOUR
    return ChargeLife(
        battery_wh=around.battery_wh,
        attempts=_inverse(charge_j, product(Estimate(*basis.energy.attempt_j), load)),
        busy_h=power and _inverse(around.battery_wh, product(Estimate(*power), load)),
        idle_h=idle_w and _inverse(around.battery_wh, product(idle_w, load)),
        is_at_most=not (is_gross and SEES_ALL & {*basis.rates.covers.split("+")}),
    )


def _inverse(amount: float, each: Estimate) -> OpenBand:
    """How many of ``each`` an amount holds; without an upper bound where each may be nothing."""
    return amount / each.value, amount / each.high, amount / each.low if each.low > 0 else None


def _ratio(value: float, numerator: Draws, denominator: Draws) -> OpenBand:
    """``value`` between the 95 % bounds of the quotients that were drawn."""
    with np.errstate(divide="ignore", invalid="ignore"):
        low, high = bounds(np.where(denominator > 0, numerator / denominator, np.inf))
    return value, min(value, low), max(value, high) if np.isfinite(high) else None
