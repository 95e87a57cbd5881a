"""Two live workers in turn, A B B A: a slow change of the machine meets both sides of a pair alike."""

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

from bench.errors import EngineError, WorkerError
from bench.measure.calls import Caller
from bench.measure.disturbance import ContentionSource
from bench.measure.speed import MAX_REPETITIONS, StoppedBecause, point_of, rate, timed_once
from bench.measure.speed_test import SpeedTest
from bench.records.types import RateSample, SpeedPoint
from bench.stats import paired_enough, rate_ratio
from bench.units import seconds

TARGET_HALF_WIDTH: Final = 0.01  # of the 95 % interval of B/A, as a share of it
# Stopping as soon as an interval is narrow picks out the runs in which few pairs happened to lie close
# together; with ten to begin with, `scripts/aa_runs.py` finds the promised rate of false alarms.
FEWEST_PAIRS: Final = 10
WARM_UPS: Final = 2  # per side and test: one for pages and caches, one for the clock
WARM_UP_SHARE: Final = 1 / 3  # of the budget, from which on one warm-up has to do
# After a call an idle worker's threads spin until they sleep: at most 6 ms were seen here with OpenMP.
PAUSE_S: Final = 0.05

SideName = Literal["a", "b"]
Pair = tuple[float, float]  # rates of A and of B, tokens per second


@dataclass(frozen=True, slots=True)
class Side:
    worker: Caller
    contention: ContentionSource


def order_of(n_pairs: int) -> tuple[SideName, SideName]:
    """Who goes first in the next pair, after ``n_pairs`` good ones: A B, B A, A B, …"""
    return ("a", "b") if n_pairs % 2 == 0 else ("b", "a")


def is_settled(pairs: Sequence[Pair], target_half_width: float, n_rounds: int | None) -> bool:
    """The rule that ends a test: ``n_rounds`` pairs when that many were asked for, else a narrow ratio.

    A narrow one counts from ``FEWEST_PAIRS`` pairs on, and only where each side went first equally often.
    """
    if n_rounds is not None:
        return len(pairs) >= n_rounds
    if len(pairs) < FEWEST_PAIRS or len(pairs) % 2:
        return False
    effect = rate_ratio([a for a, _ in pairs], [b for _, b in pairs], is_paired=True)
    return paired_enough(effect, target_half_width)


@dataclass(slots=True)
class _Course:
    """One test on its way."""

    test: SpeedTest
    began_ns: int
    samples: dict[SideName, list[RateSample]] = field(default_factory=lambda: {"a": [], "b": []})
    pairs: list[Pair] = field(default_factory=list)
    n_tried: int = 0
    stopped: StoppedBecause | None = None


class Interleaved:
    """Measures tests on both sides; ``points`` and ``failures`` hold what there is, however ``run`` ended.

    The tests take turns, so that all of them see the same stretch of time. Both sides evaluate the same
    random tokens in a pair. ``pause_s`` lets the idle side's threads fall asleep before each timed call.
    """

    def __init__(
        self,
        sides: dict[SideName, Side],
        tests: Iterable[SpeedTest],
        *,
        pause_s: float = PAUSE_S,
        seed: int = 1,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], int] = time.perf_counter_ns,
    ) -> None:
        self.failures: list[tuple[SideName, SpeedTest, EngineError | WorkerError]] = []
        self._sides = sides
        self._pause_s = pause_s
        self._seed = seed
        self._sleep = sleep
        self._clock = clock
        self._courses = [_Course(test, clock()) for test in tests]

    def run(
        self,
        *,
        budget_s: float,
        n_rounds: int | None = None,
        on_round: Callable[[int], None] = lambda _: None,
    ) -> None:
        """Warm up, then add pairs to each test until ``is_settled`` or the next round would overrun.

        A pair of which either side was disturbed is kept and tried again in the same order. A test that the
        engine refuses on either side ends, and is in ``failures``. Raises WorkerError when a worker dies,
        which is in ``failures``, too.
        """
        started_ns = self._clock()

        def spent_s() -> float:
            return seconds(self._clock() - started_ns)

        for number in range(WARM_UPS):
            if number and spent_s() > WARM_UP_SHARE * budget_s:
                break
            for course in self._open():
                self._try(course, order_of(number), is_warm_up=True)
        n_done = 0
        while self._open():
            before_s = spent_s()
            for course in self._open():
                self._try(course, order_of(len(course.pairs)))
            n_done += 1
            on_round(n_done)
            round_s = spent_s() - before_s
            for course in self._open():
                if is_settled(course.pairs, TARGET_HALF_WIDTH, n_rounds):
                    course.stopped = "narrow" if n_rounds is None else "repetitions"
                elif course.n_tried >= max(MAX_REPETITIONS, n_rounds or 0):
                    course.stopped = "repetitions"
                elif spent_s() + round_s > budget_s:
                    course.stopped = "time-budget"

    def points(self) -> dict[SideName, tuple[SpeedPoint, ...]]:
        """The tests of each side that were measured at all, in their order."""
        return {
            side: tuple(
                point_of(course.test, course.samples[side], course.stopped or "interrupted")
                for course in self._courses
                if any(not sample.is_warm_up for sample in course.samples[side])
            )
            for side in self._sides
        }

    def _open(self) -> list[_Course]:
        refused = {test for _, test, _ in self.failures}
        return [course for course in self._courses if course.stopped is None and course.test not in refused]

    def _try(self, course: _Course, order: tuple[SideName, SideName], *, is_warm_up: bool = False) -> None:
        number = len(course.samples["a"])
        taken: dict[SideName, RateSample] = {}
        for side in order:
            try:
                taken[side] = self._sample(course, side, number, is_warm_up)
            except (EngineError, WorkerError) as error:
                self.failures.append((side, course.test, error))
                if isinstance(error, WorkerError):
                    raise
                return
            course.samples[side].append(taken[side])
        if is_warm_up:
            return
        course.n_tried += 1
        if not any(sample.contention.is_disturbed for sample in taken.values()):
            course.pairs.append((rate(taken["a"]), rate(taken["b"])))

    def _sample(self, course: _Course, side: SideName, number: int, is_warm_up: bool) -> RateSample:
        worker, contention = self._sides[side].worker, self._sides[side].contention
        if self._pause_s:
            self._sleep(self._pause_s)
        return timed_once(
            worker,
            course.test,
            contention,
            seed=self._seed + number,
            at_s=seconds(self._clock() - course.began_ns),
            is_warm_up=is_warm_up,
            in_round=None if is_warm_up else course.n_tried,
        )
