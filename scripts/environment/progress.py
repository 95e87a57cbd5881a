"""One moving line on stderr for several things under way at once; plain lines where there is no terminal."""

import shutil
import sys
import threading
import time
from collections.abc import Callable
from typing import TextIO

NS_PER_S = 1_000_000_000
PLAIN_INTERVAL_S = 15


class Progress:
    """Shows each lane's stage ("compiling llama.cpp") with its counter ("34/83") and the time elapsed.

    Lanes report from any thread with ``stage`` and ``count``; one thread calls ``draw`` now and then.
    """

    def __init__(
        self,
        stream: TextIO | None = None,
        now_ns: Callable[[], int] = time.perf_counter_ns,
        columns: Callable[[], int] = lambda: shutil.get_terminal_size().columns,
    ) -> None:
        self._stream = stream or sys.stderr
        self._moving = self._stream.isatty()
        self._now_ns = now_ns
        self._columns = columns
        self._start_ns = now_ns()
        self._printed_ns = self._start_ns
        self._lanes: dict[str, tuple[str, str]] = {}
        self._changed = False
        self._drawn_width = 0
        self._lock = threading.Lock()

    def stage(self, lane: str, stage: str) -> None:
        with self._lock:
            known, _ = self._lanes.get(lane, ("", ""))
            self._lanes[lane] = (stage, "")
            self._changed = self._changed or stage != known

    def count(self, lane: str, counter: str) -> None:
        with self._lock:
            stage, _ = self._lanes[lane]
            self._lanes[lane] = (stage, counter)

    def finish(self, lane: str) -> None:
        with self._lock:
            self._lanes.pop(lane, None)

    def elapsed(self) -> str:
        """Minutes and seconds since the start, as ``1:07``."""
        minutes, seconds = divmod((self._now_ns() - self._start_ns) // NS_PER_S, 60)
        return f"{minutes}:{seconds:02d}"

    def draw(self) -> None:
        """Redraw the moving line; without a terminal, print one when a stage is new or 15 s have passed."""
        with self._lock:
            if not self._lanes:
                return
            line = f"[{self.elapsed()}] " + " · ".join(
                f"{lane}: {stage} {counter}".rstrip() for lane, (stage, counter) in self._lanes.items()
            )
            now_ns = self._now_ns()
            if self._moving:
                line = line[: self._columns() - 1]
                self._stream.write("\r" + line.ljust(self._drawn_width))
                self._drawn_width = len(line)
            elif self._changed or now_ns - self._printed_ns >= PLAIN_INTERVAL_S * NS_PER_S:
                self._printed_ns = now_ns
                self._stream.write(line + "\n")
            self._changed = False
            self._stream.flush()

    def say(self, text: str) -> None:
        """Print a line of its own, that stays."""
        with self._lock:
            self._clear()
            self._stream.write(text + "\n")
            self._stream.flush()

    def close(self) -> None:
        """Leave a clean line for what is printed next."""
        with self._lock:
            self._clear()

    def _clear(self) -> None:
        if self._drawn_width:
            self._stream.write("\r" + " " * self._drawn_width + "\r")
            self._drawn_width = 0
