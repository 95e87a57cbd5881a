"""Compare breakeven's pp512 and tg128 with llama-bench's, interleaved A B B A on a quiet machine.

    python scripts/compare_llama_bench.py --llama-bench PATH/llama-bench --model FILE.gguf [--rounds 24]

Build llama-bench from the `vendor/llama.cpp` of the same llama-cpp-python source distribution. Each
round runs both once, in alternating order, with the same threads and repetitions, so short that the
machine changes little within it; the ratio
of a round is ours / llama-bench of that round, so slow changes of the machine cancel. Printed: the
median ratio, its 95 % interval over rounds, and every round.
"""

import argparse
import json
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median

from bench.engines.protocol import EngineSettings
from bench.stats import median_interval
from bench.units import seconds
from bench.worker.parent import Worker
from bench.worker.protocol import Load, TimeDecode, TimePrefill

Rates = dict[str, float]


def ours(worker: Worker, repetitions: int) -> Rates:
    """Median rates over ``repetitions`` after one warm-up each, tokens per second of the calls."""
    rates: Rates = {}
    for test, command in (("pp512", TimePrefill(512, 0)), ("tg128", TimeDecode(128, 0, 0))):
        timed = [worker.call(command, timeout_s=300) for _ in range(repetitions + 1)][1:]
        rates[test] = median(one.n_tokens / seconds(one.calls_ns) for one in timed)
    return rates


def llama_bench(program: Path, model: Path, threads: int, repetitions: int) -> Rates:
    """Median rates of llama-bench's own samples; it warms up once before each test."""
    command = [program, "-m", model, "-p", "512", "-n", "128", "-t", threads, "-r", repetitions, "-o", "json"]
    done = subprocess.run([str(word) for word in command], check=True, capture_output=True, text=True)
    return {
        f"pp{point['n_prompt']}" if point["n_prompt"] else f"tg{point['n_gen']}": median(point["samples_ts"])
        for point in json.loads(done.stdout)
    }


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--llama-bench", type=Path, required=True)
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--rounds", type=int, default=24)
    parser.add_argument("--repetitions", type=int, default=1)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--n-ctx", type=int, default=640, help="llama-bench sizes its context to the test")
    options = parser.parse_args(arguments)
    settings = EngineSettings(n_ctx=options.n_ctx, n_threads=options.threads, n_threads_batch=options.threads)
    ratios: dict[str, list[float]] = {"pp512": [], "tg128": []}
    with Worker.start() as worker:
        worker.call(Load(str(options.model), settings), timeout_s=120)
        sides: dict[str, Callable[[], Rates]] = {
            "ours": lambda: ours(worker, options.repetitions),
            "llama-bench": lambda: llama_bench(
                options.llama_bench, options.model, options.threads, options.repetitions
            ),
        }
        for round_number in range(options.rounds):
            order = list(sides) if round_number % 2 == 0 else list(reversed(sides))
            rates = {name: sides[name]() for name in order}
            for test, values in ratios.items():
                values.append(rates["ours"][test] / rates["llama-bench"][test])
            shown = "  ".join(
                f"{test}: {rates['ours'][test]:.1f} / {rates['llama-bench'][test]:.1f} = {values[-1]:.3f}"
                for test, values in ratios.items()
            )
            print(f"round {round_number + 1}: {shown}", flush=True)
    for test, values in ratios.items():
        middle, low, high = median_interval(values, 0.95)
        print(f"{test}: median ratio {middle:.3f} (95 %: {low:.3f} to {high:.3f}, {len(values)} rounds)")
    return 0


if __name__ == "__main__":
    sys.exit(main())
