"""Joules of windows from a series of readings: interpolation, its bounds, conservation, loss of the meter."""

import time
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from measuring import MS, S, ScriptedMeter, exact

from bench.meters.energy.sampler import Sampler
from bench.meters.protocol import Band, EnergySample, Unavailable, WindowEnergy


def sampled(samples: list[tuple[int, float]], **info: object) -> Sampler:
    meter = ScriptedMeter([EnergySample(at_ns, exact(joules)) for at_ns, joules in samples], **info)
    sampler = Sampler(meter)
    for _ in samples:
        sampler.mark()
    return sampler


def energy(sampler: Sampler, start_ns: int, end_ns: int) -> WindowEnergy:
    found = sampler.energy_between(start_ns, end_ns)
    assert isinstance(found, WindowEnergy)
    return found


def test_a_window_between_readings_is_exact() -> None:
    found = energy(sampled([(0, 10.0), (100 * MS, 12.0), (200 * MS, 15.0)]), 0, 200 * MS)
    assert found.joules == Band(5.0, 5.0, 5.0)
    assert found.edge_error_j == 0.0


def test_inside_a_gap_the_neighbouring_readings_bound_the_error() -> None:
    sampler = sampled([(0, 0.0), (100 * MS, 4.0), (200 * MS, 6.0)])
    found = energy(sampler, 50 * MS, 150 * MS)
    # 2 J of the first gap by interpolation and 1 J of the second; at least 4 - 4, at most 6 - 0.
    assert found.joules == Band(3.0, 0.0, 6.0)
    assert found.edge_error_j == pytest.approx(3.0)


def test_a_meter_near_its_most_power_is_known_well_inside_a_gap() -> None:
    # Of at most 40 W, 3.9 J in 100 ms leave 0.1 J of doubt about any moment inside.
    series = [(0, 0.0), (100 * MS, 3.9), (200 * MS, 7.8)]
    found = energy(sampled(series, max_power_w=40.0), 50 * MS, 150 * MS)
    assert found.joules.value == pytest.approx(3.9)
    assert found.edge_error_j == pytest.approx(0.1)
    assert energy(sampled(series), 50 * MS, 150 * MS).edge_error_j == pytest.approx(3.9)


def test_resolution_widens_the_bounds() -> None:
    found = energy(sampled([(0, 0.0), (100 * MS, 4.0)], resolution_j=0.25), 0, 100 * MS)
    assert found.joules == Band(4.0, 3.75, 4.25)
    assert found.edge_error_j == pytest.approx(0.25)


def test_a_band_of_the_model_keeps_its_share() -> None:
    meter = ScriptedMeter([EnergySample(0, Band(0, 0, 0)), EnergySample(100 * MS, Band(8.0, 4.0, 12.0))])
    sampler = Sampler(meter)
    sampler.mark()
    sampler.mark()
    found = energy(sampler, 0, 100 * MS)
    assert found.joules == Band(8.0, 4.0, 12.0)
    assert found.edge_error_j == 0.0  # the band is the declared watts' doubt, not the window's


series = st.lists(
    st.tuples(st.integers(1, 400 * MS), st.floats(0, 50, allow_nan=False)), min_size=2, max_size=30
)


def cumulated(steps: list[tuple[int, float]]) -> list[tuple[int, float]]:
    at_ns, joules, samples = 0, 0.0, []
    for duration_ns, step_j in steps:
        samples.append((at_ns, joules))
        at_ns, joules = at_ns + duration_ns, joules + step_j
    return samples


@given(steps=series, cuts=st.lists(st.floats(0, 1), min_size=1, max_size=6))
def test_adjacent_windows_conserve_energy(steps: list[tuple[int, float]], cuts: list[float]) -> None:
    samples = cumulated(steps)
    sampler = sampled(samples)
    end_ns = samples[-1][0]
    edges = [0, *sorted(round(cut * end_ns) for cut in cuts), end_ns]
    parts = [energy(sampler, a, b).joules.value for a, b in pairwise(edges)]
    assert sum(parts) == pytest.approx(samples[-1][1], rel=1e-9, abs=1e-9)


