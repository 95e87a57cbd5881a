"""Records as Markdown that GitHub renders: the verdict and its reason first, then every table."""

import re
from collections.abc import Iterator, Sequence

from bench.records.types import Frontier, Record
from bench.reports.tables.asked import asked_tables
from bench.reports.tables.economy import (
    assumption_tables,
    cost_table,
    evidence_table,
    flip_table,
    gate_table,
    price_table,
)
from bench.reports.tables.evidence import measured_tables
from bench.reports.tables.limits import limit_lines, limit_table
from bench.reports.tables.load import load_curve_table, load_table
from bench.reports.tables.table import Table
from bench.reports.words import figures as f
from bench.reports.words.labels import labels
from bench.reports.words.verdicts import nothing_compared, premise, verdict_groups, warning_groups

_SPECIAL = re.compile(r"([\\`*\[\]|~#]|(?<!\w)_|_(?!\w))")


def render(records: Sequence[Record], frontiers: Sequence[Frontier] = ()) -> str:
    """One document about all ``records``, and all ways to their tasks where ``frontiers`` has them."""
    return "\n".join(_lines(tuple(records), tuple(frontiers))) + "\n"


def escape(text: str) -> str:
    """Text from outside as Markdown that shows it: no markup, no HTML, no end of a table's cell."""
    safe = f.clean(text, f.LONGEST_TEXT).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return _SPECIAL.sub(r"\\\1", safe)


def table_lines(table: Table) -> Iterator[str]:
    """Heading, table and notes; nothing without rows."""
    if not table.rows:
        return
    yield f"## {escape(table.title)}"
    yield ""
    yield from grid_lines(table)
    yield ""


def grid_lines(table: Table) -> Iterator[str]:
    """The table and its notes, without a heading."""
    yield _row(table.columns)
    yield _row(tuple("---:" if is_number else "---" for is_number in table.is_number), raw=True)
    for cells in table.rows:
        yield _row(cells)
    if table.notes:
        yield ""
    yield from (f"- {escape(note)}" for note in table.notes)


def conclusion_lines(record: Record) -> Iterator[str]:
    """The verdicts of one record as a list: verdict, task, rivals, reason, weakest point."""
    if not record.is_complete:
        yield "**This run was not finished: what is below is what it had measured.**"
        yield ""
    if record.kind != "run":
        return
    if record.assessment is None or not record.assessment.comparisons:
        yield f"No verdict: {nothing_compared(record)}."
        yield ""
        return
    yield f"Here, or behind a hosted API? Premise: {escape(premise(record.assessment))}."
    yield ""
    for group in verdict_groups(record.assessment):
        yield f"- **{group.verdict}**: {escape(group.task)} against {escape(group.rivals)}"
        told = (
            group.in_words,
            group.reason,
            group.costs,
            group.if_bought,
            f"Weakest point: {group.weakest_point}",
        )
        yield from (f"  - {escape(line)}" for line in told if line is not None)
    yield ""


def _lines(records: tuple[Record, ...], frontiers: tuple[Frontier, ...]) -> Iterator[str]:
    names = labels(records)
    yield "# breakeven report"
    yield ""
    for record in records:
        yield f"## {escape(names[record.id])}"
        yield ""
        yield escape(_origin(record))
        yield ""
        yield from conclusion_lines(record)
    for table in assumption_tables(records):
        yield from table_lines(table)
    concluded = (
        gate_table,
        flip_table,
        cost_table,
        load_table,
        load_curve_table,
        price_table,
        evidence_table,
    )
    asked, _ = asked_tables(records, frontiers, has_all=True)
    tables = (*(one(records) for one in concluded), *asked, *measured_tables(records), limit_table(records))
    for table in tables:
        yield from table_lines(table)
    for record in records:
        yield from _limits(record, names[record.id])
    yield from _trouble(records, names)


def _limits(record: Record, name: str) -> Iterator[str]:
    lines = limit_lines(record)
    if lines:
        yield f"## What limits {escape(name)} here"
        yield ""
        yield from (f"- {escape(line)}" for line in lines)
        yield ""


def _trouble(records: Sequence[Record], names: dict[str, str]) -> Iterator[str]:
    failures = [(names[record.id], failure) for record in records for failure in record.failures]
    if failures:
        yield "## Failed units"
        yield ""
        yield from (f"- {escape(f'{name}, {one.unit}: {one.kind}: {one.what}')}" for name, one in failures)
        yield ""
    warned = warning_groups(records, names)
    if warned:
        yield "## Warnings"
        yield ""
        for group in warned:
            yield from (f"- {escape(told)}" for told in group.told)
            yield f"  - remedy: {escape(group.remedy)}"
        yield ""


def _origin(record: Record) -> str:
    machine, engine = record.machine, record.engine
    build = "engine unknown" if engine is None else f"{engine.name} {engine.version} ({engine.build})"
    quick = ", quick run" if record.is_quick else ""
    return (
        f"{f.day(record.created_utc)}{quick}, {machine.machine_class}: {machine.cpu_model}, "
        f"{f.machine_size(machine)}; "
        f"{f.measured_by(record)}, {build}; record {record.id}"
    )


def _row(cells: Sequence[str], *, raw: bool = False) -> str:
    return "| " + " | ".join(cell if raw else escape(cell) for cell in cells) + " |"
