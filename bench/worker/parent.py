"""The parent's end of a worker: start it, ask it, and know how it ended when it did not answer."""

import contextlib
import os
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import fields, is_dataclass, replace
from pathlib import Path
from typing import Any, Self, TypeVar, overload

from bench.errors import EngineError, WorkerError
from bench.worker.ending import classify, count_oom_kills
from bench.worker.protocol import (
    CeilingsFound,
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
    Scored,
    ScoreText,
    Serve,
    Served,
    Shutdown,
    TextCompared,
    TextScored,
    TimeBoth,
    Timed,
    TimeDecode,
    TimeParallel,
    TimePrefill,
    TimeWarmPrefix,
    Window,
)
from bench.worker.wire import PIECE_BYTES, WireError, decode_reply, encode, read_lines, write_all

OnProgress = Callable[[int, int], None]
ReplyT = TypeVar("ReplyT", bound=Reply)

ANSWER_TO: dict[type[Command], type[Reply]] = {
    Ping: Hello,
    Load: Loaded,
    TimePrefill: Timed,
    TimeDecode: Timed,
    TimeBoth: Timed,
    TimeParallel: Timed,
    TimeWarmPrefix: Timed,
    Reopen: Loaded,
    ListDevices: DeviceList,
    MeasureCeilings: CeilingsFound,
    Serve: Served,
    Generate: Generated,
    ScoreChoices: Scored,
    CountTokens: Counted,
    ScoreText: TextScored,
    SaveReference: TextScored,
    CompareText: TextCompared,
    Quantize: Quantized,
}
START_TIMEOUT_S = 60.0
STOP_TIMEOUT_S = 2.0
CORE_DUMP_TIMEOUT_S = 10.0  # between the pipe's end and the process's
N_PINGS = 10
LOG_BYTES = 64 * 1024

# The child must run the very package that its parent runs, whatever lies in the current folder, on
# PYTHONPATH or in site-packages: so it is loaded by its place, not by its name.
PACKAGE_FOLDER = Path(__file__).resolve().parent.parent
BOOTSTRAP = """
import importlib.util, sys
folder = sys.argv[1]
spec = importlib.util.spec_from_file_location(
    "bench", folder + "/__init__.py", submodule_search_locations=[folder]
)
sys.modules["bench"] = importlib.util.module_from_spec(spec)
spec.loader.exec_module(sys.modules["bench"])
from bench.worker.child import main
main(sys.argv[2:])
"""
ENVIRONMENT = {
    # numpy's own threads would only sit beside the engine's, which are set by number.
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "VECLIB_MAXIMUM_THREADS": "1",
    # An abort in ggml would start a debugger for its backtrace, for seconds; faulthandler shows ours.
    "GGML_NO_BACKTRACE": "1",
}


