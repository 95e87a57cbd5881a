"""The whole path on the scripted engine: real processes and files, no model, no network."""

import json
import os
import shutil
import signal
import subprocess
import time
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from bench.commands.options import RunOptions
from bench.commands.report import write_html
from bench.commands.reporter import Silent
from bench.commands.run import Outcome, run
from bench.errors import InputError, RecordError
from bench.meters.energy.machine import MachineMeters
from bench.meters.protocol import Unavailable
from bench.records.store import read_record
from bench.records.types import Record
from tests.factories import without_hash
from tests.measuring import SteadyCounter
from tests.program import (
    Ended,
    StopsAt,
    breakeven,
    command,
    environment,
    in_process,
    sums_answers,
    write_script,
    write_sums,
)

BUDGET_S = 0.2
ENERGY_BUDGET_S = 0.05
API = "gpt-4o-mini"
FREED = "freed"  # a file beside the script
pytestmark = pytest.mark.usefixtures("checkout_at_rest", "few_draws")
posix = pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")


def measure(folder: Path, script: Path, task: Path, **options: object) -> Outcome:
    return run(asked(folder, script, task, **options), Silent())


def asked(folder: Path, script: Path, task: Path, **options: object) -> RunOptions:
    chosen: dict[str, object] = {
        "budget_s": BUDGET_S,
        "energy_budget_s": ENERGY_BUDGET_S,
        "limit": 12,
        "apis": (API,),
    }
    where = {"models": (str(script),), "tasks": (str(task),), "output": folder / "out"}
    return RunOptions(**(where | chosen | options))  # type: ignore[arg-type]


def only_record(folder: Path) -> Record:
    (path,) = (folder / "out").glob("*.json")
    return read_record(path)


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Ended]:
    """A whole run as a user starts it, and the folder that it was given."""
    folder = tmp_path_factory.mktemp("finished")
    script = write_script(
        folder, answers=sums_answers(range(9)), prefill_ns_per_token=2_000_000, decode_ns_per_token=10_000_000
    )
    task = write_sums(folder)
    asked = ("--task", task, "--limit", 12, "--api", API, "--country", "germany", "--json")
    budgets = ("--budget", 1, "--energy-budget", ENERGY_BUDGET_S)
    written = ("-o", folder / "out", "--html", folder / "page.html")
    return folder, breakeven("run", script, *asked, *budgets, *written)


def test_json_is_one_document_and_nothing_else_on_stdout(finished: tuple[Path, Ended]) -> None:
    folder, done = finished
    assert done.code == 0, done.err
    (document,) = json.loads(done.out)
    assert Record.model_validate_json(json.dumps(document)) == without_hash(only_record(folder))


def test_a_run_leaves_one_complete_record_and_no_journal(finished: tuple[Path, Ended]) -> None:
    folder, _ = finished
    record = only_record(folder)
    assert record.is_complete
    assert not record.failures
    assert [point.test for point in record.speed] == ["pp512", "tg128"]
    assert record.memory is not None
    assert record.load is not None
    (task,) = record.tasks
    assert sum(item.outcome == "right" for item in task.items) == 9
    assert len(task.items) == 12
    assert record.assessment is not None
    assert [one.value for one in record.assessment.assumptions if one.flag == "--country"] == ["380.95"]
    assert "electricity" in record.tool.catalogs_sha256
    assert list((folder / "out" / ".running").iterdir()) == []


def test_the_page_of_a_run_is_that_of_its_record(finished: tuple[Path, Ended], tmp_path: Path) -> None:
    folder, _ = finished
    write_html([only_record(folder)], tmp_path / "again.html")
    assert (folder / "page.html").read_text("utf-8") == (tmp_path / "again.html").read_text("utf-8")


