"""Memory before the load: its parts, what fits, and the largest context that does."""

from dataclasses import fields, replace

from gguf_files import gguf
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.engines.gguf import GgufHeader, GgufTensor, read_header
from bench.engines.memory_prediction import fits, largest_context, predict_memory
from bench.engines.protocol import EngineSettings
from bench.units import MIB

# The default model's, without its tensors' names and vocabulary.
SMOL = GgufHeader(
    version=3,
    architecture="llama",
    metadata={
        "llama.context_length": 8192,
        "llama.block_count": 30,
        "llama.embedding_length": 576,
        "llama.feed_forward_length": 1536,
        "llama.attention.head_count": 9,
        "llama.attention.head_count_kv": 3,
    },
    numbers={},
    lengths={"tokenizer.ggml.tokens": 49_152, "tokenizer.ggml.merges": 48_900},
    tensors=(),
    n_params=0,
    tensor_bytes=0,
    expected_size_bytes=0,
    size_bytes=0,
)


def tensor(name: str, kind: str, rows: int = 8, n_dimensions: int = 2) -> GgufTensor:
    return GgufTensor(name, kind, n_dimensions, 32, 32 * rows, 1000 * rows, 0)


def holding(*tensors: GgufTensor) -> GgufHeader:
    return replace(SMOL, tensors=tensors)


def test_the_total_is_the_sum_of_its_parts():
    header = holding(tensor("blk.0.ffn_up.weight", "Q4_0"))
    whole = predict_memory(header, EngineSettings(), cpu_features={"avx2"})
    parts = {field.name: getattr(whole, field.name) for field in fields(whole)}
    for no_part in ("kv_bytes_per_token", "reserved_bytes", "gpu_bytes"):
        del parts[no_part]
    assert whole.total_bytes == sum(parts.values())
    assert all(size > 0 for size in parts.values())


def test_repacked_weights_are_held_twice_where_they_are_mapped():
    header = holding(
        tensor("blk.0.ffn_up.weight", "Q4_0", 16),
        tensor("blk.0.ffn_down.weight", "Q4_0", 4),  # rows that the kernel cannot take
        tensor("blk.0.attn_q.weight", "Q4_1", 16),
        tensor("blk.0.bias", "Q4_0", 8, n_dimensions=1),
        tensor("token_embd.weight", "Q4_0", 32),
        tensor("output.weight", "Q6_K", 32),
    )
    whole = sum(one.n_bytes for one in header.tensors)
    for features, repacked in ((set(), 0), ({"sse2"}, 0), ({"avx2"}, 16_000), ({"asimddp"}, 52_000)):
        mapped = predict_memory(header, EngineSettings(), cpu_features=features)
        read = predict_memory(header, EngineSettings(use_mmap=False), cpu_features=features)
        assert (mapped.weights_bytes, mapped.repacked_bytes) == (whole, repacked)
        assert (read.weights_bytes, read.repacked_bytes) == (whole - repacked, repacked)


def test_an_embedding_that_also_makes_the_logits_is_repacked_beside_itself():
    header = holding(tensor("token_embd.weight", "Q4_0"))
    read = predict_memory(header, EngineSettings(use_mmap=False), cpu_features={"avx2"})
    assert (read.weights_bytes, read.repacked_bytes) == (8000, 8000)


def test_what_a_batch_touches_is_less_than_the_buffer_unless_all_logits_are_wanted():
    few = predict_memory(SMOL, EngineSettings(n_ctx=512))
    many = predict_memory(SMOL, EngineSettings(n_ctx=512), n_logits=512)
    assert few.compute_bytes < few.reserved_bytes / 5
    assert many.compute_bytes - few.compute_bytes == 511 * 4 * 49_152
    assert many.output_bytes == 512 * few.output_bytes


def test_attention_without_flash_keeps_the_scores():
    held = EngineSettings(n_ctx=2048, flash_attn="off")
    scores = 512 * 2048 * 9 * (4 + 2)
    more = (
        predict_memory(SMOL, held).compute_bytes
        - predict_memory(SMOL, EngineSettings(n_ctx=2048)).compute_bytes
    )
    assert scores * 0.8 < more < scores * 1.2


def test_layers_on_a_gpu_leave_the_hosts_memory():
    layers = [tensor(f"blk.{layer}.ffn_up.weight", "Q8_0") for layer in range(30)]
    header = holding(*layers, tensor("output.weight", "Q8_0", 50), tensor("token_embd.weight", "Q8_0", 50))
    host = predict_memory(header, EngineSettings())
    assert host.gpu_bytes == 0
    part = predict_memory(header, EngineSettings(n_gpu_layers=11))
    assert host.weights_bytes - part.weights_bytes == 10 * 8000 + 50_000
    assert part.kv_bytes == round(host.kv_bytes * 20 / 30)
    full = predict_memory(header, EngineSettings(n_gpu_layers=-1))
    assert (full.weights_bytes, full.kv_bytes) == (50_000, 0)
    assert full.gpu_bytes == 30 * 8000 + 50_000 + host.kv_bytes + host.reserved_bytes
    tied = predict_memory(holding(*layers, header.tensors[-1]), EngineSettings(n_gpu_layers=-1))
    assert (tied.gpu_bytes, tied.weights_bytes) == (full.gpu_bytes, 50_000)


def test_what_the_header_does_not_tell_is_unknown(tmp_path):
    path = tmp_path / "clip.gguf"
    path.write_bytes(gguf({"general.architecture": "clip"}))
    header = read_header(path)
    prediction = predict_memory(header, EngineSettings())
    assert (prediction.kv_bytes, prediction.compute_bytes, prediction.total_bytes) == (None, None, None)
    assert fits(prediction, 1 << 40) is None
    assert largest_context(header, EngineSettings(), 1 << 40) is None
    recurrent = replace(SMOL, metadata=SMOL.metadata | {"llama.ssm.state_size": 16})
    assert predict_memory(recurrent, EngineSettings()).total_bytes is None
    assert largest_context(recurrent, EngineSettings(), 1 << 40) is None


@given(available=st.integers(0, 400 * MIB), more=st.integers(0, 50 * MIB))
@settings(max_examples=25, deadline=None)
def test_the_largest_context_fits_the_next_does_not_and_more_memory_never_holds_less(available, more):
    held = EngineSettings()

    def does_fit(n_ctx: int) -> bool | None:
        return fits(predict_memory(SMOL, replace(held, n_ctx=n_ctx)), available)

    n_ctx = largest_context(SMOL, held, available)
    assert n_ctx % 256 == 0
    assert 0 <= n_ctx <= 8192
    assert n_ctx == 0 or does_fit(n_ctx)
    assert n_ctx == 8192 or not does_fit(n_ctx + 256)
    assert largest_context(SMOL, held, available + more) >= n_ctx


def test_a_smaller_cache_type_holds_a_longer_context():
    short = largest_context(SMOL, EngineSettings(), 80 * MIB)
    long = largest_context(SMOL, EngineSettings(type_k="q8_0", type_v="q8_0"), 80 * MIB)
    assert 0 < short < long < 8192


def test_a_gpu_that_is_too_small_does_not_fit():
    prediction = predict_memory(SMOL, EngineSettings(n_gpu_layers=-1))
    assert fits(prediction, 1 << 40, prediction.gpu_bytes)
    assert fits(prediction, 1 << 40, prediction.gpu_bytes - 1) is False
    assert fits(prediction, 1 << 40) is True
    n_ctx = largest_context(
        SMOL, EngineSettings(n_gpu_layers=-1), 1 << 40, gpu_available_bytes=prediction.gpu_bytes
    )
    assert n_ctx == 4096
