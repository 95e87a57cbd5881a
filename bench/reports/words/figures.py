"""Numbers and words as people read them: with their unit, uncertainty and provenance, never with more digits.

What is absent is a dash; the row says why. Nothing here ever prints "nan", "inf" or "None".
"""

import re
import unicodedata
from datetime import UTC, datetime
from decimal import Decimal

from bench.records.types import Machine, Provenance, Record
from bench.units import GIB, KIB, MIB

ABSENT = "–"
UNBOUNDED = "unbounded"
MODELLED_MARK = "~"
DISTURBED_MARK = "!"
LONGEST_WORD = 400  # characters of a name from outside, which may be of any length
LONGEST_TEXT = 4000  # of sentences and sources, which are read to their end

Number = float | int | Decimal
Band = tuple[Number, Number, Number | None]  # value, low, high


def significant(value: Number | None, digits: int = 3) -> str:
    """Plain notation with so many significant digits; thousands are grouped: ``1,230``, ``0.00123``."""
    exact = _exact(value)
    if exact is None:
        return ABSENT
    if exact == 0:
        return "0"
    rounded = _round_to_digits(exact, digits)
    if abs(rounded) < Decimal("1e-9"):
        return f"{rounded:.{digits - 1}e}"
    decimals = max(0, digits - 1 - rounded.adjusted())
    return f"{rounded:,.{decimals}f}"


def plus_minus(value: Number | None, half_width: Number | None) -> str:
    """``174.2 ± 1.3``: two digits of the half-width decide how many of the value are shown."""
    if half_width is None or _exact(half_width) in (None, 0):
        return significant(value, 4)
    exact, half = _exact(value), abs(_round_to_digits(_exact(half_width) or Decimal(0), 2))
    if exact is None:
        return ABSENT
    decimals = min(9, max(0, 1 - half.adjusted()))
    return f"{exact:,.{decimals}f} ± {half:,.{decimals}f}"


def money(amount: Number | None) -> str:
    """USD with three significant digits: ``$0.000123``, ``$1,230``."""
    text = significant(amount)
    if text == ABSENT:
        return text
    return f"-${text[1:]}" if text.startswith("-") else f"${text}"


def band(values: Band | None, unit: str = "") -> str:
    """``0.0123 J (0.010–0.015)``."""
    if values is None:
        return ABSENT
    return " ".join(filter(None, (significant(values[0]), unit, _bounds(values))))


def money_band(values: Band | None) -> str:
    """``$0.0123 (0.010–0.015)``."""
    return ABSENT if values is None else " ".join(filter(None, (money(values[0]), _bounds(values))))


def _bounds(values: Band) -> str:
    """``(0.010–0.015)``; empty where they do not differ; a high of None is no upper bound."""
    value, low, high = values
    if high is None:
        return f"({significant(low, 2)} or more)"
    return "" if low == value == high else f"({significant(low, 2)}–{significant(high, 2)})"


def per_thousand(
    band: tuple[Decimal, Decimal, Decimal | None] | None,
) -> tuple[Decimal, Decimal, Decimal | None] | None:
    """The cost of a thousand: a single task often costs too many zeros to read."""
    if band is None:
        return None
    value, low, high = band
    return 1000 * value, 1000 * low, None if high is None else 1000 * high


def percent(share: float | None) -> str:
    """A share in [0, 1] as per cent with one decimal: ``96.7 %``."""
    exact = _exact(share)
    return ABSENT if exact is None else f"{exact * 100:.1f} %"


def percent_interval(value: float | None, low: float | None, high: float | None) -> str:
    """``96.7 % (88.6–99.1)``."""
    if low is None or high is None or value is None:
        return percent(value)
    return f"{percent(value)} ({percent(low)[:-2]}–{percent(high)[:-2]})"


def probability(share: float | None) -> str:
    """``0.97``; what rounds to 0 or 1 is said as a bound, since no simulation can say more."""
    exact = _exact(share)
    if exact is None:
        return ABSENT
    if exact > Decimal("0.995"):
        return "> 0.99"
    return "< 0.01" if exact < Decimal("0.005") else f"{exact:.2f}"


def size(n_bytes: int | None) -> str:
    """Bytes in binary units, as llama.cpp shows them: ``93.8 MiB``."""
    if n_bytes is None:
        return ABSENT
    for factor, unit in ((GIB, "GiB"), (MIB, "MiB"), (KIB, "KiB")):
        if n_bytes >= factor:
            return f"{significant(n_bytes / factor)} {unit}"
    return f"{n_bytes} B"


def machine_size(machine: Machine) -> str:
    """``2 CPUs, 23.5 GiB``; what is not known of an imported record's machine is a dash."""
    n_cpus = ABSENT if machine.usable_cpus is None else machine.usable_cpus
    return f"{n_cpus} CPUs, {size(machine.memory_bytes)}"


def measured_by(record: Record) -> str:
    """``breakeven 0.1.0``, or ``imported from llama-bench 0c1e570 (1)``."""
    if record.imported is not None:
        return f"imported from {record.imported.tool}"
    return f"breakeven {record.tool.version}"


def parameters(count: int | None) -> str:
    """``134.5 M``, ``1.24 B``."""
    if count is None:
        return ABSENT
    for factor, unit in ((10**9, "B"), (10**6, "M")):
        if count >= factor:
            return f"{significant(count / factor, 4)} {unit}"
    return f"{count:,}"


def milliseconds(duration_s: float | None) -> str:
    """Seconds as milliseconds with three significant digits, without the unit: it is in the column's name."""
    return ABSENT if duration_s is None else significant(duration_s * 1000)


def whole(count: int | None) -> str:
    return ABSENT if count is None else f"{count:,}"


def marked(text: str, provenance: Provenance, *, is_disturbed: bool = False) -> str:
    """A modelled figure carries its mark wherever it is shown, and so does one that others disturbed."""
    if text == ABSENT:
        return text
    mark = DISTURBED_MARK if is_disturbed else ""
    return f"{mark}{MODELLED_MARK}{text}" if provenance == "modelled" else mark + text


def day(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%d")


def clean(text: str, longest: int = LONGEST_WORD) -> str:
    """One line of text from outside, without control characters and direction overrides.

    Of more than ``longest`` characters the first ones are left, with an ellipsis.
    """
    kept = text
    if not text.isprintable():  # nearly all text is: then its only white space is the space
        spaced = re.sub(r"\s", " ", text)
        kept = "".join(c for c in spaced if unicodedata.category(c) not in ("Cc", "Cf", "Cs", "Co", "Cn"))
    shown = (re.sub(" +", " ", kept) if "  " in kept else kept).strip()
    return shown if len(shown) <= longest else shown[: longest - 1] + "…"


def _exact(value: Number | None) -> Decimal | None:
    if value is None:
        return None
    exact = Decimal(repr(value)) if isinstance(value, float) else Decimal(value)
    return exact if exact.is_finite() else None


def _round_to_digits(value: Decimal, digits: int) -> Decimal:
    if value == 0:
        return value
    return Decimal(f"{value:.{digits - 1}e}")
