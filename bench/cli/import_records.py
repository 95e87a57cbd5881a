"""``breakeven import``: what other tools measured, beside what breakeven did."""

from pathlib import Path

import click

from bench.cli.options import PATH
from bench.cli.output import json_option, print_json


@click.command("import")
@click.argument("files", nargs=-1, required=True, type=PATH)
@click.option("--results", "-o", type=PATH, help="Folder for the records. Default: as for run.")
@json_option
def import_records(files: tuple[Path, ...], results: Path | None, as_json: bool) -> None:
    """Bring FILES that `llama-bench -o json` or `-o jsonl` wrote into records.

    What llama-bench does not tell stays unknown; `breakeven report` shows the records.
    """
    from bench.commands.import_records import import_files

    paths = [str(path) for path in import_files(files, results)]
    if as_json:
        print_json(paths)
    else:
        click.echo("\n".join(paths))
