"""One prompt's speed for a program outside, such as a test suite: a model held, requests timed."""

from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Self

from bench.catalog.models import load_models
from bench.commands.acquire import acquire
from bench.commands.deployed import deployed_settings, header_of
from bench.commands.memory_fit import check_memory
from bench.commands.reporter import Silent
from bench.commands.stand import Stand
from bench.engines.protocol import Message, Prompt
from bench.measure.latency import serve_once
from bench.records.types import RequestSample
from bench.worker.protocol import Serve


@dataclass(frozen=True, slots=True)
class PromptSpeed:
    """Medians over the requests that nothing disturbed, or over all where none is left (``is_disturbed``).

    Rates in tokens per second; ``decode_tokens_per_s`` is None for answers of one token.
    """

    n_requests: int
    n_disturbed: int
    n_prompt_tokens: int
    n_output_tokens: int
    ttft_s: float
    request_s: float
    prefill_tokens_per_s: float
    decode_tokens_per_s: float | None
    is_disturbed: bool


class PromptStand:
    """Holds one model and answers one prompt after another, each on an empty cache. A context manager."""

    def __init__(self, model: str | None, *, models_file: Path | None = None) -> None:
        """Fetch the model (default: the catalog's); raises the error of whatever is wrong with it."""
        catalog = load_models(models_file)
        acquired = acquire(model or catalog.default, catalog, Silent())
        header = header_of(acquired)
        settings = deployed_settings(acquired.entry, header, {})
        check_memory(acquired.entry.name, header, settings)
        self.model = acquired.entry.name
        self.model_sha256 = acquired.obtained.sha256
        self._is_chat = not acquired.entry.is_base and (header is None or header.has_chat_template)
        self._stand = Stand(acquired.path, settings)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stand.discard()

    def serve(self, prompt: str, max_tokens: int) -> RequestSample:
        """Answer ``prompt`` (as a user's message, where the model chats) greedily; at most ``max_tokens``."""
        asked = Prompt(messages=(Message("user", prompt),)) if self._is_chat else Prompt(text=prompt)
        live = self._stand.ready()
        return serve_once(live.worker, "prompt", Serve(asked, max_tokens), live.contention)


def prompt_speed(requests: list[RequestSample]) -> PromptSpeed:
    """The figures of requests for one prompt; at least one."""
    quiet = [request for request in requests if not request.contention.is_disturbed]
    used = quiet or requests
    decoded = [request for request in used if request.n_output_tokens > 1]
    return PromptSpeed(
        n_requests=len(requests),
        n_disturbed=len(requests) - len(quiet),
        n_prompt_tokens=used[0].n_prompt_tokens,
        n_output_tokens=used[0].n_output_tokens,
        ttft_s=median(request.ttft_s for request in used),
        request_s=median(request.ttft_s + request.decode_s for request in used),
        prefill_tokens_per_s=median(request.n_prompt_tokens / request.prefill_s for request in used),
        decode_tokens_per_s=median((request.n_output_tokens - 1) / request.decode_s for request in decoded)
        if decoded
        else None,
        is_disturbed=not quiet,
    )
