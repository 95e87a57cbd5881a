"""Warm-up, repetition, stopping and disturbance, with a scripted worker; noise is simulated."""

import math
import random
from collections.abc import Iterable, Iterator

import pytest
from measuring import FakeClock, FakeWorker, QuietMachine, S

from bench.errors import EngineError
from bench.measure import speed
from bench.measure.speed import MAX_WARM_UPS, clean, measure_speed, measure_sustained, rate
from bench.measure.speed_test import SpeedTest
from bench.records.types import RateSample, SpeedPoint
from bench.stats import relative_half_width
from bench.worker.protocol import Command, Generated, Reply, Timed, TimeDecode, TimePrefill, Window

STEADY = SpeedTest(n_prompt=512)


def timing_worker(clock: FakeClock, rates: Iterable[float]) -> FakeWorker:
    """Each repetition runs at the next rate, in tokens per second, and takes that long on the clock."""
    upcoming = iter(rates)

    def reply(command: Command) -> Reply:
        assert isinstance(command, TimePrefill | TimeDecode)
        start_ns = clock()
        clock.advance(round(command.n_tokens / next(upcoming) * S))
        return Timed(command.n_tokens, command.n_tokens, clock() - start_ns, Window(start_ns, clock()))

    return FakeWorker(reply)


def measured(
    rates: Iterable[float],
    *,
    budget_s: float = 1e9,
    others_cpu_s: Iterable[float] = (),
    max_repetitions: int = 100,
    repetitions: int | None = None,
) -> SpeedPoint:
    clock = FakeClock()
    return measure_speed(
        timing_worker(clock, rates),
        STEADY,
        contention=QuietMachine(clock, others_cpu_s),
        budget_s=budget_s,
        max_repetitions=max_repetitions,
        repetitions=repetitions,
        clock=clock,
    )


def rates_of(samples: Iterable[RateSample]) -> list[float]:
    return [round(rate(sample), 6) for sample in samples]


def forever(value: float) -> Iterator[float]:
    while True:
        yield value


def test_a_steady_rate_ends_at_the_first_look() -> None:
    point = measured(forever(400.0))
    # The second shows that the rate no longer rises, and counts: five prompts in all.
    assert [sample.is_warm_up for sample in point.samples] == [True] + [False] * 4
    assert point.stopped_because == "narrow"
    assert (point.test, point.n_prompt, point.n_gen, point.n_depth) == ("pp512", 512, 0, 0)


def test_warm_up_lasts_while_the_rate_rises() -> None:
    point = measured([100, 200, 300, 301, *[300] * 50])
    assert rates_of(sample for sample in point.samples if sample.is_warm_up) == [100, 200, 300]
    assert rates_of(clean(point.samples)) == [301, 300, 300, 300]


def test_warm_up_is_bounded_when_the_rate_never_settles() -> None:
    point = measured([100 * 1.1**i for i in range(200)], max_repetitions=10)
    assert sum(sample.is_warm_up for sample in point.samples) == MAX_WARM_UPS
    assert point.stopped_because == "repetitions"


def test_warm_up_takes_no_more_than_its_share_of_the_budget() -> None:
    point = measured([100, 200, *[300] * 50], budget_s=9)  # the first takes 5.1 s
    assert [sample.is_warm_up for sample in point.samples][:2] == [True, False]


def test_noise_repeats_until_the_interval_is_narrow() -> None:
    generator = random.Random(1)
    point = measured(400 * math.exp(generator.gauss(0, 0.03)) for _ in range(200))
    half_width = relative_half_width([rate(sample) for sample in clean(point.samples)])
    assert point.stopped_because == "narrow"
    assert len(clean(point.samples)) >= 20
    assert half_width is not None
    assert half_width < 0.02


def test_the_budget_ends_what_noise_would_prolong() -> None:
    generator = random.Random(2)
    point = measured((400 * math.exp(generator.gauss(0, 0.3)) for _ in range(200)), budget_s=30)
    spent_s = sum(sample.loop_s for sample in point.samples)
    assert point.stopped_because == "time-budget"
    assert 15 < spent_s <= 30 + 4


def test_the_smallest_budget_still_gives_one_repetition() -> None:
    point = measured(forever(1.0), budget_s=0.0)
    assert [sample.is_warm_up for sample in point.samples] == [True, False]
    assert point.stopped_because == "time-budget"


def test_disturbed_repetitions_are_kept_marked_and_repeated() -> None:
    # Others take 2 s of the CPU during the third and the fifth call; a call lasts 1.28 s on 2 CPUs.
    point = measured(forever(400.0), others_cpu_s=[0, 0, 2.0, 0, 2.0])
    flags = [sample.contention.is_disturbed for sample in point.samples]
    assert [i for i, flag in enumerate(flags) if flag] == [2, 4]
    assert len(clean(point.samples)) == 4
    assert point.samples[2].contention.others_cpu_s == pytest.approx(2.0)
    assert point.stopped_because == "narrow"


def test_a_point_that_stays_disturbed_ends_with_the_budget_and_without_a_clean_sample() -> None:
    point = measured(forever(400.0), others_cpu_s=forever(2.0), budget_s=20)
    assert point.stopped_because == "time-budget"
    assert clean(point.samples) == []
    assert len(point.samples) > 5


