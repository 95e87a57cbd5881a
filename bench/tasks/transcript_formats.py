"""The lines of a transcript: the project's own format, and the batch outputs of providers.

In every ``Usage`` here, input includes cached tokens and output includes reasoning tokens, each billed once.
Sources, read 2026-11: OpenAI API reference (Batch, Chat Completions, Responses); Anthropic API reference
(Message Batches: input excludes what was written to or read from the cache); Gemini API reference
(GenerateContentResponse: candidates exclude thoughts).
"""

from dataclasses import dataclass
from typing import cast

from bench.errors import nearest

Values = dict[str, object]


class FormatError(ValueError):
    """A line that is none of the formats, or misses what its format must have."""


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens as billed; those read from a cache or written to it are part of input, reasoning ones of output.

    A provider that reports no cached tokens bills all input as uncached; None is "not told".
    """

    input_tokens: int
    output_tokens: int
    cached_tokens: int = 0
    reasoning_tokens: int | None = None
    written_tokens: int = 0

    def __post_init__(self) -> None:
        for name, part, whole in (
            ("cached", self.cached_tokens, self.input_tokens),
            ("cached and written", self.cached_tokens + self.written_tokens, self.input_tokens),
            ("reasoning", self.reasoning_tokens, self.output_tokens),
        ):
            if part is not None and part > whole:
                raise FormatError(f"{part} {name} tokens are more than the {whole} that they are part of")


@dataclass(frozen=True, slots=True)
class Answer:
    """``output`` is None when there is no answer, and ``error`` says why."""

    item_id: str
    output: str | None
    is_truncated: bool = False
    usage: Usage | None = None
    model: str | None = None
    error: str | None = None


def read_answer(line: Values) -> Answer:
    """The answer in one line of any of the formats; raises FormatError."""
    if "custom_id" in line and "response" in line:
        return _openai(line)
    if "custom_id" in line and "result" in line:
        return _anthropic(line)
    if "key" in line:
        return _gemini(line)
    if "id" in line and ("output" in line or "error" in line):
        return _own(line)
    raise FormatError(
        "no known format: expected the keys 'id' and 'output', or a line of a batch output by OpenAI "
        "('custom_id', 'response'), Anthropic ('custom_id', 'result') or Gemini ('key', 'response')"
    )


# -- the project's own ---------------------------------------------------------------------------

_LARGEST_COUNT = 10**12  # of tokens of one request; more is a slip of the pen
_OWN_KEYS = ("id", "output", "usage", "model", "truncated", "error")
_USAGE_KEYS = ("input_tokens", "output_tokens", "reasoning_tokens", "cached_tokens", "written_tokens")


def _own(line: Values) -> Answer:
    for key in line:
        if key not in _OWN_KEYS:
            raise FormatError(f"unknown key {key!r}; {nearest(key, _OWN_KEYS)}")
    truncated = line.get("truncated", False)
    if not isinstance(truncated, bool):
        raise FormatError("'truncated' must be true or false")
    usage = _table(line, "usage")
    for key in usage:
        if key not in _USAGE_KEYS:
            raise FormatError(f"unknown key {key!r} in 'usage'; {nearest(key, _USAGE_KEYS)}")
    error = _text(line, "error")
    output = _text(line, "output")
    if error is None and output is None:
        raise FormatError("'output' must be a string, or 'error' say why there is none")
    return Answer(
        item_id=_id(line, "id"),
        output=None if error else output,
        is_truncated=truncated,
        usage=_usage(
            usage,
            "input_tokens",
            "output_tokens",
            usage.get("cached_tokens"),
            usage.get("reasoning_tokens"),
            usage.get("written_tokens"),
        ),
        model=_text(line, "model"),
        error=error,
    )


# -- OpenAI --------------------------------------------------------------------------------------


def _openai(line: Values) -> Answer:
    item_id = _id(line, "custom_id")
    response = _table(line, "response")
    body = _table(response, "body")
    failure = _table(line, "error") or _table(body, "error")
    if failure or not body or response.get("status_code", 200) != 200:
        reason = (
            _text(failure, "message") or _text(failure, "code") or f"status {response.get('status_code')}"
        )
        return Answer(item_id, None, error=reason)
    return _of_chat(item_id, body) if "choices" in body else _of_response(item_id, body)


def _of_chat(item_id: str, body: Values) -> Answer:
    """The body of a chat completion."""
    choice = _first(body, "choices")
    message = _table(choice, "message")
    is_truncated = choice.get("finish_reason") == "length"
    return Answer(
        item_id=item_id,
        output=_or_empty(_text(message, "content"), is_truncated),
        is_truncated=is_truncated,
        usage=_openai_usage(_table(body, "usage"), "prompt_tokens", "completion_tokens"),
        model=_text(body, "model"),
        error="refusal" if message.get("refusal") else None,
    )


def _of_response(item_id: str, body: Values) -> Answer:
    """The body of the Responses interface: parts of messages, beside those of reasoning and of tools."""
    said = [(entry, part) for entry in _tables(body, "output") for part in _tables(entry, "content")]
    texts = [
        _text(part, "text") or ""
        for entry, part in said
        if entry.get("type") == "message" and part.get("type") == "output_text"
    ]
    refusal = next((part["refusal"] for _, part in said if "refusal" in part), None)
    is_truncated = _table(body, "incomplete_details").get("reason") == "max_output_tokens"
    return Answer(
        item_id=item_id,
        output=_or_empty("".join(texts) if texts else None, is_truncated),
        is_truncated=is_truncated,
        usage=_openai_usage(_table(body, "usage"), "input_tokens", "output_tokens"),
        model=_text(body, "model"),
        error="refusal" if refusal else None,
    )


def _openai_usage(usage: Values, input_key: str, output_key: str) -> Usage | None:
    cached = _table(usage, f"{input_key}_details").get("cached_tokens")
    reasoning = _table(usage, f"{output_key}_details").get("reasoning_tokens")
    return _usage(usage, input_key, output_key, cached, reasoning)


# -- Anthropic -----------------------------------------------------------------------------------


def _anthropic(line: Values) -> Answer:
    item_id = _id(line, "custom_id")
    result = _table(line, "result")
    if result.get("type") != "succeeded":
        failure = _table(_table(result, "error"), "error") or _table(result, "error")
        return Answer(item_id, None, error=_text(failure, "message") or str(result.get("type", "no result")))
    message = _table(result, "message")
    texts = [_text(part, "text") or "" for part in _tables(message, "content") if part.get("type") == "text"]
    usage = _table(message, "usage")
    counted = dict(usage)
    read = usage.get("cache_read_input_tokens")
    if "input_tokens" in usage:
        counted["input_tokens"] = sum(
            _count(usage, name) or 0
            for name in ("input_tokens", "cache_read_input_tokens", "cache_creation_input_tokens")
        )
    is_truncated = message.get("stop_reason") == "max_tokens"
    is_refusal = message.get("stop_reason") == "refusal"
    return Answer(
        item_id=item_id,
        output=None if is_refusal else _or_empty("".join(texts) if texts else None, is_truncated),
        is_truncated=is_truncated,
        usage=_usage(
            counted, "input_tokens", "output_tokens", read, None, usage.get("cache_creation_input_tokens")
        ),
        model=_text(message, "model"),
        error="refusal" if is_refusal else None,
    )


# -- Gemini --------------------------------------------------------------------------------------


def _gemini(line: Values) -> Answer:
    item_id = _id(line, "key")
    response = _table(line, "response")
    if not response:
        return Answer(item_id, None, error=_text(_table(line, "error"), "message") or "no response")
    candidate = _first(response, "candidates")
    texts = [
        _text(part, "text") or ""
        for part in _tables(_table(candidate, "content"), "parts")
        if not part.get("thought")
    ]
    usage = _table(response, "usageMetadata")
    counted = dict(usage)
    thoughts = _count(usage, "thoughtsTokenCount")
    if "candidatesTokenCount" in usage or thoughts is not None:
        counted["candidatesTokenCount"] = (_count(usage, "candidatesTokenCount") or 0) + (thoughts or 0)
    is_truncated = candidate.get("finishReason") == "MAX_TOKENS"
    return Answer(
        item_id=item_id,
        output=_or_empty("".join(texts) if texts else None, is_truncated),
        is_truncated=is_truncated,
        usage=_usage(
            counted,
            "promptTokenCount",
            "candidatesTokenCount",
            usage.get("cachedContentTokenCount"),
            thoughts,
        ),
        model=_text(response, "modelVersion"),
        error=None if texts else f"finished with {candidate.get('finishReason', 'no candidate')}",
    )


# -- reading JSON --------------------------------------------------------------------------------


def _or_empty(output: str | None, is_truncated: bool) -> str | None:
    """A budget spent before the answer's first word makes an empty answer that was cut, not a missing one."""
    return "" if output is None and is_truncated else output


