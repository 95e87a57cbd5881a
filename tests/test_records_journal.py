import errno
import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from factories import (
    AT,
    make_assessment,
    make_energy,
    make_engine,
    make_items,
    make_latency,
    make_machine,
    make_model,
    make_record,
    make_settings,
    make_speed,
    make_task,
    make_tool,
    without_hash,
)
from pydantic_core import to_json

from bench.commands.conclude import conclude
from bench.errors import RecordError
from bench.records import journal as journal_module
from bench.records import outputs, side_files
from bench.records.assembly import assemble, recover_orphans
from bench.records.journal import Journal, differences, new_run_id, orphans
from bench.records.store import read_record, write_record
from bench.records.types import Failure, LoadSample
from bench.records.units import (
    EnergyUnit,
    FailedUnit,
    IdleUnit,
    LatencyUnit,
    LoadUnit,
    MemoryUnit,
    ModelUnit,
    RunPlan,
    SpeedUnit,
    TaskUnit,
)

MODEL = "smollm2-135m-instruct-q4_1"
RUN = "20261120T093000Z-0badcafe"


def make_plan(**changes: object) -> RunPlan:
    fields = {
        "tool": make_tool(),
        "machine": make_machine(),
        "is_quick": True,
        "models": (MODEL, "another"),
        "choices": {"seed": 0, "tasks": {"gsm8k": {"items": ["a", "b"]}}},
    }
    return RunPlan(**{**fields, **changes})


def chosen() -> ModelUnit:
    return ModelUnit(model=make_model(n_params=None), settings=make_settings(), quality_settings=None)


def chosen_as(name: str) -> ModelUnit:
    return chosen().model_copy(update={"model": make_model(name)})


def loaded() -> LoadUnit:
    return LoadUnit(
        load=LoadSample(load_s=0.3, is_warm=True, energy=()), model=make_model(), engine=make_engine()
    )


def group(number: int, right: int) -> TaskUnit:
    items = tuple(
        item.model_copy(update={"item_id": f"{number}.{item.item_id}"})
        for item in make_items("gsm8k", right, 1)
    )
    return TaskUnit(group=number, part=make_task("gsm8k", items, n_planned=40))


def failed(unit: str) -> FailedUnit:
    return FailedUnit(failure=Failure(unit=unit, kind="crash", what="the worker died"))


def begin(folder: Path, run: str = RUN) -> Journal:
    journal = Journal.create(folder, run, make_plan())
    journal.append(MODEL, "model", chosen())
    journal.append(MODEL, "load", loaded(), wall_s=0.5, engine_s=0.3)
    return journal


def test_units_come_back_as_they_were_written(tmp_path):
    with begin(tmp_path) as journal:
        journal.append(
            MODEL, "speed/pp512", SpeedUnit(point=make_speed("pp512", 400.0)), wall_s=9.0, engine_s=8.5
        )
        journal.append("another", "model", chosen())
        before = journal.lines(MODEL)
    with Journal.resume(tmp_path, make_plan()) as again:
        assert again.lines(MODEL) == before
        assert list(again.finished(MODEL)) == ["model", "load", "speed/pp512"]
        assert list(again.finished("another")) == ["model"]
        assert again.header.run_id == RUN


def test_every_unit_is_on_disk_before_the_call_returns(tmp_path):
    with begin(tmp_path) as journal:
        assert journal.path.read_text("utf-8").count("\n") == 3


@pytest.mark.parametrize("torn", [b'{"model": "x"', b"\x00\x00\x00", "{…".encode()[:-1]])
def test_a_torn_last_line_is_dropped_and_the_next_unit_follows_cleanly(tmp_path, torn):
    with begin(tmp_path) as journal:
        path = journal.path
    with path.open("ab") as file:
        file.write(torn)
    with Journal.resume(tmp_path, make_plan()) as again:
        assert list(again.finished(MODEL)) == ["model", "load"]
        again.append(MODEL, "gone", failed("gone"))
    with Journal.open(path) as third:
        assert list(third.finished(MODEL)) == ["model", "load", "gone"]


