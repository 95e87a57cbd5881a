"""Repetitions that stand apart from the others, and what is known of why."""

from collections.abc import Sequence
from statistics import median
from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from bench.records.types import Cause, RateSample

FEWEST_FOR_OUTLIERS = 5
OUTLIER_SPREADS = 5.0  # robust standard deviations from the median
OUTLIER_SHARE = 0.02  # and at least that far: on a machine without noise any jitter is many spreads away
CLOCK_FELL = 0.03  # the CPU's clock below its median, by which a slow repetition is explained
_NORMAL_MAD = 1.4826  # standard deviations of a normal distribution per median absolute deviation


class Outlier(NamedTuple):
    """Sample ``number`` of those given, from 0; its distance from the median as a share, negative: slower.

    ``causes`` are those of its disturbance, or that its clock was low; nothing is known of it: "unknown".
    """

    number: int
    deviation: float
    causes: "tuple[Cause | Literal['unknown'], ...]"


def outliers(samples: "Sequence[RateSample]") -> tuple[Outlier, ...]:
    """Repetitions after the warm-up that lie far from the median rate; none when there are few.

    Far is ``OUTLIER_SPREADS`` times the spread (the median absolute deviation) of the undisturbed ones, of
    all when none is. They are told, and never left out for lying far: only for having been disturbed.
    """
    counted = [(number, sample) for number, sample in enumerate(samples) if not sample.is_warm_up]
    quiet = [sample for _, sample in counted if not sample.contention.is_disturbed]
    rates = [_rate(sample) for sample in quiet] or [_rate(sample) for _, sample in counted]
    if len(rates) < FEWEST_FOR_OUTLIERS:
        return ()
    middle = median(rates)
    spread = _NORMAL_MAD * median(abs(rate - middle) for rate in rates)
    far = max(OUTLIER_SPREADS * spread, OUTLIER_SHARE * middle)
    clocks = [sample.state.cpu_mhz for sample in quiet if sample.state and sample.state.cpu_mhz]
    usual_mhz = median(clocks) if clocks else None
    return tuple(
        Outlier(number, _rate(sample) / middle - 1, _causes(sample, usual_mhz, _rate(sample) < middle))
        for number, sample in counted
        if abs(_rate(sample) - middle) > far
    )


def _causes(
    sample: "RateSample", usual_mhz: float | None, is_slow: bool
) -> "tuple[Cause | Literal['unknown'], ...]":
    mhz = sample.state.cpu_mhz if sample.state else None
    if sample.contention.causes or not is_slow:
        return sample.contention.causes or ("unknown",)
    if mhz is not None and usual_mhz is not None and mhz < (1 - CLOCK_FELL) * usual_mhz:
        return ("lower-clock",)
    return ("unknown",)


def _rate(sample: "RateSample") -> float:
    return sample.n_tokens / sample.calls_s
