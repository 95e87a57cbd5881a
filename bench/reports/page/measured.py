"""What was measured, as the page has it: summaries of samples, never the samples."""

from typing import Any

from bench.records.types import Record
from bench.reports.page.plain import Table, number, numbers, words
from bench.reports.rows.energy import energy_rows
from bench.reports.rows.summary import latency_rows, memory_row, quality_rows, speed_point_rows


def speed(record: Record) -> list[dict[str, Any]]:
    """Token/s of each test; a sustained one is two rows, its burst and what is kept up."""
    return [
        {
            "test": words(row.test),
            "n_prompt": point.n_prompt,
            "n_gen": point.n_gen,
            "n_depth": point.n_depth,
            "n_parallel": point.n_parallel,
            "n_cached": point.n_cached,
            "rate": numbers((row.rate.total_rate, row.rate.low, row.rate.high)) if row.rate else None,
            "n": row.rate.n if row.rate else 0,
            "disturbed": row.is_disturbed,
            "notes": [words(note) for note in row.notes],
        }
        for point in record.speed
        for row in speed_point_rows(point)
    ]


def latency(record: Record) -> list[dict[str, Any]]:
    """Seconds; a percentile that so few values cannot support is absent."""
    return [
        {
            "task": words(row.task),
            "metric": row.metric,
            "n": row.n,
            **{f"p{percent}_s": number(row.percentiles_s.get(percent)) for percent in (50, 90, 95, 99)},
            "max_s": number(row.max_s),
            "disturbed": row.is_disturbed,
            "notes": [words(note) for note in row.notes],
        }
        for row in latency_rows(record)
    ]


def memory(record: Record) -> dict[str, Any]:
    """Bytes: of the file, by the engine's kinds, as predicted, and the system's peaks."""
    row = memory_row(record)
    compute = [size for kind, size in row.engine.items() if kind not in ("weights", "kv")]
    return {
        "file": row.file,
        "weights": row.engine.get("weights"),
        "kv": row.engine.get("kv"),
        "compute": sum(compute) if row.engine else None,
        "predicted": row.predicted,
        "peak_rss": row.peak_rss,
        "peak_pss": row.peak_pss,
        "peak_uss": row.peak_uss,
        "notes": [words(note) for note in row.notes],
    }


def energy(record: Record) -> list[dict[str, Any]]:
    """Joules of a token, of a call or of the load, and idle watts, by every meter, the chosen one first."""
    return [
        {
            "phase": row.phase,
            "task": words(row.task),
            "test": words(row.test),
            "n_parallel": row.n_parallel,
            "meter": words(row.meter),
            "covers": words(row.covers),
            "provenance": row.provenance,
            "detail": words(row.detail),
            "absent_because": words(row.absent_because),
            "unit": row.unit,
            "gross": numbers(row.gross),
            "above_idle": numbers(row.above_idle),
            "disturbed": row.is_disturbed,
            "chosen": row.is_chosen,
        }
        for row in energy_rows(record)
    ]


def quality(record: Record, tasks: Table) -> list[dict[str, Any]]:
    """Counts of attempts and accuracy as a share; ``n`` are the scored ones."""
    return [
        {
            "task": tasks.index(words(row.task), None),
            "accuracy": numbers(row.accuracy),
            "chance": number(row.chance),
            "right": row.right,
            "wrong": row.wrong,
            "unscored": row.unscored,
            "truncated": row.truncated,
            "n": row.scored,
            "left_out": row.left_out,
            "notes": [words(note) for note in row.notes],
        }
        for row in quality_rows(record)
    ]
