"""The conclusion in plain words."""

import math
from decimal import Decimal

from bench.economics.assumptions.scenario import Scenario
from bench.economics.verdict.break_even import BreakEven
from bench.records.types import OverTime

_SMALLEST_PLAIN = Decimal("1e-9")


def dollars(amount: Decimal) -> str:
    """Three significant digits: ``$0.000123``, ``$12.3``, ``$1,230``."""
    return "$" + figure(amount)


def figure(number: Decimal | float, digits: int = 3) -> str:
    """Plain notation with so many significant digits."""
    exact = Decimal(str(number))
    if exact == 0:
        return "0"
    rounded = Decimal(f"{exact:.{digits - 1}e}")
    if abs(rounded) < _SMALLEST_PLAIN:
        return f"{rounded:.{digits - 1}e}"
    return f"{rounded:,.{max(0, digits - 1 - rounded.adjusted())}f}"


def headline(
    comparison: str,
    *,
    verdict: str,
    why: str,
    scenario: Scenario,
    costs: tuple[Decimal, Decimal] | None,
    per_correct: tuple[Decimal | None, Decimal | None],
    is_modelled: bool,
    is_disturbed: bool,
    is_api_bounded_below: bool,
    over: OverTime | None,
    counts_errors: bool,
    is_completion: bool,
) -> str:
    """One paragraph: verdict, question (``comparison``: "API for TASK"), what decides, both costs.

    ``costs`` and ``per_correct`` are the device's and the API's USD, told for 1,000; ``is_modelled``: of
    joules that no meter saw; ``is_disturbed``: of joules that were taken while other programs were busy;
    ``counts_errors``: a loss per error is part of what the months cost.
    """
    device = {
        "sunk": "the device you already own",
        "dedicated": "a device bought for it",
        "shared": f"a device of which it bears {scenario.ownership.share:.0%}",
    }[scenario.ownership.kind]
    said = f"{verdict[0].upper()}{verdict[1:]}: {device} instead of {comparison}. {why[0].upper()}{why[1:]}."
    if costs is not None:
        here, there = costs
        mark = "~" if is_modelled else ""
        said += f" 1,000 attempts cost {mark}{_thousand(here)} here and {_thousand(there)} there"
        right_here, right_there = per_correct
        if right_here is None:
            said += "; no answer was right here, so a correct one has no bounded cost"
        elif right_there is not None:
            bound = "at least " if is_api_bounded_below else ""
            said += f"; 1,000 correct answers {mark}{_thousand(right_here)}"
            said += f" and {bound}{_thousand(right_there)}"
        if is_disturbed:
            said += "; its joules were taken while other programs were busy, and may be too many"
        said += "."
    if over is not None and over.price_usd > 0:
        is_owned = scenario.ownership.kind == "sunk"
        said += f" {months_words(over, is_owned=is_owned, counts_errors=counts_errors)}"
    if is_completion:
        said += " A base model, prompted by examples: not to be ranked with chat runs."
    return said


def _thousand(amount: Decimal) -> str:
    return dollars(1000 * amount)


def months_words(over: OverTime, *, is_owned: bool, counts_errors: bool) -> str:
    """What the months make of a purchase: both net present costs, payback, and when it is overtaken.

    Of a device that ``is_owned`` they are told as if it were bought at the declared price; where it
    ``counts_errors``, these are no bills alone.
    """
    case, *bounds = over.cases
    device = f"the device, if bought at {dollars(over.price_usd)}," if is_owned else "the device"
    errors = "with what errors cost on both sides, " if counts_errors else ""
    said = (
        f"Over {over.horizon_months} months, API prices falling by {_percent(case.decline_per_year)} a year, "
        f"{errors}{device} costs {dollars(case.device_usd)} in today's money, its worth in the end deducted, "
        f"and the API {dollars(case.api_usd)}: "
    )
    paid, beaten = case.payback_month, case.overtaken_month
    said += "it does not pay for itself" if paid is None else f"it has paid for itself after month {paid}"
    said += (
        ", and the API does not become cheaper than running it"
        if beaten is None
        else f", and from month {beaten} on the API costs less than running it"
    )
    for bound in bounds:
        paid, beaten = bound.payback_month, bound.overtaken_month
        said += f"; at {_percent(bound.decline_per_year)} a year it is "
        said += "never paid back" if paid is None else f"paid back in month {paid}"
        said += " and never overtaken" if beaten is None else f" and overtaken in month {beaten}"
    return said + "."


def _percent(share: Decimal) -> str:
    """With all its digits: nearly 100 % is not all of it."""
    return f"{(100 * share).normalize():f}%"


def purchase_line(
    scenario: Scenario,
    *,
    is_good_enough: bool,
    unknown_because: str,
    gain_usd: Decimal | None,
    affordable: BreakEven | None,
    capacity: Decimal | None,
    bought: BreakEven | None,
    is_api_always_right: bool = False,
) -> str:
    """The second line: what changes if the device had to be bought.

    ``is_api_always_right``: taken to be, since only a bar is known of it.
    """
    if not is_good_enough:
        return "If it had to be bought: it is not good enough at any price."
    if unknown_because:
        return f"If it had to be bought: unknown, since {unknown_because}."
    volume = scenario.tasks_per_month.value
    if capacity is not None and volume > capacity:
        place = f"at {capacity:,.0f} tasks a month, all that one device can do,"
    else:
        place = f"at {volume:,.0f} tasks a month"
    start = "If it had to be bought" + (
        ", against an API that is always right" if is_api_always_right else ""
    )
    if gain_usd is None:
        return f"{start}: no price is too high by spend per correct answer, which the API never gave here."
    if gain_usd <= 0:
        return f"{start}: it never pays off, since it saves nothing on an attempt."
    first = f"{place} {_affordable_words(affordable)}"
    return f"{start}: {first}; {_break_even_words(scenario, bought, gain_usd, capacity)}."


def _affordable_words(price: BreakEven | None) -> str:
    if price is not None and price.at is not None:
        return f"it may cost up to {dollars(price.at)}"
    if price is not None and price.kind == "any":
        return "any price pays off, since all of it comes back"
    return "it saves less than its idle power and upkeep cost, so no price pays off"


def _break_even_words(
    scenario: Scenario, bought: BreakEven | None, gain_usd: Decimal, capacity: Decimal | None
) -> str:
    if bought is None or scenario.device_price is None:
        return "give --device-price for the volume at which a price pays off"
    price = dollars(scenario.device_price.value)
    if bought.at is None:
        return f"at {price} it pays off at any volume"
    if bought.kind == "beyond-capacity" and capacity is not None:
        devices = math.ceil(bought.at / capacity)
        month = dollars(scenario.purchase().fixed_per_month(scenario.device_price.value))
        return (
            f"at {price} it never pays off: at full capacity one device saves {dollars(gain_usd * capacity)} "
            f"of the {month} that it costs a month; {figure(bought.at)} tasks would take {devices:,} "
            "devices, each with costs of its own"
        )
    return f"at {price} it pays off from {figure(bought.at)} tasks a month"
