"""Each thing that keeps the machine from the worker is named, and what is not known disturbs nothing."""

from dataclasses import replace
from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from measuring import S

from bench.measure.disturbance import (
    HARMLESS,
    LOST_SHARE,
    LOST_SHARE_PER_CPU,
    OTHERS_SHARE,
    STALLED_SHARE,
    contention_between,
    state_of,
)
from bench.meters.protocol import ContentionReading
from bench.records.types import Cause, Contention, MachineState

QUIET = ContentionReading(
    at_ns=0,
    busy_cpu_s=100.0,
    own_cpu_s=7.0,
    stalled_s=3.0,
    n_cpus=2,
    waited_s=1.0,
    stolen_s=1.0,
    throttled_s=1.0,
    swapped_bytes=1 << 30,
    memory_stalled_s=1.0,
    suspended_s=60.0,
    wall_s=1.7e9,
)


def after(lasts_s: float, **grown: float) -> Contention:
    """The worker keeps two CPUs busy for ``lasts_s``; what ``grown`` names grows by so much besides."""
    busy = {"busy_cpu_s": 2 * lasts_s, "own_cpu_s": 2 * lasts_s, "wall_s": lasts_s}
    growth = {name: busy.get(name, 0) + grown.get(name, 0) for name in {*busy, *grown}}
    changes: dict[str, Any] = {name: getattr(QUIET, name) + more for name, more in growth.items()}
    return contention_between(QUIET, replace(QUIET, at_ns=round(lasts_s * S), **changes))


def test_a_quiet_sample_has_no_cause() -> None:
    found = after(10.0)
    assert found.causes == ()
    assert not found.is_disturbed
    assert found.clock_step_s == 0.0


@pytest.mark.parametrize(
    ("lasts_s", "grown", "cause"),
    [
        (10.0, {"busy_cpu_s": 2.0}, "other-processes"),
        (0.8, {"waited_s": 0.08}, "cpu-pressure"),  # 10 % of one core, in a sample that ticks cannot judge
        (10.0, {"stolen_s": 0.5}, "hypervisor-steal"),
        (1.0, {"throttled_s": 0.05}, "quota-throttled"),
        (1.0, {"swapped_bytes": 50 << 20}, "swapping"),
        (1.0, {"memory_stalled_s": 0.05}, "memory-pressure"),
        (1.0, {"suspended_s": 30.0, "wall_s": 30.0}, "suspended"),
        (1.0, {"wall_s": 3600.0}, "clock-stepped"),
        (1.0, {"wall_s": -2.0}, "clock-stepped"),
    ],
)
def test_each_cause_is_named_alone(lasts_s: float, grown: dict[str, float], cause: Cause) -> None:
    found = after(lasts_s, **grown)
    assert found.causes == (cause,)
    assert found.is_disturbed is (cause not in HARMLESS)


@pytest.mark.parametrize(
    "grown",
    [
        {"busy_cpu_s": 0.1},
        {"waited_s": 0.02},  # what kernel threads take of a quiet machine
        {"stolen_s": 0.02},
        {"throttled_s": 0.005},
        {"swapped_bytes": 1 << 16},
        {"memory_stalled_s": 0.005},
        {"suspended_s": 0.001},
        {"wall_s": 0.1},  # a time service that slews
    ],
)
def test_what_every_machine_shows_is_no_cause(grown: dict[str, float]) -> None:
    assert after(1.0, **grown).causes == ()


def test_the_size_of_a_clock_step_is_kept_and_sleep_is_none() -> None:
    assert after(1.0, wall_s=-7200.0).clock_step_s == -7200.0
    slept = after(1.0, suspended_s=30.0, wall_s=30.0)
    assert slept.clock_step_s == 0.0
    assert slept.suspended_s == 30.0


def test_several_causes_are_all_named() -> None:
    assert after(1.0, waited_s=0.5, throttled_s=0.5).causes == ("cpu-pressure", "quota-throttled")


def test_every_cause_but_the_clock_that_a_series_shows_is_found_here() -> None:
    counters = ("busy_cpu_s", "waited_s", "stolen_s", "throttled_s", "swapped_bytes", "memory_stalled_s")
    grown = dict.fromkeys((*counters, "suspended_s"), 1e9)
    assert {*after(1.0, **grown).causes, "lower-clock"} == set(get_args(Cause))


