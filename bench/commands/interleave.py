"""``breakeven compare --interleave``: both sides loaded at once and measured in turn; two records remain."""

import re
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Final, get_args

from bench.catalog.models import ModelCatalog, load_models
from bench.commands.acquire import SCRIPT_SUFFIX
from bench.commands.compare import read_side
from bench.commands.conclude import conclude
from bench.commands.convert import model_record, settings_record
from bench.commands.grid import FLASH_ATTN_ALIASES, FLASH_ATTN_WORDS, parse_numbers, parse_words
from bench.commands.instruments import load_unit, memory_unit
from bench.commands.options import SpeedOptions
from bench.commands.plan_grid import SpeedJob, plan_grid
from bench.commands.recording import Outcome, open_journal
from bench.commands.reporter import Reporter
from bench.commands.stand import Live, Stand
from bench.commands.units import failed_unit
from bench.engines.protocol import CacheType
from bench.errors import BreakevenError, EnvironmentProblem, InputError, WorkerError, nearest
from bench.measure.interleave import PAUSE_S, Interleaved, Side, SideName
from bench.meters.gpu_memory import free_gpu_bytes
from bench.meters.host import available_memory_bytes
from bench.records.journal import Journal
from bench.records.results_folder import prepare_folder
from bench.records.store import write_record
from bench.records.types import SETTING_NAMES
from bench.records.units import ModelUnit, SpeedUnit
from bench.units import MIB

BUDGET_S: Final = 120.0
FIELDS: Final = {short: name for name, short in SETTING_NAMES.items()}  # llama-bench's flags
_SETTINGS = re.compile(r"(?P<model>.+)@(?P<settings>[a-z]+=[^@]*)")
_PAUSES_S = {"llama_cpp": PAUSE_S, "scripted": 0.0}


@dataclass(frozen=True, slots=True)
class InterleaveOptions:
    """Numbers as llama-bench has them."""

    n_prompt: tuple[int, ...] = (512,)
    n_gen: tuple[int, ...] = (128,)
    n_depth: tuple[int, ...] = (0,)
    n_rounds: int | None = None  # None: until each ratio's interval is narrow
    budget_s: float = BUDGET_S
    must_be_alike: bool = False  # refuse two models or settings before anything is measured
    models_file: Path | None = None
    results: Path | None = None
    is_offline: bool = False


@dataclass(frozen=True, slots=True)
class SideWords:
    """``sha256`` is None where any bytes of that name will do."""

    model: str
    settings: Mapping[str, object]
    sha256: str | None = None


def interleave(word_a: str, word_b: str, options: InterleaveOptions, reporter: Reporter) -> Outcome:
    """Measure both sides A B B A and write a record of each, A's first.

    Whatever is wrong with the request is found before the first measurement. Raises KeyboardInterrupt after
    Ctrl-C, once what was measured is written; and what a side raises that cannot be loaded.
    """
    folder = prepare_folder(options.results)
    catalog = load_models(options.models_file)
    jobs: dict[SideName, SpeedJob] = {
        "a": _plan(read_words(word_a), word_a, options, catalog, reporter),
        "b": _plan(read_words(word_b), word_b, options, catalog, reporter),
    }
    if options.must_be_alike:
        _check_alike(jobs)
    _check_memory(jobs)
    subjects = {side: f"{side.upper()} {job.name}" for side, job in jobs.items()}
    stopped: KeyboardInterrupt | None = None
    with open_journal(
        folder,
        reporter,
        subjects=list(subjects.values()),
        choices={
            "n_rounds": options.n_rounds,
            "budget_s": options.budget_s,
            "settings": {subjects[side]: asdict(job.settings) for side, job in jobs.items()},
        },
        catalogs_sha256={"models": catalog.sha256},
        is_quick=False,
        resume=False,
    ) as journal:
        try:
            _measure(jobs, subjects, journal, options, reporter)
        except KeyboardInterrupt as interrupt:
            stopped = interrupt
        except BaseException:
            journal.remove()
            raise
        outcome = _record(journal, subjects, folder, is_interrupted=stopped is not None)
        journal.remove()
    if stopped is not None:
        for path in outcome.paths:
            reporter.say(f"interrupted; what was measured is in {path}")
        raise stopped
    return outcome


def read_words(word: str) -> SideWords:
    """A record file, whose model and settings are run again, or ``MODEL``, or ``MODEL@t=1,fa=on``.

    The keys are llama-bench's short flags (``FIELDS``). Raises InputError for an unknown key or value, and
    RecordError for a record that cannot be read.
    """
    if word.endswith(".json") and not word.endswith(SCRIPT_SUFFIX):
        record = read_side(word)
        held = record.settings.model_dump(exclude={"engine"})  # it follows from the file
        return SideWords(record.model.name, held, record.model.sha256)
    found = None if Path(word).exists() else _SETTINGS.fullmatch(word)
    if found is None:
        return SideWords(word, {})
    settings: dict[str, object] = {}
    for part in found["settings"].split(","):
        key, separator, value = part.partition("=")
        if key not in FIELDS:
            raise InputError(f"unknown setting {key!r}; {nearest(key, FIELDS)}", where=word)
        if not separator or not value:
            raise InputError(f"{key} has no value", where=word, remedy=f"write {key}=…")
        if FIELDS[key] in settings:
            raise InputError(f"{key} is set twice", where=word)
        settings[FIELDS[key]] = _value(FIELDS[key], value, word)
    return SideWords(found["model"], settings)


