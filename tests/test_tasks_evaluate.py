import math

import pytest
from task_files import make_item, make_task

from bench.engines.protocol import Message, Prompt
from bench.records.types import ItemResult
from bench.tasks.canonical import canonical_json, prompt_sha256
from bench.tasks.evaluate import (
    MAX_OUTPUT_CHARS,
    choices_for,
    prompts_for,
    score_choices,
    score_completions,
    seeds_for,
)
from bench.tasks.hosted import hosted_tokens
from bench.tasks.types import Task
from bench.worker.protocol import Choice, ChoiceScore, Completion


def completion(text: str, *, truncated: bool = False, error: str | None = None) -> Completion:
    return Completion(text, n_prompt_tokens=11, n_output_tokens=3, truncated=truncated, error=error)


def result_of(task: Task, reply: Completion) -> ItemResult:
    return score_completions(task, task.items[:1], [reply], prompting="chat")[0]


YES = make_task([make_item("a")])


# -- prompts -------------------------------------------------------------------------------------


def test_chat_prompts_are_the_items_messages() -> None:
    assert prompts_for(YES, YES.items, prompting="chat") == (YES.items[0].prompt,)


def test_completion_prompts_put_worked_examples_first() -> None:
    task = make_task([make_item("a")], shots=(make_item("b", "no"), make_item("c")))
    (prompt,) = prompts_for(task, task.items, prompting="completion")
    assert prompt.text == (
        "Question: Is b right?\nAnswer: no\n\n"
        "Question: Is c right?\nAnswer: yes\n\n"
        "Question: Is a right?\nAnswer:"
    )


def test_prompt_hash_covers_every_word_and_role() -> None:
    hashes = {
        prompt_sha256(Prompt(text="a")),
        prompt_sha256(Prompt(text="a"), ("b",)),
        prompt_sha256(Prompt(messages=(Message("user", "a"),))),
        prompt_sha256(Prompt(messages=(Message("system", "a"),))),
    }
    assert len(hashes) == 4
    assert canonical_json({"b": 1, "a": ["é"]}) == '{"a":["é"],"b":1}'


# -- generated answers ---------------------------------------------------------------------------


def test_a_result_holds_verdict_tokens_and_hashes_but_no_prompt() -> None:
    result = result_of(YES, completion("Yes."))
    assert (result.outcome, result.reason, result.is_truncated) == ("right", None, False)
    assert (result.n_prompt_tokens, result.n_output_tokens, result.output) == (11, 3, "Yes.")
    assert result.prompt_sha256 == prompt_sha256(YES.items[0].prompt)
    assert "Is a right?" not in result.model_dump_json()


def test_a_result_holds_the_margins_of_its_answer() -> None:
    told = Completion("Yes.", 11, 3, truncated=False, mean_margin_nats=2.5, least_margin_nats=0.5)
    result = result_of(YES, told)
    assert (result.mean_margin_nats, result.least_margin_nats) == (2.5, 0.5)
    assert result_of(YES, completion("Yes.")).least_margin_nats is None


def test_an_item_that_could_not_run_is_unscored_with_its_reason() -> None:
    result = result_of(YES, completion("", error="prompt of 9000 tokens is beyond the context of 4096"))
    assert (result.outcome, result.reason) == (
        "unscored",
        "prompt of 9000 tokens is beyond the context of 4096",
    )
    assert (result.n_prompt_tokens, result.output) == (None, None)
    assert result.hosted_input_tokens


def test_long_outputs_are_cut_in_the_record_only() -> None:
    task = make_task([make_item("a", "end")], scorer_name="contains")
    result = result_of(task, completion("x " * MAX_OUTPUT_CHARS + "end"))
    assert result.outcome == "right"
    assert result.output is not None
    assert len(result.output) == MAX_OUTPUT_CHARS


def test_replies_must_match_the_group() -> None:
    with pytest.raises(ValueError, match="0 completions of 1 items"):
        score_completions(YES, YES.items, [], prompting="chat")
    two = make_task([make_item("a", "yes"), make_item("b", "yes")])
    with pytest.raises(ValueError, match="3 completions of 2 items"):
        score_completions(two, two.items, [completion("yes")] * 3, prompting="chat")


def test_attempts_at_an_item_are_results_of_their_own() -> None:
    task = make_task([make_item("a", "yes"), make_item("b", "no")])
    texts = ("yes", "no", "no", "yes")
    results = score_completions(task, task.items, [completion(text) for text in texts], prompting="chat")
    assert [(one.item_id, one.sample, one.outcome) for one in results] == [
        ("a", 0, "right"),
        ("a", 1, "wrong"),
        ("b", 0, "right"),
        ("b", 1, "wrong"),
    ]


