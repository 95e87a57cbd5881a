"""Have llama.cpp's own `compare-llama-bench.py` read breakeven's JSON, JSON Lines, CSV and SQLite.

    pip install GitPython tabulate
    python scripts/check_llama_bench_readers.py --llama-cpp DIR [RECORD…]

DIR is a checkout of llama.cpp, or `vendor/llama.cpp` of llama-cpp-python's source distribution. Each RECORD
(default: the records of `results`) is written twice, as two builds; the second is made twice as fast, so that
the table must have every test once, with breakeven's mean rate and a speedup of 2.00. Exit code 1 otherwise.
"""

import json
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from bench.records.store import read_records
from bench.records.types import EngineBuild, Record
from bench.reports.llama_bench import render
from command_line import parser_of

ROOT = Path(__file__).resolve().parents[1]
READER = Path("scripts") / "compare-llama-bench.py"
BUILDS = ("aaaaaaa", "bbbbbbb")
SPEEDUP = 2.0


def as_build(record: Record, commit: str, speedup: float) -> Record:
    """``record`` as if the build ``commit`` had been so many times as fast."""
    unknown = {"name": "", "version": "", "build": "", "system_info": "", "devices": ()}
    engine = record.engine or EngineBuild.model_validate(unknown)
    speed = []
    for point in record.speed:
        samples = tuple(
            sample.model_copy(update={"calls_s": sample.calls_s / speedup, "loop_s": sample.loop_s / speedup})
            for sample in point.samples
        )
        speed.append(point.model_copy(update={"samples": samples}))
    return record.model_copy(
        update={"engine": engine.model_copy(update={"commit": commit}), "speed": tuple(speed)}
    )


def written(builds: Sequence[Record], folder: Path) -> Iterator[Path]:
    """The same rows in every form that the reader takes."""
    for fmt in ("json", "jsonl", "csv"):
        file = folder / f"bench.{fmt}"
        file.write_text(render(builds, fmt).text, "utf-8")
        yield file
    file = folder / "bench.sqlite"
    file.unlink(missing_ok=True)
    with sqlite3.connect(file) as database:
        database.executescript(render(builds, "sql").text)
    database.close()
    yield file


def read(reader: Path, file: Path) -> str:
    """The reader's table; its error stops this script."""
    command = [sys.executable, str(reader), "-t", "llama-bench", "-b", BUILDS[0], "-c", BUILDS[1]]
    # Elsewhere than in a repository, so that builds are taken by their name.
    done = subprocess.run([*command, "-i", str(file)], cwd=file.parent, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{file.name} was not read:\n{done.stdout}{done.stderr}")
    return done.stdout


def faults(table: str, rows: Sequence[dict[str, float]]) -> list[str]:
    """What of ``rows`` the table lacks; its last four columns are test, both rates and the speedup."""
    lines = [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines()[2:]]
    found = {line[-4]: tuple(map(float, line[-3:])) for line in lines}
    missing = []
    for row in rows:
        parts = [f"{kind}{row[key]}" for kind, key in (("pp", "n_prompt"), ("tg", "n_gen")) if row[key]]
        test = "+".join(parts) + (f"@d{row['n_depth']}" if row["n_depth"] else "")
        rate = row["avg_ts"]
        expected = (rate, SPEEDUP * rate, SPEEDUP)
        shown = found.get(test)
        if shown is None or any(abs(a - b) > 0.006 for a, b in zip(shown, expected, strict=True)):
            missing.append(f"{test}: expected {expected}, the table has {shown}")
    if len(lines) != len(rows):
        missing.append(f"{len(lines)} lines for {len(rows)} tests")
    return missing


def main(arguments: Sequence[str] | None = None) -> int:
    parser = parser_of(__doc__)
    parser.add_argument("--llama-cpp", type=Path, required=True)
    parser.add_argument("records", type=Path, nargs="*", default=[ROOT / "results"])
    options = parser.parse_args(arguments)
    reader = (options.llama_cpp / READER).resolve()
    if not reader.is_file():
        sys.exit(f"{reader} is not there: give a checkout of llama.cpp")
    if subprocess.run([sys.executable, str(reader), "--check"], capture_output=True).returncode:
        sys.exit("the reader lacks its libraries: pip install GitPython tabulate")
    wrong = 0
    for record in read_records(options.records).records:
        builds = [as_build(record, BUILDS[0], 1.0), as_build(record, BUILDS[1], SPEEDUP)]
        with tempfile.TemporaryDirectory() as folder:
            for file in written(builds, Path(folder)):
                # The database has no rows of several sequences.
                fmt = "sql" if file.suffix == ".sqlite" else "json"
                left_out = set(render(builds[:1], fmt).left_out)
                rows = json.loads(render(builds[:1], "json").text)
                rows = [row for row in rows if not any(f": {row['test']}: " in one for one in left_out)]
                table = read(reader, file)
                told = faults(table, rows)
                wrong += len(told)
                print(f"{record.model.name}, {file.name}: {'; '.join(told) or 'read as it was written'}")
                if fmt == "sql":
                    print(table)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
