"""``breakeven cost``: the arguments and the printing of conclusions drawn anew."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from bench.cli.output import json_option, note, print_json, screen
from bench.cli.scenario import scenario_options, take_scenario
from bench.commands.options import CostOptions
from bench.errors import InputError

if TYPE_CHECKING:
    from bench.commands.cost import Costed
    from bench.commands.workload import Priced


@click.command()
@click.argument("records", nargs=-1, type=click.Path(path_type=Path))
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
@json_option
@click.option("--csv", "csv_file", type=click.Path(path_type=Path), help="Write CSV here (- for stdout).")
@click.option(
    "--workload",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Price these requests instead: token counts in .jsonl or .csv; on the devices of RECORDS, too.",
)
def cost(as_json: bool, csv_file: Path | None, **given: Any) -> None:
    """Draw conclusions from RECORDS (files or folders; default: the default results folder) anew.

    No model is run: the same measurements under other prices, another device, another volume.
    """
    from bench.commands.cost import cost as command
    from bench.commands.workload import price_workload

    scenario = take_scenario(given)
    options = CostOptions(scenario=scenario, **given)
    priced = price_workload(options)
    if priced is not None:
        _refuse_csv(csv_file, "requests that are priced are no records")
        _show_priced(priced, as_json)
        return
    found = command(options)
    for error in found.broken:
        note(f"left out: {error}")
    if csv_file is not None:
        _write_csv(found, csv_file)
    elif as_json:
        print_json(_document(found))
    elif given["is_explained"]:
        _explain(found)
    else:
        _show(found)


def _refuse_csv(file: Path | None, why: str) -> None:
    if file is not None:
        raise InputError(why, where="--csv", remedy="--json has every figure")


def _write_csv(found: "Costed", file: Path) -> None:
    from bench.commands.report import write_csv

    if len(found.concluded) > 1:
        _refuse_csv(file, "the scenario file sweeps, and a table has one scenario")
    text = write_csv(found.concluded[0].records, file)
    if text is not None:
        click.echo(text, nl=False)


def _show_priced(priced: "Priced", as_json: bool) -> None:
    from bench.reports.terminal import render_tables
    from bench.reports.workload import workload_tables

    for error in priced.broken:
        note(f"left out: {error}")
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
                    "assessment": record.assessment and record.assessment.model_dump(mode="json"),
                }
                for record in one.records
            ],
            "frontiers": [frontier.model_dump(mode="json") for frontier in one.frontiers],
        }
        for one in found.concluded
    ]


def _show(found: "Costed") -> None:
    from bench.reports.break_even import break_even_table
    from bench.reports.frontier import frontier_tables
    from bench.reports.load import load_curve_table
    from bench.reports.mixtures import mixture_table
    from bench.reports.sweep import sweep_table
    from bench.reports.terminal import render, render_tables
    from bench.reports.tornado import tornado_table

    width, color = screen()
    if len(found.concluded) == 1:
        records = found.concluded[0].records
        text = render(records, width=width, color=color, has_evidence=False)
        tables = [
            load_curve_table(records),
            break_even_table(records),
            tornado_table(records),
            mixture_table(records),
        ]
        tables += frontier_tables(found.concluded[0].frontiers)
        text += render_tables(tables, width=width, color=color)
    else:
        text = render_tables(
            [sweep_table([(one.differs_by, one.records) for one in found.concluded])],
            width=width,
            color=color,
        )
    click.echo(text, nl=False)


def _explain(found: "Costed") -> None:
    from bench.reports.explain import explained_text

    width, _ = screen()
    for one in found.concluded:
        click.echo(explained_text(one.records, one.differs_by, width=width), nl=False)
