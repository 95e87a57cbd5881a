"""Matrix products by ggml's own kernels, on the library that llama.cpp itself loaded.

The weights are held as llama.cpp would hold them: in the first of the CPU's buffer types that supports the
product, some of which lay weights out anew for kernels that are several times as fast. Prototypes are those
of ggml.h, ggml-alloc.h and ggml-backend.h, llama.cpp 0c1e570.
"""

import ctypes
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any, Self

import numpy as np

from bench.engines.gguf_types import TENSOR_TYPES
from bench.engines.llama_library import LlamaLibrary
from bench.engines.session import MAX_THREADS
from bench.errors import EngineError

TYPE_NUMBERS = {name: number for number, (name, _, _) in TENSOR_TYPES.items()}
UNQUANTIZED = {"I8", "I16", "I32", "I64", "F64", "Q8_1", "Q8_K"}  # ggml makes no weights of these
F32 = TYPE_NUMBERS["F32"]
N_PATTERN_ROWS = 8  # quantized once and repeated: a kernel's speed does not depend on the weights
N_ROWS_STEP = 64  # whole tiles for every kernel
MAX_NODES = 1024  # of one graph; ggml's default is 2048

Address = ctypes.c_void_p


class InitParams(ctypes.Structure):
    """``ggml_init_params`` of ggml.h."""

    _fields_ = (
        ("mem_size", ctypes.c_size_t),
        ("mem_buffer", ctypes.c_void_p),
        ("no_alloc", ctypes.c_bool),
    )


def bytes_per_weight(tensor_type: str) -> float:
    """Of a tensor type by ggml's name, scales included."""
    _, block, block_bytes = TENSOR_TYPES[TYPE_NUMBERS[tensor_type]]
    return block_bytes / block


def can_multiply(tensor_type: str, n_columns: int) -> bool:
    """Can weights of this type be made, in rows of this length?"""
    if tensor_type in UNQUANTIZED or tensor_type not in TYPE_NUMBERS:
        return False
    _, block, _ = TENSOR_TYPES[TYPE_NUMBERS[tensor_type]]
    return n_columns > 0 and n_columns % block == 0


class Product:
    """Products of one weight matrix with one block of activations, ready to be run again and again.

    ``weight_bytes`` are read and ``operations`` done in one run, two for each weight and column.
    """

    def __init__(self, run: Any, weight_bytes: int, operations: int) -> None:
        self._run = run
        self.weight_bytes = weight_bytes
        self.operations = operations

    def run(self) -> None:
        """Compute all; raises EngineError when ggml cannot."""
        status = self._run()
        if status:
            raise EngineError(f"ggml cannot compute a matrix product: status {status}")


