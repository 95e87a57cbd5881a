"""``breakeven results list``, ``show``, ``verify`` and ``merge``: saved records as files."""

from collections.abc import Iterable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from bench.cli.options import PATH
from bench.cli.output import (
    json_option,
    note_left_out,
    plain,
    print_json,
    print_json_list,
    print_table,
    records_argument,
)

if TYPE_CHECKING:
    from bench.errors import RecordError
    from bench.reports.listing import ListingRow


@click.command("list", short_help="List records, one line each.")
@records_argument
@json_option
def list_records(records: tuple[Path, ...], as_json: bool) -> None:
    """List RECORDS (files or folders; default: the default results folder), one line each."""
    from bench.commands import results as command
    from bench.reports.listing import COLUMNS, cells

    rows = _told_apart(command.list_records(records))
    if as_json:
        print_json_list(asdict(row) for row in rows)
    else:
        print_table(COLUMNS, (cells(row) for row in rows))


@click.command(short_help="Show one record.")
@click.argument("record")
@json_option
def show(record: str, as_json: bool) -> None:
    """Show RECORD: a file, or the beginning of an id in the default results folder."""
    from bench.cli.report import show_records
    from bench.commands.results import find_record

    found = find_record(record)
    if as_json:
        print_json(found.model_dump(mode="json"))
    else:
        show_records([found])


@click.command(short_help="Check schema, hash, name and privacy of records.")
@records_argument
@json_option
def verify(records: tuple[Path, ...], as_json: bool) -> None:
    """Check RECORDS (files or folders; default: the default results folder).

    Schema, hash, series beside the record, the file's name, and whether anything names a person, a host or a
    place. Ends with 2 when anything is wrong.
    """
    from bench.commands import results as command

    n_files = n_wrong = 0

    def counted() -> Iterator[dict[str, Any]]:
        nonlocal n_files, n_wrong
        for one in command.verify(records):
            n_files += 1
            n_wrong += bool(one.problems)
            problems = [asdict(problem) for problem in one.problems]
            yield {"file": str(one.file), "id": one.id, "problems": problems}

    if as_json:
        print_json_list(counted())
    else:
        for one in counted():
            for problem in one["problems"]:
                where = ": ".join(filter(None, (one["file"], problem["place"])))
                click.echo(plain(f"{where}: {problem['what']}"))
        click.echo(f"{n_files:,} files, {n_wrong:,} with problems")
    if n_wrong:
        raise SystemExit(2)


@click.command(short_help="Copy records of several folders into one.")
@click.argument("folders", nargs=-1, required=True, type=PATH)
@click.option("--results", "-o", required=True, type=PATH, help="Folder to copy them into.")
@json_option
def merge(folders: tuple[Path, ...], results: Path, as_json: bool) -> None:
    """Copy the records of FOLDERS (or files) into one folder, each once, with their series.

    A record that has the id of another one but other content is left out and named. Ends with 2 then.
    """
    from bench.commands.results import merge_into
    from bench.records.left_out import LeftOut

    refused = LeftOut("with --json each is told")
    counts = {"copied": 0, "already there": 0, "refused": 0}

    def counted() -> Iterator[dict[str, Any]]:
        for one in merge_into(folders, results):
            counts[one.outcome] += 1
            why = one.refused_because
            if why is not None:
                refused.add(why)
            yield {"file": str(one.file), "outcome": one.outcome, "refused_because": why and why.reason}

    if as_json:
        print_json_list(counted())
    else:
        for _ in counted():
            pass
        click.echo(f"{results}: " + ", ".join(f"{n:,} {outcome}" for outcome, n in counts.items()))
    note_left_out(refused)
    if counts["refused"]:
        raise SystemExit(2)


def _told_apart(found: "Iterable[ListingRow | RecordError]") -> "Iterator[ListingRow]":
    """The rows; after them is told what was no record."""
    from bench.errors import RecordError
    from bench.records.left_out import LeftOut

    left_out = LeftOut()
    for one in found:
        if isinstance(one, RecordError):
            left_out.add(one)
        else:
            yield one
    note_left_out(left_out)
