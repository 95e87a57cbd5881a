import math

import numpy as np
import pytest
from engine_scripts import open_session
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.engines.choices import log_sum_exp, score_choices
from bench.engines.results import Choice
from bench.engines.session import Session
from bench.errors import EngineError

ANSWERS = {"sky is": "blue today", "grass is": "green", "none": ""}


def alone(session: Session, choice: Choice) -> list[float]:
    """The plainest way to the same figures: every ending on its own, one token at a time."""
    engine, sums = session.engine, []
    text = choice.context.rstrip(" ")
    spaces = choice.context[len(text) :]
    context = engine.tokenize(text, add_special=True, parse_special=False)
    for ending in choice.endings:
        engine.clear()
        whole = engine.tokenize(text + spaces + ending, add_special=True, parse_special=False)
        tokens, total = context + whole[len(context) :], 0.0
        for position, token in enumerate(tokens[:-1]):
            engine.decode((token,), (position,), (0,), (position >= len(context) - 1,))
            if position >= len(context) - 1:
                logits = engine.logits(0).astype(np.float64)
                total += float(logits[tokens[position + 1]] - np.log(np.exp(logits).sum()))
        sums.append(total)
    return sums


choices = st.builds(
    lambda opening, context, spaces, endings: Choice(opening + context + spaces, tuple(endings)),
    st.sampled_from(["", "The very same examples open every one of the items. "]),
    st.sampled_from(["the sky is", "the grass is", "none of it", "x", "a much longer text about none " * 3]),
    st.sampled_from(["", " ", "   "]),
    st.lists(st.sampled_from([" blue", "blue today", " green", "z", "é!", " blue skies " * 3]), min_size=1),
)


@given(
    items=st.lists(choices, max_size=8),
    n_seq_max=st.integers(2, 9),
    n_batch=st.sampled_from([4, 50, 300]),
    kv_unified=st.booleans(),
)
@settings(max_examples=40, deadline=None)
def test_shared_contexts_give_what_each_ending_gives_alone(
    tmp_path_factory, items, n_seq_max, n_batch, kv_unified
):
    changes = {
        "n_ctx": 400 if kv_unified else 400 * n_seq_max, "n_batch": n_batch, "n_ubatch": n_batch,
        "n_seq_max": n_seq_max, "kv_unified": kv_unified,
    }  # fmt: skip
    session = open_session(
        tmp_path_factory.getbasetemp(), changes, answers=ANSWERS, confidence=3.0, pieces=[" blue", "s b"]
    )
    scored = score_choices(session, items)
    n_evaluated = scored.n_evaluated
    assert len(scored.scores) == len(items)
    assert scored.n_unique_prefix_tokens <= n_evaluated
    n_alone = 0
    for choice, score in zip(items, scored.scores, strict=True):
        assert score.error is None
        assert score.logprobs == pytest.approx(alone(session, choice), abs=1e-6)
        n_alone += sum(score.n_context_tokens + n - 1 for n in score.n_tokens)
        assert score.n_bytes == tuple(len(ending.encode()) for ending in choice.endings)
    assert n_evaluated <= n_alone


def test_the_scripted_answer_is_the_likeliest_ending(tmp_path):
    session = open_session(tmp_path, answers=ANSWERS)
    endings = (" green", " blue today", " red")
    (score,) = score_choices(session, [Choice("The sky is", endings)]).scores
    assert max(zip(score.logprobs, endings, strict=True))[1] == " blue today"


def test_contexts_are_evaluated_once_and_openings_too(tmp_path):
    session = open_session(tmp_path, {"n_ctx": 1000, "n_batch": 1000, "n_ubatch": 1000})
    opening = "The very same examples open every one of the items. "
    items = [Choice(f"{opening}{i} is", (" aaa", " bbb")) for i in range(5)]
    scored = score_choices(session, items)
    assert scored.n_unique_prefix_tokens == 1 + len(opening) + 5 * (len("0 is") + len(" aa") + len("bb"))
    assert scored.n_evaluated == scored.n_unique_prefix_tokens + 5  # the space both endings begin with


def test_a_merge_across_the_border_stays_with_the_ending(tmp_path):
    """The context keeps its own tokens; what the whole text has beyond their number is the ending."""
    session = open_session(tmp_path, pieces=["is b"])
    (score,) = score_choices(session, [Choice("it is", (" bcd", " red"))]).scores
    assert score.n_context_tokens == len("it is") + 1  # and the token that opens a text
    assert score.n_tokens == (1, 4)  # "it is bcd" is one token longer than the context: "is b" took four
    (bad,) = score_choices(session, [Choice("it is", (" b",))]).scores
    assert "no token of its own" in str(bad.error)


@pytest.mark.parametrize(
    ("choice", "said"),
    [
        (Choice("", ("a",)), "context is empty"),
        (Choice("  ", ("a",)), "context is empty"),
        (Choice("a", ()), "no ending"),
        (Choice("a", ("b", "")), "no token of its own"),
        (Choice("a" * 1000, ("b" * 100,)), "do not fit"),
    ],
)
def test_one_bad_item_does_not_spoil_the_others(tmp_path, choice, said):
    session = open_session(tmp_path, opens_text=False, answers=ANSWERS)
    good = Choice("The sky is", (" blue", " red"))
    before, bad, after = score_choices(session, [good, choice, good]).scores
    assert said in str(bad.error)
    assert (bad.logprobs, before.error, after.error) == ((), None, None)
    assert before.logprobs == pytest.approx(after.logprobs)


def test_scoring_needs_two_sequences(tmp_path):
    with pytest.raises(EngineError, match="n_seq_max"):
        score_choices(open_session(tmp_path, {"n_seq_max": 1}), [Choice("a", ("b",))])


def test_scoring_again_gives_the_same_bits(tmp_path):
    items = [Choice(f"{i} the sky is", (" blue", " red", " a colour")) for i in range(9)]
    runs = [score_choices(open_session(tmp_path, answers=ANSWERS), items) for _ in range(2)]
    assert runs[0] == runs[1]


def test_logits_that_are_not_finite_are_an_error_of_the_item(tmp_path):
    session = open_session(tmp_path)
    session.engine.logits = lambda _: np.full(session.info.n_vocab, np.nan, np.float32)
    (score,) = score_choices(session, [Choice("a", ("bc",))]).scores
    assert (score.logprobs, score.error) == ((), "the model's logits are not finite")


@given(st.lists(st.floats(-300, 300, width=32), min_size=1, max_size=50))
def test_log_sum_exp_is_that_of_exact_arithmetic(values):
    highest = max(values)
    expected = highest + math.log(math.fsum(math.exp(value - highest) for value in values))
    assert log_sum_exp(np.array(values, np.float32)) == pytest.approx(expected, abs=1e-5)


def test_progress_goes_by_items(tmp_path):
    seen: list[tuple[int, int]] = []
    items = [Choice("x" * 100, ("a", "b"))] * 5
    score_choices(open_session(tmp_path), items, on_progress=lambda *at: seen.append(at))
    assert seen[-1] == (5, 5)
    assert seen == sorted(set(seen))
