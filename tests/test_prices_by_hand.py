"""Bills computed by hand, apart from any library: the prices and the arithmetic stand here.

Prices are USD per million tokens, so tokens × price ÷ 1,000,000; in the comments millions are left out.
"""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from economics_cases import exactly, items, scenario, task

from bench.catalog.apis import load_apis
from bench.economics.api.api_cost import HostedAnswer, bill, count_tokens
from bench.economics.api.pricing import last_tariff_of
from bench.economics.api.served import tariff_as_served
from bench.economics.assumptions.moment import read_moment

CATALOG = load_apis()

# api, day or moment, input tokens, of these cached, output tokens, USD
CASES = [
    # -- plain prices: input + output
    # GPT-4o mini, 0.15 and 0.60: 1,000 · 0.15 = 150; 100 · 0.60 = 60; 210 millionths
    ("gpt-4o-mini", "2024-07-22", 1_000, 0, 100, "0.00021"),
    # a million of each: 0.15 + 0.60
    ("gpt-4o-mini", "2026-11-21", 1_000_000, 0, 1_000_000, "0.75"),
    # GPT-3.5 Turbo (0125), 0.50 and 1.50: 2,000 · 0.5 = 1,000; 500 · 1.5 = 750
    ("gpt-3.5-turbo", "2024-07-22", 2_000, 0, 500, "0.00175"),
    # text-davinci-003, 20 either way: (1,000 + 1,000) · 20 = 40,000
    ("text-davinci-003", "2022-12-01", 1_000, 0, 1_000, "0.04"),
    # GPT-4, 30 and 60: 500 · 30 = 15,000; 250 · 60 = 15,000
    ("gpt-4", "2024-01-15", 500, 0, 250, "0.03"),
    # Claude 3 Opus, 15 and 75: 10,000 · 15 = 150,000; 2,000 · 75 = 150,000
    ("claude-3-opus", "2024-06-01", 10_000, 0, 2_000, "0.3"),
    # GPT-4o of May 2024, 5 and 15: 4,000 · 5 = 20,000; 1,000 · 15 = 15,000
    ("gpt-4o-2024-05-13", "2024-06-01", 4_000, 0, 1_000, "0.035"),
    # GPT-4o of August 2024, 2.50 and 10: 4,000 · 2.5 = 10,000; 1,000 · 10 = 10,000
    ("gpt-4o", "2024-09-01", 4_000, 0, 1_000, "0.02"),
    # o1-pro, 150 and 600: 100 · 150 = 15,000; 1,000 · 600 = 600,000
    ("o1-pro", "2025-06-01", 100, 0, 1_000, "0.615"),
    # Mistral Nemo, 0.15 either way: 3,333 + 1,667 = 5,000; 5,000 · 0.15 = 750
    ("mistral-nemo", "2025-01-15", 3_333, 0, 1_667, "0.00075"),
    # o3-mini, 1.10 and 4.40: 2,000 · 1.1 = 2,200; 500 · 4.4 = 2,200
    ("o3-mini", "2025-04-11", 2_000, 0, 500, "0.0044"),
    # Claude 3.5 Sonnet, 3 and 15: 1,000 · 3 = 3,000; 200 · 15 = 3,000
    ("claude-3-5-sonnet", "2024-07-22", 1_000, 0, 200, "0.006"),
    # Claude 3.6 Sonnet, 3 and 15: 10,000 · 3 = 30,000; 4,000 · 15 = 60,000
    ("claude-3-6-sonnet", "2025-04-11", 10_000, 0, 4_000, "0.09"),
    # Llama 3 8B at Novita, 0.04 either way: 6,000 · 0.04 = 240
    ("novita-llama-3-8b", "2026-01-15", 5_000, 0, 1_000, "0.00024"),
    # nothing asked and nothing said costs nothing
    ("gpt-4o-mini", "2026-11-21", 0, 0, 0, "0"),
    # a single token in: 0.15 millionths of a dollar, none of it rounded away
    ("gpt-4o-mini", "2026-11-21", 1, 0, 0, "0.00000015"),
    # -- cached input
    # GPT-4o mini, cached 0.075: 600 · 0.15 = 90; 400 · 0.075 = 30; 100 · 0.6 = 60; 180
    ("gpt-4o-mini", "2026-11-21", 1_000, 400, 100, "0.00018"),
    # all of it from the cache: 1,000 · 0.075 = 75
    ("gpt-4o-mini", "2026-11-21", 1_000, 1_000, 0, "0.000075"),
    # Claude 3.7 Sonnet, 3, cached 0.30, 15: 1,000 · 3 = 3,000; 9,000 · 0.3 = 2,700; 1,000 · 15 = 15,000
    ("claude-3-7-sonnet", "2025-04-11", 10_000, 9_000, 1_000, "0.0207"),
    # GPT-4.5, 75, cached 37.50, 150: 500 · 75 = 37,500; 500 · 37.5 = 18,750; 200 · 150 = 30,000
    ("gpt-4.5-preview", "2025-03-15", 1_000, 500, 200, "0.08625"),
    # Gemini 2.0 Flash, 0.10, cached 0.025, 0.40: 600 · 0.1 = 60; 400 · 0.025 = 10; 100 · 0.4 = 40; 110
    ("gemini-2.0-flash", "2026-01-15", 1_000, 400, 100, "0.00011"),
    # GPT-5 nano, 0.05, cached 0.005, 0.40: 900 · 0.05 = 45; 100 · 0.005 = 0.5; 1,000 · 0.4 = 400; 445.5
    ("gpt-5-nano", "2026-11-21", 1_000, 100, 1_000, "0.0004455"),
    # GPT-4 has no price of cached input, so it costs as any other: 1,000 · 30
    ("gpt-4", "2024-01-15", 1_000, 900, 0, "0.03"),
    # -- tiers by the size of the request's input
    # Gemini 1.5 Flash before it was cut, 0.35 and 1.05: 128,000 · 0.35 = 44,800; 1,000 · 1.05 = 1,050
    ("gemini-1.5-flash", "2024-08-11", 128_000, 0, 1_000, "0.04585"),
    # above 128,000, 0.70 and 2.10: 128,001 · 0.70 = 89,600.7; 1,000 · 2.10 = 2,100
    ("gemini-1.5-flash", "2024-07-22", 128_001, 0, 1_000, "0.0917007"),
    # and the day on which it was cut, 0.075 and 0.30: 9,600 + 300
    ("gemini-1.5-flash", "2024-08-12", 128_000, 0, 1_000, "0.0099"),
    # Gemini 1.5 Flash, up to 128,000: 128,000 · 0.075 = 9,600; 1,000 · 0.30 = 300
    ("gemini-1.5-flash", "2025-01-15", 128_000, 0, 1_000, "0.0099"),
    # one more, and all is dearer, the output too: 128,001 · 0.15 = 19,200.15; 1,000 · 0.60 = 600
    ("gemini-1.5-flash", "2025-01-15", 128_001, 0, 1_000, "0.01980015"),
    # cached tokens count for the size: 100,000 · 0.15 = 15,000; 100,000 · 0.0375 = 3,750
    ("gemini-1.5-flash", "2025-01-15", 200_000, 100_000, 0, "0.01875"),
    # a long answer is no large request: 1,000 · 0.075 = 75; 200,000 · 0.30 = 60,000
    ("gemini-1.5-flash", "2025-01-15", 1_000, 0, 200_000, "0.060075"),
    # GPT-6 Luna above 272,000, 0.20 and 0.75: 300,000 · 0.2 = 60,000; 10,000 · 0.75 = 7,500
    ("gpt-6-luna", "2026-11-21", 300_000, 0, 10_000, "0.0675"),
    # -- days
    # o3 until 2025-06-09, 10 and 40: 1,000 · 10 = 10,000; 1,000 · 40 = 40,000
    ("o3", "2025-06-09", 1_000, 0, 1_000, "0.05"),
    # cached input at 2.50, an own price: 500 · 10 = 5,000; 500 · 2.5 = 1,250
    ("o3", "2025-06-09", 1_000, 500, 0, "0.00625"),
    # from 2025-06-10, 2 and 8: 2,000 + 8,000
    ("o3", "2025-06-10", 1_000, 0, 1_000, "0.01"),
    # cached input at 0.50: 500 · 2 = 1,000; 500 · 0.5 = 250
    ("o3", "2025-06-10", 1_000, 500, 0, "0.00125"),
    # o1-mini at launch, 3 and 12, an own price: 1,000 · 3 = 3,000; 1,000 · 12 = 12,000
    ("o1-mini", "2024-09-12", 1_000, 0, 1_000, "0.015"),
    # whose cached input has no known discount, and is billed in full: 1,000 · 3
    ("o1-mini", "2025-01-30", 1_000, 1_000, 0, "0.003"),
    # from 2025-01-31, 1.10 and 4.40, cached 0.55: 500 · 1.1 = 550; 500 · 0.55 = 275; 1,000 · 4.4 = 4,400
    ("o1-mini", "2025-01-31", 1_000, 500, 1_000, "0.005225"),
    # DeepSeek Flash by day, 0.15 and 0.60: 1,500 + 6,000
    ("deepseek-flash", "2026-11-21T12:00", 10_000, 0, 10_000, "0.0075"),
    # in peak hours twice that
    ("deepseek-flash", "2026-11-21T01:00", 10_000, 0, 10_000, "0.015"),
    # o1 after its retirement at its last price, 15 and 60: 44 million tokens of output are 2,640 USD
    ("o1", "2026-11-21", 0, 0, 44_000_000, "2640"),
]


