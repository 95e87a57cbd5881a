from pathlib import Path

import pytest
from task_files import make_item, make_task, write_lines

from bench.errors import TaskError
from bench.tasks.transcript_formats import Usage
from bench.tasks.transcripts import Transcript, read_transcript
from bench.tasks.types import Verdict, not_judged

TASK = make_task([make_item(name, 18) for name in ("a", "b", "c")], scorer_name="numeric")
RIGHT = Verdict("right", answer="18")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "answers.jsonl"


def read(path: Path, *lines: object) -> Transcript:
    return read_transcript(write_lines(path, *lines), TASK)


def openai(item_id: str, content: str | None, *, finish: str = "stop", **usage: object) -> dict[str, object]:
    message = {"role": "assistant", "content": content, "refusal": None}
    body = {
        "object": "chat.completion",
        "model": "gpt-4o-mini-2024-07-18",
        "choices": [{"index": 0, "message": message, "finish_reason": finish}],
        "usage": {"prompt_tokens": 90, "completion_tokens": 50} | usage,
    }
    return {
        "id": "batch_req_1",
        "custom_id": item_id,
        "response": {"status_code": 200, "body": body},
        "error": None,
    }


def openai_response(item_id: str, text: str) -> dict[str, object]:
    body = {
        "object": "response",
        "model": "o3-mini-2025-01-31",
        "status": "completed",
        "output": [
            {"type": "reasoning", "summary": []},
            {"type": "message", "content": [{"type": "output_text", "text": text}]},
        ],
        "usage": {
            "input_tokens": 90,
            "output_tokens": 700,
            "input_tokens_details": {"cached_tokens": 64},
            "output_tokens_details": {"reasoning_tokens": 640},
        },
    }
    return {"custom_id": item_id, "response": {"status_code": 200, "body": body}, "error": None}


def anthropic(item_id: str, text: str, *, stop: str = "end_turn", **usage: int) -> dict[str, object]:
    message = {
        "model": "claude-3-5-haiku-20241022",
        "content": [{"type": "text", "text": text}],
        "stop_reason": stop,
        "usage": {"input_tokens": 20, "output_tokens": 50} | usage,
    }
    return {"custom_id": item_id, "result": {"type": "succeeded", "message": message}}


def gemini(item_id: str, *parts: dict[str, object], finish: str = "STOP", **usage: int) -> dict[str, object]:
    response = {
        "candidates": [{"content": {"role": "model", "parts": list(parts)}, "finishReason": finish}],
        "usageMetadata": {"promptTokenCount": 30, "candidatesTokenCount": 9} | usage,
        "modelVersion": "gemini-2.0-flash-lite",
    }
    return {"key": item_id, "response": response}


# -- formats -------------------------------------------------------------------------------------


def test_own_format(path: Path) -> None:
    usage = {"input_tokens": 100, "output_tokens": 60, "reasoning_tokens": 40, "cached_tokens": 64}
    transcript = read(
        path,
        {"id": "a", "output": "#### 18", "usage": usage, "model": "some-model"},
        {"id": "b", "output": "#### 19"},
        {"id": "c", "output": None, "error": "rate limit"},
    )
    assert (transcript.task, transcript.model) == ("made-up", "some-model")
    a, b, c = transcript.items
    assert (a.verdict, a.usage) == (RIGHT, Usage(100, 60, cached_tokens=64, reasoning_tokens=40))
    assert (b.verdict, b.usage) == (Verdict("wrong", "another number", "19"), None)
    assert (c.verdict, c.item_id) == (not_judged("rate limit"), "c")


def test_a_request_of_no_tokens_was_not_counted_and_is_not_free(path: Path) -> None:
    usage = {"input_tokens": 0, "output_tokens": 0}
    (answer,) = read(path, {"id": "a", "output": "#### 18", "usage": usage}).items
    assert (answer.verdict, answer.usage) == (RIGHT, None)


def test_openai_chat_completions(path: Path) -> None:
    details = {
        "completion_tokens_details": {"reasoning_tokens": 30},
        "prompt_tokens_details": {"cached_tokens": 64},
    }
    failed = {"custom_id": "c", "response": {"status_code": 429, "body": {"error": {"message": "slow down"}}}}
    transcript = read(
        path, openai("a", "#### 18", **details), openai("b", "6 * 3 = 18", finish="length"), failed
    )
    assert transcript.model == "gpt-4o-mini-2024-07-18"
    a, b, c = transcript.items
    assert (a.verdict, a.usage) == (RIGHT, Usage(90, 50, cached_tokens=64, reasoning_tokens=30))
    assert (b.verdict, b.is_truncated) == (Verdict("wrong", "truncated"), True)
    assert (c.verdict, c.usage) == (not_judged("slow down"), None)


def test_openai_refusal_and_request_that_expired(path: Path) -> None:
    refused = openai("a", None)
    refused["response"]["body"]["choices"][0]["message"]["refusal"] = "I cannot."  # type: ignore[index]
    expired = {"custom_id": "b", "response": None, "error": {"code": "batch_expired", "message": "too late"}}
    transcript = read(path, refused, expired)
    assert [item.verdict for item in transcript.items] == [
        not_judged("refusal"),
        not_judged("too late"),
    ]


