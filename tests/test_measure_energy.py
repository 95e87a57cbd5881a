"""Phases repeated until the meters know their joules, idle power subtracted, reasons where there are none."""

import math
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from measuring import MS, ConstantPower, FakeClock, FakeMeters, NoEnergy, QuietMachine, S

from bench.measure.energy import (
    Work,
    above_idle,
    idle_power_w,
    measure_energy,
    measured_once,
)
from bench.measure.energy_rule import EnergyRule
from bench.measure.idle import measure_idle
from bench.meters.protocol import Unavailable, WindowEnergy
from bench.records.types import EnergyReading
from bench.worker.protocol import Window

RULE = EnergyRule(target=0.05, least_s=1.0, budget_s=10.0)


def reading(**changes: object) -> EnergyReading:
    facts: dict[str, object] = {
        "phase": "decode",
        "meter": "rapl",
        "covers": "package",
        "provenance": "measured",
        "detail": "",
        "window_s": 2.0,
        "n_tokens": 10,
        "gross_j": (40.0, 38.0, 42.0),
        "above_idle_j": None,
    }
    return EnergyReading.model_validate({**facts, **changes})


def calls_of(clock: FakeClock, rest_ms: int) -> Callable[[], Work]:
    def call() -> Work:
        clock.advance(rest_ms * MS)
        start_ns = clock()
        clock.advance(100 * MS)
        return Work(Window(start_ns, clock()), 10)

    return call


def measured(
    *sources: ConstantPower,
    refused: tuple[Unavailable, ...] = (),
    others_cpu_s: tuple[float, ...] = (),
    rest_ms: int = 0,
    clock: FakeClock | None = None,
) -> tuple[EnergyReading, ...]:
    clock = clock or FakeClock()
    return measure_energy(
        FakeMeters(*sources, refused=refused),
        "decode",
        calls_of(clock, rest_ms),
        rule=RULE,
        contention=QuietMachine(clock, others_cpu_s),
        test="tg10 @ d300",
        clock=clock,
    )


def test_a_phase_is_repeated_for_a_second_where_the_meter_is_good() -> None:
    (found,) = measured(ConstantPower(20.0, error_j=0.5))
    assert found.gross_j == pytest.approx((20.0, 19.5, 20.5))
    assert found.above_idle_j is None
    assert (found.window_s, found.busy_s, found.n_tokens) == (1.0, 1.0, 100)
    assert (found.phase, found.provenance, found.test) == ("decode", "measured", "tg10 @ d300")
    assert found.error_j == 0.5
    assert found.domains_j == {"package-0": pytest.approx((20.0, 19.5, 20.5))}
    assert found.absent_because is None


def test_a_long_window_is_not_looked_at_after_each_call() -> None:
    class Looked(ConstantPower):
        n_looks = 0

        def energy_between(self, start_ns: int, end_ns: int) -> WindowEnergy | Unavailable:
            self.n_looks += 1
            clock.advance(10 * MS)  # in which the engine rests
            return super().energy_between(start_ns, end_ns)

    clock = FakeClock()
    coarse = Looked(20.0, error_j=60.0)
    (found,) = measure_energy(
        FakeMeters(coarse),
        "decode",
        calls_of(clock, 0),
        rule=EnergyRule(target=0.05, least_s=1.0, budget_s=100.0),
        contention=QuietMachine(clock),
        clock=clock,
    )
    assert found.busy_s is not None
    assert coarse.n_looks < found.busy_s / 0.1 / 3  # a third of the calls, of 100 ms each
    assert found.busy_s >= 0.96 * found.window_s


def test_a_phase_is_repeated_until_the_error_is_small() -> None:
    (found,) = measured(ConstantPower(20.0, error_j=4.0))
    assert found.window_s == pytest.approx(4.0)  # 4 J of 80 J
    assert found.gross_j == pytest.approx((80.0, 76.0, 84.0))


def test_a_window_that_the_budget_ended_is_told_if_it_is_good_enough_and_else_is_too_short() -> None:
    (good_enough,) = measured(ConstantPower(20.0, error_j=15.0))
    assert good_enough.window_s == pytest.approx(10.0, abs=0.2)
    assert good_enough.provenance == "measured"
    (too_short,) = measured(ConstantPower(20.0, error_j=50.0))
    assert (too_short.provenance, too_short.gross_j) == ("absent", None)
    assert "too short for the meter" in (too_short.absent_because or "")


def test_a_counter_that_stands_still_is_absent_and_not_zero() -> None:
    (found,) = measured(ConstantPower(0.0))
    assert (found.provenance, found.gross_j) == ("absent", None)
    assert "too short for the meter" in (found.absent_because or "")


def test_a_power_of_zero_is_no_figure_and_no_matter_of_time() -> None:
    (found,) = measured(ConstantPower(0.0, quantity="power"))
    assert (found.provenance, found.gross_j) == ("absent", None)
    assert found.absent_because == "the meter tells a power of zero"


