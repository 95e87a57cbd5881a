"""A loaded model together with the settings it is held with: what every algorithm starts from."""

import gc
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

from bench.engines.protocol import CacheType, Engine, EngineSettings, ModelInfo, Prompt, Thinking
from bench.errors import EngineError

QUANTIZED_CACHE: dict[CacheType, int] = {"q8_0": 32, "q4_0": 32, "q4_1": 32, "q5_0": 32, "q5_1": 32}  # block
_SET_BY_LOAD = ("engine", "n_gpu_layers", "use_mmap", "use_mlock")  # what Engine.reopen cannot change
# llama.cpp's repacked kernels take 16 tokens at once with AVX-512, else 4, and round what is left over at a
# batch's end in another way: where every batch is a multiple of it, logits do not depend on what a token was
# batched with.
KERNEL_TOKENS = 16
MAX_SEQUENCES = 256  # llama.cpp's LLAMA_MAX_SEQ
MAX_THREADS = 512  # ggml's GGML_MAX_N_THREADS


@dataclass(slots=True)
class SavedTokens:
    """Cached tokens that are needed again (a depth, an opening), kept so that they are evaluated once.

    They take as many bytes as their cache; one list at a time.
    """

    tokens: list[int] = field(default_factory=list)
    state: bytearray | None = None

    def restored(self, engine: Engine, sequence: int, tokens: Sequence[int]) -> bool:
        """Put them into the empty ``sequence``; False when they are not kept, or the engine refuses them."""
        if self.state is None or self.tokens != list(tokens):
            return False
        try:
            engine.restore_sequence(sequence, self.state)
        except EngineError:
            self.state = None
            return False
        return True

    def save(self, engine: Engine, sequence: int, tokens: Sequence[int]) -> bool:
        """Keep the tokens of ``sequence`` instead of those before; False when the engine cannot save them."""
        self.state = None  # first: two are never held at once
        try:
            self.state = engine.save_sequence(sequence)
        except EngineError:
            return False
        self.tokens = list(tokens)
        return True


@dataclass(frozen=True, slots=True)
class Session:
    """``saved`` lives as long as the context: a model that is loaded or reopened gets a new session."""

    engine: Engine
    settings: EngineSettings
    info: ModelInfo
    saved: SavedTokens = field(default_factory=SavedTokens)

    @property
    def n_batch(self) -> int:
        """The largest number of tokens in one decode call."""
        return min(self.settings.n_batch, self.settings.n_ctx)

    @property
    def n_filled(self) -> int:
        """The largest number of tokens in one call of ``decode_filled``."""
        return self.n_batch - self.n_batch % KERNEL_TOKENS

    @property
    def n_ctx_sequence(self) -> int:
        """The most tokens one sequence may hold: of the cache, and of what the model was trained for."""
        cells = self.settings.n_ctx
        if not self.settings.kv_unified:
            cells //= self.settings.n_seq_max
        return min(cells, self.info.n_ctx_train)


def check_settings(settings: EngineSettings, n_ctx_train: int, where: str) -> None:
    """Refuse, before any native call, what the model or the library cannot do.

    With ``kv_unified`` and several sequences ``n_ctx`` is the sum over the sequences, so it may exceed
    what the model was trained for; one sequence may not. Raises EngineError.
    """

    def require(holds: bool, what: str, remedy: str | None = None) -> None:
        if not holds:
            raise EngineError(what, where=where, remedy=remedy)

    require(
        1 <= settings.n_seq_max <= MAX_SEQUENCES,
        f"n_seq_max {settings.n_seq_max} is not in 1..{MAX_SEQUENCES}",
    )
    require(settings.n_ctx >= 1, f"n_ctx {settings.n_ctx} is not positive")
    require(
        settings.n_ctx <= n_ctx_train * settings.n_seq_max,
        f"a context of {settings.n_ctx} tokens is larger than the model's {n_ctx_train}"
        + (f" for each of {settings.n_seq_max} sequences" if settings.n_seq_max > 1 else ""),
        f"choose n_ctx of at most {n_ctx_train * settings.n_seq_max}",
    )
    require(settings.n_batch >= 1, f"n_batch {settings.n_batch} is not positive")
    require(
        1 <= settings.n_ubatch <= settings.n_batch,
        f"n_ubatch {settings.n_ubatch} is not in 1..n_batch ({settings.n_batch})",
    )
    require(
        settings.n_gpu_layers >= -1,
        f"n_gpu_layers {settings.n_gpu_layers} is below -1",
        "-1 means all of them",
    )
    for name, n_threads in (("n_threads", settings.n_threads), ("n_threads_batch", settings.n_threads_batch)):
        require(1 <= n_threads <= MAX_THREADS, f"{name} {n_threads} is not in 1..{MAX_THREADS}")
    require(
        settings.type_v not in QUANTIZED_CACHE or settings.flash_attn != "off",
        f"a {settings.type_v} cache for values needs flash attention",
        "set flash_attn to auto or on, or type_v to f16",
    )


