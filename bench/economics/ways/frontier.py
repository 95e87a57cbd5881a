"""The cheapest way to a correct answer, who else is on the front, and what each way adds.

Spend per correct answer of the frontier is the least over all ways; what a way adds is the frontier without
it over the frontier with it (the counterfactual of the cost-of-pass frontier: Erol et al. 2025,
https://arxiv.org/abs/2504.13359); a mixture is gone with the model or the API that it needs. With a loss
per error the same is done with cost + (1 - accuracy) * loss.
Every way has its own bounds; they are not drawn jointly, so a ratio's bounds take each end against each.
"""

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence, Set
from decimal import Decimal

from bench.economics.assumptions.scenario import Scenario
from bench.economics.device.capacity import service_of
from bench.economics.device.operating_point import operating_point
from bench.economics.verdict.accuracy import attempted
from bench.economics.ways.published_ways import PublishedWay
from bench.economics.ways.ranges import ONE, UNBOUNDED, ZERO, Range, least_of, times_without
from bench.economics.ways.ways import Attempted, KnownWay, ways_of
from bench.records.types import (
    Added,
    Comparison,
    Frontier,
    LeftOut,
    LossRange,
    Measure,
    Met,
    Ranking,
    Record,
    TaskResult,
    Way,
)
from bench.stats import Span, dominates

GROUPS = {
    "local": "all local models",
    "api": "all APIs",
    "mixture": "all mixtures",
    "human": "all humans",
    "published": "all other published ways",
}


def frontiers(
    records: Sequence[Record],
    scenario: Scenario,
    published: Sequence[PublishedWay] = (),
    names: Mapping[str, str] | None = None,
) -> tuple[Frontier, ...]:
    """One for each task to which there are two ways or more; ``names`` calls records, by id, apart.

    A task is its items: those of the same name with other items are another one, to which a published way
    of that name leads as well. Records that asked the same items in other ways are ways to the same task.
    """
    tasks: dict[tuple[str, str | None], list[Attempted]] = {}
    for record in records:
        for one in _attempts(record, (names or {}).get(record.id, record.model.name), scenario):
            tasks.setdefault((one.task.task, one.task.content_sha256), []).append(one)
    for way in published:
        if way.task is not None and not any(name == way.task for name, _ in tasks):
            tasks[way.task, None] = []
    found = []
    for (name, content), attempts in tasks.items():
        ways, left_out = ways_of(attempts, [way for way in published if way.task == name])
        needed = scenario.needed_accuracy(name)
        stated = next((one.task.loss_per_error_usd for one in attempts), None)
        loss = stated if scenario.loss_per_error is None else scenario.loss_per_error.value
        if len(ways) > 1:
            found.append(
                frontier(
                    name,
                    ways,
                    content_sha256=content,
                    needed_accuracy=None if needed is None else needed.high,
                    loss_usd=loss,
                    left_out=left_out,
                )
            )
    return tuple(found)


def _attempts(record: Record, name: str, scenario: Scenario) -> Iterator[Attempted]:
    if record.assessment is None:
        return
    for task in record.tasks:
        compared = tuple(one for one in record.assessment.comparisons if one.task == task.task)
        if compared:
            mixed = tuple(one for one in record.assessment.mixtures if one.task == task.task)
            beyond = _beyond_capacity(record, task, compared, scenario)
            yield Attempted(name, record, task, compared, mixed, beyond)


def _beyond_capacity(
    record: Record, task: TaskResult, compared: Sequence[Comparison], scenario: Scenario
) -> str:
    """Why the device cannot do the stated volume, as its gate has it; empty where it can, or none was stated.

    Its gate may have failed for its service levels alone, or be open since the device was disturbed.
    """
    volume = scenario.tasks_per_month
    gates = [gate.result for one in compared for gate in one.gates if gate.name == "fast-enough"]
    if volume.kind == "default" or "fail" not in gates:
        return ""
    latency = next((one for one in record.latency if one.task == task.task), None)
    service = service_of(attempted(task), record.speed, operating_point(latency))
    capacity = None if service is None else service.capacity_per_month(scenario.working_hours)
    if capacity is None or volume.low <= capacity:
        return ""
    return f"it can do {capacity:,.0f} of the {volume.value:,.0f} tasks a month"


