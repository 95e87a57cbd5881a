"""How much memory a model will take, from its header and settings alone, before anything is loaded.

What is predicted is the growth of the worker's resident memory from before the load to the end of a run that
fills the context in full batches: see docs/memory.md, which also has the errors found. Mapped weights are
counted: their pages are read all at once. What is measured once and not derived is a constant below.
"""

from collections.abc import Collection
from dataclasses import dataclass, replace

from bench.engines.cache_prediction import CELL_PADDING, CachePrediction, number, padded, predict_cache
from bench.engines.gguf import GgufHeader, GgufTensor
from bench.engines.gguf_types import REPACKED_ON
from bench.engines.protocol import EngineSettings
from bench.units import MIB

DEFAULT_FEED_FORWARD = 4  # times the width, when the file does not say
# A token: its text three times (list, index with its node and bucket, spoken piece) with score and type, of
# 40 + 64 + 11 + 32 bytes, and the longer texts' own room; a merge: the index's node, its bucket and pieces.
TOKEN_BYTES, MERGE_BYTES = 152, 112  # by libstdc++ on 64 bits; 38.5 MiB for Gemma's 262,144 tokens
CELL_BYTES = 150  # of a cache's bookkeeping: position, sequences, and a node in each of two ordered sets
GRAPHS, NODES_PER_TENSOR, FEWEST_NODES, NODE_BYTES = 3, 8, 1024, 420  # llama.cpp: graph_max_nodes
# The library's own pages once they have run (4.5 MiB), threads, chat template: measured, x86-64 Linux.
LIBRARY_BYTES = round(6.5 * MIB)
FLOAT_BYTES, HALF_BYTES = 4, 2
QUANTIZED_ACTIVATION_BYTES = 36 / 32  # activations are rounded to blocks of eight bits before a product


@dataclass(frozen=True, slots=True)
class MemoryPrediction:
    """Bytes by what holds them; None where the header does not tell enough.

    ``repacked_bytes`` are tensors held again, in the order that a faster kernel reads: in addition to
    ``weights_bytes`` when those are mapped. ``compute_bytes`` is what a batch really touches, and
    ``reserved_bytes`` the whole buffer that the engine reports, with logits for every token of a batch.
    ``gpu_bytes`` is what a GPU must hold, and is not part of the total.
    """

    weights_bytes: int
    repacked_bytes: int
    kv_bytes: int | None
    kv_bytes_per_token: int | None
    compute_bytes: int | None
    output_bytes: int | None
    vocabulary_bytes: int
    engine_bytes: int
    reserved_bytes: int | None
    gpu_bytes: int | None

    @property
    def total_bytes(self) -> int | None:
        """Of the host's memory."""
        if self.kv_bytes is None or self.compute_bytes is None or self.output_bytes is None:
            return None
        held = self.weights_bytes + self.repacked_bytes + self.vocabulary_bytes + self.engine_bytes
        return held + self.kv_bytes + self.compute_bytes + self.output_bytes