def test_rests_between_calls_are_in_the_window_and_lower_its_low_bound() -> None:
    (found,) = measured(ConstantPower(20.0), rest_ms=25)
    assert found.window_s == pytest.approx(1.0)
    assert found.busy_s == pytest.approx(0.8)
    assert found.gross_j == pytest.approx((20.0, 16.0, 20.0))


def test_every_meter_is_kept_and_the_slowest_is_waited_for() -> None:
    good, coarse = measured(ConstantPower(20.0), ConstantPower(30.0, error_j=3.0, name="wall-meter"))
    assert (good.meter, coarse.meter) == ("test-meter", "wall-meter")
    assert good.window_s == coarse.window_s == pytest.approx(2.0)


def test_a_meter_that_tells_nothing_is_not_waited_for() -> None:
    good, lost = measured(ConstantPower(20.0), NoEnergy(1.0, name="wall-meter"))
    assert good.window_s == pytest.approx(1.1)
    assert (lost.provenance, lost.absent_because) == ("absent", "the sensor has gone")


def test_a_sensor_that_is_read_more_rarely_than_it_is_new_is_waited_for() -> None:
    class ReadNowAndThen(ConstantPower):
        def energy_between(self, start_ns: int, end_ns: int) -> WindowEnergy | Unavailable:
            last_read_ns = clock() // (150 * MS) * 150 * MS
            if end_ns > last_read_ns:
                return Unavailable("test-meter", "the window lies outside the meter's readings", None)
            return super().energy_between(start_ns, end_ns)

    clock = FakeClock()
    sensor = ReadNowAndThen(20.0, error_j=3.0, quantity="power", provenance="derived", period_s=0.005)
    measured(sensor, clock=clock)
    assert clock() >= 3 * S  # 3 J of 60 J


def test_a_meter_that_is_too_coarse_for_all_of_the_budget_is_not_waited_for() -> None:
    good, coarse = measured(ConstantPower(20.0), ConstantPower(20.0, error_j=50.0, name="battery-charge"))
    assert good.window_s == pytest.approx(1.1)
    assert "too short" in (coarse.absent_because or "")


def test_modelled_joules_are_above_idle_and_have_no_gross() -> None:
    (found,) = measured(ConstantPower(20.0, provenance="modelled", is_above_idle=True, name="cpu-model"))
    assert found.gross_j is None
    assert found.above_idle_j == pytest.approx((20.0, 20.0, 20.0))
    assert found.provenance == "modelled"


def test_the_work_goes_on_for_as_long_as_a_meter_may_tell_late() -> None:
    clock = FakeClock()
    (found,) = measured(ConstantPower(20.0, lag_s=2.0, period_s=1.0), clock=clock)
    assert found.window_s == pytest.approx(4.1)  # until something of it must have been told
    assert clock() == pytest.approx((0.1 + 3 + 4.1 + 3) * S)


def test_a_disturbed_window_is_measured_once_more_and_then_told_as_disturbed() -> None:
    clock = FakeClock()
    (found,) = measured(ConstantPower(20.0), others_cpu_s=(1.0, 0.0), clock=clock)
    assert found.contention is not None
    assert not found.contention.is_disturbed
    (found,) = measured(ConstantPower(20.0), others_cpu_s=(1.0, 1.0))
    assert found.contention is not None
    assert found.contention.is_disturbed
    assert found.gross_j is not None


def test_without_any_meter_one_reading_says_why() -> None:
    (nobody,) = measured()
    assert (nobody.meter, nobody.provenance) == ("none", "absent")
    assert "no energy meter" in (nobody.absent_because or "")
    refused = Unavailable("wall-meter", "the connection was refused", None)
    (named,) = measured(refused=(refused,))
    assert (named.meter, named.absent_because) == ("wall-meter", "the connection was refused")
    both = measured(ConstantPower(20.0), refused=(refused,))
    assert [(one.meter, one.provenance) for one in both] == [
        ("test-meter", "measured"),
        ("wall-meter", "absent"),
    ]


def test_what_cannot_be_repeated_is_measured_between_two_readings() -> None:
    clock = FakeClock()
    meters = FakeMeters(ConstantPower(20.0))
    with measured_once(meters, clock=clock) as energy_of:
        clock.advance(2 * S)
    (found,) = energy_of("load")
    assert (found.phase, found.window_s, found.n_tokens, found.busy_s) == ("load", 2.0, None, None)
    assert found.gross_j == pytest.approx((40.0, 40.0, 40.0))
    assert (meters.n_samplings, meters.n_marks) == (1, 2)


def test_idle_power_is_the_mean_of_before_and_after_bounded_by_both() -> None:
    before = reading(phase="idle", window_s=2.0, gross_j=(10.0, 9.0, 11.0))
    after = reading(phase="idle", window_s=1.0, gross_j=(7.0, 6.5, 7.5))
    power = idle_power_w([before, after])
    assert power is not None
    assert (power.value, power.low, power.high) == (6.0, 4.5, 7.5)
    assert idle_power_w([]) is None
    assert idle_power_w([reading()]) is None