def frontier(
    task: str,
    ways: Sequence[KnownWay],
    *,
    content_sha256: str | None = None,
    needed_accuracy: Decimal | None = None,
    loss_usd: Decimal | None = None,
    left_out: Sequence[LeftOut] = (),
) -> Frontier:
    """Rank ``ways``, whose names differ, by spend per correct answer, and with a loss by cost with errors.

    Where an accuracy is needed, ways rank that are known to meet it.
    """
    meets = {way.name: _meets(way, needed_accuracy) for way in ways}
    able = [way for way in ways if meets[way.name] in ("pass", None)]
    spends = {way.name: way.per_correct for way in able if way.per_correct is not None}
    rankings = [_ranking("usd-per-correct", able, spends)]
    if loss_usd is not None:
        with_errors = {way.name: way.cost.with_errors(way.accuracy, loss_usd) for way in able}
        rankings.append(_ranking("cost-with-errors", able, with_errors))
    surely, by_value = _ahead(ways, is_sure=True), _ahead(ways, is_sure=False)
    front = [way for way in ways if not by_value[way.name]]
    return Frontier(
        task=task,
        content_sha256=content_sha256,
        needed_accuracy=needed_accuracy,
        loss_per_error_usd=loss_usd,
        ways=tuple(
            Way(
                kind=way.kind,
                name=way.name,
                cost_usd=way.cost.figure(),
                accuracy=way.accuracy.figure(top=ONE),
                usd_per_correct=None if way.per_correct is None else way.per_correct.figure(),
                cost_with_errors_usd=None
                if loss_usd is None
                else way.cost.with_errors(way.accuracy, loss_usd).figure(),
                seconds=None if way.seconds is None else way.seconds.figure(),
                is_modelled=way.is_modelled,
                is_disturbed=way.is_disturbed,
                source=way.source,
                items_of=way.items_of,
                meets_need=meets[way.name],
                dominated_by=surely[way.name],
                beaten_by=tuple(other for other in by_value[way.name] if other not in surely[way.name]),
                cheapest_for=None if by_value[way.name] else _cheapest_for(way, front),
            )
            for way in ways
        ),
        rankings=tuple(one for one in rankings if one is not None),
        left_out=tuple(left_out),
    )


def _meets(way: KnownWay, needed: Decimal | None) -> Met | None:
    if needed is None:
        return None
    low, high = way.shown_accuracy
    if low >= needed:
        return "pass"
    return "fail" if high < needed else "open"


def _ranking(measure: Measure, ways: Sequence[KnownWay], figures: Mapping[str, Range]) -> Ranking | None:
    """``figures`` of the ways that have one; None where none has. The cheapest is the least at its worst."""
    if not figures:
        return None
    cheapest = min(figures, key=lambda name: (figures[name].high, figures[name].low))
    everything = least_of(figures.values())
    gone: dict[str, set[str]] = {name: {name} for name in figures}
    of_kind: dict[str, set[str]] = {}
    for way in ways:
        if way.name in figures:
            of_kind.setdefault(way.kind, set()).add(way.name)
            for kind, needed in way.needs:
                of_kind.setdefault(kind, set()).add(way.name)
                gone.get(needed, set()).add(way.name)
    added = [_added(name, gone[name], figures, everything, is_group=False) for name in figures]
    added += [
        _added(group, of_kind[kind], figures, everything, is_group=True)
        for kind, group in GROUPS.items()
        if kind in of_kind
    ]
    return Ranking(
        measure=measure,
        cheapest=cheapest,
        usd=everything.figure(),
        not_told_apart=tuple(
            name
            for name, figure in figures.items()
            if name != cheapest and figure.overlaps(figures[cheapest])
        ),
        added=tuple(sorted(added, key=_by_size)),
    )


