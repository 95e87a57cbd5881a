"""How things are said: results on stdout, progress and notes on stderr, one JSON document when asked."""

import json
import sys
from collections.abc import Callable
from typing import Any

import click

json_option: Callable[[Any], Any] = click.option(
    "--json", "as_json", is_flag=True, help="Print one JSON document on stdout."
)


def print_json(document: object) -> None:
    click.echo(json.dumps(document, indent=2, ensure_ascii=False, default=str))


def note(text: str) -> None:
    click.echo(text, err=True)


def print_table(header: tuple[str, ...], rows: list[tuple[str, ...]]) -> None:
    """Plain aligned columns: no third-party import, fit for a pipe."""
    widths = [max(len(row[i]) for row in [header, *rows]) for i in range(len(header))]
    for row in [header, *rows]:
        click.echo("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


class Progress:
    """One line on stderr that moves on a terminal; without one, a line per stage and a tick per tenth."""

    def __init__(self, *, quiet: bool = False) -> None:
        self._quiet = quiet
        self._live = sys.stderr.isatty() and not quiet
        self._stage = ""
        self._tenth = -1

    def stage(self, text: str) -> None:
        """Begin a stage; the line before it is left behind."""
        self._stage, self._tenth = text, -1
        if self._live:
            sys.stderr.write(f"\r\x1b[K{text} …")
            sys.stderr.flush()
        elif not self._quiet:
            note(text)

    def update(self, done: int, total: int | None) -> None:
        if self._quiet:
            return
        if self._live:
            amount = f"{done:,}" if total is None else f"{100 * done // max(total, 1)} %"
            sys.stderr.write(f"\r\x1b[K{self._stage} … {amount}")
            sys.stderr.flush()
        elif total and 10 * done // total > self._tenth >= -1 and total > 10:
            self._tenth = 10 * done // total
            if self._tenth in (5, 10):
                note(f"{self._stage}: {100 * done // total} %")

    def say(self, text: str) -> None:
        """A line that stays."""
        if self._live:
            sys.stderr.write("\r\x1b[K")
        if not self._quiet:
            note(text)

    def close(self) -> None:
        if self._live:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()