def test_a_page_that_cannot_be_written_is_told_before_anything_is_measured(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for where, said in (
        (tmp_path / "file" / "page.html", "a file is where the folder"),
        ("-", "a file of its own"),
    ):
        ended = in_process("run", tmp_path / "no.gguf", "--html", where)
        assert (ended.code, said in ended.err) == (2, True), ended.err


def test_the_fake_clock_gives_the_speed_that_the_script_says(finished: tuple[Path, Ended]) -> None:
    folder, _ = finished
    rates = {
        point.test: sum(sample.n_tokens for sample in point.samples)
        / sum(sample.calls_s for sample in point.samples)
        for point in only_record(folder).speed
    }
    assert rates["pp512"] == pytest.approx(500, rel=1e-6)
    assert rates["tg128"] == pytest.approx(100, rel=1e-6)


def test_an_unknown_country_is_told_before_anything_is_measured(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="did you mean 'Germany'"):
        run(RunOptions(scenario={"country": "Germny"}, output=tmp_path / "out"), Silent())


@pytest.mark.parametrize(("how", "kind"), [("abort", "crash"), ("kill", "killed"), ("bug", None)])
def test_a_worker_that_dies_ends_its_unit_and_the_run_goes_on(
    tmp_path: Path, how: str, kind: str | None
) -> None:
    script = write_script(
        tmp_path,
        answers=sums_answers(range(12)),
        failures=[{"at": "render_chat", "how": how, "containing": "What is"}],
    )
    outcome = measure(tmp_path, script, write_sums(tmp_path))
    record = only_record(tmp_path)
    assert outcome.has_failures
    assert {failure.unit for failure in record.failures} == {"latency/sums.jsonl", "task/sums.jsonl/0"}
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
            budget_s=BUDGET_S,
            energy_budget_s=ENERGY_BUDGET_S,
            apis=(API,),
            scenario={"api-accuracy": "0.5"},
            output=tmp_path / "out",
        ),
        Silent(),
    )
    by_name = {record.model.name: record for record in outcome.records}
    assert [failure.unit for failure in by_name["bad"].failures] == ["load"]
    assert by_name["bad"].load is None
    assert not by_name["good"].failures
    assert outcome.has_failures
    (together,) = outcome.frontiers
    assert {"good", API} <= {way.name for way in together.ways}


def test_joules_that_were_measured_before_an_interruption_are_those_of_the_record(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    quiet: None,  # noqa: ARG001
) -> None:
    script = write_script(tmp_path, answers=sums_answers(range(12)))
    options = asked(tmp_path, script, write_sums(tmp_path))
    counter = SteadyCounter(10.0, time.perf_counter_ns, name="counter")
    monkeypatch.setattr("bench.commands.run.open_machine", lambda *_: MachineMeters((counter,)))
    monkeypatch.setattr("bench.measure.idle.PAUSE_S", 0.02)
    with pytest.raises(KeyboardInterrupt):
        run(options, StopsAt("toy: sums.jsonl"))  # the quality comes last
    units = finished_units(tmp_path)
    assert {"idle/before", "energy/sums.jsonl", "idle/after"} <= set(units)
    assert not any(unit.startswith("task/") for unit in units)

    silent = MachineMeters(refused=(Unavailable("wall-meter", "nobody answers", None),))
    monkeypatch.setattr("bench.commands.run.open_machine", lambda *_: silent)
    with pytest.raises(RecordError, match='now \\["wall-meter"\\]'):  # two meters are not mixed
        run(replace(options, resume=True), Silent())
    monkeypatch.setattr("bench.commands.run.open_machine", lambda *_: MachineMeters())
    (record,) = run(replace(options, resume=True), Silent()).records
    assert record.is_complete
    assert not record.failures
    (latency,) = record.latency
    assert [(reading.meter, reading.phase) for reading in latency.energy] == [
        ("counter", "prefill"),
        ("counter", "decode"),
    ]
    for reading in latency.energy:
        assert reading.gross_j is not None, reading.absent_because
        assert reading.gross_j[0] == pytest.approx(10.0 * reading.window_s, rel=0.1)
    assert [reading.meter for reading in record.idle_energy] == ["counter", "counter"]


def test_joules_that_cannot_be_measured_leave_the_run_finished(tmp_path: Path, quiet: None) -> None:  # noqa: ARG001
    dies = {"at": "save_sequence", "how": "abort"}  # of a single item only the joules of decoding need it
    script = write_script(tmp_path, answers=sums_answers(range(1)), failures=[dies])
    outcome = measure(tmp_path, script, write_sums(tmp_path, 1))
    record = only_record(tmp_path)
    assert outcome.has_failures
    assert [(failure.unit, failure.kind) for failure in record.failures] == [("energy/sums.jsonl", "crash")]
    assert record.is_complete
    assert record.latency[0].energy == ()
    assert len(record.tasks[0].items) == 1
    assert record.assessment is not None


def start(folder: Path, *arguments: object) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        command("run", *arguments, "-o", folder / "out"),
        env=environment(),
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        stdin=subprocess.DEVNULL,
    )


