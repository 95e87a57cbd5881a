"""From the journal's units to a record that says what they mean: idle power subtracted, warned."""

from collections.abc import Sequence

from bench.measure.energy import above_idle
from bench.measure.warnings import warnings_of
from bench.meters.conditions import read_conditions
from bench.records.assembly import assemble
from bench.records.journal import Journal
from bench.records.types import EnergyReading, Failure, Record
from bench.records.units import ModelUnit

INTERRUPTED = Failure(unit="run", kind="interrupted", what="the run was interrupted by the user")


def conclude(journal: Journal, subject: str, *, is_interrupted: bool, wall_s: float | None) -> Record | None:
    """The record of what is finished; None when not even the model was noted."""
    lines = journal.lines(subject)
    if not any(isinstance(line.result, ModelUnit) for line in lines):
        return None
    record = assemble(journal.header, subject, lines, is_complete=not is_interrupted, wall_s=wall_s)
    record = _above_idle(record)
    failures = (*record.failures, INTERRUPTED) if is_interrupted else record.failures
    if record.kind == "quality":  # warnings are about figures that were timed
        return record.model_copy(update={"failures": failures})
    warnings = warnings_of(
        settings=record.settings,
        conditions=read_conditions(),
        speed=record.speed,
        latency=record.latency,
        engine=record.engine,
        memory=record.memory,
        idle=record.idle_energy,
    )
    return record.model_copy(update={"failures": failures, "warnings": (*record.warnings, *warnings)})


def _above_idle(record: Record) -> Record:
    """Idle power is known only when all windows have been measured."""

    def increments(readings: Sequence[EnergyReading]) -> tuple[EnergyReading, ...]:
        return tuple(above_idle(reading, record.idle_energy) for reading in readings)

    load = record.load
    if load is not None:
        load = load.model_copy(update={"energy": increments(load.energy)})
    latency = tuple(
        served.model_copy(update={"energy": increments(served.energy)}) for served in record.latency
    )
    speed = tuple(point.model_copy(update={"energy": increments(point.energy)}) for point in record.speed)
    return record.model_copy(update={"load": load, "latency": latency, "speed": speed})
