"""The scenario's volume as a load: when there is one, what it says, and what the gates make of it."""

import pytest
from economics_cases import exactly, items, latency, profile, record, scenario, task

from bench.economics.assess import assess
from bench.economics.capacity import service_of
from bench.economics.operating_point import operating_point
from bench.economics.task_load import task_load
from bench.economics.uncertainty import Randomness
from bench.economics.verdict import fast_enough
from bench.records.types import TaskLoad

# Of the cases: an attempt takes 2 s and 36 J, so that a month of 730.5 hours has room for 1,314,900.
POINT = operating_point(latency())
SERVICE = service_of(items(3, 5), (), POINT)


def loaded(tasks_per_month: str, n_draws: int = 20_000) -> TaskLoad:
    busy = scenario(tasks_per_month=exactly(tasks_per_month))
    load = task_load("some-task", SERVICE, POINT, busy, Randomness(0, n_draws))
    assert load is not None
    return load


def test_without_a_volume_nothing_is_simulated() -> None:
    assert task_load("some-task", SERVICE, POINT, scenario(), Randomness(0)) is None
    busy = scenario(tasks_per_month=exactly("1000"))
    unknown = operating_point(None)
    assert (
        task_load("some-task", service_of(items(3, 5), (), unknown), unknown, busy, Randomness(0)) is None
    ), "none was timed"


def test_the_volume_comes_within_the_hours_of_the_month() -> None:
    load = loaded("657450")
    assert load.arrivals_per_s == pytest.approx(0.25)
    assert load.capacity_per_s == pytest.approx(0.5)
    assert load.state == "sustained"
    assert load.busy_share[1] < 0.5 < load.busy_share[2]
    assert load.latency is not None
    assert load.latency.mean[1] < 2 + 1 < load.latency.mean[2], "M/D/1 at one half waits half a service time"
    assert load.joules_per_request == pytest.approx((36, 36, 36), rel=0.01)
    assert (load.n_parallel, load.are_joules_at_most) == (1, False)
    assert any("one request at a time" in note for note in load.notes)


def test_more_than_it_can_do_is_an_overload_without_times() -> None:
    load = loaded("2000000")
    assert load.state == "overloaded"
    assert load.latency is None
    assert load.growth_per_s[1] > 0


def test_few_draws_simulate_few_requests() -> None:
    assert loaded("657450", 2_000).n_requests < 400 < loaded("657450").n_requests


def test_a_volume_at_which_requests_wait_too_long_is_too_slow() -> None:
    some = items(3, 5)
    kind = task(some, service_latency_s=3.0)
    busy = scenario(tasks_per_month=exactly("1150000"))
    assert fast_enough(kind, POINT, some, scenario()).result == "pass"
    gate = fast_enough(kind, POINT, some, busy, SERVICE, loaded("1150000"))
    assert gate.result == "fail"
    assert "s at this volume" in gate.why
    seldom = scenario(tasks_per_month=exactly("1000"))
    assert fast_enough(kind, POINT, some, seldom, SERVICE, loaded("1000")).result == "pass"


def test_a_level_within_the_simulations_interval_is_left_open() -> None:
    some = items(3, 5)
    load = loaded("657450")
    assert load.latency is not None
    busy = scenario(tasks_per_month=exactly("657450"))
    edge = task(some, service_latency_s=load.latency.p95[0])
    assert fast_enough(edge, POINT, some, busy, SERVICE, load).result == "open"
    close = scenario(tasks_per_month=exactly("1250000"))
    gate = fast_enough(task(some, service_latency_s=1000.0), POINT, some, close, SERVICE, loaded("1250000"))
    assert (gate.result, "close to capacity" in gate.why) == ("open", True)


def test_a_record_is_assessed_with_its_load() -> None:
    some = record([task(items(3, 5))])
    idle = assess(some, [profile()], scenario(), n_draws=2_000)
    assert idle.loads == ()
    over = assess(some, [profile()], scenario(tasks_per_month=exactly("2000000")), n_draws=2_000)
    assert [load.state for load in over.loads] == ["overloaded"]
    assert over.comparisons[0].decided_by == "fast-enough"
    assert over.comparisons[0].verdict == "not viable"
    slow = record([task(items(3, 5), service_latency_s=3.0)])
    waits = assess(slow, [profile()], scenario(tasks_per_month=exactly("1150000")), n_draws=20_000)
    assert "at this volume" in next(g.why for g in waits.comparisons[0].gates if g.name == "fast-enough")
