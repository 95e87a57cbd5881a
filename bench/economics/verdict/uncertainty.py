"""Joint draws of everything uncertain: which items were met, and every constant within its bounds."""

import math
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache

import numpy as np
from numpy.typing import NDArray

from bench.economics.verdict.philox import Stream
from bench.stats import Estimate, resampling_weights, student, z_of

N_DRAWS = 100_000
MOST_WEIGHTS = 2_000_000  # of items times resamples; beyond it resamples are met more than once

Draws = NDArray[np.float64]
Tenths = tuple[NDArray[np.intp], NDArray[np.intp]]  # where a figure is in its lowest tenth, and its highest


class Randomness:
    """Draws by name from one seed: a name has the same luck, whatever else and however much is drawn.

    So two scenarios differ only by their constants, and a dearer device is never cheaper by chance.
    """

    def __init__(self, seed: int, n_draws: int = N_DRAWS) -> None:
        self.seed = seed
        self.n_draws = n_draws

    def band(self, name: str, bounds: Estimate) -> Draws | float:
        """Triangular between the bounds with its mode at the value; the value itself when it is exact."""
        value, low, high = bounds
        if low == high:
            return value
        luck = self.luck(name)
        below = np.sqrt(luck * (high - low) * (value - low)) + low
        above = high - np.sqrt((1 - luck) * (high - low) * (high - value))
        return np.where(luck * (high - low) < value - low, below, above)

    def proportion(self, name: str, share: float, n: int) -> Draws:
        """A proportion seen as ``share`` of ``n``: quantiles of Wilson's interval at a random level."""
        z = Stream(self.seed, name).normals(self.n_draws)[0]
        middle = share + z * z / (2 * n)
        spread = z * np.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
        drawn: Draws = np.clip((middle + spread) / (1 + z * z / n), 0.0, 1.0)
        return drawn

    def luck(self, name: str) -> Draws:
        """Uniform in (0, 1): the higher, the higher is what ``band`` draws by this name."""
        return _luck(self.seed, name, self.n_draws)

    def tenths(self, name: str) -> Tenths | None:
        """Of the luck by this name, and so of all that is drawn by it."""
        return _tenths_of_luck(self.seed, name, self.n_draws)


@lru_cache(maxsize=64)  # one record's names; the next record has the same ones
def _luck(seed: int, name: str, n_draws: int) -> Draws:
    drawn: Draws = Stream(seed, name).uniforms(n_draws)[0]
    drawn.flags.writeable = False
    return drawn


@lru_cache(maxsize=64)
def _tenths_of_luck(seed: int, name: str, n_draws: int) -> Tenths | None:
    return tenths_of(_luck(seed, name, n_draws))


@lru_cache(maxsize=4)  # the tasks of one record; other models have mostly done the same items
def _item_weights(seed: int, name: str, n: int, n_ways: int, n_draws: int) -> Draws:
    """A row for each item, then for each made-up one; each column sums to 1."""
    stream = Stream(seed, name)
    seen = stream.exponentials(n_draws, n)
    made_up = stream.gammas(1.0 / n_ways, n_draws, n_ways, first_row=n)
    drawn = resampling_weights(np.vstack([seen, made_up]).T).T
    drawn.flags.writeable = False
    return drawn