@pytest.mark.parametrize(("api", "at", "n_input", "n_cached", "n_output", "usd"), CASES)
def test_a_bill_by_hand(api: str, at: str, n_input: int, n_cached: int, n_output: int, usd: str) -> None:
    billed = last_tariff_of(CATALOG.find(api), at=read_moment(at)).bill(n_input, n_output, n_cached)
    assert sum(billed) == Decimal(usd)


# What comes off and on top. api, day, input tokens, of these read from the cache and written to it, output
# tokens, in batches, share sent again, fee, USD
SERVED = [
    # -- writing to a cache
    # Haiku 4.5, 1, read 0.10, written 1.25, 5: 1,000 · 1 + 6,000 · 0.1 + 3,000 · 1.25 + 200 · 5
    # = 1,000 + 600 + 3,750 + 1,000 = 6,350
    ("claude-haiku-4-5", "2026-11-21", 10_000, 6_000, 3_000, 200, False, "0", "0", "0.00635"),
    # all of it written, and nothing said: 4,000 · 1.25 = 5,000
    ("claude-haiku-4-5", "2026-11-21", 4_000, 0, 4_000, 0, False, "0", "0", "0.005"),
    # Claude 3 Haiku, written 0.30: 10,000 · 0.3 = 3,000
    ("claude-3-haiku", "2025-01-15", 10_000, 0, 10_000, 0, False, "0", "0", "0.003"),
    # Haiku 5.5 up to 100,000, 0.10, read 0.01, written 0.125, 0.50:
    # 10,000 · 0.1 + 50,000 · 0.01 + 40,000 · 0.125 + 1,000 · 0.5 = 1,000 + 500 + 5,000 + 500 = 7,000
    ("claude-haiku-5-5", "2026-11-21", 100_000, 50_000, 40_000, 1_000, False, "0", "0", "0.007"),
    # one more, and all of it is five times as dear:
    # 10,001 · 0.5 + 50,000 · 0.05 + 40,000 · 0.625 + 1,000 · 2.5
    # = 5,000.5 + 2,500 + 25,000 + 2,500 = 35,000.5
    ("claude-haiku-5-5", "2026-11-21", 100_001, 50_000, 40_000, 1_000, False, "0", "0", "0.0350005"),
    # GPT-6 Luna above 272,000, 0.20, read 0.02, written 0.25: 50,000 · 0.2 + 100,000 · 0.02 + 150,000 · 0.25
    # = 10,000 + 2,000 + 37,500 = 49,500
    ("gpt-6-luna", "2026-11-21", 300_000, 100_000, 150_000, 0, False, "0", "0", "0.0495"),
    # GPT-4o mini has no price of writing, so that costs as any other input: 1,000 · 0.15
    ("gpt-4o-mini", "2026-11-21", 1_000, 0, 400, 0, False, "0", "0", "0.00015"),
    # nor has DeepSeek Flash, 0.15, read 0.003: 500 · 0.003 + 500 · 0.15 = 1.5 + 75 = 76.5
    ("deepseek-flash", "2026-11-21", 1_000, 500, 500, 0, False, "0", "0", "0.0000765"),
    # -- batches
    # GPT-4o mini at half, 0.075 and 0.30: 1,000 · 0.075 + 100 · 0.3 = 75 + 30 = 105
    ("gpt-4o-mini", "2026-11-21", 1_000, 0, 0, 100, True, "0", "0", "0.000105"),
    # its cached input is not known to be halved, and stays at 0.075: 600 · 0.075 + 400 · 0.075 + 30 = 105
    ("gpt-4o-mini", "2026-11-21", 1_000, 400, 0, 100, True, "0", "0", "0.000105"),
    # Haiku 4.5 halves all: 1,000 · 0.5 + 6,000 · 0.05 + 3,000 · 0.625 + 200 · 2.5
    # = 500 + 300 + 1,875 + 500 = 3,175
    ("claude-haiku-4-5", "2026-11-21", 10_000, 6_000, 3_000, 200, True, "0", "0", "0.003175"),
    # Haiku 5.5 beyond its tier, 0.25 and 1.25: 100,001 · 0.25 + 1,000 · 1.25 = 25,000.25 + 1,250
    ("claude-haiku-5-5", "2026-11-21", 100_001, 0, 0, 1_000, True, "0", "0", "0.02625025"),
    # Gemini 2.5 Flash-Lite, 0.05, cached 0.01 in full, 0.20: 2,000 · 0.05 + 8,000 · 0.01 + 1,000 · 0.2
    # = 100 + 80 + 200 = 380
    ("gemini-2.5-flash-lite", "2026-11-21", 10_000, 8_000, 0, 1_000, True, "0", "0", "0.00038"),
    # GPT-6 Luna beyond its tier, 0.10 and 0.375: 300,000 · 0.1 + 10,000 · 0.375 = 30,000 + 3,750
    ("gpt-6-luna", "2026-11-21", 300_000, 0, 0, 10_000, True, "0", "0", "0.03375"),
    # Ministral 3B, 0.05 either way: 20,000 · 0.05 = 1,000
    ("ministral-3b", "2026-11-21", 10_000, 0, 0, 10_000, True, "0", "0", "0.001"),
    # o1 has no price of batches, so its list price holds, 15 and 60: 100 · 15 + 1,000 · 60 = 61,500
    ("o1", "2026-11-21", 100, 0, 0, 1_000, True, "0", "0", "0.0615"),
    # nor is Grok 4.3's known, 1.25 and 2.50: 1,250 + 2,500
    ("grok-4.3", "2026-11-21", 1_000, 0, 0, 1_000, True, "0", "0", "0.00375"),
    # -- retries and fees
    # GPT-4o mini, 210 millionths, two of a hundred sent again: 210 · 1.02 = 214.2
    ("gpt-4o-mini", "2026-11-21", 1_000, 0, 0, 100, False, "0.02", "0", "0.0002142"),
    # a cent for each request: 0.00021 + 0.01
    ("gpt-4o-mini", "2026-11-21", 1_000, 0, 0, 100, False, "0", "0.01", "0.01021"),
    # whoever sends again pays it again: (0.00021 + 0.01) · 1.1
    ("gpt-4o-mini", "2026-11-21", 1_000, 0, 0, 100, False, "0.1", "0.01", "0.011231"),
    # Haiku 4.5 in batches, the fee in full: (1,000 · 0.5 + 100 · 2.5) millionths + 0.002 = 0.00275; · 1.5
    ("claude-haiku-4-5", "2026-11-21", 1_000, 0, 0, 100, True, "0.5", "0.002", "0.004125"),
]


