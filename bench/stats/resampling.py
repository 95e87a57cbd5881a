"""Random weights of items: the Bayesian bootstrap."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def resampling_weights(
    prior_weights: Sequence[float], n_draws: int, generator: "np.random.Generator"
) -> "NDArray[np.float64]":
    """Random weights of items, one row per draw, each row summing to 1; shape (n_draws, n_items).

    Bayesian bootstrap (Rubin 1981): a Dirichlet draw with parameter ``prior_weights``, 1 for an item that
    was seen. Two made-up items of weight ½, one right and one wrong, make the weighted share right follow
    Jeffreys' posterior Beta(s+½, n-s+½), so that 0 and n right still have a spread.
    """
    import numpy as np

    shapes = np.asarray(prior_weights, dtype=np.float64)
    gammas = np.empty((n_draws, len(shapes)))
    seen = shapes == 1.0  # a gamma of shape 1 is an exponential, which is several times as fast to draw
    gammas[:, seen] = generator.standard_exponential((n_draws, int(seen.sum())))
    gammas[:, ~seen] = generator.standard_gamma(shapes[~seen], (n_draws, int((~seen).sum())))
    # A row whose draws all underflow can only come from tiny weights; spread it evenly.
    gammas += np.finfo(np.float64).tiny
    weights: NDArray[np.float64] = gammas / gammas.sum(axis=1, keepdims=True)
    return weights
