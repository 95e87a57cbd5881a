import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.stats import Attempts, Pair, difference_of, grouped, paired_difference, share_of, wilson
from simulate_shares import Sizes, paired_coverage, share_coverage

group_sizes = st.lists(st.integers(1, 8).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))


@settings(max_examples=40)
@given(st.lists(st.booleans()), st.floats(0.5, 0.99))
def test_single_attempts_have_wilsons_interval(right: list[bool], level: float) -> None:
    share = share_of([Attempts(int(one), 1) for one in right])
    assert share.estimate(level)[1:] == wilson(sum(right), len(right), level)
    assert share.n_effective == share.n == len(right)


@settings(max_examples=30)
@given(group_sizes)
def test_groups_never_tell_more_than_independent_attempts(groups: list[tuple[int, int]]) -> None:
    share = share_of([Attempts(*group) for group in groups])
    n_right, n = sum(group[0] for group in groups), sum(group[1] for group in groups)
    low, high = wilson(n_right, n)
    found = share.estimate()
    assert 0 <= found.low <= low + 1e-9
    assert high - 1e-9 <= found.high <= 1
    if n:
        assert found.low <= found.value <= found.high
        assert found.value == pytest.approx(n_right / n)
        assert 0 < share.n_effective <= n


@pytest.mark.parametrize("n_right", [0, 5])
def test_where_all_attempts_agree_each_group_counts_as_about_one(n_right: int) -> None:
    share = share_of([Attempts(n_right, 5)] * 40)
    assert share.n_effective == pytest.approx(40, rel=0.03)
    assert share.degrees == 39


def test_a_group_all_right_and_one_all_wrong_stand_beside_the_others() -> None:
    """Each of weight ½: the centre of four groups of 5, all right, is 22.5 ÷ 25 = 0.9.

    Squares: 4 · (5 − 4.5)² + ½ · (5 − 4.5)² + ½ · (0 − 4.5)² = 11.25; variance 5/4 · 11.25 ÷ 25² = 0.0225.
    """
    assert share_of([Attempts(5, 5)] * 4).n_effective == pytest.approx(0.9 * 0.1 / 0.0225 * 4 / 5)


def test_attempts_that_hang_together_wholly_or_not_at_all() -> None:
    wholly = share_of([Attempts(5, 5)] * 50 + [Attempts(0, 5)] * 50)
    assert wholly.n_effective == pytest.approx(100, rel=0.02)
    generator = np.random.default_rng(3)
    loose = share_of([Attempts(int(one), 5) for one in generator.binomial(5, 0.5, 400)])
    assert loose.n_effective > 1600


def test_uneven_groups_count_as_fewer() -> None:
    even = share_of([Attempts(5, 5)] * 10)
    uneven = share_of([Attempts(41, 41), *[Attempts(1, 1)] * 9])
    assert uneven.n == even.n
    assert uneven.n_effective < even.n_effective / 4


def test_one_group_tells_nothing_of_its_spread() -> None:
    assert share_of([Attempts(3, 5)]).estimate() == (0.6, 0.0, 1.0)
    with pytest.raises(ValueError, match="more right"):
        share_of([Attempts(6, 5)])


def test_attempts_are_grouped_by_what_they_share() -> None:
    assert grouped([("a", True), ("b", False), ("a", False)]) == [Attempts(1, 2), Attempts(0, 1)]


@pytest.mark.parametrize("sizes", ["5 samples an item", "1 to 10 items a cluster"])
@pytest.mark.parametrize(("share", "correlation"), [(0.02, 0.5), (0.5, 0.8), (0.95, 1.0)])
def test_intervals_of_attempts_that_hang_together_cover(
    sizes: Sizes, share: float, correlation: float
) -> None:
    assert share_coverage(sizes, 20, share, correlation, 200).coverage > 0.9


def test_paired_intervals_of_several_attempts_cover() -> None:
    found = paired_coverage("5 samples an item", 20, (0.5, 0.5), 0.0, 0.0, 100)
    assert found.coverage > 0.9
    assert found.width < 0.5


def pair(first: tuple[int, int], second: tuple[int, int], group: object = None) -> Pair:
    return Pair(object() if group is None else group, Attempts(*first), Attempts(*second))


@settings(max_examples=30)
@given(st.lists(st.tuples(st.booleans(), st.booleans()), min_size=1, max_size=40))
def test_pairs_of_single_attempts_have_tangos_interval(answers: list[tuple[bool, bool]]) -> None:
    found = difference_of([pair((int(a), 1), (int(b), 1)) for a, b in answers])
    only = answers.count((True, False)), answers.count((False, True))
    assert found.difference == paired_difference(*only, len(answers))
    assert found.discordant == sum(only) / len(answers)
    assert not found.is_clustered


@settings(max_examples=30)
@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 4), st.integers(0, 6)), min_size=2))
def test_pairs_in_groups_are_antisymmetric_and_bounded(rows: list[tuple[int, int, int]]) -> None:
    forth = difference_of([pair((a, 3), (b, 4), group) for a, b, group in rows])
    back = difference_of([pair((b, 4), (a, 3), group) for a, b, group in rows])
    assert forth.is_clustered
    assert forth.difference.value == pytest.approx(sum(a / 3 - b / 4 for a, b, _ in rows) / len(rows))
    assert forth.difference == pytest.approx([-back.difference[i] for i in (0, 2, 1)])
    assert -1 <= forth.difference.low <= forth.difference.value <= forth.difference.high <= 1
    assert abs(forth.difference.value) - 1e-9 <= forth.discordant <= 1


def test_groups_that_all_agree_still_leave_a_doubt() -> None:
    found = difference_of([pair((5, 5), (5, 5)) for _ in range(40)]).difference
    assert found.value == 0
    assert 0.03 < found.high < 0.1
    assert difference_of([pair((5, 5), (0, 5))]).difference == (1.0, -1.0, 1.0)
    with pytest.raises(ValueError, match="at least one"):
        difference_of([])


def test_items_of_one_cluster_tell_less_than_as_many_others() -> None:
    rows = [((1, 1), (0, 1))] * 10 + [((1, 1), (1, 1))] * 30
    alone = difference_of([pair(*row) for row in rows])
    together = difference_of([pair(*row, group=number // 10) for number, row in enumerate(rows)])
    assert together.difference.value == alone.difference.value
    assert together.difference.low < alone.difference.low < 0.25 < together.difference.high
    assert together.discordant > alone.discordant
