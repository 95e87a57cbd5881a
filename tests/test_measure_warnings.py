"""When a sample counts as disturbed, and the closed list of warnings."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st
from measuring import S

from bench.measure.disturbance import OTHERS_SHARE, STALLED_SHARE, contention_between
from bench.measure.energy import above_idle, attribute
from bench.measure.warnings import REMEDIES, warn, warnings_of
from bench.meters.protocol import Conditions, ContentionReading
from bench.records.types import (
    Contention,
    EnergyReading,
    Latency,
    RateSample,
    RequestSample,
    Settings,
    SpeedPoint,
)

# -- disturbance ---------------------------------------------------------------------------------


def between(
    busy_s: float | None, own_s: float | None, stalled_s: float | None, *, n_cpus: int = 2, lasts_s: int = 10
) -> Contention:
    before = ContentionReading(
        0,
        None if busy_s is None else 100.0,
        None if own_s is None else 7.0,
        None if stalled_s is None else 3.0,
        2,
    )
    after = ContentionReading(
        lasts_s * S,
        None if busy_s is None else 100.0 + busy_s,
        None if own_s is None else 7.0 + own_s,
        None if stalled_s is None else 3.0 + stalled_s,
        n_cpus,
    )
    return contention_between(before, after)


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


def test_stalls_alone_disturb() -> None:
    assert between(10.0, 10.0, STALLED_SHARE * 10 + 0.1).is_disturbed
    assert not between(10.0, 10.0, STALLED_SHARE * 10 - 0.1).is_disturbed


@pytest.mark.parametrize(("busy_s", "own_s"), [(None, 1.0), (5.0, None), (None, None)])
def test_not_known_is_none_and_not_zero(busy_s: float | None, own_s: float | None) -> None:
    found = between(busy_s, own_s, None)
    assert found.others_cpu_s is None
    assert found.stalled_s is None
    assert not found.is_disturbed


@given(busy_s=st.floats(0, 30), own_s=st.floats(0, 30))
def test_others_never_take_less_than_nothing(busy_s: float, own_s: float) -> None:
    found = between(busy_s, own_s, None)
    assert found.others_cpu_s is not None
    assert found.others_cpu_s >= 0


# -- warnings ------------------------------------------------------------------------------------

SETTINGS = Settings(
    engine="llama_cpp",
    n_ctx=4096,
    n_batch=2048,
    n_ubatch=512,
    n_threads=2,
    n_threads_batch=2,
    n_gpu_layers=0,
    n_seq_max=1,
    kv_unified=True,
    swa_full=False,
    type_k="f16",
    type_v="f16",
    flash_attn="auto",
    use_mmap=True,
    use_mlock=False,
)
GOOD = Conditions(
    usable_cpus=2,
    online_cpus=2,
    on_battery=False,
    governor="performance",
    governor_driver="acpi-cpufreq",
    temperature_c=50.0,
    cpu_mhz=3000.0,
    swap_used_bytes=0,
)


def sample(
    rate: float = 400.0, *, disturbed: bool = False, overhead: float = 0.0, known: bool = True
) -> RateSample:
    calls_s = 128 / rate
    return RateSample(
        n_tokens=128,
        calls_s=calls_s,
        loop_s=calls_s * (1 + overhead),
        is_warm_up=False,
        contention=Contention(others_cpu_s=0.0 if known else None, stalled_s=None, is_disturbed=disturbed),
    )


def point(samples: Sequence[RateSample]) -> SpeedPoint:
    return SpeedPoint(
        test="tg128", n_prompt=0, n_gen=128, n_depth=0, samples=tuple(samples), stopped_because="narrow"
    )


def request(*, disturbed: bool = False) -> RequestSample:
    return RequestSample(
        item_id="a",
        n_prompt_tokens=10,
        n_output_tokens=2,
        n_output_chars=3,
        tokenize_s=0.0,
        ttft_s=0.1,
        prefill_s=0.1,
        decode_s=0.1,
        itl_s=(0.1,),
        is_truncated=False,
        is_warm_up=False,
        contention=Contention(others_cpu_s=0.0, stalled_s=None, is_disturbed=disturbed),
    )


def energy(**changes: object) -> EnergyReading:
    facts: dict[str, object] = {
        "phase": "prefill",
        "meter": "rapl",
        "covers": "package",
        "provenance": "measured",
        "detail": "",
        "window_s": 1.0,
        "n_tokens": 10,
        "gross_j": (5.0, 5.0, 5.0),
        "above_idle_j": (4.0, 4.0, 4.0),
    }
    return EnergyReading.model_validate({**facts, **changes})


def latency(requests: Sequence[RequestSample], readings: Sequence[EnergyReading] = ()) -> Latency:
    return Latency(task="gsm8k", requests=tuple(requests), energy=tuple(readings))


def codes(
    *,
    settings: Settings = SETTINGS,
    conditions: Conditions = GOOD,
    speed: Sequence[SpeedPoint] = (),
    served: Sequence[Latency] = (),
) -> set[str]:
    found = warnings_of(settings=settings, conditions=conditions, speed=speed, latency=served)
    assert all(warned.remedy == REMEDIES[warned.code] for warned in found)
    return {warned.code for warned in found}


def test_a_good_run_has_no_warning() -> None:
    steady = point([sample(400 + i / 10) for i in range(8)])
    assert codes(speed=[steady], served=[latency([request()] * 4, [energy()])]) == set()


@pytest.mark.parametrize(
    ("conditions", "code"),
    [
        ({"on_battery": True}, "battery-power"),
        ({"governor": "powersave"}, "powersave-governor"),
        ({"usable_cpus": 1}, "threads-over-cpus"),
        ({"online_cpus": 8}, "few-cpus"),
        ({"swap_used_bytes": 1 << 30}, "swap-used"),
    ],
)
def test_conditions_that_move_speed_are_told(conditions: dict[str, object], code: str) -> None:
    facts = {name: getattr(GOOD, name) for name in GOOD.__dataclass_fields__}
    assert code in codes(conditions=Conditions(**{**facts, **conditions}))


def test_unknown_conditions_are_no_warning() -> None:
    unknown = Conditions(2, 2, None, None, None, None, None, None)
    assert codes(conditions=unknown) == set()


def test_some_disturbed_samples_are_told_and_too_few_clean_ones_mark_the_figure() -> None:
    some = point([sample()] * 6 + [sample(disturbed=True)])
    most = point([sample()] * 2 + [sample(disturbed=True)] * 6)
    assert codes(speed=[some]) == {"disturbed-samples"}
    assert {"disturbed-figure", "wide-interval"} <= codes(speed=[most])


def test_disturbed_requests_are_told() -> None:
    assert codes(served=[latency([request()] * 5 + [request(disturbed=True)], [energy()])]) == {
        "disturbed-samples"
    }
    assert codes(served=[latency([request(disturbed=True)], [energy()])]) == {"disturbed-figure"}


def test_a_wide_or_missing_interval_is_told() -> None:
    assert codes(speed=[point([sample()] * 3)]) == {"wide-interval"}
    assert codes(speed=[point([sample(400), sample(300)] * 5)]) == {"wide-interval"}


def test_time_between_the_calls_is_told() -> None:
    assert codes(speed=[point([sample(overhead=0.05)] * 6)]) == {"loop-overhead"}
    assert codes(speed=[point([sample(overhead=0.005)] * 6)]) == set()


def test_unknown_contention_is_told() -> None:
    assert codes(speed=[point([sample(known=False)] * 6)]) == {"contention-unknown"}


def test_energy_that_is_no_measurement_is_told() -> None:
    modelled = energy(provenance="modelled", meter="cpu-model", gross_j=None)
    assert codes(served=[latency([request()] * 3, [modelled])]) == {"energy-modelled"}
    absent = energy(provenance="absent", gross_j=None, above_idle_j=None, absent_because="too short")
    assert codes(served=[latency([request()] * 3, [absent])]) == {"energy-absent"}
    assert codes(served=[latency([request()] * 3, [energy(above_idle_j=None)])]) == {"idle-power-unknown"}


def test_no_meter_is_told() -> None:
    nobodys = attribute(None, "prefill", [], 10)
    assert codes(served=[latency([request()] * 3, [nobodys])]) == {"no-energy-meter"}
    found = warnings_of(
        settings=SETTINGS.model_copy(update={"n_gpu_layers": -1}),
        conditions=GOOD,
        speed=(),
        latency=[latency([request()] * 3, [nobodys])],
    )
    assert ["GPU" in warned.what for warned in found] == [True]


def test_a_window_no_higher_than_idle_is_told_with_that_reason() -> None:
    idle = energy(phase="idle", gross_j=(50.0, 50.0, 50.0), above_idle_j=None)
    low = above_idle(energy(above_idle_j=None), [idle])
    (warned,) = warnings_of(
        settings=SETTINGS, conditions=GOOD, speed=(), latency=[latency([request()] * 3, [low])]
    )
    assert warned.code == "energy-absent"
    assert "rise above" in warned.what


def test_the_list_is_closed() -> None:
    with pytest.raises(KeyError):
        warn("a-new-one", "what")
    assert all(remedy for remedy in REMEDIES.values())
