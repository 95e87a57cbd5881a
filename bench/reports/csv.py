"""Records as one long CSV table: a figure a line, its unit in the metric's name, absent figures left out."""

import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from bench.records.types import Comparison, LoadCurve, LoadPoint, Record, TaskEfficiency, TaskLoad
from bench.reports.rows.comparable import ladders
from bench.reports.rows.energy import energy_rows
from bench.reports.rows.pareto import Standing, standings
from bench.reports.rows.summary import (
    is_base_model,
    latency_rows,
    memory_row,
    quality_rows,
    speed_rows,
)
from bench.reports.tables.sustained import sustained_rows
from bench.reports.words.figures import clean

IDENTITY = (
    "record_id",
    "created_utc",
    "machine_class",
    "cpu_model",
    "model",
    "quantization",
    "is_base_model",
    "is_complete",
    "is_quick",
)
FIGURE = ("subject", "api", "metric", "value", "low", "high", "n", "provenance", "meter")
FORMULA_STARTS = ("=", "+", "-", "@")

Value = str | int | float | Decimal | bool | None


@dataclass(frozen=True, slots=True)
class _Figure:
    """``subject`` is a task or a speed test; ``n`` how many samples or items stand behind the value.

    ``meter`` is the energy meter whose joules it rests on, where there may be several.
    """

    subject: str
    metric: str
    value: Value
    low: Value = None
    high: Value = None
    n: int | None = None
    provenance: str = "measured"
    api: str = ""
    meter: str = ""


def render(records: Sequence[Record]) -> str:
    """Full precision, UTF-8, header first. Words that a spreadsheet would run as a formula get an apostrophe.

    Sizes are in bytes, durations in seconds, money in USD, accuracies are shares in [0, 1].
    """
    sink = io.StringIO()
    writer = csv.writer(sink, lineterminator="\n")
    writer.writerow((*IDENTITY, *FIGURE))
    standing = {key: one for group in ladders(records) for key, one in standings(group).items()}
    for record in records:
        identity = (
            record.id,
            record.created_utc.isoformat(),
            record.machine.machine_class,
            record.machine.cpu_model,
            record.model.name,
            record.model.quantization,
            is_base_model(record),
            record.is_complete,
            record.is_quick,
        )
        for one in (*_figures(record), *_standing(standing.get(record.id))):
            if one.value is not None:
                cells = (
                    one.subject,
                    one.api,
                    one.metric,
                    one.value,
                    one.low,
                    one.high,
                    one.n,
                    one.provenance,
                    one.meter,
                )
                writer.writerow([_cell(value) for value in (*identity, *cells)])
    return sink.getvalue()


def guarded(word: str) -> str:
    """With an apostrophe where a spreadsheet would run a model's or task's name as a formula."""
    return f"'{word}" if word.startswith(FORMULA_STARTS) else word


def _figures(record: Record) -> Iterator[_Figure]:
    yield from _measured(record)
    yield from _joules(record)
    for one in record.assessment.efficiency if record.assessment else ():
        yield from _efficiency(one)
    for quality in quality_rows(record):
        if quality.accuracy is not None:
            yield _Figure(quality.task, "accuracy", *quality.accuracy, quality.scored)
        yield _Figure(quality.task, "chance_accuracy", quality.chance, provenance="derived")
        what = "items" if quality.n_samples == 1 else "attempts"
        for metric in ("right", "wrong", "unscored", "truncated", "left_out", "not_run"):
            counted = "items" if metric == "left_out" else what
            yield _Figure(quality.task, f"{counted}_{metric}", getattr(quality, metric))
        yield _Figure(quality.task, "thinking_tokens", quality.thinking_tokens)
    if record.assessment is not None:
        for load in record.assessment.loads:
            yield from _loaded(load.task, "at_load", load, load)
        for curve in record.assessment.load_curves:
            for point in curve.points:
                at = f"at_{round(100 * point.load_share)}_percent"
                yield from _loaded(curve.task, at, curve, point)
                costs = ("attempt_usd", point.usd_per_attempt), ("right_answer_usd", point.usd_per_correct)
                for metric, usd in costs:
                    energy = curve.joules_provenance
                    yield _Figure(curve.task, f"{at}_{metric}", usd, provenance=energy)
        for comparison in record.assessment.comparisons:
            yield from _concluded(comparison)
            yield from _flipping(comparison)
            yield from _over_months(comparison)


