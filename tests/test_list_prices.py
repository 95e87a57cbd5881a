"""Every price of every profile, beside what a person entered here from another source than the price table.

USD per million tokens. Cached and written are None where they have no price of their own, and so cost as any
other input. A new profile, or another price, is entered here by hand, with its source: copied from the
catalog or from the price table it would test nothing.
"""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import NamedTuple

import pytest

from bench.catalog.apis import load_apis
from bench.economics.api.price_history import history_of
from bench.economics.api.pricing import last_tariff_of
from bench.economics.assumptions.moment import read_moment
from bench.units import TOKENS_PER_PRICE_UNIT

CATALOG = load_apis()
PRICED = {name: one for name, one in CATALOG.profiles.items() if one.price_model or one.prices}
TODAY = datetime(2026, 11, 21, 12, tzinfo=UTC)
N_TOKENS = 1000

LITELLM = "LiteLLM 1.109.1, its table of prices and context windows, read 2026-11-22"
LITELLM_2026_01 = "LiteLLM 1.81.0, the same table of January 2026, read 2026-11-22"
LITELLM_2025_07 = "LiteLLM 1.74.0, the same table of July 2025, read 2026-11-22"
LITELLM_2025_01 = "LiteLLM 1.59.0, the same table of January 2025, read 2026-11-22"
LUNA = "https://docs.litellm.ai/blog/gpt_6_sol_luna, and " + LITELLM
O3_CUT = "https://github.com/langfuse/langfuse/pull/7223, 2025-06-10"
FLASH_2024 = "https://ai.google.dev/pricing, by public copies of the summer of 2024, read 2026-11-22"
DEEPSEEK = "https://api-docs.deepseek.com/quick_start/pricing, a copy of 2026-11-15"
NEMO = "https://docs.mistral.ai/models/mistral-nemo-12b-24-07.md, read 2026-11-22; since September 2024"
GROQ = "https://groq.com/pricing, by LiteLLM 1.81.0, read 2026-11-22"
WORKERS_AI = "https://developers.cloudflare.com/workers-ai/platform/pricing/, a copy of 2026-09-20"
SMALL = "https://aicoach.pw/marketplace/llm/mistral-small-3, after OpenRouter, read 2026-11-22"
ALONE = "genai-prices 0.2.3 of 2026-11-21 alone: no second source was found at these prices"


class Listed(NamedTuple):
    api: str
    day: str
    input: str
    cached: str | None
    written: str | None
    output: str
    source: str
    above: int = 0  # of requests with more input tokens than this


