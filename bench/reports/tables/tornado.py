"""What each uncertain figure alone makes of the closest calls, widest first."""

from collections.abc import Sequence
from decimal import Decimal

from bench.records.types import Record, Swing
from bench.reports.tables.table import Table, make_table
from bench.reports.words import figures as f
from bench.reports.words.verdicts import closest_calls


def tornado_table(records: Sequence[Record]) -> Table:
    """One row for each figure with bounds in the closest call of each verdict."""
    rows: list[tuple[str, ...]] = []
    for name, group in closest_calls(records):
        now = f.money(_per_thousand(group.closest.device_less_api_usd))
        rows += [(name, group.closest_call, now, *_cells(swing)) for swing in group.closest.swings]
    notes = [
        "now: USD here less there of 1,000 correct answers, or of 1,000 attempts and what their errors cost",
        "below 0 the device is cheaper",
        "at low, at high: the same with this figure alone at its bounds, all others at their values",
        "p: probability of cheaper in the tenth of the draws where the figure is lowest, and highest",
    ]
    columns = (
        "model", "comparison", ">now", "figure", ">low", ">high", ">at low", ">at high", "flips",
        ">p low", ">p high",
    )  # fmt: skip
    return make_table("What each uncertain figure alone does", columns, rows, notes)


def _cells(swing: Swing) -> tuple[str, ...]:
    name = swing.name if swing.flag is None else f"{swing.name} ({swing.flag})"
    return (
        name,
        f"{f.significant(swing.low)} {swing.unit}",
        f"{f.significant(swing.high)} {swing.unit}",
        _end(swing.usd_at_low),
        _end(swing.usd_at_high),
        "yes" if swing.flips else "no",
        f.probability(swing.probability_if_low),
        f.probability(swing.probability_if_high),
    )


def _end(usd: Decimal | None) -> str:
    return f.UNBOUNDED if usd is None else f.money(_per_thousand(usd))


def _per_thousand(usd: Decimal | None) -> Decimal | None:
    return None if usd is None else 1000 * usd
