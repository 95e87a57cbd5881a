"""What keeps the CPUs from the worker: other processes, the hypervisor, quotas, swap, sleep."""

import os
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from bench.meters import linux_counters
from bench.meters.linux_counters import CpuTimes
from bench.meters.process_clock import open_process_clock
from bench.meters.protocol import ContentionReading
from bench.meters.sensors import Sensors
from bench.units import NS_PER_S

ROOT = Path("/")


def wall_now_s() -> float:
    """The wall clock, which somebody may set: never for durations, only to see that it was set."""
    return datetime.now(UTC).timestamp()


def suspended_now_s() -> float | None:
    """Seconds since boot in which the machine slept; None where no two clocks tell sleep from waking.

    On Linux and macOS ``perf_counter`` stands still in sleep, and another clock does not.
    """
    if sys.platform == "linux":
        asleep, awake = time.CLOCK_BOOTTIME, time.CLOCK_MONOTONIC
    elif sys.platform == "darwin":
        asleep, awake = time.CLOCK_MONOTONIC_RAW, time.CLOCK_UPTIME_RAW
    else:
        return None
    # Read in this order a delay in between makes the difference too small, never a sleep that was not.
    running_ns = time.clock_gettime_ns(asleep)
    return (running_ns - time.clock_gettime_ns(awake)) / NS_PER_S


class ContentionMeter:
    """Reads cumulative counters; two readings around a sample tell what happened in between.

    On Linux the busy time is what the usable CPUs did not idle, so that time stolen by a hypervisor
    counts as others' too, and is told apart as well. Idle time is exact to one tick (10 ms) a CPU, where
    the kernel's user and system times are themselves sampled by the tick.
    """

    def __init__(
        self,
        worker_pid: int,
        *,
        root: Path = ROOT,
        clock: Callable[[], int] = time.perf_counter_ns,
        wall: Callable[[], float] = wall_now_s,
        suspended: Callable[[], float | None] = suspended_now_s,
    ) -> None:
        self._worker_pid = worker_pid
        self._root = root
        self._clock = clock
        self._wall = wall
        self._suspended = suspended
        self._worker_cpu_ns, _ = open_process_clock(worker_pid)
        self._sensors = Sensors(root)
        self._is_linux = sys.platform == "linux"
        # Without a per-process view of the system (not Linux) every CPU counts.
        self._cpus = os.sched_getaffinity(0) if sys.platform == "linux" else set()
        self._throttle_files = linux_counters.throttle_files(root)

    def read(self) -> ContentionReading:
        """Constant-time, well below a millisecond; None for what the system does not say."""
        at_ns = self._clock()
        times = self._cpu_times()
        proc = self._root / "proc"
        return ContentionReading(
            at_ns=at_ns,
            busy_cpu_s=None if times is None else times.n_cpus * at_ns / NS_PER_S - times.idle_s,
            own_cpu_s=self._own_cpu_s(),
            stalled_s=linux_counters.stalled_s(proc, "cpu"),
            n_cpus=1 if times is None else times.n_cpus,
            waited_s=linux_counters.waited_s(proc, self._worker_pid),
            stolen_s=None if times is None else times.stolen_s,
            throttled_s=linux_counters.throttled_s(self._throttle_files),
            swapped_bytes=linux_counters.swapped_bytes(proc),
            memory_stalled_s=linux_counters.stalled_s(proc, "memory"),
            suspended_s=self._suspended(),
            wall_s=self._wall(),
            cpu_mhz=self._sensors.cpu_mhz(),
            temperature_c=self._sensors.temperature_c(),
            governor=self._sensors.governor(),
            on_battery=self._sensors.on_battery(),
        )

    def _cpu_times(self) -> CpuTimes | None:
        if self._is_linux:
            return linux_counters.cpu_times(self._root / "proc", self._cpus)
        import psutil

        return CpuTimes(psutil.cpu_times().idle, None, psutil.cpu_count() or 1)

    def _own_cpu_s(self) -> float | None:
        try:
            return (self._worker_cpu_ns() + time.process_time_ns()) / NS_PER_S
        except OSError:
            return None
