"""The tables of joules: what a meter told, and apart from it what was modelled."""

from collections.abc import Callable, Iterable, Mapping, Sequence

from bench.records.types import Assessment, Record, TaskEfficiency, TaskEnergy
from bench.reports.rows.energy import EnergyRow, energy_rows
from bench.reports.tables.table import Table, about, make_table
from bench.reports.words import figures as f
from bench.reports.words.labels import named

ALSO = "also "  # a meter beside the one that figures are taken from
AT_MOST = "≤ "
DISTURBED_NOTE = f"{f.DISTURBED_MARK}: others worked while the joules were taken"
NO_METER = "none"  # of a reading that no meter took
BASIS = "of gross joules where the meter tells them, else of those above idle"
_CARBON = "--country"

Cell = Callable[[TaskEfficiency], str]


def energy_table(records: Sequence[Record]) -> Table:
    """Joules per token and power that meters told, and what they did not tell."""
    rows: list[tuple[str, ...]] = []
    notes: list[str] = []
    for record, name in named(records):
        found = [row for row in energy_rows(record) if not row.is_modelled]
        for row in _without_needless(found):
            tokens_per_j = row.gross_tokens_per_j or row.above_idle_tokens_per_j
            rows.append(
                (
                    *_place(name, row),
                    f.band(row.gross, row.unit),
                    f.band(row.above_idle, row.unit),
                    f.band(tokens_per_j),
                    row.provenance,
                    _meter(row.meter, is_chosen=row.is_chosen or not row.has_joules),
                )
            )
        notes.extend(_energy_notes(name, records, found))
    if any(row[6] != f.ABSENT for row in rows):
        notes.append("tokens/J: from the gross joules where the meter tells them, else from those above idle")
    columns = (
        "model",
        "task",
        "what",
        ">at once",
        ">measured, gross",
        ">measured, above idle",
        ">measured, tokens/J",
        "provenance",
        "meter",
    )
    return make_table("Energy", columns, rows, notes)


def _without_needless(rows: Sequence[EnergyRow]) -> list[EnergyRow]:
    """No line of dashes beside what another meter told; why it told nothing is said below."""
    told = {row.name for row in rows if row.has_joules}
    return [row for row in rows if row.has_joules or row.name not in told]


def modelled_energy_table(records: Sequence[Record]) -> Table:
    """Joules above idle that nobody measured."""
    rows: list[tuple[str, ...]] = []
    notes: list[str] = []
    for record, name in named(records):
        found = [row for row in energy_rows(record) if row.is_modelled]
        rows.extend(
            (
                *_place(name, row),
                f.marked(f.band(row.above_idle, row.unit), row.provenance),
                f.marked(f.band(row.above_idle_tokens_per_j), row.provenance),
                _meter(row.meter, is_chosen=row.is_chosen),
            )
            for row in found
        )
        notes.extend(_energy_notes(name, records, found))
    columns = (
        "model",
        "task",
        "what",
        ">at once",
        ">modelled, above idle",
        ">modelled, tokens/J",
        "meter",
    )
    return make_table("Energy, modelled", columns, rows, notes)


def task_energy_table(
    records: Sequence[Record], names: Mapping[str, str] | None = None, *, is_modelled: bool = False
) -> Table:
    """Joules of an attempt and of a correct answer, by meters or by the model; ``names`` are the records'."""
    found = _efficiencies(records, names, is_modelled=is_modelled)
    notes = [note for record, name, one in found for note in about(name, records, _none_right(one))]
    if found:
        notes.append("at concurrency 1, at the lengths of the task's items; tokens/J: output, decoding alone")
    if found and not is_modelled:
        notes.append(f"J/correct answer, tokens/J: {BASIS}")
    return _task_table("Energy per task", _ENERGY_COLUMNS, found, notes, is_modelled=is_modelled)


def efficiency_table(
    records: Sequence[Record], names: Mapping[str, str] | None = None, *, is_modelled: bool = False
) -> Table:
    """What the joules of an attempt buy, what they emit, and how many a charge holds."""
    found = _efficiencies(records, names, is_modelled=is_modelled)
    notes = [note for record, name, one in found for note in about(name, records, _lasts(one))]
    notes += [_at_most(one) for _, _, one in found if one.charge is not None and one.charge.is_at_most]
    if found:
        notes.append("IPJ: accuracy / joules of an attempt; IPW: accuracy / its watts; at concurrency 1")
    if found and not is_modelled:
        notes.append(f"all {BASIS}")
    notes += [note for record, _, one in found if one.carbon_g for note in _carbon_notes(record.assessment)]
    return _task_table("Efficiency per task", _EFFICIENCY_COLUMNS, found, notes, is_modelled=is_modelled)


def _efficiencies(
    records: Sequence[Record], names: Mapping[str, str] | None, *, is_modelled: bool
) -> list[tuple[Record, str, TaskEfficiency]]:
    return [
        (record, name if names is None else names[record.id], one)
        for record, name in named(records)
        for one in (record.assessment.efficiency if record.assessment else ())
        if (one.provenance == "modelled") == is_modelled
    ]


