"""Synthetic speed tests, pp<N> and tg<N>, on random tokens as llama-bench runs them."""

from collections.abc import Sequence

import numpy as np

from bench.engines.results import Timed, Window
from bench.engines.session import Session, collector_paused
from bench.errors import EngineError


def time_prefill(session: Session, *, n_tokens: int, seed: int) -> Timed:
    """Evaluate ``n_tokens`` random tokens into an empty cache, ``n_batch`` at a time, and wait for the last.

    The window is what llama-bench times for pp<N>; tokens are drawn before it. No warm-up is done here.
    """
    engine, n_batch = session.engine, session.n_batch
    tokens = random_tokens(session, n_tokens, seed)
    chunks = [_batch(tokens[start : start + n_batch], start) for start in range(0, n_tokens, n_batch)]
    engine.clear()
    with collector_paused():
        start_ns = engine.now_ns()
        for chunk in chunks:
            engine.decode(*chunk)
        engine.synchronize()
        end_ns = engine.now_ns()
    return Timed(n_tokens, engine.evaluated_tokens(), end_ns - start_ns, Window(start_ns, end_ns))


def time_decode(session: Session, *, n_tokens: int, n_depth: int, seed: int) -> Timed:
    """Run ``n_tokens`` single-token steps after ``n_depth`` cached tokens, waiting for each.

    The window is what llama-bench times for tg<N> (at depth D); like it, each step asks for its logits and
    none is read. ``calls_ns`` leaves out what Python does between the calls.
    """
    engine, n_batch = session.engine, session.n_batch
    if n_depth < 0:
        raise EngineError(f"a depth of {n_depth} tokens is negative")
    tokens = random_tokens(session, n_tokens, seed, n_depth=n_depth)
    engine.clear()
    if n_depth:
        cached = random_tokens(session, n_depth, seed + 1)
        for start in range(0, n_depth, n_batch):
            engine.decode(*_batch(cached[start : start + n_batch], start))
        engine.synchronize()
    decode, synchronize, now_ns = engine.decode, engine.synchronize, engine.now_ns
    sequence, wants = (0,), (True,)
    calls_ns = 0
    with collector_paused():
        start_ns = now_ns()
        for position, token in enumerate(tokens, n_depth):
            called_ns = now_ns()
            decode((token,), (position,), sequence, wants)
            synchronize()
            calls_ns += now_ns() - called_ns
        end_ns = now_ns()
    return Timed(n_tokens, engine.evaluated_tokens() - n_depth, calls_ns, Window(start_ns, end_ns))


def random_tokens(session: Session, n_tokens: int, seed: int, *, n_depth: int = 0) -> list[int]:
    """``n_tokens`` token ids drawn uniformly; the first is the one that opens a text, if the model has one.

    Raises EngineError when they and ``n_depth`` tokens before them do not fit the context.
    """
    if n_tokens < 1:
        raise EngineError(f"a test of {n_tokens} tokens measures nothing")
    if n_tokens + n_depth > session.n_ctx_sequence:
        raise EngineError(
            f"{n_depth + n_tokens} tokens do not fit the context of {session.n_ctx_sequence}",
            remedy="raise n_ctx, or test fewer tokens",
        )
    drawn: list[int] = np.random.default_rng(seed).integers(session.info.n_vocab, size=n_tokens).tolist()
    opening = session.engine.tokenize("", add_special=True, parse_special=False)
    return opening[:1] + drawn[1:] if opening else drawn


def _batch(
    tokens: Sequence[int], start: int
) -> tuple[Sequence[int], Sequence[int], Sequence[int], Sequence[bool]]:
    n = len(tokens)
    return tokens, range(start, start + n), [0] * n, [False] * (n - 1) + [True]
