"""How users write figures, and what is refused."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.economics.assumptions import constants as c
from bench.economics.assumptions.constants import Constant, declared, read_constant
from bench.errors import InputError


@pytest.mark.parametrize(
    ("text", "unit", "expected"),
    [
        ("0.30", c.USD_PER_KWH, ("0.30", "0.30", "0.30")),
        ("$0.30/kWh", c.USD_PER_KWH, ("0.30", "0.30", "0.30")),
        ("30 cents/kWh", c.USD_PER_KWH, ("0.30", "0.30", "0.30")),
        ("0.25..0.35 USD/kWh", c.USD_PER_KWH, ("0.30", "0.25", "0.35")),
        ("0.3 ± 0.05", c.USD_PER_KWH, ("0.3", "0.25", "0.35")),
        ("$1,500", c.USD, ("1500", "1500", "1500")),
        ("92%", c.SHARE, ("0.92", "0.92", "0.92")),
        ("0.92±0.02", c.SHARE, ("0.92", "0.90", "0.94")),
        ("92+-2 %", c.SHARE, ("0.92", "0.90", "0.94")),
        ("0.99±0.02", c.SHARE, ("0.99", "0.97", "1")),
        ("0.92±2%", c.SHARE, ("0.92", "0.90", "0.94")),
        ("0.92 ± 2 points", c.SHARE, ("0.92", "0.90", "0.94")),
        ("3 years", c.MONTHS, ("36", "36", "36")),
        ("0.5..2x", c.MULTIPLE, ("1.25", "0.5", "2")),
        ("1e4", c.TASKS_A_MONTH, ("10000", "10000", "10000")),
        ("0", c.USD, ("0", "0", "0")),
        ("1e-12", c.USD, ("1e-12", "1e-12", "1e-12")),
    ],
)
def test_ways_of_writing_a_figure(text: str, unit: str, expected: tuple[str, str, str]) -> None:
    read = read_constant(text, unit, "--flag", maximum="1" if unit == c.SHARE else None)
    assert (read.value, read.low, read.high) == tuple(Decimal(part) for part in expected)
    assert (read.kind, read.unit) == ("declared", unit)


@pytest.mark.parametrize(
    ("text", "unit", "complaint"),
    [
        ("", c.USD, "is not a number"),
        ("much", c.USD, "is not a number"),
        ("1." + "0" * 100, c.USD, "…' is not a number"),
        ("0,30", c.USD_PER_KWH, "is not a number"),
        ("0.30 EUR", c.USD_PER_KWH, "no exchange rate for EUR"),
        ("€0.30", c.USD_PER_KWH, "no exchange rate for EUR"),
        ("3 kg", c.USD_PER_KWH, "unknown unit 'kg'"),
        ("-1", c.USD, "out of range"),
        ("1.2", c.SHARE, "out of range"),
        ("92", c.SHARE, "out of range"),
        ("0.5..0.2", c.SHARE, "runs backwards"),
        ("1e500", c.USD, "out of range"),
        ("1e-400", c.USD_PER_KWH, "is next to nothing\n.*give 0, or at least 1e-12 in USD/kWh"),
        ("0..1e-13", c.USD, "is next to nothing"),
        ("1e-999999999", c.USD, "is out of any range"),
        ("0..1e-999999999", c.USD_PER_MONTH, "is out of any range"),
        ("nan", c.USD, "is not a number"),
        ("inf", c.USD, "is not a number"),
        ("$3", c.WATT, "amount of money"),
    ],
)
def test_bad_figures_name_the_flag(text: str, unit: str, complaint: str) -> None:
    with pytest.raises(InputError, match=complaint) as caught:
        read_constant(text, unit, "--some-flag", maximum="1" if unit == c.SHARE else None)
    assert caught.value.where == "--some-flag"


@given(st.decimals(0, 10**9, places=4), st.decimals(0, 10**6, places=4))
def test_what_is_shown_can_be_read_back(value: Decimal, spread: Decimal) -> None:
    low = max(Decimal(0), value - spread)
    read = read_constant(f"{value} USD", c.USD, "--x")
    assert read.value == value
    if low == value - spread:
        assert read_constant(f"{value}±{spread}", c.USD, "--x").low == low


@given(st.text(max_size=20))
def test_any_text_is_a_figure_or_an_input_error(text: str) -> None:
    try:
        read = read_constant(text, c.USD, "--x")
    except InputError:
        return
    assert read.low <= read.value <= read.high


def test_a_constant_lies_between_its_bounds() -> None:
    with pytest.raises(ValueError, match="not between"):
        Constant(Decimal(2), Decimal(0), Decimal(1), c.USD, "default", "")
    with pytest.raises(ValueError, match="finite"):
        Constant(Decimal("nan"), Decimal(0), Decimal(1), c.USD, "default", "")


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        ("0.35267899159663865", "0.3526789916"),
        ("943659.6898", "943659.6898"),
        ("0.182", "0.182"),
        ("1e9", "1000000000"),
    ],
)
def test_a_figure_is_told_with_the_digits_that_are_put_in(number: str, shown: str) -> None:
    assert str(declared(number, "USD/kWh")) == shown


def test_no_nought_is_below_0() -> None:
    assert str(read_constant("-0", c.USD_PER_KWH, "--x")) == "0"
