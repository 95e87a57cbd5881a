"""What limits a speed: shares that can be checked by hand, and the sentences made of them."""

from collections.abc import Callable

import pytest
from factories import DISTURBED, QUIET, make_machine, make_record, make_settings

from bench.records.types import (
    BufferSize,
    Ceilings,
    KernelCeiling,
    Memory,
    RateSample,
    Record,
    SpeedPoint,
)
from bench.reports import markdown, terminal
from bench.reports.rows.limits import limits_of
from bench.reports.tables.limits import DISTURBED_CEILINGS, limit_lines, limit_table
from bench.reports.words.figures import clean

MEGA, GIGA = 10**6, 10**9
PER_WEIGHT = {"F16": 2.0, "Q8_0": 1.0625, "Q4_1": 0.625, "Q4_0": 0.5625}


def ceilings(kernels: dict[str, tuple[float, float]], weights: dict[str, int], **changes: object) -> Ceilings:
    """``kernels``: GFLOP/s with 1 and with 512 tokens; memory gives 40 GB/s to two threads."""
    fields = {
        "n_threads": 2,
        "read_bytes_per_s": 40.0 * GIGA,
        "kernels": tuple(
            KernelCeiling(
                tensor_type=name,
                n_tokens=n_tokens,
                flops_per_s=speed * GIGA,
                bytes_per_weight=PER_WEIGHT[name],
            )
            for name, speeds in kernels.items()
            for n_tokens, speed in zip((1, 512), speeds, strict=True)
        ),
        "weight_bytes": weights,
    }
    return Ceilings(**{**fields, **changes})


def point(test: str, rate: float, *, disturbed: bool = False, **sizes: int) -> SpeedPoint:
    """Four repetitions at exactly ``rate`` token/s."""
    n_tokens = sum(sizes.get(name, 0) for name in ("n_prompt", "n_gen"))
    sample = RateSample(
        n_tokens=n_tokens,
        calls_s=n_tokens / rate,
        loop_s=n_tokens / rate,
        is_warm_up=False,
        contention=DISTURBED if disturbed else QUIET,
    )
    fields = {"n_prompt": 0, "n_gen": 0, "n_depth": 0, **sizes}
    return SpeedPoint(test=test, samples=(sample,) * 4, stopped_because="narrow", **fields)


def record(found: Ceilings | None, *points: SpeedPoint, **changes: object) -> Record:
    return make_record(**{"ceilings": found, "speed": points, "memory": None, **changes})


def cache(n_bytes: int) -> Memory:
    buffer = BufferSize(device="CPU", kind="kv", size_bytes=n_bytes)
    return Memory(is_mapped=True, engine_buffers=(buffer,), points=(), predicted_bytes=None)


# 160 million weights: 100 MB take 2.5 ms from memory, and 320 million operations 5 ms.
SLOW_KERNEL = ceilings({"Q4_1": (64, 80), "Q4_0": (128, 240)}, {"Q4_1": 100 * MEGA})
# 100 million weights: 200 MB take 5 ms from memory, and 200 million operations 2 ms.
FAST_KERNEL = ceilings({"F16": (100, 200), "Q8_0": (150, 200)}, {"F16": 200 * MEGA})


def test_a_slow_kernel_is_told_from_slow_memory() -> None:
    (limit,) = limits_of(record(SLOW_KERNEL, point("tg128", 160, n_gen=128))).limits
    assert limit.bytes_per_s == pytest.approx(16 * GIGA)
    assert limit.memory_share == pytest.approx(0.4)
    assert limit.flops_per_s == pytest.approx(51.2 * GIGA)
    assert limit.arithmetic_share == pytest.approx(0.8)
    assert limit.roofline_share == pytest.approx(0.8)
    assert limit.binding == "arithmetic"
    assert limit.gain_from_memory == pytest.approx(1.0)
    assert limit.gain_from_arithmetic == pytest.approx(6.25 / 3.75)  # 1.25 ms are explained by neither
    ((name, gain),) = limit.faster
    assert (name, gain) == ("Q4_0", pytest.approx(6.25 / 3.75))  # 90 MB in 2.25 ms, 320 million in 2.5 ms


def test_the_words_for_a_slow_kernel() -> None:
    measured = record(SLOW_KERNEL, point("tg128", 160, n_gen=128))
    assert limit_lines(measured) == [
        (
            "tg128 moves 16.0 GB/s, 40 % of the 40.0 GB/s that memory gives (of weights; what the cache adds "
            "was not recorded), and computes 51.2 GFLOP/s, 80 % of what its Q4_1 kernel can. "
            "Arithmetic limits it."
        ),
        (
            "tg128: what would help, and how much at most: a quantization with a faster kernel "
            "(Q4_0 1.7 times); more or faster cores (1.7 times). Faster memory would not."
        ),
    ]
    assert (
        limit_table([measured])
        .notes[0]
        .endswith(
            ": ceilings of 2 threads: memory gives 40.0 GB/s; kernels compute, 1 and 512 tokens at once, in "
            "GFLOP/s: Q4_1 64.0 and 80.0, Q4_0 128 and 240"
        )
    )


