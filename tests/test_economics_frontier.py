"""The cheapest way to a correct answer and what each adds: by hand, by property, and from records."""

from decimal import Decimal

import pytest
from economics_cases import BUSY, QUIET, exactly, items, latency, profile, record, scenario, score, task
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.economics.assess import assess
from bench.economics.assumptions.constants import read_constant
from bench.economics.assumptions.scenario import Stated
from bench.economics.ways.bounds import read_bound
from bench.economics.ways.frontier import frontier, frontiers
from bench.economics.ways.published_ways import PublishedWay
from bench.economics.ways.ranges import Range, least_of, times_without
from bench.economics.ways.ways import KnownWay, published_way
from bench.records.types import Added, Contention, Figure, Frontier, Mixture, MixtureSide, Record, Way

D = Decimal


def way(name: str, usd: str, accuracy: str, **changes: object) -> KnownWay:
    chosen = {"task": "some-task", "source": "a made-up list", "date": "2026-01-01", **changes}
    return published_way(PublishedWay(name, read_bound(usd), read_bound(accuracy), **chosen))  # type: ignore[arg-type]


def held(found: Frontier) -> dict[str, Way]:
    return {one.name: one for one in found.ways}


def added(found: Frontier, ranking: int = 0) -> dict[str, Added]:
    return {one.of: one for one in found.rankings[ranking].added}


def times(found: Frontier, ranking: int = 0) -> dict[str, Decimal | None]:
    return {name: one.times and one.times.value for name, one in added(found, ranking).items()}


# A cheap one, a dear one that is nearly always right, and one that is dearer than the first and worse.
# Per correct answer: 1 / 0.5 = 2, 4 / 0.8 = 5, 3 / 0.4 = 7.5.
CHEAP, GOOD, POOR = way("cheap", "1", "0.5"), way("good", "4", "0.8"), way("poor", "3", "0.4", kind="human")


def test_three_ways_by_hand() -> None:
    found = frontier("some-task", [CHEAP, GOOD, POOR])
    assert [held(found)[name].dominated_by for name in ("cheap", "good", "poor")] == [(), (), ("cheap",)]
    (ranking,) = found.rankings
    assert (ranking.cheapest, ranking.usd.value, ranking.not_told_apart) == ("cheap", 2, ())
    # Without the cheap one the good one is next, at 5: 5 / 2. Humans are the poor one alone.
    assert times(found) == {
        "cheap": D("2.5"), "good": 1, "poor": 1, "all other published ways": D("3.75"), "all humans": 1
    }  # fmt: skip
    without = added(found)["all other published ways"].without_usd  # 7.5 / 2 = 3.75
    assert without is not None
    assert without.value == D("7.5")


def test_a_loss_per_error_by_hand() -> None:
    # L = 6: 1 + 0.5 · 6 = 4, 4 + 0.2 · 6 = 5.2, 3 + 0.6 · 6 = 6.6; without the cheap one 5.2 / 4
    found = frontier("some-task", [CHEAP, GOOD, POOR], loss_usd=D(6))
    spend, with_errors = found.rankings
    assert (spend.cheapest, with_errors.cheapest, with_errors.usd.value) == ("cheap", "cheap", 4)
    assert times(found, 1)["cheap"] == D("1.3")
    # L = 20: 1 + 10 = 11 against 4 + 4 = 8
    found = frontier("some-task", [CHEAP, GOOD, POOR], loss_usd=D(20))
    assert found.rankings[1].cheapest == "good"
    assert times(found, 1)["good"] == D("1.375")


def test_an_envelope_by_hand() -> None:
    # 1 + 0.5 L = 4 + 0.2 L at L = 10; 4 + 0.2 L = 9 + 0 L at L = 25; 1 + 0.5 L = 9 at 16, above the second
    ways = [CHEAP, GOOD, POOR, way("right", "9", "1"), way("same as cheap", "1", "0.5")]
    found = {
        name: one.cheapest_for and (one.cheapest_for.low_usd, one.cheapest_for.high_usd)
        for name, one in held(frontier("some-task", ways)).items()
    }
    assert found == {
        "cheap": (0, 10), "good": (10, 25), "poor": None, "right": (25, None), "same as cheap": (0, 10)
    }  # fmt: skip


