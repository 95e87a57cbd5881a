"""What the months make of the closest calls: costs while prices fall, sizes while models become denser."""

from collections.abc import Sequence

from bench.records.types import Band, Density, OverTime, Record
from bench.reports.tables.table import DISTURBED_COST_NOTE, MODELLED_NOTE, Table, make_table
from bench.reports.words import figures as f
from bench.reports.words.verdicts import VerdictGroup, closest_calls

NEVER = "none"


def horizon_table(records: Sequence[Record]) -> Table:
    """One row for each closest call whose money is known; in brackets: at the bounds of the decline."""
    shown = [
        (name, group, over)
        for name, group in closest_calls(records)
        if (over := group.closest.over_time) is not None
    ]
    rows = [(name, group.closest_call, *_cells(over, group)) for name, group, over in shown]
    notes = [
        "net present cost of the same attempts; without a loss per error, of as many correct answers there",
        "with a loss per error: what errors cost is in every figure, on both sides",
        "here: with the price if it is borne, less what the device is worth in the end",
        "pays back: month by whose end the device has cost no more",
        "overtaken: month from which on the API costs less than running the device",
    ]
    if any(group.closest.local_energy_provenance == "modelled" for _, group, _ in shown):
        notes.append(MODELLED_NOTE)
    if any(group.is_disturbed for _, group, _ in shown):
        notes.append(DISTURBED_COST_NOTE)
    columns = (
        "model", "comparison", "held", ">months", ">prices fall a year", ">here", ">there", ">pays back",
        ">overtaken",
    )  # fmt: skip
    return make_table("Over the months, as API prices fall", columns, rows, notes)


def density_table(records: Sequence[Record]) -> Table:
    """One row for each closest call in which the size of the API's model is known."""
    rows = [
        (name, group.closest_call, *_sizes(over.density, over.horizon_months))
        for name, group in closest_calls(records)
        if (over := group.closest.over_time) is not None and over.density is not None
    ]
    notes = [
        "a scenario, no finding: parameters for equal skill halve every so many months (--density-halving)",
        "this memory: with all of it filled by weights of this model's bits, so not before that month",
    ]
    columns = (
        "model", "comparison", ">halve in, months", ">there, B", ">as skilled in the end, B", ">here, B",
        ">months until this size", ">months until this memory",
    )  # fmt: skip
    return make_table("If models become denser as they did", columns, rows, notes)


def _cells(over: OverTime, group: VerdictGroup) -> tuple[str, ...]:
    now = over.cases[0]
    declines = [float(case.decline_per_year) for case in over.cases]
    bills = [case.api_usd for case in over.cases]
    return (
        over.ownership,
        f.whole(over.horizon_months),
        f.percent_interval(declines[0], min(declines), max(declines))
        if len(declines) > 1
        else f.percent(declines[0]),
        group.marked(f.money(now.device_usd)),
        f.money_band((bills[0], min(bills), max(bills))),
        _months([case.payback_month for case in over.cases]) if over.price_usd else f.ABSENT,
        _months([case.overtaken_month for case in over.cases]),
    )


def _months(found: Sequence[int | None]) -> str:
    """The first of them, then the earliest and the latest where they differ."""
    ordered = sorted(found, key=lambda month: (month is None, month))
    value, first, last = (
        NEVER if month is None else str(month) for month in (found[0], ordered[0], ordered[-1])
    )
    return value if first == last else f"{value} ({first}–{last})"


def _sizes(found: Density, horizon_months: int) -> tuple[str, ...]:
    return (
        f.band(found.halving_months),
        f.significant(found.api_parameters),
        f"{f.band(found.parameters_at_horizon)} in {horizon_months} months",
        f.significant(found.local_parameters),
        _until(found.months_to_local_size),
        f.ABSENT if found.months_to_held is None else f"≥ {_until(found.months_to_held)}",
    )


def _until(months: Band) -> str:
    return "0" if months[2] == 0 else f.band(months)
