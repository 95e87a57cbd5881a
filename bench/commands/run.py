"""``breakeven run``: plan, measure each model, conclude, write."""

import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from bench import __version__
from bench.catalog.apis import ApiCatalog, load_apis
from bench.catalog.models import load_models
from bench.commands.measure_model import ModelRun
from bench.commands.options import RunOptions
from bench.commands.plan import ModelJob, plan_jobs
from bench.commands.reporter import Reporter
from bench.commands.transcripts import read_transcripts
from bench.economics.assess import assess
from bench.economics.scenario import Scenario
from bench.measure.energy import above_idle
from bench.meters.host import fingerprint
from bench.records.assembly import assemble, recover_orphans
from bench.records.journal import Journal, new_run_id
from bench.records.privacy import reduce_arguments
from bench.records.store import default_results_folder, prepare_folder, write_record
from bench.records.types import Failure, Record, Tool
from bench.records.units import ModelUnit, RunPlan
from bench.units import seconds

INTERRUPTED = Failure(unit="run", kind="interrupted", what="the run was interrupted by the user")


@dataclass(frozen=True, slots=True)
class Outcome:
    records: tuple[Record, ...]
    paths: tuple[Path, ...]

    @property
    def has_failures(self) -> bool:
        return any(record.failures for record in self.records)


def run(options: RunOptions, reporter: Reporter) -> Outcome:
    """Everything that can be wrong with the request is found before the first measurement.

    Interrupted by Ctrl-C, it writes what is finished, keeps the journal for ``--resume`` and raises
    KeyboardInterrupt again.
    """
    folder = prepare_folder(options.output or default_results_folder())
    scenario = Scenario.read(options.scenario)
    apis = load_apis()
    profiles = [apis.find(name) for name in options.apis or apis.defaults]
    jobs = plan_jobs(options, reporter)
    transcripts = read_transcripts(options.transcripts, jobs, apis)
    with _journal(folder, options, jobs, apis, reporter) as journal:
        written: list[tuple[Record, Path]] = []
        for job in jobs:
            started_ns = time.perf_counter_ns()
            stopped = _measure(job, journal, options, reporter)
            wall_s = seconds(time.perf_counter_ns() - started_ns)
            record = _record(job, journal, stopped, None if options.resume else wall_s)
            if record is not None:
                record = record.model_copy(
                    update={"assessment": assess(record, profiles, scenario, transcripts=transcripts)}
                )
                written.append((record, write_record(record, folder)))
            if stopped is not None:
                reporter.say("interrupted; the same command with --resume goes on from here")
                raise stopped
        journal.remove()
    return Outcome(tuple(record for record, _ in written), tuple(path for _, path in written))


def _measure(
    job: ModelJob, journal: Journal, options: RunOptions, reporter: Reporter
) -> KeyboardInterrupt | None:
    try:
        ModelRun(job, journal, options, reporter).measure()
    except KeyboardInterrupt as interrupt:
        return interrupt
    return None


def _record(
    job: ModelJob, journal: Journal, stopped: KeyboardInterrupt | None, wall_s: float | None
) -> Record | None:
    """The record of what is finished; None when not even the model was noted."""
    lines = journal.lines(job.name)
    if not any(isinstance(line.result, ModelUnit) for line in lines):
        return None
    record = assemble(journal.header, job.name, lines, is_complete=stopped is None, wall_s=wall_s)
    idle = record.idle_energy
    return record.model_copy(
        update={
            "latency": tuple(
                served.model_copy(update={"energy": tuple(above_idle(e, idle) for e in served.energy)})
                for served in record.latency
            ),
            "failures": record.failures if stopped is None else (*record.failures, INTERRUPTED),
        }
    )


def _journal(
    folder: Path, options: RunOptions, jobs: tuple[ModelJob, ...], apis: ApiCatalog, reporter: Reporter
) -> Journal:
    plan = RunPlan(
        tool=Tool(
            version=__version__,
            commit=_commit(),
            arguments=reduce_arguments(sys.argv[1:]),
            catalogs_sha256={"models": load_models(options.models_file).sha256, "apis": apis.sha256},
        ),
        machine=fingerprint(),
        is_quick=options.is_quick,
        models=tuple(job.name for job in jobs),
        choices=_choices(options, jobs),
    )
    if options.resume:
        return Journal.resume(folder, "last", plan)
    recovered = recover_orphans(folder)
    for path in recovered.written:
        reporter.say(f"an earlier run had died; what it had finished is in {path}")
    for error in recovered.broken:
        reporter.say(f"an earlier run's journal cannot be read: {error}")
    return Journal.create(folder, new_run_id(), plan)


def _choices(options: RunOptions, jobs: tuple[ModelJob, ...]) -> dict[str, object]:
    """Whatever else decides which units there are and what they hold."""
    return {
        "seed": options.seed,
        "time_budget_s": options.time_budget_s,
        "watts_per_core": options.watts_per_core,
        "models": {
            job.name: {
                "sha256": job.acquired.obtained.sha256,
                "settings": asdict(job.settings),
                "tasks": {
                    task.task.name: [task.task.content_sha256, task.plan.n_planned, task.plan.group_size]
                    for task in job.tasks
                },
            }
            for job in jobs
        },
    }


def _commit() -> str | None:
    """The checkout's commit, when the program runs from one."""
    root = Path(__file__).resolve().parents[2]
    if not (root / ".git").exists():
        return None
    try:
        done = subprocess.run(
            ["git", "-C", str(root), "rev-parse", "--short=12", "HEAD"],
            capture_output=True,
            text=True,
            timeout=5,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip() or None
