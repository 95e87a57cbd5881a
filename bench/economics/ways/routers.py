"""Routers: which of the device's answers are passed on to an API, by a signal that was measured.

No router knows which answers are right. A threshold is chosen on some items and applied to others, so that
the accuracy and the share passed on are what a user of the router would meet.
"""

import hashlib
from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from bench.records.types import ItemResult

Router = Literal["least-margin", "mean-margin", "self-consistency"]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

N_FOLDS = 5
ALL = float("inf")  # a threshold below which every signal is
_ROUNDING = 1e-9  # of a sum of shares, relative to the number of items


@dataclass(frozen=True, slots=True)
class FirstAnswer:
    """The device's answer to an item, and how sure it looks: what is below a threshold is passed on.

    ``attempts``: the places of the item's attempts among those given, that of the answer first.
    """

    item_id: str
    group: tuple[str, str]
    signal: float
    is_right: bool
    attempts: tuple[int, ...]


def first_answers(attempts: Sequence[ItemResult]) -> Mapping[Router, tuple[FirstAnswer, ...]]:
    """What each router that these attempts allow sees of each item; none where no signal was measured.

    Greedy answers have their least and mean margin in nats, 0 where an answer has none, as one without text.
    Items that were tried several times have the share of the attempts that agree with the commonest answer;
    the answer is then the first with that one, and the first given where several are as common. An attempt
    whose answer could not be read agrees with none.
    """
    places: dict[str, list[int]] = {}
    for place, one in enumerate(attempts):
        places.setdefault(one.item_id, []).append(place)
    if any(len(own) > 1 for own in places.values()):
        if all(one.answer is None for one in attempts):
            return {}
        return {"self-consistency": tuple(_voted(attempts, own) for own in places.values())}
    if all(one.least_margin_nats is None for one in attempts):
        return {}
    margins = ((place, attempts[place]) for (place,) in places.values())
    told = [(place, one, one.least_margin_nats or 0.0, one.mean_margin_nats or 0.0) for place, one in margins]
    return {
        "least-margin": tuple(_answer(one, least, (place,)) for place, one, least, _ in told),
        "mean-margin": tuple(_answer(one, mean, (place,)) for place, one, _, mean in told),
    }


def _voted(attempts: Sequence[ItemResult], places: Sequence[int]) -> FirstAnswer:
    votes = Counter(attempts[place].answer for place in places if attempts[place].answer is not None)
    if not votes:
        return _answer(attempts[places[0]], 0.0, tuple(places), is_right=False)
    ((commonest, n_votes),) = votes.most_common(1)  # the first given among equals
    given = next(place for place in places if attempts[place].answer == commonest)
    ordered = (given, *(place for place in places if place != given))
    return _answer(attempts[given], n_votes / len(places), ordered)


def _answer(
    one: ItemResult, signal: float, places: tuple[int, ...], *, is_right: bool | None = None
) -> FirstAnswer:
    right = one.outcome == "right" if is_right is None else is_right
    return FirstAnswer(one.item_id, one.group, signal, right, places)


@dataclass(frozen=True, slots=True)
class Stakes:
    """What passing each item on changes; arrays of shape (n_items,), USD of an item.

    ``api_right`` is 0 or 1 of an API's own answers, else the share that it is known to get right.
    ``first_usd``: of the device's answer and of deciding. Without ``loss_usd`` an accuracy of the API's less
    ``delta`` is asked for, and ``need`` whatever the API's is.
    """

    signal: Floats
    local_right: Floats
    api_right: Floats
    api_usd: Floats
    first_usd: float
    loss_usd: float | None
    delta: float
    need: float = 0.0

    def at(self, chosen: Bools) -> "Stakes":
        """Of the chosen items only."""
        parts = (self.signal, self.local_right, self.api_right, self.api_usd)
        signal, local_right, api_right, api_usd = (part[chosen] for part in parts)
        return replace(self, signal=signal, local_right=local_right, api_right=api_right, api_usd=api_usd)


def best_threshold(stakes: Stakes) -> float:
    """The signal below which to pass on, the best on these very items; ``ALL`` to pass everything on.

    With a loss L per error the least of Σ cost + errors · L; without, the least spend per correct answer
    among thresholds that reach the API's accuracy - delta, as passing everything on does, and what is needed.
    The lowest threshold among equals, since that asks the API least. Where nothing is ever right, or reaches
    what is needed: 0, nothing passed on.
    """
    order = np.argsort(stakes.signal, kind="stable")
    signal, n = stakes.signal[order], len(order)
    usd = n * stakes.first_usd + _sums(stakes.api_usd[order])
    right = stakes.local_right.sum() + _sums((stakes.api_right - stakes.local_right)[order])
    if stakes.loss_usd is not None:
        value = usd + (n - right) * stakes.loss_usd
    else:
        needed = max(stakes.api_right.sum() - stakes.delta * n, stakes.need * n) - _ROUNDING * n
        is_allowed = (right >= needed) & (right > _ROUNDING)
        value = np.full(n + 1, np.inf)
        value[is_allowed] = usd[is_allowed] / right[is_allowed]
    value[1:-1][signal[1:] == signal[:-1]] = np.inf  # no threshold parts equal signals
    n_passed = int(value.argmin())
    if n_passed == 0:
        return 0.0
    return ALL if n_passed == n else float(signal[n_passed])


def _sums(parts: Floats) -> Floats:
    """Of the first 0, 1, … n parts."""
    return np.concatenate([[0.0], np.cumsum(parts)])


def fold_thresholds(stakes: Stakes, fold_of: NDArray[np.int64]) -> Floats:
    """For each fold the threshold that is best on the others (cross-fitting).

    An item is passed on where its signal is below that of its fold: ``signal < thresholds[fold_of]``.
    """
    return np.array([best_threshold(stakes.at(fold_of != fold)) for fold in range(fold_of.max() + 1)])


def folds(groups: Sequence[Hashable], seed: int, n_folds: int = N_FOLDS) -> NDArray[np.int64]:
    """A fold for each item: groups in the order of a seeded hash are dealt out in turn.

    So a threshold has seen nothing of what hangs together with the item that it decides on.
    """

    def shuffled(group: Hashable) -> bytes:
        return hashlib.sha256(f"{seed}:{group!r}".encode()).digest()

    number = {group: at % n_folds for at, group in enumerate(sorted(set(groups), key=shuffled))}
    return np.array([number[group] for group in groups])
