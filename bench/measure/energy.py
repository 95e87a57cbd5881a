"""Joules of phases: each is repeated in a window of its own until the meters know it well enough."""

import math
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Literal

from bench.measure.disturbance import ContentionSource, contention_between
from bench.measure.energy_rule import EnergyRule
from bench.meters.protocol import (
    EnergyMeters,
    EnergySource,
    MeterInfo,
    Unavailable,
    WindowEnergy,
)
from bench.records.types import EnergyReading
from bench.stats import idle_power_w
from bench.units import NS_PER_S, seconds
from bench.worker.protocol import Window

Phase = Literal["load", "prefill", "decode", "prefill+decode", "idle"]

NO_METER = MeterInfo("none", (), "absent", "energy", "", 0.0)  # in a reading that no meter took

LARGEST_ERROR = 0.10  # of the joules: beyond it a window was too short to say
PROMPT_S = 0.02
READING_S = 0.1  # power is read no more often
LOOK_AGAIN = 1.02  # as long a window: looking takes longer the longer it is, and meanwhile the engine rests
SAME = 1e-9  # joules that differ by less are those of the same power, rounded


@dataclass(frozen=True, slots=True)
class Work:
    """What one call of the engine did: when it worked, and for how many tokens."""

    window: Window
    n_tokens: int | None


@dataclass
class _Train:
    """Calls one after another, and the window that is taken from them."""

    start_ns: int
    end_ns: int = 0
    busy_ns: int = 0
    n_tokens: int = 0
    works: list[Work] = field(default_factory=list)

    def add(self, work: Work, end_ns: int) -> None:
        self.works.append(work)
        self.busy_ns += work.window.end_ns - work.window.start_ns
        self.n_tokens += work.n_tokens or 0
        self.end_ns = end_ns

    @property
    def window_s(self) -> float:
        return seconds(self.end_ns - self.start_ns)


def measure_energy(
    meters: EnergyMeters,
    phase: Phase,
    call: Callable[[], Work],
    *,
    rule: EnergyRule,
    contention: ContentionSource,
    test: str | None = None,
    n_parallel: int = 1,
    clock: Callable[[], int] = time.perf_counter_ns,
) -> tuple[EnergyReading, ...]:
    """Joules of ``call``, repeated without pause: one reading for each meter, best first.

    The first call is not counted: it may prepare what the others find. Meters that tell late see the same
    work for as long as they may be late, before the window and after it, so that its borders do not matter.
    A window that other processes disturb is measured once more; when the last is disturbed, the readings
    say so. Without any meter there is one reading that says why.

    Raises whatever ``call`` raises.
    """
    sources = [source for source in meters.sources if phase != "idle" or not source.info.is_above_idle]
    about: dict[str, object] = {"test": test, "n_parallel": n_parallel}
    not_read = [reading.model_copy(update=about) for reading in _not_read(meters, phase)]
    if not sources:
        return tuple(not_read)
    settle_s = max(_late_s(source.info) for source in sources)
    for _ in range(rule.n_tries):
        with meters.sampling():
            call()
            _go_on(call, settle_s, clock)
            before = contention.read()
            train = _repeat(meters, sources, call, rule, clock)
            disturbance = contention_between(before, contention.read())
            _go_on(call, settle_s, clock)
        readings = _readings(sources, phase, train)
        if not disturbance.is_disturbed:
            break
    about["contention"] = disturbance
    return (*(reading.model_copy(update=about) for reading in readings), *not_read)


@contextmanager
def measured_once(
    meters: EnergyMeters,
    *,
    clock: Callable[[], int] = time.perf_counter_ns,
) -> Iterator[Callable[[Phase], tuple[EnergyReading, ...]]]:
    """For what cannot be repeated, such as loading: the block's joules, to be asked for after its end.

    A pause follows in which meters that tell late tell its end; how late they are remains their error.
    """
    train = _Train(0)
    with meters.sampling():
        meters.mark()
        train.start_ns = clock()
        yield lambda phase: (*_readings(meters.sources, phase, train), *_not_read(meters, phase))
        train.end_ns = clock()
        meters.mark()
        time.sleep(max((_late_s(source.info) for source in meters.sources), default=0.0))


def above_idle(reading: EnergyReading, idle: Sequence[EnergyReading]) -> EnergyReading:
    """The reading with its increment over idle: gross less idle power of the same meter times the window.

    What the machine draws in the rests between calls is not known. Gross joules hold it, since the meter saw
    it; the increment holds of it what is above idle. The low bound of both takes the rests for as hungry as
    the calls and leaves them out: of idle power it subtracts that of the calls' time only.

    Left as it is when it has an increment or no gross joules, and when the meter's idle power is not known.
    A window that does not rise above idle says so and has no increment.
    """
    power = idle_power_w([other for other in idle if other.meter == reading.meter])
    if reading.gross_j is None or reading.above_idle_j is not None or power is None:
        return reading
    value, low, high = reading.gross_j
    idle_j = power.value * reading.window_s
    increment = value - idle_j
    if increment <= SAME * idle_j:
        why = f"{value:.3g} J do not rise above the {idle_j:.3g} J of an idle machine"
        return reading.model_copy(update={"absent_because": why})
    busy_s = reading.window_s if reading.busy_s is None else min(reading.busy_s, reading.window_s)
    bounds = (
        increment,
        min(increment, max(0.0, low - power.high * busy_s)),
        max(increment, high - power.low * reading.window_s),
    )
    return reading.model_copy(update={"above_idle_j": bounds})


