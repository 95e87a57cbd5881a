"""Money in another currency: only by a dated rate that the user states, for none is known here."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from bench.errors import InputError

RATE_FLAG = "exchange-rate"

_SIGNS = {"€": "EUR", "£": "GBP", "₹": "INR"}
# So that a figure in one of them is told from a slip; any other needs no more than its rate.
_CODES = frozenset(
    "AED ARS AUD BGN BRL CAD CHF CLP CNY COP CZK DKK EUR GBP HKD HUF IDR ILS INR ISK JPY KRW MXN MYR NOK NZD "
    "PHP PLN RON SEK SGD THB TRY TWD UAH ZAR".split()
)
_RATE = re.compile(
    r"(?P<currency>[A-Za-z]{3})\s*=\s*(?P<usd>\d+(?:\.\d+)?)\s*@\s*(?P<day>\d{4}-\d\d-\d\d)(?:\s*,\s*(?P<source>.+))?"
)
_LONGEST = 1_000  # characters of a rate with its source, which stand beside every figure of that currency
_LEAST_USD = Decimal("1e-12")  # that one unit is worth; less is a slip of the pen


@dataclass(frozen=True, slots=True)
class ExchangeRate:
    """What one unit of ``currency`` was worth on a day, in USD."""

    currency: str  # ISO 4217
    usd: Decimal
    day: date
    source: str

    def __str__(self) -> str:
        return f"{self.usd} USD/{self.currency} of {self.day} ({self.source})"


Rates = Mapping[str, ExchangeRate]  # by currency


def read_rates(said: Sequence[str]) -> dict[str, ExchangeRate]:
    """Read ``EUR=1.16@2026-11-20`` (USD for one EUR, on that day), a source after a comma if there is one.

    Raises InputError for anything else, and for two rates of one currency.
    """
    rates: dict[str, ExchangeRate] = {}
    for words in said:
        rate = _read_rate(words)
        if rate.currency in rates:
            raise InputError(f"there are two rates for {rate.currency}", where=f"--{RATE_FLAG}")
        rates[rate.currency] = rate
    return rates


def without_currency(text: str, flag: str, rates: Rates) -> tuple[str, ExchangeRate | None]:
    """The figure with USD for its currency, and the rate that converts it; None: it is in USD already.

    InputError for a currency without a rate, and for two currencies in one figure.
    """
    codes = "|".join(sorted(_CODES | rates.keys()))
    named = re.compile(rf"[€£₹¥]|(?<![a-z])(?:{codes})(?![a-z])", re.IGNORECASE)
    found = {_SIGNS.get(sign, sign.upper()) for sign in named.findall(text)}
    if not found:
        return text, None
    if "¥" in found:
        raise InputError(f"¥ in {text!r} is more than one currency", where=flag, remedy="write JPY or CNY")
    if len(found) > 1 or "$" in text or re.search("usd", text, re.IGNORECASE):
        raise InputError(f"{text!r} mixes currencies", where=flag, remedy="give the figure in one of them")
    (currency,) = found
    if currency not in rates:
        raise InputError(
            f"{text!r} is not in USD, and no exchange rate for {currency} was given",
            where=flag,
            remedy=f"{rate_wanted(currency)}, or the figure in USD",
        )
    return named.sub(lambda sign: _usd_in_place(text, sign.end()), text), rates[currency]


def rate_wanted(currency: str) -> str:
    """What to give, and how, so that ``currency`` can be converted."""
    return f"give what 1 {currency} was worth in USD, and when: --{RATE_FLAG} {currency}=RATE@2026-11-20"


def _usd_in_place(text: str, end: int) -> str:
    return "$" if text[end:].lstrip()[:1].isdigit() else " USD"


def _read_rate(words: str) -> ExchangeRate:
    match = _RATE.fullmatch(words.strip())
    remedy = (
        "write what one unit is worth in USD, and the day: EUR=RATE@2026-11-20, and a source after a comma"
    )
    if len(words) > _LONGEST:
        raise InputError(
            f"a rate with its source is longer than {_LONGEST:,} characters",
            where=f"--{RATE_FLAG}",
            remedy="name the source in fewer",
        )
    if match is None:
        raise InputError(f"{words!r} is no dated rate", where=f"--{RATE_FLAG}", remedy=remedy)
    try:
        day = date.fromisoformat(match["day"])
    except ValueError as error:
        raise InputError(f"{match['day']!r} is not a day", where=f"--{RATE_FLAG}", remedy=remedy) from error
    currency, usd = match["currency"].upper(), Decimal(match["usd"])
    if currency == "USD" or not _LEAST_USD <= usd < 1_000_000:
        raise InputError(f"{words!r} cannot be a rate to USD", where=f"--{RATE_FLAG}", remedy=remedy)
    return ExchangeRate(currency, usd, day, match["source"] or "declared by the user")
