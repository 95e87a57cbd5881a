"""The types that last: what a run leaves behind, and the only vocabulary that rooms share.

Frozen, strict, finite; field names carry their units; raw samples are kept and summaries derived.
A change of meaning raises ``SCHEMA_VERSION`` and adds a step to ``bench.records.upgrade``.
"""

from typing import Final, Literal

from pydantic import Field

from bench.records.base import (
    Band,
    Bytes,
    Count,
    FailureKind,
    Frozen,
    Interval,
    Moment,
    OpenBand,
    Provenance,
    Seconds,
    Usd,
)
from bench.records.break_even import BreakEvenFigure, BreakEvenPoint, DevicesNeeded
from bench.records.carbon import CarbonBeside, CarbonHere, CarbonThere
from bench.records.conclusions import (
    DEFAULT_RIVAL,
    NAMED_RIVAL,
    ApiEvidence,
    ApiPrice,
    Assessment,
    Assumption,
    ChargeLife,
    Comparison,
    ExplainedPart,
    ExplainedStep,
    Gate,
    Swing,
    TaskEfficiency,
    TaskEnergy,
    TokensPerRequest,
)
from bench.records.frontier import (
    Added,
    Figure,
    Frontier,
    LeftOut,
    LossRange,
    Measure,
    Met,
    Ranking,
    Sign,
    Way,
    WayKind,
)
from bench.records.loads import LoadCurve, LoadPoint, LoadTimes, TaskLoad
from bench.records.measured import (
    BufferSize,
    Cause,
    Ceilings,
    Contention,
    EnergyReading,
    KernelCeiling,
    Latency,
    LoadSample,
    MachineState,
    Memory,
    MemoryParts,
    MemoryPoint,
    RateSample,
    RequestSample,
    SpeedPoint,
)
from bench.records.mixtures import Mixture, MixtureSide
from bench.records.over_time import AtDecline, Density, OverTime
from bench.records.quality import Divergence, ItemResult, Sampling, TaskResult, TextLoss, Thinking
from bench.records.setup import SETTING_NAMES, EngineBuild, Gpu, Machine, Model, Settings, Tool
from bench.records.workload import PublishedCost, WorkloadBill, WorkloadCost, WorkloadHere, WorkloadTokens
from bench.records.worksheet import (
    NotRedone,
    SheetApi,
    SheetBill,
    SheetComparison,
    SheetEnergy,
    SheetFound,
    SheetLevel,
    SheetRecord,
    SheetScenario,
    SheetSpeed,
    SheetTask,
    Worksheet,
)

__all__ = [
    "DEFAULT_RIVAL",
    "NAMED_RIVAL",
    "SCHEMA_VERSION",
    "SETTING_NAMES",
    "Added",
    "ApiEvidence",
    "ApiPrice",
    "Assessment",
    "Assumption",
    "AtDecline",
    "Band",
    "BreakEvenFigure",
    "BreakEvenPoint",
    "Breakdown",
    "BufferSize",
    "Bytes",
    "CarbonBeside",
    "CarbonHere",
    "CarbonThere",
    "Cause",
    "Ceilings",
    "ChargeLife",
    "Comparison",
    "Contention",
    "Count",
    "Density",
    "DevicesNeeded",
    "Divergence",
    "EnergyReading",
    "EngineBuild",
    "ExplainedPart",
    "ExplainedStep",
    "Failure",
    "FailureKind",
    "Figure",
    "Frontier",
    "Frozen",
    "Gate",
    "Gpu",
    "Imported",
    "Interval",
    "ItemResult",
    "KernelCeiling",
    "Latency",
    "LeftOut",
    "LoadCurve",
    "LoadPoint",
    "LoadSample",
    "LoadTimes",
    "LossRange",
    "Machine",
    "MachineState",
    "Measure",
    "Memory",
    "MemoryParts",
    "MemoryPoint",
    "Met",
    "Mixture",
    "MixtureSide",
    "Model",
    "NotRedone",
    "OpenBand",
    "OverTime",
    "Provenance",
    "PublishedCost",
    "Ranking",
    "RateSample",
    "Record",
    "RequestSample",
    "Sampling",
    "Seconds",
    "Settings",
    "SheetApi",
    "SheetBill",
    "SheetComparison",
    "SheetEnergy",
    "SheetFound",
    "SheetLevel",
    "SheetRecord",
    "SheetScenario",
    "SheetSpeed",
    "SheetTask",
    "Sign",
    "SpeedPoint",
    "Swing",
    "TaskEfficiency",
    "TaskEnergy",
    "TaskLoad",
    "TaskResult",
    "TextLoss",
    "Thinking",
    "TokensPerRequest",
    "Tool",
    "Usd",
    "Warned",
    "Way",
    "WayKind",
    "WorkloadBill",
    "WorkloadCost",
    "WorkloadHere",
    "WorkloadTokens",
    "Worksheet",
]

SCHEMA_VERSION: Final = 2  # bench.records.upgrade has the history


class Failure(Frozen):
    unit: str
    kind: FailureKind
    what: str
    last_words: str = ""


class Warned(Frozen):
    """One of the closed list of warnings, with its remedy."""

    code: str
    what: str
    remedy: str


class Breakdown(Frozen):
    """Where the wall time of the run went; ``engine_s`` is the model working."""

    wall_s: Seconds
    engine_s: Seconds
    by_unit_s: dict[str, Seconds]


class Imported(Frozen):
    """Another tool's measurement: which tool, and its settings that ``Settings`` has no word for.

    What it does not tell is None or "unknown" in the record, never a guess.
    """

    tool: str
    settings: dict[str, str | int | bool] = Field(default_factory=dict)


class Record(Frozen):
    """One model on one machine in one run."""

    schema_version: Literal[2] = SCHEMA_VERSION
    content_sha256: str | None = Field(
        default=None,
        pattern="^[0-9a-f]{64}$",
        description="of the document as written, without this entry; None: not written, or of schema 1",
    )
    id: str
    created_utc: Moment
    tool: Tool
    machine: Machine
    model: Model
    settings: Settings
    quality_settings: Settings | None
    choice_settings: Settings | None = Field(
        default=None, description="how tasks scored by log-likelihood were held; None: as the other tasks"
    )
    parallel_settings: Settings | None = Field(
        default=None, description="how the points with n_parallel were held"
    )
    engine: EngineBuild | None
    load: LoadSample | None
    loads: tuple[LoadSample, ...] = Field(
        default=(), description="further loads, cold and warm in turn, each in a process of its own"
    )
    ceilings: Ceilings | None = None
    speed: tuple[SpeedPoint, ...]
    latency: tuple[Latency, ...]
    idle_energy: tuple[EnergyReading, ...]
    memory: Memory | None
    tasks: tuple[TaskResult, ...]
    text_loss: TextLoss | None = Field(
        default=None, description="perplexity of a text, and the divergence from a reference model on it"
    )
    failures: tuple[Failure, ...]
    warnings: tuple[Warned, ...]
    breakdown: Breakdown
    is_complete: bool
    is_quick: bool
    assessment: Assessment | None
    imported: Imported | None = Field(default=None, description="set where breakeven did not measure it")

    @property
    def kind(self) -> Literal["run", "speed", "quality"]:
        """What was to be measured: all, or speed or quality alone, which nothing compares with an API."""
        if self.assessment is not None:
            return "run"
        if self.quality_settings is None:
            return "speed"
        return "quality" if self.load is None else "run"
