"""Month by month: a device bought once against an API whose prices fall.

Decimals of 28 digits; the factors of a month, twelfth roots, are rounded in the last of them. Months count
from 1; what a month costs is paid at its end and discounted by (1 + R)^(−m/12), as in a purchase's annuity.
Prices of month m are today's times (1 − d)^((m − 1)/12): the first month is billed at today's.
"""

from bisect import bisect_right
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from itertools import accumulate, repeat
from operator import mul

from bench.economics.device.device_cost import Purchase

_TWELFTH = 1 / Decimal(12)


@dataclass(frozen=True, slots=True)
class Months:
    """What both sides cost, in USD; all but the price are a month's, at today's prices."""

    price: Decimal  # of the device, as far as it is borne; 0: nothing is bought
    running: Decimal  # of the device, whatever it does
    variable: Decimal  # of the attempts on the device, with their errors where these cost
    api: Decimal  # what the API bills, and what falls
    api_errors: Decimal  # what the API's errors cost, which does not
    api_fees: Decimal = Decimal(0)  # the user's own for requests there, which does not either

    @property
    def device(self) -> Decimal:
        return self.running + self.variable

    @property
    def api_steady(self) -> Decimal:
        """What the API costs whatever becomes of its prices."""
        return self.api_errors + self.api_fees


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
    sums = _sums(terms, horizon, decline)
    return Outcome(
        months.price * sums.net_price + months.device * sums.whole[-1],
        months.api * sums.falling[-1] + months.api_steady * sums.whole[-1],
        _payback(months, sums),
        overtaken(months, horizon, decline),
    )


def overtaken(months: Months, horizon: int, decline: Decimal) -> int | None:
    """The first month in which the API costs less than the device does without its price."""
    spare = months.device - months.api_steady
    prices = _prices(horizon, decline)
    found = bisect_right(prices, -spare, key=lambda price: -months.api * price)  # they only fall
    return None if found == horizon else found + 1


def api_bill(months: Months, month: int, decline: Decimal) -> Decimal:
    """What a month costs at the API, its errors and the user's fees included, not discounted."""
    return months.api * _prices(month, decline)[-1] + months.api_steady


def discounted_months(terms: Purchase, horizon: int, decline: Decimal) -> Decimal:
    """Net present value of one USD a month that falls by ``decline`` a year; without both the horizon."""
    discount = monthly_discount(terms.rate_per_year)
    ratio = discount * monthly_factor(decline)
    return Decimal(horizon) if ratio == 1 else discount * (1 - ratio**horizon) / (1 - ratio)


def spent_by(terms: Purchase, month: int, decline: Decimal) -> tuple[Decimal, Decimal, Decimal]:
    """Present values by the end of a month, of one USD each: spent on price, a month, a falling month."""
    sums = _sums(terms, month, decline)
    return sums.prices[-1], sums.whole[-1], sums.falling[-1]


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


@dataclass(frozen=True, slots=True)
class _Sums:
    """Present values by the end of each month, of one USD each: spent on price, a month, a falling month."""

    prices: tuple[Decimal, ...]
    whole: tuple[Decimal, ...]
    falling: tuple[Decimal, ...]
    net_price: Decimal  # by the end of the last month, less what the device is still worth


@lru_cache(maxsize=256)
def _sums(terms: Purchase, horizon: int, decline: Decimal) -> _Sums:
    """The same for all comparisons of a scenario, which is why they are computed once."""
    discount = monthly_discount(terms.rate_per_year)
    by_month = [discount**month for month in range(horizon + 1)]
    renewals = (
        by_month[month] * (1 - terms.resale_share if month else 1)
        if month % terms.lifetime_months == 0
        else 0
        for month in range(horizon)
    )
    prices = tuple(accumulate(map(Decimal, renewals)))
    billed = zip(by_month[1:], _prices(horizon, decline), strict=True)
    worth = worth_left(terms, (horizon - 1) % terms.lifetime_months + 1) * by_month[-1]
    return _Sums(
        prices,
        tuple(accumulate(by_month[1:])),
        tuple(accumulate(worth_then * price for worth_then, price in billed)),
        prices[-1] - worth,
    )


@lru_cache(maxsize=256)
def _prices(horizon: int, decline: Decimal) -> tuple[Decimal, ...]:
    """Of each month, as a share of today's."""
    factor = monthly_factor(decline)
    return tuple(accumulate(repeat(factor, horizon - 1), mul, initial=Decimal(1)))


def _payback(months: Months, sums: _Sums) -> int | None:
    if months.price <= 0:
        return None
    saved = months.api_steady - months.device
    by_month = zip(sums.prices, sums.whole, sums.falling, strict=True)
    return next(
        (
            month
            for month, (price, whole, falling) in enumerate(by_month, 1)
            if months.price * price <= saved * whole + months.api * falling
        ),
        None,
    )
