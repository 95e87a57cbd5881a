import pytest
from engine_scripts import open_session

from bench.engines.timing import random_tokens, time_decode, time_prefill
from bench.errors import EngineError

SPEEDS = {"prefill_ns_per_token": 3, "decode_ns_per_token": 70}


def test_prefill_is_timed_cold_and_whole(tmp_path):
    session = open_session(tmp_path, **SPEEDS)
    for seed in (1, 2):
        timed = time_prefill(session, n_tokens=300, seed=seed)
        assert (timed.n_tokens, timed.n_evaluated, timed.calls_ns) == (300, 300, 900)
        assert timed.window.end_ns - timed.window.start_ns == 900


def test_decode_is_timed_without_the_tokens_before_it(tmp_path):
    session = open_session(tmp_path, **SPEEDS)
    timed = time_decode(session, n_tokens=20, n_depth=300, seed=1)
    assert (timed.n_tokens, timed.n_evaluated, timed.calls_ns) == (20, 20, 1400)
    assert timed.window.end_ns - timed.window.start_ns == 1400


def test_random_tokens_repeat_with_the_seed_and_open_as_the_model_wants(tmp_path):
    session = open_session(tmp_path)
    first, again, other = (random_tokens(session, 200, seed) for seed in (7, 7, 8))
    assert first == again != other
    assert first[0] == other[0] == session.engine.tokenize("", add_special=True, parse_special=False)[0]
    assert len(set(first)) > 50
    assert all(0 <= token < session.info.n_vocab for token in first)
    assert len(random_tokens(open_session(tmp_path, opens_text=False), 200, 7)) == 200


@pytest.mark.parametrize(("n_tokens", "n_depth"), [(0, 0), (-1, 0), (5, -1), (1025, 0), (25, 1000)])
def test_tests_that_do_not_fit_are_refused(tmp_path, n_tokens, n_depth):
    session = open_session(tmp_path)
    with pytest.raises(EngineError):
        time_decode(session, n_tokens=n_tokens, n_depth=n_depth, seed=1)
    if n_depth == 0:
        with pytest.raises(EngineError):
            time_prefill(session, n_tokens=n_tokens, seed=1)


def test_jitter_varies_the_samples_repeatably(tmp_path):
    rates = []
    for _ in range(2):
        session = open_session(tmp_path, jitter=0.05)
        rates.append([time_prefill(session, n_tokens=64, seed=1).calls_ns for _ in range(5)])
    assert rates[0] == rates[1]
    assert len(set(rates[0])) == 5
