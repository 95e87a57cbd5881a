"""Hard questions of the hub, answered by a letter or in a word: MMLU-Pro (Wang et al. 2024,
https://arxiv.org/abs/2406.01574), GPQA Diamond (Rein et al. 2023, https://arxiv.org/abs/2311.12022) and
Humanity's Last Exam (Phan et al. 2025, https://arxiv.org/abs/2501.14249).

GPQA's rows hold the right answer first; the order is mixed by a hash. The authors of GPQA and of HLE ask that
their rows never be published, so no output is kept. HLE's published scores are given by a model that judges
answers, and over all rows; here rows with an image are left out, a letter is read by rule, and an answer in
words is right only when it is the expected one, letter by letter: its figures compare with each other alone.
"""

import hashlib
import re
from collections.abc import Callable
from dataclasses import replace

from bench.catalog.types import Artifact
from bench.engines.protocol import Message, Prompt
from bench.tasks.canonical import content_sha256
from bench.tasks.sources.hub import hub_artifact, read_hub_rows, unique
from bench.tasks.sources.rows import Row
from bench.tasks.sources.worked import (
    CHOICE_EXAMPLES,
    CHOOSE,
    LETTERS,
    PLAIN_STOP,
    chance_of,
    choice_item,
)
from bench.tasks.types import Fetch, Item, Task, TaskSource, TaskSummary


def _source(
    artifact: Artifact,
    summary: TaskSummary,
    read: Callable[[Row], Item | None],
    *,
    n_choices: Callable[[Row], int] | None = None,
    max_tokens: int,
    expected_output_tokens: float,
    nominal_item_s: float,
) -> TaskSource:
    """A task of the rows that ``read`` makes items of; ``expected_output_tokens`` is an assumption."""

    def open_from(fetch: Fetch) -> Task:
        path = fetch(artifact)
        rows = read_hub_rows(path)
        items = unique(filter(None, map(read, rows)), path)
        return replace(
            summary.of(items, content_sha256(items)),
            chance=summary.chance if n_choices is None else chance_of([n_choices(row) for row in rows]),
            max_tokens=max_tokens,
            nominal_item_s=nominal_item_s,
            plain_stop=PLAIN_STOP,
            expected_output_tokens=expected_output_tokens,
        )

    return TaskSource(summary, open_from)


# -- MMLU-Pro ------------------------------------------------------------------------------------


def _mmlu_pro_item(row: Row) -> Item:
    options = row.texts("options")
    if not 2 <= len(options) <= len(LETTERS):
        raise row.error(f"must have 2 to {len(LETTERS)} options, not {len(options)}")
    letter = LETTERS[row.index("answer_index", len(options))]
    return choice_item(str(row.whole_number("question_id")), row.text("question").strip(), options, letter)


MMLU_PRO = _source(
    hub_artifact(
        "TIGER-Lab/MMLU-Pro",
        None,
        "test",
        ("question_id", "question", "options", "answer_index"),
        revision="b189ec765aa7ed75c8acfea42df31fdae71f97be",
    ),
    TaskSummary(
        name="hub:mmlu-pro",
        title="MMLU-Pro, the test set: worked answer, one of 3 to 10 letters",
        kind="generate",
        scorer="letter",
        n_items=12032,
        chance=None,
        licence="MIT",
        source="hub:TIGER-Lab/MMLU-Pro",
    ),
    _mmlu_pro_item,
    n_choices=lambda row: len(row.texts("options")),
    max_tokens=1024,
    expected_output_tokens=300,
    nominal_item_s=5.0,
)

# -- GPQA Diamond --------------------------------------------------------------------------------

_GPQA_ANSWERS = ("Correct Answer", "Incorrect Answer 1", "Incorrect Answer 2", "Incorrect Answer 3")


def _gpqa_item(row: Row) -> Item:
    item_id, answers = row.text("Record ID"), [row.text(field).strip() for field in _GPQA_ANSWERS]
    mixed = sorted(range(4), key=lambda index: hashlib.sha256(f"{item_id}:{index}".encode()).digest())
    return choice_item(
        item_id, row.text("Question").strip(), [answers[index] for index in mixed], LETTERS[mixed.index(0)]
    )


GPQA_DIAMOND = _source(
    hub_artifact(
        "Idavidrein/gpqa",
        "gpqa_diamond",
        "train",
        ("Record ID", "Question", *_GPQA_ANSWERS),
        revision="633f5ee89ab8ad4522a9f850766b73f62147ffdd",
    ),
    TaskSummary(
        name="hub:gpqa-diamond",
        title="GPQA Diamond: graduate science, worked answer, one of four letters",
        kind="generate",
        scorer="letter",
        n_items=198,
        chance=0.25,
        licence="CC-BY-4.0",
        source="hub:Idavidrein/gpqa",
        is_gated=True,
    ),
    _gpqa_item,
    max_tokens=1024,
    expected_output_tokens=400,
    nominal_item_s=5.0,
)

# -- Humanity's Last Exam ------------------------------------------------------------------------

ANSWER_ONLY = "Answer with the final answer only: no working, no sentence around it."
SHORT_EXAMPLES = """\
Question: Which gas do plants take up from the air for photosynthesis?
Answer: Carbon dioxide

Question: What is the smallest prime number above 50?
Answer: 53

"""
_HLE_ROWS = hub_artifact(
    "cais/hle",
    None,
    "test",
    ("id", "question", "answer", "answer_type"),
    revision="5a81a4c7271a2a2a312b9a690f0c2fde837e4c29",
    without="image",
)
_HLE_LETTER = re.compile(rf"\(?([{LETTERS}])\)?\.?")


def _hle_summary(part: str, title: str, scorer: str) -> TaskSummary:
    return TaskSummary(
        name=f"hub:hle-{part}",
        title=f"Humanity's Last Exam without its images, {title}; not the judged score",
        kind="generate",
        scorer=scorer,
        n_items=None,
        chance=None,
        licence="MIT",
        source="hub:cais/hle",
        is_gated=True,
    )


def _hle_choice(row: Row) -> Item | None:
    """The choices stand in the question; rows with a letter beyond J, which no rule reads, are left out."""
    letter = _HLE_LETTER.fullmatch(row.text("answer").strip())
    if row.text("answer_type") != "multipleChoice" or letter is None:
        return None
    question = row.text("question").strip()
    return Item(
        id=row.text("id"),
        prompt=Prompt(messages=(Message("user", f"{question}\n\n{CHOOSE}"),)),
        expected=letter[1],
        plain=f"{CHOICE_EXAMPLES}Question: {question}\nAnswer:",
    )


def _hle_exact(row: Row) -> Item | None:
    if row.text("answer_type") != "exactMatch":
        return None
    question, answer = row.text("question").strip(), row.text("answer").strip()
    return Item(
        id=row.text("id"),
        prompt=Prompt(messages=(Message("user", f"{question}\n\n{ANSWER_ONLY}"),)),
        expected=answer,
        reference_output=answer,
        plain=f"{SHORT_EXAMPLES}Question: {question}\nAnswer:",
    )


HLE_CHOICE = _source(
    _HLE_ROWS,
    _hle_summary("choice", "worked answer, a letter", "letter"),
    _hle_choice,
    max_tokens=2048,
    expected_output_tokens=600,
    nominal_item_s=10.0,
)
HLE_EXACT = _source(
    _HLE_ROWS,
    _hle_summary("exact", "the answer alone, compared word by word", "exact"),
    _hle_exact,
    max_tokens=256,
    expected_output_tokens=10,
    nominal_item_s=2.0,
)
