"""Local first, API on doubt: C_local + C_check + p · C_api, with what a measured router really achieves."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cache, cached_property, partial

import numpy as np
from numpy.typing import NDArray

from bench.economics.api.api_cost import ApiCost
from bench.economics.assumptions.scenario import Scenario
from bench.economics.estimates import total
from bench.economics.verdict.accuracy import needed_share
from bench.economics.verdict.costs import (
    Costed,
    DeviceCosts,
    OpenBand,
    api_costs,
    device_costs,
    drawn_api_accuracy,
    per_correct,
)
from bench.economics.verdict.sides import ApiSide, DeviceSide
from bench.economics.verdict.uncertainty import Draws, ItemDraws, Randomness, bounds, probability
from bench.economics.ways.routers import (
    ALL,
    Bools,
    FirstAnswer,
    Router,
    Stakes,
    best_threshold,
    first_answers,
    fold_thresholds,
    folds,
)
from bench.records.types import Mixture, MixtureSide, TaskResult, Usd

MIN_GROUPS = 20  # with fewer a threshold rests on 16 groups at most, and its intervals say next to nothing
MOST_DRAWS = 1_000  # an end of an interval is then known to a tenth of a standard error


@dataclass(frozen=True)
class LocalFirst:
    """The device's first answers as one router sees them, and their costs, all drawn together."""

    router: Router
    answers: tuple[FirstAnswer, ...]
    n_groups: int
    costs: Callable[[], DeviceCosts | None]  # of all attempts at an item; worked out when asked for
    draws: ItemDraws
    folds: Callable[[], NDArray[np.int64]]  # of each answer

    @cached_property
    def right(self) -> tuple[bool, ...]:
        return tuple(answer.is_right for answer in self.answers)

    @cached_property
    def attempts_per_item(self) -> float:
        return sum(len(answer.attempts) for answer in self.answers) / len(self.answers)


@dataclass(frozen=True)
class _Outcome:
    """How often a way is right: its value, and draws with the worst and best that is not ruled out.

    Of an API known by a bar alone ``draws`` have it always right, and ``at_bar`` has it just at the bar.
    """

    accuracy: Decimal
    draws: Draws
    at_bar: Draws
    worst: Draws
    best: Draws


@dataclass(frozen=True)
class _Loss:
    usd: Usd
    draws: Draws | float


def local_first(device: DeviceSide, scenario: Scenario) -> Iterator[LocalFirst]:
    """One for each router that the device's attempts allow."""
    if device.draws is None:
        return
    routed = first_answers(device.items)
    if not routed:
        return
    attempts = [(one.group, one.is_right, one.attempts) for one in next(iter(routed.values()))]
    groups, right, places = zip(*attempts, strict=True)
    randomness = Randomness(scenario.seed, min(device.draws.randomness.n_draws, MOST_DRAWS))
    draws = ItemDraws(randomness, f"first answers to {device.draws.name}", (right,) * 4, groups)
    fold_of = cache(partial(folds, groups, scenario.seed))

    @cache
    def costs() -> DeviceCosts | None:
        if device.costs is None or device.point.energy is None:
            return None
        joules = device.costs.item_joules
        of_items = [total(*(joules[place] for place in own)) for own in places]
        return device_costs(of_items, device.point.energy, scenario, draws, randomness)

    for router, answers in routed.items():
        yield LocalFirst(router, answers, len(set(groups)), costs, draws, fold_of)


