"""Sixteen bits a probability: what is kept, what is lost, and that no vocabulary makes it large."""

import tracemalloc

import numpy as np
from hypothesis import example, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from bench.engines.choices import log_sum_exp
from bench.engines.log_probabilities import DEPTH_NATS, HEAD, LEVELS, difference, pack, row_length

FLOAT32 = 2e-5  # its rounding at sizes around 16
ROUNDING = DEPTH_NATS / LEVELS / 2 + FLOAT32


def stored(logits: NDArray[np.float32]) -> NDArray[np.uint16]:
    row = np.zeros(row_length(len(logits)), np.uint16)
    pack(logits, row)
    return row


def log_softmax(logits: NDArray[np.float32]) -> NDArray[np.float64]:
    exact = logits.astype(np.float64)
    exact -= exact.max()
    return exact - np.log(np.exp(exact).sum())


def draws(seed: int, n: int, spread: float, shift: float = 0.0) -> NDArray[np.float32]:
    return (np.random.default_rng(seed).normal(size=n) * spread + shift).astype(np.float32)


rows = st.builds(draws, st.integers(0, 1000), st.integers(1, 500), st.floats(0, 8), st.floats(-50, 50))


@given(rows)
@settings(max_examples=25)
def test_a_stored_row_gives_back_what_is_not_cut(logits):
    row, exact = stored(logits), log_softmax(logits)
    scale, lowest = row[:HEAD].view(np.float32)
    back = row[HEAD : HEAD + len(logits)] * scale + lowest
    near = exact > exact.max() - DEPTH_NATS
    assert np.abs(back - exact)[near].max() <= ROUNDING
    assert len(row) % 2 == 0
    assert not row[HEAD + len(logits) :].any()


@given(rows, st.integers(0, 1000), st.floats(0, 4))
@settings(max_examples=25)
def test_the_divergence_is_that_of_the_exact_distributions_and_not_negative(logits, seed, by):
    other = logits + draws(seed, len(logits), by)
    p, q = log_softmax(logits), log_softmax(other)
    exact = float(np.dot(np.exp(p), p - q))
    found = difference(stored(logits), other, log_sum_exp(other)).kl
    assert exact >= -1e-12
    cut = len(logits) * np.exp(-DEPTH_NATS) * (DEPTH_NATS + float(np.abs(p - q).max()))
    assert abs(found - exact) <= 2 * ROUNDING * (1 + float(np.abs(p - q).max())) + cut
    assert found >= -2 * ROUNDING - cut


@given(rows)
@example(draws(0, 220, 2.3e-46))  # one logit is the least number that there is, the others 0
@settings(max_examples=25)
def test_a_model_does_not_differ_from_itself(logits):
    found = difference(stored(logits), logits, log_sum_exp(logits))
    assert abs(found.kl) <= 2 * ROUNDING
    scale = stored(logits)[:HEAD].view(np.float32)[0]
    second = np.sort(logits)[-2:][0] if len(logits) > 1 else -np.inf
    if logits.max() - second > scale + FLOAT32 or len(logits) == 1:
        assert found.has_same_top


def test_large_logits_and_those_of_minus_infinity_overflow_nothing():
    base = draws(1, 1000, 3)
    for shift in (-1e4, 1e4):
        moved = base + np.float32(shift)
        assert abs(difference(stored(base), moved, log_sum_exp(moved)).kl) < 2e-2  # float32 at 1e4 is coarse
    banned = np.array([0.0, 1.0, -np.inf], np.float32)
    assert np.isfinite(pack(banned, np.zeros(row_length(3), np.uint16)))
    assert abs(difference(stored(banned), banned, log_sum_exp(banned)).kl) < 1e-3
    flat = np.zeros(5, np.float32)
    assert abs(difference(stored(flat), flat, log_sum_exp(flat)).kl) < 1e-6


def test_another_likeliest_token_is_noticed():
    one, other = np.array([3.0, 1.0, 0.0], np.float32), np.array([1.0, 3.0, 0.0], np.float32)
    assert not difference(stored(one), other, log_sum_exp(other)).has_same_top
    # By hand: the first two probabilities change places, so KL is their difference times that of the logits.
    p = np.exp(log_softmax(one))
    assert abs(difference(stored(one), other, log_sum_exp(other)).kl - 2 * (p[0] - p[1])) < 1e-3


def test_a_large_vocabulary_takes_some_rows_of_memory_and_no_more():
    n_vocab = 262_144
    logits, row = draws(2, n_vocab, 4), np.zeros(row_length(n_vocab), np.uint16)
    tracemalloc.start()
    total = pack(logits, row)
    difference(row, logits, total)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 6 * logits.nbytes
