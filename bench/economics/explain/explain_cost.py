"""What an attempt costs on either side, line by line."""

from collections.abc import Iterator, Sequence
from datetime import UTC
from decimal import Decimal
from typing import Literal

from bench.economics.api.api_cost import RequestTokens
from bench.economics.api.pricing import Tariff
from bench.economics.explain.explain_words import (
    accuracy_there,
    of_flag,
    of_wall,
    put,
    shared_by,
    step,
    taken,
)
from bench.economics.verdict.costs import Costed
from bench.economics.verdict.workings import Workings
from bench.records.types import ExplainedStep, Usd
from bench.units import J_PER_KWH, SECONDS_PER_HOUR, TOKENS_PER_PRICE_UNIT

_CLOSE = Decimal("1e-12")  # relative; two ways to one sum of money


def explain_month(w: Workings) -> Iterator[ExplainedStep]:
    """What the device costs a month, bought, and what of it is charged here."""
    scenario, terms = w.scenario, w.scenario.purchase()
    months, yearly = terms.lifetime_months, terms.rate_per_year
    lifetime = of_flag(scenario, "lifetime")
    factor = terms.annuity_factor()
    if yearly > 0:
        monthly = (1 + yearly) ** (1 / Decimal(12)) - 1
        yield step(
            "interest a month",
            "(1 + yearly rate)^(1 ÷ 12) − 1",
            f"(1 + {put(yearly)})^(1 ÷ 12) − 1",
            monthly,
            "share",
            of_flag(scenario, "discount_rate"),
        )
        rate = put(monthly)
        yield step(
            "annuity factor",
            "r ÷ (1 − (1 + r)^(−months)), r the interest a month",
            f"{rate} ÷ (1 − (1 + {rate})^(−{months}))",
            factor,
            "USD/month for each USD",
            lifetime,
        )
    else:
        free = f"without interest; {of_flag(scenario, 'discount_rate')}"
        yield step(
            "annuity factor", "1 ÷ months", f"1 ÷ {months}", factor, "USD/month for each USD", free, lifetime
        )
    yield step(
        "capital factor",
        "annuity factor × (1 − resale × (1 + yearly rate)^(−months ÷ 12))",
        f"{put(factor)} × (1 − {put(terms.resale_share)} × (1 + {put(yearly)})^(−{months} ÷ 12))",
        terms.capital_factor(),
        "USD/month for each USD",
        of_flag(scenario, "resale"),
    )
    idle = terms.running_per_month() - terms.maintenance_per_month
    yield step(
        "idle energy of a month",
        "kWh price × idle watts × hours ÷ 1000",
        f"{put(terms.kwh_price)} × {put(terms.idle_w)} × {put(terms.powered_hours_per_month)} ÷ 1000",
        idle,
        "USD/month",
        *(of_flag(scenario, field) for field in ("kwh_price", "idle_watts", "hours_per_month")),
    )
    running = terms.running_per_month()
    yield step(
        "upkeep and idle energy",
        "upkeep + idle energy of a month",
        f"{put(terms.maintenance_per_month)} + {put(idle)}",
        running,
        "USD/month",
        of_flag(scenario, "maintenance"),
    )
    if scenario.device_price is not None:
        price = scenario.device_price.value
        yield step(
            "a month of the device, bought",
            "price × capital factor + upkeep and idle energy",
            f"{put(price)} × {put(terms.capital_factor())} + {put(running)}",
            terms.fixed_per_month(price),
            "USD/month",
            of_flag(scenario, "device_price"),
        )
    fixed = scenario.fixed_per_month()
    if scenario.ownership.kind == "sunk" or scenario.device_price is None:
        sunk = f"ownership {scenario.ownership}, --ownership: the device is already owned"
        yield taken("fixed costs F of a month", fixed, "USD/month", sunk)
        return
    whole = terms.fixed_per_month(scenario.device_price.value)
    yield step(
        "fixed costs F of a month",
        "share of the device × a month of the device, bought",
        f"{put(scenario.ownership.share)} × {put(whole)}",
        fixed,
        "USD/month",
        f"ownership {scenario.ownership}: declared, --ownership",
    )


