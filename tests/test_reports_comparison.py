"""What is compared with what, what is refused a figure, and how it is said."""

import json
from datetime import timedelta

import pytest

from bench.records.types import (
    Failure,
    Imported,
    LoadSample,
    Record,
    Sampling,
    SpeedPoint,
    Thinking,
    Warned,
)
from bench.reports.comparison import document, notices, render_markdown, render_terminal, sentence
from bench.reports.rows.comparison import Compared, Ratio, compare
from bench.reports.rows.differences import find_differences
from tests.factories import (
    AT,
    DISTURBED,
    make_engine,
    make_items,
    make_latency,
    make_machine,
    make_model,
    make_record,
    make_settings,
    make_speed,
    make_task,
)

LATER = AT + timedelta(hours=1)


def speed_only(*points: SpeedPoint, **changes: object) -> Record:
    return make_record(**{"speed": points, "latency": (), "tasks": (), **changes})


def pair_of(a: SpeedPoint, b: SpeedPoint, *, is_one_run: bool = False) -> Ratio:
    """The comparison of one point, in records of one run or of two."""
    of_b = speed_only(b, id="b" * 16, created_utc=AT if is_one_run else LATER)
    (row,) = compare(speed_only(a), of_b).speed
    return row


def in_rounds(point: SpeedPoint, rates: list[float], disturbed: frozenset[int] = frozenset()) -> SpeedPoint:
    """The point with one repetition of each rate, in the rounds 0, 1, 2, …"""
    model = point.samples[-1]
    samples = [
        model.model_copy(
            update={"calls_s": model.n_tokens / rate, "round": number}
            | ({"contention": DISTURBED} if number in disturbed else {})
        )
        for number, rate in enumerate(rates)
    ]
    return point.model_copy(update={"samples": tuple(samples)})


def test_a_slower_side_is_said_with_its_interval_and_count() -> None:
    row = pair_of(make_speed("tg128", 100.0, n=12), make_speed("tg128", 90.0, n=12, seed=2))
    assert row.verdict == "slower"
    assert row.effect is not None
    assert not row.effect.is_paired
    assert row.effect.low < 0.9 < row.effect.high
    told = sentence(row)
    assert told.startswith("B is ")
    assert " % slower than A in tg128 (95 %: " in told
    assert told.endswith("; 12 and 12 samples")


def test_without_a_difference_the_detectable_one_is_said() -> None:
    row = pair_of(make_speed("tg128", 100.0, n=12), make_speed("tg128", 100.0, n=12, seed=2))
    assert row.verdict == "no difference seen"
    assert row.detectable is not None
    assert 0 < row.detectable < 0.1
    assert f"a change of {100 * row.detectable:.1f} % or more would have been" in sentence(row)


def test_rounds_of_one_run_are_paired_so_that_drift_cancels() -> None:
    base = make_speed("tg128", 100.0)
    drifting = [100.0 * 0.9**n * (1 + 0.001 * (n % 3)) for n in range(12)]
    a, b = in_rounds(base, drifting), in_rounds(base, [0.97 * rate for rate in drifting])
    paired = pair_of(a, b, is_one_run=True)
    assert paired.effect is not None
    assert paired.effect.is_paired
    assert paired.verdict == "slower"
    assert sentence(paired) == "B is 3.0 % slower than A in tg128 (95 %: 3.0–3.0 %); 12 pairs"
    apart = pair_of(a, b)  # the same numbers from two runs
    assert apart.effect is not None
    assert not apart.effect.is_paired
    assert apart.verdict == "no difference seen"


def test_a_pair_counts_only_when_both_halves_were_undisturbed() -> None:
    base = make_speed("tg128", 100.0)
    a = in_rounds(base, [100.0] * 8, frozenset({0, 1}))
    b = in_rounds(base, [100.0] * 8, frozenset({2}))
    row = pair_of(a, b, is_one_run=True)
    assert (row.n_a, row.n_b) == (5, 5)


@pytest.mark.parametrize("side", ["A", "B"])
def test_a_point_that_stayed_disturbed_is_no_result(side: str) -> None:
    points = {"A": make_speed("tg128", 100.0), "B": make_speed("tg128", 50.0)}
    points[side] = make_speed("tg128", 100.0, n=8, disturbed=6)
    row = pair_of(points["A"], points["B"])
    assert row.verdict == "no result"
    assert row.effect is None
    assert sentence(row) == f"tg128: no result: disturbed in {side}: measure it again"


def test_too_few_repetitions_are_no_result_either() -> None:
    row = pair_of(make_speed("tg128", 100.0, n=2), make_speed("tg128", 50.0))
    assert row.verdict == "no result"
    assert row.why == "fewer than 3 samples on one side"


def slower_requests(record: Record, factor: float) -> Record:
    """Every request of the record takes so many times as long."""
    return record.model_copy(
        update={
            "latency": tuple(
                served.model_copy(
                    update={
                        "requests": tuple(
                            request.model_copy(
                                update={
                                    "ttft_s": factor * request.ttft_s,
                                    "decode_s": factor * request.decode_s,
                                }
                            )
                            for request in served.requests
                        )
                    }
                )
                for served in record.latency
            )
        }
    )


