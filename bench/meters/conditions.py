"""The machine's state where it moves speed: power source, clock policy, heat, swap."""

import os
from pathlib import Path

from bench.meters import host
from bench.meters.protocol import Conditions
from bench.meters.sensors import Sensors

ROOT = Path("/")


def read_conditions(root: Path = ROOT) -> Conditions:
    """One look at the machine; None for what it does not say. Takes milliseconds: never in timed windows."""
    import psutil

    sensors = Sensors(root)
    return Conditions(
        usable_cpus=host.usable_cpus(root),
        online_cpus=os.cpu_count() or 1,
        on_battery=sensors.on_battery(),
        governor=sensors.governor(),
        governor_driver=sensors.governor_driver(),
        temperature_c=sensors.temperature_c(),
        cpu_mhz=sensors.cpu_mhz(),
        swap_used_bytes=psutil.swap_memory().used,
    )
