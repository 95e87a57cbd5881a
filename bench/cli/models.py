"""``breakeven models``, and ``models pull``, ``verify`` and ``fit``."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from bench.cli.options import PATH
from bench.cli.output import Progress, json_option, note, print_json, print_table
from bench.cli.settings import CACHE_TYPES

models_file_option = click.option("--models", "models_file", type=PATH, help="Read this models.toml.")


@click.group(invoke_without_command=True)
@models_file_option
@json_option
@click.pass_context
def models(ctx: click.Context, models_file: Path | None, as_json: bool) -> None:
    """List the models of models.toml with size and whether they are here; pull, verify or fit one."""
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


@models.command(short_help="Fetch models into the cache.")
@click.argument("names", nargs=-1, required=True)
@json_option
@click.pass_obj
def pull(models_file: Path | None, names: tuple[str, ...], as_json: bool) -> None:
    """Fetch models into the cache (a requantized one is made here)."""
    from bench.commands.models import pull_model

    rows = []
    for name in names:
        with Progress() as progress:
            rows.append(pull_model(name, models_file, progress))
    _print_rows(rows, as_json)


@models.command()
@click.argument("names", nargs=-1, required=True)
@json_option
@click.pass_obj
def verify(models_file: Path | None, names: tuple[str, ...], as_json: bool) -> None:
    """Hash what is in the cache again and compare."""
    from bench.commands.models import verify_model

    _print_rows([verify_model(name, models_file) for name in names], as_json)


@models.command(short_help="Predict what memory a model takes here.")
@click.argument("name")
@click.option("--ctx", "-c", "n_ctx", type=click.IntRange(min=1), help="Context in tokens.")
@click.option("-ctk", "--cache-type-k", "type_k", type=click.Choice(CACHE_TYPES), help="Type of keys.")
@click.option("-ctv", "--cache-type-v", "type_v", type=click.Choice(CACHE_TYPES), help="Type of values.")
@click.option("-ngl", "--n-gpu-layers", type=int, help="Layers to put on GPUs; negative: all.")
@json_option
@click.pass_obj
def fit(models_file: Path | None, /, name: str, as_json: bool, **asked: Any) -> None:
    """Predict from the header of NAME's file what memory it takes, and whether and how far it fits here."""
    from bench.commands.memory_fit import fit_model
    from bench.commands.models import fit_rows

    found = fit_model(name, models_file, asked)
    if as_json:
        print_json({**asdict(found), "predicted": found.predicted.model_dump()})
        return
    cache = f"{found.type_k}/{found.type_v}"
    print_table((found.name, f"{found.n_ctx:,} tokens, cache {cache}"), fit_rows(found))


def _print_rows(rows: list[dict[str, object]], as_json: bool) -> None:
    if as_json:
        print_json(rows)
        return
    for row in rows:
        click.echo(f"{row['name']}  {row['sha256']}  pinned by {row['pinned_by']}  {row['path']}")
