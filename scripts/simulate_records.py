"""Make up records by the thousand, and measure what becomes of them at scale.

    python scripts/simulate_records.py make N FOLDER
    python scripts/simulate_records.py measure FOLDER [--sizes 10000,50000,100000]

Each record is a committed one, shortened and varied: machine, model, day, rates, answers. Nobody measured
them, and they say so: tool version, command, machine class and model have the word "synthetic", and
``breakeven publish`` refuses them. ``measure`` exports, queries and builds a board and a page (of the newest
thousand) with the real commands, each in a process of its own, and prints seconds, peak memory and how both
grow; it leaves the records for the next time.
"""

import argparse
import hashlib
import os
import random
import shutil
import subprocess
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from datetime import timedelta
from pathlib import Path

from bench import __version__
from bench.records.privacy import Identity
from bench.records.store import read_record, write_record
from bench.records.types import Comparison, Latency, Record, SpeedPoint, TaskResult
from bench.reports.dataset.rows import SYNTHETIC_VERSION
from command_line import numbers

ROOT = Path(__file__).resolve().parents[1]
N_MACHINES, N_MODELS, N_DAYS = 40, 60, 730
# Of each task, request, task, task, test; what a comparison holds beside its row in the tables is left out.
N_REQUESTS, N_GAPS, N_ITEMS, N_COMPARISONS, N_SAMPLES = 3, 10, 10, 1, 6
BARE: dict[str, object] = {
    "swings": (),
    "break_evens": (),
    "over_time": None,
    "carbon": None,
    "explained": (),
}
NOBODY = Identity(home="", user="", host="")
ROWS = 1_000_000
QUERY = f"""
SELECT machine_class, model, task, count(*) AS n, avg((outcome = 'right')::INT) AS right_share,
       quantile_cont(n_output_tokens, [0.05, 0.5, 0.95]) AS output_tokens
FROM (SELECT * FROM items LIMIT {ROWS}) GROUP BY ALL ORDER BY n DESC, 1, 2, 3 LIMIT 10
"""


def template() -> Record:
    """The newest committed run with verdicts, shortened to what a small run leaves behind."""
    runs = [read_record(path) for path in sorted((ROOT / "results").glob("*.json"))]
    record = [run for run in runs if run.assessment is not None][-1]
    assert record.assessment is not None
    kept: dict[str, list[Comparison]] = {}
    for one in record.assessment.comparisons:
        kept.setdefault(one.task, []).append(one)
    shown = [one for each in kept.values() for one in each[:N_COMPARISONS]]
    bare = {"comparisons": tuple(one.model_copy(update=BARE) for one in shown), "mixtures": (), "loads": ()}
    return record.model_copy(
        update={
            "latency": tuple(map(_short_latency, record.latency)),
            "tasks": tuple(
                task.model_copy(update={"items": task.items[:N_ITEMS], "n_planned": N_ITEMS})
                for task in record.tasks
            ),
            "speed": tuple(
                point.model_copy(update={"samples": point.samples[:N_SAMPLES]}) for point in record.speed
            ),
            "assessment": record.assessment.model_copy(update=bare),
        }
    )


def varied(record: Record, number: int) -> Record:
    """Record ``number`` of many like ``record``; the same number gives the same one."""
    dice = random.Random(number)
    machine, model = dice.randrange(N_MACHINES), dice.randrange(N_MODELS)
    faster = (1 + machine % 7) / (1 + model % 5) * dice.lognormvariate(0, 0.05)
    name = f"synthetic-{model:02}"
    return record.model_copy(
        update={
            "id": hashlib.sha256(f"synthetic {number}".encode()).hexdigest()[:16],
            "created_utc": record.created_utc
            - timedelta(days=dice.randrange(N_DAYS), seconds=number % 86_400),
            "tool": record.tool.model_copy(
                update={
                    "version": f"{__version__}+{SYNTHETIC_VERSION}",
                    "arguments": ("synthetic", str(number)),
                    "commit": None,
                }
            ),
            "machine": record.machine.model_copy(
                update={"machine_class": f"synthetic-{machine:02}", "cpu_model": f"Synthetic CPU {machine}"}
            ),
            "model": record.model.model_copy(
                update={"name": name, "file_name": f"{name}.gguf", "quantization": f"Q{2 + model % 7}_K"}
            ),
            "speed": tuple(_faster(point, faster) for point in record.speed),
            "tasks": tuple(_answered(task, dice) for task in record.tasks),
        }
    )


