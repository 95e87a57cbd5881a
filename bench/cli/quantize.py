"""``breakeven quantize``: another quantization of a model, by the engine's own quantizer."""

from dataclasses import asdict
from pathlib import Path

import click

from bench.cli.models import models_file_option
from bench.cli.options import PATH
from bench.cli.output import Progress, json_option, print_json


@click.command()
@click.argument("model")
@click.option(
    "--to",
    "to",
    multiple=True,
    required=True,
    metavar="TYPE,…",
    help="Q8_0, Q4_K_M, …; several, or repeated.",
)
@click.option(
    "--dry-run", "is_dry_run", is_flag=True, help="Say how large the files would be; write nothing."
)
@click.option(
    "-o",
    "--output",
    type=PATH,
    default=".",
    help="Folder for the files; default: here.",
)
@click.option("--force", "is_forced", is_flag=True, help="Replace files that are there already.")
@click.option("--offline", is_flag=True, help="Never use the network.")
@models_file_option
@json_option
def quantize(
    model: str,
    to: tuple[str, ...],
    is_dry_run: bool,
    output: Path,
    is_forced: bool,
    offline: bool,
    models_file: Path | None,
    as_json: bool,
) -> None:
    """Write MODEL (a name of models.toml or a .gguf file) as NAME-TYPE.gguf, for each TYPE.

    `breakeven run NAME-TYPE.gguf` measures it.
    """
    from bench.commands.quantize import QuantizeOptions, told
    from bench.commands.quantize import quantize as make

    rows: list[dict[str, object]] = []
    options = QuantizeOptions(model, to, output, is_forced, is_dry_run, models_file, offline)
    with Progress() as progress:
        for one in make(options, progress):
            progress.close()
            rows.append(asdict(one))
            if not as_json:
                click.echo("\n".join(told(one)))
    if as_json:
        print_json(rows)
