"""What is doubtful in a user's task file that can be read: nothing here is an error."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from bench.errors import first_few
from bench.stats import wilson
from bench.tasks.key_balance import key_balance
from bench.tasks.lengths import estimated_tokens, token_estimate
from bench.tasks.plan import with_own_shots
from bench.tasks.scorers import CODE_SCORERS, find_scorer
from bench.tasks.types import Item, Task

MAX_NAMED = 3  # items that a warning names
FEW_ITEMS = 30


def doubts(task: Task, lines: Mapping[str, int], *, n_ctx: int) -> list[str]:
    """One sentence each; ``lines`` has each item's, by its id. ``n_ctx`` is the context it is asked in."""
    found: list[str] = []
    for about, is_doubtful in _item_checks(task, n_ctx):
        doubtful = [item for item in task.items if is_doubtful(item)]
        if doubtful:
            found.append(f"{about}: {_named(doubtful, lines)}")
    return [*found, *_of_the_whole(task, lines)]


def _item_checks(task: Task, n_ctx: int) -> Iterator[tuple[str, Callable[[Item], bool]]]:
    asked = with_own_shots(task, seed=0)
    yield (
        f"prompts that, with the answer, may exceed the default context of {n_ctx:,} tokens (estimated)",
        lambda item: estimated_tokens(asked, item) > n_ctx,
    )
    if task.kind == "choice":
        return
    yield (
        f"references that may be longer than the {task.max_tokens:,} tokens an answer may take (estimated)",
        lambda item: token_estimate([item.reference_output or ""]) > task.max_tokens,
    )
    if task.scorer_name not in CODE_SCORERS:
        scorer = find_scorer(task.scorer_name)
        yield (
            f"references that the scorer {task.scorer_name!r} does not call right",
            lambda item: (
                item.reference_output is not None
                and scorer(item.reference_output, item.expected, truncated=False).outcome != "right"
            ),
        )


def _of_the_whole(task: Task, lines: Mapping[str, int]) -> Iterator[str]:
    for twins in _asked_twice(task.items):
        yield f"the same question more than once: {_named(twins, lines)}"
    n_items = len(task.items)
    if n_items < FEW_ITEMS:
        low, high = wilson(n_items // 2, n_items)
        points = 50 * (high - low)
        yield f"few items: of {n_items}, an accuracy near 50 % is known to ± {points:.0f} points only"
    yield from _unbalanced(task)
    if task.kind == "generate":
        without = [item for item in task.items if item.reference_output is None]
        if without and task.expected_output_tokens is None:
            yield (
                "the length of an API's answer is not stated, so its price cannot be estimated (give "
                f"'reference' or 'expected_output_tokens'): {_named(without, lines)}"
            )
        if task.n_plain_shots == 0 and task.n_shots is None:
            yield (
                "a model without a chat template is asked without worked examples: that takes 20 items, "
                "each with a reference"
            )


def _unbalanced(task: Task) -> Iterator[str]:
    """Is one key right so often that always naming it beats guessing?"""
    balance = key_balance(task)
    if not balance or task.chance is None:
        return
    key, count = max(balance.items(), key=lambda pair: pair[1])
    if wilson(count, len(task.items))[0] > task.chance:
        yield (
            f"the key {key} is right for {count} of {len(task.items)} items: a model that always takes it "
            f"beats guessing ({task.chance:.0%})"
        )


def _asked_twice(items: Iterable[Item]) -> list[list[Item]]:
    of_prompt: dict[object, list[Item]] = {}
    for item in items:
        of_prompt.setdefault((item.prompt, item.endings), []).append(item)
    return [twins for twins in of_prompt.values() if len(twins) > 1][:MAX_NAMED]


def _named(items: Sequence[Item], lines: Mapping[str, int]) -> str:
    return first_few([f"line {lines[item.id]} (item {item.id!r})" for item in items], MAX_NAMED)
