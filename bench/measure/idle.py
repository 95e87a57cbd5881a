"""Idle power: what the machine draws while the worker waits."""

import time
from collections.abc import Callable
from functools import partial

from bench.measure.disturbance import ContentionSource
from bench.measure.energy import Work, measure_energy
from bench.measure.energy_rule import EnergyRule
from bench.meters.protocol import EnergyMeters
from bench.records.types import EnergyReading
from bench.worker.protocol import Window

PAUSE_S = 0.25


def measure_idle(
    meters: EnergyMeters,
    *,
    rule: EnergyRule,
    contention: ContentionSource,
    sleep: Callable[[float], None] = time.sleep,
    clock: Callable[[], int] = time.perf_counter_ns,
) -> tuple[EnergyReading, ...]:
    """Gross joules of a pause; nothing of meters that see only what the worker adds.

    Call it before and after the measurements, with no call to the worker in flight. A pause that others
    disturb twice is absent: it would make the increments too small.
    """
    readings = measure_energy(
        meters, "idle", partial(_pause, sleep, clock), rule=rule, contention=contention, clock=clock
    )
    disturbed = {
        "provenance": "absent",
        "gross_j": None,
        "absent_because": "other processes disturbed the idle machine",
    }
    return tuple(
        reading.model_copy(update=disturbed) if reading.is_disturbed else reading for reading in readings
    )


def _pause(sleep: Callable[[float], None], clock: Callable[[], int]) -> Work:
    start_ns = clock()
    sleep(PAUSE_S)
    return Work(Window(start_ns, clock()), None)
