"""Which of several candidates another one surely beats in every respect: a Pareto order of intervals."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple, TypeVar

Name = TypeVar("Name")


class Span(NamedTuple):
    """Where a figure lies, more being better; negate what should be small. Both alike: it is exact."""

    low: float
    high: float


def dominates(one: Sequence[Span | None], other: Sequence[Span | None]) -> bool:
    """Is ``one`` in no respect below ``other``, and in some above it, wherever in their spans both lie?

    A respect counts only where the spans do not overlap (equal ends may touch), so one that overlaps, or is
    not known of both, prevents dominance. That makes it irreflexive and transitive: the product of interval
    orders (Fishburn, Interval Orders and Interval Graphs, 1985).
    """
    is_above = False
    for mine, its in zip(one, other, strict=True):
        if mine is None or its is None or not mine.low >= its.high:
            return False
        is_above = is_above or mine.low > its.high
    return is_above


def dominators(candidates: Mapping[Name, Sequence[Span | None]]) -> dict[Name, tuple[Name, ...]]:
    """For each candidate the others that dominate it; nobody dominates those on the Pareto front."""
    return {
        name: tuple(other for other, better in candidates.items() if dominates(better, spans))
        for name, spans in candidates.items()
    }
