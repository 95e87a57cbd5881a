"""``breakeven board``: check submitted records, and publish many machines' records as a static site."""

from pathlib import Path

import click

from bench.cli.options import PATH
from bench.cli.output import Progress, json_option, note, note_left_out, print_json


@click.group()
def board() -> None:
    """Check submitted records; make a static site over many machines' records."""


@board.command(short_help="Say whether records can be published, and rank.")
@click.argument("records", nargs=-1, required=True, type=PATH)
@json_option
def check(records: tuple[Path, ...], as_json: bool) -> None:
    """Say of each of RECORDS (files or folders) whether it can be published, and whether it ranks."""
    from bench.commands.board import check as check_records
    from bench.reports.words.figures import clean

    told, n_refused, n = [], 0, 0
    for one in check_records(records):
        n += 1
        n_refused += one.is_refused
        if as_json:
            told.append(
                {
                    "file": str(one.file),
                    "id": one.record_id,
                    "is_refused": one.is_refused,
                    "ranks": one.ranks,
                    "findings": [
                        {"level": f.level, "path": f.path, "what": f.what, "remedy": f.remedy}
                        for f in one.findings
                    ],
                }
            )
            continue
        verdict = "refused" if one.is_refused else "ranks" if one.ranks else "shown, not ranked"
        click.echo(f"{clean(str(one.file))}: {verdict}")
        for finding in one.findings:
            click.echo(f"  {finding.level}: {clean(str(finding))}\n    → {clean(finding.remedy)}")
    if as_json:
        print_json(told)
    else:
        note(f"{n:,} checked, {n_refused:,} refused")
    if n_refused:
        raise SystemExit(2)


@board.command(short_help="Make a static site of the records in folders.")
@click.argument("folders", nargs=-1, required=True, metavar="DIR...", type=PATH)
@click.option("-o", "--output", "site", required=True, type=PATH, help="Folder of the site.")
@click.option("--title", help="Name of the board.")
@click.option("--no-parquet", is_flag=True, help="Leave Parquet out, also where DuckDB is installed.")
@json_option
def build(folders: tuple[Path, ...], site: Path, title: str | None, no_parquet: bool, as_json: bool) -> None:
    """Make a static site of the records in DIR..., in place of an earlier one; refused ones are named."""
    from bench.commands.board import build as build_site
    from bench.records.left_out import first_told

    with Progress() as progress:
        progress.stage("reading records")
        built = build_site(
            folders,
            site,
            title=title,
            with_parquet=False if no_parquet else None,
            watch=lambda n: progress.update(n, None),
        )
    if as_json:
        print_json(
            {
                "site": str(built.site),
                "n_records": built.n_records,
                "n_pages": built.n_pages,
                "refused": [one._asdict() for one in built.refused],
            }
        )
        return
    note_left_out(first_told(built.refused, len(built.refused), "refused.html tells each"), how="refused")
    click.echo(f"{built.n_records:,} records on {built.n_pages:,} pages: {built.site / 'index.html'}")