def test_damage_anywhere_else_is_an_error_that_names_the_line(tmp_path):
    with begin(tmp_path) as journal:
        path = journal.path
    lines = path.read_bytes().split(b"\n")
    lines[1] = lines[1][:-20]
    path.write_bytes(b"\n".join(lines))
    with pytest.raises(RecordError, match="line 2"):
        Journal.open(path)
    recovered = recover_orphans(tmp_path)
    assert recovered.written == ()
    assert "line 2" in str(recovered.broken[0])
    assert path.exists()


def test_a_unit_of_the_wrong_shape_names_its_field(tmp_path):
    with begin(tmp_path) as journal:
        path = journal.path
    path.write_text(path.read_text("utf-8").replace('"load_s":0.3', '"load_s":"0.3"'), "utf-8")
    with pytest.raises(RecordError, match=r"line 3.*load_s"):
        Journal.open(path)


def test_a_journal_of_another_schema_is_refused(tmp_path):
    with begin(tmp_path) as journal:
        path = journal.path
    path.write_text(path.read_text("utf-8").replace('"schema_version":2', '"schema_version":9', 1), "utf-8")
    with pytest.raises(RecordError, match="schema 9, and only schema 2"):
        Journal.open(path)


def test_a_living_run_is_no_orphan_and_cannot_be_entered(tmp_path):
    with begin(tmp_path) as journal:
        assert orphans(tmp_path) == []
        assert recover_orphans(tmp_path).written == ()
        with pytest.raises(RecordError, match="still going on"):
            Journal.open(journal.path)
        with pytest.raises(RecordError, match="no interrupted run"):
            Journal.resume(tmp_path, make_plan())
    assert orphans(tmp_path) == [journal.path]


def test_two_runs_never_share_a_name(tmp_path):
    with begin(tmp_path), pytest.raises(RecordError):
        Journal.create(tmp_path, RUN, make_plan())


def test_a_finished_journal_is_gone(tmp_path):
    journal = begin(tmp_path)
    journal.remove()
    assert orphans(tmp_path) == []
    with pytest.raises(RecordError, match="no such journal"):
        Journal.open(journal.path)


def test_the_last_dead_run_is_continued(tmp_path):
    for run in ("20261120T093000Z-ffffffff", "20261121T093000Z-00000000"):
        begin(tmp_path, run).close()
    with Journal.resume(tmp_path, make_plan()) as journal:
        assert journal.header.run_id.startswith("20261121")


def test_another_plan_is_refused_and_the_difference_is_named(tmp_path):
    begin(tmp_path).close()
    changed = make_plan(choices={"seed": 7, "tasks": {"gsm8k": {"items": ["a", "b"]}}})
    with pytest.raises(RecordError, match=r"choices\.seed was 0, now 7"):
        Journal.resume(tmp_path, changed)
    assert len(orphans(tmp_path)) == 1  # let go of again


def test_plans_differ_in_everything_but_the_words_of_the_command_line():
    plan = make_plan()
    assert differences(plan, make_plan(tool=make_tool(arguments=("run", "--resume")))) == []
    assert differences(plan, make_plan(tool=make_tool(version="0.2.0"), choices={})) == [
        "choices was not there, now {}",
        "choices.seed was 0, now not there",
        'choices.tasks.gsm8k.items was ["a", "b"], now not there',
        'tool.version was "0.1.0", now "0.2.0"',
    ]


