"""The bytes of a KV cache, from the header alone: exact for plain and sliding-window attention, else None.

Which layers slide, and what llama.cpp assumes where the file does not say, is taken from its src/models and
src/llama-kv-cache-iswa.cpp at 0c1e570.
"""

from dataclasses import dataclass

from bench.engines.gguf import GgufHeader
from bench.engines.gguf_types import CACHE_BYTES
from bench.engines.protocol import EngineSettings

CELL_PADDING = 256  # llama.cpp rounds a cache up to this many cells
MAX_LAYERS = 1 << 16

# What of ``<architecture>.`` tells of a state that is no such cache: recurrent layers, compressed (MLA) or
# indexed keys, layers that share a cache, and sliding layers of another shape.
OTHER_STATE = (
    "ssm.",
    "wkv.",
    "kda.",
    "shortconv.",
    "attention.kv_lora_rank",
    "attention.indexer.",
    "attention.shared_kv_layers",
    "attention.key_length_swa",
    "attention.compress",
    "attention.recurrent_layers",
    "nextn_predict_layers",
    "token_shift_count",
    "full_attention_interval",
)
# One layer of every n attends to everything, where the file has a window but no pattern.
GLOBAL_LAYER_OF = {
    "afmoe": 4,
    "cohere2": 4,
    "exaone-moe": 4,
    "gemma2": 2,
    "gemma3": 6,
    "gpt-oss": 2,
    "llama4": 4,
    "mellum": 4,
    "olmo2": 4,
    "plamo3": 8,
}
DENSE_FIRST = {
    "cohere2moe": 4,
    "smallthinker": 4,
    "laguna": 4,
}  # as above, and the first layer is the global one
WITHOUT_WINDOW = frozenset({"phi3"})  # the file has one, and llama.cpp does not use it
DEFAULT_WINDOW = {"gemma2": 4096, "llama4": 8192}  # where the file does not say


@dataclass(frozen=True, slots=True)
class CachePrediction:
    """``bytes_per_token``: what each further token of context adds, once sliding windows are full."""

    n_bytes: int
    bytes_per_token: int
    n_cells: int  # of all caches: the full one, and that of the sliding layers


def predict_cache(header: GgufHeader, settings: EngineSettings) -> CachePrediction | None:
    """The KV cache for ``settings``; None for another kind of state, or where the header does not tell."""
    n_layers = number(header, "block_count")
    heads = number(header, "attention.head_count")
    width = number(header, "embedding_length")
    if n_layers is None or n_layers > MAX_LAYERS or _has_other_state(header):
        return None
    heads_kv = _per_layer(header, "attention.head_count_kv", n_layers, heads)
    slides = _sliding_layers(header, n_layers)
    head_width = width // heads if width and heads else None
    key = number(header, "attention.key_length") or head_width
    value = number(header, "attention.value_length") or head_width
    if heads_kv is None or slides is None or key is None or value is None:
        return None

    n_streams = 1 if settings.kv_unified else settings.n_seq_max
    full = padded(settings.n_ctx // n_streams)
    window, small = _window(header) or 0, full
    if any(slides) and not settings.swa_full:
        # Padded after the smaller is taken, as llama.cpp does.
        n_sharing = settings.n_seq_max if settings.kv_unified else 1
        small = padded(min(full, window * n_sharing + settings.n_ubatch))
    per_head = key * CACHE_BYTES[settings.type_k] + value * CACHE_BYTES[settings.type_v]
    growing = sum(
        n for n, is_sliding in zip(heads_kv, slides, strict=True) if not is_sliding or small == full
    )
    sliding = sum(heads_kv) - growing
    return CachePrediction(
        n_bytes=round(n_streams * (growing * full + sliding * small) * per_head),
        bytes_per_token=round(growing * per_head),
        n_cells=n_streams * (full + (small if any(slides) else 0)),
    )


def padded(n_cells: int) -> int:
    return -(-max(n_cells, 1) // CELL_PADDING) * CELL_PADDING


def number(header: GgufHeader, key: str) -> int | None:
    """A positive whole number of the architecture; the largest where the file gives one for each layer."""
    value = header.of_architecture(key)
    if value is None:
        values = header.numbers.get(f"{header.architecture}.{key}")
        value = max(values) if values else None
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else None


def _has_other_state(header: GgufHeader) -> bool:
    prefix = f"{header.architecture}."
    told = tuple(prefix + key for key in OTHER_STATE)
    return any(key.startswith(told) for keys in (header.metadata, header.lengths) for key in keys)


def _window(header: GgufHeader) -> int | None:
    """Tokens that a sliding layer looks back; None where no layer slides."""
    if header.architecture in WITHOUT_WINDOW:
        return None
    key = "attention.sliding_window"
    if header.of_architecture(key) is None and f"{header.architecture}.{key}" not in header.lengths:
        return DEFAULT_WINDOW.get(header.architecture)
    return number(header, key)


def _sliding_layers(header: GgufHeader, n_layers: int) -> list[bool] | None:
    """Which layers slide their window; None where the file has a window and nothing tells which use it."""
    if _window(header) is None:
        return [False] * n_layers
    key = "attention.sliding_window_pattern"
    told = header.numbers.get(f"{header.architecture}.{key}")
    if told is not None:
        return [bool(value) for value in told] if len(told) == n_layers else None
    dense_first = DENSE_FIRST.get(header.architecture)
    every = number(header, key) or dense_first or GLOBAL_LAYER_OF.get(header.architecture)
    if every is None:
        return None
    is_global = 0 if dense_first else every - 1
    return [layer % every != is_global for layer in range(n_layers)]


def _per_layer(header: GgufHeader, key: str, n_layers: int, default: int | None) -> list[int] | None:
    """A value for each layer, whether the file gives one for all or a list; None when neither is usable."""
    values = header.numbers.get(f"{header.architecture}.{key}")
    if values is not None:
        return [int(value) for value in values] if len(values) == n_layers and min(values) >= 0 else None
    one = header.of_architecture(key)
    one = default if one is None else one
    return [one] * n_layers if isinstance(one, int) and one >= 0 else None
