"""The test stand: one live worker with its model loaded, and the instruments around it."""

import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self

from bench.engines.protocol import EngineSettings, ModelInfo
from bench.engines.session import needs_load
from bench.measure.calls import ask
from bench.measure.loading import measure_load
from bench.measure.memory import MemoryTrace
from bench.meters.contention import ContentionMeter
from bench.meters.energy.machine import NO_METERS, MachineMeters
from bench.meters.gpu_memory import process_gpu_bytes
from bench.meters.memory import read_memory, restart_peak
from bench.meters.page_cache import cached_share
from bench.meters.protocol import EnergyMeters
from bench.records.types import LoadSample
from bench.units import seconds
from bench.worker.parent import Worker
from bench.worker.protocol import Command, Loaded, Reopen, Reply

REOPEN_TIMEOUT_S = 600.0


class TimedCaller:
    """The worker's ``call``, with the seconds spent in it added up: the time in which the model works."""

    def __init__(self, worker: Worker) -> None:
        self._worker = worker
        self.engine_s = 0.0

    def call(
        self, command: Command, *, timeout_s: float, on_progress: Callable[[int, int], None] | None = None
    ) -> Reply:
        started_ns = time.perf_counter_ns()
        try:
            return self._worker.call(command, timeout_s=timeout_s, on_progress=on_progress)
        finally:
            self.engine_s += seconds(time.perf_counter_ns() - started_ns)


@dataclass(frozen=True, slots=True)
class Live:
    """What is there while a worker lives. ``load`` is None when the model was there, held otherwise."""

    worker: TimedCaller
    settings: EngineSettings
    info: ModelInfo
    load: LoadSample | None
    contention: ContentionMeter
    meters: EnergyMeters
    memory: MemoryTrace


class Stand:
    """Starts the worker and loads the model when first asked, and again after the worker has died.

    ``meters`` are those of the machine; each worker's are read only where its joules are measured. Without
    any nothing is said of joules.
    """

    def __init__(
        self,
        model_path: Path,
        settings: EngineSettings,
        meters: MachineMeters = NO_METERS,
    ) -> None:
        self._model_path = model_path
        self._settings = settings
        self._meters = meters
        self._stack = ExitStack()
        self._live: Live | None = None
        self._spent_s = 0.0  # in workers that have been discarded

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.discard()

    @property
    def engine_s(self) -> float:
        return self._spent_s + (self._live.worker.engine_s if self._live else 0.0)

    def hold(self, settings: EngineSettings) -> None:
        """Let the next ``ready`` hold the model so; the weights are loaded again only where they must be."""
        self._settings = settings
        if self._live is not None and needs_load(self._live.settings, settings):
            self.discard()

    def ready(self) -> Live:
        """The live worker; raises WorkerError or EngineError when the model cannot be loaded or held so."""
        try:
            if self._live is None:
                self._live = self._start()
            elif self._live.settings != self._settings:
                self._live = self._reopen(self._live)
        except BaseException:
            self.discard()
            raise
        return self._live

    def discard(self) -> None:
        """End the worker; the next ``ready`` starts another."""
        self._spent_s = self.engine_s
        self._live = None
        self._stack.close()

    def _start(self) -> Live:
        worker = self._stack.enter_context(Worker.start(engine=self._settings.engine))
        meters = self._meters.of_worker(worker.pid, uses_gpu=self._settings.n_gpu_layers != 0)
        memory = MemoryTrace(
            lambda: read_memory(worker.pid, full=True),
            read_gpu=self._gpu_reader(worker.pid),
            restart_peak=lambda: restart_peak(worker.pid),
        )
        memory.note("started")
        caller = TimedCaller(worker)
        load, info = measure_load(
            caller, self._model_path, self._settings, meters=meters, cached_share=cached_share
        )
        memory.note("loaded")
        if self._meters is NO_METERS:  # joules that nobody asked for are not absent for any reason
            load = load.model_copy(update={"energy": ()})
        return Live(caller, self._settings, info, load, ContentionMeter(worker.pid), meters, memory)

    def _gpu_reader(self, pid: int) -> Callable[[], dict[str, int]]:
        return (lambda: process_gpu_bytes(pid)) if self._settings.n_gpu_layers else dict

    def _reopen(self, live: Live) -> Live:
        loaded = ask(live.worker, Reopen(self._settings), Loaded, timeout_s=REOPEN_TIMEOUT_S)
        return replace(
            live, settings=self._settings, info=loaded.info, load=None, memory=live.memory.started_anew()
        )
