"""What a machine does at first and what it keeps up, with its temperature and clock beside the rates."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from bench.records.types import MachineState, Record, SpeedPoint
from bench.reports.tables.table import Table, make_table
from bench.reports.words import figures as f
from bench.reports.words.labels import named
from bench.stats import Estimate, burst_and_sustained


@dataclass(frozen=True, slots=True)
class SustainedRow:
    """Rates in token/s; ``first`` and ``last`` hold the first and the last that the system told."""

    test: str
    duration_s: float
    burst: Estimate | None
    sustained: Estimate | None
    first: MachineState
    last: MachineState


def sustained_rows(record: Record) -> tuple[SustainedRow, ...]:
    return tuple(_row(point, point.duration_s) for point in record.speed if point.duration_s is not None)


def sustained_table(records: Sequence[Record]) -> Table:
    rows: list[tuple[str, ...]] = []
    notes: list[str] = []
    for record, name in named(records):
        for row in sustained_rows(record):
            change = row.burst and row.sustained and row.sustained.value / row.burst.value - 1
            rows.append(
                (
                    name,
                    row.test,
                    f.significant(row.duration_s),
                    _rate(row.burst),
                    _rate(row.sustained),
                    f.ABSENT if change is None else f"{change:+.1%}",
                    *_cells(row.first),
                    *_cells(row.last),
                )
            )
            if row.last.temperature_c is None or row.last.cpu_mhz is None:
                notes.append("a dash: this system does not tell it")
    columns = (
        "model",
        ">test",
        ">s",
        ">burst t/s",
        ">sustained t/s",
        ">change",
        ">°C, first",
        ">MHz, first",
        ">°C, end",
        ">MHz, end",
    )
    notes.append("burst: the first minute or tenth; sustained: the last third; brackets: 95 % of the median")
    return make_table("Burst and sustained", columns, rows, notes if rows else ())


def _row(point: SpeedPoint, duration_s: float) -> SustainedRow:
    found = burst_and_sustained(point)
    states = [sample.state for sample in point.samples if sample.state is not None]
    return SustainedRow(
        test=point.test,
        duration_s=duration_s,
        burst=found and found.burst,
        sustained=found and found.sustained,
        first=_told(states),
        last=_told(states[::-1]),
    )


def _told(states: Sequence[MachineState]) -> MachineState:
    """The first value of each kind that is known."""

    def first(pick: Callable[[MachineState], float | None]) -> float | None:
        return next((value for state in states if (value := pick(state)) is not None), None)

    return MachineState(
        cpu_mhz=first(lambda state: state.cpu_mhz), temperature_c=first(lambda state: state.temperature_c)
    )


def _cells(state: MachineState) -> Iterable[str]:
    return f.significant(state.temperature_c), f.significant(state.cpu_mhz, 4)


def _rate(rate: Estimate | None) -> str:
    if rate is None:
        return f.ABSENT
    return f"{f.significant(rate.value, 4)} ({f.significant(rate.low)}–{f.significant(rate.high)})"
