"""``breakeven results export`` and ``query``: many records as tables."""

from collections.abc import Callable, Iterator
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bench.cli.options import PATH
from bench.cli.output import (
    Progress,
    is_terminal,
    json_option,
    note,
    note_left_out,
    plain,
    print_json_list,
    print_table,
    records_argument,
)
from bench.errors import InputError

if TYPE_CHECKING:
    from bench.records.query import Answer

MOST_SHOWN = 1000  # rows for a person; CSV and JSON have all


@click.command(short_help="Write records as Parquet, CSV or a DuckDB file.")
@records_argument
@click.option("--parquet", type=PATH, help="Write Parquet files into this folder.")
@click.option("--csv", "csv_folder", type=PATH, help="Write CSV files into this folder.")
@click.option("--duckdb", type=PATH, help="Write this DuckDB file.")
def export(
    records: tuple[Path, ...], parquet: Path | None, csv_folder: Path | None, duckdb: Path | None
) -> None:
    """Write RECORDS (files or folders; default: the default results folder) as tables."""
    from bench.commands.results_data import Conversion, export_csv, export_duckdb, export_parquet

    wanted = [
        (target, write)
        for target, write in ((parquet, export_parquet), (csv_folder, export_csv), (duckdb, export_duckdb))
        if target is not None
    ]
    if not wanted:
        raise InputError(
            "nothing says what to write", remedy="give --parquet FOLDER, --csv FOLDER or --duckdb FILE"
        )
    for target, write in wanted:
        with Progress() as progress:
            progress.stage(f"writing {target}")
            conversion = Conversion(records, lambda done: progress.update(done, None))
            counts = write(conversion, target)
        note_left_out(conversion.left_out)
        rows = ", ".join(f"{table} {n:,}" for table, n in counts.items())
        click.echo(f"{target}: {conversion.n_records:,} records; rows: {rows}")


@click.command(short_help="Answer one SELECT over records.")
@click.argument("sql", metavar="SQL")
@records_argument
@json_option
@click.option("--csv", "as_csv", is_flag=True, help="Print CSV on stdout.")
@click.option(
    "-o",
    "output",
    type=click.Choice(["table", "md", "csv", "json"]),
    help="How to print it (default: table).",
)
def query(sql: str, records: tuple[Path, ...], as_json: bool, as_csv: bool, output: str | None) -> None:
    """Answer one SELECT over RECORDS, a folder or file that `export` wrote, or the default results.

    Tables: records, speed, latency, energy, memory, tasks, items, comparisons, assumptions, documents.
    """
    from bench.commands.results_data import query as ask

    chosen = {output or "table"} if not (as_json or as_csv) else set()
    chosen |= {name for name, is_asked in (("json", as_json), ("csv", as_csv)) if is_asked}
    chosen |= {output} if output else set()
    if len(chosen) > 1:
        raise InputError(f"asked for {' and '.join(sorted(chosen))} at once", remedy="choose one of them")
    with (
        Progress() as progress,
        ask(sql, records, progress.say, lambda done: progress.update(done, None)) as answer,
    ):
        progress.close()
        _PRINT[chosen.pop()](answer)


def _print_table(answer: "Answer") -> None:
    from bench.reports.dataset.answers import shown

    rows = _first(answer, shown)
    print_table(tuple(shown(name) for name in answer.columns), rows)


def _print_markdown(answer: "Answer") -> None:
    from bench.reports.dataset.answers import markdown, shown

    rows = _first(answer, shown)
    click.echo(markdown(answer.columns, rows), nl=False)


def _first(answer: "Answer", shown: Callable[[object], str]) -> list[tuple[str, ...]]:
    rows = [tuple(map(shown, row)) for row in islice(answer.rows, MOST_SHOWN)]
    if next(answer.rows, None) is not None:
        note(f"these are the first {MOST_SHOWN:,} rows; --csv and --json print all of them")
    return rows


def _print_csv(answer: "Answer") -> None:
    import csv
    import io

    from bench.reports.dataset.answers import csv_cell

    def line(cells: Iterator[str]) -> str:
        sink = io.StringIO()
        csv.writer(sink, lineterminator="\n").writerow(cells)
        return sink.getvalue()

    told = plain if is_terminal() else str  # a file has every cell as it is
    for row in chain([answer.columns], answer.rows):
        click.echo(told(line(map(csv_cell, row))), nl=False)


def _print_json(answer: "Answer") -> None:
    from bench.reports.dataset.answers import json_value

    if twice := [name for name in answer.columns if answer.columns.count(name) > 1]:
        raise InputError(f"two columns are called {twice[0]}", remedy="name one of them with AS")
    print_json_list(
        {name: json_value(value) for name, value in zip(answer.columns, row, strict=True)}
        for row in answer.rows
    )


_PRINT: dict[str, Callable[["Answer"], None]] = {
    "table": _print_table,
    "md": _print_markdown,
    "csv": _print_csv,
    "json": _print_json,
}
