"""llama-bench's formats: its keys, its arithmetic, and what it has no word for."""

import csv
import io
import json
import sqlite3
from statistics import fmean, stdev

import pytest
from factories import (
    DISTURBED,
    QUIET,
    make_engine,
    make_machine,
    make_model,
    make_record,
    make_settings,
    make_speed,
    make_sustained,
)
from golden_files import check_golden

from bench.records.types import Gpu, RateSample, SpeedPoint, Warned
from bench.reports.llama_bench import FORMATS, render
from bench.reports.rows.llama_bench import FIELDS

# What llama-bench of 0c1e570 printed with -o json for -p 64 -n 8 -r 2, in its order.
LLAMA_BENCH_ROW = json.loads("""{
    "build_commit": "0c1e570", "build_number": 1, "cpu_info": "AMD EPYC", "gpu_info": "", "backends": "CPU",
    "model_filename": "smol.gguf", "model_type": "llama 256M Q4_1", "model_size": 96576768,
    "model_n_params": 134515008, "n_batch": 2048, "n_ubatch": 512, "n_threads": 2, "cpu_mask": "0x0",
    "cpu_strict": false, "poll": 50, "type_k": "f16", "type_v": "f16", "n_gpu_layers": -1, "n_cpu_moe": 0,
    "split_mode": "layer", "main_gpu": 0, "no_kv_offload": false, "flash_attn": -1, "devices": "auto",
    "tensor_split": "0.00", "tensor_buft_overrides": "none", "load_mode": "auto", "lazy_mode": "auto",
    "embeddings": false, "no_op_offload": 0, "no_host": false, "repack": true, "fit_target": 0,
    "fit_min_ctx": 0, "n_prompt": 0, "n_gen": 8, "n_depth": 64, "test_time": "2026-11-21T21:15:21Z",
    "avg_ns": 282305320, "stddev_ns": 6372270, "avg_ts": 28.345334, "stddev_ts": 0.639814,
    "samples_ns": [ 277799476, 286811165 ], "samples_ts": [ 28.7978, 27.8929 ]
}""")


def point(test, loops_s, *, n_prompt=0, n_gen=0, n_tokens=None, contention=QUIET, **changes):
    sequences = changes.get("n_parallel") or 1
    n_tokens = n_tokens or (n_prompt - changes.get("n_cached", 0) + n_gen) * sequences
    warm_up = RateSample(n_tokens=n_tokens, calls_s=9.0, loop_s=9.9, is_warm_up=True, contention=QUIET)
    fields = {
        "test": test,
        "n_prompt": n_prompt,
        "n_gen": n_gen,
        "n_depth": 0,
        "samples": (
            warm_up,
            *(
                RateSample(
                    n_tokens=n_tokens,
                    calls_s=0.9 * loop_s,
                    loop_s=loop_s,
                    is_warm_up=False,
                    contention=contention,
                )
                for loop_s in loops_s
            ),
        ),
        "stopped_because": "narrow",
    }
    return SpeedPoint(**{**fields, **changes})


def grid_record(**changes):
    fields = {
        "model": make_model(type_name="llama 256M Q4_1"),
        "engine": make_engine(commit="0c1e570", build_number=1, devices=("CPU CPU: Example (CPU)",)),
        "parallel_settings": make_settings(n_ctx=16384, n_seq_max=8),
        "speed": (
            make_speed("pp512", 410.0),
            make_speed("tg128", 160.0, n=8, disturbed=3),
            point("pp64+tg16 @ d1024", (0.5, 0.52, 0.51), n_prompt=64, n_gen=16, n_depth=1024),
            point("tg128 x8", (2.0, 2.1), n_gen=128, n_parallel=8),
            point("wp512", (0.01,), n_prompt=512, n_cached=511),
            point("tg64", (0.5, 0.6), n_gen=64, contention=DISTURBED),
            make_sustained(),
        ),
    }
    return make_record(**{**fields, **changes})


def documents(record, fmt="json"):
    text = render([record], fmt).text
    return json.loads(text) if fmt == "json" else [json.loads(line) for line in text.splitlines()]


