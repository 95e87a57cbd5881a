"""``breakeven models``, ``models pull NAME`` and ``models verify NAME``."""

from dataclasses import asdict
from pathlib import Path

import click

from bench.cli.output import Progress, json_option, note, print_json, print_table

models_file_option = click.option(
    "--models", "models_file", type=click.Path(path_type=Path), help="Read this models.toml."
)


@click.group(invoke_without_command=True)
@models_file_option
@json_option
@click.pass_context
def models(ctx: click.Context, models_file: Path | None, as_json: bool) -> None:
    """List the models of models.toml with size and whether they are here; pull or verify one."""
    ctx.obj = models_file
    if ctx.invoked_subcommand is not None:
        return
    from bench.commands.models import list_models

    listing = list_models(models_file)
    if as_json:
        print_json(asdict(listing))
        return
    columns = ("name", "size", "here", "params", "context", "licence", "source", "pinned")
    print_table(columns, [tuple(str(row[c]) for c in columns) for row in listing.models])
    note(f"read from {listing.read_from}; cache: {listing.cache}")


@models.command()
@click.argument("names", nargs=-1, required=True)
@json_option
@click.pass_obj
def pull(models_file: Path | None, names: tuple[str, ...], as_json: bool) -> None:
    """Fetch models into the cache (a requantized one is made here)."""
    from bench.commands.models import pull_model

    progress = Progress()
    rows = []
    for name in names:
        rows.append(pull_model(name, models_file, progress))
        progress.close()
    _print_rows(rows, as_json)


@models.command()
@click.argument("names", nargs=-1, required=True)
@json_option
@click.pass_obj
def verify(models_file: Path | None, names: tuple[str, ...], as_json: bool) -> None:
    """Hash what is in the cache again and compare."""
    from bench.commands.models import verify_model

    _print_rows([verify_model(name, models_file) for name in names], as_json)


def _print_rows(rows: list[dict[str, object]], as_json: bool) -> None:
    if as_json:
        print_json(rows)
        return
    for row in rows:
        click.echo(f"{row['name']}  {row['sha256']}  pinned by {row['pinned_by']}  {row['path']}")