def mixture(
    first: LocalFirst, task: TaskResult, profile: str, device: DeviceSide, api: ApiSide, scenario: Scenario
) -> Mixture:
    """Local first, then this API; where something it takes is not known, that is said instead."""
    told = partial(
        Mixture,
        task=task.task,
        api=profile,
        router=first.router,
        n_items=len(first.answers),
        n_groups=first.n_groups,
        attempts_per_item=first.attempts_per_item,
    )
    unknown = _unknown(first, device, api)
    if unknown or api.bill is None or api.accuracy.value is None or (costs := first.costs()) is None:
        return told(unknown_because=unknown)
    randomness, is_bar = first.draws.randomness, api.accuracy.is_bar
    own = [answer.attempts[0] for answer in first.answers]
    bill = replace(
        api.bill,
        input_usd=tuple(api.bill.input_usd[at] for at in own),
        output_usd=tuple(api.bill.output_usd[at] for at in own),
        fees_usd=tuple(api.bill.fees_usd[at] for at in own),
    )
    answered = tuple(api.accuracy.answers[at] for at in own) if api.accuracy.answers else ()
    check, loss = scenario.check_cost, _loss(task, scenario, randomness)
    start = Costed(
        costs.total.usd + check.value,
        costs.total.draws + randomness.band("check_cost", check.band),
    )
    stakes = Stakes(
        signal=np.array([answer.signal for answer in first.answers]),
        local_right=np.array(first.right, dtype=np.float64),
        api_right=np.array(answered or [api.accuracy.value] * len(own), dtype=np.float64),
        api_usd=np.array([float(a + b) for a, b in zip(bill.input_usd, bill.output_usd, strict=True)]),
        first_usd=float(start.usd),
        loss_usd=None if loss is None else float(loss.usd),
        delta=0.0 if is_bar else float(scenario.delta.value),
        need=needed_share(scenario, task.task) or 0.0,
    )
    fold_of = first.folds()
    of_folds = fold_thresholds(stakes, fold_of)
    passed = stakes.signal < of_folds[fold_of]
    here, mixed, there, escalated = _outcomes(first, api, profile, passed, answered)
    if passed.all() or not passed.any():  # it is an end itself, made-up items or not
        mixed = there if passed.all() else here
    later = api_costs(_of_passed(bill, passed), profile, first.draws, randomness)
    cost = Costed(start.usd + later.usd, start.draws + later.draws)
    alone = api_costs(bill, profile, first.draws, randomness)
    needed = there.at_bar if is_bar else np.maximum(there.draws - stakes.delta, stakes.need)
    ways = (cost, mixed), (costs.total, here), (alone, there)

    def cheapest(accuracy: Callable[[_Outcome], Draws]) -> float:
        own, *ends = (_figure(usd, accuracy(way), loss, needed) for usd, way in ways)
        return probability(own < np.minimum(*ends))

    share = float(passed.mean())
    return told(
        api_right_by="transcript" if answered else "independent",
        threshold=_finite(best_threshold(stakes)),
        fold_thresholds=tuple(_finite(float(one)) for one in of_folds),
        escalated=(share, *_around(share, escalated, escalated)),
        accuracy_at_random=(1 - share) * float(here.accuracy) + share * float(there.accuracy),
        mixed=_way(cost, mixed, loss),
        local=_way(costs.total, here, loss),
        hosted=_way(alone, there, loss),
        probability_cheapest=min(cheapest(lambda way: way.draws), cheapest(lambda way: way.at_bar)),
    )


def _finite(threshold: float) -> float | None:
    return None if threshold == ALL else threshold


def _unknown(first: LocalFirst, device: DeviceSide, api: ApiSide) -> str:
    """Why there can be no figures; empty where there can."""
    if first.n_groups < MIN_GROUPS:
        return f"{first.n_groups} items or groups of items, and a threshold takes {MIN_GROUPS} to be chosen"
    reasons = [device.no_cost_because, api.no_cost_because]
    if api.accuracy.value is None:
        reasons.append("nothing is known of the API's accuracy on this task")
    return "; ".join(filter(None, reasons))


def _loss(task: TaskResult, scenario: Scenario, randomness: Randomness) -> _Loss | None:
    stated = scenario.loss_per_error
    if stated is not None:
        return _Loss(stated.value, randomness.band("loss_per_error", stated.band))
    loss = task.loss_per_error_usd
    return None if loss is None else _Loss(loss, float(loss))