def test_the_keys_their_order_and_types_are_llama_bench_s():
    for fmt in ("json", "jsonl"):
        for found in documents(grid_record(), fmt):
            keys = list(found)
            assert keys[: len(LLAMA_BENCH_ROW)] == list(LLAMA_BENCH_ROW)
            for key, value in LLAMA_BENCH_ROW.items():
                assert type(found[key]) is type(value), key
            assert all(type(ns) is int for ns in found["samples_ns"])


def test_mean_and_deviation_are_llama_bench_s_over_its_own_samples():
    samples = tuple(ns / 1e9 for ns in LLAMA_BENCH_ROW["samples_ns"])
    (found,) = documents(
        make_record(speed=(point("tg8 @ d64", samples, n_gen=8, n_depth=64, contention=QUIET),))
    )
    for key in ("avg_ns", "stddev_ns", "avg_ts", "stddev_ts", "samples_ns", "samples_ts", "n_depth", "n_gen"):
        # llama-bench's deviation of nanoseconds is taken in whole numbers, and is off by their rounding.
        tolerance = 1e-4 if key == "stddev_ns" else 1e-6
        assert found[key] == pytest.approx(LLAMA_BENCH_ROW[key], rel=tolerance), key


def test_only_repetitions_that_count_are_averaged_and_the_loop_is_the_time():
    record = grid_record()
    _, tg, *_ = documents(record)
    counted = [s for s in record.speed[1].samples if not s.is_warm_up and not s.contention.is_disturbed]
    rates = [s.n_tokens / s.loop_s for s in counted]
    assert len(tg["samples_ns"]) == len(counted) == 5
    assert tg["avg_ts"] == pytest.approx(fmean(rates), rel=1e-6)
    assert tg["stddev_ts"] == pytest.approx(stdev(rates), rel=1e-4)
    assert tg["low_ts"] <= tg["median_ts"] <= tg["high_ts"]
    assert tg["n_disturbed"] == 3


def test_tokens_over_time_is_the_speed_of_every_row():
    for found in documents(grid_record()):
        n_tokens = found["n_prompt"] + found["n_gen"]
        assert found["samples_ts"] == pytest.approx(
            [n_tokens * 1e9 / ns for ns in found["samples_ns"]], rel=1e-4
        )


def test_several_sequences_and_warm_prefixes_are_rows_of_what_was_evaluated():
    by_test = {found["test"]: found for found in documents(grid_record())}
    batched, warm = by_test["tg128 x8"], by_test["wp512"]
    assert (batched["n_gen"], batched["n_parallel"], batched["n_ctx"]) == (1024, 8, 16384)
    assert (warm["n_prompt"], warm["n_depth"], warm["n_cached"]) == (1, 511, 511)
    assert (warm["stddev_ts"], warm["low_ts"]) == (0.0, None)


@pytest.mark.parametrize("fmt", FORMATS)
def test_what_llama_bench_has_no_word_for_is_left_out_and_said(fmt):
    rendered = render([grid_record()], fmt)
    told = " / ".join(rendered.left_out)
    assert "tg128 over 600 s" in told
    assert ("tg64: no repetition had the machine to itself" in told) == (fmt != "md")
    assert ("tg128 x8" in told) == (fmt == "sql")


def test_no_row_can_be_taken_for_another_test_of_as_many_tokens():
    speed = (
        point("tg128 x1", (0.8,), n_gen=128, n_parallel=1),
        point("tg128 x4", (0.9,), n_gen=128, n_parallel=4),
        point("tg64 x8", (0.9,), n_gen=64, n_parallel=8),
        point("wp512", (0.01,), n_prompt=512, n_cached=511),
        point("pp1 @ d511", (0.01,), n_prompt=1, n_depth=511),
        point("tg128", (0.8,), n_gen=128),
    )
    record = make_record(speed=speed)
    assert [found["test"] for found in documents(record)] == ["tg128 x4", "pp1 @ d511", "tg128"]
    assert [what.split(": ")[1] for what in render([record], "json").left_out] == [
        "tg128 x1",
        "tg64 x8",
        "wp512",
    ]
    assert render([record], "md").left_out == ()


def test_a_model_of_unknown_size_is_left_out():
    record = make_record(model=make_model(n_params=None))
    rendered = render([record], "jsonl")
    assert rendered.text == ""
    assert "size is not known" in rendered.left_out[0]


