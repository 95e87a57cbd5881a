"""What a meter is. A reading is a value with its unit and provenance, or absent with a reason; never 0 for absent."""

from dataclasses import dataclass
from typing import Literal, Protocol

Provenance = Literal["measured", "derived", "modelled", "absent"]


@dataclass(frozen=True, slots=True)
class Band:
    """A value with its bounds, all in one unit; ``low <= value <= high``."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class MeterInfo:
    """What an energy meter covers, for the record and for ``doctor``."""

    name: str  # "rapl", "cpu-model"
    domains: tuple[str, ...]  # what is summed, never overlapping: ("package-0", "package-1")
    covers: str  # "package" | "package+dram" | "worker-cpu" | "gpu" | "soc" | "wall"
    provenance: Provenance
    is_above_idle: bool  # True when the meter sees only what the worker adds (the model); False: gross
    resolution_j: float
    detail: str  # one line: where it reads, or the declared watts and their source


@dataclass(frozen=True, slots=True)
class EnergySample:
    """Cumulative joules since the meter was opened (wrap-arounds undone), on the parent's perf_counter_ns."""

    at_ns: int
    joules: Band


class EnergyMeter(Protocol):
    info: MeterInfo

    def read(self) -> EnergySample:
        """One constant-time reading; raises OSError when the sensor has gone."""
        ...


@dataclass(frozen=True, slots=True)
class Unavailable:
    """A meter that cannot work here, and the one command or step that would make it work."""

    name: str
    reason: str
    remedy: str | None


@dataclass(frozen=True, slots=True)
class MemoryReading:
    """Bytes of one process as the system reports them; None where the system does not say."""

    rss_bytes: int | None
    peak_rss_bytes: int | None
    uss_bytes: int | None = None
    pss_bytes: int | None = None


@dataclass(frozen=True, slots=True)
class ContentionReading:
    """Cumulative counters; two readings and their difference tell what others did in between."""

    at_ns: int
    busy_cpu_s: float | None  # all CPUs, all processes
    own_cpu_s: float | None  # worker and parent
    stalled_s: float | None  # pressure-stall "some" of the CPU