def _standing(one: Standing | None) -> Iterator[_Figure]:
    """Among the comparable records at hand; nothing where nothing could be judged."""
    if one is not None and one.is_on_front is not None:
        yield _Figure("", "is_not_dominated", one.is_on_front, n=len(one.judged_by), provenance="derived")
        yield _Figure("", "dominated_by", " ".join(one.dominated_by) or None, provenance="derived")


def _joules(record: Record) -> Iterator[_Figure]:
    """By every meter, the chosen one first."""
    for row in energy_rows(record):
        unit = {"J/token": "j_per_token", "J": "j", "W": "w"}[row.unit]
        subject = row.task or (row.test if row.phase not in ("load", "idle") else "")
        phase = ("disturbed_" if row.is_disturbed else "") + row.phase.replace("+", "_and_")
        bands = {
            f"{phase}_gross_{unit}": row.gross,
            f"{phase}_above_idle_{unit}": row.above_idle,
            f"{phase}_gross_tokens_per_j": row.gross_tokens_per_j,
            f"{phase}_above_idle_tokens_per_j": row.above_idle_tokens_per_j,
        }
        for metric, band in bands.items():
            if band is not None:
                yield _Figure(subject, metric, *band, provenance=row.provenance, meter=row.meter)


def _efficiency(one: TaskEfficiency) -> Iterator[_Figure]:
    basis = one.basis.replace("-", "_")
    bands: dict[str, tuple[Value, Value, Value] | None] = {}
    for name, energy in (("gross", one.gross), ("above_idle", one.above_idle)):
        if energy is not None:
            bands[f"attempt_{name}_j"] = energy.attempt_j
            bands[f"attempt_{name}_w"] = energy.attempt_w
            bands[f"right_answer_{name}_j"] = energy.per_correct_j
            bands[f"output_{name}_tokens_per_j"] = energy.output_tokens_per_j
    bands[f"ipj_{basis}_per_j"] = one.ipj_per_j
    bands[f"ipw_{basis}_per_w"] = one.ipw_per_w
    bands[f"attempt_{basis}_co2e_g"] = one.carbon_g
    if one.charge is not None:
        bound = "at_most_" if one.charge.is_at_most else ""
        bands[f"charge_{bound}attempts"] = one.charge.attempts
        bands[f"charge_{bound}busy_h"] = one.charge.busy_h
        bands[f"charge_{bound}idle_h"] = one.charge.idle_h
    disturbed = "disturbed_" if one.is_disturbed else ""
    for metric, band in bands.items():
        if band is not None:
            yield _Figure(one.task, disturbed + metric, *band, one.n_items, one.provenance, meter=one.meter)


def _measured(record: Record) -> Iterator[_Figure]:
    for speed in speed_rows(record):
        if speed.rate is not None:
            metric = "disturbed_rate_tokens_per_s" if speed.is_disturbed else "rate_tokens_per_s"
            yield _Figure(
                speed.test, metric, speed.rate.total_rate, speed.rate.low, speed.rate.high, speed.rate.n
            )
            yield _Figure(speed.test, "loop_rate_tokens_per_s", speed.loop_rate, n=speed.rate.n)
    for sustained in sustained_rows(record):
        for when, state in (("first", sustained.first), ("end", sustained.last)):
            yield _Figure(sustained.test, f"{when}_temperature_c", state.temperature_c, n=1)
            yield _Figure(sustained.test, f"{when}_clock_mhz", state.cpu_mhz, n=1)
    for latency in latency_rows(record):
        name = ("disturbed_" if latency.is_disturbed else "") + latency.metric.lower()
        for percent, value in latency.percentiles_s.items():
            yield _Figure(latency.task, f"{name}_p{percent}_s", value, n=latency.n)
        yield _Figure(latency.task, f"{name}_max_s", latency.max_s, n=latency.n)
    if record.load is not None:
        yield _Figure("", "load_s", record.load.load_s, n=1)
    memory = memory_row(record)
    yield _Figure("", "file_bytes", memory.file)
    yield _Figure("", "bits_per_weight", record.model.bits_per_weight, provenance="derived")
    for kind, size in memory.engine.items():
        yield _Figure("", f"engine_{kind}_bytes", size)
    yield _Figure("", "predicted_bytes", memory.predicted, provenance="modelled")
    yield _Figure("", "peak_rss_bytes", memory.peak_rss)
    yield _Figure("", "peak_uss_bytes", memory.peak_uss)
    yield _Figure("", "peak_pss_bytes", memory.peak_pss)