def needs_load(before: EngineSettings, after: EngineSettings) -> list[str]:
    """The settings that differ and that only a load can change."""
    return [name for name in _SET_BY_LOAD if getattr(before, name) != getattr(after, name)]


def check_reopened(before: EngineSettings, after: EngineSettings, where: str) -> None:
    """Raise EngineError for what ``Engine.reopen`` cannot change."""
    for name in needs_load(before, after):
        raise EngineError(f"{name} changes only when the model is loaded again", where=where)


def prompt_tokens(session: Session, prompt: Prompt, thinking: Thinking | None = None) -> list[int]:
    """Token ids of ``prompt``; EngineError for an empty one, or a template that is missing or raises.

    A chat prompt is rendered by the model's own template, which is told of ``thinking`` and whose control
    tokens are parsed; in plain text nothing is taken for a control token, and no thinking can be switched.
    """
    engine = session.engine
    if prompt.text is not None and prompt.messages:
        raise EngineError("a prompt holds either messages or text, not both")
    if prompt.text is not None:
        if thinking is not None:
            raise EngineError("thinking is switched by a chat template, and the prompt is plain text")
        tokens = engine.tokenize(prompt.text, add_special=True, parse_special=False)
    elif prompt.messages:
        text = engine.render_chat(prompt.messages, None if thinking is None else thinking.is_on)
        tokens = engine.tokenize(text, add_special=True, parse_special=True)
    else:
        tokens = []
    if not tokens:
        raise EngineError("the prompt is empty")
    return tokens


def fitting_tokens(session: Session, prompt: Prompt, thinking: Thinking | None = None) -> list[int]:
    """``prompt_tokens`` that leave room for at least one output token, else EngineError."""
    tokens = prompt_tokens(session, prompt, thinking)
    if len(tokens) >= session.n_ctx_sequence:
        raise EngineError(
            f"the prompt's {len(tokens)} tokens do not fit the context of {session.n_ctx_sequence}",
            remedy="raise n_ctx, or shorten the prompt",
        )
    return tokens


def longest_prompt(session: Session, prompts: Sequence[Prompt], thinking: Thinking | None = None) -> int:
    """Tokens of the longest of ``prompts``; 0 when none of them can be run."""
    longest = 0
    for prompt in prompts:
        with suppress(EngineError):  # it will say so itself when it is asked
            longest = max(longest, len(prompt_tokens(session, prompt, thinking)))
    return longest


def prefill(session: Session, tokens: Sequence[int], *, sequence: int = 0) -> int:
    """Evaluate ``tokens`` from position 0 in chunks of ``n_batch``; return the batch row of the last."""
    n_batch, row = session.n_batch, 0
    for start in range(0, len(tokens), n_batch):
        chunk = tokens[start : start + n_batch]
        row = len(chunk) - 1
        is_last = start + n_batch >= len(tokens)
        session.engine.decode(
            chunk, range(start, start + len(chunk)), [sequence] * len(chunk), [False] * row + [is_last]
        )
    return row


def decode_filled(
    session: Session,
    tokens: Sequence[int],
    positions: Sequence[int],
    sequences: Sequence[tuple[int, ...]],
    wants_logits: Sequence[bool],
    *,
    filler: int,
) -> None:
    """``Engine.decode`` of a multiple of ``KERNEL_TOKENS``: what is missing goes to the empty ``filler``.

    That sequence is empty again afterwards.
    """
    n_fill = -len(tokens) % KERNEL_TOKENS
    session.engine.decode(
        [*tokens, *[tokens[0]] * n_fill],
        [*positions, *range(n_fill)],
        [*sequences, *[(filler,)] * n_fill],
        [*wants_logits, *[False] * n_fill],
    )
    session.engine.drop(filler, 0)


@contextmanager
def collector_paused() -> Iterator[None]:
    """Keep Python's garbage collector out of a timed window."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