def test_the_words_for_slow_memory() -> None:
    """64 of 4096 cells of 100 MB are read on average, so 201.5625 MB in 5.0390625 ms."""
    quiet = record(FAST_KERNEL, point("tg128", 190, n_gen=128), memory=cache(100 * MEGA))
    (limit,) = limits_of(quiet).limits
    assert limit.n_bytes == pytest.approx(201_562_500)
    assert limit.memory_s == pytest.approx(5.0390625e-3)
    assert limit.binding == "memory"
    assert limit_lines(quiet) == [
        (
            "tg128 moves 38.3 GB/s, 96 % of the 40.0 GB/s that memory gives, and computes 38.0 GFLOP/s, 38 % "
            "of what its F16 kernel can. Memory limits it."
        ),
        (
            "tg128: what would help, and how much at most: a quantization of fewer bytes or a faster kernel "
            "(Q8_0 1.8 times); faster memory (2.4 times). More or faster cores would not."
        ),
    ]


def test_a_deep_cache_is_read_too_and_can_be_made_smaller() -> None:
    deep = point("tg128 @ d3008", 100, n_gen=128, n_depth=3008)
    line = limit_lines(record(FAST_KERNEL, deep, memory=cache(100 * MEGA)))[1]
    assert limits_of(record(FAST_KERNEL, deep, memory=cache(100 * MEGA))).limits[0].cache_bytes == 75 * MEGA
    assert "a q8_0 cache of keys and values" in line
    small = make_settings(type_k="q8_0", type_v="q8_0")
    assert (
        "cache of keys"
        not in limit_lines(record(FAST_KERNEL, deep, memory=cache(100 * MEGA), settings=small))[1]
    )


def test_a_prompt_shares_its_reading_and_meets_the_output_matrix_once() -> None:
    """100 million weights in layers, 50 million in the output; 512 tokens in two physical batches."""
    mixed = ceilings(
        {"Q4_1": (64, 100), "Q8_0": (100, 200)},
        {"Q4_1": 62_500_000, "Q8_0": 53_125_000},
        output_bytes={"Q8_0": 53_125_000},
    )
    settings = make_settings(n_ubatch=256)
    (limit,) = limits_of(record(mixed, point("pp512", 400, n_prompt=512), settings=settings)).limits
    assert limit.n_bytes == pytest.approx((2 * 62_500_000 + 53_125_000) / 512)
    assert limit.operations == pytest.approx(2 * (100 * MEGA + 50 * MEGA / 512))
    assert limit.arithmetic_s == pytest.approx(2e-3 + 1e-3 / 512)
    assert limit.arithmetic_share == pytest.approx(0.8, rel=1e-2)
    assert limit.tensor_types == ("Q4_1", "Q8_0")
    line = limit_lines(record(mixed, point("pp512", 400, n_prompt=512), settings=settings))[0]
    assert line.startswith(
        "pp512 computes 80.1 GFLOP/s, 80 % of what its Q4_1 and Q8_0 kernels can, and moves"
    )


def test_the_output_matrix_is_taken_from_the_weights_of_its_type() -> None:
    """100 million weights in layers and 50 million in the output, all in one type."""
    one_type = ceilings({"Q4_1": (64, 100)}, {"Q4_1": 93_750_000}, output_bytes={"Q4_1": 31_250_000})
    (limit,) = limits_of(record(one_type, point("pp512", 400, n_prompt=512))).limits
    assert limit.operations == pytest.approx(2 * (100 * MEGA + 50 * MEGA / 512))


def test_each_tensor_type_has_a_limit_of_its_own() -> None:
    """2.5 ms of memory and 5 of arithmetic, then 5 of memory and 2 of arithmetic: 10 ms, not 7.5."""
    both = ceilings({"Q4_1": (64, 80), "F16": (100, 200)}, {"F16": 200 * MEGA, "Q4_1": 100 * MEGA})
    (limit,) = limits_of(record(both, point("tg128", 90, n_gen=128))).limits
    assert limit.roofline_s == pytest.approx(10e-3)
    assert (limit.memory_s, limit.arithmetic_s) == (pytest.approx(7.5e-3), pytest.approx(7e-3))
    assert limit.binding == "both"
    assert (
        "Memory and arithmetic limit it alike." in limit_lines(record(both, point("tg128", 90, n_gen=128)))[0]
    )


