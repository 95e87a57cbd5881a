"""Seconds and joules of an attempt from requests served alone; what was not measured has a reason."""

import pytest
from economics_cases import BUSY, QUIET, items, latency, reading, request

from bench.economics.device.operating_point import joules_of_items, operating_point, seconds_of_items
from bench.records.types import EnergyReading, Latency


def with_energy(*readings: EnergyReading) -> Latency:
    return Latency(task="t", requests=(request(0),), energy=readings)


def test_rates_worked_by_hand() -> None:
    # TTFT 1 s for 100 prompt tokens, 1 s for 10 steps; 80 J for 400 prompt tokens, 64 J for 40 steps.
    point = operating_point(latency())
    assert point.speed is not None
    assert point.energy is not None
    assert point.speed.to_first_s_per_token == pytest.approx(0.01)
    assert point.speed.s_per_decode_step == pytest.approx(0.1)
    assert (point.energy.j_per_prompt_token.value, point.energy.provenance) == (0.2, "modelled")
    # An item of 100 and 11 tokens: 1 + 10 · 0.1 s, 20 + 16 J; one of 50 and 1 token: 0.5 s, 10 J.
    both = [*items(1, 1), *items(1, 1, n_prompt_tokens=50, n_output_tokens=1)]
    assert seconds_of_items(point.speed, both) == pytest.approx([2.0, 0.5])
    joules = joules_of_items(point.energy, both)
    assert joules is not None
    assert [j.value for j in joules] == pytest.approx([36.0, 10.0])


def test_bounds_of_the_joules_carry_over() -> None:
    point = operating_point(latency(spread=0.25))
    assert point.energy is not None
    joules = point.energy.joules(100, 11)
    assert joules is not None
    assert tuple(joules) == pytest.approx((36.0, 27.0, 45.0))


def test_warm_up_and_disturbed_requests_do_not_count_while_there_are_others() -> None:
    slow = {"ttft_s": 9.0, "decode_s": 9.0}
    requests = (request(0, is_warm_up=True, **slow), request(1, BUSY, **slow), request(2))
    point = operating_point(Latency(task="t", requests=requests, energy=()))
    assert point.speed is not None
    assert (point.speed.to_first_s_per_token, point.speed.is_disturbed) == (0.01, False)
    assert (point.speed.ttft_ratios, point.speed.latency_ratios) == ((1.0,), (1.0,))
    only_busy = operating_point(Latency(task="t", requests=requests[:2], energy=()))
    assert only_busy.speed is not None
    assert (only_busy.speed.to_first_s_per_token, only_busy.speed.is_disturbed) == (0.09, True)


def test_joules_that_were_taken_beside_others_say_so() -> None:
    for contention, is_disturbed in ((QUIET, False), (BUSY, True)):
        energy = operating_point(latency(contention=contention)).energy
        assert energy is not None
        assert energy.is_disturbed is is_disturbed


def test_the_first_meter_that_is_no_model_is_taken_and_none_is_added_to_another() -> None:
    facts = {"meter": "rapl", "provenance": "measured", "gross_j": (9, 9, 9)}
    rapl = (reading("prefill", (5, 5, 5), 100, **facts), reading("decode", (2, 2, 2), 10, **facts))
    facts = {"meter": "battery", "provenance": "derived", "gross_j": (9, 9, 9)}
    battery = (reading("prefill", (6, 6, 6), 100, **facts), reading("decode", (3, 3, 3), 10, **facts))
    model = (reading("prefill", (20, 10, 40), 100), reading("decode", (20, 10, 40), 10))
    for readings, meter, joules in (
        ((*rapl, *battery, *model), "rapl", 7.0),
        ((*model, *rapl, *battery), "rapl", 7.0),
        ((*model, *battery, *rapl), "battery", 9.0),
    ):
        point = operating_point(with_energy(*readings))
        assert point.energy is not None
        assert point.energy.meter == meter
        told = point.energy.joules(100, 11)
        assert told is not None
        assert told.value == pytest.approx(joules)


@pytest.mark.parametrize("lacking", ["prefill", "decode"])
def test_a_meter_that_lacks_a_phase_above_idle_is_passed_over(lacking: str) -> None:
    facts = {"meter": "wall-meter", "provenance": "derived", "gross_j": (9, 9, 9)}
    first = [
        reading(phase, None if phase == lacking else (5, 5, 5), 10, **{**facts, "absent_because": None})
        for phase in ("prefill", "decode")
    ]
    point = operating_point(
        with_energy(*first, reading("prefill", (20, 20, 20), 10), reading("decode", (2, 2, 2), 10))
    )
    assert point.energy is not None
    assert point.energy.meter == "cpu-model"


def test_joules_of_several_sequences_at_once_are_no_attempts() -> None:
    point = operating_point(with_energy(reading("prefill", (5, 5, 5), 100, n_parallel=8)))
    assert point.energy is None


@pytest.mark.parametrize(("ttft_s", "decode_s"), [(1e-320, 1.0), (1.0, 1e-320), (0.0, 0.0)])
def test_requests_that_took_no_time_tell_no_speed(ttft_s: float, decode_s: float) -> None:
    timed = Latency(task="t", requests=(request(0, ttft_s=ttft_s, decode_s=decode_s),), energy=())
    point = operating_point(timed)
    assert (point.speed, point.no_speed_because) == (None, "the timed requests took no time")


@pytest.mark.parametrize("joules", [(-0.5, -1, 0.2), (5, 1, 0), (1e-290,) * 3, (0, -1, 1), (0, 0, 5)])
def test_joules_that_no_meter_reads_are_none(joules: tuple[float, float, float]) -> None:
    point = operating_point(with_energy(reading("prefill", joules, 100), reading("decode", (1, 1, 1), 10)))
    assert point.energy is None


@pytest.mark.parametrize(
    ("measured", "no_speed", "no_energy"),
    [
        (None, "no request of this task was timed alone", "no request of this task was timed alone"),
        (Latency(task="t", requests=(), energy=()), "no request was timed", "no energy was read"),
        (
            Latency(
                task="t",
                requests=(request(0, QUIET, is_warm_up=True),),
                energy=(reading("prefill", None, 1),),
            ),
            "no request was timed",
            "no meter",
        ),
        (
            with_energy(reading("prefill", None, 100, gross_j=(9, 9, 9), absent_because=None)),
            "",
            "idle power was not measured, or was not exceeded",
        ),
    ],
)
def test_what_is_missing_has_a_reason_and_is_not_0(
    measured: Latency | None, no_speed: str, no_energy: str
) -> None:
    point = operating_point(measured)
    assert (point.speed is None) == bool(no_speed)
    assert no_speed in point.no_speed_because
    assert point.energy is None
    assert no_energy in point.no_energy_because


def test_decode_that_was_never_measured_is_unknown() -> None:
    one_token = Latency(
        task="t",
        requests=(request(0, n_output_tokens=1, decode_s=0.0, itl_s=()),),
        energy=(reading("prefill", (20, 20, 20), 100), reading("decode", None, 0)),
    )
    point = operating_point(one_token)
    assert point.speed is not None
    assert point.energy is not None
    assert seconds_of_items(point.speed, items(1, 1)) is None
    assert joules_of_items(point.energy, items(1, 1)) is None
    assert seconds_of_items(point.speed, items(1, 1, n_output_tokens=1)) == pytest.approx([1.0])
    assert joules_of_items(point.energy, items(1, 1, n_output_tokens=None)) is None
    assert seconds_of_items(point.speed, items(1, 1, n_prompt_tokens=None)) is None
