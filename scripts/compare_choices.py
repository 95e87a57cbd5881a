"""Compare the scoring of multiple choice with what it must cost at least, and with llama-perplexity's.

    python scripts/compare_choices.py MODEL.gguf [--what tokens,ceiling,shots,perplexity] [--limit 100]
        [--rounds 8] [--threads 2]
        [--llama-perplexity PATH/llama-perplexity] [--sweep 4:128:512,16:64:1024,…]

- tokens: of each choice task, tokens evaluated over distinct token prefixes, the fewest that any scheme must.
- ceiling: HellaSwag's distinct tokens a second over the engine's own prefill rate in the same worker: prompts
  of a physical batch, after as many as the items' shared opening has. A prompt asks for one row of logits,
  and an item for a row of nearly every token of its endings: this is not in the ceiling.
- shots: as ceiling, for MMLU with five items held out as worked examples before all others.
- perplexity: HellaSwag items a second over llama-perplexity's at its best of `--sweep`: sequences (`-np`),
  the context of each (`-c`), batch (`-b`). Loading is not timed on either side.

Comparisons are interleaved A B B A; printed are the median ratio and its 95 % interval. For a quiet machine.
Build llama-perplexity from the `vendor/llama.cpp` of the same llama-cpp-python source distribution.
"""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from bench.commands.acquire import Fetch
from bench.commands.deployed import choice_settings
from bench.commands.plan import GROUP_SIZE
from bench.commands.reporter import Silent
from bench.engines.gguf import read_header
from bench.engines.protocol import EngineSettings, Prompt
from bench.tasks import open_task
from bench.tasks.evaluate import choices_for
from bench.tasks.plan import plan, with_shots
from bench.tasks.types import Item
from bench.tasks.witnesses import witnesses
from bench.worker.parent import Worker
from bench.worker.protocol import Choice, CountTokens, Load, ScoreChoices, TimePrefill
from command_line import parser_of
from ratios import in_turn, ratio_told

TIMEOUT_S = 1800.0
CHOICE_TASKS = ("hellaswag", "truthfulqa", "mmlu")
SWEEP = "4:64:512,4:256:512,4:512:2048,8:128:1024,16:64:1024,32:32:1024,32:64:2048,64:32:2048"
STARTED, ENDED = "calculating hellaswag score", "%\t["


@dataclass(frozen=True)
class Asked:
    """A task's first items, as a run scores them."""

    items: tuple[Item, ...]
    groups: tuple[tuple[Choice, ...], ...]
    head_of: tuple[str, ...]


@dataclass(frozen=True)
class Tally:
    seconds: float
    n_evaluated: int
    n_unique: int


@dataclass(frozen=True)
class Theirs:
    """llama-perplexity over a file of items."""

    program: Path
    model: Path
    items: Path
    n_items: int
    n_threads: int

    def seconds(self, n_sequences: int, n_ctx: int, n_batch: int) -> float:
        """From the first item to the last; not finite where the items do not fit."""
        words = [
            self.program, "-m", self.model, "-t", self.n_threads, "-ngl", 0,
            "-f", self.items, "--hellaswag", "--hellaswag-tasks", self.n_items,
            "-np", n_sequences, "-c", n_ctx, "-b", n_batch,
        ]  # fmt: skip
        start_s = end_s = float("nan")
        n_done = 0
        with subprocess.Popen(
            [str(word) for word in words], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        ) as process:
            assert process.stdout is not None
            for line in process.stdout:
                if STARTED in line:
                    start_s = time.perf_counter()
                elif ENDED in line:
                    end_s, n_done = time.perf_counter(), n_done + 1
        return end_s - start_s if n_done == self.n_items else float("inf")


def asked_of(name: str, limit: int, n_shots: int = 0) -> Asked:
    task = open_task(name, Fetch(Silent(), False))
    if n_shots:
        task = with_shots(task, n_shots, seed=0)
    planned = plan(task, budget_s=None, seed=0, limit=limit, group_size=GROUP_SIZE["choice"])
    groups = tuple(choices_for(task, group) for group in planned.groups)
    return Asked(planned.items, groups, witnesses([one.context for group in groups for one in group]))


def score(worker: Worker, asked: Asked) -> Tally:
    """All groups once; timed from the first command to the last reply."""
    n_evaluated = n_unique = 0
    start_s = time.perf_counter()
    for group in asked.groups:
        scored = worker.call(ScoreChoices(group, asked.head_of), timeout_s=TIMEOUT_S)
        errors = [one.error for one in scored.scores if one.error]
        if errors:
            raise SystemExit(f"an item was not scored: {errors[0]}")
        n_evaluated += scored.n_evaluated
        n_unique += scored.n_unique_prefix_tokens
    return Tally(time.perf_counter() - start_s, n_evaluated, n_unique)


def prefill_rate(worker: Worker, n_tokens: int, n_depth: int, n_times: int) -> float:
    timed = [
        worker.call(TimePrefill(n_tokens, seed, n_depth), timeout_s=TIMEOUT_S) for seed in range(n_times)
    ]
    return n_tokens * n_times / sum(one.window.length_s for one in timed)


