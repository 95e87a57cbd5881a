"""Before a speed grid runs: every model found, every point possible, every setting held by this machine."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import product

from bench.catalog.models import ModelCatalog
from bench.commands.acquire import Acquired, Fetch, acquire
from bench.commands.deployed import (
    check_settings_words,
    deployed_settings,
    header_of,
    n_ctx_train,
    refuse_unheld,
)
from bench.commands.memory_fit import check_memory, predicted_memory
from bench.commands.options import SpeedOptions
from bench.commands.plan import TaskJob, prompted_task, refuse_repeated
from bench.commands.reporter import Reporter
from bench.engines.cache_prediction import padded
from bench.engines.gguf import GgufHeader
from bench.engines.protocol import EngineSettings
from bench.engines.session import MAX_SEQUENCES
from bench.errors import InputError
from bench.measure.speed_test import SpeedTest
from bench.records.types import SETTING_NAMES, MemoryParts
from bench.tasks import open_tasks
from bench.tasks.types import Task

MOST_REPETITIONS = 25_000  # of all points: if each is disturbed and made again, a record just holds them
N_REQUESTS = 20  # of a task, when the user does not say


@dataclass(frozen=True, slots=True)
class SpeedJob:
    """One model held in one way. ``name`` tells it from the others: the model's, and what is varied."""

    name: str
    acquired: Acquired
    header: GgufHeader | None  # None: scripted
    settings: EngineSettings
    tests: tuple[SpeedTest, ...]
    sustained: SpeedTest | None
    requests: tuple[TaskJob, ...]
    parallel_settings: EngineSettings | None
    parallel_tests: tuple[SpeedTest, ...]
    predicted: MemoryParts | None

    @property
    def n_points(self) -> int:
        return len(self.tests) + len(self.parallel_tests) + len(self.requests)


def plan_grid(options: SpeedOptions, catalog: ModelCatalog, reporter: Reporter) -> tuple[SpeedJob, ...]:
    """One job for each model and combination of settings, a model's together.

    Raises the error of the first thing that cannot be done as asked.
    """
    if min(options.n_parallel, default=1) < 1:
        raise InputError("0 sequences measure nothing", where="--parallel", remedy="give 1 or more")
    if (most := max(options.n_parallel, default=1)) > MAX_SEQUENCES:
        raise InputError(
            f"{most} sequences are more than the engine takes",
            where="--parallel",
            remedy=f"give at most {MAX_SEQUENCES}",
        )
    tests = tuple(_tests(options))
    parallel_tests = tuple(_parallel_tests(options))
    if not tests and not parallel_tests and not options.requests:
        raise InputError("there is nothing to measure", remedy="give -p, -n, -pg or --requests")
    if (n_asked := len(tests + parallel_tests) * (options.repetitions or 0)) > MOST_REPETITIONS:
        raise InputError(
            f"{n_asked:,} repetitions of all points are more than a record holds",
            where="-r",
            remedy=f"{MOST_REPETITIONS:,} it holds; for how a rate goes on, there is --sustained",
        )
    combinations = [
        dict(zip(options.axes, values, strict=True)) for values in product(*options.axes.values())
    ]
    for combination in combinations:
        check_settings_words(combination)
    fetch = Fetch(reporter, options.is_offline)
    asked = [_read_requests(word) for word in options.requests]
    tasks = open_tasks((name for name, _ in asked), fetch)
    requests = [(task, n) for task, (_, n) in zip(tasks, asked, strict=True)]
    refuse_repeated("task", [task.name for task in tasks])
    for task, _ in requests:
        if task.kind != "generate":
            raise InputError(
                f"{task.name} generates no text", where="--requests", remedy="see `breakeven tasks`"
            )
    words = dict.fromkeys(options.models or (catalog.default,))
    acquired = [acquire(word, catalog, reporter, offline=options.is_offline) for word in words]
    refuse_repeated("model", [one.entry.name for one in acquired])
    varied = [name for name, values in options.axes.items() if len(values) > 1]
    return tuple(
        _job(one, combination, varied, tests, parallel_tests, requests, options)
        for one in acquired
        for combination in combinations
    )


