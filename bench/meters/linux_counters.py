"""The Linux kernel's cumulative counters of what keeps a process from its CPUs; pure parsing of small files.

Every function returns None for what the kernel does not say, or does not let this user read.
"""

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from bench.meters import cgroup
from bench.units import NS_PER_S

IDLE_COLUMNS = (4, 5)  # of a cpu line in /proc/stat: idle and iowait
STEAL_COLUMN = 8
US_PER_S = 1e6
THROTTLED = {"throttled_usec": 1 / US_PER_S, "throttled_time": 1 / NS_PER_S}  # versions 2 and 1


@dataclass(frozen=True, slots=True)
class CpuTimes:
    """Since boot, summed over ``n_cpus`` CPUs."""

    idle_s: float
    stolen_s: float | None
    n_cpus: int


def cpu_times(proc: Path, cpus: Iterable[int]) -> CpuTimes | None:
    """Idle and stolen seconds of ``cpus``, to one tick (10 ms) each; kernels before 2.6.11 tell no steal."""
    names = {f"cpu{cpu}" for cpu in cpus}
    idle_ticks = stolen_ticks = n_cpus = 0
    tells_steal = True
    try:
        for line in (proc / "stat").read_text(encoding="ascii").splitlines():
            columns = line.split()
            if columns and columns[0] in names:
                idle_ticks += sum(int(columns[column]) for column in IDLE_COLUMNS)
                tells_steal = tells_steal and len(columns) > STEAL_COLUMN
                stolen_ticks += int(columns[STEAL_COLUMN]) if tells_steal else 0
                n_cpus += 1
    except (OSError, ValueError, IndexError):
        return None
    if not n_cpus:
        return None
    ticks_per_s = os.sysconf("SC_CLK_TCK")
    return CpuTimes(idle_ticks / ticks_per_s, stolen_ticks / ticks_per_s if tells_steal else None, n_cpus)


def stalled_s(proc: Path, resource: str) -> float | None:
    """Seconds since boot in which some task waited for ``resource``, "cpu" or "memory" (pressure stall)."""
    try:
        for line in (proc / "pressure" / resource).read_text(encoding="ascii").splitlines():
            if line.startswith("some "):
                return int(line.rpartition("total=")[2]) / US_PER_S
    except (OSError, ValueError):
        pass
    return None


def swapped_bytes(proc: Path) -> int | None:
    """Bytes moved to and from swap since boot, by anybody; pages of files, such as mapped weights, not."""
    pages = _named_numbers(proc / "vmstat", ("pswpin", "pswpout"))
    return sum(pages.values()) * os.sysconf("SC_PAGE_SIZE") if len(pages) == 2 else None


def throttle_files(root: Path) -> tuple[Path, ...]:
    """The ``cpu.stat`` of this process's control groups, innermost first, that tell of throttling."""
    files = (folder / "cpu.stat" for folder in cgroup.folders(root, "cpu"))
    return tuple(file for file in files if _named_numbers(file, THROTTLED))


def throttled_s(files: Iterable[Path]) -> float | None:
    """Seconds in which a CPU quota held the groups of ``files``, summed over their CPUs."""
    counts = [_named_numbers(file, THROTTLED) for file in files]
    found = [number * THROTTLED[name] for count in counts for name, number in count.items()]
    return sum(found) if found else None


def waited_s(proc: Path, pid: int) -> float | None:
    """Seconds for which the living threads of ``pid`` were ready to run and another had their CPU.

    The scheduler's own run delay, in nanoseconds (second figure of ``schedstat``), not sampled by ticks.
    """
    folder = proc / str(pid) / "task"
    waited_ns = 0
    try:
        for thread in folder.iterdir():
            waited_ns += int((thread / "schedstat").read_text(encoding="ascii").split()[1])
    except (OSError, ValueError, IndexError):
        return None
    return waited_ns / NS_PER_S


def _named_numbers(file: Path, names: Iterable[str]) -> dict[str, int]:
    """``name number`` lines of a file; empty when it cannot be read."""
    try:
        lines = [line.split() for line in file.read_text(encoding="ascii").splitlines()]
    except (OSError, ValueError):
        return {}
    return {
        line[0]: int(line[1]) for line in lines if len(line) == 2 and line[0] in names and line[1].isdigit()
    }
