import itertools
from collections import Counter

import numpy as np
import pytest
from engine_scripts import chi_square_p, open_session
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.engines.generation import generate, serve
from bench.engines.protocol import Message, Prompt, Sampling
from bench.engines.session import KERNEL_TOKENS
from bench.errors import EngineError

ANSWERS = {"capital of France": "Paris", "capital of Peru": "Lima\nQ: and then", "a long one": "x" * 300}
FRANCE, PERU = Prompt(text="The capital of France is"), Prompt(text="The capital of Peru is")


def chat(text: str) -> Prompt:
    return Prompt(messages=(Message("system", "Answer in one word, please."), Message("user", text)))


def test_a_request_is_timed_from_its_arrival_to_each_token(tmp_path):
    session = open_session(tmp_path, answers=ANSWERS, prefill_ns_per_token=3, decode_ns_per_token=70)
    served = serve(session, chat("the capital of France?"), max_tokens=20, stop=())
    assert (served.text, served.truncated, served.n_output_tokens) == ("Paris", False, 6)
    assert served.n_evaluated == served.n_prompt_tokens
    prefill_ns = 3 * served.n_prompt_tokens
    start_ns = served.request.start_ns
    assert served.token_ns == tuple(start_ns + prefill_ns + 70 * i for i in range(6))
    assert served.tokenize.end_ns == served.prefill.start_ns
    assert served.prefill.end_ns == served.decode.start_ns == served.token_ns[0]
    assert served.decode.end_ns == served.token_ns[-1] == served.request.end_ns


def test_every_request_meets_an_empty_cache(tmp_path):
    session = open_session(tmp_path, answers=ANSWERS)
    same = [serve(session, chat("the capital of France?"), max_tokens=20, stop=()) for _ in range(3)]
    assert {one.n_evaluated for one in same} == {same[0].n_prompt_tokens}


def test_requests_stop_at_strings_limits_and_the_contexts_end(tmp_path):
    session = open_session(tmp_path, {"n_ctx": 64}, answers=ANSWERS)
    stopped = serve(session, PERU, max_tokens=20, stop=("\nQ:",))
    assert (stopped.text, stopped.truncated, stopped.n_output_tokens) == ("Lima", False, 7)
    limited = serve(session, PERU, max_tokens=2, stop=("\nQ:",))
    assert (limited.text, limited.truncated, limited.n_output_tokens) == ("Li", True, 2)
    full = serve(session, Prompt(text="a long one"), max_tokens=500, stop=())
    assert (full.truncated, full.n_output_tokens) == (True, 64 - full.n_prompt_tokens)


def test_a_request_that_cannot_run_is_an_error(tmp_path):
    session = open_session(tmp_path, {"n_ctx": 64}, has_chat_template=False)
    for prompt in (chat("hello"), Prompt(text="y" * 100), Prompt()):
        with pytest.raises(EngineError):
            serve(session, prompt, max_tokens=5, stop=())


prompts = st.lists(
    st.sampled_from(["capital of France", "capital of Peru", "a long one", "none"]).flatmap(
        lambda key: st.text("abc ", max_size=40).map(lambda text: f"{text}{key}?")
    ),
    max_size=12,
)


@given(
    texts=prompts,
    opening=st.sampled_from(["", "Some examples, the same for all of them. "]),
    n_seq_max=st.integers(1, 5),
    n_batch=st.sampled_from([3, 20, 200]),
    max_tokens=st.sampled_from([1, 7, 30]),
    kv_unified=st.booleans(),
)
@settings(max_examples=40, deadline=None)
def test_batched_answers_are_those_of_each_request_alone(
    tmp_path_factory, texts, opening, n_seq_max, n_batch, max_tokens, kv_unified
):
    changes = {
        "n_ctx": 150 * n_seq_max, "n_batch": n_batch, "n_ubatch": n_batch, "n_seq_max": n_seq_max,
        "kv_unified": kv_unified,
    }  # fmt: skip
    session = open_session(tmp_path_factory.getbasetemp(), changes, answers=ANSWERS)
    asked = [Prompt(text=opening + text) for text in texts]
    together = generate(session, asked, max_tokens=max_tokens, stop=("\nQ:",))
    n_together = session.engine.evaluated_tokens()
    assert len(together) == len(asked)
    n_alone = 0
    for prompt, batched in zip(asked, together, strict=True):
        alone = serve(session, prompt, max_tokens=max_tokens, stop=("\nQ:",))
        n_alone += session.engine.evaluated_tokens()
        assert (batched.text, batched.truncated, batched.error) == (alone.text, alone.truncated, None)
        assert batched.n_prompt_tokens == alone.n_prompt_tokens
        assert batched.n_output_tokens == alone.n_output_tokens
    assert n_together <= n_alone


