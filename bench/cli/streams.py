"""The streams that a process is to begin with, of which ``>&-`` leaves one closed."""

import os
import sys

from bench.errors import EnvironmentProblem

_STREAMS = {0: ("stdin", "r"), 1: ("stdout", "w"), 2: ("stderr", "w")}


def fill_streams() -> None:
    """Open what is closed of stdin, stdout and stderr on nothing; raise EnvironmentProblem for stdout.

    What is opened next would take the number of a closed stream, and have in it what others write there: the
    engine tells on stderr what it loads, and the file may be a record.
    """
    closed = [number for number in _STREAMS if _is_closed(number)]
    for number in closed:
        name, mode = _STREAMS[number]
        os.set_inheritable(os.open(os.devnull, os.O_RDWR), True)  # takes the least number that is free
        setattr(sys, name, open(number, mode, encoding="utf-8", closefd=False))  # noqa: SIM115  # to the end
    if 1 in closed:
        raise EnvironmentProblem(
            "is closed, so that nothing could be shown",
            where="stdout",
            remedy="let it go to a file, or to /dev/null",
        )


def _is_closed(number: int) -> bool:
    try:
        os.fstat(number)
    except OSError:
        return True
    return False
