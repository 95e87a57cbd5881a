"""The words that parent and worker exchange: one frozen dataclass per command and per reply.

On the wire each is one line of JSON, ``{"is": "<class name>", ...fields}``, over a private pipe pair.
Times are the worker's ``perf_counter_ns``; the parent holds the offset (see ``Hello``).
"""

from dataclasses import dataclass

from bench.engines.protocol import EngineSettings, ModelInfo, Prompt


@dataclass(frozen=True, slots=True)
class Window:
    """A stretch of the worker's clock. In the parent, after ``Worker.call``, it is on the parent's clock."""

    start_ns: int
    end_ns: int


# -- commands, parent to worker ------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Ping:
    """Answered by ``Hello`` at once; the parent measures the clock offset with it."""


@dataclass(frozen=True, slots=True)
class Load:
    model_path: str
    settings: EngineSettings


@dataclass(frozen=True, slots=True)
class TimePrefill:
    """Evaluate ``n_tokens`` random tokens with an empty cache (pp<N>)."""

    n_tokens: int
    seed: int


@dataclass(frozen=True, slots=True)
class TimeDecode:
    """``n_tokens`` single-token steps after ``n_depth`` cached tokens (tg<N>, @ d<D>)."""

    n_tokens: int
    n_depth: int
    seed: int


@dataclass(frozen=True, slots=True)
class Serve:
    """One request as a user would send it, alone, with an empty cache, greedy, every token timed."""

    prompt: Prompt
    max_tokens: int
    stop: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Generate:
    """Greedy answers to many prompts, batched for throughput: no timing comes back."""

    prompts: tuple[Prompt, ...]
    max_tokens: int
    stop: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Choice:
    """One context and its continuations, scored by log-likelihood over the shared context."""

    context: str
    endings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ScoreChoices:
    items: tuple[Choice, ...]


@dataclass(frozen=True, slots=True)
class CountTokens:
    prompts: tuple[Prompt, ...]


@dataclass(frozen=True, slots=True)
class Quantize:
    source_path: str
    target_path: str
    ftype: str
    n_threads: int


@dataclass(frozen=True, slots=True)
class Shutdown:
    pass


# -- replies, worker to parent -------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Hello:
    pid: int
    now_ns: int


@dataclass(frozen=True, slots=True)
class Loaded:
    info: ModelInfo
    window: Window


@dataclass(frozen=True, slots=True)
class Timed:
    """``calls_ns`` is the time inside decode calls and their synchronisation; ``window`` the whole loop."""

    n_tokens: int
    n_evaluated: int
    calls_ns: int
    window: Window


@dataclass(frozen=True, slots=True)
class Served:
    """``prefill`` holds prompt evaluation and the first sample; ``token_ns`` is when each output token was known.

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


@dataclass(frozen=True, slots=True)
class Completion:
    text: str
    n_prompt_tokens: int
    n_output_tokens: int
    truncated: bool
    error: str | None = None  # this item could not be run (prompt beyond the context, template raised)


@dataclass(frozen=True, slots=True)
class Generated:
    completions: tuple[Completion, ...]


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
    scores: tuple[ChoiceScore, ...]
    n_evaluated: int
    n_unique_prefix_tokens: int


@dataclass(frozen=True, slots=True)
class Counted:
    n_tokens: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Quantized:
    window: Window


@dataclass(frozen=True, slots=True)
class Progress:
    """Sent between a command and its reply, at most a few a second, never inside a timed window."""

    done: int
    total: int


@dataclass(frozen=True, slots=True)
class Failed:
    """The command failed in a way the worker survived; ``error`` is the error class's name."""

    error: str
    what: str
    where: str | None = None
    remedy: str | None = None


Command = (
    Ping | Load | TimePrefill | TimeDecode | Serve | Generate | ScoreChoices | CountTokens | Quantize | Shutdown
)
Reply = Hello | Loaded | Timed | Served | Generated | Scored | Counted | Quantized | Progress | Failed
