"""``breakeven results``: what can be done with saved records, beside showing them."""

import click

from bench.cli.results_data import export, query


@click.group()
def results() -> None:
    """List, show, verify and merge saved records; export and query them as tables."""


results.add_command(export)
results.add_command(query)
