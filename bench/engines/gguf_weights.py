"""Which weights a token makes the engine read, by tensor type: from the tensors that a GGUF header lists."""

from collections import Counter
from dataclasses import dataclass

from bench.engines.gguf import GgufHeader, GgufTensor

# Of these only the rows of the tokens at hand are read; the first is the output matrix, too, if tied.
INPUT_EMBEDDING = "token_embd.weight"
ROWS_ONLY = (INPUT_EMBEDDING, "per_layer_token_embd.weight", "position_embd.weight", "token_types.weight")
OUTPUT = "output.weight"
EXPERTS = "_exps."


@dataclass(frozen=True, slots=True)
class WeightsRead:
    """Of one tensor type. ``output_bytes`` is the part of ``n_bytes`` that is the output matrix.

    ``row_length`` is the commonest by bytes: how many products each result of a multiplication sums.
    """

    n_bytes: int
    output_bytes: int
    row_length: int


def weights_read(header: GgufHeader) -> dict[str, WeightsRead]:
    """By tensor type, largest first: the matrices that one decoded token is multiplied with.

    Vectors (norms, biases) are left out. Of a mixture of experts only the share of the experts in use counts.
    """
    has_output = any(tensor.name == OUTPUT for tensor in header.tensors)
    output = OUTPUT if has_output else INPUT_EMBEDDING
    total: Counter[str] = Counter()
    of_output: Counter[str] = Counter()
    rows: dict[str, Counter[int]] = {}
    for tensor in header.tensors:
        if tensor.n_dimensions < 2 or (tensor.name in ROWS_ONLY and tensor.name != output):
            continue
        n_bytes = round(tensor.n_bytes * _share_in_use(header, tensor))
        total[tensor.type_name] += n_bytes
        of_output[tensor.type_name] += n_bytes if tensor.name == output else 0
        rows.setdefault(tensor.type_name, Counter())[tensor.row_length] += n_bytes
    return {
        name: WeightsRead(n_bytes, of_output[name], rows[name].most_common(1)[0][0])
        for name, n_bytes in total.most_common()
        if n_bytes
    }


def _share_in_use(header: GgufHeader, tensor: GgufTensor) -> float:
    n_experts, n_used = header.of_architecture("expert_count"), header.of_architecture("expert_used_count")
    if EXPERTS not in tensor.name or not isinstance(n_experts, int) or not isinstance(n_used, int):
        return 1.0
    return n_used / n_experts if 0 < n_used < n_experts else 1.0