def test_a_way_by_bounds_is_the_cheapest_perhaps() -> None:
    # At best it is 4 + 0.2 L: cheapest from 10 on; at worst nothing bounds it, so that nobody knows.
    over = way("over", ">4", "0.8")
    losses = {name: one.cheapest_for for name, one in held(frontier("some-task", [CHEAP, over])).items()}
    cheap, dear = losses["cheap"], losses["over"]
    assert cheap is not None
    assert (cheap.low_usd, cheap.high_usd, cheap.is_sure) == (0, None, False)
    assert dear is not None
    assert (dear.low_usd, dear.high_usd, dear.is_sure) == (10, None, False)
    # At most 4 for more than 0.8: for sure from 10 on, and perhaps for any, since it may be had for nothing.
    under = held(frontier("some-task", [CHEAP, way("under", "<4", ">0.8"), way("worst", "5", "0.4")]))[
        "under"
    ]
    assert under.cheapest_for is not None
    assert (under.cheapest_for.low_usd, under.cheapest_for.high_usd) == (0, None)
    assert not under.cheapest_for.is_sure


def shown(figure: Figure | None) -> str:
    assert figure is not None
    return f"{figure.sign}{figure.value:f}"


def test_bounds_stay_bounds() -> None:
    # 4 / 0.32 = 12.5; 1000 / 0.8 = 1250; 5 / 1 = 5 and more; 17 / 0.68 = 25
    found = frontier(
        "some-task",
        [way("o", "<4", "0.32"), way("p", ">1000", "0.8"), way("q", "~5", "<1"), way("r", "17", "0.68")],
    )
    assert {name: shown(one.usd_per_correct) for name, one in held(found).items()} == {
        "o": "<12.5", "p": ">1250", "q": ">~5", "r": "=25"
    }  # fmt: skip
    (ranking,) = found.rankings
    assert (ranking.cheapest, shown(ranking.usd)) == ("o", "<12.5")  # the least at its worst
    assert ranking.not_told_apart == ("q",)
    # Without o it is between 5 and 25, over less than 12.5: nothing bounds it but 1. r adds nothing.
    of = added(found)
    assert of["o"].without_usd == Figure(value=None, sign="~", low=D(5), high=D(25))
    assert (shown(of["o"].times), shown(of["r"].times)) == (">~1", "=1")
    alone = frontier("some-task", [way("o", "<4", "0.32"), way("r", "17", "0.68")])
    assert shown(added(alone)["o"].times) == ">2"  # 25 / less than 12.5
    dear = frontier("some-task", [way("p", ">1000", "0.8"), way("r", "17", "0.68")])
    assert shown(added(dear)["r"].times) == ">50"  # more than 1250 / 25


def test_what_nothing_replaces_and_what_is_never_right() -> None:
    found = frontier("some-task", [CHEAP, way("never", "1", "0")], loss_usd=D(1))
    assert held(found)["never"].usd_per_correct is None
    only = added(found)["cheap"]
    assert (only.without_usd, only.times) == (None, None)
    assert "never" not in added(found)
    assert times(found, 1)["cheap"] == D(2) / D("1.5")  # by cost with errors it is a way: 1 + 1 over 1 + 0.5


def test_what_costs_nothing_is_no_number_of_times_cheaper() -> None:
    of = added(frontier("some-task", [way("free", "0", "0.5"), CHEAP]))
    assert (shown(of["free"].without_usd), of["free"].times) == ("=2", None)
    assert shown(of["cheap"].times) == "=1"


def test_an_accuracy_that_is_needed() -> None:
    found = frontier("some-task", [CHEAP, GOOD, POOR], needed_accuracy=D("0.8"))
    assert [one.meets_need for one in found.ways] == ["fail", "pass", "fail"]
    assert (found.rankings[0].cheapest, added(found)["good"].times) == ("good", None)
    found = frontier("some-task", [CHEAP, way("above", "9", ">0.7")], needed_accuracy=D("0.8"))
    assert [one.meets_need for one in found.ways] == ["fail", "open"]
    assert found.rankings == ()


