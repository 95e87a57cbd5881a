"""Seeded draws that are the same on every machine and Python version."""

import hashlib
import random
from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")


class Draw:
    """Draws named by a key; only the generator's ``random()`` is used, whose stream Python keeps stable."""

    def __init__(self, key: str) -> None:
        self._random = random.Random(int.from_bytes(hashlib.sha256(key.encode()).digest()[:8], "big"))

    def below(self, n: int) -> int:
        """A whole number from 0 to n - 1."""
        return int(self._random.random() * n)

    def between(self, low: int, high: int) -> int:
        """A whole number from low to high, both included."""
        return low + self.below(high - low + 1)

    def one_of(self, pool: Sequence[T]) -> T:
        return pool[self.below(len(pool))]

    def some_of(self, pool: Sequence[T], n: int) -> list[T]:
        """``n`` different members of the pool."""
        rest = list(pool)
        return [rest.pop(self.below(len(rest))) for _ in range(n)]
