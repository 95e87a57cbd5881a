"""What is wrong with a profile's prices: nothing is sold silently as something else, or twice on one day."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import combinations

from bench.catalog.types import ApiProfile, PriceOverride
from bench.economics.api.price_table import look_up
from bench.economics.api.pricing import last_tariff_of
from bench.errors import EconomicsError

_DAY = timedelta(days=1)


def problems_of(profile: ApiProfile, *, today: date) -> list[str]:
    """Each problem as a sentence; empty where all is well.

    A profile resolves on the day of its release, today or on its last day, and wherever an own price begins
    or ends; or it has no price at all and its note says why. The id that the price table matches is the one
    asked for, or the one that the profile declares.
    """
    problems = _dates(profile) + _overlaps(profile.prices) + _untold(profile)
    if profile.price_model is None and not profile.prices:
        return problems + ([] if profile.note else ["has no price, and no note says what was searched"])
    for day in sorted(_days(profile, today)):
        try:
            last_tariff_of(profile, at=_noon(day))
        except EconomicsError as error:
            problems.append(f"has no price on {day}: {error.what}")
    return problems + _match(profile, today)


def _dates(profile: ApiProfile) -> list[str]:
    released, retired = profile.released or date.min, profile.retired or date.max
    problems = []
    if released >= retired:
        problems.append(f"is retired on {retired}, before it is released on {released}")
    for price in profile.prices:
        if (price.valid_from or released) < released or (price.valid_until or released) < released:
            problems.append(f"has a price of {price.valid_from}, before its release on {released}")
        if (price.valid_from or released) >= retired:
            problems.append(f"has a price of {price.valid_from}, when it is retired since {retired}")
    return problems


def _overlaps(prices: tuple[PriceOverride, ...]) -> list[str]:
    return [
        f"has two prices of its own on {max(_first(one), _first(other))}"
        for one, other in combinations(prices, 2)
        if _first(one) <= _last(other) and _first(other) <= _last(one)
    ]


def _untold(profile: ApiProfile) -> list[str]:
    """First and last days of own prices that no source tells: on others the table's price holds."""
    if profile.price_model is None:
        return []  # without the price table nothing holds beside them
    begin = {price.valid_from for price in profile.prices} | {profile.retired}
    end = {price.valid_until for price in profile.prices}
    problems = []
    for price in profile.prices:
        told = f"{price.cited.source} {price.cited.date} {price.cited.note}"
        first, last = price.valid_from, price.valid_until
        if first not in (None, profile.released) and first - _DAY not in end and str(first) not in told:
            problems.append(f"has a price of its own from {first}, a day that its source does not name")
        if last is None or last + _DAY in begin:
            continue
        if str(last) not in told and str(last + _DAY) not in told:
            problems.append(
                f"has a price of its own until {last}, and its source names neither that day nor the next"
            )
    return problems


def _days(profile: ApiProfile, today: date) -> set[date]:
    """Days on which a price must be found, none before the release."""
    days = {max(today, profile.released or today)}
    if profile.released is not None:
        days.add(profile.released)
    for price in profile.prices:
        days |= {day for day in (price.valid_from, price.valid_until) if day is not None}
        if price.valid_until is not None:
            days.add(price.valid_until + _DAY)
    return {day for day in days if day >= (profile.released or day)}


def _match(profile: ApiProfile, today: date) -> list[str]:
    if profile.price_model is None:
        return []
    try:
        found = look_up(profile, profile.price_model, at=_noon(today))
    except EconomicsError as error:
        return [error.what]
    problems = []
    expected = profile.matched_id or profile.price_model
    if found.model.id != expected:
        problems.append(
            f"asks for {profile.price_model!r}, and the price table matches {found.model.id!r}, not "
            f"{expected!r}; if that is the same model, declare it as matched_id"
        )
    if found.provider.id != profile.provider:
        problems.append(f"asks {profile.provider!r}, and the price table answers for {found.provider.id!r}")
    return problems


def _first(price: PriceOverride) -> date:
    return price.valid_from or date.min


def _last(price: PriceOverride) -> date:
    return price.valid_until or date.max


def _noon(day: date) -> datetime:
    return datetime.combine(day, time(12), UTC)
