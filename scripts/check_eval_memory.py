"""Is the memory of a quality run bounded by model + KV cache + 300 MB, whatever is asked?

    python scripts/check_eval_memory.py MODEL.gguf… [--items 100] [--endings 64] [--threads 2]
        [--bound-mb 300]

Each line is one run of the program: its worker is looked at every 50 ms, and the kernel keeps the highest
resident size between. "above" is the worker's highest PSS or, where that is more, the kernel's own peak of
anonymous memory plus the model's file, less the file and the predicted cache. The parent's is added: it
belongs to the run. Made-up items only; what a line is about is its number of items, endings and answers. The
last run gets a task file of 1 GB, which must be refused, and how much memory that took is its line.

Needs no quiet machine. Ends with 1 when a run is above the bound, or fails, or the large file is accepted.
"""

import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from bench.commands.deployed import choice_settings, quality_settings
from bench.engines.gguf import read_header
from bench.engines.memory_prediction import predict_memory
from bench.engines.protocol import EngineSettings
from bench.meters.cpu_features import cpu_features
from bench.meters.memory import read_memory
from bench.records.store import read_record
from bench.units import MIB
from command_line import parser_of

EVERY_S = 0.05
LARGE_BYTES = 1_000_000_000
WORDS = "the river a house under old bridge children morning find small green stone letter walk again".split()


@dataclass
class Peaks:
    """Highest of what was seen, in bytes."""

    worker_pss: int = 0
    worker_uss: int = 0
    worker_anonymous: int = 0
    parent_pss: int = 0
    seen: set[int] = field(default_factory=set)

    def look(self, parent: psutil.Process) -> None:
        self.parent_pss = max(self.parent_pss, read_memory(parent.pid, full=True).pss_bytes or 0)
        for child in parent.children():
            reading = read_memory(child.pid, full=True)
            self.seen.add(child.pid)
            self.worker_pss = max(self.worker_pss, reading.pss_bytes or 0)
            self.worker_uss = max(self.worker_uss, reading.uss_bytes or 0)
            self.worker_anonymous = max(self.worker_anonymous, reading.rss_anon_bytes or 0)


def run(arguments: Sequence[object]) -> tuple[int, Peaks, str]:
    """Exit code, peaks and the last line of standard error of one run of the program."""
    command = [sys.executable, "-P", "-m", "bench", *map(str, arguments)]
    peaks = Peaks()
    root = Path(__file__).resolve().parents[1]
    with tempfile.TemporaryFile("w+") as said:
        process = psutil.Popen(
            command, env=os.environ | {"PYTHONPATH": str(root)}, stdout=subprocess.DEVNULL, stderr=said
        )
        while process.poll() is None:
            try:
                peaks.look(process)
            except psutil.Error:
                break  # it ended while it was looked at
            time.sleep(EVERY_S)
        code = process.wait()
        said.seek(0)
        return code, peaks, (said.read().strip().splitlines() or [""])[-1]


def held_for_answers(folder: Path) -> EngineSettings | None:
    """As the run's record says that the model was held; None without answers. The record is removed."""
    held = None
    for path in folder.glob("*.json"):
        held = next((task.held for task in read_record(path).tasks), None)
        path.unlink()
    return EngineSettings(**held.model_dump()) if held else None


def write_choices(folder: Path, n_items: int, n_endings: int) -> Path:
    draw = random.Random(0)
    path = folder / f"choices-{n_items}x{n_endings}.jsonl"
    with path.open("w", encoding="utf-8") as file:
        for n in range(n_items):
            endings = [f"{' '.join(draw.choices(WORDS, k=12))} {at}." for at in range(n_endings)]
            text = " ".join(draw.choices(WORDS, k=60))
            item = {"id": str(n), "prompt": f"{n}: {text}", "choices": endings, "answer": 0}
            file.write(json.dumps(item) + "\n")
    return path


