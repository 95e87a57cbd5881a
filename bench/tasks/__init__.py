"""The tasks: what a model is asked, and whether it was right. Knows neither time nor money."""

from collections.abc import Callable, Iterable
from functools import partial
from importlib import import_module
from pathlib import Path

from bench.errors import InputError, nearest
from bench.tasks.types import Fetch, Task, TaskSource, TaskSummary

# name -> "module:attribute", a TaskSource; imported when it is asked for
TASKS = {
    "hellaswag": "bench.tasks.sources.hellaswag:HELLASWAG",
    "truthfulqa": "bench.tasks.sources.truthfulqa:TRUTHFULQA",
    "mmlu": "bench.tasks.sources.mmlu:MMLU",
    "gsm8k": "bench.tasks.sources.gsm8k:GSM8K",
    "gpqa": "bench.tasks.sources.ds4:GPQA",
    "supergpqa": "bench.tasks.sources.ds4:SUPERGPQA",
    "aime2025": "bench.tasks.sources.ds4:AIME2025",
    "humaneval": "bench.tasks.sources.humaneval:HUMANEVAL",
    "bfcl-simple": "bench.tasks.sources.bfcl:SIMPLE",
    "bfcl-multiple": "bench.tasks.sources.bfcl:MULTIPLE",
    "bfcl-irrelevance": "bench.tasks.sources.bfcl:IRRELEVANCE",
    "extract-json:easy": "bench.tasks.generators.extract_json:EASY",
    "extract-json:hard": "bench.tasks.generators.extract_json:HARD",
    "classify:easy": "bench.tasks.generators.classify:EASY",
    "classify:hard": "bench.tasks.generators.classify:HARD",
    "arithmetic:easy": "bench.tasks.generators.arithmetic:EASY",
    "arithmetic:hard": "bench.tasks.generators.arithmetic:HARD",
    "instructions:easy": "bench.tasks.generators.instructions:EASY",
    "instructions:hard": "bench.tasks.generators.instructions:HARD",
    "arc-agi-1": "bench.tasks.sources.arc_agi:ARC_AGI_1",
    "arc-agi-1:training": "bench.tasks.sources.arc_agi:ARC_AGI_1_TRAINING",
    "arc-agi-2": "bench.tasks.sources.arc_agi:ARC_AGI_2",
    "arc-agi-2:training": "bench.tasks.sources.arc_agi:ARC_AGI_2_TRAINING",
    "hub:hellaswag": "bench.tasks.sources.hub_endings:HELLASWAG",
    "hub:arc-easy": "bench.tasks.sources.hub_endings:ARC_EASY",
    "hub:arc-challenge": "bench.tasks.sources.hub_endings:ARC_CHALLENGE",
    "hub:mmlu": "bench.tasks.sources.hub_endings:MMLU",
    "hub:mmlu-pro": "bench.tasks.sources.hub_worked:MMLU_PRO",
    "hub:gpqa-diamond": "bench.tasks.sources.hub_worked:GPQA_DIAMOND",
    "hub:hle-choice": "bench.tasks.sources.hub_worked:HLE_CHOICE",
    "hub:hle-exact": "bench.tasks.sources.hub_worked:HLE_EXACT",
    "hub:gsm8k": "bench.tasks.sources.hub_math:GSM8K",
    "hub:math-500": "bench.tasks.sources.hub_math:MATH_500",
    "hub:aime2024": "bench.tasks.sources.hub_math:AIME2024",
    "hub:mgsm-bn": "bench.tasks.sources.hub_mgsm:BN",
    "hub:mgsm-de": "bench.tasks.sources.hub_mgsm:DE",
    "hub:mgsm-en": "bench.tasks.sources.hub_mgsm:EN",
    "hub:mgsm-es": "bench.tasks.sources.hub_mgsm:ES",
    "hub:mgsm-fr": "bench.tasks.sources.hub_mgsm:FR",
    "hub:mgsm-ja": "bench.tasks.sources.hub_mgsm:JA",
    "hub:mgsm-ru": "bench.tasks.sources.hub_mgsm:RU",
    "hub:mgsm-sw": "bench.tasks.sources.hub_mgsm:SW",
    "hub:mgsm-te": "bench.tasks.sources.hub_mgsm:TE",
    "hub:mgsm-th": "bench.tasks.sources.hub_mgsm:TH",
    "hub:mgsm-zh": "bench.tasks.sources.hub_mgsm:ZH",
    "hub:ifeval": "bench.tasks.sources.hub_ifeval:IFEVAL",
    "hub:livecodebench": "bench.tasks.sources.hub_livecodebench:LIVECODEBENCH",
    "hub:scicode": "bench.tasks.sources.hub_scicode:SCICODE",
}
# what a name begins with that chooses a part of a set -> "module:function" from the name to its TaskSource
PARTS = {"hub:livecodebench:": "bench.tasks.sources.hub_livecodebench:livecodebench"}
# a family of generated tasks alone means its easy level
ALIASES = {
    "extract-json": "extract-json:easy",
    "classify": "classify:easy",
    "arithmetic": "arithmetic:easy",
    "instructions": "instructions:easy",
}


