"""Compare breakeven's prefill and decode rates with llama-bench's, interleaved A B B A on a quiet machine.

    python scripts/compare_llama_bench.py --llama-bench PATH/llama-bench MODEL.gguf… [--rounds 24]
        [-p 128] [-n 32] [-r 3] [--depths 0,1024] [--threads 1,2]

Build llama-bench from the `vendor/llama.cpp` of the same llama-cpp-python source distribution. In each round
both make each test in a process of its own: a rate depends by some per cent on what else a process holds
(llama-bench's pp128 @ d1024 on whether a second test follows). They take turns in going first, with the same
threads and context, and make the test `-r` times after a warm-up; the fastest counts, as what others take
from a shared host only ever slows one down. The ratio of a round is ours / llama-bench of that round, so slow
changes of the machine cancel. Printed: the median ratio and its 95 % interval over rounds for every model,
thread count, depth and test, and over all of them; and the ratio of our rate over the whole loop, which is
what llama-bench times, to that over the engine's calls alone.
"""

import json
import sys
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from itertools import product
from pathlib import Path
from statistics import median
from typing import NamedTuple

from bench.engines.protocol import EngineSettings
from bench.measure.speed_test import SpeedTest
from bench.units import seconds
from bench.worker.parent import Worker
from bench.worker.protocol import Load, Timed
from command_line import numbers, output_of, parser_of
from ratios import in_turn, ratio_told

TIMEOUT_S = 600.0
WARM_UP = SpeedTest(n_gen=16)


class Case(NamedTuple):
    model: Path
    n_threads: int
    test: SpeedTest
    n_repetitions: int

    @property
    def settings(self) -> EngineSettings:
        n_tokens = self.test.n_depth + self.test.n_prompt + self.test.n_gen  # llama-bench's context
        return EngineSettings(
            n_ctx=-(-n_tokens // 256) * 256, n_threads=self.n_threads, n_threads_batch=self.n_threads
        )

    def __str__(self) -> str:
        return f"{self.model.stem} t{self.n_threads} {self.test.name}"


def ours(case: Case) -> tuple[float, float]:
    """Tokens per second over the loop of the fastest, and over its calls."""
    test = case.test
    with Worker.start() as worker:
        worker.call(Load(str(case.model), case.settings), timeout_s=TIMEOUT_S)
        worker.call((test if test.n_prompt else WARM_UP).command(0), timeout_s=TIMEOUT_S)
        timed: list[Timed] = [
            worker.call(test.command(1 + seed), timeout_s=TIMEOUT_S) for seed in range(case.n_repetitions)
        ]
    return max((one.n_tokens / one.window.length_s, one.n_tokens / seconds(one.calls_ns)) for one in timed)


def llama_bench(program: Path, case: Case) -> float:
    """Tokens per second of its fastest sample; it warms up once before."""
    test = case.test
    words = {
        "-m": case.model, "-p": test.n_prompt, "-n": test.n_gen, "-d": test.n_depth, "-t": case.n_threads,
        "-r": case.n_repetitions, "-o": "json",
    }  # fmt: skip
    (point,) = json.loads(output_of(program, words))
    fastest: float = max(point["samples_ts"])
    return fastest


def main(arguments: Sequence[str] | None = None) -> int:
    parser = parser_of(__doc__)
    parser.add_argument("models", type=Path, nargs="+")
    parser.add_argument("--llama-bench", type=Path, required=True)
    parser.add_argument("--rounds", type=int, default=24)
    parser.add_argument("-p", type=int, default=128)
    parser.add_argument("-n", type=int, default=32)
    parser.add_argument("-r", type=int, default=3)
    parser.add_argument("--depths", default="0,1024")
    parser.add_argument("--threads", default="1,2")
    options = parser.parse_args(arguments)
    all_ratios: dict[str, list[float]] = {"prefill": [], "decode": []}
    for model, n_threads, n_depth, (phase, test) in product(
        options.models,
        numbers(options.threads),
        numbers(options.depths),
        (("prefill", SpeedTest(n_prompt=options.p)), ("decode", SpeedTest(n_gen=options.n))),
    ):
        case = Case(model, n_threads, replace(test, n_depth=n_depth), options.r)
        ratios, loops = [], []
        for number in range(options.rounds):
            (loop_rate, calls_rate), theirs = in_turn(
                number, partial(ours, case), partial(llama_bench, options.llama_bench, case)
            )
            ratios.append(loop_rate / theirs)
            loops.append(loop_rate / calls_rate)
        print(f"{ratio_told(str(case), ratios)}; loop / calls {median(loops):.4f}", flush=True)
        all_ratios[phase] += ratios
    for phase, values in all_ratios.items():
        print(ratio_told(f"all of {phase}", values))
    return 0


if __name__ == "__main__":
    sys.exit(main())
