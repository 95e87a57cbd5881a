import pytest
from engine_scripts import open_session
from hypothesis import given
from hypothesis import strategies as st

from bench.engines.answer import Answer, check_limits
from bench.engines.scripted import ENDING, ScriptedEngine
from bench.errors import EngineError


def answer_with(tokens: bytes, *, stop: tuple[str, ...] = (), max_tokens: int = 1000) -> Answer:
    engine = ScriptedEngine()
    engine._bytes_of = [bytes([value]) for value in range(256)]
    answer = Answer(engine, max_tokens=max_tokens, stop=stop)
    for token in tokens:
        if answer.add(token):
            break
    return answer


@given(st.text("ab\n", max_size=30), st.lists(st.text("ab\n", min_size=1, max_size=4), max_size=3))
def test_the_text_ends_where_the_first_stop_string_is_complete(text: str, stop: list[str]) -> None:
    found = [(text.index(one) + len(one), text.index(one)) for one in stop if one in text]
    answer = answer_with(text.encode(), stop=tuple(stop))
    if not found:
        assert (answer.text, answer.is_truncated, answer.n_tokens) == (text, True, len(text))
        return
    first_end = min(end for end, _ in found)
    cut = min(text.index(one) for one in stop if one in text[:first_end])
    assert (answer.text, answer.is_truncated, answer.n_tokens) == (text[:cut], False, first_end)


def test_stop_strings_cross_token_borders_and_multibyte_characters(tmp_path):
    session = open_session(tmp_path, pieces=["né\n", "\nQ:"])
    answer = Answer(session.engine, max_tokens=10, stop=("é\n\nQ",))
    tokens = session.engine.tokenize("né\n\nQ: next", add_special=False, parse_special=False)
    ended = [answer.add(token) for token in tokens[:2]]
    assert (ended, answer.text) == ([False, True], "n")


def test_the_limit_truncates_and_the_models_own_end_does_not(tmp_path):
    engine = open_session(tmp_path).engine
    answer = Answer(engine, max_tokens=2, stop=())
    assert [answer.add(token) for token in b"ab"] == [False, True]
    assert answer.is_truncated
    ended = Answer(engine, max_tokens=2, stop=())
    assert [ended.add(ord("a")), ended.add(ENDING)] == [False, True]
    assert (ended.is_truncated, ended.n_tokens, ended.text) == (False, 2, "a")


def test_half_a_character_at_the_limit_is_marked_not_dropped():
    assert answer_with("aé".encode(), max_tokens=2).text == "a\N{REPLACEMENT CHARACTER}"


def test_limits_that_make_no_sense_are_refused():
    for max_tokens, stop in ((0, ()), (5, ("x", ""))):
        with pytest.raises(EngineError):
            check_limits(max_tokens, stop)
