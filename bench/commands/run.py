"""``breakeven run``: plan, measure each model, conclude, write."""

import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from bench import __version__
from bench.catalog.apis import load_apis
from bench.catalog.models import load_models
from bench.commands.conclude import conclude
from bench.commands.measure_model import ModelRun
from bench.commands.options import RunOptions
from bench.commands.plan import ModelJob, check_tasks, plan_jobs
from bench.commands.reporter import Reporter
from bench.commands.transcripts import read_transcripts
from bench.economics.scenario import Scenario
from bench.meters.energy.core_watts import parse_watts
from bench.meters.host import fingerprint
from bench.records.assembly import recover_orphans
from bench.records.journal import Journal, new_run_id
from bench.records.privacy import reduce_arguments
from bench.records.store import default_results_folder, prepare_folder, write_record
from bench.records.types import Record, Tool
from bench.records.units import RunPlan
from bench.units import seconds


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
    watts = None if options.watts_per_core is None else parse_watts(options.watts_per_core)
    apis = load_apis()
    catalog = load_models(options.models_file)
    jobs = plan_jobs(options, catalog, reporter)
    check_tasks(scenario, jobs)
    transcripts = read_transcripts(options.transcripts, jobs, apis)
    named = dict.fromkeys((*(options.apis or apis.defaults), *(api for _, api in transcripts)))
    profiles = {profile.name: profile for profile in map(apis.find, named)}
    catalogs = {"models": catalog.sha256, "apis": apis.sha256}
    with _journal(folder, options, jobs, catalogs, reporter) as journal:
        written: list[tuple[Record, Path]] = []
        for job in jobs:
            started_ns = time.perf_counter_ns()
            stopped = _measure(ModelRun(job, journal, options.time_budget_s, watts, reporter))
            wall_s = seconds(time.perf_counter_ns() - started_ns)
            record = conclude(
                journal,
                job.name,
                is_interrupted=stopped is not None,
                wall_s=None if options.resume else wall_s,
                profiles=tuple(profiles.values()),
                scenario=scenario,
                transcripts=transcripts,
            )
            if record is not None:
                written.append((record, write_record(record, folder)))
            if stopped is not None:
                reporter.say("interrupted; the same command with --resume goes on from here")
                raise stopped
        journal.remove()
    return Outcome(tuple(record for record, _ in written), tuple(path for _, path in written))


def _measure(model_run: ModelRun) -> KeyboardInterrupt | None:
    try:
        model_run.measure()
    except KeyboardInterrupt as interrupt:
        return interrupt
    return None


def _journal(
    folder: Path,
    options: RunOptions,
    jobs: tuple[ModelJob, ...],
    catalogs_sha256: dict[str, str],
    reporter: Reporter,
) -> Journal:
    plan = RunPlan(
        tool=Tool(
            version=__version__,
            commit=_commit(),
            arguments=reduce_arguments(sys.argv[1:]),
            catalogs_sha256=catalogs_sha256,
        ),
        machine=fingerprint(),
        is_quick=options.is_quick,
        models=tuple(job.name for job in jobs),
        choices=_choices(options, jobs),
    )
    if options.resume:
        return Journal.resume(folder, plan)
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
    """The checkout's commit, when the program runs from one; ``-dirty`` when the code differs from it."""
    root = Path(__file__).resolve().parents[2]
    if not (root / ".git").exists():
        return None

    def git(*words: str) -> str:
        done = subprocess.run(
            ["git", "-C", str(root), *words], capture_output=True, text=True, timeout=5, check=True
        )
        return done.stdout.strip()

    try:
        changed = git("status", "--porcelain", "--untracked-files=no", "--", "bench", "models.toml")
        return git("rev-parse", "--short=12", "HEAD") + ("-dirty" if changed else "")
    except (OSError, subprocess.SubprocessError):
        return None