def _id(values: Values, key: str) -> str:
    value = values[key]
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str) or not value:
        raise FormatError(f"{key!r} must be a string that is not empty")
    return value


def _text(values: Values, key: str) -> str | None:
    value = values.get(key)
    if value is None or isinstance(value, str):
        return value
    raise FormatError(f"{key!r} must be a string")


def _table(values: Values, key: str) -> Values:
    """The object under that key; an empty one where it is missing or null."""
    value = values.get(key)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise FormatError(f"{key!r} must be an object")
    return cast(Values, value)


def _tables(values: Values, key: str) -> list[Values]:
    value = values.get(key)
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
        raise FormatError(f"{key!r} must be an array of objects")
    return cast(list[Values], value)


def _first(values: Values, key: str) -> Values:
    tables = _tables(values, key)
    return tables[0] if tables else {}


def _count(values: Values, key: str) -> int | None:
    return _as_count(values.get(key), key)


def _as_count(value: object, key: str) -> int | None:
    if value is None:
        return None
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= _LARGEST_COUNT:
        raise FormatError(f"{key!r} must be a whole number, 0 or more, and at most {_LARGEST_COUNT:,}")
    return value


def _usage(
    values: Values,
    input_key: str,
    output_key: str,
    cached: object,
    reasoning: object,
    written: object = None,
) -> Usage | None:
    input_tokens, output_tokens = _count(values, input_key), _count(values, output_key)
    if not input_tokens or output_tokens is None:  # no request is empty: 0 is one not counted
        return None
    return Usage(
        input_tokens,
        output_tokens,
        cached_tokens=_as_count(cached, "cached tokens") or 0,
        reasoning_tokens=_as_count(reasoning, "reasoning tokens"),
        written_tokens=_as_count(written, "written tokens") or 0,
    )
