"""``breakeven tasks``, ``tasks show`` and ``tasks check``."""

import json
from pathlib import Path

import click

from bench.cli.options import PATH, offline_option
from bench.cli.output import Progress, json_option, plain, print_facts, print_json, print_table

# field -> what it is called, in the order of the page
WORDS = {
    "title": "asks",
    "kind": "kind",
    "items": "items",
    "scorer": "scorer",
    "chance": "by chance",
    "max_tokens": "answer, at most",
    "stop": "stops at",
    "shots": "worked examples",
    "shots_without_template": "for models without a template",
    "hosted_request_tokens": "hosted request",
    "hosted_answer_tokens": "hosted answer",
    "hosted_counted": "counted by",
    "longest_item": "longest item",
    "longest_item_tokens": "takes",
    "estimated_by": "estimated by",
    "keys": "right keys",
    "service_ttft_s": "first token within",
    "service_latency_s": "answer within",
    "loss_per_error_usd": "a wrong answer costs",
    "licence": "licence",
    "source": "source",
    "content_sha256": "sha256 of the items",
}
UNITS = {
    "max_tokens": "tokens",
    "shots": "before each item",
    "shots_without_template": "worked examples before each item",
    "hosted_request_tokens": "tokens",
    "hosted_answer_tokens": "tokens",
    "longest_item_tokens": "tokens of the context",
    "service_ttft_s": "s",
    "service_latency_s": "s",
    "loss_per_error_usd": "USD",
}


@click.group(invoke_without_command=True)
@json_option
@click.pass_context
def tasks(ctx: click.Context, as_json: bool) -> None:
    """List the tasks that `run --task` knows; a path to a .jsonl file is a task, too."""
    if ctx.invoked_subcommand is not None:
        return
    from bench.commands.tasks import list_task_rows

    rows = list_task_rows()
    if as_json:
        print_json(rows)
    else:
        fields = ("name", "kind", "n_items", "scorer", "licence", "title")
        columns = ("name", "kind", "items", "scorer", "licence", "title")
        told = [tuple("?" if row[field] is None else str(row[field]) for field in fields) for row in rows]
        print_table(columns, told)


@tasks.command(short_help="Show what a task asks, and how it is scored.")
@click.argument("name")
@click.option(
    "--items",
    "n_items",
    type=click.IntRange(min=0, max=1000),
    metavar="N",
    help="Show N items of your own or a generated task. [1]",
)
@offline_option
@json_option
def show(name: str, n_items: int | None, is_offline: bool, as_json: bool) -> None:
    """Show what the task NAME (or FILE) asks, how it is scored, and what an API would be asked."""
    from bench.commands.tasks import show_task

    with Progress() as progress:
        found = show_task(name, n_items, progress, is_offline=is_offline)
    if as_json:
        print_json(found)
        return
    _print_facts(found)
    shown = found["shown"]
    assert isinstance(shown, list)
    for item in shown:
        click.echo()
        _print_item(item)


@tasks.command(short_help="Check a task file of your own.")
@click.argument("file", type=PATH)
@json_option
def check(file: Path, as_json: bool) -> None:
    """Read the task FILE strictly: what it holds, and what in it is doubtful. Ends with 2 on an error."""
    from bench.commands.tasks import check_task

    found = check_task(file)
    if as_json:
        print_json(found)
        return
    _print_facts(found)
    warnings = found["warnings"]
    assert isinstance(warnings, list)
    click.echo()
    for told in warnings:
        click.echo(f"warning: {told}")
    counted = f", with {len(warnings)} warning{'s' * (len(warnings) > 1)}" if warnings else ""
    click.echo(f"ready to be asked{counted}")


def _print_facts(found: dict[str, object]) -> None:
    """What is not there or not stated has no line, but for what an API would be asked."""
    facts = {"task": str(found["name"])}
    for field, words in WORDS.items():
        value = found.get(field)
        if value not in (None, [], {}, 0):
            facts[words] = " ".join(filter(None, (_told(field, value), UNITS.get(field))))
    if not found["hosted_form"]:
        facts["hosted form"] = "none: log-likelihoods compare models, no API tells them"
    elif found["hosted_answer_tokens"] is None:
        facts["hosted answer"] = "of unknown length"
    print_facts(facts)


def _told(field: str, value: object) -> str:
    if field == "chance":
        return f"{value:.1%}"
    if field in ("title", "licence", "source"):
        return " ".join(str(value).split())
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, dict):
        return ", ".join(f"{key}: {count:,}" for key, count in value.items())
    return json.dumps(value, ensure_ascii=False) if isinstance(value, list) else str(value)


def _print_item(item: dict[str, object]) -> None:
    """One item as it is asked, indented under what each part is."""
    parts = [(f"item {item['id']}", "")]
    messages, endings = item.get("messages"), item.get("endings")
    if isinstance(messages, list):
        parts += [(message["role"], message["content"]) for message in messages]
    if isinstance(endings, list):
        parts.append(("context", str(item["prompt"])))
        parts += [
            ("ending, the right one" if number == item["expected"] else "ending", ending)
            for number, ending in enumerate(endings)
        ]
    else:
        parts.append(("expected", json.dumps(item["expected"], ensure_ascii=False)))
    if item.get("reference") is not None:
        parts.append(("reference", str(item["reference"])))
    for words, text in parts:
        click.echo(words if not text else f"  {words}:")
        for line in text.splitlines():
            click.echo(f"    {plain(line)}")
