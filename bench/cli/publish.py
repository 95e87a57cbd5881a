"""``breakeven publish``: records as a data set that anybody can load."""

from pathlib import Path

import click

from bench.cli.output import Progress, note, note_left_out, records_argument


@click.command()
@records_argument
@click.option("--to", required=True, metavar="DIR|hub:ORG/NAME", help="A folder, or a data set of the hub.")
@click.option("--licence", help="Of the data, as the hub spells it (default: cc-by-4.0).")
@click.option("--without-outputs", is_flag=True, help="Leave out what models wrote, on every task.")
@click.option("--private", "is_private", is_flag=True, help="A data set made on the hub is not public.")
def publish(
    records: tuple[Path, ...], to: str, licence: str | None, without_outputs: bool, is_private: bool
) -> None:
    """Write RECORDS (files or folders; default: the default results folder) as a data set with its card.

    Outputs on gated sets and on tasks of your own are always left out. A record that fails a check is left
    out by name, the rest is published, and the command ends with 2. The hub's token is found where its own
    tools keep it: HF_TOKEN, or `hf auth login`.
    """
    from bench.commands.publish import DEFAULT_LICENCE
    from bench.commands.publish import publish as run

    with Progress() as progress:
        progress.stage(f"checking and writing records for {to}")
        done = run(
            records,
            to,
            licence=licence or DEFAULT_LICENCE,
            keeps_outputs=not without_outputs,
            is_private=is_private,
            watch=lambda n: progress.update(n, None),
        )
    note_left_out(done.conversion.left_out)
    if done.dropped:
        note(f"outputs are left out of: {', '.join(done.dropped)}")
    click.echo(f"{done.where}: {done.conversion.n_records:,} records, {sum(done.rows.values()):,} rows")
    if done.conversion.left_out:
        raise SystemExit(2)
