"""The machine's state where it moves speed: power source, clock policy, heat, swap."""

import os
import sys
from pathlib import Path

from bench.meters import host
from bench.meters.protocol import Conditions

ROOT = Path("/")


def read_conditions(root: Path = ROOT) -> Conditions:
    """One look at the machine; None for what it does not say. Takes milliseconds: never in timed windows."""
    import psutil

    battery = psutil.sensors_battery()
    first = min(host.allowed_cpus())
    policy = root / "sys" / "devices" / "system" / "cpu" / f"cpu{first}" / "cpufreq"
    return Conditions(
        usable_cpus=host.usable_cpus(root),
        online_cpus=os.cpu_count() or 1,
        on_battery=None if battery is None or battery.power_plugged is None else not battery.power_plugged,
        governor=_word(policy / "scaling_governor"),
        governor_driver=_word(policy / "scaling_driver"),
        temperature_c=_hottest_c(),
        cpu_mhz=_cpu_mhz(policy),
        swap_used_bytes=psutil.swap_memory().used,
    )


def _hottest_c() -> float | None:
    """Highest temperature of the CPU's sensors; None without one that is known as the CPU's."""
    import psutil

    if sys.platform != "linux":
        return None
    chips = ("coretemp", "k10temp", "zenpower", "cpu_thermal", "soc_thermal", "cpu-thermal")
    found = psutil.sensors_temperatures()
    return max((entry.current for chip in chips for entry in found.get(chip, ())), default=None)


def _cpu_mhz(policy: Path) -> float | None:
    kilohertz = _word(policy / "scaling_cur_freq")
    return int(kilohertz) / 1000 if kilohertz and kilohertz.isdigit() else None


def _word(path: Path) -> str | None:
    try:
        return path.read_text(encoding="ascii", errors="replace").strip() or None
    except OSError:
        return None
