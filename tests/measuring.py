"""Stand-ins for tests of the instrument: clock, meters and worker follow a script on one time line."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from bench.meters.protocol import (
    Band,
    ContentionReading,
    EnergySample,
    MeterInfo,
    Unavailable,
    WindowEnergy,
)
from bench.worker.protocol import Command, Reply

MS = 1_000_000
S = 1_000_000_000


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


def meter_info(**changes: object) -> MeterInfo:
    facts: dict[str, object] = {
        "name": "test-meter",
        "domains": ("package-0",),
        "covers": "package",
        "provenance": "measured",
        "is_above_idle": False,
        "resolution_j": 0.0,
        "detail": "a meter of the tests",
    }
    return MeterInfo(**{**facts, **changes})  # type: ignore[arg-type]


class ScriptedMeter:
    """Gives the samples in turn, then fails like a sensor that has gone."""

    def __init__(self, samples: Sequence[EnergySample], **info: object) -> None:
        self.info = meter_info(**info)
        self._samples = iter(samples)

    def read(self) -> EnergySample:
        try:
            return next(self._samples)
        except StopIteration:
            raise OSError("the sensor has gone") from None


def exact(joules: float) -> Band:
    return Band(joules, joules, joules)


class ConstantPower:
    """An energy source that draws ``watts`` at any time, with a fixed doubt per window."""

    def __init__(self, watts: float, *, edge_error_j: float = 0.0, **info: object) -> None:
        self.info = meter_info(**info)
        self.n_marks = 0
        self._watts = watts
        self._edge_error_j = edge_error_j

    def mark(self) -> None:
        self.n_marks += 1

    def energy_between(self, start_ns: int, end_ns: int) -> WindowEnergy | Unavailable:
        joules = self._watts * (end_ns - start_ns) / S
        error = self._edge_error_j
        return WindowEnergy(Band(joules, joules - error, joules + error), error)


class NoEnergy(ConstantPower):
    """A source whose windows are never known."""

    def energy_between(self, start_ns: int, end_ns: int) -> WindowEnergy | Unavailable:  # noqa: ARG002
        return Unavailable(self.info.name, "the sensor has gone", None)
