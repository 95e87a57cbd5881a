"""Do bytes, joules, counts and dates fit each other and what any machine can do?"""

import math
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from bench.records.types import Comparison, EnergyReading, Record, TaskResult
from bench.reports.board.bounds import bounds_of
from bench.reports.board.findings import Finding, note, refused
from bench.reports.words.figures import significant, size
from bench.units import GIB

FIRST_GGUF = datetime(2023, 8, 21, tzinfo=UTC)  # the day on which llama.cpp took the format up
CLOCKS_DIFFER = timedelta(days=1)  # a day may have begun elsewhere
MOST_OF_FILE_BESIDE_TENSORS = GIB  # vocabulary and chat template
BITS_AGREE = 0.02  # relative; bits per weight are rounded
LEAST_BITS, MOST_BITS = 1.0, 33.0  # below the smallest published type (IQ1_S, 1.56), above F32
LEAST_TOUCHED = 0.5  # of the file; an embedding may be looked up, and is then not read as a whole
LEAST_W = 0.05  # a busy single-board computer draws ten times as much
_BITS_NAMED = re.compile(r"^(?:I?Q|TQ)(\d)", re.IGNORECASE)
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{3,63}")
LONGEST_NAME = 200
MOST_TASKS = 200  # four times those that breakeven brings; each has pages of its own on the board


def identity_findings(record: Record, now: datetime) -> Iterator[Finding]:
    if not _ID.fullmatch(record.id):
        yield refused("id", "is no id that breakeven gives", "submit the file as `breakeven run` wrote it")
    created = record.created_utc
    if created > now + CLOCKS_DIFFER:
        yield refused(
            "created_utc", f"{created:%Y-%m-%d} is yet to come", "set the machine's clock and measure again"
        )
    elif created < FIRST_GGUF:
        yield refused(
            "created_utc", f"{created:%Y-%m-%d} is before the first GGUF file", "set the machine's clock"
        )
    if len(record.tasks) > MOST_TASKS:
        what = f"are {len(record.tasks):,}, and at most {MOST_TASKS} of a record are published"
        yield refused("tasks", what, "measure fewer tasks in one run")
    names = {
        "model.name": record.model.name,
        "machine.machine_class": record.machine.machine_class,
        "machine.cpu_model": record.machine.cpu_model,
        **{f"tasks.{number}.task": task.task for number, task in enumerate(record.tasks)},
    }
    for path, name in names.items():
        if not name.strip() or len(name) > LONGEST_NAME:
            yield refused(
                path, "is empty" if not name.strip() else f"is longer than {LONGEST_NAME} characters"
            )


def model_findings(record: Record) -> Iterator[Finding]:
    model = record.model
    if model.n_params == 0:
        yield refused("model.n_params", "no parameters at all")
        return
    if model.tensor_bytes is not None and model.size_bytes is not None:
        if model.tensor_bytes > model.size_bytes:
            yield refused("model.tensor_bytes", "the tensors are larger than their file")
        elif model.size_bytes - model.tensor_bytes > MOST_OF_FILE_BESIDE_TENSORS:
            yield refused("model.size_bytes", "the file is over a GiB larger than its tensors")
    bits = model.bits_per_weight
    content = model.tensor_bytes or model.size_bytes
    if content is not None and model.n_params:
        real = 8 * content / model.n_params
        if not LEAST_BITS <= real <= MOST_BITS:
            yield refused(
                "model.n_params",
                f"{size(content)} are {real:.3g} bits for each of {model.n_params:,} parameters",
            )
        elif bits is not None and model.tensor_bytes and abs(bits / real - 1) > BITS_AGREE:
            yield refused(
                "model.bits_per_weight", f"{bits:.4g}, but its tensors have {real:.4g} bits a weight"
            )
        bits = real
    named = _BITS_NAMED.match(model.quantization or "")
    if named and bits is not None and bits < 0.9 * int(named[1]):
        yield refused("model.quantization", f"{model.quantization} has more than {bits:.3g} bits a weight")


def memory_findings(record: Record) -> Iterator[Finding]:
    if record.memory is None:
        return
    installed = record.machine.memory_bytes
    peak, peak_at = 0, 0
    for number, point in enumerate(record.memory.points):
        at = f"memory.points.{number}"
        held = max(point.rss_bytes or 0, point.peak_rss_bytes or 0)
        if held > peak:
            peak, peak_at = held, number
        if installed is not None and held > installed:
            yield refused(f"{at}.peak_rss_bytes", f"{size(held)} of {size(installed)} of memory")
        if (
            None not in (point.uss_bytes, point.rss_bytes)
            and (point.uss_bytes or 0) > (point.rss_bytes or 0) * 1.01
        ):
            yield refused(f"{at}.uss_bytes", "more memory of its own (USS) than memory (RSS)")
    file = record.model.size_bytes
    on_cpu = record.settings.n_gpu_layers == 0
    if peak and on_cpu and file is not None and record.speed and peak < LEAST_TOUCHED * file:
        yield refused(
            f"memory.points.{peak_at}.peak_rss_bytes",
            f"the process held {size(peak)} at most, of a file of {size(file)} that decoding reads",
        )


