"""``breakeven prices``, ``prices list``, ``prices show``, ``prices decline`` and ``prices check``."""

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


def _weights(weights: object) -> str | None:
    if not isinstance(weights, dict):
        return None
    return "{model}, {parameters_b:g} billion parameters; {source} ({date})".format_map(weights)


def _tokenizer(found: dict[str, object]) -> object:
    ratio = found["token_ratio"]
    if found["tokenizer"] != "estimate":
        return found["tokenizer"]
    if not isinstance(ratio, dict):
        return "none to be run here: counts are estimates"
    cited = "{source} ({date}); {note}".format_map(ratio["cited"])
    times = "{value:g} ({low:g} to {high:g})".format_map(ratio)
    return f"none to be run here: {times} × o200k_base; {cited}"


def _print_profile(found: dict[str, object]) -> None:
    """What is not known has no line, but for the price."""
    price = found["price"]
    aliases, reasoning = found["aliases"], found["reasoning"]
    history, scores = found["history"], found["scores"]
    assert isinstance(aliases, list)
    assert isinstance(reasoning, list)
    assert isinstance(history, list)
    assert isinstance(scores, list)
    facts = {
        "api": found["api"],
        "title": found["title"],
        "provider": found["provider"],
        "also called": ", ".join(aliases),
        "released": found["released"],
        "retired": found["retired"],
        "weights": _weights(found["weights"]),
        "tokenizer": _tokenizer(found),
        "note": found["note"],
        "at": found["at"],
        "price": "unknown" if price is None else None,
    }
    if isinstance(price, dict):
        facts |= {
            "asked as": found["asked_as"],
            "matched": _matched(found, price),
            "price from": price["source"],
        }
    print_facts(facts)
    if isinstance(price, dict):
        click.echo("\nUSD per million tokens")
        print_table(("requests", "input", "cached input", "written to cache", "output"), _sizes(price))
    if history:
        click.echo("\nhistory, USD per million tokens")
        kinds = ("input", "cached input", "written to cache", "output")
        columns = ("from", "until", "hours (UTC)", *kinds, "source")
        print_table(columns, [_period(period) for period in history])
    if reasoning:
        click.echo("\noutput tokens, reasoning included, per token of the expected answer")
        rows: list[tuple[str, ...]] = [
            (_effort(r), f"{r['value']:g} ({r['low']:g} to {r['high']:g})", f"{r['source']} ({r['date']})")
            for r in reasoning
        ]
        print_table(("effort", "times", "source"), rows)
        for text in dict.fromkeys(r["note"] for r in reasoning):
            click.echo(text)
    _print_lengths(found)
    if scores:
        click.echo("\npublished scores")
        print_table(
            ("task", "accuracy", "setting", "items", "source"),
            [
                (
                    s["task"],
                    f"{s['accuracy']:.1%}",
                    _setting(s, found["efforts"]),
                    "unknown" if s["n_items"] is None else f"{s['n_items']:,}",
                    f"{s['source']} ({s['date']})",
                )
                for s in scores
            ],
        )
    _print_unknown_scores(found)
    _print_service(found)


def _matched(found: dict[str, object], price: dict[str, object]) -> str:
    """With the effort where there are several: the id is the same for all of them."""
    return ", ".join(str(part) for part in (price["matched"], found["effort_told"]) if part)


def _effort(reasoning: dict[str, object]) -> str:
    aliases = reasoning["aliases"]
    assert isinstance(aliases, list)
    return ", ".join([str(reasoning["effort"]), *aliases])


def _setting(score: dict[str, object], efforts: object) -> str:
    is_one_of_several = isinstance(efforts, list) and len(efforts) > 1
    return f"{score['setting']}, {score['effort']} effort" if is_one_of_several else str(score["setting"])


def _print_lengths(found: dict[str, object]) -> None:
    lengths = found["lengths"]
    if isinstance(lengths, list) and lengths:
        click.echo("\npublished length of output, reasoning included")
        rows: list[tuple[str, ...]] = [
            (one["task"], f"{one['tokens']:,g}", f"{one['source']} ({one['date']}); {one['note']}")
            for one in lengths
        ]
        print_table(("task", "tokens", "source"), rows)


def _print_unknown_scores(found: dict[str, object]) -> None:
    unknown, searched = found["unknown_scores"], found["scores_searched"]
    if isinstance(unknown, list) and unknown and isinstance(searched, dict):
        where = f"{searched['source']} ({searched['date']})"
        click.echo(f"\nno score known of {', '.join(unknown)}; searched: {where}")


def _print_service(found: dict[str, object]) -> None:
    batch, service = found["batch"], found["service"]
    if isinstance(batch, dict):
        cache = f"{batch['cached_share']:%} of a cache's prices"
        click.echo(
            f"\nbatches, within {batch['within_hours']} h: {batch['share']:%} of the list price, {cache};"
        )
        click.echo(f"{batch['source']} ({batch['date']})" + (f"; {batch['note']}" if batch["note"] else ""))
    if isinstance(service, list) and service:
        click.echo("\nhow it is served, as published")
        rows: list[tuple[str, ...]] = [
            (s["what"], f"{s['value']:,} {s['unit']}", f"{s['source']} ({s['date']})") for s in service
        ]
        print_table(("what", "at most", "source"), rows)


def _sizes(price: dict[str, object], served: str = "") -> list[tuple[str, ...]]:
    larger = price.get("larger_requests") or []
    assert isinstance(larger, list)
    rows: list[tuple[str, ...]] = [(("of any size" if not larger else "smaller") + served, *_money(price))]
    rows += [(f"above {size['above_input_tokens']:,} input tokens{served}", *_money(size)) for size in larger]
    if price.get("per_request"):
        rows.append(("each", f"{price['per_request']} USD", "", "", ""))
    in_batches = price.get("in_batches")
    if isinstance(in_batches, dict):
        rows += _sizes(in_batches, ", in batches")
    return rows


def _period(period: dict[str, object]) -> tuple[str, ...]:
    days = (str(period["from"] or ""), str(period["until"] or ""), str(period["hours_utc"] or "all"))
    source = str(period["source"])
    if period.get("larger_requests"):
        source += "; larger requests by their own tier"
    return (*days, *(_money(period) if "input" in period else ("not by token", "", "", "")), source)


def _money(row: dict[str, object]) -> tuple[str, str, str, str]:
    cached, written = ("as input" if row[kind] is None else str(row[kind]) for kind in ("cached", "written"))
    return str(row["input"]), cached, written, str(row["output"])
