"""Tokens as an API would bill them, by the best source there is, and their price."""

from decimal import Decimal

import pytest
from economics_cases import AT, CITED, exactly, items, profile, task

from bench.catalog.types import PublishedLength, ReasoningRange, TokenRatio
from bench.economics.api.api_cost import HostedAnswer, TokenAccount, bill, count_tokens
from bench.economics.api.pricing import tariff_of
from bench.economics.assumptions.constants import Constant
from bench.errors import EconomicsError

ONE = exactly("1", "x")
WORDY = Constant(Decimal(1), Decimal("0.5"), Decimal(2), "x", "default", "assumption")
O1 = ReasoningRange("*", "medium", 2.0, 8.0, 20.0, CITED)


def mean_usd(account: TokenAccount, tax: str = "0") -> Decimal:
    cost = bill(account, tariff_of(profile(), at=AT), Decimal(tax))
    return cost.mean_input_usd + cost.mean_output_usd


def test_reference_answers_worked_by_hand() -> None:
    # 80 in at 1 and 10 out at 4 USD per million: 0.00008 + 0.00004; with 19 % tax 0.0001428.
    account = count_tokens(profile(), task(items(1, 2)), items(1, 2), (), ONE)
    assert mean_usd(account) == Decimal("0.00012")
    assert mean_usd(account, "0.19") == Decimal("0.0001428")
    assert (account.summary.input_tokens, account.summary.output_tokens) == (80.0, 10.0)
    assert "reference answer" in account.summary.output_source


def test_reasoning_is_billed_once_as_output_and_its_range_is_kept() -> None:
    # 10 expected tokens · 8 = 80 out, of which 70 reason: 0.00008 + 0.00032.
    thinker = profile(is_reasoning=True, reasoning=(O1,))
    account = count_tokens(thinker, task(items(1, 2)), items(1, 2), (), WORDY)
    assert mean_usd(account) == Decimal("0.0004")
    assert (account.summary.output_tokens, account.summary.reasoning_tokens) == (80.0, 70.0)
    assert account.answer == (1.0, 0.25, 2.5)
    assert "medium effort" in account.summary.output_source


def test_a_range_for_the_task_goes_before_one_for_all() -> None:
    math = ReasoningRange("some-task", "high", 1.0, 3.0, 5.0, CITED)
    thinking = profile(is_reasoning=True, reasoning=(O1, math))
    account = count_tokens(thinking, task(items(1, 1)), items(1, 1), (), WORDY)
    assert account.summary.output_tokens == 30.0


def test_an_effort_has_its_own_multiple_and_none_has_that_of_any_other_model() -> None:
    ranges = tuple(
        ReasoningRange("*", effort, 1.0, value, 9.0, CITED)
        for effort, value in (("medium", 3.0), ("high", 6.0))
    )
    off = ReasoningRange("*", "none", 1.0, 1.0, 1.0, CITED)
    thinking = profile(is_reasoning=True, effort="medium", reasoning=(*ranges, off))

    def counted(effort: str) -> TokenAccount:
        return count_tokens(thinking.at_effort(effort), task(items(1, 1)), items(1, 1), (), WORDY)

    assert counted("medium").summary.output_tokens == 30.0
    assert counted("high").summary.output_tokens == 60.0
    assert "high effort" in counted("high").summary.output_source
    silent = counted("none")
    assert (silent.summary.output_tokens, silent.summary.reasoning_tokens) == (10.0, 0.0)
    plain = count_tokens(profile(), task(items(1, 1)), items(1, 1), (), WORDY)
    assert silent.answer == plain.answer, "an answer without reasoning is as long as it likes"


def test_a_published_length_on_the_task_goes_before_a_range() -> None:
    length = PublishedLength("some-task", 60.0, CITED, effort="medium")
    ranges = tuple(ReasoningRange("*", effort, 1.0, 3.0, 9.0, CITED) for effort in ("medium", "high"))
    api = profile(is_reasoning=True, effort="medium", reasoning=ranges, lengths=(length,))
    long = {"hosted_output_tokens": {"o200k_base": 20}}
    mixed = (*items(1, 1), *items(1, 1, item_id="longer", **long))
    account = count_tokens(api, task(mixed), mixed, (), WORDY)
    # 60 on average, as 10 to 20: 40 and 80; 60 less the answer's 15 are reasoning.
    assert [one.output_tokens for one in account.requests] == [40, 80]
    assert (account.summary.output_tokens, account.summary.reasoning_tokens) == (60.0, 45.0)
    assert account.answer == (1.0, 0.5, 2.0)
    assert "60 tokens are published of its mean output, a made-up list" in account.summary.output_source
    other = count_tokens(api.at_effort("high"), task(mixed), mixed, (), WORDY)
    assert other.summary.output_tokens == 45.0  # 15 · 3: what is published is of the other effort


