"""What the algorithms over an engine take and give: plain data, and words of the worker's protocol."""

from collections.abc import Callable
from dataclasses import dataclass

from bench.units import seconds

OnProgress = Callable[[int, int], None]  # (done, total); called between batches, never inside a timed window


@dataclass(frozen=True, slots=True)
class Window:
    """A stretch of the worker's clock. In the parent, after ``Worker.call``, it is on the parent's clock."""

    start_ns: int
    end_ns: int

    @property
    def length_s(self) -> float:
        return seconds(self.end_ns - self.start_ns)


@dataclass(frozen=True, slots=True)
class Timed:
    """``calls_ns`` is the time inside decode calls and their synchronisation; ``window`` the whole loop."""

    n_tokens: int
    n_evaluated: int
    calls_ns: int
    window: Window


@dataclass(frozen=True, slots=True)
class KernelSpeed:
    """``n_tokens`` columns at once, the weights in the CPU's caches; two operations per weight and token."""

    tensor_type: str
    n_tokens: int
    flops_per_s: float
    bytes_per_weight: float


@dataclass(frozen=True, slots=True)
class CeilingsFound:
    """``weight_bytes``: the model's bytes by tensor type that one decoded token reads.

    ``output_bytes`` is the part of them that a prompt reads only once: the output matrix.
    """

    read_bytes_per_s: float
    kernels: tuple[KernelSpeed, ...]
    weight_bytes: dict[str, int]
    output_bytes: dict[str, int]


@dataclass(frozen=True, slots=True)
class Served:
    """``prefill`` holds prompt evaluation and the first sample; ``token_ns``: when each token was known.

    Output tokens include the one that ended generation, if any: it was computed, as servers count it.
    ``n_evaluated`` counts prompt tokens really evaluated (a cold cache is asserted by the parent).
    ``decode`` runs from the first output token to the last; ``truncated`` means max_tokens was hit.
    """

    n_prompt_tokens: int
    n_output_tokens: int
    n_evaluated: int
    text: str
    truncated: bool
    request: Window
    tokenize: Window
    prefill: Window
    decode: Window
    token_ns: tuple[int, ...]
    n_thinking_tokens: int | None = None  # of the output tokens; None: the model was not seen to think


@dataclass(frozen=True, slots=True)
class Completion:
    """``text`` is the answer without the thinking, whose tokens are counted as output, and again apart.

    Margins, log p of the likeliest token less that of the next, are over the answer's tokens without those of
    the thinking; None for an answer that was drawn, failed, or has no text.
    """

    text: str
    n_prompt_tokens: int
    n_output_tokens: int
    truncated: bool
    error: str | None = None  # this item could not be run (prompt beyond the context, template raised)
    n_thinking_tokens: int | None = None  # None: the model was not seen to think
    mean_margin_nats: float | None = None
    least_margin_nats: float | None = None


@dataclass(frozen=True, slots=True)
class Choice:
    """One context and its continuations, scored by log-likelihood over the shared context."""

    context: str
    endings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ChoiceScore:
    """Per ending: natural-log likelihood, tokens and UTF-8 bytes scored."""

    logprobs: tuple[float, ...]
    n_tokens: tuple[int, ...]
    n_bytes: tuple[int, ...]
    n_context_tokens: int
    error: str | None = None


@dataclass(frozen=True, slots=True)
class Scored:
    """``n_unique_prefix_tokens``: the items' distinct token prefixes, the least any scheme must evaluate."""

    scores: tuple[ChoiceScore, ...]
    n_evaluated: int
    n_unique_prefix_tokens: int


@dataclass(frozen=True, slots=True)
class TextScored:
    """``nll``: negative log-likelihood in nats of each chunk's ``n_scored`` tokens, summed by chunk."""

    n_text_tokens: int
    n_scored: int
    nll: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class TextCompared:
    """By chunk: ``kl`` in nats of each scored token, and on how many the two agree which is likeliest."""

    scored: TextScored
    kl: tuple[tuple[float, ...], ...]
    n_same_top: tuple[int, ...]
