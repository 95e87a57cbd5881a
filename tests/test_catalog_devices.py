"""Devices: sourced figures, and unknown ones absent."""

from decimal import Decimal
from pathlib import Path

import pytest

from bench.catalog.devices import load_devices
from bench.errors import CatalogError, InputError

SOURCES = '[sources.s]\ntitle = "S"\ndate = "2026"\n'


def test_figures_are_sourced_and_unknown_ones_absent() -> None:
    devices = load_devices()
    pi = devices.find("raspberry-pi-5-8gb")
    assert (pi.price_usd, pi.idle_w, pi.load_w) == (Decimal(80), 2.8, 13.9)
    assert pi.power_cited is not None
    assert "sbc-reviews" in pi.power_cited.source
    jetson = devices.find("jetson-orin-nano-super")
    assert (jetson.idle_w, jetson.load_w, jetson.power_cited) == (None, None, None)
    assert devices.find("desktop-rtx-4090").price_usd is None  # a card is not a machine
    assert devices.find("mini-pc-ryzen-7-8845hs").price_usd is None  # a band is not a figure
    for device in devices.profiles.values():
        assert device.cited.source
        assert device.cited.date
        assert (device.embodied_kg is None) is (device.embodied_cited is None)
        if device.idle_w is not None or device.load_w is not None:
            assert device.power_cited is not None


def test_an_unknown_device_gets_the_nearest() -> None:
    with pytest.raises(InputError, match="did you mean 'mac-mini-m4'"):
        load_devices().find("macmini-m4")


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ('price = { usd = 1, source = "s" }\nlifetime_years = 0', "more than 0"),
        ('price = { usd = 1, source = "s" }\nlifetime_years = 4.6', "must be whole months"),
        ("price = { usd = 1 }\nlifetime_years = 1", "missing key 'source'"),
        ('price = { usd = "unknown", source = "s" }\nlifetime_years = 1', "must be a number"),
        (
            'price = { source = "s" }\nlifetime_years = 1\npower = { idle_w = 2, load_w = 1, source = "s" }',
            "idles at more",
        ),
        ('price = { source = "s" }\nlifetime_years = 1\nwatts = 3', "unknown key 'watts'"),
        ('price = { source = "s" }\nlifetime_years = 1\nembodied = { kg = 9 }', "missing key 'source'"),
        ('price = { source = "s" }\nlifetime_years = 1\nembodied = { source = "s" }', "tells no kg"),
        (
            'price = { source = "s" }\nlifetime_years = 1\nembodied = { kg_low = 3, source = "s" }',
            "has a bound of 'kg' and no value",
        ),
        (
            'price = { source = "s" }\nlifetime_years = 1\nembodied = { kg = 9, kg_high = 8, source = "s" }',
            "9 is not between its bounds 9 and 8",
        ),
    ],
)
def test_what_is_refused(tmp_path: Path, text: str, complaint: str) -> None:
    path = tmp_path / "devices.toml"
    path.write_text(SOURCES + '[devices.d]\ntitle = "D"\n' + text)
    with pytest.raises(CatalogError) as caught:
        load_devices(path)
    assert complaint in caught.value.what
