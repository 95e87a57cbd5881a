"""Gross or net: what a source lists with tax, without it, or without a word on it."""

from dataclasses import replace
from decimal import Decimal

import pytest
from economics_cases import AT, CITED, items, profile, record, task
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.catalog.types import DeviceProfile, Electricity
from bench.economics.assess import assess
from bench.economics.assumptions.scenario import Scenario, Words
from bench.errors import InputError
from bench.records.types import Comparison

HOME = Electricity("XXX", "Home", Decimal("0.476"), "USD", "2026", None, CITED, has_tax=True)
BOX = DeviceProfile("box", "A box", Decimal(500), 8.0, None, 5, CITED, CITED)
TERMS = {"psu-efficiency": "1", "answer-length": "1", "ownership": "dedicated", "api-accuracy": "0.95"}


def read(words: Words, **changes: object) -> Scenario:
    return Scenario.read({**TERMS, **words}, at=AT, device=BOX, country=replace(HOME, **changes))  # type: ignore[arg-type]


def price_and_source(scenario: Scenario) -> tuple[Decimal, str]:
    return scenario.kwh_price.value, scenario.kwh_price.source.rpartition("; ")[2]


@pytest.mark.parametrize(
    ("words", "has_tax", "expected"),
    [
        ({}, True, ("0.476", "with tax")),
        ({}, None, ("0.476", "not said whether with tax")),
        ({"tax-basis": "net", "vat": "19%"}, True, ("0.4", "without 19 % VAT")),  # 0.476 ÷ 1.19
        ({"tax-basis": "net", "vat": "19%"}, False, ("0.476", "without tax")),
        ({"tax-basis": "net", "vat": "19%"}, None, ("0.476", "not said whether with tax")),
        ({"tax-basis": "gross", "vat": "25%"}, True, ("0.476", "with tax")),
        ({"tax-basis": "gross", "vat": "25%"}, False, ("0.595", "with 25 % VAT")),  # 0.476 · 1.25
    ],
)
def test_electricity_of_the_catalog(words: Words, has_tax: bool | None, expected: tuple[str, str]) -> None:
    value, told = price_and_source(read(words, has_tax=has_tax))
    assert (value, told) == (Decimal(expected[0]), expected[1])


def test_what_the_user_states_is_on_the_basis_already() -> None:
    stated = read({"tax-basis": "net", "vat": "19%", "kwh-price": "0.476", "device-price": "100"})
    assert (stated.kwh_price.value, str(stated.device_price)) == (Decimal("0.476"), "100")
    assert stated.kwh_price.source == "declared by the user"


def test_list_prices_get_the_tax_where_all_is_gross() -> None:
    gross, net, mixed = (
        read(words)
        for words in ({"tax-basis": "gross", "vat": "0.19"}, {"tax-basis": "net", "vat": "0.19"}, {})
    )
    assert (gross.api_tax, net.api_tax, mixed.api_tax) == (Decimal("0.19"), 0, 0)
    prices = [one.device_price.value for one in (gross, net, mixed) if one.device_price]
    assert prices == [595, 500, 500]


def test_the_basis_is_told_and_so_is_a_figure_that_may_not_be_on_it() -> None:
    told = {one.name: one for one in read({}).assumptions()}
    assert (told["tax basis"].value, told["tax basis"].kind) == ("mixed", "default")
    assert told["tax basis"].source.startswith("bases mixed:")
    net = Scenario.read({"tax-basis": "net"}, at=AT)
    told = {one.name: one for one in net.assumptions()}
    assert (told["tax basis"].value, told["tax basis"].flag) == ("net", "--tax-basis")
    assert told["kwh price"].source.endswith("not said whether with tax")
    assert told["kwh price"].kind == "default"


@pytest.mark.parametrize(
    ("words", "where", "complaint"),
    [
        ({"tax-basis": "gros"}, "--tax-basis", "did you mean 'gross'"),
        ({"tax-basis": "gross"}, "--vat", "gross needs the rate of the tax"),
        ({"tax-basis": "net"}, "--vat", "net needs the rate of the tax"),
        ({"vat": "19%"}, "--vat", "whether prices are to be with or without"),
        ({"vat": "19%", "tax-basis": "mixed"}, "--vat", "whether prices are to be with or without"),
        ({"tax-basis": "net", "vat": "119"}, "--vat", "out of range"),
        ({"tax-basis": "net", "vat": "7..19%"}, "--vat", "is a range"),
    ],
)
def test_half_a_basis_is_refused(words: Words, where: str, complaint: str) -> None:
    with pytest.raises(InputError, match=complaint) as caught:
        read(words)
    assert caught.value.where == where


@settings(max_examples=10)
@given(st.decimals("0.01", "0.5", places=2), st.sampled_from(["100", "1000000"]))
def test_gross_is_net_times_the_tax_on_both_sides_and_decides_nothing(vat: Decimal, volume: str) -> None:
    def concluded(basis: str) -> Comparison:
        words = {"tax-basis": basis, "vat": str(vat), "tasks-per-month": volume}
        (one,) = assess(record([task(items(57, 60))]), [profile()], read(words), n_draws=100).comparisons
        return one

    gross, net = concluded("gross"), concluded("net")
    for field in ("local_cost_per_attempt_usd", "api_cost_per_attempt_usd", "local_usd_per_correct"):
        dear, plain = getattr(gross, field), getattr(net, field)
        assert float(dear[0]) == pytest.approx(float(plain[0] * (1 + vat)), rel=1e-12)
        assert dear[0] > plain[0]
    assert (gross.verdict, gross.probability) == (net.verdict, net.probability)
    assert gross.break_even_tasks_per_month[0] == net.break_even_tasks_per_month[0]
    assert gross.break_even_tasks_per_month[1] == pytest.approx(net.break_even_tasks_per_month[1])
