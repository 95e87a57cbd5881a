"""The ways to an answer that records, APIs and publications know, each as far as it is known."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import chain

from bench.economics.verdict.accuracy import LocalAccuracy, attempted
from bench.economics.verdict.judging import CONFIDENCE
from bench.economics.ways.published_ways import PublishedWay
from bench.economics.ways.ranges import ONE, Range
from bench.records.types import Comparison, LeftOut, Mixture, Record, TaskResult, WayKind
from bench.stats import two_sided


@dataclass(frozen=True, slots=True)
class KnownWay:
    """A way whose cost and accuracy are known. ``shown_accuracy`` is what a needed accuracy is held against:
    bounds of the accuracy, of the device's own the one-sided ones of the quality gate.
    """

    kind: WayKind
    name: str
    cost: Range
    accuracy: Range
    per_correct: Range | None  # None: never right, so unbounded
    shown_accuracy: tuple[Decimal, Decimal]
    source: str
    items_of: str | None = None
    seconds: Range | None = None
    is_modelled: bool = False
    is_disturbed: bool = False  # joules behind its cost were taken while others worked
    needs: tuple[tuple[WayKind, str], ...] = ()  # ways without which there is none, by kind and name

    @property
    def is_line(self) -> bool:
        """Is it known by single figures, so that its cost over the loss per error is one line?"""
        return self.cost.is_one_figure and self.accuracy.is_one_figure


@dataclass(frozen=True, slots=True)
class Attempted:
    """One record's attempts at a task, and what was concluded from them: one comparison or more.

    ``beyond_capacity`` says so where the device cannot do the volume that was stated: no way to that volume.
    """

    name: str  # the record's
    record: Record
    task: TaskResult
    comparisons: tuple[Comparison, ...]
    mixtures: tuple[Mixture, ...] = ()
    beyond_capacity: str = ""

    @property
    def is_disturbed(self) -> bool:
        """Were the joules behind the device's cost taken while others worked?"""
        assessment = self.record.assessment
        return assessment is not None and self.task.task in assessment.disturbed_tasks


def ways_of(
    attempts: Sequence[Attempted], published: Sequence[PublishedWay]
) -> tuple[tuple[KnownWay, ...], tuple[LeftOut, ...]]:
    """All ways to the one task that ``attempts`` and ``published`` are of, and those that lack something."""
    found = [
        *map(_local, attempts),
        *_apis(attempts),
        *(way for one in attempts for way in _mixtures(one)),
        *map(published_way, published),
    ]
    return (
        tuple(_told_apart([one for one in found if isinstance(one, KnownWay)])),
        tuple(one for one in found if isinstance(one, LeftOut)),
    )


def published_way(way: PublishedWay) -> KnownWay:
    """As it was published, without an interval: what is rounded or bounded stays so."""
    cost, accuracy = Range.published(way.usd_per_task), Range.published(way.accuracy, top=ONE)
    return KnownWay(
        kind=way.kind,
        name=way.name,
        cost=cost,
        accuracy=accuracy,
        per_correct=cost.per(accuracy) if accuracy.high > 0 else None,
        shown_accuracy=(accuracy.least, accuracy.most),
        source=f"{way.source} ({way.date})",
        seconds=None if way.seconds is None else Range.published(way.seconds),
    )


def _local(one: Attempted) -> KnownWay | LeftOut:
    """What the device does, from the comparison that is of the most items."""
    most = max(one.comparisons, key=lambda c: (c.local_cost_per_attempt_usd is not None, c.n_items or 0))
    if most.local_accuracy is None:
        return LeftOut(kind="local", name=one.name, why="no item was attempted")
    if most.local_cost_per_attempt_usd is None:
        return LeftOut(kind="local", name=one.name, why=f"its cost is not known: {_money_said(most)}")
    if one.beyond_capacity:
        return LeftOut(kind="local", name=one.name, why=one.beyond_capacity)
    accuracy = most.local_accuracy
    _, low, high = LocalAccuracy.of(attempted(one.task)).share.estimate(two_sided(CONFIDENCE))
    seconds = None if most.local_seconds_per_attempt is None else _exact(most.local_seconds_per_attempt)
    per_correct = most.local_usd_per_correct
    return KnownWay(
        kind="local",
        name=one.name,
        cost=Range.sampled(*most.local_cost_per_attempt_usd),
        accuracy=Range.sampled(_exact(accuracy.value), _exact(accuracy.low), _exact(accuracy.high)),
        per_correct=None if per_correct is None else Range.sampled(*per_correct),
        shown_accuracy=(_exact(low), _exact(high)),
        source=f"record {one.record.id}",
        items_of=f"{most.n_items} items of {one.name}",
        seconds=None if seconds is None else Range.sampled(seconds, seconds, seconds),
        is_modelled=most.local_energy_provenance == "modelled",
        is_disturbed=one.is_disturbed,
    )


