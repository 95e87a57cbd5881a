"""The trace of a worker's memory: what is kept of each reading, of locks, GPUs, and of a foreign peak."""

from collections.abc import Iterator
from dataclasses import replace

from factories import make_memory_parts

from bench.engines.protocol import Buffer, ModelInfo
from bench.measure.memory import MemoryTrace
from bench.meters.protocol import MemoryReading

INFO = ModelInfo(
    n_params=10,
    tensor_bytes=20,
    n_ctx_train=128,
    n_vocab=32,
    has_chat_template=False,
    is_mapped=True,
    buffers=(Buffer("CPU", "kv", 7),),
    engine_version="1",
    engine_build="b",
    system_info="",
)


def reading(rss: int, peak: int | None, **more: int) -> MemoryReading:
    return replace(MemoryReading(rss, peak), **more)


def trace_of(*readings: MemoryReading, can_restart: bool = True) -> MemoryTrace:
    left: Iterator[MemoryReading] = iter(readings)
    return MemoryTrace(lambda: next(left), restart_peak=lambda: can_restart)


def test_files_and_anonymous_pages_swap_and_locks_are_told_apart() -> None:
    trace = trace_of(
        reading(50, 60, rss_anon_bytes=20, rss_file_bytes=30, swap_bytes=1, locked_bytes=25), reading(50, 60)
    )
    trace.note("loaded")
    memory = trace.record(INFO, make_memory_parts(total_bytes=77))
    point = memory.points[0]
    assert (point.rss_anon_bytes, point.rss_file_bytes, point.swap_bytes) == (20, 30, 1)
    assert (memory.is_locked, memory.predicted_bytes) == (True, 77)
    assert memory.predicted is not None
    assert memory.predicted.kv_bytes_per_token == 23_040


def test_a_lock_that_was_refused_is_no_lock_and_one_not_told_is_unknown() -> None:
    refused, silent = trace_of(reading(50, 60, locked_bytes=0)), trace_of(reading(50, 60))
    for trace in (refused, silent):
        trace.note("loaded")
    assert refused.record(INFO, None).is_locked is False
    assert silent.record(INFO, None).is_locked is None


def test_what_a_gpu_holds_is_noted_with_each_point_and_by_the_engine() -> None:
    held = iter([{}, {"0: GPU": 5}])
    trace = MemoryTrace(lambda: reading(1, 1), read_gpu=lambda: next(held))
    trace.note("started")
    trace.note("loaded")
    memory = trace.record(replace(INFO, device_used_bytes={"CUDA0": 6}), None)
    assert [point.gpu_bytes for point in memory.points] == [{}, {"0: GPU": 5}]
    assert memory.device_used_bytes == {"CUDA0": 6}
    assert memory.predicted_bytes is None


def test_a_model_held_otherwise_keeps_what_was_before_the_load_and_has_a_peak_of_its_own() -> None:
    first = trace_of(reading(10, 10), reading(90, 100), reading(40, 40), reading(60, 70))
    first.note("started")
    first.note("after pp512")
    second = first.started_anew()
    second.note("after pp512")
    points = second.record(INFO, None).points
    assert [(point.at, point.rss_bytes, point.peak_rss_bytes) for point in points] == [
        ("started", 10, 10),
        ("held otherwise", 40, 40),
        ("after pp512", 60, 70),
    ]


def test_a_peak_from_before_is_not_shown_as_this_ones() -> None:
    readings = (reading(10, 10), reading(90, 100), reading(40, 100), reading(40, 100), reading(60, 100))
    trace = trace_of(*readings, reading(130, 140), can_restart=False)
    trace.note("started")
    trace.note("after pp512")
    later = trace.started_anew()
    later.note("after pp512")
    later.note("after tg128")
    assert [point.peak_rss_bytes for point in later.record(INFO, None).points] == [10, None, None, 140]
