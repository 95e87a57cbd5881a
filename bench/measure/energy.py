"""Joules of phases: a meter's readings joined to the worker's windows, and the share above idle."""

from collections.abc import Sequence
from typing import Literal, Protocol

from bench.meters.protocol import Band, MeterInfo, Unavailable, WindowEnergy
from bench.records.types import EnergyReading
from bench.units import seconds
from bench.worker.protocol import Window

Phase = Literal["load", "prefill", "decode", "idle"]

NO_METER = "none"  # the meter's name in a reading that no meter took

# Doubt from window edges and the meter's steps beyond this share of the joules: too short to say.
LARGEST_RELATIVE_ERROR = 0.25


class EnergySource(Protocol):
    """``bench.meters.energy.sampler.Sampler``, or a stand-in."""

    @property
    def info(self) -> MeterInfo: ...

    def mark(self) -> None:
        """Take a reading now."""
        ...

    def energy_between(self, start_ns: int, end_ns: int) -> WindowEnergy | Unavailable: ...


def attribute(
    source: EnergySource | None, phase: Phase, windows: Sequence[Window], n_tokens: int | None
) -> EnergyReading:
    """Joules of all ``windows`` together; absent, with the reason, rather than zero or a guess.

    A modelled meter sees only what the worker adds: its joules are above idle and have no gross figure.
    The others give gross joules; ``above_idle`` subtracts the idle power once that has been measured.
    """
    window_s = seconds(sum(window.end_ns - window.start_ns for window in windows))
    if source is None:
        nobody = MeterInfo(NO_METER, (), "nothing", "absent", False, 0.0, "")
        return absent(nobody, phase, window_s, n_tokens, "no energy meter and no model of one works here")
    info = source.info
    if not windows:
        return absent(info, phase, window_s, n_tokens, "no window of this phase was measured")
    joules = [0.0, 0.0, 0.0]
    edge_error_j = 0.0
    for window in windows:
        energy = source.energy_between(window.start_ns, window.end_ns)
        if isinstance(energy, Unavailable):
            return absent(info, phase, window_s, n_tokens, energy.reason)
        band = energy.joules
        joules = [total + part for total, part in zip(joules, (band.value, band.low, band.high), strict=True)]
        edge_error_j += energy.edge_error_j
    if joules[0] <= 0 or edge_error_j > LARGEST_RELATIVE_ERROR * joules[0]:
        why = f"windows too short for the meter: {joules[0]:.3g} J ± {edge_error_j:.2g} J"
        return absent(info, phase, window_s, n_tokens, why)
    total = (joules[0], joules[1], joules[2])
    return EnergyReading(
        phase=phase,
        meter=info.name,
        covers=info.covers,
        provenance=info.provenance,
        detail=info.detail,
        window_s=window_s,
        n_tokens=n_tokens,
        gross_j=None if info.is_above_idle else total,
        above_idle_j=total if info.is_above_idle else None,
    )


def idle_power_w(idle: Sequence[EnergyReading]) -> Band | None:
    """Mean idle power of the readings before and after, bounded by their lowest and highest; in watts."""
    known = [
        (reading.gross_j, reading.window_s)
        for reading in idle
        if reading.phase == "idle" and reading.gross_j is not None and reading.window_s
    ]
    if not known:
        return None
    return Band(
        sum(gross[0] / window_s for gross, window_s in known) / len(known),
        min(gross[1] / window_s for gross, window_s in known),
        max(gross[2] / window_s for gross, window_s in known),
    )


def above_idle(reading: EnergyReading, idle: Sequence[EnergyReading]) -> EnergyReading:
    """The reading with its increment over idle: gross less idle power of the same meter times the window.

    Left as it is when it has an increment or no gross joules, and when the meter's idle power is not known.
    A window that does not rise above idle says so and has no increment.
    """
    power = idle_power_w([other for other in idle if other.meter == reading.meter])
    if reading.gross_j is None or reading.above_idle_j is not None or power is None:
        return reading
    value, low, high = reading.gross_j
    increment = value - power.value * reading.window_s
    if increment <= 0:
        idle_j = power.value * reading.window_s
        why = f"{value:.3g} J do not rise above the {idle_j:.3g} J of an idle machine"
        return reading.model_copy(update={"absent_because": why})
    bounds = (
        increment,
        max(0.0, low - power.high * reading.window_s),
        max(increment, high - power.low * reading.window_s),
    )
    return reading.model_copy(update={"above_idle_j": bounds})


def absent(info: MeterInfo, phase: Phase, window_s: float, n_tokens: int | None, why: str) -> EnergyReading:
    """No joules, and why."""
    return EnergyReading(
        phase=phase,
        meter=info.name,
        covers=info.covers,
        provenance="absent",
        detail=info.detail,
        window_s=window_s,
        n_tokens=n_tokens,
        gross_j=None,
        above_idle_j=None,
        absent_because=why,
    )
