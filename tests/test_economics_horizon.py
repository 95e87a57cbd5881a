"""A device bought once against an API whose prices fall: sums by hand, and what must hold for any figures."""

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.economics.device.device_cost import Purchase
from bench.economics.months.horizon import (
    Months,
    api_bill,
    discounted_months,
    monthly_discount,
    over_horizon,
    overtaken,
    worth_left,
)
from bench.economics.verdict.break_even import break_even

D = Decimal
CLOSE = D("1e-18")
ZERO = D(0)


def terms(rate: str = "0", lifetime: int = 36, resale: str = "0") -> Purchase:
    return Purchase(D(rate), lifetime, D(resale), ZERO, ZERO, D("730.5"), ZERO)


PLAIN = Months(price=D(360), running=D(1), variable=D(2), api=D(23), api_errors=ZERO)


def test_without_decline_and_interest_it_is_plain_sums() -> None:
    found = over_horizon(PLAIN, terms(), 36, ZERO)
    assert (found.device, found.api) == (360 + 36 * 3, 36 * 23)
    assert found.payback_month == 18, "360 = 18 · (23 − 3)"
    assert found.overtaken_month is None


def test_a_device_that_lives_longer_is_still_worth_something_and_one_that_lives_shorter_is_replaced() -> None:
    half = over_horizon(PLAIN, terms(), 18, ZERO)
    assert half.device == 180 + 18 * 3
    assert half.payback_month == 18, "what it is worth is not what it has saved"
    twice = over_horizon(PLAIN, terms(), 54, ZERO)
    assert twice.device == 360 + 180 + 54 * 3
    resold = over_horizon(PLAIN, terms(resale="0.5"), 72, ZERO)
    assert resold.device == 2 * 180 + 72 * 3


def test_prices_fall_from_the_second_month_on() -> None:
    some = replace(PLAIN, api=D(100), api_errors=D(7))
    assert api_bill(some, 1, D("0.75")) == 107
    assert api_bill(some, 13, D("0.75")) == pytest.approx(D(32), abs=CLOSE)
    assert api_bill(some, 25, D("0.75")) == pytest.approx(D("13.25"), abs=CLOSE)


def test_a_fee_of_the_users_own_does_not_fall() -> None:
    some = replace(PLAIN, api=D(100), api_errors=D(7), api_fees=D(2))
    assert api_bill(some, 13, D("0.75")) == pytest.approx(D(34), abs=CLOSE), "25 + 7 + 2"
    # all but fees ends after the first month: 100 + 36 · (7 + 2)
    assert over_horizon(some, terms(), 36, D(1)).api == 424
    # 2 are left then, less than 3 a month here; with 3 never
    alone = replace(PLAIN, api=D(100), api_fees=D(2))
    assert over_horizon(alone, terms(), 36, D(1)).overtaken_month == 2
    assert over_horizon(replace(alone, api_fees=D(3)), terms(), 36, D(1)).overtaken_month is None
    # 103 − 3 in the first month, (3 − 3) after it: 100 of 360
    assert over_horizon(replace(alone, api_fees=D(3)), terms(), 36, D(1)).payback_month is None


def test_overtaken_by_hand() -> None:
    # 16 halves every half year at 75 % a year; 3 is between 4 (month 13) and 2.8 (month 16), 16 · 2^(−15/6)
    months = replace(PLAIN, api=D(16))
    assert api_bill(months, 16, D("0.75")) < 3 < api_bill(months, 15, D("0.75"))
    assert overtaken(months, 36, D("0.75")) == 16
    assert overtaken(months, 15, D("0.75")) is None, "not within the horizon"
    assert overtaken(replace(PLAIN, api=D(2)), 36, ZERO) == 1, "from the start"
    assert overtaken(months, 36, D(1)) == 2, "nothing is billed after the first month"
    assert overtaken(replace(PLAIN, api=D(3)), 36, ZERO) is None, "as much is not less"
    assert overtaken(replace(PLAIN, api=D(3)), 36, D("0.01")) == 2


def test_nothing_bought_is_never_paid_back_but_can_be_overtaken() -> None:
    owned = over_horizon(Months(ZERO, ZERO, D(3), D(16), ZERO), terms(), 36, D("0.75"))
    assert (owned.payback_month, owned.overtaken_month) == (None, 16)
    assert owned.device == 108


