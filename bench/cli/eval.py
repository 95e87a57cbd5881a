"""``breakeven eval``: the arguments, the progress and the printing of quality alone."""

from typing import TYPE_CHECKING, Any

import click

from bench.cli.asking import asking_options, take_sampling
from bench.cli.models import models_file_option
from bench.cli.options import PATH, offline_option
from bench.cli.output import Progress, json_option, note, print_json, screen
from bench.cli.settings import settings_options, take_settings

if TYPE_CHECKING:
    from bench.commands.eval import Evaluation


@click.command(name="eval")
@click.argument("models", nargs=-1)
@click.option(
    "--task",
    "tasks",
    multiple=True,
    required=True,
    metavar="TASK",
    help="Task name or .jsonl file; repeatable.",
)
@click.option(
    "--transcript",
    "transcripts",
    multiple=True,
    metavar="[TASK=]FILE",
    help="What a hosted model answered to the same items; TASK@NAME=FILE says whose it is.",
)
@click.option("--limit", type=click.IntRange(min=1), help="Items per task, instead of all.")
@click.option(
    "--shots", "n_shots", type=click.IntRange(min=0), metavar="K", help="Worked examples before each item."
)
@click.option("--allow-code", "may_run_code", is_flag=True, help="Run code of answers, in a sandbox.")
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Which items run.")
@asking_options
@settings_options
@models_file_option
@click.option("-o", "--output", type=PATH, help="Folder for records.")
@offline_option
@click.option("--resume", is_flag=True, help="Go on with the last evaluation, which was interrupted.")
@json_option
def evaluate(as_json: bool, **given: Any) -> None:
    """Score MODELS (default: the default of models.toml) on tasks: no speed, no energy, no verdict.

    All items are asked, of every model the same. Several models, and transcripts, are compared in pairs.
    """
    from bench.commands.eval import evaluate as command
    from bench.commands.options import EvalOptions

    settings, sampling = take_settings(given), take_sampling(given)
    with Progress() as progress:
        found = command(EvalOptions(settings=settings, sampling=sampling, **given), progress)
    if as_json:
        print_json(found.document())
    else:
        _show(found)
        for path in found.outcome.paths:
            note(f"record: {path}")
    if found.outcome.has_failures:
        raise SystemExit(2)


def _show(found: "Evaluation") -> None:
    from bench.reports.tables.paired import hosted_table, pair_table
    from bench.reports.terminal import render

    pairs = pair_table(found.pairs)
    width, color = screen()
    tables = (hosted_table(found.hosted), pairs)
    click.echo(render(found.outcome.records, width=width, color=color, also=tables), nl=False)
    if not pairs.rows:  # a table without rows is not drawn
        for told in pairs.notes:
            click.echo(told)
