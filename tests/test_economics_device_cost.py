"""The device's variable and fixed cost, against loan tables and by the identity of idle energy."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.economics.device.device_cost import (
    DEDICATED,
    SUNK,
    Ownership,
    Purchase,
    read_ownership,
    variable_cost_usd,
)
from bench.errors import InputError


def purchase(**changes: object) -> Purchase:
    """36 months without interest, 10 W idle at 0.36 USD/kWh, always on."""
    terms: dict[str, object] = {
        "rate_per_year": Decimal(0),
        "lifetime_months": 36,
        "resale_share": Decimal(0),
        "maintenance_per_month": Decimal(0),
        "idle_w": Decimal(10),
        "powered_hours_per_month": Decimal("730.5"),
        "kwh_price": Decimal("0.36"),
        **changes,
    }
    return Purchase(**terms)  # type: ignore[arg-type]


def test_variable_cost_worked_by_hand() -> None:
    # 72 J at the wall at 0.30 USD/kWh: 0.30 · 72 / 3,600,000 = 0.000006
    cost = variable_cost_usd(Decimal(72), kwh_price=Decimal("0.30"))
    assert cost == Decimal("0.000006")
    # and 9 s of labour at 20 USD an hour: 0.05
    paid = variable_cost_usd(
        Decimal(72),
        kwh_price=Decimal("0.30"),
        wage_per_hour=Decimal(20),
        labour_s=Decimal(9),
    )
    assert paid == Decimal("0.050006")


def test_annuity_is_that_of_loan_tables() -> None:
    # 1 % a month over 12 months: 0.0888488 for each unit borrowed.
    yearly = Decimal("1.01") ** 12 - 1
    assert purchase(rate_per_year=yearly, lifetime_months=12).annuity_factor() == pytest.approx(
        Decimal("0.0888487887"), abs=Decimal("1e-9")
    )
    assert purchase().annuity_factor() == 1 / Decimal(36)


def test_fixed_cost_worked_by_hand() -> None:
    # 360 USD / 36 = 10; idle 10 W · 730.5 h = 7.305 kWh at 0.36 = 2.6298
    assert purchase().fixed_per_month(Decimal(360)) == Decimal("12.6298")
    assert purchase().fixed_per_month(Decimal(360), SUNK) == 0
    assert purchase().fixed_per_month(Decimal(360), Ownership("shared", Decimal("0.5"))) == Decimal("6.3149")
    # Half of the price comes back in the end, 5 USD a month go into upkeep.
    terms = purchase(resale_share=Decimal("0.5"), maintenance_per_month=Decimal(5))
    assert terms.fixed_per_month(Decimal(360)) == Decimal("12.6298")


@given(
    st.decimals(0, 200, places=2),
    st.integers(1, 744),
    st.integers(0, 10**6),
    st.decimals(0, 100, places=3),
    st.decimals(0, 10**5, places=2),
)
def test_identity_of_idle_energy(
    idle_w: Decimal, hours: int, attempts: int, seconds: Decimal, increment_j: Decimal
) -> None:
    """Idle while not working plus gross while working is idle all month plus the increments."""
    powered_s = Decimal(hours * 3600)
    gross_j = increment_j + idle_w * seconds
    joules = idle_w * (powered_s - attempts * seconds) + attempts * gross_j
    price = Decimal("0.25")
    terms = purchase(idle_w=idle_w, powered_hours_per_month=Decimal(hours), kwh_price=price)
    variable = variable_cost_usd(increment_j, kwh_price=price)
    charged = terms.fixed_per_month(Decimal(0), DEDICATED) + attempts * variable
    assert charged == pytest.approx(price * joules / Decimal(3_600_000), abs=Decimal("1e-15"))


@pytest.mark.parametrize(
    ("text", "kind", "share"),
    [
        ("sunk", "sunk", "0"),
        ("Dedicated", "dedicated", "1"),
        ("shared:0.3", "shared", "0.3"),
        ("shared:30%", "shared", "0.30"),
        ("shared:-0", "shared", "0"),
    ],
)
def test_ownership_as_written(text: str, kind: str, share: str) -> None:
    read = read_ownership(text)
    assert (read.kind, str(read.share)) == (kind, share)


@pytest.mark.parametrize(
    "text", ["", "owned", "shared", "shared:", "shared:2", "shared:0.1..0.9", "sunk:0.3"]
)
def test_other_ownership_is_an_error(text: str) -> None:
    with pytest.raises(InputError) as caught:
        read_ownership(text)
    assert caught.value.where == "--ownership"
