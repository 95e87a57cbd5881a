"""pp<N> and tg<N>: warm up, repeat until the interval is narrow or the time is over, keep every sample."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from bench.errors import EngineError
from bench.measure.calls import Caller, ask, assert_cold
from bench.measure.disturbance import ContentionSource, contention_between, state_of
from bench.measure.speed_test import SpeedTest
from bench.records.types import RateSample, SpeedPoint
from bench.stats import StoppingRule
from bench.units import seconds
from bench.worker.protocol import Timed

TARGET_HALF_WIDTH = 0.02  # of the median's 95 % interval, as a share of the median
MAX_REPETITIONS = 100
MOST_SUSTAINED = 20_000  # of some 460 bytes in a record
STILL_RISING = 0.02  # a repetition this much faster than the one before: caches and clocks still warm up
MAX_WARM_UPS = 4
WARM_UP_SHARE = 1 / 3  # of the time budget
WARM_UP_STEPS = 16  # of decoding: every step reads all weights, so a few warm what there is to warm
CALL_TIMEOUT_S = 1800.0

StoppedBecause = Literal["narrow", "time-budget", "repetitions", "duration", "interrupted"]


def measure_speed(
    worker: Caller,
    test: SpeedTest,
    *,
    contention: ContentionSource,
    budget_s: float,
    max_repetitions: int = MAX_REPETITIONS,
    repetitions: int | None = None,
    seed: int = 1,
    clock: Callable[[], int] = time.perf_counter_ns,
) -> SpeedPoint:
    """Time one point on a loaded worker; at least one warm-up and one repetition, whatever the budget.

    Warm-up ends with the first repetition that is no faster than the one before by ``STILL_RISING``, or at
    its bounds. That of decoding is short (``WARM_UP_STEPS``). A prompt's is whole, so the repetition that
    ends it counts: it is a little slow by selection, which the simulated coverage includes. Repetitions
    follow until ``bench.stats.StoppingRule`` finds the undisturbed ones enough, or the next one would
    overrun ``budget_s``.

    With ``repetitions`` just so many are made, whatever they cost, and disturbed ones of them are made again
    within the budget, as many at most. Every repetition evaluates other tokens.

    Raises EngineError when the cache was not cold, and WorkerError from the worker.
    """
    series = _Series(worker, test, contention, seed, clock)
    series.warm_up(WARM_UP_SHARE * budget_s)
    rule = StoppingRule(TARGET_HALF_WIDTH, max_repetitions)
    stopped: StoppedBecause | None = None
    while stopped is None:
        if not series.n_counted:
            series.repeat()
        rates = [rate(sample) for sample in clean(series.samples)]
        is_over = series.spent_s + series.last_s > budget_s
        if repetitions is not None:
            n_again = series.n_counted - repetitions
            is_enough = len(rates) >= repetitions or (n_again >= 0 and (is_over or n_again >= repetitions))
            stopped = "repetitions" if is_enough else None
        else:
            stopped = rule.verdict(rates, series.n_counted) or ("time-budget" if is_over else None)
        if stopped is None:
            series.repeat()
    return point_of(test, series.samples, stopped)


def measure_sustained(
    worker: Caller,
    test: SpeedTest,
    *,
    contention: ContentionSource,
    duration_s: float,
    seed: int = 1,
    clock: Callable[[], int] = time.perf_counter_ns,
) -> SpeedPoint:
    """Repeat a test without pause until ``duration_s`` have passed; the first repetition is warm-up.

    Of more than ``MOST_SUSTAINED`` repetitions so many are kept, evenly over the time, for a record to hold.
    ``bench.stats.burst_and_sustained`` tells what the machine keeps up. Raises like ``measure_speed``.
    """
    series = _Series(worker, test, contention, seed, clock)
    series.repeat(is_warm_up=True)
    while len(series.samples) == 1 or series.spent_s < duration_s:
        series.repeat(apart_s=duration_s / MOST_SUSTAINED)
    return point_of(test, series.samples, "duration", duration_s=duration_s)


def timed_once(
    worker: Caller,
    test: SpeedTest,
    contention: ContentionSource,
    *,
    seed: int,
    at_s: float,
    is_warm_up: bool,
    in_round: int | None = None,
) -> RateSample:
    """One repetition, evaluating the tokens of ``seed``; EngineError when the cache was not cold."""
    before = contention.read()
    timed = ask(worker, test.command(seed), Timed, timeout_s=CALL_TIMEOUT_S)
    after = contention.read()
    assert_cold(timed.n_evaluated, test.n_tokens, test.name)
    if timed.calls_ns <= 0:
        raise EngineError("the engine's clock did not move", where=test.name)
    return RateSample(
        n_tokens=timed.n_tokens,
        calls_s=seconds(timed.calls_ns),
        loop_s=timed.window.length_s,
        is_warm_up=is_warm_up,
        contention=contention_between(before, after),
        at_s=at_s,
        state=state_of(after),
        round=in_round,
    )


def point_of(
    test: SpeedTest,
    samples: Sequence[RateSample],
    stopped: StoppedBecause,
    *,
    duration_s: float | None = None,
) -> SpeedPoint:
    return SpeedPoint(
        test=test.name,
        n_prompt=test.n_prompt,
        n_gen=test.n_gen,
        n_depth=test.n_depth,
        samples=tuple(samples),
        stopped_because=stopped,
        n_parallel=test.n_parallel,
        n_cached=test.n_cached,
        duration_s=duration_s,
    )


def rate(sample: RateSample) -> float:
    """Tokens per second over the engine's calls."""
    return sample.n_tokens / sample.calls_s


