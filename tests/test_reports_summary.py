import pytest
from factories import (
    make_engine,
    make_items,
    make_latency,
    make_model,
    make_record,
    make_settings,
    make_speed,
    make_task,
)

from bench.records.types import LoadSample, Sampling
from bench.reports.dataset.rows import dataset_rows
from bench.reports.rows import summary
from bench.reports.rows.summary import (
    backend,
    is_base_model,
    latency_rows,
    memory_row,
    quality_rows,
    speed_rows,
)
from bench.reports.tables.measurements import memory_table, speed_table


def only_speed(point):
    [row] = speed_rows(make_record(speed=(point,)))
    return row


def test_the_rate_is_tokens_over_seconds_without_warm_up():
    point = make_speed("tg128", 160.0)
    counted = [sample for sample in point.samples if not sample.is_warm_up]
    row = only_speed(point)
    assert row.rate.total_rate == pytest.approx(128 * 8 / sum(sample.calls_s for sample in counted))
    assert row.loop_rate == pytest.approx(row.rate.total_rate / 1.005)
    assert row.rate.low < row.rate.total_rate < row.rate.high
    assert (row.rate.n, row.notes) == (8, ())


def test_disturbed_repetitions_are_left_out_and_told():
    row = only_speed(make_speed("tg128", 160.0, n=8, disturbed=2))
    assert row.rate.total_rate == pytest.approx(160.0, rel=0.02)
    assert not row.is_disturbed
    assert "tg128: 2 of 8 repetitions were disturbed and left out" in row.notes


@pytest.mark.parametrize("quiet", [0, 1, 2])
def test_a_figure_with_few_quiet_repetitions_is_marked_as_no_result(quiet):
    row = only_speed(make_speed("tg128", 160.0, n=8, disturbed=8 - quiet))
    assert row.is_disturbed
    assert "no result" in row.notes[-1]


def test_one_repetition_says_that_it_has_no_interval():
    assert only_speed(make_speed("tg128", 160.0, n=3)).notes == ()
    assert only_speed(make_speed("tg128", 160.0, n=1)).notes == ("tg128: one repetition, so no interval",)


def test_a_test_without_repetitions_has_no_rate():
    point = make_speed("tg128", 160.0)
    empty = point.model_copy(update={"samples": point.samples[:1]})
    row = only_speed(empty)
    assert (row.rate, row.loop_rate, row.notes) == (None, None, ("tg128: no repetition was timed",))


@pytest.mark.parametrize("nothing", [{"calls_s": 0.0}, {"n_tokens": 0}])
def test_a_repetition_without_time_or_tokens_gives_no_rate(nothing):
    point = make_speed("tg128", 160.0)
    broken = point.samples[-1].model_copy(update=nothing)
    assert only_speed(point.model_copy(update={"samples": (*point.samples, broken)})).rate is None


def test_percentiles_need_enough_values():
    rows = {row.metric: row for row in latency_rows(make_record(latency=(make_latency("gsm8k", n=12),)))}
    assert set(rows["TTFT"].percentiles_s) == {50, 90}  # 11 requests after the warm-up
    assert set(rows["ITL"].percentiles_s) == {50, 90, 95, 99}
    assert rows["ITL"].n == sum(24 + number - 1 for number in range(1, 12))
    assert rows["TTFT"].max_s >= rows["TTFT"].percentiles_s[90] >= rows["TTFT"].percentiles_s[50]
    assert rows["TPOT"].percentiles_s[50] == pytest.approx(0.0064, rel=0.05)


def test_a_request_of_one_token_has_no_time_per_output_token():
    latency = make_latency("gsm8k")
    single = latency.requests[-1].model_copy(update={"n_output_tokens": 1, "decode_s": 0.0, "itl_s": ()})
    rows = latency_rows(make_record(latency=(latency.model_copy(update={"requests": (single,)}),)))
    assert {row.metric: row.n for row in rows} == {"TTFT": 1, "ITL": 0, "TPOT": 0}
    assert next(row for row in rows if row.metric == "TPOT").max_s is None


def test_memory_peaks_are_the_largest_seen():
    row = memory_row(make_record())
    assert row.engine == {"weights": 96_576_768, "kv": 94_371_840, "compute": 104_857_600}
    assert row.engine_total == sum(row.engine.values())
    assert (row.peak_rss, row.peak_uss) == (310 << 20, 150 << 20)


def test_memory_that_was_not_recorded_says_so():
    row = memory_row(make_record(memory=None))
    assert (row.engine_total, row.peak_rss, row.notes) == (None, None, ("memory was not recorded",))


def test_wrong_unscored_and_truncated_are_apart():
    task = make_task("gsm8k", make_items("gsm8k", 2, 48, unscored=3, truncated=4))
    [row] = quality_rows(make_record(tasks=(task,)))
    assert (row.right, row.wrong, row.unscored, row.truncated, row.left_out) == (2, 48, 3, 4, 47)
    assert row.accuracy == pytest.approx((0.04, 0.011, 0.1346), abs=1e-3)


def test_no_scored_item_is_no_accuracy_of_zero():
    task = make_task("gsm8k", make_items("gsm8k", 0, 0, unscored=3))
    [row] = quality_rows(make_record(tasks=(task,)))
    assert row.accuracy is None
    assert row.notes == ("gsm8k: no item was scored",)


