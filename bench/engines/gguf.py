"""The header of a GGUF file: what a model is, what memory it will need, and whether its file is whole.

Format: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md, versions 2 and 3, little-endian. Nothing
in the file is trusted: counts and lengths are bounded by the file and by generous limits, so that a hostile
header costs neither memory nor time.
"""

import struct
from dataclasses import dataclass, field
from pathlib import Path

from bench.engines.gguf_reader import Reader
from bench.engines.gguf_types import ARRAY, CACHE_BYTES, FILE_TYPES, SCALARS, STRING, TENSOR_TYPES
from bench.engines.protocol import EngineSettings
from bench.errors import EngineError
from bench.units import MIB

Scalar = str | int | float | bool

MAX_ENTRIES = 1 << 16  # metadata keys, and tensors: the largest models have some thousands
MAX_ELEMENTS = 1 << 22  # of one array: vocabularies and merges stay below a million
MAX_KEPT_ELEMENTS = 1 << 12  # numbers of one array that are kept: one per layer is all that is needed
CELL_PADDING = 256  # llama.cpp rounds a cache up to this many cells
# One layer of every n attends to everything where the file does not say (llama.cpp, src/models).
GLOBAL_LAYER_OF = {
    "gemma2": 2,
    "gemma3": 6,
    "gemma3n": 5,
    "gpt-oss": 2,
    "cohere2": 4,
    "llama4": 4,
    "olmo2": 4,
}
DEFAULT_FEED_FORWARD = 4  # times the width, when the file does not say


@dataclass(frozen=True, slots=True)
class GgufHeader:
    """``metadata`` holds scalars, ``numbers`` short numeric arrays, ``lengths`` the length of every array."""

    version: int
    architecture: str
    metadata: dict[str, Scalar]
    numbers: dict[str, tuple[int | float, ...]]
    lengths: dict[str, int]
    n_tensors: int
    n_params: int
    tensor_bytes: int
    expected_size_bytes: int
    size_bytes: int

    def of_architecture(self, key: str) -> Scalar | None:
        """The value of ``<architecture>.<key>``."""
        return self.metadata.get(f"{self.architecture}.{key}")

    @property
    def n_ctx_train(self) -> int | None:
        return _count(self.of_architecture("context_length"))

    @property
    def n_vocab(self) -> int | None:
        return self.lengths.get("tokenizer.ggml.tokens")

    @property
    def has_chat_template(self) -> bool:
        return bool(self.metadata.get("tokenizer.chat_template"))

    @property
    def quantization(self) -> str | None:
        """The label of ``general.file_type``, such as Q4_K_M; None when the file does not say."""
        file_type = self.metadata.get("general.file_type")
        return FILE_TYPES.get(file_type) if isinstance(file_type, int) else None


def read_header(path: Path) -> GgufHeader:
    """Read the header of the model file at ``path``.

    Raises EngineError for a file that cannot be read, is empty, is no GGUF, is malformed, or is shorter than
    its own header says (truncated).
    """
    try:
        with path.open("rb") as file:
            header = _parse(Reader(file, path.stat().st_size))
    except (OSError, ValueError) as error:
        raise EngineError(f"the model file cannot be read: {error}", where=str(path)) from None
    except EngineError as error:
        raise EngineError(error.what, where=str(path), remedy=error.remedy) from None
    if header.size_bytes < header.expected_size_bytes:
        raise EngineError(
            f"the model file is truncated: {header.size_bytes} of {header.expected_size_bytes} bytes",
            where=str(path),
            remedy="fetch it again",
        )
    return header


@dataclass(slots=True)
class _Metadata:
    scalars: dict[str, Scalar] = field(default_factory=dict)
    numbers: dict[str, tuple[int | float, ...]] = field(default_factory=dict)
    lengths: dict[str, int] = field(default_factory=dict)