ways = st.lists(
    st.tuples(
        st.sampled_from(["", "<", ">", "~"]),
        st.integers(1, 9),
        st.sampled_from(["", "<", ">"]),
        st.integers(1, 9),
    ),
    min_size=2,
    max_size=6,
).map(
    lambda drawn: [
        way(f"way {i}", f"{cost_sign}{usd}", f"{sign}0.{tenths}")
        for i, (cost_sign, usd, sign, tenths) in enumerate(drawn)
    ]
)


@settings(max_examples=25)
@given(ways)
def test_another_way_never_raises_the_frontier(ways: list[KnownWay]) -> None:
    spends = [one.per_correct for one in ways if one.per_correct is not None]
    fewer, all_of_them = least_of(spends[1:]), least_of(spends)
    assert all_of_them.low <= fewer.low
    assert all_of_them.high <= fewer.high
    assert all_of_them.most <= fewer.most
    assert times_without(fewer, spends[0]).least >= 1
    for one in frontier("some-task", ways).rankings[0].added:
        assert one.times is None or one.times.low >= 1


@settings(max_examples=25)
@given(ways)
def test_without_a_dominated_way_nothing_changes(ways: list[KnownWay]) -> None:
    found = frontier("some-task", ways, loss_usd=D(3))
    dominated = [one.name for one in found.ways if one.dominated_by]
    left = [one for one in ways if one.name not in dominated]
    anew = frontier("some-task", left, loss_usd=D(3))
    for before, after in zip(found.rankings, anew.rankings, strict=True):
        assert before.usd == after.usd
    for name in dominated:
        for ranking in (0, 1):
            factor = added(found, ranking)[name].times
            assert factor is not None
            assert factor.low == 1


@settings(max_examples=25)
@given(st.lists(st.tuples(st.integers(1, 20), st.integers(0, 10)), min_size=2, max_size=6))
def test_the_envelope_is_the_least_at_every_loss(drawn: list[tuple[int, int]]) -> None:
    ways = [way(f"way {i}", str(usd), str(D(tenths) / 10)) for i, (usd, tenths) in enumerate(drawn)]
    found = held(frontier("some-task", ways))
    for loss in map(D, ("0.3", "1.7", "7.1", "33.3", "1000.1")):
        costs = {one.name: one.cost.with_errors(one.accuracy, loss).low for one in ways}
        least = min(costs.values())
        for name, one in found.items():
            part = one.cheapest_for
            is_inside = part is not None and part.low_usd <= loss <= (part.high_usd or D("Infinity"))
            if is_inside:
                assert costs[name] - least < D("1e-20")
            elif costs[name] == least:  # then it only touches: a part of one point
                assert sum(cost == least for cost in costs.values()) > 1


# -- from records --------------------------------------------------------------------------------


def assessed(
    n_right: int,
    *,
    key: str = "0",
    n: int = 40,
    accuracy: float = 0.9,
    contention: Contention = QUIET,
    **changes: object,
) -> Record:
    run = record([task(items(n_right, n))], [latency(contention=contention)])
    run = run.model_copy(update={"id": key * 16})
    apis = [profile(scores=[score(accuracy, 1000)]), profile("unknown-api")]
    return run.model_copy(update={"assessment": assess(run, apis, scenario(**changes), n_draws=500)})


HUMAN = PublishedWay(
    "a human", read_bound("2"), read_bound("0.98"), "a made-up list", "2026-01-01", "some-task", "human"
)


def test_records_apis_and_humans_together() -> None:
    # Here 3.6 µUSD: 30 of 40 right 4.8 µUSD, 20 of 40 7.2 µUSD. There 80 · 1 + 10 · 4 = 120 µUSD; / 0.9
    records = [assessed(30), assessed(20, key="1", n=20)]
    (found,) = frontiers(records, scenario(), [HUMAN], {"0" * 16: "one", "1" * 16: "other"})
    assert [(one.kind, one.name) for one in found.ways] == [
        ("local", "one"), ("local", "other"), ("api", "some-api"), ("human", "a human")
    ]  # fmt: skip
    spends = [one.usd_per_correct and one.usd_per_correct.value for one in found.ways]
    assert spends[:2] == [D("0.0000048"), D("0.0000036")]
    assert spends[2] == pytest.approx(D("0.00013333333"))
    assert times(found)["all local models"] == pytest.approx(D("37.037037"))
    assert times(found)["a human"] == 1
    assert held(found)["some-api"].items_of == "40 items of one"  # the most, though it is not last
    assert [(one.name, one.why.split(":")[0]) for one in found.left_out] == [
        ("unknown-api", "its accuracy is not known")
    ]
    assert held(found)["a human"].dominated_by == ()
    assert held(found)["some-api"].beaten_by == ("other",)


