"""Ends the child when its parent ends, however that ends, even in the middle of a native call."""

import os
import queue
import select
import sys
import threading

from bench.worker.wire import PIECE_BYTES, read_lines

CHECK_EVERY_S = 1.0
PR_SET_PDEATHSIG, SIGKILL = 1, 9  # linux/prctl.h


def die_with_thread(parent_pid: int) -> None:
    """Ask Linux to kill this process when the thread that started it ends.

    The signal follows that thread, not its process: only ask when it is the main thread.
    """
    if sys.platform == "linux":
        import ctypes

        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0)
    exit_if_orphaned(parent_pid)


def exit_if_orphaned(parent_pid: int) -> None:
    """Only where a process that loses its parent gets another.

    Windows keeps the old number, and a virtual environment's launcher stands between us and our parent there.
    """
    if os.name == "posix" and os.getppid() != parent_pid:
        os._exit(1)


class CommandReader:
    """Takes lines off the command pipe in a thread of its own, and ends the process when the pipe ends.

    Native code lets other threads run, so this works in mid-decode.
    """

    def __init__(self, pipe: int, parent_pid: int) -> None:
        self._pipe = pipe
        self._parent_pid = parent_pid
        self.lines: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        threading.Thread(target=self._read, name="watchdog", daemon=True).start()

    def _read(self) -> None:
        try:
            for line in read_lines(self._piece):
                self.lines.put(line)
        finally:
            os._exit(0)

    def _piece(self) -> bytes:
        if os.name == "posix":
            # Another process may hold the pipe open when the parent is gone: look for it now and then.
            while not select.select([self._pipe], [], [], CHECK_EVERY_S)[0]:
                exit_if_orphaned(self._parent_pid)
        return os.read(self._pipe, PIECE_BYTES)
