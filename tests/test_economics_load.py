"""The simulated load against queueing theory, and its rates against the measurements they come from."""

import math
from dataclasses import replace
from statistics import fmean

import numpy as np
import pytest
from economics_cases import BUSY, QUIET, items, latency, reading
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.economics.device.capacity import Service
from bench.economics.device.operating_point import operating_point, seconds_of_items
from bench.economics.load.load import Load, curve, simulate
from bench.economics.load.load_rates import LoadJoules, LoadRates, lengths_of, load_rates
from bench.economics.load.queueing import serve
from bench.records.types import EnergyReading, RateSample, SpeedPoint
from bench.stats import Estimate
from simulate_load import EXPONENTIAL, SYSTEMS, System

CONSTANT = [(100, 1)]
ALONE = LoadRates(0.01, 0.0, (0.001,), None)  # 1 s for a prompt of 100, or for 1,000 steps
# A prompt of 100 tokens 0.1 s; a step of four takes twice as long as one.
BATCHED = LoadRates(0.001, 0.0, (0.01, 0.012, 0.016, 0.02), None)
MIXED = [(100, 51), (200, 101), (50, 11), (400, 201)]


def holds(interval: Estimate, truth: float) -> bool:
    return interval.low <= truth <= interval.high


def mean_latency(load: Load) -> float:
    assert load.latency is not None
    return load.latency.mean.value


@pytest.mark.parametrize("share", [0.3, 0.8])
@pytest.mark.parametrize("system", SYSTEMS, ids=lambda system: system.name)
def test_waiting_is_what_queueing_theory_says(system: System, share: float) -> None:
    load = system.load(share, seed=1)
    assert load.latency is not None
    assert load.load_share == pytest.approx(share, rel=1e-3)
    mean_s = system.mean_s(share)
    assert holds(load.latency.mean, mean_s)
    assert load.latency.mean.high - load.latency.mean.low < 0.4 * mean_s, "it would hold anything"
    if system.p95_s is not None:
        assert holds(load.latency.p95, system.p95_s(share))
    assert holds(load.mean_requests, share * system.n_servers * mean_s)


def test_the_theory_is_that_of_the_books() -> None:
    constant, exponential, erlang = (system.mean_s(0.75) for system in SYSTEMS)
    assert constant == 1 + 1.5, "half of what exponential times wait"
    assert exponential == 1 + 3
    assert erlang == pytest.approx(1 + 0.5094, abs=1e-4), "four servers, three erlangs: C = 0.5094"


def test_answers_that_share_the_device_evenly_gain_nothing_by_batching() -> None:
    shared = simulate(replace(ALONE, step_s=tuple(0.001 * n for n in range(1, 41))), EXPONENTIAL, 0.6, seed=1)
    assert shared.latency is not None
    assert holds(shared.latency.mean, 1 / (1 - 0.6))
    assert shared.capacity_per_s == pytest.approx(1, rel=0.001)


def test_batching_gains_what_a_step_of_many_saves() -> None:
    one_at_a_time = replace(BATCHED, step_s=BATCHED.step_s[:1])
    alone, batched = (
        simulate(rates, MIXED, 0.6, seed=1, n_requests=4000) for rates in (one_at_a_time, BATCHED)
    )
    mean_prefill, mean_steps = 0.1875, 90
    assert alone.capacity_per_s == pytest.approx(1 / (mean_prefill + mean_steps * 0.01))
    assert batched.capacity_per_s == pytest.approx(1 / (mean_prefill + mean_steps * 0.02 / 4))
    assert mean_latency(batched) < mean_latency(alone)
    assert batched.busy_share.high < alone.busy_share.low


@pytest.mark.parametrize("rates", [ALONE, BATCHED])
def test_littles_law_holds(rates: LoadRates) -> None:
    capacity = Service(rates, tuple(MIXED)).capacity_per_s
    for load in curve(rates, MIXED, [0.2 * capacity, 0.8 * capacity], seed=3, n_requests=8000):
        arrived_per_s = load.served_per_s.value + load.growth_per_s.value
        half = load.mean_requests.high - load.mean_requests.value
        assert load.mean_requests.value == pytest.approx(arrived_per_s * mean_latency(load), abs=half)
        assert half < 0.2 * load.mean_requests.value


@pytest.mark.parametrize("share", [0.3, 0.8])
def test_a_single_server_is_busy_for_arrivals_times_service_time(share: float) -> None:
    load = simulate(ALONE, EXPONENTIAL, share, seed=4)
    assert holds(load.busy_share, share)
    assert load.time_share_under_way[1] == pytest.approx(load.busy_share.value)
    assert sum(load.time_share_under_way) == pytest.approx(1)


