"""Runs child processes whose output goes to a log, and ends all of them when set-up is left."""

import contextlib
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from environment.machine import SetupProblem

LAST_WORDS_LINES = 15

# Settings of the caller's shell that would make a child's pip or Python work on another installation.
_FOREIGN = ("PIP_PREFIX", "PIP_ROOT", "PIP_TARGET", "PIP_USER", "PYTHONHOME", "PYTHONPATH", "PYTHONSAFEPATH")


class Children:
    """The child processes of one set-up. ``held`` is a lock's file descriptor that they keep open too,
    so that an orphan of a killed set-up still holds the lock while it writes."""

    def __init__(self, log_folder: Path, held: int | None = None) -> None:
        self._log_folder = log_folder
        self._held = () if held is None or os.name == "nt" else (held,)
        self._running: set[subprocess.Popen[str]] = set()
        self._stopped = False
        self._lock = threading.Lock()

    def run(
        self,
        purpose: str,
        command: Sequence[object],
        *,
        remedy: str,
        environ: Mapping[str, str] | None = None,
        on_line: Callable[[str], None] | None = None,
    ) -> None:
        """Run ``command`` to its end; raise SetupProblem with its last words when it fails."""
        log_path = self._log_folder / f"{purpose.replace(' ', '-')}.log"
        log_path.parent.mkdir(parents=True, exist_ok=True)
        with log_path.open("w", encoding="utf-8") as log, self._start(command, environ) as child:
            assert child.stdout is not None
            for line in child.stdout:
                log.write(line)
                if on_line is not None:
                    on_line(line)
        with self._lock:
            self._running.discard(child)
        if child.returncode != 0:
            lines = log_path.read_text(encoding="utf-8").splitlines()
            raise SetupProblem(
                f"{purpose} failed (exit code {child.returncode}; all of its output: {log_path})",
                remedy,
                "\n".join(lines[-LAST_WORDS_LINES:]),
            )

    def stop(self) -> None:
        """End the children that still run, and start no more."""
        with self._lock:
            self._stopped = True
            for child in self._running:
                _end_with_descendants(child)

    def _start(self, command: Sequence[object], environ: Mapping[str, str] | None) -> subprocess.Popen[str]:
        inherited = {name: value for name, value in os.environ.items() if name not in _FOREIGN}
        with self._lock:
            if self._stopped:
                raise SetupProblem("set-up was stopped", "run it again: finished steps are kept")
            child = subprocess.Popen(
                [str(word) for word in command],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                env={**inherited, "PIP_NO_INPUT": "1", "PYTHONUNBUFFERED": "1", **(environ or {})},
                encoding="utf-8",
                errors="replace",
                pass_fds=self._held,
                start_new_session=True,  # a group of its own, so that the compilers can be ended with it
            )
            self._running.add(child)
        return child


def _end_with_descendants(child: "subprocess.Popen[str]") -> None:
    if sys.platform == "win32":
        subprocess.run(["taskkill", "/T", "/F", "/PID", str(child.pid)], capture_output=True, check=False)
    else:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGTERM)