def predict_memory(
    header: GgufHeader,
    settings: EngineSettings,
    *,
    cpu_features: Collection[str] = (),
    n_logits: int | None = None,
) -> MemoryPrediction:
    """Memory of the model held by ``settings``.

    ``cpu_features`` are the instruction sets by the kernel's names: they decide which tensors are repacked.
    ``n_logits``: rows of logits that one batch asks for at most; by default one for each sequence.
    """
    n_layers = number(header, "block_count")
    share = _offloaded_share(n_layers, settings)
    on_gpu = sum(t.n_bytes for t in header.tensors if _is_offloaded(t, n_layers, settings))
    on_gpu += _tied_bytes(header) if on_gpu else 0
    on_host = [tensor for tensor in header.tensors if not _is_offloaded(tensor, n_layers, settings)]
    repacked, moved = _repacked(on_host, cpu_features)
    cache = predict_cache(header, settings)
    compute = _compute(header, settings, n_logits or settings.n_seq_max, cache)
    n_vocab, n_merges = header.n_vocab or 0, header.lengths.get("tokenizer.ggml.merges", 0)
    n_nodes = max(FEWEST_NODES, NODES_PER_TENSOR * header.n_tensors)
    kv_bytes = None if cache is None else round(cache.n_bytes * (1 - share))
    return MemoryPrediction(
        weights_bytes=sum(tensor.n_bytes for tensor in on_host) - (0 if settings.use_mmap else moved),
        repacked_bytes=repacked,
        kv_bytes=kv_bytes,
        kv_bytes_per_token=None if cache is None else cache.bytes_per_token,
        compute_bytes=None if compute is None else compute.touched,
        output_bytes=None if compute is None else compute.output,
        vocabulary_bytes=n_vocab * TOKEN_BYTES + n_merges * MERGE_BYTES,
        engine_bytes=LIBRARY_BYTES + GRAPHS * n_nodes * NODE_BYTES,
        reserved_bytes=None if compute is None else compute.reserved,
        gpu_bytes=_gpu_bytes(on_gpu, share, cache, compute),
    )


