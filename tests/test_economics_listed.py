"""What the price table matches by a name alone: no other model than the one that is named."""

from dataclasses import replace

import pytest
from economics_cases import scenario

from bench.catalog.apis import load_apis
from bench.economics.api.listed import listed_api
from bench.economics.assumptions.moment import read_moment
from bench.economics.workload.bills import bills_as_used
from bench.economics.workload.usage import Usage

FLASH = load_apis().find("deepseek-flash")


@pytest.mark.parametrize("name", ["gemini-1.5-flash-8b", "deepseek-r1-distill-llama-70b"])
def test_the_begin_of_a_name_is_not_the_model(name: str) -> None:
    assert listed_api(name) is None


def test_what_a_router_gives_away_is_not_what_the_maker_sells() -> None:
    found = listed_api("deepseek/deepseek-r1:free")
    assert found is not None
    assert found.provider == "openrouter"


@pytest.mark.parametrize("name", ["gpt-4o-2024-11-20", "gpt-5.1-codex-mini", "open-mistral-7b", "GPT-5-nano"])
def test_a_name_is_found_with_all_that_tells_it_apart(name: str) -> None:
    assert listed_api(name) is not None


def test_a_price_by_the_clock_bills_requests_and_no_sums_of_a_day() -> None:
    at, one = read_moment("2026-11-03T02:00Z"), scenario(at=read_moment("2026-11-03"))
    request = Usage(1_000, 10, model="m", at=at)
    (bill,) = bills_as_used({"m": FLASH}, [request], one)
    assert bill.usd is not None
    for n_requests in (5, None):
        (bill,) = bills_as_used({"m": FLASH}, [request, replace(request, n_requests=n_requests)], one)
        assert bill.usd is None
        assert "its price hangs on the hour" in (bill.absent_because or "")
    (bill,) = bills_as_used({"m": FLASH}, [Usage(1_000, 10, model="m", n_requests=5)], one)
    assert bill.usd is not None  # at the moment that the user told
