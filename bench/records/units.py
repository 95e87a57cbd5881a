"""What a run finishes one after another, and keeps at once: the lines of its journal."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field

from bench.records.types import (
    SCHEMA_VERSION,
    Ceilings,
    EnergyReading,
    EngineBuild,
    Failure,
    Frozen,
    Latency,
    LoadSample,
    Machine,
    Memory,
    Model,
    Seconds,
    Settings,
    SpeedPoint,
    TaskResult,
    TextLoss,
    Tool,
)


class ModelUnit(Frozen):
    """``model``: which bytes, held how. Comes first, so that a model that fails to load has a record too."""

    kind: Literal["model"] = "model"
    model: Model
    settings: Settings
    quality_settings: Settings | None
    choice_settings: Settings | None = None
    parallel_settings: Settings | None = None


class LoadUnit(Frozen):
    """``load``: the model as the engine knows it, and the engine itself.

    ``load`` is None where the model was there already, held otherwise.
    """

    kind: Literal["load"] = "load"
    load: LoadSample | None
    model: Model
    engine: EngineBuild


class LoadsUnit(Frozen):
    """``loads``: the same model loaded again and again, cold and warm in turn."""

    kind: Literal["loads"] = "loads"
    loads: tuple[LoadSample, ...]


class CeilingsUnit(Frozen):
    """``ceilings``."""

    kind: Literal["ceilings"] = "ceilings"
    ceilings: Ceilings


class SpeedUnit(Frozen):
    """``speed/<test>``."""

    kind: Literal["speed"] = "speed"
    point: SpeedPoint


class LatencyUnit(Frozen):
    """``latency/<task>``."""

    kind: Literal["latency"] = "latency"
    latency: Latency


class IdleUnit(Frozen):
    """``idle``: energy of the idle machine, before and after; more than one unit when measured twice."""

    kind: Literal["idle"] = "idle"
    energy: tuple[EnergyReading, ...]


class EnergyUnit(Frozen):
    """``energy/<test or task>``: joules of a speed test, or of a task's requests, in windows of their own."""

    kind: Literal["energy"] = "energy"
    of: str
    energy: tuple[EnergyReading, ...]


class MemoryUnit(Frozen):
    """``memory``: the whole of it, known when the worker ends."""

    kind: Literal["memory"] = "memory"
    memory: Memory


class TaskUnit(Frozen):
    """``task/<task>/<group>``: the task's head with the items of one fixed group, the unit of resume."""

    kind: Literal["task"] = "task"
    group: Annotated[int, Field(ge=0)]
    part: TaskResult


class TextLossUnit(Frozen):
    """``text-loss``: perplexity of a text, and the divergence from a reference model."""

    kind: Literal["text-loss"] = "text-loss"
    loss: TextLoss


class FailedUnit(Frozen):
    """Under the name of the unit that failed; a later line of that name, from another try, replaces it."""

    kind: Literal["failure"] = "failure"
    failure: Failure


UnitResult = Annotated[
    ModelUnit
    | LoadUnit
    | LoadsUnit
    | CeilingsUnit
    | SpeedUnit
    | LatencyUnit
    | IdleUnit
    | EnergyUnit
    | MemoryUnit
    | TaskUnit
    | TextLossUnit
    | FailedUnit,
    Field(discriminator="kind"),
]


class RunPlan(Frozen):
    """What a run set out to do. A journal is continued only under the same plan.

    ``choices`` holds whatever else decides what is run, as JSON: tasks with their content hashes, items,
    seeds, budgets, settings. ``tool.arguments`` may differ (``--resume`` itself does).
    """

    tool: Tool
    machine: Machine
    is_quick: bool
    models: tuple[str, ...]
    choices: dict[str, Any]


class Header(Frozen):
    """First line of a journal."""

    schema_version: Literal[2] = SCHEMA_VERSION
    run_id: str
    started_utc: datetime
    plan: RunPlan


class Line(Frozen):
    """One finished unit. ``wall_s`` is what it took, ``engine_s`` the part in which the model worked."""

    model: str
    unit: str
    wall_s: Seconds
    engine_s: Seconds
    result: UnitResult