def test_reasoning_tokens_that_nobody_knows_are_an_error() -> None:
    with pytest.raises(EconomicsError, match="how many reasoning tokens"):
        count_tokens(profile(is_reasoning=True), task(items(1, 1)), items(1, 1), (), WORDY)


def test_usage_of_a_transcript_goes_first() -> None:
    answers = (HostedAnswer("item-0", "right", 100, 50, 20, 30), HostedAnswer("item-1", "wrong", 100, 150))
    account = count_tokens(profile(is_reasoning=True), task(items(1, 2)), items(1, 2), answers, WORDY)
    # (100 + 4 · 50 + 100 + 4 · 150) / 2 per million
    assert mean_usd(account) == Decimal("0.0005")
    assert (account.summary.is_estimate, account.summary.reasoning_tokens) == (False, 15.0)
    assert account.answer == (1.0, 1.0, 1.0)


def test_an_answer_without_usage_is_taken_at_the_mean_of_the_others() -> None:
    answers = (
        HostedAnswer("item-0", "right", 100, 50),
        HostedAnswer("item-1", "right", 200, 100),
        HostedAnswer("item-2", "wrong"),
    )
    account = count_tokens(profile(is_reasoning=True), task(items(1, 3)), items(1, 3), answers, WORDY)
    # 150 and 75 tokens at 1 and 4 per million.
    assert mean_usd(account) == Decimal("0.00045")
    assert account.summary.is_estimate
    assert "1 of 3 answers came without it" in account.summary.output_source


def test_a_transcript_without_usage_falls_back_to_expected_lengths() -> None:
    answers = (HostedAnswer("item-0", "right", 100, None),)
    account = count_tokens(profile(), task(items(1, 1)), items(1, 1), answers, ONE)
    assert account.summary.output_tokens == 10.0


def test_a_tokenizer_that_is_not_public_is_an_estimate_with_a_band() -> None:
    account = count_tokens(profile(tokenizer="estimate"), task(items(1, 1)), items(1, 1), (), ONE)
    assert account.summary.input_tokens == 80.0
    assert account.all_tokens == (1.0, 0.8, 1.2)
    assert "±20%" in account.summary.input_source
    exact = count_tokens(profile(tokenizer="cl100k_base"), task(items(1, 1)), items(1, 1), (), ONE)
    assert (exact.summary.input_tokens, exact.all_tokens) == (82.0, (1.0, 1.0, 1.0))


def test_a_model_that_is_known_to_count_more_is_billed_for_more() -> None:
    ratio = TokenRatio(1.0, 1.25, 1.5, CITED)
    known = profile(tokenizer="estimate", token_ratio=ratio)
    account = count_tokens(known, task(items(1, 1)), items(1, 1), (), ONE)
    # 80 · 1.25 = 100 in, 10 · 1.25 = 12.5 out, 1 and 4 USD: 100 + 50 millionths
    assert (account.summary.input_tokens, account.summary.output_tokens) == (100.0, 12.5)
    assert mean_usd(account) == Decimal("0.00015")
    assert account.all_tokens == (1.0, 0.8, 1.2)
    told = "1.25 (1 to 1.5) tokens of this model for one, a made-up list (2026-01-01)"
    assert told in account.summary.input_source
    assert "±20%" not in account.summary.input_source
    assert (
        count_tokens(known, task(items(1, 1)), items(1, 1), (), exactly("2", "x")).summary.output_tokens
        == 25.0
    )


def test_expected_length_stated_by_the_task_then_the_devices_own() -> None:
    bare = {"hosted_output_tokens": {}}
    stated = count_tokens(profile(), task((), expected_output_tokens=25.0), items(0, 2, **bare), (), ONE)
    assert (stated.summary.output_tokens, stated.summary.output_source[:17]) == (25.0, "length stated by ")
    mixed = [
        *items(1, 1, n_output_tokens=30, **bare),
        *items(1, 1, n_output_tokens=900, is_truncated=True, **bare),
        *items(0, 1, n_output_tokens=500, **bare),
    ]
    own = count_tokens(profile(), task(()), mixed, (), ONE)
    assert own.summary.output_tokens == 30.0
    with pytest.raises(EconomicsError, match="no right and complete answer"):
        count_tokens(profile(), task(()), items(0, 2, **bare), (), ONE)


def test_requests_that_were_not_counted_are_an_error() -> None:
    with pytest.raises(EconomicsError, match="item-0 was not counted with o200k_base"):
        count_tokens(profile(), task(()), items(1, 1, hosted_input_tokens={}), (), ONE)
    with pytest.raises(EconomicsError, match="no item was attempted"):
        count_tokens(profile(), task(()), (), (), ONE)
