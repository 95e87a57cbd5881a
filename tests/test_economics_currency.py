"""Money in another currency: exact where a dated rate is given, refused where none is."""

from decimal import Decimal

import pytest
from economics_cases import AT
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.economics.assumptions import constants as c
from bench.economics.assumptions.constants import read_constant
from bench.economics.assumptions.currency import read_rates
from bench.economics.assumptions.scenario import Scenario
from bench.errors import InputError

RATES = ["EUR=1.16@2026-11-20, European Central Bank", "gbp = 1.3125 @ 2026-11-19", "XAF=0.0018@2026-11-20"]


@pytest.mark.parametrize(
    ("text", "unit", "expected"),
    [
        ("0.36 EUR", c.USD_PER_KWH, ("0.4176", "0.4176", "0.4176")),  # 0.36 · 1.16
        ("0.36EUR/kWh", c.USD_PER_KWH, ("0.4176", "0.4176", "0.4176")),
        ("€0.30..€0.40/kWh", c.USD_PER_KWH, ("0.406", "0.348", "0.464")),
        ("0.30±0.05 eur", c.USD_PER_KWH, ("0.348", "0.29", "0.406")),
        ("€1,200", c.USD, ("1392", "1392", "1392")),
        ("1,200€", c.USD, ("1392", "1392", "1392")),
        ("GBP 20", c.USD_PER_HOUR, ("26.25", "26.25", "26.25")),  # 20 · 1.3125
        ("£16/h", c.USD_PER_HOUR, ("21", "21", "21")),
        ("5 EUR/month", c.USD_PER_MONTH, ("5.8", "5.8", "5.8")),
        ("1000 XAF", c.USD, ("1.8", "1.8", "1.8")),
        ("$3", c.USD, ("3", "3", "3")),
    ],
)
def test_conversions_worked_by_hand(text: str, unit: str, expected: tuple[str, str, str]) -> None:
    read = read_constant(text, unit, "--x", rates=read_rates(RATES))
    assert (read.value, read.low, read.high) == tuple(Decimal(part) for part in expected)
    assert read.unit == unit


@settings(max_examples=25)
@given(st.decimals(0, 10**6, places=4), st.decimals("0.0001", "1000", places=6))
def test_conversion_is_exact(amount: Decimal, rate: Decimal) -> None:
    read = read_constant(f"{amount} EUR", c.USD, "--x", rates=read_rates([f"EUR={rate}@2026-11-20"]))
    assert read.value == amount * rate


@pytest.mark.parametrize(
    ("text", "unit", "complaint"),
    [
        ("3 CHF", c.USD, "no exchange rate for CHF was given\n.*--exchange-rate CHF="),
        ("0.3 JPY/kWh", c.USD_PER_KWH, "no exchange rate for JPY"),
        ("£3..4 EUR", c.USD, "mixes currencies"),
        ("$3..4 EUR", c.USD, "mixes currencies"),
        ("3 USD or EUR", c.USD, "mixes currencies"),
        ("¥300", c.USD, "more than one currency"),
        ("x EUR", c.USD, "'x EUR' is not a number"),
        ("3 EUR", c.WATT, "unknown unit 'EUR'"),
        ("-3 EUR", c.USD, "out of range"),
    ],
)
def test_what_cannot_be_converted_names_the_flag(text: str, unit: str, complaint: str) -> None:
    with pytest.raises(InputError) as caught:
        read_constant(text, unit, "--some-flag", rates=read_rates(RATES))
    assert caught.value.where == "--some-flag"
    first, _, remedy = complaint.partition("\n.*")
    assert first in str(caught.value)
    assert remedy in str(caught.value)


@pytest.mark.parametrize(
    ("said", "complaint"),
    [
        (["EUR=1.16"], "is no dated rate"),
        (["1.16@2026-11-20"], "is no dated rate"),
        (["EUR=x@2026-11-20"], "is no dated rate"),
        (["EUR=1.16@2026-02-30"], "'2026-02-30' is not a day"),
        (["EUR=0@2026-11-20"], "cannot be a rate"),
        ([f"EUR=0.{'0' * 12}1@2026-11-20"], "cannot be a rate"),
        ([f"EUR=1@2026-11-20,{'x' * 1001}"], "source is longer than 1,000 characters"),
        (["USD=1@2026-11-20"], "cannot be a rate"),
        (["EUR=1.16@2026-11-20", "eur=1.17@2026-11-21"], "two rates for EUR"),
    ],
)
def test_a_rate_has_a_currency_a_value_and_a_day(said: list[str], complaint: str) -> None:
    with pytest.raises(InputError, match=complaint) as caught:
        read_rates(said)
    assert caught.value.where == "--exchange-rate"


def test_every_amount_of_money_may_be_in_a_currency_and_its_origin_is_kept() -> None:
    money = {
        "kwh-price": "0.36 EUR", "device-price": "1200 EUR", "wage": "20 EUR/h", "maintenance": "5 EUR",
        "loss-per-error": "0.5 EUR",
    }  # fmt: skip
    read = Scenario.read({**money, "exchange-rate": "EUR=1.16@2026-11-20, a bank"}, at=AT)
    told = {one.flag: one for one in read.assumptions()}
    values = {flag: told[f"--{flag}"].value for flag in money}
    assert values == {
        "kwh-price": "0.4176", "device-price": "1392", "wage": "23.2", "maintenance": "5.8",
        "loss-per-error": "0.58",
    }  # fmt: skip
    for flag, words in money.items():
        one = told[f"--{flag}"]
        assert one.source == f"declared by the user as {words}, at 1.16 USD/EUR of 2026-11-20 (a bank)"
        assert (one.kind, one.date) == ("declared", "2026-11-20")
    with pytest.raises(InputError, match="no exchange rate for EUR") as caught:
        Scenario.read({"wage": "20 EUR/h"}, at=AT)
    assert caught.value.where == "--wage"
