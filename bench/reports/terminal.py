"""Records for a terminal: the verdict, its reason and its weakest point first, the evidence below."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial

from rich.console import RenderableType
from rich.padding import Padding
from rich.text import Text

from bench.records.types import Frontier, Record
from bench.reports.console import printed
from bench.reports.grid import draw
from bench.reports.tables.asked import MOST_IN_FULL, asked_tables, brief_tables
from bench.reports.tables.carbon import RESTS_ON
from bench.reports.tables.economy import (
    assumption_tables,
    brief_table,
    cost_table,
    evidence_table,
    flip_table,
    overview_table,
    price_table,
)
from bench.reports.tables.evidence import measured_tables
from bench.reports.tables.limits import limit_lines, limit_table
from bench.reports.tables.load import load_curve_table, load_table
from bench.reports.tables.table import Table, titles_of_any, without_model
from bench.reports.words import figures as f
from bench.reports.words.labels import labels
from bench.reports.words.verdicts import (
    VerdictGroup,
    nothing_compared,
    premise,
    verdict_groups,
    warning_groups,
)

WIDE = 110  # from here on there is room for sources
COLOURS = {"viable": "bold green", "not viable": "bold red", "insufficient evidence": "bold yellow"}


def render(
    records: Sequence[Record],
    *,
    width: int = 100,
    color: bool = False,
    also: Sequence[Table] = (),
    frontiers: Sequence[Frontier] = (),
    has_evidence: bool = True,
    has_all: bool = False,
) -> str:
    """The report as text of at most ``width`` columns (at least 60), with ANSI colours when ``color``.

    ``also``: further tables, which follow those of the records. Without evidence it holds conclusions alone,
    and of those the ones that the verdicts rest on or that were asked for, unless it ``has_all``: of more
    than ``MOST_IN_FULL`` records a line for each verdict.
    """
    shown = tuple(records)
    concluded = partial(_concluded, shown, tuple(frontiers), has_all)
    parts = partial(_parts, shown, concluded, tuple(also)) if has_evidence else concluded
    return printed(parts, width=width, color=color)


def render_tables(tables: Sequence[Table], *, width: int = 100, color: bool = False) -> str:
    """Tables alone, one below the other."""
    return printed(partial(_drawn, tuple(tables)), width=width, color=color)


def _drawn(tables: tuple[Table, ...], width: int) -> Iterator[RenderableType]:
    for table in tables:
        yield from draw(table, width, COLOURS)


def _concluded(
    records: tuple[Record, ...], frontiers: tuple[Frontier, ...], has_all: bool, width: int
) -> Iterator[RenderableType]:
    """The verdicts, then what they rest on besides the measurements; of many records in brief."""
    names = labels(records)
    is_brief = len(records) > MOST_IN_FULL and not has_all and bool(titles_of_any(brief_table, records))
    if len(records) > 1:
        yield from draw(brief_table(records) if is_brief else overview_table(records), width, COLOURS)
    for record in () if is_brief else records:
        yield from conclusion(record, names[record.id])
    if is_brief:
        asked, left_out = brief_tables(records, frontiers)
    else:
        asked, left_out = asked_tables(records, frontiers, has_all=has_all)
    tables = (
        *(_narrowed(table, width) for table in assumption_tables(records)),
        *(() if is_brief else (flip_table(records), cost_table(records))),
        load_table(records),
        load_curve_table(records),
        _narrowed(price_table(records), width),
        _narrowed(evidence_table(records), width),
        *(_cited(table, width) for table in asked),
    )
    yield from _drawn(tuple(_shown(table, records) for table in tables), width)
    if left_out:
        told, known = "; ".join(left_out), ", as far as it is known" if is_brief else ""
        yield Text(f"Not shown, `breakeven cost --all` does{known}: {told}.\n", "dim")


def _parts(
    records: tuple[Record, ...],
    concluded: Callable[[int], Iterator[RenderableType]],
    also: tuple[Table, ...],
    width: int,
) -> Iterator[RenderableType]:
    names = labels(records)
    yield from concluded(width)
    measured = (*measured_tables(records), limit_table(records))
    yield from _drawn((*(_shown(table, records) for table in measured), *also), width)
    for record in records:
        yield from _limits(record, names[record.id])
    yield from _trouble(records, names)
    for record in records:
        yield _origin(record, names[record.id])


def _shown(table: Table, records: tuple[Record, ...]) -> Table:
    """Without the model's name where there is one model."""
    is_named = len(records) > 1 or table.columns[0] != "model"
    return table if is_named else without_model(table)