def test_interest_by_hand() -> None:
    # 1.21^(1/12) a month: two years of one USD at the end of each month
    rate = D("1.21") ** (1 / D(12))
    expected = sum((rate**-month for month in range(1, 25)), ZERO)
    assert discounted_months(terms("0.21"), 24, ZERO) == pytest.approx(expected, abs=CLOSE)
    found = over_horizon(Months(D(100), ZERO, ZERO, D(1), ZERO), terms("0.21", 12, "0.5"), 24, ZERO)
    # bought, halved after a year when it is replaced, and again: 100 − 50/1.21 + 100/1.21 − 50/1.4641
    assert found.device == pytest.approx(D(100) + D(50) / D("1.21") - D(50) / D("1.4641"), abs=CLOSE)
    assert found.api == pytest.approx(expected, abs=CLOSE)


def test_worth_goes_from_the_price_to_the_resale() -> None:
    held = terms("0.1", 24, "0.3")
    assert worth_left(held, 0) == 1
    assert worth_left(held, 24) == pytest.approx(D("0.3"), abs=CLOSE)
    falling = [worth_left(held, month) for month in range(25)]
    assert falling == sorted(falling, reverse=True)


money = st.decimals("0.01", "5000", places=2)
shares = st.decimals("0", "0.99", places=2)
months = st.builds(Months, price=money, running=money, variable=money, api=money, api_errors=money)
bought = st.builds(
    terms,
    rate=st.decimals("0", "0.5", places=2).map(str),
    lifetime=st.integers(1, 60),
    resale=shares.map(str),
)
horizons = st.integers(1, 72)


@settings(max_examples=20, deadline=None)
@given(months, bought, horizons, shares)
def test_what_is_paid_and_left_is_the_annuity_over_the_horizon(
    some: Months, held: Purchase, horizon: int, decline: Decimal
) -> None:
    found = over_horizon(some, held, horizon, decline)
    whole = discounted_months(held, horizon, ZERO)
    assert found.device == pytest.approx(
        (some.price * held.capital_factor() + some.device) * whole, rel=CLOSE
    )
    falling = discounted_months(held, horizon, decline)
    assert found.api == pytest.approx(some.api * falling + some.api_errors * whole, rel=CLOSE)


@settings(max_examples=20, deadline=None)
@given(money, money, money, money, st.decimals("1", "100000", places=0), bought, horizons)
def test_without_decline_the_cheaper_side_is_that_of_the_break_even(
    price: Decimal,
    running: Decimal,
    here: Decimal,
    there: Decimal,
    volume: Decimal,
    held: Purchase,
    horizon: int,
) -> None:
    here, there = here / 10_000, there / 10_000
    found = over_horizon(Months(price, running, volume * here, volume * there, ZERO), held, horizon, ZERO)
    at = break_even(price * held.capital_factor() + running, there - here, capacity=None)
    if at.at is None:
        assert found.device > found.api
    elif abs(at.at / volume - 1) > CLOSE:
        assert (found.device < found.api) == (volume > at.at)


def month_of(payback: int | None) -> float:
    return float("inf") if payback is None else payback


@settings(max_examples=20, deadline=None)
@given(months, bought, horizons, shares, st.decimals("1", "3", places=1))
def test_payback_comes_no_later_for_a_lower_price_and_a_larger_volume(
    some: Months, held: Purchase, horizon: int, decline: Decimal, times: Decimal
) -> None:
    now = month_of(over_horizon(some, held, horizon, decline).payback_month)
    dearer = replace(some, price=some.price * times)
    assert month_of(over_horizon(dearer, held, horizon, decline).payback_month) >= now
    busier = replace(
        some,
        variable=some.variable * times,
        api=some.api * times,
        api_errors=some.api_errors * times,
    )
    assert month_of(over_horizon(busier, held, horizon, decline).payback_month) <= now


@settings(max_examples=15, deadline=None)
@given(months, bought, horizons, shares, shares)
def test_the_faster_prices_fall_the_sooner_it_is_overtaken_and_the_less_the_api_costs(
    some: Months, held: Purchase, horizon: int, one: Decimal, other: Decimal
) -> None:
    slow, fast = (over_horizon(some, held, horizon, decline) for decline in sorted((one, other)))
    assert fast.api <= slow.api * (1 + CLOSE)
    assert fast.device == slow.device
    assert month_of(fast.overtaken_month) <= month_of(slow.overtaken_month)
    assert month_of(fast.payback_month) >= month_of(slow.payback_month)


def test_a_discount_of_twelve_months_is_that_of_a_year() -> None:
    assert monthly_discount(D("0.05")) ** 12 == pytest.approx(1 / D("1.05"), abs=CLOSE)
