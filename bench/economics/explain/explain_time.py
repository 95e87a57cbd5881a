"""What both sides cost over the months, line by line."""

from collections.abc import Iterator
from decimal import Decimal

from bench.economics.assumptions.scenario import Scenario
from bench.economics.explain.explain_words import of_flag, put, step, taken
from bench.economics.months.horizon import Months, api_bill, discounted_months
from bench.economics.months.over_time import months_of, tasks_done
from bench.economics.verdict.workings import Workings
from bench.records.types import AtDecline, Density, ExplainedStep, OverTime


def explain_time(w: Workings, over: OverTime | None) -> Iterator[ExplainedStep]:
    """Months of both sides, their discounted sums, and the months in which the purchase pays and loses."""
    months = months_of(w)
    if over is None or months is None:
        yield taken("costs over the months", "not known", "", "the money is not known, or counts for nothing")
        return
    scenario, horizon = w.scenario, over.horizon_months
    yield from _of_a_month(w, over, months)
    whole = discounted_months(scenario.purchase(), horizon, Decimal(0))
    yield _sum("months, discounted", scenario, horizon, Decimal(0), whole)
    capital = months.price * scenario.purchase().capital_factor()
    yield step(
        "net present cost here",
        "(price that is borne × capital factor + a month here) × months, discounted",
        f"({put(capital)} + {put(months.device)}) × {put(whole)}",
        (capital + months.device) * whole,
        "USD",
        "the same as its price, and its replacements', less its worth in the end, and all months",
    )
    for case in over.cases:
        yield from _of_case(scenario, horizon, months, case, whole)
    if over.density is not None:
        yield from _of_density(scenario, horizon, over.density)


def _of_a_month(w: Workings, over: OverTime, months: Months) -> Iterator[ExplainedStep]:
    money, done, loss = w.money, tasks_done(w), w.loss
    assert money is not None
    local, api = money.local, money.api
    within = "tasks a month: as stated, at most capacity"
    held = f"held as {over.ownership}" + (": a device whose price is declared" if months.price else "")
    with_errors = "" if loss is None else " with its errors"
    here = local.cost_usd if loss is None else local.usd_with_errors(loss)
    yield step(
        "a month here",
        f"upkeep and idle energy that are borne + tasks a month × variable cost of an attempt{with_errors}",
        f"{put(months.running)} + {put(done)} × {put(here)}",
        months.device,
        "USD/month",
        held,
        within,
        of_flag(w.scenario, "tasks_per_month"),
    )
    fee, cost, billed = w.scenario.api_fee_per_attempt(), "cost of an attempt there", put(api.cost_usd)
    if fee:
        cost, billed = "(cost of an attempt there − fees of an attempt)", f"({billed} − {put(fee)})"
    times = as_many = ""
    origin = within
    if loss is None:
        times, as_many = (
            " × accuracy here ÷ accuracy there",
            f" × {put(local.accuracy)} ÷ {put(api.accuracy)}",
        )
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
        stated, again = w.scenario.api_fee, w.scenario.api_retries
        yield step(
            "fees of a month there",
            f"tasks a month × fee × (1 + requests sent again){times}",
            f"{put(done)} × {put(stated.value)} × (1 + {put(again.value)}){as_many}",
            months.api_fees,
            "USD/month",
            of_flag(w.scenario, "api_fee"),
            of_flag(w.scenario, "api_retries"),
            "they are the user's own, and do not become cheaper",
        )
    if loss is None:
        return
    yield step(
        "errors of a month there",
        "tasks a month × (1 − accuracy there) × loss per error",
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
    yield taken(
        "months until this model's size has the API's skill",
        found.months_to_local_size[0],
        "months",
        f"a model of {put(found.local_parameters)} billion parameters",
        law,
        formula="months of halving × log2(parameters there ÷ parameters here), at least 0",
    )
