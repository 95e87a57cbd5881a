"""Answers of several sides to the same items: models against each other and against transcripts, in pairs."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from statistics import fmean

from bench.records.types import Record, TaskResult
from bench.reports.words.asking import how_asked
from bench.reports.words.labels import named
from bench.stats import Attempts, Estimate, detectable_difference, difference_of
from bench.stats import Pair as PairedItem

POWER = 0.8


@dataclass(frozen=True, slots=True)
class Answers:
    """What one side answered to one task: a model of a record, or a hosted one by its transcript."""

    name: str
    result: TaskResult


@dataclass(frozen=True, slots=True)
class Both:
    """The ``n`` items that both sides scored, with the means of the items' shares right.

    ``discordant``: the share of items on which exactly one side is right, or what stands for it
    (``PairedDifference``) where items were tried several times or share something: ``is_clustered``.
    """

    n: int
    share_a: float
    share_b: float
    discordant: float
    is_clustered: bool


@dataclass(frozen=True, slots=True)
class Pair:
    """``difference`` is accuracy A - B with its 95 % interval; ``detectable`` what ``n`` items would tell.

    ``why_not``: why these two are not compared; then there are no figures. ``settings``: how they were asked
    to think or to draw, where that differs.
    """

    task: str
    a: str
    b: str
    both: Both
    difference: Estimate | None
    detectable: float | None
    why_not: str | None = None
    settings: str | None = None


def both_scored(a: TaskResult, b: TaskResult) -> tuple[Both, Estimate | None]:
    """What both scored, item by item over its samples, and the difference A - B; None without an item.

    What either could not score is neither right nor wrong, and left out.
    """
    of_a, of_b = _scored(a), _scored(b)
    groups = {item.item_id: item.group for task in (a, b) for item in task.items}
    shared = [PairedItem(groups[item], one, of_b[item]) for item, one in of_a.items() if item in of_b]
    if not shared:
        return Both(0, 0.0, 0.0, 0.0, is_clustered=False), None
    share_a, share_b = (
        fmean(one.n_right / one.n for one in side)
        for side in ([pair.first for pair in shared], [pair.second for pair in shared])
    )
    found = difference_of(shared)
    both = Both(found.n, share_a, share_b, found.discordant, found.is_clustered)
    return both, found.difference


def _scored(task: TaskResult) -> dict[str, Attempts]:
    """The scored attempts at each item that has any."""
    found: dict[str, Attempts] = {}
    for item in task.items:
        if item.outcome != "unscored":
            n_right, n = found.get(item.item_id, (0, 0))
            found[item.item_id] = Attempts(n_right + (item.outcome == "right"), n + 1)
    return found


def pairs_of(records: Sequence[Record], hosted: Sequence[Answers]) -> tuple[Pair, ...]:
    """Every two sides of every task: the models in their order, then the transcripts."""
    by_task: dict[str, list[Answers]] = {}
    measured = [Answers(name, task) for record, name in named(records) for task in record.tasks]
    for side in (*measured, *hosted):
        by_task.setdefault(side.result.task, []).append(side)
    unknown = {id(side) for side in hosted}  # how an API thinks and draws is its own affair
    return tuple(
        _pair(a, b, None if unknown & {id(a), id(b)} else _settings(a, b))
        for sides in by_task.values()
        for a, b in combinations(sides, 2)
    )


def _pair(a: Answers, b: Answers, settings: str | None) -> Pair:
    task = a.result.task
    both, difference = both_scored(a.result, b.result)
    why_not = _why_not(a, b, both)
    if why_not is not None:
        return Pair(task, a.name, b.name, both, None, None, why_not)
    detectable = detectable_difference(both.discordant, both.n, power=POWER)
    return Pair(task, a.name, b.name, both, difference, detectable, settings=settings)


def _settings(a: Answers, b: Answers) -> str | None:
    if (a.result.sampling, a.result.thinking) == (b.result.sampling, b.result.thinking):
        return None
    return "; ".join(map(_asked_with, (a, b)))


def _asked_with(side: Answers) -> str:
    n = side.result.n_samples
    samples = f", {n} samples of each item" if n > 1 else ""
    return f"{side.name} was asked with {how_asked(side.result)}{samples}"


def _why_not(a: Answers, b: Answers, both: Both) -> str | None:
    if a.result.prompting != b.result.prompting:
        return f"{a.name} was asked by {a.result.prompting}, {b.name} by {b.result.prompting}"
    if a.result.n_shots != b.result.n_shots:
        return f"{a.name} was shown {a.result.n_shots} worked examples, {b.name} {b.result.n_shots}"
    if not both.n:
        return f"no item was scored for both {a.name} and {b.name}"
    return None
