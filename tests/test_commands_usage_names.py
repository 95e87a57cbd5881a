"""Rows as providers write them: no count left out, none counted twice, whatever the names and their order.

All figures are made up; the shapes are those of the providers' public documentation.
"""

import random
from decimal import Decimal

import pytest
from economics_cases import scenario
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.catalog.apis import load_apis
from bench.commands.usage_names import COUNTS, Name
from bench.commands.usage_rows import LARGEST, read_usage
from bench.economics.assumptions.moment import read_moment
from bench.economics.workload.bills import bills_as_used
from bench.economics.workload.usage import BATCH, Usage, tokens_of
from bench.errors import InputError
from tests.program import ROOT

Row = dict[str, object]

OPENAI_CHAT: Row = {
    "usage": {
        "prompt_tokens": 700,
        "completion_tokens": 90,
        "total_tokens": 790,
        "prompt_tokens_details": {"cached_tokens": 200, "cache_write_tokens": 300, "audio_tokens": 0},
        "completion_tokens_details": {"reasoning_tokens": 40},
    }
}
OPENAI_USAGE: Row = {
    "input_tokens": 700,
    "input_cached_tokens": 200,
    "input_uncached_tokens": 200,
    "input_cache_write_tokens": 300,
    "output_tokens": 90,
    "num_model_requests": 1,
}
ANTHROPIC: Row = {
    "usage": {
        "input_tokens": 200,
        "cache_read_input_tokens": 200,
        "cache_creation_input_tokens": 300,
        "cache_creation": {"ephemeral_5m_input_tokens": 180, "ephemeral_1h_input_tokens": 120},
        "output_tokens": 90,
    }
}
LITELLM: Row = {
    "prompt_tokens": 700,
    "completion_tokens": 90,
    "total_tokens": 790,
    "prompt_tokens_details": {"cached_tokens": 200},
    "cache_read_input_tokens": 200,
    "cache_creation_input_tokens": 300,
}
LANGCHAIN: Row = {
    "input_tokens": 700,
    "output_tokens": 90,
    "total_tokens": 790,
    "input_token_details": {"cache_read": 200, "cache_creation": 300},
    "output_token_details": {"reasoning": 40},
}


@pytest.mark.parametrize(
    ("row", "hour", "reasoning"),
    [
        (OPENAI_CHAT, 0, 40),
        (OPENAI_USAGE, 0, None),
        (ANTHROPIC, 120, None),
        (LITELLM, 0, None),
        (LANGCHAIN, 0, 40),
    ],
)
def test_what_was_written_to_the_cache_is_told_apart_for_each(
    row: Row, hour: int, reasoning: int | None
) -> None:
    assert read_usage(row, "f:1") == Usage(
        700, 90, cached_tokens=200, written_tokens=300, hour_tokens=hour, reasoning_tokens=reasoning
    )


def test_hit_and_miss_of_the_cache_are_the_prompt_of_deepseek() -> None:
    row = {"prompt_tokens": 900, "prompt_cache_hit_tokens": 850, "prompt_cache_miss_tokens": 50}
    told = {**row, "completion_tokens": 10, "total_tokens": 910}
    assert read_usage(told, "f:1") == Usage(900, 10, cached_tokens=850)
    del told["prompt_tokens"]
    assert read_usage(told, "f:1") == Usage(900, 10, cached_tokens=850)
    with pytest.raises(InputError, match=r"two counts of the same: prompt_tokens 901, .*miss_tokens 50"):
        read_usage({**told, "prompt_tokens": 901}, "f:1")


def test_thoughts_of_gemini_stand_beside_what_it_shows_and_tools_beside_the_prompt() -> None:
    told = {
        "promptTokenCount": 500,
        "cachedContentTokenCount": 100,
        "toolUsePromptTokenCount": 30,
        "candidatesTokenCount": 20,
        "thoughtsTokenCount": 60,
        "totalTokenCount": 610,
    }
    whole = Usage(530, 80, cached_tokens=100, reasoning_tokens=60, model="gemini-2.5-flash")
    assert read_usage({"modelVersion": "gemini-2.5-flash", "usageMetadata": told}, "f:1") == whole
    snake = {
        "usage_metadata": {"prompt_token_count": 500, "thoughts_token_count": 60, "total_token_count": 560}
    }
    assert read_usage(snake, "f:1") == Usage(500, 60, reasoning_tokens=60)  # cut before a word was shown


