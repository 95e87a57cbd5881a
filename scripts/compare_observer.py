"""What watching costs: tg with the samplers on and off, interleaved in pairs on a quiet machine.

    python scripts/compare_observer.py MODEL.gguf [--rounds 60] [--tokens 64]

On: the energy meters are read at their default rates, and contention and state around each repetition.
Off: none of it. Printed: the median of on / off over pairs of rounds, and its interval.
"""

import random
import sys
from collections.abc import Sequence
from pathlib import Path

from bench.engines.protocol import EngineSettings
from bench.measure.speed_test import SpeedTest
from bench.meters.contention import ContentionMeter
from bench.meters.energy.machine import open_machine
from bench.meters.host import default_threads
from bench.stats import rate_ratio
from bench.units import seconds
from bench.worker.parent import Worker
from bench.worker.protocol import Load, Timed
from command_line import parser_of

TIMEOUT_S = 600.0


def main(arguments: Sequence[str] | None = None) -> int:
    parser = parser_of(__doc__)
    parser.add_argument("model", type=Path)
    parser.add_argument("--rounds", type=int, default=60)
    parser.add_argument("--tokens", type=int, default=64)
    options = parser.parse_args(arguments)
    test = SpeedTest(n_gen=options.tokens)
    n_threads = default_threads()
    settings = EngineSettings(n_ctx=512, n_threads=n_threads, n_threads_batch=n_threads)
    rates: dict[str, list[float]] = {"on": [], "off": []}
    with Worker.start() as worker:
        worker.call(Load(str(options.model), settings), timeout_s=TIMEOUT_S)
        contention = ContentionMeter(worker.pid)
        meters = open_machine().of_worker(worker.pid, uses_gpu=False)

        def watched() -> Timed:
            with meters.sampling():
                contention.read()
                timed: Timed = worker.call(test.command(1), timeout_s=TIMEOUT_S)
                contention.read()
            return timed

        def alone() -> Timed:
            return worker.call(test.command(1), timeout_s=TIMEOUT_S)

        for _ in range(3):
            alone()
        # By chance, not in turn: a host that slows down every so often would favour one side.
        order = random.Random(1)
        for _ in range(options.rounds):
            for name in order.sample(("on", "off"), 2):
                timed = watched() if name == "on" else alone()
                rates[name].append(timed.n_tokens / seconds(timed.calls_ns))
    effect = rate_ratio(rates["off"], rates["on"], is_paired=True)
    print(
        f"{test.name}, sampling on / off: {effect.ratio:.4f} "
        f"(95 %: {effect.low:.4f} to {effect.high:.4f}, {effect.n} pairs)"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