def test_every_repetition_evaluates_other_tokens() -> None:
    clock = FakeClock()
    worker = timing_worker(clock, forever(400.0))
    measure_speed(worker, STEADY, contention=QuietMachine(clock), budget_s=1e9, seed=7, clock=clock)
    seeds = [command.seed for command in worker.commands if isinstance(command, TimePrefill)]
    assert seeds == list(range(7, 7 + len(seeds)))


def test_decoding_warms_up_with_few_steps_at_the_same_depth() -> None:
    clock = FakeClock()
    worker = timing_worker(clock, forever(150.0))
    test = SpeedTest(n_gen=128, n_depth=1024)
    point = measure_speed(worker, test, contention=QuietMachine(clock), budget_s=60, clock=clock)
    asked = [command for command in worker.commands if isinstance(command, TimeDecode)]
    assert [command.n_tokens for command in asked] == [16, 16, 128, 128, 128, 128]
    assert {command.n_depth for command in asked} == {1024}
    assert [sample.is_warm_up for sample in point.samples] == [True] * 2 + [False] * 4
    assert [sample.n_tokens for sample in point.samples] == [16, 16, 128, 128, 128, 128]
    assert (point.test, point.n_gen, point.n_depth) == ("tg128 @ d1024", 128, 1024)


def test_a_disturbed_repetition_does_not_end_the_warm_up() -> None:
    # The second is slow since others ran, not since the rate had settled.
    point = measured([100, 50, 200, *[201] * 50], others_cpu_s=[0, 9.0])
    assert [sample.is_warm_up for sample in point.samples][:4] == [True, True, True, False]
    assert rates_of(clean(point.samples))[0] == 201


def test_so_many_repetitions_are_made_as_were_asked_for() -> None:
    point = measured(forever(400.0), repetitions=7, budget_s=0.0)
    assert sum(not sample.is_warm_up for sample in point.samples) == 7
    assert point.stopped_because == "repetitions"
    with_one_disturbed = measured(forever(400.0), repetitions=5, others_cpu_s=[0, 0, 0, 2.0])
    assert len(clean(with_one_disturbed.samples)) == 5
    assert len(with_one_disturbed.samples) == 7
    never_quiet = measured(forever(400.0), repetitions=5, others_cpu_s=[2.0] * 100)
    assert sum(not sample.is_warm_up for sample in never_quiet.samples) == 2 * 5


def test_samples_tell_when_they_began_and_how_the_machine_was() -> None:
    point = measured(forever(512.0))
    assert [sample.at_s for sample in point.samples] == [0.0, 1.0, 2.0, 3.0, 4.0]
    assert all(sample.state is not None for sample in point.samples)


def test_a_sustained_point_goes_on_for_its_time() -> None:
    clock = FakeClock()
    worker = timing_worker(clock, forever(512.0))
    point = measure_sustained(worker, STEADY, contention=QuietMachine(clock), duration_s=20, clock=clock)
    assert [sample.is_warm_up for sample in point.samples] == [True] + [False] * 19
    assert (point.stopped_because, point.duration_s) == ("duration", 20)


def test_of_very_many_sustained_repetitions_those_are_kept_that_a_record_holds(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(speed, "MOST_SUSTAINED", 10)
    clock = FakeClock()
    worker = timing_worker(clock, forever(512.0))
    point = measure_sustained(worker, STEADY, contention=QuietMachine(clock), duration_s=40, clock=clock)
    assert [sample.at_s for sample in point.samples] == [0, *range(1, 40, 4)]
    assert len(worker.commands) == 40
    seeds = [command.seed for command in worker.commands if isinstance(command, TimePrefill)]
    assert len(set(seeds)) == 40, "each evaluates other tokens"


def test_calls_and_loop_are_told_apart() -> None:
    clock = FakeClock()

    def reply(_: Command) -> Reply:
        clock.advance(S)
        return Timed(512, 512, 900_000_000, Window(clock() - S, clock()))

    worker = FakeWorker(reply)
    point = measure_speed(worker, STEADY, contention=QuietMachine(clock), budget_s=3, clock=clock)
    assert point.samples[0].calls_s == 0.9
    assert point.samples[0].loop_s == 1.0


def test_a_reused_prefix_is_an_error() -> None:
    clock = FakeClock()
    worker = FakeWorker(lambda _: Timed(512, 256, S, Window(0, S)))
    with pytest.raises(EngineError, match="256 of 512"):
        measure_speed(worker, STEADY, contention=QuietMachine(clock), budget_s=5, clock=clock)


def test_a_clock_that_stands_still_is_an_error() -> None:
    clock = FakeClock()
    worker = FakeWorker(lambda _: Timed(512, 512, 0, Window(0, 0)))
    with pytest.raises(EngineError, match="clock"):
        measure_speed(worker, STEADY, contention=QuietMachine(clock), budget_s=5, clock=clock)


def test_an_answer_of_another_kind_is_an_error() -> None:
    clock = FakeClock()
    worker = FakeWorker(lambda _: Generated(()))
    with pytest.raises(EngineError, match="Generated"):
        measure_speed(worker, STEADY, contention=QuietMachine(clock), budget_s=5, clock=clock)
