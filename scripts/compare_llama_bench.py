"""Compare breakeven's prefill and decode rates with llama-bench's, interleaved A B B A on a quiet machine.

    python scripts/compare_llama_bench.py --llama-bench PATH/llama-bench MODEL.gguf… [--rounds 24]
        [-p 128] [-n 32] [--depths 0,1024] [--threads 1,2]

Build llama-bench from the `vendor/llama.cpp` of the same llama-cpp-python source distribution. In each round
both run the prompt and the steps once, after a warm-up, in alternating order, with the same threads and
context; the ratio of a round is ours / llama-bench of that round, so slow changes of the machine cancel. The
shorter the tests, the less a machine changes within a round. Printed: the median ratio and its 95 % interval
over rounds for every model, thread count and depth, and over all of them; the ratio of what the fastest
rounds of both sides reach; and that of our rate over the whole loop, which is what llama-bench times, to that
over the engine's calls alone.
"""

import argparse
import json
import subprocess
import sys
from collections.abc import Sequence
from functools import partial
from itertools import product
from pathlib import Path
from statistics import median
from typing import NamedTuple

from bench.engines.protocol import EngineSettings
from bench.measure.speed_test import SpeedTest
from bench.units import seconds
from bench.worker.parent import Worker
from bench.worker.protocol import Load, Reopen, Timed
from ratios import both_told, in_turn, ratio_told

TIMEOUT_S = 600.0
WARM_UP = SpeedTest(n_gen=16)


class Case(NamedTuple):
    model: Path
    n_prompt: int
    n_gen: int
    n_threads: int
    n_depth: int

    @property
    def tests(self) -> tuple[SpeedTest, SpeedTest]:
        return (
            SpeedTest(n_prompt=self.n_prompt, n_depth=self.n_depth),
            SpeedTest(n_gen=self.n_gen, n_depth=self.n_depth),
        )

    @property
    def settings(self) -> EngineSettings:
        # llama-bench sizes its context to the test; ours is that of the longer one.
        n_ctx = -(-(self.n_depth + max(self.n_prompt, self.n_gen)) // 256) * 256
        return EngineSettings(n_ctx=n_ctx, n_threads=self.n_threads, n_threads_batch=self.n_threads)

    def __str__(self) -> str:
        return f"{self.model.stem} t{self.n_threads}"


def ours(worker: Worker, case: Case) -> dict[str, tuple[float, float]]:
    """Test name -> tokens per second over the loop, and over the calls; each after a warm-up."""
    rates = {}
    for test in case.tests:
        warm_up = test if test.n_prompt else WARM_UP
        worker.call(warm_up.command(1), timeout_s=TIMEOUT_S)
        timed: Timed = worker.call(test.command(2), timeout_s=TIMEOUT_S)
        loop_ns = timed.window.end_ns - timed.window.start_ns
        rates[test.name] = timed.n_tokens / seconds(loop_ns), timed.n_tokens / seconds(timed.calls_ns)
    return rates


def llama_bench(program: Path, case: Case) -> dict[str, float]:
    """Test name -> tokens per second of its one sample; it warms up once before each test."""
    words = {
        "-m": case.model, "-p": case.n_prompt, "-n": case.n_gen, "-d": case.n_depth, "-t": case.n_threads,
        "-r": 1,
    }  # fmt: skip
    command = [str(program), *(str(word) for pair in words.items() for word in pair), "-o", "json"]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    rates = {}
    for point in json.loads(done.stdout):
        test = SpeedTest(point["n_prompt"], point["n_gen"], point["n_depth"])
        rates[test.name] = median(point["samples_ts"])
    return rates


def compare(
    worker: Worker, program: Path, case: Case, n_rounds: int
) -> tuple[dict[str, list[tuple[float, float]]], dict[str, list[float]]]:
    """By test and round: the rates of our loop and of llama-bench, and our loop's over that of our calls."""
    rates: dict[str, list[tuple[float, float]]] = {test.name: [] for test in case.tests}
    loops: dict[str, list[float]] = {test.name: [] for test in case.tests}
    for round_number in range(n_rounds):
        mine, theirs = in_turn(round_number, partial(ours, worker, case), partial(llama_bench, program, case))
        for test, (loop_rate, calls_rate) in mine.items():
            rates[test].append((loop_rate, theirs[test]))
            loops[test].append(loop_rate / calls_rate)
    return rates, loops


def numbers(text: str) -> list[int]:
    return [int(word) for word in text.split(",")]


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("models", type=Path, nargs="+")
    parser.add_argument("--llama-bench", type=Path, required=True)
    parser.add_argument("--rounds", type=int, default=24)
    parser.add_argument("-p", type=int, default=128)
    parser.add_argument("-n", type=int, default=32)
    parser.add_argument("--depths", default="0,1024")
    parser.add_argument("--threads", default="1,2")
    options = parser.parse_args(arguments)
    all_ratios: dict[str, list[float]] = {"prefill": [], "decode": []}
    for model in options.models:
        with Worker.start() as worker:
            ways = [
                Case(model, options.p, options.n, *one)
                for one in product(numbers(options.threads), numbers(options.depths))
            ]
            worker.call(Load(str(model), ways[0].settings), timeout_s=TIMEOUT_S)
            for case in ways:
                worker.call(Reopen(case.settings), timeout_s=TIMEOUT_S)
                rates, loops = compare(worker, options.llama_bench, case, options.rounds)
                for phase, test in zip(all_ratios, case.tests, strict=True):
                    loop = median(loops[test.name])
                    told = both_told(f"{case} {test.name}", rates[test.name])
                    print(f"{told}; loop / calls {loop:.4f}", flush=True)
                    all_ratios[phase] += [mine / theirs for mine, theirs in rates[test.name]]
    for phase, values in all_ratios.items():
        print(ratio_told(f"all of {phase}", values))
    return 0


if __name__ == "__main__":
    sys.exit(main())
