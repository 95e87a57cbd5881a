"""What both sides cost over the months, line by line."""

from collections.abc import Iterator
from decimal import Decimal

from bench.economics.assumptions.scenario import Scenario
from bench.economics.explain.explain_words import accuracy_there, amount, of_flag, put, step, taken
from bench.economics.months.horizon import Months, api_bill, discounted_months, spent_by
from bench.economics.months.over_time import held_as, months_of, tasks_done
from bench.economics.verdict.workings import Workings
from bench.records.types import AtDecline, Density, ExplainedStep, OverTime

_WITHIN = "tasks a month: as stated, at most capacity"


def explain_time(w: Workings, over: OverTime | None) -> Iterator[ExplainedStep]:
    """Months of both sides, their discounted sums, and the months in which the purchase pays and loses."""
    months = months_of(w)
    if over is None or months is None:
        yield taken("costs over the months", "not known", "", "the money is not known, or counts for nothing")
        return
    scenario, horizon = w.scenario, over.horizon_months
    yield from _month_here(w, over, months)
    yield from _month_there(w, months)
    whole = discounted_months(scenario.purchase(), horizon, Decimal(0))
    yield _sum("months, discounted", scenario, horizon, Decimal(0), whole)
    factor = scenario.purchase().capital_factor()
    formula, numbers = "a month here", put(months.device)
    if months.price:
        formula = f"(price that is borne × capital factor + {formula})"
        numbers = f"({put(months.price)} × {put(factor)} + {numbers})"
    yield step(
        "net present cost here",
        f"{formula} × months, discounted",
        f"{numbers} × {put(whole)}",
        (months.price * factor + months.device) * whole,
        "USD",
        *(
            ["as much as to buy it, to replace it when its life ends, and to deduct its worth in the end"]
            * bool(months.price)
        ),
    )
    for case in over.cases:
        yield from _of_case(scenario, horizon, months, case, whole)
    if over.density is not None:
        yield from _of_density(scenario, horizon, over.density)


def _month_here(w: Workings, over: OverTime, months: Months) -> Iterator[ExplainedStep]:
    assert w.money is not None
    local, loss, done, share = w.money.local, w.loss, tasks_done(w), held_as(w.scenario).share
    if months.price and w.scenario.device_price is not None:
        yield step(
            "price that is borne",
            "share of the device × price",
            f"{put(share)} × {put(w.scenario.device_price.value)}",
            months.price,
            "USD",
            _held(w.scenario, over),
            of_flag(w.scenario, "device_price"),
        )
    with_errors = "" if loss is None else " with its errors"
    here = local.cost_usd if loss is None else local.usd_with_errors(loss)
    yield step(
        "a month here",
        "share of the device × upkeep and idle energy + "
        f"tasks a month × variable cost of an attempt{with_errors}",
        f"{put(share)} × {put(w.scenario.purchase().running_per_month())} + {put(done)} × {put(here)}",
        months.device,
        "USD/month",
        _held(w.scenario, over),
        _WITHIN,
        of_flag(w.scenario, "tasks_per_month"),
    )


def _month_there(w: Workings, months: Months) -> Iterator[ExplainedStep]:
    assert w.money is not None
    local, api, loss, done = w.money.local, w.money.api, w.loss, tasks_done(w)
    fee, cost, billed = w.scenario.api_fee_per_attempt(), "cost of an attempt there", put(api.cost_usd)
    stated, again = w.scenario.api_fee, w.scenario.api_retries
    if fee:
        yield step(
            "fees of an attempt",
            "fee × (1 + requests sent again)",
            f"{put(stated.value)} × (1 + {put(again.value)})",
            fee,
            "USD",
            of_flag(w.scenario, "api_fee"),
            of_flag(w.scenario, "api_retries"),
        )
        cost, billed = "(cost of an attempt there − fees of an attempt)", f"({billed} − {put(fee)})"
    times, as_many, origin = "", "", _WITHIN
    if loss is None:
        times = f" × accuracy here ÷ {accuracy_there(w.api)}"
        as_many = f" × {put(local.accuracy)} ÷ {put(api.accuracy)}"
        origin = "for as many correct answers as here"
    yield step(
        "a month there, today",
        f"tasks a month × {cost}{times}",
        f"{put(done)} × {billed}{as_many}",
        months.api,
        "USD/month",
        origin,
    )
    if fee:
        yield step(
            "fees of a month there",
            f"tasks a month × fees of an attempt{times}",
            f"{put(done)} × {put(fee)}{as_many}",
            months.api_fees,
            "USD/month",
            "they are the user's own, and do not become cheaper",
        )
    if loss is None:
        return
    yield step(
        "errors of a month there",
        f"tasks a month × (1 − {accuracy_there(w.api)}) × loss per error",
        f"{put(done)} × (1 − {put(api.accuracy)}) × {put(loss)}",
        months.api_errors,
        "USD/month",
        "they do not become cheaper",
    )


