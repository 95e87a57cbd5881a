"""One program at a time in a jail of its own, and what became of it."""

import marshal
import os
import secrets
import selectors
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from bench.tasks.sandbox.limits import Limits
from bench.tasks.sandbox.syscall_filter import syscall_filter
from bench.tasks.sandbox.view import interpreter, visible_paths
from bench.units import NS_PER_S, seconds

START_TIMEOUT_S = 30.0
CLOSE_TIMEOUT_S = 10.0
# What ends a program, other than an exception, in the words of the record.
CPU_TIME, WALL_TIME = "timeout: CPU time", "timeout: wall time"
OUTPUT, MEMORY = "output limit", "memory limit"
_NOBODY = 65534
_FOLDER = Path(__file__).parent
_WORDS_BYTES = 4096  # of what a jail or a runner says of itself


class SandboxFault(Exception):
    """The sandbox itself failed, which says nothing of the program in it."""


@dataclass(frozen=True, slots=True)
class Ran:
    """``reason``: None when the program ran to its end, else the exception, limit or signal that ended it."""

    reason: str | None


@dataclass(frozen=True, slots=True)
class Sandbox:
    """Runs Python programs, each with its own namespaces; safe to use from ``n_parallel`` threads at once.

    Got from ``open_sandbox``, which proves that it holds on this machine. ``shown`` are absolute real paths
    that a program may read beside the interpreter's: packages, data.
    """

    limits: Limits = field(default_factory=Limits)
    n_parallel: int = 1
    shown: tuple[str, ...] = ()

    def run(self, program: str) -> Ran:
        """Returns when nothing of the program is alive. Raises SandboxFault."""
        word = secrets.token_hex(16)
        try:
            with _jail() as jail:
                return jail.ran(self._given(program, word), word, self.limits)
        except (OSError, subprocess.TimeoutExpired) as error:
            raise SandboxFault(str(error)) from error

    def _given(self, program: str, word: str) -> dict[str, object]:
        limits = self.limits
        return {
            "user": _NOBODY if os.geteuid() == 0 else None,
            "paths": visible_paths(self.shown),
            "files": {
                "runner.py": (_FOLDER / "runner.py").read_bytes(),
                "answer.py": program.encode("utf-8", "replace"),
            },
            "scratch_bytes": limits.scratch_bytes,
            "limits": {
                "RLIMIT_AS": [limits.memory_bytes] * 2,
                "RLIMIT_CORE": [0, 0],
                "RLIMIT_CPU": [limits.cpu_s, limits.cpu_s + 1],
                "RLIMIT_FSIZE": [limits.scratch_bytes] * 2,
                "RLIMIT_MEMLOCK": [0, 0],
                "RLIMIT_MSGQUEUE": [0, 0],
                "RLIMIT_NOFILE": [limits.n_files] * 2,
                "RLIMIT_NPROC": [limits.n_threads] * 2,
            },
            "filter": syscall_filter(os.uname().machine, may_fork=limits.may_fork).hex(),
            "command": [interpreter(), "-I", "-S", "-B", "/runner.py", word],
        }


