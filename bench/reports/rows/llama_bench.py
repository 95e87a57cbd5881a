"""Records as llama-bench's rows: its fields in its order and meaning, and breakeven's figures beside them.

The fields are those of ``test::get_fields`` in llama.cpp's ``tools/llama-bench/llama-bench.cpp`` at
commit 0c1e570. A reader made for llama-bench must never be misled: what llama-bench has no row for is left
out, and said.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC
from statistics import fmean, stdev
from typing import Final, Literal

from bench.records.types import EngineBuild, RateSample, Record, Settings, SpeedPoint, Warned
from bench.reports.rows.summary import SpeedRow, memory_row, speed_point_rows
from bench.stats import rate_summary

FieldType = Literal["TEXT", "INTEGER", "BOOL", "REAL"]
Value = str | int | float | bool | None

FIELDS: Final[dict[str, FieldType]] = {
    "build_commit": "TEXT",
    "build_number": "INTEGER",
    "cpu_info": "TEXT",
    "gpu_info": "TEXT",
    "backends": "TEXT",
    "model_filename": "TEXT",
    "model_type": "TEXT",
    "model_size": "INTEGER",
    "model_n_params": "INTEGER",
    "n_batch": "INTEGER",
    "n_ubatch": "INTEGER",
    "n_threads": "INTEGER",
    "cpu_mask": "TEXT",
    "cpu_strict": "BOOL",
    "poll": "INTEGER",
    "type_k": "TEXT",
    "type_v": "TEXT",
    "n_gpu_layers": "INTEGER",
    "n_cpu_moe": "INTEGER",
    "split_mode": "TEXT",
    "main_gpu": "INTEGER",
    "no_kv_offload": "BOOL",
    "flash_attn": "INTEGER",
    "devices": "TEXT",
    "tensor_split": "TEXT",
    "tensor_buft_overrides": "TEXT",
    "load_mode": "TEXT",
    "lazy_mode": "TEXT",
    "embeddings": "BOOL",
    "no_op_offload": "INTEGER",
    "no_host": "BOOL",
    "repack": "BOOL",
    "fit_target": "INTEGER",
    "fit_min_ctx": "INTEGER",
    "n_prompt": "INTEGER",
    "n_gen": "INTEGER",
    "n_depth": "INTEGER",
    "test_time": "TEXT",
    "avg_ns": "INTEGER",
    "stddev_ns": "INTEGER",
    "avg_ts": "REAL",
    "stddev_ts": "REAL",
}
# What llama-bench can set and breakeven does not: its defaults (``cmd_params_defaults``).
DEFAULTS: Final[dict[str, str | int | bool]] = {
    "cpu_mask": "0x0",
    "cpu_strict": False,
    "poll": 50,
    "n_cpu_moe": 0,
    "split_mode": "layer",
    "main_gpu": 0,
    "no_kv_offload": False,
    "devices": "auto",
    "tensor_split": "0.00",
    "tensor_buft_overrides": "none",
    "lazy_mode": "auto",
    "embeddings": False,
    "no_op_offload": 0,
    "no_host": False,
    "repack": True,
    "fit_target": 0,
    "fit_min_ctx": 0,
}
FLASH_ATTN: Final = {"auto": -1, "off": 0, "on": 1}  # llama.h, llama_flash_attn_type
LOAD_MODES: Final = {
    (False, False): "none",
    (True, False): "mmap",
    (False, True): "mlock",
    (True, True): "mmap+mlock",
}
_DEVICE = re.compile(r"(?P<registry>\S+) [^:]+: .* \((?P<kind>[^()]*)\)")  # as EngineBuild.devices holds one
_COMMIT = re.compile(r"\b[0-9a-f]{7,40}(?:-dirty)?\b")


@dataclass(frozen=True, slots=True)
class Row:
    """One point. ``values`` has every key of ``FIELDS``, ``beside`` is breakeven's own.

    Samples are whole nanoseconds and token/s of the repetitions that count. Without any, the figures of
    ``values`` are None and ``missing`` says why.
    """

    test: str
    settings: Settings
    values: dict[str, Value]
    samples_ns: tuple[int, ...]
    samples_ts: tuple[float, ...]
    beside: dict[str, Value | list[str]]
    missing: str | None = None

    @property
    def is_plain(self) -> bool:
        """Is it a test that llama-bench has, too?"""
        return self.beside["n_parallel"] is None and not self.beside["n_cached"]


def rows_of(record: Record) -> tuple[list[Row], list[str]]:
    """The rows of ``record``, and what was left out of it with the reason.

    A point of several sequences has the tokens of all of them, so that tokens over time is its speed. A warm
    prefix is what was evaluated: one token at the depth of the rest.
    """
    name, model = record.model.name, record.model
    size = model.size_bytes if model.tensor_bytes is None else model.tensor_bytes
    if size is None or model.n_params is None:
        why = f"{name}: its size is not known, and llama-bench has a number there"
        return [], [why] if record.speed else []
    common: dict[str, Value] = {
        **_build(record.engine),
        "cpu_info": record.machine.cpu_model,
        "gpu_info": _gpu_info(record),
        "backends": _backends(record.engine),
        "model_filename": model.file_name,
        "model_type": model.type_name or " ".join(filter(None, (name, model.quantization))),
        "model_size": size,
        "model_n_params": model.n_params,
        "test_time": record.created_utc.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        **DEFAULTS,
    }
    rows, left_out = [], []
    for point in record.speed:
        if point.duration_s is not None:
            left_out.append(f"{name}: {point.test} over {point.duration_s:g} s: llama-bench has no such test")
        else:
            (figure,) = speed_point_rows(point)
            rows.append(_row(record, point, figure, common))
    return rows, left_out


def _row(record: Record, point: SpeedPoint, figure: SpeedRow, common: dict[str, Value]) -> Row:
    settings = record.settings
    if point.n_parallel is not None and record.parallel_settings is not None:
        settings = record.parallel_settings
    n_sequences = point.n_parallel or 1
    n_prompt, n_gen = (point.n_prompt - point.n_cached) * n_sequences, point.n_gen * n_sequences
    counted = [
        sample for sample in point.samples if not sample.is_warm_up and not sample.contention.is_disturbed
    ]
    # llama-bench's clock runs over the whole loop of a test, so loop_s is its time; calls_s is not.
    samples_ns = tuple(round(sample.loop_s * 1e9) for sample in counted)
    values = common | _held(settings, is_prefill=not n_gen)
    values |= record.imported.settings if record.imported else {}
    values |= {"n_prompt": n_prompt, "n_gen": n_gen, "n_depth": point.n_depth + point.n_cached}
    missing = _missing(counted, samples_ns, n_prompt + n_gen)
    samples_ts = () if missing else tuple((n_prompt + n_gen) * 1e9 / ns for ns in samples_ns)
    values |= _figures(samples_ns if samples_ts else (), samples_ts)
    return Row(
        test=point.test,
        settings=settings,
        values={field: values[field] for field in FIELDS},
        samples_ns=samples_ns if samples_ts else (),
        samples_ts=samples_ts,
        beside=_beside(record, point, figure, settings, counted if samples_ts else ()),
        missing=missing,
    )


def _missing(counted: Sequence[RateSample], samples_ns: Sequence[int], n_tokens: int) -> str | None:
    if not counted:
        return "no repetition had the machine to itself"
    if min(samples_ns) <= 0:
        return "a repetition took no time"
    if any(sample.n_tokens != n_tokens for sample in counted):
        return "its repetitions differ in tokens"
    return None


def _figures(samples_ns: Sequence[int], samples_ts: Sequence[float]) -> dict[str, Value]:
    """Means and sample standard deviations over repetitions, as llama-bench has them (0 for one)."""
    if not samples_ns:
        return dict.fromkeys(("avg_ns", "stddev_ns", "avg_ts", "stddev_ts"))
    several = len(samples_ns) > 1
    return {
        "avg_ns": sum(samples_ns) // len(samples_ns),
        "stddev_ns": int(stdev(samples_ns)) if several else 0,
        "avg_ts": round(fmean(samples_ts), 6),
        "stddev_ts": round(stdev(samples_ts), 6) if several else 0.0,
    }


def _held(settings: Settings, *, is_prefill: bool) -> dict[str, Value]:
    return {
        "n_batch": settings.n_batch,
        "n_ubatch": settings.n_ubatch,
        # llama-bench has one number for both; a prefill is computed by the threads for batches.
        "n_threads": settings.n_threads_batch if is_prefill else settings.n_threads,
        "type_k": settings.type_k,
        "type_v": settings.type_v,
        "n_gpu_layers": settings.n_gpu_layers,
        "flash_attn": FLASH_ATTN.get(settings.flash_attn, -1),
        "load_mode": LOAD_MODES[settings.use_mmap, settings.use_mlock],
    }


def _beside(
    record: Record, point: SpeedPoint, figure: SpeedRow, settings: Settings, counted: Sequence[RateSample]
) -> dict[str, Value | list[str]]:
    summary = None
    if counted:
        summary = rate_summary([s.n_tokens for s in counted], [s.loop_s for s in counted])
    has_interval = summary is not None and summary.n > 1
    return {
        "test": point.test,
        "n_parallel": point.n_parallel,
        "n_cached": point.n_cached,
        "n_ctx": settings.n_ctx,
        "n_threads_batch": settings.n_threads_batch,
        "median_ts": summary.median_rate if summary else None,
        "low_ts": summary.low if summary and has_interval else None,
        "high_ts": summary.high if summary and has_interval else None,
        "n_disturbed": figure.n_disturbed,
        "is_disturbed_figure": figure.is_disturbed,
        "stopped_because": point.stopped_because,
        "warnings": list(dict.fromkeys(_codes(record, point.test))),
        "breakeven_record": record.id,
        "load_s": record.load.load_s if record.load else None,
        "peak_rss_bytes": memory_row(record).peak_rss,
    }


def _codes(record: Record, test: str) -> Iterator[str]:
    """Warnings that name this point, and those that name none: these concern the whole record."""
    tests = {point.test for point in record.speed}
    for warning in record.warnings:
        named = _named(warning, tests)
        if named is None or named == test:
            yield warning.code


def _named(warning: Warned, tests: set[str]) -> str | None:
    subject = warning.what.split(":", 1)[0]
    return subject if subject in tests else None


def _build(engine: EngineBuild | None) -> dict[str, Value]:
    commit = engine and engine.commit
    if engine is not None and commit is None:
        found = _COMMIT.search(engine.build)
        commit = found and found[0]
    return {
        "build_commit": commit or "unknown",
        "build_number": (engine and engine.build_number) or 0,  # llama.cpp's own word for unknown
    }


def _backends(engine: EngineBuild | None) -> str:
    """Names of the registries besides the CPU's, with commas between them; "CPU" when there is no other."""
    names = []
    for device in engine.devices if engine else ():
        found = _DEVICE.fullmatch(device)
        names.append(found["registry"] if found else device)
    return ",".join(dict.fromkeys(name for name in names if name != "CPU")) or "CPU"


def _gpu_info(record: Record) -> str:
    gpus = record.engine.gpus if record.engine else ()
    if gpus or record.imported is None:
        return ", ".join(gpu.description for gpu in gpus)
    return ", ".join(record.machine.gpus)
