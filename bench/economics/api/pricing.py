"""API prices by date: genai-prices' table, and a profile's own dated prices where that table fails."""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING

from bench.catalog.types import ApiProfile, BatchPrice, PriceOverride
from bench.economics.api.billing import Bill, Biller, Rate, Rates, Tokens, rates_of, table_biller
from bench.economics.api.price_table import look_up, price_table
from bench.errors import EconomicsError
from bench.records.types import ApiPrice

if TYPE_CHECKING:
    from genai_prices.types import ModelPrice

BASE_TIER = "; base tier, larger requests are billed by theirs"
FIRST_SALE = date(2020, 6, 11)  # OpenAI opens its API, the first of all: https://openai.com/index/openai-api/


@dataclass(frozen=True, slots=True)
class Tariff:
    """The prices of one API at one moment, resolved once for many requests.

    ``rates`` is their closed form; None where the price table itself must bill. ``retired`` is set when the
    model could no longer be bought and these are its last prices.
    """

    price: ApiPrice
    rates: Rates | None
    _bill: Biller
    retired: date | None = None

    def bill(
        self,
        input_tokens: Tokens,
        output_tokens: Tokens,
        cached_tokens: Tokens = 0,
        written_tokens: Tokens = 0,
        hour_tokens: Tokens = 0,
    ) -> Bill:
        """Price one request. ``input_tokens`` includes what was read from a cache (``cached_tokens``) and
        written to it (``hour_tokens`` of that to be kept for an hour), ``output_tokens`` the reasoning.
        """
        counts = input_tokens, output_tokens, cached_tokens, written_tokens, hour_tokens
        is_too_much = cached_tokens + written_tokens > input_tokens or hour_tokens > written_tokens
        if min(counts) < 0 or is_too_much:
            kept = f"of these cached {cached_tokens} and written to the cache {written_tokens}"
            kept += f", {hour_tokens} of them for an hour" if hour_tokens else ""
            raise EconomicsError(
                f"impossible token counts: input {input_tokens}, {kept}, output {output_tokens}",
                where=self.price.model,
            )
        return self._bill(*counts)

    def in_batch(self, batch: BatchPrice) -> "Tariff":
        """The same where requests are handed in together and answered within hours; rates must be known."""
        if self.rates is None:
            raise ValueError(f"{self.price.model} is billed by the price table, which knows no batches")
        rates = self.rates.at_share(batch.share, batch.cached_share)
        price = self.price.model_copy(
            update={
                "input_usd_per_mtok": rates.input.at(0),
                "output_usd_per_mtok": rates.output.at(0),
                "served": f"in batches, at {batch.share:%} of the list price",
                "source": f"{self.price.source}; batch: {batch.share:%} of the list price, "
                f"{batch.cited.source} ({batch.cited.date})",
            }
        )
        return replace(self, price=price, rates=rates, _bill=rates.bill)


def price_of(profile: ApiProfile, *, at: datetime) -> ApiPrice:
    """Price per million tokens at ``at`` (with a time zone), with the id that the table really matched.

    Raises EconomicsError when there is none: never 0. Tiers by request size are applied by
    ``Tariff.bill``; the prices shown here are those of a small request.
    """
    return tariff_of(profile, at=at).price


def tariff_of(profile: ApiProfile, *, at: datetime) -> Tariff:
    """Resolve a profile's prices: its own within their dates, else those of genai-prices."""
    if at.tzinfo is None:
        raise ValueError("a price needs a moment with a time zone")
    return _resolved(profile, at.astimezone(UTC))


@lru_cache(maxsize=1024)
def _resolved(profile: ApiProfile, at: datetime) -> Tariff:
    day = at.date()
    _check_on_sale(profile, day)
    own = _override(profile.prices, day)
    if own is not None:
        found = _own_tariff(profile, own, at)
    elif profile.price_model is not None:
        found = _listed_tariff(profile, profile.price_model, at)
    else:
        raise _no_price(profile, day)
    marks = [mark for mark in (profile.effort_told, foreknown(at)) if mark is not None]
    if not marks:
        return found
    marked = "; ".join([found.price.source, *marks])
    return replace(found, price=found.price.model_copy(update={"source": marked}))


def foreknown(at: datetime) -> str | None:
    """What prices of a day that is yet to come are; None for today and before. The table tells no own day."""
    day = at.astimezone(UTC).date()
    if day <= datetime.now(UTC).date():
        return None
    return f"{day} is yet to come: prices as {price_table()} and the catalog of this tool know them now"