def test_mean_times_grow_with_the_load() -> None:
    loads = curve(BATCHED, MIXED, [0.1, 0.3, 0.6, 0.9, 1.2], seed=5, n_requests=4000)
    means = [mean_latency(load) for load in loads]
    assert means == sorted(means)
    assert [load.busy_share.value for load in loads] == sorted(load.busy_share.value for load in loads)
    assert loads[0].capacity_per_s == loads[-1].capacity_per_s


def test_at_hardly_any_load_a_request_takes_what_it_takes_alone() -> None:
    load = simulate(BATCHED, [(100, 51)], 0.0001, seed=6, n_requests=400)
    assert load.ttft is not None
    assert load.ttft.p99.value == pytest.approx(0.1)
    assert mean_latency(load) == pytest.approx(0.1 + 50 * 0.01, rel=1e-3)


def test_overload_is_told_from_a_long_queue() -> None:
    below, close, above = curve(ALONE, EXPONENTIAL, [0.8, 0.95, 1.2], seed=7)
    assert [below.state, close.state, above.state] == ["sustained", "near-capacity", "overloaded"]
    assert close.latency is not None
    assert close.mean_requests.value > 8, "a long queue"
    assert above.latency is None
    assert above.ttft is None
    assert holds(above.growth_per_s, 1.2 - above.capacity_per_s)
    assert holds(above.served_per_s, above.capacity_per_s)
    assert holds(below.growth_per_s, 0)
    assert above.busy_share.value == pytest.approx(1)


def test_close_to_capacity_it_says_so() -> None:
    shares = [0.89, 0.91, 0.99, 1.0]
    loads = curve(ALONE, CONSTANT, shares, seed=8, n_requests=1000)
    assert [load.state for load in loads] == ["sustained", "near-capacity", "near-capacity", "overloaded"]
    assert [load.latency is None for load in loads] == [False, False, False, True]


@pytest.mark.parametrize("rates", [ALONE, BATCHED, replace(BATCHED, step_s=(0.01, 0.03, 0.06))])
def test_a_device_that_is_always_full_serves_its_capacity(rates: LoadRates) -> None:
    lengths = np.random.default_rng(1).permuted(MIXED * 1000, axis=0).tolist()
    served = serve(
        [0.0] * len(lengths),
        [rates.prefill_s(n_prompt) for n_prompt, _ in lengths],
        [n_output - 1 for _, n_output in lengths],
        rates.step_s,
    )
    assert len(lengths) / served.done_s.max() == pytest.approx(
        Service(rates, tuple(MIXED)).capacity_per_s, rel=0.002
    )


def test_the_same_seed_gives_the_same_and_another_seed_does_not() -> None:
    first, again, other = (simulate(BATCHED, MIXED, 0.9, seed=seed, n_requests=600) for seed in (1, 1, 2))
    assert first == again
    assert first != other


