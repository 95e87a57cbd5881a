"""What the CPU can do for a model at most: bytes a second from memory, operations a second of each kernel.

One ceiling is not the roofline: a kernel that computes slowly is not helped by faster memory. So both are
measured, with the very kernels, threads and weight layouts that the model uses. A ceiling is the best of many
short runs, in several rounds over all kernels: a neighbour can only lower it, and not in all rounds alike.
"""

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from itertools import cycle

from bench.engines.gguf import GgufHeader
from bench.engines.gguf_weights import WeightsRead, weights_read
from bench.engines.llama_library import LlamaLibrary
from bench.engines.matmul import N_ROWS_STEP, CpuMatmul, Product, bytes_per_weight, can_multiply
from bench.engines.results import CeilingsFound, KernelSpeed
from bench.engines.session import collector_paused
from bench.errors import EngineError
from bench.units import GIB, KIB, MIB

# Far beyond a last-level cache, of which CPUs have up to 32 MiB per core; a quarter is still beyond most.
READ_BYTES_PER_THREAD = 64 * MIB
READ_BYTES = (256 * MIB, 2 * GIB)  # at least and at most, whatever the threads
LEAST_READ_BYTES = 64 * MIB
READ_TYPES = ("F16", "F32", "Q8_0")  # little arithmetic for each byte; which is fastest depends on the CPU
READ_COLUMNS = 4096
READ_PARTS = (
    8  # read in turn: each comes back when no cache holds it, and few runs of a part meet a neighbour
)
CACHED_BYTES_PER_THREAD = 256 * KIB  # stays in the second-level cache of one core
COMMON_TYPES = ("Q4_0", "Q8_0", "F16", "Q4_K")  # to name a faster kernel, where the model's is slow
LEAST_SHARE = 0.02  # of the weights, for a tensor type to matter
N_PREFILL = 512  # tokens of a physical batch
# A run of some milliseconds, and rows enough that quantizing the activations, once a product, does not show.
PREFILL_WEIGHTS_PER_THREAD = 200_000
LEAST_PREFILL_ROWS = 256
# Products in one graph: enough that starting it does not show, few enough that a neighbour does not hit each.
N_NODES = {1: 8, N_PREFILL: 1}
N_ROUNDS = 3
SLICE_NS = 25_000_000  # of one kernel in one round
READ_NS = 120_000_000  # of one type
LIMIT_NS = 6_000_000_000  # no further round, and no further kernel for comparison, after that

Clock = Callable[[], int]


def measure_ceilings(
    library: LlamaLibrary, header: GgufHeader, *, n_threads: int, spare_bytes: int, now_ns: Clock
) -> CeilingsFound:
    """Ceilings of ``n_threads`` threads for the model of ``header``; about three seconds.

    Needs memory beside the model's, little more than half of ``spare_bytes`` at most. A tensor type for which
    ggml has no product on a CPU is left out of the kernels. Raises EngineError for a number of threads that
    cannot be, and when memory is short.
    """
    weights = weights_read(header)
    if not weights:
        raise EngineError("the model has no weight matrices")
    with CpuMatmul(library, n_threads) as matmul, collector_paused():
        read = _read_speed(matmul, _read_bytes(n_threads, spare_bytes), now_ns)
        kernels = _kernel_speeds(matmul, weights, n_threads, now_ns)
    return CeilingsFound(
        read_bytes_per_s=read,
        kernels=kernels,
        weight_bytes={name: one.n_bytes for name, one in weights.items()},
        output_bytes={name: one.output_bytes for name, one in weights.items() if one.output_bytes},
    )


