"""Electricity: prices in their own currency, found by code or by name."""

from decimal import Decimal
from pathlib import Path

import pytest

from bench.catalog.electricity import load_electricity
from bench.errors import CatalogError, InputError


def test_prices_stand_as_reported() -> None:
    electricity = load_electricity()
    germany = electricity.find("DEU")
    assert (germany.price_per_kwh, germany.currency, germany.period) == (Decimal("0.3618"), "EUR", "2026-S1")
    assert germany.carbon_g_per_kwh == 380.95
    assert germany.carbon_cited is not None
    assert electricity.find("japan").currency == "JPY"
    assert electricity.find("us-ca").price_per_kwh == Decimal("0.3299")
    assert electricity.find("EU27").carbon_g_per_kwh is None
    for entry in electricity.entries.values():
        assert entry.cited.source
        assert entry.cited.date
        assert entry.price_per_kwh > 0


def test_an_unknown_country_gets_the_nearest() -> None:
    with pytest.raises(InputError, match="did you mean 'Germany'"):
        load_electricity().find("Germny")


@pytest.mark.parametrize(
    ("table", "complaint"),
    [
        ("[countries.deu]", "cannot be a name"),
        ("[countries.DEU]", "missing key 'price'"),
        ('price = { per_kwh = 0.3, currency = "Euro", period = "x", source = "s" }', "must look like EUR"),
        ('price = { per_kwh = "unknown", currency = "EUR", period = "x", source = "s" }', "must be a number"),
    ],
)
def test_what_is_refused(tmp_path: Path, table: str, complaint: str) -> None:
    head = "" if table.startswith("[") else "[countries.DEU]\n"
    path = tmp_path / "electricity.toml"
    path.write_text(f'[sources.s]\ntitle = "S"\ndate = "2026"\n{head}{table}\ntitle = "D"\n')
    with pytest.raises(CatalogError) as caught:
        load_electricity(path)
    assert complaint in caught.value.what
