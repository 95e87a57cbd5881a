"""``breakeven energy``: the energy meters of this machine; and the options of all verbs that read them."""

import json
import os
import sys
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import click

from bench.cli.options import Number, together
from bench.cli.output import note, print_ability, print_json, screen

if TYPE_CHECKING:
    from bench.commands.energy import EnergyPanel, Look

STYLES = {"measured": "green", "derived": "yellow"}
NAME_ONE = "One that you have beside the machine can be named: --meter http://ADDRESS, csv:FILE or -"
TERMINALS_WITHOUT_CURSOR = ("dumb", "unknown")

watts_option: Callable[[Any], Any] = click.option(
    "--watts-per-core",
    metavar="W|LOW..HIGH",
    help="For modelled energy: watts at the wall that a busy core adds.",
)
meter_option: Callable[[Any], Any] = click.option(
    "--meter",
    "meters",
    multiple=True,
    metavar="METER",
    help="Take joules from this meter first: a name of `breakeven energy`, http://…, csv:FILE, or -; "
    "repeatable.",
)


energy_options = together(
    meter_option,
    click.option(
        "--energy-budget",
        "energy_budget_s",
        type=Number(0, 3600, min_open=True),
        metavar="S",
        help="Seconds for the joules of each phase; a slow or coarse meter needs more. "
        "[60; with run --quick 15]",
    ),
    watts_option,
)


@click.command()
@meter_option
@click.option("--watch", "is_watched", is_flag=True, help="Show live power until Ctrl-C.")
@click.option(
    "--interval",
    "interval_s",
    type=Number(0.1, 3600),
    default=1.0,
    metavar="S",
    help="Seconds over which power is taken. [1]",
)
@click.option("--count", "n_looks", type=click.IntRange(1), metavar="N", help="With --watch: end after N.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON; with --watch a document a line.")
@watts_option
def energy(
    meters: tuple[str, ...],
    is_watched: bool,
    interval_s: float,
    n_looks: int | None,
    as_json: bool,
    watts_per_core: str | None,
) -> None:
    """List the energy meters of this machine with their power, and what would make others work."""
    from bench.commands.energy import looks, open_panel

    if n_looks is not None and not is_watched:
        raise click.UsageError("--count is for --watch: add that")
    panel = open_panel(meters, watts_per_core)
    if is_watched and panel.has_meters:
        for meter in panel.refused:
            note(f"left out: {meter.name}: {meter.detail}")
        with suppress(KeyboardInterrupt):  # the way to end it
            _watch(looks(panel, interval_s, n_looks), as_json=as_json)
        return
    look = next(looks(panel, interval_s, 1)) if panel.has_meters else None
    if not as_json:
        _show(panel, look)
        return
    document = {
        "interval_s": interval_s,
        "meters": [],
        **(look.document() if look else {}),
        **panel.document(),
    }
    if is_watched:
        _print_line(document)
    else:
        print_json(document)


def _show(panel: "EnergyPanel", look: "Look | None") -> None:
    from bench.reports.console import printed
    from bench.reports.grid import draw
    from bench.reports.tables.power import power_table

    if look is None:
        click.echo(f"No energy meter works here. {NAME_ONE}\n")
    else:
        details = [f"{row.name}: {row.detail}" for row in look.meters]
        table = power_table(look.meters, [*panel.notes(), *details])
        width, color = screen()
        click.echo(printed(lambda columns: draw(table, columns, STYLES), width=width, color=color), nl=False)
    for ability in (*panel.refused, *panel.missing, panel.model):
        print_ability(ability.name, ability.works, ability.detail, ability.remedy)


def _watch(looks: "Iterable[Look]", *, as_json: bool) -> None:
    """Redrawn in place on a terminal that can; a line for each look elsewhere."""
    if as_json:
        for look in looks:
            _print_line(look.document())
    elif sys.stdout.isatty() and os.environ.get("TERM") not in TERMINALS_WITHOUT_CURSOR:
        _redraw(looks)
    else:
        from bench.reports.tables.power import power_line

        for look in looks:
            click.echo(power_line(look.at.astimezone().isoformat(timespec="milliseconds"), look.meters))


def _redraw(looks: "Iterable[Look]") -> None:
    from rich.console import Console, Group
    from rich.live import Live

    from bench.reports.grid import draw
    from bench.reports.tables.power import power_table

    console = Console(highlight=False, markup=False, emoji=False)  # minds NO_COLOR, and a new width
    with Live(console=console, auto_refresh=False) as live:
        for look in looks:
            live.update(
                Group(*draw(power_table(look.meters, is_live=True), console.width, STYLES)), refresh=True
            )


def _print_line(document: dict[str, Any]) -> None:
    click.echo(json.dumps(document, ensure_ascii=False))