def test_the_increment_is_gross_less_idle_power_times_the_window() -> None:
    idle = [reading(phase="idle", window_s=1.0, gross_j=(6.0, 5.0, 7.0))]
    found = above_idle(reading(), idle)
    assert found.above_idle_j == pytest.approx((28.0, 24.0, 32.0))
    assert found.gross_j == (40.0, 38.0, 42.0)


def test_rests_count_in_the_increment_only_for_what_they_draw_above_idle() -> None:
    # 30 W in calls for 2 s, and 2 s of rests: at idle power, or as in the calls.
    idle = [reading(phase="idle", window_s=1.0, gross_j=(5.0, 5.0, 5.0))]
    at_idle = above_idle(reading(window_s=4.0, busy_s=2.0, gross_j=(70.0, 35.0, 70.0)), idle)
    assert at_idle.above_idle_j == pytest.approx((50.0, 25.0, 50.0))  # the calls' own: 2 s at 25 W
    as_busy = above_idle(reading(window_s=4.0, busy_s=2.0, gross_j=(120.0, 60.0, 120.0)), idle)
    assert as_busy.above_idle_j == pytest.approx((100.0, 50.0, 100.0))  # the low bound is the calls' own


@pytest.mark.parametrize(
    "idle",
    [
        [],
        [reading(phase="idle", meter="another", gross_j=(1.0, 1.0, 1.0))],
        [reading(phase="idle", window_s=1.0, gross_j=(30.0, 30.0, 30.0))],  # draws more than the window did
    ],
)
def test_without_a_known_lower_idle_power_the_increment_stays_unknown(idle: list[EnergyReading]) -> None:
    assert above_idle(reading(), idle).above_idle_j is None


def test_a_window_no_higher_than_idle_says_so() -> None:
    found = above_idle(reading(), [reading(phase="idle", window_s=1.0, gross_j=(30.0, 30.0, 30.0))])
    assert found.absent_because is not None
    assert "do not rise above the" in found.absent_because
    assert found.gross_j == reading().gross_j


def test_rounding_makes_no_increment() -> None:
    idle = [reading(phase="idle", window_s=4.509, gross_j=(90.18, 90.0, 90.4))]
    power_w = 90.18 / 4.509
    same = math.nextafter(power_w * 4.6, math.inf)
    found = above_idle(reading(window_s=4.6, gross_j=(same, same, same)), idle)
    assert found.above_idle_j is None
    assert "do not rise above" in (found.absent_because or "")


def test_a_modelled_increment_is_left_alone() -> None:
    modelled = reading(gross_j=None, above_idle_j=(5.0, 4.0, 6.0), provenance="modelled")
    assert above_idle(modelled, [reading(phase="idle", gross_j=(1.0, 1.0, 1.0))]) == modelled


@given(
    gross=st.tuples(st.floats(0, 100), st.floats(0, 5), st.floats(0, 5)),
    idle=st.tuples(st.floats(0, 50), st.floats(0, 5), st.floats(0, 5)),
)
def test_increments_keep_the_order_of_their_bounds(
    gross: tuple[float, float, float], idle: tuple[float, float, float]
) -> None:
    def band(value: float, below: float, above: float) -> tuple[float, float, float]:
        return value, max(0.0, value - below), value + above

    found = above_idle(
        reading(gross_j=band(*gross)), [reading(phase="idle", window_s=1.0, gross_j=band(*idle))]
    )
    if found.above_idle_j is not None:
        value, low, high = found.above_idle_j
        assert 0 <= low <= value <= high


def idle_of(*sources: ConstantPower, others_cpu_s: tuple[float, ...] = ()) -> tuple[EnergyReading, ...]:
    clock = FakeClock()
    machine = QuietMachine(clock, others_cpu_s)
    meters = FakeMeters(*sources)
    return measure_idle(meters, rule=RULE, contention=machine, sleep=clock.sleep, clock=clock)


def test_idle_is_a_pause_by_every_meter_that_sees_the_machine() -> None:
    (found,) = idle_of(ConstantPower(3.0), ConstantPower(1.0, is_above_idle=True, name="cpu-model"))
    assert (found.phase, found.meter, found.n_tokens) == ("idle", "test-meter", None)
    assert found.gross_j == pytest.approx((3.0, 3.0, 3.0))


def test_a_machine_that_is_never_idle_has_no_idle_power() -> None:
    (found,) = idle_of(ConstantPower(3.0), others_cpu_s=(1.0, 0.0))
    assert found.gross_j is not None
    (busy,) = idle_of(ConstantPower(3.0), others_cpu_s=(1.0, 1.0))
    assert (busy.gross_j, busy.provenance) == (None, "absent")
    assert "disturbed" in (busy.absent_because or "")


def test_a_meter_that_sees_only_the_worker_has_no_idle_power_and_takes_no_time() -> None:
    clock = FakeClock()
    only_model = FakeMeters(ConstantPower(3.0, is_above_idle=True))
    machine = QuietMachine(clock)
    assert measure_idle(only_model, rule=RULE, contention=machine, sleep=clock.sleep, clock=clock) == ()
    assert clock() == 0
