"""``breakeven run``: the arguments, the progress and the printing of the main job."""

from pathlib import Path
from typing import Any

import click

from bench.cli.asking import asking_options, take_sampling
from bench.cli.energy import energy_options
from bench.cli.models import models_file_option
from bench.cli.options import LONG_RUN_S, PATH, check_targets, offline_option
from bench.cli.output import Progress, json_option
from bench.cli.scenario import scenario_options, take_scenario
from bench.cli.settings import settings_options, take_settings
from bench.commands.options import BUDGET_S, QUICK_BUDGET_S, RunOptions
from bench.errors import InputError

BUDGET_HELP = f"Seconds per model. [{BUDGET_S:g}; with --quick {QUICK_BUDGET_S:g}]"


@click.command()
@click.argument("models", nargs=-1)
@click.option("--task", "tasks", multiple=True, metavar="TASK", help="Task name or .jsonl file; repeatable.")
@click.option(
    "--transcript",
    "transcripts",
    multiple=True,
    metavar="[TASK[@API]=]FILE",
    help="What an API answered to the same items.",
)
@click.option(
    "--quick",
    "is_quick",
    is_flag=True,
    help="The whole path in under a minute on an idle machine, with wider intervals.",
)
@click.option("--budget", "budget_s", type=LONG_RUN_S, metavar="S", help=BUDGET_HELP)
@click.option("--limit", type=click.IntRange(min=1), help="Items per task, instead of what the budget plans.")
@click.option("--allow-code", "may_run_code", is_flag=True, help="Run code of answers, in a sandbox.")
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Which items run.")
@asking_options
@settings_options
@energy_options
@scenario_options
@models_file_option
@click.option("-o", "--output", type=PATH, help="Folder for records.")
@click.option("--html", "html_file", type=PATH, help="Write a page for browsers, too.")
@offline_option
@click.option("--resume", is_flag=True, help="Go on with the last run, which was interrupted.")
@json_option
def run(as_json: bool, html_file: Path | None, **given: Any) -> None:
    """Measure MODELS (default: the default of models.toml) on tasks, price the APIs, give the verdict.

    A model is a name of models.toml, a path to a .gguf file, ollama:NAME, or a file in the cache of the
    hub or LM Studio. Records are written to ./results in a checkout, else to the user's data folder.
    """
    from bench.commands.run import run as run_command
    from bench.records.results_folder import prepare_folder

    if html_file is not None:
        if str(html_file) == "-":
            raise InputError("the page goes in a file of its own here", remedy="--html FILE")
        check_targets({"--html": html_file}, map(Path, (*given["models"], *given["tasks"])))
        prepare_folder(html_file.parent)  # before minutes are spent on what cannot be written
    scenario = take_scenario(given)
    settings, sampling = take_settings(given), take_sampling(given)
    options = RunOptions(settings=settings, sampling=sampling, scenario=scenario, **given)
    with Progress() as progress:
        outcome = run_command(options, progress)
    from bench.cli.report import show_outcome

    show_outcome(outcome, as_json=as_json, html_file=html_file)
