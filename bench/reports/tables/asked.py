"""Which tables about the conclusions a terminal shows: what the verdicts rest on, and what was asked for."""

from collections.abc import Callable, Sequence, Set

from bench.records.types import Frontier, Record
from bench.reports.tables.break_even import break_even_table
from bench.reports.tables.carbon import carbon_table
from bench.reports.tables.economy import cost_table, flip_table
from bench.reports.tables.frontier import frontier_tables
from bench.reports.tables.horizon import density_table, horizon_table
from bench.reports.tables.mixtures import mixture_table
from bench.reports.tables.table import Table, titles_of_any
from bench.reports.tables.tornado import tornado_table

_PURCHASE = {"--device-price", "--horizon", "--price-decline"}
_VOLUME = {"--device-price", "--tasks-per-month", "--loss-per-error"}
_CARBON = {"--country", "--embodied", "--hosted-wh", "--hosted-grid"}
_STATED = ("human", "published")  # kinds of ways that only a scenario names
_OF_FIGURES: tuple[tuple[Callable[[Sequence[Record]], Table], Set[str]], ...] = (
    (horizon_table, _PURCHASE),
    (density_table, {"--density-halving"}),
    (break_even_table, _VOLUME),
    (tornado_table, set()),
    (mixture_table, {"--check-cost"}),
    (carbon_table, _CARBON),
)
MOST_IN_FULL = 12  # records; of a hundred, whole tables are nine thousand lines


def asked_tables(
    records: Sequence[Record], frontiers: Sequence[Frontier], *, has_all: bool
) -> tuple[list[Table], list[str]]:
    """Tables beyond the verdict's own, and the titles of those that are left out.

    One is shown if a figure that it is about was stated, not taken by default; all ways to a task if there
    are several models to rank, or ways that the user stated. ``has_all`` shows every one.
    """
    stated = _stated(records)
    shown: list[Table] = []
    left_out: list[str] = []
    for of_records, flags in _OF_FIGURES:
        if stated & flags or has_all:
            shown.append(of_records(records))
        else:
            left_out += titles_of_any(of_records, records)
    ways, other_ways = _ways_tables(records, frontiers, stated, has_all=has_all)
    return [*(table for table in shown if table.rows), *ways], [*left_out, *other_ways]


def brief_tables(records: Sequence[Record], frontiers: Sequence[Frontier]) -> tuple[list[Table], list[str]]:
    """As ``asked_tables`` of more than ``MOST_IN_FULL`` records: nothing with rows for each API of each."""
    ways, other_ways = _ways_tables(records, frontiers, _stated(records), has_all=False)
    of_each = (flip_table, cost_table, *(table for table, _ in _OF_FIGURES))
    titles = [table(()).title for table in of_each]
    return ways, ["Why each verdict is what it is", *titles, *other_ways]


def _stated(records: Sequence[Record]) -> set[str | None]:
    """The flags of what was not taken by default."""
    return {
        assumption.flag
        for record in records
        if record.assessment is not None
        for assumption in record.assessment.assumptions
        if assumption.kind != "default"
    }


def _ways_tables(
    records: Sequence[Record], frontiers: Sequence[Frontier], stated: Set[str | None], *, has_all: bool
) -> tuple[list[Table], list[str]]:
    models = {record.model.name for record in records}
    has_stated_ways = any(way.kind in _STATED for frontier in frontiers for way in frontier.ways)
    are_asked = (has_stated_ways or len(models) > 1, has_stated_ways, "--loss-per-error" in stated)
    shown: list[Table] = []
    left_out: list[str] = []
    for table, is_table_asked in zip(frontier_tables(frontiers), are_asked, strict=False):
        if table.rows and (is_table_asked or has_all):
            shown.append(table)
        elif table.rows:
            left_out.append(table.title)
    return shown, left_out
