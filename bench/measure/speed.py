"""pp<N> and tg<N>: warm up, repeat until the interval is narrow, keep every sample."""

import time
from collections.abc import Callable, Sequence
from typing import Literal

from bench.errors import EngineError
from bench.measure.calls import Caller, ask, assert_cold
from bench.measure.disturbance import ContentionSource, contention_between
from bench.measure.speed_test import SpeedTest
from bench.records.types import RateSample, SpeedPoint
from bench.stats import relative_half_width
from bench.units import NS_PER_S, seconds
from bench.worker.protocol import Timed

TARGET_HALF_WIDTH = 0.02  # of the median's 95 % interval, as a share of the median
STILL_RISING = 0.02  # a repetition this much faster than the one before: caches and clocks still warm up
MAX_WARM_UPS = 4
WARM_UP_SHARE = 1 / 3  # of the time budget
MAX_REPETITIONS = 100
CALL_TIMEOUT_S = 1800.0

StoppedBecause = Literal["narrow", "time-budget", "repetitions", "interrupted"]


def measure_speed(
    worker: Caller,
    test: SpeedTest,
    *,
    contention: ContentionSource,
    budget_s: float,
    target_half_width: float = TARGET_HALF_WIDTH,
    max_repetitions: int = MAX_REPETITIONS,
    seed: int = 1,
    clock: Callable[[], int] = time.perf_counter_ns,
) -> SpeedPoint:
    """Time one point on a loaded worker; at least one warm-up and one repetition, whatever the budget.

    Warm-up ends with the first repetition that is no faster than the one before by ``STILL_RISING``, or at
    its bounds; the repetition that ends it is part of it, since counting it would select slow ones. Then
    repetitions follow until the 95 % interval of the median rate of the undisturbed ones is within
    ``target_half_width``, or the next one would overrun ``budget_s``. Every repetition evaluates other
    tokens.

    Raises EngineError when the cache was not cold, and WorkerError from the worker.
    """
    started_ns = clock()
    samples: list[RateSample] = []
    is_warm = False
    stopped: StoppedBecause | None = None
    while stopped is None:
        sample = _repeat(worker, test, contention, seed + len(samples), is_warm_up=not is_warm)
        samples.append(sample)
        spent_s = (clock() - started_ns) / NS_PER_S
        half_width = relative_half_width([rate(sample) for sample in clean(samples)])
        if not is_warm:
            is_warm = _is_settled(samples) or spent_s >= WARM_UP_SHARE * budget_s
        elif half_width is not None and half_width <= target_half_width:
            stopped = "narrow"
        elif sum(not sample.is_warm_up for sample in samples) >= max_repetitions:
            stopped = "repetitions"
        elif spent_s + spent_s / len(samples) > budget_s:
            stopped = "time-budget"
    return SpeedPoint(
        test=test.name,
        n_prompt=test.n_prompt,
        n_gen=test.n_gen,
        n_depth=test.n_depth,
        samples=tuple(samples),
        stopped_because=stopped,
        n_parallel=test.n_parallel,
        n_cached=test.n_cached,
    )


def rate(sample: RateSample) -> float:
    """Tokens per second over the engine's calls."""
    return sample.n_tokens / sample.calls_s


def clean(samples: Sequence[RateSample]) -> list[RateSample]:
    """The repetitions that count: after the warm-up, and with the machine to themselves."""
    return [sample for sample in samples if not sample.is_warm_up and not sample.contention.is_disturbed]


def _repeat(
    worker: Caller, test: SpeedTest, contention: ContentionSource, seed: int, *, is_warm_up: bool
) -> RateSample:
    before = contention.read()
    timed = ask(worker, test.command(seed), Timed, timeout_s=CALL_TIMEOUT_S)
    after = contention.read()
    assert_cold(timed.n_evaluated, test.n_tokens, test.name)
    if timed.calls_ns <= 0:
        raise EngineError("the engine's clock did not move", where=test.name)
    return RateSample(
        n_tokens=timed.n_tokens,
        calls_s=seconds(timed.calls_ns),
        loop_s=seconds(timed.window.end_ns - timed.window.start_ns),
        is_warm_up=is_warm_up,
        contention=contention_between(before, after),
    )


def _is_settled(warm_ups: Sequence[RateSample]) -> bool:
    if len(warm_ups) >= MAX_WARM_UPS:
        return True
    return len(warm_ups) >= 2 and rate(warm_ups[-1]) <= (1 + STILL_RISING) * rate(warm_ups[-2])
