"""Before anything is run: an attack on each limit, which must fail as it should on this machine.

A limit that is asked for and not enforced is the one fault that nobody would notice, so none is believed.
"""

import os
import platform
import secrets
import socket
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from bench.errors import EnvironmentProblem
from bench.tasks.sandbox.limits import Limits
from bench.tasks.sandbox.sandbox import (
    CPU_TIME,
    MEMORY,
    OUTPUT,
    START_TIMEOUT_S,
    WALL_TIME,
    Sandbox,
    SandboxFault,
)
from bench.tasks.sandbox.syscall_filter import MACHINES
from bench.tasks.sandbox.view import interpreter
from bench.units import MIB

_REMEDY = (
    "run on Linux 5.12 or newer with unprivileged user namespaces; docs/sandbox.md says what to switch on"
)


@dataclass(frozen=True, slots=True)
class Probe:
    """``attack`` must end for that ``reason``; None: it passes, having found itself refused everywhere."""

    limit: str
    attack: str
    reason: str | None = None
    wall_s: float = START_TIMEOUT_S


def open_sandbox(*, n_parallel: int | None = None) -> Sandbox:
    """A sandbox whose every limit was attacked and held (about a second); never one that is less.

    ``n_parallel``: programs at once, by default the usable CPUs. Raises EnvironmentProblem with the limit
    that cannot be enforced here.
    """
    if sys.platform != "linux":
        raise EnvironmentProblem(
            f"there is no sandbox for {platform.system()}, so code that a model wrote is not run",
            remedy="run this task on Linux, also in a virtual machine or under WSL 2",
        )
    machine = platform.machine()
    if machine not in MACHINES:
        raise EnvironmentProblem(
            f"the sandbox has no system call filter for {machine}, so code that a model wrote is not run",
            remedy=f"run this task on {' or '.join(MACHINES)}",
        )
    n_parallel = n_parallel or len(os.sched_getaffinity(0))
    sandbox = Sandbox(n_parallel=n_parallel)
    with _bait() as (folder, port), ThreadPoolExecutor(n_parallel) as pool:
        before = _listed(folder)
        probes = _probes(folder, port)
        for failure in pool.map(lambda probe: _failure(probe, sandbox.limits), probes):
            if failure is not None:
                raise failure
        if _listed(folder) != before:
            raise _refusal("no writes outside", "a file outside was changed")
    return sandbox


def _failure(probe: Probe, limits: Limits) -> EnvironmentProblem | None:
    try:
        ran = Sandbox(replace(_quick(limits), wall_s=probe.wall_s)).run(probe.attack)
    except (SandboxFault, ValueError) as fault:
        return _refusal(probe.limit, str(fault))
    if ran.reason == probe.reason:
        return None
    return _refusal(probe.limit, f"an attack on it ended with {ran.reason or 'success'}")


def _quick(limits: Limits) -> Limits:
    """The same kinds of limits, small enough to be reached at once."""
    return replace(
        limits,
        cpu_s=1,
        memory_bytes=min(limits.memory_bytes, 128 * MIB),
        scratch_bytes=min(limits.scratch_bytes, MIB),
        output_bytes=min(limits.output_bytes, MIB // 16),
    )


def _refusal(limit: str, why: str) -> EnvironmentProblem:
    return EnvironmentProblem(
        f"the sandbox cannot hold its limit “{limit}” here ({why}), so code that a model wrote is not run",
        remedy=_REMEDY,
    )


@contextmanager
def _bait() -> Iterator[tuple[Path, int]]:
    """What an attack would like to reach: a folder that anybody may write to, and a listening socket."""
    with tempfile.TemporaryDirectory(prefix="breakeven-") as name, socket.socket() as listener:
        folder = Path(name)
        folder.chmod(0o777)
        (folder / "secret").write_text(secrets.token_hex(8), encoding="ascii")
        (folder / "secret").chmod(0o666)
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield folder, listener.getsockname()[1]


def _listed(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text(encoding="utf-8") for path in folder.iterdir()}


_REFUSED = """
def refused(attack):
    try:
        attack()
    except (OSError, MemoryError, RuntimeError):
        return
    raise ValueError("not refused")
"""


def _probes(folder: Path, port: int) -> list[Probe]:
    """The slow ones first, so that all of them end together."""
    return [
        Probe("CPU time", "while True: pass", CPU_TIME),
        Probe("wall time", "import time\ntime.sleep(3600)", WALL_TIME, wall_s=0.3),
        Probe("start", "assert [1, 2] == sorted((2, 1))"),
        Probe("output", "while True: print('x' * 4096)", OUTPUT),
        Probe("memory", "x = bytes(1 << 30)", MEMORY),
        Probe(
            "number of processes and threads",
            f"""{_REFUSED}
import os, _thread
def processes():
    for _ in range(64):
        if os.fork() == 0:
            os._exit(0)
def threads():
    gate = _thread.allocate_lock()
    gate.acquire()
    for _ in range(1000):
        _thread.start_new_thread(gate.acquire, ())
refused(processes)
refused(threads)
""",
        ),
        Probe(
            "no writes outside",
            f"""{_REFUSED}
for path in ({str(folder)!r}, "/", {str(Path(interpreter()).parent)!r}, {os.path.realpath(Path.home())!r}):
    refused(lambda: open(path + "/breakeven-was-here", "w"))
refused(lambda: open({str(folder / "secret")!r}))
refused(lambda: open("/answer.py", "w"))
""",
        ),
        Probe(
            "size of the scratch folder",
            f"""{_REFUSED}
def fill():
    for number in range(64):
        with open(f"/scratch/{{number}}", "wb") as file:
            file.write(bytes(1 << 20))
open("small", "w").write("x")
refused(fill)
""",
        ),
        Probe(
            "no network",
            f"""{_REFUSED}
import _socket
def connect():
    _socket.socket(_socket.AF_INET, _socket.SOCK_STREAM).connect(("127.0.0.1", {port}))
refused(connect)
refused(lambda: _socket.socket(_socket.AF_INET, _socket.SOCK_DGRAM).sendto(b"", ("127.0.0.1", {port})))
""",
        ),
        Probe(
            "no sight of other processes",
            f"""{_REFUSED}
import os, sys
assert os.getpid() == 2 and os.getppid() == 1
assert set(os.environ) <= {{"LC_CTYPE"}}
assert not os.path.exists("/proc/self") and sys.stdin.read() == ""
refused(lambda: os.kill({os.getpid()}, 0))
""",
        ),
        Probe(
            "no privileges",
            f"""{_REFUSED}
import os
refused(lambda: os.chroot("/scratch"))
refused(lambda: os.mknod("/scratch/device", 0o20666, os.makedev(1, 1)))
refused(lambda: os.setpriority(os.PRIO_PROCESS, 0, -1))
""",
        ),
    ]
