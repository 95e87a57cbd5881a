import gc
from dataclasses import replace

import pytest
from engine_scripts import open_session, settings_for

from bench.engines.protocol import Message, Prompt
from bench.engines.session import check_settings, collector_paused, fitting_tokens, prefill
from bench.errors import EngineError

HELLO = Prompt(messages=(Message("user", "hello"),))


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"n_ctx": 0}, "n_ctx 0"),
        ({"n_ctx": 8 * 4096 + 1}, "larger than the model's 4096"),
        ({"n_batch": 0, "n_ubatch": 0}, "n_batch 0"),
        ({"n_ubatch": 257}, "n_ubatch 257"),
        ({"n_ubatch": 0}, "n_ubatch 0"),
        ({"n_seq_max": 0}, "n_seq_max 0"),
        ({"n_seq_max": 257}, "n_seq_max 257"),
        ({"n_threads": 0}, "n_threads 0"),
        ({"n_threads_batch": 513}, "n_threads_batch 513"),
        ({"n_gpu_layers": -2}, "n_gpu_layers -2"),
        ({"type_v": "q8_0", "flash_attn": "off"}, "flash attention"),
    ],
)
def test_settings_that_the_library_cannot_do_are_refused(changes: dict[str, object], said: str) -> None:
    with pytest.raises(EngineError, match=said):
        check_settings(settings_for(**changes), 4096, "a model")


def test_a_shared_cache_may_exceed_what_one_sequence_may_hold(tmp_path):
    session = open_session(tmp_path, {"n_ctx": 3000}, n_ctx_train=1000)
    assert session.n_ctx_sequence == 1000
    assert replace(session, settings=settings_for(n_ctx=3000, kv_unified=False)).n_ctx_sequence == 375


def test_a_prompt_is_messages_or_text_and_never_empty(tmp_path):
    session = open_session(tmp_path, opens_text=False)
    for prompt in (Prompt(), Prompt(text=""), Prompt(messages=HELLO.messages, text="hello")):
        with pytest.raises(EngineError):
            fitting_tokens(session, prompt)


def test_prompts_beyond_the_context_do_not_fit(tmp_path):
    session = open_session(tmp_path, {"n_ctx": 64})
    long = Prompt(text="x" * 63)  # and the token that opens a text: no room for an answer
    with pytest.raises(EngineError, match="64 tokens do not fit the context of 64"):
        fitting_tokens(session, long)
    assert len(fitting_tokens(session, Prompt(text="x" * 62))) == 63


def test_prefill_goes_in_chunks_and_gives_the_last_row(tmp_path):
    session = open_session(tmp_path, {"n_batch": 100, "n_ubatch": 100}, default_answer="k")
    row = prefill(session, [65] * 250)
    assert row == 49
    assert session.engine.logits(row).argmax() == ord("k")
    assert session.engine.evaluated_tokens() == 250


def test_the_collector_rests_only_inside_the_window():
    assert gc.isenabled()
    with collector_paused():
        assert not gc.isenabled()
        with collector_paused():
            pass
        assert not gc.isenabled()
    assert gc.isenabled()
