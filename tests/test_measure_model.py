"""The whole instrument on the real engine and model, small: what must hold on any machine, busy or not."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from bench.engines.protocol import EngineSettings, Prompt
from bench.measure.energy_rule import EnergyRule
from bench.measure.latency import measure_latency
from bench.measure.loading import measure_load
from bench.measure.memory import MemoryTrace
from bench.measure.phase_energy import mean_tests, measure_test_energy
from bench.measure.speed import measure_speed
from bench.measure.speed_test import SpeedTest
from bench.meters.contention import ContentionMeter
from bench.meters.energy.core_watts import declared_core_watts
from bench.meters.energy.machine import MachineMeters
from bench.meters.host import default_threads
from bench.meters.memory import read_memory
from bench.meters.page_cache import cached_share
from bench.meters.protocol import Band
from bench.worker.parent import Worker

pytestmark = pytest.mark.model


@pytest.fixture
def worker() -> Iterator[Worker]:
    with Worker.start() as started:
        yield started


def test_a_real_model_is_measured_from_load_to_joules(worker: Worker, default_model_path: Path) -> None:
    n_threads = default_threads()
    settings = EngineSettings(n_ctx=512, n_threads=n_threads, n_threads_batch=n_threads)
    contention = ContentionMeter(worker.pid)
    memory = MemoryTrace(lambda: read_memory(worker.pid, full=True))
    watts = declared_core_watts(Band(8.0, 8.0, 8.0))
    meters = MachineMeters(core_watts=watts).of_worker(worker.pid, uses_gpu=False)
    memory.note("started")
    load, info = measure_load(worker, default_model_path, settings, meters=meters, cached_share=cached_share)
    memory.note("loaded")
    prefill = measure_speed(worker, SpeedTest(n_prompt=64), contention=contention, budget_s=0.0)
    decode = measure_speed(worker, SpeedTest(n_gen=8, n_depth=32), contention=contention, budget_s=0.0)
    latency = measure_latency(
        worker,
        "story",
        [("one", Prompt(text="Once upon a time there was a king who had three daughters. " * 8))],
        max_tokens=8,
        stop=(),
        contention=contention,
        budget_s=0.0,
    )
    readings = [
        reading
        for test in mean_tests(latency.requests)
        for reading in measure_test_energy(
            worker, test, meters=meters, rule=EnergyRule(least_s=0.3, budget_s=1.0), contention=contention
        )
    ]
    assert load.load_s > 0
    assert prefill.samples[-1].n_tokens == 64
    assert decode.samples[-1].n_tokens == 8
    assert 0 < decode.samples[-1].calls_s <= decode.samples[-1].loop_s

    request = latency.requests[-1]
    assert request.n_prompt_tokens > 90
    assert len(request.itl_s) == request.n_output_tokens - 1
    assert request.ttft_s >= request.prefill_s > 0

    assert [reading.phase for reading in readings] == ["prefill", "decode"]
    n_steps = request.n_output_tokens - 1
    assert [reading.test for reading in readings] == [
        f"pp{request.n_prompt_tokens}",
        f"tg{n_steps} @ d{request.n_prompt_tokens}",
    ]
    for reading, n_each in zip(readings, (request.n_prompt_tokens, n_steps), strict=True):
        assert reading.n_tokens is not None
        assert reading.n_tokens % n_each == 0
        # 8 W a busy core and no more than n_threads (and a little for the others) cores at once.
        assert reading.provenance == "modelled", reading.absent_because
        assert reading.above_idle_j is not None
        assert 0 < reading.above_idle_j[0] <= 8.0 * (n_threads + 1) * reading.window_s
        assert reading.busy_s is not None
        assert reading.busy_s <= reading.window_s
    assert [reading.phase for reading in load.energy] == ["load"]

    record = memory.record(info, predicted=None)
    started, loaded = (point.rss_bytes for point in record.points)
    assert started is not None
    assert loaded is not None
    assert loaded > started
    assert {buffer.kind for buffer in record.engine_buffers} >= {"weights", "kv", "compute"}
