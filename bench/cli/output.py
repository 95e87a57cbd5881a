"""How things are said: results on stdout, progress and notes on stderr, one JSON document when asked."""

import os
import re
import shutil
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import chain, islice
from typing import Any, Self

import click

from bench.cli.options import PATH

WIDTH_WITHOUT_TERMINAL = 100
_FITTED = 1000  # rows that the widths of columns are fitted to
# Unseen, and beyond the controls that JSON has as escapes anyway.
_DRAWN = re.compile("[\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]")
_GAP, _FOLDED = "  ", "    "  # between columns, and before what has no room in the first line of a row

records_argument: Callable[[Any], Any] = click.argument("records", nargs=-1, type=PATH)
json_option: Callable[[Any], Any] = click.option(
    "--json", "as_json", is_flag=True, help="Print one JSON document on stdout."
)


def print_json(document: object) -> None:
    click.echo(_as_json(document, indent=2))


def print_json_list(documents: Iterable[object]) -> None:
    """One JSON array, of which only one element is held."""
    separator = "["
    for document in documents:
        click.echo(f"{separator}\n{_as_json(document)}", nl=False)
        separator = ","
    click.echo("[]" if separator == "[" else "\n]")


def _as_json(document: object, indent: int | None = None) -> str:
    """With what a terminal would obey as escapes: JSON itself asks that of ASCII's controls alone."""
    from pydantic_core import to_json  # indents ten times as fast as the standard library

    text = to_json(document, indent=indent, inf_nan_mode="constants", fallback=str).decode()
    return _DRAWN.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def note(text: str) -> None:
    click.echo(plain(text), err=True)


def note_left_out(told: Iterable[object], *, how: str = "left out") -> None:
    for one in told:
        note(f"{how}: {one}")


def plain(text: str) -> str:
    """Text from a file, its name included, that moves no cursor and rings no bell."""
    return "".join(
        char if char.isprintable() or char in "\t\n" else "\N{REPLACEMENT CHARACTER}" for char in text
    )


def print_facts(facts: Mapping[str, object]) -> None:
    """A line each, what it is called before what it is; what is not known has none."""
    width = max(map(len, facts))
    for words, value in facts.items():
        if value not in (None, ""):
            click.echo(f"{words.ljust(width)}  {value}")


def print_table(header: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> None:
    """Plain aligned columns: no third-party import, fit for a pipe, of many rows only the first held.

    On a terminal that is too narrow for a row it takes several lines, each column in the same of them.
    """
    following = iter(rows)
    first = [header, *islice(following, _FITTED)]
    widths = [max(map(len, column)) for column in zip(*first, strict=True)]
    lines = _lines_of_columns(widths, screen()[0]) if is_terminal() else [range(len(widths))]
    for row in chain(first, following):
        for number, columns in enumerate(lines):
            cells = _GAP.join(row[column].ljust(widths[column]) for column in columns).rstrip()
            if cells or number == 0:
                click.echo(_FOLDED * (number > 0) + cells)


def _lines_of_columns(widths: Sequence[int], width: int) -> list[range]:
    """Which columns stand in which line of a row: as many in each as fit, and at least one."""
    lines, begin, used = [], 0, 0
    for column, needed in enumerate(widths):
        if column > begin and used + len(_GAP) + needed > width:
            lines.append(range(begin, column))
            begin, used = column, len(_FOLDED) - len(_GAP)
        used += needed + (len(_GAP) if column else 0)
    return [*lines, range(begin, len(widths))]


def is_terminal() -> bool:
    return sys.stdout.isatty()


def screen(width_without_terminal: int = WIDTH_WITHOUT_TERMINAL) -> tuple[int, bool]:
    """Columns of stdout, and whether it may be coloured."""
    if not is_terminal():
        return width_without_terminal, False
    columns = shutil.get_terminal_size((width_without_terminal, 24)).columns
    return columns, "NO_COLOR" not in os.environ


def print_ability(name: str, works: bool | None, detail: str, remedy: str | None) -> None:
    """What works or not, and the step that helps; on a terminal in lines that fit it.

    A remedy stays one line: it is a command to be copied.
    """
    mark = {True: "yes", False: "no ", None: "   "}[works]
    text = f"{mark}  {name}: {detail}"
    if is_terminal():
        from textwrap import fill

        width, indent = screen()[0], " " * 7
        text = fill(text, width, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)
    click.echo(text)
    if remedy is not None:
        click.echo(f"       → {remedy}")


class Progress:
    """One line on stderr that moves on a terminal until ``with`` ends; without one, a line per stage."""

    def __init__(self) -> None:
        self._live = sys.stderr.isatty()
        self._stage = ""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def stage(self, text: str) -> None:
        """Begin a stage, if it is another one."""
        if self._live:
            self._rewrite(f"{text} …")
        elif text != self._stage:
            note(text)
        self._stage = text

    def update(self, done: int, total: int | None) -> None:
        if self._live:
            amount = f"{done:,}" if total is None else f"{100 * done // max(total, 1)} %"
            self._rewrite(f"{self._stage} … {amount}")

    def say(self, text: str) -> None:
        """A line that stays."""
        self.close()
        note(text)

    def close(self) -> None:
        if self._live:
            self._rewrite("")

    def _rewrite(self, text: str) -> None:
        sys.stderr.write(f"\r\x1b[K{text}")
        sys.stderr.flush()
