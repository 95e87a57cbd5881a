"""``breakeven report``: saved records as a person, a repository or a spreadsheet reads them."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bench.cli.options import PATH, check_targets, markdown_option, together
from bench.cli.output import json_option, note, note_left_out, print_json, records_argument, screen
from bench.errors import InputError

if TYPE_CHECKING:
    from bench.commands.recording import Outcome
    from bench.records.types import Frontier, Record


file_options = together(  # the files that records are written to
    markdown_option,
    click.option("--csv", "csv_file", type=PATH, help="Write CSV here (- for stdout)."),
    click.option(
        "--html",
        "html_file",
        type=PATH,
        help="Write a page for browsers (- for stdout).",
    ),
    click.option(
        "--charts",
        "chart_folder",
        type=PATH,
        help="Write the charts as SVG in this folder.",
    ),
    click.option("--png", "with_png", is_flag=True, help="With --charts: as PNG, too."),
)


@click.command()
@records_argument
@file_options
@json_option
def report(
    records: tuple[Path, ...],
    markdown_file: Path | None,
    csv_file: Path | None,
    html_file: Path | None,
    chart_folder: Path | None,
    with_png: bool,
    as_json: bool,
) -> None:
    """Show RECORDS (files or folders; default: the default results folder)."""
    from bench.commands.report import read, write_csv, write_html, write_markdown
    from bench.records.results_folder import given_or_default
    from bench.reports.page.fit import MOST_RECORDS

    check_charts(chart_folder, with_png)
    targets = {"--md": markdown_file, "--csv": csv_file, "--html": html_file}
    check_targets(targets, given_or_default(records))
    is_page_alone = html_file is not None and not (as_json or markdown_file or csv_file or chart_folder)
    found = read(records, newest=MOST_RECORDS if is_page_alone else None)
    note_left_out(found.broken)
    if as_json:
        print_json([record.model_dump(mode="json") for record in found.records])
    elif markdown_file is None and csv_file is None and html_file is None and chart_folder is None:
        show_records(found.records)
    for file, write in ((markdown_file, write_markdown), (csv_file, write_csv)):
        if file is not None:
            tell_written(write(found.records, file), file)
    if html_file is not None:
        tell_written(write_html(found.records, html_file, n_older=found.n_older), html_file)
    if chart_folder is not None:
        show_charts(found.records, chart_folder, with_png)


def tell_written(text: str | None, file: Path) -> None:
    """Print what was to go to stdout; else say which file holds it."""
    if text is None:
        note(f"written: {file}")
    else:
        click.echo(text, nl=False)


def check_charts(folder: Path | None, with_png: bool) -> None:
    """InputError for --png without --charts."""
    if with_png and folder is None:
        raise InputError("--png goes with --charts", remedy="say into which folder: --charts DIR --png")


def show_charts(records: Sequence["Record"], folder: Path, with_png: bool) -> None:
    """Write the charts of records into a folder, and name each file."""
    from bench.commands.charts import write_charts

    for path in write_charts(records, folder, with_png=with_png):
        tell_written(None, path)


def show_outcome(outcome: "Outcome", *, as_json: bool, html_file: Path | None = None) -> None:
    """Print what was measured and where it is kept, and write its page; exit code 2 when a unit failed."""
    if as_json:
        print_json([record.model_dump(mode="json") for record in outcome.records])
    else:
        show_records(outcome.records, outcome.frontiers)
        for path in outcome.paths:
            note(f"record: {path}")
    if html_file is not None and outcome.records:
        from bench.commands.report import write_html

        tell_written(write_html(outcome.records, html_file), html_file)
    if outcome.has_failures:
        raise SystemExit(2)


def show_records(records: Sequence["Record"], frontiers: Sequence["Frontier"] = ()) -> None:
    """Print records for the terminal at hand, and what all ways to their tasks are together."""
    from bench.reports.terminal import render

    width, color = screen()
    text = render(records, width=width, color=color, frontiers=frontiers)
    click.echo(text, nl=False)
