"""`breakeven speed` on the scripted engine: grids, their records, failures, interruptions and bad words."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from bench.commands.options import SpeedOptions
from bench.commands.reporter import Silent
from bench.commands.speed import speed
from bench.records.types import Record
from tests.gguf_files import SMALL
from tests.program import in_process, write_script, write_sums


def measured(
    folder: Path, *, resume: bool = False, script: dict[str, object] | None = None, **asked: object
) -> tuple[Record, ...]:
    model = write_script(folder, **(script or {}))
    chosen = {"n_prompt": (64,), "n_gen": (8,), "repetitions": 2} | asked
    options = SpeedOptions(models=(str(model),), results=folder / "out", resume=resume, **chosen)  # type: ignore[arg-type]
    return speed(options, Silent()).records


def names(record: Record) -> list[str]:
    return [point.test for point in record.speed]


def test_a_grid_has_llama_benchs_points_in_llama_benchs_order(tmp_path: Path) -> None:
    (record,) = measured(tmp_path, n_depth=(0, 128), n_pg=((32, 4),), has_warm_prefix=True)
    assert names(record) == [
        "pp64", "tg8", "pp32+tg4", "wp64", "pp64 @ d128", "tg8 @ d128", "pp32+tg4 @ d128",
    ]  # fmt: skip
    assert record.is_complete
    assert not record.failures
    by_name = {point.test: point for point in record.speed}
    assert by_name["wp64"].n_cached == 63
    assert {sample.n_tokens for sample in by_name["wp64"].samples} == {1}
    assert all(sample.n_tokens == 36 for sample in by_name["pp32+tg4"].samples)
    assert all(sample.at_s is not None for point in record.speed for sample in point.samples)


def test_the_fake_clock_gives_the_rates_that_the_script_says(tmp_path: Path) -> None:
    script = {"prefill_ns_per_token": 1_000_000, "decode_ns_per_token": 5_000_000, "depth_cost_ns": 10_000}
    (record,) = measured(tmp_path, script=script, n_depth=(0, 100))
    rates = {point.test: point.samples[-1].n_tokens / point.samples[-1].calls_s for point in record.speed}
    assert rates["pp64"] > rates["pp64 @ d100"] > 0
    assert 200 >= rates["tg8"] > rates["tg8 @ d100"] > 0


def test_each_way_of_holding_the_model_has_a_record_and_one_load_serves_all(tmp_path: Path) -> None:
    records = measured(tmp_path, axes={"n_batch": (64, 128), "n_ubatch": (32, 64)})
    held = [(record.settings.n_batch, record.settings.n_ubatch) for record in records]
    assert held == [(64, 32), (64, 64), (128, 32), (128, 64)]
    assert [record.load is not None for record in records] == [True, False, False, False]
    assert len({record.id for record in records}) == 4
    assert len(list((tmp_path / "out").glob("*.json"))) == 4
    assert {record.model.name for record in records} == {"toy"}


def test_sequences_at_once_run_in_a_context_of_their_own(tmp_path: Path) -> None:
    (record,) = measured(tmp_path, n_parallel=(1, 4), n_depth=(0, 300))
    assert names(record)[-4:] == ["pp64 x1 @ d300", "tg8 x1 @ d300", "pp64 x4 @ d300", "tg8 x4 @ d300"]
    held = record.parallel_settings
    assert held is not None
    assert (held.n_seq_max, held.kv_unified, held.n_ctx) == (4, False, 4 * 512)
    assert record.settings.n_seq_max == 1
    four = next(point for point in record.speed if point.test == "tg8 x4")
    assert four.n_parallel == 4
    assert {sample.n_tokens for sample in four.samples if not sample.is_warm_up} == {32}


def test_loads_requests_and_a_sustained_point_are_parts_of_the_record(tmp_path: Path) -> None:
    task = write_sums(tmp_path)
    (record,) = measured(tmp_path, n_loads=1, requests=(f"{task}=3",), sustained_s=0.2)
    assert len(record.loads) == 2
    assert all(load.first_token_s is not None for load in record.loads)
    (latency,) = record.latency
    assert len([request for request in latency.requests if not request.is_warm_up]) >= 3
    (sustained,) = [point for point in record.speed if point.duration_s is not None]
    assert (sustained.test, sustained.stopped_because) == ("tg8", "duration")


def test_a_point_that_fails_is_recorded_and_the_grid_goes_on(tmp_path: Path) -> None:
    failure = {"at": "decode", "how": "raise", "beyond_tokens": 400}
    (record,) = measured(tmp_path, script={"failures": [failure]}, n_depth=(0, 512, 128))
    assert names(record) == ["pp64", "tg8", "pp64 @ d128", "tg8 @ d128"]
    assert [(failure.unit, failure.kind) for failure in record.failures] == [
        ("speed/pp64 @ d512", "engine_error"),
        ("speed/tg8 @ d512", "engine_error"),
    ]


def test_a_worker_that_dies_at_one_depth_is_replaced(tmp_path: Path) -> None:
    failure = {"at": "decode", "how": "abort", "beyond_tokens": 400}
    (record,) = measured(tmp_path, script={"failures": [failure]}, n_gen=(0,), n_depth=(512, 0))
    assert names(record) == ["pp64"]
    assert [failure.kind for failure in record.failures] == ["crash"]


class StopsAt(Silent):
    def __init__(self, stage: str) -> None:
        self.said: list[str] = []
        self._stage = stage

    def stage(self, text: str) -> None:
        self.said.append(text)
        if text == self._stage:
            raise KeyboardInterrupt


def test_an_interrupted_grid_resumes_where_it_stopped(tmp_path: Path) -> None:
    model = write_script(tmp_path)
    options = SpeedOptions(
        models=(str(model),), n_prompt=(64,), n_gen=(8,), repetitions=2, results=tmp_path / "out",
        axes={"n_ubatch": (32, 64)},
    )  # fmt: skip
    with pytest.raises(KeyboardInterrupt):
        speed(options, StopsAt("toy ub=64: tg8"))
    before = {path.name: path.read_text() for path in (tmp_path / "out").glob("*.json")}
    assert len(before) == 2

    reporter = StopsAt("never")
    records = speed(replace(options, resume=True), reporter).records
    assert [names(record) for record in records] == [["pp64", "tg8"]] * 2
    assert all(record.is_complete for record in records)
    assert len(list((tmp_path / "out").glob("*.json"))) == 2


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["-p", "0", "-n", "0"], "nothing to measure"),
        (["-p", "12x"], "-p"),
        (["-p", "-5"], "-p"),
        (["-d", "0-100+0"], "-d"),
        (["-pg", "512"], "-pg"),
        (["-b", "0"], "-b"),
        (["-ub", "512", "-b", "64"], "n_ubatch 512"),
        (["-t", "0"], "-t"),
        (["-t", "4096"], "n_threads is 4096"),
        (["-ctk", "q9_0"], "f16"),
        (["-ctv", "q8_0", "-fa", "off"], "flash attention"),
        (["-fa", "maybe"], "auto"),
        (["-ngl", "-2"], "-ngl"),
        (["-r", "0"], "-r"),
        (["-r", "often"], "-r"),
        (["-r", "²"], "-r"),
        (["--parallel", "0"], "--parallel"),
        (["--parallel", "999"], "--parallel: 999 sequences"),
        (["--budget", "-1"], "--budget"),
        (["--ctx", "100", "-p", "101"], "--ctx"),
        (["--ctx", "9999"], "trained for"),
        (["-d", "9000"], "trained for"),
        (["--requests", "hellaswag=2"], "generates no text"),
        (["--requests", "gsm8k=x"], "no number of requests"),
        (["--requests", "gsm8k=²"], "no number of requests"),
        (["-o", "yaml"], "'yaml'"),
    ],
)
def test_impossible_grids_are_refused_before_anything_runs(
    tmp_path: Path, arguments: list[str], told: str
) -> None:
    model = tmp_path / "tiny.gguf"
    model.write_bytes(SMALL)
    ended = in_process("speed", model, "--results", tmp_path / "out", *arguments)
    assert ended.code == 2, ended.err
    assert told in ended.err
    assert "Traceback" not in ended.err
    assert not list((tmp_path / "out").glob("*.json"))


def test_json_is_llama_benchs_and_nothing_else_on_stdout(tmp_path: Path) -> None:
    model = write_script(tmp_path)
    ended = in_process(
        "speed", model, "-p", "32", "-n", "4", "-r", "2", "-o", "json", "--results", tmp_path / "out"
    )
    assert ended.code == 0, ended.err
    prefill, decode = json.loads(ended.out)
    assert (prefill["n_prompt"], prefill["n_gen"]) == (32, 0)
    assert len(decode["samples_ns"]) >= 2
    assert decode["avg_ts"] == pytest.approx(200, rel=0.01)
