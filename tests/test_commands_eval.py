"""Quality alone on the scripted engine: real processes and files, no model, no network."""

import json
from pathlib import Path

import pytest

from bench.commands.eval import evaluate
from bench.commands.options import EvalOptions
from bench.commands.reporter import Silent
from bench.records.store import read_record
from bench.records.types import Record
from tests.program import in_process, sums_answers, write_script, write_sums

pytestmark = pytest.mark.usefixtures("checkout_at_rest")


class StopsBefore(Silent):
    """Interrupted as by Ctrl-C before a group of the number."""

    def __init__(self, group: int) -> None:
        self._group = group

    def update(self, done: int, total: int | None) -> None:
        if (done, total) == (self._group, 2):
            raise KeyboardInterrupt


def write_transcript(folder: Path, numbers: range, model: str = "some-hosted-model") -> Path:
    path = folder / "answers.jsonl"
    lines = [{"id": f"sum-{n}", "output": str(2 * n), "model": model} for n in numbers]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    return path


def test_models_and_a_transcript_on_the_same_items(tmp_path: Path) -> None:
    low = write_script(tmp_path, "low", answers=sums_answers(range(9)))
    high = write_script(tmp_path, "high", answers=sums_answers(range(12)))
    transcript = write_transcript(tmp_path, range(10))  # of a model that no catalog knows
    arguments = ("--task", write_sums(tmp_path), "--transcript", transcript, "-o", tmp_path / "out")
    done = in_process("eval", low, high, *arguments, "--json")
    assert done.code == 0, done.err
    document = json.loads(done.out)
    records = [Record.model_validate_json(json.dumps(one)) for one in document["records"]]
    assert [len(record.tasks[0].items) for record in records] == [12, 12]
    for record in records:
        assert record.is_complete
        assert (record.speed, record.latency, record.load, record.memory, record.assessment) == (
            (), (), None, None, None
        )  # fmt: skip
        assert record.engine is not None
        assert not record.warnings
    (hosted,) = document["transcripts"]
    assert [hosted["name"], len(hosted["result"]["items"])] == ["some-hosted-model", 10]
    pairs = {(one["a"], one["b"]): one for one in document["pairs"]}
    assert [
        (one["n"], round(one["n"] * one["discordant"])) for one in (pair["both"] for pair in pairs.values())
    ] == [
        (12, 3),
        (10, 1),
        (10, 0),
    ]
    assert pairs["low", "high"]["difference"][0] == pytest.approx(-0.25)

    shown = in_process("report", *sorted((tmp_path / "out").glob("*low.json")))
    assert "Quality\n" in shown.out
    assert not any(
        words in shown.out for words in ("Load and memory", "Speed", "Latency", "verdict:", "No v")
    )


def test_an_interrupted_evaluation_goes_on_at_the_group_where_it_stopped(tmp_path: Path) -> None:
    script = write_script(tmp_path, answers=sums_answers(range(70)))
    options = {"models": (str(script),), "tasks": (str(write_sums(tmp_path, 70)),), "n_shots": 3}
    with pytest.raises(KeyboardInterrupt):
        evaluate(EvalOptions(output=tmp_path / "out", **options), StopsBefore(1))  # type: ignore[arg-type]
    (path,) = (tmp_path / "out").glob("*.json")
    unfinished = read_record(path)
    assert not unfinished.is_complete
    assert len(unfinished.tasks[0].items) == 64
    resumed = EvalOptions(output=tmp_path / "out", resume=True, **options)  # type: ignore[arg-type]
    (record,) = evaluate(resumed, StopsBefore(3)).outcome.records
    (task,) = record.tasks
    assert record.is_complete
    assert task.items[:64] == unfinished.tasks[0].items
    assert (len(task.items), task.n_shots, len(task.shot_ids)) == (67, 3, 3)
    assert task.held is not None
    assert not task.held.kv_unified
    assert not set(task.shot_ids) & {item.item_id for item in task.items}


@pytest.mark.parametrize(
    ("flags", "told"),
    [
        (("--shots", 12), "leave none to ask"),
        (("--transcript", "nowhere=answers.jsonl"), "no task 'nowhere'"),
        (("--seed", -1), "Invalid value for '--seed'"),
        (("--budget", 3), "No such option"),
    ],
)
def test_a_wrong_request_is_refused_before_anything_is_asked(
    tmp_path: Path, flags: tuple[object, ...], told: str
) -> None:
    script, task = write_script(tmp_path), write_sums(tmp_path)
    ended = in_process("eval", script, "--task", task, *flags, "-o", tmp_path / "out")
    assert ended.code == 2
    assert told in ended.err
    assert not list((tmp_path / "out").glob("*.json"))


def test_a_task_must_be_named() -> None:
    ended = in_process("eval")
    assert (ended.code, "Missing option '--task'" in ended.err) == (2, True)


def test_two_transcripts_of_one_model_on_one_task_are_refused(tmp_path: Path) -> None:
    transcript = write_transcript(tmp_path, range(3))
    twice = ("--transcript", transcript) * 2
    task = write_sums(tmp_path)
    ended = in_process("eval", write_script(tmp_path), "--task", task, *twice, "-o", tmp_path / "out")
    assert ended.code == 2
    assert "2 of the transcripts are called 'some-hosted-model on sums.jsonl'" in ended.err


