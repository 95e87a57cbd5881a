"""Was a sample taken while others used the machine?"""

from typing import Protocol

from bench.meters.protocol import ContentionReading
from bench.records.types import Contention
from bench.units import NS_PER_S

# llama.cpp's threads spin at a barrier, so one stolen core slows all of them: a small share is already much.
OTHERS_SHARE = 0.05
# Idle time comes in ticks of 10 ms a CPU; two readings and the harness's own switching may err by two ticks.
TICKS_ALLOWED_S = 0.02
# Share of the time in which some task waited for a CPU. The worker's own threads and the parent's short
# readings cause a few per cent by themselves.
STALLED_SHARE = 0.20


class ContentionSource(Protocol):
    def read(self) -> ContentionReading: ...


def contention_between(before: ContentionReading, after: ContentionReading) -> Contention:
    """What others took between two readings, and whether that is enough to call the sample disturbed.

    ``others_cpu_s`` is busy time of the usable CPUs less that of worker and parent. Not known is not zero:
    a sample is called disturbed only by what the system told.
    """
    window_s = (after.at_ns - before.at_ns) / NS_PER_S
    busy_s = _difference(before.busy_cpu_s, after.busy_cpu_s)
    own_s = _difference(before.own_cpu_s, after.own_cpu_s)
    others_s = None if busy_s is None or own_s is None else max(0.0, busy_s - own_s)
    stalled_s = _difference(before.stalled_s, after.stalled_s)
    allowed_s = OTHERS_SHARE * window_s * after.n_cpus + TICKS_ALLOWED_S * after.n_cpus
    is_crowded = others_s is not None and others_s > allowed_s
    is_stalled = stalled_s is not None and stalled_s > STALLED_SHARE * window_s + TICKS_ALLOWED_S
    return Contention(others_cpu_s=others_s, stalled_s=stalled_s, is_disturbed=is_crowded or is_stalled)


def _difference(before: float | None, after: float | None) -> float | None:
    return None if before is None or after is None else max(0.0, after - before)
