"""Ceilings: what memory and arithmetic give at most, asked of the worker that holds the model."""

from dataclasses import asdict

from bench.measure.calls import Caller, ask
from bench.measure.disturbance import ContentionSource, contention_between
from bench.records.types import Ceilings, KernelCeiling
from bench.worker.protocol import CeilingsFound, MeasureCeilings

TIMEOUT_S = 120.0  # some three seconds on a quiet machine


def measure_ceilings(
    worker: Caller, *, n_threads: int, spare_bytes: int, contention: ContentionSource
) -> Ceilings:
    """Of ``n_threads`` threads, using some hundreds of MiB, which ``spare_bytes`` bounds.

    That memory enters the worker's peaks: note them before. Raises EngineError where ceilings cannot be
    measured (no CPU-only model, too little memory, a scripted engine), and WorkerError from the worker.
    """
    before = contention.read()
    command = MeasureCeilings(n_threads, spare_bytes)
    found = ask(worker, command, CeilingsFound, timeout_s=TIMEOUT_S)
    return Ceilings(
        n_threads=n_threads,
        read_bytes_per_s=found.read_bytes_per_s,
        kernels=tuple(KernelCeiling(**asdict(kernel)) for kernel in found.kernels),
        weight_bytes=found.weight_bytes,
        output_bytes=found.output_bytes,
        contention=contention_between(before, contention.read()),
    )