def token_rate(worker: Worker, asked: Asked) -> float:
    """Distinct tokens a second, the shared opening evaluated before: a measured prefill took its place."""
    worker.call(ScoreChoices((), asked.head_of), timeout_s=TIMEOUT_S)
    tally = score(worker, asked)
    return tally.n_unique / tally.seconds


def compare(name: str, mine: Callable[[], float], other: Callable[[], float], n_rounds: int) -> None:
    """Ratios of rates, the two in alternating order."""
    ratios = []
    for number in range(n_rounds):
        rate, base = in_turn(number, mine, other)
        ratios.append(rate / base)
        print(f"{name}: round {number + 1}: {rate:.4g} / {base:.4g} = {ratios[-1]:.3f}", flush=True)
    print(ratio_told(name, ratios), flush=True)


def compare_with_ceiling(
    worker: Worker, name: str, asked: Asked, settings: EngineSettings, n_rounds: int
) -> None:
    opening = os.path.commonprefix(asked.head_of)  # noqa: RUF071  # of characters
    n_depth = 0
    if opening:
        n_depth = worker.call(CountTokens((Prompt(text=opening),)), timeout_s=TIMEOUT_S).n_tokens
    tally = score(worker, asked)  # warms up
    n_times = max(1, round(tally.n_unique / settings.n_ubatch / 2))  # half as long as the items
    ceiling = partial(prefill_rate, worker, settings.n_ubatch, n_depth, n_times)
    ceiling()
    compare(f"{name} after {n_depth} tokens / pp{settings.n_ubatch}",
            partial(token_rate, worker, asked), ceiling, n_rounds)  # fmt: skip


def compare_with_perplexity(
    worker: Worker, asked: Asked, theirs: Theirs, sweep: Sequence[str], n_rounds: int
) -> None:
    found = {}
    for words in sweep:
        n_sequences, n_ctx, n_batch = map(int, words.split(":"))
        found[words] = theirs.seconds(n_sequences, n_ctx, n_batch)
        print(
            f"llama-perplexity at -np:-c:-b {words}: {theirs.n_items / found[words]:.3f} items/s", flush=True
        )
    best = min(found, key=found.__getitem__)
    score(worker, asked)  # warms up
    compare(f"HellaSwag items/s / llama-perplexity at {best}",
            lambda: len(asked.items) / score(worker, asked).seconds,
            lambda: theirs.n_items / theirs.seconds(*map(int, best.split(":"))), n_rounds)  # fmt: skip


def write_for_perplexity(items: Sequence[Item], path: Path) -> None:
    """Six lines an item: context, number of the right ending, four endings; it puts the space itself."""
    lines = []
    for item in items:
        texts = [item.prompt.text or "", str(item.expected), *(one.removeprefix(" ") for one in item.endings)]
        lines += [" ".join(text.splitlines()) for text in texts]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def main(arguments: Sequence[str] | None = None) -> int:
    parser = parser_of(__doc__)
    parser.add_argument("model", type=Path)
    parser.add_argument("--what", default="tokens,ceiling,shots,perplexity")
    parser.add_argument("--limit", type=int, default=100)
    parser.add_argument("--rounds", type=int, default=8)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--llama-perplexity", type=Path)
    parser.add_argument("--sweep", default=SWEEP)
    options = parser.parse_args(arguments)
    wanted = options.what.split(",")
    if "perplexity" in wanted and options.llama_perplexity is None:
        parser.error("--llama-perplexity tells where the program is")
    deployed = EngineSettings(n_threads=options.threads, n_threads_batch=options.threads)
    settings = choice_settings(deployed, read_header(options.model))
    with Worker.start() as worker:
        worker.call(Load(str(options.model), settings), timeout_s=TIMEOUT_S)
        for name in CHOICE_TASKS if "tokens" in wanted else ():
            tally = score(worker, asked_of(name, options.limit))
            print(f"{name}: {tally.n_evaluated} tokens evaluated, {tally.n_unique} distinct: "
                  f"{tally.n_evaluated / tally.n_unique:.4f}", flush=True)  # fmt: skip
        if "ceiling" in wanted:
            asked = asked_of("hellaswag", options.limit)
            compare_with_ceiling(worker, "hellaswag", asked, settings, options.rounds)
        if "shots" in wanted:
            asked = asked_of("mmlu", options.limit, n_shots=5)
            compare_with_ceiling(worker, "mmlu, 5 shots,", asked, settings, options.rounds)
        if "perplexity" in wanted:
            asked = asked_of("hellaswag", options.limit)
            with tempfile.TemporaryDirectory() as folder:
                path = Path(folder) / "items.txt"
                write_for_perplexity(asked.items, path)
                theirs = Theirs(
                    options.llama_perplexity, options.model, path, len(asked.items), options.threads
                )
                compare_with_perplexity(worker, asked, theirs, options.sweep.split(","), options.rounds)
    return 0


if __name__ == "__main__":
    sys.exit(main())
