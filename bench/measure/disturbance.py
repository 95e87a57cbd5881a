"""Was a sample taken while something kept the machine from the worker, and what was it?

The thresholds sit where an effect reaches the size of what is measured, a half-width of 2 %, and above
what a quiet machine shows by itself. Each is a share of the sample's length plus what the counter's own
steps may add.
"""

from collections.abc import Iterator
from typing import Protocol

from bench.meters.protocol import ContentionReading
from bench.records.types import Cause, Contention, MachineState
from bench.units import seconds

# llama.cpp's threads spin at a barrier, so one stolen core slows all of them: a small share is already much.
OTHERS_SHARE = 0.05
# Idle time comes in ticks of 10 ms a CPU; two readings and the harness's own switching may err by two ticks.
TICKS_ALLOWED_S = 0.02
# Time that one thread loses is lost at the barrier for all, whoever took it: seconds for which the worker's
# threads had no CPU though they were ready, or a hypervisor had their CPU, as a share of the sample. The
# scheduler counts waits exactly, so that a neighbour that uses 5 % of one core is seen in a sample of any
# length. Kernel threads and interrupts take up to 0.5 % of each CPU of a quiet machine.
LOST_SHARE = 0.02
LOST_SHARE_PER_CPU = 0.005
# Share of the time in which some task of the system waited for a CPU; the worker's own threads and the
# parent's short readings cause a few per cent by themselves. Only where the worker's own waits are not told.
STALLED_SHARE = 0.20
STOLEN_TICK_S = 0.01  # stolen time is told in ticks, of each CPU
# A quota stops all threads until its period of 100 ms ends: there is no harmless amount above the rounding.
THROTTLED_SHARE = 0.01
# Somebody's idle pages may trickle to swap; a model that is swapped moves hundreds of MB a second.
SWAPPED_BYTES_PER_S = 1 << 20
# Waiting for memory (reclaim, or reading mapped weights back from disk) is as good as a stop.
MEMORY_STALLED_SHARE = 0.01
# The two clocks that tell sleep are read a moment apart.
SUSPENDED_S = 0.01
# A clock that is kept by a time service slews and is never that far off within a sample.
CLOCK_STEP_S = 0.5

# Told, and no disturbance: samples are timed by the monotonic clock, which nobody can set.
HARMLESS: tuple[Cause, ...] = ("clock-stepped",)


class ContentionSource(Protocol):
    def read(self) -> ContentionReading: ...


def contention_between(before: ContentionReading, after: ContentionReading) -> Contention:
    """What happened between two readings, and whether that is enough to call the sample disturbed.

    ``others_cpu_s`` is busy time of the usable CPUs less that of worker and parent. Not known is not zero:
    a sample is called disturbed only by what the system told.
    """
    busy_s = _difference(before.busy_cpu_s, after.busy_cpu_s)
    own_s = _difference(before.own_cpu_s, after.own_cpu_s)
    swapped = _difference(before.swapped_bytes, after.swapped_bytes)
    found = Contention(
        others_cpu_s=None if busy_s is None or own_s is None else max(0.0, busy_s - own_s),
        stalled_s=_difference(before.stalled_s, after.stalled_s),
        is_disturbed=False,
        waited_s=_waited_s(before, after),
        stolen_s=_difference(before.stolen_s, after.stolen_s),
        throttled_s=_difference(before.throttled_s, after.throttled_s),
        swapped_bytes=None if swapped is None else int(swapped),
        memory_stalled_s=_difference(before.memory_stalled_s, after.memory_stalled_s),
        suspended_s=_difference(before.suspended_s, after.suspended_s),
        clock_step_s=_clock_step_s(before, after),
    )
    causes = tuple(_causes(found, _window_s(before, after), after.n_cpus))
    return found.model_copy(
        update={"causes": causes, "is_disturbed": any(cause not in HARMLESS for cause in causes)}
    )


def state_of(reading: ContentionReading) -> MachineState:
    """The machine at the moment of a reading."""
    return MachineState(
        cpu_mhz=reading.cpu_mhz,
        temperature_c=reading.temperature_c,
        governor=reading.governor,
        on_battery=reading.on_battery,
    )


def _causes(found: Contention, window_s: float, n_cpus: int) -> Iterator[Cause]:
    if _exceeds(found.others_cpu_s, (OTHERS_SHARE * window_s + TICKS_ALLOWED_S) * n_cpus):
        yield "other-processes"
    lost_allowed_s = (LOST_SHARE + LOST_SHARE_PER_CPU * n_cpus) * window_s
    if found.waited_s is not None:
        if found.waited_s > lost_allowed_s:
            yield "cpu-pressure"
    elif _exceeds(found.stalled_s, STALLED_SHARE * window_s + TICKS_ALLOWED_S):
        yield "cpu-pressure"
    if _exceeds(found.stolen_s, lost_allowed_s + STOLEN_TICK_S * n_cpus):
        yield "hypervisor-steal"
    if _exceeds(found.throttled_s, THROTTLED_SHARE * window_s):
        yield "quota-throttled"
    if _exceeds(found.swapped_bytes, SWAPPED_BYTES_PER_S * max(1.0, window_s)):
        yield "swapping"
    if _exceeds(found.memory_stalled_s, MEMORY_STALLED_SHARE * window_s):
        yield "memory-pressure"
    if _exceeds(found.suspended_s, SUSPENDED_S):
        yield "suspended"
    if found.clock_step_s:
        yield "clock-stepped"


def _exceeds(amount: float | None, allowed: float) -> bool:
    return amount is not None and amount > allowed


def _window_s(before: ContentionReading, after: ContentionReading) -> float:
    return seconds(after.at_ns - before.at_ns)


def _waited_s(before: ContentionReading, after: ContentionReading) -> float | None:
    """A thread that ended in between took its count along: then a part of the sum is not known."""
    if before.waited_s is None or after.waited_s is None or after.waited_s < before.waited_s:
        return None
    return after.waited_s - before.waited_s


def _clock_step_s(before: ContentionReading, after: ContentionReading) -> float | None:
    """What the wall clock went further than time awake and asleep; 0 below what counts as a step."""
    if before.wall_s is None or after.wall_s is None:
        return None
    asleep_s = _difference(before.suspended_s, after.suspended_s) or 0.0
    step_s = after.wall_s - before.wall_s - _window_s(before, after) - asleep_s
    return round(step_s, 3) if abs(step_s) > CLOCK_STEP_S else 0.0


def _difference(before: float | None, after: float | None) -> float | None:
    return None if before is None or after is None else max(0.0, after - before)