def thinking_script(folder: Path, **changes: object) -> Path:
    template = (
        "{% for m in messages %}<{{ m.role }}>{{ m.content }}{% endfor %}<assistant>"
        "{% if not enable_thinking %}<think></think>{% endif %}"
    )
    answers = {
        question: f"<think>carry the one</think>{said}" for question, said in sums_answers(range(12)).items()
    }
    return write_script(folder, "thinker", answers=answers, chat_template=template, **changes)


def test_thinking_is_counted_apart_and_not_scored(tmp_path: Path) -> None:
    done = in_process(
        "eval", thinking_script(tmp_path), "--task", write_sums(tmp_path), "--thinking", "on",
        "-o", tmp_path / "out", "--json",
    )  # fmt: skip
    assert done.code == 0, done.err
    ((task,),) = (record["tasks"] for record in json.loads(done.out)["records"])
    assert task["thinking"] == {"is_on": True, "max_tokens": None}
    assert {item["outcome"] for item in task["items"]} == {"right"}
    assert all(item["n_output_tokens"] > item["n_thinking_tokens"] > 10 for item in task["items"])
    assert all("carry" not in item["output"] for item in task["items"])


def test_a_thinking_budget_that_runs_out_is_a_truncation(tmp_path: Path) -> None:
    done = in_process(
        "eval", thinking_script(tmp_path), "--task", write_sums(tmp_path), "--thinking", "9",
        "-o", tmp_path / "out", "--json",
    )  # fmt: skip
    ((task,),) = (record["tasks"] for record in json.loads(done.out)["records"])
    assert {(item["is_truncated"], item["output"], item["n_thinking_tokens"]) for item in task["items"]} == {
        (True, "", 9)
    }


def test_samples_of_an_item_stand_together_and_are_the_same_again(tmp_path: Path) -> None:
    script = write_script(tmp_path, "dice", answers={}, alternatives={"What is": {"2": 0.5, "4": 0.5}})
    taken = []
    for folder in ("one", "two"):
        done = in_process(
            "eval", script, "--task", write_sums(tmp_path), "--samples", "4", "--temperature", "1",
            "-o", tmp_path / folder, "--json",
        )  # fmt: skip
        assert done.code == 0, done.err
        ((task,),) = (record["tasks"] for record in json.loads(done.out)["records"])
        taken.append([(item["item_id"], item["sample"], item["output"]) for item in task["items"]])
    assert taken[0] == taken[1]
    assert [sample for _, sample, _ in taken[0]] == [0, 1, 2, 3] * 12
    assert len({output for *_, output in taken[0]}) == 2
    assert task["sampling"] == {"temperature": 1.0, "top_p": 1.0, "top_k": 0, "n_samples": 4}


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (("--thinking", "on"), "knows no thinking"),
        (("--thinking", "maybe"), "is none of on, off, or a number of tokens"),
        (("--thinking", "0"), "is none of on, off, or a number of tokens"),
        (("--samples", "2"), "--samples has no effect on greedy answers"),
        (("--top-p", "0.5"), "--top-p has no effect on greedy answers"),
        (("--temperature", "-1"), "-1"),
        (("--temperature", "nan"), "'nan' is no number"),
        (("--temperature", "1", "--top-p", "nan"), "'nan' is no number"),
        (("--temperature", "1", "--samples", "10001"), "10001 is not in the range 1<=x<=10000"),
        (("--thinking", "1000001"), "is none of on, off, or a number of tokens from 1 to 1,000,000"),
        (("--thinking", "9" * 5000), "is none of on, off, or a number of tokens"),
    ],
)
def test_words_of_sampling_and_thinking_that_cannot_be_used(
    tmp_path: Path, words: tuple[str, ...], complaint: str
) -> None:
    script = write_script(tmp_path, answers=sums_answers(range(3)))
    done = in_process("eval", script, "--task", write_sums(tmp_path), *words, "-o", tmp_path / "out")
    assert done.code == 2
    assert complaint in done.err


def test_words_that_no_task_can_use_are_refused(tmp_path: Path) -> None:
    script = write_script(tmp_path, answers={})
    task = tmp_path / "pick.jsonl"
    task.write_text(json.dumps({"id": "a", "prompt": "One", "choices": ["two", "six"], "answer": 0}) + "\n")
    done = in_process("eval", script, "--task", task, "--temperature", "1", "-o", tmp_path / "out")
    assert done.code == 2
    assert "neither thinks nor draws" in done.err


def test_a_task_of_which_nothing_could_be_asked_is_a_failure(tmp_path: Path) -> None:
    script = write_script(tmp_path, answers={}, chat_template="{{ raise_exception('not this') }}")
    done = in_process("eval", script, "--task", write_sums(tmp_path), "-o", tmp_path / "out")
    assert done.code == 2
    assert "no item of sums.jsonl could be asked: the model's chat template refuses" in done.err
