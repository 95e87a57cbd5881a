"""From a record to the rows that every report shows: plain figures, derived from raw samples.

A figure that cannot be had is None and the row's ``notes`` say why. Warm-up repetitions never count.
Repetitions that other processes disturbed are left out while quiet ones remain, and marked when none do.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from statistics import fmean
from typing import Literal

from bench.records.types import (
    Latency,
    Memory,
    MemoryPoint,
    RateSample,
    Record,
    RequestSample,
    SpeedPoint,
    TaskResult,
)
from bench.stats import RateSummary, burst_and_sustained, grouped, is_lost, percentile, rate_summary, share_of
from bench.units import CLOCK_S

PERCENTS = (50, 90, 95, 99)


@dataclass(frozen=True, slots=True)
class SpeedRow:
    """``rate`` is over the time inside the engine's calls, ``loop_rate`` over the whole loop; token/s."""

    test: str
    rate: RateSummary | None
    loop_rate: float | None
    n_disturbed: int
    is_disturbed: bool
    stopped_because: str
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LatencyRow:
    """Percentiles in seconds by per cent; one that the number of values cannot support is not there."""

    task: str
    metric: Literal["TTFT", "ITL", "TPOT"]
    n: int
    percentiles_s: dict[int, float]
    max_s: float | None
    prompt_tokens: tuple[int, int] | None
    is_disturbed: bool
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class MemoryRow:
    """Bytes. What was predicted, what the engine says it allocated by kind, and what the system saw.

    ``predicted`` and ``grew`` are of RSS since before the load, ``grew`` to its peak. ``gpu``: what the
    worker held of each GPU at most by its driver, else by the engine's count of free memory.
    """

    file: int | None
    engine: dict[str, int]
    engine_total: int | None
    predicted: int | None
    peak_rss: int | None
    peak_uss: int | None
    peak_pss: int | None
    is_mapped: bool | None
    notes: tuple[str, ...]
    grew: int | None = None
    kv_per_token: int | None = None
    is_locked: bool | None = None
    gpu: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class QualityRow:
    """Counts of attempts, one or several of an item, and accuracy over the scored ones with its interval.

    ``left_out`` counts items. ``thinking_tokens`` is a mean over the attempts seen to think; None: none was.
    """

    task: str
    kind: str
    is_base: bool
    right: int
    wrong: int
    unscored: int
    truncated: int
    near_ties: int
    left_out: int
    not_run: int
    accuracy: tuple[float, float, float] | None
    chance: float | None
    notes: tuple[str, ...]
    n_samples: int = 1
    thinking_tokens: float | None = None

    @property
    def scored(self) -> int:
        return self.right + self.wrong


def is_base_model(record: Record) -> bool:
    """Was it asked by completion, as a model without a chat template is? Never ranked with chat runs.

    A catalog may mark a model as base although its file has a template, so what was asked decides.
    """
    asked = {task.prompting for task in record.tasks if task.kind == "generate"}
    return "completion" in asked or record.model.has_chat_template is False


def backend(record: Record) -> str:
    """As llama-bench names it: what computes the layers."""
    if record.settings.n_gpu_layers == 0:
        return "CPU"
    devices = record.engine.devices if record.engine else ()
    registries = dict.fromkeys(device.split(" ")[0] for device in devices)
    return ",".join(name for name in registries if name != "CPU") or "CPU"


def speed_rows(record: Record) -> tuple[SpeedRow, ...]:
    """One for each point, and for a sustained one its burst, too."""
    return tuple(row for point in record.speed for row in speed_point_rows(point))


def speed_point_rows(point: SpeedPoint) -> tuple[SpeedRow, ...]:
    """One, or two of a sustained point."""
    return (_speed_row(point),) if point.duration_s is None else tuple(_sustained_rows(point))


def latency_rows(record: Record) -> tuple[LatencyRow, ...]:
    return tuple(row for latency in record.latency for row in _latency_rows(latency))


