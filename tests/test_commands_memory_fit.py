"""`breakeven models fit`, and the refusal of what does not fit: from headers alone, no model is loaded."""

import json
import re

import pytest
from gguf_files import gguf
from program import in_process

from bench.commands.memory_fit import check_memory, predicted_memory
from bench.engines.gguf import read_header
from bench.engines.protocol import EngineSettings
from bench.errors import EnvironmentProblem
from bench.meters.host import available_memory_bytes

BIG = {  # half a MiB of cache for each token, and a context of terabytes
    "general.architecture": "llama",
    "llama.context_length": 1 << 22,
    "llama.block_count": 32,
    "llama.embedding_length": 4096,
    "llama.attention.head_count": 32,
    "tokenizer.ggml.tokens": ["a", "b"],
}


@pytest.fixture
def big(tmp_path):
    path = tmp_path / "big.gguf"
    path.write_bytes(gguf(BIG, [("token_embd.weight", (32, 2), 8, 0)], data_bytes=68))
    return path


def test_a_model_that_is_here_is_told_part_by_part_without_loading_it(big):
    ended = in_process("models", "fit", big, "--ctx", 512, "-ctk", "q8_0", "-ctv", "q8_0")
    assert ended.code == 0, ended.err
    rows = dict(re.split(r"  +", line) for line in ended.out.splitlines())
    assert rows["big"] == "512 tokens, cache q8_0/q8_0"
    assert rows["KV cache"] == "136.0 MiB"
    assert rows["KV cache per token"] == "278,528 bytes"
    assert rows["fits"] == "yes"
    assert rows["free here"].endswith(" MiB")


def test_json_holds_the_same_and_a_context_that_is_the_largest(big):
    ended = in_process("models", "fit", big, "--ctx", 1 << 22, "--json")
    assert ended.code == 0, ended.err
    told = json.loads(ended.out)
    assert told["fits"] is False
    assert told["predicted"]["kv_bytes"] == (1 << 22) * (1 << 19)
    assert 0 < told["largest_n_ctx"] < 1 << 22
    assert told["largest_n_ctx"] % 256 == 0
    assert told["largest_n_ctx"] << 19 < told["free_bytes"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--ctx", (1 << 22) + 1), "trained for"),
        (("--ctx", 0), "--ctx"),
        (("-ctk", "q3_0"), "q3_0"),
    ],
)
def test_what_the_engine_would_refuse_is_refused(big, arguments, said):
    ended = in_process("models", "fit", big, *arguments)
    assert ended.code == 2
    assert said in ended.err


def test_a_model_that_is_not_here_says_how_to_get_it(tmp_path):
    ended = in_process("models", "fit", "qwen3-4b-q4_k_m", env={"BREAKEVEN_CACHE": str(tmp_path)})
    assert ended.code == 2
    assert "models pull qwen3-4b-q4_k_m" in ended.err


def test_a_refusal_says_how_much_is_missing_and_what_context_would_fit(big):
    header = read_header(big)
    with pytest.raises(EnvironmentProblem) as refused:
        check_memory("big", header, EngineSettings(n_ctx=1 << 22))
    found = re.search(
        r"needs about ([\d,]+) MiB of memory, .* a context of ([\d,]+) tokens", refused.value.what
    )
    assert found is not None
    needed, n_ctx = (int(number.replace(",", "")) for number in found.groups())
    assert needed > 1 << 21
    assert 0 < n_ctx << 19 < available_memory_bytes() + (1 << 30)
    check_memory("big", header, EngineSettings(n_ctx=256))
    check_memory("scripted", None, EngineSettings(n_ctx=1 << 22))


def test_rows_of_logits_that_are_asked_for_at_once_take_memory(big):
    header, held = read_header(big), EngineSettings(n_ctx=512)
    one, many = predicted_memory(header, held), predicted_memory(header, held, n_logits=255)
    assert one is not None
    assert many is not None
    assert many.output_bytes == 255 * one.output_bytes
    assert predicted_memory(None, held, n_logits=255) is None


def test_where_not_even_the_smallest_context_fits_none_is_promised(tmp_path):
    path = tmp_path / "huge.gguf"
    path.write_bytes(gguf(BIG | {"llama.block_count": 60_000}))
    with pytest.raises(EnvironmentProblem) as refused:
        check_memory("huge", read_header(path), EngineSettings(n_ctx=4096))
    assert refused.value.what.endswith("are free")
