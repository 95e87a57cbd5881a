"""The API as it is served: in batches where nobody waits, from a cache, again, and for a fee."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal

import pytest
from economics_cases import AT, CITED, exactly, items, latency, profile, record, scenario, task
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.catalog.apis import load_apis
from bench.catalog.types import ApiProfile, BatchPrice
from bench.economics.api.api_cost import HostedAnswer
from bench.economics.api.pricing import last_tariff_of
from bench.economics.api.served import tariff_as_served
from bench.economics.assess import assess
from bench.economics.assumptions.scenario import Scenario, Stated
from bench.economics.workload.bills import bills_as_used, bills_of_all
from bench.economics.workload.usage import Usage
from bench.errors import EconomicsError, InputError
from bench.records.types import Comparison, ExplainedStep

HALF = BatchPrice(Decimal("0.5"), Decimal("0.5"), 24, CITED)
WAITS = profile(batch=HALF)  # 1 and 4 USD per million tokens
CATALOG = load_apis()
PRICED = [one for one in CATALOG.profiles.values() if one.price_model is not None]
tokens = st.integers(0, 300_000)


def concluded(
    api: ApiProfile = WAITS,
    of_task: Mapping[str, float] | None = None,
    answers: Sequence[HostedAnswer] = (),
    **changes: object,
) -> Comparison:
    run = record([task(items(4, 5), **(of_task or {}))], [latency()])
    given = {("some-task", "some-api"): answers} if answers else None
    held = scenario(**changes)
    done = assess(run, [api], held, transcripts=given, n_draws=50, is_explained=True)
    return done.comparisons[0]


def there(one: Comparison) -> Decimal:
    assert one.api_cost_per_attempt_usd is not None
    return one.api_cost_per_attempt_usd[0]


def steps(one: Comparison) -> dict[str, ExplainedStep]:
    return {step.name: step for part in one.explained for step in part.steps}


def test_a_batch_costs_half_and_says_so() -> None:
    # 80 in · 1 + 10 out · 4 = 120 millionths; half of it
    assert (there(concluded()), there(concluded(is_batch=True))) == (Decimal("0.00012"), Decimal("0.00006"))
    price = concluded(is_batch=True).price
    assert price is not None
    assert (price.input_usd_per_mtok, price.output_usd_per_mtok) == (Decimal("0.5"), Decimal(2))
    assert "batch: 50% of the list price, a made-up list (2026-01-01)" in price.source


def test_without_a_price_of_batches_the_list_price_holds_and_says_so() -> None:
    one = concluded(profile(), is_batch=True)
    assert there(one) == Decimal("0.00012")
    assert one.price is not None
    assert one.price.served == "list price, not in batches: no price of batches is known"
    assert one.price.source.endswith(one.price.served)
    listed = concluded(profile()).price
    assert listed is not None
    assert listed.served is None


@pytest.mark.parametrize(
    ("of_task", "is_served"),
    [
        ({"service_ttft_s": 2.0}, False),
        ({"service_latency_s": 86_399.0}, False),
        ({"service_latency_s": 86_400.0}, True),  # a day is what a batch may take
    ],
)
def test_who_needs_an_answer_in_time_is_not_served_in_batches(
    of_task: dict[str, float], is_served: bool
) -> None:
    one = concluded(of_task=of_task, is_batch=True)
    assert there(one) == Decimal("0.00006" if is_served else "0.00012")
    assert one.price is not None
    assert ("a batch takes up to 24 h" in one.price.source) is not is_served


def test_batches_stand_among_the_assumptions_only_where_they_are_allowed() -> None:
    def names(held: Scenario) -> set[str]:
        return {one.name for one in held.assumptions()}

    assert names(scenario(is_batch=True)) - names(scenario()) == {"requests in batches"}
    assert {"cached share", "api retries", "api fee"} <= names(scenario())
    held = Scenario.read({"batch": "yes", "cached-share": "80%", "api-retries": "0.02", "api-fee": "0.01"})
    assert (held.is_batch, held.cached_share.value, held.api_fee.value) == (
        True, Decimal("0.8"), Decimal("0.01")
    )  # fmt: skip
    assert not Scenario.read({"batch": "no"}).is_batch
    with pytest.raises(InputError, match="neither yes nor no"):
        Scenario.read({"batch": "maybe"})
    with pytest.raises(InputError, match="out of range"):
        Scenario.read({"cached-share": "1.1"})


def test_what_comes_on_top_is_ranked_by_what_it_does() -> None:
    """A fee far above the tokens' price goes before the price of electricity, and at 0 behind everything."""

    def ranks(**changes: object) -> list[str]:
        run = record([task(items(4, 5))], [latency()])
        told = assess(run, [WAITS], scenario(**changes), n_draws=50).assumptions
        return [one.name for one in told]

    held = ranks(api_fee=exactly("1"), kwh_price=exactly("0.000001"), wage=exactly("1"), labour=exactly("1"))
    assert held.index("api fee") < held.index("kwh price")
    assert ranks().index("api fee") > ranks().index("kwh price")


CACHED = replace(WAITS, prices=(replace(WAITS.prices[0], cached_usd_per_mtok=Decimal("0.1")),))


def test_a_share_of_the_request_is_read_from_the_cache() -> None:
    # three quarters of 80: 20 · 1 + 60 · 0.1 + 10 · 4 = 66 millionths
    one = concluded(CACHED, cached_share=exactly("0.75"))
    assert there(one) == Decimal("0.000066")
    assert one.tokens is not None
    assert "75% of it read from the cache" in one.tokens.input_source
    assert steps(one)["input of a request, billed"].numbers == "(20 × 1 + 60 × 0.1) ÷ 1000000"
    # without a price of its own it costs as any other
    assert there(concluded(cached_share=exactly("0.75"))) == Decimal("0.00012")


