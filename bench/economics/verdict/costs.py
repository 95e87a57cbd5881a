"""What an attempt costs on either side: exact at the constants' values, and drawn over their bounds."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

import numpy as np

from bench.economics.api.api_cost import ApiCost
from bench.economics.assumptions.scenario import Scenario
from bench.economics.device.device_cost import variable_cost_usd
from bench.economics.device.operating_point import EnergyRates
from bench.economics.device.wall import Wall, wall_joules, wall_of
from bench.economics.verdict.accuracy import ApiAccuracy
from bench.economics.verdict.uncertainty import Draws, ItemDraws, Randomness, bounds
from bench.records.types import Usd
from bench.stats import Estimate
from bench.units import J_PER_KWH, SECONDS_PER_HOUR

Band = tuple[Usd, Usd, Usd]
OpenBand = tuple[Usd, Usd, Usd | None]

_WATTS_PER_KW = 1000.0
_DIGITS = 6  # of simulated bounds; 100,000 draws do not know more


@dataclass(frozen=True)
class Costed:
    """Expected USD of an attempt."""

    usd: Decimal
    draws: Draws

    @cached_property
    def band(self) -> Band:
        """The exact value between its 95 % bounds."""
        low, high = bounds(self.draws)
        return self.usd, min(self.usd, _decimal(low)), max(self.usd, _decimal(high))


@dataclass(frozen=True)
class DeviceCosts:
    """``variable`` is the increment of one more attempt; ``total`` adds its part of the fixed costs."""

    variable: Costed
    energy_usd: Decimal  # the part of ``variable`` that is electricity
    total: Costed
    item_joules: Sequence[Estimate]
    joules: Estimate  # their mean
    drawn_joules: Draws
    wall: Wall  # as it was applied


def device_costs(
    joules: Sequence[Estimate],
    rates: EnergyRates,
    scenario: Scenario,
    items: ItemDraws,
    randomness: Randomness,
) -> DeviceCosts:
    """Cost of an attempt from the joules above idle of each item."""
    mean, drawn_joules = mean_with_draws(joules, "energy", items, randomness)
    wall = wall_of(rates, scenario)
    labour = (scenario.wage.value, scenario.labour.value)
    energy = variable_cost_usd(wall.joules(Decimal(str(mean.value))), kwh_price=scenario.kwh_price.value)
    variable = energy + variable_cost_usd(
        Decimal(0),
        kwh_price=Decimal(0),
        wage_per_hour=labour[0],
        labour_s=labour[1],
    )
    kwh = randomness.band("kwh_price", scenario.kwh_price.band)
    drawn_wall_j = wall_joules(
        drawn_joules,
        randomness.band("unmetered", wall.unmetered.band),
        randomness.band("psu_efficiency", wall.psu_efficiency.band),
    )
    drawn = kwh * drawn_wall_j / J_PER_KWH + (
        randomness.band("wage", scenario.wage.band)
        * randomness.band("labour", scenario.labour.band)
        / SECONDS_PER_HOUR
    )
    fixed = scenario.fixed_per_task()
    return DeviceCosts(
        Costed(variable, drawn),
        energy,
        Costed(variable + fixed, drawn + _drawn_fixed(scenario, kwh, randomness)),
        joules,
        mean,
        drawn_joules,
        wall,
    )


def mean_with_draws(
    figures: Sequence[Estimate], name: str, items: ItemDraws, randomness: Randomness
) -> tuple[Estimate, Draws]:
    """Mean of a figure of each item within the mean bounds; and drawn over the items and these bounds.

    ``name`` is whose luck the bounds have: what errs together shares it.
    """
    value, low, high = np.array(tuple(zip(*figures, strict=True))).mean(axis=1).tolist()
    spread = Estimate(1.0, low / value, high / value) if value > 0 else Estimate(1.0, 1.0, 1.0)
    (means,) = items.means([estimate.value for estimate in figures])
    return Estimate(value, low, high), means * randomness.band(name, spread)


def api_costs(cost: ApiCost, name: str, items: ItemDraws, randomness: Randomness) -> Costed:
    """Cost of an attempt at the API from the bill of each item."""
    input_usd, output_usd, fees_usd = items.means(
        *([float(part) for part in parts] for parts in (cost.input_usd, cost.output_usd, cost.fees_usd))
    )
    answer = randomness.band(f"answer of {name}", cost.answer)
    tokens = randomness.band(f"tokens of {name}", cost.all_tokens)
    drawn = fees_usd + tokens * (input_usd - fees_usd + output_usd * answer)
    return Costed(cost.mean_input_usd + cost.mean_output_usd, drawn)


def drawn_api_accuracy(api: ApiAccuracy, name: str, items: ItemDraws, randomness: Randomness) -> Draws:
    """Accuracies that the evidence allows; the API's share right on the resampled items for a transcript.

    Of a bar they are its best case, always right: no distribution is known between that and the bar.
    """
    if api.answers:
        return items.accuracy(1)
    n_draws = randomness.n_draws
    if api.is_bar:
        return np.ones(n_draws)
    value = api.value or 0.0
    sampled: Draws | float = value
    if api.share is not None:
        sampled = randomness.proportion(f"sampling of {name}", value, api.share.n)
    shift = randomness.band(f"accuracy of {name}", Estimate(0.0, -api.below, api.above))
    return np.broadcast_to(np.clip(sampled + shift, 0.0, 1.0), (n_draws,))


def per_correct(cost: Costed, accuracy: Decimal, drawn_accuracy: Draws) -> OpenBand | None:
    """Spend per correct answer with its 95 % bounds; None when none was right: unbounded."""
    if accuracy <= 0:
        return None
    value = cost.usd / accuracy
    with np.errstate(divide="ignore", invalid="ignore"):
        low, high = bounds(np.where(drawn_accuracy > 0, cost.draws / drawn_accuracy, np.inf))
    upper = max(value, _decimal(high)) if np.isfinite(high) else None
    return value, min(value, _decimal(low)), upper


def _drawn_fixed(scenario: Scenario, kwh: Draws | float, randomness: Randomness) -> Draws | float:
    """Fixed costs of an attempt; electricity and idle power are drawn, terms of purchase are as stated."""
    if scenario.ownership.kind == "sunk" or scenario.device_price is None:
        return 0.0
    purchase = scenario.purchase()
    price = randomness.band("device_price", scenario.device_price.band)
    idle = randomness.band("idle_watts", scenario.idle_watts.band)
    volume = randomness.band("tasks_per_month", scenario.tasks_per_month.band)
    hours = float(scenario.hours_per_month.value)
    month = (
        float(purchase.capital_factor()) * price
        + float(purchase.maintenance_per_month)
        + kwh * idle * hours / _WATTS_PER_KW
    )
    return float(scenario.ownership.share) * month / volume


def _decimal(number: float) -> Decimal:
    return Decimal(f"{number:.{_DIGITS}g}")