def test_openai_reasoning_that_spent_the_whole_budget_is_truncated_not_missing(path: Path) -> None:
    (item,) = read(path, openai("a", None, finish="length")).items
    assert (item.verdict, item.is_truncated) == (Verdict("wrong", "truncated"), True)


def test_openai_responses(path: Path) -> None:
    transcript = read(path, openai_response("a", "#### 18"))
    assert transcript.model == "o3-mini-2025-01-31"
    (item,) = transcript.items
    assert (item.verdict, item.usage) == (RIGHT, Usage(90, 700, cached_tokens=64, reasoning_tokens=640))


def test_anthropic_counts_the_cache_as_input(path: Path) -> None:
    transcript = read(
        path,
        anthropic("a", "#### 18", cache_read_input_tokens=70, cache_creation_input_tokens=10),
        anthropic("b", "#### 1", stop="max_tokens"),
        {"custom_id": "c", "result": {"type": "errored", "error": {"error": {"message": "overloaded"}}}},
    )
    assert transcript.model == "claude-3-5-haiku-20241022"
    a, b, c = transcript.items
    assert (a.verdict, a.usage) == (RIGHT, Usage(100, 50, cached_tokens=70, written_tokens=10))
    assert (b.verdict, b.is_truncated) == (Verdict("wrong", "truncated"), True)
    assert c.verdict == not_judged("overloaded")


def test_anthropic_refusal_and_expiry(path: Path) -> None:
    transcript = read(
        path, anthropic("a", "I", stop="refusal"), {"custom_id": "b", "result": {"type": "expired"}}
    )
    assert [item.verdict.reason for item in transcript.items] == ["refusal", "expired"]


def test_gemini_bills_thoughts_as_output(path: Path) -> None:
    transcript = read(
        path,
        gemini(
            "a", {"text": "17?", "thought": True}, {"text": "#### "}, {"text": "18"}, thoughtsTokenCount=200
        ),
        gemini("b", finish="SAFETY"),
        {"key": "c", "error": {"code": 500, "message": "internal"}},
    )
    assert transcript.model == "gemini-2.0-flash-lite"
    a, b, c = transcript.items
    assert (a.verdict, a.usage) == (RIGHT, Usage(30, 209, reasoning_tokens=200))
    assert b.verdict == not_judged("finished with SAFETY")
    assert c.verdict == not_judged("internal")


# -- what is refused -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ({"id": "d", "output": "x"}, "no item 'd' in the task"),
        ({"id": "a", "output": "x"}, "a second answer to the item 'a'"),
        ({"id": "b", "output": 3}, "'output' must be a string"),
        ({"id": "b", "output": None}, "'output' must be a string, or 'error' say why"),
        ({"id": "b", "output": "x", "ouput": "x"}, "unknown key 'ouput'; did you mean 'output'"),
        ({"id": "b", "output": "x", "usage": {"tokens": 3}}, "unknown key 'tokens' in 'usage'"),
        (
            {"id": "b", "output": "x", "usage": {"input_tokens": -1, "output_tokens": 1}},
            "whole number, 0 or more",
        ),
        (
            {"id": "b", "output": "x", "usage": {"input_tokens": 10**30, "output_tokens": 1}},
            "at most 1,000,000,000,000",
        ),
        (
            {
                "id": "b",
                "output": "x",
                "usage": {"input_tokens": 1, "output_tokens": 1, "reasoning_tokens": 2},
            },
            "2 reasoning tokens are more than the 1",
        ),
        ({"id": "b", "output": "x", "model": "another"}, "an answer of 'another' among those of 'one'"),
        ({"text": "x"}, "no known format"),
        ({"custom_id": "b", "response": "x"}, "'response' must be an object"),
        ({"custom_id": "", "result": {}}, "'custom_id' must be a string that is not empty"),
        ("{", "no JSON"),
    ],
)
def test_a_wrong_line_is_named(path: Path, line: object, what: str) -> None:
    with pytest.raises(TaskError) as caught:
        read(path, {"id": "a", "output": "#### 18", "model": "one"}, line)
    assert what in caught.value.what
    assert str(caught.value.where).startswith(f"{path}:2")


def test_an_empty_transcript_is_no_evidence(path: Path) -> None:
    with pytest.raises(TaskError, match="holds no answers"):
        read(path, "")


def test_log_likelihood_tasks_have_no_transcripts(path: Path) -> None:
    with pytest.raises(TaskError, match="scored by log-likelihood"):
        read_transcript(path, make_task([make_item("a")], kind="choice"))


def test_answers_to_held_out_examples_are_items_too(path: Path) -> None:
    task = make_task([make_item("a", 18)], shots=(make_item("b", 18),), scorer_name="numeric")
    transcript = read_transcript(write_lines(path, {"id": "b", "output": "18"}), task)
    assert [item.item_id for item in transcript.items] == ["b"]
