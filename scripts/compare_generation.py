"""Compare quality generation with llama-batched-bench and llama-server, interleaved on a quiet machine.

    python scripts/compare_generation.py --llama-batched-bench PATH/llama-batched-bench
        --llama-server PATH/llama-server MODEL.gguf [--task gsm8k] [--items 32] [--tokens 96] [--rounds 8]
        [--slots 1,4,8,16,32] [--threads 2]

Build both from the `vendor/llama.cpp` of the same llama-cpp-python source distribution, and put the folder of
the wheel's libraries first in LD_LIBRARY_PATH: then all sides compute by the same code.

All sides answer the same items, greedily, with at most `--tokens` tokens each; an answer that ends earlier
does so on every side, and the share of those that ran to the limit is printed. Ours are the commands that
`breakeven eval` sends, in its groups and its settings. llama-server gets the prompts that its own rendering
of the template makes of the same messages, two requests more than it has slots at any time, and may keep
openings from one request of a pass to the next, as we do; between passes its slots are emptied. Its prompts
must have as many tokens as ours.

Prefill and decode are told apart alike on both sides: a pass with a limit of one token is prefill (prompt
tokens / its time), and what a full pass takes longer is decode (all output tokens but each answer's first /
the difference). "Whole" is output tokens / the full pass. llama-batched-bench evaluates as many sequences as
we have, each with the mean length of our prompts, and decodes `--tokens` with all of them: none of its
answers ends or begins meanwhile. A round's ratio is ours / theirs; printed are the median, its 95 % interval
and the target.
"""

import contextlib
import json
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from statistics import median

from bench.catalog.models import load_models
from bench.commands.options import EvalOptions
from bench.commands.plan import ModelJob, answer_settings, plan_jobs
from bench.commands.quality import generation_of, longest_prompt
from bench.commands.reporter import Silent
from bench.engines.protocol import EngineSettings, Prompt
from bench.tasks.evaluate import prompts_for
from bench.tasks.witnesses import witnesses
from bench.worker.parent import Worker
from bench.worker.protocol import Load, Reopen
from command_line import numbers, output_of, parser_of
from llama_server import Server
from passes import Answered, Pass, Rates, rates_of, timed
from ratios import ratio_told

TIMEOUT_S = 1800.0
N_CTX_STEP = 256  # the cache's own step
COMPARED_SLOTS = 8
COMPARED_SEQUENCES = 16


def our_pass(worker: Worker, job: ModelJob, max_tokens: int) -> Pass:
    """Every group, as ``breakeven eval`` asks for it."""
    task = replace(job.tasks[0], task=replace(job.tasks[0].task, max_tokens=max_tokens))

    head_of = witnesses(prompts_for(task.task, task.plan.items, prompting=task.prompting))

    def answer() -> Iterator[Answered]:
        for group in task.plan.groups:
            for one in worker.call(generation_of(task, group, head_of), timeout_s=TIMEOUT_S).completions:
                if one.error is not None:
                    raise SystemExit(f"an item cannot be asked: {one.error}")
                yield Answered(one.n_prompt_tokens, one.n_output_tokens, one.truncated)

    return timed(lambda: list(answer()))


def batched_bench(program: Path, model: Path, settings: EngineSettings, n_prompt: int, n_gen: int) -> Rates:
    """One prompt alone warms it up; then all sequences at once."""
    n = COMPARED_SEQUENCES
    words = {
        "-m": model, "-c": n * rounded(n_prompt + n_gen), "-b": settings.n_batch, "-ub": settings.n_ubatch,
        "-npp": n_prompt, "-ntg": n_gen, "-npl": f"1,{n}", "-t": settings.n_threads,
        "-tb": settings.n_threads_batch, "--output-format": "jsonl",
    }  # fmt: skip
    return batched_rates(output_of(program, words), n)


def batched_rates(output: str, n_sequences: int) -> Rates:
    """The point of so many sequences among the lines that llama-batched-bench prints."""
    points = [json.loads(line) for line in output.splitlines() if line.startswith("{")]
    for point in points:
        if point["pl"] == n_sequences:
            return {"prefill": point["speed_pp"], "decode": point["speed_tg"]}
    raise SystemExit(f"llama-batched-bench measured no {n_sequences} sequences")