def energy_findings(record: Record) -> Iterator[Finding]:
    most_w = bounds_of(record, record.settings.n_threads).power_w
    for path, reading in _readings(record):
        yield from _reading(reading, path, most_w)


def _readings(record: Record) -> Iterator[tuple[str, EnergyReading]]:
    parts = (
        *((f"latency.{n}.energy", one.energy) for n, one in enumerate(record.latency)),
        *((f"speed.{n}.energy", one.energy) for n, one in enumerate(record.speed)),
        ("load.energy", record.load.energy if record.load else ()),
        *((f"loads.{n}.energy", one.energy) for n, one in enumerate(record.loads)),
        ("idle_energy", record.idle_energy),
    )
    for path, readings in parts:
        for number, reading in enumerate(readings):
            yield f"{path}.{number}", reading


def _reading(reading: EnergyReading, path: str, most_w: float) -> Iterator[Finding]:
    if reading.has_joules and reading.window_s <= 0:
        yield refused(f"{path}.window_s", "joules in no time")
        return
    for name, band in (("gross_j", reading.gross_j), ("above_idle_j", reading.above_idle_j)):
        if band is None:
            continue
        if not band[1] <= band[0] <= band[2]:
            yield refused(f"{path}.{name}", "the value is not between its bounds")
        power_w = band[0] / reading.window_s
        if power_w > most_w:
            told = (
                f"{significant(power_w)} W on average; such a machine draws at most {significant(most_w)} W"
            )
            yield refused(f"{path}.{name}", told)
    if reading.gross_j is not None:
        if reading.gross_j[0] < 0:
            yield refused(f"{path}.gross_j", "negative joules")
        elif reading.provenance == "measured" and reading.gross_j[0] < LEAST_W * reading.window_s:
            told = f"{significant(reading.gross_j[0] / reading.window_s)} W: no machine draws so little"
            yield note(f"{path}.gross_j", told, "look at what the meter covers with `breakeven energy`")
        if reading.above_idle_j is not None and reading.above_idle_j[0] > reading.gross_j[2]:
            yield refused(f"{path}.above_idle_j", "more joules above idle than in all")


def task_findings(record: Record) -> Iterator[Finding]:
    for number, task in enumerate(record.tasks):
        path = f"tasks.{number}"
        if task.n_planned > task.n_available:
            yield refused(f"{path}.n_planned", f"{task.n_planned:,} of {task.n_available:,} items")
        if len(task.items) > task.n_planned_attempts:
            told = f"{len(task.items):,} attempts at {task.n_planned_attempts:,} that were planned"
            yield refused(f"{path}.items", told)
    counted = {task.task: (number, task) for number, task in enumerate(record.tasks)}
    for number, comparison in enumerate(record.assessment.comparisons if record.assessment else ()):
        path = f"assessment.comparisons.{number}"
        if comparison.task not in counted:
            yield refused(f"{path}.task", f"{comparison.task} was not run")
        else:
            yield from _comparison(comparison, counted[comparison.task][1], path)
    loss = record.text_loss
    if loss is not None and loss.n_scored:
        said, real = loss.perplexity.value, math.exp(min(700.0, sum(loss.nll) / loss.n_scored))
        if abs(said - real) > 0.01 * real:
            yield refused("text_loss.perplexity.value", f"{said:.4g}, but its chunks make {real:.4g}")


def _comparison(comparison: Comparison, task: TaskResult, path: str) -> Iterator[Finding]:
    accuracy = comparison.local_accuracy
    if accuracy is not None:
        if not 0 <= accuracy.low <= accuracy.value <= accuracy.high <= 1:
            yield refused(f"{path}.local_accuracy", "the value is not between its bounds within 0 and 1")
        else:
            yield from _accuracy(comparison, task, accuracy.value, path)


def _accuracy(comparison: Comparison, task: TaskResult, said: float, path: str) -> Iterator[Finding]:
    """Unscored answers count, or not: between both lies what the items can make it."""
    items = len({(one.item_id) for one in task.items})
    if comparison.n_items is not None and comparison.n_items != items:
        return  # on the items that an API was asked, too
    right = sum(one.outcome == "right" for one in task.items)
    scored = sum(one.outcome != "unscored" for one in task.items)
    if not scored or task.n_samples > 1:
        return
    low, high = right / len(task.items), right / scored
    if not low - 0.005 <= said <= high + 0.005:
        told = f"{said:.3f}, but {right:,} of {scored:,} scored answers are right"
        yield refused(f"{path}.local_accuracy.value", told)
