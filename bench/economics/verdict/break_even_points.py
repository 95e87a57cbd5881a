"""Break-even in every figure of a comparison: its volume, prices, share of capacity and loss per error.

The cost of an attempt here less that there is a line in each figure (in the volume, times the volume), so
each has one value at most at which both are equal. Per correct answer the API's cost counts R_local / R_api
times.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Context, Decimal
from functools import cached_property
from typing import Literal

from bench.economics.assumptions.constants import MULTIPLE, SHARE, TASKS_A_MONTH, USD, USD_PER_KWH
from bench.economics.assumptions.flags import FLAGS
from bench.economics.assumptions.scenario import Scenario
from bench.economics.device.capacity import done_per_month
from bench.economics.device.device_cost import variable_cost_usd
from bench.economics.verdict.break_even import (
    UNKNOWN,
    BreakEven,
    Side,
    break_even,
    gain_per_attempt,
    where_equal,
)
from bench.records.types import ApiPrice, BreakEvenFigure, BreakEvenPoint, DevicesNeeded, Usd
from bench.units import TOKENS_PER_PRICE_UNIT

Per = Literal["attempt", "right-answer"]
PER: tuple[Per, ...] = ("attempt", "right-answer")

RIGHT_A_MONTH, USD_PER_MTOK = "correct answers/month", "USD/Mtok"
_ROUNDING = Decimal("1e-20")  # of figures of 28 digits
_SHOWN = Context(prec=12)  # of a record; it need not hold 28 digits of what is no money


@dataclass(frozen=True)
class Terms:
    """What both costs are made of. ``local`` carries the variable cost, ``capacity`` is attempts a month."""

    scenario: Scenario
    local: Side
    api: Side
    loss: Usd | None
    joules: Decimal  # of an attempt, at the wall
    capacity: Decimal | None
    price: ApiPrice | None = None
    tokens: float | None = None  # of a request, both ways

    @cached_property
    def held(self) -> Scenario:
        """With no more tasks than the device can do."""
        return self.scenario.within(self.capacity)

    @property
    def per(self) -> Per:
        """By which equality the money gate decides."""
        return "right-answer" if self.loss is None else "attempt"

    def gain(self, per: Per) -> Decimal | None:
        """What an attempt saves before fixed costs; None: the API is never right, so no spend equals its."""
        loss = None if per == "right-answer" else self.loss or Decimal(0)
        return gain_per_attempt(self.local, self.api, loss)

    def solve(self, per: Per, now: Decimal, slope: Decimal) -> BreakEven:
        """For a figure that is ``now`` and adds ``slope`` a unit to an attempt's cost here less there."""
        gain = self.gain(per)
        if gain is None:
            return self._without_an_answer_there()
        part, whole = slope * now, self.held.fixed_per_task() - gain
        rest = whole - part
        if abs(rest) < _ROUNDING * abs(part):  # the figure is all that costs, but for the last digits
            rest = Decimal(0)
        return where_equal(rest, slope)

    def volume(self, per: Per, fixed_per_month: Decimal) -> BreakEven:
        """In attempts a month."""
        gain = self.gain(per)
        if gain is None:
            return self._without_an_answer_there()
        return break_even(fixed_per_month, gain, capacity=self.capacity)

    def device_price(self, per: Per) -> BreakEven:
        """As the device is held, or bought for this where it is owned, for as many tasks as one can do."""
        ownership = self.scenario.ownership
        return self._price_borne(per, Decimal(1) if ownership.kind == "sunk" else ownership.share)

    def affordable(self, per: Per) -> BreakEven:
        """Its price if it were bought for this alone."""
        return self._price_borne(per, Decimal(1))

    def _price_borne(self, per: Per, share: Decimal) -> BreakEven:
        gain = self.gain(per)
        if gain is None:
            return self._without_an_answer_there()
        terms = self.scenario.purchase()
        done = done_per_month(self.scenario.tasks_per_month.value, self.capacity)
        return where_equal(share * terms.running_per_month() - gain * done, share * terms.capital_factor())

    def kwh_price(self, per: Per) -> BreakEven:
        """Of an attempt's energy above idle, and of its part of the idle energy that is charged."""
        attempt = variable_cost_usd(self.joules, kwh_price=Decimal(1))
        idle_month = self.held.ownership.share * self.held.purchase().idle_kwh_per_month()
        idle = idle_month / self.held.tasks_per_month.value
        return self.solve(per, self.held.kwh_price.value, attempt + idle)

    def api_price(self, per: Per) -> BreakEven:
        """As a multiple of today's prices."""
        return self.solve(per, Decimal(1), -self.hosted(per, self.api.cost_usd))

    def hosted(self, per: Per, usd: Decimal) -> Decimal:
        """What a part of the API's bill of an attempt counts beside the cost of an attempt here."""
        if per == "attempt" or self.api.accuracy <= 0:
            return usd
        return usd * self.local.accuracy / self.api.accuracy

    def loss_per_error(self) -> BreakEven:
        """L*, the loss at which the choice flips; of no effect, and so any or never, at equal accuracy."""
        priced = replace(self, loss=self.loss or Decimal(0))
        return priced.solve("attempt", priced.loss or Decimal(0), self.api.accuracy - self.local.accuracy)

    def devices_needed(self) -> DevicesNeeded | None:
        """For the stated volume; None where one can do it, or the capacity or the gain is not known."""
        volume, gain = self.scenario.tasks_per_month.value, self.gain(self.per)
        if self.capacity is None or volume <= self.capacity or gain is None:
            return None
        n = math.ceil(volume / self.capacity)
        fixed = None
        if self.scenario.device_price is not None:
            bought = self.scenario.purchase().fixed_per_month(self.scenario.device_price.value)
            fixed = self.scenario.fixed_per_month() + (n - 1) * bought
        pays = False if gain <= 0 else None if fixed is None else gain * volume > fixed
        return DevicesNeeded(
            attempts_per_month=volume,
            n_devices=n,
            saved_usd_per_month=_SHOWN.multiply(gain, volume),
            fixed_usd_per_month=None if fixed is None else _SHOWN.plus(fixed),
            pays=pays,
        )

    def _without_an_answer_there(self) -> BreakEven:
        """The API is never right: any price is too high for that, unless the device is never right either."""
        return BreakEven("any") if self.local.accuracy > 0 else UNKNOWN


