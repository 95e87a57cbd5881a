"""Sampling, margins and thinking on the real default model."""

import numpy as np
import pytest

from bench.engines.generation import generate, serve
from bench.engines.llama_cpp import LlamaCppEngine
from bench.engines.protocol import EngineSettings, Message, Prompt, Sampling, Thinking
from bench.engines.session import Session
from bench.errors import EngineError

pytestmark = pytest.mark.model

PROMPTS = [
    Prompt(messages=(Message("user", "Name an animal and say in one sentence what it eats."),)),
    Prompt(messages=(Message("user", "Write one short line about the sea."),)),
]
SEEDS = [[11, 12, 13], [21, 22, 23]]


@pytest.fixture(scope="module")
def session(default_model_path):
    engine = LlamaCppEngine()
    settings = EngineSettings(n_ctx=512, n_seq_max=4)  # one thread: right on a busy machine, too
    info = engine.load(str(default_model_path), settings)
    yield Session(engine, settings, info)
    engine.close()


def sampled(session, sampling, seeds=SEEDS):
    return generate(session, PROMPTS, max_tokens=10, stop=(), sampling=sampling, seeds=seeds)


def test_samples_repeat_with_their_seeds_and_differ_without(session):
    first = sampled(session, Sampling(1.0))
    n_evaluated = session.engine.evaluated_tokens()
    assert [one.text for one in sampled(session, Sampling(1.0))] == [one.text for one in first]
    assert len({one.text for one in first[:3]}) == len({one.text for one in first[3:]}) == 3
    others = sampled(session, Sampling(1.0), [[31, 32, 33], [41, 42, 43]])
    assert not {one.text for one in others} & {one.text for one in first}
    n_said = sum(one.n_output_tokens - 1 for one in first)  # the last of each is never evaluated
    assert n_evaluated == first[0].n_prompt_tokens + first[3].n_prompt_tokens + n_said


def test_one_candidate_is_the_greedy_answer(session):
    for prompt in PROMPTS:  # alone, since the company in a batch can flip near-ties
        alone = serve(session, prompt, max_tokens=10, stop=())
        (drawn,) = generate(
            session, [prompt], max_tokens=10, stop=(), sampling=Sampling(3.0, top_k=1), seeds=[[1]]
        )
        assert drawn.text == alone.text


def test_margins_are_those_of_the_models_own_logits(session, monkeypatch):
    plain: list[float] = []
    logits = session.engine.logits

    def seen(row):
        found = logits(row)
        plain.append(float(np.subtract(*np.sort(found.astype(np.float64))[[-1, -2]])))
        return found

    monkeypatch.setattr(session.engine, "logits", seen)
    (told,) = generate(session, PROMPTS[:1], max_tokens=10, stop=())
    assert len(plain) == told.n_output_tokens
    assert told.least_margin_nats == min(plain) >= 0
    assert told.mean_margin_nats == pytest.approx(np.mean(plain), rel=1e-9)
    assert generate(session, PROMPTS[:1], max_tokens=10, stop=()) == (told,)


def test_a_model_that_knows_no_thinking_says_so(session):
    assert session.engine.thinking_support().kind == "none"
    assert serve(session, PROMPTS[0], max_tokens=2, stop=()).n_thinking_tokens is None
    with pytest.raises(EngineError, match="knows no thinking"):
        serve(session, PROMPTS[0], max_tokens=2, stop=(), thinking=Thinking(is_on=True))


def test_control_tokens_have_a_name_and_stand_for_nothing(session):
    tokens = session.engine.tokenize("<|im_start|>a", add_special=False, parse_special=True)
    assert session.engine.detokenize(tokens) == b"a"
    assert session.engine.detokenize(tokens, special=True) == b"<|im_start|>a"
