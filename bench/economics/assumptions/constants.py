"""A constant of the economics: a figure with its bounds, unit and origin, and how users write one."""

import re
from dataclasses import dataclass
from decimal import Context, Decimal, Underflow, localcontext
from types import MappingProxyType
from typing import Literal

from bench.economics.assumptions.currency import Rates, without_currency
from bench.errors import InputError
from bench.stats import Estimate

Kind = Literal["declared", "default", "catalog", "measured"]

USD, USD_PER_KWH, USD_PER_HOUR, USD_PER_MONTH = "USD", "USD/kWh", "USD/h", "USD/month"
SHARE, WATT, MONTHS, SECONDS = "share", "W", "months", "s"
HOURS_A_MONTH, TASKS_A_MONTH, MULTIPLE = "h/month", "tasks/month", "x"
PARAMETERS = "B parameters"
KG_CO2E, G_PER_KWH, WH_PER_KTOK = "kg", "g/kWh", "Wh/ktok"

# What may stand behind a number, and what it is worth in the unit.
_SPELLINGS: dict[str, dict[str, Decimal]] = {
    USD: {"usd": Decimal(1), "cents": Decimal("0.01")},
    USD_PER_KWH: {"usd/kwh": Decimal(1), "usd": Decimal(1), "cents/kwh": Decimal("0.01")},
    USD_PER_HOUR: {"usd/h": Decimal(1), "usd/hour": Decimal(1), "usd": Decimal(1)},
    USD_PER_MONTH: {"usd/month": Decimal(1), "usd": Decimal(1), "usd/year": 1 / Decimal(12)},
    SHARE: {"%": Decimal("0.01"), "points": Decimal("0.01")},
    WATT: {"w": Decimal(1), "kw": Decimal(1000)},
    MONTHS: {"months": Decimal(1), "month": Decimal(1), "years": Decimal(12), "year": Decimal(12)},
    SECONDS: {"s": Decimal(1), "min": Decimal(60)},
    HOURS_A_MONTH: {"h": Decimal(1), "h/month": Decimal(1)},
    TASKS_A_MONTH: {"tasks/month": Decimal(1), "/month": Decimal(1)},
    MULTIPLE: {"x": Decimal(1)},
    PARAMETERS: {"b": Decimal(1), "m": Decimal("0.001"), "t": Decimal(1000)},
    KG_CO2E: {"kg": Decimal(1), "t": Decimal(1000)},
    G_PER_KWH: {"g/kwh": Decimal(1), "kg/kwh": Decimal(1000)},
    WH_PER_KTOK: {"wh/ktok": Decimal(1), "kwh/mtok": Decimal(1)},
}
_NUMBER = r"[+-]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?(?:[eE][+-]?\d+)?"
_FIGURE = re.compile(
    rf"\$?\s*(?P<value>{_NUMBER})\s*(?:(?P<joint>±|\+-|\+/-|\.\.)\s*\$?\s*(?P<other>{_NUMBER}))?\s*(?P<unit>\D*)"
)

_LONGEST = 100  # characters of a figure; no number needs as many
_PUT_IN = Context(prec=10)
# Beyond these a figure is a slip of the pen, but for 0, and no record could hold what follows of it.
_LARGEST = Decimal(10) ** 12
_SMALLEST = 1 / _LARGEST


@dataclass(frozen=True, slots=True)
class Constant:
    """A figure and its bounds in one unit; ``low == high`` when it is taken as exact."""

    value: Decimal
    low: Decimal
    high: Decimal
    unit: str
    kind: Kind
    source: str
    date: str | None = None

    def __post_init__(self) -> None:
        if not all(part.is_finite() for part in (self.value, self.low, self.high)):
            raise ValueError(f"a constant must be finite, not {self.value}")
        if not self.low <= self.value <= self.high:
            raise ValueError(f"{self.value} is not between its bounds {self.low} and {self.high}")

    @property
    def is_exact(self) -> bool:
        return self.low == self.high

    @property
    def band(self) -> Estimate:
        """Value and bounds as floats, for simulation."""
        return Estimate(float(self.value), float(self.low), float(self.high))

    def __str__(self) -> str:
        if self.is_exact:
            return plain(self.value)
        return f"{plain(self.value)} ({plain(self.low)} to {plain(self.high)})"


def declared(
    value: Decimal | int | str, unit: str, *, low: str | None = None, high: str | None = None
) -> Constant:
    """A constant that the user states, with bounds if there are any."""
    middle = Decimal(value)
    return Constant(
        middle,
        middle if low is None else Decimal(low),
        middle if high is None else Decimal(high),
        unit,
        "declared",
        "declared by the user",
    )


