"""Profiles whose prices are in order, and each way in which they are not."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from economics_cases import AT, CITED, profile

from bench.catalog.apis import load_apis
from bench.catalog.types import ApiProfile, PriceOverride
from bench.economics.api.billing import Rate
from bench.economics.api.price_check import problems_of
from bench.economics.api.price_history import history_of

TODAY = date(2026, 11, 21)


def own(first: date | None, last: date | None) -> PriceOverride:
    return PriceOverride(Decimal(1), Decimal(4), first, last, CITED)


def listed(model: str, provider: str = "openai", **changes: object) -> ApiProfile:
    return profile(model, provider=provider, price_model=model, prices=(), **changes)


def test_all_profiles_are_in_order() -> None:
    problems = {name: problems_of(one, today=TODAY) for name, one in load_apis().profiles.items()}
    assert {name: found for name, found in problems.items() if found} == {}


@pytest.mark.parametrize(
    ("api", "complaint"),
    [
        (listed("gpt-4o-mni"), "did you mean 'gpt-4o-mini'"),
        (
            listed("gemini-2.0-flash-thinking", "google"),
            "matches 'gemini-2.0-flash', not 'gemini-",
        ),
        (listed("gpt-4", matched_id="gpt-4-0613"), "matches 'gpt-4', not 'gpt-4-0613'"),
        (profile(prices=()), "no note says what was searched"),
        (profile(released=date(2026, 1, 2), retired=date(2026, 1, 1)), "before it is released on 2026-01-02"),
        (
            profile(prices=(own(None, date(2026, 1, 1)), own(date(2026, 1, 1), None))),
            "two prices of its own on 2026-01-01",
        ),
        (profile(prices=(own(None, date(2026, 1, 1)),)), "no price on 2026-01-02"),
        (
            profile(prices=(own(date(2025, 1, 1), None),), released=date(2025, 6, 1)),
            "before its release on 2025-06-01",
        ),
        (
            profile(prices=(own(date(2025, 7, 1), None),), released=date(2025, 6, 1)),
            "no price on 2025-06-01",
        ),
        (
            profile(
                prices=(own(None, date(2025, 12, 31)), own(date(2026, 6, 1), None)), retired=date(2026, 6, 1)
            ),
            "retired since 2026-06-01",
        ),
    ],
)
def test_what_is_not_in_order(api: ApiProfile, complaint: str) -> None:
    assert complaint in "; ".join(problems_of(api, today=TODAY))


@pytest.mark.parametrize(
    "api",
    [
        profile(prices=(), note="no price: never released"),
        profile(prices=(own(None, date(2026, 1, 1)), own(date(2026, 1, 2), None))),
        profile(prices=(own(date(2025, 1, 1), date(2025, 12, 31)),), retired=date(2026, 1, 1)),
        listed("gpt-4-0613", matched_id="gpt-4"),
        listed("gpt-4o-mini", released=date(2027, 1, 1)),
    ],
)
def test_what_is_in_order(api: ApiProfile) -> None:
    assert problems_of(api, today=TODAY) == []


def shortened(name: str, **changes: object) -> list[str]:
    """What is said of a profile of the catalog whose own price has other days."""
    found = load_apis().find(name)
    (price,) = found.prices
    return problems_of(replace(found, prices=(replace(price, **changes),)), today=TODAY)


@pytest.mark.parametrize("name", ["o1-mini", "o3", "gemini-1.5-flash"])
def test_an_own_price_of_too_few_days_is_a_problem(name: str) -> None:
    (price,) = load_apis().find(name).prices
    assert price.valid_from is not None
    assert price.valid_until is not None
    assert shortened(name) == []
    sooner, later = price.valid_until - timedelta(days=9), price.valid_from + timedelta(days=9)
    assert f"until {sooner}, and its source names neither" in "; ".join(shortened(name, valid_until=sooner))
    assert f"from {later}, a day that its source does not name" in "; ".join(
        shortened(name, valid_from=later)
    )


def test_the_history_of_a_price_cut() -> None:
    before, after = history_of(listed("o3"), at=AT)
    assert (before.first_day, before.last_day) == (None, date(2025, 6, 9))
    assert (after.first_day, after.last_day) == (date(2025, 6, 10), None)
    assert before.rates is not None
    assert after.rates is not None
    assert (before.rates.output, after.rates.output) == (Rate(Decimal(40)), Rate(Decimal(8)))


def test_own_prices_are_part_of_the_history_with_their_source() -> None:
    _, launch = history_of(load_apis().find("o1-mini"), at=AT)
    assert (launch.first_day, launch.last_day) == (date(2024, 9, 12), date(2025, 1, 30))
    assert "pull/711" in launch.source


def test_hours_of_the_day_are_told() -> None:
    hours = {period.hours_utc for period in history_of(listed("deepseek-flash", "deepseek"), at=AT)}
    assert hours == {None, "01:00 to 04:00", "06:00 to 10:00"}


def test_what_is_not_sold_by_token_has_no_rates() -> None:
    (period,) = history_of(listed("whisper-1"), at=datetime(2026, 1, 1, tzinfo=UTC))
    assert period.rates is None
