"""The second line, and figures as people read them."""

from decimal import Decimal

import pytest
from economics_cases import exactly, scenario

from bench.economics.verdict.break_even import BreakEven
from bench.economics.verdict.wording import dollars, figure, purchase_line


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        ("0", "0"),
        ("0.000123456", "0.000123"),
        ("12.3456", "12.3"),
        ("1234567", "1,230,000"),
        ("0.9996", "1.00"),
        ("1.2345e-12", "1.23e-12"),
    ],
)
def test_three_significant_digits(number: str, shown: str) -> None:
    assert figure(Decimal(number)) == shown
    assert dollars(Decimal(number)) == f"${shown}"


def line(bought: BreakEven | None = None, **changes: object) -> str:
    chosen: dict[str, object] = {
        "is_good_enough": True,
        "unknown_because": "",
        "gain_usd": Decimal("0.001"),
        "affordable": BreakEven("at", Decimal(200), "below"),
        "capacity": Decimal(50_000),
        **changes,
    }
    price = {} if bought is None else {"device_price": exactly("599", "USD")}
    return purchase_line(scenario(**price), bought=bought, **chosen)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (line(), "at 10,000 tasks a month it may cost up to $200; give --device-price"),
        (
            line(capacity=Decimal(5000)),
            "at 5,000 tasks a month, all that one device can do, it may cost up to $200",
        ),
        (
            line(affordable=BreakEven("never")),
            "saves less than its idle power and upkeep cost, so no price pays off",
        ),
        (
            line(BreakEven("at", Decimal(1550)), affordable=BreakEven("any")),
            "a month any price pays off, since all of it comes back; at $599 it pays off from 1,550 tasks",
        ),
        (line(gain_usd=Decimal(0)), "it never pays off, since it saves nothing on an attempt"),
        (line(is_good_enough=False), "it is not good enough at any price"),
        (line(unknown_because="no meter"), "unknown, since no meter"),
        (line(BreakEven("any")), "at $599 it pays off at any volume"),
        (line(BreakEven("at", Decimal(41_234))), "at $599 it pays off from 41,200 tasks a month"),
        (
            line(BreakEven("beyond-capacity", Decimal(99_999)), capacity=Decimal(5000)),
            # 0.001 · 5,000; 599 · 0.029921 (36 months at 5 % a year) + 0.36 · 10 · 730.5 / 1000
            "it never pays off: at full capacity one device saves $5.00 of the $20.6 that it costs a month",
        ),
        (line(gain_usd=None), "no price is too high by spend per correct answer, which the API never gave"),
        (line(is_api_always_right=True), ", against an API that is always right: at 10,000 tasks"),
    ],
)
def test_if_it_had_to_be_bought(said: str, expected: str) -> None:
    assert said.startswith("If it had to be bought")
    assert expected in said
    assert said.endswith(".")