def test_the_same_call_makes_the_same_batches(tmp_path):
    def batches() -> list[tuple[tuple[int, ...], ...]]:
        session = open_session(tmp_path, {"n_seq_max": 3}, answers=ANSWERS)
        seen = []
        decode = session.engine.decode
        session.engine.decode = lambda *batch: (seen.append(tuple(map(tuple, batch))), decode(*batch))[1]
        generate(session, [FRANCE, PERU, chat("a long one"), FRANCE, PERU], max_tokens=30, stop=())
        return seen

    assert batches() == batches()


def test_a_shared_opening_is_evaluated_once(tmp_path):
    session = open_session(tmp_path, {"n_seq_max": 4}, answers=ANSWERS)
    opening = "Q: an example\nA: its answer\n" * 3
    asked = [Prompt(text=f"{opening}{i} capital of France?") for i in range(6)]
    first = generate(session, asked, max_tokens=1, stop=(), head_of=asked[:2])
    n_own = len("0 capital of France?")
    assert session.engine.evaluated_tokens() == 6 * n_own  # on an emptied cache with the opening
    assert generate(session, asked, max_tokens=1, stop=(), head_of=asked[:2]) == first
    assert generate(session, asked, max_tokens=1, stop=()) == first
    other = generate(session, [FRANCE, *asked], max_tokens=1, stop=(), head_of=asked[:2])
    assert other == (*generate(session, [FRANCE], max_tokens=1, stop=()), *first)
    assert len(opening) > KERNEL_TOKENS


def test_one_bad_prompt_does_not_spoil_the_others(tmp_path):
    session = open_session(
        tmp_path,
        {"n_ctx": 200},
        answers=ANSWERS,
        failures=[{"at": "render_chat", "how": "raise", "containing": "poison"}],
    )
    asked = [FRANCE, chat("poison"), Prompt(text="y" * 300), PERU]
    seen: list[tuple[int, int]] = []
    done = generate(session, asked, max_tokens=9, stop=(), on_progress=lambda *at: seen.append(at))
    assert [one.error is None for one in done] == [True, False, False, True]
    assert "render_chat" in str(done[1].error)
    assert "do not fit" in str(done[2].error)
    assert (done[0].text, done[3].text) == ("Paris", "Lima\nQ: a")
    assert seen == [(3, 4), (4, 4)]


def test_progress_counts_every_answer_once(tmp_path):
    session = open_session(tmp_path, answers=ANSWERS)
    seen: list[int] = []
    generate(session, [FRANCE] * 20, max_tokens=9, stop=(), on_progress=lambda done, _: seen.append(done))
    assert seen == list(itertools.accumulate([1] * 20))
    assert generate(session, [], max_tokens=9, stop=()) == ()


WEATHER = {"weather": {"sun": 6.0, "rain": 3.0, "snow and wind": 1.0}}
PERIOD = Prompt(text="A word for the weather today:")


def seeds_of(n_prompts: int, n_samples: int) -> list[list[int]]:
    return [[1000 * prompt + sample for sample in range(n_samples)] for prompt in range(n_prompts)]


def sampled(session, prompts, n_samples, temperature=1.0, **changes):
    arguments = {
        "max_tokens": 30, "stop": (), "sampling": Sampling(temperature),
        "seeds": seeds_of(len(prompts), n_samples),
    } | changes  # fmt: skip
    return generate(session, prompts, **arguments)


