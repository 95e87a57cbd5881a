from engine_scripts import open_session
from hypothesis import given
from hypothesis import strategies as st

from bench.engines.head import MIN_SHARED_TOKENS, SharedHead, common_prefix_length

tokens = st.lists(st.integers(65, 66), min_size=1, max_size=6)


@given(st.lists(tokens, min_size=1, max_size=4))
def test_the_common_opening_is_shared_by_all_and_the_longest(lists):
    n = common_prefix_length(lists)
    assert all(one[:n] == lists[0][:n] for one in lists)
    assert all(len(one) > n for one in lists)
    longer = [one[: n + 1] for one in lists]
    assert any(one != longer[0] for one in longer) or any(len(one) == n + 1 for one in lists)


def test_nothing_to_share_takes_no_sequence(tmp_path):
    session = open_session(tmp_path, {"n_seq_max": 3})
    shared, short = [65] * (MIN_SHARED_TOKENS + 1), [65] * MIN_SHARED_TOKENS
    for lists in ([], [shared], [short, short], [shared, [66]]):
        head = SharedHead(session, lists, n_needed=1)
        assert (head.n_tokens, head.free_sequences) == (0, [0, 1, 2])
        head.lend(0)
        assert session.engine.evaluated_tokens() == 0
    head = SharedHead(session, [shared, shared], n_needed=2)
    assert (head.n_tokens, head.free_sequences) == (MIN_SHARED_TOKENS, [0, 1])
    none_beside = SharedHead(session, [shared, shared], n_needed=3)
    assert (none_beside.n_tokens, none_beside.free_sequences) == (0, [0, 1, 2])
