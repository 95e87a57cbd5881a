"""How often `compare --interleave` sees a difference where there is none, and finds one that is there.

    python scripts/aa_runs.py --model FILE.gguf [--repetitions 1000] [--save SERIES.json]
    python scripts/aa_runs.py --read SERIES.json [--replays 1000]

Run the first on a quiet machine: one live worker repeats tg32, with the pauses of an interleaved run. Then
runs are replayed from that series: each begins at a random place and reads on in order of time, so that
drift, spikes and slow waves are the machine's own; turns, pairing and stopping are those of
`bench.measure.interleave`. In an A/A run both sides take the series as it is, and a verdict other than "no
difference seen" is a false alarm; in the other every rate of B is 5 % lower, and must be found. Replays of
one series overlap, so they say less than as many runs of their own would: gather a long series.
"""

import json
import random
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median

from bench.engines.protocol import EngineSettings
from bench.measure.disturbance import contention_between
from bench.measure.interleave import PAUSE_S, TARGET_HALF_WIDTH, Pair, is_settled, order_of
from bench.measure.speed import TARGET_HALF_WIDTH as POINT_HALF_WIDTH
from bench.meters.contention import ContentionMeter
from bench.meters.host import default_threads
from bench.meters.process_clock import open_process_clock
from bench.stats import Effect, StoppingRule, rate_ratio, wilson
from bench.units import seconds
from bench.worker.parent import Worker
from bench.worker.protocol import Load, Timed, TimeDecode
from command_line import parser_of

N_TOKENS = 32
SLOWDOWN = 0.05
GATE = 0.03  # of `--fail-on-regression 3%`
MOST_PAIRS = 100
LONGEST = 0.5  # of the series, of one replay; beyond, it meets itself again and any noise is a difference
MOST_DISTURBED = 0.25  # of a series; beyond, a replay may end without a single quiet pair
BUDGET_S = 120.0


@dataclass(frozen=True, slots=True)
class Repetition:
    rate: float
    is_disturbed: bool


@dataclass(slots=True)
class Tally:
    """Of ``n`` replays. ``n_pairs`` sums over them; ``n_longest`` is the most of one."""

    n: int = 0
    n_seen: int = 0
    n_gated: int = 0
    n_settled: int = 0
    n_pairs: int = 0
    n_longest: int = 0

    def add(self, effect: Effect, settled: bool) -> None:
        self.n += 1
        self.n_seen += effect.is_told_apart
        self.n_gated += effect.is_told_apart and effect.ratio < 1 - GATE
        self.n_settled += settled
        self.n_pairs += effect.n
        self.n_longest = max(self.n_longest, effect.n)

    def told(self) -> str:
        low, high = wilson(self.n_seen, self.n)
        return (
            f"{self.n_seen} of {self.n} seen, {self.n_seen / self.n:.1%} (95 %: {low:.1%} to {high:.1%}); "
            f"--fail-on-regression {GATE:.0%} ends with 1 in {self.n_gated / self.n:.1%}; "
            f"{self.n_pairs / self.n:.1f} repetitions of a side; {self.n_settled / self.n:.0%} got narrow"
        )


def gather(model: Path, n: int, n_threads: int) -> list[Repetition]:
    """Rates of tg32 on one worker, with the pauses between that an interleaved run makes.

    Prints how long the worker's threads went on spinning in a pause, by the CPU time that they took.
    """
    settings = EngineSettings(n_ctx=512, n_threads=n_threads, n_threads_batch=n_threads)
    found, spun_ns = [], []
    with Worker.start() as worker:
        cpu_ns, _ = open_process_clock(worker.pid)
        worker.call(Load(str(model), settings), timeout_s=300)
        contention = ContentionMeter(worker.pid)
        for number in range(-2, n):
            before_ns = cpu_ns()
            time.sleep(PAUSE_S)
            spun_ns.append(cpu_ns() - before_ns)
            before = contention.read()
            timed = worker.call(TimeDecode(N_TOKENS, 0, number + 3), timeout_s=300)
            after = contention.read()
            assert isinstance(timed, Timed)
            if number >= 0:  # the first two warm up
                rate = timed.n_tokens / seconds(timed.calls_ns)
                found.append(Repetition(rate, contention_between(before, after).is_disturbed))
    spun_ms = sorted(ns / 1e6 for ns in spun_ns)
    print(
        f"the idle worker took {median(spun_ms):.2f} ms of CPU in a pause of {1000 * PAUSE_S:.0f} ms, "
        f"{spun_ms[-1]:.2f} ms at most"
    )
    return found


