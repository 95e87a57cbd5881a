"""How long a point takes to be known within 2 %, against llama-bench -r 5, interleaved on a quiet machine.

    python scripts/compare_time_to_result.py --llama-bench PATH/llama-bench MODEL.gguf [--rounds 8]

Ours is the adaptive measurement of one point on a loaded worker, warm-up included. Theirs is a whole process
less the time that a process takes which loads the model and does next to nothing. Printed per test: the
median of ours / theirs with its interval, what half-width ours reached, and with how many repetitions.
"""

import sys
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median

from bench.engines.protocol import EngineSettings
from bench.measure.speed import clean, measure_speed, rate
from bench.measure.speed_test import SpeedTest
from bench.meters.contention import ContentionMeter
from bench.meters.host import default_threads
from bench.stats import median_interval, relative_half_width
from bench.units import seconds
from bench.worker.parent import Worker
from bench.worker.protocol import Load
from command_line import output_of, parser_of
from ratios import in_turn

TESTS = (SpeedTest(n_prompt=512), SpeedTest(n_gen=128))


def llama_bench_s(program: Path, model: Path, n_threads: int, n_prompt: int, n_gen: int, n: int) -> float:
    words = {"-m": model, "-p": n_prompt, "-n": n_gen, "-t": n_threads, "-r": n}
    started_ns = time.perf_counter_ns()
    output_of(program, words)
    return seconds(time.perf_counter_ns() - started_ns)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = parser_of(__doc__)
    parser.add_argument("model", type=Path)
    parser.add_argument("--llama-bench", type=Path, required=True)
    parser.add_argument("--rounds", type=int, default=8)
    options = parser.parse_args(arguments)
    n_threads = default_threads()
    settings = EngineSettings(n_ctx=1024, n_threads=n_threads, n_threads_batch=n_threads)
    ratios: dict[str, list[float]] = {test.name: [] for test in TESTS}
    reached: dict[str, list[tuple[float | None, int]]] = {test.name: [] for test in TESTS}
    with Worker.start() as worker:
        worker.call(Load(str(options.model), settings), timeout_s=600)
        contention = ContentionMeter(worker.pid)
        for round_number in range(options.rounds):
            for test in TESTS:

                def ours(test: SpeedTest = test) -> float:
                    started_ns = time.perf_counter_ns()
                    point = measure_speed(worker, test, contention=contention, budget_s=60)
                    spent_s = seconds(time.perf_counter_ns() - started_ns)
                    rates = [rate(sample) for sample in clean(point.samples)]
                    reached[test.name].append((relative_half_width(rates), len(rates)))
                    return spent_s

                def theirs(test: SpeedTest = test) -> float:
                    bench, model = options.llama_bench, options.model
                    whole_s = llama_bench_s(bench, model, n_threads, test.n_prompt, test.n_gen, 5)
                    return whole_s - llama_bench_s(bench, model, n_threads, 0, 1, 1)

                ours_s, theirs_s = in_turn(round_number, ours, theirs)
                ratios[test.name].append(ours_s / theirs_s)
                print(f"round {round_number + 1}: {test.name}: {ours_s:.2f} s / {theirs_s:.2f} s", flush=True)
    for name, values in ratios.items():
        middle, low, high = median_interval(values)
        widths = [width for width, _ in reached[name] if width is not None]
        print(
            f"{name}: ours / llama-bench -r 5: {middle:.2f} (95 %: {low:.2f} to {high:.2f}, "
            f"{len(values)} rounds); ± {median(widths):.1%} reached with "
            f"{median(n for _, n in reached[name]):g} repetitions"
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