def _concluded(one: Comparison) -> Iterator[_Figure]:
    energy = one.local_energy_provenance
    bands: tuple[tuple[str, tuple[Value, Value, Value] | None, str], ...] = (
        ("device_attempt_usd", one.local_cost_per_attempt_usd, energy),
        ("device_right_answer_usd", one.local_usd_per_correct, energy),
        ("device_pass_usd", one.local_cost_of_pass_usd, energy),
        ("device_attempt_j", one.local_energy_per_attempt_j, energy),
        ("api_attempt_usd", one.api_cost_per_attempt_usd, "derived"),
        ("api_right_answer_usd", one.api_usd_per_correct, "derived"),
        ("api_accuracy", one.evidence.accuracy, one.evidence.kind),
    )
    for metric, band, provenance in bands:
        if band is not None:
            value, low, high = band
            yield _Figure(one.task, metric, value, low, high, provenance=provenance, api=one.api)
    plain = (
        ("device_attempt_s", one.local_seconds_per_attempt),
        ("break_even_if_bought_attempts_per_month", one.break_even_tasks_per_month[1]),
        ("affordable_device_usd", one.break_even_device_usd),
        ("probability", one.probability),
        ("items_to_settle", one.items_to_settle),
        ("verdict", one.verdict),
        ("decided_by", one.decided_by),
    )
    for metric, single in plain:
        yield _Figure(one.task, metric, single, provenance="derived", api=one.api)


def _loaded(task: str, at: str, basis: TaskLoad | LoadCurve, load: TaskLoad | LoadPoint) -> Iterator[_Figure]:
    """Simulated; of joules, what was measured."""
    yield _Figure(task, f"{at}_requests_per_s", load.arrivals_per_s, provenance=basis.arrivals)
    yield _Figure(task, f"{at}_state", load.state, provenance="simulated")
    yield _Figure(task, f"{at}_busy_share", *load.busy_share, basis.n_requests, "simulated")
    for name, times in (("ttft", load.ttft), ("latency", load.latency)):
        if times is not None:
            for percent in ("p50", "p95", "p99"):
                value, low, high = getattr(times, percent)
                metric = f"{at}_{name}_{percent}_s"
                yield _Figure(task, metric, value, low, high, basis.n_requests, "simulated")
    if load.joules_per_request is not None:
        bound = "at_most_" if basis.are_joules_at_most else ""
        joules = f"{at}_request_above_idle_{bound}j"
        yield _Figure(task, joules, *load.joules_per_request, basis.n_requests, basis.joules_provenance)


def _flipping(one: Comparison) -> Iterator[_Figure]:
    """Break-even by figure, and what each uncertain figure does alone: the difference at its bounds."""
    for point in one.break_evens:
        name = f"break_even_{point.figure.replace('-', '_')}_per_{point.per.replace('-', '_')}"
        yield _Figure(one.task, f"{name}_kind", point.kind, provenance="derived", api=one.api)
        yield _Figure(one.task, name, point.at, provenance="derived", api=one.api)
    difference = one.device_less_api_usd
    for swing in one.swings:
        name = f"device_less_api_usd_by_{re.sub(r'[^a-z]+', '_', swing.name.lower())}"
        ends = swing.usd_at_low, swing.usd_at_high
        yield _Figure(one.task, name, difference, *ends, provenance="derived", api=one.api)


def _over_months(one: Comparison) -> Iterator[_Figure]:
    """Both sides over the horizon, at the decline of prices and at its bounds."""
    cases = () if one.over_time is None else one.over_time.cases
    for case, decline in zip(cases, ("decline", "low_decline", "high_decline"), strict=False):
        for name, figure in (
            ("net_present_device_usd", case.device_usd),
            ("net_present_api_usd", case.api_usd),
            ("payback_month", case.payback_month),
            ("overtaken_month", case.overtaken_month),
        ):
            yield _Figure(one.task, f"{name}_at_{decline}", figure, provenance="derived", api=one.api)


def _cell(value: Value) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return guarded(clean(value))
    return str(value)
