"""What other processes take of the CPUs that the worker may use."""

import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

from bench.meters.process_clock import open_process_clock
from bench.meters.protocol import ContentionReading
from bench.units import NS_PER_S

PROC = Path("/proc")
IDLE_COLUMNS = (4, 5)  # of a cpu line in /proc/stat: idle and iowait


class ContentionMeter:
    """Reads cumulative counters; two readings around a sample tell what others did in between.

    On Linux the busy time is what the usable CPUs did not idle, so that time stolen by a hypervisor
    counts as others' too. Idle time is exact to one tick (10 ms) a CPU, where the kernel's user and
    system times are themselves sampled by the tick.
    """

    def __init__(
        self, worker_pid: int, *, proc: Path = PROC, clock: Callable[[], int] = time.perf_counter_ns
    ) -> None:
        self._proc = proc
        self._clock = clock
        self._worker_cpu_ns, _ = open_process_clock(worker_pid)
        # Without a per-process view of the system (not Linux) every CPU counts.
        self._cpus = os.sched_getaffinity(0) if sys.platform == "linux" else None

    def read(self) -> ContentionReading:
        """Constant-time; None for what the system does not say."""
        at_ns = self._clock()
        idle = self._idle()
        own_cpu_s = self._own_cpu_s()
        stalled_s = self._stalled_s()
        if idle is None:
            return ContentionReading(at_ns, None, own_cpu_s, stalled_s)
        idle_s, n_cpus = idle
        return ContentionReading(at_ns, n_cpus * at_ns / NS_PER_S - idle_s, own_cpu_s, stalled_s, n_cpus)

    def _idle(self) -> tuple[float, int] | None:
        """Idle CPU seconds since boot and the number of CPUs summed."""
        if self._cpus is not None:
            return self._idle_linux(self._cpus)
        import psutil

        return psutil.cpu_times().idle, psutil.cpu_count() or 1

    def _idle_linux(self, cpus: set[int]) -> tuple[float, int] | None:
        names = {f"cpu{cpu}" for cpu in cpus}
        idle_ticks = n_cpus = 0
        try:
            for line in (self._proc / "stat").read_text(encoding="ascii").splitlines():
                columns = line.split()
                if columns and columns[0] in names:
                    idle_ticks += sum(int(columns[column]) for column in IDLE_COLUMNS)
                    n_cpus += 1
        except (OSError, ValueError, IndexError):
            return None
        return (idle_ticks / os.sysconf("SC_CLK_TCK"), n_cpus) if n_cpus else None

    def _own_cpu_s(self) -> float | None:
        try:
            return (self._worker_cpu_ns() + time.process_time_ns()) / NS_PER_S
        except OSError:
            return None

    def _stalled_s(self) -> float | None:
        """Seconds since boot in which some task waited for a CPU (pressure-stall information)."""
        try:
            for line in (self._proc / "pressure" / "cpu").read_text(encoding="ascii").splitlines():
                if line.startswith("some "):
                    return int(line.rpartition("total=")[2]) / 1e6
        except (OSError, ValueError):
            pass
        return None