def test_recorded_arrivals_are_served_when_they_come() -> None:
    evenly = [10.0**9 + 2 * i for i in range(300)]  # seconds since some epoch
    load = simulate(ALONE, CONSTANT, evenly, seed=1)
    assert load.arrivals_per_s == pytest.approx(0.5)
    assert load.latency is not None
    assert load.latency.p99.value == pytest.approx(1), "nobody waits"
    assert load.busy_share.value == pytest.approx(0.5)
    in_pairs = simulate(ALONE, CONSTANT, [4.0 * (i // 2) for i in range(300)], seed=1)
    assert mean_latency(in_pairs) == pytest.approx(1.5, rel=0.01)
    assert in_pairs.ttft == in_pairs.latency, "the only token is the first, and waiting is a part of both"


def test_the_warm_up_does_not_count() -> None:
    crowd = [0.0] * 30 + [100.0 + 2 * i for i in range(270)]
    load = simulate(ALONE, CONSTANT, crowd, seed=1)
    assert mean_latency(load) == pytest.approx(1)
    assert load.n_counted == 264


@pytest.mark.parametrize(
    ("lengths", "arrivals", "n_requests"),
    [
        ([], 1.0, 1000),
        (MIXED, 0.0, 1000),
        (MIXED, math.inf, 1000),
        (MIXED, 1.0, 199),
        (MIXED, [float(i) for i in range(199)], 0),
        (MIXED, [5.0] * 300, 0),
        (MIXED, [0.0, *[5.0] * 298, 9.0], 0),
        (MIXED, [0.0, math.nan, *map(float, range(2, 300))], 0),
        (MIXED, [*range(299, 150, -1), *range(400, 600)], 0),
    ],
)
def test_a_load_that_is_none_is_refused(
    lengths: list[tuple[int, int]], arrivals: float, n_requests: int
) -> None:
    with pytest.raises(ValueError, match=r"lengths|arrivals|requests"):
        simulate(BATCHED, lengths, arrivals, seed=1, n_requests=n_requests)


def test_a_prompt_holds_up_the_answers_under_way() -> None:
    served = serve([0.0, 2.5], [2.0, 2.0], [4, 1], (1.0, 1.5))
    assert served.begun_s.tolist() == [0.0, 3.0], "after the step that was under way"
    assert served.first_s.tolist() == [2.0, 5.0]
    assert served.done_s.tolist() == [8.5, 6.5], "one step of both, then two alone"
    assert (served.run_sequences.tolist(), served.run_steps.tolist()) == ([1, 2, 1], [1, 1, 2])


@given(
    st.lists(st.tuples(st.floats(0, 5), st.floats(0, 3), st.integers(0, 9)), min_size=1, max_size=30),
    st.lists(st.floats(0.01, 2), min_size=1, max_size=4),
)
@settings(max_examples=40, deadline=None)
def test_every_request_is_served_once_and_in_turn(
    requests: list[tuple[float, float, int]], step_s: list[float]
) -> None:
    gaps, prefill_s, n_steps = zip(*requests, strict=True)
    served = serve(np.cumsum(gaps).tolist(), prefill_s, n_steps, step_s)
    assert (served.begun_s >= served.arrived_s).all(), "before it came"
    assert (np.diff(served.begun_s) >= 0).all(), "out of turn"
    assert (served.first_s >= served.begun_s).all()
    assert (served.done_s >= served.first_s).all()
    assert (served.run_sequences * served.run_steps).sum() == sum(n_steps), "a token for each step"
    for moment in served.begun_s:
        under_way = ((served.begun_s <= moment) & (served.done_s > moment)).sum()
        assert under_way <= len(step_s)
    busy_s = sum(prefill_s) + sum(
        n * step_s[k - 1] for n, k in zip(served.run_steps, served.run_sequences, strict=True)
    )
    assert busy_s <= served.done_s.max() - served.arrived_s[0] + 1e-6


def test_joules_of_a_request_follow_the_steps_that_it_shares() -> None:
    joules = LoadJoules(
        Estimate(0.1, 0.05, 0.2), Estimate(1.0, 0.5, 2.0), (1.0, 1.2, 1.4, 1.6), is_upper=False
    )
    idle, full = curve(replace(BATCHED, joules=joules), [(100, 51)], [0.001, 1.6], seed=1, n_requests=4000)
    assert idle.joules_per_request == pytest.approx((60, 30, 120), rel=0.01), "10 J and 50 steps alone"
    assert full.joules_per_request is not None
    assert 10 + 50 * 0.4 < full.joules_per_request.value < 50


def point(
    n_parallel: int | None,
    s_per_token: float,
    *,
    n_depth: int = 100,
    n_prompt: int = 0,
    energy: tuple[EnergyReading, ...] = (),
) -> SpeedPoint:
    """Ten repetitions of 10 tokens; ten times as slow: the warm-up and, of two sequences, a disturbed one."""
    slow = {0: QUIET, 5: BUSY} if n_parallel == 2 else {0: QUIET}
    n = 10 * (n_parallel or 1)
    samples = tuple(
        RateSample(
            n_tokens=n,
            calls_s=n * s_per_token * (10 if i in slow else 1),
            loop_s=n * s_per_token * 20,
            is_warm_up=i == 0,
            contention=slow.get(i, QUIET),
        )
        for i in range(10)
    )
    return SpeedPoint(
        test=f"{'pp' if n_prompt else 'tg'}10 x{n_parallel} @ d{n_depth}",
        n_prompt=n_prompt,
        n_gen=0 if n_prompt else 10,
        n_depth=n_depth,
        samples=samples,
        stopped_because="narrow",
        n_parallel=n_parallel,
        energy=energy,
    )


# Of the cases: 100 prompt tokens in 1 s, 10 steps of 0.1 s, 20 J and 16 J.
POINT, LENGTHS = operating_point(latency()), lengths_of(items(3, 5))


def test_steps_of_many_grow_as_in_the_grid_and_stop_at_the_largest_measured() -> None:
    speed = (point(1, 0.05), point(2, 0.03), point(4, 0.025), point(4, 0.001, n_depth=5000), point(None, 1.0))
    rates, why = load_rates(speed, POINT, LENGTHS)
    assert rates is not None, why
    assert rates.step_s == pytest.approx((0.1, 0.12, 0.16, 0.2)), "0.05, 0.06, between, 0.1 in the grid"
    assert "tg10 x4 @ d100" in " ".join(rates.notes)


def test_with_one_concurrency_it_serves_one_at_a_time_and_says_so() -> None:
    for speed in ((), (point(4, 0.025),), (point(None, 0.05), point(1, 0.05))):
        rates, _ = load_rates(speed, POINT, LENGTHS)
        assert rates is not None
        assert rates.step_s == pytest.approx((0.1,))
        assert any("one request at a time" in note for note in rates.notes)


def test_many_beside_one_as_deployed_will_do() -> None:
    rates, _ = load_rates((point(None, 0.05), point(2, 0.03)), POINT, LENGTHS)
    assert rates is not None
    assert rates.step_s == pytest.approx((0.1, 0.12))


def test_a_prompts_tokens_cost_more_the_deeper_they_stand() -> None:
    # 10 tokens: 0.01 s each at a mean depth of 4.5, and 1e-5 more for each token before.
    speed = tuple(point(None, 0.01 + 1e-5 * d, n_depth=d, n_prompt=10) for d in (0, 500, 1000))
    lengths = [(100, 11), (1000, 11)]
    rates, _ = load_rates(speed, POINT, lengths)
    assert rates is not None
    assert rates.growth_per_token == pytest.approx(1e-5 / (0.01 - 4.5e-5), rel=1e-6)
    assert rates.prefill_s(1000) / rates.prefill_s(100) > 14
    assert fmean(rates.prefill_s(n) for n, _ in lengths) == pytest.approx(0.01 * 550), (
        "as requests were timed"
    )
    assert not any("wherever it stands" in note for note in rates.notes)


def test_alone_a_request_takes_what_the_operating_point_says() -> None:
    rates, _ = load_rates((), POINT, LENGTHS)
    assert rates is not None
    assert POINT.speed is not None
    times = seconds_of_items(POINT.speed, items(3, 5))
    assert times is not None
    load = simulate(rates, LENGTHS, 1e-6, seed=1, n_requests=300)
    assert mean_latency(load) == pytest.approx(fmean(times))
    assert load.joules_per_request == pytest.approx((36, 36, 36))
    assert not load.are_joules_upper


def test_joules_of_many_come_from_readings_of_many_or_are_an_upper_figure() -> None:
    def read(n_parallel: int, joules: float) -> tuple[EnergyReading, ...]:
        told = reading("decode", (joules, joules, joules), 10 * n_parallel, n_parallel=n_parallel)
        return (told, reading("decode", (9.0, 9.0, 9.0), 10, meter="another", n_parallel=n_parallel))

    known, _ = load_rates(
        (point(1, 0.05, energy=read(1, 10)), point(3, 0.03, energy=read(3, 20))), POINT, LENGTHS
    )
    assert known is not None
    assert known.joules is not None
    assert known.joules.step_weight == pytest.approx((1, 1.5, 2)), "10 J and 20 J for ten steps"
    assert not known.joules.is_upper
    for three in (point(3, 0.03), point(3, 0.03, energy=read(3, 1e-290))):
        unread, _ = load_rates((point(1, 0.05, energy=read(1, 10)), three), POINT, LENGTHS)
        assert unread is not None
        assert unread.joules is not None
        assert unread.joules.step_weight == (1, 2, 3)
        assert unread.joules.is_upper
        assert any("upper figure" in note for note in unread.notes)


def test_rates_that_are_not_known_have_their_reason() -> None:
    assert load_rates((), operating_point(None), LENGTHS) == (None, "no request of this task was timed alone")
    assert load_rates((), POINT, ()) == (None, "no item has counted tokens")
    no_steps = replace(POINT, speed=replace(POINT.speed, s_per_decode_step=None))
    assert load_rates((), no_steps, LENGTHS) == (None, "no decode step was timed")
    no_energy, _ = load_rates((), replace(POINT, energy=None), LENGTHS)
    assert no_energy is not None
    assert no_energy.joules is None
    assert simulate(no_energy, LENGTHS, 0.1, seed=1, n_requests=300).joules_per_request is None
