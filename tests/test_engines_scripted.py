import time

import pytest
from engine_scripts import open_session, settings_for, write_script
from hypothesis import given
from hypothesis import strategies as st

from bench.engines import open_engine
from bench.engines.generation import serve
from bench.engines.protocol import Message, Prompt
from bench.engines.scripted import ScriptedEngine
from bench.errors import EngineError, InputError


def test_engines_open_by_name_and_misspelt_ones_are_errors():
    assert isinstance(open_engine("scripted"), ScriptedEngine)
    with pytest.raises(InputError, match="scripted"):
        open_engine("scriptd")


@given(text=st.text(max_size=60), pieces=st.lists(st.text(min_size=1, max_size=5), max_size=5))
def test_tokens_give_back_their_text(tmp_path_factory, text, pieces):
    engine = open_session(tmp_path_factory.getbasetemp(), pieces=pieces, opens_text=False).engine
    tokens = engine.tokenize(text, add_special=True, parse_special=True)
    assert engine.detokenize(tokens) == text.encode("utf-8", "surrogatepass")


def test_pieces_merge_longest_first(tmp_path):
    engine = open_session(tmp_path, pieces=["ab", "abc"], opens_text=False).engine
    assert len(engine.tokenize("abcab", add_special=True, parse_special=False)) == 2


@pytest.mark.parametrize(
    ("prompt", "answer"),
    [
        ("What is 2 + 2?", "4"),
        ("What is 2 + 2? 4. What is 3 + 3?", "6"),  # the match that ends last: few-shot examples come before
        ("What is 12 + 2?", "14"),  # the longer of two that end together
        ("What else?", "I cannot say."),
    ],
)
def test_the_answer_is_that_of_the_last_and_longest_match(tmp_path, prompt, answer):
    answers = {"2 + 2": "4", "3 + 3": "6", "12 + 2": "14"}
    session = open_session(tmp_path, answers=answers, default_answer="I cannot say.")
    for asked in (Prompt(text=prompt), Prompt(messages=(Message("user", prompt),))):
        assert serve(session, asked, max_tokens=50, stop=()).text == answer


def test_the_clock_stands_still_between_calls(tmp_path):
    engine = open_session(tmp_path, load_ns=5).engine
    before_ns = engine.now_ns()
    time.sleep(0.001)
    assert engine.now_ns() == before_ns


def test_the_cache_refuses_what_a_real_one_refuses(tmp_path):
    engine = open_session(tmp_path, {"n_ctx": 32, "n_batch": 20, "n_ubatch": 20, "n_seq_max": 2}).engine

    def fill(n: int, start: int, sequence: int) -> None:
        engine.decode([65] * n, range(start, start + n), [sequence] * n, [False] * n)

    fill(10, 0, 0)
    for n, start in ((21, 10), (0, 10), (5, 11), (5, 9)):
        with pytest.raises(EngineError):
            fill(n, start, 0)
    engine.copy_sequence(0, 1)  # shares the cells
    fill(20, 10, 1)
    with pytest.raises(EngineError, match="no room"):
        fill(3, 10, 0)
    engine.drop(1, 12)
    fill(3, 12, 1)
    engine.clear()
    fill(20, 0, 1)
    assert engine.evaluated_tokens() == 20


@pytest.mark.parametrize(
    "script",
    [
        "",
        "[]",
        "[" * 100_000,
        '{"answer": {}}',
        '{"answers": []}',
        '{"answers": {"": "x"}}',
        '{"answers": {"x": 1}}',
        '{"pieces": [1]}',
        '{"load_ns": -1}',
        '{"load_ns": 1.5}',
        '{"confidence": "high"}',
        '{"has_chat_template": 1}',
        '{"failures": [1]}',
        '{"failures": [{"at": "decode"}]}',
        '{"failures": [{"at": "decod", "how": "abort"}]}',
        '{"failures": [{"at": "decode", "how": "abrt"}]}',
        '{"failures": [{"at": "decode", "how": "abort", "after": "now"}]}',
    ],
)
def test_a_malformed_script_is_an_error(tmp_path, script):
    path = tmp_path / "script.json"
    path.write_text(script)
    with pytest.raises(EngineError):
        ScriptedEngine().load(str(path), settings_for())


def test_a_misspelt_key_names_the_nearest(tmp_path):
    with pytest.raises(EngineError, match="did you mean 'answers'"):
        ScriptedEngine().load(write_script(tmp_path, answer={}), settings_for())


def test_scripts_need_a_file(tmp_path):
    with pytest.raises(EngineError):
        ScriptedEngine().load(str(tmp_path / "none.json"), settings_for())


@pytest.mark.parametrize(
    ("how", "error"), [("raise", EngineError), ("bug", RuntimeError), ("memory", MemoryError)]
)
def test_failures_come_when_the_script_says(tmp_path, how, error):
    session = open_session(tmp_path, failures=[{"at": "decode", "how": how, "after": 2}])
    for position in range(2):
        session.engine.decode((65,), (position,), (0,), (True,))
    with pytest.raises(error):
        session.engine.decode((65,), (2,), (0,), (True,))


def test_quantizing_copies_the_script(tmp_path):
    engine = open_session(tmp_path, default_answer="as before").engine
    engine.quantize(str(tmp_path / "script.json"), str(tmp_path / "copy.json"), "Q8_0", 1)
    assert (tmp_path / "copy.json").read_bytes() == (tmp_path / "script.json").read_bytes()
    with pytest.raises(EngineError):
        engine.quantize(str(tmp_path / "none"), str(tmp_path / "copy.json"), "Q8_0", 1)
