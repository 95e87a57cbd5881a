"""Sums, products and quotients of figures with bounds, none of them negative; and the digits of a record."""

from collections.abc import Sequence
from decimal import Context

from bench.records.types import OpenBand
from bench.stats import Estimate

RECORDED = Context(prec=10)  # what is no bill: a record need not hold 28 digits of it
NOTHING = Estimate(0.0, 0.0, 0.0)
EXACT = Estimate(1.0, 1.0, 1.0)  # a multiple without a doubt


def times(one: Estimate, factor: float) -> Estimate:
    return Estimate(*(factor * part for part in one))


def total(*estimates: Estimate) -> Estimate:
    return Estimate(*(sum(part) for part in zip(*estimates, strict=True)))


def product(one: Estimate, other: Estimate) -> Estimate:
    return Estimate(*(a * b for a, b in zip(one, other, strict=True)))


def quotient(one: Estimate, other: Estimate) -> Estimate:
    return Estimate(one.value / other.value, one.low / other.high, one.high / other.low)


def joined(estimates: Sequence[Estimate | None]) -> Estimate | None:
    """The value of the first that is known, between the bounds of all."""
    known = [one for one in estimates if one is not None]
    if not known:
        return None
    return Estimate(known[0].value, min(one.low for one in known), max(one.high for one in known))


def amount_per_correct(amount: Estimate | None, right: Estimate) -> OpenBand | None:
    """An attempt's amount for each that is right, at most unbounded; None where the value would be."""
    if amount is None or right.value <= 0:
        return None
    return (
        amount.value / right.value,
        amount.low / right.high,
        amount.high / right.low if right.low > 0 else None,
    )