def open_task(name_or_path: str, fetch: Fetch) -> Task:
    """The task of that name, or the user's own from a path that ends in ``.jsonl``.

    A set of the hub may say where its rows come from: ``hub:NAME@COMMIT``, ``hub:NAME=FOLDER``. Raises
    InputError for an unknown name and TaskError for a source or file that cannot be used.
    """
    return _opener(name_or_path)(fetch)


def open_tasks(names_or_paths: Iterable[str], fetch: Fetch) -> tuple[Task, ...]:
    """Each as ``open_task`` does, but a slip in any of the words is told before anything is fetched."""
    openers = [_opener(word) for word in names_or_paths]
    return tuple(opener(fetch) for opener in openers)


def _opener(name_or_path: str) -> Callable[[Fetch], Task]:
    """What opens the task once its word was found to mean one; the user's own is read already."""
    if name_or_path.startswith("hub:"):
        from bench.tasks.sources.hub import open_hub_task, read_word

        word = read_word(name_or_path)
        return partial(open_hub_task, word, _find(word.name))
    if name_or_path.lower().endswith(".jsonl"):
        from bench.tasks.sources.own import read_own_task

        own = read_own_task(Path(name_or_path))
        return lambda _: own
    return _find(name_or_path).open


def _find(given: str) -> TaskSource:
    name = ALIASES.get(given, given)
    part = next((PARTS[beginning] for beginning in PARTS if name.startswith(beginning)), None)
    if part is not None:
        return _named_by(part, name)
    if name not in TASKS:
        raise InputError(
            f"unknown task {given!r}; {nearest(given, [*TASKS, *ALIASES])}",
            remedy="`breakeven tasks` lists them; a task of your own is a file whose name ends in .jsonl",
        )
    return _source(name)


def is_public(name_or_path: str) -> bool:
    """Are its items the user's own or generated here, and no rows of somebody's data set?"""
    if name_or_path.startswith("hub:"):
        return False
    name = ALIASES.get(name_or_path, name_or_path)
    return name not in TASKS or TASKS[name].startswith("bench.tasks.generators.")


def resolve(name: str, known: Iterable[str]) -> str | None:
    """The task among ``known`` that ``name`` means; None when it means none or more than one of them.

    A name means itself, else what it is short for, else the only known level of the family before the colon.
    """
    tasks = set(known)
    for meant in (name, ALIASES.get(name)):
        if meant in tasks:
            return meant
    levels = [task for task in tasks if task.startswith(f"{name}:")]
    return levels[0] if len(levels) == 1 else None


def list_tasks() -> list[TaskSummary]:
    """Every task that has a name, in the order of the table; nothing is fetched."""
    return [_source(name).summary for name in TASKS]


def may_publish_outputs(task: str) -> bool:
    """Is ``task`` of a record one whose items anybody may see? Not a gated set, nor a task of the user's own.

    An answer may quote what was asked. A name that no list has may be anybody's.
    """
    if any(task.startswith(beginning) for beginning in PARTS):
        return True
    name = ALIASES.get(task, task)
    return name in TASKS and not _source(name).summary.is_gated


def _named_by(part: str, name: str) -> TaskSource:
    module, function = part.split(":")
    source = getattr(import_module(module), function)(name)
    assert isinstance(source, TaskSource)
    return source


def _source(name: str) -> TaskSource:
    module, attribute = TASKS[name].split(":")
    source = getattr(import_module(module), attribute)
    assert isinstance(source, TaskSource)
    return source