def clean(samples: Sequence[RateSample]) -> list[RateSample]:
    """The repetitions that count: after the warm-up, and with the machine to themselves."""
    return [sample for sample in samples if not sample.is_warm_up and not sample.contention.is_disturbed]


def is_warm(before: float, after: float) -> bool:
    """Is the second of two rates no longer rising?"""
    return after <= (1 + STILL_RISING) * before


@dataclass
class _Series:
    """The repetitions of one point, each evaluating other tokens; ``last_s`` is what the last one took."""

    worker: Caller
    test: SpeedTest
    contention: ContentionSource
    seed: int
    clock: Callable[[], int]
    samples: list[RateSample] = field(default_factory=list)
    last_s: float = 0.0
    started_ns: int = field(init=False)
    n_made: int = 0
    due_s: float = 0.0  # from then on the next one is kept

    def __post_init__(self) -> None:
        self.started_ns = self.clock()

    @property
    def spent_s(self) -> float:
        return seconds(self.clock() - self.started_ns)

    @property
    def n_counted(self) -> int:
        return sum(not sample.is_warm_up for sample in self.samples)

    def warm_up(self, share_s: float) -> None:
        steps = min(self.test.n_gen, WARM_UP_STEPS)
        test = self.test if self.test.n_prompt else replace(self.test, n_gen=steps)
        self.repeat(test, is_warm_up=True)
        while len(self.samples) < MAX_WARM_UPS and self.spent_s < share_s:
            self.repeat(test, is_warm_up=True)
            before, last = self.samples[-2:]
            if not last.contention.is_disturbed and is_warm(rate(before), rate(last)):
                if test == self.test:
                    self.samples[-1] = last.model_copy(update={"is_warm_up": False})
                return

    def repeat(
        self, test: SpeedTest | None = None, *, is_warm_up: bool = False, apart_s: float = 0.0
    ) -> None:
        """One more, which is kept unless the last one that was began less than its ``apart_s`` before."""
        test = test or self.test
        at_s = self.spent_s
        seed = self.seed + self.n_made
        sample = timed_once(self.worker, test, self.contention, seed=seed, at_s=at_s, is_warm_up=is_warm_up)
        self.n_made += 1
        if at_s >= self.due_s:
            self.samples.append(sample)
            self.due_s = at_s + apart_s
        self.last_s = self.spent_s - at_s
