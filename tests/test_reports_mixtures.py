"""The table of mixtures."""

from economics_cases import exactly, items, profile, record, scenario, task

from bench.economics.assess import assess
from bench.economics.assumptions.scenario import Stated
from bench.records.types import Record
from bench.reports.tables.mixtures import mixture_table


def assessed(n: int, **changes: object) -> Record:
    """Two of five items in doubt, and wrong."""
    tried = [
        one.model_copy(
            update={"outcome": "wrong" if i % 5 < 2 else "right", "least_margin_nats": 1.0 + (i % 5 > 1)}
        )
        for i, one in enumerate(items(0, n))
    ]
    run = record([task(tried)])
    assessment = assess(run, [profile()], scenario(**changes), n_draws=500)
    return run.model_copy(update={"assessment": assessment})


def test_a_mixture_stands_between_its_ends() -> None:
    known = {"api_accuracy": (Stated(None, exactly("0.9", "share")),)}
    table = mixture_table([assessed(40, **known)])
    ways = {row[2]: dict(zip(table.columns, row, strict=True)) for row in table.rows}
    assert list(ways) == ["this device", "least margin", "mean margin", "some-api"]
    mixed = ways["least margin"]
    assert mixed["passed on"].startswith("40.0 % (")
    assert mixed["right"].startswith("96.0 % (")
    assert mixed["by chance"] == "72.0 %"  # 0.6 · 0.6 + 0.4 · 0.9
    assert mixed["1,000 items"].startswith("~$0.0516")
    assert mixed["1,000 correct answers"].startswith("~$0.0538 (")
    assert mixed["with errors"] == "–"
    assert ways["this device"]["1,000 items"].startswith("~$0.00360")
    assert ways["some-api"]["right"] == "90.0 % (90.0–90.0)"
    assert "some-task against some-api, least margin: to be passed on below 2.00 nats" in table.notes
    assert (
        "some-task against some-api, mean margin: best is to pass everything on" in table.notes
    )  # none is told
    assert any("a transcript would tell" in note for note in table.notes)
    assert any("0 USD an item (--check-cost)" in note for note in table.notes)


def test_joules_of_a_busy_machine_mark_every_cost_that_they_are_part_of() -> None:
    run = assessed(40, api_accuracy=(Stated(None, exactly("0.9", "share")),))
    assert run.assessment is not None
    busy = [one.model_copy(update={"is_disturbed": True}) for one in run.assessment.efficiency]
    told = run.assessment.model_copy(update={"efficiency": tuple(busy)})
    disturbed = run.model_copy(update={"assessment": told})
    mixed = mixture_table([disturbed])
    costs = {row[2]: row[mixed.columns.index("1,000 items")] for row in mixed.rows}
    marked = {name for name, cost in costs.items() if cost.startswith("!~$")}
    assert marked == {"this device", "least margin", "mean margin"}
    assert any(note.startswith("!:") for note in mixed.notes)


def test_too_few_items_have_a_reason_and_no_figures() -> None:
    table = mixture_table([assessed(10)])
    assert [row[2:] for row in table.rows] == [(name, *"–––––––") for name in ("least margin", "mean margin")]
    few = "no figures, 10 items or groups of items, and a threshold takes 20 to be chosen"
    assert f"some-task against some-api, least margin: {few}" in table.notes


def test_without_a_signal_there_is_no_row() -> None:
    run = record([task(items(10, 20))])
    assessment = assess(run, [profile()], scenario(), n_draws=500)
    assert mixture_table([run.model_copy(update={"assessment": assessment})]).rows == ()
