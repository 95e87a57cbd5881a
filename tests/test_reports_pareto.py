from collections.abc import Sequence

from factories import make_items, make_model, make_record, make_speed, make_task
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.records.types import Record
from bench.reports.rows.pareto import standings

SPEEDS = (make_speed("pp512", 400.0), make_speed("tg128", 150.0))


def quant(name: str, size: int = 1000, decode: float = 150.0, **changes: object) -> Record:
    """A record of no task, timed; all quants have the same prefill rate and memory."""
    fields: dict[str, object] = {
        "model": make_model(name, quantization=name, size_bytes=size),
        "speed": (SPEEDS[0], make_speed("tg128", decode)),
        "tasks": (),
        "latency": (),
    }
    return make_record(name, **{**fields, **changes})


def of(records: Sequence[Record]) -> dict[str, tuple[bool | None, tuple[str, ...]]]:
    names = {record.id: record.model.name for record in records}
    return {
        names[key]: (one.is_on_front, tuple(names[by] for by in one.dominated_by))
        for key, one in standings(records).items()
    }


def without_prefill(record: Record) -> Record:
    return record.model_copy(update={"speed": record.speed[1:]})


def test_smaller_and_faster_beyond_doubt_dominates() -> None:
    records = [without_prefill(one) for one in (quant("large", 2000, 100.0), quant("small", 1000, 200.0))]
    assert of(records) == {"large": (False, ("small",)), "small": (True, ())}


def test_overlapping_rates_dominate_nothing_and_say_what_the_values_would() -> None:
    records = [without_prefill(one) for one in (quant("large", 2000, 150.0), quant("small", 1000, 150.5))]
    large, small = standings(records).values()
    assert (large.is_on_front, small.is_on_front) == (True, True)
    assert large.overlaps == (records[1].id,)
    assert small.overlaps == ()


def test_a_trade_dominates_nothing() -> None:
    records = [without_prefill(one) for one in (quant("large", 2000, 200.0), quant("small", 1000, 100.0))]
    assert of(records) == {"large": (True, ()), "small": (True, ())}
    assert not any(one.overlaps for one in standings(records).values())


def test_a_disturbed_or_single_rate_is_not_judged_and_judges_nobody() -> None:
    for lost in (make_speed("tg128", 300.0, n=4, disturbed=4), make_speed("tg128", 300.0, n=1)):
        records = [
            quant("large", 2000, 100.0, speed=(make_speed("tg128", 100.0),)),
            quant("middle", 1500, 200.0, speed=(make_speed("tg128", 200.0),)),
            quant("small", 1000, speed=(lost,)),
        ]
        assert of(records) == {"large": (False, ("middle",)), "middle": (True, ()), "small": (None, ())}
        assert standings(records)[records[2].id].lacks == ("tg128",)


def test_a_rate_that_only_one_has_is_not_ignored() -> None:
    lost = make_speed("tg128", 300.0, n=4, disturbed=4)
    records = [
        without_prefill(quant("large", 2000)),
        without_prefill(quant("small", speed=(SPEEDS[0], lost))),
    ]
    assert of(records) == {"large": (True, ()), "small": (None, ())}


def test_modelled_joules_are_no_figure_to_judge_by() -> None:
    found = standings([make_record(), make_record("other")]).values()
    names = {name for one in found for name in one.judged_by}
    assert names
    assert not [name for name in names if "J/token" in name]


def test_accuracy_counts_only_on_the_same_items() -> None:
    right, wrong = make_items("own", 200, 0), make_items("own", 0, 200)
    records = [
        without_prefill(quant("large", 2000, 100.0, tasks=(make_task("own", right),))),
        without_prefill(quant("small", 1000, 200.0, tasks=(make_task("own", wrong),))),
    ]
    assert of(records)["large"] == (True, ())  # larger and slower, and right
    [other] = records[1].tasks
    for change in ({"content_sha256": "f" * 64}, {"n_planned": 40}, {"max_tokens": 99}):
        records[1] = records[1].model_copy(update={"tasks": (other.model_copy(update=change),)})
        assert of(records)["large"] == (False, ("small",))  # nothing to compare but size and speed


@settings(max_examples=15, deadline=None)
@given(st.lists(st.tuples(st.integers(1, 3), st.sampled_from([100.0, 101.0, 200.0])), min_size=2, max_size=5))
def test_a_dominated_record_is_never_on_the_front_and_somebody_always_is(
    drawn: list[tuple[int, float]],
) -> None:
    records = [without_prefill(quant(f"q{i}", size, decode)) for i, (size, decode) in enumerate(drawn)]
    found = standings(records)
    assert any(one.is_on_front for one in found.values())
    for key, one in found.items():
        assert one.is_on_front is not bool(one.dominated_by)
        assert key not in one.dominated_by
        assert not set(one.dominated_by) & set(one.overlaps)