def memory_row(record: Record) -> MemoryRow:
    memory = record.memory
    if memory is None:
        why = ("memory was not recorded",)
        return MemoryRow(record.model.size_bytes, {}, None, None, None, None, None, None, why)
    engine: dict[str, int] = {}
    for buffer in memory.engine_buffers:
        engine[buffer.kind] = engine.get(buffer.kind, 0) + buffer.size_bytes
    peaks = {name: _peak(memory.points, name) for name in ("peak_rss_bytes", "uss_bytes", "pss_bytes")}
    notes = []
    if not engine:
        notes.append("the engine reported no buffers")
    if None in peaks.values():
        notes.append("a dash: this system does not report it")
    if memory.is_mapped:
        notes.append("weights are mapped: RSS counts file pages that other processes may share, USS does not")
    if memory.is_locked is not None and record.settings.use_mlock:
        notes.append("weights are locked" if memory.is_locked else "the system did not let weights be locked")
    return MemoryRow(
        file=record.model.size_bytes,
        engine=engine,
        engine_total=sum(engine.values()) if engine else None,
        predicted=memory.predicted_bytes,
        peak_rss=peaks["peak_rss_bytes"],
        peak_uss=peaks["uss_bytes"],
        peak_pss=peaks["pss_bytes"],
        is_mapped=memory.is_mapped,
        notes=tuple(notes),
        grew=memory.rss_growth_bytes,
        kv_per_token=None if memory.predicted is None else memory.predicted.kv_bytes_per_token,
        is_locked=memory.is_locked,
        gpu=_on_gpus(memory),
    )


def quality_rows(record: Record) -> tuple[QualityRow, ...]:
    is_base = is_base_model(record)  # looks at every task
    return tuple(quality_row(task, is_base) for task in record.tasks)


# -- inside --------------------------------------------------------------------------------------


def _speed_row(point: SpeedPoint) -> SpeedRow:
    counted = [sample for sample in point.samples if not sample.is_warm_up]
    quiet = [sample for sample in counted if not sample.contention.is_disturbed]
    used = quiet or counted
    rate = _rate(used)
    notes = []
    if rate is None:
        notes.append(f"{point.test}: no repetition was timed")
    elif rate.n == 1:
        notes.append(f"{point.test}: one repetition, so no interval")
    if point.stopped_because == "interrupted":
        notes.append(f"{point.test}: it was interrupted before its interval was narrow")
    return SpeedRow(
        test=point.test,
        rate=rate,
        loop_rate=sum(s.n_tokens for s in used) / sum(s.loop_s for s in used) if rate else None,
        n_disturbed=len(counted) - len(quiet),
        is_disturbed=is_lost(len(quiet), len(counted)),
        stopped_because=point.stopped_because,
        notes=(*notes, *_disturbance(point.test, len(quiet), len(counted), "repetitions")),
    )


def _sustained_rows(point: SpeedPoint) -> Iterable[SpeedRow]:
    """What the machine does at first and what it keeps up: parts of one series, never one figure."""
    whole = _speed_row(point)
    found = burst_and_sustained(point)
    if found is None or whole.rate is None:
        name = f"{point.test} for {point.duration_s:g} s"
        why = f"{name}: too few undisturbed repetitions to tell its beginning from its end"
        yield replace(whole, test=name, notes=(*whole.notes, why))
        return
    throttled = (f"{point.test}: throttled ({found.cause})",) if found.is_throttled else ()
    for name, rate in (("burst", found.burst), ("sustained", found.sustained)):
        yield replace(
            whole,
            test=f"{point.test} {name}",
            rate=whole.rate._replace(
                total_rate=rate.value, median_rate=rate.value, low=rate.low, high=rate.high
            ),
            notes=(*whole.notes, *throttled, f"{point.test}: sustained for {point.duration_s:g} s"),
        )


def _disturbance(name: str, n_quiet: int, n: int, noun: str) -> tuple[str, ...]:
    if n_quiet == n:
        return ()
    # By what is said with the warnings: it need not be other processes.
    told = f"{name}: {n - n_quiet} of {n} {noun} were disturbed"
    return (
        f"{told} (!): this is no result, run it again" if is_lost(n_quiet, n) else f"{told} and left out",
    )


def _rate(samples: Sequence[RateSample]) -> RateSummary | None:
    if not samples or any(s.n_tokens <= 0 or min(s.calls_s, s.loop_s) < CLOCK_S for s in samples):
        return None
    return rate_summary([s.n_tokens for s in samples], [s.calls_s for s in samples])


