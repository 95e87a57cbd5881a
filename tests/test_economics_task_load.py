"""The scenario's volume as a load: when there is one, what it says, and what the gates make of it."""

import pytest
from economics_cases import exactly, items, latency, profile, record, scenario, task

from bench.economics.assess import assess
from bench.economics.device.capacity import service_of
from bench.economics.device.device_cost import DEDICATED
from bench.economics.device.operating_point import operating_point
from bench.economics.load.arrivals import arrivals_of
from bench.economics.load.task_load import CURVE_SHARES, load_curve, task_load
from bench.economics.verdict.sides import device_side
from bench.economics.verdict.uncertainty import Randomness
from bench.economics.verdict.verdict import fast_enough
from bench.errors import InputError
from bench.records.types import LoadCurve, TaskLoad

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


def test_the_volume_comes_within_the_allowed_hours() -> None:
    # 3,600 in the 10 hours of 730.5 in which tasks may run: one in 10 s, of one in 2 s at most.
    terms = {"tasks_per_month": exactly("3600"), "allowed_hours": exactly("10")}
    load = task_load("some-task", SERVICE, POINT, scenario(**terms), Randomness(0, 1000))
    assert load is not None
    assert (load.arrivals_per_s, load.capacity_per_s) == (pytest.approx(0.1), pytest.approx(0.5))
    # 1,799 arrivals in 10,796 s are 0.16663 a second, and 5,999 in 10 hours
    assert "5,999 a month at this rate" in TWO_HOURS.notes(scenario(**terms))[0]
    curve = curve_of(**terms)
    assert curve.points[9].served_per_month == pytest.approx(18_000)


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
    idle = assess(some, [profile()], scenario(), n_draws=500)
    assert idle.loads == ()
    over = assess(some, [profile()], scenario(tasks_per_month=exactly("2000000")), n_draws=500)
    assert [load.state for load in over.loads] == ["overloaded"]
    assert over.comparisons[0].decided_by == "fast-enough"
    assert over.comparisons[0].verdict == "not viable"
    slow = record([task(items(3, 5), service_latency_s=3.0)])
    waits = assess(slow, [profile()], scenario(tasks_per_month=exactly("1150000")), n_draws=2_000)
    assert "at this volume" in next(g.why for g in waits.comparisons[0].gates if g.name == "fast-enough")


# An hour with a request every 4 s, an hour in which nobody comes, and another such hour.
TWO_HOURS = arrivals_of([4.0 * i + (3600 if i >= 900 else 0) for i in range(1800)], "log.csv")


def test_recorded_arrivals_are_met_as_they_came() -> None:
    load = task_load("some-task", SERVICE, POINT, scenario(), Randomness(0), TWO_HOURS)
    assert load is not None, "they state a load without any volume"
    assert load.arrivals == "recorded"
    assert load.arrivals_per_s == pytest.approx(1799 / (7196 + 3600)), "the silent hour is theirs"
    assert load.latency is not None
    assert load.latency.p99 == pytest.approx((2, 2, 2)), "nobody waits who comes every 4 s"
    assert load.busy_share[0] == pytest.approx(0.5 * 1584 * 4 / (1584 * 4 + 3600), rel=0.01)
    assert any("1,800 recorded in 3 h, 438," in note for note in load.notes)


def test_the_gate_and_the_assumptions_say_which_arrivals() -> None:
    some = record([task(items(3, 5))])
    told = assess(some, [profile()], scenario(), arrivals=TWO_HOURS, n_draws=50)
    assert any((one.name, one.source) == ("arrivals", "log.csv") for one in told.assumptions)
    gate = next(gate for gate in told.comparisons[0].gates if gate.name == "fast-enough")
    assert (gate.result, gate.why) == ("pass", "600 arrivals an hour as recorded, capacity 1,800")
    rush = arrivals_of([float(i) for i in range(300)], "log.csv")
    over = assess(some, [profile()], scenario(), arrivals=rush, n_draws=50).comparisons[0]
    assert (over.verdict, over.decided_by) == ("not viable", "fast-enough")


