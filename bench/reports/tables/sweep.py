"""How verdicts move as options of the scenario take one value after another."""

from collections.abc import Mapping, Sequence

from bench.records.types import Comparison, Record
from bench.reports.tables.table import Table, make_table
from bench.reports.words import figures as f
from bench.reports.words.labels import labels


def sweep_table(concluded: Sequence[tuple[Mapping[str, str], Sequence[Record]]]) -> Table:
    """One row for each comparison under each variation: option name to the user's words."""
    rows: list[tuple[str, ...]] = []
    for differs_by, records in concluded:
        scenario = " ".join(f"--{name} {words}" for name, words in differs_by.items())
        names = labels(records)
        for record in records:
            compared = () if record.assessment is None else record.assessment.comparisons
            rows += [(scenario, names[record.id], *_cells(one)) for one in compared]
    columns = (
        "scenario", "model", "task", "against", "verdict", "decided by", ">probability", ">here", ">there"
    )  # fmt: skip
    notes = ["here, there: USD of 1,000 attempts; probability: of good enough and cheaper"]
    return make_table("Verdicts under each scenario", columns, rows, notes)


def _cells(one: Comparison) -> tuple[str, ...]:
    here = f.marked(f.money_band(f.per_thousand(one.local_cost_per_attempt_usd)), one.local_energy_provenance)
    there = f.money_band(f.per_thousand(one.api_cost_per_attempt_usd))
    return one.task, one.api, one.verdict, one.decided_by, f.probability(one.probability), here, there
