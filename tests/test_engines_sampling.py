import math

import numpy as np
import pytest
from engine_scripts import chi_square_p
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from bench.engines.protocol import Sampling
from bench.engines.sampling import check_sampling, draw, greedy, margin_nats
from bench.errors import EngineError


def drawn(logits: NDArray[np.float32], sampling: Sampling, n: int, seed: int = 0) -> list[int]:
    generator = np.random.default_rng(seed)
    return [draw(logits, sampling, generator) for _ in range(n)]


def vector(*values: float) -> NDArray[np.float32]:
    return np.array(values, np.float32)


logits_of_few_values = st.lists(st.integers(-3, 3), min_size=1, max_size=40).map(
    lambda values: np.array(values, np.float32)
)


def kept_by_definition(logits: NDArray[np.float32], sampling: Sampling) -> tuple[list[int], list[float]]:
    """Tokens that may come, and their probabilities, by a full sort."""
    weights = np.exp(logits.astype(np.float64) / sampling.temperature)
    order = sorted(range(len(logits)), key=lambda token: (-weights[token], token))
    order = order[: sampling.top_k or None]
    total, mass, kept = sum(weights[order]), 0.0, []
    for token in order:
        if kept and mass >= sampling.top_p * total:
            break
        kept.append(token)
        mass += weights[token]
    return kept, [float(weights[token] / mass) for token in kept]


@pytest.mark.parametrize(
    "sampling", [Sampling(1.0), Sampling(0.6, top_k=5), Sampling(1.7, top_p=0.8), Sampling(1.2, 0.9, 12)]
)
def test_tokens_come_as_often_as_the_softmax_says(sampling):
    logits = np.random.default_rng(3).normal(0, 2, 30).astype(np.float32)
    kept, shares = kept_by_definition(logits, sampling)
    counts = np.bincount(drawn(logits, sampling, 4000), minlength=30)
    assert counts.sum() == counts[kept].sum()
    assert chi_square_p(counts[kept], np.array(shares) * 4000) > 1e-3
    assert chi_square_p(counts[kept], np.roll(shares, 1) * 4000) < 1e-9  # the test can fail


@given(
    logits=logits_of_few_values,
    top_p=st.sampled_from([0.05, 0.3, 0.5, 0.9, 1.0]),
    top_k=st.integers(0, 45),
)
@settings(max_examples=60)
def test_nothing_beyond_top_k_and_the_nucleus_comes_and_ties_go_to_lower_ids(logits, top_p, top_k):
    sampling = Sampling(1.0, top_p, top_k)
    kept, _ = kept_by_definition(logits, sampling)

    class Ends:
        """The two ends of the unit interval reach the lowest and the highest token that is kept."""

        def __init__(self, value: float) -> None:
            self.value = value

        def random(self) -> float:
            return self.value

    ends = [draw(logits, sampling, Ends(value)) for value in (0.0, math.nextafter(1.0, 0.0))]
    assert ends == [min(kept), max(kept)]


def test_a_nucleus_larger_than_the_first_candidates_is_whole():
    logits = np.zeros(3000, np.float32)
    logits[2999] = -1.0
    tokens = drawn(logits, Sampling(1.0, top_p=0.999), 200)
    assert max(tokens) > 2500
    assert 2999 not in tokens


@given(logits=logits_of_few_values, seed=st.integers(0, 5))
def test_one_candidate_and_a_tiny_temperature_are_greedy(logits, seed):
    likeliest = greedy(logits)
    for sampling in (Sampling(5.0, top_k=1), Sampling(5.0, top_p=1e-9), Sampling(1e-300), Sampling(1e-3)):
        candidates = set(drawn(logits, sampling, 3, seed))
        if sampling.temperature < 1:  # equals stay equal at any temperature
            assert {float(logits[token]) for token in candidates} == {float(logits[likeliest])}
        else:
            assert candidates == {likeliest}


def test_a_large_vocabulary_at_a_high_temperature_keeps_its_tail():
    logits = np.zeros(262_144, np.float32)
    logits[7] = 30.0
    assert set(drawn(logits, Sampling(1.0), 20)) == {7}
    tokens = drawn(logits, Sampling(1e6), 20)
    assert len(set(tokens)) > 17


def test_the_same_seed_draws_the_same_and_one_number_a_token():
    logits = np.random.default_rng(0).normal(0, 1, 50).astype(np.float32)
    assert drawn(logits, Sampling(1.0), 30, seed=1) == drawn(logits, Sampling(1.0), 30, seed=1)
    assert drawn(logits, Sampling(1.0), 30, seed=1) != drawn(logits, Sampling(1.0), 30, seed=2)
    used, counted = np.random.default_rng(4), np.random.default_rng(4)
    draw(logits, Sampling(1.0, 0.7, 9), used)
    counted.random()
    assert used.random() == counted.random()


def test_minus_infinity_never_comes_and_what_else_is_not_finite_is_an_error():
    masked = vector(-math.inf, 0.0, -math.inf, 0.0)
    assert set(drawn(masked, Sampling(100.0), 50)) == {1, 3}
    for bad in (vector(0, math.nan), vector(math.inf, 0), vector(-math.inf, -math.inf)):
        for choose in (greedy, lambda logits: draw(logits, Sampling(1.0), np.random.default_rng(0))):
            with pytest.raises(EngineError, match="not finite"):
                choose(bad)


@pytest.mark.parametrize(
    "sampling",
    [
        *(Sampling(temperature) for temperature in (0.0, -1.0, math.nan, math.inf)),
        *(Sampling(1.0, top_p) for top_p in (0.0, 1.5, math.nan)),
        Sampling(1.0, top_k=-1),
    ],
)
def test_a_sampling_without_sense_is_refused(sampling):
    with pytest.raises(EngineError):
        check_sampling(sampling)


@given(logits_of_few_values)
def test_a_margin_is_the_difference_of_the_two_highest(logits):
    logits.flags.writeable = False  # an engine's memory is not touched
    token = greedy(logits)
    highest, *others = sorted(map(float, logits), reverse=True)
    assert margin_nats(logits, token) == (highest - others[0] if others else math.inf)
