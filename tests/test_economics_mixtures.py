"""Local first, API on doubt: figures by hand, and signals that are perfect or worth nothing.

An attempt is 3.6 µUSD here and 120 µUSD there, as in ``economics_cases``.
"""

from collections.abc import Sequence
from decimal import Decimal
from unittest.mock import Mock, patch

import numpy as np
import pytest
from economics_cases import exactly, items, profile, record, scenario, score, task

from bench.economics.api.api_cost import HostedAnswer
from bench.economics.assess import assess
from bench.economics.assumptions.scenario import Stated
from bench.economics.device.device_cost import DEDICATED
from bench.economics.ways import mixtures as ways
from bench.records.types import ItemResult, Mixture, Sampling

HERE, THERE = Decimal("0.0000036"), Decimal("0.00012")


def said(value: str) -> tuple[Stated, ...]:
    return (Stated(None, exactly(value, "share")),)


def answers(signals: Sequence[float], right: Sequence[bool]) -> tuple[ItemResult, ...]:
    return tuple(
        one.model_copy(
            update={
                "outcome": "right" if is_right else "wrong",
                "least_margin_nats": signal,
                "mean_margin_nats": 2 * signal,
            }
        )
        for one, signal, is_right in zip(items(0, len(right)), signals, right, strict=True)
    )


# 40 items: 16 in doubt, of which 4 are right; 24 sure ones, of which 21 are right.
DOUBTED = answers([1.0] * 16 + [3.0] * 24, [True] * 4 + [False] * 12 + [True] * 21 + [False] * 3)


def mixtures(
    tried: Sequence[ItemResult],
    given: Sequence[HostedAnswer] = (),
    *,
    sampling: Sampling | None = None,
    n_draws: int = 500,
    api: object = None,
    **changes: object,
) -> dict[str, Mixture]:
    found = assess(
        record([task(tried, sampling=sampling)]),
        [profile(scores=() if api is None else (api,))],  # type: ignore[arg-type]
        scenario(**changes),
        transcripts={("some-task", "some-api"): given},
        n_draws=n_draws,
    ).mixtures
    return {one.router: one for one in found}


def least(tried: Sequence[ItemResult], given: Sequence[HostedAnswer] = (), **changes: object) -> Mixture:
    return mixtures(tried, given, **changes)["least-margin"]  # type: ignore[arg-type]


def test_a_mixture_worked_by_hand() -> None:
    # An API at 90 % whose 85 % are good enough: the 16 doubtful items go there, 40 %. Right: 21 kept and
    # 0.9 · 16 of the others, so 35.4 of 40. An item costs 3.6 + 0.4 · 120 = 51.6 µUSD.
    found = least(DOUBTED, api_accuracy=said("0.9"))
    assert (found.unknown_because, found.api_right_by, found.threshold) == ("", "independent", 3.0)
    assert found.escalated is not None
    assert found.escalated[0] == 0.4
    assert found.mixed is not None
    assert found.mixed.accuracy[0] == pytest.approx(0.885)
    assert found.mixed.usd_per_item[0] == Decimal("0.0000516")
    assert found.mixed.usd_per_correct is not None
    assert found.mixed.usd_per_correct[0] == pytest.approx(Decimal("0.0000516") / Decimal("0.885"))
    assert found.mixed.usd_with_errors is None
    # By chance: 60 % of the items right with 25 of 40, 40 % with 0.9.
    assert found.accuracy_at_random == pytest.approx(0.6 * 0.625 + 0.4 * 0.9)
    assert found.local is not None
    assert found.hosted is not None
    assert (found.local.accuracy[0], found.local.usd_per_item[0]) == (0.625, HERE)
    assert (found.hosted.accuracy[0], found.hosted.usd_per_item[0]) == (0.9, THERE)
    # Of the 40 % at most all are right, and at least 0.9 + 0.4 - 1: bounds hold for any dependence.
    assert found.mixed.accuracy[1] < 21 / 40 + 0.3
    assert found.mixed.accuracy[2] > 21 / 40 + 0.4


def test_a_loss_per_error_and_a_check_enter_by_hand() -> None:
    changes = {"loss_per_error": exactly("0.001"), "check_cost": exactly("0.000002")}
    found = least(DOUBTED, api_accuracy=said("0.9"), **changes)
    assert found.mixed is not None
    assert found.local is not None
    assert found.mixed.usd_per_item[0] == Decimal("0.0000536")
    assert found.mixed.usd_with_errors is not None
    assert found.mixed.usd_with_errors[0] == Decimal("0.0000536") + Decimal("0.115") * Decimal("0.001")
    assert found.local.usd_per_item[0] == HERE  # who passes nothing on need not check
    assert found.probability_cheapest is not None
    assert found.probability_cheapest > 0.5


