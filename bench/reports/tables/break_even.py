"""Break-even in every figure of the closest calls, as words."""

from collections.abc import Sequence
from decimal import Decimal

from bench.records.types import BreakEvenPoint, Comparison, Record
from bench.reports.tables.table import Table, make_table
from bench.reports.words import figures as f
from bench.reports.words.verdicts import closest_calls

_FIGURES = {
    "volume": "volume",
    "volume-if-bought": "volume, if bought",
    "busy-share": "volume ÷ capacity",
    "device-price": "device price",
    "kwh-price": "kWh price",
    "api-price": "API price",
    "api-input-price": "API price, input",
    "api-output-price": "API price, output",
    "api-blended-price": "API price, blended",
    "loss-per-error": "loss per error",
}
_PER = {"attempt": "attempts", "right-answer": "correct answers"}


def break_even_table(records: Sequence[Record]) -> Table:
    """One row for each figure and equality in the closest call of each verdict."""
    rows: list[tuple[str, ...]] = []
    notes = [
        "equal in attempts: their cost, errors too where a loss is stated; in correct answers: spend per one",
        "cheaper here: for which values of this figure alone, all others as they are",
        "API prices move together, by one factor; blended: of a million tokens as they come, in and out",
    ]
    for name, group in closest_calls(records):
        rows += [(name, group.closest_call, *_cells(point)) for point in group.closest.break_evens]
        notes += [f"{group.closest_call}: {one}" for one in _notes(group.closest)]
    columns = ("model", "comparison", "equal in", "figure", ">now", "cheaper here", "unit", "change with")
    return make_table("Where both cost the same", columns, rows, notes if rows else ())


def _cells(point: BreakEvenPoint) -> tuple[str, ...]:
    return (
        _PER[point.per],
        _FIGURES[point.figure],
        f.ABSENT if point.now is None else f.significant(point.now),
        _said(point),
        point.unit,
        point.flag or f.ABSENT,
    )


def _said(point: BreakEvenPoint) -> str:
    if point.at is None:
        return {"any": "at any value", "never": "never"}.get(point.kind, f.ABSENT)
    told = f"{point.cheaper_here} {f.significant(point.at)}"
    if point.kind != "beyond-capacity":
        return told
    devices = "" if point.n_devices is None else f": {point.n_devices:,} devices, each with costs of its own"
    return f"never on one device ({told}{devices})"


def _notes(one: Comparison) -> list[str]:
    found = []
    if one.evidence.kind == "declared-bar" and one.break_evens:
        found.append("the API is taken to be always right, since only a bar is known of it")
    needed = one.devices_needed
    if needed is not None:
        saved = f.money(needed.saved_usd_per_month)
        told = (
            f"{f.whole(round(needed.attempts_per_month))} attempts a month take {needed.n_devices:,} devices"
        )
        if needed.fixed_usd_per_month is None:
            pays = "whether that pays depends on --device-price" if needed.pays is None else "that never pays"
            found.append(f"{told}, which save {saved} before they are bought; {pays}")
        else:
            month = f.money(Decimal(needed.fixed_usd_per_month))
            verb = "pay" if needed.pays else "do not pay"
            found.append(f"{told}, which save {saved} a month and cost {month}: they {verb}")
    return found