def _task_table(
    title: str,
    columns: Mapping[str, Cell],
    found: Sequence[tuple[Record, str, TaskEfficiency]],
    notes: Iterable[str],
    *,
    is_modelled: bool,
) -> Table:
    """What is known of no row has no column."""
    cells = {
        column: [f.marked(cell(one), one.provenance) for _, _, one in found]
        for column, cell in columns.items()
    }
    shown = {column: words for column, words in cells.items() if any(word != f.ABSENT for word in words)}
    rows = [
        (
            name,
            (f.DISTURBED_MARK if one.is_disturbed else "") + one.task,
            *(words[place] for words in shown.values()),
            _meter(one.meter, is_chosen=one.is_chosen),
        )
        for place, (_, name, one) in enumerate(found)
    ]
    sources = [f"{one.provenance} by {one.meter}, {one.covers}: {one.detail}" for _, _, one in found]
    if any(one.is_disturbed for _, _, one in found):
        sources.append(DISTURBED_NOTE)
    title = f"{title}, modelled" if is_modelled else title
    return make_table(title, ("model", "task", *shown, "meter"), rows, [*sources, *notes])


def _attempt(energy: TaskEnergy | None) -> str:
    return f.band(None if energy is None else energy.attempt_j)


def _right_answer(one: TaskEfficiency) -> str:
    energy = one.gross or one.above_idle
    return f.band(None if energy is None else energy.per_correct_j)


def _tokens_per_j(one: TaskEfficiency) -> str:
    energy = one.gross or one.above_idle
    return f.band(None if energy is None else energy.output_tokens_per_j)


def _per_charge(one: TaskEfficiency) -> str:
    if one.charge is None:
        return f.ABSENT
    return (AT_MOST if one.charge.is_at_most else "") + f.band(one.charge.attempts)


_ENERGY_COLUMNS: Mapping[str, Cell] = {
    ">J/task, gross": lambda one: _attempt(one.gross),
    ">J/task, above idle": lambda one: _attempt(one.above_idle),
    ">J/correct answer": _right_answer,
    ">tokens/J": _tokens_per_j,
}
_EFFICIENCY_COLUMNS: Mapping[str, Cell] = {
    ">IPJ, 1/J": lambda one: f.band(one.ipj_per_j),
    ">IPW, 1/W": lambda one: f.band(one.ipw_per_w),
    ">g CO2e/task": lambda one: f.band(one.carbon_g),
    ">tasks/charge": _per_charge,
}


def _none_right(one: TaskEfficiency) -> Iterable[str]:
    if one.accuracy == 0:
        yield f"{one.task}: no answer was right, so no number of joules is enough for one"


def _lasts(one: TaskEfficiency) -> Iterable[str]:
    charge = one.charge
    if charge is None:
        return
    mark = AT_MOST if charge.is_at_most else ""
    lasts = [
        f"{mark}{f.band(hours)} h {doing}"
        for hours, doing in ((charge.busy_h, "of attempts without pause"), (charge.idle_h, "idle"))
        if hours is not None
    ]
    if lasts:
        told = f"a charge of {f.significant(charge.battery_wh)} Wh lasts {', '.join(lasts)}"
        yield f.marked(f"{one.task} by {one.meter}: {told}", one.provenance)


def _at_most(one: TaskEfficiency) -> str:
    is_part = one.basis == "gross"
    seen = "a part of what the battery feeds" if is_part else "only what the work adds to the idle machine"
    return f"{AT_MOST.strip()}: at most, since {one.meter} sees {seen}"


def _carbon_notes(assessment: Assessment | None) -> Iterable[str]:
    for one in assessment.assumptions if assessment else ():
        if one.flag == _CARBON:
            yield f"g CO2e: of the electricity alone, {one.value} {one.unit}; {one.source} ({one.date})"


def _place(name: str, row: EnergyRow) -> tuple[str, str, str, str]:
    what = (f.DISTURBED_MARK if row.is_disturbed else "") + row.test
    return name, f.ABSENT if row.task is None else row.task, what, f.whole(row.n_parallel)


def _meter(meter: str, is_chosen: bool) -> str:
    return meter if is_chosen else ALSO + meter


def _energy_notes(name: str, records: Sequence[Record], rows: Sequence[EnergyRow]) -> Iterable[str]:
    """Who told it, and each reason once with all that it is a reason for."""
    for row in rows:
        if row.has_joules:
            yield f"{row.provenance} by {row.meter}, {row.covers}: {row.detail}"
    reasons: dict[str, list[str]] = {}
    for row in rows:
        if row.absent_because:
            by = "" if row.meter == NO_METER else f"by {row.meter}: "
            reasons.setdefault(by + row.absent_because, []).append(row.name)
    told = [f"{'; '.join(dict.fromkeys(places))}: {reason}" for reason, places in reasons.items()]
    yield from about(name, records, told)
    if any(row.has_joules and not row.is_chosen for row in rows):
        yield "also: another meter in the same window; no cost rests on it"
    if any(row.is_disturbed for row in rows):
        yield DISTURBED_NOTE