def test_samples_come_as_often_as_their_weights_say(tmp_path):
    session = open_session(tmp_path, {"n_ctx": 4096, "n_seq_max": 16}, alternatives=WEATHER)
    texts = Counter(one.text for one in sampled(session, [PERIOD], 300))
    assert set(texts) == {"sun", "rain", "snow and wind"}
    expected = [180.0, 90.0, 30.0]
    assert chi_square_p([texts["sun"], texts["rain"], texts["snow and wind"]], expected) > 1e-3
    assert {one.text for one in sampled(session, [PERIOD], 50, temperature=0.01)} == {"sun"}
    assert generate(session, [PERIOD], max_tokens=30, stop=())[0].text == "sun"


@given(
    n_samples=st.integers(1, 7),
    n_prompts=st.integers(1, 5),
    n_seq_max=st.integers(1, 6),
    n_batch=st.sampled_from([4, 60, 300]),
    kv_unified=st.booleans(),
    max_tokens=st.sampled_from([1, 3, 30]),
)
@settings(max_examples=30, deadline=None)
def test_a_sample_depends_on_its_prompt_and_seed_alone(
    tmp_path_factory, n_samples, n_prompts, n_seq_max, n_batch, kv_unified, max_tokens
):
    changes = {
        "n_ctx": 80 * n_seq_max, "n_batch": n_batch, "n_ubatch": n_batch, "n_seq_max": n_seq_max,
        "kv_unified": kv_unified,
    }  # fmt: skip
    session = open_session(tmp_path_factory.getbasetemp(), changes, alternatives=WEATHER)
    asked = [Prompt(text=f"{at} weather" + "?" * at) for at in range(n_prompts)]
    seen: list[tuple[int, int]] = []
    together = sampled(
        session, asked, n_samples, max_tokens=max_tokens, on_progress=lambda *at: seen.append(at)
    )
    n_evaluated = session.engine.evaluated_tokens()
    n_total = n_prompts * n_samples
    assert seen == [(at, n_total) for at in range(1, n_total + 1)]
    alone = [
        sampled(session, [prompt], 1, max_tokens=max_tokens, seeds=[[seed]])[0]
        for prompt, seeds in zip(asked, seeds_of(n_prompts, n_samples), strict=True)
        for seed in seeds
    ]
    assert list(together) == alone
    n_said = sum(one.n_output_tokens - 1 for one in together)  # the last of each is never evaluated
    n_asked = sum(one.n_prompt_tokens for one in together[::n_samples]) * (n_samples if n_seq_max == 1 else 1)
    assert n_evaluated == n_asked + n_said
    assert not session.engine._n_holders or n_evaluated == 0  # nothing is left in the cache


def test_at_most_one_sequence_waits_for_others(tmp_path):
    answers = {"x" * n: 1.0 for n in (5, 9, 14, 20, 27)}
    session = open_session(tmp_path, {"n_ctx": 4096, "n_seq_max": 5}, alternatives={"weather": answers})
    widths: list[int] = []
    decode = session.engine.decode
    session.engine.decode = lambda *batch: (widths.append(len(set(batch[2]))), decode(*batch))[1]
    sampled(session, [PERIOD] * 8, 4)
    steps = widths[1:-27]  # the last answers have nothing to share the batch with
    assert len(steps) > 50
    assert sum(width >= 4 for width in steps) >= 0.9 * len(steps)


def test_samples_fit_a_cache_that_holds_few_of_them(tmp_path):
    n_prompt = len("A word for the weather today:") + 1
    session = open_session(tmp_path, {"n_ctx": 2 * n_prompt + 25, "n_seq_max": 8}, alternatives=WEATHER)
    done = sampled(session, [PERIOD] * 3, 5, max_tokens=12)
    assert all(one.error is None for one in done)
    assert len({one.text for one in done}) > 1


def test_seeds_must_fit_the_prompts(tmp_path):
    session = open_session(tmp_path, alternatives=WEATHER)
    for changes in (
        {"seeds": []},
        {"seeds": [[1], [2]]},
        {"seeds": [[]]},
        {"seeds": [[-1]]},
        {"sampling": None},
        {"sampling": Sampling(0.0)},
    ):
        with pytest.raises(EngineError):
            sampled(session, [PERIOD], 1, **changes)


def test_a_prompt_that_cannot_run_fails_in_all_its_samples(tmp_path):
    session = open_session(tmp_path, {"n_ctx": 200}, alternatives=WEATHER)
    done = sampled(session, [PERIOD, Prompt(text="y" * 300), PERIOD], 2)
    assert [one.error is None for one in done] == [True, True, False, False, True, True]


