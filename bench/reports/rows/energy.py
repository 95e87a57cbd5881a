"""From a record's energy readings to plain figures: per token, per call or as power, each meter apart."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from bench.records.types import Band, EnergyReading, OpenBand, Provenance, Record, SpeedPoint
from bench.stats import idle_power_w

_LEAST_J = 1e-30  # of less, which nobody measures, the inverse may be beyond all numbers


@dataclass(frozen=True, slots=True)
class EnergyRow:
    """``gross`` and ``above_idle`` are (value, low, high) in ``unit``; what is modelled was not measured.

    ``task`` is whose requests were repeated; ``test`` what the meter's window held. Of several meters in one
    window, ``is_chosen`` is the one that figures are taken from, and comes first.
    """

    task: str | None
    phase: str
    test: str
    n_parallel: int | None
    unit: Literal["J/token", "J", "W"]
    provenance: Provenance
    gross: Band | None
    above_idle: Band | None
    meter: str
    covers: str
    detail: str
    absent_because: str | None = None
    is_disturbed: bool = False
    is_chosen: bool = False

    @property
    def is_modelled(self) -> bool:
        return self.provenance == "modelled"

    @property
    def has_joules(self) -> bool:
        return self.gross is not None or self.above_idle is not None

    @property
    def name(self) -> str:
        return self.test if self.task is None else f"{self.task} {self.test}"

    @property
    def gross_tokens_per_j(self) -> OpenBand | None:
        return self._inverse(self.gross)

    @property
    def above_idle_tokens_per_j(self) -> OpenBand | None:
        return self._inverse(self.above_idle)

    def _inverse(self, band: Band | None) -> OpenBand | None:
        if band is None or self.unit != "J/token" or min(band[0], band[2]) < _LEAST_J:
            return None
        return 1 / band[0], 1 / band[2], 1 / band[1] if band[1] >= _LEAST_J else None


def energy_rows(record: Record) -> tuple[EnergyRow, ...]:
    """Tasks, speed tests, the load, and the power of the idle machine before and after them."""
    chosen = {
        one.task: one.meter
        for one in (record.assessment.efficiency if record.assessment else ())
        if one.is_chosen
    }
    windows: list[list[EnergyRow]] = []
    for latency in record.latency:
        rows = [_row(reading, latency.task) for reading in latency.energy]
        windows += [_in_order(window, chosen.get(latency.task)) for window in _by_test(rows)]
    for point in record.speed:
        rows = [_row(reading, None, point) for reading in point.energy]
        windows += [_in_order(window) for window in _by_test(rows)]
    windows.append(_in_order([_row(reading, None) for reading in record.load.energy] if record.load else []))
    windows.append(_in_order(list(_idle_rows(record.idle_energy))))
    return tuple(row for window in windows for row in window)


def _by_test(rows: Sequence[EnergyRow]) -> list[list[EnergyRow]]:
    found: dict[tuple[str, int | None], list[EnergyRow]] = {}
    for row in rows:
        found.setdefault((row.test, row.n_parallel), []).append(row)
    return [*found.values()]


def _in_order(rows: list[EnergyRow], chosen: str | None = None) -> list[EnergyRow]:
    """The chosen meter first; where none is known, the first that tells joules."""
    told = [row.meter for row in rows if row.has_joules]
    best = chosen if chosen in told else next(iter(told), None)
    marked = [replace(row, is_chosen=row.meter == best and row.has_joules) for row in rows]
    return sorted(marked, key=lambda row: not row.is_chosen)


def _row(reading: EnergyReading, task: str | None, point: SpeedPoint | None = None) -> EnergyRow:
    unit: Literal["J/token", "J"] = "J"
    divisor = 1.0
    if reading.phase in ("prefill", "decode") and reading.n_tokens:
        unit, divisor = "J/token", float(reading.n_tokens)
    elif point is not None and reading.n_tokens:  # of one call: prefill and decode have no common rate
        each = (point.n_prompt - point.n_cached + point.n_gen) * (point.n_parallel or 1)
        divisor = max(1.0, reading.n_tokens / each)
    test = reading.phase if reading.test is None else f"{reading.phase}, {reading.test}"
    return EnergyRow(
        task=task,
        phase=reading.phase,
        test=test if point is None else point.test,
        n_parallel=None if reading.phase == "load" else reading.n_parallel,
        unit=unit,
        provenance=reading.provenance if reading.has_joules else "absent",
        gross=_divided(reading.gross_j, divisor),
        above_idle=_divided(reading.above_idle_j, divisor),
        meter=reading.meter,
        covers=reading.covers,
        detail=reading.detail,
        absent_because=reading.absent_because or (None if reading.has_joules else "no reading"),
        is_disturbed=reading.has_joules and reading.is_disturbed,
    )


def _idle_rows(readings: Sequence[EnergyReading]) -> Iterator[EnergyRow]:
    """One for each meter: its mean power before and after, between the lowest and the highest."""
    by_meter: dict[str, list[EnergyReading]] = {}
    for reading in readings:
        by_meter.setdefault(reading.meter, []).append(reading)
    for of_meter in by_meter.values():
        told = next((reading for reading in of_meter if reading.gross_j is not None), of_meter[0])
        power = idle_power_w(of_meter)
        yield EnergyRow(
            task=None,
            phase="idle",
            test="idle",
            n_parallel=None,
            unit="W",
            provenance="absent" if power is None else told.provenance,
            gross=power,
            above_idle=None,
            meter=told.meter,
            covers=told.covers,
            detail=told.detail,
            absent_because=next((one.absent_because for one in of_meter if one.absent_because), None),
        )


def _divided(band: Band | None, divisor: float) -> Band | None:
    return None if band is None else (band[0] / divisor, band[1] / divisor, band[2] / divisor)
