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
    """One line on stderr that moves on a terminal; without one, a line per stage."""

    def __init__(self) -> None:
        self._live = sys.stderr.isatty()
        self._stage = ""

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
