"""``breakeven perplexity``: the arguments, the progress and the printing of what quantization costs."""

from typing import Any

import click

from bench.cli.models import models_file_option
from bench.cli.options import PATH, offline_option
from bench.cli.output import Progress, json_option


@click.command()
@click.argument("models", nargs=-1)
@click.option(
    "--text",
    required=True,
    type=PATH,
    metavar="FILE",
    help="UTF-8 text to score, at least two chunks long; none is shipped.",
)
@click.option(
    "--reference",
    metavar="MODEL",
    help="Also the KL divergence from this model: the least quantized of the same.",
)
@click.option(
    "--ctx", "n_ctx", type=click.IntRange(min=16), default=512, show_default=True, help="Tokens of a chunk."
)
@click.option(
    "--chunks", "n_chunks", type=click.IntRange(min=2), metavar="N", help="Only the first N chunks."
)
@click.option("-t", "--threads", "n_threads", type=click.IntRange(min=1), help="Threads.")
@click.option("--ngl", "n_gpu_layers", type=click.IntRange(min=-1), help="Layers on the GPU; -1: all.")
@models_file_option
@click.option("-o", "--output", "results", type=PATH, help="Folder for records.")
@offline_option
@click.option("--resume", is_flag=True, help="Go on with the last run, which was interrupted.")
@json_option
def perplexity(as_json: bool, n_threads: int | None, n_gpu_layers: int | None, **given: Any) -> None:
    """Score a text with MODELS (default: the default of models.toml): perplexity, each with its interval.

    With --reference, also how far each model's distributions are from the reference's: mean and 99 % KL
    divergence, and how often both call the same token the likeliest. The figures are llama-perplexity's.

    Any running text does, such as a chapter of a book, or the test set of WikiText-2 that others report;
    figures of different texts or chunk lengths are not comparable. Of the text only its hash is kept.
    """
    from bench.commands.perplexity import PerplexityOptions
    from bench.commands.perplexity import perplexity as perplexity_command

    settings: dict[str, object] = {
        name: value
        for name, value in (
            ("n_threads", n_threads),
            ("n_threads_batch", n_threads),
            ("n_gpu_layers", n_gpu_layers),
        )
        if value is not None
    }
    with Progress() as progress:
        outcome = perplexity_command(PerplexityOptions(settings=settings, **given), progress)
    from bench.cli.report import show_outcome

    show_outcome(outcome, as_json=as_json)