@given(steps=series, first=st.floats(0, 1), second=st.floats(0, 1), shape=st.floats(0, 0.99))
def test_the_truth_lies_within_the_bounds(
    steps: list[tuple[int, float]], first: float, second: float, shape: float
) -> None:
    """Between two readings the power may do anything: here all joules of a gap come at one moment."""
    samples = cumulated(steps)
    end_ns = samples[-1][0]
    start_ns, stop_ns = sorted((round(first * end_ns), round(second * end_ns)))

    def true_joules(at_ns: int) -> float:
        total = 0.0
        for (begin, low), (end, high) in pairwise(samples):
            if at_ns > begin + shape * (end - begin):
                total += high - low
        return total

    truth = true_joules(stop_ns) - true_joules(start_ns)
    found = energy(sampled(samples), start_ns, stop_ns)
    assert found.joules.low - 1e-9 <= truth <= found.joules.high + 1e-9
    assert found.joules.low <= found.joules.value <= found.joules.high
    assert abs(found.joules.value - truth) <= found.edge_error_j + 1e-9


def test_windows_outside_the_series_are_refused() -> None:
    sampler = sampled([(10 * MS, 0.0), (20 * MS, 1.0)])
    assert isinstance(sampler.energy_between(0, 15 * MS), Unavailable)
    assert isinstance(sampler.energy_between(15 * MS, 40 * MS), Unavailable)


def test_an_edge_within_the_clocks_doubt_is_the_series_own_end() -> None:
    sampler = sampled([(10 * MS, 0.0), (20 * MS, 1.0)])
    assert energy(sampler, 10 * MS - 50_000, 20 * MS + 50_000).joules.value == 1.0


def test_a_gap_at_an_edge_is_refused_and_a_gap_inside_is_not() -> None:
    sampler = sampled([(0, 0.0), (S // 2, 5.0), (10 * S, 95.0), (10 * S + S // 2, 100.0)])
    assert isinstance(sampler.energy_between(5 * S, 10 * S), Unavailable)
    assert energy(sampler, S // 2, 10 * S).joules.value == 90.0


def test_a_meter_that_goes_keeps_what_it_saw() -> None:
    sampler = sampled([(0, 0.0), (10 * MS, 1.0)])
    sampler.mark()  # fails
    sampler.mark()  # is not asked again
    assert energy(sampler, 0, 10 * MS).joules.value == 1.0
    lost = sampler.energy_between(5 * MS, 30 * MS)
    assert isinstance(lost, Unavailable)
    assert "the sensor has gone" in lost.reason


def test_a_meter_that_never_spoke_has_no_joules() -> None:
    sampler = sampled([])
    sampler.mark()
    found = sampler.energy_between(0, 1)
    assert isinstance(found, Unavailable)
    assert "the sensor has gone" in found.reason


class Growing:
    """Ten watts, by the real clock."""

    def __init__(self) -> None:
        self.info = ScriptedMeter([]).info
        self.n_readings = 0

    def read(self) -> EnergySample:
        self.n_readings += 1
        at_ns = time.perf_counter_ns()
        return EnergySample(at_ns, exact(10.0 * at_ns / S))


def test_the_thread_reads_by_itself_and_ends() -> None:
    meter = Growing()
    with Sampler(meter, rate_hz=200) as sampler:
        start_ns = time.perf_counter_ns()
        while meter.n_readings < 5:
            time.sleep(0.001)
        end_ns = time.perf_counter_ns()
    found = energy(sampler, start_ns, end_ns)
    assert found.joules.value == pytest.approx(10.0 * (end_ns - start_ns) / S)
    n_readings = meter.n_readings
    time.sleep(0.02)
    assert meter.n_readings == n_readings
