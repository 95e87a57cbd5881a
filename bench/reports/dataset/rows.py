"""From a record to the rows of every table: figures as all reports derive them, absent ones None."""

import hashlib
from collections.abc import Callable, Collection, Iterator

from bench.errors import RecordError
from bench.records.types import Record
from bench.reports.dataset.cells import Row, banded, utc
from bench.reports.dataset.concluded import assumptions, comparisons
from bench.reports.dataset.tables import TABLES
from bench.reports.rows.comparable import comparable_by
from bench.reports.rows.energy import energy_rows
from bench.reports.rows.summary import (
    PERCENTS,
    backend,
    is_base_model,
    latency_rows,
    memory_row,
    quality_rows,
    speed_point_rows,
)

SYNTHETIC_VERSION = "synthetic"  # the local part of a tool version, after its "+"
LARGEST_BIGINT = 2**63 - 1


def dataset_rows(record: Record, tables: Collection[str] = tuple(TABLES)) -> dict[str, list[Row]]:
    """Each of ``tables`` -> rows, each column in it. Moments are UTC without a zone, figures int or float.

    Raises RecordError for a whole number that no column can hold: a BIGINT has 63 bits.
    """
    identity: Row = {
        "record_id": record.id,
        "month": month(record),
        "machine_class": record.machine.machine_class,
        "model": record.model.name,
        "quantization": record.model.quantization,
    }
    found: dict[str, list[Row]] = {}
    for table in tables:
        found[table] = [identity | row for row in _ROWS[table](record)]
        for row in found[table]:
            for name in _COUNTS[table]:
                value: int | None = row[name]
                if value is not None and abs(value) > LARGEST_BIGINT:
                    raise RecordError(f"{name} of table {table} is beyond 63 bits: {value:.3e}")
    return found


def comparable_key(record: Record) -> str:
    """The same text for records of one machine, engine and settings."""
    return hashlib.sha256(repr(comparable_by(record, within="machine")).encode()).hexdigest()[:16]


def is_synthetic(record: Record) -> bool:
    """Was it made up by a script, to try tools at scale? Nobody measured it."""
    return record.tool.version.partition("+")[2] == SYNTHETIC_VERSION


def month(record: Record) -> str:
    """``2026-11``, in UTC."""
    at = utc(record.created_utc)
    return f"{at.year:04}-{at.month:02}"


# -- inside --------------------------------------------------------------------------------------


def _record(record: Record) -> Iterator[Row]:
    machine, model, settings, engine = record.machine, record.model, record.settings, record.engine
    loss = record.text_loss
    divergence = loss.divergence if loss else None
    yield {
        "created_utc": utc(record.created_utc),
        "kind": record.kind,
        "is_complete": record.is_complete,
        "is_quick": record.is_quick,
        "is_synthetic": is_synthetic(record),
        "imported_from": record.imported.tool if record.imported else None,
        "tool_version": record.tool.version,
        "tool_commit": record.tool.commit,
        "command": list(record.tool.arguments),
        "content_sha256": record.content_sha256,
        "comparable_key": comparable_key(record),
        "system": machine.system,
        "architecture": machine.architecture,
        "cpu_model": machine.cpu_model,
        "physical_cores": machine.physical_cores,
        "usable_cpus": machine.usable_cpus,
        "memory_bytes": machine.memory_bytes,
        "gpus": list(machine.gpus),
        "model_sha256": model.sha256,
        "model_file_bytes": model.size_bytes,
        "model_source": model.source,
        "model_licence": model.licence,
        "requantized_from": model.requantized_from,
        "n_params": model.n_params,
        "bits_per_weight": model.bits_per_weight,
        "is_base_model": is_base_model(record),
        "engine": engine.name if engine else None,
        "engine_version": engine.version if engine else None,
        "engine_build": engine.build if engine else None,
        "backend": backend(record),
        "n_threads": settings.n_threads,
        "n_threads_batch": settings.n_threads_batch,
        "n_ctx": settings.n_ctx,
        "n_batch": settings.n_batch,
        "n_ubatch": settings.n_ubatch,
        "n_gpu_layers": settings.n_gpu_layers,
        "kv_type_k": settings.type_k,
        "kv_type_v": settings.type_v,
        "flash_attn": settings.flash_attn,
        "load_s": record.load.load_s if record.load else None,
        "load_is_warm": record.load.is_warm if record.load else None,
        "read_bytes_per_s": record.ceilings.read_bytes_per_s if record.ceilings else None,
        **banded("perplexity", loss.perplexity if loss else None),
        **banded("mean_kl_nats", divergence.mean_kl if divergence else None),
        "wall_s": record.breakdown.wall_s,
        "engine_s": record.breakdown.engine_s,
        "n_failures": len(record.failures),
        "warnings": [one.code for one in record.warnings],
    }


