"""The default model on the generated task's levels, and the public sets as the package index has them."""

from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from bench.artifacts import obtain
from bench.catalog.types import Artifact
from bench.engines.protocol import EngineSettings
from bench.records.types import ItemResult
from bench.tasks import open_task
from bench.tasks.evaluate import choices_for, prompts_for, score_choices, score_completions
from bench.tasks.plan import plan
from bench.tasks.scorers import find_scorer
from bench.worker.parent import Worker
from bench.worker.protocol import Generate, Load, ScoreChoices

pytestmark = pytest.mark.model

SETTINGS = EngineSettings(n_ctx=4096, n_seq_max=8, n_threads=2, n_threads_batch=2)


def fetch(artifact: Artifact) -> Path:
    return obtain(artifact).path


@pytest.fixture(scope="module")
def worker(default_model_path: Path) -> Iterator[Worker]:
    with Worker.start() as started:
        started.call(Load(str(default_model_path), SETTINGS), timeout_s=120)
        yield started


def outcomes(results: Iterable[ItemResult]) -> Counter[str]:
    return Counter(result.outcome for result in results)


def answered(worker: Worker, name: str, n_items: int) -> Counter[str]:
    task = open_task(name, fetch)
    (group,) = plan(task, budget_s=0, seed=0, limit=n_items, group_size=n_items).groups
    prompts = prompts_for(task, group, prompting="chat")
    reply = worker.call(Generate(prompts, task.max_tokens, task.stop), timeout_s=600)
    return outcomes(score_completions(task, group, reply.completions, prompting="chat"))


def test_default_model_passes_the_easy_level(worker: Worker) -> None:
    counts = answered(worker, "extract-json:easy", 40)
    assert counts.total() == 40
    assert counts["right"] >= 36, counts


def test_default_model_fails_the_hard_level(worker: Worker) -> None:
    counts = answered(worker, "extract-json:hard", 20)
    assert counts.total() == 20
    assert counts["right"] < 10, counts


def test_hellaswag_is_scored_above_nothing(worker: Worker) -> None:
    task = open_task("hellaswag", fetch)
    assert len(task.items) == 100
    (group,) = plan(task, budget_s=0, seed=0, limit=8, group_size=8).groups
    scored = worker.call(ScoreChoices(choices_for(task, group)), timeout_s=600)
    counts = outcomes(score_choices(task, group, scored.scores))
    assert (counts.total(), counts["unscored"]) == (8, 0)
    assert counts["right"] >= 1, counts


def test_gsm8k_has_100_problems_with_a_worked_answer_that_its_scorer_accepts() -> None:
    task = open_task("gsm8k", fetch)
    assert len(task.items) == 100
    score = find_scorer(task.scorer_name)
    for item in task.items:
        assert item.reference_output is not None
        assert score(item.reference_output, item.expected, truncated=False).outcome == "right"
