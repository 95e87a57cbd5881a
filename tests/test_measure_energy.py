"""Joules joined to windows, idle power subtracted, and reasons where there are none."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from measuring import MS, ConstantPower, FakeClock, NoEnergy, QuietMachine, S

from bench.measure.energy import above_idle, attribute, idle_power_w
from bench.measure.idle import measure_idle
from bench.records.types import EnergyReading
from bench.worker.protocol import Window


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


def test_windows_add_up_and_gross_is_not_above_idle() -> None:
    windows = [Window(0, S), Window(3 * S, 3 * S + 500 * MS)]
    found = attribute(ConstantPower(20.0, edge_error_j=0.5), "prefill", windows, 100)
    assert found.gross_j == pytest.approx((30.0, 29.0, 31.0))
    assert found.above_idle_j is None
    assert found.window_s == 1.5
    assert (found.n_tokens, found.phase, found.provenance) == (100, "prefill", "measured")
    assert found.absent_because is None


def test_modelled_joules_are_above_idle_and_have_no_gross() -> None:
    source = ConstantPower(20.0, provenance="modelled", is_above_idle=True, name="cpu-model")
    found = attribute(source, "decode", [Window(0, S)], 5)
    assert found.gross_j is None
    assert found.above_idle_j == pytest.approx((20.0, 20.0, 20.0))
    assert found.provenance == "modelled"


def test_windows_too_short_for_the_meter_are_absent_with_the_error() -> None:
    source = ConstantPower(20.0, edge_error_j=1.0)
    long_enough = attribute(source, "decode", [Window(0, S // 4)], 5)
    too_short = attribute(source, "decode", [Window(0, S // 10)], 5)
    assert long_enough.provenance == "measured"
    assert too_short.provenance == "absent"
    assert too_short.gross_j is None
    assert too_short.absent_because is not None
    assert "too short" in too_short.absent_because
    assert too_short.meter == "test-meter"


def test_a_counter_that_stands_still_is_absent_and_not_zero() -> None:
    found = attribute(ConstantPower(0.0), "decode", [Window(0, S)], 5)
    assert found.provenance == "absent"
    assert found.gross_j is None


@pytest.mark.parametrize(
    ("source", "windows", "why"),
    [
        (None, [Window(0, S)], "no energy meter"),
        (ConstantPower(5.0), [], "no window"),
        (NoEnergy(5.0), [Window(0, S)], "the sensor has gone"),
    ],
)
def test_absent_says_why(source: ConstantPower | None, windows: list[Window], why: str) -> None:
    found = attribute(source, "decode", windows, 5)
    assert found.provenance == "absent"
    assert found.gross_j is None
    assert found.above_idle_j is None
    assert found.absent_because is not None
    assert why in found.absent_because


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


def test_idle_is_measured_over_a_pause_with_readings_at_both_ends() -> None:
    clock = FakeClock()
    source = ConstantPower(3.0)
    found = measure_idle(source, 2.0, sleep=clock.sleep, clock=clock)
    assert found is not None
    assert (found.phase, found.window_s, found.n_tokens) == ("idle", 2.0, None)
    assert found.gross_j == pytest.approx((6.0, 6.0, 6.0))
    assert source.n_marks == 2


def test_a_disturbed_pause_is_repeated_and_a_machine_never_idle_has_no_idle_power() -> None:
    clock = FakeClock()
    source = ConstantPower(3.0)

    def idle(*others_cpu_s: float) -> EnergyReading:
        machine = QuietMachine(clock, others_cpu_s)
        found = measure_idle(source, 2.0, contention=machine, sleep=clock.sleep, clock=clock)
        assert found is not None
        return found

    assert idle(0.0).gross_j == pytest.approx((6.0, 6.0, 6.0))
    assert clock() == 2 * S
    assert idle(1.0, 0.0).gross_j == pytest.approx((6.0, 6.0, 6.0))
    assert clock() == 6 * S
    busy = idle(1.0, 1.0)
    assert (busy.gross_j, busy.provenance) == (None, "absent")
    assert "disturbed" in (busy.absent_because or "")


def test_a_meter_that_sees_only_the_worker_has_no_idle_power() -> None:
    clock = FakeClock()
    assert measure_idle(ConstantPower(3.0, is_above_idle=True), 2.0, sleep=clock.sleep, clock=clock) is None
    assert measure_idle(None, 2.0, sleep=clock.sleep, clock=clock) is None
    assert clock() == 0  # and no time is spent on it
