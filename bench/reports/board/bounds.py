"""What no machine can exceed: generous physical bounds, for records whose own ceilings were not measured.

They tell slips and inventions by orders of magnitude, not flattered figures; docs/board.md has the sources.
"""

import re
from dataclasses import dataclass

from bench.records.types import Model, Record

# A GPU of the Rubin generation by its maker: 22 TB/s of HBM4, 50 PFLOP/s in four bits, up to 2.3 kW.
GPU_READ_BYTES_PER_S = 22e12
GPU_FLOPS_PER_S = 50e15
GPU_W = 2300.0
# A machine of four EPYC 9V64H with HBM3 (Azure HBv5): 6.9 TB/s, the most that CPUs alone are known to read.
CPU_READ_BYTES_PER_S = 7e12
# A core loads at most 64 bytes a cycle from its second cache, and clocks reach 6 GHz.
THREAD_READ_BYTES_PER_S = 64 * 6e9
# 2,048 operations in eight bits a cycle and core (Intel AMX) at 5 GHz.
THREAD_FLOPS_PER_S = 2048 * 5e9
# Two sockets of 500 W (EPYC 9965, Xeon 6980P), their memory, disks and fans.
HOST_W = 2000.0
LEAST_SHARE_READ = (
    0.5  # of a dense model's bytes a token reads; the rest may be an embedding that is looked up
)
SPARSEST = 32  # times as many weights as a token uses, at most, in mixtures of experts (10^12 of 32 x 10^9)
_SPARSE = re.compile(
    r"moe|mixtral|\dx\d+b|(?<![a-z0-9])a\d+(\.\d+)?b(?![a-z])|gpt-?oss|experts?|deepseek", re.I
)


@dataclass(frozen=True, slots=True)
class Bounds:
    """Of one record's machine and settings; ``device`` says which bound it is, for the reader."""

    read_bytes_per_s: float
    flops_per_s: float
    power_w: float
    device: str


def bounds_of(record: Record, n_threads: int) -> Bounds:
    """``n_threads`` as held in the phase; those beyond the machine's CPUs compute nothing."""
    usable = record.machine.usable_cpus
    threads = max(1, n_threads if usable is None else min(n_threads, usable))
    n_gpus = max(len(record.machine.gpus), 1 if record.settings.n_gpu_layers else 0)
    read = min(CPU_READ_BYTES_PER_S, threads * THREAD_READ_BYTES_PER_S)
    flops = threads * THREAD_FLOPS_PER_S
    computes_on_gpu = record.settings.n_gpu_layers != 0
    if computes_on_gpu:
        read += n_gpus * GPU_READ_BYTES_PER_S
        flops += n_gpus * GPU_FLOPS_PER_S
    device = f"{n_gpus} GPU(s) and {threads} CPU thread(s)" if computes_on_gpu else f"{threads} CPU thread(s)"
    return Bounds(read, flops, HOST_W + n_gpus * GPU_W, device)


def is_sparse(model: Model) -> bool:
    """Is it a mixture of experts by its names? Then a token reads a part of the weights alone."""
    return any(_SPARSE.search(name) for name in (model.name, model.type_name or ""))


def least_bytes_per_token(model: Model) -> float | None:
    """What decoding a token reads at the very least; None: the file's size is not told."""
    size = model.tensor_bytes or model.size_bytes
    return None if size is None else LEAST_SHARE_READ * size / (SPARSEST if is_sparse(model) else 1)


def least_operations_per_token(model: Model) -> float | None:
    """A multiplication and an addition for each weight that a token uses at the very least."""
    if model.n_params is None:
        return None
    return 2 * LEAST_SHARE_READ * model.n_params / (SPARSEST if is_sparse(model) else 1)
