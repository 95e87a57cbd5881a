"""Loading: from the load command to a model that is ready."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

from bench.engines.protocol import EngineSettings, ModelInfo
from bench.measure.calls import Caller, ask
from bench.measure.energy import measured_once
from bench.meters.protocol import EnergyMeters
from bench.records.types import LoadSample
from bench.worker.protocol import Load, Loaded, Timed, TimePrefill

LOAD_TIMEOUT_S = 1800.0
WARM_SHARE = 0.95  # of the file's pages in memory; below, part of the time is the disk's


def measure_load(
    worker: Caller,
    model_path: Path,
    settings: EngineSettings,
    *,
    meters: EnergyMeters,
    cached_share: Callable[[Path], float | None],
) -> tuple[LoadSample, ModelInfo]:
    """Load the model; seconds, whether the file was in memory before, joules, and what the engine says of it.

    Raises EngineError for what is no usable model, and WorkerError from the worker.
    """
    share = cached_share(model_path)
    with measured_once(meters) as energy_of:
        loaded = ask(worker, Load(str(model_path), settings), Loaded, timeout_s=LOAD_TIMEOUT_S)
    load = LoadSample(
        load_s=loaded.window.length_s,
        is_warm=None if share is None else share >= WARM_SHARE,
        energy=energy_of("load"),
    )
    return load, loaded.info


def measure_loads(
    start_worker: Callable[[], AbstractContextManager[Caller]],
    model_path: Path,
    settings: EngineSettings,
    *,
    n_each: int,
    drop_cached: Callable[[Path], bool],
    cached_share: Callable[[Path], float | None],
) -> tuple[LoadSample, ...]:
    """``n_each`` cold loads and as many warm ones in turn, each in a process of its own, without energy.

    Cold: the system was asked to forget the file. Where it cannot be asked only warm loads are measured.
    A mapped file is read when it is touched, so the time to the first token afterwards is kept, too.

    Raises EngineError for what is no usable model, and WorkerError from the worker.
    """
    samples = []
    for _ in range(n_each):
        for is_cold in (True, False):
            if is_cold and not drop_cached(model_path):
                continue
            share = cached_share(model_path)
            with start_worker() as worker:
                loaded = ask(worker, Load(str(model_path), settings), Loaded, timeout_s=LOAD_TIMEOUT_S)
                first = ask(worker, TimePrefill(1, seed=1), Timed, timeout_s=LOAD_TIMEOUT_S)
            samples.append(
                LoadSample(
                    load_s=loaded.window.length_s,
                    is_warm=None if share is None else share >= WARM_SHARE,
                    energy=(),
                    first_token_s=first.window.length_s,
                )
            )
    return tuple(samples)