def last_tariff_of(profile: ApiProfile, *, at: datetime) -> Tariff:
    """As ``tariff_of``, but of a retired model the prices of its last day, marked as such.

    ``retired`` is the first day on which requests fail.
    """
    retired = profile.retired
    if retired is None or at.astimezone(UTC).date() < retired:
        return tariff_of(profile, at=at)
    last = tariff_of(profile, at=datetime.combine(retired - timedelta(days=1), time(12), UTC))
    marked = f"{last.price.source}; last price, retired on {retired}"
    return replace(last, price=last.price.model_copy(update={"source": marked}), retired=retired)


def _check_on_sale(profile: ApiProfile, day: date) -> None:
    if day < FIRST_SALE:  # the table has most prices for every day, and not every profile knows its first one
        raise EconomicsError(
            f"no price on {day}: nobody sold answers by the token before {FIRST_SALE}",
            where=profile.name,
            remedy=f"ask for a date from {profile.released or FIRST_SALE} on",
        )
    if profile.released is not None and day < profile.released:
        raise EconomicsError(
            f"no price on {day}: it was released on {profile.released}",
            where=profile.name,
            remedy=f"ask for a date from {profile.released} on",
        )
    if profile.retired is not None and day >= profile.retired:
        raise EconomicsError(
            f"no price on {day}: it was retired on {profile.retired}",
            where=profile.name,
            remedy=f"choose a current model, or ask for a date before {profile.retired}",
        )


def _override(prices: tuple[PriceOverride, ...], day: date) -> PriceOverride | None:
    valid = [
        price for price in prices if (price.valid_from or date.min) <= day <= (price.valid_until or date.max)
    ]
    return max(valid, key=lambda price: price.valid_from or date.min) if valid else None


def _no_price(profile: ApiProfile, day: date) -> EconomicsError:
    spans = ", ".join(f"{p.valid_from or 'the start'} to {p.valid_until or 'now'}" for p in profile.prices)
    searched = f"{price_table()} and the catalog of this tool"
    return EconomicsError(
        f"no public price on {day}; searched: {searched}" + (f", which has {spans}" if spans else ""),
        where=profile.name,
        remedy=profile.note,
    )


def _own_tariff(profile: ApiProfile, own: PriceOverride, at: datetime) -> Tariff:
    price = ApiPrice(
        model=profile.name,
        matched_id=profile.price_model or profile.name,
        provider=profile.provider,
        input_usd_per_mtok=own.input_usd_per_mtok,
        output_usd_per_mtok=own.output_usd_per_mtok,
        at=at,
        source=f"{own.cited.source} ({own.cited.date}){BASE_TIER if own.larger else ''}",
    )

    rates = own_rates(own)
    return Tariff(price, rates, rates.bill)


def own_rates(own: PriceOverride) -> Rates:
    """A profile's own prices; where no discount is known, cached input is billed in full: an upper bound."""
    cached, written = own.cached_usd_per_mtok, own.written_usd_per_mtok
    return Rates(
        input=Rate(
            own.input_usd_per_mtok,
            tuple((size.above_input_tokens, size.input_usd_per_mtok) for size in own.larger),
        ),
        output=Rate(
            own.output_usd_per_mtok,
            tuple((size.above_input_tokens, size.output_usd_per_mtok) for size in own.larger),
        ),
        cached=None if cached is None else Rate(cached),
        written=None if written is None else Rate(written),
    )


def _listed_tariff(profile: ApiProfile, model_ref: str, at: datetime) -> Tariff:
    found = look_up(profile, model_ref, at=at)
    listed: ModelPrice = found.model_price
    input_price, has_input_tiers = _base(listed.input_mtok)
    output_price, has_output_tiers = _base(listed.output_mtok)
    if not input_price or not output_price:  # what the table leaves out or calls free is not known to be 0
        raise EconomicsError(
            f"{price_table()} has no price per input and output token for "
            f"{found.model.id!r}, and that is not taken as 0",
            where=profile.name,
            remedy="give the profile a price with its source and date",
        )
    source = price_table()
    if has_input_tiers or has_output_tiers:
        source += BASE_TIER
    price = ApiPrice(
        model=profile.name,
        matched_id=found.model.id,
        provider=found.provider.id,
        input_usd_per_mtok=input_price,
        output_usd_per_mtok=output_price,
        at=at,
        source=source,
    )

    rates = rates_of(listed)
    return Tariff(price, rates, table_biller(listed) if rates is None else rates.bill)


def _base(price: object) -> tuple[Decimal | None, bool]:
    """The price of a small request, and whether larger ones cost something else."""
    if price is None or isinstance(price, Decimal):
        return price, False
    base = getattr(price, "base", None)
    return (base if isinstance(base, Decimal) else None), True
