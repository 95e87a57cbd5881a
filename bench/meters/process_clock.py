"""The CPU time of another process, read without waking it."""

import sys
import time
from collections.abc import Callable

from bench.units import NS_PER_S

WINDOWS_TICK_S = 1 / 64  # Windows accounts CPU time by its 15.625 ms timer tick


def open_process_clock(pid: int) -> tuple[Callable[[], int], float]:
    """A function that returns the CPU nanoseconds of ``pid``, all threads; and its resolution in seconds.

    The function raises OSError once the process has gone.
    """
    if sys.platform != "linux":
        return _psutil_clock(pid), WINDOWS_TICK_S if sys.platform == "win32" else 1e-3
    return _linux_clock(pid), 1 / NS_PER_S


def _linux_clock(pid: int) -> Callable[[], int]:
    # POSIX hands out a clock per process (clock_getcpuclockid); on Linux its id is the complement of the
    # pid above three bits, of which CPUCLOCK_SCHED = 2 asks the scheduler's own nanosecond count.
    clock_id = (~pid << 3) | 2
    return lambda: time.clock_gettime_ns(clock_id)


def _psutil_clock(pid: int) -> Callable[[], int]:
    import psutil

    try:
        process = psutil.Process(pid)
    except psutil.Error as error:
        raise ProcessLookupError(f"process {pid} has gone") from error

    def read() -> int:
        try:
            times = process.cpu_times()
        except psutil.Error as error:
            raise ProcessLookupError(f"the CPU time of process {pid} cannot be read: {error}") from error
        return round((times.user + times.system) * NS_PER_S)

    return read
