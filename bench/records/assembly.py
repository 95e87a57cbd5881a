"""Units become records: at the end of a run, and from the journals of runs that died."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from bench.errors import RecordError
from bench.records.journal import Journal, orphans
from bench.records.outputs import fitted
from bench.records.store import already_written, file_name, write_record
from bench.records.types import Breakdown, Failure, Latency, Record, SpeedPoint, TaskResult
from bench.records.units import (
    CeilingsUnit,
    EnergyUnit,
    FailedUnit,
    Header,
    IdleUnit,
    LatencyUnit,
    Line,
    LoadsUnit,
    LoadUnit,
    MemoryUnit,
    ModelUnit,
    SpeedUnit,
    TaskUnit,
    TextLossUnit,
    UnitResult,
)

Measured = TypeVar("Measured", SpeedPoint, Latency)


@dataclass(frozen=True, slots=True)
class Recovered:
    """Records that hold what orphaned journals held, and the journals that could not be used."""

    written: tuple[Path, ...]
    broken: tuple[RecordError, ...]


def record_id(run_id: str, model: str) -> str:
    """The same for every try to record this model of this run, so that no run is recorded twice."""
    return hashlib.sha256(f"{run_id}/{model}".encode()).hexdigest()[:16]


def assemble(
    header: Header,
    model: str,
    lines: Sequence[Line],
    *,
    is_complete: bool,
    wall_s: float | None = None,
) -> Record:
    """Join the finished units of one model, without the warnings and conclusions that follow from them.

    What was answered is left out, and that is warned of, where a record has no room for it. ``wall_s`` is
    the model's share of the run, by default that of its units.

    Raises RecordError when the journal never said which model it was, or when parts of one task disagree.
    """
    results = [line.result for line in lines]
    chosen = [result for result in results if isinstance(result, ModelUnit)]
    loads = [result for result in results if isinstance(result, LoadUnit)]
    if not chosen:
        raise RecordError(f"nothing was finished for the model {model}", where=header.run_id)
    tasks, warnings = fitted(_join_tasks([result for result in results if isinstance(result, TaskUnit)]))
    return Record(
        id=record_id(header.run_id, model),
        created_utc=header.started_utc,
        tool=header.plan.tool,
        machine=header.plan.machine,
        model=loads[-1].model if loads else chosen[-1].model,
        settings=chosen[-1].settings,
        quality_settings=chosen[-1].quality_settings,
        choice_settings=chosen[-1].choice_settings,
        parallel_settings=chosen[-1].parallel_settings,
        engine=loads[-1].engine if loads else None,
        load=loads[-1].load if loads else None,
        loads=tuple(load for result in results if isinstance(result, LoadsUnit) for load in result.loads),
        ceilings=next((result.ceilings for result in results if isinstance(result, CeilingsUnit)), None),
        speed=tuple(
            # A point that went on for a while shares its test with the point whose joules these are.
            _with_energy(result.point, result.point.test, results)
            if result.point.duration_s is None
            else result.point
            for result in results
            if isinstance(result, SpeedUnit)
        ),
        latency=tuple(
            _with_energy(result.latency, result.latency.task, results)
            for result in results
            if isinstance(result, LatencyUnit)
        ),
        idle_energy=tuple(e for result in results if isinstance(result, IdleUnit) for e in result.energy),
        memory=next((result.memory for result in reversed(results) if isinstance(result, MemoryUnit)), None),
        tasks=tasks,
        text_loss=next((result.loss for result in results if isinstance(result, TextLossUnit)), None),
        failures=tuple(result.failure for result in results if isinstance(result, FailedUnit)),
        warnings=warnings,
        breakdown=_breakdown(lines, wall_s),
        is_complete=is_complete,
        is_quick=header.plan.is_quick,
        assessment=None,
    )


def recover_orphans(folder: Path) -> Recovered:
    """Turn the journals of dead runs in the results ``folder`` into records marked as not complete.

    A journal that cannot be read is left where it is and reported.
    """
    written: list[Path] = []
    broken: list[RecordError] = []
    for path in orphans(folder):
        try:
            with Journal.open(path) as journal:
                written.extend(_recover(journal, folder))
                journal.remove()
        except RecordError as error:
            broken.append(error)
    return Recovered(tuple(written), tuple(broken))


def _recover(journal: Journal, folder: Path) -> list[Path]:
    died = Failure(unit="run", kind="interrupted", what="the run ended before it was finished")
    written = []
    for model in journal.header.plan.models:
        lines = journal.lines(model)
        if not any(isinstance(line.result, ModelUnit) for line in lines):
            continue  # not begun
        record = assemble(journal.header, model, lines, is_complete=False)
        there = already_written(record, folder)
        if there is not None and there.breakdown.by_unit_s == record.breakdown.by_unit_s:
            written.append(folder / file_name(there))  # holds all of it, and what was concluded from it
            continue
        whole = {
            "failures": (*record.failures, died),
            "assessment": there.assessment if there is not None else None,
        }
        written.append(write_record(record.model_copy(update=whole), folder))
    return written


def _with_energy(measured: Measured, name: str, results: Sequence[UnitResult]) -> Measured:
    readings = tuple(
        reading
        for result in results
        if isinstance(result, EnergyUnit) and result.of == name
        for reading in result.energy
    )
    return measured.model_copy(update={"energy": readings}) if readings else measured


def _join_tasks(units: Sequence[TaskUnit]) -> tuple[TaskResult, ...]:
    groups: dict[str, list[TaskUnit]] = {}
    for unit in units:
        groups.setdefault(unit.part.task, []).append(unit)
    return tuple(_join_groups(sorted(parts, key=lambda unit: unit.group)) for parts in groups.values())


def _join_groups(parts: Sequence[TaskUnit]) -> TaskResult:
    head = parts[0].part.model_copy(update={"items": ()})
    for part in parts:
        if part.part.model_copy(update={"items": ()}) != head:
            raise RecordError(f"group {part.group} of the task {head.task} was run under other conditions")
    return head.model_copy(update={"items": tuple(item for part in parts for item in part.part.items)})


def _breakdown(lines: Sequence[Line], wall_s: float | None) -> Breakdown:
    by_unit = {line.unit: line.wall_s for line in lines}
    engine_s = sum(line.engine_s for line in lines)
    return Breakdown(
        wall_s=sum(by_unit.values()) if wall_s is None else wall_s, engine_s=engine_s, by_unit_s=by_unit
    )
