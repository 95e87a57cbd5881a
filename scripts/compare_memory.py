"""Compare the memory predicted from a model's header with what the engine reports and the system measures.

    python scripts/compare_memory.py --model FILE.gguf [--model …] [--contexts 512,2048,8192]
        [--caches f16,q8_0] [--no-mmap]

Each line is a worker of its own: its resident memory is read before the load, then the model is loaded, one
prompt that fills the context is evaluated in full batches, and 16 tokens are generated. "measured" is the
peak of resident memory less what it was before the load, and "error" the prediction's, relative to it. The
engine's own figures count its whole compute buffer, most of which is never touched. Needs no quiet machine.
"""

import sys
from collections.abc import Sequence
from pathlib import Path

from bench.engines.gguf import read_header
from bench.engines.memory_prediction import predict_memory
from bench.engines.protocol import EngineSettings
from bench.meters.cpu_features import cpu_features
from bench.meters.host import default_threads
from bench.meters.memory import read_memory
from bench.units import MIB
from bench.worker.parent import Worker
from bench.worker.protocol import Load, TimeDecode, TimePrefill
from command_line import numbers, parser_of

COLUMNS = (
    "model",
    "context",
    "cache",
    "predicted",
    "engine",
    "measured",
    "error",
    "of files",
    "USS",
    "PSS",
    "RSS",
)
TIMEOUT_S = 600.0


def compare(model: Path, settings: EngineSettings) -> tuple[tuple[str, ...], float]:
    """The line of the table (MiB), and the prediction's relative error."""
    predicted = predict_memory(read_header(model), settings, cpu_features=cpu_features()).total_bytes
    with Worker.start() as worker:
        before = read_memory(worker.pid, full=True)
        info = worker.call(Load(str(model), settings), timeout_s=TIMEOUT_S).info
        worker.call(TimePrefill(settings.n_ctx - 1, 0), timeout_s=TIMEOUT_S)
        worker.call(TimeDecode(16, 0, 0), timeout_s=TIMEOUT_S)
        after = read_memory(worker.pid, full=True)
    if predicted is None or before.rss_bytes is None or after.peak_rss_bytes is None:
        raise SystemExit(f"{model.name}: not predicted from its header, or not measured by this system")
    measured = after.peak_rss_bytes - before.rss_bytes
    error = predicted / measured - 1
    engine = sum(buffer.size_bytes for buffer in info.buffers)
    of_files = (after.rss_file_bytes or 0) - (before.rss_file_bytes or 0)
    sizes = (after.uss_bytes, after.pss_bytes, after.rss_bytes)
    row = (
        model.stem,
        f"{settings.n_ctx}",
        settings.type_k,
        *(f"{size / MIB:.1f}" for size in (predicted, engine, measured)),
        f"{error:+.1%}",
        f"{of_files / MIB:.1f}",
        *("–" if size is None else f"{size / MIB:.1f}" for size in sizes),
    )
    return row, error


def main(arguments: Sequence[str] | None = None) -> int:
    parser = parser_of(__doc__)
    parser.add_argument("--model", type=Path, action="append", required=True)
    parser.add_argument("--contexts", default="512,2048,8192")
    parser.add_argument("--caches", default="f16,q8_0")
    parser.add_argument("--no-mmap", action="store_true")
    options = parser.parse_args(arguments)
    n_threads = default_threads()
    errors = []
    print("| " + " | ".join(COLUMNS) + " |")
    print("| --- |" + " ---: |" * (len(COLUMNS) - 1))
    for model in options.model:
        for n_ctx in numbers(options.contexts):
            for cache in options.caches.split(","):
                settings = EngineSettings(
                    n_ctx=n_ctx,
                    type_k=cache,
                    type_v=cache,
                    n_threads=n_threads,
                    n_threads_batch=n_threads,
                    use_mmap=not options.no_mmap,
                )
                row, error = compare(model, settings)
                errors.append(abs(error))
                print("| " + " | ".join(row) + " |", flush=True)
    print(f"largest error {max(errors):.1%} of {len(errors)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
