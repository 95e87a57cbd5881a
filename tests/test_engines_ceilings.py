"""What the CPU can do at most: of the real engine's own kernels, and refused before any native call."""

import itertools
import time
from pathlib import Path

import pytest

from bench.engines import open_engine
from bench.engines.ceilings import measure_ceilings
from bench.engines.gguf import read_header
from bench.engines.gguf_types import TENSOR_TYPES
from bench.engines.llama_library import library
from bench.engines.matmul import UNQUANTIZED, CpuMatmul, bytes_per_weight, can_multiply
from bench.engines.protocol import EngineSettings
from bench.engines.results import CeilingsFound
from bench.errors import EngineError
from bench.units import MIB


def test_a_type_is_multiplied_in_whole_blocks_only() -> None:
    assert bytes_per_weight("Q4_1") == 20 / 32
    assert can_multiply("Q4_1", 576)
    assert not can_multiply("Q4_K", 576)
    assert can_multiply("Q4_K", 768)
    assert not can_multiply("I32", 768)
    assert not can_multiply("no such type", 768)
    assert not can_multiply("F32", 0)


def test_a_scripted_engine_has_no_ceilings() -> None:
    with pytest.raises(EngineError, match="no ceilings"):
        open_engine("scripted").measure_ceilings(1, 1 << 30)


@pytest.fixture(scope="module")
def found(default_model_path: Path) -> CeilingsFound:
    """By the engine that has the model loaded, as the worker asks for it."""
    engine = open_engine("llama_cpp")
    with pytest.raises(EngineError, match="no model is loaded"):
        engine.measure_ceilings(1, 256 * MIB)
    engine.load(str(default_model_path), EngineSettings(n_ctx=256, n_batch=256, n_ubatch=256))
    try:
        ceilings = engine.measure_ceilings(1, 256 * MIB)
        engine.decode([1], [0], [0], [False])  # the model is as it was
        engine.synchronize()
    finally:
        engine.close()
    return ceilings


@pytest.mark.model
def test_the_models_own_kernels_have_ceilings_for_decode_and_prefill(found: CeilingsFound) -> None:
    speeds = {(one.tensor_type, one.n_tokens): one.flops_per_s for one in found.kernels}
    for tensor_type in ("Q4_1", "Q8_0"):
        assert speeds[tensor_type, 1] > 0
        assert speeds[tensor_type, 512] > 0
    assert found.read_bytes_per_s > 0
    assert ("Q4_0", 1) in speeds  # for comparison
    assert not any(tensor_type == "Q4_K" for tensor_type, _ in speeds)  # its blocks do not divide 576 weights


@pytest.mark.model
def test_the_bytes_of_a_token_are_those_of_all_matrices(
    found: CeilingsFound, default_model_path: Path
) -> None:
    """The embedding is tied to the output matrix here, so nothing but vectors is left out."""
    header = read_header(default_model_path)
    vectors = sum(4 * tensor.n_elements for tensor in header.tensors if tensor.n_dimensions == 1)
    assert set(found.weight_bytes) == {"Q4_1", "Q8_0"}
    assert sum(found.weight_bytes.values()) == header.tensor_bytes - vectors
    assert vectors > 0
    assert found.output_bytes == {"Q8_0": 49152 * 576 * 34 // 32}


@pytest.mark.model
def test_every_type_that_a_file_can_hold_is_multiplied_or_left_out() -> None:
    slow_to_make = {"IQ2_XS", "IQ2_S", "IQ3_XXS", "IQ3_S", "IQ1_S", "IQ1_M"}  # seconds for their tables
    with CpuMatmul(library(), 2) as matmul:
        for name in {name for name, _, _ in TENSOR_TYPES.values()} - slow_to_make:
            with matmul.product(name, n_rows=128, n_columns=256, n_tokens=3, n_nodes=2) as product:
                if product is None:
                    assert name in UNQUANTIZED
                    continue
                product.run()
                assert product.operations == 2 * 2 * 128 * 256 * 3
                assert product.weight_bytes == 2 * 128 * 256 * bytes_per_weight(name)


@pytest.mark.model
def test_sizes_that_would_abort_are_refused(default_model_path: Path) -> None:
    with CpuMatmul(library(), 1) as matmul:
        for n_rows, n_tokens, n_nodes in ((0, 1, 1), (65, 1, 1), (64, 0, 1), (64, 1, 0), (64, 1, 100_000)):
            with pytest.raises(EngineError, match="no product"):
                matmul.product(
                    "F32", n_rows=n_rows, n_columns=256, n_tokens=n_tokens, n_nodes=n_nodes
                ).__enter__()
        with pytest.raises(EngineError, match="no memory"):
            matmul.product("F32", n_rows=1 << 20, n_columns=1 << 28, n_tokens=1).__enter__()
    header = read_header(default_model_path)
    for n_threads, spare_bytes, why in ((0, 1 << 30, "n_threads 0"), (1, 100 * MIB, "too few")):
        with pytest.raises(EngineError, match=why):
            measure_ceilings(
                library(), header, n_threads=n_threads, spare_bytes=spare_bytes, now_ns=time.perf_counter_ns
            )


@pytest.mark.model
def test_a_slow_machine_measures_the_models_kernels_only(default_model_path: Path) -> None:
    """On a clock on which every look takes ten seconds, nothing is waited for."""
    clock = itertools.count(step=10_000_000_000)
    found = measure_ceilings(
        library(),
        read_header(default_model_path),
        n_threads=1,
        spare_bytes=256 * MIB,
        now_ns=lambda: next(clock),
    )
    assert {one.tensor_type for one in found.kernels} == {"Q4_1", "Q8_0"}