def _apis(attempts: Sequence[Attempted]) -> Iterator[KnownWay | LeftOut]:
    """Each API once: as it was compared on the most items, by whichever record these were."""
    compared: dict[str, list[tuple[Attempted, Comparison]]] = {}
    for one in attempts:
        for comparison in one.comparisons:
            compared.setdefault(comparison.api, []).append((one, comparison))
    for found in compared.values():
        one, comparison = max(found, key=lambda pair: (not _lacks(pair[1]), pair[1].n_items or 0))
        yield _api(one, comparison)


def _api(one: Attempted, comparison: Comparison) -> KnownWay | LeftOut:
    why = _lacks(comparison)
    known, cost_usd = comparison.evidence.accuracy, comparison.api_cost_per_attempt_usd
    if why or known is None or cost_usd is None:
        return LeftOut(kind="api", name=comparison.api, why=why)
    cost = Range.sampled(*cost_usd)
    value, low, high = map(_exact, known)
    accuracy = Range.sampled(value, low, high)
    per_correct = comparison.api_usd_per_correct
    spend = None if per_correct is None else Range.sampled(*per_correct)
    if comparison.evidence.kind == "declared-bar":  # met, and nobody knows by how much
        accuracy = Range(value, ONE, value, ONE)
        bounds = cost.per(accuracy)
        if spend is not None:
            spend = Range(bounds.low, bounds.high, min(bounds.low, spend.least), max(bounds.high, spend.most))
    return KnownWay(
        kind="api",
        name=comparison.api,
        cost=cost,
        accuracy=accuracy,
        per_correct=spend,
        shown_accuracy=(accuracy.least, accuracy.most),
        source=comparison.evidence.detail,
        items_of=f"{comparison.n_items} items of {one.name}",
    )


def _mixtures(one: Attempted) -> Iterator[KnownWay | LeftOut]:
    """Local first, API on doubt, for each router and API that it was reckoned with."""
    beside = {comparison.api: comparison for comparison in one.comparisons}
    for mixture in one.mixtures:
        name = f"{one.name}, on doubt {mixture.api} ({mixture.router})"
        comparison, side = beside[mixture.api], mixture.mixed
        if side is None or comparison.is_last_price or one.beyond_capacity or _is_an_end(mixture):
            why = mixture.unknown_because or one.beyond_capacity or "its API was retired"
            why = "nothing is passed on, or everything" if _is_an_end(mixture) else why
            yield LeftOut(kind="mixture", name=name, why=why)
            continue
        spend = side.usd_per_correct
        accuracy = Range.sampled(*map(_exact, side.accuracy))
        per_correct = None if spend is None else Range.sampled(*spend)
        if comparison.evidence.kind == "declared-bar":  # the values are those of an API that is always right
            accuracy = Range(accuracy.least, accuracy.high, accuracy.least, accuracy.most)
            if per_correct is not None:
                per_correct = Range(per_correct.low, per_correct.most, per_correct.least, per_correct.most)
        yield KnownWay(
            kind="mixture",
            name=name,
            cost=Range.sampled(*side.usd_per_item),
            accuracy=accuracy,
            per_correct=per_correct,
            shown_accuracy=(accuracy.least, accuracy.most),
            source=f"the API is right by {mixture.api_right_by}",
            items_of=f"{mixture.n_items} items of {one.name}",
            is_modelled=comparison.local_energy_provenance == "modelled",
            is_disturbed=one.is_disturbed,
            needs=(("local", one.name), ("api", mixture.api)),
        )


def _is_an_end(mixture: Mixture) -> bool:
    """Is it the device alone, or the API alone?"""
    return mixture.escalated is not None and mixture.escalated[0] in (0, 1)


def _lacks(comparison: Comparison) -> str:
    """Why the API is no way that can be taken and compared; empty where it is one."""
    if comparison.is_last_price:
        return "it was retired"
    if comparison.api_cost_per_attempt_usd is None:
        return f"its cost is not known: {_money_said(comparison)}"
    if comparison.evidence.accuracy is None:
        return f"its accuracy is not known: {comparison.evidence.detail}"
    return ""


def _money_said(comparison: Comparison) -> str:
    return next((gate.why for gate in comparison.gates if gate.name == "cheaper"), "nothing says it")


def _told_apart(ways: Sequence[KnownWay]) -> Iterator[KnownWay]:
    """With names that differ: an API may be called as a model is. What a way needs comes before it."""
    taken: set[str] = set()
    names: dict[tuple[WayKind, str], str] = {}
    for way in ways:
        alike = (f"{way.name} ({way.kind}{n})" for n in ("", *range(2, len(ways) + 1)))
        name = next(name for name in chain([way.name], alike) if name not in taken)
        taken.add(name)
        names[way.kind, way.name] = name
        needs = tuple((kind, names.get((kind, needed), needed)) for kind, needed in way.needs)
        yield replace(way, name=name, needs=needs)


def _exact(figure: float) -> Decimal:
    return Decimal(repr(figure))