def break_even_points(terms: Terms) -> tuple[BreakEvenPoint, ...]:
    """Every figure in both equalities; a loss per error in that of attempts alone."""
    return tuple(point for per in PER for point in _points(terms, per))


def _points(terms: Terms, per: Per) -> Iterator[BreakEvenPoint]:
    held, price = terms.scenario, terms.price
    yield from _volumes(terms, per)
    now = None if held.device_price is None else held.device_price.value
    yield _point("device-price", per, USD, "device_price", now, terms.device_price(per))
    yield _point("kwh-price", per, USD_PER_KWH, "kwh_price", held.kwh_price.value, terms.kwh_price(per))
    factor = terms.api_price(per)
    yield _point("api-price", per, MULTIPLE, None, Decimal(1), factor)
    prices: list[tuple[BreakEvenFigure, Decimal]] = []
    if price is not None:
        prices += [
            ("api-input-price", price.input_usd_per_mtok),
            ("api-output-price", price.output_usd_per_mtok),
        ]
    if terms.tokens:
        blended = terms.api.cost_usd * TOKENS_PER_PRICE_UNIT / Decimal(str(terms.tokens))
        prices.append(("api-blended-price", blended))
    for figure, usd in prices:
        at = UNKNOWN if usd == 0 else _times(factor, usd)  # no factor moves what costs nothing
        yield _point(figure, per, USD_PER_MTOK, None, usd, at)
    if per == "attempt":
        yield _point("loss-per-error", per, USD, "loss_per_error", terms.loss, terms.loss_per_error())


def _volumes(terms: Terms, per: Per) -> Iterator[BreakEvenPoint]:
    held, capacity = terms.scenario, terms.capacity
    counted = Decimal(1) if per == "attempt" else terms.local.accuracy
    unit = TASKS_A_MONTH if per == "attempt" else RIGHT_A_MONTH
    flag = "tasks_per_month" if per == "attempt" else None
    now = held.tasks_per_month.value
    volume = terms.volume(per, held.fixed_per_month())
    n_devices = _n_devices(volume, capacity)
    yield _point("volume", per, unit, flag, now * counted, _times(volume, counted), n_devices)
    if held.device_price is not None and held.ownership.kind != "dedicated":
        bought = terms.volume(per, held.purchase().fixed_per_month(held.device_price.value))
        n_bought = _n_devices(bought, capacity)
        yield _point("volume-if-bought", per, unit, flag, now * counted, _times(bought, counted), n_bought)
    if capacity is None:
        yield _point("busy-share", per, SHARE, None, None, UNKNOWN)
    else:
        share = _times(volume, 1 / capacity)
        yield _point("busy-share", per, SHARE, None, now / capacity, share, n_devices)


def _times(found: BreakEven, factor: Decimal) -> BreakEven:
    return found if found.at is None else replace(found, at=found.at * factor)


def _n_devices(volume: BreakEven, capacity: Decimal | None) -> int | None:
    if volume.kind != "beyond-capacity" or volume.at is None or capacity is None:
        return None
    return math.ceil(volume.at / capacity)


def _point(
    figure: BreakEvenFigure,
    per: Per,
    unit: str,
    field: str | None,
    now: Decimal | None,
    found: BreakEven,
    n_devices: int | None = None,
) -> BreakEvenPoint:
    return BreakEvenPoint(
        figure=figure,
        per=per,
        unit=unit,
        flag=None if field is None else f"--{FLAGS[field].name}",
        now=None if now is None else _SHOWN.plus(now),
        kind=found.kind,
        at=None if found.at is None else _SHOWN.plus(found.at),
        cheaper_here=found.cheaper_here,
        n_devices=n_devices,
    )
