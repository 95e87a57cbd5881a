"""Compare log-likelihoods of endings with an unbatched reference, and what is chosen item by item.

    python scripts/compare_log_likelihoods.py MODEL.gguf… [--task hellaswag] [--limit 20] [--to Q8_0,Q4_0]
        [--within 0.01] [--threads 2]

Ours is `breakeven eval`'s own way: the worker, its settings for quality, groups of the same size. The
reference is written here on llama.cpp's C interface alone: each ending is evaluated with its context in one
sequence on an empty cache, nothing is shared, and the softmax is taken in float64. Two references are made:
one with the same kinds of cache, which must agree, and one with caches of halves, whose attention goes by
tiles: what those two differ by is the noise of the engine's own kernels, which no batching can undercut.

A reference's batch is filled up to a multiple of 16 tokens: what follows the last token cannot change it, but
llama.cpp's repacked kernels round what is left over of a batch otherwise than the others.

Ends with 1 when an ending differs by more than `--within`, or a choice flips that was not called a near-tie.
"""

import ctypes
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import llama_cpp
import numpy as np

from bench.commands.acquire import Fetch
from bench.commands.deployed import choice_settings
from bench.commands.plan import GROUP_SIZE
from bench.commands.reporter import Silent
from bench.engines.gguf import read_header
from bench.engines.gguf_types import TENSOR_TYPES
from bench.engines.protocol import EngineSettings
from bench.records.types import ItemResult
from bench.stats import percentile
from bench.tasks import open_task
from bench.tasks.evaluate import choices_for, score_choices
from bench.tasks.types import Item, Task
from bench.worker.parent import Worker
from bench.worker.protocol import Choice, Load, ScoreChoices
from command_line import parser_of
from quantized import quantized

TIMEOUT_S = 3600.0
N_CTX = 4096
FILL = 16  # tokens that the repacked kernels take at once with AVX-512; 4 without
TYPE_IDS = {name.lower(): number for number, (name, _, _) in TENSOR_TYPES.items()}


@dataclass(frozen=True)
class Scored:
    results: list[ItemResult]
    logprobs: list[tuple[float, ...]]


def ours(model: Path, task: Task, items: Sequence[Item], settings: EngineSettings) -> Scored:
    results: list[ItemResult] = []
    size = GROUP_SIZE["choice"]
    with Worker.start() as worker:
        worker.call(Load(str(model), settings), timeout_s=TIMEOUT_S)
        for start in range(0, len(items), size):
            group = items[start : start + size]
            scored = worker.call(ScoreChoices(choices_for(task, group)), timeout_s=TIMEOUT_S)
            results += score_choices(task, group, scored.scores)
    for result in results:
        if result.logprobs is None:
            raise SystemExit(f"{result.item_id} was not scored: {result.reason}")
    return Scored(results, [result.logprobs or () for result in results])


class Reference:
    """One model on an empty cache, a sequence at a time, without anything of ours in between."""

    def __init__(self, model: Path, settings: EngineSettings) -> None:
        llama_cpp.llama_log_set(_silent, ctypes.c_void_p(0))
        llama_cpp.llama_backend_init()
        held = llama_cpp.llama_model_default_params()
        held.n_gpu_layers = 0
        self._model = llama_cpp.llama_model_load_from_file(str(model).encode(), held)
        if not self._model:
            raise SystemExit(f"{model} cannot be loaded")
        self._vocabulary = llama_cpp.llama_model_get_vocab(self._model)
        self._n_vocab = llama_cpp.llama_vocab_n_tokens(self._vocabulary)
        params = llama_cpp.llama_context_default_params()
        params.n_ctx, params.n_batch, params.n_ubatch, params.n_seq_max = N_CTX, N_CTX, 512, 1
        params.n_threads = params.n_threads_batch = settings.n_threads
        params.type_k, params.type_v = TYPE_IDS[settings.type_k], TYPE_IDS[settings.type_v]
        self._context = llama_cpp.llama_init_from_model(self._model, params)
        if not self._context:
            raise SystemExit("the engine makes no context for the reference")

    def close(self) -> None:
        llama_cpp.llama_free(self._context)
        llama_cpp.llama_model_free(self._model)

    def score(self, choice: Choice) -> tuple[float, ...]:
        """Sum of the log-probabilities of each ending's tokens; spaces before an ending belong to it."""
        text = choice.context.rstrip(" ")
        spaces = choice.context[len(text) :]
        n_context = len(self._tokens(text))
        return tuple(self._score(self._tokens(text + spaces + one), n_context) for one in choice.endings)

    def _tokens(self, text: str) -> list[int]:
        data = text.encode()
        room = (ctypes.c_int32 * (len(data) + 8))()
        n = llama_cpp.llama_tokenize(self._vocabulary, data, len(data), room, len(room), True, False)
        return list(room[:n])

    def _score(self, tokens: list[int], n_context: int) -> float:
        n = len(tokens) - 1
        n_filled = n + -n % FILL
        llama_cpp.llama_memory_clear(llama_cpp.llama_get_memory(self._context), True)
        batch = llama_cpp.llama_batch_init(n_filled, 0, 1)
        batch.n_tokens = n_filled
        for at in range(n_filled):
            batch.token[at] = tokens[min(at, n)]
            batch.pos[at], batch.n_seq_id[at], batch.seq_id[at][0] = at, 1, 0
            batch.logits[at] = n_context - 1 <= at < n
        if llama_cpp.llama_decode(self._context, batch):
            raise SystemExit("the engine cannot evaluate the reference's batch")
        total = 0.0
        for at in range(n_context - 1, n):
            address = llama_cpp.llama_get_logits_ith(self._context, at)
            row = np.ctypeslib.as_array(address, (self._n_vocab,)).astype(np.float64)
            row -= row.max()
            total += float(row[tokens[at + 1]] - np.log(np.exp(row).sum()))
        llama_cpp.llama_batch_free(batch)
        return total


