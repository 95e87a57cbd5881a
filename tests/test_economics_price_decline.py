"""Staircases of the least price at each published score, and the decline that they give."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from click.testing import CliRunner
from economics_cases import AT, CITED, profile, score

from bench.catalog.apis import load_apis
from bench.catalog.types import ApiProfile, PriceOverride, PublishedScore, ReasoningRange
from bench.cli.catalogs import prices
from bench.economics.api.price_decline import Staircase, fit, staircases
from bench.economics.assumptions.defaults import PRICE_DECLINE
from bench.errors import EconomicsError

REASONING = ReasoningRange("*", "default", 2.0, 4.0, 8.0, CITED)


def sold(name: str, since: date, price: str, *accuracies: float, **changes: object) -> ApiProfile:
    """An API with one price for input and output alike, so that the blend is that price."""
    return profile(
        name,
        input_price=price,
        output_price=price,
        scores=[score(accuracy) for accuracy in accuracies],
        released=since,
        **changes,
    )


def seen_of(*profiles: ApiProfile, at: datetime = AT) -> list[Staircase]:
    return [*staircases(profiles, at=at)]


FIRST = sold("first", date(2023, 1, 1), "8", 0.9)
CHEAPER = sold("cheaper", date(2024, 1, 1), "4", 0.92)
CHEAPEST = sold("cheapest", date(2025, 1, 1), "2", 0.9)


def test_a_price_that_halves_every_year() -> None:
    (both, best) = seen_of(FIRST, CHEAPER, CHEAPEST)
    assert [(step.api, step.usd_per_mtok) for step in both.steps] == [
        ("first", Decimal(8)),
        ("cheaper", Decimal(4)),
        ("cheapest", Decimal(2)),
    ]
    assert both.years == Decimal(731) / Decimal("365.25")
    assert float(both.decline) == pytest.approx(0.5, abs=0.001)
    assert [step.api for step in best.steps] == ["cheaper"], "the cheapest one is not as good"
    assert best.scores == (0.92, 0.92)


def test_a_score_that_nobody_undercut_fell_by_nothing_and_counts() -> None:
    fell, stood = seen_of(FIRST, CHEAPER, CHEAPEST)
    assert stood.decline == 0
    found = fit([fell, stood])
    assert (found.low, found.high) == (Decimal(0), fell.decline)
    # ratios a year of 1/2 and 1: their geometric mean is the root of 1/2
    assert float(found.value) == pytest.approx(1 - 0.5**0.5, abs=0.001)


def test_the_window_ends_with_the_last_news_of_the_benchmark_and_not_with_the_last_step() -> None:
    worse = sold("worse", date(2027, 1, 1), "1", 0.5)
    found = seen_of(FIRST, CHEAPER, worse, at=datetime(2027, 6, 1, 12, tzinfo=UTC))
    by_score = {one.scores[0]: one for one in found}
    assert by_score[0.9].watched_until == date(2027, 1, 1)
    assert float(by_score[0.9].decline) == pytest.approx(1 - 0.5**0.25, abs=0.001)


def test_less_than_a_year_gives_no_yearly_rate() -> None:
    late = replace(CHEAPER, released=date(2023, 12, 31))
    assert seen_of(FIRST, late) == []
    with pytest.raises(EconomicsError, match="watched for a year"):
        fit([])


def test_what_was_not_sold_yet_is_not_known_yet() -> None:
    assert {
        step.api
        for one in seen_of(FIRST, CHEAPER, CHEAPEST, at=datetime(2024, 6, 1, tzinfo=UTC))
        for step in one.steps
    } == {
        "first",
        "cheaper",
    }


def test_settings_are_never_mixed() -> None:
    other = replace(CHEAPER, scores=(PublishedScore("some-task", 0.92, "5-shot", None, CITED),))
    unstated = replace(CHEAPEST, scores=(PublishedScore("some-task", 0.9, "not stated", None, CITED),))
    assert seen_of(FIRST, other, unstated) == []
    secret = PublishedScore("some-task", 0.9, "not stated, no origin given", None, CITED)
    assert seen_of(*(replace(one, scores=(secret,)) for one in (FIRST, CHEAPER, CHEAPEST))) == []


def test_a_new_price_of_the_same_model_is_a_step_and_a_dearer_one_is_none() -> None:
    cut = PriceOverride(Decimal(2), Decimal(2), date(2024, 6, 1), date(2024, 12, 31), CITED)
    (found,) = seen_of(replace(FIRST, prices=(*FIRST.prices, cut)))
    assert [(step.day, step.usd_per_mtok) for step in found.steps] == [
        (date(2023, 1, 1), Decimal(8)),
        (date(2024, 6, 1), Decimal(2)),
    ]
    assert found.watched_until == date(2025, 1, 1), "the day on which it became dear again"


def test_reasoning_is_paid_for() -> None:
    thinking = replace(CHEAPER, is_reasoning=True, reasoning=(REASONING,))
    steps = [step.usd_per_mtok for one in seen_of(FIRST, thinking, CHEAPEST) for step in one.steps]
    assert (3 * 4 + 4 * 4) / Decimal(4) == 7
    assert 7 in steps


def test_a_score_of_another_effort_is_paid_for_at_it() -> None:
    harder = replace(REASONING, effort="high", value=2 * REASONING.value, high=2 * REASONING.high)
    reached = tuple(replace(one, effort="high") for one in CHEAPER.scores)
    thinking = replace(
        CHEAPER, is_reasoning=True, effort=REASONING.effort, reasoning=(REASONING, harder), scores=reached
    )
    steps = [step for one in seen_of(FIRST, thinking, CHEAPEST) for step in one.steps]
    assert (3 * 4 + 4 * 8) / Decimal(4) == 11
    assert [(step.api, step.usd_per_mtok) for step in steps if "@" in step.api] == [("cheaper@high", 11)]


def test_models_without_price_or_day_are_left_out() -> None:
    free = replace(CHEAPER, name="free", prices=())
    undated = replace(CHEAPER, name="undated", released=None)
    assert {step.api for one in seen_of(FIRST, free, undated, CHEAPEST) for step in one.steps} == {
        "first",
        "cheapest",
    }


def test_the_default_is_what_the_catalog_gives() -> None:
    seen = staircases([*load_apis().profiles.values()], at=AT)
    found = fit(seen)
    fitted = [round(figure, 2) for figure in (found.value, found.low, found.high)]
    assert fitted == [PRICE_DECLINE.value, PRICE_DECLINE.low, PRICE_DECLINE.high], (
        "other prices or scores give another decline: see `breakeven prices decline`, and write it down in "
        "bench/economics/assumptions/defaults.py, docs/verdict.md and docs/time.md"
    )
    tasks = {one.task for one in seen}
    assert f"fastest of {len(seen)} scores in four benchmarks, 2024-05 to 2025-06" in PRICE_DECLINE.source
    assert len(tasks) == 4
    assert {str(one.steps[0].day)[:7] for one in seen} == {"2024-05"}
    assert {str(one.watched_until)[:7] for one in seen} == {"2025-06"}


def test_the_fit_is_shown_with_its_points() -> None:
    said = CliRunner().invoke(prices, ["decline", "--at", "2026-11-21"]).output
    assert "2024-07-18 gpt-4o-mini 0.2625" in said
    assert "Decline a year: " in said
    told = json.loads(CliRunner().invoke(prices, ["decline", "--at", "2026-11-21", "--json"]).output)
    assert all(one["years"] >= 1 for one in told["staircases"])
    assert round(told["low"], 2) == float(PRICE_DECLINE.low)
