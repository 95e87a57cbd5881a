"""Tables drawn in a given width: what does not fit beside each other goes above each other, then wraps."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, zip_longest

from rich.cells import cell_len, chop_cells
from rich.console import Console, ConsoleOptions, RenderableType
from rich.padding import Padding
from rich.segment import Segment
from rich.text import Text

from bench.reports.tables.table import Table

GAPS = (2, 1)
INDENT = 2
NARROWEST_COLUMN = 8
_WORDS = re.compile(r"^\s*\S+|\S+")  # blanks before the first tell a depth


def draw(table: Table, width: int, styles: dict[str, str]) -> Iterator[RenderableType]:
    """Title, header, rows and notes; ``styles`` colours whole cells by their words. Nothing without rows.

    In a table that is too wide, leading columns become headings of groups of rows.
    """
    if not table.rows:
        return
    n_headings, indent = 0, 0
    while _total(_natural(table, n_headings), GAPS[0]) + indent > width and _may_head(
        table, n_headings, width
    ):
        n_headings, indent = n_headings + 1, INDENT
    widths, gap = _fit(table, n_headings, width - indent)
    is_number = table.is_number[n_headings:]
    header = table.columns[n_headings:]
    yield Text(table.title, "bold")
    yield _Rows((header,), widths, is_number, gap, indent, dict.fromkeys(header, "dim"))
    yield Text("─" * (_total(widths, gap) + indent), "dim")
    for heading, rows in groupby(table.rows, key=lambda row: row[:n_headings]):
        if n_headings:
            yield Text(" · ".join(heading), "italic")
        yield _Rows([row[n_headings:] for row in rows], widths, is_number, gap, indent, styles)
    for note in table.notes:
        yield Padding(Text(note, "dim"), (0, 0, 0, INDENT))
    yield Text()


@dataclass(frozen=True, slots=True)
class _Rows:
    """Cells beside each other, each wrapped in its column; rich's own table takes five times as long."""

    rows: Sequence[Sequence[str]]
    widths: Sequence[int]
    is_number: Sequence[bool]
    gap: int
    indent: int
    styles: dict[str, str]

    def __rich_console__(self, console: Console, _: ConsoleOptions) -> Iterator[Segment]:
        styles = {cell: console.get_style(style) for cell, style in self.styles.items()}
        for row in self.rows:
            cells = [_wrapped(cell, width) for cell, width in zip(row, self.widths, strict=True)]
            for line in zip_longest(*cells, fillvalue=""):
                plain = " " * self.indent
                for cell, text, width, is_number in zip(row, line, self.widths, self.is_number, strict=True):
                    blank = " " * (width - cell_len(text))
                    aligned = blank + text if is_number else text + blank
                    if text and (style := styles.get(cell)) is not None:
                        yield Segment(plain)
                        yield Segment(aligned, style)
                        plain = ""
                    else:
                        plain += aligned
                    plain += " " * self.gap
                yield Segment(plain.rstrip() + "\n")


def _wrapped(cell: str, width: int) -> list[str]:
    """Broken between words; a word that is wider than a line goes on in the next."""
    if cell_len(cell) <= width:
        return [cell]
    lines: list[str] = []
    for word in _WORDS.findall(cell):
        if lines and cell_len(lines[-1]) + 1 + cell_len(word) <= width:
            lines[-1] += " " + word
        else:
            lines += chop_cells(word, width)
    return lines


def _may_head(table: Table, start: int, width: int) -> bool:
    """May column ``start`` become a heading? If neighbouring rows share it, or numbers would be torn."""
    if table.is_number[start] or start + 1 >= len(table.columns):
        return False
    if len([*groupby(row[: start + 1] for row in table.rows)]) < len(table.rows):
        return True
    with_wrapped_header = _floors(table, 0)[0]
    return start == 0 and any(table.is_number) and _total(with_wrapped_header, GAPS[0]) > width


def _natural(table: Table, start: int) -> list[int]:
    return [max(map(cell_len, _column(table, index))) for index in range(start, len(table.columns))]


def _floors(table: Table, start: int) -> tuple[list[int], ...]:
    """How narrow columns may get: headers wrap first, then cells, and words break last."""
    columns = [_column(table, index) for index in range(start, len(table.columns))]
    words = [[max(map(cell_len, cell.split()), default=0) for cell in column] for column in columns]
    longest = [max(column) for column in words]
    return (
        [max(first, *map(cell_len, column[1:])) for (first, *_), column in zip(words, columns, strict=True)],
        longest,
        [min(NARROWEST_COLUMN, word) for word in longest],
        [min(1, word) for word in longest],  # better torn than cut off
    )


def _fit(table: Table, start: int, width: int) -> tuple[list[int], int]:
    """Column widths and the gap between them, of at most ``width`` together."""
    widths, floors = _natural(table, start), _floors(table, start)
    gap = next((gap for gap in GAPS if _total(floors[1], gap) <= width), GAPS[-1])
    for floor in floors:
        for _ in range(_total(widths, gap) - width):
            room = [
                (wide, i) for i, (wide, least) in enumerate(zip(widths, floor, strict=True)) if wide > least
            ]
            if not room:
                break
            widths[max(room)[1]] -= 1
    return widths, gap


def _total(widths: Sequence[int], gap: int) -> int:
    return sum(widths) + gap * (len(widths) - 1)


def _column(table: Table, index: int) -> list[str]:
    return [table.columns[index], *(row[index] for row in table.rows)]
