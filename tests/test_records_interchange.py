"""llama-bench's files as records: what they tell, what stays unknown, and what is refused."""

import json
from datetime import UTC, datetime

import pytest
from factories import make_settings
from test_reports_llama_bench import LLAMA_BENCH_ROW, grid_record

from bench.errors import RecordError
from bench.records.interchange import read_llama_bench
from bench.records.types import Record
from bench.reports import csv, llama_bench, markdown, terminal


def row(**changes):
    return {**LLAMA_BENCH_ROW, **changes}


def write(folder, rows, name="bench.json"):
    file = folder / name
    text = json.dumps(rows) if name.endswith("json") else "".join(json.dumps(one) + "\n" for one in rows)
    file.write_text(text, "utf-8")
    return file


def read(folder, *rows, **kwargs):
    return read_llama_bench(write(folder, list(rows), **kwargs))


@pytest.mark.parametrize("name", ["bench.json", "bench.jsonl"])
def test_rows_of_one_model_and_settings_are_one_record(tmp_path, name):
    first = row(n_prompt=64, n_gen=0, n_depth=0, test_time="2026-11-21T21:15:07Z")
    (record,) = read(tmp_path, first, row(), name=name)
    assert [point.test for point in record.speed] == ["pp64", "tg8 @ d64"]
    assert [sample.loop_s for sample in record.speed[1].samples] == [0.277799476, 0.286811165]
    assert {sample.n_tokens for sample in record.speed[1].samples} == {8}
    assert record.speed[1].samples[0].contention.others_cpu_s is None
    assert record.created_utc == datetime(2026, 11, 21, 21, 15, 7, tzinfo=UTC)
    assert record.settings.n_ctx == 72
    assert record.imported is not None
    assert record.imported.tool == record.tool.version == "llama-bench 0c1e570 (1)"
    assert (record.imported.settings["poll"], record.imported.settings["load_mode"]) == (50, "auto")


def test_what_llama_bench_does_not_tell_is_unknown_and_never_zero(tmp_path):
    (record,) = read(tmp_path, row())
    machine, model = record.machine, record.model
    assert (machine.memory_bytes, machine.usable_cpus, model.size_bytes) == (None, None, None)
    assert (machine.system, model.sha256, machine.cpu_model) == ("unknown", "unknown", "AMD EPYC")
    assert (model.tensor_bytes, model.type_name) == (96576768, "llama 256M Q4_1")
    assert (record.load, record.memory, record.assessment) == (None, None, None)


def test_other_settings_and_repeated_tests_are_other_records(tmp_path):
    records = read(tmp_path, row(), row(n_threads=1), row(poll=0), row(test_time="2026-11-22T00:00:00Z"))
    assert len(records) == 4
    assert len({record.id for record in records}) == 4


@pytest.mark.parametrize("other", [{"n_threads": 1}, {"poll": 0}, {"cpu_info": "B"}, {"build_commit": "b"}])
def test_no_record_holds_tests_of_two_settings_builds_or_machines(tmp_path, other):
    records = read(tmp_path, row(), row(n_gen=16, **other), row(n_gen=32))
    assert [[point.test for point in record.speed] for record in records] == [
        ["tg8 @ d64", "tg32 @ d64"],
        ["tg16 @ d64"],
    ]


def test_the_folder_of_the_model_is_not_kept(tmp_path):
    for folder in ("/home/somebody/models/", "C:\\Users\\somebody\\"):
        (record,) = read(tmp_path, row(model_filename=folder + "smol.gguf"))
        assert (record.model.name, record.model.file_name) == ("smol", "smol.gguf")
        assert "somebody" not in record.model_dump_json()


def test_the_same_file_gives_the_same_record(tmp_path):
    assert read(tmp_path, row()) == read(tmp_path, row(), name="again.jsonl")
    assert read(tmp_path, row())[0].id != read(tmp_path, row(samples_ns=[277799476]))[0].id


@pytest.mark.parametrize(
    ("told", "held"),
    [
        ({"flash_attn": 1, "load_mode": "none"}, {"flash_attn": "on", "use_mmap": False}),
        ({"flash_attn": False, "load_mode": "mmap+mlock"}, {"flash_attn": "off", "use_mlock": True}),
        ({"flash_attn": True, "load_mode": None, "use_mmap": False}, {"flash_attn": "on", "use_mmap": False}),
        ({"n_gpu_layers": 99, "n_batch": 64}, {"n_gpu_layers": 99, "n_batch": 64}),
    ],
)
def test_settings_are_read_also_from_older_versions(tmp_path, told, held):
    (record,) = read(tmp_path, row(**told))
    assert {name: getattr(record.settings, name) for name in held} == held


def test_gpus_and_backends_are_kept(tmp_path):
    (record,) = read(tmp_path, row(gpu_info="Example A, Example B", backends="CUDA", n_gpu_layers=99))
    assert record.machine.gpus == ("Example A", "Example B")
    (back,) = json.loads(llama_bench.render([record], "json").text)
    assert (back["gpu_info"], back["backends"]) == ("Example A, Example B", "CUDA")


def test_llama_bench_s_own_rows_come_back_as_they_were(tmp_path):
    (record,) = read(tmp_path, row(cpu_mask="0x3", split_mode="row", poll=0))
    (back,) = json.loads(llama_bench.render([record], "json").text)
    expected = row(cpu_mask="0x3", split_mode="row", poll=0)
    assert {key: back[key] for key in expected} == {**expected, "stddev_ns": back["stddev_ns"]}


