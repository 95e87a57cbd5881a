"""What a device's or a country's name stands for, and what stays unknown."""

from decimal import Decimal

import pytest
from economics_cases import AT, items, profile, record, task

from bench.catalog.devices import load_devices
from bench.catalog.electricity import load_electricity
from bench.economics.assess import assess
from bench.economics.assumptions import defaults
from bench.economics.assumptions.scenario import Scenario, Words
from bench.errors import InputError
from bench.records.types import Assumption


def read(device: str | None = None, country: str | None = None, **words: str) -> Scenario:
    said: Words = {name.replace("_", "-"): value for name, value in words.items()}
    return Scenario.read(
        said,
        at=AT,
        device=None if device is None else load_devices().find(device),
        country=None if country is None else load_electricity().find(country),
    )


def listed(scenario: Scenario, country: str) -> dict[str, Assumption]:
    grid = load_electricity().find(country)
    told = assess(record([task(items(4, 5))]), [profile()], scenario, grid=grid, n_draws=20)
    return {one.name: one for one in told.assumptions}


def test_a_device_stands_for_price_idle_watts_and_lifetime() -> None:
    mini = read("mac-mini-m4", ownership="dedicated")
    assert mini.device_price is not None
    assert (mini.device_price.value, mini.idle_watts.value, mini.lifetime.value) == (599, Decimal("4.1"), 60)
    told = {one.name: one for one in mini.assumptions()}
    price, idle, lifetime = told["device price"], told["idle watts"], told["lifetime"]
    assert (price.kind, price.date, price.flag) == ("catalog", "2024-10-29", "--device-price")
    assert "Apple Mac mini M4, 16 GB (launch list, base model): Mint" in price.source
    assert (idle.kind, idle.date) == ("catalog", "2026-04-10; 2025-12-18")
    assert (lifetime.kind, lifetime.source) == (
        "catalog",
        "assumption: Apple Mac mini M4, 16 GB lasts 5 years",
    )
    # 599 over 60 months at 5 % a year, and 4.1 W · 730.5 h · 0.182 USD/kWh
    monthly = 599 * 0.004074124 / (1 - 1.004074124**-60) + 4.1 * 730.5 / 1000 * 0.182
    assert float(mini.fixed_per_month()) == pytest.approx(monthly, rel=1e-6)


def test_what_is_stated_goes_before_the_catalog() -> None:
    mini = read("mac-mini-m4", "USA", device_price="450", lifetime="24", kwh_price="0.5")
    assert mini.device_price is not None
    assert [mini.device_price.value, mini.lifetime.value, mini.idle_watts.value, mini.kwh_price.value] == [
        450, 24, Decimal("4.1"), Decimal("0.5")
    ]  # fmt: skip
    assert {mini.device_price.kind, mini.lifetime.kind, mini.kwh_price.kind} == {"declared"}


def test_what_the_catalog_does_not_know_stays_unknown() -> None:
    bare = read("desktop-rtx-4060")
    assert bare.device_price is None
    assert bare.idle_watts.value == defaults.IDLE_WATTS.value
    assert bare.idle_watts.kind == "default"
    assert bare.idle_watts.source.endswith("of Desktop PC with GeForce RTX 4060, 8 GB none is known")
    with pytest.raises(InputError, match="the card alone was 299") as caught:
        read("desktop-rtx-4060", ownership="shared:0.5")
    assert caught.value.where == "--device"
    assert "--device-price" in str(caught.value.remedy)
    priced = read("desktop-rtx-4060", ownership="shared:0.5", device_price="900")
    assert str(priced.device_price) == "900"


def test_a_country_with_a_price_in_usd() -> None:
    there = read(country="US-CA")
    assert (there.kwh_price.value, there.kwh_price.kind, there.kwh_price.is_exact) == (
        Decimal("0.3299"),
        "catalog",
        True,
    )
    assert "California (USA), 12 months to 2026-07" in there.kwh_price.source


def test_a_country_with_a_price_in_another_currency_needs_the_rate() -> None:
    there = read(country="Germany", exchange_rate="EUR=1.25@2026-11-20, a bank")
    assert there.kwh_price.value == Decimal("0.45225")  # 0.3618 · 1.25
    told = listed(there, "DEU")
    price = told["kwh price"]
    assert (price.kind, price.date, price.value) == ("catalog", "2026-S1", "0.45225")
    assert price.source.startswith("0.3618 EUR/kWh at 1.25 USD/EUR of 2026-11-20 (a bank): Germany, 2026-S1")
    assert price.source.endswith("; with tax")
    assert "kwh price of Germany" not in told


@pytest.mark.parametrize(
    ("country", "at", "period", "year"),
    [
        ("USA", "2026-01-01", "2026 (forecast)", None),
        ("USA", "2024-07-22", "2026 (forecast)", 2024),
        ("US-CA", "2026-01-01", "12 months to 2026-07", None),
        ("JPN", "2024-07-22", "guide price since 2022-07-22", None),
        ("JPN", "2021-07-22", "guide price since 2022-07-22", 2021),
    ],
)
def test_a_price_of_another_year_than_was_asked_says_so(
    country: str, at: str, period: str, year: int | None
) -> None:
    price = read(country=country, at=at, exchange_rate="JPY=0.0065@2026-11-20, a bank").kwh_price
    assert f", {period}" in price.source
    said = f", {period}, none of {year} being known" in price.source
    assert (said, "being known" in price.source) == (year is not None,) * 2


def test_without_the_rate_the_default_holds_and_says_so() -> None:
    there = read(country="DEU")
    assert there.kwh_price == defaults.KWH_PRICE
    told = listed(there, "DEU")
    left = told["kwh price of Germany"]
    assert (left.value, left.unit, left.kind) == ("not taken: 0.3618", "EUR/kWh", "catalog")
    assert left.flag == "--exchange-rate"
    assert "the default holds" in left.source
    assert told["carbon of electricity"].value == "380.95"
    assert "kwh price of Germany" not in listed(read(country="DEU", kwh_price="0.4"), "DEU")
    assert "kwh price of United States" not in listed(read(country="USA"), "USA")
