"""Load time and its joules, and memory at phase borders."""

from pathlib import Path

import pytest
from factories import make_memory_parts
from measuring import ConstantPower, FakeWorker, S

from bench.engines.protocol import Buffer, EngineSettings, ModelInfo
from bench.measure.loading import measure_load
from bench.measure.memory import MemoryTrace
from bench.meters.protocol import MemoryReading
from bench.worker.protocol import Load, Loaded, Window

INFO = ModelInfo(
    n_params=10,
    tensor_bytes=20,
    n_ctx_train=128,
    n_vocab=32,
    has_chat_template=False,
    is_mapped=True,
    buffers=(Buffer("CPU", "weights", 20), Buffer("CPU", "kv", 7)),
    engine_version="1",
    engine_build="b",
    system_info="",
)


@pytest.mark.parametrize(
    ("share", "is_warm"), [(None, None), (0.0, False), (0.6, False), (0.99, True), (1.0, True)]
)
def test_load_time_and_whether_the_file_was_in_memory(
    tmp_path: Path, share: float | None, is_warm: bool | None
) -> None:
    worker = FakeWorker(lambda _: Loaded(INFO, Window(2 * S, 4 * S)))
    source = ConstantPower(7.0)
    settings = EngineSettings(n_ctx=64)
    path = tmp_path / "model.gguf"
    load, info = measure_load(worker, path, settings, sampler=source, cached_share=lambda _: share)
    assert worker.commands == [Load(str(path), settings)]
    assert info is INFO
    assert load.load_s == 2.0
    assert load.is_warm is is_warm
    assert load.energy[0].phase == "load"
    assert load.energy[0].gross_j == pytest.approx((14.0, 14.0, 14.0))
    assert load.energy[0].n_tokens is None
    assert source.n_marks == 2


def test_the_cache_is_asked_before_the_load() -> None:
    order: list[str] = []

    def reply(_: object) -> Loaded:
        order.append("load")
        return Loaded(INFO, Window(0, 1))

    def cached_share(_: Path) -> float:
        order.append("cache")
        return 1.0

    measure_load(FakeWorker(reply), Path("m"), EngineSettings(), sampler=None, cached_share=cached_share)
    assert order == ["cache", "load"]


def test_memory_holds_every_border_beside_what_the_engine_says() -> None:
    readings = iter([MemoryReading(10, 11), MemoryReading(50, 60, 40, 45)])
    trace = MemoryTrace(lambda: next(readings))
    trace.note("started")
    trace.note("loaded")
    memory = trace.record(INFO, predicted=make_memory_parts(total_bytes=30))
    assert [point.at for point in memory.points] == ["started", "loaded"]
    assert memory.points[0].uss_bytes is None
    assert (memory.points[1].rss_bytes, memory.points[1].peak_rss_bytes) == (50, 60)
    assert (memory.points[1].uss_bytes, memory.points[1].pss_bytes) == (40, 45)
    assert [(buffer.kind, buffer.size_bytes) for buffer in memory.engine_buffers] == [
        ("weights", 20),
        ("kv", 7),
    ]
    assert memory.is_mapped
    assert memory.predicted_bytes == 30
