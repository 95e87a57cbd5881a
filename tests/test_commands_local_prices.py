"""The lists of what --device and --country know: every name can be used, and the unknown is no number."""

import json
from decimal import Decimal

from bench.catalog.devices import load_devices
from bench.catalog.electricity import load_electricity
from bench.commands.local_prices import device_rows, electricity_rows
from tests.program import in_process


def test_devices() -> None:
    rows = {str(row["device"]): row for row in device_rows()}
    assert list(rows) == list(load_devices().profiles)
    mini = rows["mac-mini-m4"]
    assert (mini["usd"], mini["idle_w"], mini["load_w"], mini["lifetime_years"]) == (
        Decimal(599),
        4.1,
        30.1,
        5,
    )
    shown = in_process("prices", "devices")
    (line,) = [line for line in shown.out.splitlines() if line.startswith("desktop-rtx-3060 ")]
    assert line.split()[:5] == ["desktop-rtx-3060", "unknown", "unknown", "214", "5"]


def test_electricity() -> None:
    rows = {str(row["country"]): row for row in electricity_rows()}
    assert list(rows) == list(load_electricity().entries)
    assert (rows["DEU"]["per_kwh"], rows["DEU"]["currency"], rows["DEU"]["has_tax"]) == (
        Decimal("0.3618"), "EUR", True
    )  # fmt: skip
    shown = in_process("prices", "electricity")
    (line,) = [line for line in shown.out.splitlines() if line.startswith("WORLD ")]
    assert line.split() == ["WORLD", "0.165", "USD", "unknown", "2025-Q2", "unknown", "World", "average"]
    told = {row["country"]: row for row in json.loads(in_process("prices", "electricity", "--json").out)}
    assert told["EU27"]["g_co2e_per_kwh"] is None
    assert "Eurostat" in told["EU27"]["price_from"]["source"]
