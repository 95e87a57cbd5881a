"""One process at a time per file: the others wait, and find it there."""

import contextlib
import errno
import os
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO

from bench.artifacts.storage import beside, storage_error

POLL_S = 0.1


@contextlib.contextmanager
def only_here(target: Path, while_waiting: Callable[[], None]) -> Iterator[None]:
    """Hold the lock of ``target``; ``while_waiting`` is called now and then until it is had.

    The system drops the lock when its process dies, so no stale lock ever has to be broken.
    """
    lock_file = beside(target, ".lock")
    while True:
        try:
            stream = lock_file.open("a+b")
        except OSError as problem:
            raise storage_error(problem, lock_file) from problem
        with stream:
            if _try_lock(stream) and _is_still(stream, lock_file):
                try:
                    yield
                finally:
                    _release(stream, lock_file)
                return
        while_waiting()
        time.sleep(POLL_S)


def _is_still(stream: IO[bytes], lock_file: Path) -> bool:
    """False when the holder before us removed the file we have just locked."""
    try:
        return os.path.samestat(os.fstat(stream.fileno()), lock_file.stat())
    except FileNotFoundError:
        return False


if sys.platform == "win32":
    import msvcrt

    def _try_lock(stream: IO[bytes]) -> bool:
        stream.seek(0)
        try:
            msvcrt.locking(stream.fileno(), msvcrt.LK_NBLCK, 1)
        except OSError as problem:
            if problem.errno in (errno.EACCES, errno.EDEADLK):
                return False
            raise storage_error(problem, Path(stream.name)) from problem
        return True

    def _release(stream: IO[bytes], lock_file: Path) -> None:
        stream.seek(0)
        msvcrt.locking(stream.fileno(), msvcrt.LK_UNLCK, 1)
        stream.close()
        with contextlib.suppress(OSError):  # another process has it open
            lock_file.unlink()

else:
    import fcntl

    def _try_lock(stream: IO[bytes]) -> bool:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        except OSError as problem:
            raise storage_error(problem, Path(stream.name)) from problem
        return True

    def _release(stream: IO[bytes], lock_file: Path) -> None:
        # Removed while still held: whoever locks the removed file notices, and opens the new one.
        lock_file.unlink(missing_ok=True)
        stream.close()
