"""Two stand-in workers on one clock: the order of turns, what pairs, and when it ends."""

import random
from collections.abc import Iterable, Sequence

import pytest

from bench.errors import EngineError, WorkerError
from bench.measure.interleave import FEWEST_PAIRS, Interleaved, Side, SideName, is_settled
from bench.measure.speed_test import SpeedTest
from bench.worker.protocol import Command, Timed, TimeDecode, TimePrefill, Window
from tests.measuring import MS, FakeClock, FakeWorker, QuietMachine

TG = SpeedTest(n_gen=10)
PP = SpeedTest(n_prompt=50)


class Stage:
    """Both sides on one clock; ``turns`` keeps who was asked for what, and ``asleep_s`` the pauses."""

    def __init__(
        self,
        a_ms: Iterable[float] = (),
        b_ms: Iterable[float] = (),
        disturbed_a: Sequence[float] = (),
        failing: Exception | None = None,
    ) -> None:
        self.clock = FakeClock()
        self.turns: list[tuple[SideName, str]] = []
        self.pauses: list[float] = []
        self._failing = failing
        workers: dict[SideName, Iterable[float]] = {"a": a_ms, "b": b_ms}
        machines = {"a": QuietMachine(self.clock, disturbed_a), "b": QuietMachine(self.clock)}
        self.sides: dict[SideName, Side] = {
            name: Side(FakeWorker(self._answers(name, iter(took))), machines[name])
            for name, took in workers.items()
        }

    def _answers(self, side: SideName, took_ms: "Iterable[float]"):  # type: ignore[no-untyped-def]
        times = iter(took_ms)

        def reply(command: Command) -> Timed:
            assert isinstance(command, TimeDecode | TimePrefill)
            self.turns.append((side, type(command).__name__))
            if self._failing is not None and side == "b" and isinstance(command, TimePrefill):
                raise self._failing
            start_ns = self.clock()
            took_ns = round(next(times, 1000.0) * MS)
            self.clock.advance(took_ns)
            return Timed(command.n_tokens, command.n_tokens, took_ns, Window(start_ns, self.clock()))

        return reply

    def sleep(self, duration_s: float) -> None:
        self.pauses.append(duration_s)
        self.clock.sleep(duration_s)

    def interleaved(self, *tests: SpeedTest) -> Interleaved:
        return Interleaved(self.sides, tests or (TG,), sleep=self.sleep, clock=self.clock)

    def order(self) -> str:
        return "".join(side for side, _ in self.turns)


def noisy(mean_ms: float, seed: int, share: float = 0.01) -> Iterable[float]:
    noise = random.Random(seed)
    return (mean_ms * noise.gauss(1, share) for _ in range(1000))


def test_sides_take_turns_a_b_b_a_and_sleep_before_each() -> None:
    stage = Stage()
    course = stage.interleaved()
    course.run(budget_s=1000, n_rounds=4)
    assert stage.order() == "abba" + "abba" * 2  # warm-ups, then four rounds
    assert stage.pauses == [0.05] * len(stage.turns)
    a, b = (course.points()[side][0] for side in ("a", "b"))
    for point in (a, b):
        assert [sample.round for sample in point.samples] == [None, None, 0, 1, 2, 3]
        assert point.stopped_because == "repetitions"


def test_both_sides_of_a_pair_evaluate_the_same_tokens_and_no_two_pairs_do() -> None:
    stage = Stage()
    stage.interleaved().run(budget_s=1000, n_rounds=3)
    seeds = [[command.seed for command in side.worker.commands] for side in stage.sides.values()]  # type: ignore[attr-defined]
    assert seeds[0] == seeds[1]
    assert len(set(seeds[0])) == 5


def test_it_ends_when_the_ratio_is_narrow_enough() -> None:
    stage = Stage(noisy(1000, 1), noisy(1050, 2))
    course = stage.interleaved()
    course.run(budget_s=10_000)
    point = course.points()["a"][0]
    assert point.stopped_because == "narrow"
    n_pairs = max(sample.round or 0 for sample in point.samples) + 1
    assert FEWEST_PAIRS <= n_pairs < 40
    assert n_pairs % 2 == 0


def test_no_ratio_is_settled_by_few_pairs_or_in_the_middle_of_an_a_b_b_a() -> None:
    exact = [(100.0, 95.0)] * (FEWEST_PAIRS + 1)
    assert not is_settled(exact[: FEWEST_PAIRS - 2], 0.01, None)
    assert is_settled(exact[:FEWEST_PAIRS], 0.01, None)
    assert not is_settled(exact, 0.01, None)
    assert is_settled(exact[:3], 0.01, 3)


def test_the_budget_ends_it_too_and_is_kept() -> None:
    stage = Stage(noisy(1000, 1, share=0.2), noisy(1000, 2, share=0.2))
    course = stage.interleaved()
    course.run(budget_s=40)
    assert course.points()["a"][0].stopped_because == "time-budget"
    assert 35 < stage.clock() / 1e9 <= 40


def test_a_disturbed_pair_is_kept_and_tried_again_in_the_same_order() -> None:
    stage = Stage(disturbed_a=(0, 0, 0, 1.5))  # after two warm-ups, A's second round
    course = stage.interleaved()
    course.run(budget_s=1000, n_rounds=3)
    assert stage.order() == "abba" + "ab" + "ba" + "ba" + "ab"
    samples = course.points()["a"][0].samples[2:]
    assert [sample.contention.is_disturbed for sample in samples] == [False, True, False, False]
    assert [sample.round for sample in samples] == [0, 1, 2, 3]


def test_tests_take_turns_within_a_round() -> None:
    stage = Stage()
    stage.interleaved(PP, TG).run(budget_s=1000, n_rounds=2)
    rounds = stage.turns[8:]
    assert [kind for _, kind in rounds] == ["TimePrefill"] * 2 + ["TimeDecode"] * 2 + ["TimePrefill"] * 2 + [
        "TimeDecode"
    ] * 2


def test_a_test_that_one_side_refuses_ends_and_the_others_go_on() -> None:
    stage = Stage(failing=EngineError("too many tokens"))
    course = stage.interleaved(PP, TG)
    course.run(budget_s=1000, n_rounds=3)
    assert [(side, test.name, error.what) for side, test, error in course.failures] == [
        ("b", "pp50", "too many tokens")
    ]
    assert [point.test for point in course.points()["b"]] == ["tg10"]


def test_a_worker_that_dies_ends_the_run_and_what_there_was_remains() -> None:
    stage = Stage()
    course = stage.interleaved(TG)
    broken = stage.sides["b"].worker
    whole = broken.reply  # type: ignore[attr-defined]

    def dying(command: Command) -> Timed:
        if len(stage.turns) > 8:
            raise WorkerError("it died", kind="crash")
        return whole(command)  # type: ignore[no-any-return]

    broken.reply = dying  # type: ignore[attr-defined]
    with pytest.raises(WorkerError):
        course.run(budget_s=1000, n_rounds=9)
    ((side, test, _),) = course.failures
    assert (side, test) == ("b", TG)
    assert course.points()["a"][0].stopped_because == "interrupted"
    assert len(course.points()["b"][0].samples) == 4


def test_a_reused_prefix_is_no_measurement() -> None:
    stage = Stage()
    stage.sides["a"].worker.reply = lambda _: Timed(10, 3, 5, Window(0, 5))  # type: ignore[attr-defined]
    course = stage.interleaved()
    course.run(budget_s=10)
    assert "the cache was not cold" in str(course.failures[0][2])
