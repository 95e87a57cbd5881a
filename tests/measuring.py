"""Stand-ins for tests of the instrument: clock, meters and worker follow a script on one time line."""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from bench.meters.protocol import (
    Band,
    ContentionReading,
    Domain,
    EnergySource,
    MeterInfo,
    Reading,
    Unavailable,
    WindowEnergy,
)
from bench.worker.protocol import Command, Reply

MS = 1_000_000
S = 1_000_000_000

WriteFile = Callable[[str, str], None]  # what the fixture `write` gives


@dataclass
class FakeClock:
    now_ns: int = 0

    def __call__(self) -> int:
        return self.now_ns

    def advance(self, duration_ns: int) -> None:
        self.now_ns += duration_ns

    def sleep(self, duration_s: float) -> None:
        self.advance(round(duration_s * S))


@dataclass
class FakeWorker:
    """Answers each command by ``reply``, which may advance the clock; keeps the commands."""

    reply: Callable[[Command], Reply]
    commands: list[Command] = field(default_factory=list)

    def call(
        self,
        command: Command,
        *,
        timeout_s: float,
        on_progress: Callable[[int, int], None] | None = None,  # noqa: ARG002
    ) -> Reply:
        assert timeout_s > 0
        self.commands.append(command)
        return self.reply(command)


class QuietMachine:
    """A contention source of 2 CPUs on which others take the given CPU seconds between readings, in turn."""

    def __init__(self, clock: FakeClock, others_cpu_s: Iterable[float] = ()) -> None:
        self._clock = clock
        self._others = iter(others_cpu_s)
        self._busy_s = 0.0
        self._n_readings = 0

    def read(self) -> ContentionReading:
        self._n_readings += 1
        if self._n_readings % 2 == 0:  # readings come in pairs around a call
            self._busy_s += next(self._others, 0.0)
        return ContentionReading(self._clock(), self._busy_s, 0.0, None, n_cpus=2)


class AlwaysQuiet:
    """In the place of a ContentionMeter: a busy machine must not fail a test of what is done with samples."""

    def __init__(self, *_: object) -> None: ...

    def read(self) -> ContentionReading:
        return ContentionReading(0, None, None, None)


def meter_info(**changes: object) -> MeterInfo:
    facts: dict[str, object] = {
        "name": "test-meter",
        "domains": (Domain("package-0", "package"),),
        "provenance": "measured",
        "quantity": "energy",
        "detail": "a meter of the tests",
        "period_s": 0.0,
    }
    return MeterInfo(**{**facts, **changes})  # type: ignore[arg-type]  # fields by name


class ScriptedMeter:
    """Gives the readings (ns, value of each domain) in turn, then fails like a sensor that has gone."""

    def __init__(self, readings: Iterable[tuple[int, *tuple[float, ...]]], **info: object) -> None:
        self.info = meter_info(**info)
        self._readings = iter(readings)

    def read(self) -> Sequence[Reading]:
        try:
            at_ns, *values = next(self._readings)
        except StopIteration:
            raise OSError("the sensor has gone") from None
        return (Reading(at_ns, tuple(values)),)


class SteadyCounter:
    """A counter of joules that grows by ``watts`` at any time of ``clock``."""

    def __init__(self, watts: float, clock: Callable[[], int], **info: object) -> None:
        self.info = meter_info(**info)
        self._watts = watts
        self._clock = clock

    def read(self) -> Sequence[Reading]:
        now_ns = self._clock()
        return (Reading(now_ns, (self._watts * now_ns / S,)),)


class Drawing:
    """A meter of steady ``watts``; what is left of ``troubles`` is raised, one at a reading, None is none."""

    def __init__(
        self,
        name: str,
        domains: Sequence[Domain],
        watts: Sequence[float],
        *,
        troubles: Sequence[BaseException | None] = (),
        clock: Callable[[], int] = time.perf_counter_ns,
        **info: object,
    ) -> None:
        self.info = meter_info(name=name, domains=tuple(domains), **{"period_s": 0.001, **info})
        self._watts = watts
        self._troubles = list(troubles)
        self._clock = clock
        self._opened_ns = clock()

    def read(self) -> Sequence[Reading]:
        trouble = self._troubles.pop(0) if self._troubles else None
        if trouble is not None:
            raise trouble
        at_ns = self._clock()
        factor = (at_ns - self._opened_ns) / S if self.info.quantity == "energy" else 1.0
        return (Reading(at_ns, tuple(watt * factor for watt in self._watts)),)


class ConstantPower:
    """An energy source that draws ``watts`` at any time, with a fixed doubt per window."""

    def __init__(self, watts: float, *, error_j: float = 0.0, **info: object) -> None:
        self.info = meter_info(**info)
        self._watts = watts
        self._error_j = error_j

    def energy_between(self, start_ns: int, end_ns: int) -> WindowEnergy | Unavailable:
        joules = self._watts * (end_ns - start_ns) / S
        band = Band(joules, joules - self._error_j, joules + self._error_j)
        return WindowEnergy(band, self._error_j, {domain.name: band for domain in self.info.domains})


class NoEnergy(ConstantPower):
    """A source whose windows are never known."""

    def energy_between(self, start_ns: int, end_ns: int) -> WindowEnergy | Unavailable:  # noqa: ARG002
        return Unavailable(self.info.name, "the sensor has gone", None)


class FakeMeters:
    """These sources, best first; counts how often they were read for a while, and at borders."""

    def __init__(self, *sources: EnergySource, refused: Sequence[Unavailable] = ()) -> None:
        self.sources = sources
        self.refused = refused
        self.n_samplings = 0
        self.n_marks = 0

    @contextmanager
    def sampling(self) -> Iterator[None]:
        self.n_samplings += 1
        yield

    def mark(self) -> None:
        self.n_marks += 1
