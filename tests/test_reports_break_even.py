"""The table of break-evens."""

from dataclasses import replace

from economics_cases import exactly, items, profile, record, scenario, task

from bench.economics.assess import assess
from bench.economics.assumptions.constants import SHARE, read_constant
from bench.economics.assumptions.scenario import Stated
from bench.economics.device.device_cost import DEDICATED
from bench.reports.tables.break_even import break_even_table
from bench.reports.tables.table import Table

BOUGHT = {"ownership": DEDICATED, "device_price": exactly("360"), "discount_rate": exactly("0")}


def table(**changes: object) -> Table:
    one = record([task(items(190, 200))])
    known = (Stated(None, read_constant("0.95", SHARE, "--api-accuracy")),)
    told = assess(one, [profile()], replace(scenario(api_accuracy=known), **changes), n_draws=200)  # type: ignore[arg-type]
    return break_even_table([one.model_copy(update={"assessment": told})])


def cells(found: Table) -> dict[tuple[str, str], tuple[str, ...]]:
    return {(row[2], row[3]): row[4:] for row in found.rows}


def test_each_figure_has_its_value_in_both_equalities() -> None:
    found = cells(table(**BOUGHT))
    assert found["attempts", "volume"] == ("10,000", "above 109,000", "tasks/month", "--tasks-per-month")
    assert found["correct answers", "volume"][:2] == ("9,500", "above 103,000")
    assert found["attempts", "API price, input"][2] == "USD/Mtok"
    assert found["attempts", "loss per error"][:2] == ("–", "never"), "as often right, and dearer"
    assert cells(table())["attempts", "volume"][1] == "at any value"


def test_beyond_capacity_it_is_never_on_one_device() -> None:
    few = table(**BOUGHT, hours_per_month=exactly("10"), tasks_per_month=exactly("20000"))
    told = cells(few)["attempts", "volume"][1]
    # 10.036 USD a month ÷ 0.0001164 = 86,220; 18,000 a device
    assert told == "never on one device (above 86,200: 5 devices, each with costs of its own)"
    # 20,000 · 0.0001164 = 2.328 saved by two
    assert any("20,000 attempts a month take 2 devices, which save $2.33" in note for note in few.notes)
    assert any("they do not pay" in note for note in few.notes)