def test_a_transcript_tells_what_the_api_does_with_doubtful_items() -> None:
    # Right on 10 of the 16 doubtful items and on all others; 100 tokens in and 20 out are 180 µUSD of each.
    there = [HostedAnswer(f"item-{i}", "right" if i >= 6 else "wrong", 100, 20) for i in range(40)]
    found = least(DOUBTED, there, delta=exactly("0.1"))
    assert (found.api_right_by, found.threshold) == ("transcript", 3.0)
    assert found.mixed is not None
    assert found.hosted is not None
    assert found.mixed.accuracy[0] == (21 + 10) / 40
    assert found.hosted.accuracy[0] == 34 / 40
    assert found.mixed.usd_per_item[0] == HERE + Decimal("0.4") * Decimal("0.00018")
    only_wrong = [HostedAnswer(f"item-{i}", "wrong", 100, 20) for i in range(40)]
    kept = least(DOUBTED, only_wrong)
    assert kept.escalated is not None
    assert (kept.threshold, kept.escalated[0], kept.probability_cheapest) == (0.0, 0.0, 0.0)
    assert kept.mixed == kept.local  # and so no cheaper than itself


def test_a_vote_costs_all_its_attempts_but_one_months_share() -> None:
    # Three attempts at each: of 24 items they agree on the right answer, of 16 all differ and are wrong.
    def attempts(i: int) -> list[ItemResult]:
        (one,) = items(1, 1, item_id=f"item-{i}")
        words = ["yes"] * 3 if i < 24 else [f"no {sample}" for sample in range(3)]
        outcome = "right" if i < 24 else "wrong"
        return [
            one.model_copy(update={"sample": sample, "answer": word, "outcome": outcome})
            for sample, word in enumerate(words)
        ]

    tried = [one for i in range(40) for one in attempts(i)]
    terms = {"api_accuracy": said("0.9"), "sampling": Sampling(temperature=1.0, n_samples=3)}
    (found,) = mixtures(tried, **terms).values()  # type: ignore[arg-type]
    assert (found.router, found.attempts_per_item, found.n_items, found.threshold) == (
        "self-consistency",
        3.0,
        40,
        1.0,
    )
    assert found.mixed is not None
    assert found.mixed.usd_per_item[0] == 3 * HERE + Decimal("0.4") * THERE
    assert found.mixed.accuracy[0] == pytest.approx((24 + 0.9 * 16) / 40)
    # 360 USD over 36 months and 10 W idle: 12.6298 USD a month, 0.00126298 for each of 10,000 items.
    owned = {"ownership": DEDICATED, "device_price": exactly("360"), "discount_rate": exactly("0")}
    (bought,) = mixtures(tried, **terms, **owned).values()  # type: ignore[arg-type]
    assert bought.mixed is not None
    assert bought.mixed.usd_per_item[0] - found.mixed.usd_per_item[0] == Decimal("0.00126298")


def test_what_is_not_known_is_said() -> None:
    assert mixtures(items(20, 40), api_accuracy=said("0.9")) == {}  # no margins
    few = least(DOUBTED[:19], api_accuracy=said("0.9"))
    assert few.unknown_because == "19 items or groups of items, and a threshold takes 20 to be chosen"
    shared = [one.model_copy(update={"cluster": str(i % 10)}) for i, one in enumerate(DOUBTED)]
    assert least(shared, api_accuracy=said("0.9")).n_groups == 10
    assert "nothing is known of the API's accuracy" in least(DOUBTED).unknown_because
    assert (few.mixed, few.escalated, few.threshold) == (None, None, None)


def test_costs_that_nobody_reads_are_not_worked_out() -> None:
    """Both routers share those that are told: the attempts at an item are the same."""
    with patch.object(ways, "device_costs", Mock(wraps=ways.device_costs)) as worked_out:
        mixtures(DOUBTED)
        mixtures(DOUBTED[:19], api_accuracy=said("0.9"))
        assert worked_out.call_count == 0
        mixtures(DOUBTED, api_accuracy=said("0.9"))
        assert worked_out.call_count == 1