def test_reasoning_of_xai_stands_beside_the_output_which_the_total_tells() -> None:
    row = {
        "prompt_tokens": 12,
        "completion_tokens": 3,
        "completion_tokens_details": {"reasoning_tokens": 300},
    }
    assert read_usage({**row, "total_tokens": 315}, "f:1") == Usage(12, 303, reasoning_tokens=300)
    with pytest.raises(InputError, match="300 reasoning tokens in an output of 3"):
        read_usage(row, "f:1")
    few = {**row, "completion_tokens": 400}
    assert read_usage({**few, "total_tokens": 412}, "f:1").output_tokens == 400
    assert read_usage({**few, "total_tokens": 712}, "f:1").output_tokens == 700


def test_openrouter_bills_by_the_models_own_tokenizer() -> None:
    own = {"native_tokens_prompt": 11, "native_tokens_completion": 24, "native_tokens_cached": 4}
    row = {"tokens_prompt": 10, "tokens_completion": 25, "usage": 0.0015, "model": "openai/gpt-4o-mini"}
    assert read_usage({"data": {**row, **own}}, "f:1") == Usage(
        11, 24, cached_tokens=4, model="openai/gpt-4o-mini"
    )
    assert read_usage(row, "f:1") == Usage(10, 25, model="openai/gpt-4o-mini")


def test_prompts_alone_have_no_output() -> None:
    assert read_usage({"usage": {"prompt_tokens": 8, "total_tokens": 8}}, "f:1") == Usage(8, 0)
    with pytest.raises(InputError, match="has no output_tokens"):  # the rest may be input that nobody told
        read_usage({"uncached_input_tokens": 8, "total_tokens": 9}, "f:1")


def test_names_of_other_things_are_left_alone() -> None:
    others = {"max_tokens": 9, "has_cached_tokens": True, "cached_token_share": 0.5, "thinking_tokens": 0}
    kinds = {"prompt_tokens_details": {"image_tokens": 4}, "audio_tokens": None}
    row = {"prompt_tokens": 8, "completion_tokens": 1}
    assert read_usage({**row, **others, **kinds}, "f:1") == Usage(8, 1)


def test_bedrock_leaves_what_it_kept_out_of_the_input() -> None:
    told = {"inputTokens": 10, "outputTokens": 5, "cacheReadInputTokens": 30, "cacheWriteInputTokens": 20}
    assert read_usage({"usage": {**told, "totalTokens": 65}}, "f:1") == Usage(
        60, 5, cached_tokens=30, written_tokens=20
    )


def test_bedrock_lists_for_how_long_it_keeps_what_is_written() -> None:
    told = {"inputTokens": 10, "outputTokens": 5, "totalTokens": 65, "cacheWriteInputTokens": 50}
    lists = [
        {"inputTokens": 20, "ttl": "1h"},
        {"inputTokens": 20, "ttl": "1h"},
        {"inputTokens": 10, "ttl": "5m"},
    ]
    assert read_usage({"usage": {**told, "cacheDetails": lists}}, "f:1") == Usage(
        60, 5, written_tokens=50, hour_tokens=40
    )


@pytest.mark.parametrize(("written", "minutes", "hour"), [(0, 30, 20), (50, 0, 0), (0, 50, 0)])
def test_langchain_tells_what_was_written_in_one_or_in_parts(written: int, minutes: int, hour: int) -> None:
    details = {"cache_read": 7, "cache_creation": written}
    details |= {"ephemeral_5m_input_tokens": minutes, "ephemeral_1h_input_tokens": hour}
    told = {"input_tokens": 100, "output_tokens": 5, "total_tokens": 105, "input_token_details": details}
    assert read_usage({"usage_metadata": told}, "f:1") == Usage(
        100, 5, cached_tokens=7, written_tokens=50, hour_tokens=hour
    )


