"""Rows of usage exports and request logs: counts under any of their names, and no count made up."""

from datetime import UTC, datetime

import pytest

from bench.commands.usage_rows import read_usage
from bench.economics.workload.usage import Usage
from bench.errors import InputError

ONE = Usage(100, 20, cached_tokens=64, reasoning_tokens=5)


@pytest.mark.parametrize(
    "row",
    [
        {"input_tokens": 100, "output_tokens": 20, "cached_tokens": 64, "reasoning_tokens": 5},
        {"promptTokens": 100, "completionTokens": 20, "cachedInputTokens": 64, "reasoningTokens": 5},
        {
            "usage": {
                "prompt_tokens": 100,
                "completion_tokens": 20,
                "total_tokens": 120,
                "prompt_tokens_details": {"cached_tokens": 64, "audio_tokens": None},
                "completion_tokens_details": {"reasoning_tokens": 5},
            }
        },
        {
            "response": {
                "status_code": 200,
                "body": {
                    "usage": {
                        "input_tokens": 100,
                        "output_tokens": 20,
                        "input_tokens_details": {"cached_tokens": 64},
                        "output_tokens_details": {"reasoning_tokens": 5},
                    }
                },
            },
        },
        {"input_tokens": "100", "prompt_tokens": 100, "output_tokens": "20", "cached_tokens": 64, "x": 1}
        | {"input_cached_tokens": 64, "reasoning_tokens": "5"},
    ],
)
def test_a_request_under_each_of_its_names(row: dict[str, object]) -> None:
    assert read_usage(row, "f:1") == ONE


def test_sums_of_an_export() -> None:
    row = {"model": "gpt-4o-mini", "start_time": 1763683200, "num_model_requests": 7}
    found = read_usage({**row, "input_tokens": 700, "output_tokens": 70}, "f:1")
    assert (found.n_requests, found.model) == (7, "gpt-4o-mini")
    assert found.at == datetime(2025, 11, 21, tzinfo=UTC)
    assert found.reasoning_tokens is None


def test_cached_tokens_beside_the_input_are_added_to_it() -> None:
    row = {"input_tokens": 10, "output_tokens": 2, "cache_read_input_tokens": 50}
    found = read_usage({**row, "cache_creation_input_tokens": 40}, "f:1")
    assert (found.input_tokens, found.cached_tokens, found.written_tokens) == (100, 50, 40)


@pytest.mark.parametrize(
    ("row", "where", "complaint"),
    [
        ({"input_token": 1, "output_tokens": 1}, "f:3", "has no input_tokens; did you mean 'input_token'"),
        ({"prompt_tokens": 1, "output_tokens": None}, "f:3", "has no output_tokens\n"),
        ({}, "f:3", "has no input_tokens\n"),
        ({"input_tokens": -1, "output_tokens": 1}, "f:3: input_tokens", "'-1' is no count"),
        ({"input_tokens": 1, "output_tokens": 1.5}, "f:3: output_tokens", "'1.5' is no count"),
        ({"input_tokens": True, "output_tokens": 1}, "f:3: input_tokens", "'True' is no count"),
        ({"input_tokens": "1e3", "output_tokens": 1}, "f:3: input_tokens", "'1e3' is no count"),
        (
            {"input_tokens": 10**15 + 1, "output_tokens": 1},
            "f:3: input_tokens",
            "is no count\n.*from 0 to 1,000,000,000,000,000",
        ),
        ({"input_tokens": 0, "output_tokens": 0}, "f:3: input_tokens, output_tokens", "without a token"),
        ({"usage": {"prompt_tokens": "٣"}, "output_tokens": 1}, "f:3: usage.prompt_tokens", "is no count"),
        ({"input_tokens": 1, "prompt_tokens": 2, "output_tokens": 1}, "f:3", "two counts of the same"),
        (
            {"input_tokens": 1, "output_tokens": 1, "cached_tokens": 2},
            "f:3: cached_tokens",
            "in an input of 1",
        ),
        (
            {"input_tokens": 1, "output_tokens": 1, "reasoning_tokens": 2},
            "f:3: reasoning_tokens",
            "output of 1",
        ),
        ({"input_tokens": 1, "output_tokens": 1, "count": 0}, "f:3: count", "stands for no request"),
        ({"input_tokens": 1, "output_tokens": 1, "model": 4}, "f:3: model", "is no name"),
        ({"input_tokens": 1, "output_tokens": 1, "model": "m" * 70_000}, "f:3: model", "is no name"),
        ({"input_tokens": None, "output_tokens": 1}, "f:3", "has no input_tokens\n"),
        ({"input_tokens": 1, "output_tokens": 1, "date": "soon"}, "f:3: date", "'soon' is no moment"),
        ({"input_tokens": 1, "output_tokens": 1, "created": 1e300}, "f:3: created", "is no moment"),
        ({"input_tokens": 1, "output_tokens": 1, "created": 0}, "f:3: created", "is no moment"),
        ({"input_tokens": 1, "output_tokens": 1, "date": "20261121"}, "f:3: date", "is no moment"),
        ({"input_tokens": 1, "output_tokens": 1, "date": 253402300799}, "f:3: date", "is no moment"),
        (
            {"input_tokens": 1, "output_tokens": 1, "cached_tokens": 1, "cache_read_input_tokens": 1},
            "f:3: cached_tokens, cache_read_input_tokens",
            "beside the input",
        ),
    ],
)
def test_a_bad_row_is_named_with_its_field(row: dict[str, object], where: str, complaint: str) -> None:
    with pytest.raises(InputError, match=complaint) as error:
        read_usage(row, "f:3")
    assert error.value.where == where