def test_what_no_ceiling_explains_is_said() -> None:
    line = limit_lines(record(SLOW_KERNEL, point("tg128", 100, n_gen=128)))[0]
    assert "Both together explain only 50 % of its time" in line
    assert "explain" not in limit_lines(record(SLOW_KERNEL, point("tg128", 160, n_gen=128)))[0]


def test_more_than_a_ceiling_is_not_hidden() -> None:
    fast = record(SLOW_KERNEL, point("tg128", 230, n_gen=128))
    line = limit_lines(fast)[0]
    assert "115 % of what its Q4_1 kernel can" in line
    assert "a ceiling was disturbed" in line
    assert "limits it." not in line
    assert limit_table([fast]).rows[0][-1] == "not known"


def test_disturbed_points_and_ceilings_are_marked() -> None:
    busy = record(SLOW_KERNEL, point("tg128", 160, n_gen=128, disturbed=True))
    assert limit_lines(busy)[0].startswith("tg128: other processes disturbed it")
    assert limit_table([busy]).rows[0][1] == "!tg128"
    assert limit_table([busy]).rows[0][-1] == "disturbed"
    told = SLOW_KERNEL.model_copy(update={"contention": DISTURBED})
    assert DISTURBED_CEILINGS in limit_table([record(told, point("tg128", 160, n_gen=128))]).notes[0]


def test_idle_cores_are_named_before_better_ones() -> None:
    machine = make_machine(physical_cores=4)
    line = limit_lines(record(SLOW_KERNEL, point("tg128", 160, n_gen=128), machine=machine))[1]
    assert "more threads, of which 4 cores could run 4" in line


def test_points_without_a_comparable_ceiling_say_why() -> None:
    points = (point("tg128", 160, n_gen=128), point("pp512", 400, n_prompt=512))
    told = limits_of(record(SLOW_KERNEL, *points, settings=make_settings(n_threads=1)))
    assert [one.test for one in told.limits] == ["pp512"]
    assert told.notes == ("tg128: computed with n_threads 1, and the ceilings are those of 2",)
    on_gpu = limits_of(record(SLOW_KERNEL, *points, settings=make_settings(n_gpu_layers=9)))
    assert not on_gpu.limits
    assert "GPU" in on_gpu.notes[0]
    short = limits_of(record(SLOW_KERNEL, point("pp16", 400, n_prompt=16)))
    assert "so few tokens" in short.notes[0]
    unknown = SLOW_KERNEL.model_copy(update={"weight_bytes": {"Q4_1": 100 * MEGA, "IQ1_S": 50 * MEGA}})
    assert "were not timed" in limits_of(record(unknown, points[0])).notes[0]


def test_only_pure_points_of_one_sequence_have_limits() -> None:
    several = (
        point("tg128 x8", 400, n_gen=128, n_parallel=8),
        point("pp512+tg128", 200, n_prompt=512, n_gen=128),
        point("wp512", 100, n_prompt=512, n_cached=511),
    )
    assert limit_lines(record(SLOW_KERNEL, *several)) == []
    assert limit_lines(record(None, point("tg128", 160, n_gen=128))) == []
    assert not limit_table([record(None, point("tg128", 160, n_gen=128))]).rows


def test_the_table_has_every_share() -> None:
    table = limit_table([record(SLOW_KERNEL, point("tg128", 160, n_gen=128))])
    assert table.rows[0][1:] == ("tg128", "16.0", "40 %", "51.2", "80 %", "80 %", "arithmetic")


def test_every_sentence_is_short_enough_to_be_shown_whole() -> None:
    """Text from a record is cut after some hundred characters; a model of many types says most."""
    names = ("Q4_1", "Q4_0", "F16", "Q8_0")
    many = ceilings(
        {name: (60 + 9 * at, 300) for at, name in enumerate(names)}, dict.fromkeys(names, 50 * MEGA)
    )
    slow = record(many, point("tg128 @ d16384", 40, n_gen=128, n_depth=16384), memory=cache(100 * MEGA))
    assert all(clean(line) == line for line in (*limit_lines(slow), *limit_table([slow]).notes))


@pytest.mark.parametrize("render", [terminal.render, markdown.render])
def test_reports_show_shares_and_sentences(render: Callable[[list[Record]], str]) -> None:
    shown = " ".join(render([record(SLOW_KERNEL, point("tg128", 160, n_gen=128))]).replace("\\", "").split())
    assert "What limits the speed" in shown
    assert "Arithmetic limits it." in shown
    assert "Faster memory would not." in shown
    without = render([record(None, point("tg128", 160, n_gen=128))])
    assert "What limits" not in without
