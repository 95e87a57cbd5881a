"""What an API answered, set beside a saved record: the task opened anew, and no model run."""

import json
from collections.abc import Mapping
from pathlib import Path

import pytest
from economics_cases import items, record, task

from bench.commands.cost import cost
from bench.commands.cost_options import CostOptions
from bench.errors import InputError, TaskError
from bench.records.store import write_record
from bench.records.types import Comparison
from bench.tasks.sources.own import read_own_task
from tests.program import in_process, write_sums

N = 12
pytestmark = pytest.mark.usefixtures("few_draws")


@pytest.fixture
def sums(tmp_path: Path) -> Path:
    return write_sums(tmp_path, N)


def saved(folder: Path, sums: Path, content_sha256: str | None = None) -> Path:
    """A record of the sums, half of them right, as if the scripted engine had answered them."""
    ran = [item.model_copy(update={"item_id": f"sum-{n}"}) for n, item in enumerate(items(N // 2, N))]
    digest = content_sha256 or read_own_task(sums).content_sha256
    done = record([task(ran, "sums.jsonl", content_sha256=digest)])
    return write_record(done, folder)


def transcript(folder: Path, *, n: int = N, model: str | None = "gpt-4o-mini") -> Path:
    """All answers right, each for 100 tokens in, 40 of them cached, and 50 out."""
    usage = {"input_tokens": 100, "output_tokens": 50, "cached_tokens": 40}
    whose = {} if model is None else {"model": model}
    lines = [{"id": f"sum-{i}", "output": str(2 * i), "usage": usage} | whose for i in range(n)]
    path = folder / "answers.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), "utf-8")
    return path


def compared(run: Path, *transcripts: str) -> Mapping[str, Comparison]:
    words = {"at": "2026-11-21", "kwh-price": "0.3"}
    options = CostOptions(
        records=(run,), apis=("o1",), is_only_named=True, scenario=words, transcripts=transcripts
    )
    ((of_record,),) = (one.records for one in cost(options).concluded)
    assert of_record.assessment is not None
    return {one.api: one for one in of_record.assessment.comparisons}


def test_answers_are_scored_and_billed_and_paired_with_those_of_the_record(
    tmp_path: Path, sums: Path
) -> None:
    found = compared(saved(tmp_path, sums), f"{sums}={transcript(tmp_path)}")
    assert set(found) == {"o1", "gpt-4o-mini"}  # who answered is a rival, named or not
    one = found["gpt-4o-mini"]
    assert (one.evidence.kind, one.evidence.accuracy and one.evidence.accuracy[0]) == ("transcript", 1.0)
    # GPT-4o mini, 0.15 in, 0.075 cached, 0.60 out: 60 · 0.15 + 40 · 0.075 + 50 · 0.60 = 9 + 3 + 30 millionths
    assert one.api_cost_per_attempt_usd is not None
    assert float(one.api_cost_per_attempt_usd[0]) == pytest.approx(42e-6)
    assert {gate.name: gate.result for gate in one.gates}["good-enough"] == "fail"  # 6 of 12 against all
    assert found["o1"].evidence.kind == "none"


def test_the_api_is_the_one_that_is_named_where_the_file_names_none(
    tmp_path: Path, sums: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run, answers = saved(tmp_path, sums), transcript(tmp_path, model=None)
    assert compared(run, f"{sums}@gpt-5-nano={answers}")["gpt-5-nano"].evidence.kind == "transcript"
    monkeypatch.chdir(tmp_path)  # by its name a task of one's own is looked for here
    assert compared(run, f"sums.jsonl@o1={answers}")["o1"].evidence.kind == "transcript"
    with pytest.raises(InputError, match="does not say which model answered"):
        compared(run, str(answers))


@pytest.mark.parametrize(
    ("model", "api", "is_taken"),
    [
        ("gpt-4o", "gpt-4o-mini", False),
        ("llama-3.1-8b-instruct", "gpt-4o-mini", True),  # no name of the catalog
        ("groq-llama-3.1-8b", "novita-llama-3.1-8b", True),  # hosted elsewhere
        ("ernie-lite", "ernie-speed", False),  # without a price id both
        ("o3-preview", "o3-preview", True),
        ("o3-mini", "o3-mini@high", True),
    ],
)
def test_answers_of_another_api_are_refused(
    tmp_path: Path, sums: Path, model: str, api: str, *, is_taken: bool
) -> None:
    run, said = saved(tmp_path, sums), f"{sums}@{api}={transcript(tmp_path, model=model)}"
    if is_taken:
        assert compared(run, said)[api].evidence.kind == "transcript"
        return
    with pytest.raises(InputError, match=f"'{model}' answered, as the file says, and not {api}"):
        compared(run, said)


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        ("gsm8k={}", "no task 'gsm8k' with generated answers is in a record"),
        ("other.jsonl={}", "no task 'other.jsonl'"),
    ],
)
def test_a_task_that_no_record_has(tmp_path: Path, sums: Path, words: str, complaint: str) -> None:
    with pytest.raises(InputError, match=complaint):
        compared(saved(tmp_path, sums), words.format(transcript(tmp_path)))


def test_other_items_than_those_that_were_run_are_refused(tmp_path: Path, sums: Path) -> None:
    run = saved(tmp_path, sums)
    write_sums(tmp_path, N + 1)  # one more since
    with pytest.raises(InputError, match="not those that were run"):
        compared(run, f"{sums}={transcript(tmp_path)}")


def test_an_answer_to_no_item_is_refused(tmp_path: Path, sums: Path) -> None:
    with pytest.raises(TaskError, match="sum-12"):
        compared(saved(tmp_path, sums), f"{sums}={transcript(tmp_path, n=N + 1)}")


def test_the_command_takes_it_and_a_workload_does_not(tmp_path: Path, sums: Path) -> None:
    run, answers = saved(tmp_path, sums), transcript(tmp_path)
    words = ("--transcript", f"{sums}={answers}", "--api", "o1", "--only-named", "--json")
    done = in_process("cost", run, *words)
    assert done.code == 0, done.err
    ((one,),) = (found["records"] for found in json.loads(done.out))
    assert [found["api"] for found in one["assessment"]["comparisons"]] == ["o1", "gpt-4o-mini"]
    usage = tmp_path / "usage.jsonl"
    usage.write_text('{"input_tokens": 1, "output_tokens": 1}\n')
    refused = in_process("cost", run, *words, "--workload", usage)
    assert (refused.code, "no answers to compare" in refused.err) == (2, True)
