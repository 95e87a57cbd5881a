"""Tables of the site: the same rows as HTML, CSV and JSON, cut into pages of bounded length."""

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from html import escape

from bench.reports.csv import guarded
from bench.reports.words.figures import clean

ROWS_PER_PAGE = 500

Plain = str | int | float | bool | None


@dataclass(frozen=True, slots=True)
class Bar:
    """An interval on a line from 0 to 1, and a mark (chance) where there is one."""

    value: float
    low: float
    high: float
    mark: float | None = None


@dataclass(frozen=True, slots=True)
class Cell:
    """``sort`` None goes last. ``links`` are (words, address in the site) and come before ``text``."""

    text: str
    sort: float | str | None = None
    links: tuple[tuple[str, str], ...] = ()
    small: str = ""
    bar: Bar | None = None


@dataclass(frozen=True, slots=True)
class Column:
    name: str
    is_number: bool = False
    is_sortable: bool = True
    is_header: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """A row; ``anchor`` is its permalink on the page, ``data`` what is downloaded."""

    anchor: str
    cells: tuple[Cell, ...]
    data: Mapping[str, Plain]


@dataclass(frozen=True, slots=True)
class Section:
    """Rows that may be compared; sorting never leaves it. Without ``heading`` it is the only one.

    ``link`` is (words, address in the site) before the heading.
    """

    heading: str
    lines: tuple[Line, ...]
    link: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Sheet:
    """``name`` is that of its files."""

    name: str
    caption: str
    columns: tuple[Column, ...]
    sections: tuple[Section, ...]
    notes: tuple[str, ...] = ()
    is_sortable: bool = True

    @property
    def lines(self) -> Iterator[Line]:
        return (line for section in self.sections for line in section.lines)


def escaped(text: str) -> str:
    """Words from outside, made harmless in text and in attributes: cleaned to one line, and escaped."""
    return escape(clean(text), quote=True)


def paged(sheets: Sequence[Sheet], n_rows: int = ROWS_PER_PAGE) -> list[list[Sheet]]:
    """The sheets in order on as many pages as it takes; one page at least. A section may go on."""
    pages: list[list[Sheet]] = [[]]
    room = n_rows
    for sheet in sheets:
        sections: list[Section] = []
        for section in sheet.sections:
            rest = section.lines
            while rest:
                if not room:
                    pages[-1] += [replace(sheet, sections=tuple(sections))] if sections else []
                    pages.append([])
                    sections, room = [], n_rows
                sections.append(replace(section, lines=rest[:room]))
                rest, room = rest[room:], room - len(sections[-1].lines)
        if sections:
            pages[-1].append(replace(sheet, sections=tuple(sections)))
    return pages


def sheet_html(sheet: Sheet, root: str) -> Iterator[str]:
    """``root`` leads from the page to the site's: ``../`` or nothing."""
    # Wide tables scroll, also by keyboard.
    yield f'<div class="sheet" tabindex="0" role="region" aria-label="{escaped(sheet.caption)}">'
    yield f'<table data-name="{escaped(sheet.name)}">'
    yield f"<caption>{escaped(sheet.caption)}</caption>"
    columns = [
        replace(column, is_sortable=column.is_sortable and sheet.is_sortable) for column in sheet.columns
    ]
    heads = "".join(_head(column) for column in columns)
    yield f"<thead><tr>{heads}</tr></thead>"
    for section in sheet.sections:
        yield "<tbody>"
        if section.heading:
            told = (f"{link(*section.link, root)} · " if section.link else "") + escaped(section.heading)
            head = f'<th colspan="{len(sheet.columns)}" scope="rowgroup"><span>{told}</span></th>'
            yield f'<tr class="group">{head}</tr>'
        for line in section.lines:
            cells = "".join(
                _cell(cell, column, root, line.anchor)
                for cell, column in zip(line.cells, columns, strict=True)
            )
            yield f'<tr id="{escaped(line.anchor)}">{cells}</tr>' if line.anchor else f"<tr>{cells}</tr>"
        yield "</tbody>"
    yield "</table></div>"
    if sheet.notes:
        yield '<ul class="notes">'
        yield from (f"<li>{escaped(note)}</li>" for note in sheet.notes)
        yield "</ul>"


def sheet_csv(lines: Iterable[Line]) -> str:
    """Header first, absent figures empty; words that a spreadsheet would run get an apostrophe."""
    sink = io.StringIO()
    writer = csv.writer(sink, lineterminator="\n")
    header: tuple[str, ...] | None = None
    for line in lines:
        if header is None:
            header = tuple(line.data)
            writer.writerow(header)
        writer.writerow(_plain(line.data[name]) for name in header)
    return sink.getvalue()


def sheet_json(sheets: Sequence[Sheet]) -> str:
    document = {sheet.name: [dict(line.data) for line in sheet.lines] for sheet in sheets}
    return json.dumps(document, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def _plain(value: Plain) -> Plain:
    return guarded(value) if isinstance(value, str) else value


def _head(column: Column) -> str:
    number = _classes(column)
    sortable = f' data-sort="{"n" if column.is_number else "t"}"' if column.is_sortable else ""
    return f'<th scope="col"{number}{sortable}>{escaped(column.name)}</th>'


def _cell(cell: Cell, column: Column, root: str, anchor: str) -> str:
    if cell.links:
        linked = " ".join(link(text, to, root) for text, to in cell.links)
        shown = f"{linked} {escaped(cell.text)}" if cell.text else linked
    else:
        shown = escaped(cell.text)
    if column.is_header and anchor:
        shown += f' <a class="here" href="#{escaped(anchor)}" aria-label="link to this row">#</a>'
    shown += _bar(cell.bar) if cell.bar else ""
    shown += f"<small>{escaped(cell.small)}</small>" if cell.small else ""
    number = _classes(column, has_links=len(cell.links) > 1)
    sort = "" if cell.sort is None or not column.is_sortable else f' data-s="{escaped(_sorted(cell.sort))}"'
    tag, scope = ("th", ' scope="row"') if column.is_header else ("td", "")
    return f"<{tag}{scope}{number}{sort}>{shown}</{tag}>"


def _classes(column: Column, *, has_links: bool = False) -> str:
    names = [name for name, is_so in (("n", column.is_number), ("links", has_links)) if is_so]
    return f' class="{" ".join(names)}"' if names else ""


def link(text: str, to: str, root: str = "") -> str:
    """``to`` is an address in the site; ``root`` as in ``sheet_html``."""
    return f'<a href="{root}{escaped(to)}">{escaped(text)}</a>'


def _sorted(value: float | str) -> str:
    return value if isinstance(value, str) else f"{value:.7g}"


def _bar(bar: Bar) -> str:
    low, high, value = (100 * min(1.0, max(0.0, part)) for part in (bar.low, bar.high, bar.value))
    mark = "" if bar.mark is None else f'<path class="chance" d="M{100 * bar.mark:.1f} 0v8"/>'
    return (
        '<svg class="bar" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true">'
        f'<path class="line" d="M0 4h100"/>{mark}'
        f'<rect class="range" x="{low:.1f}" y="2" width="{max(0.5, high - low):.1f}" height="4"/>'
        f'<rect class="value" x="{max(0.0, value - 0.75):.1f}" y="0" width="1.5" height="8"/></svg>'
    )
