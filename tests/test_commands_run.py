"""The whole path on the scripted engine: real processes and files, no model, no network."""

import json
import os
import signal
import subprocess
import time
from pathlib import Path

import psutil
import pytest

from bench.commands.options import RunOptions
from bench.commands.reporter import Silent
from bench.commands.run import Outcome, run
from bench.records.store import read_record
from bench.records.types import Record
from tests.program import breakeven, command, environment, sums_answers, write_script, write_sums


def measure(folder: Path, script: Path, task: Path, **options: object) -> Outcome:
    chosen = {"budget_s": 1.0, "limit": 12} | options
    return run(
        RunOptions(models=(str(script),), tasks=(str(task),), output=folder / "out", **chosen),  # type: ignore[arg-type]
        Silent(),
    )


def only_record(folder: Path) -> Record:
    (path,) = (folder / "out").glob("*.json")
    return read_record(path)


def test_a_run_leaves_one_complete_record_and_no_journal(tmp_path: Path) -> None:
    script = write_script(tmp_path, answers=sums_answers(range(9)))
    outcome = measure(tmp_path, script, write_sums(tmp_path))
    record = only_record(tmp_path)
    assert record == outcome.records[0]
    assert record.is_complete
    assert not outcome.has_failures
    assert [point.test for point in record.speed] == ["pp512", "tg128"]
    assert record.memory is not None
    assert record.load is not None
    (task,) = record.tasks
    assert sum(item.outcome == "right" for item in task.items) == 9
    assert len(task.items) == 12
    assert record.assessment is not None
    assert list((tmp_path / "out" / ".running").iterdir()) == []


def test_the_fake_clock_gives_the_speed_that_the_script_says(tmp_path: Path) -> None:
    script = write_script(tmp_path, prefill_ns_per_token=2_000_000, decode_ns_per_token=10_000_000)
    measure(tmp_path, script, write_sums(tmp_path))
    rates = {
        point.test: sum(sample.n_tokens for sample in point.samples)
        / sum(sample.calls_s for sample in point.samples)
        for point in only_record(tmp_path).speed
    }
    assert rates["pp512"] == pytest.approx(500, rel=1e-6)
    assert rates["tg128"] == pytest.approx(100, rel=1e-6)


@pytest.mark.parametrize(("how", "kind"), [("abort", "crash"), ("kill", "killed"), ("bug", None)])
def test_a_worker_that_dies_ends_its_unit_and_the_run_goes_on(
    tmp_path: Path, how: str, kind: str | None
) -> None:
    script = write_script(
        tmp_path,
        answers=sums_answers(range(12)),
        failures=[{"at": "render_chat", "how": how, "containing": "What is 3 + 3?"}],
    )
    outcome = measure(tmp_path, script, write_sums(tmp_path))
    record = only_record(tmp_path)
    assert outcome.has_failures
    assert {failure.unit for failure in record.failures} == {"latency/sums", "task/sums/0"}
    if kind is not None:
        assert {failure.kind for failure in record.failures} == {kind}
    assert [point.test for point in record.speed] == ["pp512", "tg128"]
    assert record.memory is not None


def test_one_model_that_fails_to_load_does_not_stop_the_others(tmp_path: Path) -> None:
    bad = write_script(tmp_path, "bad", failures=[{"at": "load", "how": "abort"}])
    good = write_script(tmp_path, "good", answers=sums_answers(range(12)))
    outcome = run(
        RunOptions(
            models=(str(bad), str(good)),
            tasks=(str(write_sums(tmp_path)),),
            budget_s=1.0,
            output=tmp_path / "out",
        ),
        Silent(),
    )
    by_name = {record.model.name: record for record in outcome.records}
    assert [failure.unit for failure in by_name["bad"].failures] == ["load"]
    assert by_name["bad"].load is None
    assert not by_name["good"].failures
    assert outcome.has_failures


def start(folder: Path, *arguments: object) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        command("run", *arguments, "-o", folder / "out"),
        env=environment(),
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        stdin=subprocess.DEVNULL,
    )


def wait_for_unit(folder: Path, unit: str) -> list[str]:
    """Wait until the journal holds ``unit``; return the units it holds."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        for journal in (folder / "out" / ".running").glob("*.jsonl"):
            units = [
                json.loads(line)["unit"]
                for line in journal.read_text().splitlines()[1:]
                if line.endswith("}")
            ]
            if unit in units:
                return units
        time.sleep(0.02)
    raise AssertionError(f"{unit} never came")


def slow_job(folder: Path) -> tuple[object, ...]:
    """Arguments of a run whose last task group hangs for a long time."""
    script = write_script(
        folder,
        answers=sums_answers(range(40)),
        failures=[{"at": "render_chat", "how": "hang", "containing": "What is 7 + 7?"}],
    )
    return (script, "--task", write_sums(folder, 40), "--limit", 40, "--budget", 1)


@pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
@pytest.mark.parametrize("last", [signal.SIGKILL, signal.SIGINT])
def test_every_finished_unit_survives_the_parents_death_and_is_not_measured_again(
    tmp_path: Path, last: signal.Signals
) -> None:
    arguments = slow_job(tmp_path)
    process = start(tmp_path, *arguments)
    wait_for_unit(tmp_path, "speed/tg128")
    children = psutil.Process(process.pid).children(recursive=True)
    time.sleep(0.3)
    process.send_signal(last)
    process.communicate(timeout=30)
    _, alive = psutil.wait_procs(children, timeout=2)
    assert not alive
    if last == signal.SIGINT:
        record = only_record(tmp_path)
        assert process.returncode == 130
        assert not record.is_complete
        assert [point.test for point in record.speed] == ["pp512", "tg128"]
        assert record.failures[-1].kind == "interrupted"
    (journal,) = (tmp_path / "out" / ".running").glob("*.jsonl")
    before = journal.read_text().splitlines()

    # The obstacle is taken away by making the model well again: another file is another plan.
    arguments = ("--resume", *arguments)
    process = start(tmp_path, *arguments)
    time.sleep(2)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=30)
    after = journal.read_text().splitlines()
    assert before == after[: len(before)]


def test_an_orphaned_journal_becomes_a_record_at_the_next_start(tmp_path: Path) -> None:
    process = start(tmp_path, *slow_job(tmp_path))
    wait_for_unit(tmp_path, "speed/pp512")
    process.kill()
    process.communicate(timeout=30)
    good = write_script(tmp_path, "good", answers=sums_answers(range(12)))
    done = breakeven(
        "run", good, "--task", write_sums(tmp_path, name="others"), "--budget", 1, "-o", tmp_path / "out"
    )
    assert done.code == 0, done.err
    assert "an earlier run had died" in done.err
    records = [read_record(path) for path in (tmp_path / "out").glob("*.json")]
    assert sorted(record.is_complete for record in records) == [False, True]


def test_json_is_one_document_and_nothing_else_on_stdout(tmp_path: Path) -> None:
    script = write_script(tmp_path, answers=sums_answers(range(12)))
    done = breakeven(
        "run", script, "--task", write_sums(tmp_path), "--budget", 1, "--json", "-o", tmp_path / "out"
    )
    assert done.code == 0, done.err
    (document,) = json.loads(done.out)
    assert Record.model_validate_json(json.dumps(document)) == only_record(tmp_path)
