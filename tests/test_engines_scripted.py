import time

import pytest
from engine_scripts import open_session, settings_for, write_script
from hypothesis import given
from hypothesis import strategies as st

from bench.engines import open_engine
from bench.engines.generation import serve
from bench.engines.protocol import Message, Prompt
from bench.engines.scripted import ScriptedEngine
from bench.engines.session import prefill
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
        '{"control_pieces": [""]}',
        '{"alternatives": {"x": "a"}}',
        '{"alternatives": {"x": {}}}',
        '{"alternatives": {"x": {"a": 0}}}',
        '{"alternatives": {"": {"a": 1}}}',
        '{"chat_template": "{% if %}"}',
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


def step(engine, position, n_sequences=1):
    before_ns = engine.now_ns()
    engine.decode([65] * n_sequences, [position] * n_sequences, range(n_sequences), [True] * n_sequences)
    return engine.now_ns() - before_ns


def test_steps_cost_more_with_sequences_depth_and_time(tmp_path):
    engine = open_session(tmp_path, decode_ns_per_token=1000, batch_cost=0.5).engine
    assert [step(engine, at, n) for at, n in enumerate((8, 4, 2, 1))] == [4500, 2500, 1500, 1000]
    engine = open_session(tmp_path, decode_ns_per_token=1000, depth_cost_ns=7).engine
    assert [step(engine, at) for at in range(3)] == [1000, 1007, 1014]
    engine = open_session(tmp_path, decode_ns_per_token=1000, drift=0.01).engine
    assert [step(engine, at) for at in range(3)] == [1000, 1010, 1020]


def test_a_failure_beyond_so_many_tokens_spares_the_shorter(tmp_path):
    failure = {"at": "decode", "how": "raise", "beyond_tokens": 10}
    engine = open_session(tmp_path, failures=[failure]).engine
    engine.decode([65] * 5, range(5), [0] * 5, [False] * 5)
    engine.decode([65] * 5, range(5), [1] * 5, [False] * 5)
    with pytest.raises(EngineError):
        step(engine, 5)
    engine.clear()
    step(engine, 0)


def test_a_failure_is_over_once_its_file_is_there(tmp_path):
    engine = open_session(tmp_path, failures=[{"at": "decode", "how": "raise", "unless": "freed"}]).engine
    with pytest.raises(EngineError):
        step(engine, 0)
    (tmp_path / "freed").touch()
    step(engine, 0)


def test_a_restored_sequence_goes_on_as_the_saved_one(tmp_path):
    session = open_session(tmp_path, answers={"2 + 2": "four"})
    engine = session.engine
    prefill(session, engine.tokenize("2 + 2", add_special=True, parse_special=False))
    state = engine.save_sequence(0)
    with pytest.raises(EngineError, match="not empty"):
        engine.restore_sequence(0, state)
    engine.clear()
    engine.restore_sequence(3, state)
    assert engine.evaluated_tokens() == 0
    engine.decode((ord("f"),), (6,), (3,), (True,))
    assert engine.logits(0).argmax() == ord("o")
    engine.drop(3, 0)
    engine.decode([65] * 251, range(251), [0] * 251, [False] * 251)
    for sequence in range(1, 4):
        engine.decode([65] * 256, range(256), [sequence] * 256, [False] * 256)
    with pytest.raises(EngineError, match="no room"):
        engine.restore_sequence(4, state)
    engine.reopen(settings_for(type_k="q8_0"))
    with pytest.raises(EngineError, match="another kind"):
        engine.restore_sequence(0, state)


def test_a_model_is_reopened_with_what_only_a_context_decides(tmp_path):
    engine = ScriptedEngine()
    with pytest.raises(EngineError, match="no model"):
        engine.reopen(settings_for())
    info = engine.load(write_script(tmp_path), settings_for())
    step(engine, 0)
    again = engine.reopen(settings_for(n_ctx=2048, n_seq_max=2))
    assert again.buffers[0] == info.buffers[0]
    assert again.buffers[1].size_bytes == 2 * info.buffers[1].size_bytes
    assert engine.evaluated_tokens() == 0
    step(engine, 0, n_sequences=2)
    for changes in ({"n_gpu_layers": 1}, {"use_mmap": False}, {"use_mlock": True}, {"engine": "llama_cpp"}):
        with pytest.raises(EngineError, match=f"{next(iter(changes))} changes only"):
            engine.reopen(settings_for(**changes))
    with pytest.raises(EngineError, match="larger than"):
        engine.reopen(settings_for(n_ctx=10**6))
    engine.close()
    with pytest.raises(EngineError, match="no model"):
        engine.reopen(settings_for())


def test_a_script_may_have_a_gpu(tmp_path):
    assert not any(device.is_gpu for device in ScriptedEngine().devices())
    with pytest.raises(EngineError, match="no GPU"):
        open_session(tmp_path, {"n_gpu_layers": -1})
    info = open_session(tmp_path, {"n_gpu_layers": -1}, gpu_bytes=1 << 30).info
    (gpu,) = (device for device in info.devices if device.is_gpu)
    assert gpu.free_bytes == gpu.total_bytes == 1 << 30
    assert info.device_used_bytes == {gpu.name: sum(buffer.size_bytes for buffer in info.buffers)}
    info = open_session(tmp_path, gpu_bytes=1 << 30).info
    assert info.device_used_bytes == {gpu.name: 0}


def test_quantizing_copies_the_script(tmp_path):
    engine = open_session(tmp_path, default_answer="as before").engine
    engine.quantize(str(tmp_path / "script.json"), str(tmp_path / "copy.json"), "Q8_0", 1)
    assert (tmp_path / "copy.json").read_bytes() == (tmp_path / "script.json").read_bytes()
    with pytest.raises(EngineError):
        engine.quantize(str(tmp_path / "none"), str(tmp_path / "copy.json"), "Q8_0", 1)


def test_a_token_of_several_sequences_takes_one_cell_until_all_have_dropped_it(tmp_path):
    engine = open_session(tmp_path, {"n_ctx": 4, "n_batch": 4, "n_ubatch": 4}, answers={"A": "B"}).engine
    engine.decode([65, 66, 67], [0, 1, 1], [(0, 1), (0,), (1,)], [True] * 3)
    assert [int(engine.logits(row).argmax()) for row in range(3)] == [66, 257, 257]
    assert engine.evaluated_tokens() == 3
    engine.drop(0, 0)  # the second cell is free, the first still held by the other sequence
    engine.decode([65, 66], [0, 1], [2, 2], [False] * 2)
    with pytest.raises(EngineError, match="no room"):
        engine.decode([65], [2], [2], [False])


@pytest.mark.parametrize("kv_unified", [True, False])
def test_sequences_share_a_token_only_when_they_share_all_before_it(tmp_path, kv_unified):
    engine = open_session(tmp_path, {"kv_unified": kv_unified}).engine
    for tokens, positions, sequences in (
        ([65, 65], [0, 1], [(0,), (0, 1)]),
        ([65, 65, 65], [0, 0, 1], [(0,), (1,), (0, 1)]),
        ([65, 65], [0, 0], [(0, 1), (1, 2)]),
    ):
        engine.clear()
        with pytest.raises(EngineError, match="share all" if kv_unified else "unified"):
            engine.decode(tokens, positions, sequences, [False] * len(tokens))
