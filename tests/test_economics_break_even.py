"""Break-even, worked by hand and solved back."""

from decimal import Decimal

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from bench.economics.verdict.break_even import (
    BreakEven,
    Side,
    break_even,
    gain_per_attempt,
    where_equal,
)

usd = st.decimals("0.000001", "0.1", places=6)
share = st.decimals("0.01", "1", places=2)


def side(cost: str, accuracy: str) -> Side:
    return Side(Decimal(cost), Decimal(accuracy))


def test_without_loss_equal_spend_per_correct_answer() -> None:
    # 0.00012 · 0.9 / 0.96 - 0.0000036 = 0.0001089 an attempt; 12.6298 a month take 115,976 attempts.
    gain = gain_per_attempt(side("0.0000036", "0.9"), side("0.00012", "0.96"), None)
    assert gain == Decimal("0.0001089")
    found = break_even(Decimal("12.6298"), gain, capacity=None)
    assert found.kind == "at"
    assert round(found.at or 0) == 115_976


def test_with_a_loss_per_error() -> None:
    # 0.00012 - 0.0000036 + (0.90 - 0.95) · 0.01 = -0.0003836: never.
    local, api = side("0.0000036", "0.90"), side("0.00012", "0.95")
    gain = gain_per_attempt(local, api, Decimal("0.01"))
    assert gain == Decimal("-0.0003836")
    assert break_even(Decimal(0), gain, capacity=None) == BreakEven("never")


def test_kinds() -> None:
    assert break_even(Decimal(0), Decimal(1), capacity=None).kind == "any"
    assert break_even(Decimal(9), Decimal(0), capacity=None).kind == "never"
    beyond = break_even(Decimal(100), Decimal("0.1"), capacity=Decimal(300))
    assert beyond == BreakEven("beyond-capacity", Decimal(1000), "above")
    assert break_even(Decimal(100), Decimal("0.1"), capacity=Decimal(1000)).kind == "at"


def test_an_api_that_is_never_right_has_no_bounded_cost() -> None:
    assert gain_per_attempt(side("1", "0.5"), side("1", "0"), None) is None
    assert side("1", "0").usd_per_correct is None


@given(usd, share, usd, share, st.decimals("0.01", "1000", places=2), st.none() | usd)
def test_break_even_solves_back_to_equality(
    c_local: Decimal, r_local: Decimal, c_api: Decimal, r_api: Decimal, fixed: Decimal, loss: Decimal | None
) -> None:
    local, api = Side(c_local, r_local), Side(c_api, r_api)
    gain = gain_per_attempt(local, api, loss)
    assert gain is not None
    assume(gain > Decimal("1e-9"))
    volume = break_even(fixed, gain, capacity=None).at
    assert volume is not None
    here = fixed / volume + c_local
    if loss is None:
        assert here / r_local == pytest.approx(c_api / r_api, rel=Decimal("1e-15"))
    else:
        with_loss = here + (1 - r_local) * loss
        assert with_loss == pytest.approx(c_api + (1 - r_api) * loss, rel=Decimal("1e-15"))


@given(st.decimals("-9", "9", places=3), st.decimals("-9", "9", places=3))
def test_a_line_is_solved_and_its_sides_are_told(at_zero: Decimal, slope: Decimal) -> None:
    """``any`` is below 0 at every value above 0, ``never`` at none."""
    found = where_equal(at_zero, slope)
    if found.at is None:
        signs = {at_zero + slope * x < 0 for x in (Decimal("1e-6"), Decimal(1), Decimal(10**6))}
        assert signs == {found.kind == "any"}
    else:
        assert at_zero + slope * found.at == pytest.approx(0, abs=Decimal("1e-20"))
        beside = found.at * (Decimal("1.5") if found.cheaper_here == "above" else Decimal("0.5"))
        assert at_zero + slope * beside < 0
