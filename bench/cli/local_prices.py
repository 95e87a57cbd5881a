"""``breakeven prices devices`` and ``prices electricity``."""

import click

from bench.cli.output import json_option, print_json, print_table


@click.command(short_help="List the devices that --device knows.")
@json_option
def devices(as_json: bool) -> None:
    """List the devices that --device knows: price in USD without tax, watts at the wall, assumed lifetime."""
    from bench.commands.local_prices import device_rows

    rows = device_rows()
    if as_json:
        print_json(rows)
        return
    columns = {
        "device": "device",
        "usd": "USD",
        "idle_w": "idle W",
        "load_w": "W under load",
        "lifetime_years": "years",
        "title": "what it is",
    }
    _print(columns, rows)


@click.command(short_help="List the countries that --country knows.")
@json_option
def electricity(as_json: bool) -> None:
    """List the countries that --country knows: what a household pays for a kWh, and the grid's carbon."""
    from bench.commands.local_prices import electricity_rows

    rows = electricity_rows()
    if as_json:
        print_json(rows)
        return
    columns = {
        "country": "country",
        "per_kwh": "per kWh",
        "currency": "in",
        "has_tax": "with tax",
        "period": "period",
        "g_co2e_per_kwh": "g CO2e/kWh",
        "title": "name",
    }
    _print(columns, rows)


def _print(columns: dict[str, str], rows: list[dict[str, object]]) -> None:
    """What is not known says so: it is not 0."""
    print_table(tuple(columns.values()), [tuple(_shown(row[key]) for key in columns) for row in rows])


def _shown(value: object) -> str:
    match value:
        case None:
            return "unknown"
        case bool():
            return "yes" if value else "no"
        case float():
            return f"{value:g}"
        case _:
            return str(value)