@pytest.mark.parametrize("is_sampled", [True, False])
def test_logits_that_are_not_finite_spoil_their_own_answer_alone(tmp_path, is_sampled):
    session = open_session(tmp_path, alternatives=WEATHER | {"broken": {"xyz": 1.0}})
    logits, decode = session.engine.logits, session.engine.decode
    rows: list[int] = []  # of sequences that said "x"

    def decode_seen(tokens, positions, sequences, wants):
        decode(tokens, positions, sequences, wants)
        rows[:] = [row for row, token in enumerate(tokens) if token == ord("x")]

    session.engine.decode = decode_seen
    session.engine.logits = lambda row: logits(row) * (np.nan if row in rows else 1)
    asked = [PERIOD, Prompt(text="broken"), PERIOD]
    done = sampled(session, asked, 2) if is_sampled else generate(session, asked, max_tokens=30, stop=())
    broken = [one for one in done if one.error is not None]
    assert len(broken) == len(done) // 3
    assert {str(one.error) for one in broken} == {"the model's logits are not finite"}
    assert {one.text for one in done if one.error is None} <= set(WEATHER["weather"])


def test_samples_think_each_for_itself(tmp_path):
    thoughts = {"riddle": {"<think>a</think>one": 1.0, "<think>bcd</think>two": 1.0, "three": 1.0}}
    template = "{% for m in messages %}{{ m.content }}{% endfor %}{% if enable_thinking %}<think>{% endif %}"
    session = open_session(tmp_path, alternatives=thoughts, chat_template=template)
    done = sampled(session, [chat("riddle")], 30)
    told = {(one.text, one.n_thinking_tokens) for one in done}
    assert told == {("one", 16), ("two", 18), ("three", 0)}


def test_greedy_answers_carry_the_margins_of_their_tokens(tmp_path):
    doubtful = {"capital of Peru": {"Lima": 3.0, "Loja": 1.0}}  # both begin with L: in doubt at the second
    session = open_session(tmp_path, {"n_seq_max": 3}, answers=ANSWERS, alternatives=doubtful)
    logits, seen = session.engine.logits, []
    session.engine.logits = lambda row: (seen.append(logits(row)), seen[-1])[1]
    sure, unsure, silent = generate(session, [FRANCE, PERU, Prompt(text="none")], max_tokens=20, stop=())
    assert (sure.mean_margin_nats, sure.least_margin_nats) == (8.0, 8.0)  # the script's confidence
    assert (silent.mean_margin_nats, silent.least_margin_nats) == (None, None)  # it says nothing
    assert unsure.text == "Lima"
    assert unsure.least_margin_nats == pytest.approx(np.log(3), abs=1e-4)
    assert unsure.mean_margin_nats == pytest.approx((4 * 100 + np.log(3)) / 5, abs=1e-4)
    plain = sorted(float(np.diff(np.sort(row.astype(float))[-2:])[0]) for row in seen)
    assert plain[0] == pytest.approx(unsure.least_margin_nats, abs=1e-9)
    assert generate(session, [FRANCE, PERU, Prompt(text="none")], max_tokens=20, stop=())[1] == unsure


def test_margins_are_those_of_the_answer_without_its_thinking(tmp_path):
    template = "{% for m in messages %}{{ m.content }}{% endfor %}{% if enable_thinking %}<think>{% endif %}"
    answers = {"riddle": {"<think>a</think>one": 2.0, "<think>b</think>one": 1.0}}
    session = open_session(tmp_path, alternatives=answers, chat_template=template)
    (told,) = generate(session, [chat("riddle")], max_tokens=30, stop=())
    assert (told.text, told.n_thinking_tokens) == ("one", 16)
    assert told.least_margin_nats == 100.0  # the doubt was about the thought
    (cut,) = generate(session, [chat("riddle")], max_tokens=9, stop=())
    assert (cut.n_thinking_tokens, cut.mean_margin_nats) == (9, None)


def test_drawn_answers_carry_no_margin(tmp_path):
    session = open_session(tmp_path, alternatives=WEATHER)
    assert {one.least_margin_nats for one in sampled(session, [PERIOD], 3)} == {None}
