"""One comparison over the months: the terms of both sides from its workings, and what comes of them."""

from decimal import Decimal

from bench.catalog.types import ApiProfile
from bench.economics.assumptions.scenario import Scenario
from bench.economics.device.capacity import done_per_month
from bench.economics.device.device_cost import DEDICATED, SUNK, Ownership
from bench.economics.estimates import RECORDED
from bench.economics.months.density import density
from bench.economics.months.horizon import Months, over_horizon
from bench.economics.verdict.workings import Workings
from bench.records.types import AtDecline, Density, OverTime


def over_time(w: Workings, profile: ApiProfile) -> OverTime | None:
    """None where the money is not known, or counts for nothing since the quality gate has failed."""
    months = months_of(w)
    if months is None:
        return None
    scenario = w.scenario
    horizon, band = scenario.horizon_months, scenario.price_decline
    declines = dict.fromkeys((band.value, band.low, band.high))
    outcomes = {d: over_horizon(months, scenario.purchase(), horizon, d) for d in declines}
    return OverTime(
        ownership=str(held_as(scenario)),
        price_usd=months.price,
        tasks_per_month=RECORDED.plus(tasks_done(w)),
        horizon_months=horizon,
        cases=tuple(
            AtDecline(
                decline_per_year=decline,
                device_usd=RECORDED.plus(found.device),
                api_usd=RECORDED.plus(found.api),
                payback_month=found.payback_month,
                overtaken_month=found.overtaken_month,
            )
            for decline, found in outcomes.items()
        ),
        density=_density(w, profile, horizon),
    )


def held_as(scenario: Scenario) -> Ownership:
    """As it is held; a device whose price is declared though it is owned, as if it were bought for this."""
    if scenario.ownership == SUNK and scenario.device_price is not None:
        return DEDICATED
    return scenario.ownership


def tasks_done(w: Workings) -> Decimal:
    """Attempts a month: as stated, at most what the device can do."""
    return done_per_month(w.scenario.tasks_per_month.value, w.capacity)


def months_of(w: Workings) -> Months | None:
    """What both sides cost; as in the break-even, without a loss per error for as many correct answers."""
    money, scenario = w.money, w.scenario
    if money is None or money.gain is None or not w.money_counts:
        return None
    local, api, done, share = money.local, money.api, tasks_done(w), held_as(scenario).share
    price = Decimal(0) if scenario.device_price is None else share * scenario.device_price.value
    running = share * scenario.purchase().running_per_month()
    fee = scenario.api_fee_per_attempt()
    if w.loss is None:
        falling, fees = (usd * local.accuracy / api.accuracy for usd in (api.cost_usd - fee, fee))
        return Months(price, running, done * local.cost_usd, done * falling, Decimal(0), done * fees)
    return Months(
        price,
        running,
        done * local.usd_with_errors(w.loss),
        done * (api.cost_usd - fee),
        done * (1 - api.accuracy) * w.loss,
        done * fee,
    )


def _density(w: Workings, profile: ApiProfile, horizon: int) -> Density | None:
    stated = w.scenario.api_parameters
    if profile.weights is not None:
        size, known_from = profile.weights.parameters_b, profile.weights.cited.source
    elif stated is not None:
        size, known_from = float(stated.value), stated.source
    else:
        return None
    return density(w.record, size, known_from, w.scenario.density_halving, horizon)
