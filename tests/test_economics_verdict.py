"""The gates, one by one, and the rule that joins them."""

from dataclasses import replace
from itertools import product

import pytest
from economics_cases import AT, BUSY, exactly, items, latency, record, request, scenario, task

from bench.economics.assumptions.flags import FLAGS
from bench.economics.assumptions.scenario import Scenario
from bench.economics.device.capacity import service_of
from bench.economics.device.device_cost import DEDICATED
from bench.economics.device.operating_point import OperatingPoint, operating_point
from bench.economics.verdict.accuracy import attempted
from bench.economics.verdict.verdict import cheaper, conclude, fast_enough, fits
from bench.records.types import Failure, Gate

NAMES = ("fits", "fast-enough", "good-enough", "cheaper")


def gates(*results: str) -> list[Gate]:
    return [Gate(name=name, result=result, why="") for name, result in zip(NAMES, results, strict=True)]


def test_every_combination_of_gates() -> None:
    for results in product(["pass", "fail", "open", "not-asked"], repeat=4):
        conclusion = conclude(gates(*results))
        if "fail" in results:
            expected = ("not viable", NAMES[results.index("fail")])
        elif "open" in results:
            expected = ("insufficient evidence", NAMES[results.index("open")])
        else:
            expected = ("viable", "cheaper")
        assert (conclusion.verdict, conclusion.decided_by) == expected


def test_it_fits() -> None:
    run = record([task(items(1, 2))])
    assert fits(run, run.tasks[0], items(1, 2)).result == "pass"
    assert fits(run, run.tasks[0], ()).result == "open"
    large = record([task(items(1, 2))], peak_rss_bytes=9 * 10**9)
    assert fits(large, large.tasks[0], items(1, 2)).result == "fail"
    died = record([task(())], failures=[Failure(unit="load", kind="out_of_memory", what="")])
    assert "out of memory in load" in fits(died, died.tasks[0], ()).why
    # 4,033 prompt tokens and 64 more: one too many for a context of 4,096.
    assert fits(run, run.tasks[0], items(1, 1, n_prompt_tokens=4032)).result == "pass"
    assert fits(run, run.tasks[0], items(1, 1, n_prompt_tokens=4033)).result == "fail"


def test_a_machine_without_memory_and_a_context_without_tokens_are_not_known() -> None:
    run = record([task(items(1, 2))], peak_rss_bytes=9 * 10**9)
    emptied = run.model_copy(update={"machine": run.machine.model_copy(update={"memory_bytes": 0})})
    assert fits(emptied, run.tasks[0], items(1, 2)).result == "pass"
    cut = record([task(items(1, 2))])
    cut = cut.model_copy(update={"settings": cut.settings.model_copy(update={"n_ctx": 0})})
    assert fits(cut, cut.tasks[0], items(1, 2)).result == "open"


@pytest.mark.parametrize(
    ("unit", "result"),
    [
        ("load", "fail"),
        ("speed/pp512", "fail"),
        ("latency/some-task", "fail"),
        ("latency/another", "pass"),
        ("task/some-task/0", "open"),
        ("task/another/0", "pass"),
    ],
)
def test_memory_must_run_out_in_the_deployed_worker(unit: str, result: str) -> None:
    some = items(1, 2)
    run = record([task(some)], failures=[Failure(unit=unit, kind="out_of_memory", what="")])
    assert fits(run, run.tasks[0], some).result == result


def test_what_nothing_judged_says_why() -> None:
    unjudged = items(0, 3, outcome="unscored", is_judged=False, reason="the sandbox failed: no space")
    run = record([task(unjudged)])
    gate = fits(run, run.tasks[0], attempted(run.tasks[0]))
    assert (gate.result, gate.why) == ("open", "no answer was judged: the sandbox failed: no space")


def test_what_did_not_run_is_not_known_to_fit() -> None:
    long = items(
        0,
        1,
        item_id="a long one",
        outcome="unscored",
        is_judged=False,
        reason="the prompt's 5000 tokens do not fit the context of 4096",
        n_prompt_tokens=None,
        n_output_tokens=None,
    )
    run = record([task([*items(1, 2), *long])])
    assert fits(run, run.tasks[0], items(1, 2)).result == "fail"
    split = run.settings.model_copy(update={"n_seq_max": 8, "kv_unified": False})
    run = run.model_copy(update={"quality_settings": split})
    assert fits(run, run.tasks[0], items(1, 2)).result == "open"
    part = record([task(items(1, 2), n_planned=3)])
    assert "2 of the 3 planned" in fits(part, part.tasks[0], items(1, 2)).why
    assert fits(part, part.tasks[0], items(1, 2)).result == "open"