class Worker:
    """A running child. Use it as a context manager, from one thread; after a WorkerError it is gone.

    ``clock_offset_ns`` is the child's clock minus ours and ``round_trip_ns`` the round trip it was measured
    with. An offset within the round trip is no offset: both clocks are then one, and windows stay as they
    are; otherwise they are shifted onto ours. ``pid`` is the child's own word: on Windows the process that we
    start may be a launcher, which runs the real interpreter as its child. ``engine_error`` says why the
    engine cannot be opened, None when it is there: a worker without one still answers ``Ping``.
    """

    def __init__(self, process: subprocess.Popen[bytes], log_lines: int) -> None:
        self._process = process
        self._log_lines = log_lines
        self._log = b""
        self._replies: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._awaits_reply = False
        self._end: WorkerError | None = None
        self._oom_kills = count_oom_kills()
        self.pid = process.pid
        self.engine_error: str | None = None
        self.clock_offset_ns = 0
        self.round_trip_ns = 0
        self._threads = [
            threading.Thread(target=target, name=f"worker-{target.__name__.strip('_')}", daemon=True)
            for target in (self._drain_log, self._drain_replies)
        ]
        for thread in self._threads:
            thread.start()

    @classmethod
    def start(cls, *, engine: str = "llama_cpp", log_lines: int = 200) -> Self:
        """Start a child with the named engine and measure its clock; WorkerError if it does not run."""
        is_main_thread = threading.current_thread() is threading.main_thread()
        arguments = [str(PACKAGE_FOLDER), engine, str(os.getpid()), str(int(is_main_thread))]
        process = subprocess.Popen(
            [sys.executable, "-P", "-X", "faulthandler", "-c", BOOTSTRAP, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            bufsize=0,
            env=os.environ | ENVIRONMENT,
        )
        worker = cls(process, log_lines)
        try:
            worker._measure_clock()
        except BaseException:
            worker.stop()
            raise
        return worker

    @property
    def is_alive(self) -> bool:
        return self._end is None and self._process.poll() is None

    @property
    def last_words(self) -> str:
        """The end of what the child and its native code printed."""
        return "\n".join(self._log.decode("utf-8", "replace").splitlines()[-self._log_lines :])

    @overload
    def call(self, command: Ping, *, timeout_s: float, on_progress: OnProgress | None = None) -> Hello: ...
    @overload
    def call(
        self, command: Load | Reopen, *, timeout_s: float, on_progress: OnProgress | None = None
    ) -> Loaded: ...
    @overload
    def call(
        self,
        command: TimePrefill | TimeDecode | TimeBoth | TimeParallel | TimeWarmPrefix,
        *,
        timeout_s: float,
        on_progress: OnProgress | None = None,
    ) -> Timed: ...
    @overload
    def call(
        self, command: ListDevices, *, timeout_s: float, on_progress: OnProgress | None = None
    ) -> DeviceList: ...
    @overload
    def call(
        self, command: MeasureCeilings, *, timeout_s: float, on_progress: OnProgress | None = None
    ) -> CeilingsFound: ...
    @overload
    def call(self, command: Serve, *, timeout_s: float, on_progress: OnProgress | None = None) -> Served: ...
    @overload
    def call(
        self, command: Generate, *, timeout_s: float, on_progress: OnProgress | None = None
    ) -> Generated: ...
    @overload
    def call(
        self, command: ScoreChoices, *, timeout_s: float, on_progress: OnProgress | None = None
    ) -> Scored: ...
    @overload
    def call(
        self, command: CountTokens, *, timeout_s: float, on_progress: OnProgress | None = None
    ) -> Counted: ...
    @overload
    def call(
        self, command: ScoreText | SaveReference, *, timeout_s: float, on_progress: OnProgress | None = None
    ) -> TextScored: ...
    @overload
    def call(
        self, command: CompareText, *, timeout_s: float, on_progress: OnProgress | None = None
    ) -> TextCompared: ...
    @overload
    def call(
        self, command: Quantize, *, timeout_s: float, on_progress: OnProgress | None = None
    ) -> Quantized: ...
    @overload
    def call(self, command: Command, *, timeout_s: float, on_progress: OnProgress | None = None) -> Reply: ...

    def call(self, command: Command, *, timeout_s: float, on_progress: OnProgress | None = None) -> Reply:
        """Send ``command`` and wait for its reply, whose windows are on this process's clock.

        ``timeout_s`` bounds the silence: each progress report starts it anew, so that a slow machine is not
        taken for a hang. Raises EngineError when the command failed and the worker lives on, WorkerError when
        the worker is gone: crash, killed, out_of_memory, hang (killed here), or interrupted (an earlier call
        was left before its reply came).
        """
        if self._end is None and self._awaits_reply:
            self._end = self._put_down("interrupted", "an earlier call was interrupted")
        if self._end is not None:
            raise self._end
        line = encode(command)
        self._awaits_reply = True
        with contextlib.suppress(OSError):  # a broken pipe: the end of the replies tells how it broke
            self._send(line)
        while True:
            reply = self._next_reply(command, timeout_s)
            if isinstance(reply, Progress):
                if on_progress is not None:
                    on_progress(reply.done, reply.total)
                continue
            self._awaits_reply = False
            if isinstance(reply, Failed):
                raise EngineError(reply.what, where=reply.where, remedy=reply.remedy)
            if not isinstance(reply, ANSWER_TO[type(command)]):
                self._end = self._put_down("crash", f"the worker answered {type(reply).__name__}")
                raise self._end
            is_one_clock = abs(self.clock_offset_ns) <= self.round_trip_ns
            return reply if is_one_clock else shifted(reply, -self.clock_offset_ns)

    def stop(self) -> None:
        """End the child, politely when it is idle, and free what it held. May be called again."""
        if self.is_alive and not self._awaits_reply:
            with contextlib.suppress(OSError, subprocess.TimeoutExpired):
                self._send(encode(Shutdown()))
                self._process.wait(STOP_TIMEOUT_S)
        self._process.kill()
        self._process.wait()
        self._settle()
        if self._end is None:
            self._end = WorkerError("the worker was stopped", kind="interrupted")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _measure_clock(self) -> None:
        first = self.call(Ping(), timeout_s=START_TIMEOUT_S)  # answered once the child is up
        self.pid, self.engine_error = first.pid, first.engine_error
        best: tuple[int, int] | None = None
        for _ in range(N_PINGS):
            sent_ns = time.perf_counter_ns()
            hello = self.call(Ping(), timeout_s=START_TIMEOUT_S)
            received_ns = time.perf_counter_ns()
            measured = received_ns - sent_ns, hello.now_ns - (sent_ns + received_ns) // 2
            best = measured if best is None else min(best, measured)
        if best is not None:
            self.round_trip_ns, self.clock_offset_ns = best

    def _send(self, line: bytes) -> None:
        assert self._process.stdin is not None
        write_all(self._process.stdin.fileno(), line)

    def _next_reply(self, command: Command, timeout_s: float) -> Reply:
        try:
            line = self._replies.get(timeout=timeout_s)
        except queue.Empty:
            what = f"no answer to {type(command).__name__} within {timeout_s:g} s"
            self._end = self._put_down("hang", what)
            raise self._end from None
        if line is None:
            self._end = self._ended()
            raise self._end
        try:
            return decode_reply(line)
        except WireError as error:
            self._end = self._put_down("crash", f"the worker's answer makes no sense: {error.what}")
            raise self._end from None

    def _put_down(self, kind: str, what: str) -> WorkerError:
        self._process.kill()
        self._process.wait()
        self._settle()
        return WorkerError(what, kind=kind, last_words=self.last_words)

    def _ended(self) -> WorkerError:
        try:
            return_code = self._process.wait(CORE_DUMP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            return self._put_down("crash", "the worker closed its pipe")
        self._settle()
        oom_kills = count_oom_kills() - self._oom_kills
        kind, how = classify(return_code, self.last_words, oom_kills=oom_kills)
        return WorkerError(f"the worker {how}", kind=kind, last_words=self.last_words)

    def _settle(self) -> None:
        """After the child's end: let the threads read what is left, and close the pipes."""
        for thread in self._threads:
            thread.join(STOP_TIMEOUT_S)
        for pipe in (self._process.stdin, self._process.stdout, self._process.stderr):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()

    def _drain_log(self) -> None:
        pipe = self._process.stderr
        assert pipe is not None
        while piece := os.read(pipe.fileno(), PIECE_BYTES):
            self._log = (self._log + piece)[-LOG_BYTES:]

    def _drain_replies(self) -> None:
        pipe = self._process.stdout
        assert pipe is not None
        for line in read_lines(lambda: os.read(pipe.fileno(), PIECE_BYTES)):
            self._replies.put(line)
        self._replies.put(None)


def shifted(value: Any, by_ns: int) -> Any:
    """A copy of a reply with every point in time moved: windows and token times, however deep."""
    if isinstance(value, Window):
        return Window(value.start_ns + by_ns, value.end_ns + by_ns)
    if not is_dataclass(value) or isinstance(value, type):
        return value
    changed = {field.name: shifted(getattr(value, field.name), by_ns) for field in fields(value)}
    if isinstance(value, Served):
        changed["token_ns"] = tuple(at_ns + by_ns for at_ns in value.token_ns)
    return replace(value, **changed)
