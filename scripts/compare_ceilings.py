"""Do the ceilings bound what models of several quantizations reach, and do they rank them rightly?

    python scripts/compare_ceilings.py MODEL.gguf [--types Q4_0,Q8_0,F16] [--threads 2] [--rounds 3]

MODEL is requantized to each type in a temporary folder. In each round every file's ceilings, pp512 and tg64
are measured in turn, on a quiet machine. Printed for each file: the best and the median of the ceilings over
rounds, and the best rates as shares of the best ceilings, none of which may exceed 1; then, for every type
against MODEL, the ratio of rates that the ceilings allow and the measured one. Memory's ceiling stands
beside a sum over a large array by as many threads of numpy, which knows nothing of ggml.
"""

import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from statistics import median

import numpy as np

from bench.engines.protocol import EngineSettings
from bench.engines.results import CeilingsFound, Timed
from bench.measure.speed_test import SpeedTest
from bench.units import MIB
from bench.worker.parent import Worker
from bench.worker.protocol import Load, MeasureCeilings, Quantize
from command_line import parser_of

TIMEOUT_S = 600.0
PREFILL, DECODE = SpeedTest(n_prompt=512), SpeedTest(n_gen=64)
GIGA = 1e9


def array_bytes_per_s(n_threads: int) -> float:
    """Reading 128 MiB a thread, the best of ten."""
    arrays = [np.ones(16 * MIB) for _ in range(n_threads)]
    best_s = float("inf")
    with ThreadPoolExecutor(n_threads) as threads:
        for _ in range(10):
            start_ns = time.perf_counter_ns()
            list(threads.map(np.add.reduce, arrays))
            best_s = min(best_s, (time.perf_counter_ns() - start_ns) / 1e9)
    return n_threads * 128 * MIB / best_s


class Findings:
    """Of one model file over all rounds; rates in token/s."""

    def __init__(self) -> None:
        self.ceilings: list[CeilingsFound] = []
        self.rates: dict[str, list[float]] = {PREFILL.name: [], DECODE.name: []}

    def add(self, path: Path, n_threads: int) -> None:
        settings = EngineSettings(n_ctx=1024, n_threads=n_threads, n_threads_batch=n_threads)
        with Worker.start() as worker:
            worker.call(Load(str(path), settings), timeout_s=TIMEOUT_S)
            self.ceilings.append(worker.call(MeasureCeilings(n_threads), timeout_s=TIMEOUT_S))
            for test in (PREFILL, DECODE):
                for seed in range(4):
                    timed: Timed = worker.call(test.command(seed), timeout_s=TIMEOUT_S)
                    self.rates[test.name].append(timed.n_tokens / timed.calls_ns * 1e9)

    @property
    def read_bytes_per_s(self) -> float:
        return max(one.read_bytes_per_s for one in self.ceilings)

    def kernels(self) -> dict[tuple[str, int], list[float]]:
        speeds: dict[tuple[str, int], list[float]] = {}
        for found in self.ceilings:
            for one in found.kernels:
                speeds.setdefault((one.tensor_type, one.n_tokens), []).append(one.flops_per_s)
        return speeds

    def most(self, test: SpeedTest) -> float:
        """Token/s that the best ceilings allow."""
        found, best = self.ceilings[0], {key: max(speeds) for key, speeds in self.kernels().items()}
        per_weight = {one.tensor_type: one.bytes_per_weight for one in found.kernels}
        total_s = 0.0
        for name, n_bytes in found.weight_bytes.items():
            if name not in per_weight:
                continue  # under 2 % of the weights
            if test is DECODE:
                compute_s = 2 * n_bytes / per_weight[name] / best[name, 1]
                total_s += max(compute_s, n_bytes / self.read_bytes_per_s)
            else:  # the weights are read once for 512 tokens, the output matrix meets one of them
                in_layers = n_bytes - found.output_bytes.get(name, 0)
                total_s += 2 * in_layers / per_weight[name] / best[name, 512]
        return 1 / total_s


def main() -> int:
    parser = parser_of(__doc__)
    parser.add_argument("model", type=Path)
    parser.add_argument("--types", default="Q4_0,Q8_0,F16")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=3)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        files = {"as it is": asked.model}
        with Worker.start() as worker:
            for name in asked.types.split(","):
                files[name] = Path(folder, f"{name}.gguf")
                command = Quantize(str(asked.model), str(files[name]), name, asked.threads)
                worker.call(command, timeout_s=TIMEOUT_S)
        findings = {name: Findings() for name in files}
        arrays = []
        for _ in range(asked.rounds):
            arrays.append(array_bytes_per_s(asked.threads) / GIGA)
            for name, path in files.items():
                findings[name].add(path, asked.threads)
    print(f"numpy reads {max(arrays):.1f} GB/s at best (median {median(arrays):.1f})")
    is_bound = True
    for name, found in findings.items():
        reads = [one.read_bytes_per_s / GIGA for one in found.ceilings]
        print(f"{name}: memory gives {max(reads):.1f} GB/s at best (median {median(reads):.1f})")
        for (kernel, n_tokens), speeds in found.kernels().items():
            best, middle = max(speeds) / GIGA, median(speeds) / GIGA
            print(f"    {kernel} with {n_tokens}: {best:.1f} GFLOP/s at best (median {middle:.1f})")
        for test in (PREFILL, DECODE):
            rate, most = max(found.rates[test.name]), found.most(test)
            is_bound &= rate <= most
            print(f"    {test.name}: {rate:.0f} of at most {most:.0f} token/s, {rate / most:.0%}")
    own = findings.pop("as it is")
    for name, found in findings.items():
        for test in (PREFILL, DECODE):
            allowed = found.most(test) / own.most(test)
            measured = max(found.rates[test.name]) / max(own.rates[test.name])
            print(f"{name}, {test.name}: {measured:.2f} times as fast, by the ceilings {allowed:.2f} times")
    return 0 if is_bound else 1


if __name__ == "__main__":
    sys.exit(main())
