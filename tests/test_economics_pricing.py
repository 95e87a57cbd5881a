"""Prices: genai-prices to the last digit, own prices within their dates, and never a silent 0."""

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from economics_cases import AT, CITED, profile
from genai_prices import Usage, calc_price
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.catalog.types import ApiProfile, PriceOverride
from bench.economics.api.pricing import last_tariff_of, price_of, tariff_of
from bench.errors import EconomicsError

LISTED = [
    ("openai", "gpt-4o-mini"),
    ("openai", "o1"),
    ("google", "gemini-2.5-pro"),
    ("deepseek", "deepseek-chat"),
]


def listed(provider: str, model: str | None) -> ApiProfile:
    return ApiProfile(model or "nameless", "", provider, model, "o200k_base")


def cost_of_request(
    api: ApiProfile, input_tokens: int, output_tokens: int, at: datetime, cached_tokens: int = 0
) -> Decimal:
    return sum(tariff_of(api, at=at).bill(input_tokens, output_tokens, cached_tokens))


@settings(deadline=None, max_examples=60)
@given(
    st.sampled_from(LISTED),
    st.integers(0, 400_000),
    st.integers(0, 50_000),
    st.floats(0, 1),
    st.integers(0, 800 * 24),
)
def test_equal_to_the_price_table_before_rounding(
    model: tuple[str, str], n_in: int, n_out: int, cached_share: float, hours: int
) -> None:
    provider, name = model
    at = datetime(2024, 9, 1, tzinfo=UTC) + timedelta(hours=hours)
    cached = int(n_in * cached_share)
    expected = calc_price(
        Usage(input_tokens=n_in, output_tokens=n_out, cache_read_tokens=cached),
        name,
        provider_id=provider,
        genai_request_timestamp=at,
    ).total_price
    assert cost_of_request(listed(provider, name), n_in, n_out, at, cached) == expected


def test_prices_worked_by_hand() -> None:
    # gpt-4o-mini: 0.15 and 0.60 USD per million; 1,000 in and 100 out are 0.00015 + 0.00006.
    assert cost_of_request(listed("openai", "gpt-4o-mini"), 1000, 100, AT) == Decimal("0.00021")
    # Half of the input from the cache, at 0.075: 0.000075 + 0.0000375 + 0.00006.
    assert cost_of_request(listed("openai", "gpt-4o-mini"), 1000, 100, AT, 500) == Decimal("0.0001725")
    # o1: 15 and 60; 44 million output tokens alone are 2,640 USD.
    assert cost_of_request(listed("openai", "o1"), 0, 44_000_000, AT) == Decimal(2640)


def test_the_matched_id_is_told() -> None:
    price = price_of(listed("google", "gemini-2.0-flash-thinking"), at=AT)
    assert price.matched_id == "gemini-2.0-flash"
    assert price.source.startswith("genai-prices 0.2")
    assert price.at == AT


def test_larger_requests_pay_their_own_tier() -> None:
    tariff = tariff_of(listed("google", "gemini-2.5-pro"), at=AT)
    small, large = tariff.bill(200_000, 0), tariff.bill(200_001, 0)
    assert sum(small) == 200_000 * tariff.price.input_usd_per_mtok / 1_000_000
    assert sum(large) > sum(small) * Decimal("1.5")
    assert "tier" in tariff.price.source


def test_own_prices_win_within_their_dates() -> None:
    launch = PriceOverride(Decimal(3), Decimal(12), date(2024, 9, 12), date(2024, 12, 31), CITED)
    mini = ApiProfile("o1-mini", "", "openai", "o1-mini", "o200k_base", prices=(launch,))
    assert price_of(mini, at=datetime(2024, 9, 12, tzinfo=UTC)).input_usd_per_mtok == 3
    assert price_of(mini, at=datetime(2024, 12, 31, 23, tzinfo=UTC)).output_usd_per_mtok == 12
    assert price_of(mini, at=datetime(2025, 1, 1, tzinfo=UTC)).input_usd_per_mtok == Decimal("1.1")
    # 10 in and 100 out at 3 and 12: 0.00003 + 0.0012.
    assert cost_of_request(mini, 10, 100, datetime(2024, 10, 1, tzinfo=UTC)) == Decimal("0.00123")


def test_of_several_own_prices_the_latest_start_holds() -> None:
    old = PriceOverride(Decimal(9), Decimal(9), None, None, CITED)
    new = PriceOverride(Decimal(5), Decimal(5), date(2026, 1, 1), None, CITED)
    both = ApiProfile("x", "", "openai", None, "o200k_base", prices=(new, old))
    assert price_of(both, at=AT).input_usd_per_mtok == 5
    assert price_of(both, at=datetime(2025, 1, 1, tzinfo=UTC)).input_usd_per_mtok == 9


