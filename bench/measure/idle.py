"""Idle power: what the machine draws while the worker waits."""

import time
from collections.abc import Callable

from bench.measure.disturbance import ContentionSource, contention_between
from bench.measure.energy import EnergySource, absent, attribute
from bench.records.types import EnergyReading
from bench.worker.protocol import Window

TRIES = 2


def measure_idle(
    source: EnergySource | None,
    duration_s: float,
    *,
    contention: ContentionSource | None = None,
    sleep: Callable[[float], None] = time.sleep,
    clock: Callable[[], int] = time.perf_counter_ns,
) -> EnergyReading | None:
    """Gross joules of a pause of ``duration_s``; None when there is nothing to subtract idle power from.

    That is so without a meter, and with one that sees only what the worker adds. Call it before and after
    the measurements, with no call to the worker in flight. A pause that others disturb is repeated once;
    when that is disturbed, too, the reading is absent: it would make the increments too small.
    """
    if source is None or source.info.is_above_idle:
        return None
    for _ in range(TRIES):
        before = contention.read() if contention is not None else None
        source.mark()
        start_ns = clock()
        sleep(duration_s)
        end_ns = clock()
        source.mark()
        if (
            contention is None
            or before is None
            or not contention_between(before, contention.read()).is_disturbed
        ):
            return attribute(source, "idle", [Window(start_ns, end_ns)], None)
    return absent(source.info, "idle", duration_s, None, "other processes disturbed the idle machine")
