"""The portable generator: the published answers, its laws, and draws that depend on their place alone."""

from collections.abc import Callable
from functools import partial

import numpy as np
import pytest
from scipy import special  # scipy.stats takes a second to import

from bench.economics.verdict.philox import Floats, Stream, philox
from bench.economics.verdict.uncertainty import ItemDraws, Randomness

ALL_ONES = 0xFFFFFFFF
PUBLISHED = [  # philox4x32 of 10 rounds in the authors' own test vectors
    ((0, 0, 0, 0), (0, 0), (0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8)),
    ((ALL_ONES,) * 4, (ALL_ONES,) * 2, (0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD)),
    (
        (0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344),  # the digits of pi
        (0xA4093822, 0x299F31D0),
        (0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1),
    ),
]


@pytest.mark.parametrize(("counter", "key", "words"), PUBLISHED)
def test_the_published_answers_are_met(
    counter: tuple[int, int, int, int], key: tuple[int, int], words: tuple[int, ...]
) -> None:
    one, two, three, four = (np.array([word], dtype=np.uint64) for word in counter)
    assert tuple(int(word[0]) for word in philox((one, two, three, four), key)) == words


def test_uniforms_are_those_words_in_order() -> None:
    """A seed of 0 and a name whose checksum is 0 make the key of the first published answer."""
    assert Stream(0, "").uniforms(3)[0].tolist() == [
        (word + 0.5) / 2**32 for word in (0x6627E8D5, 0xE169C58D, 0xBC57AC4C)
    ]


@pytest.mark.parametrize("n", [1, 5, 33_001])
def test_a_draw_depends_on_its_place_alone(n: int) -> None:
    stream = Stream(7, "x")
    many = stream.gammas(0.25, 33_004, 3)
    assert np.array_equal(stream.gammas(0.25, n, 3), many[:, :n])
    assert np.array_equal(stream.gammas(0.25, n, 1, first_row=2)[0], many[2, :n])
    assert np.array_equal(Randomness(7, n).luck("x"), Randomness(7, 33_004).luck("x")[:n])


def test_rows_parts_names_and_seeds_are_independent() -> None:
    first = Stream(1, "x").uniforms(20_000)[0]
    others = [
        Stream(1, "x").uniforms(20_000, first_row=1)[0],
        Stream(1, "x").uniforms(20_000, part=1)[0],
        Stream(1, "y").uniforms(20_000)[0],
        Stream(2, "x").uniforms(20_000)[0],
        np.roll(first, 1),
    ]
    for other in others:
        assert abs(np.corrcoef(first, other)[0, 1]) < 4 / 20_000**0.5


def _is_as(drawn: Floats, cumulative: Callable[[Floats], Floats]) -> bool:
    """By the test of Kolmogorov and Smirnov, at a thousandth."""
    expected = cumulative(np.sort(drawn.ravel()))
    steps = np.arange(drawn.size + 1) / drawn.size
    farthest = max(np.max(steps[1:] - expected), np.max(expected - steps[:-1]))
    return bool(special.kolmogorov(drawn.size**0.5 * farthest) > 1e-3)


def test_the_distributions_are_those_of_their_names() -> None:
    stream = Stream(3, "laws")
    uniform, normal = stream.uniforms(10_000, 2), stream.normals(10_000, 2)
    assert _is_as(uniform, lambda x: np.clip(x, 0, 1))
    assert _is_as(stream.exponentials(10_000, 2), lambda x: -np.expm1(-x))
    assert _is_as(normal, special.ndtr)
    assert not _is_as(uniform, lambda x: x**1.1)
    assert not _is_as(normal, lambda x: special.ndtr(1.1 * x))
    for shape in (0.25, 0.5, 1.0):
        assert _is_as(stream.gammas(shape, 10_000, 2), partial(special.gammainc, shape)), shape
    with pytest.raises(ValueError, match="shape 2"):
        stream.gammas(2, 10)


@pytest.mark.parametrize("n_sides", [1, 2])
def test_accuracies_follow_jeffreys_posterior(n_sides: int) -> None:
    right = (True,) * 9 + (False,)
    items = ItemDraws(Randomness(0, 10_000), "t", (right,) * n_sides)
    for side in range(n_sides):
        assert _is_as(items.accuracy(side), partial(special.betainc, 9.5, 1.5))


def test_a_resample_does_not_depend_on_how_many_there_are() -> None:
    few, many = (
        ItemDraws(Randomness(0, n), "t", ((True, False, True), (True, True, False))) for n in (50, 400)
    )
    assert few.accuracy(1) == pytest.approx(many.accuracy(1)[:50], rel=1e-12)