def _repeat(
    meters: EnergyMeters,
    sources: Sequence[EnergySource],
    call: Callable[[], Work],
    rule: EnergyRule,
    clock: Callable[[], int],
) -> _Train:
    meters.mark()
    train = _Train(clock())
    look_at_s = rule.least_s
    is_enough = False
    while not is_enough:
        started_ns = clock()
        train.add(call(), clock())
        meters.mark()
        is_enough = train.window_s + seconds(clock() - started_ns) > rule.budget_s
        if not is_enough and train.window_s >= look_at_s:
            is_enough = all(_state(source, train, rule) != "not yet" for source in sources)
            look_at_s = LOOK_AGAIN * train.window_s
    return train


def _go_on(call: Callable[[], Work], duration_s: float, clock: Callable[[], int]) -> None:
    until_ns = clock() + round(duration_s * NS_PER_S)
    while clock() < until_ns:
        call()


def _late_s(info: MeterInfo) -> float:
    """How long what a meter shows may be that of before; what is late by a few steps needs no waiting."""
    return info.late_s if info.late_s > PROMPT_S else 0.0


def _state(source: EnergySource, train: _Train, rule: EnergyRule) -> Literal["known", "not yet", "hopeless"]:
    """Are its joules known well enough, as far as the meter has told by now?

    One that has told nothing for long, or that will tell too little in all of the budget, is not waited for.
    """
    late_s = _late_s(source.info)
    last_read_s = source.info.period_s
    if source.info.quantity == "power":  # the next reading comes after a period and a half, and takes a while
        last_read_s = 2 * max(last_read_s, READING_S)
    known_until_ns = train.end_ns - round((late_s + last_read_s) * NS_PER_S)
    found = source.energy_between(train.start_ns, max(train.start_ns, known_until_ns))
    relative_error = math.inf
    if isinstance(found, WindowEnergy) and found.joules.value > 0:
        relative_error = found.error_j / found.joules.value
    if relative_error <= rule.target:
        return "known"
    at_the_end = relative_error * train.window_s / rule.budget_s
    is_patient = train.window_s <= rule.least_s + 4 * late_s
    return "not yet" if is_patient or at_the_end <= LARGEST_ERROR else "hopeless"


def _readings(sources: Sequence[EnergySource], phase: Phase, train: _Train) -> tuple[EnergyReading, ...]:
    return tuple(
        _reading(source.info, phase, train, source.energy_between(train.start_ns, train.end_ns))
        for source in sources
    )


def _reading(
    info: MeterInfo, phase: Phase, train: _Train, found: WindowEnergy | Unavailable
) -> EnergyReading:
    if isinstance(found, Unavailable):
        return _absent(info, phase, train, found.reason)
    joules, error_j = found.joules, found.error_j
    if joules.value <= 0 and info.quantity == "power":
        return _absent(info, phase, train, "the meter tells a power of zero")
    if joules.value <= 0 or error_j > LARGEST_ERROR * joules.value:
        why = f"the window is too short for the meter: {joules.value:.3g} J ± {error_j:.2g} J"
        return _absent(info, phase, train, why)
    # Between two calls the engine rests for a moment; what the machine draws then is not the phase's.
    # An engine with a clock of its own may seem to work for longer than the window.
    low = joules.low * (min(1.0, train.busy_ns / (train.end_ns - train.start_ns)) if train.works else 1.0)
    total = (joules.value, low, joules.high)
    return _absent(info, phase, train, None).model_copy(
        update={
            "provenance": info.provenance,
            "gross_j": None if info.is_above_idle else total,
            "above_idle_j": total if info.is_above_idle else None,
            "error_j": error_j,
            "domains_j": {name: (band.value, band.low, band.high) for name, band in found.domains.items()},
        }
    )


def _not_read(meters: EnergyMeters, phase: Phase) -> tuple[EnergyReading, ...]:
    """What nobody read: by meters that were asked for by name, and by all where there is none."""
    nothing = _Train(0)
    readings = [
        _absent(replace(NO_METER, name=meter.name, is_declared=True), phase, nothing, meter.reason)
        for meter in meters.refused
    ]
    if not meters.sources and not readings and phase != "idle":
        readings = [_absent(NO_METER, phase, nothing, "no energy meter and no model of one works here")]
    return tuple(readings)


def _absent(info: MeterInfo, phase: Phase, train: _Train, why: str | None) -> EnergyReading:
    """No joules, and why."""
    return EnergyReading(
        phase=phase,
        meter=info.name,
        covers=info.covers,
        provenance="absent",
        detail=info.detail,
        window_s=train.window_s,
        n_tokens=train.n_tokens or None,
        gross_j=None,
        above_idle_j=None,
        absent_because=why,
        busy_s=seconds(train.busy_ns) if train.works else None,
        is_declared=info.is_declared,
    )