def test_arrivals_unlike_the_volume_that_shares_the_fixed_costs_are_told() -> None:
    some = record([task(items(3, 5))])
    each_tenth = arrivals_of([10.0 * i for i in range(361)], "log.csv")  # 360 an hour, 36,000 in 100 hours
    bought = {"ownership": DEDICATED, "device_price": exactly("360"), "allowed_hours": exactly("100")}

    def told(tasks_per_month: str, **held: object) -> tuple[str, ...]:
        said = scenario(tasks_per_month=exactly(tasks_per_month), **held)
        return assess(some, [profile()], said, arrivals=each_tenth, n_draws=50).notes

    expected = (
        "fixed costs are shared by 17,000 tasks a month (--tasks-per-month), and the load is that of "
        "log.csv, 36,000 a month at its rate (--arrivals)"
    )
    assert expected in told("17000", **bought)
    assert any("73,000 tasks a month" in note for note in told("73000", **bought))
    for alike in ("18000", "36000", "72000"):
        assert not any("fixed costs" in note for note in told(alike, **bought)), "within a factor of two"
    assert not any("fixed costs" in note for note in told("17000")), "a device already owned has none"


def test_arrivals_are_sorted_and_counted() -> None:
    moved = arrivals_of([10.0, *map(float, range(300))], "log.txt")
    assert (moved.seconds[:2], moved.seconds[10:12], moved.n_moved) == ((0, 1), (10, 10), 1)
    assert any("1 arrivals stood out of order" in note for note in moved.notes(scenario()))
    stated = TWO_HOURS.notes(scenario(tasks_per_month=exactly("1000")))
    assert "where 1,000 are stated" in stated[0]
    for moments, complaint in (
        ([1.0] * 300, "at one moment"),
        ([1e-300 * i for i in range(300)], "at one moment"),
        ([1.0, 2.0], "2 arrivals"),
        ([0.0] * 100_001, "100,001 arrivals"),
    ):
        with pytest.raises(InputError, match=complaint):
            arrivals_of(moments, "log.txt")


def curve_of(**changes: object) -> LoadCurve:
    circumstances = scenario(**changes)
    device = device_side("some-task", items(3, 5), POINT, circumstances, Randomness(0, 200))
    found = load_curve("some-task", SERVICE, device, circumstances, Randomness(0, 20_000))
    assert found is not None
    return found


def test_a_curve_over_loads_is_that_of_one_server() -> None:
    """M/D/1 of 2 s: busy for the load, waiting load ÷ 2(1 − load) services, none from capacity on."""
    curve = curve_of()
    assert tuple(point.load_share for point in curve.points) == CURVE_SHARES
    for point in curve.points:
        assert point.arrivals_per_s == pytest.approx(point.load_share * 0.5)
        assert point.busy_share[0] == pytest.approx(min(1, point.load_share), abs=0.1)
        assert (point.latency is None) == (point.state == "overloaded") == (point.load_share >= 1)
    half = curve.points[4].latency
    assert half is not None
    assert half.mean[0] == pytest.approx(3, rel=0.15)
    times = [point.latency.mean[0] for point in curve.points if point.latency is not None]
    assert times == sorted(times)


def test_a_curve_shares_the_fixed_costs_by_what_is_served() -> None:
    # 12.6298 USD a month; 131,490 attempts at a tenth of capacity, 1,314,900 from there on; 36 J: 0.0000036
    curve = curve_of(ownership=DEDICATED, device_price=exactly("360"), discount_rate=exactly("0"))
    for at, attempts in ((0, 131_490), (9, 1_314_900), (11, 1_314_900)):
        point = curve.points[at]
        assert float(point.served_per_month) == pytest.approx(attempts)
        assert float(point.usd_per_attempt or 0) == pytest.approx(12.6298 / attempts + 0.0000036, rel=0.01)
        assert float(point.usd_per_correct or 0) == pytest.approx(float(point.usd_per_attempt or 0) / 0.6)


def test_curves_are_simulated_only_when_asked_for() -> None:
    some = record([task(items(3, 5))])
    assert assess(some, [profile()], scenario(), n_draws=50).load_curves == ()
    (curve,) = assess(some, [profile()], scenario(), n_draws=50, has_load_curves=True).load_curves
    assert (curve.task, len(curve.points), curve.n_requests < 400) == ("some-task", 12, True)