LISTED = [
    Listed("gpt-4o-mini", "2026-11-21", "0.15", "0.075", None, "0.60", LITELLM),
    Listed("gpt-4o", "2026-11-21", "2.50", "1.25", None, "10", LITELLM),
    Listed("gpt-4o-2024-05-13", "2024-06-01", "5", None, None, "15", LITELLM),
    Listed("o1", "2025-04-11", "15", "7.50", None, "60", LITELLM),
    Listed("o3-mini", "2025-04-11", "1.10", "0.55", None, "4.40", LITELLM),
    Listed(
        "o1-mini", "2024-09-12", "3", None, None, "12", LITELLM_2025_01
    ),  # there cached 1.50, from October
    Listed("o1-mini", "2025-04-11", "1.10", "0.55", None, "4.40", LITELLM_2025_07),
    Listed("text-davinci-003", "2022-12-01", "20", None, None, "20", ALONE),
    Listed("gpt-3.5-turbo", "2024-07-22", "0.50", None, None, "1.50", LITELLM),
    Listed("gpt-4", "2024-01-15", "30", None, None, "60", LITELLM),
    Listed("gpt-4.5-preview", "2025-03-15", "75", "37.50", None, "150", LITELLM_2025_07),
    Listed("o1-preview", "2024-09-12", "15", "7.50", None, "60", LITELLM_2025_07),
    Listed("o1-pro", "2025-04-11", "150", None, None, "600", LITELLM),
    Listed("o3", "2025-05-01", "10", "2.50", None, "40", O3_CUT),
    Listed("o3", "2025-07-01", "2", "0.50", None, "8", LITELLM),
    Listed("gpt-4.1-nano", "2026-01-15", "0.10", "0.025", None, "0.40", LITELLM),
    Listed("gpt-5-nano", "2026-11-21", "0.05", "0.005", None, "0.40", LITELLM),
    Listed("gpt-6-luna", "2026-11-21", "0.10", "0.01", "0.125", "0.50", LUNA),
    Listed("gpt-6-luna", "2026-11-21", "0.20", "0.02", "0.25", "0.75", LUNA, above=272_000),
    Listed("claude-haiku-5-5", "2026-11-21", "0.10", "0.01", "0.125", "0.50", LITELLM),
    Listed("claude-haiku-5-5", "2026-11-21", "0.50", "0.05", "0.625", "2.50", LITELLM, above=100_000),
    Listed("claude-haiku-4-5", "2026-11-21", "1", "0.10", "1.25", "5", LITELLM),
    Listed("claude-3-haiku", "2025-01-15", "0.25", "0.03", "0.30", "1.25", LITELLM_2025_01),
    Listed("claude-3-opus", "2025-01-15", "15", "1.50", "18.75", "75", LITELLM_2025_01),
    Listed("claude-3-5-sonnet", "2025-01-15", "3", "0.30", "3.75", "15", LITELLM_2025_01),
    Listed("claude-3-6-sonnet", "2025-04-11", "3", "0.30", "3.75", "15", LITELLM_2025_07),
    Listed("claude-3-7-sonnet", "2025-04-11", "3", "0.30", "3.75", "15", LITELLM_2025_07),
    Listed("claude-3-7-sonnet-thinking", "2025-04-11", "3", "0.30", "3.75", "15", LITELLM_2025_07),
    Listed("gemini-1.5-flash", "2024-07-22", "0.35", None, None, "1.05", FLASH_2024),
    Listed("gemini-1.5-flash", "2024-07-22", "0.70", None, None, "2.10", FLASH_2024, above=128_000),
    Listed("gemini-1.5-flash", "2025-01-15", "0.075", "0.01875", None, "0.30", LITELLM_2025_01),
    Listed("gemini-1.5-flash", "2025-01-15", "0.15", "0.0375", None, "0.60", LITELLM_2025_01, above=128_000),
    Listed("gemini-2.0-flash", "2026-01-15", "0.10", "0.025", None, "0.40", LITELLM_2026_01),
    Listed("gemini-2.5-flash-lite", "2026-11-21", "0.10", "0.01", None, "0.40", LITELLM),
    Listed("gemini-3.5-flash-lite", "2026-11-21", "0.30", "0.03", None, "2.50", LITELLM),
    Listed("ministral-3b", "2026-11-21", "0.10", "0.01", None, "0.10", LITELLM),
    Listed("mistral-nemo", "2025-01-15", "0.15", None, None, "0.15", NEMO),
    Listed("deepseek-flash", "2026-11-20T12:00", "0.15", "0.003", None, "0.60", DEEPSEEK),
    Listed("deepseek-flash", "2026-11-20T01:00", "0.30", "0.006", None, "1.20", DEEPSEEK),
    Listed("deepseek-flash", "2026-11-20T06:00", "0.30", "0.006", None, "1.20", DEEPSEEK),
    Listed("deepseek-flash-thinking", "2026-11-20T12:00", "0.15", "0.003", None, "0.60", DEEPSEEK),
    Listed("deepseek-flash-thinking", "2026-11-20T01:00", "0.30", "0.006", None, "1.20", DEEPSEEK),
    Listed("deepseek-flash-thinking", "2026-11-20T06:00", "0.30", "0.006", None, "1.20", DEEPSEEK),
    Listed("grok-4.3", "2026-11-21", "1.25", "0.20", None, "2.50", LITELLM),
    Listed("grok-4.3", "2026-11-21", "2.50", "0.40", None, "5", LITELLM, above=199_999),
    Listed("grok-4-1-fast-non-reasoning", "2026-01-15", "0.20", "0.05", None, "0.50", LITELLM_2026_01),
    Listed("novita-llama-3.2-1b", "2026-11-21", "0.02", None, None, "0.02", LITELLM),
    Listed("novita-llama-3.2-3b", "2026-01-01", "0.03", None, None, "0.05", LITELLM),
    # LiteLLM has 0.02 and 0.05 as early as January 2026
    Listed("novita-llama-3.1-8b", "2026-10-17", "0.05", None, None, "0.05", ALONE),
    Listed("novita-llama-3.1-8b", "2026-11-21", "0.02", None, None, "0.05", LITELLM),
    Listed("novita-llama-3-8b", "2026-01-15", "0.04", None, None, "0.04", LITELLM),
    Listed("groq-llama-3.1-8b", "2026-01-15", "0.05", None, None, "0.08", GROQ),
    Listed("groq-gpt-oss-20b", "2026-11-21", "0.075", "0.0375", None, "0.30", LITELLM),
    Listed("cloudflare-llama-3.2-1b", "2026-11-21", "0.027", None, None, "0.201", WORKERS_AI),
    Listed("cloudflare-llama-3.2-3b", "2026-11-21", "0.051", None, None, "0.335", WORKERS_AI),
    Listed("cloudflare-granite-4.0-h-micro", "2026-11-21", "0.017", None, None, "0.112", WORKERS_AI),
    Listed("openrouter-qwen2.5-7b", "2026-10-18", "0.04", None, None, "0.10", ALONE),
    Listed("openrouter-qwen2.5-7b", "2026-11-21", "0.10", None, None, "0.20", ALONE),
    Listed("openrouter-gemma-3-4b", "2026-10-18", "0.02", None, None, "0.04", ALONE),
    Listed("openrouter-gemma-3-4b", "2026-10-19", "0.05", None, None, "0.10", ALONE),
    Listed("openrouter-gemma-3-4b", "2026-11-21", "0.04", "0.02", None, "0.05", ALONE),
    Listed("azure-phi-4-mini", "2026-11-21", "0.075", None, None, "0.30", LITELLM),
    Listed("openrouter-mistral-small-24b", "2026-10-18", "0.05", None, None, "0.09", ALONE),
    Listed("openrouter-mistral-small-24b", "2026-11-21", "0.05", None, None, "0.08", SMALL),
]


