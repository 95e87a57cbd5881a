"""Evidence in its order, and the quality gate: worked by hand, and honest about what is open."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest
from economics_cases import AT, CITED, items, profile, score, task
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bench.catalog.types import ReasoningRange
from bench.economics.api.api_cost import HostedAnswer
from bench.economics.assumptions.scenario import Scenario, Words
from bench.economics.verdict.accuracy import ApiAccuracy, LocalAccuracy, api_accuracy, attempted
from bench.economics.verdict.flips import quality_flips
from bench.economics.verdict.judging import QualityFinding, fewest_right, judge, turning_api_accuracy
from bench.records.types import ItemResult
from bench.stats import Share


def evidence(
    words: Words | None = None, scores: Sequence[float] = (), right: int | None = None
) -> ApiAccuracy:
    answers = (
        () if right is None else tuple(HostedAnswer(f"item-{i}", _outcome(i < right)) for i in range(100))
    )
    published = tuple(score(one, 1319) for one in scores)
    return api_accuracy(profile(scores=published), "some-task", answers, Scenario.read(words or {}, at=AT))


def _outcome(is_right: bool) -> str:
    return "right" if is_right else "wrong"


def answers(n_right: int, n: int) -> LocalAccuracy:
    return LocalAccuracy.of(items(n_right, n))


def published(accuracy: float, n: int | None) -> ApiAccuracy:
    scores = (score(accuracy, n),)
    return api_accuracy(profile(scores=scores), "some-task", (), Scenario.read({}, at=AT))


def of_many(accuracy: float) -> LocalAccuracy:
    n = 10**8
    return replace(answers(1, 1), share=Share(accuracy, n, n))


def tried(*n_right: int, of: int = 5, cluster_of: int | None = None) -> tuple[ItemResult, ...]:
    """``of`` attempts at each item, of which so many are right; ``cluster_of`` items share a source."""
    return tuple(
        one.model_copy(
            update={
                "item_id": f"item-{number}",
                "sample": sample,
                "cluster": None if cluster_of is None else f"text {number // cluster_of}",
            }
        )
        for number, right in enumerate(n_right)
        for sample, one in enumerate(items(right, of))
    )


@pytest.mark.parametrize(
    ("task_name", "benchmarks", "taken"),
    [
        ("hub:gsm8k", ("gsm8k",), "gsm8k"),
        ("hub:gpqa-diamond", ("gpqa", "gpqa-diamond"), "gpqa-diamond"),
        ("hub:gpqa-diamond", ("gpqa",), None),  # of which set is not said
        ("gpqa", ("gpqa", "gpqa-diamond"), "gpqa-diamond"),  # whose 25 items are of the diamond set
        ("gpqa", ("gpqa",), "gpqa"),
        ("hub:mgsm-de", ("mgsm",), None),  # one language of the eleven
        ("hub:math-500", ("math",), None),
        ("own:gsm8k", ("gsm8k",), None),
    ],
)
def test_a_published_score_is_evidence_on_its_own_benchmark_alone(
    task_name: str, benchmarks: tuple[str, ...], taken: str | None
) -> None:
    scores = tuple(score(0.9 - 0.1 * i, 100, name) for i, name in enumerate(benchmarks))
    known = api_accuracy(profile(scores=scores), task_name, (), Scenario.read({}, at=AT))
    expected = {one.task: one.accuracy for one in scores}.get(taken or "")
    assert known.value == expected
    assert ("which set is not stated" in known.evidence.detail) == (taken == "gpqa")


def test_a_score_counts_at_the_effort_at_which_it_was_reached() -> None:
    ranges = tuple(ReasoningRange("*", effort, 1.0, 2.0, 3.0, CITED) for effort in ("medium", "high"))
    hard = replace(score(0.9, 100), effort="high")
    api = profile(scores=(hard,), is_reasoning=True, effort="medium", reasoning=ranges)
    nowhere = Scenario.read({}, at=AT)
    assert api_accuracy(api, "some-task", (), nowhere).evidence.kind == "none"
    known = api_accuracy(api.at_effort("high"), "some-task", (), nowhere)
    assert known.value == 0.9
    assert "0-shot, high effort, 100 items" in known.evidence.detail


def test_evidence_in_its_order() -> None:
    words = {"api-accuracy": "0.92±0.02"}
    assert evidence(words, [0.93], 90).evidence.kind == "transcript"
    assert evidence(words, [0.93]).evidence.kind == "published"
    assert evidence(words).evidence.kind == "declared-accuracy"
    assert evidence({"need-accuracy": "0.8"}).evidence.kind == "declared-bar"
    none = evidence()
    assert (none.evidence.kind, none.evidence.accuracy) == ("none", None)
    assert "no published score of some-api on some-task" in none.evidence.detail


def test_a_score_of_another_task_is_no_evidence() -> None:
    other = profile(scores=[score(0.9, task="another-task")])
    assert api_accuracy(other, "some-task", (), Scenario.read({}, at=AT)).evidence.kind == "none"


def test_a_published_score_is_widened_by_its_sampling_and_the_setting() -> None:
    # Wilson of 1227/1319: 0.9152 to 0.9428; and 5 points either way.
    known = evidence(scores=[0.93]).evidence
    assert known.accuracy == pytest.approx((0.93, 0.8652, 0.9928), abs=1e-4)
    assert "±0.05 for the setting" in known.detail


def test_a_score_of_unknown_items_is_not_free_of_sampling_error() -> None:
    # Wilson of 29/30: 0.8333 to 0.9941; and 5 points below.
    unknown = api_accuracy(profile(scores=[score(0.98)]), "some-task", (), Scenario.read({}, at=AT))
    assert unknown.evidence.accuracy == pytest.approx((0.98, 0.7833, 1.0), abs=1e-4)
    assert "number of items unknown, taken as only 30" in unknown.evidence.detail


def test_attempts_count_unreadable_answers_but_not_failures_of_the_harness() -> None:
    unreadable = items(0, 1, item_id="unread", outcome="unscored", reason="no JSON in the answer")
    failed = items(0, 1, item_id="failed", outcome="unscored", is_judged=False, n_output_tokens=None)
    assert attempted(task([*items(1, 2), *unreadable, *failed])) == (*items(1, 2), *unreadable)


def test_local_interval() -> None:
    interval = answers(57, 60).interval
    assert interval is not None
    assert interval.method == "Wilson score, right / attempted"
    assert (interval.value, interval.low, interval.high) == pytest.approx((0.95, 0.8630, 0.9828), abs=1e-4)
    assert answers(0, 0).interval is None


def test_attempts_at_the_same_items_are_no_further_items() -> None:
    once, often = answers(30, 60).interval, LocalAccuracy.of(tried(*[5] * 30, *[0] * 30)).interval
    assert once is not None
    assert often is not None
    assert (often.low, often.high) == pytest.approx((once.low, once.high), abs=0.01)
    assert "300 attempts at 60 items, widened" in often.method
    shared = LocalAccuracy.of(tried(*[5] * 30, *[0] * 30, cluster_of=10)).interval
    assert shared is not None
    assert "300 attempts at 60 items in 6 clusters" in shared.method
    assert shared.high - shared.low > 2 * (often.high - often.low)
    loose = LocalAccuracy.of(tried(*[2, 3] * 30)).interval
    assert loose is not None
    assert loose.high - loose.low < 0.6 * (often.high - often.low)


def test_several_attempts_are_judged_by_what_they_tell() -> None:
    bar = evidence({"need-accuracy": "0.4"})
    assert judge(LocalAccuracy.of(tried(*[2, 3] * 30)), bar, 0.05).result == "pass"
    all_or_nothing = judge(LocalAccuracy.of(tried(*[5] * 30, *[0] * 30)), bar, 0.05)
    assert all_or_nothing.result == judge(answers(30, 60), bar, 0.05).result == "open"
    assert "150 of 300 attempts at 60 items right" in all_or_nothing.why
    once = judge(answers(30, 60), bar, 0.05).items_to_settle
    assert all_or_nothing.items_to_settle == pytest.approx(once, rel=0.05)


def test_a_transcript_is_paired_with_all_attempts_at_an_item() -> None:
    attempts = tried(*[5] * 27, *[4] * 3)
    hosted = [HostedAnswer(item.item_id, "right") for item in attempts]
    api = api_accuracy(profile(), "some-task", hosted, Scenario.read({}, at=AT), attempts)
    assert api.evidence.detail == "transcript of 30 of the same items"
    assert api.evidence.accuracy == pytest.approx((1.0, 0.8865, 1.0), abs=1e-4)
    finding = judge(LocalAccuracy.of(attempts), api, 0.15)
    assert finding.difference is not None
    assert finding.difference.value == pytest.approx(-0.02)
    assert finding.result == "pass"
    assert judge(LocalAccuracy.of(tried(*[1] * 30)), api, 0.15).result == "fail"
    still_open = judge(LocalAccuracy.of(tried(*[5] * 20, *[3] * 10)), api, 0.15)
    assert still_open.result == "open"
    assert still_open.items_to_settle is not None
    assert still_open.items_to_settle > 30


@pytest.mark.parametrize(
    ("n_right", "n", "api", "result", "items_to_settle"),
    [
        # One-sided Wilson of 57/60: 0.881 to 0.980.
        (57, 60, evidence({"need-accuracy": "0.8"}), "pass", None),
        (57, 60, evidence({"need-accuracy": "0.99"}), "fail", None),
        # 9/10: 0.652 to 0.977. (1.645·0.4 + 0.842·0.3)² / 0.1² = 82.9
        (9, 10, evidence({"need-accuracy": "0.8"}), "open", 83),
        (10, 10, evidence({"need-accuracy": "0.8"}), "open", 11),
        # Exactly at the bar nothing settles it.
        (8, 10, evidence({"need-accuracy": "0.8"}), "open", None),
        # (1.645·0.3571 + 0.842·0.3756)² / 0.02² = 2040.7
        (83, 100, evidence({"need-accuracy": "0.85"}), "open", 2041),
        # No margin is granted against a bar, and one of 5 points against an API of the same accuracy.
        (830, 1000, evidence({"need-accuracy": "0.85"}), "fail", None),
        (830, 1000, evidence({"api-accuracy": "0.85"}), "pass", None),
        (2, 100, evidence(scores=[0.93]), "fail", None),
        (100, 100, evidence(scores=[0.93]), "pass", None),
        (99, 100, evidence({"api-accuracy": "0.97±0.01"}), "pass", None),
        (0, 0, evidence({"need-accuracy": "0.8"}), "open", None),
        (9, 10, evidence(), "open", 491),
    ],
)
def test_the_gate_worked_by_hand(
    n_right: int, n: int, api: ApiAccuracy, result: str, items_to_settle: int | None
) -> None:
    finding = judge(answers(n_right, n), api, 0.05)
    assert (finding.result, finding.items_to_settle) == (result, items_to_settle)
    assert finding.why


def test_a_score_too_uncertain_to_beat_calls_for_a_transcript() -> None:
    # 0.90 against 0.93 ± 0.06: more items here cannot settle a margin of 5 points. Paired, 20 % discordant:
    # (1.645·√0.1975 + 0.842·√0.1991)² / 0.02² = 3063
    finding = judge(answers(180, 200), evidence(scores=[0.93]), 0.05)
    assert finding.result == "open"
    assert finding.items_to_settle == pytest.approx(3063, abs=5)
    assert "a transcript of about" in finding.why


@pytest.mark.parametrize("accuracy", [0.95, 0.97, 0.98])
@pytest.mark.parametrize("n", [None, 164, 200, 1319])
def test_the_items_that_are_said_to_settle_it_do(accuracy: float, n: int | None) -> None:
    api = published(accuracy, n)
    for n_right in range(90, 101):
        found = judge(answers(n_right, 100), api, 0.05)
        most = judge(of_many(n_right / 100), api, 0.05)
        assert ("on the device would settle it" in found.why) == (
            found.result == "open" and most.result != "open"
        )


def test_a_score_and_its_band_can_be_too_uncertain_even_for_many_items_here() -> None:
    # Wilson of 194/200 ends at 0.984, and 3 points further for the setting: 1.014 - 0.05 > 0.96.
    found = judge(answers(96, 100), published(0.97, 200), 0.05)
    assert "the API's own accuracy is too uncertain" in found.why
    assert judge(of_many(0.96), published(0.97, 200), 0.05).result == "open"


def test_a_margin_of_nothing_or_of_everything_is_said_so() -> None:
    none = judge(answers(2, 100), evidence({"api-accuracy": "0.95"}), 0.0).why
    assert none.endswith("where no loss is allowed")
    tiny = judge(answers(2, 100), evidence({"api-accuracy": "0.95"}), 0.0001).why
    assert tiny.endswith("where -0.0001 is allowed")
    everything = judge(answers(0, 10), evidence(scores=[0.97]), 1.0)
    assert everything.items_to_settle is None
    assert everything.why.endswith(
        "where -1.000 is allowed; any difference is within that margin: "
        "there is nothing that items could settle"
    )


def test_a_transcript_is_tested_in_pairs() -> None:
    api = evidence(right=90)
    # The same 90 items right on both sides: no discordant pair, so the score interval is z²/(n+z²) wide.
    same = judge(answers(90, 100), api, 0.05)
    assert same.result == "pass"
    assert same.difference is not None
    assert same.difference.low == pytest.approx(-2.7055 / 102.7055, abs=1e-4)
    # Unpaired, 90 of 100 against 90 of 100 could differ by 7 points.
    assert judge(answers(70, 100), api, 0.05).result == "fail"
    assert judge(answers(87, 100), api, 0.05).result == "open"


def test_without_any_evidence_it_says_what_would_settle_it() -> None:
    finding = judge(answers(9, 10), evidence(), 0.05)
    assert finding.difference is None
    for way in ("transcript of about 491 items", "--api-accuracy", "--need-accuracy"):
        assert way in finding.why


def test_a_margin_of_everything_is_no_error() -> None:
    assert judge(answers(9, 10), evidence(), 1.0).items_to_settle is None
    for n_right in (0, 10):
        assert judge(answers(n_right, 10), evidence(scores=[0.99]), 1.0).result in ("pass", "open")


@settings(max_examples=30)
@given(st.integers(1, 60), st.floats(0.05, 1), st.floats(0, 0.2))
def test_more_right_answers_never_make_it_worse(n: int, value: float, delta: float) -> None:
    rank = {"fail": 0, "open": 1, "pass": 2}
    for words in ({"need-accuracy": f"{value:.3f}"}, {"api-accuracy": f"{value:.3f}"}):
        api = evidence(words)
        results = [rank[judge(answers(k, n), api, delta).result] for k in range(n + 1)]
        assert results == sorted(results)


@settings(max_examples=50)
@given(st.integers(0, 40), st.floats(0, 1), st.floats(0, 1))
def test_a_better_api_is_never_easier_to_match(n_right: int, one: float, other: float) -> None:
    rank = {"fail": 0, "open": 1, "pass": 2}
    low, high = sorted((round(one, 3), round(other, 3)))
    against_low = judge(answers(n_right, 40), evidence({"api-accuracy": f"{low:.3f}"}), 0.05)
    against_high = judge(answers(n_right, 40), evidence({"api-accuracy": f"{high:.3f}"}), 0.05)
    assert rank[against_low.result] >= rank[against_high.result]


@pytest.mark.parametrize(
    ("n_right", "n", "api", "result", "said", "items_to_settle"),
    [
        # One-sided Wilson of 580/1000: 0.554 to 0.605. Near enough to 0.6, and far below what is needed.
        (580, 1000, {"api-accuracy": "0.6"}, "fail", "(each bound 95 % sure), where 0.8 is needed", None),
        # 830/1000: 0.810 to 0.849. Better than needed, and far below the API.
        (830, 1000, {"api-accuracy": "0.95"}, "fail", "95 % sure), where -0.050 is allowed", None),
        (830, 1000, {"api-accuracy": "0.85"}, "pass", "-0.050 is allowed; 830 of 1000 right", None),
        # 9/10: 0.652 to 0.977, at ease beside 0.6, and 83 items from 0.8.
        (9, 10, {"api-accuracy": "0.6"}, "open", "where 0.8 is needed", 83),
        # Both are open, and 0.8 is the farther: (1.645·0.4 + 0.842·0.3571)² / 0.05² = 367.2
        (17, 20, {"api-accuracy": "0.8"}, "open", "where 0.8 is needed", 368),
        (0, 0, {"api-accuracy": "0.8"}, "open", "no item was attempted", None),
    ],
)
def test_the_device_must_meet_the_need_beside_the_api(
    n_right: int, n: int, api: dict[str, str], result: str, said: str, items_to_settle: int | None
) -> None:
    finding = judge(answers(n_right, n), evidence(api), 0.05, 0.8)
    assert (finding.result, finding.items_to_settle) == (result, items_to_settle)
    assert said in finding.why
    alone = judge(answers(n_right, n), evidence(api), 0.05)
    assert finding.difference == alone.difference


def test_a_need_beside_a_bar_or_nothing_known_is_that_bar() -> None:
    for known in (evidence({"need-accuracy": "0.8"}), evidence()):
        assert judge(answers(9, 10), known, 0.05, 0.8) == judge(answers(9, 10), known, 0.05)


def test_a_transcript_leaves_the_need_what_it_is() -> None:
    # 70 of 100 on both sides, the same items: as good as the API, and Wilson's 0.62 to 0.77 is below 0.8.
    api = evidence(right=70)
    assert judge(answers(70, 100), api, 0.05).result == "pass"
    assert judge(answers(70, 100), api, 0.05, 0.8).result == "fail"
    assert judge(answers(70, 100), api, 0.05, 0.6).result == "pass"


@pytest.mark.parametrize("seed", range(4))
def test_a_need_never_helps(seed: int) -> None:
    rank = {"fail": 0, "open": 1, "pass": 2}
    api = evidence({"api-accuracy": f"0.{5 + seed}"})
    for n_right in range(0, 41, 4):
        alone = judge(answers(n_right, 40), api, 0.05).result
        bar = judge(answers(n_right, 40), evidence({"need-accuracy": "0.7"}), 0.05).result
        assert judge(answers(n_right, 40), api, 0.05, 0.7).result == min(
            alone, bar, key=lambda one: rank[one]
        )


@example(n_right=[5] * 12, value=0.5, delta=0.05, need=0.9, is_bar=True)
@settings(max_examples=60)
@given(
    st.lists(st.integers(0, 5), min_size=1, max_size=12),
    st.floats(0.01, 1),
    st.sampled_from([0.0, 0.05, 0.3]),
    st.sampled_from([None, 0.3, 0.9]),
    st.booleans(),
)
def test_the_fewest_right_are_those_with_which_the_gate_would_pass(
    n_right: list[int], value: float, delta: float, need: float | None, is_bar: bool
) -> None:
    words: Words = {"need-accuracy": f"{value:.3f}"} if is_bar else {}
    api = evidence(words, scores=() if is_bar else (round(value, 3),))
    local = LocalAccuracy.of(tried(*n_right))

    def had(right: int) -> LocalAccuracy:
        return replace(local, n_right=right, share=local.share.at(right / local.n))

    passing = [right for right in range(local.n + 1) if judge(had(right), api, delta, need).result == "pass"]
    assert fewest_right(local, api, delta, need) == min(passing, default=local.n + 1)


def flips_of(local: LocalAccuracy, api: ApiAccuracy, finding: QualityFinding) -> list[str]:
    return [one.text for one in quality_flips(local, api, finding, Scenario.read({}, at=AT))]


def turned(local: LocalAccuracy, api: ApiAccuracy, beside: Callable[[float], ApiAccuracy]) -> float | None:
    """By trying each thousandth, from the API's own outward."""
    finding = judge(local, api, 0.05)
    passes = finding.result == "pass"
    own = round(1000 * (api.value or 0.0))
    outward = range(own + 1, 1000) if passes else range(own - 1, 0, -1)
    found = (one / 1000 for one in outward)
    turn = next((one for one in found if (judge(local, beside(one), 0.05).result == "pass") != passes), None)
    side = "above" if passes else "below"
    said = [] if turn is None else [f"an API accuracy {side} {turn:.3f} (now {api.value:.3f})"]
    assert [text for text in flips_of(local, api, finding) if "an API accuracy" in text] == said
    return turn