def test_a_needed_accuracy_bounds_what_passing_on_gains() -> None:
    # An API that is known to reach 0.8 may be always right: 21 + 16 of 40 at best.
    found = least(DOUBTED, need_accuracy=said("0.8"))
    assert found.mixed is not None
    assert found.hosted is not None
    assert found.mixed.accuracy[0] == pytest.approx(37 / 40)
    assert found.mixed.accuracy[1] < 21 / 40 + 0.2
    assert found.hosted.accuracy == (1.0, 0.8, 1.0)


def test_what_is_needed_is_needed_of_a_mixture_with_a_known_api_too() -> None:
    # 21 of 24 kept and 0.9 of the other 16 are 0.885 of 40; no threshold comes near 0.99.
    within = least(DOUBTED, api=score(0.9, 1000), need_accuracy=said("0.6"))
    beyond = least(DOUBTED, api=score(0.9, 1000), need_accuracy=said("0.99"))
    assert within.escalated is not None
    assert within.escalated[0] == 0.4
    assert beyond.escalated is not None
    assert beyond.escalated[0] == 0.0
    assert beyond.probability_cheapest == 0.0


def test_an_api_just_at_the_bar_must_do_as_well_as_one_that_is_always_right() -> None:
    # 40 doubtful items, all wrong, go to an API that may be just at the bar of 0.9, so that it gets 0.36 to
    # 0.4 of all items right. Of the 60 sure ones all are right: 0.96 at least. With 3 wrong it is 0.93 to
    # 0.97, and what 100 items tell makes 0.9 unsure at the bar alone.
    def probability(n_sure_and_wrong: int) -> float:
        right = [False] * 40 + [i >= n_sure_and_wrong for i in range(60)]
        found = least(answers([1.0] * 40 + [3.0] * 60, right), need_accuracy=said("0.9"))
        assert found.probability_cheapest is not None
        return found.probability_cheapest

    assert probability(0) > 0.95
    assert 0.5 < probability(3) < 0.95


def test_a_perfect_signal_is_cheaper_than_both_ends() -> None:
    right = [i % 2 == 0 for i in range(60)]
    found = least(answers([5.0 if one else 1.0 for one in right], right), api=score(0.95, 1000))
    assert found.mixed is not None
    assert found.accuracy_at_random is not None
    assert found.probability_cheapest is not None
    assert found.mixed.accuracy[0] == pytest.approx(0.5 + 0.5 * 0.95)
    assert found.mixed.accuracy[0] > found.accuracy_at_random + 0.2
    assert found.probability_cheapest > 0.95


def test_a_signal_worth_nothing_gains_nothing() -> None:
    # With an error at 0.36 mUSD an item passed on saves (0.9 - 0.6) · 0.36 = 0.108 for 0.12: a little less.
    luck, gains, above_chance = np.random.default_rng(7), [], []
    for seed in range(20):
        tried = answers([*luck.exponential(size=40)], [*(luck.random(40) < 0.6)])
        terms = {"api_accuracy": said("0.9"), "loss_per_error": exactly("0.00036"), "seed": seed}
        for found in mixtures(tried, n_draws=50, **terms).values():  # type: ignore[arg-type]
            assert found.mixed is not None
            assert found.local is not None
            assert found.hosted is not None
            assert found.mixed.usd_with_errors is not None
            assert found.accuracy_at_random is not None
            ends = [side.usd_with_errors for side in (found.local, found.hosted)]
            better = min(end[0] for end in ends if end is not None)
            gains.append(float((better - found.mixed.usd_with_errors[0]) / better))
            above_chance.append(found.mixed.accuracy[0] - found.accuracy_at_random)
    for found_by_chance in (gains, above_chance):
        assert np.mean(found_by_chance) < 2 * np.std(found_by_chance) / np.sqrt(20)


def test_the_same_record_gives_the_same_mixtures() -> None:
    terms = {"api_accuracy": said("0.9")}
    assert mixtures(DOUBTED, **terms) == mixtures(DOUBTED, **terms)  # type: ignore[arg-type]
    both = mixtures(DOUBTED, **terms)  # type: ignore[arg-type]
    assert both["mean-margin"].threshold == 6.0  # twice the margin, and else the same
    same = {"router": "least-margin", "threshold": 3.0, "fold_thresholds": (3.0,) * 5}
    assert both["mean-margin"].model_copy(update=same) == both["least-margin"]