def test_no_record_is_an_empty_list():
    assert json.loads(render([], "json").text) == []
    assert render([], "md").text.startswith("| model ")


def test_the_database_has_llama_bench_s_columns_and_takes_any_name():
    record = grid_record(model=make_model('it\'s "a" model; --', type_name=None))
    database = sqlite3.connect(":memory:")
    database.executescript(render([record], "sql").text + render([make_record("other")], "sql").text)
    rows = database.execute("SELECT model_filename, n_prompt, n_gen, avg_ts FROM llama_bench").fetchall()
    columns = [row[1:3] for row in database.execute("PRAGMA table_info(llama_bench)")]
    assert [name for name, _ in columns] == list(FIELDS)
    assert dict(columns)["cpu_strict"] == "INTEGER"
    assert rows[0][0] == 'it\'s "a" model; --.gguf'
    assert len(rows) == 6
    assert isinstance(rows[0][3], float)


def test_the_csv_is_llama_bench_s_with_columns_at_its_end():
    text = render([grid_record()], "csv").text
    rows = list(csv.DictReader(io.StringIO(text)))
    assert text.startswith(",".join(FIELDS) + ",test,")
    assert (rows[0]["repack"], rows[0]["n_gpu_layers"], rows[0]["test"]) == ("1", "0", "pp512")
    assert [row["n_parallel"] for row in rows if row["test"] == "tg128 x8"] == ["8"]


def test_no_name_is_run_as_a_formula():
    text = render([make_record("=HYPERLINK('x')")], "csv").text
    row = next(csv.DictReader(io.StringIO(text)))
    assert row["model_filename"].startswith("'=")
    assert float(row["flash_attn"]) == -1


def test_build_devices_and_threads_are_told_as_llama_bench_tells_them():
    gpu = Gpu(name="CUDA0", description="Example GPU", total_bytes=None, free_bytes=None)
    devices = ("CUDA CUDA0: Example GPU (GPU)", "CUDA CUDA1: Example: GPU (GPU)", "CPU CPU: Example (CPU)")
    record = make_record(
        engine=make_engine(
            build="llama.cpp 0.5.0-dev (0c1e570-dirty), ggml 1", devices=devices, gpus=(gpu, gpu)
        ),
        settings=make_settings(n_threads=2, n_threads_batch=4, n_gpu_layers=99, flash_attn="on"),
        machine=make_machine(gpus=("another name",)),
    )
    prefill, decode = documents(record)
    assert (prefill["build_commit"], prefill["build_number"]) == ("0c1e570-dirty", 0)
    assert (prefill["backends"], prefill["gpu_info"]) == ("CUDA", "Example GPU, Example GPU")
    assert (prefill["n_threads"], decode["n_threads"], decode["n_threads_batch"]) == (4, 2, 4)
    assert (prefill["flash_attn"], prefill["load_mode"]) == (1, "mmap")
    assert documents(make_record(engine=None))[0]["build_commit"] == "unknown"


def test_warnings_go_to_the_points_that_they_name():
    warnings = tuple(
        Warned(code=code, what=what, remedy="-")
        for code, what in (
            ("wide-interval", "pp512: wide"),
            ("disturbed-samples", "tg128: 3"),
            ("swap-used", "x"),
        )
    )
    prefill, decode = documents(make_record(warnings=warnings))
    assert prefill["warnings"] == ["wide-interval", "swap-used"]
    assert decode["warnings"] == ["disturbed-samples", "swap-used"]


def test_the_table_is_llama_bench_s_with_an_interval():
    check_golden("llama-bench.md", render([grid_record()], "md").text)


def test_the_json_is_as_it_was():
    check_golden("llama-bench.json", render([grid_record()], "json").text)


def test_columns_that_vary_are_shown():
    records = [
        make_record(f"m{n}", settings=make_settings(n_threads=n, n_batch=128 * n, type_k="q8_0"))
        for n in (1, 2)
    ]
    head = render(records, "md").text.splitlines()[0]
    assert [cell.strip() for cell in head.split("|")][5:9] == ["threads", "n_batch", "type_k", "test"]
