"""Joules of one model, apart from all that is timed: each of them is a unit of the journal."""

from collections.abc import Sequence
from functools import partial
from typing import Literal

from bench.commands.stand import Live, Stand
from bench.commands.units import Units
from bench.measure.energy_rule import EnergyRule
from bench.measure.idle import measure_idle
from bench.measure.phase_energy import mean_tests, measure_test_energy
from bench.measure.speed_test import SpeedTest
from bench.records.units import EnergyUnit, IdleUnit, LatencyUnit


class EnergyRun:
    """The windows of energy that a journal does not hold yet."""

    def __init__(self, units: Units, stand: Stand, rule: EnergyRule, *, seed: int = 1) -> None:
        self._units = units
        self._stand = stand
        self._rule = rule
        self._seed = seed

    def idle(self, when: Literal["before", "after"]) -> None:
        """The loaded worker waits: before the first window, and after the last."""
        self._units.run(f"idle/{when}", self._stand, self._idle)

    def of_requests(self, task: str) -> None:
        """At the mean lengths of the requests that were timed."""
        timed = self._units.result(f"latency/{task}")
        if isinstance(timed, LatencyUnit):
            self._of(task, mean_tests(timed.latency.requests))

    def of_point(self, test: SpeedTest) -> None:
        """Nothing for one that could not be timed."""
        if self._units.result(f"speed/{test.name}") is not None:
            self._of(test.name, [test])

    def _of(self, name: str, tests: Sequence[SpeedTest]) -> None:
        self._units.stage(f"energy of {name}")
        self._units.run(f"energy/{name}", self._stand, partial(self._windows, name, tests))

    def _windows(self, of: str, tests: Sequence[SpeedTest], live: Live) -> EnergyUnit:
        readings = [
            reading
            for test in tests
            for reading in measure_test_energy(
                live.worker,
                test,
                meters=live.meters,
                rule=self._rule,
                contention=live.contention,
                seed=self._seed,
            )
        ]
        return EnergyUnit(of=of, energy=tuple(readings))

    def _idle(self, live: Live) -> IdleUnit:
        return IdleUnit(energy=measure_idle(live.meters, rule=self._rule, contention=live.contention))
