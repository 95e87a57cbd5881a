"""A published figure as it was published: exact, about, or known from one side only; and what follows."""

import re
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_EVEN, Context, Decimal, InvalidOperation
from typing import Literal

from bench.errors import EconomicsError, InputError

Side = Literal["=", "<", ">"]

_WRITTEN = re.compile(r"(?P<side>[=<>]?)\s*(?P<about>~?)\s*\$?(?P<value>\d+(?:\.\d+)?)")
_OTHER_SIDE: dict[Side, Side] = {"=": "=", "<": ">", ">": "<"}
_LARGEST = 10**12
_SMALLEST = Decimal(1) / _LARGEST  # but for 0
_MOST_DIGITS = 1_000
_ROUNDING = {"=": ROUND_HALF_EVEN, "<": ROUND_CEILING, ">": ROUND_FLOOR}


@dataclass(frozen=True, slots=True)
class Bound:
    """A figure of at least 0: the value itself (``=``), or it is above (``>``) or below (``<``) the value.

    ``is_about``: whoever published the value rounded it, and nobody knows by how much. Arithmetic is of the
    true figures: a side of the result holds whatever they are. Where one of them bounds the result from above
    and the other from below, nothing is left to be said, and EconomicsError says so.
    """

    value: Decimal
    side: Side = "="
    is_about: bool = False

    def __post_init__(self) -> None:
        if not self.value.is_finite() or self.value < 0 or (self.side == "<" and self.value == 0):
            raise ValueError(f"a figure of at least 0 cannot be {self.sign} {self.value}")

    @property
    def sign(self) -> str:
        """``=``, ``~``, ``<``, ``>``, ``<~`` or ``>~``."""
        return (self.side if self.side != "=" or not self.is_about else "") + ("~" if self.is_about else "")

    @property
    def is_nothing(self) -> bool:
        return self.value == 0 and self.side == "="

    def __add__(self, other: "Bound") -> "Bound":
        return self._joined(other, self.value + other.value, other.side, "+")

    def __mul__(self, other: "Bound") -> "Bound":
        if self.is_nothing or other.is_nothing:
            return Bound(Decimal(0), is_about=self.is_about or other.is_about)
        return self._joined(other, self.value * other.value, other.side, "×")

    def __truediv__(self, other: "Bound") -> "Bound":
        """EconomicsError where the divisor is 0, or may come as near to it as it likes."""
        if other.value == 0:
            raise EconomicsError(f"{self} ÷ {other} is unbounded")
        if self.is_nothing:
            return self
        return self._joined(other, self.value / other.value, _OTHER_SIDE[other.side], "÷")

    def rounded(self, n_digits: int = 3) -> Decimal:
        """The value with so many significant digits, away from the side on which the figure is."""
        return Context(prec=n_digits, rounding=_ROUNDING[self.side]).plus(self.value)

    def holds(self, figure: Decimal) -> bool:
        """Can this be the true figure? Of a value that was rounded every figure can."""
        if self.is_about:
            return True
        return {"=": figure == self.value, "<": figure < self.value, ">": figure > self.value}[self.side]

    def __str__(self) -> str:
        return f"{self.value:f}" if self.sign == "=" else f"{self.sign}{self.value:f}"

    def _joined(self, other: "Bound", value: Decimal, other_side: Side, operation: str) -> "Bound":
        """``other_side``: from where the other figure, as it enters here, bounds the result."""
        sides = {self.side, other_side} - {"="}
        if len(sides) > 1:
            raise EconomicsError(f"nothing bounds {self} {operation} {other}: it may be more or less")
        return Bound(value, sides.pop() if sides else "=", self.is_about or other.is_about)


def read_bound(written: object) -> Bound:
    """Read ``20``, ``"~20"``, ``">1000"``, ``"<4"`` or ``">~3"``. Raises InputError."""
    text = str(written).strip()
    if isinstance(written, Decimal) and abs(written.adjusted()) < _MOST_DIGITS:
        text = f"{written:f}"  # which of 1e-999999999 would fill the memory
    match = None if isinstance(written, bool) else _WRITTEN.fullmatch(text)
    try:
        if match is None:
            raise ValueError("no figure")
        value = Decimal(match["value"])
        if value > _LARGEST:
            raise ValueError("a slip of the pen")
        if 0 < value < _SMALLEST:
            told = str(written)[:40]
            raise InputError(f"{told!r} is next to nothing", remedy=f"give 0, or at least {_SMALLEST:g}")
        side: Side = match["side"] or "="  # type: ignore[assignment]  # as matched
        return Bound(value, side, bool(match["about"]))
    except (ValueError, InvalidOperation) as problem:
        raise InputError(
            f"{text[:40]!r} is no figure from 0 to {_LARGEST:,}", remedy="write it as 20, ~20, >1000 or <4"
        ) from problem