def test_the_ai_sdk_tells_of_claudes_input_what_its_version_has_it() -> None:
    row = {"model": "claude-sonnet-4-5", "inputTokens": 1_000, "outputTokens": 5, "cachedInputTokens": 900}
    with pytest.raises(InputError, match="part of the input or not as the version of the AI SDK has it"):
        read_usage({**row, "totalTokens": 1_005}, "f:1")
    details = {"noCacheTokens": 60, "cacheReadTokens": 900, "cacheWriteTokens": 40}
    whole = Usage(1_000, 5, cached_tokens=900, written_tokens=40, model="claude-sonnet-4-5")
    assert read_usage({**row, "inputTokenDetails": details}, "f:1") == whole
    gpt = {**row, "model": "gpt-4o"}
    assert read_usage(gpt, "f:1") == Usage(1_000, 5, cached_tokens=900, model="gpt-4o")


def test_what_claude_sums_up_is_in_none_of_its_counts() -> None:
    answer = {"type": "message", "input_tokens": 10, "output_tokens": 5}
    told = {"input_tokens": 10, "output_tokens": 5}
    assert read_usage({"usage": {**told, "iterations": [answer]}}, "f:1") == Usage(10, 5)
    summed = {"type": "compaction", "input_tokens": 180_000, "output_tokens": 3_500}
    with pytest.raises(InputError, match="a count of tokens whose name is not known") as caught:
        read_usage({"usage": {**told, "iterations": [summed, answer]}}, "f:1")
    assert caught.value.where == "f:1: usage.iterations.compaction_tokens"


@pytest.mark.parametrize(
    ("told", "between"),
    [
        ("0-200k", (0, 200_000)),
        ("\u2264 200k", (0, 200_000)),
        ("> 200k", (200_000, LARGEST)),
        ("200k+", (200_000, LARGEST)),
    ],
)
def test_between_which_sizes_requests_are(told: str, between: tuple[int, int]) -> None:
    row = {"uncached_input_tokens": 5, "output_tokens": 1, "context_window": told}
    assert read_usage(row, "f:1").between == between


@pytest.mark.parametrize(
    ("row", "complaint"),
    [
        ({"prompt_tokens_details": {"audio_tokens": 7}}, "price of their own, which is not known here"),
        ({"promptTokensDetails": [{"modality": "AUDIO", "tokenCount": 7}]}, "price of their own"),
        ({"native_tokens_completion_images": 7}, "price of their own"),
        ({"total_tokens": 111}, "input and output do not add up to 111"),
        (
            {"cached_tokens": 60, "prompt_tokens_details": {"cache_write_tokens": 50}},
            "50 written to the cache",
        ),
        (
            {"uncached_input_tokens": 40},
            "two counts of the same: prompt_tokens 100, uncached_input_tokens 40",
        ),
        (
            {"cache_creation_input_tokens": 9, "cache_creation": {"ephemeral_1h_input_tokens": 10}},
            "10 written to the cache for minutes and for an hour, of 9",
        ),
        ({"cache_tokens_kept": 5}, "a count of tokens whose name is not known"),
        ({"usage": {"thinkingTokens": "5"}}, "a count of tokens whose name is not known"),
        ({"cache_tokens_kept": 5.0}, "a count of tokens whose name is not known"),
        ({"cache_tokens_kept": "1,005.0"}, "a count of tokens whose name is not known"),
        (
            {"promptTokensDetails": [{"modality": "AUDIO", "tokenCount": n} for n in (7, 0)]},
            "price of their own",
        ),
        ({"batch": "perhaps"}, "'perhaps' is neither true nor false"),
    ],
)
def test_what_cannot_be_counted_is_refused_by_name(row: Row, complaint: str) -> None:
    with pytest.raises(InputError, match=complaint):
        read_usage({"prompt_tokens": 100, "completion_tokens": 10, **row}, "f:1")
    assert read_usage({"prompt_tokens": 100, "completion_tokens": 10}, "f:1")


