"""``breakeven compare``: two records, or two sides that are measured in turn."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from bench.cli.models import models_file_option
from bench.cli.options import LONG_RUN_S, PATH, check_targets, markdown_option, offline_option
from bench.cli.output import Progress, json_option, note, print_json, screen

if TYPE_CHECKING:
    from bench.commands.compare import Gate
    from bench.commands.recording import Outcome
    from bench.reports.rows.comparison import Compared

WIDTH_WITHOUT_TERMINAL = 80
# Of --interleave: the option's field, and how it is written.
ONLY_INTERLEAVED = {
    "n_prompt": "-p",
    "n_gen": "-n",
    "n_depth": "-d",
    "n_rounds": "-r",
    "budget_s": "--budget",
    "models_file": "--models",
    "results": "--results",
    "is_offline": "--offline",
}


@click.command()
@click.argument("a")
@click.argument("b")
@click.option(
    "--interleave", "is_interleaved", is_flag=True, help="Measure both now, loaded at once: A B B A."
)
@click.option("-p", "--n-prompt", "n_prompt", metavar="N,…", help="Prompt tokens; 0: none. [512]")
@click.option("-n", "--n-gen", "n_gen", metavar="N,…", help="Generated tokens; 0: none. [128]")
@click.option("-d", "--n-depth", "n_depth", metavar="N,…", help="Tokens in the cache before. [0]")
@click.option(
    "-r",
    "--rounds",
    "n_rounds",
    type=click.IntRange(3, 10_000),
    metavar="N",
    help="So many rounds, instead of until the ratio is known to 1 %.",
)
@click.option("--budget", "budget_s", type=LONG_RUN_S, metavar="S", help="Seconds. [120]")
@click.option("--results", type=PATH, help="Folder for the two records.")
@offline_option
@models_file_option
@click.option(
    "--fail-on-regression",
    "limit",
    metavar="P%",
    help="End with 1 when B is slower by more than P % in any speed test, with 2 when a test has no result.",
)
@click.option("--anyway", is_flag=True, help="Compare what does not belong beside each other.")
@markdown_option
@json_option
def compare(
    a: str,
    b: str,
    is_interleaved: bool,
    limit: str | None,
    anyway: bool,
    markdown_file: Path | None,
    as_json: bool,
    **given: Any,
) -> None:
    """Say how much faster or slower B is than A, and how sure that is.

    A and B are record files. With --interleave they are models, each with settings if wanted
    (MODEL@t=1,fa=on,ctk=q8_0), or records, whose model and settings are run again.
    """
    from bench.commands import compare as command

    check_targets({"--md": markdown_file}, (Path(a), Path(b)))
    share = None if limit is None else command.parse_percent(limit)
    outcome: Outcome | None = None
    if is_interleaved:
        outcome = _interleave(a, b, given, must_be_alike=share is not None and not anyway)
        records = outcome.records
    else:
        _refuse_flags(given)
        records = (command.read_side(a), command.read_side(b))
    compared = command.compare_records(*records, is_gated=share is not None, anyway=anyway)
    gate = None if share is None else command.gate(compared, share)
    _show(compared, gate, markdown_file, as_json=as_json)
    if gate is not None and gate.exit_code:
        raise SystemExit(gate.exit_code)
    if outcome is not None and outcome.has_failures:
        raise SystemExit(2)


def _interleave(a: str, b: str, given: dict[str, Any], *, must_be_alike: bool) -> "Outcome":
    from bench.commands.grid import parse_numbers
    from bench.commands.interleave import InterleaveOptions, interleave

    for name in ("n_prompt", "n_gen", "n_depth"):
        if given[name] is not None:
            given[name] = parse_numbers(given[name], flag=ONLY_INTERLEAVED[name])
    chosen = {name: value for name, value in given.items() if value is not None}
    with Progress() as progress:
        outcome = interleave(a, b, InterleaveOptions(must_be_alike=must_be_alike, **chosen), progress)
    for path in outcome.paths:
        note(f"record: {path}")
    for side, record in zip("AB", outcome.records, strict=True):
        for failure in record.failures:
            note(f"{side}, {failure.unit} failed: {failure.kind}: {failure.what}")
    return outcome


def _refuse_flags(given: dict[str, Any]) -> None:
    """Records are what they are: a flag that would change what is measured must not be passed over."""
    from bench.errors import InputError

    for name, flag in ONLY_INTERLEAVED.items():
        if given[name]:
            raise InputError("records are not measured again", where=flag, remedy="add --interleave")


def _show(compared: "Compared", gate: "Gate | None", markdown_file: Path | None, *, as_json: bool) -> None:
    from bench.commands.compare import write_markdown
    from bench.reports.comparison import document, render_terminal

    if as_json:
        verdict = None if gate is None else gate.document()
        print_json(document(compared) | {"gate": verdict})
    elif markdown_file is None:
        width, color = screen(WIDTH_WITHOUT_TERMINAL)
        click.echo(render_terminal(compared, width=width, color=color), nl=False)
    if markdown_file is not None and (text := write_markdown(compared, markdown_file)) is not None:
        click.echo(text, nl=False)
    if gate is not None:
        for line in gate.sentences():
            note(line)