@llama_cpp.llama_log_callback  # type: ignore[untyped-decorator]  # as ctypes makes it
def _silent(*_: object) -> None:
    pass


def chosen(sums: Sequence[Sequence[float]], items: Sequence[Item], *, per_byte: bool) -> list[int]:
    """The ending of each item that lm-evaluation-harness's ``acc_norm`` takes, or its ``acc``."""
    lengths = [[len(one.encode()) if per_byte else 1 for one in item.endings] for item in items]
    return [int(np.argmax(np.divide(row, by))) for row, by in zip(sums, lengths, strict=True)]


def compare(name: str, model: Path, task: Task, items: Sequence[Item], n_threads: int) -> tuple[float, int]:
    """Print what was found; the largest difference, and the flips that were not called near-ties."""
    deployed = EngineSettings(n_ctx=N_CTX, n_threads=n_threads, n_threads_batch=n_threads)
    settings = choice_settings(deployed, read_header(model))
    choices = choices_for(task, items)
    scored = ours(model, task, items, settings)
    made = {"the same caches": settings, "caches of halves": replace(settings, type_v="f16")}
    worst, n_unflagged = 0.0, 0
    for kind, held in made.items():
        reference = Reference(model, held)
        alone = [reference.score(choice) for choice in choices]
        reference.close()
        off = np.abs(
            np.concatenate([np.subtract(*pair) for pair in zip(scored.logprobs, alone, strict=True)])
        )
        sizes = ", ".join(f"{q} % {percentile(off.tolist(), q):.2e}" for q in (50, 90, 99))
        print(f"{name}, against {kind}: {len(off)} endings differ by {sizes}, at most {off.max():.2e} nats")
        for how in ("acc_norm", "acc"):
            mine, theirs = (
                chosen(sums, items, per_byte=how == "acc_norm") for sums in (scored.logprobs, alone)
            )
            right = [
                sum(a == item.expected for a, item in zip(p, items, strict=True)) for p in (mine, theirs)
            ]
            flips = [at for at, pair in enumerate(zip(mine, theirs, strict=True)) if pair[0] != pair[1]]
            print(f"  {how}: ours {right[0]} of {len(items)} right, theirs {right[1]}; {len(flips)} flips")
            if how == ("acc" if task.score_by == "raw" else "acc_norm"):
                ties = {at for at, result in enumerate(scored.results) if result.is_near_tie}
                unflagged = [at for at in flips if at not in ties]
                print(f"    {len(ties)} near-ties, {len(unflagged)} flips that were none", flush=True)
                if held == settings:
                    n_unflagged = len(unflagged)
                    outcomes = [result.outcome == "right" for result in scored.results]
                    assert outcomes == [a == item.expected for a, item in zip(mine, items, strict=True)]
        if held == settings:
            worst = float(off.max())
    return worst, n_unflagged


def main(arguments: Sequence[str] | None = None) -> int:
    parser = parser_of(__doc__)
    parser.add_argument("models", nargs="+", type=Path, metavar="MODEL.gguf")
    parser.add_argument("--task", default="hellaswag", help="a choice task's name, or an own task file")
    parser.add_argument("--limit", type=int, default=20)
    parser.add_argument("--to", default="", help="also quantized so, comma-separated")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--within", type=float, default=1e-2)
    asked = parser.parse_args(arguments)
    task = open_task(asked.task, Fetch(Silent(), False))
    items = task.items[: asked.limit]
    worst, n_unflagged = 0.0, 0
    with tempfile.TemporaryDirectory() as folder:
        for model in asked.models:
            for ftype in (None, *filter(None, asked.to.split(","))):
                held = model if ftype is None else quantized(model, ftype, Path(folder), asked.threads)
                off, missed = compare(held.stem, held, task, items, asked.threads)
                worst, n_unflagged = max(worst, off), n_unflagged + missed
    print(f"largest difference {worst:.2e} nats, {n_unflagged} flips that were no near-ties")
    return int(worst > asked.within or n_unflagged > 0)


if __name__ == "__main__":
    sys.exit(main())
