"""Compare batched decoding and prefill with llama-batched-bench's, interleaved on a quiet machine.

    python scripts/compare_batched_bench.py --llama-batched-bench PATH/llama-batched-bench MODEL.gguf
        [--parallel 1,8,16] [--rounds 8] [-r 3] [--threads 2]

Both sides prefill 16 tokens a sequence and decode 64, in caches of the same kind (`kv_unified` off, which is
the default of both). In each round both are processes of their own, and of `-r` times the fastest counts, as
in compare_llama_bench.py. A round's ratio is ours / theirs; printed are the median and its 95 % interval.
"""

import json
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from bench.engines.protocol import EngineSettings
from bench.measure.speed_test import SpeedTest
from bench.worker.parent import Worker
from bench.worker.protocol import Load, Timed
from command_line import numbers, output_of, parser_of
from ratios import in_turn, ratio_told

N_PROMPT, N_GEN, N_BATCH = 16, 64, 512
TIMEOUT_S = 600.0
Rates = dict[int, tuple[float, float]]  # sequences -> prefill, decode


def ours(model: Path, parallel: Sequence[int], n_ctx: int, n_threads: int) -> Rates:
    settings = EngineSettings(
        n_ctx=n_ctx, n_batch=N_BATCH, n_ubatch=N_BATCH, n_threads=n_threads, n_threads_batch=n_threads,
        n_seq_max=max(parallel), kv_unified=False,
    )  # fmt: skip
    points = []
    with Worker.start() as worker:
        worker.call(Load(str(model), settings), timeout_s=TIMEOUT_S)
        for n in (1, *parallel):  # the first warms up
            # As theirs: decoding follows the prompts, so it starts at their depth.
            tests = (
                SpeedTest(n_prompt=N_PROMPT, n_parallel=n),
                SpeedTest(n_gen=N_GEN, n_depth=N_PROMPT, n_parallel=n),
            )
            timed: list[Timed] = [worker.call(test.command(1), timeout_s=TIMEOUT_S) for test in tests]
            prefill, decode = (one.n_tokens / one.window.length_s for one in timed)
            points.append((n, prefill, decode))
    return fastest(points[1:])


def batched_bench(program: Path, model: Path, parallel: Sequence[int], n_ctx: int, n_threads: int) -> Rates:
    words = {
        "-m": model, "-c": n_ctx, "-b": N_BATCH, "-ub": N_BATCH, "-npp": N_PROMPT, "-ntg": N_GEN,
        "-npl": ",".join(map(str, parallel)), "-t": n_threads, "--output-format": "jsonl",
    }  # fmt: skip
    points = [json.loads(line) for line in output_of(program, words).splitlines() if line.startswith("{")]
    return fastest([(point["pl"], point["speed_pp"], point["speed_tg"]) for point in points])


def fastest(points: Sequence[tuple[int, float, float]]) -> Rates:
    rates: Rates = {}
    for n, prefill, decode in points:
        before = rates.get(n, (0.0, 0.0))
        rates[n] = max(prefill, before[0]), max(decode, before[1])
    return rates


def main(arguments: Sequence[str] | None = None) -> int:
    parser = parser_of(__doc__)
    parser.add_argument("model", type=Path)
    parser.add_argument("--llama-batched-bench", type=Path, required=True)
    parser.add_argument("--parallel", default="1,8,16")
    parser.add_argument("--rounds", type=int, default=8)
    parser.add_argument("-r", type=int, default=3)
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args(arguments)
    parallel = numbers(options.parallel) * options.r
    way = options.model, parallel, max(parallel) * 256, options.threads
    ratios: dict[str, list[float]] = {}
    for round_number in range(options.rounds):
        mine, theirs = in_turn(
            round_number, partial(ours, *way), partial(batched_bench, options.llama_batched_bench, *way)
        )
        for n, pair in mine.items():
            for phase, rate, other in zip(("prefill", "decode"), pair, theirs[n], strict=True):
                ratios.setdefault(f"{phase} x{n}", []).append(rate / other)
                print(f"round {round_number + 1}: {phase} x{n}: {rate:.1f} / {other:.1f}", flush=True)
    for name, values in ratios.items():
        print(ratio_told(name, values))
    return 0


if __name__ == "__main__":
    sys.exit(main())
