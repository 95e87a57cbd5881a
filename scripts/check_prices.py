"""Whether bills in closed form are those of genai-prices: to the last digit, and how much faster.

    python scripts/check_prices.py [--usages 10000] [--seed 0]

Each usage is drawn at random: any model of the table that has a price per input and output token, any hour
from 2023 to 2027, requests from empty to beyond every tier, a share of the input read from the cache and one
written to it, some of that to be kept for an hour, whole and fractional tokens. Ends with 1 when a single
bill differs. No network: the table is the installed package's.
"""

import argparse
import random
import sys
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from bench.economics.api.billing import Tokens, rates_of, table_biller
from bench.economics.api.price_table import price_table

if TYPE_CHECKING:
    from genai_prices.types import ModelInfo, ModelPrice, Provider

FIRST = datetime(2023, 1, 1, tzinfo=UTC)
N_HOURS = 5 * 365 * 24
LARGEST_INPUT = 1_500_000
LARGEST_OUTPUT = 200_000
SHARES = tuple(  # of the input, read from the cache and written to it, and of the latter for an hour
    (Decimal(cached), Decimal(written), Decimal(hour))
    for cached, written, hour in (
        ("0", "0", "0"),
        ("0.25", "0", "0"),
        ("1", "0", "0"),
        ("0", "1", "0"),
        ("0.5", "0.25", "0"),
        ("0.25", "0.5", "0.5"),
        ("0", "1", "1"),
    )
)


@dataclass(frozen=True)
class Case:
    provider: "Provider"
    model: "ModelInfo"
    at: datetime
    input_tokens: Tokens
    output_tokens: Tokens
    cached_tokens: Tokens
    written_tokens: Tokens
    hour_tokens: Tokens

    def __str__(self) -> str:
        kept = f"{self.cached_tokens} cached, {self.written_tokens} written ({self.hour_tokens} for an hour)"
        tokens = f"{self.input_tokens} in, of these {kept}, {self.output_tokens} out"
        return f"{self.provider.id} {self.model.id} at {self.at:%Y-%m-%d %H:%M}: {tokens}"


@dataclass
class Tally:
    """``n_…``: a tier, or a price of cached input, of written, or of what was written for an hour decided."""

    n: int = 0
    n_by_table: int = 0
    n_tiered: int = 0
    n_cached: int = 0
    n_written: int = 0
    n_hour: int = 0
    table_s: float = 0.0
    closed_s: float = 0.0
    different: tuple[str, ...] = ()


def check(n_usages: int, seed: int) -> Tally:
    tally, draw, models = Tally(), random.Random(seed), priced_models()
    for _ in range(n_usages):
        provider, model = draw.choice(models)
        compare(a_case(provider, model, draw), tally)
    return tally


def priced_models() -> list[tuple["Provider", "ModelInfo"]]:
    """All models of the table that are sold by input and output token, at any time."""
    from genai_prices.data_snapshot import get_snapshot
    from genai_prices.types import ModelPrice

    def prices(model: "ModelInfo") -> list[ModelPrice]:
        listed = model.prices
        return [listed] if isinstance(listed, ModelPrice) else [one.prices for one in listed]

    return [
        (provider, model)
        for provider in get_snapshot().providers
        for model in provider.models
        if any(map(is_sold_by_token, prices(model)))
    ]


def is_sold_by_token(price: "ModelPrice") -> bool:
    return price.input_mtok is not None and price.output_mtok is not None


def a_case(provider: "Provider", model: "ModelInfo", draw: random.Random) -> Case:
    tokens = draw.choice((whole_tokens, whole_tokens, fractional_tokens))
    input_tokens = tokens(LARGEST_INPUT, draw)
    cached, written, hour = draw.choice(SHARES)
    at = FIRST + timedelta(hours=draw.randrange(N_HOURS))
    written_tokens = part_of(input_tokens, written)
    return Case(
        provider,
        model,
        at,
        input_tokens,
        tokens(LARGEST_OUTPUT, draw),
        part_of(input_tokens, cached),
        written_tokens,
        part_of(written_tokens, hour),
    )


def part_of(tokens: Tokens, share: Decimal) -> Tokens:
    return int(tokens * share) if isinstance(tokens, int) else tokens * share


def whole_tokens(most: int, draw: random.Random) -> Tokens:
    return draw.choice((0, draw.randrange(1000), draw.randrange(most)))


def fractional_tokens(most: int, draw: random.Random) -> Tokens:
    return Decimal(draw.randrange(most * 8)) / 8  # a mean of eight lengths


def compare(case: Case, tally: Tally) -> None:
    listed = case.model.get_prices(case.at)
    if not is_sold_by_token(listed):
        return
    rates, by_table = rates_of(listed), table_biller(listed)
    kept = case.cached_tokens, case.written_tokens, case.hour_tokens
    tokens = case.input_tokens, case.output_tokens, *kept
    begun = time.perf_counter()
    expected = by_table(*tokens)
    told = time.perf_counter()
    billed = expected if rates is None else rates.bill(*tokens)
    tally.closed_s += time.perf_counter() - told
    tally.table_s += told - begun
    tally.n += 1
    tally.n_by_table += rates is None
    if rates is not None:
        tally.n_tiered += any(case.input_tokens > start for start in rates.tier_starts)
        tally.n_cached += rates.cached is not None and case.cached_tokens > 0
        tally.n_written += rates.written is not None and case.written_tokens > 0
        tally.n_hour += rates.hour is not None and case.hour_tokens > 0
    if billed != expected:
        tally.different += (f"{case}: {billed}, by the table {expected}",)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--usages", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=0)
    chosen = parser.parse_args()
    tally = check(chosen.usages, chosen.seed)
    for one in tally.different:
        print(one)
    print(f"{tally.n:,} bills of {len(priced_models()):,} models of {price_table()}")
    print(
        f"{len(tally.different)} differ; {tally.n_tiered:,} by a tier, {tally.n_cached:,} with cached and "
        f"{tally.n_written:,} with written input at its own price ({tally.n_hour:,} for an hour), "
        f"{tally.n_by_table:,} left to the table"
    )
    closed_us, table_us = (1e6 * spent_s / tally.n for spent_s in (tally.closed_s, tally.table_s))
    print(f"a bill takes {closed_us:.1f} µs, by the table {table_us:.0f} µs")
    sys.exit(1 if tally.different else 0)


if __name__ == "__main__":
    main()
