"""``breakeven speed``: the arguments, the progress and the printing of a speed grid."""

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from bench.cli.energy import energy_options
from bench.cli.models import models_file_option
from bench.cli.options import LONG_RUN_S, PATH, offline_option, together
from bench.cli.output import Progress, note, note_left_out
from bench.cli.settings import CACHE_TYPES

if TYPE_CHECKING:
    from bench.commands.recording import Outcome

FORMATS = ("md", "json", "jsonl", "csv", "sql")
# Settings that can be varied: field, the words of its flag, what it is, and the least it may be.
COUNTS = {
    "n_gpu_layers": (("-ngl", "--n-gpu-layers"), "Layers on the GPU; -1: all.", -1),
    "n_batch": (("-b", "--batch-size"), "Tokens in one call of the engine.", 1),
    "n_ubatch": (("-ub", "--ubatch-size"), "Tokens in one computation.", 1),
    "n_ctx": (("-c", "--ctx"), "Context as deployed, in tokens.", 1),
    "n_threads": (("-t", "--threads"), "Threads.", 1),
    "n_threads_batch": (("-tb", "--threads-batch"), "Threads of prefill, if not the same.", 1),
}
WORDS = {
    "type_k": (("-ctk", "--cache-type-k"), "KV cache type of keys.", CACHE_TYPES),
    "type_v": (("-ctv", "--cache-type-v"), "KV cache type of values.", CACHE_TYPES),
    "flash_attn": (("-fa", "--flash-attn"), "Flash attention: on, off, auto.", ("on", "off", "auto")),
}
# The order in which a grid is walked, the last fastest: as llama-bench's, so that little is loaded again.
AXES = (
    "n_gpu_layers", "n_ctx", "n_batch", "n_ubatch", "type_k", "type_v", "flash_attn", "n_threads_batch",
    "n_threads",
)  # fmt: skip


def list_option(*words: str, **about: Any) -> Callable[[Any], Any]:
    """A flag with a comma list, which may be given several times as with llama-bench."""
    return click.option(*words, multiple=True, metavar="N,…", **about)


setting_options = together(
    *(list_option(*words, name, help=about) for name, (words, about, _) in {**COUNTS, **WORDS}.items())
)


@click.command(context_settings={"show_default": False})
@click.argument("models", nargs=-1)
@click.option(
    "-m", "--model", "more_models", multiple=True, metavar="MODEL", help="A model, as llama-bench has it."
)
@list_option("-p", "--n-prompt", "n_prompt", help="Prompt tokens; 0: none. [512]")
@list_option("-n", "--n-gen", "n_gen", help="Generated tokens; 0: none. [128]")
@click.option(
    "-pg", "n_pg", multiple=True, metavar="PP,TG", help="A prompt and then generation, timed together."
)
@list_option("-d", "--n-depth", "n_depth", help="Tokens that are in the cache before. [0]")
@list_option("--parallel", "n_parallel", help="Sequences at once, each with -p and -n tokens.")
@click.option(
    "--warm-prefix",
    "has_warm_prefix",
    is_flag=True,
    help="Also prompts that are in the cache but for one token.",
)
@click.option(
    "--requests", multiple=True, metavar="TASK[=N]", help="TTFT, ITL and TPOT of a task's own prompts."
)
@click.option(
    "--sustained",
    "sustained_s",
    type=LONG_RUN_S,
    metavar="S",
    help="Also go on for S seconds: does the rate hold?",
)
@click.option(
    "--loads",
    "n_loads",
    type=click.IntRange(0, 100),
    default=0,
    metavar="N",
    help="Load N times cold and N times warm.",
)
@setting_options
@click.option(
    "-r",
    "--repetitions",
    default="auto",
    metavar="auto|N",
    help="Until the interval is narrow, or N times. [auto]",
)
@click.option(
    "--budget",
    "budget_s",
    type=LONG_RUN_S,
    metavar="S",
    help="Seconds per model and settings. [30 a point]",
)
@click.option(
    "--ceilings/--no-ceilings",
    "has_ceilings",
    default=True,
    help="Measure what memory and kernels give at most. [on]",
)
@click.option(
    "--energy/--no-energy",
    "has_energy",
    default=None,
    help="Also joules of each point. [where there is a meter]",
)
@energy_options
@click.option("--seed", type=click.IntRange(min=0), default=1, help="Which tokens and requests. [1]")
@models_file_option
@click.option(
    "-o", "--output", type=click.Choice(FORMATS), help="Print as llama-bench does, instead of a report."
)
@click.option("--results", type=PATH, help="Folder for records.")
@offline_option
@click.option("--resume", is_flag=True, help="Go on with the last run, which was interrupted.")
def speed(output: str | None, **given: Any) -> None:
    """Measure how fast MODELS (default: the default of models.toml) are here, over a grid of points.

    Flags, lists (512,1024), ranges (0-4096+1024, 1-16*2) and test names are llama-bench's. Every repetition
    is kept with what disturbed it; a point is repeated until its 95 % interval is within 2 % of its median.
    """
    from bench.commands.grid import parse_numbers, parse_pairs
    from bench.commands.options import SpeedOptions
    from bench.commands.speed import speed as speed_command

    for name, flag in (("n_prompt", "-p"), ("n_gen", "-n"), ("n_depth", "-d"), ("n_parallel", "--parallel")):
        if words := given.pop(name):
            given[name] = parse_numbers(",".join(words), flag=flag)
    if words := given.pop("n_pg"):
        given["n_pg"] = parse_pairs(",".join(words))
    given["models"] += given.pop("more_models")
    given["repetitions"] = _repetitions(given["repetitions"])
    with Progress() as progress:
        outcome = speed_command(SpeedOptions(axes=_axes(given), **given), progress)
    _show(outcome, output)
    if outcome.has_failures:
        raise SystemExit(2)


def _axes(given: dict[str, Any]) -> dict[str, tuple[object, ...]]:
    """Takes the settings out of ``given``: the values of each that was named, in the grid's order."""
    from bench.commands.grid import FLASH_ATTN_ALIASES, parse_numbers, parse_words

    axes: dict[str, tuple[object, ...]] = {}
    for name in AXES:
        words = given.pop(name)
        if not words:
            continue
        text = ",".join(words)
        if name in COUNTS:
            flags, _, least = COUNTS[name]
            axes[name] = parse_numbers(text, flag=flags[0], allow_negative=least < 0)
            _check_least(axes[name], least, flags[0])
        else:
            flags, _, allowed = WORDS[name]
            axes[name] = parse_words(text, allowed, flags[0], FLASH_ATTN_ALIASES)
    return axes


def _check_least(values: tuple[Any, ...], least: int, flag: str) -> None:
    from bench.errors import InputError

    if min(values) < least:
        raise InputError(f"{min(values)} is too small", where=flag, remedy=f"give at least {least}")


def _repetitions(word: str) -> int | None:
    from bench.errors import InputError

    if word == "auto":
        return None
    if not re.fullmatch("[0-9]{1,6}", word) or not 1 <= int(word) <= 100_000:
        raise InputError(
            f"{word!r} is no number of repetitions", where="-r", remedy="give auto, or 1 or more"
        )
    return int(word)


def _show(outcome: "Outcome", output: str | None) -> None:
    from bench.cli.report import show_records

    if output is None:
        show_records(outcome.records)
    else:
        from bench.reports.llama_bench import render

        rendered = render(outcome.records, output)
        click.echo(rendered.text, nl=False)
        note_left_out(rendered.left_out)
    for path in outcome.paths:
        note(f"record: {path}")