def test_guessing_and_missing_items_are_told():
    task = make_task("hellaswag", make_items("hellaswag", 3, 7), chance=0.25, n_planned=20)
    [row] = quality_rows(make_record(tasks=(task,)))
    assert row.notes == (
        "hellaswag: not told from guessing (25% by chance)",
        "hellaswag: 10 of 20 planned items did not run",
    )
    assert row.not_run == 10


def test_what_computes_is_named():
    assert backend(make_record()) == "CPU"
    offloaded = make_settings(n_gpu_layers=99)
    devices = ("CPU CPU: some (CPU)", "CUDA CUDA0: some (GPU)", "CUDA CUDA1: some (GPU)", "BLAS BLAS: a (x)")
    assert backend(make_record(settings=offloaded, engine=make_engine(devices=devices))) == "CUDA,BLAS"
    assert backend(make_record(settings=offloaded, engine=None)) == "CPU"


def test_only_a_model_known_to_lack_a_template_is_a_base_model():
    assert is_base_model(make_record(model=make_model(has_chat_template=False)))
    assert not is_base_model(make_record(model=make_model(has_chat_template=None)))


@pytest.mark.parametrize(("kind", "prompting"), [("generate", "chat"), ("choice", "completion")])
def test_a_model_with_a_template_is_base_when_its_answers_were_asked_by_completion(kind, prompting):
    model = make_model(has_chat_template=True)
    ranked = make_task("a", (), kind=kind, prompting=prompting)
    completed = make_task("b", (), kind="generate", prompting="completion")
    assert not is_base_model(make_record(model=model, tasks=(ranked,)))
    assert is_base_model(make_record(model=model, tasks=(ranked, completed)))
    assert [row.is_base for row in quality_rows(make_record(model=model, tasks=(completed,)))] == [True]


@pytest.mark.parametrize("rows", [quality_rows, lambda record: dataset_rows(record, ["tasks"])["tasks"]])
def test_a_record_of_many_tasks_is_asked_once_whether_its_model_is_a_base_model(rows, monkeypatch):
    asked = []
    monkeypatch.setattr(summary, "is_base_model", lambda record: bool(asked.append(record)))
    assert len(rows(make_record(tasks=tuple(make_task(name, ()) for name in "abc")))) == 3
    assert len(asked) == 1


def test_a_rate_that_ran_out_of_time_says_so():
    point = make_speed("tg128", 160.0).model_copy(update={"stopped_because": "time-budget"})
    (note,) = [note for note in speed_table((make_record(speed=(point,)),)).notes if "budget" in note]
    assert note == "the time budget ended before the interval was narrow: tg128"


def test_further_loads_are_told_cold_and_warm_with_the_first_token():
    loads = tuple(
        LoadSample(load_s=load_s, is_warm=is_warm, energy=(), first_token_s=0.125)
        for load_s, is_warm in ((1.5, False), (0.25, True))
    )
    notes = memory_table((make_record(loads=loads),)).notes
    assert "loads, cold, + first token, in s: 1.50 + 0.125" in notes
    assert "loads, warm, + first token, in s: 0.250 + 0.125" in notes


def sampled_task(n_samples: int, *right: int, clusters: bool = False, **changes: object):
    """Of each item so many samples are right; every answer took 30 tokens, 12 of them to think."""
    template = make_items("sums", 1, 0)[0]
    items = tuple(
        template.model_copy(
            update={
                "item_id": f"item-{number}",
                "sample": sample,
                "cluster": f"text {number // 2}" if clusters else None,
                "outcome": "right" if sample < n else "wrong",
                "n_thinking_tokens": 12,
            }
        )
        for number, n in enumerate(right)
        for sample in range(n_samples)
    )
    sampling = Sampling(temperature=0.7, n_samples=n_samples)
    fields = {"sampling": sampling, "n_planned": len(right), "n_available": 40, **changes}
    return make_task("sums", items, **fields)


def test_samples_are_counted_and_their_interval_is_over_items():
    [row] = quality_rows(make_record(tasks=(sampled_task(5, 5, 5, 0, 0, n_planned=6),)))
    [once] = quality_rows(make_record(tasks=(make_task("sums", make_items("sums", 2, 2)),)))
    assert (row.right, row.wrong, row.scored, row.not_run, row.left_out) == (10, 10, 20, 10, 34)
    assert row.accuracy[0] == 0.5
    assert row.accuracy[2] - row.accuracy[1] >= once.accuracy[2] - once.accuracy[1]
    assert (row.n_samples, row.thinking_tokens, once.thinking_tokens) == (5, 12.0, None)
    assert "sums: 5 samples at temperature 0.7 of each item; counts are of samples" in row.notes
    assert "sums: 12 thinking tokens in a mean answer" in row.notes
    assert "sums: 10 of 30 planned attempts did not run" in row.notes


def test_items_of_one_source_widen_the_interval():
    alone, together = (
        quality_rows(make_record(tasks=(sampled_task(1, *[1, 1, 0, 0] * 10, clusters=one),)))[0]
        for one in (False, True)
    )
    assert together.accuracy[0] == alone.accuracy[0] == 0.5
    assert together.accuracy[1] < alone.accuracy[1] < alone.accuracy[2] < together.accuracy[2]
    assert "sums: items in 20 clusters: the interval is over these" in together.notes
