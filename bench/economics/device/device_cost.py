"""What the device costs: the increment of energy of one attempt, and by ownership a fixed sum a month."""

from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Literal

from bench.errors import InputError
from bench.units import J_PER_KWH, SECONDS_PER_HOUR

_J_PER_KWH = Decimal(J_PER_KWH)
_SECONDS_PER_HOUR = Decimal(SECONDS_PER_HOUR)
_WATTS_PER_KW = Decimal(1000)


@dataclass(frozen=True, slots=True)
class Ownership:
    """Who bears the device's price: nobody any more (sunk), these tasks (dedicated), or a share of it."""

    kind: Literal["sunk", "dedicated", "shared"]
    share: Decimal

    def __str__(self) -> str:
        return f"shared:{self.share}" if self.kind == "shared" else self.kind


SUNK = Ownership("sunk", Decimal(0))
DEDICATED = Ownership("dedicated", Decimal(1))


def read_ownership(text: str, flag: str = "--ownership") -> Ownership:
    """Read ``sunk``, ``dedicated`` or ``shared:0.3``; InputError otherwise."""
    from bench.economics.assumptions.constants import SHARE, read_constant

    kind, _, share = text.strip().lower().partition(":")
    if kind == "shared" and share:
        figure = read_constant(share, SHARE, flag, maximum="1", takes_range=False)
        return Ownership("shared", figure.value)
    if share or kind not in ("sunk", "dedicated"):
        raise InputError(
            f"unknown ownership {text!r}",
            where=flag,
            remedy="use sunk, dedicated, or shared: and a share, as shared:0.3",
        )
    return SUNK if kind == "sunk" else DEDICATED


@dataclass(frozen=True, slots=True)
class Purchase:
    """The terms on which a device is held, apart from its price; money in USD."""

    rate_per_year: Decimal
    lifetime_months: int
    resale_share: Decimal  # of the purchase price, at the end of its life
    maintenance_per_month: Decimal
    idle_w: Decimal  # at the wall
    powered_hours_per_month: Decimal
    kwh_price: Decimal

    def annuity_factor(self) -> Decimal:
        """Monthly payment for each USD: r / (1 - (1+r)^-n) with r = (1+R)^(1/12) - 1; 1/n at R = 0."""
        return _annuity_factor(self.rate_per_year, self.lifetime_months)

    def capital_factor(self) -> Decimal:
        """Monthly capital cost for each USD of price: the annuity of price less present value of resale."""
        return self.annuity_factor() * (
            1 - self.resale_share * _worth(self.rate_per_year, self.lifetime_months)
        )

    def idle_kwh_per_month(self) -> Decimal:
        """Energy of an idle device over its powered-on hours."""
        return self.idle_w * self.powered_hours_per_month / _WATTS_PER_KW

    def running_per_month(self) -> Decimal:
        """Maintenance and idle energy."""
        return self.maintenance_per_month + self.kwh_price * self.idle_kwh_per_month()

    def fixed_per_month(self, price: Decimal, ownership: Ownership = DEDICATED) -> Decimal:
        """``F``: the share that these tasks bear; 0 for a device already owned."""
        if ownership.kind == "sunk":
            return Decimal(0)
        return ownership.share * (self.capital_factor() * price + self.running_per_month())


# Powers of a fraction take long, and every comparison of a scenario needs the same ones.
@lru_cache(maxsize=256)
def _annuity_factor(rate_per_year: Decimal, months: int) -> Decimal:
    rate = (1 + rate_per_year) ** (1 / Decimal(12)) - 1
    if rate == 0:
        return 1 / Decimal(months)
    return rate / (1 - (1 + rate) ** -months)


@lru_cache(maxsize=256)
def _worth(rate_per_year: Decimal, months: int) -> Decimal:
    """What a USD after so many months is worth now."""
    return (1 + rate_per_year) ** (-Decimal(months) / 12)


def variable_cost_usd(
    wall_j: Decimal,
    *,
    kwh_price: Decimal,
    wage_per_hour: Decimal = Decimal(0),
    labour_s: Decimal = Decimal(0),
) -> Decimal:
    """USD of one attempt: ``wall_j`` joules over idle at the wall, and the labour it takes."""
    return kwh_price * wall_j / _J_PER_KWH + wage_per_hour * labour_s / _SECONDS_PER_HOUR
