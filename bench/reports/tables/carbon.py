"""Carbon beside the money: what an attempt emits here and there, as words. It decides no verdict."""

from collections.abc import Iterator, Sequence

from bench.records.types import CarbonBeside, CarbonThere, Comparison, OpenBand, Record
from bench.reports.tables.economy import THIS_DEVICE
from bench.reports.tables.table import DISTURBED_COST_NOTE, Table, make_table
from bench.reports.words import figures as f
from bench.reports.words.labels import named

_THOUSAND = 1000
_SCOPES = {
    "declared": "declared",
    "model": "estimate of this model",
    "provider": "estimate of all that the provider serves",
}

RESTS_ON = "rests on"


def carbon_table(records: Sequence[Record]) -> Table:
    """Per task the device's line, then one for each API with an estimate; the last column is the source."""
    rows: list[tuple[str, ...]] = []
    notes: list[str] = []
    for record, name in named(records):
        by_task: dict[str, list[Comparison]] = {}
        for one in record.assessment.comparisons if record.assessment else ():
            if one.carbon is not None:
                by_task.setdefault(one.task, []).append(one)
        for task, comparisons in by_task.items():
            is_disturbed = record.assessment is not None and task in record.assessment.disturbed_tasks
            rows.append((name, task, *_here(comparisons[0], is_disturbed=is_disturbed)))
            for one in comparisons:
                if (there := None if one.carbon is None else one.carbon.there) is not None:
                    rows.append((name, task, *_there(one, there, is_disturbed=is_disturbed)))
                notes.extend(_notes(one, is_disturbed=is_disturbed))
            notes.extend(_unknown(comparisons))
    if rows:
        notes += [
            "counted as the money is, and no part of it: of a device already owned what work adds to idling",
            f"{f.MODELLED_MARK}: an estimate, or rests on modelled energy",
            "same at: g/kWh of the grid here at which both emit the same; below it the device emits less",
        ]
    columns = (
        "model",
        "task",
        "answered by",
        ">kWh/1,000",
        ">making, g/1,000",
        ">g/1,000 attempts",
        ">g/1,000 correct",
        ">same at, g/kWh",
        RESTS_ON,
    )
    return make_table("Carbon, in g CO2-equivalent", columns, rows, notes)


def _here(one: Comparison, *, is_disturbed: bool) -> tuple[str, ...]:
    here = None if one.carbon is None else one.carbon.here
    if here is None:
        return THIS_DEVICE, f.ABSENT, f.ABSENT, f.ABSENT, f.ABSENT, "", "the device's energy is not known"
    provenance = one.local_energy_provenance
    mark = "modelled" if here.making_g is not None else provenance  # what making takes is an estimate
    making = f.ABSENT if here.is_making_charged else "not charged"
    if here.making_g is not None:
        making = f.marked(_band(here.making_g), "modelled")
    return (
        THIS_DEVICE,
        f.marked(_band(here.kwh), provenance, is_disturbed=is_disturbed),
        making,
        f.marked(_band(here.attempt_g), mark, is_disturbed=is_disturbed),
        f.marked(_band(here.per_correct_g), mark, is_disturbed=is_disturbed),
        "",
        f"joules: {provenance}",
    )


def _there(one: Comparison, there: CarbonThere, *, is_disturbed: bool) -> tuple[str, ...]:
    kwh = None if there.wh is None else tuple(part / _THOUSAND for part in there.wh)
    return (
        one.api,
        f.marked(_band(kwh), "modelled"),
        f.ABSENT,
        f.marked(_band(there.attempt_g), "modelled"),
        f.marked(_band(there.per_correct_g), "modelled"),
        _same_at(one.carbon, is_disturbed=is_disturbed),
        f"{_SCOPES[there.scope]}; {_origin(there)}",
    )


def _same_at(beside: CarbonBeside | None, *, is_disturbed: bool) -> str:
    """That there is none follows from the making alone, whatever the joules."""
    if beside is None or beside.same_at_g_per_kwh is None:
        return f.ABSENT
    if beside.same_at_g_per_kwh[0] <= 0:
        return f.marked("none", "modelled")
    return f.marked(f.band(beside.same_at_g_per_kwh), "modelled", is_disturbed=is_disturbed)


def _origin(there: CarbonThere) -> str:
    return there.source if there.date is None else f"{there.source} ({there.date})"


def _unknown(comparisons: Sequence[Comparison]) -> Iterator[str]:
    """The APIs of a task that nothing is published of, in one line."""
    names = [one.api for one in comparisons if one.carbon is not None and one.carbon.there is None]
    if names:
        yield f"no estimate is published (--hosted-wh and --hosted-grid): {', '.join(names)}"


def _notes(one: Comparison, *, is_disturbed: bool) -> Iterator[str]:
    beside = one.carbon
    if beside is None:
        return
    if is_disturbed and beside.here is not None:
        yield DISTURBED_COST_NOTE
    if beside.here is not None and beside.here.electricity_g is None:
        yield "no grams here: the grid is not known (--country)"
    if beside.here is not None and beside.here.is_making_charged and beside.here.making_g is None:
        yield "no grams here: what making the device emitted is not known (--embodied)"
    if beside.there is not None and beside.there.attempt_g is None:
        yield f"no grams, {one.api}: the grid there is not known (--hosted-grid)"


def _band(values: Sequence[float | None] | None) -> str:
    """Of a thousand; what is not known is a dash."""
    if values is None:
        return f.ABSENT
    value, low, high = values
    assert value is not None
    assert low is not None
    of_many: OpenBand = (_THOUSAND * value, _THOUSAND * low, None if high is None else _THOUSAND * high)
    return f.band(of_many)
