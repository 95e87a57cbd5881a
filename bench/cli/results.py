"""``breakeven results``: what can be done with saved records, beside showing them."""

import click

from bench.cli.results_data import export, query
from bench.cli.results_files import list_records, merge, show, verify


@click.group()
def results() -> None:
    """List, show, verify and merge saved records; export and query them as tables."""


for verb in (list_records, show, verify, merge, export, query):
    results.add_command(verb)