def _latency_rows(latency: Latency) -> Iterable[LatencyRow]:
    counted = [request for request in latency.requests if not request.is_warm_up]
    quiet = [request for request in counted if not request.contention.is_disturbed]
    used = quiet or counted
    values: dict[Literal["TTFT", "ITL", "TPOT"], list[float]] = {
        "TTFT": [request.ttft_s for request in used],
        "ITL": [gap for request in used for gap in request.itl_s],
        "TPOT": [_tpot(request) for request in used if request.n_output_tokens > 1],
    }
    lengths = [request.n_prompt_tokens for request in used]
    for metric, seconds in values.items():
        shown = (
            {p: percentile(seconds, p) for p in PERCENTS if len(seconds) * (100 - p) >= 100}
            if seconds
            else {}
        )
        notes = []
        if not seconds:
            notes.append(f"{latency.task} {metric}: no request gave one")
        yield LatencyRow(
            task=latency.task,
            metric=metric,
            n=len(seconds),
            percentiles_s=shown,
            max_s=max(seconds, default=None),
            prompt_tokens=(min(lengths), max(lengths)) if lengths else None,
            is_disturbed=is_lost(len(quiet), len(counted)),
            notes=(*notes, *_disturbance(latency.task, len(quiet), len(counted), "requests")),
        )


def _tpot(request: RequestSample) -> float:
    return request.decode_s / (request.n_output_tokens - 1)


def _peak(points: Sequence[MemoryPoint], name: str) -> int | None:
    values = [value for point in points if (value := getattr(point, name)) is not None]
    return max(values, default=None)


def _on_gpus(memory: Memory) -> dict[str, int]:
    held: dict[str, int] = {}
    for point in memory.points:
        for name, size in point.gpu_bytes.items():
            held[name] = max(size, held.get(name, 0))
    return held or memory.device_used_bytes


def quality_row(task: TaskResult, is_base: bool) -> QualityRow:
    outcomes = [item.outcome for item in task.items]
    right, wrong = outcomes.count("right"), outcomes.count("wrong")
    scored = [item for item in task.items if item.outcome != "unscored"]
    share = share_of(grouped((item.group, item.outcome == "right") for item in scored)).estimate()
    accuracy = (share.value, share.low, share.high) if scored else None
    notes = []
    if accuracy is None:
        notes.append(f"{task.task}: no item was scored")
    elif task.chance is not None and share.low <= task.chance:
        notes.append(f"{task.task}: not told from guessing ({task.chance:.0%} by chance)")
    if task.n_shots and not is_base:
        notes.append(f"{task.task}: worked examples before each item: {task.n_shots}")
    thinking = [item.n_thinking_tokens for item in task.items if item.n_thinking_tokens is not None]
    notes.extend(f"{task.task}: {note}" for note in _how_asked(task, thinking))
    not_run = task.n_planned_attempts - len(task.items)
    if not_run > 0:
        what = "items" if task.n_samples == 1 else "attempts"
        notes.append(f"{task.task}: {not_run} of {task.n_planned_attempts} planned {what} did not run")
    return QualityRow(
        task=task.task,
        kind=task.kind,
        is_base=is_base,
        right=right,
        wrong=wrong,
        unscored=outcomes.count("unscored"),
        truncated=sum(item.is_truncated for item in task.items),
        near_ties=sum(item.is_near_tie for item in task.items),
        left_out=max(0, task.n_available - task.n_planned),
        not_run=max(0, not_run),
        accuracy=accuracy,
        chance=task.chance,
        notes=tuple(notes),
        n_samples=task.n_samples,
        thinking_tokens=fmean(thinking) if thinking else None,
    )


def _how_asked(task: TaskResult, thinking: Sequence[int]) -> Iterable[str]:
    """What was drawn and thought, and that items which share something tell less."""
    if task.sampling is not None:
        samples = "1 sample" if task.n_samples == 1 else f"{task.n_samples} samples"
        yield f"{samples} at temperature {task.sampling.temperature:g} of each item; counts are of samples"
    if thinking:
        yield f"{fmean(thinking):,.0f} thinking tokens in a mean answer"
    clusters = {item.cluster for item in task.items if item.cluster is not None}
    if clusters:
        yield f"items in {len(clusters)} clusters: the interval is over these"