def _of_case(
    scenario: Scenario, horizon: int, months: Months, case: AtDecline, whole: Decimal
) -> Iterator[ExplainedStep]:
    decline = case.decline_per_year
    at = f"at a decline of {put(decline)} a year"
    falling = discounted_months(scenario.purchase(), horizon, decline)
    yield _sum(f"months {at}, discounted", scenario, horizon, decline, falling)
    told = {"errors": months.api_errors, "fees": months.api_fees}
    steady = {name: usd for name, usd in told.items() if usd}
    yield step(
        f"net present cost there {at}",
        "a month there, today × these months"
        + "".join(f" + {name} of a month × months, discounted" for name in steady),
        f"{put(months.api)} × {put(falling)}"
        + "".join(f" + {put(usd)} × {put(whole)}" for usd in steady.values()),
        months.api * falling + months.api_steady * whole,
        "USD",
    )
    if months.price > 0:
        lifetime = scenario.purchase().lifetime_months
        renewed = f", and again, less its resale, after each {lifetime} months" if horizon > lifetime else ""
        yield taken(
            f"payback {at}",
            "none" if case.payback_month is None else f"month {case.payback_month}",
            "",
            f"price that is borne {put(months.price)} USD, --device-price{renewed}",
            *_paid(scenario, months, case.payback_month or horizon, decline),
            formula="first month with price + months here ≤ months there, each discounted",
        )
    month = case.overtaken_month or horizon
    bill = f"{put(api_bill(months, month, decline))} USD, today's × (1 − {put(decline)})^(({month} − 1) ÷ 12)"
    bill += "".join(f" + {put(usd)} of {name}" for name, usd in steady.items())
    yield taken(
        f"overtaken {at}",
        "none" if case.overtaken_month is None else f"month {case.overtaken_month}",
        "",
        f"month {month} there: {bill}",
        formula="first month that costs less there than a month here",
    )


def _held(scenario: Scenario, over: OverTime) -> str:
    if scenario.ownership.kind == "sunk" and over.price_usd:
        return "as if it were bought for this: it is owned, and its price is declared"
    return f"held as {over.ownership}"


def _paid(scenario: Scenario, months: Months, month: int, decline: Decimal) -> Iterator[str]:
    """Both sides' costs by the end of a month, discounted, each from what it is a multiple of."""
    prices, whole, falling = spent_by(scenario.purchase(), month, decline)
    here = f"{put(months.price)} × {put(prices)} + {put(months.device)} × {put(whole)}"
    there = f"{put(months.api)} × {put(falling)}"
    there += f" + {put(months.api_steady)} × {put(whole)}" if months.api_steady else ""
    spent = months.price * prices + months.device * whole
    yield f"by month {month} here: {here} = {amount(spent)} USD, prices and months discounted"
    billed = months.api * falling + months.api_steady * whole
    yield f"by month {month} there: {there} = {amount(billed)} USD, falling and discounted"


def _sum(name: str, scenario: Scenario, horizon: int, decline: Decimal, total: Decimal) -> ExplainedStep:
    """``total`` as the geometric sum that it is."""
    rate = put(scenario.discount_rate.value)
    origins = [of_flag(scenario, "horizon"), of_flag(scenario, "discount_rate")]
    ratio = f"1 ÷ (1 + {rate})"
    if decline:
        ratio = f"(1 − {put(decline)}) ÷ (1 + {rate})"
        origins = [of_flag(scenario, "price_decline")]
    if total == horizon:
        return step(name, "without interest: months", str(horizon), total, "months", *origins)
    return step(
        name,
        "(1 + yearly rate)^(−1 ÷ 12) × (1 − q^(months ÷ 12)) ÷ (1 − q^(1 ÷ 12)), "
        "q = (1 − decline) ÷ (1 + yearly rate)",
        f"(1 + {rate})^(−1 ÷ 12) × (1 − ({ratio})^({horizon} ÷ 12)) ÷ (1 − ({ratio})^(1 ÷ 12))",
        total,
        "months",
        *origins,
    )


def _of_density(scenario: Scenario, horizon: int, found: Density) -> Iterator[ExplainedStep]:
    law = of_flag(scenario, "density_halving")
    size, halving = put(found.api_parameters), put(found.halving_months[0])
    yield step(
        "parameters with the API's skill in the end",
        "parameters of the API's model × 2^(−months ÷ months of halving)",
        f"{size} × 2^(−{horizon} ÷ {halving})",
        found.parameters_at_horizon[0],
        "billions",
        f"size: {found.api_parameters_from}",
        law,
    )
    name, here = "months until this model's size has the API's skill", put(found.local_parameters)
    formula = "months of halving × ln(parameters there ÷ parameters here) ÷ ln(2)"
    own = f"a model of {here} billion parameters, counted in its file"
    until = found.months_to_local_size[0]
    if until > 0:
        yield step(name, formula, f"{halving} × ln({size} ÷ {here}) ÷ ln(2)", until, "months", own, law)
    else:
        yield taken(name, until, "months", own, law, formula=f"{formula}, at least 0")