@pytest.mark.parametrize("listed", LISTED, ids=lambda one: f"{one.api}, {one.day}, above {one.above}")
def test_a_price_is_as_it_was_listed(listed: Listed) -> None:
    tariff = last_tariff_of(CATALOG.find(listed.api), at=read_moment(listed.day))
    n = listed.above + N_TOKENS

    def usd_per_mtok(part: Decimal, n_tokens: int) -> Decimal:
        return part * TOKENS_PER_PRICE_UNIT / n_tokens

    plain = tariff.bill(n, N_TOKENS)
    assert usd_per_mtok(plain.input_usd, n) == Decimal(listed.input)
    assert usd_per_mtok(plain.output_usd, N_TOKENS) == Decimal(listed.output)
    assert usd_per_mtok(tariff.bill(n, 0, n, 0).input_usd, n) == Decimal(listed.cached or listed.input)
    assert usd_per_mtok(tariff.bill(n, 0, 0, n).input_usd, n) == Decimal(listed.written or listed.input)


@pytest.mark.parametrize("name", PRICED)
def test_every_price_of_a_profile_is_listed(name: str) -> None:
    """Each period and hour that it was sold in, and each size of request that costs something else."""
    profile, listed = PRICED[name], [one for one in LISTED if one.api == name]
    assert listed, "enter its price above, with the source"
    for period in history_of(profile, at=TODAY):
        if period.last_day is not None and profile.released and period.last_day < profile.released:
            continue  # the table knows a price of days on which it was not sold
        first, last = period.first_day or date.min, period.last_day or date.max
        then = [one for one in listed if first <= read_moment(one.day).date() <= last]
        if period.hours_utc is not None:
            begins, ends = period.hours_utc.split(" to ")
            then = [one for one in then if begins <= one.day.partition("T")[2] < ends]
        assert period.rates is not None
        tiers = {more_than for more_than, _ in period.rates.input.tiers}
        assert {0, *tiers} <= {one.above for one in then}, period


def test_nothing_is_listed_of_an_api_that_has_no_price() -> None:
    assert {one.api for one in LISTED} == set(PRICED)
