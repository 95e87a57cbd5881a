"""Rows of usage exports and request logs: counts under any of their names, and no count made up."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bench.commands.usage_rows import read_usage, read_usages
from bench.economics.workload import Usage
from bench.errors import InputError, TaskError
from bench.tasks import json_lines

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


def test_both_formats_hold_the_same(tmp_path: Path) -> None:
    rows = [{"model": "o1", "prompt_tokens": 7, "completion_tokens": 3, "timestamp": "2026-11-01"}] * 2
    lines, table = tmp_path / "u.jsonl", tmp_path / "u.csv"
    lines.write_text("\n\n".join(map(json.dumps, rows)))
    table.write_text(
        "\ufeffmodel,usage.prompt_tokens,usage.completion_tokens,timestamp,cached_tokens,note\n"
        '"o1", 7,3,2026-11-01,,"a, b"\n\no1,7,3,2026-11-01,0,\n'
    )
    assert read_usages(lines) == read_usages(table)
    assert read_usages(lines)[0] == Usage(7, 3, model="o1", at=datetime(2026, 11, 1, 12, tzinfo=UTC))


@pytest.mark.parametrize(
    ("row", "where", "complaint"),
    [
        ({"input_token": 1, "output_tokens": 1}, "f:3", "has no input_tokens; did you mean 'input_token'"),
        ({"prompt_tokens": 1, "output_tokens": None}, "f:3", "has no output_tokens"),
        ({}, "f:3", "has no input_tokens; none is known"),
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
        ({"input_tokens": None, "output_tokens": 1}, "f:3", "did you mean 'output_tokens'"),
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


@pytest.mark.parametrize(
    ("name", "text", "complaint"),
    [
        ("u.jsonl", '{"input_tokens": 1, "output_tokens": 1}\n[]', "u.jsonl:2: must be a JSON object"),
        ("u.jsonl", '{"input_tokens": 1', "u.jsonl:1:.*no JSON"),
        ("u.jsonl", "\n", "no row at all"),
        ("u.csv", "input_tokens,output_tokens\n", "no row at all"),
        ("u.csv", "input_tokens,output_tokens\n1,2\n3\n", "u.csv:3: 1 cells under 2 columns"),
        ("u.csv", "input_tokens,output_tokens\n1,\n", "u.csv:2: has no output_tokens"),
        ("u.csv", "a,a\n1,2\n", "u.csv:1: the column 'a' stands twice"),
        ("u.csv", ",".join(map(str, [*range(100_000), "z", "z"])), "u.csv:1: the column 'z' stands twice"),
        ("u.csv", 'a,b\n1,"2', "u.csv:2: is no CSV"),
        ("u.txt", "", "a workload is a .jsonl, .json or .csv file"),
    ],
)
def test_a_bad_file_is_named_with_its_line(tmp_path: Path, name: str, text: str, complaint: str) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises((InputError, TaskError), match=complaint):
        read_usages(tmp_path / name)


def test_a_file_of_too_many_rows_is_to_be_split(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_lines, "MAX_LINES", 2)
    file = tmp_path / "u.csv"
    file.write_text("input_tokens,output_tokens\n1,2\n3,4\n")
    with pytest.raises(TaskError, match=r"more than 2 lines\n.*split the file"):
        read_usages(file)
