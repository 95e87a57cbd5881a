"""Constants that a catalog knows of a named device, or of electricity in a country."""

import re
from collections.abc import Container
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from bench.catalog.types import Cited, DeviceProfile, Electricity
from bench.economics.assumptions import constants as c
from bench.economics.assumptions import defaults
from bench.economics.assumptions.constants import Constant
from bench.economics.assumptions.currency import RATE_FLAG, Rates
from bench.economics.assumptions.tax import TaxBasis, on_basis

if TYPE_CHECKING:
    from bench.economics.assumptions.scenario import Scenario
    from bench.records.types import Assumption

USD = "USD"


def constants_of(
    device: DeviceProfile | None,
    country: Electricity | None,
    *,
    at: datetime,
    rates: Rates,
    basis: TaxBasis,
    vat: Constant | None,
    stated: Container[str],
) -> dict[str, Constant]:
    """By field of the scenario, but for those that are ``stated``; what a catalog does not know is left out.

    A price in a currency without a rate is left out, too. Raises InputError where the tax basis needs a VAT.
    """
    found: dict[str, Constant] = {}
    if "kwh_price" not in stated:
        price = None if country is None else kwh_price(country, rates, at=at)
        if price is not None and country is not None:
            found["kwh_price"] = on_basis(price, country.has_tax, basis, vat)
        elif basis != "mixed":
            found["kwh_price"] = on_basis(defaults.KWH_PRICE, None, basis, vat)
    if device is not None:
        if device.price_usd is not None and "device_price" not in stated:
            price = _figure(device.price_usd, c.USD, device.title, device.cited)
            found["device_price"] = on_basis(price, has_tax=False, basis=basis, vat=vat)
        found |= {field: figure for field, figure in _held(device).items() if field not in stated}
    return found


def kwh_price(country: Electricity, rates: Rates, *, at: datetime) -> Constant | None:
    """What a household pays there, in USD; None in a currency without a rate. Decimals stay exact."""
    title = f"{country.title}, {_period(country, at.year)}"
    price = _figure(country.price_per_kwh, c.USD_PER_KWH, title, country.cited)
    if country.currency == USD:
        return price
    rate = rates.get(country.currency)
    if rate is None:
        return None
    usd = country.price_per_kwh * rate.usd
    how = f"{country.price_per_kwh} {country.currency}/kWh at {rate}"
    return replace(price, value=usd, low=usd, high=usd, source=f"{how}: {price.source}")


def _period(country: Electricity, year: int) -> str:
    """As the price's source names it. The catalog has one of each country, which is told of other years."""
    named = [int(digits) for digits in re.findall(r"\b\d{4}\b", country.period)]
    is_of = year in named or (" since " in country.period and year > min(named))
    return country.period if is_of else f"{country.period}, none of {year} being known"


def price_left_out(country: Electricity, scenario: "Scenario") -> "Assumption | None":
    """That the country's price of electricity was not taken, where it is so for want of a rate."""
    from bench.records.types import Assumption

    if country.currency == USD or scenario.kwh_price.kind != "default":
        return None
    return Assumption(
        name=f"kwh price of {country.title}",
        value=f"not taken: {country.price_per_kwh}",
        unit=f"{country.currency}/kWh",
        kind="catalog",
        source=f"{country.period}: {country.cited.source}; without a rate to USD the default holds",
        date=country.cited.date,
        flag=f"--{RATE_FLAG}",
    )


def _held(device: DeviceProfile) -> dict[str, Constant]:
    """How long it lasts, which no source says; what it takes idle, and to make, as far as that is known."""
    life = Decimal(str(device.lifetime_years)) * 12
    assumed = f"assumption: {device.title} lasts {device.lifetime_years:g} years"
    held = {"lifetime": Constant(life, life, life, c.MONTHS, "catalog", assumed)}
    if device.idle_w is not None and device.power_cited is not None:
        watts = Decimal(str(device.idle_w))
        held["idle_watts"] = _figure(watts, c.WATT, device.title, device.power_cited)
    else:
        source = f"{defaults.IDLE_WATTS.source}; of {device.title} none is known"
        held["idle_watts"] = replace(defaults.IDLE_WATTS, source=source)
    if device.embodied_kg is not None and device.embodied_cited is not None:
        value, low, high = (Decimal(str(part)) for part in device.embodied_kg)
        known = _figure(value, c.KG_CO2E, device.title, device.embodied_cited)
        held["embodied"] = replace(known, low=low, high=high)
    return held


def _figure(value: Decimal, unit: str, title: str, cited: Cited) -> Constant:
    note = f" ({cited.note})" if cited.note else ""
    return Constant(value, value, value, unit, "catalog", f"{title}{note}: {cited.source}", cited.date)
