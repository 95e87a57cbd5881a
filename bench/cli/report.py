"""``breakeven report``: saved records as a person, a repository or a spreadsheet reads them."""

import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bench.cli.output import json_option, note, print_json

if TYPE_CHECKING:
    from bench.records.types import Record

WIDTH_WITHOUT_TERMINAL = 100


@click.command()
@click.argument("records", nargs=-1, type=click.Path(path_type=Path))
@click.option(
    "--md", "markdown_file", type=click.Path(path_type=Path), help="Write Markdown here (- for stdout)."
)
@click.option("--csv", "csv_file", type=click.Path(path_type=Path), help="Write CSV here (- for stdout).")
@json_option
def report(
    records: tuple[Path, ...], markdown_file: Path | None, csv_file: Path | None, as_json: bool
) -> None:
    """Show RECORDS (files or folders; default: the default results folder)."""
    from bench.commands.report import read, write_csv, write_markdown

    found = read(records)
    for error in found.broken:
        note(f"left out: {error}")
    if as_json:
        print_json([record.model_dump(mode="json") for record in found.records])
    elif markdown_file is None and csv_file is None:
        show_records(found.records)
    for file, write in ((markdown_file, write_markdown), (csv_file, write_csv)):
        if file is not None and (text := write(found.records, file)) is not None:
            click.echo(text, nl=False)


def show_records(records: Sequence["Record"]) -> None:
    """Print records for the terminal at hand."""
    import os

    from bench.reports.terminal import render

    is_terminal = sys.stdout.isatty()
    width = (
        shutil.get_terminal_size((WIDTH_WITHOUT_TERMINAL, 24)).columns
        if is_terminal
        else WIDTH_WITHOUT_TERMINAL
    )
    click.echo(render(records, width=width, color=is_terminal and "NO_COLOR" not in os.environ), nl=False)