def read_constant(
    text: str,
    unit: str,
    flag: str,
    *,
    minimum: str = "0",
    maximum: str | None = None,
    takes_range: bool = True,
    rates: Rates = MappingProxyType({}),
) -> Constant:
    """Read ``0.30``, ``$0.30/kWh``, ``0.92±0.02``, ``0.1..0.3``, ``92 %`` or ``1,500 USD`` in ``unit``.

    Of ``0.92±2 %`` only the spread is in points. Of a range ``low..high`` the value is the middle. Money in a
    currency of ``rates`` (by its code) is converted, and the source keeps the words, the rate and its day.
    Raises InputError for a unit that is not known, a currency without a rate, for a figure outside
    ``minimum`` and ``maximum``, and for a range where none is taken.
    """
    worded, rate = without_currency(text, flag, rates) if unit.startswith(USD) else (text, None)
    match = _FIGURE.fullmatch(worded.strip())
    if match is None or len(text) > _LONGEST:
        shown = text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
        remedy = f"give a figure in {unit}, such as {_example(unit)}"
        raise InputError(f"{shown!r} is not a number", where=flag, remedy=remedy)
    factor = _factor(match["unit"], unit, flag, is_money="$" in worded or rate is not None)
    if rate is not None:
        factor *= rate.usd
    try:
        value, low, high = _band(match, factor, is_share=unit == SHARE)
    except ArithmeticError as error:
        raise InputError(f"{text!r} is out of any range", where=flag) from error
    if unit == SHARE and match["joint"] not in (None, ".."):
        low, high = max(low, Decimal(0)), min(high, Decimal(maximum or 1))
    if low > high or not low <= value <= high:
        remedy = "write the lower figure first, as 0.1..0.3"
        raise InputError(f"the range {text!r} runs backwards", where=flag, remedy=remedy)
    top = _LARGEST if maximum is None else Decimal(maximum)
    if low < Decimal(minimum) or high > top:
        remedy = f"give a figure from {minimum} to {top:g} in {unit}"
        if unit == SHARE:
            remedy += ", or a percentage such as 92%"
        raise InputError(f"{text!r} is out of range", where=flag, remedy=remedy)
    if any(0 < part < _SMALLEST for part in (low, value, high)):
        remedy = f"give 0, or at least {_SMALLEST:g} in {unit}"
        raise InputError(f"{text!r} is next to nothing", where=flag, remedy=remedy)
    if low != high and not takes_range:
        raise InputError(
            f"{text!r} is a range, and this figure is taken as exact",
            where=flag,
            remedy="give one figure, and try both ends of the range in turn",
        )
    if rate is None:
        return Constant(value, low, high, unit, "declared", "declared by the user")
    source = f"declared by the user as {text.strip()}, at {rate}"
    return Constant(value, low, high, unit, "declared", source, rate.day.isoformat())


def _band(match: re.Match[str], factor: Decimal, *, is_share: bool) -> tuple[Decimal, Decimal, Decimal]:
    """Value, least and most as they are written."""
    first = _in_unit(match["value"], factor)
    if match["other"] is None:
        return first, first, first
    second = _in_unit(match["other"], factor)
    if match["joint"] == "..":
        return (first + second) / 2, first, second
    if is_share and first <= factor:
        first /= factor  # 0.92±2%: a share already, only the spread is in points
    return first, first - second, first + second


def _in_unit(written: str, factor: Decimal) -> Decimal:
    """ArithmeticError where it is too large or too small for a number."""
    with localcontext() as strict:
        strict.traps[Underflow] = True
        return Decimal(written.replace(",", "")) * factor + 0  # of -0, 0


def _factor(written: str, unit: str, flag: str, *, is_money: bool) -> Decimal:
    spelling = written.strip().lower().replace("$", "usd")
    if is_money and spelling.startswith("/"):
        spelling = "usd" + spelling
    if not spelling:
        if is_money and not unit.startswith(USD):
            raise InputError(f"an amount of money where {unit} is asked", where=flag)
        return Decimal(1)
    known = _SPELLINGS[unit]
    if spelling not in known:
        raise InputError(
            f"unknown unit {written.strip()!r}",
            where=flag,
            remedy="use " + " or ".join(known) + f", or no unit for {unit}",
        )
    return known[spelling]


def _example(unit: str) -> str:
    return {SHARE: "0.92, 92% or 0.92±0.02", USD_PER_KWH: "0.30 or 0.25..0.35", USD: "$599"}.get(unit, "10")


def plain(number: Decimal) -> str:
    """As it is put into a formula: ten digits, as many as a pocket calculator shows."""
    return f"{_PUT_IN.plus(number).normalize():f}"
