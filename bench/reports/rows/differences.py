"""What differs between two records besides their figures: said before any figure is compared."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

from bench.records.types import Frozen, Record, TaskResult
from bench.reports.words import figures as f
from bench.reports.words.asking import sampling_told, thinking_told

UNKNOWN: Final = "unknown"
SAME_MEMORY = 0.01  # kernels keep a little of the same memory for themselves, and not always as much

Part = Literal["machine", "model", "settings", "engine", "task", "tool"]
# Figures of two such records do not belong beside each other; of the others a reader must know.
_REFUSED_MACHINE = ("machine_class", "cpu_model", "usable_cpus", "memory_bytes")
_REFUSED_TASK = ("content_sha256", "prompting", "n_shots")
_OF_MACHINE = ("system", "architecture", "physical_cores", "gpus", "caches", "python", "container_limits")
# Warnings about the state in which the machine was, not about single figures.
_CONDITIONS = (
    "battery-power",
    "powersave-governor",
    "swap-used",
    "few-cpus",
    "threads-over-cpus",
    "throttled",
)
_OF_UNHASHED_MODEL = ("n_params", "tensor_bytes", "quantization", "type_name")
_OF_ENGINE = ("name", "version", "build", "commit", "build_number", "system_info", "devices")


@dataclass(frozen=True, slots=True)
class Difference:
    """``is_unknown``: one side does not say, so that the two may be the same."""

    part: Part
    name: str
    a: str
    b: str
    is_refused: bool = False
    is_unknown: bool = False

    def __str__(self) -> str:
        return f"{self.part} {self.name}: A {self.a}, B {self.b}"


_HELD_OTHERWISE = (
    ("quality_settings", "quality "),
    ("choice_settings", "choice "),
    ("parallel_settings", "parallel "),
)


def find_differences(a: Record, b: Record) -> tuple[Difference, ...]:
    """Everything that differs, the gravest first; what only one of the two knows counts as unknown."""
    found = [
        *_fields("machine", a.machine, b.machine, (*_REFUSED_MACHINE, *_OF_MACHINE), _REFUSED_MACHINE),
        *_tasks(a, b),
        *_model(a, b),
        *_settings(a, b),
        *_engine(a, b),
        *_imported(a, b),
        *_conditions(a, b),
        *_fields("tool", a.tool, b.tool, ("version", "commit")),
        *_fields("tool", a, b, ("is_quick",)),
    ]
    return tuple(sorted(found, key=lambda one: (not one.is_refused, one.is_unknown)))


def shared_tasks(a: Record, b: Record) -> Iterator[tuple[TaskResult, TaskResult]]:
    others = {task.task: task for task in b.tasks}
    return ((task, others[task.task]) for task in a.tasks if task.task in others)


def _model(a: Record, b: Record) -> Iterator[Difference]:
    """By the file's hash; another tool does not tell it, and then by all that it tells."""
    if a.model.sha256 == b.model.sha256 != UNKNOWN:
        return
    is_unknown = UNKNOWN in (a.model.sha256, b.model.sha256) and not any(
        None not in (known_a, known_b) and known_a != known_b
        for known_a, known_b in (
            (getattr(a.model, name), getattr(b.model, name)) for name in _OF_UNHASHED_MODEL
        )
    )
    yield Difference("model", "file", _model_told(a), _model_told(b), is_unknown=is_unknown)


def _model_told(record: Record) -> str:
    model = record.model
    about = (model.quantization or UNKNOWN, f.size(model.size_bytes), _told("sha256", model.sha256))
    return f"{model.name} ({', '.join(about)})"


def _settings(a: Record, b: Record) -> Iterator[Difference]:
    yield from _fields("settings", a.settings, b.settings, tuple(type(a.settings).model_fields))
    for name, prefix in _HELD_OTHERWISE:
        held_a, held_b = getattr(a, name), getattr(b, name)
        if held_a is not None and held_b is not None:
            fields = tuple(
                field for field in type(held_a).model_fields
                # Said once: these also differ as deployed.
                if getattr(a.settings, field) == getattr(b.settings, field)
            )  # fmt: skip
            yield from _fields("settings", held_a, held_b, fields, prefix=prefix)


