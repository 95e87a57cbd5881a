"""Energy without a meter: the worker's CPU seconds times declared watts per busy core; never measured."""

import time
from collections.abc import Callable

from bench.meters.energy.core_watts import CoreWatts
from bench.meters.host import allowed_cpus
from bench.meters.process_clock import open_process_clock
from bench.meters.protocol import Band, EnergySample, MeterInfo
from bench.units import NS_PER_S


class CpuModelMeter:
    """Counts only what the worker adds, so it is an increment over idle and has no gross figure.

    It sees no GPU and no memory traffic beyond what the watts per core hold on average.
    """

    def __init__(
        self,
        cpu_ns: Callable[[], int],
        resolution_s: float,
        watts: CoreWatts,
        *,
        n_cpus: int | None = None,
        clock: Callable[[], int] = time.perf_counter_ns,
    ) -> None:
        self._cpu_ns = cpu_ns
        self._clock = clock
        self._watts = watts.band
        self._opened_cpu_ns = cpu_ns()
        band = watts.band
        self.info = MeterInfo(
            name="cpu-model",
            domains=("worker-cpu",),
            covers="worker-cpu",
            provenance="modelled",
            is_above_idle=True,
            resolution_j=resolution_s * band.high,
            detail=(
                f"CPU seconds of the worker × {band.value:g} W per busy core "
                f"({band.low:g} to {band.high:g} W); " + ", ".join(filter(None, (watts.source, watts.date)))
            ),
            max_power_w=None if n_cpus is None else n_cpus * band.value,
        )

    def read(self) -> EnergySample:
        """Raises OSError once the worker has gone."""
        before_ns = self._clock()
        busy_s = (self._cpu_ns() - self._opened_cpu_ns) / NS_PER_S
        at_ns = (before_ns + self._clock()) // 2
        watts = self._watts
        return EnergySample(at_ns, Band(busy_s * watts.value, busy_s * watts.low, busy_s * watts.high))


def open_cpu_model(pid: int, watts: CoreWatts) -> CpuModelMeter:
    """The model for process ``pid``; raises OSError when its CPU time cannot be read."""
    cpu_ns, resolution_s = open_process_clock(pid)
    return CpuModelMeter(cpu_ns, resolution_s, watts, n_cpus=len(allowed_cpus()))
