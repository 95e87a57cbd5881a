"""Carbon beside the money: what an attempt emits here and there, and the grid on which both emit the same.

Nothing is drawn here: bounds are those of the figures, each at the end that makes the result least or most.
Grams are counted as the money is: electricity above idle, and of a device that is charged to the task its
idle hours and its making, too.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from bench.catalog.types import ApiProfile, Bounded, Electricity, HostedEnergy, PublishedRequest
from bench.economics.assumptions.constants import Constant
from bench.economics.assumptions.scenario import Scenario
from bench.economics.estimates import NOTHING, joined, product, quotient, times, total
from bench.economics.verdict.sides import ApiSide, DeviceSide
from bench.records.types import CarbonBeside, CarbonHere, CarbonThere, OpenBand
from bench.stats import Estimate
from bench.units import J_PER_KWH

G_PER_KG = 1000
WH_PER_KWH = 1000
WATTS_PER_KW = 1000
TOKENS_OF_HOSTED_WH = 1000


@dataclass(frozen=True)
class Length:
    """Tokens of a mean request, with the doubts about them."""

    input_tokens: Estimate
    output_tokens: Estimate


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


@dataclass(frozen=True)
class ThereAccount:
    """What the API emits; ``used`` are the published estimates, none where the user states one."""

    length: Length | None
    used: tuple[HostedEnergy, ...]
    grid: Estimate | None  # g/kWh
    told: CarbonThere


@dataclass(frozen=True)
class CarbonAccount:
    """Both sides with what they were computed from."""

    here: HereAccount | None
    there: ThereAccount | None
    grid: Electricity | None
    told: CarbonBeside


def carbon_account(
    profile: ApiProfile,
    here: HereAccount | None,
    api: ApiSide,
    scenario: Scenario,
    grid: Electricity | None,
    hosted: Sequence[HostedEnergy] = (),
) -> CarbonAccount | None:
    """Both sides as far as they are known; None where no gram is: nothing to set beside the money."""
    there = _there(profile, api, scenario, hosted)
    emits_here = None if here is None else here.told.electricity_g
    emits_there = None if there is None else there.told.attempt_g
    if emits_here is None and emits_there is None:
        return None
    told = CarbonBeside(
        here=here and here.told,
        there=there and there.told,
        same_at_g_per_kwh=_same_at(here, emits_there),
    )
    return CarbonAccount(here, there, grid, told)


def of_request(
    requests: Sequence[PublishedRequest], what: Literal["wh", "g"], length: Length | None
) -> Estimate | None:
    """Wh or g of a request of this length, from published ones; None where they do not tell it.

    A single request without a length is taken as it is. Else the value is the output tokens times Σ figures ÷
    Σ output tokens, and the bounds are by the least and the largest figure per token of any of them. At most
    it takes as much as published requests that hold it: what is fixed of them does not shrink with it.
    """
    told: list[tuple[PublishedRequest, Bounded]] = []
    for request in requests:
        figure = request.wh if what == "wh" else request.g
        if figure is not None:
            told.append((request, figure))
    if told and told[0][0].output_tokens is None:
        return Estimate(*told[0][1])
    if not told or length is None:
        return None
    per_token = rate([(request.output_tokens or 1, figure) for request, figure in told])
    tokens = length.output_tokens
    return Estimate(
        tokens.value * per_token.value,
        tokens.low * per_token.low,
        max(
            tokens.high * per_token.high,
            min(figure[2] * _times_as_long(length, request) for request, figure in told),
        ),
    )


def _times_as_long(length: Length, request: PublishedRequest) -> float:
    """How many of the published request hold the longest that this one may be; at least one."""
    ratios = [1.0]
    if request.output_tokens is not None:
        ratios.append(length.output_tokens.high / request.output_tokens)
    if request.input_tokens is not None:
        ratios.append(length.input_tokens.high / request.input_tokens)
    return max(ratios)


def rate(sized: Sequence[tuple[int, Bounded]]) -> Estimate:
    """Of one token, from figures of requests with so many each."""
    return Estimate(
        sum(figure[0] for _, figure in sized) / sum(tokens for tokens, _ in sized),
        min(figure[1] / tokens for tokens, figure in sized),
        max(figure[2] / tokens for tokens, figure in sized),
    )


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
        and _per_correct(emitted, Estimate(float(device.accuracy), right.low, right.high)),
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


def _there(
    profile: ApiProfile, api: ApiSide, scenario: Scenario, hosted: Sequence[HostedEnergy]
) -> ThereAccount | None:
    stated = scenario.hosted_wh
    scope, used = _estimates(profile, hosted, stated)
    if stated is None and not used:
        return None
    length = _length(api)
    wh = joined([of_request(one.requests, "wh", length) for one in used])
    published_g = joined([of_request(one.requests, "g", length) for one in used])
    if stated is not None and length is not None:
        wh = product(length.output_tokens, times(stated.band, 1 / TOKENS_OF_HOSTED_WH))
    if wh is None and published_g is None:
        return None
    grid = _hosted_grid(scenario.hosted_grid, used)
    grams = published_g
    if wh is not None and grid is not None:
        grams = times(product(wh, grid), 1 / WH_PER_KWH)
    told = CarbonThere(
        scope=scope,
        wh=wh,
        attempt_g=grams,
        per_correct_g=_there_per_correct(api, grams),
        detail="; ".join(dict.fromkeys(filter(None, (_detail(one) for one in used))))
        or "stated by --hosted-wh",
        source="; ".join(dict.fromkeys(one.cited.source for one in used)) or "declared by the user",
        date="; ".join(dict.fromkeys(one.cited.date for one in used)) or None,
    )
    return ThereAccount(length, used, grid, told)


def _estimates(
    profile: ApiProfile, hosted: Sequence[HostedEnergy], stated: Constant | None
) -> tuple[Literal["declared", "model", "provider"], tuple[HostedEnergy, ...]]:
    """Those of the model; else those of its provider's usual request, which no reasoning model's is.

    None where the user states one.
    """
    if stated is not None:
        return "declared", ()
    of_model = tuple(one for one in hosted if profile.name in one.apis)
    if of_model or profile.is_reasoning:
        return "model", of_model
    return "provider", tuple(one for one in hosted if one.provider == profile.provider)


def _detail(one: HostedEnergy) -> str:
    return f"{one.title}: {one.cited.note}" if one.cited.note else one.title


def _length(api: ApiSide) -> Length | None:
    """Of a mean request, with the doubts about its answer and its tokenizer."""
    if api.account is None:
        return None
    told = api.account.summary
    return Length(
        times(api.account.all_tokens, told.input_tokens),
        times(product(api.account.all_tokens, api.account.answer), told.output_tokens),
    )


def _hosted_grid(stated: Constant | None, used: Sequence[HostedEnergy]) -> Estimate | None:
    """The user's; else the one that the first estimate with one reckons with."""
    if stated is not None:
        return stated.band
    known = next((one.grid_g_per_kwh for one in used if one.grid_g_per_kwh is not None), None)
    return None if known is None else Estimate(known, known, known)


