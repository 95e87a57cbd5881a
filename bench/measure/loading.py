"""Loading: from the load command to a model that is ready."""

from collections.abc import Callable
from pathlib import Path

from bench.engines.protocol import EngineSettings, ModelInfo
from bench.measure.calls import Caller, ask
from bench.measure.energy import EnergySource, attribute
from bench.records.types import LoadSample
from bench.units import seconds
from bench.worker.protocol import Load, Loaded

LOAD_TIMEOUT_S = 1800.0
WARM_SHARE = 0.95  # of the file's pages in memory; below, part of the time is the disk's


def measure_load(
    worker: Caller,
    model_path: Path,
    settings: EngineSettings,
    *,
    sampler: EnergySource | None,
    cached_share: Callable[[Path], float | None],
    timeout_s: float = LOAD_TIMEOUT_S,
) -> tuple[LoadSample, ModelInfo]:
    """Load the model; seconds, whether the file was in memory before, joules, and what the engine says of it.

    Raises EngineError for what is no usable model, and WorkerError from the worker.
    """
    share = cached_share(model_path)
    if sampler is not None:
        sampler.mark()
    loaded = ask(worker, Load(str(model_path), settings), Loaded, timeout_s=timeout_s)
    if sampler is not None:
        sampler.mark()
    load = LoadSample(
        load_s=seconds(loaded.window.end_ns - loaded.window.start_ns),
        is_warm=None if share is None else share >= WARM_SHARE,
        energy=(attribute(sampler, "load", [loaded.window], None),),
    )
    return load, loaded.info
