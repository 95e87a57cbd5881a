"""``breakeven tasks``: what can be asked, what one task asks, and whether a task file is fit to be asked."""

from dataclasses import asdict
from pathlib import Path

from bench.commands.acquire import Fetch
from bench.commands.deployed import DEPLOYED_N_CTX
from bench.commands.reporter import Reporter
from bench.errors import InputError
from bench.tasks import is_public, list_tasks, open_task
from bench.tasks.check import doubts
from bench.tasks.key_balance import key_balance
from bench.tasks.lengths import BYTES_PER_TOKEN, TOKENIZER, estimated_tokens, hosted_lengths
from bench.tasks.plan import plan, with_own_shots
from bench.tasks.prompting import chat_prompt, choice_context
from bench.tasks.sources.own import read_with_lines
from bench.tasks.types import Item, Task

Row = dict[str, object]


def list_task_rows() -> list[Row]:
    return [asdict(summary) for summary in list_tasks()]


def show_task(name_or_path: str, n_items: int | None, reporter: Reporter, *, is_offline: bool) -> Row:
    """What the task asks and how it is scored; ``items`` are as a chat model is asked them.

    Items are shown of one's own and of generated tasks only: the rows of a data set stay where its licence
    has them. Raises InputError when they are asked for by number all the same.
    """
    task = with_own_shots(open_task(name_or_path, Fetch(reporter, is_offline)), seed=0)
    may_show = is_public(name_or_path) and not task.is_gated
    if n_items and not may_show:
        raise InputError(
            "the rows of a data set are not shown",
            where=task.name,
            remedy=f"read them at their source: {task.source} (licence: {task.licence})",
        )
    n_shown = (1 if n_items is None else n_items) if may_show else 0
    shown = plan(task, budget_s=None, seed=0, limit=n_shown, group_size=n_shown).items if n_shown else ()
    return _facts(task) | {"shown": [_shown(task, item) for item in shown]}


def check_task(path: Path) -> Row:
    """The facts of a task file and what is doubtful in it; TaskError where it cannot be used."""
    if path.suffix.lower() != ".jsonl":
        raise InputError(
            "a task file's name ends in .jsonl", where=str(path), remedy="rename it: `run` knows it by that"
        )
    task, lines = read_with_lines(path)
    asked = with_own_shots(task, seed=0)
    longest = max(asked.items, key=lambda item: estimated_tokens(asked, item))
    return _facts(asked) | {
        "longest_item": f"{longest.id} (line {lines[longest.id]})",
        "longest_item_tokens": estimated_tokens(asked, longest),
        "estimated_by": f"{BYTES_PER_TOKEN} bytes a token",
        "keys": key_balance(task),
        "warnings": doubts(task, lines, n_ctx=DEPLOYED_N_CTX),
    }


def _facts(task: Task) -> Row:
    hosted = hosted_lengths(task)
    is_choice = task.kind == "choice"
    return {
        "name": task.name,
        "title": task.title,
        "kind": task.kind,
        "items": len(task.items),
        "scorer": task.scorer_name,
        "chance": task.chance,
        "max_tokens": None if is_choice else task.max_tokens,
        "stop": list(task.stop),
        "shots": task.n_shots,
        "shots_without_template": task.n_plain_shots,
        "hosted_form": not is_choice,
        "hosted_request_tokens": hosted.request_tokens,
        "hosted_answer_tokens": hosted.answer_tokens,
        "hosted_counted": None if is_choice else f"{TOKENIZER}, mean of {hosted.n} items",
        "service_ttft_s": task.service_ttft_s,
        "service_latency_s": task.service_latency_s,
        "loss_per_error_usd": task.loss_per_error_usd,
        "licence": task.licence,
        "source": task.source,
        "is_gated": task.is_gated,
        "content_sha256": task.content_sha256,
    }


def _shown(task: Task, item: Item) -> Row:
    if task.kind == "choice":
        return {
            "id": item.id,
            "prompt": choice_context(task, item),
            "endings": list(item.endings),
            "expected": item.expected,
        }
    messages = [asdict(message) for message in chat_prompt(task, item).messages]
    return {
        "id": item.id,
        "messages": messages,
        "expected": item.expected,
        "reference": item.reference_output,
    }