def _engine(a: Record, b: Record) -> Iterator[Difference]:
    if a.engine is not None and b.engine is not None:
        # Tools call the same build by other names.
        is_foreign = (a.imported is None) != (b.imported is None)
        names = ("commit", "build_number") if is_foreign else _OF_ENGINE
        yield from _fields("engine", a.engine, b.engine, names)
    elif a.engine is not b.engine:
        in_a, in_b = (UNKNOWN if one.engine is None else one.engine.version for one in (a, b))
        yield Difference("engine", "version", in_a, in_b, is_unknown=True)


def _imported(a: Record, b: Record) -> Iterator[Difference]:
    """Settings of another tool that this one has no word for."""
    if a.imported is None or b.imported is None:
        return
    for name in sorted(a.imported.settings.keys() | b.imported.settings.keys()):
        in_a, in_b = a.imported.settings.get(name), b.imported.settings.get(name)
        if in_a != in_b:
            yield Difference(
                "settings", name, _told(name, in_a), _told(name, in_b), is_unknown=None in (in_a, in_b)
            )


def _conditions(a: Record, b: Record) -> Iterator[Difference]:
    warned_a, warned_b = ({warned.code: warned.what for warned in one.warnings} for one in (a, b))
    for code in _CONDITIONS:
        if (code in warned_a) != (code in warned_b):
            yield Difference("machine", code, warned_a.get(code, "no"), warned_b.get(code, "no"))


def _tasks(a: Record, b: Record) -> Iterator[Difference]:
    for task_a, task_b in shared_tasks(a, b):
        fields = (*_REFUSED_TASK, "scorer", "max_tokens")
        yield from _fields("task", task_a, task_b, fields, _REFUSED_TASK, prefix=f"{task_a.task} ")
        yield from _asking(task_a, task_b)


def _asking(a: TaskResult, b: TaskResult) -> Iterator[Difference]:
    """Often what is to be compared; not told is a setting too: greedy, as the template has it."""
    if a.thinking != b.thinking:
        yield Difference("task", f"{a.task} thinking", thinking_told(a.thinking), thinking_told(b.thinking))
    if a.sampling != b.sampling:
        yield Difference("task", f"{a.task} sampling", _samples_told(a), _samples_told(b))


def _samples_told(task: TaskResult) -> str:
    n = "" if task.n_samples == 1 else f", {task.n_samples} samples of each item"
    return sampling_told(task.sampling) + n


def _fields(
    part: Part,
    a: Frozen,
    b: Frozen,
    names: tuple[str, ...],
    refused: tuple[str, ...] = (),
    *,
    prefix: str = "",
) -> Iterator[Difference]:
    for name in names:
        value_a, value_b = getattr(a, name), getattr(b, name)
        if value_a == value_b or _is_same_memory(name, value_a, value_b):
            continue
        is_unknown = _is_unknown(name, value_a) or _is_unknown(name, value_b)
        yield Difference(
            part,
            prefix + name,
            _told(name, value_a),
            _told(name, value_b),
            is_refused=name in refused and not is_unknown,
            is_unknown=is_unknown,
        )


def _is_same_memory(name: str, a: object, b: object) -> bool:
    if name != "memory_bytes" or not isinstance(a, int) or not isinstance(b, int):
        return False
    return abs(a - b) <= SAME_MEMORY * max(a, b)


def _is_unknown(name: str, value: object) -> bool:
    # Caches that older records do not tell; a machine may well have no GPU and no limits.
    return value is None or value in ("", UNKNOWN) or (name == "caches" and not value)


def _told(name: str, value: object) -> str:
    if _is_unknown(name, value):
        return UNKNOWN
    if name.endswith("sha256"):
        return f"{str(value)[:12]}…"
    if name.endswith("_bytes") and isinstance(value, int):
        return f.size(value)
    if isinstance(value, dict):
        return ", ".join(f"{key} {one}" for key, one in value.items()) or "none"
    if isinstance(value, tuple):
        return ", ".join(map(str, value)) or "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)
