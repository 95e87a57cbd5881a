"""The worker: one process, one engine, one model. It answers commands until its parent is done or gone."""

import os
import queue
import signal
import time
from collections.abc import Callable
from functools import partial
from typing import assert_never

from bench.engines import open_engine
from bench.engines.choices import score_choices
from bench.engines.generation import generate, serve
from bench.engines.protocol import Engine, EngineSettings, ModelInfo
from bench.engines.results import Window
from bench.engines.session import Session, longest_prompt
from bench.engines.text_loss import compare_text, save_reference, score_text
from bench.engines.timing import time_both, time_decode, time_parallel, time_prefill, time_warm_prefix
from bench.errors import BreakevenError, EngineError
from bench.worker.protocol import (
    Command,
    CompareText,
    Counted,
    CountTokens,
    DeviceList,
    Failed,
    Generate,
    Generated,
    Hello,
    ListDevices,
    Load,
    Loaded,
    MeasureCeilings,
    Ping,
    Progress,
    Quantize,
    Quantized,
    Reopen,
    Reply,
    SaveReference,
    ScoreChoices,
    ScoreText,
    Serve,
    Shutdown,
    TimeBoth,
    TimeDecode,
    TimeParallel,
    TimePrefill,
    TimeWarmPrefix,
)
from bench.worker.watchdog import CommandReader, die_with_thread
from bench.worker.wire import decode_command, encode, write_all

PROGRESS_EVERY_NS = 250_000_000


def main(arguments: list[str]) -> None:
    """Run as ENGINE PARENT_PID MAIN_THREAD (1: started by the parent's main thread, else 0)."""
    engine_name, parent_pid, is_main_thread = arguments[0], int(arguments[1]), arguments[2] == "1"
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's: it decides what to keep
    commands, replies = _take_pipes()
    if is_main_thread:
        die_with_thread(parent_pid)
    reader = CommandReader(commands, parent_pid)
    Child(engine_name, replies).run(reader.lines)


def _take_pipes() -> tuple[int, int]:
    """Keep the protocol's pipes to ourselves: what native code prints to standard output goes to the log."""
    commands, replies = os.dup(0), os.dup(1)
    if os.name == "nt":
        import msvcrt

        for pipe in (commands, replies):
            msvcrt.setmode(pipe, os.O_BINARY)  # type: ignore[attr-defined]  # only there on Windows
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    os.close(null)
    os.dup2(2, 1)
    return commands, replies


class Child:
    """An unexpected exception is not caught: the state is unknown, so the process ends with its traceback."""

    def __init__(self, engine_name: str, replies: int) -> None:
        self._replies = replies
        self._session: Session | None = None
        self._reported_ns = 0
        self._engine: Engine | BreakevenError
        try:
            self._engine = open_engine(engine_name)
        except BreakevenError as error:
            self._engine = error

    def run(self, lines: "queue.SimpleQueue[bytes]") -> None:
        while True:
            try:
                command = decode_command(lines.get())
                if isinstance(command, Shutdown):
                    break
                reply = encode(self._answer(command))
            except BreakevenError as error:
                reply = encode(Failed(error.what, error.where, error.remedy))
            write_all(self._replies, reply)
        if not isinstance(self._engine, BreakevenError):
            self._engine.close()

    def _answer(self, command: Command) -> Reply:
        match command:
            case Ping():
                failed = self._engine.what if isinstance(self._engine, BreakevenError) else None
                return Hello(os.getpid(), time.perf_counter_ns(), failed)
            case Load(model_path, settings):
                return self._hold(settings, partial(self._opened().load, model_path))
            case Reopen(settings):
                return self._hold(settings, self._opened().reopen)
            case ListDevices():
                return DeviceList(self._opened().devices())
            case MeasureCeilings(n_threads, spare_bytes):
                return self._loaded().engine.measure_ceilings(n_threads, spare_bytes)
            case TimePrefill(n_tokens, seed, n_depth):
                return time_prefill(self._loaded(), n_tokens=n_tokens, seed=seed, n_depth=n_depth)
            case TimeDecode(n_tokens, n_depth, seed):
                return time_decode(self._loaded(), n_tokens=n_tokens, n_depth=n_depth, seed=seed)
            case TimeBoth(n_prompt, n_gen, n_depth, seed):
                return time_both(self._loaded(), n_prompt=n_prompt, n_gen=n_gen, n_depth=n_depth, seed=seed)
            case TimeParallel(n_prompt, n_gen, n_depth, n_parallel, seed):
                return time_parallel(
                    self._loaded(),
                    n_prompt=n_prompt,
                    n_gen=n_gen,
                    n_depth=n_depth,
                    n_parallel=n_parallel,
                    seed=seed,
                )
            case TimeWarmPrefix(n_tokens, seed):
                return time_warm_prefix(self._loaded(), n_tokens=n_tokens, seed=seed)
            case Serve(prompt, max_tokens, stop, thinking):
                return serve(self._loaded(), prompt, max_tokens=max_tokens, stop=stop, thinking=thinking)
            case Generate(prompts, max_tokens, stop, thinking, sampling, seeds, head_of):
                completions = generate(
                    self._loaded(),
                    prompts,
                    max_tokens=max_tokens,
                    stop=stop,
                    thinking=thinking,
                    sampling=sampling,
                    seeds=seeds,
                    head_of=head_of,
                    on_progress=self._report,
                )
                return Generated(completions)
            case ScoreChoices(items, head_of):
                return score_choices(self._loaded(), items, head_of=head_of, on_progress=self._report)
            case CountTokens(prompts, thinking):
                return Counted(longest_prompt(self._loaded(), prompts, thinking))
            case ScoreText(text, n_ctx, n_chunks):
                return score_text(
                    self._loaded(), text, n_ctx=n_ctx, n_chunks=n_chunks, on_progress=self._report
                )
            case SaveReference(text, path, n_ctx, n_chunks):
                return save_reference(
                    self._loaded(), text, path, n_ctx=n_ctx, n_chunks=n_chunks, on_progress=self._report
                )
            case CompareText(text, path):
                return compare_text(self._loaded(), text, path, on_progress=self._report)
            case Quantize(source_path, target_path, ftype, n_threads, is_dry_run):
                return Quantized(
                    self._opened().quantize(source_path, target_path, ftype, n_threads, is_dry_run=is_dry_run)
                )
            case Shutdown():
                raise EngineError("the worker is shutting down")
            case _:
                assert_never(command)

    def _hold(self, settings: EngineSettings, hold: Callable[[EngineSettings], ModelInfo]) -> Loaded:
        """Whatever was held before is gone, even when the engine refuses."""
        self._session = None
        engine = self._opened()
        start_ns = engine.now_ns()
        info = hold(settings)
        window = Window(start_ns, engine.now_ns())
        self._session = Session(engine, settings, info)
        return Loaded(info, window)

    def _opened(self) -> Engine:
        if isinstance(self._engine, BreakevenError):
            raise self._engine
        return self._engine

    def _loaded(self) -> Session:
        if self._session is None:
            raise EngineError("no model is loaded")
        return self._session

    def _report(self, done: int, total: int) -> None:
        now_ns = time.perf_counter_ns()
        if now_ns - self._reported_ns >= PROGRESS_EVERY_NS:
            self._reported_ns = now_ns
            write_all(self._replies, encode(Progress(done, total)))
