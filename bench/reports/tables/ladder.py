"""Quantizations beside each other: size, speed, memory, joules and accuracy, and which ones are dominated."""

from collections.abc import Mapping, Sequence

from bench.records.types import Record
from bench.reports.rows.comparable import ladders
from bench.reports.rows.energy import EnergyRow
from bench.reports.rows.pareto import Standing, decode_joules, shown_tests, standings
from bench.reports.rows.summary import SpeedRow, latency_rows, memory_row, quality_rows, speed_rows
from bench.reports.tables.table import DISTURBED_COST_NOTE, Table, make_table
from bench.reports.words import figures as f
from bench.reports.words.labels import labels
from bench.reports.words.verdicts import verdict_groups


def ladder_tables(records: Sequence[Record]) -> list[Table]:
    """For a report of any records: one table for each group that can be compared, tasks included.

    A line for each figure that any of them has, a column for each record: there are more figures than models.
    """
    names = labels(records)
    return [_transposed(ladder_table(group, names, with_tasks=True)) for group in ladders(records)]


def ladder_table(records: Sequence[Record], names: Mapping[str, str], *, with_tasks: bool = False) -> Table:
    """``records`` are comparable. Measured and modelled joules have columns of their own, never a common one.

    ``with_tasks`` adds each task's accuracy and the cost of a correct answer.
    """
    task = _common_task(records)
    prefill, decode_test = shown_tests(records)
    tasks = tuple(dict.fromkeys(row.task for record in records for row in quality_rows(record)))
    standing = standings(records)
    rows: list[tuple[str, ...]] = []
    notes: list[str] = []
    for record in records:
        speeds = {row.test: row for row in speed_rows(record)}
        ttft = next((r for r in latency_rows(record) if r.task == task and r.metric == "TTFT"), None)
        decode = decode_joules(record, task)
        model, name = record.model, names[record.id]
        rows.append(
            (
                name,
                model.quantization or f.ABSENT,
                f.size(model.size_bytes),
                f.significant(model.bits_per_weight),
                _rate(speeds.get(prefill)),
                _rate(speeds.get(decode_test)),
                f.milliseconds(ttft.percentiles_s.get(50)) if ttft else f.ABSENT,
                f.size(memory_row(record).peak_rss),
                _joules(decode, is_modelled=False),
                _joules(decode, is_modelled=True),
                *(_task_cells(record, tasks) if with_tasks else ()),
                _mark(standing[record.id]),
            )
        )
        shown = [row for row in speeds.values() if row.test in (prefill, decode_test)]
        notes.extend(f"{name}, {note}" for row in shown for note in row.notes if row.is_disturbed)
        if with_tasks and record.assessment is not None and record.assessment.disturbed_tasks:
            notes.append(DISTURBED_COST_NOTE)
        if decode and decode.absent_because:
            notes.append(f"{name}, decode J/token: {decode.absent_because}")
        if decode and decode.has_joules:
            notes.append(f"energy {decode.provenance} by {decode.meter}: {decode.detail}")
        if model.requantized_from:
            notes.append(f"{name}: made here from {model.requantized_from}, and keeps the loss of that file")
    columns = [
        "model",
        "quant",
        ">file",
        ">bits/weight",
        f">{prefill} t/s",
        f">{decode_test} t/s",
        ">TTFT p50 ms",
        ">peak RSS",
        ">measured decode J/token",
        ">modelled decode J/token",
    ]
    if with_tasks:
        columns += [f">{one} {figure}" for one in tasks for figure in ("accuracy", "USD/1,000 correct")]
    if task is not None:
        notes.append(f"TTFT and energy: of requests of the task {task}, one at a time")
    notes += _standing_notes(standing, names)
    return make_table("Quantizations beside each other", (*columns, "Pareto"), rows, notes)


def device_costs(record: Record) -> dict[str, str]:
    """Of a thousand correct answers on the device in USD, by task, as the closest call has it."""
    closest = {group.task: group for group in reversed(verdict_groups(record.assessment))}
    return {
        task: group.marked(f.money_band(f.per_thousand(group.closest.local_usd_per_correct)))
        for task, group in closest.items()
    }


def _mark(one: Standing) -> str:
    if one.is_on_front is None:
        return f.ABSENT
    return "no" if not one.is_on_front else "open" if one.overlaps else "yes"


def _standing_notes(standing: Mapping[str, Standing], names: Mapping[str, str]) -> list[str]:
    judged_by = next(iter(standing.values())).judged_by
    if not judged_by:
        return []
    notes = [
        f"Pareto, by {', '.join(judged_by)}: yes, where none is at least as good in each and better in one",
        "no: another is, with no two intervals overlapping; open: another is by its values, but some overlap",
        "modelled energy, costs and TTFT do not count for it; bytes count as exact",
    ]
    for key, one in standing.items():
        name = f"{names[key]}, Pareto"
        if one.lacks:
            notes.append(f"{name}: not judged without {', '.join(one.lacks)}")
        elif one.dominated_by:
            notes.append(f"{name}: dominated by {', '.join(names[by] for by in one.dominated_by)}")
        elif one.overlaps:
            notes.append(f"{name}: by values alone behind {', '.join(names[by] for by in one.overlaps)}")
    return notes


def _common_task(records: Sequence[Record]) -> str | None:
    """The first task whose requests every record timed."""
    timed = [[latency.task for latency in record.latency] for record in records]
    return next((task for task in timed[0] if all(task in tasks for tasks in timed)), None)


def _task_cells(record: Record, tasks: Sequence[str]) -> list[str]:
    accuracies = {row.task: row.accuracy for row in quality_rows(record)}
    costs = device_costs(record)
    return [
        cell
        for task in tasks
        for cell in (
            f.percent_interval(*(accuracies.get(task) or (None, None, None))),
            costs.get(task, f.ABSENT),
        )
    ]


def _rate(row: SpeedRow | None) -> str:
    if row is None or row.rate is None:
        return f.ABSENT
    half_width = (row.rate.high - row.rate.low) / 2 if row.rate.n > 1 else None
    return (f.DISTURBED_MARK if row.is_disturbed else "") + f.plus_minus(row.rate.total_rate, half_width)


def _joules(row: EnergyRow | None, *, is_modelled: bool) -> str:
    if row is None or row.is_modelled != is_modelled:
        return f.ABSENT
    return f.marked(f.band(row.above_idle or row.gross), row.provenance)


def _transposed(table: Table) -> Table:
    """A row for each column that any row fills; quantizations name the columns where they tell them apart."""
    quants = [row[1] for row in table.rows]
    is_enough = len(set(quants)) == len(quants) and f.ABSENT not in quants
    heads = quants if is_enough else [row[0] for row in table.rows]
    rows = [
        (name, *(row[i] for row in table.rows))
        for i, name in enumerate(table.columns)
        if name != ("quant" if is_enough else "model") and any(row[i] != f.ABSENT for row in table.rows)
    ]
    return make_table(table.title, ("figure", *(f">{head}" for head in heads)), rows, table.notes)
