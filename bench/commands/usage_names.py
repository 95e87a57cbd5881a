"""What providers call the counts of a request: one table, so that a provider is added by adding its names.

A name is in small letters and underscores, whichever way a file spells it (``promptTokenCount`` is
``prompt_token_count``); a dot leads into an object. The counts add up like this:

    input = fresh + read + written            written = written_minutes + written_hour
    output = visible + reasoning              total = input + output

and a row may hold any of them: what it holds must fit together, and what follows from it is not counted anew.
"""

import re
from functools import lru_cache
from typing import Literal, NamedTuple

What = Literal[
    "input",  # all of it: what came from the provider's cache and what went there included
    "input_or_fresh",  # all of it, or only what is fresh: the names beside it tell
    "tool_input",  # more input, put there by tools, which ``input`` leaves out
    "fresh",  # of the input: neither read from the cache nor written to it
    "read",  # of the input: read from the cache
    "written",  # of the input: written to the cache, for however long
    "written_minutes",
    "written_hour",
    "output",  # all of it, reasoning included; where a total tells so, without
    "visible",  # of the output: without the reasoning
    "reasoning",
    "total",
    "requests",  # that the row sums up
    "searches",  # of the web, at a fee for each
    "unpriced",  # tokens at a price of their own, which nothing here knows
]


class Name(NamedTuple):
    """``is_beside``: where this name stands, ``input_or_fresh`` leaves out what it counts."""

    name: str
    what: What
    whose: str
    is_beside: bool = False


OPENAI_CHAT = "OpenAI chat completions, and all who answer like them: OpenRouter, xAI, Mistral, local servers"
OPENAI_RESPONSES = "OpenAI responses"
OPENAI_USAGE = "OpenAI usage page and its export"
ANTHROPIC = "Anthropic messages and batches"
ANTHROPIC_USAGE = "Anthropic usage report"
ANTHROPIC_CONSOLE = "Anthropic console's export"
DEEPSEEK = "DeepSeek"
GEMINI = "Gemini"
OPENROUTER = "OpenRouter"
OPENROUTER_NATIVE = "OpenRouter, by the model's own tokenizer"
LANGCHAIN = "LangChain"
AI_SDK = "AI SDK"
LITELLM = "LiteLLM"
BEDROCK = "Amazon Bedrock"
ANYBODY = "rows of one's own"