@pytest.mark.parametrize(
    ("api", "at", "n_input", "n_cached", "n_written", "n_output", "is_batch", "retries", "fee", "usd"), SERVED
)
def test_a_discounted_bill_by_hand(
    api: str,
    at: str,
    n_input: int,
    n_cached: int,
    n_written: int,
    n_output: int,
    is_batch: bool,
    retries: str,
    fee: str,
    usd: str,
) -> None:
    tariff = tariff_as_served(CATALOG.find(api), scenario(at=read_moment(at), is_batch=is_batch))
    billed = tariff.bill(n_input, n_output, n_cached, n_written)
    charged = billed.charged(fee_usd=Decimal(fee), retries=Decimal(retries), tax=Decimal(0))
    assert sum(charged) == Decimal(usd)


def test_there_are_fifty() -> None:
    assert len(CASES) >= 30
    assert len(CASES) + len(SERVED) >= 50


def test_reasoning_is_billed_once_as_part_of_the_output() -> None:
    # o1, 15 and 60: 200 in · 15 = 3,000; 1,000 out, of which 900 reason, · 60 = 60,000; not 1,900 · 60
    answers = (HostedAnswer("item-0", "right", 200, 1_000, reasoning_tokens=900),)
    o1 = CATALOG.find("o1")
    account = count_tokens(o1, task(items(1, 1)), items(1, 1), answers, exactly("1"))
    billed = bill(account, last_tariff_of(o1, at=datetime(2025, 4, 11, tzinfo=UTC)), Decimal(0))
    assert billed.mean_input_usd + billed.mean_output_usd == Decimal("0.063")


def test_reasoning_that_is_not_reported_is_a_multiple_of_the_answer() -> None:
    # 80 in · 15 = 1,200; 10 expected tokens · 8 = 80 out · 60 = 4,800
    o1 = CATALOG.find("o1")
    account = count_tokens(o1, task(items(1, 1)), items(1, 1), (), exactly("1"))
    billed = bill(account, last_tariff_of(o1, at=datetime(2025, 4, 11, tzinfo=UTC)), Decimal(0))
    assert billed.mean_input_usd + billed.mean_output_usd == Decimal("0.006")
