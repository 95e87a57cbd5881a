"""What several attempts at each item are worth: one of k right (pass@k), and the vote of k (majority@k)."""

import math
import random
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Sequence
from functools import partial
from itertools import combinations
from typing import NamedTuple

from bench.stats.proportions import Estimate
from bench.stats.shares import Share, weighted_share

MOST_SUBSETS = 200  # all of them up to here; beyond it so many are drawn


class Attempt(NamedTuple):
    """``answer``: what the scorer read, spelt one way; None: it read nothing."""

    is_right: bool
    answer: str | None = None


class Tried(NamedTuple):
    """All attempts at one item; ``group``: what it shares with others, its own name where nothing."""

    name: str
    group: Hashable
    attempts: tuple[Attempt, ...]

    @property
    def n(self) -> int:
        return len(self.attempts)

    @property
    def n_right(self) -> int:
        return sum(attempt.is_right for attempt in self.attempts)


class AtK(NamedTuple):
    """A mean over the ``n_items`` items that were tried ``k`` times or more, with its interval."""

    k: int
    estimate: Estimate
    n_items: int


def pass_at_k(items: Sequence[Tried], k: int) -> AtK | None:
    """The share of items of which at least one of ``k`` attempts is right; None where none has so many.

    Of an item, 1 - C(n - c, k) / C(n, k) with c of n attempts right: the mean over all subsets of k, without
    bias (Chen et al., arXiv 2107.03374, 2021). With k = 1 it is the mean of the items' shares right. The
    interval is that of ``weighted_share`` over the items' groups. Raises ValueError for k below 1.
    """
    return _mean(items, k, _passes)


def majority_at_k(items: Sequence[Tried], k: int, *, seed: int = 0) -> AtK | None:
    """The share of items whose commonest answer among ``k`` attempts is right.

    Answers that are equally common share the item among them; an attempt without an answer has no vote, and
    an item without votes is not right. Of an item, the mean over all subsets of k attempts where these are
    ``MOST_SUBSETS`` at most, else over so many that are drawn by ``seed`` and the item's name.

    None where none has so many attempts, and where no attempt at any item has an answer: the scorer reads
    none, so that nothing is known of a vote. Raises ValueError for k below 1.
    """
    if all(attempt.answer is None for item in items for attempt in item.attempts):
        return None
    return _mean(items, k, partial(_voted, seed=seed))


def _passes(item: Tried, k: int) -> float:
    return 1 - math.comb(item.n - item.n_right, k) / math.comb(item.n, k)


def _voted(item: Tried, k: int, *, seed: int) -> float:
    attempts = item.attempts
    if len(set(attempts)) == 1:
        return float(attempts[0].is_right and attempts[0].answer is not None)
    subsets: Iterable[Sequence[Attempt]]
    if math.comb(item.n, k) <= MOST_SUBSETS:
        subsets = combinations(attempts, k)
    else:
        luck = random.Random(f"{seed} {k} {item.name}")
        subsets = (luck.sample(attempts, k) for _ in range(MOST_SUBSETS))
    votes = [_vote(subset) for subset in subsets]
    return math.fsum(votes) / len(votes)


def _vote(attempts: Sequence[Attempt]) -> float:
    """The part of the commonest answers that is right."""
    counts = Counter(attempt.answer for attempt in attempts if attempt.answer is not None)
    if not counts:
        return 0.0
    most = max(counts.values())
    winners = [answer for answer, count in counts.items() if count == most]
    # One answer may be judged in two ways, as where one of its attempts was cut.
    right = Counter(attempt.answer for attempt in attempts if attempt.is_right)
    return math.fsum(right[answer] / most for answer in winners) / len(winners)


def _mean(items: Sequence[Tried], k: int, value_of: Callable[[Tried, int], float]) -> AtK | None:
    """Over the items that were tried often enough."""
    if k < 1:
        raise ValueError(f"{k} attempts of each item")
    tried = [item for item in items if item.n >= k]
    if not tried:
        return None
    groups: dict[Hashable, list[float]] = {}
    for item in tried:
        groups.setdefault(item.group, []).append(value_of(item, k))
    n_attempts = sum(item.n for item in tried)
    if len(groups) == len(tried) == n_attempts:
        values = [value for group in groups.values() for value in group]
        share = Share(math.fsum(values) / len(values), len(values), len(values))
    else:
        share = weighted_share(
            [math.fsum(group) for group in groups.values()],
            [len(group) for group in groups.values()],
            n_attempts,
        )
    return AtK(k, share.estimate(), len(tried))
