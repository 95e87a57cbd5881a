"""What a table is: finished words under named columns, with the notes that belong to it."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from bench.records.types import Record
from bench.reports.words import figures as f

ACCURACY_NOTE = "accuracy: right / (right + wrong), 95 % interval; a verdict counts unscored answers, too"
MODELLED_NOTE = f"{f.MODELLED_MARK}: rests on modelled energy"
DISTURBED_COST_NOTE = f"{f.DISTURBED_MARK}: rests on joules that were taken while others worked"


@dataclass(frozen=True, slots=True)
class Table:
    """Cells are finished words. ``is_number`` aligns a column right; ``notes`` belong under the table."""

    title: str
    columns: tuple[str, ...]
    is_number: tuple[bool, ...]
    rows: tuple[tuple[str, ...], ...]
    notes: tuple[str, ...] = ()


def make_table(
    title: str, columns: Sequence[str], rows: Iterable[Sequence[str]], notes: Iterable[str] = ()
) -> Table:
    """A table whose number columns are named with a leading ``>``; all words cleaned, each note once."""
    return Table(
        title,
        tuple(name.removeprefix(">") for name in columns),
        tuple(name.startswith(">") for name in columns),
        tuple(tuple(map(_cleaned, row)) for row in rows),
        tuple(dict.fromkeys(map(_cleaned, notes))),
    )


def _cleaned(cell: str) -> str:
    """A cell may be a source, which is of use only in full."""
    return f.clean(cell, f.LONGEST_TEXT)


def titles_of_any(of_records: Callable[[Sequence[Record]], Table], records: Sequence[Record]) -> list[str]:
    """The table's title if it would have a row, found without drawing it up for all records; else nothing."""
    tables = (of_records((record,)) for record in records)
    return next(([table.title] for table in tables if table.rows), [])


def without_model(table: Table) -> Table:
    """The same table without its first column, for the report of a single record."""
    return Table(
        table.title, table.columns[1:], table.is_number[1:], tuple(row[1:] for row in table.rows), table.notes
    )


def about(name: str, records: Sequence[Record], notes: Iterable[str]) -> list[str]:
    """Notes that say which model they are about, where there are several."""
    return [f"{name}, {note}" if len(records) > 1 else note for note in notes]