def make(first: int, n: int, folder: Path) -> None:
    """Write records ``first`` to ``first + n`` into ``folder``, with all processors; those there are kept."""
    n_workers = os.cpu_count() or 1
    chunk = max(1, min(500, n // n_workers))
    starts = range(first, first + n, chunk)
    with ProcessPoolExecutor(n_workers) as pool:
        jobs = [pool.submit(_make, start, min(chunk, first + n - start), folder) for start in starts]
        for number, job in enumerate(jobs, 1):
            job.result()
            print(f"\r{min(n, number * chunk):,} of {n:,} records", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)


def measure(folder: Path, sizes: list[int]) -> None:
    """Print a line for each size and command: what it takes."""
    parts: list[Path] = []
    before = 0
    dataset, site, page = folder / "dataset", folder / "site", folder / "page.html"
    print(f"{'records':>9} {'files':>9}  {'command':<8} {'time':>9} {'a record':>9} {'memory':>9} written")
    for size in sorted(sizes):
        part = folder / f"records-{before}-{size}"
        if not part.is_dir():
            making = folder / f".{part.name}"
            shutil.rmtree(making, ignore_errors=True)
            make(before, size - before, making)
            making.rename(part)
        parts.append(part)
        before = size
        files = [str(one) for one in parts]
        commands = {
            "export": (("results", "export", "--parquet", str(dataset), *files), dataset),
            "query": (("results", "query", QUERY, str(dataset)), None),
            "board": (("board", "build", *files, "-o", str(site), "--no-parquet"), site),
            "page": (("report", *files, "--html", str(page)), page),
        }
        for name, (words, written) in commands.items():
            took_s, peak_bytes = _timed(*words)
            each_ms = 1000 * took_s / size
            print(
                f"{size:>9,} {_megabytes(parts):>6,} MB  {name:<8} {took_s:>7.2f} s {each_ms:>6.2f} ms"
                f" {peak_bytes >> 20:>5,} MiB {f'{_megabytes([written]):,} MB' if written else ''}",
                flush=True,
            )
        print(f"{'':>20}  the query grouped {min(ROWS, size * len(template().tasks) * N_ITEMS):,} rows")


def _make(first: int, n: int, folder: Path) -> None:
    base = template()
    for number in range(first, first + n):
        write_record(varied(base, number), folder, identity=NOBODY)


def _timed(*words: str) -> tuple[float, int]:
    """Seconds and peak bytes of ``breakeven`` with these words, in a process of its own."""
    started_ns = time.perf_counter_ns()
    process = subprocess.Popen([sys.executable, "-m", "bench", *words], cwd=ROOT, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"`breakeven {words[0]}` ended with {process.returncode}")
    unit = 1 if sys.platform == "darwin" else 1024
    return (time.perf_counter_ns() - started_ns) / 1e9, usage.ru_maxrss * unit


def _megabytes(places: list[Path]) -> int:
    files = (path for one in places for path in ([one] if one.is_file() else one.rglob("*")))
    return sum(path.stat().st_size for path in files if path.is_file()) // 10**6


def _short_latency(latency: Latency) -> Latency:
    requests = tuple(
        request.model_copy(update={"itl_s": request.itl_s[:N_GAPS]})
        for request in latency.requests[:N_REQUESTS]
    )
    return latency.model_copy(update={"requests": requests})


def _faster(point: SpeedPoint, factor: float) -> SpeedPoint:
    samples = tuple(
        sample.model_copy(update={"calls_s": sample.calls_s / factor, "loop_s": sample.loop_s / factor})
        for sample in point.samples
    )
    return point.model_copy(update={"samples": samples})


def _answered(task: TaskResult, dice: random.Random) -> TaskResult:
    items = tuple(
        item.model_copy(
            update={
                "outcome": dice.choice(("right", "wrong")),
                "reason": None,
                "output": None,
                "n_output_tokens": None if task.kind == "choice" else dice.randrange(10, 200),
            }
        )
        for item in task.items
    )
    return task.model_copy(update={"items": items})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    verbs = parser.add_subparsers(dest="verb", required=True)
    making = verbs.add_parser("make")
    making.add_argument("n", type=int)
    making.add_argument("folder", type=Path)
    measuring = verbs.add_parser("measure")
    measuring.add_argument("folder", type=Path)
    measuring.add_argument("--sizes", default="10000,50000,100000")
    given = parser.parse_args()
    if given.verb == "make":
        make(0, given.n, given.folder)
    else:
        measure(given.folder.absolute(), numbers(given.sizes))


if __name__ == "__main__":
    main()
