"""Counts of a task's results: right, wrong, unscored and truncated apart; accuracy with its interval."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from bench.records.types import Interval, ItemResult
from bench.stats import wilson


@dataclass(frozen=True, slots=True)
class Tally:
    """``n_right + n_wrong + n_unscored`` are all attempts; truncated and near-tied ones are among them."""

    n_right: int
    n_wrong: int
    n_unscored: int
    n_truncated: int
    n_near_ties: int
    reasons: tuple[tuple[str, int], ...]  # why wrong or unscored, most frequent first

    @property
    def n_attempted(self) -> int:
        return self.n_right + self.n_wrong + self.n_unscored

    @property
    def n_scored(self) -> int:
        return self.n_right + self.n_wrong

    def accuracy(self, level: float = 0.95) -> Interval | None:
        """Right ÷ scored; None when nothing was scored."""
        return _share(self.n_right, self.n_scored, level)

    def share_right(self, level: float = 0.95) -> Interval | None:
        """Right ÷ attempted: what the money was spent on. None without an attempt."""
        return _share(self.n_right, self.n_attempted, level)


def tally(results: Iterable[ItemResult]) -> Tally:
    items = list(results)
    outcomes = Counter(item.outcome for item in items)
    reasons = Counter(item.reason for item in items if item.reason is not None)
    return Tally(
        n_right=outcomes["right"],
        n_wrong=outcomes["wrong"],
        n_unscored=outcomes["unscored"],
        n_truncated=sum(item.is_truncated for item in items),
        n_near_ties=sum(item.is_near_tie for item in items),
        reasons=tuple(reasons.most_common()),
    )


def _share(n_right: int, n: int, level: float) -> Interval | None:
    if n == 0:
        return None
    low, high = wilson(n_right, n, level)
    return Interval(value=n_right / n, low=low, high=high, level=level, method="Wilson")
