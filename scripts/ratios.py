"""Interleaved rounds of two sides, and what their ratios come to."""

from collections.abc import Callable, Sequence
from typing import TypeVar

import numpy as np

from bench.stats import median_interval

Ours = TypeVar("Ours")
Theirs = TypeVar("Theirs")

_FAST = 0.9  # the quantile of a side's rates
_N_RESAMPLES = 10_000


def in_turn(number: int, ours: Callable[[], Ours], theirs: Callable[[], Theirs]) -> tuple[Ours, Theirs]:
    """Both sides of the round of that number, ours first in every other one."""
    if number % 2:
        other = theirs()
        return ours(), other
    return ours(), theirs()


def ratio_told(name: str, ratios: Sequence[float]) -> str:
    """The median ratio, with its 95 % interval."""
    middle, low, high = median_interval(ratios, 0.95)
    return f"{name}: median ratio {middle:.3f} (95 %: {low:.3f} to {high:.3f}, {len(ratios)} rounds)"


def both_told(name: str, rates: Sequence[tuple[float, float]]) -> str:
    """``ratio_told`` of the rounds' rates (ours, theirs), and of the rates that one round in ten passes.

    What others take from a shared host only ever lowers a rate, so the fastest rounds of both sides tell what
    the machine can do with either. Their 95 % interval is over rounds drawn anew.
    """
    pairs = np.array(rates)
    drawn = np.random.default_rng(0).integers(len(pairs), size=(_N_RESAMPLES, len(pairs)))
    ours, theirs = np.quantile(pairs[drawn], _FAST, axis=1).T
    low, high = np.quantile(ours / theirs, (0.025, 0.975))
    mine, other = np.quantile(pairs, _FAST, axis=0)
    fast = f"; of the fastest {mine / other:.3f} ({low:.3f} to {high:.3f})"
    return ratio_told(name, (pairs[:, 0] / pairs[:, 1]).tolist()) + fast
