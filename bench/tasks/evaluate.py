"""From items to what the worker is asked, and from its replies to results."""

import hashlib
import math
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from typing import TYPE_CHECKING

from bench.engines.protocol import Prompt
from bench.records.types import ItemResult
from bench.tasks.canonical import prompt_sha256
from bench.tasks.hosted import hosted_tokens
from bench.tasks.prompting import chat_prompt, choice_context, plain_prompt
from bench.tasks.scorers import find_scorer
from bench.tasks.types import Item, Prompting, ScoreBy, Task, Verdict, not_judged
from bench.worker.protocol import Choice, ChoiceScore, Completion

if TYPE_CHECKING:
    from bench.tasks.sandbox import Sandbox

MAX_OUTPUT_CHARS = 2000  # of an output that is kept
# What batching may change a sum by at most, by docs/log_likelihoods.md, so a closer race may flip.
NEAR_TIE_NATS = 1e-2


def prompts_for(task: Task, group: Sequence[Item], *, prompting: Prompting) -> tuple[Prompt, ...]:
    """What to generate from, one prompt an item: messages, or running text; after the worked examples."""
    build = chat_prompt if prompting == "chat" else plain_prompt
    return tuple(build(task, item) for item in group)


def seeds_for(group: Sequence[Item], seed: int, n_samples: int) -> tuple[tuple[int, ...], ...]:
    """A seed for each attempt at each item; it depends on the item's id, not on its place or its group."""
    return tuple(tuple(_seed(f"{seed}:{item.id}:{sample}") for sample in range(n_samples)) for item in group)


def _seed(word: str) -> int:
    return int.from_bytes(hashlib.sha256(word.encode()).digest()[:8])


def choices_for(task: Task, group: Sequence[Item]) -> tuple[Choice, ...]:
    """What to score by log-likelihood, one context with its endings an item."""
    assert task.kind == "choice"
    return tuple(Choice(choice_context(task, item), item.endings) for item in group)


def score_completions(
    task: Task,
    group: Sequence[Item],
    completions: Sequence[Completion],
    *,
    prompting: Prompting,
    sandbox: "Sandbox | None" = None,
) -> list[ItemResult]:
    """One result an attempt, as many of each item as there are completions, in the order of the group.

    What could not be run is unscored. Code is run in ``sandbox``, several answers at once.
    """
    scorer = find_scorer(task.scorer_name, sandbox)
    n_samples, n_left = divmod(len(completions), len(group))
    if n_samples == 0 or n_left:
        raise ValueError(f"{len(completions)} completions of {len(group)} items")
    attempted = [item for item in group for _ in range(n_samples)]

    def judged(item: Item, completion: Completion) -> Verdict:
        if completion.error is not None:
            return not_judged(completion.error)
        return scorer(completion.text, item.expected, truncated=completion.truncated)

    if sandbox is None:
        verdicts = list(map(judged, attempted, completions))
    else:
        with ThreadPoolExecutor(sandbox.n_parallel) as pool:
            verdicts = list(pool.map(judged, attempted, completions))
    results: list[ItemResult] = []
    answers = zip(completions, verdicts, strict=True)
    for item, prompt in zip(group, prompts_for(task, group, prompting=prompting), strict=True):
        hosted = hosted_tokens(task, item)
        for sample, (completion, verdict) in enumerate(islice(answers, n_samples)):
            result = _result(item, sample, prompt, completion, verdict, hosted)
            results.append(result.model_copy(update={"output": None}) if task.is_gated else result)
    return results


def _result(
    item: Item,
    sample: int,
    prompt: Prompt,
    completion: Completion,
    verdict: Verdict,
    hosted: tuple[dict[str, int], dict[str, int]],
) -> ItemResult:
    return ItemResult(
        item_id=item.id,
        sample=sample,
        cluster=item.cluster,
        prompt_sha256=prompt_sha256(prompt),
        outcome=verdict.outcome,
        reason=verdict.reason,
        is_judged=verdict.is_judged,
        is_truncated=completion.truncated,
        n_prompt_tokens=None if completion.error else completion.n_prompt_tokens,
        n_output_tokens=None if completion.error else completion.n_output_tokens,
        n_thinking_tokens=None if completion.error else completion.n_thinking_tokens,
        output=None if completion.error else completion.text[:MAX_OUTPUT_CHARS],
        answer=verdict.answer,
        mean_margin_nats=completion.mean_margin_nats,
        least_margin_nats=completion.least_margin_nats,
        hosted_input_tokens=hosted[0],
        hosted_output_tokens=hosted[1],
    )


def score_choices(task: Task, group: Sequence[Item], scores: Sequence[ChoiceScore]) -> list[ItemResult]:
    """One result an item: right when the expected ending has the highest log-likelihood by ``task.score_by``.

    Per byte (lm-evaluation-harness's ``acc_norm``) unless the task says otherwise, since a sum (its ``acc``)
    favours short endings and a mean per token depends on the tokenizer. ``logprobs`` keeps the raw sums.
    """
    assert task.kind == "choice"
    return [_chosen(task, item, score) for item, score in zip(group, scores, strict=True)]


def _chosen(task: Task, item: Item, score: ChoiceScore) -> ItemResult:
    verdict, is_near_tie = _best(item, score, task.score_by)
    is_usable = verdict.outcome != "unscored"
    return ItemResult(
        item_id=item.id,
        cluster=item.cluster,
        prompt_sha256=prompt_sha256(Prompt(text=choice_context(task, item)), item.endings),
        outcome=verdict.outcome,
        reason=verdict.reason,
        is_judged=verdict.is_judged,
        is_near_tie=is_near_tie,
        n_prompt_tokens=score.n_context_tokens if is_usable else None,
        logprobs=score.logprobs if is_usable else None,
    )


def _best(item: Item, score: ChoiceScore, score_by: ScoreBy) -> tuple[Verdict, bool]:
    """The verdict, and whether rounding in the engine could have turned it."""
    if score.error is not None:
        return not_judged(score.error), False
    lengths = _lengths(score, score_by)
    if not len(score.logprobs) == len(lengths) == len(item.endings):
        return not_judged("not every ending was scored"), False
    if not all(map(math.isfinite, score.logprobs)) or not all(lengths):
        return not_judged("a log-likelihood is not finite"), False
    per_unit = [logprob / n for logprob, n in zip(score.logprobs, lengths, strict=True)]
    best, second = sorted(range(len(per_unit)), key=lambda index: -per_unit[index])[:2]
    margin = NEAR_TIE_NATS / lengths[best] + NEAR_TIE_NATS / lengths[second]
    is_near_tie = per_unit[best] - per_unit[second] <= margin
    return Verdict("right") if best == item.expected else Verdict("wrong", "another ending"), is_near_tie


def _lengths(score: ChoiceScore, score_by: ScoreBy) -> tuple[int, ...]:
    """What each ending's sum is divided by."""
    if score_by == "raw":
        return (1,) * len(score.logprobs)
    return score.n_bytes if score_by == "byte" else score.n_tokens
