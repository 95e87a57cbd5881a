"""Generation: one request alone with every token timed, or many prompts batched for throughput."""

import math
from collections import deque
from collections.abc import Sequence
from functools import partial
from statistics import fmean

import numpy as np

from bench.engines.answer import Answer, check_limits, rules_for
from bench.engines.batching import Asked, Batching, Choose, Sample
from bench.engines.head import SharedHead
from bench.engines.protocol import Prompt, Sampling, Thinking
from bench.engines.results import Completion, OnProgress, Served, Window
from bench.engines.sampling import check_sampling, draw, greedy
from bench.engines.session import Session, collector_paused, fitting_tokens, prefill, prompt_tokens
from bench.errors import EngineError


def serve(
    session: Session,
    prompt: Prompt,
    *,
    max_tokens: int,
    stop: Sequence[str],
    thinking: Thinking | None = None,
) -> Served:
    """Answer one request as a user's program would send it: alone, on an empty cache, greedily.

    The request's window opens before the template is rendered; a token's time is taken as soon as its id is
    known. Raises EngineError for a prompt that cannot be run.
    """
    check_limits(max_tokens, stop, thinking)
    engine = session.engine
    engine.clear()
    with collector_paused():
        start_ns = engine.now_ns()
        tokens = fitting_tokens(session, prompt, thinking)
        rules = rules_for(
            engine,
            prompt,
            tokens,
            room=session.n_ctx_sequence - len(tokens),
            max_tokens=max_tokens,
            stop=stop,
            thinking=thinking,
        )
        tokenized_ns = engine.now_ns()
        token = greedy(engine.logits(prefill(session, tokens)))
        known_ns = [engine.now_ns()]
        n_evaluated = engine.evaluated_tokens()
        answer = Answer(engine, rules)
        position, sequence, wants = len(tokens), (0,), (True,)
        while not answer.add(token):
            engine.decode((token,), (position,), sequence, wants)
            token = greedy(engine.logits(0))
            known_ns.append(engine.now_ns())
            position += 1
        text = answer.text
        end_ns = engine.now_ns()
    return Served(
        n_prompt_tokens=len(tokens),
        n_output_tokens=len(known_ns),
        n_evaluated=n_evaluated,
        text=text,
        truncated=answer.is_truncated,
        request=Window(start_ns, end_ns),
        tokenize=Window(start_ns, tokenized_ns),
        prefill=Window(tokenized_ns, known_ns[0]),
        decode=Window(known_ns[0], known_ns[-1]),
        token_ns=tuple(known_ns),
        n_thinking_tokens=answer.n_thinking_tokens,
    )


def generate(
    session: Session,
    prompts: Sequence[Prompt],
    *,
    max_tokens: int,
    stop: Sequence[str],
    thinking: Thinking | None = None,
    sampling: Sampling | None = None,
    seeds: Sequence[Sequence[int]] = (),
    head_of: Sequence[Prompt] = (),
    on_progress: OnProgress | None = None,
) -> tuple[Completion, ...]:
    """Answer many prompts, in the given order, over ``n_seq_max`` sequences by continuous batching.

    Greedily, one answer a prompt; with ``sampling`` one for each of its ``seeds``, the first prompt's before
    the second's, each drawn with numbers of its own. A prompt is evaluated once for all its answers, as long
    as there are two sequences; the opening that the prompts ``head_of`` share once for all calls with the
    same ones, and a prompt that begins otherwise runs without it.

    The plan depends on the prompts and their answers alone, so the same call gives the same bits; another
    grouping of the same prompts may flip a near-tie. A prompt that cannot be run gets ``Completion.error``,
    and so does an answer whose logits are not finite; the others go on.
    """
    check_limits(max_tokens, stop, thinking)
    choices = _choices(prompts, sampling, seeds)
    done: dict[int, Completion] = {}
    asked: list[Asked] = []
    head = SharedHead(session, head_of, partial(prompt_tokens, session, thinking=thinking))
    can_share = len(head.free_sequences) > 1
    index = 0
    for prompt, chosen in zip(prompts, choices, strict=True):
        indices = range(index, index + len(chosen))
        index += len(chosen)
        try:
            tokens = fitting_tokens(session, prompt, thinking)
            rules = rules_for(
                session.engine,
                prompt,
                tokens,
                room=head.room_for(tokens) - len(tokens),
                max_tokens=max_tokens,
                stop=stop,
                thinking=thinking,
            )
        except EngineError as error:
            failed = Completion("", 0, 0, truncated=False, error=error.reason)
            done |= dict.fromkeys(indices, failed)
            continue
        samples = [
            Sample(at, choose, Answer(session.engine, rules), [] if sampling is None else None)
            for at, choose in zip(indices, chosen, strict=True)
        ]
        apart = [samples] if can_share else [[one] for one in samples]
        asked += [Asked(tokens, rules.n_most, deque(together)) for together in apart]

    for one, sample in Batching(session, head, asked).finished():
        done[sample.index] = _completion(one, sample)
        if on_progress is not None:
            on_progress(len(done), index)
    return tuple(done[at] for at in range(index))


def _choices(
    prompts: Sequence[Prompt], sampling: Sampling | None, seeds: Sequence[Sequence[int]]
) -> list[list[Choose]]:
    """By prompt and answer, how its tokens are chosen; EngineError for seeds that do not fit the prompts."""
    if sampling is None:
        if seeds:
            raise EngineError("seeds without a sampling: greedy answers need none")
        return [[greedy] for _ in prompts]
    check_sampling(sampling)
    if len(seeds) != len(prompts) or not all(seeds) or min(map(min, seeds), default=0) < 0:
        raise EngineError("a sampling needs seeds for each prompt, none of them negative")
    return [
        [partial(draw, sampling=sampling, generator=np.random.default_rng(seed)) for seed in own]
        for own in seeds
    ]


def _completion(asked: Asked, sample: Sample) -> Completion:
    if sample.error is not None:
        return Completion("", 0, 0, truncated=False, error=sample.error)
    answer, margins = sample.answer, _margins_of_answer(sample)
    return Completion(
        answer.text,
        len(asked.tokens),
        answer.n_tokens,
        truncated=answer.is_truncated,
        n_thinking_tokens=answer.n_thinking_tokens,
        mean_margin_nats=fmean(margins) if margins else None,
        least_margin_nats=min(margins) if margins else None,
    )


def _margins_of_answer(sample: Sample) -> list[float]:
    """Those of the tokens behind the thinking, the one that ends the answer with them.

    A token beside which no other was possible was no choice. An answer without text has none.
    """
    if sample.margins is None or not sample.answer.text:
        return []
    n_thinking = sample.answer.n_thinking_tokens or 0
    return [margin for margin in sample.margins[n_thinking:] if math.isfinite(margin)]
