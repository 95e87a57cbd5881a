"""``breakeven report``: saved records as a person, a repository or a spreadsheet reads them."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bench.cli.output import json_option, note, print_json, screen

if TYPE_CHECKING:
    from bench.commands.recording import Outcome
    from bench.records.types import Frontier, Record


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


def show_outcome(outcome: "Outcome", *, as_json: bool) -> None:
    """Print what was measured and where it is kept; exit code 2 when a unit failed."""
    if as_json:
        print_json([record.model_dump(mode="json") for record in outcome.records])
    else:
        show_records(outcome.records, outcome.frontiers)
        for path in outcome.paths:
            note(f"record: {path}")
    if outcome.has_failures:
        raise SystemExit(2)


def show_records(records: Sequence["Record"], frontiers: Sequence["Frontier"] = ()) -> None:
    """Print records for the terminal at hand, and what all ways to their tasks are together."""
    from bench.reports.terminal import render

    width, color = screen()
    text = render(records, width=width, color=color, frontiers=frontiers)
    click.echo(text, nl=False)