def _parse(reader: Reader) -> GgufHeader:
    if reader.size == 0:
        raise EngineError("the model file is empty", remedy="fetch it again")
    if reader.size < 24 or reader.take(4) != b"GGUF":
        raise EngineError("this is not a GGUF model file", remedy="give a file that ends in .gguf")
    version = int(reader.number("I"))
    if version not in (2, 3):
        is_swapped = version in (2 << 24, 3 << 24)
        raise EngineError(
            "the model file is big-endian" if is_swapped else f"GGUF version {version} is not supported",
            remedy="convert the model again with a current llama.cpp",
        )
    n_tensors = reader.count("a number of tensors", MAX_ENTRIES)
    n_keys = reader.count("a number of metadata keys", MAX_ENTRIES)
    found = _Metadata()
    for _ in range(n_keys):
        _read_entry(reader, found)
    alignment = found.scalars.get("general.alignment", 32)
    if not isinstance(alignment, int) or not 0 < alignment <= MIB or alignment & (alignment - 1):
        raise EngineError(f"the model file is malformed: an alignment of {alignment}")

    n_params = tensor_bytes = data_end = 0
    for _ in range(n_tensors):
        n_elements, n_bytes, offset = _read_tensor(reader, alignment)
        n_params += n_elements
        tensor_bytes += n_bytes
        data_end = max(data_end, offset + n_bytes)
    data_start = -(-(reader.base + reader.at) // alignment) * alignment
    return GgufHeader(
        version=version,
        architecture=str(found.scalars.get("general.architecture", "unknown")),
        metadata=found.scalars,
        numbers=found.numbers,
        lengths=found.lengths,
        n_tensors=n_tensors,
        n_params=n_params,
        tensor_bytes=tensor_bytes,
        expected_size_bytes=data_start + data_end if n_tensors else reader.base + reader.at,
        size_bytes=reader.size,
    )


def _read_entry(reader: Reader, found: _Metadata) -> None:
    key, kind = reader.string(), int(reader.number("I"))
    if key in found.scalars or key in found.lengths:
        raise EngineError(f"the model file is malformed: the key {key[:80]!r} comes twice")
    if kind in SCALARS:
        found.scalars[key] = reader.number(SCALARS[kind])
    elif kind == STRING:
        found.scalars[key] = reader.string()
    elif kind == ARRAY:
        element = int(reader.number("I"))
        count = reader.count("an array length", MAX_ELEMENTS)
        found.lengths[key] = count
        if element == STRING:
            reader.skip_strings(count)
        elif element in SCALARS:
            layout = struct.Struct(f"<{count}{SCALARS[element]}")
            if count <= MAX_KEPT_ELEMENTS:
                found.numbers[key] = layout.unpack(reader.take(layout.size))
            else:
                reader.skip(layout.size)
        else:
            raise EngineError(f"the model file is malformed: an array of type {element}")
    else:
        raise EngineError(f"the model file is malformed: metadata of type {kind}")


def _read_tensor(reader: Reader, alignment: int) -> tuple[int, int, int]:
    """Elements, bytes and offset of the next tensor."""
    name = reader.string()[:80]
    n_elements, row = 1, 1
    for axis in range(reader.count("a number of dimensions", 4, "I")):
        length = reader.count("a dimension", 1 << 40)
        n_elements *= length
        row = length if axis == 0 else row
    kind, offset = int(reader.number("I")), int(reader.number("Q"))
    if kind not in TENSOR_TYPES:
        raise EngineError(f"tensor {name!r} has the unknown type {kind}", remedy="use a newer version")
    _, block, block_bytes = TENSOR_TYPES[kind]
    if row % block or offset % alignment:
        raise EngineError(f"the model file is malformed: tensor {name!r} is not aligned")
    return n_elements, n_elements // block * block_bytes, offset


def _count(value: Scalar | None) -> int | None:
    return value if isinstance(value, int) and value > 0 else None


@dataclass(frozen=True, slots=True)
class MemoryPrediction:
    """Bytes; None where the header does not tell enough.

    The compute buffer is estimated from the widths of the largest operations, which layers slide their window
    is taken from the architecture's name, and the state of recurrent layers is not counted. Mapped
    weights are pages of the file: they count as used, but the system can drop them.
    """

    weights_bytes: int
    kv_bytes: int | None
    compute_bytes: int | None

    @property
    def total_bytes(self) -> int | None:
        if self.kv_bytes is None or self.compute_bytes is None:
            return None
        return self.weights_bytes + self.kv_bytes + self.compute_bytes


def predict_memory(header: GgufHeader, settings: EngineSettings) -> MemoryPrediction:
    """Sum of tensors, of the KV cache for ``settings``, and an estimate of the compute buffer."""
    return MemoryPrediction(
        weights_bytes=header.tensor_bytes,
        kv_bytes=_kv_bytes(header, settings),
        compute_bytes=_compute_bytes(header, settings),
    )


def _kv_bytes(header: GgufHeader, settings: EngineSettings) -> int | None:
    n_layers = _number(header, "block_count")
    n_heads = _number(header, "attention.head_count")
    width = _number(header, "embedding_length")
    if n_layers is None or n_layers > 1 << 16:
        return None
    heads_kv = _per_layer(header, "attention.head_count_kv", n_layers, n_heads)
    head_width = width // n_heads if width and n_heads else None
    key = _number(header, "attention.key_length") or head_width
    value = _number(header, "attention.value_length") or head_width
    if heads_kv is None or key is None or value is None:
        return None

    n_ctx = _padded(settings.n_ctx)
    if not settings.kv_unified:
        n_ctx = _padded(settings.n_ctx // settings.n_seq_max) * settings.n_seq_max
    cells = [n_ctx] * n_layers
    window = _number(header, "attention.sliding_window")
    if window is not None and not settings.swa_full:
        n_sequences = settings.n_seq_max
        sliding = min(n_ctx, _padded(window * n_sequences + settings.n_ubatch))
        every = GLOBAL_LAYER_OF.get(header.architecture)
        cells = [sliding if every and (layer + 1) % every else n_ctx for layer in range(n_layers)]
    per_head = key * CACHE_BYTES[settings.type_k] + value * CACHE_BYTES[settings.type_v]
    return round(sum(n * heads * per_head for n, heads in zip(cells, heads_kv, strict=True)))


def _compute_bytes(header: GgufHeader, settings: EngineSettings) -> int | None:
    """Logits of a physical batch, or a feed-forward layer's, with the attention mask and activations."""
    width, n_vocab = _number(header, "embedding_length"), header.n_vocab
    if width is None or n_vocab is None:
        return None
    n_tokens = min(settings.n_ubatch, settings.n_batch, settings.n_ctx)
    feed_forward = _number(header, "feed_forward_length") or DEFAULT_FEED_FORWARD * width
    mask = 2 * _padded(settings.n_ctx)
    return n_tokens * (4 * max(n_vocab, 2 * feed_forward) + 4 * 2 * width + mask)


def _number(header: GgufHeader, key: str) -> int | None:
    value = header.of_architecture(key)
    if value is None:
        values = header.numbers.get(f"{header.architecture}.{key}")
        value = max(values) if values else None
    return value if isinstance(value, int) and value > 0 else None


def _per_layer(header: GgufHeader, key: str, n_layers: int, default: int | None) -> list[int] | None:
    """A value for each layer, whether the file gives one for all or a list; None when neither is usable."""
    values = header.numbers.get(f"{header.architecture}.{key}")
    if values is not None:
        return [int(value) for value in values] if len(values) == n_layers and min(values) >= 0 else None
    one = header.of_architecture(key)
    one = default if one is None else one
    return [one] * n_layers if isinstance(one, int) and one >= 0 else None


def _padded(n_cells: int) -> int:
    return -(-max(n_cells, 1) // CELL_PADDING) * CELL_PADDING
