"""What a busy neighbour does to a rate, and whether it is seen: in turn with quiet rounds.

    python scripts/check_disturbance.py MODEL.gguf [--rounds 8] [--tokens 64] [--duties 5,10,30,100]

The neighbour is one process that uses so many per cent of one core. Printed for each: how many samples were
called disturbed, the median rate of all of them and of the others against the quiet rounds', and the causes.
What is called disturbed in the quiet rounds of a quiet machine is a false alarm.
"""

import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import median

from bench.engines.protocol import EngineSettings
from bench.measure.disturbance import contention_between
from bench.measure.speed_test import SpeedTest
from bench.meters.contention import ContentionMeter
from bench.meters.host import default_threads
from bench.records.types import Contention
from bench.units import seconds
from bench.worker.parent import Worker
from bench.worker.protocol import Load, Timed
from command_line import numbers, parser_of

TIMEOUT_S = 600.0
PERIOD_S = 0.05
NEIGHBOUR = """
import sys, time
busy_s, period_s = float(sys.argv[1]), float(sys.argv[2])
while True:
    start = time.perf_counter()
    while time.perf_counter() - start < busy_s:
        pass
    time.sleep(period_s - busy_s)
"""


def main(arguments: Sequence[str] | None = None) -> int:
    parser = parser_of(__doc__)
    parser.add_argument("model", type=Path)
    parser.add_argument("--rounds", type=int, default=8)
    parser.add_argument("--tokens", type=int, default=64)
    parser.add_argument("--duties", default="5,10,30,100")
    options = parser.parse_args(arguments)
    duties = [0, *numbers(options.duties)]
    test = SpeedTest(n_gen=options.tokens)
    n_threads = default_threads()
    settings = EngineSettings(n_ctx=512, n_threads=n_threads, n_threads_batch=n_threads)
    taken: dict[int, list[tuple[float, Contention]]] = {duty: [] for duty in duties}
    with Worker.start() as worker:
        worker.call(Load(str(options.model), settings), timeout_s=TIMEOUT_S)
        meter = ContentionMeter(worker.pid)
        for seed in range(4 + options.rounds):
            for duty in duties:
                with neighbour(duty):
                    before = meter.read()
                    timed = worker.call(test.command(seed), timeout_s=TIMEOUT_S)
                    after = meter.read()
                assert isinstance(timed, Timed)
                if seed >= 4:  # the first warm up
                    rate = timed.n_tokens / seconds(timed.calls_ns)
                    taken[duty].append((rate, contention_between(before, after)))
    quiet = median(rate for rate, _ in taken[0])
    print(f"{test.name}, {n_threads} threads, quiet: {quiet:.1f} token/s")
    for duty, samples in taken.items():
        print(described(duty, samples, quiet))
    return 0


@contextmanager
def neighbour(duty: int) -> Iterator[None]:
    """A process that uses ``duty`` per cent of one core; none for 0."""
    if not duty:
        yield
        return
    busy_s = min(duty, 100) / 100 * PERIOD_S
    command = [sys.executable, "-S", "-c", NEIGHBOUR, str(busy_s), str(PERIOD_S)]
    with subprocess.Popen(command) as process:
        time.sleep(0.2)
        try:
            yield
        finally:
            process.kill()


def described(duty: int, samples: Sequence[tuple[float, Contention]], quiet: float) -> str:
    clean = [rate for rate, contention in samples if not contention.is_disturbed]
    causes = Counter(cause for _, contention in samples for cause in contention.causes)
    waits = [contention.waited_s for _, contention in samples if contention.waited_s is not None]
    return (
        f"{duty:3} % of a core: {len(samples) - len(clean)} of {len(samples)} disturbed, "
        f"all {median(rate for rate, _ in samples) / quiet:.3f}, "
        f"undisturbed {f'{median(clean) / quiet:.3f}' if clean else 'none'} of the quiet rate; "
        f"waited {f'{median(waits):.4f} s' if waits else 'unknown'}; {dict(causes)}"
    )


if __name__ == "__main__":
    sys.exit(main())
