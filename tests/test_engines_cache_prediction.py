"""The KV cache from the header: by type, context, sequences, windows and layers; None for another state."""

import pytest
from gguf_files import SMALL, gguf

from bench.engines.cache_prediction import predict_cache
from bench.engines.gguf import read_header
from bench.engines.protocol import EngineSettings

LLAMA = {
    "general.architecture": "llama",
    "llama.context_length": 8192,
    "llama.block_count": 30,
    "llama.embedding_length": 576,
    "llama.attention.head_count": 9,
    "llama.attention.head_count_kv": 3,
}
GEMMA3 = {
    "general.architecture": "gemma3",
    "gemma3.block_count": 18,
    "gemma3.embedding_length": 640,
    "gemma3.attention.head_count": 4,
    "gemma3.attention.head_count_kv": 1,
    "gemma3.attention.key_length": 256,
    "gemma3.attention.value_length": 256,
    "gemma3.attention.sliding_window": 512,
}
GEMMA3_LAYER = 2 * 256 * 2  # bytes of one layer's cell


@pytest.fixture
def cache_of(tmp_path):
    def predicting(content, **settings):
        path = tmp_path / "model.gguf"
        path.write_bytes(content if isinstance(content, bytes) else gguf(content))
        return predict_cache(read_header(path), EngineSettings(**settings))

    return predicting


def test_the_cache_is_predicted_by_type_and_context(cache_of):
    assert cache_of(SMALL, n_ctx=4096).n_bytes == 4096 * 23_040  # by llama.cpp's own log
    assert cache_of(SMALL, n_ctx=4000).n_bytes == 4096 * 23_040
    assert cache_of(SMALL, n_ctx=4096).bytes_per_token == 23_040
    half = cache_of(SMALL, n_ctx=4096, type_k="q8_0", type_v="q8_0")
    assert (half.n_bytes, half.bytes_per_token) == (4096 * 12_240, 12_240)
    assert cache_of(SMALL, n_ctx=4096, n_seq_max=6, kv_unified=False).n_bytes == 6 * 768 * 23_040


def test_sliding_windows_shrink_all_but_every_sixth_layer_of_gemma3(cache_of):
    assert cache_of(GEMMA3, n_ctx=8192, swa_full=True).n_bytes == 18 * 8192 * GEMMA3_LAYER
    sliding = cache_of(GEMMA3, n_ctx=8192)
    assert sliding.n_bytes == (3 * 8192 + 15 * 1024) * GEMMA3_LAYER
    assert sliding.bytes_per_token == 3 * GEMMA3_LAYER
    short = cache_of(GEMMA3, n_ctx=512)  # shorter than window and batch: every layer grows
    assert (short.n_bytes, short.bytes_per_token) == (18 * 512 * GEMMA3_LAYER, 18 * GEMMA3_LAYER)


def test_sequences_share_one_window_cache_or_have_one_each(cache_of):
    shared = cache_of(GEMMA3, n_ctx=8192, n_seq_max=4)
    assert shared.n_bytes == (3 * 8192 + 15 * 2560) * GEMMA3_LAYER
    apart = cache_of(GEMMA3, n_ctx=8192, n_seq_max=4, kv_unified=False)
    assert apart.n_bytes == 4 * (3 * 2048 + 15 * 1024) * GEMMA3_LAYER


def test_a_pattern_in_the_file_wins_over_what_is_known_of_the_architecture(cache_of):
    pattern = [1] * 9 + [0] * 9
    told = cache_of(GEMMA3 | {"gemma3.attention.sliding_window_pattern": pattern}, n_ctx=8192)
    assert told.n_bytes == (9 * 8192 + 9 * 1024) * GEMMA3_LAYER
    every = cache_of(GEMMA3 | {"gemma3.attention.sliding_window_pattern": 3}, n_ctx=8192)
    assert every.n_bytes == (6 * 8192 + 12 * 1024) * GEMMA3_LAYER


def test_layers_may_differ_and_some_have_no_attention(cache_of):
    heads = {"llama.attention.head_count_kv": [0, 3] * 15}
    assert cache_of(LLAMA | heads, n_ctx=256).n_bytes == 256 * 23_040 // 2
    assert cache_of(LLAMA | {"llama.attention.head_count_kv": [3]}) is None


@pytest.mark.parametrize(
    "told",
    [
        {"llama.ssm.state_size": 16},  # recurrent or hybrid
        {"llama.wkv.head_size": 64},
        {"llama.shortconv.l_cache": 3},
        {"llama.attention.kv_lora_rank": 512},  # compressed keys and values (MLA)
        {"llama.attention.indexer.top_k": 8},
        {"llama.attention.shared_kv_layers": 10},
        {"llama.nextn_predict_layers": 1},
        {"llama.attention.sliding_window": 512},  # and nothing says which layers slide
    ],
)
def test_a_state_that_is_no_plain_cache_is_unknown_not_wrong(cache_of, told):
    assert cache_of(LLAMA) is not None
    assert cache_of(LLAMA | told) is None
