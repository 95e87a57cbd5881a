"""Energy meters and their power now, as a table and as lines."""

from collections.abc import Sequence
from dataclasses import dataclass

from bench.reports.tables.table import Table
from bench.reports.words import figures as f

COLUMNS = (">order", "meter", "covers", ">W", "provenance", ">new every", ">accuracy")
N_LIVE = 5
USED = "→ "  # the meter that figures are taken from


@dataclass(frozen=True, slots=True)
class DomainRow:
    """``depth`` is how many domains it lies within; None watts are not known."""

    name: str
    covers: str
    depth: int
    watts: float | None


@dataclass(frozen=True, slots=True)
class MeterRow:
    """A meter that works, with its sum and domains; ``order`` is None where it sees no processor.

    Watts that differ by less than ``step_w`` cannot be told apart. ``accuracy`` is truth / value at least and
    at most by the maker; None where it is not known.
    """

    name: str
    order: int | None
    covers: str
    provenance: str
    quantity: str
    period_s: float
    lag_s: float
    accuracy: tuple[float, float] | None
    detail: str
    watts: float | None
    step_w: float
    unknown_because: str | None
    domains: tuple[DomainRow, ...]


def power_table(rows: Sequence[MeterRow], notes: Sequence[str] = (), *, is_live: bool = False) -> Table:
    """A line for each meter, and one for each of its domains where it has several, indented by depth.

    What does not change is left out of a live one.
    """
    cells: list[tuple[str, ...]] = []
    for row in rows:
        order = f.ABSENT if row.order is None else f"{USED if row.order == 1 else ''}{row.order}"
        cells.append(
            (
                order,
                f.clean(row.name),
                row.covers,
                _watts(row.watts, row.step_w),
                _provenance(row),
                _duration(row.period_s),
                _accuracy(row.accuracy),
            )
        )
        for domain in row.domains if len(row.domains) > 1 else ():
            name = "  " * (1 + domain.depth) + f.clean(domain.name)
            cells.append(("", name, domain.covers, _watts(domain.watts, row.step_w), "", "", ""))
    columns = COLUMNS[:N_LIVE] if is_live else COLUMNS
    return Table(
        "Energy meters",
        tuple(name.removeprefix(">") for name in columns),
        tuple(name.startswith(">") for name in columns),
        tuple(row[: len(columns)] for row in cells),
        tuple(map(f.clean, notes)),
    )


def power_line(at: str, rows: Sequence[MeterRow]) -> str:
    """One look as one line: ``09:30:00  rapl/package-0 8.21 W  rapl/core 5.10 W  wall: no answer``."""
    told: list[str] = []
    for row in rows:
        name = f.clean(row.name)
        if row.unknown_because is not None:
            told.append(f"{name}: {f.clean(row.unknown_because)}")
        else:
            told += [
                f"{name}/{f.clean(domain.name)} {_watts(domain.watts, row.step_w)} W"
                for domain in row.domains
            ]
    return "  ".join([at, *told])


def _duration(period_s: float) -> str:
    """``1 ms``, ``0.5 s``; a period of 0 is that of no sensor."""
    if period_s <= 0:
        return f.ABSENT
    return f"{period_s * 1000:.3g} ms" if period_s < 0.1 else f"{period_s:.3g} s"


def _provenance(row: MeterRow) -> str:
    return row.provenance if row.unknown_because is None else f"absent: {f.clean(row.unknown_because)}"


def _watts(watts: float | None, step_w: float) -> str:
    """No more is told than the meter can tell apart; nothing that is not known."""
    if watts is not None and abs(watts) < step_w:
        return f"<{f.significant(step_w, 2)}" if step_w >= 0.001 else "0"
    return f.significant(watts)


def _accuracy(factors: tuple[float, float] | None) -> str:
    """By how much a value may be off, as makers say it: of the truth."""
    if factors is None:
        return "not known"
    least, most = (f"{100 * (1 / factor - 1):+.2g}" for factor in reversed(factors))
    return f"± {most[1:]} %" if least[1:] == most[1:] else f"{least} to {most} %"