def write_questions(folder: Path, n_items: int) -> Path:
    draw = random.Random(1)
    path = folder / f"questions-{n_items}.jsonl"
    with path.open("w", encoding="utf-8") as file:
        file.write('+++\nscorer = "contains"\nmax_tokens = 48\n+++\n')
        for n in range(n_items):
            row = {"id": str(n), "prompt": f"Go on: {' '.join(draw.choices(WORDS, k=60))}", "expected": "a"}
            file.write(json.dumps(row | {"reference": "a"}) + "\n")
    return path


def write_text(folder: Path) -> Path:
    path = folder / "text.txt"
    draw = random.Random(2)
    path.write_text(" ".join(draw.choices(WORDS, k=2500)) + ".", encoding="utf-8")
    return path


def write_large(folder: Path) -> Path:
    path = folder / "large.jsonl"
    row = json.dumps({"id": "%09d", "prompt": "word " * 180, "expected": "a"}) + "\n"
    with path.open("w", encoding="utf-8") as file:
        for n in range(LARGE_BYTES // len(row) + 1):
            file.write(row % n)
    return path


def main(arguments: Sequence[str] | None = None) -> int:
    parser = parser_of(__doc__)
    parser.add_argument("models", nargs="+", type=Path, metavar="MODEL.gguf")
    parser.add_argument("--items", type=int, default=100)
    parser.add_argument("--endings", type=int, default=64)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--bound-mb", type=float, default=300.0)
    asked = parser.parse_args(arguments)
    n_failed = 0
    print("| model | run | file + KV | predicted in all | worker PSS | USS | parent PSS | above |")
    print("| --- | --- |" + " ---: |" * 6)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        common = ("--threads", asked.threads, "-o", folder / "out")
        few, many = write_choices(folder, asked.items, 4), write_choices(folder, 3, asked.endings)
        questions, text = write_questions(folder, max(1, asked.items // 3)), write_text(folder)
        for model in asked.models:
            deployed = EngineSettings(n_threads=asked.threads, n_threads_batch=asked.threads)
            header = read_header(model)
            quality, choice = quality_settings(deployed, header), choice_settings(deployed, header)
            runs = {
                few.stem: (("eval", model, "--task", few, *common), choice),
                many.stem: (("eval", model, "--task", many, *common), choice),
                questions.stem: (("eval", model, "--task", questions, *common), quality),
                "perplexity": (("perplexity", model, "--text", text, *common), EngineSettings(n_ctx=512)),
            }
            for what, (words, settings) in runs.items():
                code, peaks, last = run(words)
                held = held_for_answers(folder / "out") or settings
                predicted = predict_memory(header, held, cpu_features=cpu_features())
                if predicted.kv_bytes is None or predicted.total_bytes is None:
                    raise SystemExit(f"{model.name}: its memory is not predicted from its header")
                allowed = model.stat().st_size + predicted.kv_bytes
                used = max(peaks.worker_pss, peaks.worker_anonymous + model.stat().st_size)
                above = used + peaks.parent_pss - allowed
                sizes = (allowed, predicted.total_bytes, peaks.worker_pss, peaks.worker_uss, peaks.parent_pss)
                cells = " | ".join(f"{size / MIB:.0f}" for size in (*sizes, above))
                print(f"| {model.stem} | {what} | {cells} |", flush=True)
                if code or not peaks.seen:
                    print(f"  it ended with {code}: {last}")
                n_failed += code != 0 or not peaks.seen or above > asked.bound_mb * 1e6
        code, peaks, last = run(("eval", asked.models[0], "--task", write_large(folder), *common))
        print(f"1 GB of lines: exit code {code}, parent {peaks.parent_pss / MIB:.0f} MiB: {last}")
        n_failed += code != 2 or peaks.parent_pss > asked.bound_mb * 1e6
    return int(n_failed > 0)


if __name__ == "__main__":
    sys.exit(main())
