"""Which weights one token reads: from headers written here, with bytes that can be counted by hand."""

from pathlib import Path

from gguf_files import gguf

from bench.engines.gguf import read_header
from bench.engines.gguf_weights import WeightsRead, weights_read

F32, F16, Q8_0 = 0, 1, 8


def read(
    folder: Path, tensors: list[tuple[str, tuple[int, ...], int]], **keys: object
) -> dict[str, WeightsRead]:
    placed, offset = [], 0
    for name, shape, kind in tensors:
        placed.append((name, shape, kind, offset))
        offset += 1 << 16
    metadata: dict[str, object] = {"general.architecture": "toy", **keys}
    path = folder / "toy.gguf"
    path.write_bytes(gguf(metadata, placed, data_bytes=offset))
    return weights_read(read_header(path))


def test_a_tied_embedding_is_read_as_the_output_matrix(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        [
            ("token_embd.weight", (64, 100), F16),
            ("blk.0.attn_q.weight", (64, 64), F16),
            ("blk.0.ffn_down.weight", (128, 64), Q8_0),
            ("output_norm.weight", (64,), F32),
        ],
    )
    assert found == {
        "F16": WeightsRead(n_bytes=2 * 64 * 164, output_bytes=2 * 64 * 100, row_length=64),
        "Q8_0": WeightsRead(n_bytes=128 * 64 * 34 // 32, output_bytes=0, row_length=128),
    }


def test_of_an_embedding_of_its_own_only_rows_are_read(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        [
            ("token_embd.weight", (64, 100), F16),
            ("position_embd.weight", (64, 100), F32),
            ("output.weight", (64, 100), F32),
        ],
    )
    assert found == {"F32": WeightsRead(n_bytes=4 * 6400, output_bytes=4 * 6400, row_length=64)}


def test_of_experts_only_those_in_use_are_read(tmp_path: Path) -> None:
    tensors = [("blk.0.ffn_up_exps.weight", (64, 32, 8), F16), ("output.weight", (64, 10), F16)]
    keys = {"toy.expert_count": 8, "toy.expert_used_count": 2}
    assert read(tmp_path, tensors, **keys)["F16"].n_bytes == 2 * 64 * 32 * 2 + 2 * 640
    assert read(tmp_path, tensors)["F16"].n_bytes == 2 * 64 * 32 * 8 + 2 * 640  # the file does not say


def test_a_model_without_matrices_reads_none(tmp_path: Path) -> None:
    assert read(tmp_path, [("output_norm.weight", (64,), F32)]) == {}
