"""``breakeven cost``: the arguments and the printing of conclusions drawn anew."""

import gc
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from bench.cli.options import PATH, check_targets
from bench.cli.output import json_option, note, note_left_out, print_json, records_argument, screen
from bench.cli.report import check_charts, file_options, show_charts, tell_written
from bench.cli.scenario import scenario_options, take_scenario
from bench.commands.cost_options import CostOptions
from bench.errors import InputError

if TYPE_CHECKING:
    from bench.commands.cost import Costed
    from bench.commands.workload import Priced

MOST_NOTED = 5
_FILES = frozenset({"--md", "--csv", "--html", "--charts"})


@click.command()
@records_argument
@click.option("--task", "tasks", multiple=True, metavar="TASK", help="Only this task; repeatable.")
@click.option(
    "--transcript",
    "transcripts",
    multiple=True,
    metavar="[TASK[@API]=]FILE",
    help="What an API answered to the same items; TASK may be the path of a task of your own.",
)
@click.option(
    "--allow-code", "may_run_code", is_flag=True, help="Run code of a transcript's answers, in a sandbox."
)
@click.option(
    "--explain",
    "is_explained",
    is_flag=True,
    help="Print each computation line by line, to be redone by hand.",
)
@click.option(
    "--load-curve",
    "has_load_curves",
    is_flag=True,
    help="Simulate each task from 10 to 120 % of what the device can do, too.",
)
@scenario_options
@click.option("--all", "has_all", is_flag=True, help="Show every table, not only what the verdicts rest on.")
@json_option
@file_options
@click.option(
    "--workload",
    type=PATH,
    metavar="FILE",
    help="Price these requests instead: token counts in .jsonl, .json, .csv; on the devices of RECORDS, too.",
)
def cost(
    as_json: bool,
    has_all: bool,
    markdown_file: Path | None,
    csv_file: Path | None,
    html_file: Path | None,
    chart_folder: Path | None,
    with_png: bool,
    **given: Any,
) -> None:
    """Draw conclusions from RECORDS (files or folders; default: the default results folder) anew.

    No model is run: the same measurements under other prices, another device, another volume. What a run
    was told is not taken over, so say again what is to hold.
    """
    check_charts(chart_folder, with_png)
    scenario = take_scenario(given)
    files = {"--md": markdown_file, "--csv": csv_file, "--html": html_file, "--charts": chart_folder}
    forms = {**files, "--json": as_json, "--explain": given["is_explained"]}
    if given["is_explained"]:  # it tells neither the other tables nor a load
        forms |= {"--all": has_all, "--load-curve": given["has_load_curves"]}
    asked = [flag for flag, value in forms.items() if value]
    _check_forms(asked)
    tables = [flag for flag in asked if flag in _FILES] or (["--all"] if has_all and not asked else [])
    _check_targets({flag: files[flag] for flag in ("--md", "--csv", "--html")}, given)
    most_in_full = None if has_all or asked else _most_in_full()
    options = CostOptions(
        scenario=scenario, of_one_scenario=next(iter(tables), None), most_in_full=most_in_full, **given
    )
    # Records are many objects that live to the end, and looking through them for cycles takes a tenth of the
    # time. Not for every verb: DuckDB's binding calls leaked what is not looked through.
    gc.disable()
    click.get_current_context().call_on_close(gc.enable)
    from bench.commands.cost import cost as command
    from bench.commands.workload import price_workload

    priced = price_workload(options)
    if priced is not None:
        for flag, file in files.items():
            _refuse_file(file, flag)
        _show_priced(priced, as_json)
        return
    found = command(options)
    gc.freeze()  # nor at the end
    note_left_out(found.broken)
    for one in found.unsaid[:MOST_NOTED]:
        note(f"told to the runs and not here: {one.name} {one.value} {one.unit} ({one.flag})")
    if any(file is not None for file in files.values()):
        _write(found, markdown_file, csv_file, html_file)
        if chart_folder is not None:
            show_charts(found.concluded[0].records, chart_folder, with_png)
    elif as_json:
        print_json(_document(found))
    elif given["is_explained"]:
        _explain(found)
    else:
        _show(found, has_all)


def _most_in_full() -> int:
    from bench.reports.tables.asked import MOST_IN_FULL

    return MOST_IN_FULL


def _check_targets(targets: Mapping[str, Path | None], given: Mapping[str, Any]) -> None:
    from bench.records.results_folder import given_or_default

    transcripts = (Path(said.rpartition("=")[2]) for said in given["transcripts"])
    others = (given["workload"], given["scenario_file"], given["arrivals"])
    check_targets(targets, (*given_or_default(given["records"]), *transcripts, *others))


def _check_forms(asked: Sequence[str]) -> None:
    """All files may be written at once; else there is one form of output."""
    if len(asked) > 1 and not _FILES.issuperset(asked):
        raise InputError(
            "these are different forms of the same conclusions, and one is shown",
            where=" and ".join(asked),
            remedy="ask for one at a time",
        )


def _refuse_file(file: Path | None, flag: str) -> None:
    if file is not None:
        raise InputError(
            "requests that are priced are no records", where=flag, remedy="--json has every figure"
        )


def _write(
    found: "Costed", markdown_file: Path | None, csv_file: Path | None, html_file: Path | None
) -> None:
    from bench.commands.report import write_csv, write_html, write_markdown

    (one,) = found.concluded
    if markdown_file is not None:
        tell_written(write_markdown(one.records, markdown_file, one.frontiers), markdown_file)
    if csv_file is not None:
        tell_written(write_csv(one.records, csv_file), csv_file)
    if html_file is not None:
        tell_written(write_html(one.records, html_file), html_file)


def _show_priced(priced: "Priced", as_json: bool) -> None:
    from bench.reports.tables.workload import workload_tables
    from bench.reports.terminal import render_tables

    note_left_out(priced.broken)
    if as_json:
        told = ((one.differs_by, one.cost.model_dump(mode="json")) for one in priced.workloads)
        print_json([{"differs_by": differs_by, "workload": cost} for differs_by, cost in told])
        return
    width, color = screen()
    tables = [table for one in priced.workloads for table in workload_tables(one.cost, one.differs_by)]
    click.echo(render_tables(tables, width=width, color=color), nl=False)


def _document(found: "Costed") -> list[dict[str, Any]]:
    return [
        {
            "differs_by": one.differs_by,
            "records": [
                {
                    "id": record.id,
                    "model": record.model.name,
                    "assessment": record.assessment,
                }
                for record in one.records
            ],
            "frontiers": one.frontiers,
        }
        for one in found.concluded
    ]


def _show(found: "Costed", has_all: bool) -> None:
    from bench.reports.tables.sweep import sweep_table
    from bench.reports.terminal import render, render_tables

    width, color = screen()
    if len(found.concluded) == 1:
        (one,) = found.concluded
        answered = tuple(record for record in one.records if record.tasks)
        if 0 < len(answered) < len(one.records):
            note(
                f"records without tasks, of which nothing can be compared: {len(one.records) - len(answered)}"
            )
        text = render(
            answered or one.records,
            width=width,
            color=color,
            frontiers=one.frontiers,
            has_evidence=False,
            has_all=has_all,
        )
    else:
        swept = sweep_table([(one.differs_by, one.records) for one in found.concluded])
        text = render_tables([swept], width=width, color=color)
    click.echo(text, nl=False)


def _explain(found: "Costed") -> None:
    from bench.reports.explain import explained_text

    width, _ = screen()
    for one in found.concluded:
        click.echo(explained_text(one.records, one.differs_by, width=width), nl=False)
