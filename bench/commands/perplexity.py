"""``breakeven perplexity``: every model over one text, and how far it is from a reference model there."""

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from functools import partial
from pathlib import Path

from bench.artifacts import cache_folder
from bench.artifacts.lock import only_here
from bench.artifacts.storage import make_room
from bench.catalog.models import ModelCatalog, load_models
from bench.commands.acquire import Acquired, acquire
from bench.commands.convert import model_record, settings_record
from bench.commands.deployed import check_settings_words, deployed_settings, header_of
from bench.commands.instruments import load_unit, memory_unit
from bench.commands.memory_fit import check_memory, predicted_memory
from bench.commands.plan import refuse_repeated
from bench.commands.recording import Outcome, Recorder, open_journal
from bench.commands.reporter import Reporter
from bench.commands.stand import Live, Stand
from bench.commands.text_loss import Reference, Text, read_text, text_divergence, text_loss
from bench.commands.units import Units
from bench.engines.gguf import GgufHeader
from bench.engines.protocol import EngineSettings, Prompt
from bench.engines.reference_file import FEWEST_CHUNKS, reference_bytes
from bench.engines.text_loss import logits_at_once
from bench.errors import EnvironmentProblem, InputError, WorkerError
from bench.measure.calls import ask
from bench.records.journal import Journal
from bench.records.results_folder import prepare_folder
from bench.records.units import LoadUnit, MemoryUnit, ModelUnit, TextLossUnit
from bench.units import GIB, MIB
from bench.worker.protocol import (
    CompareText,
    Counted,
    CountTokens,
    SaveReference,
    ScoreText,
    TextCompared,
    TextScored,
)

N_CTX = 512
MAX_REFERENCE_BYTES = 8 * GIB
SILENCE_S = 1800.0  # a chunk of a large model on a slow machine takes minutes


@dataclass(frozen=True, slots=True)
class PerplexityOptions:
    """``settings`` are fields of EngineSettings; ``n_chunks`` None means all that the text fills."""

    models: tuple[str, ...]
    text: Path
    reference: str | None = None
    n_ctx: int = N_CTX
    n_chunks: int | None = None
    settings: dict[str, object] = field(default_factory=dict)
    models_file: Path | None = None
    results: Path | None = None
    is_offline: bool = False
    resume: bool = False


@dataclass(frozen=True, slots=True)
class _Subject:
    acquired: Acquired
    header: GgufHeader | None
    settings: EngineSettings

    @property
    def name(self) -> str:
        return self.acquired.entry.name

    @property
    def n_vocab(self) -> int | None:
        return None if self.header is None else self.header.n_vocab


@dataclass(frozen=True, slots=True)
class _SavedReference:
    path: Path
    about: Reference


def perplexity(options: PerplexityOptions, reporter: Reporter) -> Outcome:
    """One record a model. With a reference, its log-probabilities are kept in the cache while this runs.

    Everything that can be told beforehand is wrong with the request before anything is scored; a reference
    that fails is an error, a model that fails a failure of its record. Raises KeyboardInterrupt after Ctrl-C.
    """
    folder = prepare_folder(options.results)
    text = read_text(options.text)
    _check_length(text, options)
    catalog = load_models(options.models_file)
    check_settings_words(options.settings)
    words = dict.fromkeys(options.models or (catalog.default,))
    subjects = [_subject(word, options, catalog, reporter) for word in words]
    refuse_repeated("model", [subject.name for subject in subjects])
    base = None if options.reference is None else _subject(options.reference, options, catalog, reporter)
    if base is not None:
        _check_vocabulary(base, subjects)
    with open_journal(
        folder,
        reporter,
        subjects=[subject.name for subject in subjects],
        choices=_choices(options, text, subjects, base),
        catalogs_sha256={"models": catalog.sha256},
        is_quick=False,
        resume=options.resume,
    ) as journal:
        recorder = Recorder(journal, folder, reporter, is_resumed=options.resume)
        with _saved(base, text, options, reporter) as reference:
            for subject in subjects:
                action = partial(_measure, subject, text, options, reference, journal, reporter)
                recorder.measure(subject.name, action)
        journal.remove()
    return recorder.outcome


def _subject(word: str, options: PerplexityOptions, catalog: ModelCatalog, reporter: Reporter) -> _Subject:
    acquired = acquire(word, catalog, reporter, offline=options.is_offline)
    header = header_of(acquired)
    held = deployed_settings(acquired.entry, header, {**options.settings, "n_ctx": options.n_ctx})
    n_batch = min(held.n_batch, options.n_ctx)
    settings = replace(held, n_batch=n_batch, n_ubatch=min(held.n_ubatch, n_batch))
    check_memory(acquired.entry.name, header, settings)
    return _Subject(acquired, header, settings)


def _check_length(text: Text, options: PerplexityOptions) -> None:
    """No tokenizer makes more tokens than bytes, and one that opens the text."""
    n_chunks = options.n_chunks or FEWEST_CHUNKS
    if text.n_bytes + 1 < n_chunks * options.n_ctx:
        raise InputError(
            f"{text.n_bytes} bytes cannot fill {n_chunks} chunks of {options.n_ctx} tokens",
            where=str(options.text),
            remedy="give a longer text, or a smaller --ctx or --chunks",
        )


def _check_vocabulary(base: _Subject, subjects: Sequence[_Subject]) -> None:
    for subject in subjects:
        if subject.n_vocab != base.n_vocab:
            raise InputError(
                f"a vocabulary of {subject.n_vocab} tokens cannot be compared with the {base.n_vocab} of the "
                f"reference {base.name}",
                where=subject.name,
                remedy="compare quantizations of one model",
            )


