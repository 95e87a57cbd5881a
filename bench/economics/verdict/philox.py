"""Random numbers by place: the same ones in any language, and none of them depends on how many are drawn.

Philox4x32-10 (Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC 2011) turns a
key and a counter into four words of 32 bits by whole-number arithmetic alone. The page that concludes anew in
a browser (``bench/reports/page/draws.js``) draws the same numbers; change both or neither.

The key is a seed and a name; the counter tells the draw, the row and the part. Arrays have a row for each
figure and a column for each draw.
"""

import zlib
from dataclasses import dataclass
from itertools import count

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Words = NDArray[np.uint64]  # of 32 bits each, with room for their products

_ROUNDS = 10
_MULTIPLIERS = np.uint64(0xD2511F53), np.uint64(0xCD9E8D57)
_KEY_STEPS = 0x9E3779B9, 0xBB67AE85
_WORD = np.uint64(32)
_ALL = 0xFFFFFFFF
_LOW = np.uint64(_ALL)
_AT_ONCE = 1 << 13  # blocks; what they take stays in a core's cache


def philox(counter: tuple[Words, Words, Words, Words], key: tuple[int, int]) -> tuple[Words, ...]:
    """Four words for each counter, whose words are arrays of one shape."""
    first, second, third, fourth = counter
    key_0, key_1 = key
    for _ in range(_ROUNDS):
        product_0, product_1 = first * _MULTIPLIERS[0], third * _MULTIPLIERS[1]
        first = product_1 >> _WORD
        first ^= second
        first ^= np.uint64(key_0)
        second = np.bitwise_and(product_1, _LOW, out=product_1)
        third = product_0 >> _WORD
        third ^= fourth
        third ^= np.uint64(key_1)
        fourth = np.bitwise_and(product_0, _LOW, out=product_0)
        key_0, key_1 = (key_0 + _KEY_STEPS[0]) & _ALL, (key_1 + _KEY_STEPS[1]) & _ALL
    return first, second, third, fourth


@dataclass(frozen=True, slots=True)
class Stream:
    """The numbers of one seed (its low 32 bits) and name."""

    seed: int
    name: str

    def uniforms(self, n_draws: int, n_rows: int = 1, *, first_row: int = 0, part: int = 0) -> Floats:
        """Within (0, 1), both ends left out; shape (n_rows, n_draws). ``part`` names independent sets."""
        key = self.seed & _ALL, zlib.crc32(self.name.encode())
        n_blocks = -(-n_draws // 4)
        drawn = np.empty((n_rows, n_blocks, 4))
        rows_at_once = max(1, _AT_ONCE // max(1, n_blocks))
        for row in range(0, n_rows, rows_at_once):
            rows = np.arange(row, min(n_rows, row + rows_at_once), dtype=np.uint64)[:, None]
            for block in range(0, n_blocks, _AT_ONCE):
                blocks = np.arange(block, min(n_blocks, block + _AT_ONCE), dtype=np.uint64)[None, :]
                shape = len(rows), blocks.shape[1]
                counter = (
                    np.broadcast_to(blocks, shape),
                    np.broadcast_to(rows + np.uint64(first_row), shape),
                    np.full(shape, part, dtype=np.uint64),
                    np.zeros(shape, dtype=np.uint64),
                )
                for lane, words in enumerate(philox(counter, key)):
                    drawn[row : row + shape[0], block : block + shape[1], lane] = words
        drawn += 0.5
        drawn *= 2.0**-32
        return drawn.reshape(n_rows, 4 * n_blocks)[:, :n_draws]

    def exponentials(self, n_draws: int, n_rows: int = 1, *, first_row: int = 0) -> Floats:
        """Of mean 1."""
        drawn = np.log(self.uniforms(n_draws, n_rows, first_row=first_row))
        return np.negative(drawn, out=drawn)

    def normals(self, n_draws: int, n_rows: int = 1, *, first_row: int = 0, part: int = 0) -> Floats:
        """Of mean 0 and variance 1, from this part and the next (Box and Muller 1958, one of the pair)."""
        radius = np.sqrt(-2 * np.log(self.uniforms(n_draws, n_rows, first_row=first_row, part=part)))
        turn = self.uniforms(n_draws, n_rows, first_row=first_row, part=part + 1)
        drawn: Floats = radius * np.cos(2 * np.pi * turn)
        return drawn

    def gammas(self, shape: float, n_draws: int, n_rows: int = 1, *, first_row: int = 0) -> Floats:
        """Of scale 1 and ``shape`` up to 1. Half a squared normal where the shape is a half.

        Otherwise by rejection (Marsaglia and Tsang, ACM TOMS 26, 2000) of shape + 1, times U^(1 / shape);
        every try has its own parts, so that a draw does not depend on how often others were tried.
        """
        if not 0 < shape <= 1:
            raise ValueError(f"a gamma of shape {shape}")
        if shape == 1:
            return self.exponentials(n_draws, n_rows, first_row=first_row)
        if shape == 0.5:
            return self.normals(n_draws, n_rows, first_row=first_row) ** 2 / 2
        base = shape + 1 - 1 / 3
        found = np.full((n_rows, n_draws), np.nan)
        for part in count(1, 3):  # few rounds: one try in thirty is in vain
            normal = self.normals(n_draws, n_rows, first_row=first_row, part=part)
            luck = self.uniforms(n_draws, n_rows, first_row=first_row, part=part + 2)
            cube = (1 + normal / np.sqrt(9 * base)) ** 3
            with np.errstate(divide="ignore", invalid="ignore"):
                is_taken = (cube > 0) & (np.log(luck) < normal**2 / 2 + base * (1 - cube + np.log(cube)))
            found = np.where(np.isnan(found) & is_taken, base * cube, found)
            if not np.isnan(found).any():
                break
        boost = self.uniforms(n_draws, n_rows, first_row=first_row)
        return found * boost ** (1 / shape)
