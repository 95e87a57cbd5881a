import pytest
from engine_scripts import open_session
from hypothesis import given
from hypothesis import strategies as st

from bench.engines.head import SharedHead, common_prefix_length
from bench.engines.session import KERNEL_TOKENS
from bench.errors import EngineError

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
    shared = [65] * KERNEL_TOKENS
    for lists in ([], [shared], [shared, [66]], [[65] * 2000, [65] * 2000]):
        head = SharedHead(session, lists, list)
        assert (head.n_tokens, head.free_sequences, head.n_evaluated) == (0, [0, 1, 2], 0)
    head = SharedHead(session, [shared, [65] * 2000], list)
    assert (head.n_tokens, head.free_sequences) == (KERNEL_TOKENS - 1, [0, 1])
    for settings in ({"n_seq_max": 1}, {"n_ctx": 30}, {"n_batch": 15, "n_ubatch": 15}):
        assert SharedHead(open_session(tmp_path, settings), [shared, shared], list).n_tokens == 0


def test_it_is_evaluated_in_filled_calls_that_leave_nothing_beside_it(tmp_path):
    session = open_session(tmp_path, {"n_batch": 40, "n_ubatch": 40})
    head = SharedHead(session, [[65] * 91, [65] * 91], list)
    assert (head.n_tokens, head.n_evaluated) == (90, 96)  # 32, 32 and 26 of them
    session.engine.decode((66,), (0,), (0,), (True,))  # at its first place: what filled them up is gone


def refuse(_: object) -> list[int]:
    raise EngineError("no template")


def test_a_witness_that_cannot_be_tokenized_shares_nothing(tmp_path):
    assert SharedHead(open_session(tmp_path), ["one", "other"], refuse).n_tokens == 0


@pytest.mark.parametrize("broken", [None, "save_sequence", "restore_sequence"])
def test_the_head_is_kept_for_the_next_command_where_the_engine_can(tmp_path, broken):
    failures = [{"at": broken, "how": "raise"}] if broken else []
    session = open_session(tmp_path, failures=failures)
    lists = [[65] * 30 + [66], [65] * 30 + [67]]
    counts = []
    for _ in range(3):
        head = SharedHead(session, lists, list)
        counts.append(head.n_evaluated)
        assert head.lend(0, lists[0]) == 30
        session.engine.decode((66,), (30,), (0,), (True,))
        assert head.lend(1, [66] * 40) == 0
        assert head.lend(2, lists[0][:30]) == 0  # one token is left to be evaluated
    assert counts == {None: [32, 0, 0], "save_sequence": [32] * 3, "restore_sequence": [64] * 3}[broken]
    SharedHead(session, [[70] * 30, [70] * 30], list)
    assert SharedHead(session, lists, list).n_evaluated > 0  # another one took its place


def test_what_one_sequence_may_hold_beside_the_head(tmp_path):
    lists = [[65] * 30 + [66], [65] * 30 + [67]]
    head = SharedHead(open_session(tmp_path, {"n_ctx": 100}), lists, list)
    assert (head.room_for(lists[0]), head.room_for([66])) == (100, 70)
    apart = SharedHead(open_session(tmp_path, {"n_ctx": 800, "kv_unified": False}), lists, list)
    assert (apart.room_for(lists[0]), apart.room_for([66])) == (100, 100)
