"""Any other meter, by the lines that its own program writes: to a file that grows, a pipe, or standard input.

A thread waits for the lines, so that those without a time carry the moment of their arrival, and ``read``
returns at once.
"""

import threading
import time
import weakref
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from statistics import fmean

from bench.errors import InputError, first_few
from bench.meters.energy.declaration import FLAG, Declaration, read_declaration
from bench.meters.energy.feed_lines import ALLOWED, Columns, Line, columns_of
from bench.meters.energy.feed_source import LONGEST_LINE_BYTES, Source
from bench.meters.protocol import Clock, Domain, MeterInfo, Reading, Unavailable
from bench.units import NS_PER_S

STDIN = frozenset({"-", "csv:-"})
PERIOD_S = 1.0  # how often a meter's program is taken to write; #period= knows better
LAG_S = 0.5  # the meter's own averaging, and what its program holds back; #lag= knows better
FIRST_LINE_S = 2.0  # the first line says whether joules or watts come
MOST_WAITING = 100_000
CLOCK_STEP_S = 1.0
OLDEST_S = 60.0


class FeedMeter:
    """Lines as readings in their order, and between them what was wrong there."""

    def __init__(
        self,
        source: Source,
        declaration: Declaration,
        *,
        name: str = "feed",
        clock: Clock = time.perf_counter_ns,
        wall: Callable[[], float] = lambda: datetime.now(UTC).timestamp(),
        patience_s: float = FIRST_LINE_S,
    ) -> None:
        """Waits for a first line, if there is none yet. Raises OSError for one that names no values."""
        self._column = declaration.power
        self._clock, self._wall = clock, wall
        self._offset_s = clock() / NS_PER_S - wall()
        self._lock = threading.Condition()
        self._waiting: deque[Reading | str] = deque(maxlen=MOST_WAITING)
        self._ended: str | None = None
        self._columns: Columns | None = None
        self._rest = b""
        self._n_lines = source.n_lines
        self._step: float | None = None
        self._last_time_s: float | None = None
        self._last_j: float | None = None
        self._total_j = 0.0
        if source.first_line is not None:
            self._columns = columns_of(source.first_line, declaration.power) or Columns()
        self._is_energy = None if self._columns is None else self._columns.is_energy
        threading.Thread(target=_follow, args=(source, weakref.ref(self)), name=name, daemon=True).start()
        with self._lock:
            self._lock.wait_for(lambda: self._columns is not None or self._ended, patience_s)
            if self._columns is None and self._ended:
                raise OSError(self._ended)
            self._is_energy = bool(self._is_energy)
            self.info = MeterInfo(
                name=name,
                domains=(Domain(declaration.covers, declaration.covers),),
                provenance="measured" if self._is_energy else "derived",
                quantity="energy" if self._is_energy else "power",
                detail=f"{'joules' if self._is_energy else 'watts'} from {source.kind}",
                period_s=PERIOD_S if declaration.period_s is None else declaration.period_s,
                lag_s=LAG_S if declaration.lag_s is None else declaration.lag_s,
                spread=declaration.spread,
                is_declared=True,
            )

    def read(self) -> Sequence[Reading]:
        """All readings since the last call, up to a bad line.

        Raises OSError for bad lines once, and at every call when the feed has ended.
        """
        with self._lock:
            waiting = self._waiting
            wrong = {place: each for place, each in enumerate(waiting) if isinstance(each, str)}
            if 0 in wrong:
                for _ in range(max(wrong) + 1):
                    waiting.popleft()
                raise OSError(first_few([*wrong.values()], 1))
            if self._step not in (None, self.info.resolution):
                self.info = replace(self.info, resolution=self._step)
            found: list[Reading] = []
            while waiting and isinstance(each := waiting[0], Reading):
                found.append(each)
                waiting.popleft()
            if not found and self._ended is not None:
                raise OSError(self._ended)
            return found

    @property
    def has_ended(self) -> bool:
        return self._ended is not None

    def end(self, reason: str) -> None:
        with self._lock:
            self._ended = self._ended or reason
            self._lock.notify_all()

    def take(self, chunk: bytes) -> None:
        """What has just arrived."""
        arrived_ns, now_s = self._clock(), self._wall()
        with self._lock:
            self._refuse_clock_step(arrived_ns, now_s)
            *lines, self._rest = (self._rest + chunk).split(b"\n")
            if len(self._rest) > LONGEST_LINE_BYTES:
                lines, self._rest = [*lines, self._rest], b""
            untimed = []
            for line in lines:
                self._n_lines += 1
                try:
                    told = self._told(line.decode("utf-8-sig", "replace").strip())
                    if told is None:
                        continue
                    if told.time_s is None:
                        untimed.append(told.value)
                    else:
                        at_ns = arrived_ns - round(self._age_s(told.time_s, now_s) * NS_PER_S)
                        self._waiting.append(Reading(at_ns, (told.value,)))
                except OSError as error:
                    self._waiting.append(f"line {self._n_lines} of the feed: {error}")
            if untimed:
                # Lines that a program held back and wrote at once: their mean is the best guess of power.
                value = untimed[-1] if self._is_energy else fmean(untimed)
                self._waiting.append(Reading(arrived_ns, (value,)))
            self._lock.notify_all()

    def _told(self, text: str) -> Line | None:
        """The line's power, or its joules since the first line; None where it tells nothing."""
        if self._ended is not None or not text or text.startswith("#"):
            return None
        if self._columns is None:
            try:
                found = columns_of(text, self._column)
            except OSError as error:
                self._ended = str(error)
                return None
            if self._is_energy is not None and self._is_energy != (found or Columns()).is_energy:
                self._ended = "the first line came too late: breakeven had begun to wait for watts"
                return None
            self._columns = found or Columns()
            self._is_energy = self._columns.is_energy
            if found is not None:
                return None
        told = self._columns.read(text)
        self._step = told.step if self._step is None else min(self._step, told.step)
        return told._replace(value=self._since_first(told.value)) if self._is_energy else told

    def _since_first(self, joules: float) -> float:
        last_j, self._last_j = self._last_j, joules
        if last_j is not None and joules < last_j:
            raise OSError("the counter of joules went backwards")
        self._total_j += 0.0 if last_j is None else joules - last_j
        return self._total_j

    def _age_s(self, time_s: float, now_s: float) -> float:
        age_s = now_s - time_s
        last_s, self._last_time_s = self._last_time_s, time_s
        if age_s < -CLOCK_STEP_S:
            raise OSError(f"its time lies {-age_s:.3g} s in the future: the clocks differ")
        if age_s > OLDEST_S:
            raise OSError(
                f"its time lies {age_s:.3g} s in the past: the clocks differ, or lines are held back"
            )
        if last_s is not None and time_s < last_s:
            raise OSError(f"its time lies {last_s - time_s:.3g} s before that of the line before")
        return age_s

    def _refuse_clock_step(self, arrived_ns: int, now_s: float) -> None:
        """Times of lines are placed by this machine's clock: once that was set, nothing fits any more."""
        offset_s = arrived_ns / NS_PER_S - now_s
        step_s, self._offset_s = offset_s - self._offset_s, offset_s
        if abs(step_s) > CLOCK_STEP_S and self._columns is not None and self._columns.time is not None:
            self._ended = (
                f"this machine's clock was set by {-step_s:.3g} s, or it slept: lines have no sure time"
            )


def open_feed(word: str, *, name: str = "feed", patience_s: float = FIRST_LINE_S) -> FeedMeter | Unavailable:
    """The meter of ``csv:FILE`` or ``-``, or why it does not work. Raises InputError."""
    place, _, said = word.partition("#")
    declaration = read_declaration(said)
    path = None if place in STDIN else Path(place.partition(":")[2])
    if path == Path():
        raise InputError("csv: needs a file", where=FLAG, remedy="csv:FILE, or csv:- for standard input")
    try:
        return FeedMeter(Source(path), declaration, name=name, patience_s=patience_s)
    except OSError as error:
        return Unavailable(name, f"the feed cannot be read: {error}", f"let it give {ALLOWED}")


def _follow(source: Source, meter: "weakref.ref[FeedMeter]") -> None:
    while True:
        chunk, reason = b"", None
        try:
            chunk = source.next()
        except OSError as error:
            reason = str(error)
        told = meter()
        if told is None:
            return
        if chunk:
            told.take(chunk)
        if reason is not None:
            told.end(reason)
        if told.has_ended:
            return
        del told
