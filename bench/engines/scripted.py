"""A deterministic engine on a fake clock: the whole product runs on it without a model.

``load`` takes a JSON file instead of a model, for example::

    {"answers": {"capital of France": "Paris", "2 + 2": "4"},
     "prefill_ns_per_token": 1000000, "decode_ns_per_token": 5000000,
     "failures": [{"at": "decode", "how": "abort", "after": 100}]}

``answers`` maps a part of a prompt to what the model says to it; the match that ends last in the prompt
wins, then the longer one; ``default_answer`` goes to all others. The favoured token's logit is
``confidence`` above all others, so the same answers also decide between the endings of a choice: the
answer is then the right ending, with or without the space before it. ``bench.engines.script`` has every key.

Tokens are UTF-8 bytes, and the ``pieces`` of the script (longest first), which merge across borders as a
real tokenizer's do (``bench.engines.scripted_vocabulary``). The clock starts at the process's and moves
only with ``load`` and ``decode``. Cache cells, positions, batch and sequence limits are enforced as
llama.cpp does.
"""

import itertools
import json
import math
import os
import random
import shutil
import signal
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NoReturn

import numpy as np
from numpy.typing import NDArray

from bench.engines.protocol import Buffer, Device, EngineSettings, Message, ModelInfo
from bench.engines.results import CeilingsFound
from bench.engines.script import Script, read_script
from bench.engines.scripted_vocabulary import ENDING, ScriptedVocabulary
from bench.engines.session import check_reopened, check_settings
from bench.engines.thinking import ThinkingSupport
from bench.errors import EngineError

SPACE = 32
CERTAIN = 100.0  # a logit beside which all others together have no chance
GPU = "Scripted0"


@dataclass(slots=True)
class _Sequence:
    """Cached tokens and their cells. The prompt ends with the first token whose logits were asked for."""

    tokens: list[int] = field(default_factory=list)
    cells: list[int] = field(default_factory=list)
    n_prompt: int | None = None
    answers: list[tuple[list[int], float]] = field(default_factory=list)  # with their weights

    def favoured(self) -> dict[int, float]:
        """Next tokens and their shares: those of answers that begin with what follows the prompt.

        But for spaces; the ending where an answer is complete, or none begins so.
        """
        said = list(itertools.dropwhile(SPACE.__eq__, self.tokens[self.n_prompt :]))
        n = len(said)
        shares: dict[int, float] = {}
        for answer, weight in self.answers:
            if answer[:n] == said:
                token = answer[n] if n < len(answer) else ENDING
                shares[token] = shares.get(token, 0.0) + weight
        total = sum(shares.values())
        return {token: share / total for token, share in shares.items()} or {ENDING: 1.0}


