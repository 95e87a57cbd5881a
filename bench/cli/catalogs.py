"""``breakeven prices``, ``prices list``, ``prices show``, ``prices decline`` and ``prices check``."""

from collections.abc import Iterable
from typing import Any

import click

from bench.cli.local_prices import devices, electricity
from bench.cli.output import json_option, note, print_facts, print_json, print_table

at_option = click.option("--at", metavar="DATE", help="Prices of that day; default: now.")


class PriceVerbs(click.Group):
    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in self.commands and not args[0].startswith("-"):
            ctx.fail(f"no such command {args[0]!r}; a model is shown by `breakeven prices show {args[0]}`")
        return super().resolve_command(ctx, args)


@click.group(cls=PriceVerbs, invoke_without_command=True)
@at_option
@json_option
@click.pass_context
def prices(ctx: click.Context, at: str | None, as_json: bool) -> None:
    """Show what hosted models cost, in USD per million tokens. Without a command: `list`."""
    if ctx.invoked_subcommand is None:
        ctx.invoke(list_prices, at=at, as_json=as_json)
    elif at is not None or as_json:
        ctx.fail(f"--at and --json belong after `{ctx.invoked_subcommand}`")


prices.add_command(devices)
prices.add_command(electricity)


@prices.command("list", short_help="List all models with their prices.")
@at_option
@json_option
def list_prices(at: str | None, as_json: bool) -> None:
    """List all models with the id that the price table matched."""
    from bench.commands.prices import list_price_rows

    rows = list_price_rows(at)
    if as_json:
        print_json(rows)
    else:
        columns = ("api", "matched", "provider", "input", "output", "source")
        print_table(columns, [tuple(str(row[c] or "unknown") for c in columns) for row in rows])


@prices.command(short_help="Show all that is known of one model.")
@click.argument("model")
@at_option
@json_option
@click.pass_context
def show(ctx: click.Context, model: str, at: str | None, as_json: bool) -> None:
    """Show all that is known of MODEL: prices, their history, published scores, reasoning.

    Ends with 2 where there is no public price on that day, and says what was searched.
    """
    from bench.commands.prices import show_price

    found = show_price(model, at)
    if as_json:
        print_json(found)
    else:
        _print_profile(found)
    if found["price"] is None:
        note(f"breakeven: {found['api']}: {found['no_price_because']}")
        ctx.exit(2)


@prices.command(short_help="Check that every model has its price, once.")
@json_option
@click.pass_context
def check(ctx: click.Context, as_json: bool) -> None:
    """Check that every model has the price that it asks for, on every day, once. Ends with 2 if not."""
    from bench.commands.prices import check_prices

    found = check_prices()
    problems = found["problems"]
    assert isinstance(problems, list)
    if as_json:
        print_json(found)
    else:
        for one in problems:
            click.echo(f"{one['api']} {one['problem']}")
        said = "all in order" if not problems else f"{len(problems)} problem{'s' * (len(problems) > 1)}"
        click.echo(f"{found['n_profiles']} models: {said}")
    if problems:
        ctx.exit(2)


@prices.command(short_help="Show how fast prices of equal answers fell.")
@at_option
@json_option
def decline(at: str | None, as_json: bool) -> None:
    """Show how fast the price of equally good answers fell, and the dated prices that say so.

    The least price of a model with at least some published score, in one setting, over the days.
    """
    from bench.commands.price_decline import fit_decline

    found = fit_decline(at)
    if as_json:
        print_json(found)
        return
    staircases, per_answer = found["staircases"], found["input_tokens_per_answer_token"]
    assert isinstance(staircases, list)
    print_table(
        ("task", "setting", "score", "cheapest with it", "watched until", "a year"),
        [
            (
                one["task"],
                one["setting"],
                " to ".join(
                    dict.fromkeys(f"{one[bound]:.1%}" for bound in ("lowest_score", "highest_score"))
                ),
                ", ".join(f"{step['from']} {step['api']} {step['usd_per_mtok']:f}" for step in one["steps"]),
                str(one["watched_until"]),
                f"-{one['decline']:.1%}",
            )
            for one in staircases
        ],
    )
    click.echo(
        f"\nPrices in USD per million tokens: {per_answer} of a request to 1 of the answer expected, "
        f"with the reasoning that comes with it.\nDecline a year: {found['value']:.1%} "
        f"({found['low']:.1%} to {found['high']:.1%}); value: the mean of the logarithms"
    )


def _weights(weights: dict[str, Any] | None) -> str | None:
    if weights is None:
        return None
    return "{model}, {parameters_b:g} billion parameters; {source} ({date})".format_map(weights)


def _tokenizer(found: dict[str, Any]) -> str:
    ratio = found["token_ratio"]
    if found["tokenizer"] != "estimate":
        return str(found["tokenizer"])
    if ratio is None:
        return "none to be run here: counts are estimates"
    times = "{value:g} ({low:g} to {high:g})".format_map(ratio)
    return f"none to be run here: {times} × o200k_base; {_source(ratio['cited'])}; {ratio['cited']['note']}"


