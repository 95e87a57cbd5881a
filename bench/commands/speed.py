"""``breakeven speed``: every model, held in every way, through every point of a grid."""

from collections.abc import Sequence
from dataclasses import asdict, replace
from itertools import groupby

from bench.catalog.models import load_models
from bench.commands.measure_grid import GridRun
from bench.commands.options import SpeedOptions
from bench.commands.plan_grid import SpeedJob, plan_grid
from bench.commands.recording import Outcome, Recorder, open_journal
from bench.commands.reporter import Reporter
from bench.commands.stand import Stand
from bench.meters.energy import sees_work
from bench.meters.energy.core_watts import parse_watts
from bench.meters.energy.machine import MachineMeters, open_machine
from bench.records.results_folder import prepare_folder


def speed(options: SpeedOptions, reporter: Reporter) -> Outcome:
    """One record for each model and combination of settings; a model stays loaded through all of its own.

    Everything that can be wrong with the request is found before the first measurement. Raises
    KeyboardInterrupt after Ctrl-C, once what is finished is written.
    """
    folder = prepare_folder(options.results)
    meters = open_machine(options.meters, parse_watts(options.watts_per_core))
    catalog = load_models(options.models_file)
    jobs = plan_grid(options, catalog, reporter)
    if options.has_energy is None:
        options = replace(options, has_energy=_has_meter(meters.prompt(), jobs))
    with open_journal(
        folder,
        reporter,
        subjects=[job.name for job in jobs],
        choices=_choices(options, jobs, meters),
        catalogs_sha256={"models": catalog.sha256},
        is_quick=False,
        resume=options.resume,
    ) as journal:
        recorder = Recorder(journal, folder, reporter, is_resumed=options.resume)
        for path, of_one_model in groupby(jobs, key=lambda job: job.acquired.path):
            first, *others = of_one_model
            with Stand(path, first.settings, meters) as stand:
                for job in (first, *others):
                    recorder.measure(job.name, GridRun(job, stand, journal, options, reporter).measure)
        journal.remove()
    return recorder.outcome


def _has_meter(meters: MachineMeters, jobs: Sequence[SpeedJob]) -> bool:
    """Does a meter, and not only a model of one, see the chip that works? One that was asked for counts."""
    chips = {job.settings.n_gpu_layers != 0 for job in jobs}
    return bool(meters.refused) or any(
        sees_work(meter.info, uses_gpu=uses_gpu) for meter in meters.found for uses_gpu in chips
    )


def _choices(options: SpeedOptions, jobs: tuple[SpeedJob, ...], meters: MachineMeters) -> dict[str, object]:
    return {
        "seed": options.seed,
        "repetitions": options.repetitions,
        "budget_s": options.budget_s,
        "sustained_s": options.sustained_s,
        "n_loads": options.n_loads,
        "has_ceilings": options.has_ceilings,
        "has_energy": options.has_energy,
        "energy_budget_s": options.energy_rule.budget_s,
        "meters": meters.named,
        "watts_per_core": options.watts_per_core,
        "jobs": {
            job.name: {
                "sha256": job.acquired.obtained.sha256,
                "settings": asdict(job.settings),
                "tests": [test.name for test in (*job.tests, *job.parallel_tests)],
                "requests": {task.task.name: task.plan.n_planned for task in job.requests},
            }
            for job in jobs
        },
    }