def _measure(
    subject: _Subject,
    text: Text,
    options: PerplexityOptions,
    reference: _SavedReference | None,
    journal: Journal,
    reporter: Reporter,
) -> None:
    units = Units(journal, subject.name, reporter)
    model = model_record(subject.acquired, subject.header, None)
    held = settings_record(subject.settings)
    units.keep("model", ModelUnit(model=model, settings=held, quality_settings=None))

    def load(live: Live) -> LoadUnit:
        return load_unit(live, subject.acquired, subject.header)

    def score(live: Live) -> TextLossUnit:
        units.stage(f"text in chunks of {options.n_ctx}")
        if reference is None:
            command = ScoreText(text.content, options.n_ctx, options.n_chunks)
            scored = ask(live.worker, command, TextScored, timeout_s=SILENCE_S, on_progress=units.update)
            return TextLossUnit(loss=text_loss(text, scored, n_ctx=options.n_ctx))
        compared = ask(
            live.worker,
            CompareText(text.content, str(reference.path)),
            TextCompared,
            timeout_s=SILENCE_S,
            on_progress=units.update,
        )
        loss = text_loss(text, compared.scored, n_ctx=options.n_ctx)
        divergence = text_divergence(compared, reference.about)
        return TextLossUnit(loss=loss.model_copy(update={"divergence": divergence}))

    def memory(live: Live) -> MemoryUnit:
        live.memory.note("after the text")
        held = subject.settings
        n_logits = logits_at_once(n_vocab=live.info.n_vocab, n_ctx=options.n_ctx, n_batch=held.n_batch)
        return memory_unit(live, predicted_memory(subject.header, held, n_logits=n_logits))

    with Stand(subject.acquired.path, subject.settings) as stand:
        if units.run("load", stand, load):
            units.run("text-loss", stand, score)
            units.run("memory", stand, memory)


# -- the reference -------------------------------------------------------------------------------


@contextmanager
def _saved(
    base: _Subject | None, text: Text, options: PerplexityOptions, reporter: Reporter
) -> Iterator[_SavedReference | None]:
    """The reference's file while it is needed; of one name, so that a run that died leaves no second one."""
    if base is None:
        yield None
        return
    path = cache_folder() / "perplexity" / "reference.logits"
    make_room(path.parent, 0)
    with only_here(path, lambda: reporter.stage("waiting for another run that compares with a reference")):
        path.unlink(missing_ok=True)
        try:
            yield _save(base, text, path, options, reporter)
        finally:
            path.unlink(missing_ok=True)


def _save(
    base: _Subject, text: Text, path: Path, options: PerplexityOptions, reporter: Reporter
) -> _SavedReference:
    with Stand(base.acquired.path, base.settings) as stand:
        try:
            reporter.stage(f"reference {base.name}")
            live = stand.ready()
            counted = ask(
                live.worker, CountTokens((Prompt(text=text.content),)), Counted, timeout_s=SILENCE_S
            )
            n_chunks = options.n_chunks or max(1, counted.n_tokens // options.n_ctx)
            n_bytes = reference_bytes(n_vocab=live.info.n_vocab, n_ctx=options.n_ctx, n_chunks=n_chunks)
            check_room(n_bytes, n_chunks, path.parent)
            reporter.say(
                f"reference {base.name}: {n_bytes / MIB:,.1f} MiB of log-probabilities for {n_chunks} "
                "chunks, removed afterwards"
            )
            scored = ask(
                live.worker,
                SaveReference(text.content, str(path), options.n_ctx, options.n_chunks),
                TextScored,
                timeout_s=SILENCE_S,
                on_progress=reporter.update,
            )
        except WorkerError as error:
            raise WorkerError(
                f"the reference could not be scored: {error.what}",
                kind=error.kind,
                last_words=error.last_words,
                where=base.name,
            ) from None
    model = model_record(base.acquired, base.header, None)
    return _SavedReference(path, Reference(base.name, model.sha256, model.quantization, n_bytes, scored))


def check_room(n_bytes: int, n_chunks: int, folder: Path) -> None:
    """Raise EnvironmentProblem for a reference file beyond the limit or the free disk; say what would fit."""
    free = shutil.disk_usage(folder).free
    limit = min(MAX_REFERENCE_BYTES, free)
    if n_bytes <= limit:
        return
    fitting = n_chunks * limit // n_bytes
    raise EnvironmentProblem(
        f"the reference's log-probabilities would take {n_bytes / GIB:.1f} GiB for {n_chunks} chunks; "
        f"{free / GIB:.1f} GiB are free, and at most {MAX_REFERENCE_BYTES // GIB} GiB are taken",
        where=str(folder),
        remedy=f"use --chunks {fitting}" if fitting > 1 else "free some space, or set BREAKEVEN_CACHE",
    )


def _choices(
    options: PerplexityOptions, text: Text, subjects: Sequence[_Subject], base: _Subject | None
) -> dict[str, object]:
    return {
        "text_sha256": text.sha256,
        "n_ctx": options.n_ctx,
        "n_chunks": options.n_chunks,
        "models": {
            subject.name: {
                "sha256": subject.acquired.obtained.sha256,
                "settings": asdict(subject.settings),
            }
            for subject in subjects
        },
        "reference": None if base is None else [base.acquired.obtained.sha256, asdict(base.settings)],
    }