def test_a_full_disk_loses_the_unit_in_flight_and_tears_nothing(tmp_path, monkeypatch):
    def fail(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with begin(tmp_path) as journal:
        before = journal.path.read_bytes()
        with monkeypatch.context() as patch:
            patch.setattr(journal_module.os, "fsync", fail)
            with pytest.raises(RecordError, match="no space"):
                journal.append(MODEL, "speed/tg128", SpeedUnit(point=make_speed("tg128", 100.0)))
        assert journal.path.read_bytes() == before
        assert list(journal.finished(MODEL)) == ["model", "load"]
        journal.append(MODEL, "x", failed("x"))
    with Journal.resume(tmp_path, make_plan()) as again:
        assert list(again.finished(MODEL)) == ["model", "load", "x"]


def test_ctrl_c_while_a_unit_reaches_the_disk_does_not_lose_it(tmp_path, monkeypatch):
    def interrupted(_):
        raise KeyboardInterrupt

    with begin(tmp_path) as journal:
        with monkeypatch.context() as patch:
            patch.setattr(journal_module.os, "fsync", interrupted)
            with pytest.raises(KeyboardInterrupt):
                journal.append(MODEL, "speed/tg128", SpeedUnit(point=make_speed("tg128", 100.0)))
        kept = journal.finished(MODEL)
    assert list(kept) == ["model", "load", "speed/tg128"]
    with Journal.resume(tmp_path, make_plan()) as again:
        assert again.finished(MODEL) == kept


def test_a_read_only_place_is_refused_at_the_start(tmp_path):
    (tmp_path / "results").write_text("a file")
    with pytest.raises(RecordError, match="a file is where the folder should be"):
        Journal.create(tmp_path / "results", RUN, make_plan())


def test_ids_of_runs_sort_by_time():
    assert new_run_id(AT).startswith("20261120T093000Z-")
    assert new_run_id(AT) != new_run_id(AT)
    assert sorted([new_run_id(AT + timedelta(seconds=1)), new_run_id(AT)])[0].startswith("20261120T093000Z")


def test_units_are_joined_into_a_record(tmp_path):
    whole = make_record()
    with begin(tmp_path) as journal:
        for number, right in ((1, 5), (0, 3)):
            journal.append(MODEL, f"task/gsm8k/{number}", group(number, right), wall_s=2.0, engine_s=1.5)
        journal.append(MODEL, "speed/pp512", SpeedUnit(point=whole.speed[0]))
        journal.append(MODEL, "latency/gsm8k", LatencyUnit(latency=make_latency("gsm8k")))
        journal.append(MODEL, "idle", IdleUnit(energy=()))
        journal.append(MODEL, "memory", MemoryUnit(memory=whole.memory))
        record = assemble(
            journal.header,
            MODEL,
            journal.lines(MODEL),
            is_complete=True,
            wall_s=12.0,
        )
    assert record.model.n_params == 134_515_008  # as the engine knows it
    assert record.engine == make_engine()
    assert [item.item_id.split(".")[0] for item in record.tasks[0].items] == ["0"] * 4 + ["1"] * 6
    assert (record.breakdown.wall_s, record.breakdown.engine_s) == (12.0, 3.3)
    assert record.breakdown.by_unit_s["task/gsm8k/1"] == 2.0
    assert record.memory == whole.memory
    assert record.latency[0].task == "gsm8k"
    assert record.is_complete
    assert without_hash(read_record(write_record(record, tmp_path))) == record


def test_a_record_without_room_for_all_that_was_answered_is_written_without_and_says_so(
    tmp_path, monkeypatch
):
    monkeypatch.setattr(outputs, "_MOST_BYTES", 4_000)

    def unit(task, length):
        said = {"output": "x" * length, "answer": "42"}
        items = [item.model_copy(update=said) for item in make_items(task, 1, 1)]
        return TaskUnit(group=0, part=make_task(task, items))

    with begin(tmp_path) as journal:
        for task, length in (("long", 9_000), ("longest", 99_000), ("short", 100)):
            journal.append(MODEL, f"task/{task}/0", unit(task, length))
        record = assemble(journal.header, MODEL, journal.lines(MODEL), is_complete=True)
        concluded = conclude(journal, MODEL, is_interrupted=False, wall_s=None)
    kept = {task.task: {item.output for item in task.items} for task in record.tasks}
    assert kept == {"long": {None}, "longest": {None}, "short": {"x" * 100}}
    assert {item.answer for task in record.tasks for item in task.items} == {"42"}
    assert {item.outcome for task in record.tasks for item in task.items} == {"right", "wrong"}
    (warned,) = record.warnings
    assert warned.what.endswith("it is without the outputs of longest, long")
    assert concluded is not None
    assert warned in concluded.warnings
    bare = len(to_json(record.tasks[0].items)) / len(record.tasks[0].items)
    assert bare * outputs.MOST_ATTEMPTS < side_files.LARGEST_SERIES_BYTES
    assert read_record(write_record(record, tmp_path)).warnings == (warned,)


def test_joules_are_joined_to_the_point_or_the_requests_that_they_name(tmp_path):
    prefill, decode = make_energy("prefill", 4.0, 512), make_energy("decode", 9.0, 128)
    served = make_latency("gsm8k").model_copy(update={"energy": ()})
    ordinary = make_speed("tg128", 60.0)
    with begin(tmp_path) as journal:
        journal.append(MODEL, "energy/gsm8k", EnergyUnit(of="gsm8k", energy=(prefill, decode)))
        journal.append(MODEL, "energy/pp512", failed("energy/pp512"))
        journal.append(MODEL, "energy/tg128", EnergyUnit(of="tg128", energy=(decode,)))
        journal.append(MODEL, "speed/pp512", SpeedUnit(point=make_speed("pp512", 400.0)))
        journal.append(MODEL, "speed/tg128", SpeedUnit(point=ordinary))
        went_on = ordinary.model_copy(update={"duration_s": 60.0})
        journal.append(MODEL, "sustained/tg128", SpeedUnit(point=went_on))
        journal.append(MODEL, "latency/gsm8k", LatencyUnit(latency=served))
        record = assemble(journal.header, MODEL, journal.lines(MODEL), is_complete=True)
    assert record.latency[0].energy == (prefill, decode)
    assert [point.energy for point in record.speed] == [(), (decode,), ()]
    assert [failure.unit for failure in record.failures] == ["energy/pp512"]
    assert without_hash(read_record(write_record(record, tmp_path))) == record


def test_a_later_try_replaces_a_failure(tmp_path):
    with begin(tmp_path) as journal:
        journal.append(MODEL, "speed/pp512", failed("speed/pp512"))
        journal.append(MODEL, "speed/tg128", failed("speed/tg128"))
        journal.append(MODEL, "speed/pp512", SpeedUnit(point=make_speed("pp512", 400.0)))
        record = assemble(journal.header, MODEL, journal.lines(MODEL), is_complete=True)
    assert [failure.unit for failure in record.failures] == ["speed/tg128"]
    assert [point.test for point in record.speed] == ["pp512"]


def test_groups_of_different_conditions_are_not_joined(tmp_path):
    with begin(tmp_path) as journal:
        journal.append(MODEL, "task/gsm8k/0", group(0, 1))
        other = group(1, 1)
        journal.append(
            MODEL,
            "task/gsm8k/1",
            other.model_copy(update={"part": other.part.model_copy(update={"seed": 9})}),
        )
        with pytest.raises(RecordError, match="group 1 of the task gsm8k"):
            assemble(journal.header, MODEL, journal.lines(MODEL), is_complete=True)


def test_a_model_that_never_loaded_has_a_record_too(tmp_path):
    with Journal.create(tmp_path, RUN, make_plan()) as journal:
        journal.append(MODEL, "model", chosen())
        journal.append(MODEL, "load", failed("load"))
        record = assemble(journal.header, MODEL, journal.lines(MODEL), is_complete=True)
        with pytest.raises(RecordError, match="nothing was finished"):
            assemble(journal.header, "another", journal.lines("another"), is_complete=True)
    assert record.engine is None
    assert record.failures[0].what == "the worker died"


def test_an_orphan_becomes_a_record_that_says_it_is_not_complete(tmp_path):
    with begin(tmp_path) as journal:
        journal.append(MODEL, "task/gsm8k/0", group(0, 3))
    recovered = recover_orphans(tmp_path)
    assert recovered.broken == ()
    [path] = recovered.written  # the model that was not begun has none
    record = read_record(path)
    assert not record.is_complete
    assert record.failures[-1].kind == "interrupted"
    assert len(record.tasks[0].items) == 4
    assert orphans(tmp_path) == []
    assert recover_orphans(tmp_path).written == ()


def test_a_run_of_several_models_goes_on_after_the_first_is_recorded(tmp_path):
    with begin(tmp_path) as journal:
        finished = assemble(journal.header, MODEL, journal.lines(MODEL), is_complete=True)
        first = write_record(finished, tmp_path)
        journal.append("another", "model", chosen_as("another"))
    before = first.read_bytes()
    with Journal.resume(tmp_path, make_plan()) as journal:  # which assembles the first model once more
        again = assemble(journal.header, MODEL, journal.lines(MODEL), is_complete=True, wall_s=99.0)
        assert write_record(again, tmp_path) == first
        lines = journal.lines("another")
        write_record(assemble(journal.header, "another", lines, is_complete=False), tmp_path)
    recovered = recover_orphans(tmp_path)
    assert recovered.broken == ()
    assert [read_record(path).model.name for path in recovered.written] == [MODEL, "another"]
    assert [read_record(path).is_complete for path in recovered.written] == [True, False]
    assert first.read_bytes() == before
    assert orphans(tmp_path) == []


def test_recovery_keeps_what_was_concluded_before(tmp_path):
    with begin(tmp_path) as journal:
        interrupted = assemble(journal.header, MODEL, journal.lines(MODEL), is_complete=False)
        concluded = interrupted.model_copy(update={"assessment": make_assessment()})
        path = write_record(concluded, tmp_path)
        kept = journal.path.read_bytes()
    before = path.read_bytes()
    assert recover_orphans(tmp_path).written == (path,)
    assert path.read_bytes() == before  # it already held every unit
    (tmp_path / ".running" / f"{RUN}.jsonl").write_bytes(kept)
    with Journal.resume(tmp_path, make_plan()) as journal:
        journal.append(MODEL, "task/gsm8k/0", group(0, 3))
    assert recover_orphans(tmp_path).written == (path,)
    record = read_record(path)
    assert len(record.tasks[0].items) == 4
    assert record.assessment == make_assessment()


def test_a_recovery_that_died_half_way_is_repeated(tmp_path):
    begin(tmp_path).close()
    kept = orphans(tmp_path)[0].read_bytes()
    [path] = recover_orphans(tmp_path).written
    (tmp_path / ".running" / f"{RUN}.jsonl").write_bytes(kept)
    assert recover_orphans(tmp_path).written == (path,)


def test_a_journal_without_its_header_holds_nothing_and_is_left_alone(tmp_path):
    begin(tmp_path).remove()
    path = tmp_path / ".running" / f"{RUN}.jsonl"
    path.write_bytes(b'{"schema_version":2,"run')
    assert orphans(tmp_path) == []
    with pytest.raises(RecordError, match="holds nothing"):
        Journal.open(path)


@pytest.mark.skipif(sys.platform == "win32", reason="has no SIGKILL")
def test_a_run_killed_in_mid_write_keeps_every_finished_unit(tmp_path):
    script = f"""
import sys
sys.path[:0] = [{str(Path(__file__).parent)!r}, {str(Path(__file__).parent.parent)!r}]
from pathlib import Path
from test_records_journal import *
journal = begin(Path({str(tmp_path)!r}))
journal.append(MODEL, "task/gsm8k/0", group(0, 3))
os.write(journal._descriptor, b'{{"model":"torn')
print("written", flush=True)
sys.stdin.read()
"""
    with subprocess.Popen(
        [sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as run:
        assert run.stdout is not None
        assert run.stdout.readline() == "written\n"
        assert orphans(tmp_path) == []
        run.kill()
        run.wait()
    assert len(orphans(tmp_path)) == 1
    with Journal.resume(tmp_path, make_plan()) as journal:
        assert list(journal.finished(MODEL)) == ["model", "load", "task/gsm8k/0"]