def replay(
    series: Iterable[Repetition], slowdown: float, target: float, budget_s: float
) -> tuple[Effect, bool]:
    """One interleaved run on repetitions in their order; its effect, and whether the ratio got narrow."""
    taken = iter(series)
    pairs: list[Pair] = []
    spent_s, n_tried = 0.0, 0
    while not is_settled(pairs, target, None) and n_tried < MOST_PAIRS and spent_s <= budget_s:
        halves = {side: next(taken) for side in order_of(len(pairs))}
        n_tried += 1
        spent_s += sum(N_TOKENS / half.rate + PAUSE_S for half in halves.values())
        if not any(half.is_disturbed for half in halves.values()):
            pairs.append((halves["a"].rate, halves["b"].rate * (1 - slowdown)))
    effect = rate_ratio([a for a, _ in pairs], [b for _, b in pairs], is_paired=True)
    return effect, is_settled(pairs, target, None)


def replay_apart(
    of_a: Iterable[Repetition], of_b: Iterable[Repetition], slowdown: float
) -> tuple[Effect, bool]:
    """Two points as `breakeven speed` measures them at two times; the effect, and whether both got narrow."""
    rule = StoppingRule(POINT_HALF_WIDTH, MOST_PAIRS)
    sides, ends = [], []
    for series in (of_a, of_b):
        rates: list[float] = []
        end = None
        for n_made, one in enumerate(series, start=1):
            if not one.is_disturbed:
                rates.append(one.rate)
            end = rule.verdict(rates, n_made)
            if end is not None:
                break
        sides.append(rates)
        ends.append(end)
    slower = [rate * (1 - slowdown) for rate in sides[1]]
    return rate_ratio(sides[0], slower, is_paired=False), ends == ["narrow", "narrow"]


def from_random_place(series: Sequence[Repetition], draw: random.Random) -> Iterator[Repetition]:
    """On from there, and around at the end."""
    start = draw.randrange(len(series))
    for step in range(2 * MOST_PAIRS):
        yield series[(start + step) % len(series)]


def main(arguments: Sequence[str] | None = None) -> int:
    parser = parser_of(__doc__)
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--model", type=Path, help="gather a series with this model")
    source.add_argument("--read", type=Path, help="replay a series that was saved")
    parser.add_argument("--repetitions", type=int, default=1000)
    parser.add_argument("--threads", type=int, default=default_threads())
    parser.add_argument("--save", type=Path)
    parser.add_argument("--replays", type=int, default=1000)
    parser.add_argument("--target", type=float, default=TARGET_HALF_WIDTH)
    parser.add_argument("--budget", type=float, default=BUDGET_S)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args(arguments)
    if options.read is not None:
        series = [Repetition(**one) for one in json.loads(options.read.read_text("utf-8"))]
    else:
        series = gather(options.model, options.repetitions, options.threads)
    if options.save is not None:
        options.save.write_text(json.dumps([asdict(one) for one in series]), "utf-8")
    n_disturbed = sum(one.is_disturbed for one in series)
    print(f"{len(series)} repetitions of tg{N_TOKENS}, {n_disturbed} of them disturbed")
    if n_disturbed > MOST_DISTURBED * len(series):
        print("no result: this machine is not quiet")
        return 2
    for name, slowdown in (("A/A", 0.0), (f"B {SLOWDOWN:.0%} slower", SLOWDOWN)):
        draw, tally, apart = random.Random(options.seed), Tally(), Tally()
        for _ in range(options.replays):
            run, other = from_random_place(series, draw), from_random_place(series, draw)
            apart.add(*replay_apart(from_random_place(series, draw), other, slowdown))
            tally.add(*replay(run, slowdown, options.target, options.budget))
        print(f"{name}, A B B A: {tally.told()}")
        print(f"{name}, two records of other times: {apart.told()}")
        if 2 * tally.n_longest > LONGEST * len(series):
            print(f"no result: a run of {2 * tally.n_longest} repetitions meets itself again; gather more")
            return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
