"""Idle power: what the machine draws while the worker waits."""

import time
from collections.abc import Callable

from bench.measure.energy import EnergySource, attribute
from bench.records.types import EnergyReading
from bench.worker.protocol import Window


def measure_idle(
    source: EnergySource | None,
    duration_s: float,
    *,
    sleep: Callable[[float], None] = time.sleep,
    clock: Callable[[], int] = time.perf_counter_ns,
) -> EnergyReading | None:
    """Gross joules of a pause of ``duration_s``; None when there is nothing to subtract idle power from.

    That is so without a meter, and with one that sees only what the worker adds. Call it before and after
    the measurements, with no call to the worker in flight.
    """
    if source is None or source.info.is_above_idle:
        return None
    source.mark()
    start_ns = clock()
    sleep(duration_s)
    end_ns = clock()
    source.mark()
    return attribute(source, "idle", [Window(start_ns, end_ns)], None)
