"""What a series of repetitions shows beside its median: drift, outliers, burst and sustained rates."""

import random

import pytest

from bench.records.types import Cause, Contention, MachineState, RateSample, SpeedPoint
from bench.stats import burst_and_sustained, drift, outliers

QUIET = random.Random(5)
NOISE = [QUIET.gauss(0, 0.005) for _ in range(40)]


def sample(
    rate: float,
    at_s: float | None = None,
    *,
    causes: tuple[Cause, ...] = (),
    mhz: float | None = 3000.0,
    celsius: float | None = None,
    is_warm_up: bool = False,
) -> RateSample:
    return RateSample(
        n_tokens=100,
        calls_s=100 / rate,
        loop_s=100 / rate,
        is_warm_up=is_warm_up,
        contention=Contention(others_cpu_s=0.0, stalled_s=None, is_disturbed=bool(causes), causes=causes),
        at_s=at_s,
        state=MachineState(cpu_mhz=mhz, temperature_c=celsius),
    )


# -- drift ---------------------------------------------------------------------------------------


def test_a_falling_rate_drifts_by_what_it_falls() -> None:
    found = drift([100 * (1 - 0.005 * i + noise) for i, noise in enumerate(NOISE[:20])])
    assert found is not None
    assert found.is_drifting
    assert found.change == pytest.approx(-0.095, abs=0.01)
    assert found.n == 20


def test_noise_is_no_drift() -> None:
    found = drift([100 * (1 + noise) for noise in NOISE])
    assert found is not None
    assert not found.is_drifting
    assert found.trend_p > 0.05


def test_a_certain_but_small_trend_is_no_drift() -> None:
    found = drift([100 - 0.05 * i for i in range(20)])
    assert found is not None
    assert found.trend_p < 0.01
    assert found.change == pytest.approx(-0.0095, abs=1e-4)
    assert not found.is_drifting
    smaller = drift([100 - 0.05 * i for i in range(20)], noticed=0.005)
    assert smaller is not None
    assert smaller.is_drifting


def test_a_step_is_a_drift_though_it_is_no_trend() -> None:
    found = drift([(100 if i < 10 else 93) * (1 + noise) for i, noise in enumerate(NOISE[:20])])
    assert found is not None
    assert found.is_drifting
    assert found.trend_p > 0.05
    assert found.change == pytest.approx(-0.07, abs=0.01)


def test_the_slope_is_over_time_and_not_over_repetitions() -> None:
    # The same fall per second; a long pause between the halves.
    times = [float(i) if i < 10 else 100.0 + i for i in range(20)]
    found = drift([100 * 0.999**at for at in times], times)
    assert found is not None
    assert found.change == pytest.approx(0.999**119 - 1)


def test_few_values_have_no_drift_and_bad_ones_are_errors() -> None:
    assert drift([5.0, 4.0, 3.0, 2.0, 1.0]) is None
    with pytest.raises(ValueError, match="rising"):
        drift([1.0] * 6, [0, 1, 2, 3, 3, 4])
    with pytest.raises(ValueError, match="one time per rate"):
        drift([1.0] * 6, [0, 1])
    with pytest.raises(ValueError, match="above 0"):
        drift([1.0, 0.0])


# -- outliers ------------------------------------------------------------------------------------


def test_an_outlier_is_told_with_what_is_known_of_it() -> None:
    usual = [sample(100 * (1 + noise)) for noise in NOISE[:10]]
    series = [
        sample(50, is_warm_up=True),
        *usual,
        sample(70, causes=("swapping",)),
        sample(80, mhz=2000.0),
        sample(85),
        sample(120, mhz=2000.0),
    ]
    found = outliers(series)
    assert [out.number for out in found] == [11, 12, 13, 14]
    assert [out.causes for out in found] == [("swapping",), ("lower-clock",), ("unknown",), ("unknown",)]
    assert found[0].deviation == pytest.approx(-0.3, abs=0.01)


def test_jitter_on_a_machine_without_noise_is_no_outlier() -> None:
    assert outliers([sample(100.0)] * 9 + [sample(99.0)]) == ()
    assert len(outliers([sample(100.0)] * 9 + [sample(97.0)])) == 1


def test_outliers_do_not_hide_each_other_and_few_values_have_none() -> None:
    assert len(outliers([sample(100 * (1 + noise)) for noise in NOISE[:10]] + [sample(60.0)] * 3)) == 3
    assert outliers([sample(100.0)] * 3 + [sample(50.0)]) == ()


# -- burst and sustained -------------------------------------------------------------------------


def long_run(
    late_rate: float, *, late_mhz: float | None = 3000.0, late_c: float | None = None, n: int = 120
) -> SpeedPoint:
    """Ten minutes at 100 token/s that turn to ``late_rate`` after three; a repetition every 600/n s."""
    samples = [sample(50.0, 0.0, is_warm_up=True)]
    for i in range(1, n):
        is_late = i >= 0.3 * n
        rate = (late_rate if is_late else 100.0) * (1 + NOISE[i % 40])
        clock, heat = (late_mhz, late_c) if is_late else (3000.0, None if late_c is None else 50.0)
        samples.append(sample(rate, i * 600 / n, mhz=clock, celsius=heat))
    return SpeedPoint(
        test="tg128",
        n_prompt=0,
        n_gen=128,
        n_depth=0,
        samples=tuple(samples),
        stopped_because="duration",
        duration_s=600.0,
    )


def test_a_machine_that_keeps_up_is_not_throttled() -> None:
    found = burst_and_sustained(long_run(100.0))
    assert found is not None
    assert (found.is_throttled, found.cause) == (False, None)
    assert found.burst.value == pytest.approx(100, rel=0.01)


def test_a_fall_too_small_to_matter_is_no_throttling() -> None:
    found = burst_and_sustained(long_run(98.0))
    assert found is not None
    assert found.sustained.high < found.burst.low
    assert not found.is_throttled


@pytest.mark.parametrize(
    ("late", "cause"),
    [
        ({"late_mhz": 2400.0, "late_c": 95.0}, "clock-fell"),
        ({"late_c": 95.0}, "temperature"),
        ({"late_c": 50.0}, "unknown"),
        ({"late_mhz": None}, "unknown"),
    ],
)
def test_throttling_is_told_with_its_cause(late: dict[str, float | None], cause: str) -> None:
    found = burst_and_sustained(long_run(80.0, **late))  # type: ignore[arg-type]
    assert found is not None
    assert found.is_throttled
    assert found.cause == cause
    assert found.burst.value == pytest.approx(100, rel=0.01)
    assert found.sustained.value == pytest.approx(80, rel=0.01)


def test_other_points_and_too_few_repetitions_have_no_burst() -> None:
    point = long_run(80.0)
    assert burst_and_sustained(point.model_copy(update={"duration_s": None})) is None
    assert burst_and_sustained(long_run(80.0, n=12)) is None
