"""One line for each of many records: which they are, and what they concluded."""

from collections import Counter
from dataclasses import dataclass
from typing import Literal

from bench.records.types import Record
from bench.reports.words import figures as f

COLUMNS = ("date", "id", "model", "tasks", "machine", "verdicts", "run", "hash")
_VERDICTS = ("viable", "not viable", "insufficient evidence")
_SHORT = {"viable": "viable", "not viable": "not viable", "insufficient evidence": "unsure"}
_LONGEST_CELL = 40


@dataclass(frozen=True, slots=True)
class ListingRow:
    """``verdicts`` counts comparisons. ``hash``: "none" is of records from before there were hashes."""

    file: str
    id: str
    created_utc: str
    machine: str
    model: str
    tasks: tuple[str, ...]
    verdicts: dict[str, int]
    is_complete: bool
    is_quick: bool
    hash: Literal["ok", "none"]


def listing_row(record: Record, file: str) -> ListingRow:
    """The row of a record that was read from ``file``: its hash, where it has one, is right."""
    comparisons = record.assessment.comparisons if record.assessment else ()
    counted: Counter[str] = Counter(comparison.verdict for comparison in comparisons)
    return ListingRow(
        file=file,
        id=record.id,
        created_utc=record.created_utc.isoformat(),
        machine=record.machine.machine_class,
        model=record.model.name,
        tasks=tuple(task.task for task in record.tasks),
        verdicts={verdict: counted[verdict] for verdict in _VERDICTS if counted[verdict]},
        is_complete=record.is_complete,
        is_quick=record.is_quick,
        hash="none" if record.content_sha256 is None else "ok",
    )


def cells(row: ListingRow) -> tuple[str, ...]:
    """The row as words, one for each of ``COLUMNS``; short enough for a table."""
    verdicts = ", ".join(f"{n} {_SHORT[verdict]}" for verdict, n in row.verdicts.items())
    run = "quick" if row.is_quick else "full"
    told = (
        row.created_utc[:10],
        row.id[:8],
        row.model,
        str(len(row.tasks)),
        row.machine,
        verdicts or f.ABSENT,
        run if row.is_complete else f"{run}, unfinished",
        "ok" if row.hash == "ok" else f.ABSENT,
    )
    return tuple(f.clean(text, _LONGEST_CELL) for text in told)
