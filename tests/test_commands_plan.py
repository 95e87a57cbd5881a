"""How answers are batched, by the length of what is asked and said."""

from dataclasses import replace
from pathlib import Path

import pytest

from bench.catalog.models import load_models
from bench.commands import plan
from bench.commands.acquire import Fetch
from bench.commands.deployed import SEQUENCES
from bench.commands.options import EvalOptions
from bench.commands.plan import CELLS_APART, ModelJob, TaskJob, answer_settings, plan_jobs
from bench.commands.reporter import Silent
from bench.engines.protocol import Thinking
from bench.errors import BreakevenError, InputError
from tests.program import write_script, write_sums


@pytest.fixture
def job(tmp_path: Path) -> ModelJob:
    options = EvalOptions(models=(str(write_script(tmp_path)),), tasks=(str(write_sums(tmp_path)),))
    return plan_jobs(options, load_models(), Silent(), budget_s=None)[0]


def saying(job: ModelJob, max_tokens: int, thinking: Thinking | None = None) -> TaskJob:
    (task,) = job.tasks
    return replace(task, task=replace(task.task, max_tokens=max_tokens), thinking=thinking)


@pytest.mark.parametrize(
    ("longest", "max_tokens", "n_sequences", "n_cells"),
    [(100, 100, SEQUENCES, 256), (200, 312, SEQUENCES, 512), (200, 313, 21, 768), (1900, 148, 8, 2048)],
)
def test_each_sequence_has_a_cache_as_long_as_the_longest_of_them(
    job: ModelJob, longest: int, max_tokens: int, n_sequences: int, n_cells: int
) -> None:
    held = answer_settings(job, saying(job, max_tokens), longest)
    assert (held.kv_unified, held.n_seq_max, held.n_ctx) == (False, n_sequences, n_sequences * n_cells)
    assert held.n_ctx <= CELLS_APART


def test_long_answers_share_a_cache(job: ModelJob) -> None:
    shared = job.quality_settings
    assert (shared.kv_unified, shared.n_seq_max) == (True, SEQUENCES)
    assert answer_settings(job, saying(job, 149), 1900) == shared
    assert answer_settings(job, saying(job, 100, Thinking(True)), 100) == shared
    assert answer_settings(job, saying(job, 100, Thinking(True, 1900)), 100) == shared
    assert answer_settings(job, saying(job, 100, Thinking(True, 100)), 100) != shared


def test_caches_that_would_not_fit_are_not_taken(job: ModelJob, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plan, "would_fit", lambda *_: False)
    assert answer_settings(job, saying(job, 100), 100) == job.quality_settings


def test_more_attempts_than_a_record_holds_are_not_begun(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(plan, "MOST_ATTEMPTS", 5)
    options = EvalOptions(models=(str(write_script(tmp_path)),), tasks=(str(write_sums(tmp_path)),), limit=3)
    plan_jobs(options, load_models(), Silent(), budget_s=None)
    with pytest.raises(InputError, match="6 attempts are planned, and a record holds 5"):
        plan_jobs(replace(options, n_samples=2), load_models(), Silent(), budget_s=None)


@pytest.mark.parametrize("slip", ["gms8k", "hub:gms8k", "absent.jsonl"])
def test_a_slip_in_any_task_is_told_before_the_first_is_fetched(
    slip: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Fetch, "__call__", lambda *_: pytest.fail("fetched"))
    options = EvalOptions(models=(str(write_script(tmp_path)),), tasks=("gsm8k", slip))
    with pytest.raises(BreakevenError, match=slip):
        plan_jobs(options, load_models(), Silent(), budget_s=None)
