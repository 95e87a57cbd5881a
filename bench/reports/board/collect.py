"""Many records in little memory: of each only the figures that the board shows, what they share once."""

import json
import sys
from dataclasses import dataclass, field

from bench.engines.protocol import EngineSettings
from bench.records.types import SETTING_NAMES, Machine, Record, Settings, TaskResult
from bench.reports.board.concluded import concluded_by
from bench.reports.board.findings import Finding
from bench.reports.board.names import digest
from bench.reports.board.shown import (
    Entry,
    Joules,
    MachineShown,
    ModelShown,
    Place,
    Rate,
    Refused,
    Row,
    Scored,
    TaskShown,
)
from bench.reports.rows.comparable import answered_alike, comparable_by, machine_by
from bench.reports.rows.energy import energy_rows
from bench.reports.rows.pareto import shown_tests
from bench.reports.rows.summary import is_base_model, memory_row, quality_rows, speed_rows
from bench.reports.words import figures as f
from bench.reports.words.asking import how_asked
from bench.stats import Estimate

_SAID = ("n_threads", "n_threads_batch", "n_ctx", "n_seq_max")


@dataclass(slots=True)
class Board:
    """All that the pages are made of."""

    rows: dict[tuple[str, str, str], Row] = field(default_factory=dict)
    refused: list[Refused] = field(default_factory=list)
    n_records: int = 0
    newest: str = ""
    _places: dict[str, Place] = field(default_factory=dict)
    _models: dict[str, ModelShown] = field(default_factory=dict)
    _tasks: dict[str, TaskShown] = field(default_factory=dict)

    def add(self, record: Record, findings: tuple[Finding, ...]) -> None:
        """Take a record that was not refused; ``findings`` say whether it ranks."""
        place, model = self._place(record), self._model(record)
        whole = [one.what for one in findings if one.level == "not-ranked" and one.is_of_all]
        why_not = sys.intern("; ".join(whole))
        row = self.rows.setdefault((place.key, model.key, why_not), Row(place, model, why_not))
        entry = self._entry(record, place)
        row.entries.append(entry)
        self.n_records += 1
        self.newest = max(self.newest, entry.day)

    def refuse(self, file: str, why: str) -> None:
        self.refused.append(Refused(file, why))

    def _place(self, record: Record) -> Place:
        machine = _machine(record.machine)
        engine = record.engine
        built = "unknown" if engine is None else f"{engine.version}, {engine.build}"
        prefill, decode = shown_tests([record])
        is_base = is_base_model(record)
        alike = comparable_by(record, within="hardware")
        key = digest(json.dumps([alike, prefill, decode, is_base]))[:16]
        if key not in self._places:
            self._places[key] = Place(
                key, machine, f.clean(built), _held(record), f.clean(prefill), f.clean(decode), is_base
            )
        return self._places[key]

    def _model(self, record: Record) -> ModelShown:
        model = record.model
        key = digest(json.dumps([model.name, model.sha256, model.n_params, model.quantization]))
        if key not in self._models:
            self._models[key] = ModelShown(
                key,
                f.clean(model.name),
                f.clean(model.sha256),
                f.clean(model.quantization or f.ABSENT),
                model.size_bytes,
                model.n_params,
                model.bits_per_weight,
                f.clean(model.licence or f.ABSENT),
                f.clean(model.source),
            )
        return self._models[key]

    def _entry(self, record: Record, place: Place) -> Entry:
        rates = {f.clean(row.test): row for row in speed_rows(record)}

        def rate(test: str) -> Rate | None:
            row = rates.get(test)
            if row is None or row.rate is None:
                return None
            told = Estimate(row.rate.median_rate, row.rate.low, row.rate.high)
            return Rate(told, row.rate.n > 1 and not row.is_disturbed)

        return Entry(
            id=record.id,
            day=sys.intern(f.day(record.created_utc)),
            prefill=rate(place.prefill_test),
            decode=rate(place.decode_test),
            peak_rss_bytes=memory_row(record).peak_rss if record.memory else None,
            joules=_joules(record),
            scored=self._scored(record),
        )

    def _scored(self, record: Record) -> tuple[Scored, ...]:
        concluded = concluded_by(record)
        return tuple(
            Scored(
                task=self._task(task, record),
                accuracy=None if row.accuracy is None else Estimate(*row.accuracy),
                right=row.right,
                wrong=row.wrong,
                unscored=row.unscored,
                concluded=concluded.get(task.task),
            )
            for task, row in zip(record.tasks, quality_rows(record), strict=True)
        )

    def _task(self, task: TaskResult, record: Record) -> TaskShown:
        key = digest(json.dumps(answered_alike(task, record)))[:16]
        if key not in self._tasks:
            asked = f"{task.prompting}, {task.n_shots} examples, {how_asked(task)}, {task.n_planned:,} items"
            self._tasks[key] = TaskShown(key, f.clean(task.task), f.clean(asked), task.chance)
        return self._tasks[key]


def _machine(machine: Machine) -> MachineShown:
    gpus = f.clean(", ".join(machine.gpus))
    title = f.clean(f"{machine.cpu_model}, {f.machine_size(machine)}{', ' if gpus else ''}{gpus}")
    return MachineShown(
        digest(machine_by(machine, within="hardware"))[:16],
        title,
        f.clean(machine.machine_class),
        f.clean(machine.architecture),
        machine.memory_bytes,
        gpus or f.ABSENT,
    )


def _held(record: Record) -> str:
    """Threads, context, and what is held otherwise than by default; the whole is in the record."""
    told = _words(record.settings)
    if record.quality_settings is not None and record.quality_settings != record.settings:
        told += f"; answers: {_words(record.quality_settings)}"
    return f.clean(told)


def _words(held: Settings) -> str:
    usual = EngineSettings()
    told = [f"{held.n_threads} threads"]
    if held.n_threads_batch != held.n_threads:
        told.append(f"{held.n_threads_batch} for prefill")
    told.append(f"context {held.n_ctx:,}")
    if held.n_seq_max > 1:
        told.append(f"{held.n_seq_max} sequences at once")
    told += [
        f"{SETTING_NAMES.get(name, name)}={value}"
        for name, value in held.model_dump().items()
        if name not in _SAID and value != getattr(usual, name)
    ]
    return ", ".join(told)


def _joules(record: Record) -> Joules | None:
    rows = [
        row
        for row in energy_rows(record)
        if row.phase == "decode" and row.unit == "J/token" and row.has_joules and not row.is_disturbed
    ]
    if not rows:
        return None
    row = min(rows, key=lambda one: (one.is_modelled, not one.is_chosen, one.n_parallel or 1))
    band = row.above_idle or row.gross
    if band is None:
        return None
    basis = "gross" if row.above_idle is None else "above idle"
    of = row.task or row.test
    about = f.clean(f"{of}, {basis}, {row.provenance} by {row.meter}")
    return Joules(Estimate(*band), sys.intern(about), row.is_modelled)