def explain_device(w: Workings) -> Iterator[ExplainedStep]:
    """Cost of an attempt and of a correct answer here."""
    scenario, costs = w.held, w.device.costs
    if costs is None:
        yield taken("cost of an attempt here", "not known", "", w.device.no_cost_because)
        return
    kwh_price, joules = scenario.kwh_price.value, costs.joules.value
    rest, supply = costs.wall.unmetered.value, costs.wall.psu_efficiency.value
    yield step(
        "electricity of an attempt",
        "kWh price × joules of an attempt × (1 + unmetered) ÷ 3600000 ÷ efficiency of the power supply",
        f"{put(kwh_price)} × {put(joules)} × (1 + {put(rest)}) ÷ {put(J_PER_KWH)} ÷ {put(supply)}",
        costs.energy_usd,
        "USD",
        of_flag(scenario, "kwh_price"),
        *of_wall(scenario, costs.wall),
    )
    wage, labour = scenario.wage.value, scenario.labour.value
    yield step(
        "labour of an attempt",
        "wage × labour ÷ 3600",
        f"{put(wage)} × {put(labour)} ÷ {put(SECONDS_PER_HOUR)}",
        costs.variable.usd - costs.energy_usd,
        "USD",
        of_flag(scenario, "wage"),
        of_flag(scenario, "labour"),
    )
    yield step(
        "variable cost of an attempt",
        "electricity + labour",
        f"{put(costs.energy_usd)} + {put(costs.variable.usd - costs.energy_usd)}",
        costs.variable.usd,
        "USD",
    )
    fixed = scenario.fixed_per_task()
    attempts, volume = shared_by(w)
    yield step(
        "fixed costs of an attempt",
        f"F ÷ {attempts}",
        f"{put(scenario.fixed_per_month())} ÷ {put(scenario.tasks_per_month.value)}",
        fixed,
        "USD",
        volume,
    )
    yield step(
        "cost of an attempt here",
        "variable cost + fixed costs of an attempt",
        f"{put(costs.variable.usd)} + {put(fixed)}",
        costs.total.usd,
        "USD",
        _drawn(costs.total),
    )
    if w.device.per_correct is None:
        none_right = "no answer was right, so nothing bounds what a correct one costs"
        yield taken("cost of a correct answer here", "unbounded", "", none_right)
    else:
        yield step(
            "cost of a correct answer here",
            "cost of an attempt ÷ accuracy here",
            f"{put(costs.total.usd)} ÷ {put(w.device.accuracy)}",
            w.device.per_correct[0],
            "USD",
        )
    yield from _passing(w)


def _passing(w: Workings) -> Iterator[ExplainedStep]:
    """Cost of pass, of sampled attempts."""
    found, costs = w.cost_of_pass, w.device.costs
    if found is None or costs is None:
        return
    if found.attempt_usd is None:
        yield taken("cost of pass here", "not known", "", found.note)
        return
    yield step(
        "cost of an attempt and its check here",
        "cost of an attempt + check",
        f"{put(costs.total.usd)} + {put(w.scenario.check_cost.value)}",
        found.attempt_usd,
        "USD",
        of_flag(w.scenario, "check_cost"),
    )
    if found.usd is None:
        yield taken("cost of pass here", "unbounded", "", found.note)
    else:
        yield step(
            "cost of pass here",
            "cost of an attempt and its check ÷ accuracy here",
            f"{put(found.attempt_usd)} ÷ {put(w.device.accuracy)}",
            found.usd[0],
            "USD",
            found.note,
        )
    yield taken("cost of pass there", "not known", "", "no sampled attempts of the API's are known")


def explain_api(w: Workings) -> Iterator[ExplainedStep]:
    """How often it is right, tokens and bill of a request, and cost of a correct answer there."""
    yield from _right_there(w)
    account, tariff, bill = w.api.account, w.api.tariff, w.api.bill
    if account is None or tariff is None or bill is None or w.api.costs is None:
        yield taken(
            "cost of an attempt there", "not known", "", w.api.no_cost_because or "no item was attempted"
        )
        return
    yield from _billed(w, "input", account.summary.input_source, bill.input_usd)
    yield from _billed(w, "output", account.summary.output_source, bill.output_usd)
    yield step(
        "cost of an attempt there",
        "input + output, billed",
        f"{put(bill.mean_input_usd)} + {put(bill.mean_output_usd)}",
        w.api.costs.usd,
        "USD",
        _drawn(w.api.costs),
    )
    if w.api.accuracy.value is None:
        yield taken("cost of a correct answer there", "not known", "", w.api.accuracy.evidence.detail)
        return
    if w.api.per_correct is None:
        yield taken("cost of a correct answer there", "unbounded", "", w.api.accuracy.evidence.detail)
        return
    yield step(
        "cost of a correct answer there",
        f"cost of an attempt ÷ {accuracy_there(w.api)}",
        f"{put(w.api.costs.usd)} ÷ {put(w.api.accuracy.for_money)}",
        w.api.per_correct[0],
        "USD",
        *(["only a bar is known of the API"] if w.api.accuracy.is_bar else []),
    )


def _right_there(w: Workings) -> Iterator[ExplainedStep]:
    """Of a transcript its count; else what is declared or published."""
    api = w.api.accuracy
    if api.value is None:
        return
    name, origin = "accuracy there", api.evidence.detail
    if api.answers and api.share is not None:
        n = api.share.n
        count = f"{round(api.value * n)} ÷ {n}"
        yield step(name, "right ÷ answered", count, api.value, "share", origin)
    else:
        yield taken(name, api.value, "share", origin)