def _value(name: str, text: str, where: str) -> object:
    if name in ("type_k", "type_v"):
        return parse_words(text, get_args(CacheType), where)[0]
    if name == "flash_attn":
        return parse_words(text, FLASH_ATTN_WORDS, where, FLASH_ATTN_ALIASES)[0]
    is_layers = name == "n_gpu_layers"
    values = parse_numbers(text, flag=where, allow_negative=is_layers)
    if len(values) != 1 or values[0] < (-1 if is_layers else 1):
        raise InputError(f"{text!r} is no single number that this setting can have", where=where)
    return values[0]


def _plan(
    said: SideWords, word: str, options: InterleaveOptions, catalog: ModelCatalog, reporter: Reporter
) -> SpeedJob:
    asked = SpeedOptions(
        models=(said.model,),
        n_prompt=options.n_prompt,
        n_gen=options.n_gen,
        n_depth=options.n_depth,
        axes={name: (value,) for name, value in said.settings.items()},
        models_file=options.models_file,
        is_offline=options.is_offline,
    )
    again = f"give the model's file and settings instead: FILE.gguf@t={said.settings.get('n_threads', 1)}"
    try:
        (job,) = plan_grid(asked, catalog, reporter)
    except InputError as error:
        if said.sha256 is None:
            raise
        raise InputError(f"cannot be run again: {error.what}", where=word, remedy=again) from None
    if said.sha256 not in (None, job.acquired.obtained.sha256):
        raise InputError(
            f"cannot be run again: {said.model} is another file now (sha256)", where=word, remedy=again
        )
    return job


def _check_alike(jobs: Mapping[SideName, SpeedJob]) -> None:
    a, b = jobs["a"], jobs["b"]
    changed = [
        field.name
        for field in fields(a.settings)
        if getattr(a.settings, field.name) != getattr(b.settings, field.name)
    ]
    if a.acquired.obtained.sha256 != b.acquired.obtained.sha256:
        changed.insert(0, "the model")
    if changed:
        raise InputError(
            f"a regression of what? The sides differ in {', '.join(changed)}",
            where="--fail-on-regression",
            remedy="compare the same model with the same settings; --anyway compares them all the same",
        )


def _check_memory(jobs: Mapping[SideName, SpeedJob]) -> None:
    """Each by itself was checked when it was planned; what is not known is no reason to refuse."""
    predicted = [job.predicted for job in jobs.values() if job.predicted is not None]
    on_host = sum(parts.total_bytes or 0 for parts in predicted)
    on_gpus = sum(parts.gpu_bytes or 0 for parts in predicted)
    free_on_gpus = free_gpu_bytes() if on_gpus else {}
    for needed, free, where in (
        (on_host, available_memory_bytes(), "memory"),
        (on_gpus, sum(free_on_gpus.values()) if free_on_gpus else on_gpus, "GPU memory"),
    ):
        if needed > free:
            raise EnvironmentProblem(
                f"both together need about {needed / MIB:,.0f} MiB of {where}, "
                f"and {free / MIB:,.0f} MiB are free",
                where="--interleave",
                remedy="measure one after the other with `breakeven speed`, and compare the records",
            )


def _measure(
    jobs: Mapping[SideName, SpeedJob],
    subjects: Mapping[SideName, str],
    journal: Journal,
    options: InterleaveOptions,
    reporter: Reporter,
) -> None:
    """Both loaded before anything is timed; what was measured is in the journal, however this ends."""
    with ExitStack() as stack:
        lives: dict[SideName, Live] = {}
        for side, job in jobs.items():
            model = ModelUnit(
                model=model_record(job.acquired, job.header, None),
                settings=settings_record(job.settings),
                quality_settings=None,
            )
            journal.append(subjects[side], "model", model)
            reporter.stage(f"{subjects[side]}: loading")
            stand = stack.enter_context(Stand(job.acquired.path, job.settings))
            try:
                lives[side] = stand.ready()
            except BreakevenError as error:  # both sides may be the same file
                error.where = ", ".join(filter(None, (subjects[side], error.where)))
                raise
            journal.append(subjects[side], "load", load_unit(lives[side], job.acquired, job.header))
        course = Interleaved(
            {side: Side(live.worker, live.contention) for side, live in lives.items()},
            jobs["a"].tests,
            pause_s=max(_PAUSES_S[job.settings.engine] for job in jobs.values()),
        )
        reporter.stage("A B B A")
        try:
            course.run(
                budget_s=options.budget_s,
                n_rounds=options.n_rounds,
                on_round=lambda n: reporter.update(n, options.n_rounds),
            )
        except WorkerError:
            pass  # in the failures, like what the engine refused
        finally:
            for side, live in lives.items():
                _keep(course, side, subjects[side], journal)
                memory = memory_unit(live, jobs[side].predicted)
                journal.append(subjects[side], "memory", memory)


def _keep(course: Interleaved, side: SideName, subject: str, journal: Journal) -> None:
    for point in course.points()[side]:
        journal.append(subject, f"speed/{point.test}", SpeedUnit(point=point))
    for failed, test, error in course.failures:
        if failed != side:
            continue
        unit = f"speed/{test.name}"
        journal.append(subject, unit, failed_unit(unit, error))


def _record(
    journal: Journal, subjects: Mapping[SideName, str], folder: Path, *, is_interrupted: bool
) -> Outcome:
    records = [
        conclude(journal, subject, is_interrupted=is_interrupted, wall_s=None)
        for subject in subjects.values()
    ]
    kept = tuple(record for record in records if record is not None)
    return Outcome(kept, tuple(write_record(record, folder) for record in kept))
