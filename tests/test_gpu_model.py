"""The GPU's path on a GPU in software: what it does, never how fast. See docs/gpu.md."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from bench.commands.doctor import examine
from bench.engines.gguf import read_header
from bench.engines.memory_prediction import predict_memory
from bench.engines.protocol import Device, EngineSettings, ModelInfo, Prompt
from bench.measure.speed import measure_speed
from bench.measure.speed_test import SpeedTest
from bench.meters.contention import ContentionMeter
from bench.units import MIB
from bench.worker.parent import Worker
from bench.worker.protocol import ListDevices, Load, Loaded, Serve

pytestmark = pytest.mark.model

LIMIT_S = 300.0
N_LAYERS = 30
# Every token of the answer leads the next best by 2.9 or more, and the devices' logits differ by up to 1.2.
PROMPT, ANSWER = Prompt(text="1, 2, 3, 4, 5,"), " 6, 7, 8"


@pytest.fixture
def gpu_environment(monkeypatch, software_gpu):
    for name, value in software_gpu.items():
        monkeypatch.setenv(name, value)


def settings_with(n_gpu_layers) -> EngineSettings:
    # One thread: the GPU's own threads need the CPU, and engine threads that wait would spin on it.
    return EngineSettings(n_ctx=256, n_batch=64, n_ubatch=64, n_gpu_layers=n_gpu_layers)


@contextmanager
def holding(model_path, n_gpu_layers) -> Iterator[tuple[Worker, Loaded]]:
    with Worker.start() as worker:
        yield worker, worker.call(Load(str(model_path), settings_with(n_gpu_layers)), timeout_s=LIMIT_S)


def gpu_of(devices: tuple[Device, ...]) -> Device:
    (gpu,) = (device for device in devices if device.is_gpu)
    return gpu


def kinds_on(info: ModelInfo, place: str) -> set[str]:
    return {buffer.kind for buffer in info.buffers if buffer.device == place}


def weights_on(info: ModelInfo, place: str) -> int:
    return sum(
        buffer.size_bytes for buffer in info.buffers if buffer.device == place and buffer.kind == "weights"
    )


def predicted_bytes(model_path, n_gpu_layers) -> int | None:
    return predict_memory(read_header(model_path), settings_with(n_gpu_layers)).gpu_bytes


def allocated_bytes(info: ModelInfo, place: str) -> int:
    return sum(buffer.size_bytes for buffer in info.buffers if buffer.device == place)


def answer(worker: Worker) -> str:
    return worker.call(Serve(PROMPT, 8), timeout_s=LIMIT_S).text


def check_speed(worker: Worker) -> None:
    """The speed instrument counts what it should; a rate in software would say nothing."""
    for test in (SpeedTest(n_prompt=8), SpeedTest(n_gen=2)):
        point = measure_speed(
            worker, test, contention=ContentionMeter(worker.pid), budget_s=0.1, max_repetitions=1
        )
        assert {sample.n_tokens for sample in point.samples} == {test.n_tokens}
        assert not point.samples[-1].is_warm_up


@pytest.mark.usefixtures("gpu_environment")
def test_the_gpu_is_listed_with_its_memory():
    with Worker.start() as worker:
        gpu = gpu_of(worker.call(ListDevices(), timeout_s=LIMIT_S).devices)
    assert gpu.kind == "GPU"
    assert "llvmpipe" in gpu.description
    assert gpu.total_bytes is not None
    assert gpu.free_bytes is not None
    assert 256 * MIB < gpu.free_bytes <= gpu.total_bytes
    told = {ability.name: ability.detail for ability in examine()}
    assert "GiB free" in told[f"device {gpu.name}"]
    assert "device CPU" in told


def test_a_backend_that_does_not_load_is_told(monkeypatch, tmp_path):
    monkeypatch.setenv("GGML_BACKEND_PATH", str(tmp_path / "libggml-none.so"))
    engine = examine()[0]
    assert engine.works is False
    assert "GGML_BACKEND_PATH" in engine.detail


@pytest.mark.usefixtures("gpu_environment")
def test_all_layers_on_the_gpu_answer_as_the_cpu_does(default_model_path):
    with holding(default_model_path, -1) as (worker, loaded):
        info = loaded.info
        gpu = gpu_of(info.devices).name
        assert kinds_on(info, gpu) == {"weights", "kv", "compute"}
        assert weights_on(info, gpu) >= 0.9 * info.tensor_bytes
        assert predicted_bytes(default_model_path, -1) == pytest.approx(allocated_bytes(info, gpu), rel=0.01)
        # Mesa's driver calls all of its memory free, always: that is unknown, and never a use of 0.
        assert info.device_used_bytes.get(gpu) != 0
        assert answer(worker) == ANSWER
        check_speed(worker)


@pytest.mark.usefixtures("gpu_environment")
def test_some_layers_on_the_gpu_leave_the_others_on_the_cpu(default_model_path):
    with holding(default_model_path, 10) as (worker, loaded):
        info = loaded.info
        gpu = gpu_of(info.devices).name
        assert kinds_on(info, gpu) == {"weights", "kv", "compute"}
        assert kinds_on(info, "CPU") >= {"kv"}
        assert 0 < weights_on(info, gpu) < info.tensor_bytes
        assert predicted_bytes(default_model_path, 10) == pytest.approx(allocated_bytes(info, gpu), rel=0.01)
        n_kv = {buffer.device: buffer.size_bytes for buffer in info.buffers if buffer.kind == "kv"}
        assert n_kv[gpu] / sum(n_kv.values()) == pytest.approx(9 / N_LAYERS, rel=0.01)  # the 10th: output
        assert answer(worker) == ANSWER


@pytest.mark.usefixtures("gpu_environment")
def test_no_layer_on_the_gpu_leaves_it_alone(default_model_path):
    with holding(default_model_path, 0) as (worker, loaded):
        info = loaded.info
        assert gpu_of(info.devices)  # there it is, and nothing is put on it, nor in memory shared with it
        assert {buffer.device.removesuffix("_Mapped") for buffer in info.buffers} == {"CPU"}
        assert answer(worker) == ANSWER
        check_speed(worker)