def test_intervals_that_overlap_are_not_told_apart() -> None:
    records = [assessed(30), assessed(28, key="1")]
    (found,) = frontiers(records, scenario(), (), {"0" * 16: "one", "1" * 16: "other"})
    assert found.rankings[0].cheapest == "one"
    assert found.rankings[0].not_told_apart == ("other",)
    ratio = added(found)["one"].times
    assert ratio is not None
    assert ratio.low == 1
    assert ratio.value == pytest.approx(D(30) / 28)


def test_an_api_known_by_the_bar_is_between_it_and_always_right() -> None:
    need = (Stated(None, exactly("0.8")),)
    run = record([task(items(39, 40))], [latency()])
    told = run.model_copy(
        update={"assessment": assess(run, [profile()], scenario(need_accuracy=need), n_draws=500)}
    )
    (found,) = frontiers([told], scenario(need_accuracy=need))
    api = held(found)["some-api"]
    assert shown(api.accuracy) == ">0.8"
    assert api.usd_per_correct is not None
    assert (api.usd_per_correct.value, api.usd_per_correct.low) == (None, D("0.00012"))
    assert [one.meets_need for one in found.ways] == ["pass", "pass"]
    # 0.00012 / 0.0000036 * 0.975 = 32.5 times at least, and 1 / 0.8 of that at most
    ratio = added(found)["some-model"].times
    assert ratio is not None
    assert ratio.value is None
    assert ratio.low <= D("32.5")
    assert ratio.high is not None
    assert ratio.high >= D("40.625")


def test_what_is_not_known_is_left_out_and_never_nothing() -> None:
    run = record([task(items(30, 40))], [])
    run = run.model_copy(update={"assessment": assess(run, [profile()], scenario(), n_draws=500)})
    assert frontiers([run], scenario(), [HUMAN]) == ()  # one way is nothing to compare
    (found,) = frontiers([run, assessed(30, key="1")], scenario(), [HUMAN])
    (first, *_) = found.left_out
    assert (first.kind, first.why.split(":")[0]) == ("local", "its cost is not known")
    assert all(one.cost_usd.value != 0 for one in found.ways)


def test_who_cannot_do_the_stated_volume_is_no_way_to_it() -> None:
    # 730.5 hours of 2 s each are 1,314,900 attempts
    def left_out(tasks_per_month: str) -> list[tuple[str, str]]:
        said = read_constant(tasks_per_month, "tasks/month", "-") if tasks_per_month else None
        volume = {} if said is None else {"tasks_per_month": said}
        run = with_mixtures(assessed(30, **volume), mixed("least-margin", "0.00004", 0.8))
        (found,) = frontiers([run], scenario(**volume), [HUMAN])
        return [(one.kind, one.why) for one in found.left_out if one.name != "unknown-api"]

    too_many = "it can do 1,314,900 of the 1,314,901 tasks a month"
    assert left_out("1314901") == [("local", too_many), ("mixture", too_many)]
    assert left_out("1314900") == []
    assert left_out("1000..2000000") == [], "perhaps it can"
    assert left_out("") == [], "nobody stated a volume"


def test_names_are_told_apart_and_other_items_are_another_task() -> None:
    same = profile("some-model", scores=[score(0.9, 100)])
    run = record([task(items(30, 40))], [latency()])
    run = run.model_copy(update={"assessment": assess(run, [same], scenario(), n_draws=500)})
    (found,) = frontiers([run], scenario())
    assert [one.name for one in found.ways] == ["some-model", "some-model (api)"]
    other = record([task(items(30, 40), content_sha256="f" * 64)], [latency()])
    other = other.model_copy(update={"assessment": run.assessment, "id": "1" * 16})
    assert [one.content_sha256[:1] for one in frontiers([run, other], scenario()) if one.content_sha256] == [
        "0", "f"
    ]  # fmt: skip


