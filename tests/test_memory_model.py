"""Predicted, reported and measured memory of the real model, side by side."""

import os
import resource
import shutil
import subprocess
import sys
from dataclasses import replace

import pytest
from program import environment

from bench.engines.cache_prediction import predict_cache
from bench.engines.gguf import read_header
from bench.engines.memory_prediction import predict_memory
from bench.engines.protocol import EngineSettings
from bench.measure.memory import MemoryTrace
from bench.meters.cpu_features import cpu_features
from bench.meters.memory import read_memory, restart_peak
from bench.worker.parent import Worker
from bench.worker.protocol import Load, Reopen, TimeDecode, TimePrefill

pytestmark = [
    pytest.mark.model,
    pytest.mark.skipif(sys.platform != "linux", reason="the peak of another process is told on Linux only"),
]

LIMIT_S = 120.0
SETTINGS = EngineSettings(n_ctx=512, n_ubatch=256)


def tracing(worker):
    return MemoryTrace(
        lambda: read_memory(worker.pid, full=True), restart_peak=lambda: restart_peak(worker.pid)
    )


def fill(worker, settings):
    worker.call(TimePrefill(settings.n_ctx - 1, 0), timeout_s=LIMIT_S)
    worker.call(TimeDecode(2, 0, 0), timeout_s=LIMIT_S)


def growth(memory):
    before, after = memory.points[0], memory.points[-1]
    return after.peak_rss_bytes - before.rss_bytes


@pytest.mark.parametrize(
    "settings", [SETTINGS, replace(SETTINGS, type_k="q8_0", type_v="q8_0", use_mmap=False)]
)
def test_the_peak_is_predicted_within_five_per_cent(default_model_path, settings):
    header = read_header(default_model_path)
    predicted = predict_memory(header, settings, cpu_features=cpu_features())
    with Worker.start() as worker:
        trace = tracing(worker)
        trace.note("started")
        info = worker.call(Load(str(default_model_path), settings), timeout_s=LIMIT_S).info
        trace.note("loaded")
        fill(worker, settings)
        trace.note("after")
    memory = trace.record(info, None)
    assert predicted.total_bytes == pytest.approx(growth(memory), rel=0.05)
    before, after = memory.points[0], memory.points[-1]
    of_files = after.rss_file_bytes - before.rss_file_bytes
    is_mapped = of_files > header.tensor_bytes
    assert is_mapped == memory.is_mapped == settings.use_mmap
    assert memory.is_locked is False


def test_the_cache_is_predicted_to_the_byte_however_it_is_held(default_model_path):
    header = read_header(default_model_path)
    held = [
        replace(SETTINGS, n_ctx=n_ctx, type_k=cache, type_v=cache, n_seq_max=n_seq_max, kv_unified=unified)
        for n_ctx, n_seq_max, unified in ((300, 1, True), (1024, 4, True), (1100, 4, False))
        for cache in ("f16", "q8_0", "q4_0")
    ]
    with Worker.start() as worker:
        worker.call(Load(str(default_model_path), SETTINGS), timeout_s=LIMIT_S)
        for settings in held:
            info = worker.call(Reopen(settings), timeout_s=LIMIT_S).info
            reported = sum(buffer.size_bytes for buffer in info.buffers if buffer.kind == "kv")
            predicted = predict_cache(header, settings).n_bytes
            assert abs(predicted - reported) <= 0.005 * (1 << 20), (
                settings
            )  # two decimals of a MiB are logged


def test_held_otherwise_the_peak_is_the_new_one(default_model_path):
    large, small = replace(SETTINGS, n_ctx=4096), replace(SETTINGS, n_ctx=256)
    with Worker.start() as worker:
        first = tracing(worker)
        first.note("started")
        worker.call(Load(str(default_model_path), large), timeout_s=LIMIT_S)
        first.note("loaded")
        info = worker.call(Reopen(small), timeout_s=LIMIT_S).info
        second = first.started_anew()
        fill(worker, small)
        second.note("after")
    predicted = predict_memory(read_header(default_model_path), small, cpu_features=cpu_features())
    assert growth(second.record(info, None)) == pytest.approx(predicted.total_bytes, rel=0.08)


LOCKING = """
import sys
from bench.engines.protocol import EngineSettings
from bench.meters.memory import read_memory
from bench.worker.parent import Worker
from bench.worker.protocol import Load
with Worker.start() as worker:
    worker.call(Load(sys.argv[1], EngineSettings(n_ctx=256, use_mlock=True)), timeout_s=120.0)
    print(read_memory(worker.pid, full=False).locked_bytes, "failed to mlock" in worker.last_words)
"""


@pytest.mark.skipif(not (shutil.which("setpriv") and shutil.which("prlimit")), reason="cannot set the limit")
def test_a_lock_that_the_system_refuses_is_not_claimed(default_model_path):
    """The engine loads all the same, and only logs that it holds no lock."""
    unprivileged = ["setpriv", "--inh-caps=-all", "--bounding-set=-ipc_lock"] if os.geteuid() == 0 else []
    limited = ["prlimit", "--memlock=65536:65536"]
    done = subprocess.run(
        [*unprivileged, *limited, sys.executable, "-c", LOCKING, str(default_model_path)],
        env=environment(),
        capture_output=True,
        text=True,
        check=True,
        timeout=LIMIT_S,
    )
    assert done.stdout.split() == ["0", "True"]


def test_locked_weights_are_told_by_the_system(default_model_path):
    settings = replace(SETTINGS, use_mlock=True)
    size = default_model_path.stat().st_size
    may_lock = resource.getrlimit(resource.RLIMIT_MEMLOCK)[0]
    with Worker.start() as worker:
        info = worker.call(Load(str(default_model_path), settings), timeout_s=LIMIT_S).info
        trace = tracing(worker)
        trace.note("loaded")
        memory = trace.record(info, None)
    locked = memory.points[-1].locked_bytes
    assert memory.is_locked == (locked > 0)
    if may_lock == resource.RLIM_INFINITY or may_lock > 2 * size:
        assert locked > 0.9 * info.tensor_bytes