def _added(
    of: str, names: Set[str], figures: Mapping[str, Range], everything: Range, *, is_group: bool
) -> Added:
    """What ``names`` do to the least of ``everything``."""
    own = least_of(figures[name] for name in names)
    rest: Range | None = everything  # as long as no end of it is theirs
    if any(mine == its for mine, its in zip(own.ends, everything.ends, strict=True)):
        left = [figure for name, figure in figures.items() if name not in names]
        rest = least_of(left) if left else None
    times = None if rest is None else times_without(rest, own)
    return Added(
        of=of,
        is_group=is_group,
        n_ways=len(names),
        without_usd=None if rest is None else rest.figure(),
        with_usd=everything.figure(),
        times=None if times is None or times.low == UNBOUNDED else times.figure(floor=ONE),
    )


def _by_size(added: Added) -> tuple[bool, Decimal]:
    """Ways, then kinds; most first, what nothing can replace before all."""
    if added.times is None:
        return added.is_group, Decimal("-Infinity")
    return added.is_group, -(added.times.value or added.times.low)


def _ahead(ways: Sequence[KnownWay], *, is_sure: bool) -> dict[str, tuple[str, ...]]:
    """For each way those on the front that are ahead of it: who is behind any is behind one of these.

    Whoever is ahead costs no more at its worst than the other at its best, so that the cheap come first.
    """
    spans = {way.name: _spans(way, is_sure=is_sure) for way in ways}
    front: list[str] = []
    costs: list[float] = []
    ahead: dict[str, tuple[str, ...]] = {}
    for name in sorted(spans, key=lambda name: tuple(-span.low for span in spans[name])):
        cheaper = front[: bisect_right(costs, -spans[name][0].high)]
        ahead[name] = tuple(other for other in cheaper if dominates(spans[other], spans[name]))
        if not ahead[name]:
            front.append(name)
            costs.append(-spans[name][0].low)
    return ahead


def _spans(way: KnownWay, *, is_sure: bool) -> tuple[Span, Span]:
    """Cheapness and accuracy, more being better: with what luck may do, or by value and bounds alone."""
    cost, accuracy = way.cost, way.accuracy
    if is_sure:
        return _span(-cost.most, -cost.least), _span(accuracy.least, accuracy.most)
    return _span(-cost.high, -cost.low), _span(accuracy.low, accuracy.high)


def _span(low: Decimal, high: Decimal) -> Span:
    return Span(float(low), float(high))


def _cheapest_for(way: KnownWay, front: Sequence[KnownWay]) -> LossRange | None:
    """Losses for which its cost with errors, at its best, is not above that of any other at its worst.

    Ways behind the ``front`` are the cheapest for none: another is, at its worst, below their best.
    Each other way bounds them from one side: (R_other - R) * L <= c_other - c, so the ends are exact. Where
    all are single figures this is its part of the lower envelope; a part of one point is none.
    """
    low, high = ZERO, UNBOUNDED
    others = [other for other in front if other is not way]
    for other in others:
        more_right, dearer = other.accuracy.low - way.accuracy.high, other.cost.high - way.cost.low
        if more_right < 0 and dearer < 0:
            low = max(low, dearer / more_right)
        elif more_right > 0:
            high = min(high, dearer / more_right)
        elif more_right == 0 and dearer < 0:
            return None
    if high <= low:
        return None
    return LossRange(
        low_usd=low,
        high_usd=None if high == UNBOUNDED else high,
        is_sure=all(_is_nowhere_dearer(way, other, low, high) for other in others),
    )


def _is_nowhere_dearer(way: KnownWay, other: KnownWay, low: Decimal, high: Decimal) -> bool:
    """For no loss between them, even at its worst beside the other at its best. A line has one figure."""
    if way.is_line and other.is_line:  # ``low`` and ``high`` are so, but for the last digit of a division
        return True
    dearer = way.cost.high - other.cost.low
    less_right = other.accuracy.high - way.accuracy.low
    at_end = less_right <= 0 if high == UNBOUNDED else dearer + less_right * high <= 0
    return dearer + less_right * low <= 0 and at_end