def _speed(record: Record) -> Iterator[Row]:
    for point in record.speed:
        for row in speed_point_rows(point):
            rate = row.rate
            yield {
                "test": row.test,
                "n_prompt": point.n_prompt,
                "n_gen": point.n_gen,
                "n_depth": point.n_depth,
                "n_parallel": point.n_parallel,
                "n_cached": point.n_cached,
                **banded("rate_tokens_per_s", rate and (rate.total_rate, rate.low, rate.high)),
                "loop_rate_tokens_per_s": row.loop_rate,
                "n_repetitions": rate.n if rate else 0,
                "n_disturbed": row.n_disturbed,
                "is_disturbed": row.is_disturbed,
                "stopped_because": row.stopped_because,
                "duration_s": point.duration_s,
            }


def _latency(record: Record) -> Iterator[Row]:
    for row in latency_rows(record):
        shortest, longest = row.prompt_tokens or (None, None)
        yield {
            "task": row.task,
            "metric": row.metric,
            "n": row.n,
            **{f"p{percent}_s": row.percentiles_s.get(percent) for percent in PERCENTS},
            "max_s": row.max_s,
            "n_prompt_tokens_min": shortest,
            "n_prompt_tokens_max": longest,
            "is_disturbed": row.is_disturbed,
        }


def _energy(record: Record) -> Iterator[Row]:
    for row in energy_rows(record):
        yield {
            "task": row.task,
            "phase": row.phase,
            "test": row.test,
            "n_parallel": row.n_parallel,
            "unit": row.unit,
            **banded("gross", row.gross),
            **banded("above_idle", row.above_idle),
            "meter": row.meter,
            "covers": row.covers,
            "provenance": row.provenance,
            "detail": row.detail,
            "absent_because": row.absent_because,
            "is_chosen": row.is_chosen,
            "is_disturbed": row.is_disturbed,
        }


def _memory(record: Record) -> Iterator[Row]:
    row = memory_row(record)
    yield {
        "file_bytes": row.file,
        **{f"engine_{kind}_bytes": row.engine.get(kind) for kind in ("weights", "kv", "compute", "output")},
        "engine_total_bytes": row.engine_total,
        "predicted_bytes": row.predicted,
        "grew_bytes": row.grew,
        "peak_rss_bytes": row.peak_rss,
        "peak_uss_bytes": row.peak_uss,
        "peak_pss_bytes": row.peak_pss,
        "kv_bytes_per_token": row.kv_per_token,
        "gpu_bytes": sum(row.gpu.values()) if row.gpu else None,
        "is_mapped": row.is_mapped,
        "is_locked": row.is_locked,
    }


def _tasks(record: Record) -> Iterator[Row]:
    for task, row in zip(record.tasks, quality_rows(record), strict=True):
        yield {
            "task": task.task,
            "kind": task.kind,
            "title": task.title,
            "content_sha256": task.content_sha256,
            "prompting": task.prompting,
            "n_shots": task.n_shots,
            "scorer": task.scorer,
            "n_samples": task.n_samples,
            "temperature": task.sampling.temperature if task.sampling else None,
            "max_tokens": task.max_tokens,
            "seed": task.seed,
            "n_available": task.n_available,
            "n_planned": task.n_planned,
            **banded("accuracy", row.accuracy),
            "chance": task.chance,
            "n_right": row.right,
            "n_wrong": row.wrong,
            "n_unscored": row.unscored,
            "n_truncated": row.truncated,
            "n_near_ties": row.near_ties,
            "n_not_run": row.not_run,
            "thinking_tokens_mean": row.thinking_tokens,
        }


def _items(record: Record) -> Iterator[Row]:
    for task in record.tasks:
        for item in task.items:
            yield {
                "task": task.task,
                "item_id": item.item_id,
                "sample": item.sample,
                "cluster": item.cluster,
                "prompt_sha256": item.prompt_sha256,
                "outcome": item.outcome,
                "reason": item.reason,
                "is_truncated": item.is_truncated,
                "is_near_tie": item.is_near_tie,
                "n_prompt_tokens": item.n_prompt_tokens,
                "n_output_tokens": item.n_output_tokens,
                "n_thinking_tokens": item.n_thinking_tokens,
                "mean_margin_nats": item.mean_margin_nats,
                "least_margin_nats": item.least_margin_nats,
                "answer": item.answer,
                "output": item.output,
            }


def _documents(record: Record) -> Iterator[Row]:
    # What was not in the file is not in the document: its hash is of the document as it was written.
    yield {"document": record.model_dump_json(exclude_unset=True)}


_ROWS: dict[str, Callable[[Record], Iterator[Row]]] = {
    "records": _record,
    "speed": _speed,
    "latency": _latency,
    "energy": _energy,
    "memory": _memory,
    "tasks": _tasks,
    "items": _items,
    "comparisons": comparisons,
    "assumptions": assumptions,
    "documents": _documents,
}
_COUNTS = {
    table.name: [column.name for column in table.columns if column.type == "BIGINT"]
    for table in TABLES.values()
}
