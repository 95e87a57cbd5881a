"""The words that parent and worker exchange: one frozen dataclass per command and per reply.

On the wire each is one line of JSON, ``{"is": "<class name>", ...fields}``, over a private pipe pair.
Times are the worker's ``perf_counter_ns``; the parent holds the offset (see ``Hello``). What a command's
algorithm returns is defined beside the algorithms, in ``bench.engines.results``, and named again here.
"""

from dataclasses import dataclass

from bench.engines.protocol import Device, EngineSettings, ModelInfo, Prompt, Sampling, Thinking
from bench.engines.results import CeilingsFound as CeilingsFound
from bench.engines.results import Choice as Choice
from bench.engines.results import ChoiceScore as ChoiceScore
from bench.engines.results import Completion as Completion
from bench.engines.results import KernelSpeed as KernelSpeed
from bench.engines.results import Scored as Scored
from bench.engines.results import Served as Served
from bench.engines.results import TextCompared as TextCompared
from bench.engines.results import TextScored as TextScored
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
class Reopen:
    """Hold the loaded model under other settings; answered by ``Loaded``, whose window is no load time."""

    settings: EngineSettings


@dataclass(frozen=True, slots=True)
class ListDevices:
    """Answered by ``DeviceList``; needs no model."""


@dataclass(frozen=True, slots=True)
class MeasureCeilings:
    """What this machine can do for the loaded model at most, with ``n_threads``; nothing else may run.

    Up to ``spare_bytes`` of memory may be used for it, beside the model's.
    """

    n_threads: int
    spare_bytes: int = 1 << 30


@dataclass(frozen=True, slots=True)
class TimePrefill:
    """Evaluate ``n_tokens`` random tokens after ``n_depth`` cached ones (pp<N>, @ d<D>).

    Here and below the ``n_depth`` tokens are evaluated once, and restored from then on; they are neither
    timed nor counted as evaluated.
    """

    n_tokens: int
    seed: int
    n_depth: int = 0


@dataclass(frozen=True, slots=True)
class TimeDecode:
    """``n_tokens`` single-token steps after ``n_depth`` cached tokens (tg<N>, @ d<D>)."""

    n_tokens: int
    n_depth: int
    seed: int


@dataclass(frozen=True, slots=True)
class TimeBoth:
    """A prompt and then single-token steps, timed together (pp<N>+tg<M>)."""

    n_prompt: int
    n_gen: int
    n_depth: int
    seed: int


@dataclass(frozen=True, slots=True)
class TimeParallel:
    """``n_parallel`` sequences at once: prompts of ``n_prompt`` tokens, or ``n_gen`` steps of all of them.

    One of the two is 0. ``Timed.n_tokens`` counts the tokens of all sequences.
    """

    n_prompt: int
    n_gen: int
    n_depth: int
    n_parallel: int
    seed: int


@dataclass(frozen=True, slots=True)
class TimeWarmPrefix:
    """A prompt of ``n_tokens``, all but the last in the cache (wp<N>): ``Timed.n_tokens`` is 1."""

    n_tokens: int
    seed: int


@dataclass(frozen=True, slots=True)
class Serve:
    """One request as a user would send it, alone, with an empty cache, greedy, every token timed."""

    prompt: Prompt
    max_tokens: int
    stop: tuple[str, ...] = ()
    thinking: Thinking | None = None


@dataclass(frozen=True, slots=True)
class Generate:
    """Answers to many prompts, batched for throughput: no timing comes back.

    Greedy, one answer a prompt; with ``sampling`` one for each of the prompt's ``seeds``, in their order,
    the first prompt's before the second's. What the prompts ``head_of`` share is evaluated once for all
    commands with the same ones: give two that all of a run's stand between (``bench.tasks.witnesses``).
    """

    prompts: tuple[Prompt, ...]
    max_tokens: int
    stop: tuple[str, ...] = ()
    thinking: Thinking | None = None
    sampling: Sampling | None = None
    seeds: tuple[tuple[int, ...], ...] = ()
    head_of: tuple[Prompt, ...] = ()


@dataclass(frozen=True, slots=True)
class ScoreChoices:
    """``head_of``: contexts whose common opening is evaluated once, as in ``Generate``."""

    items: tuple[Choice, ...]
    head_of: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CountTokens:
    """Answered by ``Counted``: tokens of the longest of the prompts; those that cannot be run count none."""

    prompts: tuple[Prompt, ...]
    thinking: Thinking | None = None


@dataclass(frozen=True, slots=True)
class ScoreText:
    """Negative log-likelihood over chunks of ``n_ctx`` tokens; all that the text fills, or ``n_chunks``."""

    text: str
    n_ctx: int
    n_chunks: int | None = None


@dataclass(frozen=True, slots=True)
class SaveReference:
    """As ``ScoreText``; every scored token's log-probabilities go to a file at ``path``, too."""

    text: str
    path: str
    n_ctx: int
    n_chunks: int | None = None


@dataclass(frozen=True, slots=True)
class CompareText:
    """As ``ScoreText`` over the chunks of the reference file at ``path``, and the divergence from it."""

    text: str
    path: str


@dataclass(frozen=True, slots=True)
class Quantize:
    source_path: str
    target_path: str
    ftype: str
    n_threads: int
    is_dry_run: bool = False


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
class DeviceList:
    devices: tuple[Device, ...]


@dataclass(frozen=True, slots=True)
class Generated:
    completions: tuple[Completion, ...]


@dataclass(frozen=True, slots=True)
class Counted:
    n_tokens: int


@dataclass(frozen=True, slots=True)
class Quantized:
    tensor_bytes: int


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


Command = (
    Ping
    | Load
    | Reopen
    | ListDevices
    | MeasureCeilings
    | TimePrefill
    | TimeDecode
    | TimeBoth
    | TimeParallel
    | TimeWarmPrefix
    | Serve
    | Generate
    | ScoreChoices
    | CountTokens
    | ScoreText
    | SaveReference
    | CompareText
    | Quantize
    | Shutdown
)
Reply = (
    Hello
    | Loaded
    | DeviceList
    | CeilingsFound
    | Timed
    | Served
    | Generated
    | Scored
    | Counted
    | TextScored
    | TextCompared
    | Quantized
    | Progress
    | Failed
)
