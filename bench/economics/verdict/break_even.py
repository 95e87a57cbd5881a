"""Where device and API cost the same: the volume, and the value of whatever enters a cost in a line."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

Kind = Literal["any", "never", "beyond-capacity", "at", "unknown"]


@dataclass(frozen=True, slots=True)
class Side:
    """One way to do the task: expected USD of an attempt, and the share of attempts that are right."""

    cost_usd: Decimal
    accuracy: Decimal

    @property
    def usd_per_correct(self) -> Decimal | None:
        """Spend per correct answer; None is unbounded: nothing is right."""
        return self.cost_usd / self.accuracy if self.accuracy > 0 else None

    def usd_with_errors(self, loss_per_error: Decimal) -> Decimal:
        """Value form: an attempt's cost, and what its errors cost on average."""
        return self.cost_usd + (1 - self.accuracy) * loss_per_error


@dataclass(frozen=True, slots=True)
class BreakEven:
    """The value of a figure at which both sides cost the same, and on which side of it the device is cheaper.

    ``any`` and ``never``: the device is cheaper at every value above 0, or at none, and there is no such
    value. A volume beyond capacity is reached by no number of devices, since each brings its own fixed costs.
    """

    kind: Kind
    at: Decimal | None = None
    cheaper_here: Literal["above", "below"] | None = None


UNKNOWN = BreakEven("unknown")


def where_equal(at_zero: Decimal, slope: Decimal) -> BreakEven:
    """Solve ``at_zero + slope · x = 0`` for x above 0: the cost here less that there, by a figure x."""
    if slope == 0:
        return BreakEven("any" if at_zero < 0 else "never")
    x = -at_zero / slope
    if x <= 0:
        return BreakEven("any" if slope < 0 else "never")
    return BreakEven("at", x, "below" if slope > 0 else "above")


def gain_per_attempt(local: Side, api: Side, loss_per_error: Decimal | None) -> Decimal | None:
    """What an attempt on the device saves before fixed costs, USD; ``local.cost_usd`` is the variable cost.

    With a loss L per error (c_api - c_var) + (R_local - R_api) L. Without, for equal spend per correct
    answer, c_api R_local / R_api - c_var; None when the API is never right, which leaves it unbounded.
    """
    if loss_per_error is not None:
        return api.cost_usd - local.cost_usd + (local.accuracy - api.accuracy) * loss_per_error
    if api.accuracy <= 0:
        return None
    return api.cost_usd * local.accuracy / api.accuracy - local.cost_usd


def break_even(fixed_per_month: Decimal, gain: Decimal, *, capacity: Decimal | None) -> BreakEven:
    """Solve F - Q · gain = 0 for the attempts a month Q, within those that one device can do.

    ``capacity`` None: not known, so not a bound.
    """
    found = where_equal(fixed_per_month, -gain)
    if found.at is None or capacity is None or found.at <= capacity:
        return found
    return BreakEven("beyond-capacity", found.at, found.cheaper_here)