@pytest.mark.parametrize(
    ("row", "tier"),
    [
        ({"batch": True}, BATCH),
        ({"batch": "True"}, BATCH),
        ({"batch": False}, None),
        ({"service_tier": "batch"}, BATCH),
        ({"usage": {"service_tier": "standard"}}, None),
        ({"usage_type": "message"}, None),
        ({"service_tier": "priority"}, "priority"),
        ({"service_tier": "default", "speed": "fast"}, "speed fast"),
        ({"speed": 52.5}, None),
        ({"custom_id": "a", "response": {"status_code": 200}}, BATCH),
        ({"key": "a", "response": {"status": 1}}, None),
        ({"key": "a", "response": {"usageMetadata": {"promptTokenCount": 100}}}, BATCH),
        ({"custom_id": "a"}, None),
    ],
)
def test_how_it_was_served(row: Row, tier: str | None) -> None:
    assert read_usage({"prompt_tokens": 100, "completion_tokens": 10, **row}, "f:1").tier == tier


def test_a_request_that_failed_is_billed_by_nobody() -> None:
    failed = [
        {"custom_id": "b", "result": {"type": "errored", "error": {"type": "invalid_request"}}},
        {"custom_id": "b", "result": {"type": "expired"}},
        {"custom_id": "b", "response": None, "error": {"code": "batch_expired"}},
        {"custom_id": "b", "response": {"status_code": 400, "body": {"error": {"code": "x"}}}},
    ]
    usages = [read_usage(row, "f:1") for row in failed]
    assert {usage.n_requests for usage in usages} == {0}
    told = tokens_of([*usages, Usage(5, 1, reasoning_tokens=0)])
    assert (told.n_failed, told.n_requests, told.input_tokens, told.reasoning_tokens) == (4, 1, 5, 0)
    with pytest.raises(InputError, match="has no input_tokens"):
        read_usage({"custom_id": "b", "result": {"type": "succeeded"}}, "f:1")


def as_used(row: Row, api: str, at: str) -> Decimal | None:
    (bill,) = bills_as_used(
        {api: load_apis().find(api)}, [read_usage({**row, "model": api, "timestamp": at}, "f:1")], scenario()
    )
    return bill.usd


def test_bills_of_each_by_hand() -> None:
    wrote = {"prompt_tokens": 10_000, "completion_tokens": 0}
    luna = {**wrote, "prompt_tokens_details": {"cache_write_tokens": 10_000}}
    # gpt-6-luna: 0.10 a million, written at 1.25 times that
    assert as_used(wrote, "gpt-6-luna", "2026-11-21") == Decimal("0.001")
    assert as_used(luna, "gpt-6-luna", "2026-11-21") == Decimal("0.00125")
    # Haiku 4.5, 1 a million: 200 + 200 · 0.10 + 180 · 1.25 + 120 · 2 = 685, and 90 · 5 = 450
    assert as_used(ANTHROPIC, "claude-haiku-4-5", "2026-11-21") == Decimal("0.001135")
    # in a batch, half of all of it
    assert as_used({**ANTHROPIC, "service_tier": "batch"}, "claude-haiku-4-5", "2026-11-21") == Decimal(
        "0.0005675"
    )
    assert as_used({**ANTHROPIC, "service_tier": "priority"}, "claude-haiku-4-5", "2026-11-21") is None


def test_what_was_in_batches_is_billed_so_and_said() -> None:
    usages = [Usage(1000, 100, model="m"), Usage(1000, 100, model="m", tier=BATCH)]
    haiku = load_apis().find("claude-haiku-4-5")
    (bill,) = bills_as_used({"m": haiku}, usages, scenario(at=read_moment("2026-11-21")))
    assert bill.usd == Decimal("0.0015") + Decimal("0.00075")
    assert bill.served == ("1 of its requests in batches, at 50% of the list price",)
    (dear,) = bills_as_used({"m": haiku}, [Usage(1, 1, model="m", tier="priority")], scenario())
    assert dear.absent_because == "the price of requests that are served as 'priority' is not known"