@dataclass(frozen=True)
class ItemDraws:
    """Resampled means over the attempts at the items of one task, all from the same resamples.

    What hangs together is drawn together: ``groups`` says of each attempt what it shares with others, and
    where it is left out no attempt shares anything. Beside the groups stand made-up ones, of weight 1 and
    a mean group's size together, for every way of being right or wrong, with the mean of every other figure:
    shares then follow Jeffreys' posterior where attempts are independent, with a spread at 0 and n too.
    ``right`` has one row for each side (device, and the API when it answered the same items).
    """

    randomness: Randomness
    name: str
    right: tuple[tuple[bool, ...], ...]
    groups: tuple[Hashable, ...] = ()

    def accuracy(self, side: int) -> Draws:
        """Share right; shape (n_draws,)."""
        return self._accuracies[side]

    @cached_property
    def tenths(self) -> Tenths | None:
        """Of the device's share right."""
        return tenths_of(self.accuracy(0))

    def means(self, *figures: Sequence[float]) -> tuple[Draws, ...]:
        """Mean of each figure of the items; one array of shape (n_draws,) for each.

        They spread as Student's t says of a mean: resampling alone, beside made-up items at the mean, divides
        squares by (n + 1)(n + 2) in place of n(n - 1), and knows no more than the normal law's ends.
        """
        seen = np.array(figures, dtype=np.float64)
        mean = seen.mean(axis=1, keepdims=True)
        drawn = self._resampled(seen, np.repeat(mean, self._n_ways, axis=1))
        if self.widening is not None:
            least = np.minimum(0.0, seen.min(axis=1, keepdims=True))
            drawn = np.maximum(mean + self.widening * (drawn - mean), least)
        return tuple(drawn)

    @cached_property
    def widening(self) -> float | None:
        """Times how far a drawn mean goes from its value; None of a single group, which tells no spread."""
        n = len(self._sizes) - self._n_ways
        if n < 2:
            return None
        return math.sqrt((n + 1) * (n + 2) / (n * (n - 1))) * student(0.95, n - 1) / z_of(0.95)

    def judged(self, *right: tuple[bool, ...]) -> "ItemDraws":
        """The same attempts with other verdicts; of as many sides, so that they have the same resamples."""
        if len(right) != len(self.right):
            raise ValueError(f"{len(right)} sides instead of {len(self.right)}")
        other = replace(self, right=right)
        kept = {"group_of": self.group_of, "_sizes": self._sizes, "_weights": self._weights}
        vars(other).update(kept)  # none of them depends on verdicts, and drawing them is what takes time
        return other

    @property
    def _n_ways(self) -> int:
        return 1 << len(self.right)

    @cached_property
    def _accuracies(self) -> tuple[Draws, ...]:
        sides = range(len(self.right))
        made_up = [[float(way >> side & 1) for way in range(self._n_ways)] for side in sides]
        return tuple(self._resampled(np.array(self.right, dtype=np.float64), np.array(made_up)))

    @cached_property
    def group_of(self) -> NDArray[np.int64]:
        """The number of each attempt's group."""
        numbers: dict[Hashable, int] = {}
        groups = self.groups or range(len(self.right[0]))
        return np.array([numbers.setdefault(group, len(numbers)) for group in groups])

    @cached_property
    def _sizes(self) -> Draws:
        """Attempts of each group, then of each made-up one: the mean size of an attempt's group."""
        sizes = np.bincount(self.group_of).astype(np.float64)
        return np.append(sizes, np.full(self._n_ways, (sizes**2).sum() / sizes.sum()))

    @cached_property
    def _weights(self) -> Draws:
        n, ways = len(self._sizes) - self._n_ways, self._n_ways
        n_resamples = min(self.randomness.n_draws, max(1, MOST_WEIGHTS // (n + ways)))
        return _item_weights(self.randomness.seed, f"items of {self.name}", n, ways, n_resamples)

    def _resampled(self, seen: Draws, made_up: Draws) -> Draws:
        """All have a row for each figure; resamples are met again in turn until there are n_draws."""
        sizes = self._sizes
        if (sizes == 1).all():
            means = np.hstack([seen, made_up]) @ self._weights
        else:
            n_groups = len(sizes) - self._n_ways
            sums = np.array([np.bincount(self.group_of, figure, n_groups) for figure in seen])
            whole = np.hstack([sums, made_up * sizes[n_groups:]])
            means = (whole @ self._weights) / (sizes @ self._weights)
        n_draws = self.randomness.n_draws
        return means if means.shape[1] == n_draws else means[:, np.arange(n_draws) % means.shape[1]]


def bounds(draws: Draws, level: float = 0.95) -> tuple[float, float]:
    """The central interval that holds ``level`` of the draws."""
    below = int(len(draws) * (1 - level) / 2)
    above = len(draws) - 1 - below
    ordered = np.partition(draws, [below, above])  # ends are draws themselves, since some may be infinite
    return float(ordered[below]), float(ordered[above])


def tenths_of(draws: Draws) -> Tenths | None:
    """The places of draws; None where the same one is at both ends, so that the figure hardly varies."""
    first, last = len(draws) // 10, len(draws) - 1 - len(draws) // 10
    low, high = np.partition(draws, (first, last))[[first, last]]
    return None if low == high else (np.flatnonzero(draws <= low), np.flatnonzero(draws >= high))


def probability(is_so: NDArray[np.bool_]) -> float:
    """The share of the draws in which it is so."""
    return np.count_nonzero(is_so) / len(is_so)