def test_latencies_are_paired_by_item_and_longer_is_slower() -> None:
    a = make_record(latency=(make_latency("gsm8k", n=9),))
    b = slower_requests(a, 1.1).model_copy(update={"created_utc": LATER, "id": "b" * 16})
    ttft, tpot = compare(a, b).latency
    assert (ttft.name, tpot.name) == ("gsm8k TTFT", "gsm8k TPOT")
    for row in (ttft, tpot):
        assert row.verdict == "slower"
        assert row.effect is not None
        assert row.effect.is_paired
        assert row.n_a == 8  # the first request warms up
        # Prompts of very different lengths do not widen it.
        assert row.effect.ratio == pytest.approx(1.1)
        assert row.effect.high - row.effect.low < 1e-6
        assert "B takes 10.0 % more time than A" in sentence(row)
    assert {row.verdict for row in compare(b, a).latency} == {"faster"}


def test_answers_are_paired_by_item_and_unscored_ones_left_out() -> None:
    items = make_items("gsm8k", 30, 10)
    worse = make_items("gsm8k", 10, 28, unscored=2)
    (row,) = compare(
        make_record(tasks=(make_task("gsm8k", items),)),
        make_record(tasks=(make_task("gsm8k", worse),), id="b" * 16),
    ).accuracy
    assert row.verdict == "worse"
    assert (row.n, row.n_left_out) == (38, 2)
    assert row.difference is not None
    assert row.difference.value == pytest.approx(-20 / 38)


def test_memory_and_warm_loads_are_plain_differences() -> None:
    compared = compare(make_record(), make_record(id="b" * 16))
    assert {row.name for row in compared.plain} == {"peak RSS", "KV cache", "warm load"}
    cold = make_record(id="b" * 16, load=LoadSample(load_s=3.0, is_warm=False, energy=()))
    assert "warm load" not in {row.name for row in compare(make_record(), cold).plain}


def test_what_only_one_record_has_is_listed() -> None:
    compared = compare(
        speed_only(make_speed("tg128", 100.0), make_speed("pp512", 400.0)),
        speed_only(make_speed("tg128", 100.0), make_speed("tg64", 100.0)),
    )
    assert (compared.only_a, compared.only_b) == (("pp512",), ("tg64",))
    assert compared.failed_in_b == ()
    failed = Failure(unit="speed/pp512", kind="crash", what="it died")
    broken = compare(compared.a, compared.b.model_copy(update={"failures": (failed,)}))
    assert broken.failed_in_b == ("pp512",)


def test_sustained_and_burst_figures_are_never_mixed() -> None:
    burst, long = make_speed("tg128", 100.0), make_speed("tg128", 80.0, seed=3)
    sustained = long.model_copy(update={"duration_s": 600.0, "stopped_because": "duration"})
    shorter = sustained.model_copy(update={"duration_s": 60.0})
    compared = compare(speed_only(burst, sustained), speed_only(sustained, burst, id="b" * 16))
    assert [(row.name, row.verdict) for row in compared.speed] == [
        ("tg128", "no difference seen"),
        ("tg128 for 600 s", "no difference seen"),
    ]
    compared = compare(speed_only(burst, sustained), speed_only(shorter))
    assert compared.speed == ()
    assert compared.only_a == ("tg128", "tg128 for 600 s")
    failed = Failure(unit="sustained/tg128", kind="crash", what="it died")
    compared = compare(speed_only(burst, sustained), speed_only(burst, failures=(failed,)))
    assert compared.failed_in_b == ("tg128 for 600 s",)


# -- what differs --------------------------------------------------------------------------------


def told(a: Record, b: Record) -> dict[str, tuple[bool, bool]]:
    return {f"{one.part} {one.name}": (one.is_refused, one.is_unknown) for one in find_differences(a, b)}


def test_the_same_conditions_differ_in_nothing() -> None:
    assert told(make_record(), make_record(id="b" * 16, created_utc=LATER)) == {}


def test_each_kind_of_difference_has_its_weight() -> None:
    refused, loud, unknown = (True, False), (False, False), (False, True)
    a = make_record()
    assert told(a, make_record(machine=make_machine(cpu_model="Other CPU"))) == {"machine cpu_model": refused}
    assert told(a, make_record(machine=make_machine(cpu_model="unknown"))) == {"machine cpu_model": unknown}
    assert told(a, make_record(machine=make_machine(system="Linux 6.2"))) == {"machine system": loud}
    assert told(a, make_record(settings=make_settings(flash_attn="on"))) == {"settings flash_attn": loud}
    assert told(a, make_record(model=make_model("another"))) == {"model file": loud}
    assert told(a, make_record(engine=None)) == {"engine version": unknown}
    assert told(a, make_record(is_quick=False)) == {"tool is_quick": loud}
    assert told(a, make_record(quality_settings=make_settings(n_ctx=8192, n_seq_max=8))) == {
        "settings quality n_seq_max": loud
    }
    shots = tuple(task.model_copy(update={"n_shots": 5}) for task in a.tasks[:1])
    assert told(a, make_record(tasks=shots)) == {"task extract-json:easy n_shots": refused}


