"""What each uncertain figure alone does to the difference of the sides, at its low and at its high bound."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from bench.economics.assumptions.constants import Constant
from bench.economics.assumptions.flags import FLAGS
from bench.economics.device.device_cost import Ownership, Purchase, variable_cost_usd
from bench.economics.device.wall import wall_joules
from bench.economics.estimates import RECORDED
from bench.economics.verdict.break_even import Side
from bench.economics.verdict.uncertainty import Tenths, probability
from bench.economics.verdict.workings import Workings
from bench.records.types import Swing, Usd

_OF_SCENARIO = ("kwh_price", "wage", "labour", "tasks_per_month", "device_price", "idle_watts")
NOTHING = Decimal(0)
_ACCURACY_FLAGS = {"declared-accuracy": "api-accuracy", "declared-bar": "need-accuracy"}


class Figures(NamedTuple):
    """All that the difference rests on, as it is applied; ``answer`` and ``tokens`` are multiples."""

    purchase: Purchase
    ownership: Ownership
    device_price: Decimal
    tasks_per_month: Decimal
    wage: Decimal
    labour: Decimal
    joules: Decimal  # as metered
    unmetered: Decimal
    psu_efficiency: Decimal
    fee_usd: Decimal  # due whatever a request's tokens
    input_usd: Decimal  # of tokens alone
    output_usd: Decimal
    local_accuracy: Decimal
    api_accuracy: Decimal
    loss: Decimal | None
    answer: Decimal = Decimal(1)
    tokens: Decimal = Decimal(1)

    def sides(self) -> tuple[Side, Side]:
        """Device and API; the device's cost holds its part of the fixed costs."""
        variable = variable_cost_usd(
            wall_joules(self.joules, self.unmetered, self.psu_efficiency),
            kwh_price=self.purchase.kwh_price,
            wage_per_hour=self.wage,
            labour_s=self.labour,
        )
        fixed = self.purchase.fixed_per_month(self.device_price, self.ownership)
        local = variable + fixed / self.tasks_per_month
        hosted = self.fee_usd + self.tokens * (self.input_usd + self.output_usd * self.answer)
        return Side(local, self.local_accuracy), Side(hosted, self.api_accuracy)

    def difference(self) -> Usd | None:
        """USD here less there: spend per correct answer, or with a loss per error cost and errors.

        None where a side is never right, which leaves its spend per correct answer unbounded.
        """
        local, api = self.sides()
        if self.loss is not None:
            return local.usd_with_errors(self.loss) - api.usd_with_errors(self.loss)
        here, there = local.usd_per_correct, api.usd_per_correct
        return None if here is None or there is None else here - there

    def is_cheaper_here(self, difference: Usd | None) -> bool | None:
        """By its ``difference``; None where neither side is ever right."""
        if difference is not None:
            return difference < 0
        if self.local_accuracy <= 0 and self.api_accuracy <= 0:
            return None
        return self.local_accuracy > 0


def tornado(workings: Workings) -> tuple[Usd | None, tuple[Swing, ...]]:
    """The difference at all values, and what each figure with bounds makes of it, widest first.

    Nothing where the money is not known. A figure that moves nothing is left out.
    """
    figures = _figures(workings)
    if figures is None or workings.money is None:
        return None, ()
    difference = figures.difference()
    now = figures.is_cheaper_here(difference)
    found: list[tuple[Decimal, Swing]] = []
    for one in _uncertain(workings, figures):
        at_low, at_high = one.at_low.difference(), one.at_high.difference()
        if at_low == at_high:
            continue
        ends = one.at_low.is_cheaper_here(at_low), one.at_high.is_cheaper_here(at_high)
        if_low, if_high = _probabilities(workings.money.is_cheaper, one.tenths)
        swing = Swing(
            name=one.name,
            flag=None if one.flag is None else f"--{one.flag}",
            low=RECORDED.plus(one.low),
            high=RECORDED.plus(one.high),
            unit=one.unit,
            usd_at_low=_shown(at_low),
            usd_at_high=_shown(at_high),
            probability_if_low=if_low,
            probability_if_high=if_high,
            flips=any(end is not now for end in ends),
        )
        width = Decimal("Infinity") if at_low is None or at_high is None else abs(at_high - at_low)
        found.append((width, swing))
    ranked = sorted(found, key=lambda one: -one[0])
    return _shown(difference), tuple(swing for _, swing in ranked)


def _probabilities(is_cheaper: NDArray[np.bool_], tenths: Tenths | None) -> tuple[float | None, float | None]:
    """Of cheaper, among the draws in which a figure is in its lowest tenth, and in its highest."""
    if tenths is None:
        return None, None
    lowest, highest = tenths
    return probability(is_cheaper[lowest]), probability(is_cheaper[highest])