def _outcomes(
    first: LocalFirst, api: ApiSide, profile: str, passed: Bools, answered: Sequence[bool]
) -> tuple[_Outcome, _Outcome, _Outcome, Draws]:
    """Of the device alone, the mixture and the API alone, and the share passed on, from the same resamples.

    Of an API with a transcript each item's answer is known. Else its accuracy p is taken as independent of
    the router: kept and right + p · share passed on. What dependence could make of it: of the share e that is
    passed on, no more than min(e, p) of all items can be right, and no less than p + e - 1 (Fréchet).
    """
    local, n = first.right, len(first.answers)
    is_kept = [bool(right) and not goes for right, goes in zip(local, passed, strict=True)]
    if answered:
        others = [bool(there) and bool(goes) for there, goes in zip(answered, passed, strict=True)]
        either = tuple(kept or other for kept, other in zip(is_kept, others, strict=True))
        rows = (local, either, tuple(answered))
    else:
        at_most = tuple(kept or bool(goes) for kept, goes in zip(is_kept, passed, strict=True))
        rows = (local, tuple(is_kept), at_most)
    drawn = first.draws.judged(*rows, tuple(map(bool, passed)))
    low, high = drawn.accuracy(1), drawn.accuracy(2)
    here, escalated = _same(_share(local), drawn.accuracy(0)), drawn.accuracy(3)
    if answered:
        return here, _same(_share(rows[1]), low), _same(_share(rows[2]), high), escalated
    p, p_draws = (
        Decimal(str(api.accuracy.for_money)),
        drawn_api_accuracy(api.accuracy, profile, drawn, drawn.randomness),
    )
    p_worst = np.full_like(p_draws, api.accuracy.value) if api.accuracy.is_bar else p_draws
    e = np.clip(high - low, 0.0, 1.0)
    mixed = _Outcome(
        _share(is_kept) + p * int(passed.sum()) / n,
        np.clip(low + e * p_draws, 0.0, 1.0),
        np.clip(low + e * p_worst, 0.0, 1.0),
        np.clip(low + np.maximum(0.0, p_worst + e - 1), 0.0, 1.0),
        np.clip(low + np.minimum(e, p_draws), 0.0, 1.0),
    )
    return here, mixed, _Outcome(p, p_draws, p_worst, p_worst, p_draws), escalated


def _same(accuracy: Decimal, draws: Draws) -> _Outcome:
    return _Outcome(accuracy, draws, draws, draws, draws)


def _share(right: Sequence[bool]) -> Decimal:
    return Decimal(sum(right)) / len(right)


def _of_passed(bill: ApiCost, passed: Bools) -> ApiCost:
    """The bill with nothing for what is kept."""

    def kept_out(bills: Sequence[Usd]) -> tuple[Usd, ...]:
        return tuple(usd if goes else Decimal(0) for usd, goes in zip(bills, passed, strict=True))

    return replace(
        bill,
        input_usd=kept_out(bill.input_usd),
        output_usd=kept_out(bill.output_usd),
        fees_usd=kept_out(bill.fees_usd),
    )


def _figure(cost: Costed, accuracy: Draws, loss: _Loss | None, needed: Draws) -> Draws:
    """What a way is judged by in each draw; infinite where it is not good enough."""
    if loss is not None:
        return cost.draws + (1 - accuracy) * loss.draws
    is_good = (accuracy >= needed) & (accuracy > 0)
    return np.divide(cost.draws, accuracy, out=np.full_like(accuracy, np.inf), where=is_good)


def _way(cost: Costed, outcome: _Outcome, loss: _Loss | None) -> MixtureSide:
    value = float(outcome.accuracy)
    return MixtureSide(
        accuracy=(value, *_around(value, outcome.worst, outcome.best)),
        usd_per_item=cost.band,
        usd_per_correct=_per_correct(cost, outcome),
        usd_with_errors=None if loss is None else _with_errors(cost, outcome, loss),
    )


def _per_correct(cost: Costed, outcome: _Outcome) -> OpenBand | None:
    best = per_correct(cost, outcome.accuracy, outcome.best)
    worst = per_correct(cost, outcome.accuracy, outcome.worst)
    return None if best is None or worst is None else (best[0], best[1], worst[2])


def _with_errors(cost: Costed, outcome: _Outcome, loss: _Loss) -> tuple[Usd, Usd, Usd]:
    usd = cost.usd + (1 - outcome.accuracy) * loss.usd
    best, worst = (
        Costed(usd, cost.draws + (1 - draws) * loss.draws).band for draws in (outcome.best, outcome.worst)
    )
    return usd, best[1], worst[2]


def _around(value: float, worst: Draws, best: Draws) -> tuple[float, float]:
    return min(value, bounds(worst)[0]), max(value, bounds(best)[1])
