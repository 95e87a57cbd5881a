"""What further attempts, and thinking, buy: accuracy against the tokens and the money that they take."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import fmean

from bench.records.types import ItemResult, Provenance, Record, TaskResult, Usd
from bench.reports.tables.table import DISTURBED_COST_NOTE, Table, about, make_table
from bench.reports.words import figures as f
from bench.reports.words.asking import how_asked
from bench.reports.words.labels import named
from bench.stats import AtK, Attempt, Tried, majority_at_k, pass_at_k

ONE, VOTE, ANY = "one attempt", "vote of {k}", "one right of {k}"

_Cost = tuple[Usd | None, Provenance, bool]  # of an attempt, and whether its joules were disturbed


@dataclass(frozen=True, slots=True)
class SamplingPoint:
    """One way of using ``k`` attempts at an item: how often right, and the means of what an item takes.

    ``thinking_tokens`` are a part of ``output_tokens``; None: the model was not seen to think. ``usd``: what
    k attempts cost on the device; None: not known.
    """

    task: str
    setting: str
    how: str
    right: AtK
    output_tokens: float
    thinking_tokens: float | None
    usd: Usd | None
    provenance: Provenance = "absent"  # of the joules in ``usd``
    is_disturbed: bool = False  # others worked while these were taken


def sampling_points(record: Record) -> Iterator[SamplingPoint]:
    """Every way of using the attempts of each task that was sampled, or told whether to think."""
    for task in record.tasks:
        if task.sampling is None and task.thinking is None:
            continue
        tried = [item for item in task.items if item.is_judged]
        if tried:
            yield from _of_task(task, tried, _cost_of_attempt(record, task.task))


def sampling_table(records: Sequence[Record]) -> Table:
    """One row a way of using the attempts; the curve of accuracy and cost against tokens, as figures."""
    rows: list[tuple[str, ...]] = []
    notes: list[str] = []
    for record, name in named(records):
        for point in sampling_points(record):
            share = (
                f.ABSENT
                if point.thinking_tokens is None
                else f.percent(point.thinking_tokens / point.output_tokens)
            )
            rows.append(
                (
                    name,
                    point.task,
                    point.setting,
                    point.how,
                    f.percent_interval(*point.right.estimate),
                    f.significant(point.output_tokens),
                    share,
                    _cost(point),
                )
            )
            if point.right.n_items < _n_items(record, point.task):
                few = f"{point.task}, {point.how}: of the items with so many attempts, {point.right.n_items}"
                notes += about(name, records, [few])
            if point.is_disturbed:
                notes.append(DISTURBED_COST_NOTE)
    notes.append("right: of items, an answer that could not be read is not right; 95 % interval over items")
    notes.append("tokens: of output for an item, the thinking with them; thinking: its share of them")
    notes.append("one right of k (pass@k) takes a checker of what is correct; a vote (majority@k) takes none")
    columns = ("model", "task", "asked", "used", ">right", ">tokens", ">thinking", ">1,000 items")
    return make_table("Attempts and thinking", columns, rows, notes)


def _of_task(task: TaskResult, tried: Sequence[ItemResult], cost: _Cost) -> Iterator[SamplingPoint]:
    usd, provenance, is_disturbed = cost
    items: dict[str, list[ItemResult]] = {}
    for one in tried:
        items.setdefault(one.item_id, []).append(one)
    attempts = [
        Tried(
            name,
            of_item[0].group,
            tuple(Attempt(one.outcome == "right", one.answer) for one in of_item),
        )
        for name, of_item in items.items()
    ]
    thinking = [one.n_thinking_tokens for one in tried if one.n_thinking_tokens is not None]
    for k in _steps(1 if task.sampling is None else task.sampling.n_samples):
        ways = (
            [(ONE, pass_at_k(attempts, 1))]
            if k == 1
            else [
                (VOTE, majority_at_k(attempts, k, seed=task.seed)),
                (ANY, pass_at_k(attempts, k)),
            ]
        )
        for how, right in ways:
            if right is not None:
                yield SamplingPoint(
                    task.task,
                    how_asked(task),
                    how.format(k=k),
                    right,
                    k * fmean(one.n_output_tokens or 0 for one in tried),
                    k * fmean(thinking) if thinking else None,
                    None if usd is None else k * usd,
                    provenance,
                    is_disturbed,
                )


def _steps(n: int) -> list[int]:
    """1, 2, 4 … and n."""
    return sorted({n, *(1 << power for power in range(n.bit_length()) if 1 << power <= n)})


def _cost(point: SamplingPoint) -> str:
    if point.usd is None:
        return f.ABSENT
    return f.marked(f.money(1000 * point.usd), point.provenance, is_disturbed=point.is_disturbed)


def _cost_of_attempt(record: Record, task: str) -> _Cost:
    """The same against every API: what the device costs has nothing to do with its rivals."""
    if (assessment := record.assessment) is not None:
        for one in assessment.comparisons:
            if one.task == task and one.local_cost_per_attempt_usd is not None:
                is_disturbed = task in assessment.disturbed_tasks
                return one.local_cost_per_attempt_usd[0], one.local_energy_provenance, is_disturbed
    return None, "absent", False


def _n_items(record: Record, task: str) -> int:
    return next(len({item.item_id for item in one.items}) for one in record.tasks if one.task == task)