def rounded(n_tokens: int) -> int:
    return -(-n_tokens // N_CTX_STEP) * N_CTX_STEP


@dataclass(frozen=True, slots=True)
class Comparison:
    batched_bench: Path
    server: Path
    job: ModelJob
    max_tokens: int

    @property
    def model(self) -> Path:
        return self.job.acquired.path

    def settings_for(self, worker: Worker) -> EngineSettings:
        """As `breakeven eval` holds the model for these answers."""
        task = self.job.tasks[0]
        limited = replace(task, task=replace(task.task, max_tokens=self.max_tokens))
        return answer_settings(self.job, limited, longest_prompt(worker, task))

    @property
    def stop(self) -> Sequence[str]:
        return self.job.tasks[0].task.stop

    def prompts(self) -> list[Prompt]:
        task = self.job.tasks[0]
        return [prompt for group in task.plan.groups for prompt in generation_of(task, group).prompts]

    def ours(self, worker: Worker) -> Rates:
        first = our_pass(worker, self.job, 1)
        full = our_pass(worker, self.job, self.max_tokens)
        print(f"  breakeven: {full}", flush=True)
        return rates_of(first, full)

    def batched(self, n_prompt: int) -> Rates:
        settings = self.job.quality_settings
        return batched_bench(self.batched_bench, self.model, settings, n_prompt, self.max_tokens)

    def serving(self, n_slots: int, n_longest: int) -> Server:
        n_ctx = rounded(n_longest + self.max_tokens + 1)
        settings = self.job.quality_settings
        return Server(self.server, self.model, settings, n_slots=n_slots, n_ctx_slot=n_ctx)

    def served(self, server: Server, texts: Sequence[str], name: str) -> Rates:
        first = server.ask(texts, 1, self.stop)
        full = server.ask(texts, self.max_tokens, self.stop)
        print(f"  {name}: {full}", flush=True)
        return rates_of(first, full)

    def best_slots(self, choices: Sequence[int], n_longest: int, n_prompt: int) -> int:
        """The count of slots with the highest whole rate, each tried once after a warm-up."""
        rates = {}
        for n_slots in choices:
            with self.serving(n_slots, n_longest) as server:
                texts = server.rendered(self.prompts())
                warm = server.ask(texts, 1, self.stop)
                if warm.n_prompt != n_prompt:
                    raise SystemExit(f"llama-server sees {warm.n_prompt} prompt tokens, we see {n_prompt}")
                rates[n_slots] = server.ask(texts, self.max_tokens, self.stop).whole
            print(f"{server_name(n_slots)}: {rates[n_slots]:.1f} output token/s", flush=True)
        return max(rates, key=lambda n_slots: rates[n_slots])

    def run(self, worker: Worker, n_rounds: int, slots: Sequence[int]) -> tuple[dict[str, list[float]], int]:
        """Ratios of ours to every other side, one of each a round, by phase and side; the best slot count."""
        warm = our_pass(worker, self.job, 1)
        n_longest = max(answer.n_prompt for answer in warm.answers)
        best = self.best_slots(slots, n_longest, warm.n_prompt)
        ratios: dict[str, list[float]] = {}
        with contextlib.ExitStack() as stack:
            sides: dict[str, Callable[[], Rates]] = {
                "breakeven": partial(self.ours, worker),
                "llama-batched-bench": partial(self.batched, round(warm.n_prompt / len(warm.answers))),
            }
            for n_slots in {COMPARED_SLOTS: 0, best: 0}:
                server = stack.enter_context(self.serving(n_slots, n_longest))
                texts = server.rendered(self.prompts())
                server.ask(texts, 1, self.stop)  # warms up
                name = server_name(n_slots)
                sides[name] = partial(self.served, server, texts, name)
            for number in range(n_rounds):
                print(f"round {number + 1}", flush=True)
                order = list(sides) if number % 2 == 0 else list(sides)[::-1]
                found = {name: sides[name]() for name in order}
                for name, mine, theirs in against(found):
                    ratios.setdefault(name, []).append(mine / theirs)
                    print(f"  {name}: {mine:.1f} / {theirs:.1f} token/s", flush=True)
        return ratios, best


def server_name(n_slots: int) -> str:
    return f"llama-server -np {n_slots}"


def against(found: dict[str, Rates]) -> Iterator[tuple[str, float, float]]:
    """Each phase against each side, where both tell it: its name, our rate and theirs."""
    mine = found["breakeven"]
    for side, theirs in found.items():
        if side != "breakeven":
            for phase in (phase for phase in theirs if phase in mine):
                yield f"{phase} / {side}", mine[phase], theirs[phase]


def targets(best_slots: int) -> dict[str, float]:
    """What the ratios are to reach; the higher one where a server with 8 slots is also the best."""
    return {
        "decode / llama-batched-bench": 0.97,
        f"whole / {server_name(best_slots)}": 1.0,
        f"whole / {server_name(COMPARED_SLOTS)}": 1.3,
    }


def conclusion(name: str, ratios: Sequence[float], target: float | None) -> str:
    """The median ratio with its interval; the target is reached when the median is."""
    said = ratio_told(name, ratios)
    if target is None:
        return said
    return f"{said}; target {target:.2f} {'reached' if median(ratios) >= target else 'MISSED'}"


def main(arguments: Sequence[str] | None = None) -> int:
    parser = parser_of(__doc__)
    parser.add_argument("model")
    parser.add_argument("--llama-batched-bench", type=Path, required=True)
    parser.add_argument("--llama-server", type=Path, required=True)
    parser.add_argument("--task", default="gsm8k")
    parser.add_argument("--items", type=int, default=32)
    parser.add_argument("--tokens", type=int, default=96)
    parser.add_argument("--rounds", type=int, default=8)
    parser.add_argument("--slots", type=numbers, default="1,4,8,16,32")
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args(arguments)
    asked = EvalOptions(
        models=(options.model,),
        tasks=(options.task,),
        limit=options.items,
        settings={"n_threads": options.threads, "n_threads_batch": options.threads},
    )
    (job,) = plan_jobs(asked, load_models(), Silent(), budget_s=None)
    if job.tasks[0].task.kind != "generate":
        parser.error(f"the items of {options.task} are scored by their endings: nothing is generated")
    comparison = Comparison(options.llama_batched_bench, options.llama_server, job, options.tokens)
    with Worker.start() as worker:
        worker.call(Load(str(comparison.model), job.quality_settings), timeout_s=TIMEOUT_S)
        held = comparison.settings_for(worker)
        print(f"ours: {held.n_seq_max} sequences, {held.n_ctx} cells, unified: {held.kv_unified}")
        worker.call(Reopen(held), timeout_s=TIMEOUT_S)
        ratios, best = comparison.run(worker, options.rounds, options.slots)
    for name, values in ratios.items():
        print(conclusion(name, values, targets(best).get(name)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
