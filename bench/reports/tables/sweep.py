"""How verdicts move as options of the scenario take one value after another."""

from collections.abc import Mapping, Sequence

from bench.records.types import Comparison, Record
from bench.reports.tables.table import DISTURBED_COST_NOTE, Table, make_table
from bench.reports.words import figures as f
from bench.reports.words.labels import labels


def sweep_table(concluded: Sequence[tuple[Mapping[str, str], Sequence[Record]]]) -> Table:
    """One row for each comparison under each variation: option name to the user's words."""
    rows: list[tuple[str, ...]] = []
    notes = ["here, there: USD of 1,000 attempts; probability: of good enough and cheaper"]
    for differs_by, records in concluded:
        scenario = " ".join(f"--{name} {words}" for name, words in differs_by.items())
        names = labels(records)
        for record in records:
            if record.assessment is None:
                continue
            disturbed = record.assessment.disturbed_tasks
            for one in record.assessment.comparisons:
                is_disturbed = one.task in disturbed
                rows.append((scenario, names[record.id], *_cells(one, is_disturbed=is_disturbed)))
                if is_disturbed and one.local_cost_per_attempt_usd is not None:
                    notes.append(DISTURBED_COST_NOTE)
    columns = (
        "scenario", "model", "task", "against", "verdict", "decided by", ">probability", ">here", ">there"
    )  # fmt: skip
    return make_table("Verdicts under each scenario", columns, rows, notes)


def _cells(one: Comparison, *, is_disturbed: bool) -> tuple[str, ...]:
    here = f.money_band(f.per_thousand(one.local_cost_per_attempt_usd))
    here = f.marked(here, one.local_energy_provenance, is_disturbed=is_disturbed)
    there = f.money_band(f.per_thousand(one.api_cost_per_attempt_usd))
    return one.task, one.api, one.verdict, one.decided_by, f.probability(one.probability), here, there