def _figures(workings: Workings) -> Figures | None:
    device, api = workings.device, workings.api
    if workings.money is None or device.costs is None or api.bill is None:
        return None
    held = workings.held
    return Figures(
        held.purchase(),
        held.ownership,
        NOTHING if held.device_price is None else held.device_price.value,
        held.tasks_per_month.value,
        held.wage.value,
        held.labour.value,
        _decimal(device.costs.joules.value),
        device.costs.wall.unmetered.value,
        device.costs.wall.psu_efficiency.value,
        api.bill.mean_fee_usd,
        api.bill.mean_input_usd - api.bill.mean_fee_usd,
        api.bill.mean_output_usd,
        workings.money.local.accuracy,
        workings.money.api.accuracy,
        workings.loss,
    )


@dataclass(frozen=True, slots=True)
class _Uncertain:
    """A figure with bounds, all figures with it at either, and the ends of what was drawn of it."""

    name: str
    flag: str | None
    unit: str
    low: Decimal
    high: Decimal
    at_low: Figures
    at_high: Figures
    tenths: Tenths | None


def _uncertain(workings: Workings, figures: Figures) -> Iterator[_Uncertain]:
    scenario, device, api = workings.held, workings.device, workings.api
    assert device.draws is not None
    assert device.costs is not None
    assert api.bill is not None
    tenths, of_api = device.draws.randomness.tenths, workings.api_name

    def one(
        name: str,
        flag: str | None,
        unit: str,
        bounds: tuple[Decimal | float, Decimal | float],
        field: str,
        of_draws: Tenths | None,
    ) -> _Uncertain:
        low, high = map(_decimal, bounds)
        return _Uncertain(
            name, flag, unit, low, high, _with(figures, field, low), _with(figures, field, high), of_draws
        )

    bounds: tuple[Decimal | float, Decimal | float]
    for field in _OF_SCENARIO:
        constant: Constant | None = getattr(scenario, field)
        if constant is not None and not constant.is_exact:
            bounds = constant.low, constant.high
            yield one(_named(field), FLAGS[field].name, constant.unit, bounds, field, tenths(field))
    for field in ("unmetered", "psu_efficiency"):
        applied: Constant = getattr(device.costs.wall, field)
        if not applied.is_exact:
            bounds = applied.low, applied.high
            yield one(_named(field), FLAGS[field].name, applied.unit, bounds, field, tenths(field))
    _, low, high = device.costs.joules
    if low < high:
        yield one("joules of an attempt", None, "J", (low, high), "joules", tenths("energy"))
    answer, tokens = api.bill.answer, api.bill.all_tokens
    value, low, high = scenario.answer_length.band
    is_flags = value > 0 and answer == (1.0, low / value, high / value)  # else the model's reasoning range
    flag = FLAGS["answer_length"].name if is_flags else None
    if answer.low < answer.high:
        of_draws, bounds = tenths(f"answer of {of_api}"), (answer.low, answer.high)
        yield one("length of the API's answer", flag, "x", bounds, "answer", of_draws)
    if tokens.low < tokens.high:
        of_draws, bounds = tenths(f"tokens of {of_api}"), (tokens.low, tokens.high)
        yield one("the API's tokens", None, "x", bounds, "tokens", of_draws)
    here = device.quality.interval
    if here is not None:
        bounds = here.low, here.high
        yield one("accuracy here", None, "share", bounds, "local_accuracy", device.draws.tenths)
    there = api.accuracy.evidence.accuracy
    if there is not None:
        flag = _ACCURACY_FLAGS.get(api.accuracy.evidence.kind)
        bounds = there[1], there[2]
        yield one("accuracy of the API", flag, "share", bounds, "api_accuracy", api.tenths)
    loss = scenario.loss_per_error
    if loss is not None and not loss.is_exact:
        bounds, field = (loss.low, loss.high), "loss_per_error"
        yield one(_named(field), FLAGS[field].name, loss.unit, bounds, "loss", tenths(field))


def _with(figures: Figures, field: str, bound: Decimal) -> Figures:
    """All figures with one at ``bound``: one of theirs, or of the terms of purchase that they hold."""
    if field == "kwh_price":
        return figures._replace(purchase=replace(figures.purchase, kwh_price=bound))
    if field == "idle_watts":
        return figures._replace(purchase=replace(figures.purchase, idle_w=bound))
    changes: dict[str, Any] = {field: bound}
    return figures._replace(**changes)


def _named(field: str) -> str:
    return field.replace("_", " ")


def _decimal(number: Decimal | float) -> Decimal:
    return number if isinstance(number, Decimal) else Decimal(str(number))


def _shown(usd: Usd | None) -> Usd | None:
    return None if usd is None else RECORDED.plus(usd)
