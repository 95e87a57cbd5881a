"""What a meter is. A reading is a value with unit and provenance, or absent with a reason; never 0."""

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
    max_power_w: float | None = None  # what the reading cannot grow faster than, where that is known


@dataclass(frozen=True, slots=True)
class EnergySample:
    """Cumulative joules since the meter was opened (wrap-arounds undone), on the parent's perf_counter_ns."""

    at_ns: int
    joules: Band


@dataclass(frozen=True, slots=True)
class WindowEnergy:
    """Joules of one window. ``edge_error_j`` is the part of the doubt that a longer window would shrink."""

    joules: Band
    edge_error_j: float  # from the meter's resolution, and from edges that fall between readings


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
    rss_anon_bytes: int | None = None
    rss_file_bytes: int | None = None  # mapped weights and program code
    swap_bytes: int | None = None
    locked_bytes: int | None = None


@dataclass(frozen=True, slots=True)
class ContentionReading:
    """Cumulative counters, and the machine's state now; None for what the system does not say.

    Two readings and their difference tell what happened in between.
    """

    at_ns: int
    busy_cpu_s: float | None  # all CPUs, all processes
    own_cpu_s: float | None  # worker and parent
    stalled_s: float | None  # pressure-stall "some" of the CPU
    n_cpus: int = 1  # CPUs that ``busy_cpu_s`` sums over: those the worker may run on
    waited_s: float | None = None  # the worker's threads were ready to run, and another had their CPU
    stolen_s: float | None = None  # of the CPUs' time, what a hypervisor gave to others; part of busy
    throttled_s: float | None = None  # the control group's CPU quota was used up
    swapped_bytes: int | None = None  # to and from swap, by anybody
    memory_stalled_s: float | None = None  # pressure-stall "some" of memory
    suspended_s: float | None = None  # the machine slept, and ``at_ns`` stood still
    wall_s: float | None = None  # the wall clock, which may be set
    cpu_mhz: float | None = None
    temperature_c: float | None = None
    governor: str | None = None
    on_battery: bool | None = None


@dataclass(frozen=True, slots=True)
class Conditions:
    """What about the machine's state moves its speed; None where the system does not say."""

    usable_cpus: int
    online_cpus: int
    on_battery: bool | None
    governor: str | None  # of the first usable CPU: "performance", "powersave", …
    governor_driver: str | None
    temperature_c: float | None
    cpu_mhz: float | None
    swap_used_bytes: int | None

    @property
    def is_clock_held_down(self) -> bool:
        """A governor that keeps the lowest clock. These drivers' "powersave" is dynamic and no such thing."""
        return self.governor == "powersave" and self.governor_driver not in ("intel_pstate", "amd-pstate-epp")


@dataclass(frozen=True, slots=True)
class Ability:
    """One line of ``doctor``; ``works`` is None where the line only informs."""

    name: str
    works: bool | None
    detail: str
    remedy: str | None