def _billed(
    w: Workings, what: Literal["input", "output"], source: str, bills: Sequence[Usd]
) -> Iterator[ExplainedStep]:
    """Tokens of a mean request, and their bill: by the price where that is all, else the sum of the bills."""
    account, tariff = w.api.account, w.api.tariff
    assert account is not None
    assert tariff is not None
    counts = [Decimal(one.input_tokens if what == "input" else one.output_tokens) for one in account.requests]
    total, n = sum(counts, Decimal(0)), len(counts)
    mean, usd = total / n, sum(bills, Decimal(0)) / n
    tokens, billed = f"{what} tokens of a request", f"{what} of a request, billed"
    yield step(tokens, "Σ tokens ÷ requests", f"{put(total)} ÷ {n}", mean, "tokens", f"tokens: {source}")
    price = tariff.price
    day = f"{price.at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
    origin = f"price: {price.provider}/{price.matched_id} at {day}, {price.source}"
    parts, listed_fee, fee = [(tokens, mean, price.output_usd_per_mtok)], Decimal(0), Decimal(0)
    if what == "input":
        parts, fee = _input_parts(account.requests, tariff, mean), w.scenario.api_fee.value
        listed_fee = Decimal(0) if tariff.rates is None else tariff.rates.usd_per_request
    on_top = [
        (sign, words, share, field)
        for sign, words, share, field in (
            ("+", "fee of a request", listed_fee, None),
            ("×", "tax", w.scenario.api_tax, "vat"),
            ("+", "fee", fee, "api_fee"),
            ("×", "retries", w.scenario.api_retries.value, "api_retries"),
        )
        if share
    ]
    origins = [of_flag(w.scenario, field) for _, _, _, field in on_top if field is not None]
    found = sum((one * usd_per_mtok for _, one, usd_per_mtok in parts), Decimal(0)) / TOKENS_PER_PRICE_UNIT
    for sign, _, share, _ in on_top:
        found = found + share if sign == "+" else found * (1 + share)
    if abs(found - usd) > _CLOSE * usd:
        told = f"{origin}; each request billed on its own by its tier, its cached tokens and its fees"
        added = f"{put(sum(bills, Decimal(0)))} ÷ {n}"
        yield step(billed, "Σ bills of the requests ÷ requests", added, usd, "USD", told, *origins)
        return
    if what == "input":
        yield from _cached(account.requests, parts, f"tokens: {source}")
    formula = " + ".join(f"{name} × USD per million tokens" for name, _, _ in parts)
    numbers = " + ".join(f"{put(one)} × {put(usd_per_mtok)}" for _, one, usd_per_mtok in parts)
    if len(parts) > 1:
        formula, numbers = f"({formula})", f"({numbers})"
    formula, numbers = f"{formula} ÷ 1000000", f"{numbers} ÷ {TOKENS_PER_PRICE_UNIT}"
    is_sum = False
    for sign, words, share, _ in on_top:
        if sign == "+":
            formula, numbers, is_sum = f"{formula} + {words}", f"{numbers} + {put(share)}", True
            continue
        if is_sum:
            formula, numbers, is_sum = f"({formula})", f"({numbers})", False
        formula, numbers = f"{formula} × (1 + {words})", f"{numbers} × (1 + {put(share)})"
    yield step(billed, formula, numbers, usd, "USD", origin, *origins)


def _cached(
    requests: Sequence[RequestTokens], parts: Sequence[tuple[str, Decimal, Usd]], origin: str
) -> Iterator[ExplainedStep]:
    """What of a mean request is read from the cache and written to it, and what is left of its input."""
    (left, fresh, _), *others = parts
    for name, mean, _ in others:
        total = put(mean * len(requests))
        yield step(name, "Σ tokens ÷ requests", f"{total} ÷ {len(requests)}", mean, "tokens", origin)
    if others:
        told = [mean for _, mean, _ in others]
        yield step(
            left,
            " − ".join(["input tokens of a request", *(name for name, _, _ in others)]),
            " − ".join(map(put, [fresh + sum(told), *told])),
            fresh,
            "tokens",
        )


def _input_parts(
    requests: Sequence[RequestTokens], tariff: Tariff, mean: Decimal
) -> list[tuple[str, Decimal, Usd]]:
    """Tokens of a mean request by what they cost: read from the cache, written to it, and all others."""
    fresh, found = mean, []
    rates, n = tariff.rates, len(requests)
    if rates is not None:
        for name, counts, rate in (
            ("cached tokens of a request", [one.cached_tokens for one in requests], rates.cached),
            (
                "tokens of a request written to the cache",
                [one.written_tokens for one in requests],
                rates.written,
            ),
        ):
            tokens = Decimal(sum(counts, Decimal(0))) / n
            if rate is not None and tokens:
                fresh -= tokens
                found.append((name, tokens, rate.at(0)))
    name = "other input tokens of a request" if found else "input tokens of a request"
    return [(name, fresh, tariff.price.input_usd_per_mtok), *found]


def _drawn(costs: Costed) -> str:
    _, low, high = costs.band
    if low == high:
        return "exact: nothing that enters it has bounds"
    return f"95 % of {len(costs.draws):,} draws lie between {put(low)} and {put(high)} USD"