COUNTS = (
    Name("input_tokens", "input_or_fresh", f"{OPENAI_RESPONSES}, {OPENAI_USAGE}: all; {ANTHROPIC}: fresh"),
    Name("prompt_tokens", "input", OPENAI_CHAT),
    Name("n_context_tokens_total", "input", ANYBODY),
    Name("native_tokens_prompt", "input", OPENROUTER_NATIVE),
    Name("tokens_prompt", "input", OPENROUTER),
    Name("prompt_token_count", "input", GEMINI),
    Name("tool_use_prompt_token_count", "tool_input", GEMINI),
    Name("uncached_input_tokens", "fresh", ANTHROPIC_USAGE),
    Name("usage_input_tokens_no_cache", "fresh", ANTHROPIC_CONSOLE),
    Name("input_uncached_tokens", "fresh", OPENAI_USAGE),
    Name("input_token_details.no_cache_tokens", "fresh", AI_SDK),
    Name("prompt_cache_miss_tokens", "fresh", DEEPSEEK),
    Name("cached_tokens", "read", ANYBODY),
    Name("prompt_tokens_details.cached_tokens", "read", OPENAI_CHAT),
    Name("input_tokens_details.cached_tokens", "read", OPENAI_RESPONSES),
    Name("input_cached_tokens", "read", OPENAI_USAGE),
    Name("cached_input_tokens", "read", AI_SDK),
    Name("input_token_details.cache_read_tokens", "read", AI_SDK),
    Name("num_cached_tokens", "read", "Mistral, vLLM"),
    Name("input_token_details.cache_read", "read", LANGCHAIN),
    Name("cache_read_input_tokens", "read", f"{ANTHROPIC}, {ANTHROPIC_USAGE}, {BEDROCK}", is_beside=True),
    Name("usage_input_tokens_cache_read", "read", ANTHROPIC_CONSOLE),
    Name("prompt_cache_hit_tokens", "read", DEEPSEEK),
    Name("cached_content_token_count", "read", GEMINI),
    Name("native_tokens_cached", "read", OPENROUTER_NATIVE),
    Name("tokens_cached", "read", OPENROUTER),
    Name("prompt_tokens_details.cache_write_tokens", "written", OPENAI_CHAT),
    Name("prompt_tokens_details.cache_creation_tokens", "written", LITELLM),
    Name("input_tokens_details.cache_write_tokens", "written", OPENAI_RESPONSES),
    Name("input_cache_write_tokens", "written", OPENAI_USAGE),
    Name("input_token_details.cache_creation", "written", LANGCHAIN),
    Name("input_token_details.cache_write_tokens", "written", AI_SDK),
    Name("cache_creation_input_tokens", "written", ANTHROPIC, is_beside=True),
    Name("cache_write_input_tokens", "written", BEDROCK, is_beside=True),
    Name(
        "cache_creation.ephemeral_5m_input_tokens",
        "written_minutes",
        f"{ANTHROPIC}, {ANTHROPIC_USAGE}",
        is_beside=True,
    ),
    Name(
        "cache_creation.ephemeral_1h_input_tokens",
        "written_hour",
        f"{ANTHROPIC}, {ANTHROPIC_USAGE}",
        is_beside=True,
    ),
    Name("usage_input_tokens_cache_write_5m", "written_minutes", ANTHROPIC_CONSOLE),
    Name("usage_input_tokens_cache_write_1h", "written_hour", ANTHROPIC_CONSOLE),
    Name("input_token_details.ephemeral_5m_input_tokens", "written_minutes", LANGCHAIN),
    Name("input_token_details.ephemeral_1h_input_tokens", "written_hour", LANGCHAIN),
    Name("cache_details.5m_tokens", "written_minutes", BEDROCK, is_beside=True),
    Name("cache_details.1h_tokens", "written_hour", BEDROCK, is_beside=True),
    Name("output_tokens", "output", f"{OPENAI_RESPONSES}, {OPENAI_USAGE}, {ANTHROPIC}, {ANTHROPIC_USAGE}"),
    Name("completion_tokens", "output", OPENAI_CHAT),
    Name("n_generated_tokens_total", "output", ANYBODY),
    Name("usage_output_tokens", "output", ANTHROPIC_CONSOLE),
    Name("native_tokens_completion", "output", OPENROUTER_NATIVE),
    Name("tokens_completion", "output", OPENROUTER),
    Name("candidates_token_count", "visible", GEMINI),
    Name("reasoning_tokens", "reasoning", f"{ANYBODY}, {OPENROUTER}"),
    Name("completion_tokens_details.reasoning_tokens", "reasoning", OPENAI_CHAT),
    Name("output_tokens_details.reasoning_tokens", "reasoning", OPENAI_RESPONSES),
    Name("output_tokens_details.thinking_tokens", "reasoning", ANTHROPIC),
    Name("output_token_details.reasoning", "reasoning", LANGCHAIN),
    Name("output_token_details.reasoning_tokens", "reasoning", AI_SDK),
    Name("thoughts_token_count", "reasoning", GEMINI),
    Name("native_tokens_reasoning", "reasoning", OPENROUTER_NATIVE),
    Name("tokens_reasoning", "reasoning", OPENROUTER),
    Name("total_tokens", "total", OPENAI_CHAT),
    Name("total_token_count", "total", GEMINI),
    Name("count", "requests", ANYBODY),
    Name("requests", "requests", OPENROUTER),
    Name("n_requests", "requests", ANYBODY),
    Name("num_requests", "requests", ANYBODY),
    Name("num_model_requests", "requests", OPENAI_USAGE),
    Name("server_tool_use.web_search_requests", "searches", f"{ANTHROPIC}, {ANTHROPIC_USAGE}"),
    Name("web_search_count", "searches", ANTHROPIC_CONSOLE),
    Name("num_search_queries", "searches", "Perplexity"),
    Name("num_sources_used", "searches", "xAI"),
    Name("prompt_tokens_details.audio_tokens", "unpriced", f"{OPENAI_CHAT}, {GEMINI}"),
    Name("input_tokens_details.audio_tokens", "unpriced", OPENAI_RESPONSES),
    Name("input_audio_tokens", "unpriced", OPENAI_USAGE),
    Name("input_cached_audio_tokens", "unpriced", OPENAI_USAGE),
    Name("cache_tokens_details.audio_tokens", "unpriced", GEMINI),
    Name("completion_tokens_details.audio_tokens", "unpriced", OPENAI_CHAT),
    Name("output_tokens_details.audio_tokens", "unpriced", OPENAI_RESPONSES),
    Name("output_audio_tokens", "unpriced", OPENAI_USAGE),
    Name("candidates_tokens_details.audio_tokens", "unpriced", GEMINI),
    Name("completion_tokens_details.image_tokens", "unpriced", OPENAI_CHAT),
    Name("output_tokens_details.image_tokens", "unpriced", OPENAI_RESPONSES),
    Name("output_image_tokens", "unpriced", OPENAI_USAGE),
    Name("candidates_tokens_details.image_tokens", "unpriced", GEMINI),
    Name("native_tokens_completion_images", "unpriced", OPENROUTER_NATIVE),
    Name("citation_tokens", "unpriced", "Perplexity"),
)