@pytest.mark.parametrize(
    ("api", "complaint"),
    [
        (listed("openai", None), "no public price on 2026-11-21; searched: genai-prices"),
        (listed("openai", "gpt-4o-mni"), "did you mean 'gpt-4o-mini'"),
        (listed("opnai", "gpt-4o-mini"), "unknown provider; did you mean 'openai'"),
        (listed("mistral", "mistral-nemo:free"), "not taken as 0"),
        (listed("openai", "whisper-1"), "no price per input and output token"),
        (
            profile(prices=(PriceOverride(Decimal(1), Decimal(1), None, date(2025, 1, 1), CITED),)),
            "to 2025-01-01",
        ),
        (profile(released=date(2026, 12, 1)), "released on 2026-12-01"),
        (profile(retired=date(2026, 11, 21)), "retired on 2026-11-21"),
    ],
)
def test_an_unknown_price_is_an_error(api: ApiProfile, complaint: str) -> None:
    with pytest.raises(EconomicsError, match=complaint):
        price_of(api, at=AT)


def test_before_anything_was_sold_what_the_table_has_for_every_day_is_no_price() -> None:
    undated = profile()
    with pytest.raises(EconomicsError, match="nobody sold answers by the token before 2020-06-11"):
        price_of(undated, at=datetime(2020, 6, 10, 12, tzinfo=UTC))
    assert price_of(undated, at=datetime(2020, 6, 11, 12, tzinfo=UTC)).input_usd_per_mtok > 0


@pytest.mark.parametrize("api", [listed("openai", "gpt-4o-mini"), profile()])
def test_a_day_that_is_yet_to_come_has_the_prices_known_today_marked_as_such(api: ApiProfile) -> None:
    today = datetime.now(UTC)
    now, later = price_of(api, at=today), price_of(api, at=today + timedelta(days=400))
    assert "yet to come" not in now.source
    marked = f"{now.source}; {later.at.date()} is yet to come: prices as genai-prices 0."
    assert later.source.startswith(marked)
    assert later.input_usd_per_mtok == now.input_usd_per_mtok
    assert price_of(api, at=today) == now


def test_a_retired_model_has_a_last_price_marked_as_such() -> None:
    old = profile(retired=date(2026, 10, 23))
    last = last_tariff_of(old, at=AT)
    assert last.retired == date(2026, 10, 23)
    assert last.price.at == datetime(2026, 10, 22, 12, tzinfo=UTC)
    assert last.price.source.endswith("last price, retired on 2026-10-23")
    assert last_tariff_of(old, at=datetime(2026, 10, 22, 23, tzinfo=UTC)).retired is None
    assert last_tariff_of(old, at=datetime(2026, 10, 23, tzinfo=UTC)).retired is not None


def test_prices_are_resolved_once_for_a_profile_and_a_moment() -> None:
    mini = listed("openai", "gpt-4o-mini")
    tariff = tariff_of(mini, at=AT)
    assert tariff_of(mini, at=AT.astimezone(timezone(timedelta(hours=5)))) is tariff
    assert tariff_of(mini, at=AT + timedelta(days=1)) is not tariff


def test_a_price_of_0_must_be_stated() -> None:
    free = profile(input_price="0", output_price="0")
    assert cost_of_request(free, 10, 10, AT) == 0


def test_impossible_requests() -> None:
    with pytest.raises(EconomicsError, match="impossible token counts"):
        cost_of_request(profile(), -1, 1, AT)
    with pytest.raises(EconomicsError, match="of these cached 3"):
        cost_of_request(profile(), 2, 1, AT, 3)
    with pytest.raises(ValueError, match="time zone"):
        price_of(profile(), at=datetime(2026, 1, 1))  # noqa: DTZ001


@settings(deadline=None, max_examples=60)
@given(
    st.sampled_from([profile(), listed("google", "gemini-2.5-pro")]),
    st.integers(0, 300_000),
    st.integers(0, 300_000),
    st.integers(0, 10_000),
    st.integers(0, 10_000),
)
def test_more_tokens_never_cost_less(
    api: ApiProfile, n_in: int, more_in: int, n_out: int, more_out: int
) -> None:
    less = cost_of_request(api, n_in, n_out, AT)
    assert cost_of_request(api, n_in + more_in, n_out + more_out, AT) >= less
