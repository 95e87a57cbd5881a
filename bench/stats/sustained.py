"""What a machine does for a moment, and what it keeps up: two figures of one long series."""

from collections.abc import Callable, Sequence
from statistics import median
from typing import TYPE_CHECKING, Literal, NamedTuple

from bench.stats.proportions import Estimate
from bench.stats.rates import rate_interval

if TYPE_CHECKING:
    from bench.records.types import MachineState, RateSample, SpeedPoint

BURST_S = 60.0
BURST_SHARE = 0.1  # of a series that is shorter than ten times BURST_S
SUSTAINED_SHARE = 1 / 3  # its last part
FEWEST_IN_PART = 3
THROTTLED_BY = 0.03  # a rate that falls by less is no finding, however surely it does
CLOCK_FELL = 0.03
NEAR_MAXIMUM_C = 2.0  # degrees: a sensor's last digits, and the time it lags

ThrottlingCause = Literal["clock-fell", "temperature", "unknown"]


class BurstAndSustained(NamedTuple):
    """Median rates with their intervals, token/s. ``cause`` only where it throttled."""

    burst: Estimate
    sustained: Estimate
    is_throttled: bool
    cause: ThrottlingCause | None


def burst_and_sustained(point: "SpeedPoint") -> BurstAndSustained | None:
    """The first minute (or tenth) of a sustained point, and its last third; undisturbed repetitions only.

    It throttled when the sustained rate's interval lies below that of the burst, and the rate by
    ``THROTTLED_BY`` or more. The cause is a lower clock; else a temperature that rose and stayed at its
    highest; else it is unknown. None for a point that was not sustained, or with too few repetitions.
    """
    if point.duration_s is None:
        return None
    counted = [
        sample for sample in point.samples if not sample.is_warm_up and not sample.contention.is_disturbed
    ]
    timed = [(sample.at_s, sample) for sample in counted if sample.at_s is not None]
    burst_s = min(BURST_S, BURST_SHARE * point.duration_s)
    early = [sample for at_s, sample in timed if at_s < burst_s]
    late = [sample for at_s, sample in timed if at_s >= (1 - SUSTAINED_SHARE) * point.duration_s]
    burst, sustained = _interval(early), _interval(late)
    if burst is None or sustained is None:
        return None
    is_throttled = sustained.high < burst.low and sustained.value <= (1 - THROTTLED_BY) * burst.value
    return BurstAndSustained(burst, sustained, is_throttled, _cause(early, late) if is_throttled else None)


def _interval(samples: "Sequence[RateSample]") -> Estimate | None:
    if len(samples) < FEWEST_IN_PART:
        return None
    return rate_interval([sample.n_tokens / sample.calls_s for sample in samples])


def _cause(early: "Sequence[RateSample]", late: "Sequence[RateSample]") -> ThrottlingCause:
    before_mhz, after_mhz = (_told(part, lambda state: state.cpu_mhz) for part in (early, late))
    if before_mhz and after_mhz and median(after_mhz) < (1 - CLOCK_FELL) * median(before_mhz):
        return "clock-fell"
    before_c, after_c = (_told(part, lambda state: state.temperature_c) for part in (early, late))
    if before_c and after_c and max(after_c) - NEAR_MAXIMUM_C <= median(after_c) > max(before_c):
        return "temperature"
    return "unknown"


def _told(samples: "Sequence[RateSample]", pick: "Callable[[MachineState], float | None]") -> list[float]:
    states = [sample.state for sample in samples if sample.state is not None]
    return [value for value in map(pick, states) if value is not None]