class ScriptedEngine:
    def __init__(self) -> None:
        self._now_ns = time.perf_counter_ns()
        self._random = random.Random(0)
        self._script = Script({}, ())
        self._folder = Path()
        self._settings = EngineSettings(engine="scripted")
        self._is_loaded = False
        self._n_decodes = 0
        self._calls = Counter[str]()
        self._vocabulary = ScriptedVocabulary(self._script)
        self._sequences: list[_Sequence] = []
        self._n_holders = Counter[int]()  # cache cell -> sequences that hold it
        self._n_cells_made = 0
        self._n_evaluated = 0
        self._favoured: dict[int, dict[int, float]] = {}  # batch row -> logits above all others

    def now_ns(self) -> int:
        return self._now_ns

    def load(self, model_path: str, settings: EngineSettings) -> ModelInfo:
        script = read_script(model_path)
        check_settings(settings, script.n_ctx_train, where=model_path)
        if settings.n_gpu_layers and not script.gpu_bytes:
            raise EngineError("the script has no GPU", where=model_path, remedy="give it gpu_bytes")
        self._script, self._settings, self._calls = script, settings, Counter()
        self._folder = Path(model_path).parent
        self._is_loaded = False
        self._n_decodes = 0
        self._fail_if_told("load")
        self._vocabulary = ScriptedVocabulary(script)
        self._pass(script.load_ns)
        self._is_loaded = True
        return self._open()

    def reopen(self, settings: EngineSettings) -> ModelInfo:
        if not self._is_loaded:
            raise EngineError("no model is loaded")
        check_reopened(self._settings, settings, where="the script")
        check_settings(settings, self._script.n_ctx_train, where="the script")
        self._fail_if_told("reopen")
        self._settings = settings
        return self._open()

    def _open(self) -> ModelInfo:
        script, n_ctx = self._script, self._settings.n_ctx
        self._sequences = [_Sequence() for _ in range(self._settings.n_seq_max)]
        self.clear()
        device = GPU if self._settings.n_gpu_layers else "none"
        buffers = (Buffer(device, "weights", script.n_params), Buffer(device, "kv", 64 * n_ctx))
        used = sum(buffer.size_bytes for buffer in buffers)
        return ModelInfo(
            n_params=script.n_params,
            tensor_bytes=script.n_params,
            n_ctx_train=script.n_ctx_train,
            n_vocab=self._vocabulary.n_tokens,
            has_chat_template=script.has_chat_template,
            is_mapped=False,
            buffers=buffers,
            engine_version="scripted 1",
            engine_build="scripted",
            system_info="fake clock",
            devices=self.devices(),
            device_used_bytes={GPU: used if device == GPU else 0} if script.gpu_bytes else {},
            model_type="scripted",
        )

    def devices(self) -> tuple[Device, ...]:
        """The CPU, and the GPU of the script that was loaded last, if it has one: it never fills."""
        cpu = Device("Scripted", "CPU", "no processor at all", "CPU")
        n_bytes = self._script.gpu_bytes
        gpu = Device("Scripted", GPU, "no graphics either", "GPU", n_bytes, n_bytes)
        return (cpu, gpu) if n_bytes else (cpu,)

    def tokenize(self, text: str, *, add_special: bool, parse_special: bool) -> list[int]:
        self._fail_if_told("tokenize", text)
        return self._vocabulary.tokenize(text, add_special=add_special, parse_special=parse_special)

    def detokenize(self, tokens: Sequence[int], *, special: bool = False) -> bytes:
        return self._vocabulary.detokenize(tokens, special=special)

    def render_chat(self, messages: Sequence[Message], thinking: bool | None = None) -> str:
        self._fail_if_told("render_chat", "\n".join(message.content for message in messages))
        return self._vocabulary.render_chat(messages, thinking)

    def thinking_support(self) -> ThinkingSupport:
        return self._vocabulary.thinking_support

    def ends_generation(self, token: int) -> bool:
        return token == ENDING

    def clear(self) -> None:
        for sequence in range(len(self._sequences)):
            self._sequences[sequence] = _Sequence()
        self._n_holders.clear()
        self._favoured.clear()
        self._n_evaluated = 0

    def copy_sequence(self, source: int, target: int) -> None:
        held = self._sequences[source]
        if self._sequences[target].tokens:
            raise EngineError(f"sequence {target} is not empty")
        self._sequences[target] = _Sequence([*held.tokens], [*held.cells], held.n_prompt, held.answers)
        self._n_holders.update(held.cells)

    def drop(self, sequence: int, from_position: int) -> None:
        held = self._sequences[sequence]
        for cell in held.cells[from_position:]:
            self._n_holders[cell] -= 1
            if not self._n_holders[cell]:
                del self._n_holders[cell]
        del held.tokens[from_position:], held.cells[from_position:]
        if held.n_prompt is not None and len(held.tokens) < held.n_prompt:
            held.n_prompt = None

    def save_sequence(self, sequence: int) -> bytearray:
        self._fail_if_told("save_sequence")
        held = self._sequences[sequence]
        return bytearray(json.dumps([*self._cache_kind, held.tokens, held.n_prompt, held.answers]).encode())

    def restore_sequence(self, sequence: int, state: bytearray) -> None:
        self._fail_if_told("restore_sequence")
        *kind, tokens, n_prompt, answers = json.loads(state)
        if self._sequences[sequence].tokens:
            raise EngineError(f"sequence {sequence} is not empty")
        if kind != self._cache_kind:
            raise EngineError("the cache is of another kind")
        self._require_room(len(tokens))
        self._sequences[sequence] = _Sequence(tokens, self._new_cells(len(tokens)), n_prompt, answers)

    def decode(
        self,
        tokens: Sequence[int],
        positions: Sequence[int],
        sequences: Sequence[int] | Sequence[tuple[int, ...]],
        wants_logits: Sequence[bool],
    ) -> None:
        self._fail_if_told("decode", n_cached=len(self._n_holders) + len(tokens))
        if not 0 < len(tokens) <= min(self._settings.n_batch, self._settings.n_ctx):
            raise EngineError(f"a batch of {len(tokens)} tokens does not fit n_batch")
        self._require_room(len(tokens))
        self._favoured.clear()
        batch = zip(tokens, positions, sequences, wants_logits, strict=True)
        for row, (token, position, of_row, wants) in enumerate(batch):
            sharing = [self._sequences[one] for one in (of_row if isinstance(of_row, tuple) else (of_row,))]
            self._require_shared(sharing)
            if position != len(sharing[0].tokens) or not 0 <= token < self._vocabulary.n_tokens:
                raise EngineError(
                    f"token {token} at position {position} does not follow {len(sharing[0].tokens)} tokens"
                )
            cell = self._new_cells(1)
            self._n_holders[cell[0]] = len(sharing)
            for held in sharing:
                held.tokens.append(token)
                held.cells += cell
            if wants:
                self._favoured[row] = self._favoured_by(sharing)
        self._n_evaluated += len(tokens)
        self._pass(self._duration_ns(positions, n_sequences=len(set(sequences))))
        self._n_decodes += 1

    def _require_shared(self, sharing: Sequence[_Sequence]) -> None:
        """What holds the same last cell holds the same cells: a cell is made for all its holders at once."""
        if len(sharing) > 1 and not self._settings.kv_unified:
            raise EngineError("a token of several sequences needs a unified cache")
        if len({(len(held.cells), *held.cells[-1:]) for held in sharing}) != 1:
            raise EngineError("the sequences of a token do not share all tokens before it")

    def _favoured_by(self, sharing: Sequence[_Sequence]) -> dict[int, float]:
        """All say the same."""
        first = sharing[0]
        if first.n_prompt is None:
            answers = self._vocabulary.answers_to(first.tokens)
            for held in sharing:
                held.n_prompt, held.answers = len(held.tokens), answers
        certain = CERTAIN if len(first.answers) > 1 else self._script.confidence
        return {token: certain + math.log(share) for token, share in first.favoured().items()}

    def _duration_ns(self, positions: Sequence[int], *, n_sequences: int) -> int:
        script, n = self._script, len(positions)
        if n == n_sequences:  # a step of each
            base_ns = script.decode_ns_per_token * (1 + (n - 1) * script.batch_cost)
        else:
            base_ns = script.prefill_ns_per_token * n
        return round((base_ns + script.depth_cost_ns * sum(positions)) * (1 + script.drift * self._n_decodes))

    @property
    def _cache_kind(self) -> list[str]:
        return [self._settings.type_k, self._settings.type_v]

    def _require_room(self, n_tokens: int) -> None:
        if n_tokens + len(self._n_holders) > self._settings.n_ctx:
            raise EngineError("the cache has no room for the batch")

    def _new_cells(self, n: int) -> list[int]:
        cells = list(range(self._n_cells_made, self._n_cells_made + n))
        self._n_cells_made += n
        self._n_holders.update(cells)
        return cells

    def synchronize(self) -> None:
        """Nothing is ever under way: ``decode`` has passed the time."""

    def logits(self, row: int) -> NDArray[np.float32]:
        logits = np.zeros(self._vocabulary.n_tokens, np.float32)
        favoured = self._favoured[row]
        logits[[*favoured]] = [*favoured.values()]
        return logits

    def evaluated_tokens(self) -> int:
        return self._n_evaluated

    def measure_ceilings(self, n_threads: int, spare_bytes: int) -> CeilingsFound:  # noqa: ARG002
        raise EngineError("a scripted engine has no ceilings")

    def quantize(
        self,
        source_path: str,
        target_path: str,
        ftype: str,  # noqa: ARG002
        n_threads: int,  # noqa: ARG002
        *,
        is_dry_run: bool = False,
    ) -> int:
        """Copy the script: there is nothing to quantize in it."""
        self._fail_if_told("quantize")
        try:
            if not is_dry_run:
                shutil.copyfile(source_path, target_path)
            return Path(source_path).stat().st_size
        except OSError as error:
            raise EngineError(f"cannot quantize: {error}", where=source_path) from None

    def close(self) -> None:
        self._is_loaded = False
        self._sequences = []

    def _pass(self, duration_ns: int) -> None:
        jitter = self._script.jitter
        self._now_ns += (
            round(duration_ns * max(0.0, 1 + jitter * self._random.gauss())) if jitter else duration_ns
        )

    def _fail_if_told(self, stage: str, text: str = "", *, n_cached: int = 0) -> None:
        if not self._script.failures:
            return
        self._calls[stage] += 1
        for failure in self._script.failures:
            if (
                failure.at == stage
                and self._calls[stage] > failure.after
                and failure.containing in text
                and (not failure.beyond_tokens or n_cached > failure.beyond_tokens)
                and not (failure.unless and (self._folder / failure.unless).exists())
            ):
                _misbehave(failure.how, stage)


def _misbehave(how: str, stage: str) -> None:
    if how == "slow":
        time.sleep(0.3)
    elif how == "raise":
        raise EngineError(f"the script makes {stage} fail")
    elif how == "bug":
        raise RuntimeError(f"the script breaks {stage}")
    elif how == "memory":
        bytearray(1 << 62)  # more than any machine has: refused at once, without taking any
    elif how == "hang":
        _hang()
    elif how == "exit":
        os._exit(3)
    elif how == "kill":
        os.kill(os.getpid(), getattr(signal, "SIGKILL", signal.SIGTERM))
    elif how == "abort":
        os.abort()


def _hang() -> NoReturn:
    while True:
        time.sleep(3600)