def largest_context(
    header: GgufHeader,
    settings: EngineSettings,
    available_bytes: int,
    *,
    gpu_available_bytes: int | None = None,
    cpu_features: Collection[str] = (),
) -> int | None:
    """The most tokens, a multiple of 256 up to the trained context, that ``fits``; 0 when none does.

    None where the memory cannot be predicted, or the file does not say for how much it was trained.
    """
    if header.n_ctx_train is None:
        return None

    def does_fit(blocks: int) -> bool | None:
        held = replace(settings, n_ctx=min(blocks * CELL_PADDING, n_largest))
        prediction = predict_memory(header, held, cpu_features=cpu_features)
        return fits(prediction, available_bytes, gpu_available_bytes)

    n_largest = header.n_ctx_train * settings.n_seq_max
    low, high = 0, max(1, n_largest // CELL_PADDING)
    if does_fit(high) is None:
        return None
    while low < high:  # the need never falls as the context grows
        middle = (low + high + 1) // 2
        low, high = (middle, high) if does_fit(middle) else (low, middle - 1)
    return min(low * CELL_PADDING, n_largest)


def fits(
    prediction: MemoryPrediction, available_bytes: int, gpu_available_bytes: int | None = None
) -> bool | None:
    """Would it fit into what is free? None where the header does not tell.

    Without ``gpu_available_bytes`` what a GPU must hold is not looked at.
    """
    need, gpu_need = prediction.total_bytes, prediction.gpu_bytes
    if need is None:
        return None
    is_held = gpu_available_bytes is None or gpu_need is None or gpu_need <= gpu_available_bytes
    return need <= available_bytes and is_held


@dataclass(frozen=True, slots=True)
class _Compute:
    touched: int
    reserved: int
    output: int


def _compute(
    header: GgufHeader, settings: EngineSettings, n_logits: int, cache: CachePrediction | None
) -> _Compute | None:
    """The largest set of activations alive at once, of a feed-forward or an attention, and the masks.

    The buffer has room for the logits of every token of a batch; only the rows asked for are written.
    """
    width, n_vocab, heads = (
        number(header, "embedding_length"),
        header.n_vocab,
        number(header, "attention.head_count"),
    )
    if width is None or n_vocab is None or heads is None:
        return None
    n_tokens = min(settings.n_ubatch, settings.n_batch, settings.n_ctx)
    wide = _feed_forward(header) or DEFAULT_FEED_FORWARD * width
    key = number(header, "attention.key_length") or width // heads
    value = number(header, "attention.value_length") or width // heads
    n_cells = padded(settings.n_ctx if settings.kv_unified else settings.n_ctx // settings.n_seq_max)
    has_scores = settings.flash_attn == "off"  # "auto" finds flash attention on a CPU
    gate_up_product = FLOAT_BYTES * (3 * wide + width) + QUANTIZED_ACTIVATION_BYTES * wide
    attention = FLOAT_BYTES * (heads * (key + 2 * value) + 2 * width)
    mask = HALF_BYTES * n_cells
    if has_scores:  # scores, and again as halves for the product with the values; the mask is of floats
        attention += heads * n_cells * (FLOAT_BYTES + HALF_BYTES)
        mask = FLOAT_BYTES * n_cells
    logits = FLOAT_BYTES * n_vocab
    n_rows = min(n_logits, n_tokens)
    activations = n_tokens * max(gate_up_product, attention)
    books = 0 if cache is None else CELL_BYTES * cache.n_cells
    return _Compute(
        touched=round(activations + n_tokens * mask + n_rows * logits + books),
        reserved=round(n_tokens * (max(logits + FLOAT_BYTES * 2 * width, gate_up_product, attention) + mask)),
        output=max(n_logits, settings.n_seq_max) * logits,
    )


def _feed_forward(header: GgufHeader) -> int | None:
    """Width between the feed-forward's two products, of all experts that one token uses."""
    n_used, expert = number(header, "expert_used_count"), number(header, "expert_feed_forward_length")
    dense = number(header, "feed_forward_length")
    if n_used is None:
        return dense
    return max(n_used * (expert or dense or 0), dense or 0) or None


def _repacked(tensors: Collection[GgufTensor], cpu_features: Collection[str]) -> tuple[int, int]:
    """Bytes held in a faster kernel's order, and how many of them leave the plain buffer without mmap.

    An embedding that also makes the logits stays where it is, and is held again.
    """
    rows_of = {kind: rows for feature, kinds in REPACKED_ON.items() if feature in cpu_features
               for kind, rows in kinds.items()}  # fmt: skip
    is_tied = not any(tensor.name == "output.weight" for tensor in tensors)
    moved = again = 0
    for tensor in tensors:
        n_rows = tensor.n_elements // tensor.row_length if tensor.row_length else 0
        if tensor.n_dimensions < 2 or n_rows % rows_of.get(tensor.type_name, n_rows + 1):
            continue
        if tensor.name == "token_embd.weight":
            again += tensor.n_bytes if is_tied else 0
        else:
            moved += tensor.n_bytes
    return moved + again, moved


def _is_offloaded(tensor: GgufTensor, n_layers: int | None, settings: EngineSettings) -> bool:
    """The output goes to the GPU first, then the layers from the last on, the embedding never."""
    if not settings.n_gpu_layers or n_layers is None or tensor.name.startswith("token_embd"):
        return False
    asked = settings.n_gpu_layers if settings.n_gpu_layers > 0 else n_layers + 1
    group, _, rest = tensor.name.partition(".")
    layer = rest.partition(".")[0]
    if group == "blk" and layer.isdecimal():
        return int(layer) >= n_layers + 1 - asked
    return True


def _tied_bytes(header: GgufHeader) -> int:
    """An embedding that also makes the logits is held by the GPU, too."""
    sizes = {tensor.name: tensor.n_bytes for tensor in header.tensors}
    return 0 if "output.weight" in sizes else sizes.get("token_embd.weight", 0)


def _offloaded_share(n_layers: int | None, settings: EngineSettings) -> float:
    """Of the layers, and so of the cache; the output counts as one that has none."""
    if not settings.n_gpu_layers or n_layers is None:
        return 0.0
    asked = settings.n_gpu_layers if settings.n_gpu_layers > 0 else n_layers + 1
    return min(max(asked - 1, 0) / n_layers, 1.0)


def _gpu_bytes(
    weights: int, share: float, cache: CachePrediction | None, compute: _Compute | None
) -> int | None:
    if not weights and not share:
        return 0
    if cache is None or compute is None:
        return None
    return weights + round(cache.n_bytes * share) + compute.reserved