# -- any mixture of names ----------------------------------------------------------------------------------

_TRUTH = {
    "input": lambda t: t["fresh"] + t["read"] + t["written"],
    "fresh": lambda t: t["fresh"],
    "read": lambda t: t["read"],
    "written": lambda t: t["written"],
    "written_minutes": lambda t: t["written"] - t["hour"],
    "written_hour": lambda t: t["hour"],
    "output": lambda t: t["visible"] + t["reasoning"],
    "visible": lambda t: t["visible"],
    "reasoning": lambda t: t["reasoning"],
    "total": lambda t: t["fresh"] + t["read"] + t["written"] + t["visible"] + t["reasoning"],
}
_NAMES = [one for one in COUNTS if one.what in _TRUTH]


def a_row(chosen: list[Name], truth: dict[str, int], *, is_fresh: bool | None) -> Row:
    row: Row = {}
    for one in chosen:
        *outer, last = one.name.split(".")
        inner = row
        for key in outer:
            inner = inner.setdefault(key, {})  # type: ignore[assignment]
        inner[last] = _TRUTH[one.what](truth)
    if is_fresh is not None:
        row["input_tokens"] = truth["fresh"] if is_fresh else _TRUTH["input"](truth)
    return row


def outcome(row: Row) -> Usage | tuple[str, str | None]:
    """The usage, or what is said against it, and where."""
    try:
        return read_usage(row, "f:1")
    except InputError as error:
        return error.what, error.where


counts = st.integers(0, 10_000)


@settings(max_examples=400, deadline=None)
@given(
    st.lists(st.sampled_from(_NAMES), min_size=1, max_size=12, unique=True),
    st.sampled_from([None, True, False]),
    counts,
    counts,
    counts,
    st.floats(0, 1),
    counts,
    counts,
    st.randoms(use_true_random=False),
)
def test_no_mixture_of_names_counts_a_token_twice_and_order_does_not_matter(
    chosen: list[Name],
    is_fresh: bool | None,
    fresh: int,
    read: int,
    written: int,
    hour: float,
    visible: int,
    reasoning: int,
    draw: random.Random,
) -> None:
    truth = {"fresh": fresh, "read": read, "written": written, "visible": visible, "reasoning": reasoning}
    truth["hour"] = int(hour * written)
    kept_names = [one for one in chosen if one.what in ("read", "written", "written_minutes", "written_hour")]
    if is_fresh and not any(one.is_beside for one in kept_names):
        is_fresh = False  # who leaves the kept tokens out counts them beside it
    elif is_fresh is False and kept_names and all(one.is_beside for one in kept_names):
        is_fresh = True
    row = a_row(chosen, truth, is_fresh=is_fresh)
    other = a_row(draw.sample(chosen, len(chosen)), truth, is_fresh=is_fresh)
    other = {key: other[key] for key in draw.sample(list(other), len(other))}
    usage = outcome(row)
    assert outcome(other) == usage
    told = {one.what for one in chosen}
    if not isinstance(usage, Usage):
        assert not {"input", "output"} <= told or "fresh" in told or is_fresh
        return
    assert usage.input_tokens <= _TRUTH["input"](truth)
    assert usage.output_tokens <= _TRUTH["output"](truth)
    assert (usage.cached_tokens, usage.hour_tokens) <= (truth["read"], truth["hour"])
    if "input" in told or (is_fresh is False):
        assert usage.input_tokens == _TRUTH["input"](truth)
    if "output" in told or {"visible", "reasoning"} <= told:
        assert usage.output_tokens == _TRUTH["output"](truth)


def test_every_name_is_in_the_documentation() -> None:
    words = (ROOT / "docs" / "workloads.md").read_text()
    assert [one.name for one in COUNTS if f"`{one.name}`" not in words] == []