def _there_per_correct(api: ApiSide, grams: Estimate | None) -> OpenBand | None:
    """As in the money: of a bar the value is that of always being right, the upper bound that of the bar."""
    accuracy = api.accuracy
    if accuracy.value is None:
        return None
    _, low, high = accuracy.interval(0.95)
    if accuracy.is_bar:
        return _per_correct(grams, Estimate(accuracy.for_money, accuracy.value, accuracy.for_money))
    return _per_correct(grams, Estimate(accuracy.value, low, high))


def _per_correct(grams: Estimate | None, right: Estimate) -> OpenBand | None:
    if grams is None or right.value <= 0:
        return None
    return (
        grams.value / right.value,
        grams.low / right.high,
        grams.high / right.low if right.low > 0 else None,
    )


def _same_at(here: HereAccount | None, there_g: Bounded | None) -> OpenBand | None:
    """(grams there − making) ÷ kWh here, at least 0."""
    if here is None or there_g is None or here.kwh.value <= 0:
        return None
    making = here.told.making_g
    if here.told.is_making_charged and making is None:
        return None
    value, low, high = Estimate(*(making or NOTHING))
    kwh = here.kwh
    most = None if kwh.low <= 0 else max(0.0, (there_g[2] - low) / kwh.low)
    return max(0.0, (there_g[0] - value) / kwh.value), max(0.0, (there_g[1] - high) / kwh.high), most
