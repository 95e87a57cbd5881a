"""All that a maintainer checks of a submitted record that was read: can it be, and can it rank?"""

from collections.abc import Callable, Iterator
from datetime import datetime
from itertools import islice

from bench.engines.protocol import EngineSettings
from bench.records.types import SETTING_NAMES, Record
from bench.reports.board.amount_checks import (
    energy_findings,
    identity_findings,
    memory_findings,
    model_findings,
    task_findings,
)
from bench.reports.board.findings import Finding, not_ranked, note
from bench.reports.board.rate_checks import ceiling_findings, latency_findings, speed_findings
from bench.reports.dataset.rows import is_synthetic
from bench.reports.words.figures import clean

Check = Callable[[Record], Iterator[Finding]]

_CAN_BE: tuple[Check, ...] = (
    model_findings,
    speed_findings,
    latency_findings,
    ceiling_findings,
    memory_findings,
    energy_findings,
    task_findings,
)
MOST_FINDINGS = 20  # of one record and kind; the first are enough to see what is wrong
_SUBMIT_WHOLE = "measure with `breakeven run` until it is done, without --quick"


def findings_of(record: Record, now: datetime) -> tuple[Finding, ...]:
    """What is wrong with or noteworthy of ``record``, the gravest first; ``now`` is aware."""
    checks: tuple[Check, ...] = (lambda one: identity_findings(one, now), _standing, _settings)
    if not is_synthetic(record):  # what says itself that nobody measured it need not be possible, nor rank
        checks += _CAN_BE
    found = [finding for check in checks for finding in islice(check(record), MOST_FINDINGS)]
    order = ("refused", "not-ranked", "note")
    return tuple(sorted(found, key=lambda one: order.index(one.level)))


def _standing(record: Record) -> Iterator[Finding]:
    """Records that are shown, but apart from what is ranked."""
    if record.imported is not None:
        tool = clean(record.imported.tool)
        remedy = "measure with `breakeven speed`, which says how disturbed it was"
        yield not_ranked("imported", f"was measured by another tool: {tool}", remedy)
    if record.settings.engine == "scripted" or is_synthetic(record):
        yield not_ranked("settings.engine", "is synthetic: no model was measured", _SUBMIT_WHOLE)
    if not record.is_complete:
        yield not_ranked(
            "is_complete", "the run was not finished", "continue it with `breakeven run --resume`"
        )
    if record.is_quick:
        yield not_ranked("is_quick", "is a quick look with few repetitions and items", _SUBMIT_WHOLE)
    for number, failure in enumerate(record.failures):
        what = f"{clean(failure.unit)} failed: {failure.kind}"
        yield note(f"failures.{number}", what, "see the last words in the record, and measure again")
    if any(item.output is not None for task in record.tasks for item in task.items):
        remedy = "see whether each set allows it; `breakeven publish` drops those of gated sets"
        yield note("tasks", "the model's answers are kept in the record", remedy)


def _settings(record: Record) -> Iterator[Finding]:
    usual, held = EngineSettings(), record.settings
    differ = [
        f"{short}={getattr(held, name)}"
        for name, short in SETTING_NAMES.items()
        if not name.startswith("n_threads") and getattr(held, name) != getattr(usual, name)
    ]
    if differ:
        remedy = "nothing is wrong; measure with the default settings, too, to be ranked with most others"
        yield note("settings", f"held otherwise than by default: {clean(', '.join(differ))}", remedy)
    usable = record.machine.usable_cpus
    if usable is not None and max(held.n_threads, held.n_threads_batch) > usable:
        what = f"{max(held.n_threads, held.n_threads_batch)} threads on {usable} CPUs wait for each other"
        yield note("settings.n_threads", what, "leave the number of threads to breakeven")
