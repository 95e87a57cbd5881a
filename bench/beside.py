"""Work in copies of this process, beside it: they have all that it has, and hand back bytes.

Only a help. Where there is no processor to spare, no fork, or where the work failed there, less comes back or
nothing: who asked does the rest, and meets the error where it would have been without this.
"""

import os
import pickle
import signal
import sys
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from functools import partial
from itertools import pairwise
from typing import BinaryIO, NoReturn, TypeVar

T = TypeVar("T")
R = TypeVar("R")

_MOST_PROCESSES = 8  # each takes memory, and what is done by one alone is most of the time by then


def n_processors() -> int:
    """That this process may use, where it can be copied: elsewhere 1.

    A copy has no threads but the one that made it. macOS can be copied too, but its libraries end a copy that
    uses them.
    """
    if sys.platform != "linux":
        return 1
    return min(_MOST_PROCESSES, len(os.sched_getaffinity(0)))


@contextmanager
def beside(work: Callable[[BinaryIO], None]) -> Iterator[BinaryIO]:
    """What ``work`` writes in a copy of this process, which ends with the block at the latest."""
    reader, writer = os.pipe()
    copy = _copy() if n_processors() > 1 else None
    if copy == 0:
        _work_and_end(work, reader, writer)
    os.close(writer)
    try:
        with os.fdopen(reader, "rb") as stream:
            yield stream
    finally:
        if copy is not None:
            with suppress(ProcessLookupError, ChildProcessError):  # who started this process may have it so
                os.kill(copy, signal.SIGKILL)
                os.waitpid(copy, 0)


def done_beside(work: Callable[[T], R], things: Sequence[T], *, fewest: int) -> list[R]:
    """``work`` of each of ``things`` in their order, in as many processes as have ``fewest`` of them each."""
    n_parts = max(1, min(n_processors(), len(things) // fewest))
    ends = [len(things) * part // n_parts for part in range(n_parts + 1)]
    mine, *others = (things[start:end] for start, end in pairwise(ends))
    done = [work(thing) for thing in mine[:1]]  # what is imported and kept for the first, the copies have
    with ExitStack() as stack:
        streams = [stack.enter_context(beside(partial(_hand_over, work, other))) for other in others]
        done += [work(thing) for thing in mine[1:]]
        for other, stream in zip(others, streams, strict=True):
            try:
                done += pickle.load(stream)
            except (EOFError, pickle.UnpicklingError):
                done += map(work, other)
    return done


def _copy() -> int | None:
    """0 in the copy, and in this process the copy's id; None where the system has no room for one."""
    with warnings.catch_warnings():
        # From 3.12 on of a process with other threads: here numpy's, which know how to be copied.
        warnings.simplefilter("ignore", DeprecationWarning)
        try:
            return os.fork()
        except OSError:
            return None


def _hand_over(work: Callable[[T], R], things: Sequence[T], out: BinaryIO) -> None:
    out.write(pickle.dumps([work(thing) for thing in things]))


def _work_and_end(work: Callable[[BinaryIO], None], reader: int, writer: int) -> NoReturn:
    """Without what the interpreter does at its end: what is still to be printed is the other's to print."""
    try:
        os.close(reader)
        with os.fdopen(writer, "wb") as out:
            work(out)
    finally:
        os._exit(0)
