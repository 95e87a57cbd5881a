"""What the stated volume makes of the device, as words."""

from collections.abc import Sequence

from bench.records.types import LoadCurve, LoadPoint, LoadTimes, Record, TaskLoad
from bench.reports.tables.table import DISTURBED_COST_NOTE, MODELLED_NOTE, Table, make_table
from bench.reports.words import figures as f
from bench.reports.words.labels import named
from bench.units import SECONDS_PER_HOUR

AT_MOST = "≤ "


def load_table(records: Sequence[Record]) -> Table:
    """One row for each task with a volume: how busy the device is, and how long requests take by then."""
    found = [
        (name, load, load.task in assessment.disturbed_tasks)
        for record, name in named(records)
        if (assessment := record.assessment) is not None
        for load in assessment.loads
    ]
    kinds = {load.arrivals for _, load, _ in found}
    came = "when they were recorded" if kinds == {"recorded"} else "by chance within the hours a month"
    notes = [f"requests come {came} (simulated); p95: with the 95 % interval"]
    if any(load.state == "overloaded" for _, load, _ in found):
        notes.append("overloaded: waiting grows for as long as the load lasts, so there are no times")
    if any(load.state == "near-capacity" for _, load, _ in found):
        notes.append(
            "near capacity: luck lasts too long for the simulation, so that intervals are too narrow"
        )
    if any(load.joules_provenance == "modelled" for _, load, _ in found):
        notes.append(MODELLED_NOTE)
    if any(is_disturbed and load.joules_per_request is not None for _, load, is_disturbed in found):
        notes.append(DISTURBED_COST_NOTE)
    columns = (
        "model",
        "task",
        ">requests/h",
        ">capacity/h",
        ">busy",
        "load",
        ">TTFT p95, s",
        ">latency p50, s",
        ">latency p95, s",
        ">J/request",
    )
    rows = [(name, load.task, *_cells(load, is_disturbed=is_disturbed)) for name, load, is_disturbed in found]
    return make_table(
        "Under the stated load" if "recorded" in kinds else "Under the stated volume",
        columns,
        rows,
        notes + _rests_on([load for _, load, _ in found]),
    )


def load_curve_table(records: Sequence[Record]) -> Table:
    """One row for each load of each task, where they were asked for."""
    found = [
        (name, curve, point, curve.task in assessment.disturbed_tasks)
        for record, name in named(records)
        if (assessment := record.assessment) is not None
        for curve in assessment.load_curves
        for point in curve.points
    ]
    columns = (
        "model", "task", ">load", ">requests/h", ">busy", ">TTFT p50, s", ">TTFT p95, s", ">TTFT p99, s",
        ">latency p50, s", ">latency p95, s", ">latency p99, s", ">J/request",
        ">USD, 1,000", ">USD, 1,000 correct",
    )  # fmt: skip
    rows = [
        (name, curve.task, *_point_cells(curve, point, is_disturbed=is_disturbed))
        for name, curve, point, is_disturbed in found
    ]
    notes = [
        "load: requests over what the device can do (simulated); from 100 % on waiting grows without end",
        "USD: electricity at this load, labour, and fixed costs shared by as many as are served",
    ]
    if any(is_disturbed and point.joules_per_request is not None for _, _, point, is_disturbed in found):
        notes.append(DISTURBED_COST_NOTE)
    notes += _rests_on([curve for _, curve, _, _ in found])
    return make_table("Under more and more load", columns, rows, notes)


def _point_cells(curve: LoadCurve, point: LoadPoint, *, is_disturbed: bool) -> tuple[str, ...]:
    times = [
        f.ABSENT if told is None else f.significant(getattr(told, percent)[0])
        for told in (point.ttft, point.latency)
        for percent in ("p50", "p95", "p99")
    ]
    provenance = curve.joules_provenance
    joules = f.ABSENT if point.joules_per_request is None else f.significant(point.joules_per_request[0])
    bound = AT_MOST if curve.are_joules_at_most and point.joules_per_request is not None else ""
    money = (
        f.ABSENT
        if usd is None
        else bound + f.marked(f.money(1000 * usd), provenance, is_disturbed=is_disturbed)
        for usd in (point.usd_per_attempt, point.usd_per_correct)
    )
    return (
        f.percent(point.load_share),
        f.significant(point.arrivals_per_s * SECONDS_PER_HOUR),
        f.percent(point.busy_share[0]),
        *times,
        bound + f.marked(joules, provenance, is_disturbed=is_disturbed),
        *money,
    )


def _rests_on(loads: Sequence[TaskLoad | LoadCurve]) -> list[str]:
    """What each load's step times rest on, with the tasks where it is not so for all."""
    tasks: dict[str, list[str]] = {}
    for load in loads:
        for note in load.notes:
            tasks.setdefault(note, []).append(load.task)
    return [
        note if len(of) == len(loads) else f"{', '.join(dict.fromkeys(of))}: {note}"
        for note, of in tasks.items()
    ]


def _cells(load: TaskLoad, *, is_disturbed: bool) -> tuple[str, ...]:
    ttft, latency = load.ttft, load.latency
    joules = f.marked(f.band(load.joules_per_request), load.joules_provenance, is_disturbed=is_disturbed)
    return (
        f.significant(load.arrivals_per_s * SECONDS_PER_HOUR),
        f.significant(load.capacity_per_s * SECONDS_PER_HOUR),
        f.percent(load.busy_share[0]),
        load.state.replace("-", " "),
        _p95(ttft),
        f.ABSENT if latency is None else f.significant(latency.p50[0]),
        _p95(latency),
        AT_MOST + joules if load.are_joules_at_most and load.joules_per_request is not None else joules,
    )


def _p95(times: LoadTimes | None) -> str:
    return f.ABSENT if times is None else f.band(times.p95)