def conclusion(record: Record, name: str) -> Iterator[RenderableType]:
    """The verdicts of one record: what was compared, and every group of rivals with its reason."""
    quick = " · quick run" if record.is_quick else ""
    where = f"{f.clean(record.machine.machine_class)} · {f.day(record.created_utc)}{quick}"
    yield Text.assemble((name, "bold"), f" on {where}")
    if not record.is_complete:
        yield Text("This run was not finished: what is below is what it had measured.", "bold yellow")
    if record.kind != "run":
        return
    if record.assessment is None or not record.assessment.comparisons:
        yield Text(f"No verdict: {nothing_compared(record)}.\n")
        return
    yield Text(f"Here, or behind a hosted API?  Premise: {premise(record.assessment)}.\n")
    groups = verdict_groups(record.assessment)
    for group in groups:
        yield from _verdict(group)
    bought: dict[str, list[str]] = {}
    for group in groups:
        if group.if_bought is not None:
            bought.setdefault(group.if_bought, []).append(group.closest_call)
    for told, comparisons in bought.items():
        yield Text(f.clean("; ".join(comparisons)), "bold")
        yield _indented(told)
    yield Text()


def _verdict(group: VerdictGroup) -> Iterator[RenderableType]:
    yield Text.assemble((group.verdict.upper(), COLOURS[group.verdict]), "  ", (f.clean(group.task), "bold"))
    yield _indented(f"against {group.rivals}")
    yield _indented(group.reason, "bold")
    if group.costs is not None:
        yield _indented(group.costs)
    yield _indented(f"Weakest point: {group.weakest_point}", "italic")
    yield Text()


def _limits(record: Record, name: str) -> Iterator[RenderableType]:
    lines = limit_lines(record)
    if lines:
        yield Text(f"What limits {name} here", "bold")
        for line in lines:
            yield _indented(f.clean(line))
        yield Text()


def _trouble(records: tuple[Record, ...], names: dict[str, str]) -> Iterator[RenderableType]:
    failed = [(names[record.id], failure) for record in records for failure in record.failures]
    if failed:
        yield Text("Failed units", "bold red")
        for name, failure in failed:
            yield _indented(f.clean(f"{name}, {failure.unit}: {failure.kind}: {failure.what}"))
        yield Text()
    warned = warning_groups(records, names)
    if warned:
        yield Text("Warnings", "bold yellow")
        for group in warned:
            yield from map(_indented, group.told)
            yield _indented(f"remedy: {group.remedy}", "dim", 4)
        yield Text()


def _origin(record: Record, name: str) -> RenderableType:
    machine = record.machine
    build = "engine unknown" if record.engine is None else f"{record.engine.name} {record.engine.version}"
    wall_s = record.breakdown.wall_s
    worked = f.percent(record.breakdown.engine_s / wall_s) if wall_s else f.ABSENT
    if record.imported is not None:  # only the timed repetitions are known of such a run
        worked = f.ABSENT
    parts = (
        f"{name}: {f.measured_by(record)}",
        build,
        f"{machine.cpu_model}, {f.machine_size(machine)}",
        f"{f.significant(wall_s)} s, {worked} of it the model working",
        f"record {record.id}",
    )
    return Text(" · ".join(f.clean(part) for part in parts), "dim")


def _cited(table: Table, width: int) -> Table:
    return _narrowed(table, width) if table.columns[-1] == RESTS_ON else table


def _narrowed(table: Table, width: int) -> Table:
    """Without the sources, its last column, where there is no room for them."""
    if width >= WIDE:
        return table
    return Table(
        table.title,
        table.columns[:-1],
        table.is_number[:-1],
        tuple(row[:-1] for row in table.rows),
        (*table.notes, f"sources: in a terminal of {WIDE} columns, or in the Markdown report"),
    )


def _indented(text: str, style: str = "", by: int = 2) -> RenderableType:
    return Padding(Text(text, style), (0, 0, 0, by))
