"""Compare start-up of `--help` and `models` with the bare import of click, interleaved.

    python scripts/compare_startup.py [--rounds 20]

Each round starts every program once; the ratio is taken within the round. Printed: medians of seconds
and of ratios, with the ratio's 95 % interval over rounds.
"""

import subprocess
import sys
import time
from statistics import median

from bench.stats import median_interval
from bench.units import seconds
from command_line import parser_of

PROGRAMS = {
    "import click": ["-c", "import click"],
    "breakeven --help": ["-m", "bench", "--help"],
    "breakeven models": ["-m", "bench", "models"],
}


def run_seconds(arguments: list[str]) -> float:
    started_ns = time.perf_counter_ns()
    subprocess.run([sys.executable, "-P", *arguments], check=True, capture_output=True)
    return seconds(time.perf_counter_ns() - started_ns)


def main() -> int:
    parser = parser_of(__doc__)
    parser.add_argument("--rounds", type=int, default=20)
    n_rounds = parser.parse_args().rounds
    for arguments in PROGRAMS.values():
        run_seconds(arguments)  # compiled modules and pages of files are then in place for all
    rounds = [{name: run_seconds(arguments) for name, arguments in PROGRAMS.items()} for _ in range(n_rounds)]
    for name in PROGRAMS:
        ratios = [times[name] / times["import click"] for times in rounds]
        middle, low, high = median_interval(ratios)
        typical_s = median(times[name] for times in rounds)
        print(f"{name}: {typical_s:.3f} s, ratio {middle:.2f} (95 %: {low:.2f} to {high:.2f})")
    return 0


if __name__ == "__main__":
    sys.exit(main())