def test_a_transcript_tells_itself_what_was_cached() -> None:
    answers = [HostedAnswer(f"item-{i}", "right", 100, 10, 50) for i in range(5)]
    # 50 · 1 + 50 · 0.1 + 10 · 4 = 95 millionths, whatever the share
    assert there(concluded(CACHED, answers=answers, cached_share=exactly("1"))) == Decimal("0.000095")


def test_retries_and_fees_are_worked_out_line_by_line() -> None:
    # input (80 · 1 millionths + 0.001) · 1.5 = 0.00162, output 10 · 4 millionths · 1.5 = 0.00006
    one = concluded(api_retries=exactly("0.5"), api_fee=exactly("0.001"))
    assert there(one) == Decimal("0.00168")
    told = steps(one)
    assert told["input of a request, billed"].numbers == "(80 × 1 ÷ 1000000 + 0.001) × (1 + 0.5)"
    assert told["output of a request, billed"].numbers == "10 × 4 ÷ 1000000 × (1 + 0.5)"
    assert any("--api-fee" in origin for origin in told["input of a request, billed"].origins)


def test_tax_is_on_list_prices_and_a_fee_is_as_stated() -> None:
    # input (80 · 1.2 millionths + 0.001) · 1.5 = 0.001644, output 10 · 4 · 1.2 millionths · 1.5 = 0.000072
    gross = {"tax_basis": "gross", "vat": exactly("0.2")}
    one = concluded(api_retries=exactly("0.5"), api_fee=exactly("0.001"), **gross)
    assert there(one) == Decimal("0.001716")
    told = steps(one)
    assert told["input of a request, billed"].numbers == "(80 × 1 ÷ 1000000 × (1 + 0.2) + 0.001) × (1 + 0.5)"
    assert told["output of a request, billed"].numbers == "10 × 4 ÷ 1000000 × (1 + 0.2) × (1 + 0.5)"


def test_no_doubt_about_tokens_is_one_about_a_fee() -> None:
    # 1,000 millionths, and 120 millionths of tokens that may be a fifth off.
    known = (Stated(None, exactly("1", "share")),)
    one = concluded(replace(WAITS, tokenizer="estimate"), api_fee=exactly("0.001"), api_accuracy=known)
    assert one.api_cost_per_attempt_usd is not None
    value, low, high = one.api_cost_per_attempt_usd
    assert value == Decimal("0.00112")
    assert Decimal("0.001096") <= low < Decimal("0.00111") < Decimal("0.00113") < high <= Decimal("0.001144")
    (tokens,) = (swing for swing in one.swings if swing.name == "the API's tokens")
    assert tokens.usd_at_low is not None
    assert tokens.usd_at_high is not None
    assert tokens.usd_at_low - tokens.usd_at_high == pytest.approx(Decimal("0.000048"))


def test_requests_of_ones_own_are_served_alike() -> None:
    usage = Usage(1_000, 100, cached_tokens=200, written_tokens=300, model="claude-haiku-4-5")
    held = scenario(is_batch=True, api_retries=exactly("1"), api_fee=exactly("0.01"))
    haiku = CATALOG.find("claude-haiku-4-5")
    # 500 · 0.5 + 200 · 0.05 + 300 · 0.625 + 100 · 2.5 = 250 + 10 + 187.5 + 250 = 697.5 millionths;
    # a cent more, and twice
    for bills in (
        bills_of_all([haiku], [usage], held),
        bills_as_used({"claude-haiku-4-5": haiku}, [usage], held),
    ):
        assert bills[0].usd == Decimal("0.021395")


def test_more_kept_than_asked_is_refused() -> None:
    with pytest.raises(EconomicsError, match="of these cached 6 and written to the cache 5"):
        tariff_as_served(WAITS, scenario()).bill(10, 0, 6, 5)


@settings(max_examples=25)
@given(st.sampled_from(PRICED), tokens, tokens, st.floats(0, 1), st.floats(0, 1))
def test_a_discount_never_raises_a_bill(
    api: ApiProfile, n_in: int, n_out: int, cached: float, written: float
) -> None:
    n_cached = int(cached * n_in)
    counts = n_in, n_out, n_cached, int(written * (n_in - n_cached))
    listed = last_tariff_of(api, at=AT).bill(*counts)
    waited = tariff_as_served(api, scenario(is_batch=True)).bill(*counts)
    assert 0 <= sum(waited) <= sum(listed)
    read = last_tariff_of(api, at=AT).bill(n_in, n_out, n_cached)
    assert sum(read) <= sum(last_tariff_of(api, at=AT).bill(n_in, n_out))


@settings(max_examples=25)
@given(st.sampled_from(PRICED), st.tuples(*[tokens] * 4), st.tuples(*[tokens] * 4), st.booleans())
def test_more_tokens_never_cost_less(
    api: ApiProfile, some: tuple[int, int, int, int], more: tuple[int, int, int, int], is_batch: bool
) -> None:
    """Of each kind, and beyond every tier; retries and fees never make it cheaper either."""

    def billed(fresh: int, n_out: int, n_cached: int, n_written: int) -> Decimal:
        tariff = tariff_as_served(api, scenario(is_batch=is_batch))
        found = tariff.bill(fresh + n_cached + n_written, n_out, n_cached, n_written)
        charged = found.charged(fee_usd=Decimal("0.01"), retries=Decimal("0.1"), tax=Decimal(0))
        assert sum(charged) >= sum(found)
        return sum(charged, Decimal(0))

    assert billed(*some) <= billed(*(one + other for one, other in zip(some, more, strict=True)))