@pytest.mark.parametrize("n", [None, 200, 1319])
@pytest.mark.parametrize("accuracy", [0.971, 0.845, 0.3])
def test_the_gate_turns_at_the_published_score_that_is_said_to_flip_it(
    accuracy: float, n: int | None
) -> None:
    for local in (answers(58, 60), answers(60, 60), answers(45, 60), answers(5, 60)):
        api = published(accuracy, n)
        expected = turned(local, api, lambda one: published(one, n))
        assert turning_api_accuracy(local.share, api, 0.05) == expected


@pytest.mark.parametrize(
    ("accuracy", "band"), [("0.98", "0.05"), ("0.97", "0.1"), ("0.9", "0"), ("0.02", "0.05")]
)
def test_the_gate_turns_at_the_declared_accuracy_that_is_said_to_flip_it(accuracy: str, band: str) -> None:
    def declared(one: float | str) -> ApiAccuracy:
        return evidence({"api-accuracy": f"{one}±{band}"})

    for local in (answers(58, 60), answers(45, 60), answers(0, 60)):
        expected = turned(local, declared(accuracy), declared)
        assert turning_api_accuracy(local.share, declared(accuracy), 0.05) == expected


def test_a_score_far_enough_below_its_own_is_one_that_passes() -> None:
    # 58/60 against 0.971 of unknown items: at 0.88 the gate passes, at 0.883 it does not.
    local, api = answers(58, 60), published(0.971, None)
    assert turning_api_accuracy(local.share, api, 0.05) == 0.882
    assert [judge(local, published(one, None), 0.05).result for one in (0.882, 0.883)] == ["pass", "open"]


def test_a_margin_at_which_it_is_still_open_flips_just_above() -> None:
    api = evidence({"api-accuracy": "0±0.05"})
    finding = judge(answers(0, 60), api, 0.05)
    assert finding.result == "open"
    assert judge(answers(0, 60), api, 0.0501).result == "pass"
    assert "--delta just above what it is (now 0.05)" in flips_of(answers(0, 60), api, finding)
