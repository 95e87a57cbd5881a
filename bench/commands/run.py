"""``breakeven run``: plan, measure each model, conclude, write."""

from dataclasses import replace

from bench.catalog.models import load_models
from bench.commands.circumstances import check_tasks, read_circumstances
from bench.commands.frontier import frontiers_of, published_for
from bench.commands.measure_model import ModelRun
from bench.commands.options import RunOptions
from bench.commands.plan import LATENCY_SHARE, SPEED_SHARE, ModelJob, asked_of, plan_jobs
from bench.commands.recording import Outcome, Recorder, open_journal
from bench.commands.reporter import Reporter
from bench.commands.transcripts import read_transcripts
from bench.economics.assess import assess
from bench.meters.energy.core_watts import parse_watts
from bench.meters.energy.machine import MachineMeters, open_machine
from bench.records.results_folder import prepare_folder
from bench.records.types import Record


def run(options: RunOptions, reporter: Reporter) -> Outcome:
    """Everything that can be wrong with the request is found before the first measurement.

    Raises KeyboardInterrupt after Ctrl-C, once what is finished is written.
    """
    folder = prepare_folder(options.output)
    around = read_circumstances(options)
    only = around.only
    meters = open_machine(options.meters, parse_watts(options.watts_per_core))
    if options.is_quick:
        meters = meters.prompt()
    catalog = load_models(options.models_file)
    tasks_budget_s = options.time_budget_s * (1 - SPEED_SHARE - LATENCY_SHARE)
    jobs = plan_jobs(options, catalog, reporter, budget_s=tasks_budget_s)
    names = [job.task.name for job in jobs[0].tasks]
    check_tasks(only.scenario, names)
    published = published_for(around.published, names)
    transcripts = read_transcripts(options.transcripts, jobs, around.apis)
    answered = {api: around.apis.find(api) for _, api in transcripts}
    profiles = tuple(({profile.name: profile for profile in around.profiles} | answered).values())

    def assessed(record: Record) -> Record:
        assessment = assess(
            record,
            profiles,
            only.scenario,
            market=only.market,
            defaults=around.defaults - answered.keys(),
            transcripts=transcripts,
            grid=only.grid,
            hosted=around.hosted,
            arrivals=around.arrivals,
        )
        return record.model_copy(update={"assessment": assessment})

    with open_journal(
        folder,
        reporter,
        subjects=[job.name for job in jobs],
        choices=_choices(options, jobs, meters),
        catalogs_sha256={"models": catalog.sha256, **around.catalogs_sha256},
        is_quick=options.is_quick,
        resume=options.resume,
    ) as journal:
        recorder = Recorder(journal, folder, reporter, is_resumed=options.resume)
        for job in jobs:
            model_run = ModelRun(job, journal, options, meters, reporter)
            recorder.measure(job.name, model_run.measure, assessed)
        journal.remove()
    outcome = recorder.outcome
    if len(outcome.records) < 2 and not published:
        return outcome  # its own tables hold one model against each API
    return replace(outcome, frontiers=frontiers_of(outcome.records, only.scenario, published))


def _choices(options: RunOptions, jobs: tuple[ModelJob, ...], meters: MachineMeters) -> dict[str, object]:
    return {
        "seed": options.seed,
        "time_budget_s": options.time_budget_s,
        "energy_budget_s": options.energy_rule.budget_s,
        "meters": meters.named,
        "watts_per_core": options.watts_per_core,
        "models": asked_of(jobs),
    }
