import re
from datetime import datetime, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.reports.words import figures as f

NUMBERS = st.one_of(st.none(), st.integers(), st.floats(), st.decimals())
MONEY = st.decimals(allow_nan=False, allow_infinity=False)
SHARES = st.one_of(st.none(), st.floats())
NEVER = re.compile(r"nan|inf|none", re.IGNORECASE)


@pytest.mark.parametrize(
    ("amount", "shown"),
    [
        ("0.000123456", "$0.000123"),
        ("0.0999999", "$0.100"),
        ("12.3456", "$12.3"),
        ("999.6", "$1,000"),
        ("1230.4", "$1,230"),
        ("123456789", "$123,000,000"),
        ("0", "$0"),
        ("-0.00012", "-$0.000120"),
        ("1e-12", "$1.00e-12"),
    ],
)
def test_money_has_three_significant_digits(amount, shown):
    assert f.money(Decimal(amount)) == shown


def test_money_that_is_not_known_is_not_zero():
    assert f.money(None) == f.ABSENT


@pytest.mark.parametrize(
    ("low", "high", "shown"),
    [
        ("0.0101", "0.0150", "$0.0123 (0.010–0.015)"),
        ("0.0123", "0.0123", "$0.0123"),
        ("0.0101", None, "$0.0123 (0.010 or more)"),
    ],
)
def test_a_cost_has_its_bounds_beside_it(low, high, shown):
    band = (Decimal("0.0123"), Decimal(low), None if high is None else Decimal(high))
    assert f.money_band(band) == shown


def test_a_thousand_tasks_cost_a_thousand_times_as_much():
    thousand = f.per_thousand((Decimal("0.0000123"), Decimal("0.00001"), None))
    assert thousand == (Decimal("0.0123"), Decimal("0.01"), None)
    assert f.per_thousand(None) is None


@pytest.mark.parametrize(
    ("value", "half_width", "shown"),
    [
        (174.2345, 1.267, "174.2 ± 1.3"),
        (1744.2345, 12.67, "1,744 ± 13"),
        (127.0, 9.96, "127 ± 10"),
        (0.012345, 0.00056, "0.01234 ± 0.00056"),
        (397.2, 0, "397.2"),
        (397.2, None, "397.2"),
        (None, 1.0, f.ABSENT),
    ],
)
def test_the_half_width_decides_the_digits(value, half_width, shown):
    assert f.plus_minus(value, half_width) == shown


@pytest.mark.parametrize(
    ("call", "shown"),
    [
        (lambda: f.percent_interval(0.9667, 0.886, 0.991), "96.7 % (88.6–99.1)"),
        (lambda: f.percent_interval(0.5, None, None), "50.0 %"),
        (lambda: f.percent_interval(None, 0.1, 0.2), f.ABSENT),
        (lambda: f.probability(0.9999), "> 0.99"),
        (lambda: f.probability(0.0), "< 0.01"),
        (lambda: f.probability(0.38), "0.38"),
        (lambda: f.probability(None), f.ABSENT),
        (lambda: f.size(98_362_432), "93.8 MiB"),
        (lambda: f.size(1 << 30), "1.00 GiB"),
        (lambda: f.size(5), "5 B"),
        (lambda: f.size(None), f.ABSENT),
        (lambda: f.parameters(134_515_008), "134.5 M"),
        (lambda: f.parameters(1_240_000_000), "1.240 B"),
        (lambda: f.parameters(None), f.ABSENT),
        (lambda: f.milliseconds(0.0123456), "12.3"),
        (lambda: f.whole(1234567), "1,234,567"),
        (lambda: f.marked("1 J", "modelled"), "~1 J"),
        (lambda: f.marked("1 J", "measured"), "1 J"),
        (lambda: f.marked(f.ABSENT, "modelled"), f.ABSENT),
    ],
)
def test_figures_are_shown_as_the_field_shows_them(call, shown):
    assert call() == shown


def test_a_day_is_the_day_in_utc():
    late = datetime(2026, 11, 20, 23, 30, tzinfo=timezone(timedelta(hours=-5)))
    assert f.day(late) == "2026-11-21"


@settings(max_examples=60, deadline=None)
@given(NUMBERS, NUMBERS, SHARES)
def test_no_figure_ever_says_nan_inf_or_none(number, other, share):
    shown = [
        f.significant(number),
        f.plus_minus(number, other),
        f.percent(share),
        f.percent_interval(share, share, share),
        f.probability(share),
        f.milliseconds(share),
    ]
    assert not [text for text in shown if NEVER.search(text)]


@settings(max_examples=60, deadline=None)
@given(st.tuples(MONEY, MONEY, st.none() | MONEY))
def test_no_amount_ever_says_nan_inf_or_none(band):
    shown = [f.money(band[0]), f.money_band(band), f.money_band(f.per_thousand(band))]
    assert not [text for text in shown if NEVER.search(text)]


@settings(max_examples=60, deadline=None)
@given(st.decimals(min_value=Decimal("1e-8"), max_value=Decimal("1e12"), allow_nan=False))
def test_money_is_right_to_half_a_percent(amount):
    shown = Decimal(f.money(amount)[1:].replace(",", ""))
    assert abs(shown - amount) <= amount * Decimal("0.00501")


@settings(max_examples=60, deadline=None)
@given(st.text())
def test_text_from_outside_is_one_line_without_tricks(text):
    shown = f.clean(text)
    assert shown == "" or shown.isprintable()
    assert len(shown) <= f.LONGEST_WORD
    assert f.clean(shown) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("two\nlines\t here", "two lines here"),
        ("\x1b[31mred\x1b[0m", "[31mred[0m"),
        ("right\u202eto left\u200b", "rightto left"),
        ("  some \u00a0\u2003 spaces ", "some spaces"),
        ("x" * 500, "x" * 399 + "…"),
    ],
)
def test_control_characters_are_taken_out(text, shown):
    assert f.clean(text) == shown


def test_what_is_too_long_for_its_place_ends_with_an_ellipsis_within_it():
    assert f.clean("x" * 40, 40) == "x" * 40
    assert f.clean("x" * 41 + "\u202e", 40) == "x" * 39 + "…"