# Parts of counts above that cost what the whole does.
ALSO_COUNTED = frozenset(
    {
        "prompt_tokens_details.image_tokens",
        "prompt_tokens_details.video_tokens",
        "input_tokens_details.image_tokens",
        "input_image_tokens",
        "input_cached_text_tokens",
        "input_cached_image_tokens",
        "cache_tokens_details.text_tokens",
        "cache_tokens_details.image_tokens",
        "cache_tokens_details.video_tokens",
        "iterations.message_tokens",
    }
)
# What a list of counts calls their kind, and the counts: Gemini by what was counted, Bedrock by how long it
# is kept, Anthropic by what for. Anthropic's other counts leave out what it took to sum up a conversation, or
# to ask another model for advice.
KINDS = ("modality", "ttl", "type")
LISTED = frozenset({"token_count", "input_tokens", "output_tokens"})
# LangChain has a sum or its parts, and 0 for the others.
ZERO_SAYS_NOTHING = frozenset(
    {
        "input_token_details.cache_creation",
        "input_token_details.ephemeral_5m_input_tokens",
        "input_token_details.ephemeral_1h_input_tokens",
    }
)
# Counted by another tokenizer than the bill: left alone where the count that is billed stands beside it.
BILLED_INSTEAD = {
    "tokens_prompt": "native_tokens_prompt",
    "tokens_cached": "native_tokens_cached",
    "tokens_completion": "native_tokens_completion",
    "tokens_reasoning": "native_tokens_reasoning",
}

MODEL = ("model", "model_permaslug", "model_version")
MOMENT = (
    "timestamp", "created", "created_at", "create_time", "date", "start_time", "starting_at", "usage_date_utc"
)  # fmt: skip
BATCH = ("batch",)
TIER = ("service_tier", "usage_type", "traffic_type")
# Words of a tier at which requests are billed at the list price.
LIST_PRICE_TIERS = frozenset({"auto", "default", "message", "on_demand", "standard", "standard_only"})
BATCH_TIERS = frozenset({"batch", "batches"})
# Words beside a tier that change the price, too: fast answers, and those that stay within one country.
DEARER = {"speed": "fast", "inference_geo": "us"}

# The id of an answer, as providers write it: a stream, or the log of a session, may tell the same one often.
ANSWER = {
    "id": re.compile(r"(?:chatcmpl|resp|msg|gen)[-_][A-Za-z0-9_-]{16,200}"),
    "response_id": re.compile(r"[A-Za-z0-9_-]{16,200}"),
}

# An export has a row for each of these periods, even if nothing was asked in it.
PERIOD_ENDS = frozenset({"end_time", "ending_at"})
# What only a sum of requests has, of which it does not tell how many they are.
SUMS = frozenset({"uncached_input_tokens", "usage_input_tokens_no_cache"})
# Between which sizes the requests lie that a row sums up: "0-200k", "≤ 200k".
BOUNDS = ("context_window",)

# Objects that hold counts, at any depth: an answer, and the result of a batched request around it.
HOLDERS = frozenset({"usage", "usage_metadata", "response", "body", "message", "result", "data"})

WHAT: dict[str, What] = {one.name: one.what for one in COUNTS}  # in the table's order
BESIDE = frozenset(one.name for one in COUNTS if one.is_beside)
TOLD = WHAT.keys() | {*MODEL, *MOMENT, *BATCH, *TIER, *DEARER, *BOUNDS, *ANSWER}

LONGEST_NAME = 1_000  # characters; a path of a model may have some hundred
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_KIND = re.compile("cach|ephemeral|iteration|reason|thought|think|audio|image|video|citation")


@lru_cache(maxsize=4096)
def folded(key: str) -> str:
    """As the table spells it, without the objects around it: ``usage.promptTokens`` is ``prompt_tokens``."""
    *outer, last = _HUMP.sub("_", key[:LONGEST_NAME].strip()).lower().replace(" ", "_").split(".")
    while outer and outer[0] in HOLDERS:
        outer.pop(0)
    return ".".join((*outer, last))


@lru_cache(maxsize=4096)
def may_be_billed(name: str) -> bool:
    """It looks like a kind of tokens, and is none that the table knows."""
    return "token" in name and _KIND.search(name) is not None and name not in ALSO_COUNTED
