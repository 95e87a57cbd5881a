"""``breakeven prices devices`` and ``prices electricity``: what `--device` and `--country` stand for."""

from dataclasses import asdict

from bench.catalog.devices import load_devices
from bench.catalog.electricity import load_electricity

Row = dict[str, object]


def device_rows() -> list[Row]:
    """One row per device; what no source gives is None. Watts are at the wall, prices in USD without tax."""
    return [
        {
            "device": device.name,
            "title": device.title,
            "usd": device.price_usd,
            "idle_w": device.idle_w,
            "load_w": device.load_w,
            "lifetime_years": device.lifetime_years,
            "price_from": asdict(device.cited),
            "power_from": None if device.power_cited is None else asdict(device.power_cited),
        }
        for device in load_devices().profiles.values()
    ]


def electricity_rows() -> list[Row]:
    """One row per country: what a household pays, in its own currency, and the grid's carbon."""
    return [
        {
            "country": entry.country,
            "title": entry.title,
            "per_kwh": entry.price_per_kwh,
            "currency": entry.currency,
            "has_tax": entry.has_tax,
            "period": entry.period,
            "g_co2e_per_kwh": entry.carbon_g_per_kwh,
            "price_from": asdict(entry.cited),
            "carbon_from": None if entry.carbon_cited is None else asdict(entry.carbon_cited),
        }
        for entry in load_electricity().entries.values()
    ]
