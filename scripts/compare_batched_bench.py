"""Compare batched decoding and prefill with llama-batched-bench's, interleaved on a quiet machine.

    python scripts/compare_batched_bench.py --llama-batched-bench PATH/llama-batched-bench MODEL.gguf
        [--parallel 1,8,16] [--rounds 8] [--threads 2]

Both sides prefill 16 tokens a sequence and decode 64, in caches of the same kind (`kv_unified` off, which is
the default of both). A round's ratio is ours / theirs; printed are the median with its 95 % interval, and
the ratio of what the fastest rounds of both sides reach.
"""

import argparse
import json
import subprocess
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from bench.engines.protocol import EngineSettings
from bench.measure.speed_test import SpeedTest
from bench.units import seconds
from bench.worker.parent import Worker
from bench.worker.protocol import Load, Timed
from ratios import both_told, in_turn

N_PROMPT, N_GEN, N_BATCH = 16, 64, 512
TIMEOUT_S = 600.0
Rates = dict[int, tuple[float, float]]  # sequences -> prefill, decode


def ours(worker: Worker, parallel: Sequence[int]) -> Rates:
    rates = {}
    for n in parallel:
        pair = []
        # As theirs: decoding follows the prompts, so it starts at their depth.
        for test in (
            SpeedTest(n_prompt=N_PROMPT, n_parallel=n),
            SpeedTest(n_gen=N_GEN, n_depth=N_PROMPT, n_parallel=n),
        ):
            timed: Timed = worker.call(test.command(1), timeout_s=TIMEOUT_S)
            pair.append(timed.n_tokens / seconds(timed.window.end_ns - timed.window.start_ns))
        rates[n] = pair[0], pair[1]
    return rates


def batched_bench(program: Path, model: Path, parallel: Sequence[int], n_ctx: int, n_threads: int) -> Rates:
    words = {
        "-m": model, "-c": n_ctx, "-b": N_BATCH, "-ub": N_BATCH, "-npp": N_PROMPT, "-ntg": N_GEN,
        "-npl": ",".join(map(str, parallel)), "-t": n_threads, "--output-format": "jsonl",
    }  # fmt: skip
    command = [str(program), *(str(word) for pair in words.items() for word in pair)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    points = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    return {point["pl"]: (point["speed_pp"], point["speed_tg"]) for point in points}


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("model", type=Path)
    parser.add_argument("--llama-batched-bench", type=Path, required=True)
    parser.add_argument("--parallel", default="1,8,16")
    parser.add_argument("--rounds", type=int, default=8)
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args(arguments)
    parallel = [int(word) for word in options.parallel.split(",")]
    n_ctx = max(parallel) * 256
    settings = EngineSettings(
        n_ctx=n_ctx, n_batch=N_BATCH, n_ubatch=N_BATCH, n_threads=options.threads,
        n_threads_batch=options.threads, n_seq_max=max(parallel), kv_unified=False,
    )  # fmt: skip
    rates: dict[str, list[tuple[float, float]]] = {}
    with Worker.start() as worker:
        worker.call(Load(str(options.model), settings), timeout_s=TIMEOUT_S)
        our_side = partial(ours, worker, parallel)
        their_side = partial(
            batched_bench, options.llama_batched_bench, options.model, parallel, n_ctx, options.threads
        )
        our_side()  # warms up
        for round_number in range(options.rounds):
            mine, theirs = in_turn(round_number, our_side, their_side)
            for n, pair in mine.items():
                for phase, rate, other in zip(("prefill", "decode"), pair, theirs[n], strict=True):
                    rates.setdefault(f"{phase} x{n}", []).append((rate, other))
                    print(f"round {round_number + 1}: {phase} x{n}: {rate:.1f} / {other:.1f}", flush=True)
    for name, values in rates.items():
        print(both_told(name, values))
    return 0


if __name__ == "__main__":
    sys.exit(main())
