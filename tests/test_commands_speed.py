"""`breakeven speed` on the scripted engine: grids, their records, failures, interruptions and bad words."""

import json
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bench.commands.options import SpeedOptions
from bench.commands.recording import Outcome
from bench.commands.reporter import Reporter, Silent
from bench.commands.speed import speed
from bench.meters.energy.machine import MachineMeters
from bench.meters.protocol import Domain, Unavailable
from bench.records.types import Record
from tests.gguf_files import SMALL
from tests.measuring import AlwaysQuiet, SteadyCounter
from tests.program import StopsAt, in_process, write_script, write_sums

pytestmark = pytest.mark.usefixtures("checkout_at_rest")


def measured(
    folder: Path,
    *,
    script: Mapping[str, Any] | None = None,
    reporter: Reporter | None = None,
    **asked: object,
) -> tuple[Record, ...]:
    model = write_script(folder, **(script or {}))
    chosen = {"n_prompt": (64,), "n_gen": (8,), "repetitions": 2, "energy_budget_s": 0.02} | asked
    options = SpeedOptions(models=(str(model),), results=folder / "out", **chosen)  # type: ignore[arg-type]
    return speed(options, reporter or Silent()).records


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


def metered(
    monkeypatch: pytest.MonkeyPatch, *, covers: str = "package", refused: tuple[Unavailable, ...] = ()
) -> None:
    """A machine with a counter of 10 W, or only with meters that were refused."""
    domains = (Domain("part", covers),)  # type: ignore[arg-type]
    counter = SteadyCounter(10.0, time.perf_counter_ns, name="counter", domains=domains)
    machine = MachineMeters(() if refused else (counter,), refused=refused)
    monkeypatch.setattr("bench.commands.speed.open_machine", lambda *_: machine)
    monkeypatch.setattr("bench.measure.idle.PAUSE_S", 0.02)
    monkeypatch.setattr("bench.commands.stand.ContentionMeter", AlwaysQuiet)


def test_each_point_has_joules_of_its_own_after_all_that_is_timed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    metered(monkeypatch)
    reporter = StopsAt()
    (record,) = measured(
        tmp_path,
        reporter=reporter,
        n_depth=(0, 128),
        n_gen=(8,),
        n_prompt=(),
        n_parallel=(4,),
        n_pg=((32, 4),),
        sustained_s=0.1,
        energy_budget_s=0.05,
    )
    assert not record.failures
    for point in record.speed:
        if point.duration_s is not None:
            assert point.energy == ()
            continue
        (reading,) = point.energy
        assert reading.test == point.test
        assert reading.meter == "counter"
        assert reading.n_parallel == (point.n_parallel or 1)
        assert reading.phase == ("prefill+decode" if "pp" in point.test and "tg" in point.test else "decode")
        assert reading.gross_j is not None, reading.absent_because
        assert reading.gross_j[0] == pytest.approx(10.0 * reading.window_s, rel=0.1)
        n_each = point.samples[-1].n_tokens
        assert reading.n_tokens is not None
        assert reading.n_tokens % n_each == 0
    assert [reading.phase for reading in record.idle_energy] == ["idle", "idle"]
    is_energy = ["energy of" in stage for stage in reporter.said]
    assert is_energy == sorted(is_energy)
    assert any(is_energy)


@pytest.mark.parametrize(
    ("covers", "has_energy", "meters"),
    [
        ("package", None, ["counter"]),
        ("package", False, []),
        ("rail", None, []),  # what sees no chip at work is no reason to take time for joules
        ("rail", True, ["none"]),
    ],
)
def test_points_have_joules_where_they_are_asked_for_or_a_meter_sees_the_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, covers: str, has_energy: bool | None, meters: list[str]
) -> None:
    metered(monkeypatch, covers=covers)
    (record,) = measured(tmp_path, n_prompt=(), has_energy=has_energy)
    assert [reading.meter for reading in record.speed[0].energy] == meters
    assert [reading.meter for reading in record.idle_energy] == [
        name for name in meters if name != "none"
    ] * 2


def test_a_meter_that_was_asked_for_and_does_not_work_is_told_at_each_point(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    metered(monkeypatch, refused=(Unavailable("plug", "nobody answers", "plug it in"),))
    (record,) = measured(tmp_path)
    assert record.load is not None
    for energy in (record.load.energy, *(point.energy for point in record.speed), record.idle_energy[:1]):
        (reading,) = energy
        assert (reading.meter, reading.provenance, reading.gross_j) == ("plug", "absent", None)
        assert reading.absent_because == "nobody answers"


def test_a_point_that_fails_is_no_failure_of_its_joules(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    metered(monkeypatch)
    failure = {"at": "decode", "how": "raise", "beyond_tokens": 400}
    (record,) = measured(tmp_path, script={"failures": [failure]}, n_prompt=(), n_depth=(512, 0))
    assert [failure.unit for failure in record.failures] == ["speed/tg8 @ d512"]
    assert len(record.speed[0].energy) == 1


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

    records = speed(replace(options, resume=True), Silent()).records
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
        (["-r", "12501"], "25,002 repetitions of all points"),
        (["--parallel", "0"], "--parallel"),
        (["--parallel", "999"], "--parallel: 999 sequences"),
        (["--budget", "-1"], "--budget"),
        (["--ctx", "100", "-p", "101"], "--ctx"),
        (["--ctx", "9999"], "trained for"),
        (["-d", "9000"], "trained for"),
        (["--energy-budget", "0"], "--energy-budget"),
        (["--watts-per-core", "many"], "--watts-per-core"),
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


def test_json_is_llama_benchs_and_nothing_else_on_stdout(tmp_path: Path, quiet: None) -> None:  # noqa: ARG001
    model = write_script(tmp_path)
    ended = in_process(
        "speed", model, "-p", "32", "-n", "4", "-r", "2", "-o", "json", "--results", tmp_path / "out"
    )
    assert ended.code == 0, ended.err
    prefill, decode = json.loads(ended.out)
    assert (prefill["n_prompt"], prefill["n_gen"]) == (32, 0)
    assert len(decode["samples_ns"]) >= 2
    assert decode["avg_ts"] == pytest.approx(200, rel=0.01)


@pytest.mark.parametrize(("flag", "has_energy"), [("--energy", True), ("--no-energy", False), (None, None)])
def test_joules_of_points_are_asked_for_by_flags(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, flag: str | None, has_energy: bool | None
) -> None:
    seen: list[SpeedOptions] = []

    def noted(options: SpeedOptions, _: Reporter) -> Outcome:
        seen.append(options)
        return Outcome((), ())

    monkeypatch.setattr("bench.commands.speed.speed", noted)
    words = [
        "--energy-budget",
        "0.5",
        "--meter",
        "rapl",
        "--meter",
        "csv:joules.csv",
        *([flag] if flag else []),
    ]
    ended = in_process("speed", *words, "--results", tmp_path, "-o", "json")
    assert ended.code == 0, ended.err
    (options,) = seen
    assert options.has_energy is has_energy
    assert options.meters == ("rapl", "csv:joules.csv")
    assert options.energy_rule.budget_s == 0.5
