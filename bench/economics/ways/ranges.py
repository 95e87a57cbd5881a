"""Figures known exactly, by bounds or by intervals, in one arithmetic whose every end holds."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from bench.economics.ways.bounds import Bound
from bench.records.types import Figure, Sign

UNBOUNDED = Decimal("Infinity")
ZERO, ONE = Decimal(0), Decimal(1)


@dataclass(frozen=True, slots=True)
class Range:
    """A figure of at least 0 that is within [low, high]: both alike where it is not known by bounds only.

    [least, most] is the same widened by luck (95 %), where an interval is known. ``UNBOUNDED`` ends are
    those that nothing bounds. ``is_about``: whoever published it rounded it, and nobody knows by how much.
    """

    low: Decimal
    high: Decimal
    least: Decimal
    most: Decimal
    is_about: bool = False

    def __post_init__(self) -> None:
        if not 0 <= self.least <= self.low <= self.high <= self.most:
            raise ValueError(f"no range: {self}")

    @classmethod
    def sampled(cls, value: Decimal, low: Decimal, high: Decimal | None) -> "Range":
        """A value with its interval; a high of None is unbounded."""
        most = UNBOUNDED if high is None else max(value, high)
        return cls(value, value, max(ZERO, min(value, low)), most)

    @classmethod
    def published(cls, bound: Bound, top: Decimal = UNBOUNDED) -> "Range":
        """As it was published, without an interval; nothing of it is above ``top``."""
        low = ZERO if bound.side == "<" else bound.value
        high = top if bound.side == ">" else bound.value
        return cls(low, high, low, high, bound.is_about)

    @property
    def is_one_figure(self) -> bool:
        return self.low == self.high

    @property
    def ends(self) -> tuple[Decimal, Decimal, Decimal, Decimal]:
        return self.low, self.high, self.least, self.most

    def overlaps(self, other: "Range") -> bool:
        return self.least <= other.most and other.least <= self.most

    def per(self, accuracy: "Range") -> "Range":
        """Spend per correct answer, this being the cost of an attempt."""
        return Range(
            _per(self.low, accuracy.high),
            _per(self.high, accuracy.low),
            _per(self.least, accuracy.most),
            _per(self.most, accuracy.least),
            self.is_about or accuracy.is_about,
        )

    def with_errors(self, accuracy: "Range", loss: Decimal) -> "Range":
        """Cost of an attempt with that of its errors: cost + (1 - accuracy) * loss."""
        return Range(
            self.low + (ONE - accuracy.high) * loss,
            self.high + (ONE - accuracy.low) * loss,
            self.least + (ONE - accuracy.most) * loss,
            self.most + (ONE - accuracy.least) * loss,
            self.is_about or accuracy.is_about,
        )

    def figure(self, *, floor: Decimal = ZERO, top: Decimal = UNBOUNDED) -> Figure:
        """For a record. An end at ``floor`` or ``top``, beyond which such a figure never is, says nothing."""
        value: Decimal | None
        value, side = None, ""
        if self.is_one_figure:
            value = self.low
        elif self.high >= top:
            value, side = self.low, ">"
        elif self.low <= floor:
            value, side = self.high, "<"
        sign: Sign = f"{side}~" if self.is_about else side or "="  # type: ignore[assignment]  # joined
        return Figure(
            value=value, sign=sign, low=self.least, high=None if self.most == UNBOUNDED else self.most
        )


def least_of(ranges: Iterable[Range]) -> Range:
    """Of the least of several figures. ValueError without any."""
    found = list(ranges)
    low, high = min(found, key=lambda one: one.low), min(found, key=lambda one: one.high)
    return Range(
        low.low,
        high.high,
        min(one.least for one in found),
        min(one.most for one in found),
        low.is_about or high.is_about,
    )


def times_without(others: Range, own: Range) -> Range:
    """How many times the least of all is the least of the others: max(1, others / own), so at least 1.

    Both are of different ways, so each end of the one may meet each end of the other.
    """
    return Range(
        _times(others.low, own.high),
        _times(others.high, own.low),
        _times(others.least, own.most),
        _times(others.most, own.least),
        others.is_about or own.is_about,
    )


def _per(cost: Decimal, accuracy: Decimal) -> Decimal:
    return cost / accuracy if accuracy else UNBOUNDED


def _times(others: Decimal, own: Decimal) -> Decimal:
    if own == UNBOUNDED:
        return ONE
    if own == 0:
        return ONE if others == 0 else UNBOUNDED
    return max(ONE, others / own)
