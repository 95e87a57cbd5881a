"""The table of loads."""

import pytest
from economics_cases import BUSY, QUIET, exactly, items, latency, profile, record, scenario, task

from bench.economics.assess import assess
from bench.records.types import Contention, Record
from bench.reports.tables.load import load_curve_table, load_table
from bench.reports.tables.table import DISTURBED_COST_NOTE


def assessed(tasks_per_month: str | None) -> Record:
    changes = {} if tasks_per_month is None else {"tasks_per_month": exactly(tasks_per_month)}
    one = record([task(items(3, 5))])
    assessment = assess(one, [profile()], scenario(**changes), n_draws=20_000)
    return one.model_copy(update={"assessment": assessment})


def test_a_load_is_told_with_its_times() -> None:
    (row,) = load_table([assessed("657450")]).rows
    cells = dict(zip(load_table([assessed("657450")]).columns, row, strict=True))
    assert (cells["requests/h"], cells["capacity/h"]) == ("900", "1,800")
    assert cells["busy"].startswith(("49.", "50."))
    assert cells["load"] == "sustained"
    assert cells["J/request"].startswith("~36."), "modelled"
    assert float(cells["latency p95, s"].split()[0]) > 2


def test_an_overload_has_no_times() -> None:
    (row,) = load_table([assessed("2000000")]).rows
    assert row[5] == "overloaded"
    assert row[6:9] == ("–", "–", "–")


def test_without_a_volume_there_is_no_row() -> None:
    assert load_table([assessed(None)]).rows == ()


def test_what_a_load_rests_on_is_said_once_or_with_its_tasks() -> None:
    one = assessed("657450")
    assert one.assessment is not None
    (load,) = one.assessment.loads
    other = load.model_copy(update={"task": "other", "notes": (), "are_joules_at_most": True})
    both = one.assessment.model_copy(update={"loads": (load, other)})
    table = load_table([one.model_copy(update={"assessment": both})])
    assert table.rows[1][-1].startswith("≤ ~36.")
    alone = "no decoding of several sequences at once was measured: one request at a time"
    assert f"some-task: {alone}" in table.notes
    assert alone in load_table([one]).notes


def test_a_curve_is_told_load_by_load() -> None:
    one = record([task(items(3, 5))])
    told = assess(one, [profile()], scenario(), n_draws=2_000, has_load_curves=True)
    table = load_curve_table([one.model_copy(update={"assessment": told})])
    assert [row[2] for row in table.rows][::11] == ["10.0 %", "120.0 %"]
    full = dict(zip(table.columns, table.rows[-1], strict=True))
    assert (full["requests/h"], full["latency p95, s"], full["busy"]) == ("2,160", "–", "100.0 %")
    assert full["USD, 1,000"].startswith("~$0.003"), "36 J at 0.36 USD/kWh, modelled"
    assert load_curve_table([assessed("657450")]).rows == ()


@pytest.mark.parametrize(("contention", "mark"), [(QUIET, "~"), (BUSY, "!~")])
def test_joules_of_a_busy_machine_mark_what_rests_on_them(contention: Contention, mark: str) -> None:
    one = record([task(items(3, 5))], [latency(contention=contention)])
    volume = scenario(tasks_per_month=exactly("657450"))
    told = assess(one, [profile()], volume, n_draws=2_000, has_load_curves=True)
    assert told.load_curves
    one = one.model_copy(update={"assessment": told})
    loads, curves = load_table([one]), load_curve_table([one])
    shown = [loads.rows[0][-1], *(cell for row in curves.rows for cell in row[-3:])]
    assert {cell[: -len(cell.lstrip("!~"))] for cell in shown} == {mark}
    for table in (loads, curves):
        assert (DISTURBED_COST_NOTE in table.notes) == (contention is BUSY)
