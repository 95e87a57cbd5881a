"""``breakeven results``: what can be done with saved records, beside showing them."""

import click


@click.group()
def results() -> None:
    """List, show, verify and merge saved records."""
