"""Energy meters: which there are, which work here, and which one a figure comes from."""

import platform
from collections.abc import Sequence
from pathlib import Path

from bench.meters.energy.core_watts import declared_core_watts, default_core_watts
from bench.meters.energy.cpu_model import open_cpu_model
from bench.meters.energy.rapl import POWERCAP, open_rapl
from bench.meters.protocol import Band, EnergyMeter, Unavailable

ORDER = ("measured", "derived", "modelled")  # what a counter saw goes before what was integrated or declared
BLIND = "does not see the GPU, where layers of the model are"


def open_meters(
    worker_pid: int,
    *,
    watts_per_core: Band | None = None,
    uses_gpu: bool = False,
    powercap: Path = POWERCAP,
) -> tuple[list[EnergyMeter], list[Unavailable]]:
    """Every meter that works here, best first, and every other one with its reason and remedy.

    ``watts_per_core`` replaces the sourced default of the modelled fallback. With ``uses_gpu`` a meter must
    see the GPU, too: joules without its share would be too low by most of what is drawn.
    """
    if uses_gpu:
        return [], [Unavailable(name, BLIND, None) for name in ("rapl", "cpu-model")]
    meters: list[EnergyMeter] = []
    missing: list[Unavailable] = []
    rapl = open_rapl(powercap)
    if isinstance(rapl, Unavailable):
        missing.append(rapl)
    else:
        meters.append(rapl)
    if watts_per_core is None:
        watts = default_core_watts(platform.machine())
    else:
        watts = declared_core_watts(watts_per_core)
    try:
        meters.append(open_cpu_model(worker_pid, watts))
    except OSError as error:
        missing.append(Unavailable("cpu-model", f"the worker's CPU time cannot be read: {error}", None))
    return meters, missing


def choose(meters: Sequence[EnergyMeter]) -> EnergyMeter | None:
    """The meter that the figures come from: measured before derived before modelled; None without any."""
    return min(meters, key=lambda meter: ORDER.index(meter.info.provenance), default=None)
