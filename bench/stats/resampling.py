"""Random weights of items: the Bayesian bootstrap."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def resampling_weights(gammas: "NDArray[np.float64]") -> "NDArray[np.float64]":
    """Random weights of items, one row per draw, each row summing to 1; shape (n_draws, n_items).

    Bayesian bootstrap (Rubin 1981): a Dirichlet draw is one of gammas, divided by their sum, and ``gammas``
    are of shape 1, exponentials, for an item that was seen. Two made-up items of shape ½, one right and one
    wrong, make the weighted share right follow Jeffreys' posterior Beta(s+½, n-s+½), so that 0 and n right
    still have a spread.
    """
    import numpy as np

    # A row whose draws all underflow can only come from tiny shapes; spread it evenly.
    above_zero = gammas + np.finfo(np.float64).tiny
    weights: NDArray[np.float64] = above_zero / above_zero.sum(axis=1, keepdims=True)
    return weights