def test_seeds_belong_to_item_and_sample_not_to_the_group() -> None:
    first, second = make_item("a", "yes"), make_item("b", "no")
    (of_first, of_second) = seeds_for([first, second], 7, 3)
    assert seeds_for([second], 7, 2) == (of_second[:2],)
    assert len({*of_first, *of_second, *seeds_for([first], 8, 3)[0]}) == 9


# -- multiple choice -----------------------------------------------------------------------------

ENDINGS = (" one", " two and more")
PICK = make_task(
    [make_item("a", 1, prompt=Prompt(text="Count:"), endings=ENDINGS, reference_output=None)],
    kind="choice",
    scorer_name="loglikelihood per byte",
)


def chosen(
    logprobs: tuple[float, ...], n_bytes: tuple[int, ...] = (4, 13), error: str | None = None
) -> ItemResult:
    score = ChoiceScore(logprobs, n_tokens=(1, 3), n_bytes=n_bytes, n_context_tokens=2, error=error)
    return score_choices(PICK, PICK.items, [score])[0]


def test_choices_are_contexts_with_endings() -> None:
    assert choices_for(PICK, PICK.items) == (Choice("Count:", ENDINGS),)


def test_the_likeliest_ending_per_byte_wins_not_the_likeliest_sum() -> None:
    result = chosen((-4.0, -6.5))  # -1.0 and -0.5 a byte
    assert (result.outcome, result.is_near_tie, result.logprobs) == ("right", False, (-4.0, -6.5))
    assert chosen((-1.0, -6.5)).outcome == "wrong"


def test_near_ties_are_those_that_rounding_could_turn() -> None:
    assert chosen((-2.0, -6.5)).is_near_tie  # equal a byte
    assert chosen((-2.0, -6.5 + 0.04)).is_near_tie
    assert not chosen((-2.0, -6.5 + 0.05)).is_near_tie


@pytest.mark.parametrize(
    "result",
    [
        chosen((-1.0, math.nan)),
        chosen((-1.0, -math.inf)),
        chosen((-1.0, -1.0), n_bytes=(4, 0)),
        chosen((-1.0,), n_bytes=(4,)),
        chosen((), n_bytes=(), error="context too long"),
    ],
)
def test_what_was_not_scored_is_unscored(result: ItemResult) -> None:
    assert result.outcome == "unscored"
    assert result.reason
    assert result.logprobs is None


# -- hosted form ---------------------------------------------------------------------------------


def test_hosted_counts_are_those_of_the_public_tokenizers() -> None:
    item = make_item("a", prompt=Prompt(messages=(Message("user", "hello world"),)), reference_output="hello")
    request, answer = hosted_tokens(YES, item)
    assert request == {"o200k_base": 2 + 4 + 3, "cl100k_base": 2 + 4 + 3, "chars": 11}
    assert answer == {"o200k_base": 1, "cl100k_base": 1, "chars": 5}


def test_no_reference_answer_is_no_length_rather_than_zero() -> None:
    assert hosted_tokens(YES, make_item("a", reference_output=None))[1] == {}


def test_multiple_choice_has_no_hosted_form() -> None:
    assert hosted_tokens(PICK, PICK.items[0]) == ({}, {})


def test_long_runs_are_counted_in_pieces_and_special_tokens_as_text() -> None:
    text = "<|endoftext|> " + "ab" * 5000 + "\0"
    request, _ = hosted_tokens(YES, make_item("a", prompt=Prompt(messages=(Message("user", text),))))
    assert request["chars"] == len(text)
    assert 1000 < request["o200k_base"] < 10_000


# -- outcomes ------------------------------------------------------------------------------------


def test_wrong_unscored_and_truncated_are_apart() -> None:
    task = make_task([make_item(str(n)) for n in range(5)])
    replies = [
        completion("yes"),
        completion("no"),
        completion("ye", truncated=True),
        completion("", error="prompt too long"),
        completion("yes", truncated=True),
    ]
    results = score_completions(task, task.items, replies, prompting="chat")
    assert [(result.outcome, result.reason, result.is_truncated) for result in results] == [
        ("right", None, False),
        ("wrong", "another answer", False),
        ("wrong", "truncated", True),
        ("unscored", "prompt too long", False),
        ("right", None, True),
    ]
