"""Shared openings and shared tokens on the real engine: what they save, and that they change no bit."""

from pathlib import Path

import pytest

from bench.engines.choices import score_choices
from bench.engines.generation import generate
from bench.engines.llama_cpp import LlamaCppEngine
from bench.engines.protocol import EngineSettings, Message, Prompt
from bench.engines.results import Choice, Completion, Scored
from bench.engines.session import KERNEL_TOKENS, Session
from bench.tasks.witnesses import witnesses

pytestmark = pytest.mark.model

SETTINGS = EngineSettings(n_ctx=2048, n_batch=512, n_ubatch=256, n_seq_max=16)
SHOTS = "".join(f"Q: What is {n} and one?\nA: It is {n + 1}, as everybody can count.\n\n" for n in range(6))
QUESTIONS = ("Why do cats purr?", "Is glass a liquid?", "Who wrote the first novel?", "What do bees eat?")
ENDINGS = (
    " Nobody knows for certain, but there are several explanations",
    " Nobody knows for certain, but most people think they do",
    " Nobody has ever asked",
    " It depends on who is asked, and on the year",
    " It depends on who is asked",
    " It depends",
)


def open_session(path: Path) -> Session:
    engine = LlamaCppEngine()
    return Session(engine, SETTINGS, engine.load(str(path), SETTINGS))


def test_endings_that_begin_alike_cost_their_distinct_tokens_only(default_model_path):
    items = [Choice(f"{SHOTS}Q: {question}\nA:", ENDINGS) for question in QUESTIONS]
    session = open_session(default_model_path)
    first, again = (
        score_choices(session, items, head_of=witnesses([item.context for item in items])) for _ in range(2)
    )
    n_apart = sum(sum(score.n_tokens) + score.n_context_tokens for score in first.scores)
    assert first.n_unique_prefix_tokens < 0.7 * n_apart
    for scored in (first, again):
        n_beyond = scored.n_evaluated - scored.n_unique_prefix_tokens
        assert n_beyond < 3 * KERNEL_TOKENS  # the examples and two packs, each of them filled up
    assert again.scores == first.scores
    assert again.n_evaluated < first.n_evaluated - 90  # the examples
    session.engine.close()


def scored(session: Session, questions: tuple[str, ...]) -> Scored:
    contexts = [f"{SHOTS}Q: {question}\nA:" for question in QUESTIONS]
    items = [Choice(f"{SHOTS}Q: {question}\nA:", ENDINGS) for question in questions]
    return score_choices(session, items, head_of=witnesses(contexts))


def answered(session: Session, questions: tuple[str, ...]) -> tuple[Completion, ...]:
    def ask(question: str) -> Prompt:
        return Prompt(messages=(Message("system", SHOTS), Message("user", question)))

    head_of = witnesses([ask(question) for question in QUESTIONS])
    return generate(
        session, [ask(question) for question in questions], max_tokens=8, stop=(), head_of=head_of
    )


@pytest.mark.parametrize("answer", [scored, answered])
def test_a_group_gives_the_same_bits_in_a_fresh_worker_and_after_others(default_model_path, answer):
    held, fresh = open_session(default_model_path), open_session(default_model_path)
    answer(held, QUESTIONS[:2])
    scored(held, QUESTIONS[:1])  # with another opening
    generate(held, [Prompt(text="Once upon a time")], max_tokens=5, stop=())
    after, alone = answer(held, QUESTIONS[2:]), answer(fresh, QUESTIONS[2:])
    if isinstance(after, Scored):
        assert isinstance(alone, Scored)
        assert after.scores == alone.scores
    else:
        assert after == alone
    for session in (held, fresh):
        session.engine.close()