def test_other_sampling_and_thinking_are_said_and_not_refused() -> None:
    a = make_record()
    told = {"sampling": Sampling(temperature=0.8, n_samples=5), "thinking": Thinking(is_on=False)}
    b = a.model_copy(update={"tasks": tuple(task.model_copy(update=told) for task in a.tasks)})
    found = [one for one in find_differences(a, b) if one.name.startswith(f"{a.tasks[0].task} ")]
    assert [(one.name.split()[-1], one.a, one.b) for one in found] == [
        ("thinking", "as its template has it", "no thinking"),
        ("sampling", "greedy", "temperature 0.8, 5 samples of each item"),
    ]
    assert not any(one.is_refused or one.is_unknown for one in found)


def test_models_without_a_hash_are_told_apart_by_what_is_known_of_them() -> None:
    def imported(**changes: object) -> Record:
        model = make_model(sha256="unknown", size_bytes=None, **changes)
        return make_record(model=model, imported=Imported(tool="llama-bench b1", settings={"n_cpu_moe": 0}))

    assert told(imported(), imported()) == {"model file": (False, True)}
    assert told(imported(), imported(quantization="Q8_0")) == {"model file": (False, False)}
    own = make_record(engine=make_engine(version="elsewhere", commit="0c1e570"))
    other = imported().model_copy(update={"engine": make_engine(version="b1", commit="0c1e570")})
    assert told(own, other) == {"model file": (False, True)}
    assert any("measured by llama-bench b1" in line for line in notices(compare(own, other)))
    moe = other.model_copy(update={"imported": Imported(tool="llama-bench b1", settings={"n_cpu_moe": 4})})
    assert told(other, moe) == {"model file": (False, True), "settings n_cpu_moe": (False, False)}


def test_a_machine_on_battery_on_one_side_only_is_said() -> None:
    on_battery = make_record(warnings=(Warned(code="battery-power", what="it ran on battery", remedy="-"),))
    assert told(make_record(), on_battery) == {"machine battery-power": (False, False)}
    assert told(on_battery, on_battery) == {}
    assert "DIFFERS: machine battery-power: A no, B it ran on battery" in notices(
        compare(make_record(), on_battery)
    )


def test_memory_that_kernels_count_a_little_differently_is_the_same() -> None:
    a = make_record()
    assert told(a, make_record(machine=make_machine(memory_bytes=(8 << 30) - (20 << 20)))) == {}
    assert "machine memory_bytes" in told(a, make_record(machine=make_machine(memory_bytes=7 << 30)))


# -- how it is said ------------------------------------------------------------------------------


def full() -> Compared:
    a = make_record()
    changed = make_record(
        id="b" * 16,
        created_utc=LATER,
        settings=make_settings(n_threads=1),
        machine=make_machine(cpu_model="Other CPU"),
        speed=(make_speed("pp512", 390.0, disturbed=7), make_speed("tg128", 120.0, seed=2)),
        is_complete=False,
    )
    return compare(a, changed)


def test_what_differs_is_said_before_any_figure() -> None:
    compared = full()
    lines = notices(compared)
    assert lines[0].startswith("NOT COMPARABLE: machine cpu_model")
    assert "DIFFERS: settings n_threads: A 2, B 1" in lines
    assert any(line.startswith("B was not finished") for line in lines)
    for text in (render_terminal(compared, width=80), render_markdown(compared)):
        assert text.index("NOT COMPARABLE") < text.index("tg128")


def test_the_terminal_keeps_to_its_width_and_says_no_nonsense() -> None:
    text = render_terminal(full(), width=80)
    assert max(map(len, text.splitlines())) <= 80
    assert "no result" in text
    for nonsense in ("nan", "None", "inf "):
        assert nonsense not in text


def test_the_same_record_twice_is_said_to_be_that() -> None:
    compared = compare(make_record(), make_record())
    assert notices(compared) == [
        "A and B are the same record: every ratio is 1, and nothing is learnt from it."
    ]
    assert {row.verdict for row in compared.speed} == {"no difference seen"}


def test_the_document_is_json_with_every_field_a_program_needs() -> None:
    told = json.loads(json.dumps(document(full()), allow_nan=False))
    disturbed, slower = told["speed"]
    assert disturbed["verdict"] == "no result"
    assert disturbed["ratio"] is None
    assert set(slower) >= {
        *("test", "a", "b", "ratio", "low", "high", "n", "is_paired", "detectable", "verdict")
    }
    assert slower["verdict"] == "slower"
    assert slower["low"] <= slower["ratio"] <= slower["high"] < 1