def between(
    busy_s: float | None, own_s: float | None, stalled_s: float | None, *, n_cpus: int = 2, lasts_s: int = 10
) -> Contention:
    """As systems other than Linux tell it: no more than these three."""

    def at(at_ns: int, busy: float, own: float, stalled: float) -> ContentionReading:
        return ContentionReading(
            at_ns,
            None if busy_s is None else busy,
            None if own_s is None else own,
            None if stalled_s is None else stalled,
            n_cpus,
        )

    return contention_between(
        at(0, 100.0, 7.0, 3.0),
        at(lasts_s * S, 100.0 + (busy_s or 0), 7.0 + (own_s or 0), 3.0 + (stalled_s or 0)),
    )


def test_own_time_is_not_others() -> None:
    found = between(20.0, 19.9, 0.0)
    assert found.others_cpu_s == pytest.approx(0.1)
    assert not found.is_disturbed


def test_others_are_judged_by_their_share_of_the_usable_cpus() -> None:
    just_over = OTHERS_SHARE * 10 * 2 + 0.05
    assert between(10 + just_over, 10.0, None).is_disturbed
    assert not between(10 + just_over, 10.0, None, n_cpus=4).is_disturbed


def test_ticks_of_a_short_sample_are_no_disturbance() -> None:
    assert not between(1.03, 1.0, None, lasts_s=1, n_cpus=1).is_disturbed


def test_stalls_of_the_system_count_where_the_workers_own_waits_are_not_told() -> None:
    assert between(10.0, 10.0, STALLED_SHARE * 10 + 0.1).causes == ("cpu-pressure",)
    assert not between(10.0, 10.0, STALLED_SHARE * 10 - 0.1).is_disturbed
    assert after(10.0, stalled_s=9.0).causes == ()  # somebody waited, and it was not the worker


@pytest.mark.parametrize(("busy_s", "own_s"), [(None, 1.0), (5.0, None), (None, None)])
def test_not_known_is_none_and_not_zero(busy_s: float | None, own_s: float | None) -> None:
    found = between(busy_s, own_s, None)
    untold = found.model_dump(exclude={"is_disturbed", "causes"})
    assert set(untold.values()) == {None}
    assert not found.is_disturbed


def test_waits_are_not_known_once_a_thread_has_gone() -> None:
    gone = contention_between(QUIET, replace(QUIET, at_ns=S, waited_s=0.2))
    assert gone.waited_s is None


@settings(max_examples=25)
@given(busy_s=st.floats(0, 30), own_s=st.floats(0, 30))
def test_others_never_take_less_than_nothing(busy_s: float, own_s: float) -> None:
    found = between(busy_s, own_s, None)
    assert found.others_cpu_s is not None
    assert found.others_cpu_s >= 0


@settings(max_examples=25)
@given(lasts_s=st.floats(0.05, 100), share=st.floats(0, 1))
def test_a_wait_disturbs_by_its_share_whatever_the_length(lasts_s: float, share: float) -> None:
    allowed = LOST_SHARE + 2 * LOST_SHARE_PER_CPU
    if share != pytest.approx(allowed, rel=1e-3):
        assert after(lasts_s, waited_s=share * lasts_s).is_disturbed is (share > allowed)


def test_many_cpus_may_lose_a_little_each() -> None:
    quiet = replace(QUIET, at_ns=S, wall_s=None, n_cpus=64, waited_s=1.0 + 64 * 0.004)
    assert contention_between(QUIET, quiet).causes == ()
    crowded = replace(QUIET, at_ns=S, wall_s=None, n_cpus=64, waited_s=1.0 + 0.9)  # one core of 64 taken
    assert contention_between(QUIET, crowded).causes == ("cpu-pressure",)


def test_the_state_is_that_of_the_reading() -> None:
    reading = replace(QUIET, cpu_mhz=3100.0, temperature_c=71.5, governor="performance", on_battery=False)
    assert state_of(reading) == MachineState(
        cpu_mhz=3100.0, temperature_c=71.5, governor="performance", on_battery=False
    )
