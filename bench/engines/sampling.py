"""The next token from its logits: the likeliest, or one drawn at a temperature."""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.engines.protocol import Sampling
from bench.errors import EngineError

# Beyond so many nats below the likeliest even 2^20 tokens together weigh less than float64 can add to it.
NEGLIGIBLE_NATS = 52.0
FIRST_CANDIDATES = 256  # of a nucleus, sorted before more of them are


def check_sampling(sampling: Sampling) -> None:
    """Raise EngineError for values without sense; temperature 0 is one: greedy answers are asked for so."""
    if not (sampling.temperature > 0 and math.isfinite(sampling.temperature)):
        raise EngineError(f"temperature {sampling.temperature} is not positive", remedy="for 0 ask greedily")
    if not 0 < sampling.top_p <= 1:
        raise EngineError(f"top_p {sampling.top_p} is not in (0, 1]")
    if sampling.top_k < 0:
        raise EngineError(f"top_k {sampling.top_k} is negative", remedy="0 means all tokens")


def greedy(logits: NDArray[np.float32]) -> int:
    """The likeliest token of ``logits`` (n_vocab,), the lowest id among equals; EngineError for none."""
    token = int(logits.argmax())  # of a NaN, where there is one
    if not math.isfinite(logits[token]):
        raise EngineError("the model's logits are not finite")
    return token


def margin_nats(logits: NDArray[np.float32], token: int) -> float:
    """How much likelier ``token``, the likeliest of ``logits`` (n_vocab,), is than the next: log p - log p.

    That is the difference of the two logits, since both have the same normalizer. Infinite where no other
    token is possible. One pass over either side of ``token``: the engine's memory stays as it is.
    """
    below, above = logits[:token], logits[token + 1 :]
    second = max(below.max(initial=-np.inf), above.max(initial=-np.inf))
    return float(logits[token]) - float(second)


def draw(logits: NDArray[np.float32], sampling: Sampling, generator: np.random.Generator) -> int:
    """One token of ``logits`` (n_vocab,), by softmax at the temperature, in float64.

    Temperature, then the ``top_k`` likeliest, then the nucleus: the fewest of those, likeliest first, whose
    share of their mass is at least ``top_p`` (Holtzman et al. 2020, arXiv:1904.09751); lower ids first among
    equals. One uniform number of ``generator`` a token, through the inverse of the cumulative distribution
    over ids. A logit of minus infinity is never drawn; EngineError for others that are not finite.
    """
    highest = float(logits[greedy(logits)])
    reach = min(NEGLIGIBLE_NATS * sampling.temperature, float(np.finfo(np.float32).max))
    tokens = np.flatnonzero(logits >= highest - reach)
    if 0 < sampling.top_k < len(tokens):
        n = len(tokens) - sampling.top_k
        near = logits[tokens]
        tokens = tokens[_greatest(near, np.partition(near, n)[n], sampling.top_k)]
    weights = np.exp((logits[tokens].astype(np.float64) - highest) / sampling.temperature)
    if sampling.top_p < 1:
        kept = _nucleus(weights, sampling.top_p)
        tokens, weights = tokens[kept], weights[kept]
    cumulative = weights.cumsum()
    at = int(cumulative.searchsorted(generator.random() * cumulative[-1], side="right"))
    return int(tokens[min(at, len(tokens) - 1)])


def _nucleus(weights: NDArray[np.float64], top_p: float) -> NDArray[np.intp]:
    """Places of the fewest that hold ``top_p`` of the mass, ascending; sorts little more than them."""
    mass = top_p * weights.sum()
    n = min(FIRST_CANDIDATES, len(weights))
    while True:
        candidates = np.partition(weights, len(weights) - n)[len(weights) - n :]
        candidates = np.sort(candidates)[::-1]
        n_held = int(candidates.cumsum().searchsorted(mass)) + 1
        if n_held <= n or n == len(weights):
            n_held = min(n_held, n)
            return _greatest(weights, candidates[n_held - 1], n_held)
        n = min(8 * n, len(weights))


def _greatest(values: NDArray[Any], least: float, n: int) -> NDArray[np.intp]:
    """Places of the ``n`` greatest, of which ``least`` is the least, ascending; the lower among equals."""
    above = np.flatnonzero(values > least)
    equal = np.flatnonzero(values == least)[: n - len(above)]
    return np.sort(np.concatenate([above, equal]))
