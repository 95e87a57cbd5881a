"""``breakeven eval``: quality alone, of models on the same items, beside what hosted models answered."""

from dataclasses import asdict, dataclass

from bench.catalog.models import load_models
from bench.commands.convert import model_record, settings_record
from bench.commands.instruments import load_unit
from bench.commands.options import EvalOptions
from bench.commands.plan import ModelJob, asked_of, plan_jobs, refuse_repeated
from bench.commands.quality import measure_quality
from bench.commands.recording import Outcome, Recorder, open_journal
from bench.commands.reporter import Reporter
from bench.commands.stand import Live
from bench.commands.transcripts import read_hosted, transcript_record
from bench.commands.units import Units
from bench.records.journal import Journal
from bench.records.results_folder import prepare_folder
from bench.records.units import LoadUnit, ModelUnit
from bench.reports.rows.paired import Answers, Pair, pairs_of


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The models' records, and what the transcripts hold."""

    outcome: Outcome
    hosted: tuple[Answers, ...]

    @property
    def pairs(self) -> tuple[Pair, ...]:
        """Models and transcripts, every two that answered the same task."""
        return pairs_of(self.outcome.records, self.hosted)

    def document(self) -> dict[str, object]:
        """All of it as JSON; an interval is [value, low, high]."""
        return {
            "records": [record.model_dump(mode="json") for record in self.outcome.records],
            "transcripts": [
                {"name": one.name, "result": one.result.model_dump(mode="json")} for one in self.hosted
            ],
            "pairs": [asdict(pair) for pair in self.pairs],
        }


def evaluate(options: EvalOptions, reporter: Reporter) -> Evaluation:
    """Everything that can be wrong with the request is found before the first item is asked.

    Raises KeyboardInterrupt after Ctrl-C, once what is finished is written.
    """
    folder = prepare_folder(options.output)
    catalog = load_models(options.models_file)
    jobs = plan_jobs(options, catalog, reporter, budget_s=None)
    transcripts = read_hosted(options.transcripts, jobs)
    refuse_repeated("transcript", [f"{one.name} on {one.job.task.name}" for one in transcripts])
    with open_journal(
        folder,
        reporter,
        subjects=[job.name for job in jobs],
        choices={"quality_alone": True, "seed": options.seed, "models": asked_of(jobs)},
        catalogs_sha256={"models": catalog.sha256},
        is_quick=False,
        resume=options.resume,
    ) as journal:
        recorder = Recorder(journal, folder, reporter, is_resumed=options.resume)
        for job in jobs:
            recorder.measure(job.name, _QualityRun(job, journal, reporter).measure)
        journal.remove()
    hosted = tuple(Answers(one.name, transcript_record(one)) for one in transcripts)
    return Evaluation(recorder.outcome, hosted)


class _QualityRun:
    """The units of one model that a journal does not hold yet."""

    def __init__(self, job: ModelJob, journal: Journal, reporter: Reporter) -> None:
        self._job = job
        self._units = Units(journal, job.name, reporter)

    def measure(self) -> None:
        job = self._job
        held = settings_record(job.quality_settings)
        choice = settings_record(job.choice_settings)
        self._units.keep(
            "model",
            ModelUnit(
                model=model_record(job.acquired, job.header, None),
                settings=held,
                quality_settings=held,
                choice_settings=choice,
            ),
        )
        measure_quality(self._units, job, lambda stand: self._units.run("load", stand, self._load))

    def _load(self, live: Live) -> LoadUnit:
        """What the engine says of the model. How long it took to load so is nobody's figure."""
        return load_unit(live, self._job.acquired, self._job.header).model_copy(update={"load": None})
