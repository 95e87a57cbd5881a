"""Perplexity and divergence over the scripted engine, whose distributions are known by hand."""

from math import exp, log

import numpy as np
import pytest

from bench.engines import text_loss
from bench.engines.protocol import Prompt
from bench.engines.session import longest_prompt
from bench.engines.text_loss import compare_text, logits_at_once, save_reference, score_text
from bench.errors import EngineError
from tests.engine_scripts import open_session

TEXT = "the quick brown fox jumps over the lazy dog " * 20
N_VOCAB = 258


def loss(confidence: float) -> float:
    """Of every token of a text that is not what the script favours, the end of its answer."""
    return log(exp(confidence) + N_VOCAB - 1)


@pytest.fixture
def reference(tmp_path):
    path = str(tmp_path / "reference.logits")
    scored = save_reference(open_session(tmp_path, confidence=3.0), TEXT, path, n_ctx=64, n_chunks=4)
    return path, scored


def test_only_what_follows_a_chunks_middle_is_scored(tmp_path):
    session = open_session(tmp_path, confidence=2.0)
    scored = score_text(session, TEXT, n_ctx=64)
    assert scored.n_text_tokens == longest_prompt(session, (Prompt(text=TEXT),)) == len(TEXT) + 1
    assert scored.n_scored == 31
    assert len(scored.nll) == (len(TEXT) + 1) // 64
    assert scored.nll == pytest.approx([31 * loss(2.0)] * len(scored.nll), rel=1e-6)


@pytest.mark.parametrize(("n_ctx", "tiles"), [(64, 99), (512, 2)])
def test_no_call_asks_for_more_logits_than_are_told_before(tmp_path, monkeypatch, n_ctx, tiles):
    monkeypatch.setattr(text_loss, "MAX_LOGITS_BYTES", 4 * N_VOCAB * text_loss.TILE * tiles)
    session = open_session(tmp_path)
    asked = []
    decode = session.engine.decode

    def counted(tokens, positions, sequences, wants):
        asked.append(sum(wants))
        decode(tokens, positions, sequences, wants)

    monkeypatch.setattr(session.engine, "decode", counted)
    score_text(session, TEXT * 2, n_ctx=n_ctx)
    assert max(asked) == logits_at_once(n_vocab=N_VOCAB, n_ctx=n_ctx, n_batch=session.n_batch)


def test_each_chunk_starts_anew_with_the_opening_token(tmp_path, monkeypatch):
    session = open_session(tmp_path)
    seen: list[list[int]] = []
    decode, clear = session.engine.decode, session.engine.clear

    def kept(tokens, positions, sequences, wants):
        seen[-1] += tokens
        decode(tokens, positions, sequences, wants)

    monkeypatch.setattr(session.engine, "decode", kept)
    monkeypatch.setattr(session.engine, "clear", lambda: (seen.append([]), clear()))
    score_text(session, TEXT, n_ctx=64, n_chunks=3)
    tokens = session.engine.tokenize(TEXT, add_special=True, parse_special=False)
    opening = tokens[0]
    assert seen == [[opening, *tokens[64 * at + 1 : 64 * at + 64]] for at in range(3)]


def test_a_model_without_an_opening_token_keeps_every_token(tmp_path):
    session = open_session(tmp_path, opens_text=False)
    assert score_text(session, TEXT, n_ctx=64).n_text_tokens == len(TEXT)


def test_few_rows_of_logits_are_asked_for_at_once_with_the_same_result(tmp_path, monkeypatch):
    session = open_session(tmp_path, {"n_batch": 50, "n_ubatch": 32}, answers={"fox": "jumps"})
    whole = score_text(session, TEXT, n_ctx=64).nll
    monkeypatch.setattr(text_loss, "TILE", 3)
    monkeypatch.setattr(text_loss, "MAX_LOGITS_BYTES", 7 * 4 * N_VOCAB)
    wanted: list[int] = []
    decode = session.engine.decode
    monkeypatch.setattr(
        session.engine, "decode", lambda *words: (wanted.append(sum(words[3])), decode(*words))[0]
    )
    assert score_text(session, TEXT, n_ctx=64).nll == pytest.approx(whole)
    assert max(wanted) == 6


def test_the_same_model_does_not_differ_from_its_reference(tmp_path, reference):
    path, saved = reference
    found = compare_text(open_session(tmp_path, confidence=3.0), TEXT, path)
    assert found.scored == saved
    assert np.abs(found.kl).max() < 2e-4
    assert found.n_same_top == (31,) * 4


def test_another_confidence_differs_as_by_hand(tmp_path, reference):
    found = compare_text(open_session(tmp_path, confidence=1.0), TEXT, reference[0])
    p, q = exp(3.0 - loss(3.0)), exp(1.0 - loss(1.0))
    kl = p * log(p / q) + (1 - p) * log((1 - p) / (1 - q))
    assert np.array(found.kl) == pytest.approx(np.full((4, 31), kl), abs=2e-4)
    assert found.scored.nll == pytest.approx([31 * loss(1.0)] * 4)


def test_progress_is_told_by_chunk(tmp_path):
    told: list[tuple[int, int]] = []
    score_text(open_session(tmp_path), TEXT, n_ctx=64, n_chunks=2, on_progress=lambda *at: told.append(at))
    assert told == [(1, 2), (2, 2)]


@pytest.mark.parametrize(
    ("text", "n_ctx", "n_chunks", "what"),
    [
        ("short", 64, None, "6 tokens fill 0 chunks of 64, and 2 are needed"),
        (TEXT[:100], 64, None, "fill 1 chunks"),
        (TEXT, 64, 100, "and 100 are needed"),
        (TEXT, 2048, None, "chunks of 2048 tokens"),
        (TEXT, 4, None, "chunks of 4 tokens"),
    ],
)
def test_what_does_not_fit_is_an_error(tmp_path, text, n_ctx, n_chunks, what):
    with pytest.raises(EngineError, match=what):
        score_text(open_session(tmp_path), text, n_ctx=n_ctx, n_chunks=n_chunks)


def test_another_vocabulary_or_text_cannot_be_compared(tmp_path, reference):
    path = reference[0]
    with pytest.raises(EngineError, match="vocabulary of 259"):
        compare_text(open_session(tmp_path, pieces=["qu"]), TEXT, path)
    with pytest.raises(EngineError, match="other tokens"):
        compare_text(open_session(tmp_path), TEXT.upper(), path)


def test_logits_that_are_not_finite_are_an_error(tmp_path, monkeypatch):
    session = open_session(tmp_path)
    monkeypatch.setattr(session.engine, "logits", lambda _: np.full(N_VOCAB, np.nan, np.float32))
    with pytest.raises(EngineError, match="not finite"):
        score_text(session, TEXT, n_ctx=64)
    with pytest.raises(EngineError, match="not finite"):
        save_reference(session, TEXT, str(tmp_path / "x.logits"), n_ctx=64)