def _print_profile(found: dict[str, Any]) -> None:
    """What is not known has no line, but for the price."""
    price, history, reasoning = found["price"], found["history"], found["reasoning"]
    facts = {
        "api": found["api"],
        "title": found["title"],
        "provider": found["provider"],
        "also called": ", ".join(found["aliases"]),
        "released": found["released"],
        "retired": found["retired"],
        "weights": _weights(found["weights"]),
        "tokenizer": _tokenizer(found),
        "note": found["note"],
        "at": found["at"],
        "price": "unknown" if price is None else None,
    }
    if price is not None:
        facts |= {
            "asked as": found["asked_as"],
            "matched": _matched(found, price),
            "price from": price["source"],
        }
    print_facts(facts)
    kinds = ("input", "cached input", "written to cache", "output")
    _print_titled("USD per million tokens", ("requests", *kinds), [] if price is None else _sizes(price))
    _print_titled(
        "history, USD per million tokens",
        ("from", "until", "hours (UTC)", *kinds, "source"),
        map(_period, history),
    )
    _print_titled(
        "output tokens, reasoning included, per token of the expected answer",
        ("effort", "times", "source"),
        [
            (_effort(one), "{value:g} ({low:g} to {high:g})".format_map(one), _source(one))
            for one in reasoning
        ],
    )
    for text in dict.fromkeys(one["note"] for one in reasoning):
        click.echo(text)
    _print_titled(
        "published length of output, reasoning included",
        ("task", "tokens", "source"),
        [(one["task"], f"{one['tokens']:,g}", f"{_source(one)}; {one['note']}") for one in found["lengths"]],
    )
    _print_titled(
        "published scores",
        ("task", "accuracy", "setting", "items", "source"),
        [_score(one, found["efforts"]) for one in found["scores"]],
    )
    _print_unknown_scores(found)
    _print_service(found)


def _print_titled(title: str, columns: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> None:
    """Nothing of no rows."""
    if told := list(rows):
        click.echo(f"\n{title}")
        print_table(columns, told)


def _source(known: dict[str, Any]) -> str:
    return "{source} ({date})".format_map(known)


def _matched(found: dict[str, Any], price: dict[str, Any]) -> str:
    """With the effort where there are several: the id is the same for all of them."""
    return ", ".join(str(part) for part in (price["matched"], found["effort_told"]) if part)


def _effort(reasoning: dict[str, Any]) -> str:
    return ", ".join([reasoning["effort"], *reasoning["aliases"]])


def _score(score: dict[str, Any], efforts: list[str]) -> tuple[str, ...]:
    setting = f"{score['setting']}, {score['effort']} effort" if len(efforts) > 1 else score["setting"]
    n_items = "unknown" if score["n_items"] is None else f"{score['n_items']:,}"
    return score["task"], f"{score['accuracy']:.1%}", setting, n_items, _source(score)


def _print_unknown_scores(found: dict[str, Any]) -> None:
    unknown, searched = found["unknown_scores"], found["scores_searched"]
    if unknown and searched is not None:
        click.echo(f"\nno score known of {', '.join(unknown)}; searched: {_source(searched)}")


def _print_service(found: dict[str, Any]) -> None:
    batch = found["batch"]
    if batch is not None:
        cache = f"{batch['cached_share']:%} of a cache's prices"
        click.echo(
            f"\nbatches, within {batch['within_hours']} h: {batch['share']:%} of the list price, {cache};"
        )
        click.echo(_source(batch) + (f"; {batch['note']}" if batch["note"] else ""))
    _print_titled(
        "how it is served, as published",
        ("what", "at most", "source"),
        [(one["what"], f"{one['value']:,} {one['unit']}", _source(one)) for one in found["service"]],
    )


def _sizes(price: dict[str, Any], served: str = "") -> list[tuple[str, ...]]:
    larger = price.get("larger_requests") or []
    rows: list[tuple[str, ...]] = [(("of any size" if not larger else "smaller") + served, *_money(price))]
    rows += [(f"above {size['above_input_tokens']:,} input tokens{served}", *_money(size)) for size in larger]
    if price.get("per_request"):
        rows.append(("each", f"{price['per_request']} USD", "", "", ""))
    if "in_batches" in price:
        rows += _sizes(price["in_batches"], ", in batches")
    return rows


def _period(period: dict[str, Any]) -> tuple[str, ...]:
    days = (str(period["from"] or ""), str(period["until"] or ""), str(period["hours_utc"] or "all"))
    source = str(period["source"])
    if period.get("larger_requests"):
        source += "; larger requests by their own tier"
    return (*days, *(_money(period) if "input" in period else ("not by token", "", "", "")), source)


def _money(row: dict[str, Any]) -> tuple[str, str, str, str]:
    cached, written = ("as input" if row[kind] is None else str(row[kind]) for kind in ("cached", "written"))
    return str(row["input"]), cached, written, str(row["output"])