class CpuMatmul:
    """The CPU backend with threads of its own, as many as the model's."""

    def __init__(self, library: LlamaLibrary, n_threads: int) -> None:
        if not 1 <= n_threads <= MAX_THREADS:
            raise EngineError(f"n_threads {n_threads} is not in 1..{MAX_THREADS}")
        device = library.cpu_device()
        if device is None:
            raise EngineError("this build of the engine has no CPU backend")
        self._device: int = device
        self._bind(library)
        self._resources = ExitStack()
        with ExitStack() as undo:
            self._backend = self._open_backend(library, n_threads, undo)
            self._resources = undo.pop_all()

    def _bind(self, library: LlamaLibrary) -> None:
        size, i64 = ctypes.c_size_t, ctypes.c_int64
        bind = library.function
        self._init = bind("ggml_init", Address, InitParams)
        self._free = bind("ggml_free", None, Address)
        self._tensor_overhead: int = bind("ggml_tensor_overhead", size)()
        self._graph_overhead: int = bind("ggml_graph_overhead", size)()
        self._new_matrix = bind("ggml_new_tensor_2d", Address, Address, ctypes.c_int, i64, i64)
        self._multiply = bind("ggml_mul_mat", Address, *[Address] * 3)
        self._new_graph = bind("ggml_new_graph", Address, Address)
        self._expand = bind("ggml_build_forward_expand", None, Address, Address)
        self._compute = bind("ggml_backend_graph_compute", ctypes.c_int, Address, Address)
        self._allocate = bind("ggml_backend_alloc_ctx_tensors_from_buft", Address, Address, Address)
        self._free_buffer = bind("ggml_backend_buffer_free", None, Address)
        self._set = bind("ggml_backend_tensor_set", None, Address, Address, size, size)
        self._supports = bind("ggml_backend_dev_supports_op", ctypes.c_bool, Address, Address)
        self._plain_kind: int = bind("ggml_backend_dev_buffer_type", Address, Address)(self._device)
        self._needs_importance = bind("ggml_quantize_requires_imatrix", ctypes.c_bool, ctypes.c_int)
        self._quantize = bind(
            "ggml_quantize_chunk", size, ctypes.c_int, Address, Address, i64, i64, i64, Address
        )
        extra = library.cpu_function("ggml_backend_dev_get_extra_bufts", ctypes.POINTER(Address), Address)
        self._buffer_kinds = [*_until_null(extra(self._device) if extra else None), self._plain_kind]

    def _open_backend(self, library: LlamaLibrary, n_threads: int, resources: ExitStack) -> int:
        backend: int | None = library.function("ggml_backend_dev_init", Address, Address, ctypes.c_char_p)(
            self._device, None
        )
        if not backend:
            raise EngineError("ggml cannot open its CPU backend")
        resources.callback(library.function("ggml_backend_free", None, Address), backend)
        set_threads = library.cpu_function("ggml_backend_set_n_threads", None, Address, ctypes.c_int)
        if set_threads is None:
            raise EngineError("this build's CPU backend cannot be told a number of threads")
        set_threads(backend, n_threads)
        pool = library.new_threadpool(n_threads)
        attach = library.cpu_function("ggml_backend_cpu_set_threadpool", None, Address, Address)
        if pool is not None:
            resources.callback(library.free_threadpool, pool)
            if attach is not None:
                attach(backend, pool)
                resources.callback(attach, backend, None)
        return backend

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._resources.close()

    @contextmanager
    def product(
        self, tensor_type: str, *, n_rows: int, n_columns: int, n_tokens: int, n_nodes: int = 1
    ) -> Iterator[Product | None]:
        """(n_rows × n_columns) weights times ``n_tokens`` columns of activations, ``n_nodes`` times in a run.

        None where ggml has no such product. Raises EngineError for sizes that it would not take and when
        memory is short.
        """
        if not can_multiply(tensor_type, n_columns):
            yield None
            return
        if n_rows < 1 or n_rows % N_ROWS_STEP or n_tokens < 1 or not 1 <= n_nodes <= MAX_NODES:
            raise EngineError(f"no product of {n_rows} rows with {n_tokens} columns is made {n_nodes} times")
        for kind in self._buffer_kinds:
            with ExitStack() as held:
                weights_in, work_in = self._context(held, 1), self._context(held, n_nodes + 1)
                weights = self._new_matrix(weights_in, TYPE_NUMBERS[tensor_type], n_columns, n_rows)
                activations = self._new_matrix(work_in, F32, n_columns, n_tokens)
                self._buffer(held, weights_in, kind)
                results = [self._multiply(work_in, weights, activations) for _ in range(n_nodes)]
                if not self._supports(self._device, results[0]):
                    continue
                self._buffer(held, work_in, self._plain_kind)
                weight_bytes = self._fill(
                    weights, tensor_type, n_rows, n_columns, is_plain=kind == self._plain_kind
                )
                self._write(activations, _random(n_tokens, n_columns).tobytes(), 0)
                graph = self._new_graph(work_in)
                for result in results:
                    self._expand(graph, result)
                yield Product(
                    lambda graph=graph: self._compute(self._backend, graph),
                    n_nodes * weight_bytes,
                    2 * n_nodes * n_rows * n_columns * n_tokens,
                )
                return
        yield None

    def _context(self, held: ExitStack, n_tensors: int) -> int:
        n_bytes = (n_tensors + 2) * self._tensor_overhead + self._graph_overhead
        context: int | None = self._init(InitParams(n_bytes, None, True))
        if not context:
            raise EngineError(f"ggml has no memory for {n_tensors} tensors' heads")
        held.callback(self._free, context)
        return context

    def _buffer(self, held: ExitStack, context: int, kind: int) -> None:
        buffer = self._allocate(context, kind)
        if not buffer:
            raise EngineError(
                "there is no memory for a matrix product", remedy="free some memory, or measure no ceilings"
            )
        held.callback(self._free_buffer, buffer)

    def _fill(self, weights: int, tensor_type: str, n_rows: int, n_columns: int, *, is_plain: bool) -> int:
        """Set the weights; their bytes. Only a plain buffer takes them in pieces."""
        pattern = self._quantized(tensor_type, n_columns)
        piece = pattern * (N_ROWS_STEP // N_PATTERN_ROWS)
        n_pieces = n_rows // N_ROWS_STEP
        if is_plain:
            for at in range(n_pieces):
                self._write(weights, piece, at * len(piece))
        else:
            self._write(weights, piece * n_pieces, 0)
        return len(piece) * n_pieces

    def _write(self, tensor: int, content: bytes, offset: int) -> None:
        self._set(tensor, content, offset, len(content))

    def _quantized(self, tensor_type: str, n_columns: int) -> bytes:
        number = TYPE_NUMBERS[tensor_type]
        weights = _random(N_PATTERN_ROWS, n_columns)
        out = ctypes.create_string_buffer(round(weights.size * bytes_per_weight(tensor_type)))
        importance = np.ones(n_columns, np.float32) if self._needs_importance(number) else None
        written = self._quantize(
            number,
            weights.ctypes.data,
            out,
            0,
            N_PATTERN_ROWS,
            n_columns,
            None if importance is None else importance.ctypes.data,
        )
        if written != len(out):
            raise EngineError(f"ggml wrote {written} bytes of {tensor_type} weights, not {len(out)}")
        return out.raw


def _random(n_rows: int, n_columns: int) -> "np.ndarray[tuple[int, int], np.dtype[np.float32]]":
    return np.random.default_rng(1).standard_normal((n_rows, n_columns), np.float32)


def _until_null(addresses: Any) -> list[int]:
    found: list[int] = []
    while addresses and addresses[len(found)]:
        found.append(addresses[len(found)])
    return found