def finished_units(folder: Path) -> dict[str, object]:
    """What the journal holds, by unit."""
    for journal in (folder / "out" / ".running").glob("*.jsonl"):
        lines = [json.loads(line) for line in journal.read_text().splitlines()[1:] if line.endswith("}")]
        return {line["unit"]: line["result"] for line in lines}
    return {}


def wait_for_unit(folder: Path, unit: str, process: "subprocess.Popen[str]") -> None:
    deadline = time.monotonic() + 60
    while unit not in finished_units(folder):
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline, f"{unit} never came"
        time.sleep(0.02)


def stuck_job(folder: Path) -> tuple[object, ...]:
    """Arguments of a run whose engine hangs at the first question, unless ``freed``."""
    stuck = {"at": "render_chat", "how": "hang", "containing": "What is", "unless": FREED}
    script = write_script(folder, answers=sums_answers(range(8)), failures=[stuck])
    return job(script, write_sums(folder, 2))


def job(script: Path, task: Path) -> tuple[object, ...]:
    budgets = ("--budget", 1, "--energy-budget", ENERGY_BUDGET_S)
    return (script, "--task", task, *budgets, "--limit", 5, "--api", API)


def end_in_the_middle(folder: Path, last: signal.Signals) -> tuple[int, str]:
    """Start the stuck job and end it between the speed and the task: its exit code and standard error."""
    process = start(folder, *stuck_job(folder))
    wait_for_unit(folder, "speed/tg128", process)
    children = psutil.Process(process.pid).children(recursive=True)
    assert children
    process.send_signal(last)
    _, errors = process.communicate(timeout=30)
    _, alive = psutil.wait_procs(children, timeout=2)
    assert not alive
    assert "task/sums.jsonl/0" not in finished_units(folder)
    return process.returncode, errors


@pytest.fixture(scope="module")
def killed_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("killed")
    end_in_the_middle(folder, signal.SIGKILL)
    return folder


@pytest.fixture
def killed(killed_run: Path, tmp_path: Path) -> Path:
    """What a stuck job left that was killed in the middle."""
    return shutil.copytree(killed_run, tmp_path, dirs_exist_ok=True)


def assert_resumed_without_measuring_again(folder: Path) -> None:
    before = finished_units(folder)
    (folder / FREED).touch()
    done = in_process("run", "--resume", *stuck_job(folder), "-o", folder / "out")
    assert done.code == 0, done.err
    record = only_record(folder)
    assert record.is_complete
    assert len(record.tasks[0].items) == 2
    kept = {f"speed/{point.test}": point.model_dump(mode="json") for point in record.speed}
    assert set(kept) == {"speed/pp512", "speed/tg128"}
    for unit, point in kept.items():
        assert before[unit] == {"kind": "speed", "point": point}


@posix
def test_every_finished_unit_survives_the_parents_death_and_is_not_measured_again(killed: Path) -> None:
    assert_resumed_without_measuring_again(killed)


@posix
def test_every_finished_unit_survives_ctrl_c_and_is_not_measured_again(tmp_path: Path) -> None:
    code, errors = end_in_the_middle(tmp_path, signal.SIGINT)
    assert code == 130
    assert "--resume" in errors
    unfinished = only_record(tmp_path)
    assert not unfinished.is_complete
    assert [point.test for point in unfinished.speed] == ["pp512", "tg128"]
    assert unfinished.failures[-1].kind == "interrupted"
    assert_resumed_without_measuring_again(tmp_path)


@posix
def test_a_run_is_resumed_only_under_its_own_plan(killed: Path) -> None:
    before = finished_units(killed)
    done = in_process("run", "--resume", *stuck_job(killed), "--seed", 7, "-o", killed / "out")
    assert done.code == 2
    assert "seed was 0, now 7" in done.err
    assert finished_units(killed) == before


@posix
def test_an_orphaned_journal_becomes_a_record_at_the_next_start(killed: Path) -> None:
    good = write_script(killed, "good", answers=sums_answers(range(12)))
    done = in_process("run", *job(good, write_sums(killed, name="others")), "-o", killed / "out")
    assert done.code == 0, done.err
    assert "an earlier run had died" in done.err
    records = [read_record(path) for path in (killed / "out").glob("*.json")]
    assert sorted(record.is_complete for record in records) == [False, True]
