"""Routers: what they see, where thresholds lie, and that none is judged by what it was chosen on."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.economics.ways.routers import (
    ALL,
    FirstAnswer,
    Stakes,
    best_threshold,
    first_answers,
    fold_thresholds,
    folds,
)
from bench.records.types import ItemResult


def attempt(name: str, outcome: str = "right", **changes: object) -> ItemResult:
    return ItemResult(**{"item_id": name, "prompt_sha256": "0" * 64, "outcome": outcome, **changes})


def stakes(signal: list[float], right: list[int], **changes: object) -> Stakes:
    """The device for 1 USD, an API that is always right for 4 USD more; an error costs 10."""
    n = len(signal)
    chosen = {
        "signal": np.array(signal, float),
        "local_right": np.array(right, float),
        "api_right": np.ones(n),
        "api_usd": np.full(n, 4.0),
        "first_usd": 1.0,
        "loss_usd": 10.0,
        "delta": 0.05,
        **changes,
    }
    return Stakes(**chosen)  # type: ignore[arg-type]


def test_greedy_answers_are_told_by_their_margins() -> None:
    tried = [
        attempt("a", least_margin_nats=0.5, mean_margin_nats=2.0),
        attempt("b", "wrong", cluster="text"),  # nothing said
    ]
    found = first_answers(tried)
    assert found == {
        "least-margin": (
            FirstAnswer("a", ("item", "a"), 0.5, True, (0,)),
            FirstAnswer("b", ("cluster", "text"), 0.0, False, (1,)),
        ),
        "mean-margin": (
            FirstAnswer("a", ("item", "a"), 2.0, True, (0,)),
            FirstAnswer("b", ("cluster", "text"), 0.0, False, (1,)),
        ),
    }
    assert first_answers([attempt("a"), attempt("b")]) == {}


def test_sampled_answers_are_told_by_how_many_agree() -> None:
    votes = {"a": "5 7 7 -", "b": "- -", "c": "3 4"}
    tried = [
        attempt(name, "right" if word in ("7", "4") else "wrong", answer=None if word == "-" else word)
        for name, words in votes.items()
        for word in words.split()
    ]
    (found,) = first_answers(tried).values()
    told = [(one.signal, one.is_right, one.attempts) for one in found]
    # "7" of four attempts, one of them unreadable; nothing readable; the first of two as common.
    assert told == [(0.5, True, (1, 0, 2, 3)), (0.0, False, (4, 5)), (0.5, False, (6, 7))]
    assert first_answers([one.model_copy(update={"answer": None}) for one in tried]) == {}


def test_a_threshold_worked_by_hand() -> None:
    # Passing one on costs 4 and saves 10 where the device is wrong: the three lowest save 30 for 12, a fourth
    # costs 4 for nothing.
    assert best_threshold(stakes([3, 1, 2, 4, 5], [0, 0, 0, 1, 1])) == 4
    assert best_threshold(stakes([3, 1, 2, 4, 5], [1, 1, 1, 1, 1])) == 0  # nothing to gain
    assert best_threshold(stakes([3, 1, 2, 4, 5], [0, 0, 0, 0, 0])) == ALL
    # Of equal signals all are passed on, or none: 2 of 3 wrong, so 20 for 12.
    assert best_threshold(stakes([1, 1, 1, 4, 5], [0, 1, 0, 1, 1])) == 4


def test_without_a_loss_the_accuracy_of_the_api_is_asked_for() -> None:
    signal, right = [1, 2, 3, 4, 5], [0, 0, 1, 1, 1]
    assert best_threshold(stakes(signal, right, loss_usd=None)) == 3  # all right, as the API is
    assert best_threshold(stakes(signal, right, loss_usd=None, delta=0.2)) == 2  # one wrong is allowed
    assert best_threshold(stakes(signal, right, loss_usd=None, delta=1.0)) == 0  # 5 / 3 < 9 / 4 < 13 / 5
    assert best_threshold(stakes(signal, [0] * 5, loss_usd=None)) == ALL
    nothing = stakes(signal, [0] * 5, loss_usd=None, api_right=np.zeros(5))
    assert best_threshold(nothing) == 0


def test_what_is_needed_is_asked_for_beside_the_accuracy_of_the_api() -> None:
    # An API with 4 of 5 right, and a margin that grants everything: the device alone has 3 of 5.
    there = {"loss_usd": None, "delta": 1.0, "api_right": np.full(5, 0.8)}
    at = [1, 2, 3, 4, 5], [0, 0, 1, 1, 1]
    assert best_threshold(stakes(*at, **there)) == 0
    assert best_threshold(stakes(*at, **there, need=0.75)) == 2  # 3.8 of 5
    assert best_threshold(stakes(*at, **there, need=0.9)) == 3  # 4.6 of 5, more than the API alone
    assert best_threshold(stakes(*at, **there, need=0.95)) == 0  # nothing reaches it


def test_folds_hold_together_what_does_and_are_even() -> None:
    groups = [f"text {i % 23}" for i in range(100)]
    found = folds(groups, seed=3)
    assert all(len(set(found[[one == group for one in groups]])) == 1 for group in groups)
    sizes = np.bincount(folds([*range(23)], seed=3))
    assert sorted(sizes) == [4, 4, 5, 5, 5]
    assert list(found) == list(folds(groups, seed=3))
    assert list(found) != list(folds(groups, seed=4))


@given(st.lists(st.tuples(st.integers(0, 4), st.booleans()), min_size=1, max_size=12), st.booleans())
@settings(max_examples=25, deadline=None)
def test_a_threshold_is_the_best_of_all(pairs: list[tuple[int, bool]], has_loss: bool) -> None:
    signal, right = [float(one) for one, _ in pairs], [int(is_right) for _, is_right in pairs]
    case = stakes(signal, right, loss_usd=10.0 if has_loss else None, delta=0.3)

    def value(threshold: float) -> float:
        passed = case.signal < threshold
        usd = 1.0 * len(signal) + 4.0 * passed.sum()
        n_right = np.where(passed, 1, case.local_right).sum()
        if has_loss:
            return float(usd + 10 * (len(signal) - n_right))
        return float(usd / n_right) if n_right >= 0.7 * len(signal) - 1e-6 else float("inf")

    every = [0.0, *signal, ALL]
    assert value(best_threshold(case)) == pytest.approx(min(map(value, every)))


def realised(signal: np.ndarray, right: np.ndarray, seed: int, *, is_fitted_here: bool) -> float:
    """USD of an item with its errors, where the API is right on four of five for 1 USD, and an error is 5.

    With 60 % right here, passing on by chance saves 0.2 · 5 and costs 1: nothing is gained or lost.
    """
    n = len(signal)
    api_right = np.full(n, 0.8)
    case = stakes([*signal], [*right], api_right=api_right, api_usd=np.full(n, 1.0), loss_usd=5.0)
    fitted = case.signal < best_threshold(case)
    fold_of = folds([*range(n)], seed)
    passed = fitted if is_fitted_here else case.signal < fold_thresholds(case, fold_of)[fold_of]
    n_right = np.where(passed, api_right, right).mean()
    return float(1.0 + passed.mean() + 5.0 * (1 - n_right))


def test_noise_gains_nothing_and_would_seem_to_where_it_was_chosen() -> None:
    n, n_runs = 60, 150
    luck = np.random.default_rng(5)
    gains = {True: [], False: []}
    for seed in range(n_runs):
        signal, right = luck.random(n), (luck.random(n) < 0.6).astype(float)
        ends = 1 + 5 * 0.4  # the device alone; everything passed on costs 1 + 1 + 5 · 0.2, the same
        for here, found in gains.items():
            found.append(ends - realised(signal, right, seed, is_fitted_here=here))
    error = {here: np.std(found) / np.sqrt(n_runs) for here, found in gains.items()}
    assert np.mean(gains[False]) < 2.5 * error[False]
    assert np.mean(gains[True]) > 5 * error[True]  # what fitting on the same items would claim


def test_a_perfect_signal_keeps_what_is_right() -> None:
    luck = np.random.default_rng(6)
    right = (luck.random(60) < 0.5).astype(float)
    signal = right + luck.random(60) / 2
    fold_of = folds([*range(60)], seed=0)
    passed = signal < fold_thresholds(stakes([*signal], [*right]), fold_of)[fold_of]
    assert (passed == (right == 0)).mean() > 0.95  # but for what lies next to a threshold