@contextmanager
def _jail() -> Iterator["_Jail"]:
    status_read, status_write = os.pipe()
    report_read, report_write = os.pipe()
    try:
        process = subprocess.Popen(
            [interpreter(), "-I", "-S", "-B", str(_FOLDER / "jail.py"), str(status_write), str(report_write)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env={},
            pass_fds=(status_write, report_write),
            start_new_session=True,
        )
    except BaseException:
        os.close(status_read)
        os.close(report_read)
        raise
    finally:
        os.close(status_write)
        os.close(report_write)
    try:
        yield _Jail(process, status_read, report_read)
    finally:
        _close(process)
        os.close(status_read)
        os.close(report_read)


def _close(process: "subprocess.Popen[bytes]") -> None:
    """End of its input is the jail's order to kill all that is in it; it ends when all of that has."""
    assert process.stdin is not None
    assert process.stdout is not None
    with suppress(OSError):  # it is gone already
        process.stdin.close()
    try:
        process.wait(CLOSE_TIMEOUT_S)
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


class _Jail:
    """What its owner hears of one jail: the guard's status, the runner's report, the program's output."""

    def __init__(self, process: "subprocess.Popen[bytes]", status_fd: int, report_fd: int) -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        self._process = process
        self._stdin = process.stdin
        self._output_fd = process.stdout.fileno()
        self._status_fd = status_fd
        self._report_fd = report_fd
        self._said = {status_fd: b"", report_fd: b"", self._output_fd: b""}
        self._n_output_bytes = 0
        self._selector = selectors.DefaultSelector()
        for fd in self._said:
            self._selector.register(fd, selectors.EVENT_READ)

    def ran(self, given: dict[str, object], word: str, limits: Limits) -> Ran:
        with self._selector:
            deadline_ns = time.perf_counter_ns() + round(START_TIMEOUT_S * NS_PER_S)
            self._wait_for("unshared", deadline_ns)
            self._map_users(given["user"])
            message = marshal.dumps(given)
            self._stdin.write(b"%d\n" % len(message) + message)
            self._stdin.flush()
            self._wait_for("ready", deadline_ns)
            deadline_ns = time.perf_counter_ns() + round(limits.wall_s * NS_PER_S)
            while not self._has("ended") and self._n_output_bytes <= limits.output_bytes:
                if not self._listen(deadline_ns):
                    return Ran(WALL_TIME)
            while self._drain():
                pass
        if self._n_output_bytes > limits.output_bytes:
            return Ran(OUTPUT)
        return self._ending(word, limits)

    def _map_users(self, user: object) -> None:
        """The jail's user is ours; where we are root, it also has one that is nobody outside."""
        folder = Path(f"/proc/{self._process.pid}")
        more = "" if user is None else f"{user} {user} 1\n"
        if user is None:
            (folder / "setgroups").write_text("deny")
        (folder / "gid_map").write_text(f"0 {os.getegid()} 1\n{more}")
        (folder / "uid_map").write_text(f"0 {os.geteuid()} 1\n{more}")

    def _wait_for(self, word: str, deadline_ns: int) -> None:
        while not self._has(word):
            if not self._listen(deadline_ns):
                raise SandboxFault(f"not {word} after {START_TIMEOUT_S:.0f} s")

    def _has(self, word: str) -> bool:
        return any(line.startswith(word) for line in self._lines(self._status_fd))

    def _lines(self, fd: int) -> list[str]:
        """Finished lines only."""
        return self._said[fd].decode("utf-8", "replace").split("\n")[:-1]

    def _listen(self, deadline_ns: int) -> bool:
        """Take in what is said next; False when the deadline comes first. Raises SandboxFault."""
        left_s = seconds(deadline_ns - time.perf_counter_ns())
        if left_s <= 0:
            return False
        for key, _ in self._selector.select(left_s):
            self._take(key.fd)
        failures = [line for line in self._lines(self._status_fd) if line.startswith("failed ")]
        if failures:
            raise SandboxFault(failures[0].removeprefix("failed "))
        if self._status_fd not in self._selector.get_map() and not self._has("ended"):
            last = self._said[self._output_fd].decode("utf-8", "replace").strip().splitlines()
            raise SandboxFault(f"ended without a word{': ' + last[-1] if last else ''}")
        return True

    def _drain(self) -> bool:
        """Take in what is already said; False when that is all."""
        ready = self._selector.select(0)
        for key, _ in ready:
            self._take(key.fd)
        return bool(ready)

    def _take(self, fd: int) -> None:
        data = os.read(fd, 1 << 16)
        if not data:
            self._selector.unregister(fd)
        if fd == self._output_fd:
            self._n_output_bytes += len(data)
        self._said[fd] = (self._said[fd] + data)[:_WORDS_BYTES]

    def _ending(self, word: str, limits: Limits) -> Ran:
        ended = next(line for line in self._lines(self._status_fd) if line.startswith("ended "))
        status, cpu_s = int(ended.split()[1]), float(ended.split()[2])
        report = self._lines(self._report_fd)
        if not report or report[0] != "begun":
            raise SandboxFault("the interpreter did not start in the sandbox")
        if os.WIFSIGNALED(status):
            number = os.WTERMSIG(status)
            if number == signal.SIGXCPU or (number == signal.SIGKILL and cpu_s >= limits.cpu_s):
                return Ran(CPU_TIME)
            return Ran(f"killed by {signal.Signals(number).name}" if number in _SIGNALS else "killed")
        said, _, how = report[-1].partition(" ")
        if said != word:
            return Ran("ended before its tests did")
        if how == "passed":
            return Ran(None)
        return Ran(_REASONS.get(how, how if how.isidentifier() else "an exception"))


_SIGNALS = frozenset(signal.Signals)
_REASONS = {"AssertionError": "assertion failed", "MemoryError": MEMORY}