def _tests(options: SpeedOptions) -> Iterator[SpeedTest]:
    """In llama-bench's order; a count of 0 leaves that kind of test out."""
    for n_depth in options.n_depth:
        yield from (SpeedTest(n_prompt=n, n_depth=n_depth) for n in options.n_prompt if n)
        yield from (SpeedTest(n_gen=n, n_depth=n_depth) for n in options.n_gen if n)
        yield from (SpeedTest(n_prompt, n_gen, n_depth) for n_prompt, n_gen in options.n_pg)
    if options.has_warm_prefix:
        yield from (SpeedTest(n_prompt=n, is_warm=True) for n in options.n_prompt if n)


def _parallel_tests(options: SpeedOptions) -> Iterator[SpeedTest]:
    for n_depth, n_parallel in product(options.n_depth, options.n_parallel):
        for n in options.n_prompt:
            if n:
                yield SpeedTest(n_prompt=n, n_depth=n_depth, n_parallel=n_parallel)
        for n in options.n_gen:
            if n:
                yield SpeedTest(n_gen=n, n_depth=n_depth, n_parallel=n_parallel)


def _read_requests(word: str) -> tuple[str, int]:
    name, separator, count = word.rpartition("=")
    if not separator:
        return word, N_REQUESTS
    if not re.fullmatch("[0-9]{1,9}", count) or int(count) < 1:
        raise InputError(f"{count!r} is no number of requests", where=f"--requests {word}")
    return name, int(count)


def _job(
    acquired: Acquired,
    combination: dict[str, object],
    varied: Sequence[str],
    tests: tuple[SpeedTest, ...],
    parallel_tests: tuple[SpeedTest, ...],
    requests: Sequence[tuple[Task, int]],
    options: SpeedOptions,
) -> SpeedJob:
    header = header_of(acquired)
    differs = [f"{SETTING_NAMES[name]}={combination[name]}" for name in varied]
    name = " ".join([acquired.entry.name, *differs])
    deployed = deployed_settings(acquired.entry, header, combination)
    settings = _roomy(deployed, tests, combination, header, name)
    parallel_settings = _parallel_settings(settings, parallel_tests, header, name) if parallel_tests else None
    for held in filter(None, (settings, parallel_settings)):
        refuse_unheld(held, header, name)
        check_memory(name, header, held)
    return SpeedJob(
        name=name,
        acquired=acquired,
        header=header,
        settings=settings,
        tests=tests,
        sustained=_sustained(tests) if options.sustained_s is not None else None,
        requests=tuple(
            prompted_task(task, acquired, header, seed=options.seed, limit=n) for task, n in requests
        ),
        parallel_settings=parallel_settings,
        parallel_tests=parallel_tests,
        predicted=predicted_memory(header, settings),
    )


def _roomy(
    settings: EngineSettings,
    tests: Sequence[SpeedTest],
    asked: dict[str, object],
    header: GgufHeader | None,
    name: str,
) -> EngineSettings:
    """The context as deployed, or as large as the longest point needs; InputError where that cannot be."""
    longest = max(tests, key=lambda test: test.n_ctx, default=None)
    if longest is None or longest.n_ctx <= settings.n_ctx:
        return settings
    if "n_ctx" in asked:
        raise InputError(
            f"{longest.name} takes {longest.n_ctx} tokens, more than the context of {settings.n_ctx}",
            where=name,
            remedy=f"leave --ctx out, or give at least {longest.n_ctx}",
        )
    return replace(settings, n_ctx=_within(header, longest, name))


def _parallel_settings(
    settings: EngineSettings, tests: Sequence[SpeedTest], header: GgufHeader | None, name: str
) -> EngineSettings:
    """A cache apart for each sequence, as large as its longest point: sequences do not see each other."""
    n_sequences = max(test.n_parallel or 1 for test in tests)
    cells = _within(header, max(tests, key=lambda test: test.n_ctx), name)
    n_ctx = n_sequences * padded(cells)
    return replace(settings, n_ctx=n_ctx, n_seq_max=n_sequences, kv_unified=False)


def _within(header: GgufHeader | None, test: SpeedTest, name: str) -> int:
    trained = n_ctx_train(header)
    if trained is not None and test.n_ctx > trained:
        raise InputError(
            f"{test.name} takes {test.n_ctx} tokens, and the model was trained for {trained}",
            where=name,
            remedy="test fewer tokens, or a smaller depth",
        )
    return test.n_ctx


def _sustained(tests: Sequence[SpeedTest]) -> SpeedTest:
    """Decoding where it is measured, since an answer is mostly that."""
    return next((test for test in tests if test.n_gen), tests[0])