def _read_bytes(n_threads: int, spare_bytes: int) -> int:
    least, most = READ_BYTES
    wanted = min(max(least, READ_BYTES_PER_THREAD * n_threads), most)
    allowed = min(wanted, spare_bytes // 2)
    if allowed < LEAST_READ_BYTES:
        raise EngineError(
            f"{spare_bytes} bytes of memory are too few to measure its bandwidth",
            remedy=f"free memory until {2 * LEAST_READ_BYTES} bytes are available, or measure no ceilings",
        )
    return allowed


def _read_speed(matmul: CpuMatmul, n_bytes: int, now_ns: Clock) -> float:
    """Bytes a second: the fastest type's, when one token is multiplied with weights that no cache holds."""
    speeds = []
    for tensor_type in READ_TYPES:
        n_rows = _whole_rows(n_bytes / bytes_per_weight(tensor_type) / READ_COLUMNS / READ_PARTS)
        with ExitStack() as held:
            parts = [
                held.enter_context(
                    matmul.product(tensor_type, n_rows=n_rows, n_columns=READ_COLUMNS, n_tokens=1)
                )
                for _ in range(READ_PARTS)
            ]
            products = [part for part in parts if part is not None]
            for product in products:
                product.run()
            if products:
                speeds.append(products[0].weight_bytes / _best_ns(products, READ_NS, now_ns) * 1e9)
    if not speeds:
        raise EngineError("ggml has no matrix product on this CPU")
    return max(speeds)


def _kernel_speeds(
    matmul: CpuMatmul, weights: dict[str, WeightsRead], n_threads: int, now_ns: Clock
) -> tuple[KernelSpeed, ...]:
    """Of the model's tensor types that matter, then of common ones that would fit its rows."""
    total = sum(one.n_bytes for one in weights.values())
    own = {name: one.row_length for name, one in weights.items() if one.n_bytes > LEAST_SHARE * total}
    commonest = next(iter(weights.values())).row_length
    others = {name: commonest for name in COMMON_TYPES if name not in own and can_multiply(name, commonest)}
    started_ns = now_ns()
    with ExitStack() as held:
        products: dict[tuple[str, int], Product] = {}
        best_ns: dict[tuple[str, int], int] = {}
        for name, row_length in (own | others).items():
            if name in others and now_ns() - started_ns > LIMIT_NS:
                continue
            for n_tokens, n_nodes in N_NODES.items():
                product = held.enter_context(
                    matmul.product(
                        name,
                        n_rows=_cached_rows(name, row_length, n_tokens, n_threads),
                        n_columns=row_length,
                        n_tokens=n_tokens,
                        n_nodes=n_nodes,
                    )
                )
                if product is not None:
                    product.run()
                    products[name, n_tokens] = product
                    best_ns[name, n_tokens] = _best_ns([product], 0, now_ns)
        for _ in range(N_ROUNDS):
            if now_ns() - started_ns > LIMIT_NS:
                break
            for key, product in products.items():
                best_ns[key] = min(best_ns[key], _best_ns([product], SLICE_NS, now_ns))
    return tuple(
        KernelSpeed(
            tensor_type=name,
            n_tokens=n_tokens,
            flops_per_s=products[name, n_tokens].operations / duration_ns * 1e9,
            bytes_per_weight=bytes_per_weight(name),
        )
        for (name, n_tokens), duration_ns in best_ns.items()
    )


def _cached_rows(tensor_type: str, row_length: int, n_tokens: int, n_threads: int) -> int:
    if n_tokens == 1:
        n_weights = CACHED_BYTES_PER_THREAD / bytes_per_weight(tensor_type)
        return _whole_rows(n_threads * n_weights / row_length)
    return max(LEAST_PREFILL_ROWS, _whole_rows(n_threads * PREFILL_WEIGHTS_PER_THREAD / row_length))


def _whole_rows(n_rows: float) -> int:
    return max(1, int(n_rows) // N_ROWS_STEP) * N_ROWS_STEP


def _best_ns(products: Sequence[Product], for_ns: int, now_ns: Clock) -> int:
    """The shortest of the runs, in turn, that begin within ``for_ns``; at least one."""
    started_ns = before_ns = now_ns()
    runs_ns: list[int] = []
    for product in cycle(products):
        if runs_ns and before_ns - started_ns >= for_ns:
            break
        product.run()
        after_ns = now_ns()
        runs_ns.append(after_ns - before_ns)
        before_ns = after_ns
    return max(1, min(runs_ns))
