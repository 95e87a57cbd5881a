import math

import numpy as np
import pytest
from engine_scripts import open_session
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.engines import choices as choices_module
from bench.engines.choices import log_sum_exp, score_choices
from bench.engines.results import Choice
from bench.engines.session import KERNEL_TOKENS, Session
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
    n_batch=st.sampled_from([16, 50, 300]),
    n_head_of=st.sampled_from([0, 2, 8]),
)
@settings(max_examples=25, deadline=None)
def test_shared_tokens_give_what_each_ending_gives_alone(
    tmp_path_factory, items, n_seq_max, n_batch, n_head_of
):
    changes = {"n_ctx": 400, "n_batch": n_batch, "n_ubatch": n_batch, "n_seq_max": n_seq_max}
    session = open_session(
        tmp_path_factory.getbasetemp(), changes, answers=ANSWERS, confidence=3.0, pieces=[" blue", "s b"]
    )
    scored = score_choices(session, items, head_of=[item.context for item in items[:n_head_of]])
    n_evaluated = scored.n_evaluated
    assert len(scored.scores) == len(items)
    assert scored.n_unique_prefix_tokens <= n_evaluated
    n_alone = 0
    for choice, score in zip(items, scored.scores, strict=True):
        assert score.error is None
        assert score.logprobs == pytest.approx(alone(session, choice), abs=1e-6)
        n_alone += sum(score.n_context_tokens + n - 1 for n in score.n_tokens)
        assert score.n_bytes == tuple(len(ending.encode()) for ending in choice.endings)
    n_calls = 1 + sum(len(item.endings) for item in items)  # at most, each filled up, and the head's
    assert n_evaluated <= n_alone + (KERNEL_TOKENS - 1) * n_calls


def test_the_scripted_answer_is_the_likeliest_ending(tmp_path):
    session = open_session(tmp_path, answers=ANSWERS)
    endings = (" green", " blue today", " red")
    (score,) = score_choices(session, [Choice("The sky is", endings)]).scores
    assert max(zip(score.logprobs, endings, strict=True))[1] == " blue today"


def filled(n_tokens: int) -> int:
    return n_tokens + -n_tokens % KERNEL_TOKENS


def test_only_the_last_call_of_a_pack_is_filled_up(tmp_path, monkeypatch):
    session = open_session(tmp_path, {"n_ctx": 1000, "n_batch": 100, "n_ubatch": 100}, answers=ANSWERS)
    item = Choice("The sky is", (" blue today" * 9, " green" * 9))
    whole = score_choices(session, [item])
    assert whole.n_evaluated == filled(whole.n_unique_prefix_tokens)
    monkeypatch.setattr(choices_module, "MAX_LOGITS_BYTES", 4 * 37 * session.info.n_vocab)  # 37 rows a call
    calls = []
    decode = session.engine.decode
    session.engine.decode = lambda *batch: (calls.append(batch), decode(*batch))[1]
    assert score_choices(session, [item]) == whole
    assert {len(tokens) % KERNEL_TOKENS for tokens, *_ in calls} == {0}
    assert max(sum(wants) for *_, wants in calls) in range(KERNEL_TOKENS, 38)


def test_what_endings_and_contexts_begin_with_is_evaluated_once(tmp_path):
    session = open_session(tmp_path, {"n_ctx": 1000, "n_batch": 1000, "n_ubatch": 1000, "n_seq_max": 12})
    opening = "The very same examples open every one of the items. "
    items = [Choice(f"{opening}{i} is", (" aaa", " bbb", " aab", " a")) for i in range(5)]
    contexts = [item.context for item in items]
    n_opening, n_own = 1 + len(opening), 5 * (len("0 is") + len(" aa") + len("bb"))
    first = score_choices(session, items, head_of=contexts)
    assert (first.n_unique_prefix_tokens, first.n_evaluated) == (
        n_opening + n_own,
        filled(n_opening) + filled(n_own),
    )
    second = score_choices(session, items, head_of=contexts)
    assert (second.n_unique_prefix_tokens, second.n_evaluated) == (n_own, filled(n_own))
    assert second.scores == first.scores == score_choices(session, items).scores
    assert score_choices(session, items[::-1], head_of=contexts).scores == first.scores[::-1]


def test_an_item_may_have_more_endings_than_there_are_sequences(tmp_path):
    choice = Choice("The sky is", tuple(f" {letter}x" for letter in "abcdefghijk"))
    few, many = (open_session(tmp_path, {"n_seq_max": n}, answers=ANSWERS) for n in (3, 20))
    assert score_choices(few, [choice]).scores == score_choices(many, [choice]).scores


def test_an_item_that_begins_otherwise_runs_without_the_head(tmp_path):
    session = open_session(tmp_path, {"n_ctx": 100}, answers=ANSWERS)
    head_of = ["The same examples for all. the sky is", "The same examples for all. the grass is"]
    items = [Choice(text, (" blue", " green")) for text in (*head_of, "none of it")]
    scored = score_choices(session, items, head_of=head_of)
    assert [one.logprobs for one in scored.scores] == [pytest.approx(alone(session, one)) for one in items]
    long = [Choice("y" * 80, ("a", "b")), Choice(head_of[0] + "y" * 40, ("a", "b"))]
    without, within = score_choices(session, long, head_of=head_of).scores
    assert "do not fit the context of 68" in str(without.error)  # 32 tokens are the head's
    assert within.error is None


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


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"kv_unified": False}, "unified"),
        ({"n_seq_max": 1}, "two sequences"),
        ({"n_batch": 15, "n_ubatch": 15}, "a batch of 16 tokens"),
    ],
)
def test_scoring_needs_a_unified_cache_with_room(tmp_path, settings, said):
    with pytest.raises(EngineError, match=said):
        score_choices(open_session(tmp_path, settings), [Choice("a", ("b",))])


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
