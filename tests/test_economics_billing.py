"""Bills in closed form: genai-prices to the last digit, the table itself where it alone can count."""

from decimal import Decimal

import pytest
from genai_prices.types import ModelPrice, Tier, TieredPrices

import check_prices
from bench.economics.api.billing import Bill, Rate, Rates, rates_of, table_biller


def test_equal_to_the_table_over_all_its_models_before_rounding() -> None:
    tally = check_prices.check(800, seed=6)
    assert tally.different == ()
    assert tally.n > 600  # the others are not sold by token on their day
    assert tally.n_tiered > 5
    assert tally.n_cached > 50
    assert tally.n_written > 10
    assert tally.n_hour > 0
    assert tally.n_by_table < 10


def test_a_difference_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(check_prices, "rates_of", lambda _: Rates(Rate(Decimal(1)), Rate(Decimal(1))))
    assert len(check_prices.check(20, seed=6).different) > 10


def test_a_tier_holds_for_all_tokens_of_a_request_beyond_its_start() -> None:
    rates = Rates(
        input=Rate(Decimal(1), ((500, Decimal(9)), (100, Decimal(2)))),
        output=Rate(Decimal(10), ((100, Decimal(20)),)),
    )
    million = Decimal(1_000_000)
    assert rates.bill(100, 10, 0) == Bill(100 / million, 100 / million)
    assert rates.bill(101, 10, 0) == Bill(202 / million, 200 / million)
    assert rates.bill(501, 10, 0) == Bill(4509 / million, 200 / million)
    assert rates.tier_starts == (100, 500)


def test_tiers_are_read_in_any_order() -> None:
    price = TieredPrices(base=Decimal(1), tiers=[Tier(500, Decimal(9)), Tier(100, Decimal(2))])
    rates = rates_of(ModelPrice(input_mtok=price, output_mtok=Decimal(1)))
    assert rates is not None
    assert rates.input.tiers == ((500, Decimal(9)), (100, Decimal(2)))


def test_a_fee_per_request_is_due_without_an_answer() -> None:
    listed = ModelPrice(input_mtok=Decimal(1), output_mtok=Decimal(1), requests_kcount=Decimal(5))
    rates = rates_of(listed)
    assert rates is not None
    assert rates.bill(0, 0, 0) == Bill(Decimal("0.005"), Decimal(0)) == table_biller(listed)(0, 0, 0, 0)


def test_what_is_kept_for_an_hour_has_a_price_of_its_own_where_there_is_one() -> None:
    # of 1,000 written 400 for an hour, at 1.25 and 2 USD a million: 600 · 1.25 + 400 · 2 = 1,550
    minutes, hour = Rate(Decimal("1.25")), Rate(Decimal(2))
    rates = Rates(Rate(Decimal(1)), Rate(Decimal(5)), written=minutes, hour=hour)
    assert rates.bill(1000, 0, 0, 1000, 400).input_usd == Decimal("0.00155")
    assert rates.at_share(Decimal("0.5"), Decimal("0.5")).bill(1000, 0, 0, 1000, 400).input_usd == Decimal(
        "0.000775"
    )
    unknown = Rates(Rate(Decimal(1)), Rate(Decimal(5)), written=minutes)
    assert unknown.bill(1000, 0, 0, 1000, 400).input_usd == Decimal("0.00125")


def test_what_only_the_table_can_count_is_left_to_it() -> None:
    listed = ModelPrice(input_mtok=Decimal(1), output_mtok=Decimal(2), output_reasoning_mtok=Decimal(3))
    assert rates_of(listed) is None
    assert table_biller(listed)(1_000_000, 1_000_000, 0, 0) == Bill(Decimal(1), Decimal(2))
    beside = ModelPrice(input_mtok=Decimal(1), output_mtok=Decimal(2), web_searches_kcount=Decimal(10))
    assert rates_of(beside) == Rates(Rate(Decimal(1)), Rate(Decimal(2)))
