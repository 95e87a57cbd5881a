"""Month by month: a device bought once against an API whose prices fall.

Decimals of 28 digits; the factors of a month, twelfth roots, are rounded in the last of them. Months count
from 1; what a month costs is paid at its end and discounted by (1 + R)^(−m/12), as in a purchase's annuity.
Prices of month m are today's times (1 − d)^((m − 1)/12): the first month is billed at today's.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from bench.economics.device_cost import Purchase

_TWELFTH = 1 / Decimal(12)


@dataclass(frozen=True, slots=True)
class Months:
    """What both sides cost, in USD; all but the price are a month's, at today's prices."""

    price: Decimal  # of the device, as far as it is borne; 0: nothing is bought
    running: Decimal  # of the device, whatever it does
    variable: Decimal  # of the attempts on the device, with their errors where these cost
    api: Decimal  # what the API bills, and what falls
    api_errors: Decimal  # what the API's errors cost, which does not

    @property
    def device(self) -> Decimal:
        return self.running + self.variable


@dataclass(frozen=True, slots=True)
class Outcome:
    """Net present costs over the horizon in USD, and the months as in the record; None: none within it."""

    device: Decimal
    api: Decimal
    payback_month: int | None
    overtaken_month: int | None


def over_horizon(months: Months, terms: Purchase, horizon: int, decline: Decimal) -> Outcome:
    """Both sides over ``horizon`` months with prices falling by ``decline`` a year.

    A device that does not live so long is replaced at the same price; one that lives longer has its worth by
    then deducted. Payback is by net present cost, without that worth.
    """
    paid = [*_paid(months, terms, horizon, decline)]
    device, api = paid[-1]
    age = (horizon - 1) % terms.lifetime_months + 1
    worth = months.price * worth_left(terms, age) * monthly_discount(terms.rate_per_year) ** horizon
    payback = None
    if months.price > 0:
        payback = next((month for month, (here, there) in enumerate(paid, 1) if here <= there), None)
    return Outcome(device - worth, api, payback, overtaken(months, horizon, decline))


def overtaken(months: Months, horizon: int, decline: Decimal) -> int | None:
    """The first month in which the API costs less than the device does without its price."""
    bills = api_bills(months, horizon, decline)
    return next((month for month, bill in enumerate(bills, 1) if bill < months.device), None)


def api_bills(months: Months, horizon: int, decline: Decimal) -> Iterator[Decimal]:
    """What each month costs at the API, its errors included, not discounted."""
    factor, billed = monthly_factor(decline), months.api
    for _ in range(horizon):
        yield billed + months.api_errors
        billed *= factor


def discounted_months(terms: Purchase, horizon: int, decline: Decimal) -> Decimal:
    """Net present value of one USD a month that falls by ``decline`` a year; without both the horizon."""
    discount = monthly_discount(terms.rate_per_year)
    ratio = discount * monthly_factor(decline)
    return Decimal(horizon) if ratio == 1 else discount * (1 - ratio**horizon) / (1 - ratio)


def worth_left(terms: Purchase, months: int) -> Decimal:
    """What a device is worth after ``months`` of its life, for each USD of its price.

    What the annuity has yet to pay off, and what is regained in the end; a straight line without interest.
    """
    factor = terms.capital_factor()
    rate = 1 / monthly_discount(terms.rate_per_year) - 1
    if rate == 0:
        return 1 - factor * months
    grown = (1 + rate) ** months
    return grown - factor * (grown - 1) / rate


@lru_cache(maxsize=256)
def monthly_factor(decline: Decimal) -> Decimal:
    """What the price of a month is of that of the month before: (1 − d)^(1/12)."""
    return (1 - decline) ** _TWELFTH


@lru_cache(maxsize=256)
def monthly_discount(rate_per_year: Decimal) -> Decimal:
    """What a USD a month from now is worth: (1 + R)^(−1/12)."""
    return (1 + rate_per_year) ** -_TWELFTH


def _paid(
    months: Months, terms: Purchase, horizon: int, decline: Decimal
) -> Iterator[tuple[Decimal, Decimal]]:
    """Present value of all that was paid by the end of each month: for the device, and to the API."""
    discount, factor = monthly_discount(terms.rate_per_year), Decimal(1)
    device, api = months.price, Decimal(0)
    for month, bill in enumerate(api_bills(months, horizon, decline)):
        if month and month % terms.lifetime_months == 0:
            device += months.price * (1 - terms.resale_share) * factor
        factor *= discount
        device += months.device * factor
        api += bill * factor
        yield device, api
