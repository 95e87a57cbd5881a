"""What one request costs, in closed form: exact decimals, no call of the price table.

Follows genai-prices: a tier is chosen by the request's whole input and holds for all of its tokens; cached
input without a price of its own is billed as any other; reasoning is part of the output.
"""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

from bench.units import TOKENS_PER_PRICE_UNIT

if TYPE_CHECKING:
    from genai_prices.types import ModelPrice

Tokens = int | Decimal  # expected lengths are means, so need not be whole

REQUESTS_PER_PRICE_UNIT = 1000
TEXT_PRICES = frozenset(
    {
        "input_mtok",
        "output_mtok",
        "cache_read_mtok",
        "cache_write_mtok",
        "cache_write_1h_mtok",
        "requests_kcount",
    }
)
# Prices of what a request of text alone never has, so that they add nothing to it.
PRICES_BESIDE_TEXT = frozenset(
    {
        "audio_hours",
        "cache_audio_read_mtok",
        "cache_image_read_mtok",
        "input_audio_hours",
        "input_audio_mtok",
        "input_image_mtok",
        "input_video_mtok",
        "output_audio_mtok",
        "output_image_mtok",
        "output_video_mtok",
        "storage_searches_kcount",
        "web_searches_kcount",
    }
)


class Bill(NamedTuple):
    """USD of one request, exact: what its output costs, and the rest."""

    input_usd: Decimal
    output_usd: Decimal

    def charged(self, *, fee_usd: Decimal, retries: Decimal, tax: Decimal) -> "Bill":
        """With tax on what is listed, a fee for every request, and a share of requests sent and billed again.

        The fee is as its user states it, with tax where that counts.
        """
        times, listed = 1 + retries, 1 + tax
        return Bill((self.input_usd * listed + fee_usd) * times, self.output_usd * listed * times)


# Of input tokens, output tokens, of the input those read from a cache and those written to it, and of the
# written ones those to be kept for an hour.
Biller = Callable[[Tokens, Tokens, Tokens, Tokens, Tokens], Bill]


@dataclass(frozen=True, slots=True)
class Rate:
    """USD per million tokens. ``tiers``: (for requests of more input than this, that), largest first."""

    usd_per_mtok: Decimal
    tiers: tuple[tuple[int, Decimal], ...] = ()

    def at(self, input_tokens: Tokens) -> Decimal:
        """The price of a request with so much input, cached or not."""
        for more_than, usd_per_mtok in self.tiers:
            if input_tokens > more_than:
                return usd_per_mtok
        return self.usd_per_mtok

    def at_share(self, share: Decimal) -> "Rate":
        return Rate(self.usd_per_mtok * share, tuple((start, usd * share) for start, usd in self.tiers))


@dataclass(frozen=True, slots=True)
class Rates:
    """All that decides what a request of text costs.

    Input read from a cache (``cached``) or written to it (``written``) costs as any other where it has no
    price of its own, and what is written to be kept for an hour (``hour``) as what is kept for minutes.
    """

    input: Rate
    output: Rate
    cached: Rate | None = None
    usd_per_request: Decimal = Decimal(0)
    written: Rate | None = None
    hour: Rate | None = None

    def bill(
        self,
        input_tokens: Tokens,
        output_tokens: Tokens,
        cached_tokens: Tokens,
        written_tokens: Tokens = 0,
        hour_tokens: Tokens = 0,
    ) -> Bill:
        input_usd = self.usd_per_request  # due whatever the answer's length
        fresh_tokens = input_tokens
        for tokens, rate in (
            (cached_tokens, self.cached),
            (written_tokens - hour_tokens, self.written),
            (hour_tokens, self.hour or self.written),
        ):
            if tokens and rate is not None:
                fresh_tokens -= tokens
                input_usd += rate.at(input_tokens) * tokens / TOKENS_PER_PRICE_UNIT
        return Bill(
            input_usd + self.input.at(input_tokens) * fresh_tokens / TOKENS_PER_PRICE_UNIT,
            self.output.at(input_tokens) * output_tokens / TOKENS_PER_PRICE_UNIT,
        )

    @property
    def tier_starts(self) -> tuple[int, ...]:
        """Input tokens above which a request is billed otherwise, ascending."""
        rates = (self.input, self.output, self.cached, self.written, self.hour)
        return tuple(sorted({more_than for rate in rates if rate is not None for more_than, _ in rate.tiers}))

    def at_share(self, share: Decimal, cached_share: Decimal) -> "Rates":
        """Every price per token at a share of itself, those of a cache at their own one; fees in full."""
        return Rates(
            input=self.input.at_share(share),
            output=self.output.at_share(share),
            cached=None if self.cached is None else self.cached.at_share(cached_share),
            usd_per_request=self.usd_per_request,
            written=None if self.written is None else self.written.at_share(cached_share),
            hour=None if self.hour is None else self.hour.at_share(cached_share),
        )


def rates_of(listed: "ModelPrice") -> Rates | None:
    """The closed form of a price of the table; None where it prices what only the table knows to count.

    The caller has seen to it that there is a price for input and for output.
    """
    prices = {key: price for key, price in vars(listed).items() if price is not None}
    if not prices.keys() <= TEXT_PRICES | PRICES_BESIDE_TEXT:
        return None
    fee = prices.get("requests_kcount", Decimal(0))
    if not isinstance(fee, Decimal):
        return None
    return Rates(
        input=_rate(prices["input_mtok"]),
        output=_rate(prices["output_mtok"]),
        cached=_rate(prices["cache_read_mtok"]) if "cache_read_mtok" in prices else None,
        usd_per_request=fee / REQUESTS_PER_PRICE_UNIT,
        written=_rate(prices["cache_write_mtok"]) if "cache_write_mtok" in prices else None,
        hour=_rate(prices["cache_write_1h_mtok"]) if "cache_write_1h_mtok" in prices else None,
    )


def table_biller(listed: "ModelPrice") -> Biller:
    """Bill by the table's own arithmetic: exact as well, and some hundred times slower."""
    from genai_prices import Usage

    def bill(
        input_tokens: Tokens,
        output_tokens: Tokens,
        cached_tokens: Tokens,
        written_tokens: Tokens,
        hour_tokens: Tokens = 0,
    ) -> Bill:
        usage = Usage(input_tokens=input_tokens, output_tokens=output_tokens)
        if cached_tokens:
            usage.cache_read_tokens = cached_tokens
        if written_tokens:
            usage.cache_write_tokens = written_tokens
        if hour_tokens:
            usage.cache_write_1h_tokens = hour_tokens
        priced = listed.calc_price(usage)
        return Bill(priced["total_price"] - priced["output_price"], priced["output_price"])

    return bill


def _rate(price: object) -> Rate:
    from genai_prices.types import TieredPrices

    if isinstance(price, TieredPrices):
        tiers = sorted(((tier.start, tier.price) for tier in price.tiers), reverse=True)
        return Rate(price.base, tuple(tiers))
    if not isinstance(price, Decimal):
        raise TypeError(f"not a price: {price!r}")
    return Rate(price)
