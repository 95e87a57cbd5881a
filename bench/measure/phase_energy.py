"""Joules of prefill and decode, at the lengths of a speed test or of a task's own requests."""

from collections.abc import Sequence
from itertools import count
from statistics import fmean

from bench.measure.calls import Caller, ask
from bench.measure.disturbance import ContentionSource
from bench.measure.energy import Phase, Work, measure_energy
from bench.measure.energy_rule import EnergyRule
from bench.measure.speed import CALL_TIMEOUT_S
from bench.measure.speed_test import SpeedTest
from bench.meters.protocol import EnergyMeters
from bench.records.types import EnergyReading, RequestSample
from bench.worker.protocol import Timed

MOST_STEPS = 64  # of one call: windows end between calls


def measure_test_energy(
    worker: Caller,
    test: SpeedTest,
    *,
    meters: EnergyMeters,
    rule: EnergyRule,
    contention: ContentionSource,
    seed: int = 1,
) -> tuple[EnergyReading, ...]:
    """Joules of a speed test, repeated on a loaded worker; see ``measure_energy``.

    Raises EngineError and WorkerError from the worker.
    """
    seeds = count(seed)

    def call() -> Work:
        timed = ask(worker, test.command(next(seeds)), Timed, timeout_s=CALL_TIMEOUT_S)
        return Work(timed.window, timed.n_tokens)

    return measure_energy(
        meters,
        _phase(test),
        call,
        rule=rule,
        contention=contention,
        test=test.name,
        n_parallel=test.n_parallel or 1,
    )


def mean_tests(requests: Sequence[RequestSample]) -> tuple[SpeedTest, ...]:
    """The prompt, and the decoding after it, that these requests were on average.

    Joules of a phase grow with its tokens, so the mean lengths stand for all. Those of attention grow with
    the square of the length: they are told too low by up to c² times their part, where c is the lengths'
    coefficient of variation (docs/method.md has figures). The first output token belongs to the prompt;
    without an answer of two tokens nothing was decoded. Of long answers the middle is decoded: a step's
    joules grow evenly with what is in the cache before it.
    """
    measured = [request for request in requests if not request.is_warm_up]
    if not measured:
        return ()
    n_prompt = max(1, round(fmean(request.n_prompt_tokens for request in measured)))
    n_steps = max(1, round(fmean(max(0, request.n_output_tokens - 1) for request in measured)))
    n_gen = min(n_steps, MOST_STEPS)
    tests = [SpeedTest(n_prompt=n_prompt)]
    if any(request.n_output_tokens > 1 for request in measured):
        tests.append(SpeedTest(n_gen=n_gen, n_depth=n_prompt + (n_steps - n_gen) // 2))
    return tuple(tests)


def _phase(test: SpeedTest) -> Phase:
    if test.n_prompt and test.n_gen:
        return "prefill+decode"
    return "prefill" if test.n_prompt else "decode"
