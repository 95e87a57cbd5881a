"""The words that parent and worker exchange: one frozen dataclass per command and per reply.

On the wire each is one line of JSON, ``{"is": "<class name>", ...fields}``, over a private pipe pair.
Times are the worker's ``perf_counter_ns``; the parent holds the offset (see ``Hello``). What a command's
algorithm returns is defined beside the algorithms, in ``bench.engines.results``, and named again here.
"""

from dataclasses import dataclass

from bench.engines.protocol import EngineSettings, ModelInfo, Prompt
from bench.engines.results import Choice as Choice
from bench.engines.results import ChoiceScore as ChoiceScore
from bench.engines.results import Completion as Completion
from bench.engines.results import Scored as Scored
from bench.engines.results import Served as Served
from bench.engines.results import Timed as Timed
from bench.engines.results import Window as Window

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
class ScoreChoices:
    items: tuple[Choice, ...]


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
    """``engine_error`` says why the engine cannot be opened; every command that needs it will fail so."""

    pid: int
    now_ns: int
    engine_error: str | None = None


@dataclass(frozen=True, slots=True)
class Loaded:
    info: ModelInfo
    window: Window


@dataclass(frozen=True, slots=True)
class Generated:
    completions: tuple[Completion, ...]


@dataclass(frozen=True, slots=True)
class Quantized:
    pass


@dataclass(frozen=True, slots=True)
class Progress:
    """Sent between a command and its reply, at most a few a second, never inside a timed window."""

    done: int
    total: int


@dataclass(frozen=True, slots=True)
class Failed:
    """The command failed in a way the worker survived."""

    what: str
    where: str | None = None
    remedy: str | None = None


Command = Ping | Load | TimePrefill | TimeDecode | Serve | Generate | ScoreChoices | Quantize | Shutdown
Reply = Hello | Loaded | Timed | Served | Generated | Scored | Quantized | Progress | Failed
