"""Interleaved rounds of two sides, and what their ratios come to."""

from collections.abc import Callable, Sequence
from typing import TypeVar

from bench.stats import median_interval

Ours = TypeVar("Ours")
Theirs = TypeVar("Theirs")


def in_turn(number: int, ours: Callable[[], Ours], theirs: Callable[[], Theirs]) -> tuple[Ours, Theirs]:
    """Both sides of the round of that number, ours first in every other one."""
    if number % 2:
        other = theirs()
        return ours(), other
    return ours(), theirs()


def ratio_told(name: str, ratios: Sequence[float]) -> str:
    """The median ratio, with its 95 % interval."""
    middle, low, high = median_interval(ratios)
    return f"{name}: median ratio {middle:.3f} (95 %: {low:.3f} to {high:.3f}, {len(ratios)} rounds)"
