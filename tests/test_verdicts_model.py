"""The three verdicts, reached by real runs of the real model; and the quick run as a user starts it."""

import json
from pathlib import Path

import pytest

from bench.commands.options import RunOptions
from bench.commands.reporter import Silent
from bench.commands.run import run
from bench.records.types import Comparison, Record
from tests.program import breakeven

pytestmark = [pytest.mark.model, pytest.mark.usefixtures("default_model_path")]


def measure(folder: Path, **options: object) -> Record:
    chosen = {"output": folder, "budget_s": 8.0, "is_only_named": True} | options
    (record,) = run(RunOptions(**chosen), Silent()).records  # type: ignore[arg-type]
    assert not record.failures
    return record


def only(record: Record, task: str) -> Comparison:
    assert record.assessment is not None
    (comparison,) = (one for one in record.assessment.comparisons if one.task == task)
    return comparison


def test_easy_extraction_is_viable_and_word_problems_are_not(tmp_path: Path) -> None:
    record = measure(
        tmp_path,
        tasks=("extract-json", "gsm8k"),
        apis=("gpt-4o-mini",),
        limit=32,
        scenario={"need-accuracy": ("extract-json=0.8",), "at": "2026-11-21"},
    )
    easy = only(record, "extract-json:easy")
    assert easy.verdict == "viable"
    assert easy.evidence.kind == "declared-bar"
    assert easy.probability is not None
    assert easy.probability > 0.95
    assert easy.local_cost_per_attempt_usd is not None
    assert easy.api_cost_per_attempt_usd is not None
    assert easy.local_energy_provenance in ("measured", "modelled")
    assert easy.break_even_tasks_per_month[0] == "any"

    hard = only(record, "gsm8k")
    assert hard.verdict == "not viable"
    assert hard.decided_by == "good-enough"
    assert hard.evidence.kind == "published"


def test_ten_items_are_not_enough_and_it_says_how_many_are(tmp_path: Path) -> None:
    record = measure(
        tmp_path,
        tasks=("extract-json",),
        apis=("gpt-4o-mini",),
        limit=10,
        scenario={"need-accuracy": ("0.9",), "at": "2026-11-21"},
    )
    open_one = only(record, "extract-json:easy")
    assert open_one.verdict == "insufficient evidence"
    assert open_one.items_to_settle is not None
    assert open_one.items_to_settle > 10


def test_the_quick_run_prints_one_record_as_json(tmp_path: Path) -> None:
    done = breakeven("run", "--quick", "--json", "-o", tmp_path)
    assert done.code == 0, done.err
    (document,) = json.loads(done.out)
    record = Record.model_validate_json(json.dumps(document))
    assert {task.task for task in record.tasks} == {"hellaswag", "gsm8k", "extract-json:easy"}
    assert record.assessment is not None
    assert record.assessment.comparisons
    assert record.model.sha256.startswith("b179c9523d0e6a0f")
    assert all(sample.n_tokens == 512 for sample in record.speed[0].samples)
