"""From a journal to records: what every verb that measures shares, whatever it measures."""

import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench import __version__
from bench.commands.conclude import conclude
from bench.commands.reporter import Reporter
from bench.meters.host import fingerprint
from bench.records.assembly import recover_orphans
from bench.records.journal import Journal, new_run_id
from bench.records.privacy import reduce_arguments
from bench.records.store import write_record
from bench.records.types import Frontier, Record, Tool
from bench.records.units import RunPlan
from bench.units import seconds

_CODE = ("bench", "models.toml")


@dataclass(frozen=True, slots=True)
class Outcome:
    records: tuple[Record, ...]
    paths: tuple[Path, ...]
    frontiers: tuple[Frontier, ...] = ()  # over all records, where they conclude

    @property
    def has_failures(self) -> bool:
        """Did a unit fail, or could no item of a task be asked?"""
        return any(record.failures or any(task.refusal for task in record.tasks) for record in self.records)


def open_journal(
    folder: Path,
    reporter: Reporter,
    *,
    subjects: Sequence[str],
    choices: Mapping[str, object],
    catalogs_sha256: Mapping[str, str],
    is_quick: bool,
    resume: bool,
) -> Journal:
    """A new journal, or with ``resume`` that of the last run that was interrupted under the same plan.

    ``choices`` is whatever else decides which units there are and what they hold. Orphaned journals become
    records first.
    """
    plan = RunPlan(
        tool=Tool(
            version=__version__,
            commit=code_commit(Path(__file__).resolve().parents[2]),
            arguments=reduce_arguments(sys.argv[1:]),
            catalogs_sha256=dict(catalogs_sha256),
        ),
        machine=fingerprint(),
        is_quick=is_quick,
        models=tuple(subjects),
        choices=dict(choices),
    )
    if resume:
        return Journal.resume(folder, plan)
    recovered = recover_orphans(folder)
    for path in recovered.written:
        reporter.say(f"an earlier run had died; what it had finished is in {path}")
    for error in recovered.broken:
        reporter.say(f"an earlier run's journal cannot be read: {error}")
    return Journal.create(folder, new_run_id(), plan)


class Recorder:
    """Writes one record for each subject of a journal as soon as it is measured."""

    def __init__(self, journal: Journal, folder: Path, reporter: Reporter, *, is_resumed: bool) -> None:
        self._journal = journal
        self._folder = folder
        self._reporter = reporter
        self._is_resumed = is_resumed
        self._written: list[tuple[Record, Path]] = []

    @property
    def outcome(self) -> Outcome:
        return Outcome(tuple(record for record, _ in self._written), tuple(path for _, path in self._written))

    def measure(
        self, subject: str, action: Callable[[], None], complete: Callable[[Record], Record] = lambda it: it
    ) -> None:
        """Do ``action``, which notes its units in the journal, and write what ``complete`` makes of them.

        Interrupted by Ctrl-C, it writes what is finished, keeps the journal for ``--resume`` and raises
        KeyboardInterrupt again.
        """
        started_ns = time.perf_counter_ns()
        stopped: KeyboardInterrupt | None = None
        try:
            action()
        except KeyboardInterrupt as interrupt:
            stopped = interrupt
        wall_s = seconds(time.perf_counter_ns() - started_ns)
        record = conclude(
            self._journal,
            subject,
            is_interrupted=stopped is not None,
            wall_s=None if self._is_resumed else wall_s,
        )
        if record is not None:
            for task in record.tasks:
                if task.refusal is not None:
                    self._reporter.say(f"{subject}: no item of {task.task} could be asked: {task.refusal}")
            record = complete(record)
            self._written.append((record, write_record(record, self._folder)))
        if stopped is not None:
            self._reporter.say("interrupted; the same command with --resume goes on from here")
            raise stopped


def code_commit(root: Path) -> str | None:
    """The commit that last changed the program, where it runs from a checkout; ``-dirty`` where it differs.

    Later commits of documents, tests and records change no result: a run goes on after them.
    """
    if not (root / ".git").exists():
        return None

    def git(*words: str) -> str:
        done = subprocess.run(
            ["git", "-C", str(root), *words], capture_output=True, text=True, timeout=5, check=True
        )
        return done.stdout.strip()

    try:
        changed = git("status", "--porcelain", "--untracked-files=no", "--", *_CODE)
        commit = git("log", "-1", "--format=%h", "--abbrev=12", "--", *_CODE)
        return f"{commit}-dirty" if commit and changed else commit or None
    except (OSError, subprocess.SubprocessError):
        return None
