"""A series of readings of one meter, and the joules of any window within it."""

import threading
from bisect import bisect_right
from types import TracebackType
from typing import Self

from bench.meters.protocol import Band, EnergyMeter, EnergySample, MeterInfo, Unavailable, WindowEnergy
from bench.units import NS_PER_S

DEFAULT_RATE_HZ = 20.0
# Without a reading this near to a window's edge, interpolation says little: a suspended or starved machine.
LONGEST_GAP_NS = NS_PER_S
# The worker's clock is known to within the round trip; an edge this little outside the series is at its end.
EDGE_TOLERANCE_NS = 1_000_000


class Sampler:
    """Reads a meter from a thread of the parent at a steady rate, and at once when told to (``mark``).

    A context manager. A meter that fails is not asked again; windows before its end keep their joules.
    """

    def __init__(self, meter: EnergyMeter, *, rate_hz: float = DEFAULT_RATE_HZ) -> None:
        self._meter = meter
        self._period_s = 1 / rate_hz
        self._series: list[EnergySample] = []
        self._lock = threading.Lock()
        self._stop = threading.Lock()  # held while sampling; waiting for it costs half of an Event's wait
        self._thread: threading.Thread | None = None
        self._lost: str | None = None

    @property
    def info(self) -> MeterInfo:
        return self._meter.info

    def __enter__(self) -> Self:
        self.mark()
        self._stop.acquire()
        self._thread = threading.Thread(target=self._run, name="energy-sampler", daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.release()
        if self._thread is not None:
            self._thread.join()
        self.mark()

    def mark(self) -> None:
        """Take a reading now: around a call, so that its windows have a reading near their edges."""
        with self._lock:
            if self._lost is not None:
                return
            try:
                self._series.append(self._meter.read())
            except OSError as error:
                self._lost = str(error) or type(error).__name__

    def energy_between(self, start_ns: int, end_ns: int) -> WindowEnergy | Unavailable:
        """Joules of a window on the parent's clock, by linear interpolation between readings.

        The cumulative reading only grows, so at each edge it lies between those of the two neighbouring
        readings: that, and the meter's resolution, bound the error. Windows that the series does not
        hold, or whose edges have no reading within a second, are refused with the reason.
        """
        with self._lock:
            series, lost = self._series, self._lost
            n_samples = len(series)
        most_w = self.info.max_power_w
        start = _edge(series, n_samples, start_ns, most_w)
        end = _edge(series, n_samples, end_ns, most_w)
        if start is None or end is None:
            why = f"the meter failed: {lost}" if lost else "the window lies outside the meter's readings"
            return Unavailable(self.info.name, why, None)
        if max(start.gap_ns, end.gap_ns) > LONGEST_GAP_NS:
            why = "the meter was not read for more than 1 s at a window's edge"
            return Unavailable(self.info.name, why, None)
        joules = max(0.0, end.joules - start.joules)
        step = self.info.resolution_j
        low = max(0.0, end.before.low - start.after.low - step)
        high = end.after.high - start.before.high + step
        error_below = joules - max(0.0, end.least - start.most - step)
        error_above = end.most - start.least + step - joules
        return WindowEnergy(Band(joules, min(low, joules), max(high, joules)), max(error_below, error_above))

    def _run(self) -> None:
        while not self._stop.acquire(timeout=self._period_s) and self._lost is None:
            self.mark()


class _Edge:
    """A moment between two readings."""

    def __init__(
        self, before: EnergySample, after: EnergySample, at_ns: int, max_power_w: float | None
    ) -> None:
        self.before, self.after = before.joules, after.joules
        self.gap_ns = after.at_ns - before.at_ns
        share = (at_ns - before.at_ns) / self.gap_ns if self.gap_ns else 0.0
        self.joules = self.before.value + share * (self.after.value - self.before.value)
        # The reading only grows, and no faster than the meter's most power: near that, it is known well.
        self.least, self.most = self.before.value, self.after.value
        if max_power_w is not None:
            since_s, until_s = (at_ns - before.at_ns) / NS_PER_S, (after.at_ns - at_ns) / NS_PER_S
            self.least = max(self.least, min(self.joules, self.after.value - max_power_w * until_s))
            self.most = min(self.most, max(self.joules, self.before.value + max_power_w * since_s))


def _edge(series: list[EnergySample], n_samples: int, at_ns: int, max_power_w: float | None) -> _Edge | None:
    """The neighbours of ``at_ns`` among the first ``n_samples`` readings; None outside them."""
    if n_samples == 0:
        return None
    first_ns, last_ns = series[0].at_ns, series[n_samples - 1].at_ns
    if not first_ns - EDGE_TOLERANCE_NS <= at_ns <= last_ns + EDGE_TOLERANCE_NS:
        return None
    at_ns = min(max(at_ns, first_ns), last_ns)
    before = bisect_right(series, at_ns, 0, n_samples, key=_when) - 1
    after = before if series[before].at_ns == at_ns else before + 1
    return _Edge(series[before], series[after], at_ns, max_power_w)


def _when(sample: EnergySample) -> int:
    return sample.at_ns
