"""``breakeven cost``: conclusions drawn anew from saved measurements, without running a model."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from bench.beside import done_beside
from bench.commands.circumstances import Circumstances, Variation, check_tasks, read_circumstances
from bench.commands.cost_options import CostOptions
from bench.commands.frontier import frontiers_of, published_for
from bench.commands.report import read
from bench.economics.api.rivals import MOST_CHOSEN
from bench.economics.assess import Transcripts, assess
from bench.economics.verdict.sides import ApiSides
from bench.economics.verdict.uncertainty import N_DRAWS, Randomness
from bench.economics.ways.published_ways import PublishedWay
from bench.errors import BreakevenError, InputError, nearest
from bench.records.store import read_to_conclude
from bench.records.types import Assessment, Assumption, Frontier, Record
from bench.tasks import resolve

MOST_DRAWS = 1_000_000  # of all comparisons together: what half a second or so is enough for
FEWEST_DRAWS = 2_000
MOST_CONCLUDED = 3_000  # records of all variations of a sweep: all are kept, and each takes half a megabyte
_FEWEST = 16  # records that one process concludes on; for fewer, beginning another takes longer


@dataclass(frozen=True, slots=True)
class Concluded:
    """The records with the assessment of one variation in place of their own, and all ways to their tasks."""

    differs_by: dict[str, str]
    records: tuple[Record, ...]
    frontiers: tuple[Frontier, ...]


@dataclass(frozen=True, slots=True)
class Costed:
    """One for each variation; ``broken``: files that are no records.

    ``unsaid``: what the records' own verdicts were told, and nobody says here.
    """

    concluded: tuple[Concluded, ...]
    broken: tuple[BreakevenError, ...]
    unsaid: tuple[Assumption, ...]


def cost(options: CostOptions) -> Costed:
    """Raises RecordError when there is no record, InputError for words that cannot be used."""
    around = read_circumstances(options)
    if options.of_one_scenario is not None and len(around.variations) > 1:
        raise InputError(
            "the scenario file sweeps, and a table has one scenario",
            where=options.of_one_scenario,
            remedy="leave it out; --json has every figure",
        )
    found = read(options.records, read_one=read_to_conclude)
    _refuse_crowd(len(found.records), len(around.variations), options)
    records = _of_tasks(found.records, options.tasks)
    asked = _task_names(records)
    for one in around.variations:
        check_tasks(one.scenario, asked)
    transcripts = _transcripts(options, records, around)
    answered = {api: around.apis.find(api) for _, api in transcripts}
    around = replace(
        around,
        profiles=tuple(({profile.name: profile for profile in around.profiles} | answered).values()),
        defaults=around.defaults - answered.keys(),
    )
    ways = published_for(around.published, _task_names(found.records))
    published = tuple(way for way in ways if way.task in asked)
    n_draws = _n_draws(records, around)
    has_details = _is_told_in_full(records, around, options)
    concluded = tuple(
        _concluded(records, one, around, published, transcripts, n_draws, options, has_details=has_details)
        for one in around.variations
    )
    anew = [record for one in concluded for record in one.records]
    return Costed(concluded, tuple(found.broken), _unsaid(_stated(records), _stated(anew), asked))


def _concluded(
    records: Sequence[Record],
    variation: Variation,
    around: Circumstances,
    published: Sequence[PublishedWay],
    transcripts: Transcripts,
    n_draws: int,
    options: CostOptions,
    *,
    has_details: bool,
) -> Concluded:
    randomness = Randomness(variation.scenario.seed, n_draws)
    sides = ApiSides(variation.scenario, randomness, around.hosted)

    def assessment(record: Record) -> Assessment:
        return assess(
            record,
            around.profiles,
            variation.scenario,
            market=variation.market,
            defaults=around.defaults,
            transcripts=transcripts,
            grid=variation.grid,
            arrivals=around.arrivals,
            sides=sides,
            has_details=has_details,
            has_load_curves=options.has_load_curves,
            is_explained=options.is_explained,
        )

    assessed = tuple(
        # Without the hash of the record: it is no longer what was written.
        record.model_copy(update={"content_sha256": None, "assessment": found})
        for record, found in zip(records, done_beside(assessment, records, fewest=_FEWEST), strict=True)
    )
    return Concluded(variation.differs_by, assessed, frontiers_of(assessed, variation.scenario, published))


def _is_told_in_full(records: Sequence[Record], around: Circumstances, options: CostOptions) -> bool:
    if options.most_in_full is None:
        return True
    return len(around.variations) == 1 and sum(bool(one.tasks) for one in records) <= options.most_in_full


def _refuse_crowd(n_records: int, n_variations: int, options: CostOptions) -> None:
    if n_variations > 1 and n_records * n_variations > MOST_CONCLUDED:
        raise InputError(
            f"{n_variations:,} combinations for each of {n_records:,} records",
            where=f"{options.scenario_file}: sweep",
            remedy=f"conclude at most {MOST_CONCLUDED:,} times at once: fewer records, or fewer combinations",
        )


def _stated(records: Sequence[Record]) -> list[Assumption]:
    return [
        assumption
        for record in records
        if record.assessment is not None
        for assumption in record.assessment.assumptions
        if assumption.kind in ("declared", "catalog")
    ]


def _unsaid(
    told: Sequence[Assumption], said: Sequence[Assumption], tasks: Sequence[str]
) -> tuple[Assumption, ...]:
    """What was told of these tasks or of all, once each, and is not said. Old records name no task."""
    known = {(one.flag, one.task) for one in said}
    flags = {one.flag for one in said}
    lost = {
        (one.flag, one.task, one.value): one
        for one in told
        if (
            one.flag not in flags
            if one.task is None
            else known.isdisjoint({(one.flag, one.task), (one.flag, None)})
            and resolve(one.task, tasks) is not None
        )
    }
    return tuple(lost.values())


def _transcripts(options: CostOptions, records: Sequence[Record], around: Circumstances) -> Transcripts:
    if not options.transcripts:
        return {}
    from bench.commands.transcripts import read_transcripts_of_records

    return read_transcripts_of_records(
        options.transcripts, records, around.apis, may_run_code=options.may_run_code
    )


def _task_names(records: Sequence[Record]) -> list[str]:
    return [task.task for record in records for task in record.tasks]


def _of_tasks(records: Sequence[Record], names: Sequence[str]) -> tuple[Record, ...]:
    """The records with the named tasks only; without names as they are."""
    if not names:
        return tuple(records)
    known = dict.fromkeys(task.task for record in records for task in record.tasks)
    kept = {resolve(name, known) for name in names}
    for name in names:
        if resolve(name, known) is None:
            raise InputError(f"no record has a task {name!r}; {nearest(name, known)}", where="--task")
    return tuple(
        record.model_copy(update={"tasks": tuple(task for task in record.tasks if task.task in kept)})
        for record in records
    )


def _n_draws(records: Sequence[Record], around: Circumstances) -> int:
    """As many as ``run`` takes, unless there are many comparisons: then so many that they take a second."""
    n_tasks = sum(task.kind == "generate" for record in records for task in record.tasks)
    n_rivals = len(around.profiles) + MOST_CHOSEN
    n = n_tasks * n_rivals * len(around.variations)
    return max(FEWEST_DRAWS, min(N_DRAWS, MOST_DRAWS // max(1, n)))
