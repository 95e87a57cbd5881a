"""What a model's prices were, as far as the price table and the profile's own prices know."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from bench.catalog.types import ApiProfile
from bench.economics.api.billing import Rates, rates_of
from bench.economics.api.price_table import look_up, price_table
from bench.economics.api.pricing import own_rates
from bench.errors import EconomicsError

if TYPE_CHECKING:
    from genai_prices.types import ConditionalPrice, ModelPrice


@dataclass(frozen=True, slots=True)
class PricePeriod:
    """Prices of some days; ``first_day`` and ``last_day`` are None where no other is known before or after.

    ``hours_utc``: of these hours of each day only. ``rates`` is None where nothing is sold by plain token.
    """

    first_day: date | None
    last_day: date | None
    hours_utc: str | None
    rates: Rates | None
    source: str


def history_of(profile: ApiProfile, *, at: datetime) -> tuple[PricePeriod, ...]:
    """All known prices, oldest first. On days that two of them cover, the profile's own one holds.

    ``at`` only serves to ask the price table; EconomicsError where it knows no such model.
    """
    periods = [
        PricePeriod(
            own.valid_from, own.valid_until, None, own_rates(own), f"{own.cited.source} ({own.cited.date})"
        )
        for own in profile.prices
    ]
    if profile.price_model is not None:
        periods += _listed(look_up(profile, profile.price_model, at=at).model.prices)
    return tuple(sorted(periods, key=lambda period: period.first_day or date.min))


def has_hours(profile: ApiProfile, *, at: datetime) -> bool:
    """Some of its prices hold at some hours of a day alone. An API without a price has none."""
    try:
        return any(period.hours_utc is not None for period in history_of(profile, at=at))
    except EconomicsError:
        return False


def _listed(prices: "ModelPrice | Sequence[ConditionalPrice]") -> list[PricePeriod]:
    from genai_prices.types import ModelPrice, StartDateConstraint, TimeOfDateConstraint

    if isinstance(prices, ModelPrice):
        return [PricePeriod(None, None, None, _rates(prices), price_table())]
    periods = []
    ends: date | None = None
    for conditional in reversed(prices):  # of those that hold on a day, the table takes the last one
        first, hours = None, None
        match conditional.constraint:
            case StartDateConstraint(start_date=day):
                first = day
            case TimeOfDateConstraint(start_time=start, end_time=end):
                hours = f"{start:%H:%M} to {end:%H:%M}"
        periods.append(PricePeriod(first, ends, hours, _rates(conditional.prices), price_table()))
        if first is not None:
            ends = first - timedelta(days=1)
    return periods[::-1]


def _rates(listed: "ModelPrice") -> Rates | None:
    if listed.input_mtok is None or listed.output_mtok is None:
        return None
    return rates_of(listed)