@pytest.mark.parametrize("fmt", ["json", "jsonl"])
def test_our_own_export_comes_back_with_the_same_points_and_rates(tmp_path, fmt):
    file = tmp_path / f"ours.{fmt}"
    ours = grid_record(settings=make_settings(n_ctx=4096))
    file.write_text(llama_bench.render([ours], fmt).text, "utf-8")
    (record,) = read_llama_bench(file)
    points = {point.test: point for point in ours.speed if point.duration_s is None}
    assert [point.test for point in record.speed] == [test for test in points if test != "tg64"]
    for back in record.speed:
        point = points[back.test]
        for name in ("n_prompt", "n_gen", "n_depth", "n_parallel", "n_cached"):
            assert getattr(back, name) == getattr(point, name), (back.test, name)
        counted = [s for s in point.samples if not s.is_warm_up and not s.contention.is_disturbed]
        assert [s.n_tokens / s.loop_s for s in back.samples] == pytest.approx(
            [s.n_tokens / s.loop_s for s in counted], rel=1e-6
        )
    assert record.settings.n_ctx == 4096
    assert record.parallel_settings is not None
    assert record.tool.version.startswith("breakeven")


def test_the_table_of_llama_bench_s_defaults_has_its_columns(tmp_path):
    head = llama_bench.render(read(tmp_path, row()), "md").text.splitlines()[0]
    names = [cell.strip() for cell in head.strip("|").split("|")]
    assert names == ["model", "size", "params", "backend", "threads", "test", "t/s", "95 %"]


def test_every_report_shows_an_imported_record(tmp_path):
    (record,) = read(tmp_path, row())
    assert Record.model_validate_json(record.model_dump_json(), strict=True) == record
    assert "tg8 @ d64" in terminal.render([record], width=100, color=False)
    assert "tg8 @ d64" in markdown.render([record])
    assert "tg8 @ d64" in csv.render([record])
    assert "imported from llama-bench 0c1e570 (1)" in markdown.render([record])
    assert "None" not in terminal.render([record], width=160, color=False) + markdown.render([record])


BROKEN = {
    "empty": "",
    "empty array": "[]",
    "no JSON": "build_commit,build_number",
    "object of something else": '{"results": []}',
    "array of numbers": "[1, 2]",
    "array of arrays": "[[]]",
    "cut": "[" + json.dumps(LLAMA_BENCH_ROW) + ",",
    "NaN": "[" + json.dumps(LLAMA_BENCH_ROW).replace("28.345334", "NaN") + "]",
    "infinite sample": "[" + json.dumps(LLAMA_BENCH_ROW).replace("277799476", "1e999") + "]",
    "deep": "[" * 100_000,
    "deep in a key": "[" + json.dumps(LLAMA_BENCH_ROW)[:-1] + ', "a": ' + "[" * 5000 + "]" * 5000 + "}]",
    "repeated key": '[{"n_gen": 1, "n_gen": 2}]',
    "long number": '[{"n_gen": ' + "9" * 5000 + "}]",
    "one bad line": json.dumps(LLAMA_BENCH_ROW) + "\n{",
    "no UTF-8": b"\xff\xfe[",
}


@pytest.mark.parametrize("text", BROKEN.values(), ids=BROKEN.keys())
def test_a_file_that_is_not_llama_bench_s_is_refused(tmp_path, text):
    file = tmp_path / "bench.json"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(RecordError) as caught:
        read_llama_bench(file)
    assert str(file) in str(caught.value.where)
    assert "llama-bench" in str(caught.value.remedy)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        *(("samples_ns", value) for value in ([], [-1], [0], ["1"], [1.5], None, 1, [True], [2**70])),
        *(("n_prompt", value) for value in (-1, "512", None, 1.0, True, 2**40)),
        *(("n_threads", 0), ("n_gen", 0), ("flash_attn", 2), ("build_commit", 1), ("model_filename", None)),
        *(("test_time", value) for value in ("yesterday", "", 0, "0001-01-01T00:00:00+12:00")),
        *(("cpu_info", "\ud800"), ("poll", "\ud800"), ("poll", "9" * 9999), ("model_type", "x" * 9999)),
        *(("n_parallel", 3), ("n_cached", 99), ("poll", 2**63), ("Not a key", 1), ("\ud800", 1)),
    ],
)
def test_a_value_that_llama_bench_never_writes_is_refused_by_its_place(tmp_path, key, value):
    with pytest.raises(RecordError) as caught:
        read(tmp_path, row(), row(**{key: value}))
    assert str(caught.value.where).endswith("test 2")
    assert len(str(caught.value)) < 2000


def test_keys_that_are_no_settings_are_not_kept(tmp_path):
    deep = json.loads("[" * 400 + "]" * 400)
    assert read(tmp_path, row(notes=deep, ratio=0.5, nothing=None)) == read(tmp_path, row())


@pytest.mark.parametrize("key", ["samples_ns", "model_filename", "n_depth", "build_commit", "test_time"])
def test_a_missing_key_is_named(tmp_path, key):
    broken = row()
    del broken[key]
    with pytest.raises(RecordError, match=key):
        read(tmp_path, broken)


def test_a_file_that_is_not_there_is_an_error(tmp_path):
    with pytest.raises(RecordError, match="no such file"):
        read_llama_bench(tmp_path / "none.json")