def mixed(router: str, usd: str, accuracy: float, **changes: object) -> Mixture:
    """An answer of a mixture with intervals of a tenth either way."""
    exact = D(usd)
    spend = exact / D(str(accuracy))
    side = MixtureSide(
        accuracy=(accuracy, accuracy - 0.1, accuracy + 0.1),
        usd_per_item=(exact, exact, exact),
        usd_per_correct=(spend, spend * D("0.9"), spend * D("1.1")),
        usd_with_errors=None,
    )
    chosen = {
        "task": "some-task", "api": "some-api", "router": router, "n_items": 40, "n_groups": 40,
        "attempts_per_item": 1.0, "api_right_by": "independent", "mixed": side, **changes,
    }  # fmt: skip
    return Mixture(**chosen)  # type: ignore[arg-type]


def with_mixtures(run: Record, *mixtures: Mixture) -> Record:
    assert run.assessment is not None
    return run.model_copy(update={"assessment": run.assessment.model_copy(update={"mixtures": mixtures})})


def test_mixtures_are_ways_too() -> None:
    unknown = mixed("self-consistency", "1", 0.5, mixed=None, unknown_because="too few items")
    nothing = mixed("mean-margin", "0.0000036", 0.75, escalated=(0.0, 0.0, 0.0))  # the device alone
    run = with_mixtures(assessed(30), mixed("least-margin", "0.00004", 0.8), unknown, nothing)
    (found,) = frontiers([run], scenario(loss_per_error=exactly("0.0004")))
    name = "some-model, on doubt some-api (least-margin)"
    assert (held(found)[name].kind, shown(held(found)[name].usd_per_correct)) == ("mixture", "=0.00005")
    # With errors: here 3.6 + 0.25 · 400 = 103.6, there 120 + 0.1 · 400 = 160, mixed 40 + 0.2 · 400 = 120 µUSD
    # Without the model there is no mixture of it either, and only the API is left.
    assert found.rankings[1].cheapest == "some-model"
    assert times(found, 1) == pytest.approx(
        {"some-model": D(160) / D("103.6"), "all local models": D(160) / D("103.6"), name: 1, "some-api": 1,
         "all mixtures": 1, "all APIs": 1}
    )  # fmt: skip
    assert [one.n_ways for one in found.rankings[1].added if one.of in ("all APIs", "all mixtures")] == [2, 1]
    assert {one.why for one in found.left_out if one.kind == "mixture"} == {
        "too few items", "nothing is passed on, or everything"
    }  # fmt: skip


@pytest.mark.parametrize(("contention", "is_disturbed"), [(QUIET, False), (BUSY, True)])
def test_what_the_device_does_says_if_its_joules_were_disturbed(
    contention: Contention, is_disturbed: bool
) -> None:
    run = with_mixtures(assessed(30, contention=contention), mixed("least-margin", "0.00004", 0.8))
    (found,) = frontiers([run], scenario())
    assert {one.kind: one.is_disturbed for one in found.ways} == {
        "local": is_disturbed, "api": False, "mixture": is_disturbed
    }  # fmt: skip


def test_of_a_mixture_with_an_api_known_by_the_bar_the_value_is_the_best() -> None:
    need = (Stated(None, exactly("0.8")),)
    run = record([task(items(39, 40))], [latency()])
    run = run.model_copy(
        update={"assessment": assess(run, [profile()], scenario(need_accuracy=need), n_draws=500)}
    )
    (found,) = frontiers([with_mixtures(run, mixed("mean-margin", "0.00004", 0.8))], scenario())
    mixture = held(found)["some-model, on doubt some-api (mean-margin)"]
    assert mixture.accuracy.value is None
    assert (mixture.accuracy.low, mixture.accuracy.high) == (pytest.approx(D("0.7")), pytest.approx(D("0.9")))
    assert mixture.usd_per_correct is not None
    assert (mixture.usd_per_correct.value, mixture.usd_per_correct.high) == (None, D("0.000055"))


def test_a_range_holds_its_ends() -> None:
    with pytest.raises(ValueError, match="no range"):
        Range(D(2), D(1), D(0), D(3))