def test_service_levels() -> None:
    # TTFT 1 s, latency 2 s.
    point, some = operating_point(latency()), items(1, 4)
    assert fast_enough(task(some), point, some, scenario()).result == "not-asked"
    strict = task(some, service_ttft_s=1.0, service_latency_s=1.9)
    assert fast_enough(strict, point, some, scenario()).result == "fail"
    kind = task(some, service_ttft_s=1.0, service_latency_s=2.1)
    assert fast_enough(kind, point, some, scenario()).result == "pass"
    unknown = OperatingPoint(None, "not timed", None, "")
    assert fast_enough(kind, unknown, some, scenario()).result == "open"
    assert fast_enough(kind, point, (), scenario()).result == "open"


def test_the_slowest_are_told_from_the_requests_own_spread() -> None:
    # Mean latency 2.4 s; of ten requests one took 6 s, 2.5 times as long as fitted.
    spread = [request(i, ttft_s=5.0 if i == 0 else 1.0) for i in range(10)]
    some = items(1, 4)
    point = operating_point(latency().model_copy(update={"requests": tuple(spread)}))
    gate = fast_enough(task(some, service_latency_s=3.0), point, some, scenario())
    assert gate.result == "fail"
    assert "p95 6 s" in gate.why
    few = operating_point(latency().model_copy(update={"requests": tuple(spread[1:5])}))
    gate = fast_enough(task(some, service_latency_s=3.0), few, some, scenario())
    assert gate.result == "open"
    assert "p95" not in gate.why


def test_times_of_a_disturbed_run_can_pass_but_not_fail() -> None:
    point, some = operating_point(latency(contention=BUSY)), items(1, 4)
    assert fast_enough(task(some, service_latency_s=1.9), point, some, scenario()).result == "open"
    assert fast_enough(task(some, service_latency_s=2.1), point, some, scenario()).result == "pass"


def test_capacity_counts_once_the_volume_is_declared_or_paid_for() -> None:
    # 2 s an attempt: 1,314,900 in 730.5 hours.
    point, some = operating_point(latency()), items(1, 4)
    service = service_of(some, (), point)
    busy = scenario(tasks_per_month=exactly("1314901"))
    assert fast_enough(task(some), point, some, busy, service).result == "fail"
    assert (
        fast_enough(task(some), point, some, scenario(tasks_per_month=exactly("1314900")), service).result
        == "pass"
    )
    for volume, result in (
        ("1000000..1314900", "pass"),
        ("1000000..1314901", "open"),
        ("1314900..2000000", "open"),
        ("1314901..2000000", "fail"),
    ):
        ranged = scenario(tasks_per_month=FLAGS["tasks_per_month"].read(volume, {}))
        assert fast_enough(task(some), point, some, ranged, service).result == result
    two_hours = replace(Scenario(at=AT), hours_per_month=exactly("2"))  # 3,600 attempts, 10,000 by default
    assert fast_enough(task(some), point, some, two_hours, service).result == "not-asked"
    allowed = replace(busy, allowed_hours=exactly("2"))
    assert "does 3,600 attempts a month" in fast_enough(task(some), point, some, allowed, service).why
    bought = replace(two_hours, ownership=DEDICATED, device_price=exactly("100"))
    assert "does 3,600 attempts a month" in fast_enough(task(some), point, some, bought, service).why
    assert fast_enough(task(some), point, some, bought, service).result == "fail"
    assert fast_enough(task(some), point, some, busy, None).result == "open", "not known is not enough"


@pytest.mark.parametrize(
    ("probability", "quality", "loss", "result"),
    [
        (0.95, "pass", None, "pass"),
        (0.949, "pass", None, "open"),
        (0.051, "pass", None, "open"),
        (0.05, "pass", None, "fail"),
        (0.99, "open", None, "not-asked"),
        (0.99, "fail", None, "not-asked"),
        (0.01, "open", None, "fail"),
        (0.99, "open", exactly("1").value, "pass"),
        (None, "pass", None, "open"),
    ],
)
def test_the_money_gate(probability: float | None, quality: str, loss: object, result: str) -> None:
    gate = cheaper(None if probability is None else (probability, probability), "no energy", quality, loss)
    assert gate.result == result
    if probability is None:
        assert gate.why == "no energy"


@pytest.mark.parametrize(("probability", "result"), [(0.99, "pass"), (0.5, "open"), (0.01, "open")])
def test_joules_of_a_busy_machine_make_nothing_dearer(probability: float, result: str) -> None:
    gate = cheaper((probability, probability), "", "pass", None, is_disturbed=True)
    assert gate.result == result
    assert ("it may cost less" in gate.why) == (probability == 0.01)


@pytest.mark.parametrize(
    ("probability", "told"), [(1.0, "> 0.999"), (0.9994, "0.999"), (0.5, "0.500"), (0.0001, "< 0.001")]
)
def test_no_number_of_draws_makes_a_cost_certain(probability: float, told: str) -> None:
    assert cheaper((probability, probability), "", "pass", None).why.endswith(f"with probability {told}")
